"""What a play file may say: one structure a step, checked as a whole before anything is done.

Amounts are in whole units of the store's currency (12.5 is 12.50 EUR, exact: no floats are made of
them), quantities in pieces or kilograms. PLAY.md is the prose; a test keeps the two together.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

import msgspec

from pos_app.domain.errors import Refused
from pos_app.play.case_steps import SettleCase, TakeCase, WaitCase
from pos_app.play.customer_steps import CustomerStep, CustomerWait
from pos_app.play.goods_steps import AnyGoodsStep
from pos_app.play.order_steps import HandOver, OrderStep, PutAway, WaitOrder
from pos_app.play.points_steps import PointsStep
from pos_app.play.return_steps import Refund, ReturnStep
from pos_app.play.step import Approver, Step
from pos_app.play.stock_steps import StockStep
from pos_app.play.value_steps import ValueStep

__all__ = [
    "Approver",
    "HandOver",
    "OrderStep",
    "PutAway",
    "Refund",
    "ReturnStep",
    "SettleCase",
    "Step",
    "StockStep",
    "TakeCase",
    "WaitCase",
    "WaitOrder",
]
"""What stands in files of its own and belongs to the steps all the same."""


class SignIn(Step, frozen=True, tag="sign_in"):
    """A person at the till: by id or name and PIN, by badge, or by both."""

    who: str = ""
    pin: str = ""
    badge: str = ""


class SignOut(Step, frozen=True, tag="sign_out"):
    """Nobody at the till; the basket stays."""


class Unlock(Step, frozen=True, tag="unlock"):
    """Somebody lets a person who is locked out try again; the step's `approver` does."""

    who: str


class Training(Step, frozen=True, tag="training"):
    """Training begins, or ends; in between nothing counts."""

    state: str = "begin"
    reason: str = ""


class OpenShift(Step, frozen=True, tag="open_shift"):
    """The float, as one amount or counted."""

    amount: Decimal = Decimal(0)
    counts: dict[str, int] = {}
    reason: str = ""
    note: str = ""


class Scan(Step, frozen=True, tag="scan"):
    """A code before the scanner: a product, a weighed label, a coupon.

    Without `qty` it is one piece, or what the label says.
    """

    code: str
    qty: Decimal | None = None


class Search(Step, frozen=True, tag="search"):
    """A text typed into the search field; `first` is the SKU that must come first."""

    text: str
    first: str = ""


class Add(Step, frozen=True, tag="add"):
    """A product chosen by hand: a SKU, or the first result of the last search."""

    sku: str = ""
    qty: Decimal | None = None


class Custom(Step, frozen=True, tag="custom"):
    """An item typed by hand."""

    label: str
    price: Decimal
    qty: Decimal = Decimal(1)
    tax_code: str = "standard"


class Quantity(Step, frozen=True, tag="quantity"):
    """Another quantity on a line; `line` counts from 1, 0 is the one touched last."""

    qty: Decimal
    line: int = 0


class Discount(Step, frozen=True, tag="discount"):
    """`percent` or `amount` off a line, or off the whole basket; 0 takes it away."""

    reason: str = ""
    percent: Decimal | None = None
    amount: Decimal | None = None
    line: int = 0
    whole: bool = False


class Override(Step, frozen=True, tag="override"):
    """Another price on a line; its own again takes that back."""

    price: Decimal
    reason: str = ""
    line: int = 0


class Coupon(Step, frozen=True, tag="coupon"):
    """A coupon's code, typed."""

    code: str


class Note(Step, frozen=True, tag="note"):
    """A note on a line."""

    text: str
    line: int = 0


class Remove(Step, frozen=True, tag="remove"):
    """A line taken out."""

    line: int = 0
    reason: str = ""


class ConfirmAge(Step, frozen=True, tag="confirm_age"):
    """The buyer's age checked, for all lines of that limit or below."""

    line: int = 0
    without_proof: bool = False
    reason: str = ""


class Pay(Step, frozen=True, tag="pay"):
    """A payment; without `amount` the exact rest. The sale completes when nothing is left."""

    tender: str = "cash"
    amount: Decimal | None = None
    reference: str = ""
    paper: str = "receipt"


class AskCard(Step, frozen=True, tag="ask_card"):
    """What became of the card payment nobody knows the end of; charged, the sale completes."""


