"""What is known of a sale that comes back, and the return that is being put together over it.

Values: each change gives a new one, and nothing is written before `refund.complete`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pos_app.domain.errors import Refused
from pos_app.domain.returns import SELLABLE, Choice
from pos_app.domain.tender import REFERENCE_MAX, tender_of
from pos_app.domain.text import plain
from pos_app.till.card_numbers import refuse_card_number
from pos_app.till.permission import reason_text

if TYPE_CHECKING:
    from pos_app.domain.basket import Basket
    from pos_app.store.records import Position
    from sync.protocol import Refunded, Sale, SaleRefRow

HERE, STORE, HUB = "here", "store", "hub"
"""Who told of a sale: this till's own journal, the store's documents, or the hub just now."""
SERIAL_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Underway:
    """What somebody else is taking back of a line just now, or took in and nobody decided on."""

    line: int
    qty: int
    store: str
    till: str
    at: str
    """UTC."""
    kind: str = "word"
    """word: that till has the hub's word for it; pended: goods in, no money yet."""


@dataclass(frozen=True, slots=True)
class Found:
    """A sale or an order of which this till knows enough to take goods back."""

    sale: Sale | SaleRefRow
    own: bool
    """Whether this till made it: then its whole past is known here."""
    voided: str = ""
    """Number of the document that took it back as a whole."""
    elsewhere: tuple[SaleRefRow, ...] = ()
    """What other tills took back of it, as the hub told."""
    known: str = ""
    """As of when (hub time); empty where the hub never told anything."""
    told_by: str = HERE
    """HERE, STORE or HUB."""
    channel: str = ""
    """The shop whose order it is; empty for a till's sale."""
    customer: str = ""
    """Id of whom it was sold to."""
    paid_by: str = ""
    """In words for people: `Visa •4242`; empty where only the tenders are known."""
    steps: tuple[tuple[str, str], ...] = ()
    """(ordered | shipped | delivered | collected, UTC)."""
    fixed: tuple[int, ...] = ()
    """Lines that may not come back: made to order, final sale."""
    until: tuple[tuple[int, str], ...] = ()
    """(line, last day for it, ISO date) where it is not the till's own rule; empty is for ever."""
    serials: tuple[tuple[int, str], ...] = ()
    """(line, serial) of goods that come back only with it."""
    points: int = 0
    """What it earned."""
    underway: tuple[Underway, ...] = ()
    waiting: tuple[tuple[str, int], ...] = ()
    """(what it is called, thousandths) of an order that nobody got yet: called off, not returned."""
    by_hand: bool = False
    """True where the hub cannot give back what was paid in the shop: a person there does it."""
    doc: str = ""
    """The hub's own word for it (`SoldDoc`, JSON), where this till has no copy that stays."""

    def serial(self, line: int) -> str:
        """The serial number that goods of a line come back with; empty for any."""
        told = dict(self.serials).get(line, "")
        return told or next(
            (getattr(row, "serial", "") for row in self.sale.lines if row.line == line), ""
        )


@dataclass(frozen=True, slots=True)
class Swap:
    """Another size or colour for what comes back of a line."""

    line: int
    sku: str


@dataclass(frozen=True, slots=True)
class Returning:
    """A return that is being put together: a value; nothing is written before `complete`."""

    refund_id: str
    found: Found
    choices: tuple[Choice, ...] = ()
    tender: str = ""
    """Another way to pay it back than it was paid; empty for the way it was."""
    reference: str = ""
    """The slip of a card refund."""
    auth: str = ""
    """Under which id the hub's word was asked (`authorise`); empty where nobody asked."""
    account: str = ""
    """By gift card or store credit: the account it goes to; empty for a slip of its own."""
    swaps: tuple[Swap, ...] = ()
    """Lines that come back for the same in another size."""
    going: Basket | None = None
    """What else goes out, at today's prices; `exchange.basket_of` has the swaps too."""

    @property
    def sale(self) -> Sale | SaleRefRow:
        """The sale it is about."""
        return self.found.sale

    @property
    def exchanges(self) -> bool:
        """True where something goes out for it."""
        chosen = {each.line for each in self.choices}
        swapped = any(each.line in chosen for each in self.swaps)
        return swapped or (self.going is not None and bool(self.going.lines))

    def choice(self, line: int) -> Choice | None:
        """What comes back of a line."""
        return next((each for each in self.choices if each.line == line), None)

    def swap(self, line: int) -> Swap | None:
        """What goes out for a line at the price once paid."""
        return next((each for each in self.swaps if each.line == line), None)


