"""The steps of a play about goods that move without a customer."""

from __future__ import annotations

from decimal import Decimal

from pos_app.play.step import Step


class RequestGoods(Step, frozen=True, tag="request_goods"):
    """Another store is asked for goods."""

    store: str
    code: str
    qty: Decimal = Decimal(1)
    note: str = ""


class SendGoods(Step, frozen=True, tag="send_goods"):
    """Goods leave for another store: all that it asked for by a name, or one product."""

    store: str = ""
    transfer: str = ""
    code: str = ""
    qty: Decimal | None = None
    box: str = ""


class CallOffTransfer(Step, frozen=True, tag="call_off_transfer"):
    """A transfer does not take place."""

    transfer: str
    reason: str = ""


class Receive(Step, frozen=True, tag="receive"):
    """Something of a delivery is counted: an item, a box, or the rest as the list says."""

    delivery: str
    code: str = ""
    qty: Decimal = Decimal(1)
    box: str = ""
    damaged: Decimal | None = None
    no_more: bool = False
    """No more comes of that item: what is missing is short."""
    rest: bool = False
    unlisted: bool = False
    """Nobody announced it: begun without a list."""


class DecideDifference(Step, frozen=True, tag="decide_difference"):
    """What becomes of what is short, damaged or extra."""

    delivery: str
    code: str
    kind: str
    reason: str


class PauseReceiving(Step, frozen=True, tag="pause_receiving"):
    """What was counted is told; another till may go on."""

    delivery: str


class FinishReceiving(Step, frozen=True, tag="finish_receiving"):
    """That was all of it."""

    delivery: str


class Count(Step, frozen=True, tag="count"):
    """So many of a product are there; begins a count where none is open."""

    code: str
    qty: Decimal
    name: str = ""


class FinishCount(Step, frozen=True, tag="finish_count"):
    """The stock is what was counted."""

    reason: str = ""


class WaitDelivery(Step, frozen=True, tag="wait_delivery"):
    """Waits until this till knows a delivery or transfer by its name, or any, in a state."""

    delivery: str = ""
    state: str = ""
    timeout_s: int = 60


GoodsStep = (
    RequestGoods
    | SendGoods
    | CallOffTransfer
    | Receive
    | DecideDifference
    | PauseReceiving
    | FinishReceiving
    | Count
    | FinishCount
)
AnyGoodsStep = GoodsStep | WaitDelivery
