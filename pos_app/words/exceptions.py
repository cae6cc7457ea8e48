"""What each kind of exception is called: a table, read when it is shown."""

from __future__ import annotations

from typing import Final, NamedTuple

from pos_app.words.language import gettext as _

N_ = str
"""Marks a text for translation that is read when it is shown."""


class KindWords(NamedTuple):
    """A kind in the list and over its case."""

    title: str
    headline: str
    sentence: str
    icon: str


KINDS: Final[dict[str, KindWords]] = {
    "over_return": KindWords(
        N_("Second return caught"),
        N_("Sold once, brought back twice"),
        N_("More came back than was sold. Two tills could not see each other."),
        "undo-2",
    ),
    "refund_differs": KindWords(
        N_("Refund is not its share"),
        N_("The refund differs from what was paid"),
        N_("Money back is not the share of the sale that came back."),
        "undo-2",
    ),
    "refund_without_sale": KindWords(
        N_("Refund without its sale"),
        N_("Head office does not know the sale"),
        N_("Money went back for a receipt that head office has never seen."),
        "undo-2",
    ),
    "void_without_sale": KindWords(
        N_("Taken back, sale not known"),
        N_("Head office does not know the sale"),
        N_("A sale was taken back that head office has never seen."),
        "undo-2",
    ),
    "voided_twice": KindWords(
        N_("Taken back twice"),
        N_("One sale was taken back twice"),
        N_("Both papers carry the whole amount."),
        "undo-2",
    ),
    "payment_unmatched": KindWords(
        N_("Card payment without a sale"),
        N_("A card was charged, and no sale has it"),
        N_("Nobody knows yet whether the customer paid for something."),
        "credit-card",
    ),
    "figures_differ": KindWords(
        N_("Sums do not add up"),
        N_("The paper's sums are not those of its lines"),
        N_("Head office worked it out again and got other figures."),
        "calculator",
    ),
    "promotion_differs": KindWords(
        N_("Promotion worked out otherwise"),
        N_("Head office gives another discount"),
        N_("The customer paid what the till said."),
        "badge-percent",
    ),
    "coupon_twice": KindWords(
        N_("Coupon used twice"),
        N_("A coupon for one use was used again"),
        N_("Both sales carry the discount."),
        "badge-percent",
    ),
    "currency_differs": KindWords(
        N_("Another currency"),
        N_("The amount is not in the store's currency"),
        N_("It is booked as it stands on the paper."),
        "coins",
    ),
    "price_basis_stale": KindWords(
        N_("Old price used"),
        N_("The price had changed before the sale"),
        N_("The till had not heard of the new price."),
        "tag",
    ),
    "variance": KindWords(
        N_("Drawer was off"),
        N_("The count is not what the drawer should hold"),
        N_("It is beyond what a count may differ."),
        "banknote",
    ),
    "z_differs": KindWords(
        N_("Z is not its sales"),
        N_("The Z says other than the sales of its shift"),
        N_("Head office added the shift up again."),
        "receipt-text",
    ),
    "z_without_shift": KindWords(
        N_("Z without a shift"),
        N_("A shift was closed that nobody had opened"),
        N_("Its sums are booked as they stand."),
        "receipt-text",
    ),
    "cash_strange": KindWords(
        N_("Strange cash movement"),
        N_("Cash moved in a way that no till makes"),
        N_("It is booked as it stands."),
        "banknote",
    ),
    "grant_overrun": KindWords(
        N_("Points over the offline limit"),
        N_("More was spent offline than the till was given"),
        N_("A copied or restored till spent the same right twice."),
        "star",
    ),
    "unsecured_burn": KindWords(
        N_("Points used without cover"),
        N_("More was spent than the customer has"),
        N_("A till spent it while it could not ask."),
        "star",
    ),
    "value_debt": KindWords(
        N_("Points owed after a return"),
        N_("Points of a returned sale were spent already"),
        N_("The customer's account is below nothing."),
        "star",
    ),
    "right_differs": KindWords(
        N_("Right given back wrongly"),
        N_("What came back is not what was left"),
        N_("Till and head office count a right differently."),
        "star",
    ),
    "right_unknown": KindWords(
        N_("Spent without a known right"),
        N_("Head office never gave this right"),
        N_("The amount is booked as spent."),
        "star",
    ),
    "right_strange": KindWords(
        N_("Strange entry about a right"),
        N_("No till of ours writes such an entry"),
        N_("It is kept and has no effect."),
        "file-text",
    ),
    "late_capture": KindWords(
        N_("Taken after it was given up"),
        N_("Value was taken after the promise had ended"),
        N_("The goods are with the customer."),
        "clock",
    ),
    "value_differs": KindWords(
        N_("Card and document differ"),
        N_("What was put on a card or spent of it is in no document, or not as it says"),
        N_("The account stands as the entries say."),
        "gift",
    ),
    "value_currency": KindWords(
        N_("Card of another currency"),
        N_("Money of another currency was put on a gift card or credit"),
        N_("It is booked unit for unit."),
        "gift",
    ),
    "value_blocked": KindWords(
        N_("Blocked card was used"),
        N_("A blocked or expired card was spent or topped up offline"),
        N_("The goods are with the customer."),
        "gift",
    ),
    "value_guessing": KindWords(
        N_("Somebody guesses gift cards"),
        N_("Cards were asked about that are none, again and again"),
        N_("Whoever asks so is answered no more for a while."),
        "shield-alert",
    ),
    "points_differ": KindWords(
        N_("Points worked out otherwise"),
        N_("Head office counts other points for the sale"),
        N_("The customer has what the till said."),
        "star",
    ),
    "refund_failed": KindWords(
        N_("Refund did not go out"),
        N_("An online shop would not give the money back"),
        N_("The goods are here. The customer waits for the money."),
        "undo-2",
    ),
    "oversell": KindWords(
        N_("Sold, but promised to somebody"),
        N_("The last piece was sold and promised"),
        N_("Somebody waits for goods that are gone."),
        "package",
    ),
    "negative_stock": KindWords(
        N_("Stock below nothing"),
        N_("More was sold than was on hand"),
        N_("Goods were there that the count did not know."),
        "package",
    ),
    "reservation_short": KindWords(
        N_("Too few for an order"),
        N_("Not all that was promised was found"),
        N_("Somebody waits for goods."),
        "package",
    ),
    "reservation_over_picked": KindWords(
        N_("More picked than ordered"),
        N_("More was set aside than was promised"),
        N_("The rest is missing from the shelf."),
        "package",
    ),
    "reservation_strange": KindWords(
        N_("Strange step of an order"),
        N_("An order went a way that it cannot go"),
        N_("The step is kept and has no effect."),
        "package",
    ),
    "order_unknown_sku": KindWords(
        N_("Unknown product ordered"),
        N_("A shop sold something that the catalogue does not know"),
        N_("The order is here. Say which product it is, then plan it again."),
        "package",
    ),
    "order_unknown_store": KindWords(
        N_("Order without a store"),
        N_("A shop named a store that nobody knows"),
        N_("The order is here. Say which store it is, then plan it again."),
        "package",
    ),
    "order_short": KindWords(
        N_("Ordered, not in stock"),
        N_("No store has enough of what was ordered"),
        N_("The rest of the order goes on."),
        "package",
    ),
    "order_changed": KindWords(
        N_("Order changed while picked"),
        N_("The customer changed an order that somebody had begun"),
        N_("The store goes on with what it has. Look at both and decide."),
        "package",
    ),
    "channel_order": KindWords(
        N_("Order cannot be read"),
        N_("The hub cannot read what an online shop sent"),
        N_("It is kept as it came. No goods are put aside for it yet."),
        "inbox",
    ),
    "channel_act": KindWords(
        N_("Online shop said no"),
        N_("An online shop will not do what happened in the store"),
        N_("The store's own books are right. The shop's are not yet."),
        "store",
    ),
    "channel_away": KindWords(
        N_("Online shop out of reach"),
        N_("The hub and an online shop do not reach each other"),
        N_("Stores sell on. What they have to tell each other is kept until they can."),
        "cloud-off",
    ),
    "order_stuck": KindWords(
        N_("Order is waiting"),
        N_("An order is late, and its store has not been heard"),
        N_("The goods are kept for the customer."),
        "package",
    ),
    "order_unpaid": KindWords(
        N_("Order handed over unpaid"),
        N_("An order is with its customer, and was not paid"),
        N_("The shop and the tills know of no payment. It may still come."),
        "cash",
    ),
    "order_refund_due": KindWords(
        N_("Refund to be made by hand"),
        N_("Money of an order is owed, and no shop can be told"),
        N_("The amount is in the order's books."),
        "cash",
    ),
    "pickup_twice": KindWords(
        N_("Handed over twice"),
        N_("One order was handed over twice"),
        N_("Both hand-overs are in the journal."),
        "package",
    ),
    "transfer_difference": KindWords(
        N_("Transfer does not match"),
        N_("What came is not what was sent"),
        N_("Both stores' stock follows what was counted."),
        "truck",
    ),
    "delivery_difference": KindWords(
        N_("Delivery does not match"),
        N_("What came is not what the supplier announced"),
        N_("The stock follows what was counted."),
        "truck",
    ),
    "count_difference": KindWords(
        N_("Count far off"),
        N_("What was counted is far from the books"),
        N_("The stock follows the count."),
        "package",
    ),
    "age_not_checked": KindWords(
        N_("Age was not checked"),
        N_("Sold without a look at the buyer's age"),
        N_("The catalogue asks for an age."),
        "id-card",
    ),
    "invoice_without_sale": KindWords(
        N_("Invoice without its sale"),
        N_("Head office does not know the sale"),
        N_("An invoice stands for a sale that never came."),
        "file-text",
    ),
    "number_gap": KindWords(
        N_("Receipt numbers missing"),
        N_("There is a gap in the receipt numbers"),
        N_("Papers were printed that head office has not seen."),
        "receipt",
    ),
    "number_twice": KindWords(
        N_("Receipt number used twice"),
        N_("Two papers carry one number"),
        N_("Both are booked."),
        "receipt",
    ),
    "clock_skew": KindWords(
        N_("Clock was off"),
        N_("The till's clock was far off"),
        N_("Sales kept their order. Only their times are wrong."),
        "clock",
    ),
    "rollback": KindWords(
        N_("Till was put back"),
        N_("The till's data is older than it was"),
        N_("A copy was restored. What it had sold since is at head office."),
        "monitor",
    ),
    "fork": KindWords(
        N_("Two tills in one"),
        N_("Two copies of one till wrote on"),
        N_("Somebody copied its disk. One of them must be set up anew."),
        "monitor",
    ),
    "tail_lost": KindWords(
        N_("Till's last entries are lost"),
        N_("What the till sold last never came"),
        N_("Its disk is gone. Look for copies, and for the paper."),
        "monitor",
    ),
    "quarantine": KindWords(
        N_("Entry put aside"),
        N_("Head office cannot read an entry yet"),
        N_("It is kept, and read again after the next update."),
        "file-text",
    ),
    "position_differs": KindWords(
        N_("Entry in the wrong place"),
        N_("An entry says another place than it stands at"),
        N_("It is booked where it came."),
        "file-text",
    ),
    "store_differs": KindWords(
        N_("Entry of another store"),
        N_("An entry names another store or till"),
        N_("It is booked where it came from."),
        "store",
    ),
    "entry_signature": KindWords(
        N_("Signature does not fit"),
        N_("The till's key did not sign an entry"),
        N_("Somebody may have changed the till's data."),
        "key-round",
    ),
    "id_reused": KindWords(
        N_("One id, two contents"),
        N_("Two different entries carry one id"),
        N_("Only the first has an effect."),
        "file-text",
    ),
    "resolved_twice": KindWords(
        N_("Settled twice, differently"),
        N_("Two people settled one case differently"),
        N_("The first decision holds. Tell the second person."),
        "users",
    ),
    "resolved_without_right": KindWords(
        N_("Settled without being allowed"),
        N_("Somebody settled what they may not"),
        N_("The decision holds until somebody puts it right."),
        "user",
    ),
}

OTHER: Final = KindWords(
    N_("Something to look at"),
    N_("Head office has a question"),
    N_("A newer head office knows more about it."),
    "circle-alert",
)


def of_kind(kind: str) -> KindWords:
    """The words of a kind, in the language that is spoken."""
    found = KINDS.get(kind, OTHER)
    return KindWords(_(found.title), _(found.headline), _(found.sentence), found.icon)
