"""The steps of a play about goods that come back: refunds, exchanges, goods taken in for later."""

from __future__ import annotations

from decimal import Decimal

from pos_app.play.step import Step


class Refund(Step, frozen=True, tag="refund"):
    """Goods of a sale come back: of the last one, of a number, or of a scanned code.

    `line` counts as on the receipt, 0 is every line; without `qty` all that is left of it.
    """

    doc_no: str = ""
    code: str = ""
    line: int = 0
    qty: Decimal | None = None
    reason: str = ""
    condition: str = "sellable"
    tender: str = ""
    reference: str = ""
    patience_s: int = 10
    """How long the hub's word is waited for, where it was asked."""


class FindSale(Step, frozen=True, tag="find_sale"):
    """A sale or an order of any store and channel; the return goes on from here.

    `text` is a receipt's code or number, an order's name, or a card's end with day and total.
    """

    text: str = ""
    customer: str = ""
    pick: int = 1
    """Which of several, counted from 1."""
    state: str = "found"
    """What must come of it: found, none or away (nobody answers)."""
    patience_s: int = 30


class BringBack(Step, frozen=True, tag="bring_back"):
    """So much of a line comes back; 0 is every line, without `qty` all that is left, 0 of it: none."""

    line: int = 0
    qty: Decimal | None = None
    reason: str = ""
    condition: str = "sellable"
    serial: str = ""


class Swap(Step, frozen=True, tag="swap"):
    """What comes back of a line goes out in another size or colour, at the price once paid."""

    line: int
    sku: str


class TakeInstead(Step, frozen=True, tag="take_instead"):
    """Goods go out for what comes back, at today's price: a code or a SKU."""

    code: str
    qty: Decimal | None = None


class MoneyBack(Step, frozen=True, tag="money_back"):
    """Where the money goes: original, credit, gift_card or cash."""

    to: str
    account: str = ""
    reference: str = ""


class FinishReturn(Step, frozen=True, tag="finish_return"):
    """The refund or exchange is written; where more goes out it stands in the basket to be paid."""

    patience_s: int = 10


class TakeIn(Step, frozen=True, tag="take_in"):
    """Goods in without money, and a slip: of the return that was chosen, or of `code`.

    `paper` is what stands on a receipt nobody here has a copy of, `order` a customer's order that
    this store knows; without both there is no receipt.
    """

    code: str = ""
    paper: str = ""
    order: str = ""
    qty: Decimal = Decimal(1)
    reason: str = ""
    condition: str = "sellable"
    amount: Decimal | None = None


class WaitSlip(Step, frozen=True, tag="wait_slip"):
    """Waits until the hub has said what became of the slip given last."""

    state: str = ""
    timeout_s: int = 60


ReturnStep = (
    FindSale | BringBack | Swap | TakeInstead | MoneyBack | FinishReturn | TakeIn | WaitSlip
)
