"""Said at the till about customers' orders: while they are picked, and when they are handed over."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

ORDERS: dict[str, Sentence] = {
    "bags_out_of_range": S_("An order has 1 to {limit} bags.", "", "Type how many there are."),
    "carrier_missing": S_(
        "Nobody was named who takes the parcel.", "The order stays as it is.", "Choose the carrier."
    ),
    "enough_picked": S_(
        "All of {name} is picked already.", "Nothing was counted.", "Put this one back."
    ),
    "id_not_seen": S_(
        "Look at the customer's ID for order {name}.",
        "Nothing was handed over yet.",
        "Look at it, then mark ID seen.",
    ),
    "left_to_pick": S_(
        "{left} of its lines are not picked yet.",
        "The order stays as it is.",
        "Pick them, or say what cannot be found.",
    ),
    "more_than_ordered": S_(
        "That is more of {name} than was ordered.", "Nothing was counted.", "Pick the rest only."
    ),
    "more_than_picked": S_(
        "So much of {name} is not in the bag.", "Nothing was handed over.", "Choose less."
    ),
    "not_in_order": S_(
        "This is {name}. The order needs {wanted}.", "Nothing was counted.", "Put this one back."
    ),
    "nothing_picked": S_(
        "Nothing of {name} is picked.", "The order stays as it is.", "Pick it first."
    ),
    "order_ambiguous": S_(
        "{count} orders are called {name}.", "", "Ask for the code, or choose one in the list."
    ),
    "order_cancelled": S_(
        "Order {name} was called off.",
        "Nothing was handed over.",
        "Ask the customer to look at their message, or call a manager.",
    ),
    "order_due_changed": S_(
        "Another amount is due for order {name} by now.",
        "Nothing was paid here.",
        "Put the order away and open it again.",
    ),
    "order_elsewhere": S_(
        "This order waits at {store}.", "Nothing was handed over.", "Tell the customer where it is."
    ),
    "order_handed_over": S_(
        "Order {name} was handed over already.",
        "Nothing more goes out.",
        "Ask who fetched it, or call a manager.",
    ),
    "order_handed_over_for_good": S_(
        "Handed over cannot be undone, only returned.",
        "The sale {doc_no} stays.",
        "Take the goods back as a return.",
    ),
    "order_invoiced_by_shop": S_(
        "The online shop sends the invoice of this order.",
        "The receipt stays as it is.",
        "Ask the customer to look in their messages.",
    ),
    "order_is_fetched": S_(
        "The customer comes for order {name}.", "The order stays as it is.", "Put it on a shelf."
    ),
    "order_is_over": S_(
        "Order {name} is not open any more.", "Nothing was changed.", "Choose another one."
    ),
    "order_is_sent": S_(
        "Order {name} is sent, nobody fetches it here.",
        "Nothing was handed over.",
        "Give it to the carrier.",
    ),
    "order_line_fixed": S_(
        "What is due for order {name} cannot be changed here.",
        "It stands as the shop says.",
        "Put the order away instead.",
    ),
    "order_list_old": S_(
        "The list of orders on this till is {hours} hours old.",
        "Nothing was handed over.",
        "Scan the customer's signed code, or go online.",
    ),
    "order_not_paid": S_(
        "This order is not paid yet.", "Nothing was handed over.", "Take the payment first."
    ),
    "order_not_ready": S_(
        "Order {name} is not picked yet.", "The order stays as it is.", "Pick it first."
    ),
    "order_put_back": S_(
        "Order {name} was not fetched and its goods are on sale again.",
        "Nothing was handed over.",
        "Sell them anew, or call a manager.",
    ),
    "order_still_waits": S_(
        "Order {name} is still kept for its customer.",
        "The order stays as it is.",
        "Put it back when its time is over.",
    ),
    "order_unknown": S_(
        "This till cannot see that order.",
        "Nothing was handed over.",
        "Ask for the code or go online.",
    ),
    "order_with_somebody": S_(
        "{who} is picking order {name}.", "Nothing was counted.", "Take it over, or choose another."
    ),
    "pass_expired": S_(
        "The code of order {name} is too old.",
        "Nothing was handed over.",
        "Ask for the message with the new code, or go online.",
    ),
    "pass_not_genuine": S_(
        "This code is not one of ours.",
        "Nothing was handed over.",
        "Ask for the order's number and an ID.",
    ),
    "shelf_missing": S_(
        "Nobody said where the bag lies.", "The order stays as it is.", "Choose a shelf."
    ),
    "substitute_not_agreed": S_(
        "The customer wants {name} and nothing else.",
        "The order stays as it is.",
        "Get it from another store, or give the money back.",
    ),
    "substitute_same": S_("That is {name} itself.", "Nothing was counted.", "Scan it as picked."),
}