@dataclass(frozen=True, slots=True)
class RefundDone:
    """A refund that is a fact."""

    refund: Refunded
    position: Position
    job_id: str
    """Its receipt in the print queue, "" where it was queued before."""
    again: bool = False
    """True where it had been written already: nothing was paid twice."""
    by_terminal: int = 0
    """What of it the till's card terminal gives back by itself, minor units."""


def begin_again(back: Returning) -> Returning:
    """The same return with nothing chosen yet."""
    return replace(back, choices=(), swaps=())


def choose(
    back: Returning,
    line: int,
    qty: int,
    reason: str = "",
    condition: str = SELLABLE,
    serial: str = "",
) -> Returning:
    """The return with so much of a line (thousandths); 0 takes the line out of it again.

    Raises Refused("line_fixed", label=) for goods that may not come back, and
    Refused("already_returned" …) is left to `figures`, which knows what came back meanwhile.
    """
    if qty and line in back.found.fixed:
        label = next((row.label for row in back.sale.lines if row.line == line), "")
        raise Refused("line_fixed", label=label)
    kept = {each.line: each for each in back.choices}
    before = kept.get(line)
    read = plain(serial, SERIAL_MAX) or (before.serial if before is not None else "")
    if qty:
        kept[line] = Choice(line, qty, reason_text(reason), condition, read)
    else:
        kept.pop(line, None)
    order = [row.line for row in back.sale.lines]
    ordered = sorted(
        kept.values(), key=lambda each: order.index(each.line) if each.line in order else -1
    )
    return replace(back, choices=tuple(ordered))


def with_serial(back: Returning, line: int, serial: str) -> Returning:
    """The return with the serial number that was read on the goods of a line.

    Raises Refused("serial_differs", label=) where the sale names another one.
    """
    chosen = back.choice(line)
    if chosen is None:
        return back
    sold = back.found.serial(line)
    if sold and plain(serial, SERIAL_MAX).upper() != sold.upper():
        raise Refused("serial_differs", label=label_of(back, line))
    choices = tuple(
        replace(each, serial=plain(serial, SERIAL_MAX)) if each is chosen else each
        for each in back.choices
    )
    return replace(back, choices=choices)


def serials_missing(back: Returning) -> tuple[int, ...]:
    """Lines whose goods come back only with their serial number, and it was not read yet."""
    return tuple(
        each.line
        for each in back.choices
        if (sold := back.found.serial(each.line)) and each.serial.upper() != sold.upper()
    )


def label_of(back: Returning, line: int) -> str:
    """What a line of the sale is called."""
    return next((row.label for row in back.sale.lines if row.line == line), "")


def pay_by(back: Returning, tender: str, account: str = "") -> Returning:
    """The return paid back another way; empty for the way it was paid.

    `account` is where credit goes: a customer's, or a card that was read; empty makes a slip.
    Raises Refused("tender_unknown").
    """
    if tender:
        tender_of(tender)
    paid = {row.tender for row in back.sale.payments}
    same = paid == {tender} and not account
    return replace(back, tender="" if same else tender, account="" if same else account)


def with_slip(back: Returning, reference: str) -> Returning:
    """The return with the number of the card terminal's slip.

    Raises Refused("reference_is_card_number").
    """
    refuse_card_number(reference, "reference_is_card_number")
    return replace(back, reference=plain(reference, REFERENCE_MAX))


def reasons(back: Returning) -> bool:
    """True where every line that comes back says why."""
    return all(choice.reason for choice in back.choices)