class KeepOpen(Step, frozen=True, tag="keep_open"):
    """The sale is put aside as payment unknown."""


class CardByHand(Step, frozen=True, tag="card_by_hand"):
    """A person types what the terminal's slip says of the payment nobody knows the end of."""

    slip: str
    approved: bool


class SettleOpen(Step, frozen=True, tag="settle_open"):
    """Every sale put aside as payment unknown is asked about; what was charged becomes a sale."""


class Terminal(Step, frozen=True, tag="terminal"):
    """A simulated card terminal is told what its next payments do, or is unplugged."""

    script: list[str | dict[str, str | int | bool]] = []
    plugged: bool | None = None


class TakeBack(Step, frozen=True, tag="take_back"):
    """A payment taken back; `payment` counts from 1, 0 is the last."""

    payment: int = 0


class Park(Step, frozen=True, tag="park"):
    """The basket put aside."""

    label: str = ""


class Recall(Step, frozen=True, tag="recall"):
    """A parked basket taken up again: the latest, or the latest with that label."""

    label: str = ""


class Cancel(Step, frozen=True, tag="cancel"):
    """The basket thrown away."""

    reason: str = ""


class Void(Step, frozen=True, tag="void"):
    """A whole sale taken back: the last one, or the one with that receipt number."""

    reason: str = ""
    doc_no: str = ""


class Reprint(Step, frozen=True, tag="reprint"):
    """A copy of a receipt: of the last sale, or of the one with that number."""

    reason: str = ""
    doc_no: str = ""
    invoice: bool = False


class Gift(Step, frozen=True, tag="gift"):
    """A receipt without prices: of the last sale, or of the one with that number."""

    doc_no: str = ""


class Invoice(Step, frozen=True, tag="invoice"):
    """An invoice for the last sale, or for the one with that number."""

    name: str
    address: tuple[str, ...] = ()
    vat_id: str = ""
    doc_no: str = ""


class OpenDrawer(Step, frozen=True, tag="open_drawer"):
    """The drawer opened without a sale."""

    reason: str = ""


class CashIn(Step, frozen=True, tag="cash_in"):
    """Cash put into the drawer that no sale brought."""

    amount: Decimal
    reason: str = ""


class CashOut(Step, frozen=True, tag="cash_out"):
    """Cash taken out of the drawer; `sure` where it is more than should be in it."""

    amount: Decimal
    reason: str = ""
    sure: bool = False


class SafeDrop(Step, frozen=True, tag="safe_drop"):
    """Cash out of the drawer and into the safe, in a bag with a number."""

    amount: Decimal
    reason: str = ""
    reference: str = ""
    sure: bool = False


class XReport(Step, frozen=True, tag="x_report"):
    """A look at the open shift; on paper too with `printed`. It changes nothing."""

    printed: bool = False


class Printer(Step, frozen=True, tag="printer"):
    """A simulated printer gets a fault (`none` heals it), or is pulled or empty in its next job."""

    fault: str = ""
    pull_after: int | None = None
    empty_after: int | None = None


class Print(Step, frozen=True, tag="print"):
    """What waits is printed now, without the pause after a failure.

    `unknown` says what a person does with receipts nobody knows about: confirm or again.
    """

    unknown: str = ""


class Network(Step, frozen=True, tag="network"):
    """The way to the hub: on, off, black_hole, slow, or cut in the middle of the next answer."""

    state: str
    latency_ms: int = 300
    bytes_per_s: int = 20_000


class KillSync(Step, frozen=True, tag="kill_sync"):
    """The sync process is killed where it stands; it is started again by itself."""


class WaitSynced(Step, frozen=True, tag="wait_synced"):
    """Waits until the hub has confirmed everything and answers; fails after `timeout_s`."""

    timeout_s: int = 60


class Reserve(Step, frozen=True, tag="reserve"):
    """Goods of a store (the till's own where none is said) asked for; the hub alone promises."""

    sku: str
    qty: Decimal = Decimal(1)
    store: str = ""
    reference: str = ""


class CancelReservation(Step, frozen=True, tag="cancel_reservation"):
    """A promise, or a request nobody answered, taken back: the last one where none is named."""

    reservation: str = ""


