"""Said of what must not be spent twice: rights, promised goods, the hub's word on a return."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

RIGHTS: dict[str, Sentence] = {
    "play_not_answered": S_(
        "The hub has not answered yet.",
        "The question is kept and asked again by itself.",
        "Check the network to the hub.",
    ),
    "reservation_over": S_(
        "These goods are not reserved any more: {state:state}.",
        "Nothing was changed.",
        "Look at the list of reservations.",
    ),
    "reservation_unknown": S_(
        "There is no such reservation here.", "Nothing was changed.", "Check its number."
    ),
    "return_came_back": S_(
        "These goods came back already: till {till}, {at:moment}.",
        "No money was given.",
        "Look at the receipt with a manager.",
    ),
    "return_came_back_store": S_(
        "These goods came back already: store {store}, till {till}, {at:moment}.",
        "No money was given.",
        "Look at the receipt with a manager.",
    ),
    "return_not_authorised": S_(
        "The hub says that these goods came back before.",
        "No money was given.",
        "Look at the receipt with a manager.",
    ),
    "return_under_way": S_(
        "Till {till} of store {store} is taking these goods back now.",
        "No money was given here.",
        "Ask there, or wait until they are done.",
    ),
    "right_not_enough": S_(
        "There is not enough left for that.", "Nothing was spent.", "Choose a smaller amount."
    ),
    "right_not_open": S_(
        "That right is settled already.", "Nothing was changed.", "Look at holdfast hub rights."
    ),
    "right_over": S_(
        "What was kept for this sale is over.", "Nothing was spent.", "Ask the hub for it again."
    ),
    "right_unknown": S_(
        "The hub knows no such right.", "Nothing was changed.", "Look at holdfast hub rights."
    ),
    "unsecured_too_much": S_(
        "Offline that much cannot be spent here.",
        "Nothing was spent.",
        "Keep it for when the hub answers again.",
    ),
    "store_is_here": S_(
        "That is this store.", "Nothing was asked.", "Sell it here, or choose another store."
    ),
    "away_not_held": S_(
        "That store has not promised it.",
        "Nothing was added.",
        "Wait for its answer, or ask again.",
    ),
    "away_in_sale": S_("Order {name} is in this sale already.", "", "Take it from the list."),
    "customer_missing": S_(
        "Nobody knows who it is for.", "Nothing was asked.", "Type a name or a phone number."
    ),
    "address_missing": S_(
        "A parcel needs an address.", "Nothing was asked.", "Type street, postcode and town."
    ),
    "rights_not_now": S_(
        "This till cannot ask for that just now.",
        "Selling goes on.",
        "Wait until the hub has looked at this till.",
    ),
}
