"""What each way to settle an exception is called, and what it changes: tables, read when shown."""

from __future__ import annotations

from typing import Final, NamedTuple

from pos_app.domain.exceptions import Way
from pos_app.words.language import gettext as _

N_ = str
"""Marks a text for translation that is read when it is shown."""


class WayWords(NamedTuple):
    """A way to settle: what it is, when it fits, what the button says."""

    title: str
    detail: str
    button: str


_ONE_PIECE: Final = N_("Once is right; the second one counts nothing.")

_WAYS: Final[dict[Way, WayWords]] = {
    Way.WRITE_OFF: WayWords(
        N_("Leave it as it is"), N_("What it costs is a cost of the store"), N_("Leave as it is")
    ),
    Way.CUSTOMER_DEBT: WayWords(
        N_("Somebody owes it"), N_("Ask the person for it"), N_("Book as owed")
    ),
    Way.REVERSAL: WayWords(
        N_("Put it right by a paper"),
        N_("A counter-document follows at the till"),
        N_("Put right by a paper"),
    ),
    Way.RECOUNT: WayWords(N_("Count again"), N_("The new count decides"), N_("Count again")),
    Way.REISSUE: WayWords(
        N_("Make it anew"), N_("The paper or entry is made again, rightly"), N_("Make it anew")
    ),
    Way.DUPLICATE: WayWords(N_("It is the same thing twice"), _ONE_PIECE, N_("Same thing twice")),
}
_FITTING: Final[dict[tuple[str, Way], WayWords]] = {
    ("grant_overrun", Way.WRITE_OFF): WayWords(
        N_("The store bears it"), N_("The account is put back to nothing"), N_("Bear it")
    ),
    ("unsecured_burn", Way.WRITE_OFF): WayWords(
        N_("The store bears it"), N_("The account is put back to nothing"), N_("Bear it")
    ),
    ("value_debt", Way.WRITE_OFF): WayWords(
        N_("The store bears it"), N_("The account is put back to nothing"), N_("Bear it")
    ),
    ("late_capture", Way.REVERSAL): WayWords(
        N_("Put it back on the account"), N_("Nothing was sold for it"), N_("Put it back")
    ),
    ("points_differ", Way.REVERSAL): WayWords(
        N_("Put the account right"), N_("Head office's figure holds"), N_("Put it right")
    ),
    ("points_differ", Way.WRITE_OFF): WayWords(
        N_("Leave the customer's points"), N_("What the till said holds"), N_("Leave the points")
    ),
    ("refund_failed", Way.REISSUE): WayWords(
        N_("Ask the shop again"), N_("It gives the money once"), N_("Ask again")
    ),
    ("refund_failed", Way.REVERSAL): WayWords(
        N_("Pay it by hand"), N_("By a bank transfer, outside the till"), N_("Pay by hand")
    ),
    ("over_return", Way.DUPLICATE): WayWords(
        N_("Close the second slip"), N_("The first return was right"), N_("Close the slip")
    ),
    ("over_return", Way.CUSTOMER_DEBT): WayWords(
        N_("Ask the customer for it"), N_("The money was paid out twice"), N_("Ask for it back")
    ),
    ("over_return", Way.WRITE_OFF): WayWords(
        N_("Pay it as well"), N_("The store bears the second refund"), N_("Pay it as well")
    ),
    ("payment_unmatched", Way.REVERSAL): WayWords(
        N_("Give it back on the card"),
        N_("Nothing was sold for it"),
        N_("Give back on the card"),
    ),
    ("payment_unmatched", Way.REISSUE): WayWords(
        N_("Ring the sale up"), N_("The customer has the goods"), N_("Ring the sale up")
    ),
    ("variance", Way.RECOUNT): WayWords(
        N_("Count the drawer again"), N_("The safe and the float too"), N_("Count again")
    ),
    ("price_basis_stale", Way.WRITE_OFF): WayWords(
        N_("Accept the old price"), N_("The customer paid what was shown"), N_("Accept the price")
    ),
    ("oversell", Way.REISSUE): WayWords(
        N_("Take it from another store"), N_("The order moves there"), N_("Move the order")
    ),
    ("oversell", Way.REVERSAL): WayWords(
        N_("Cancel the order"), N_("The customer gets the money back"), N_("Cancel the order")
    ),
    ("quarantine", Way.REISSUE): WayWords(
        N_("Read it again"), N_("After head office was updated"), N_("Read again")
    ),
    ("quarantine", Way.REVERSAL): WayWords(
        N_("Correct it by another entry"), N_("The original stays as it came"), N_("Correct it")
    ),
    ("quarantine", Way.WRITE_OFF): WayWords(
        N_("Leave it aside for good"), N_("Its bytes are kept"), N_("Leave it aside")
    ),
    ("number_gap", Way.WRITE_OFF): WayWords(
        N_("The papers are explained"), N_("For example a till that was lost"), N_("Explained")
    ),
    ("tail_lost", Way.REISSUE): WayWords(
        N_("Entered again from copy or paper"), N_("All of it is in the books"), N_("Entered again")
    ),
    ("tail_lost", Way.WRITE_OFF): WayWords(
        N_("Nothing can be found any more"), N_("What was sold stays unknown"), N_("Nothing found")
    ),
    ("clock_skew", Way.WRITE_OFF): WayWords(
        N_("The clock was set right"), N_("Nothing else to do"), N_("Clock is right")
    ),
    ("resolved_twice", Way.DUPLICATE): WayWords(
        N_("The first decision holds"), N_("Both people know"), N_("First one holds")
    ),
}


class Changes(NamedTuple):
    """What a way means for money and for goods, in words."""

    money: str
    stock: str


CHANGES: Final[dict[Way, Changes]] = {
    Way.WRITE_OFF: Changes(N_("Cost of the store"), N_("Stock stays as it is")),
    Way.CUSTOMER_DEBT: Changes(N_("Owed to the store"), N_("Stock stays as it is")),
    Way.REVERSAL: Changes(N_("Moves with the counter-document"), N_("Goods move with it")),
    Way.RECOUNT: Changes(N_("No money moves yet"), N_("Decided by the count")),
    Way.REISSUE: Changes(N_("No money moves"), N_("Stock stays as it is")),
    Way.DUPLICATE: Changes(N_("No money moves"), N_("Counted once, not twice")),
}


def of_way(kind: str, way: Way) -> WayWords:
    """The words of a way for that kind."""
    found = _FITTING.get((kind, way)) or _WAYS[way]
    return WayWords(_(found.title), _(found.detail), _(found.button))


def of_changes(way: Way) -> Changes:
    """What it means for money and goods."""
    found = CHANGES[way]
    return Changes(_(found.money), _(found.stock))