class WaitAnswer(Step, frozen=True, tag="wait_answer"):
    """Waits for the hub's word on what was asked last; `state` is what it must be."""

    state: str = ""
    timeout_s: int = 60


class Restart(Step, frozen=True, tag="restart"):
    """The program ends and starts again: who was signed in is not any more, the rest is there."""


class CloseShift(Step, frozen=True, tag="close_shift"):
    """The count and the Z; a tender that is not named counts as found right."""

    counted: dict[str, Decimal] = {}
    counts: dict[str, int] = {}
    reason: str = ""


class Expect(Step, frozen=True, tag="expect"):
    """What must be true now; only what is said is looked at."""

    total: Decimal | None = None
    due: Decimal | None = None
    lines: int | None = None
    change: Decimal | None = None
    doc_no: str | None = None
    sales: int | None = None
    voids: int | None = None
    refunds: int | None = None
    refunded: Decimal | None = None
    shift_total: Decimal | None = None
    expected: dict[str, Decimal] = {}
    parked: int | None = None
    printed: int | None = None
    waiting: int | None = None
    unknown: int | None = None
    unsent: int | None = None
    stock: dict[str, Decimal] = {}
    person: str | None = None
    cases: dict[str, int] = {}
    orders: dict[str, str] = {}
    orders_paid: Decimal | None = None


AnyStep = (
    SignIn
    | SignOut
    | Unlock
    | Training
    | OpenShift
    | Scan
    | Search
    | Add
    | Custom
    | Quantity
    | Discount
    | Override
    | Coupon
    | Note
    | Remove
    | ConfirmAge
    | Pay
    | AskCard
    | KeepOpen
    | CardByHand
    | SettleOpen
    | Terminal
    | TakeBack
    | Park
    | Recall
    | Cancel
    | Void
    | Refund
    | ReturnStep
    | Reprint
    | Gift
    | Invoice
    | OpenDrawer
    | CashIn
    | CashOut
    | SafeDrop
    | XReport
    | Printer
    | Print
    | Network
    | KillSync
    | WaitSynced
    | Reserve
    | CancelReservation
    | WaitAnswer
    | TakeCase
    | SettleCase
    | WaitCase
    | OrderStep
    | HandOver
    | PutAway
    | WaitOrder
    | AnyGoodsStep
    | CustomerStep
    | CustomerWait
    | PointsStep
    | ValueStep
    | StockStep
    | Restart
    | CloseShift
    | Expect
)

STEPS: dict[str, type[Step]] = {
    str(kind.__struct_config__.tag): kind for kind in Step.__subclasses__()
}
"""Every verb, by its word."""


class Play(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A trading day."""

    step: list[AnyStep]
    title: str = ""
    repeat: int = 1
    """How often all steps are played, one time after the other."""


def read_play(path: Path) -> Play:
    """The play in a file, every step of it checked; raises Refused("play_unreadable", where=…)."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        play = msgspec.convert(table, Play)
    except OSError as cause:
        raise Refused("play_unreadable", file=path.name, where=cause.strerror) from cause
    except (UnicodeDecodeError, ValueError, msgspec.ValidationError) as cause:
        raise Refused("play_unreadable", file=path.name, where=str(cause)) from cause
    for number, step in enumerate(play.step, 1):
        fault = _fault(step)
        if fault:
            raise Refused("play_unreadable", file=path.name, where=f"step {number}: {fault}")
    return play


NETWORK_STATES = ("on", "off", "black_hole", "slow", "cut")


def _fault(step: AnyStep) -> str:
    """What is wrong with a step by itself, in words for whoever wrote the file; "" for nothing."""
    if isinstance(step, Discount) and (step.percent is None) == (step.amount is None):
        return "a discount says either percent or amount"
    if isinstance(step, SignIn) and not (step.badge or (step.who and step.pin)):
        return "sign_in says who and pin, or a badge"
    if isinstance(step, Training) and step.state not in ("begin", "end"):
        return "training is begin or end"
    if isinstance(step, Network) and step.state not in NETWORK_STATES:
        return f"network state is one of {', '.join(NETWORK_STATES)}"
    if isinstance(step, Print) and step.unknown not in ("", "confirm", "again"):
        return "unknown is confirm or again"
    return ""
