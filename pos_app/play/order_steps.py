"""The steps of a play about customers' orders; `order` is what people call one: `W-10482`."""

from __future__ import annotations

from decimal import Decimal

from pos_app.play.step import Step


class StartOrder(Step, frozen=True, tag="start_order"):
    """An order is picked from here on by who is signed in; `take_over` whoever had it."""

    order: str
    take_over: bool = False


class Pick(Step, frozen=True, tag="pick"):
    """A piece before the scanner belongs to an order; with `by_hand` a line of it, and why."""

    order: str
    code: str = ""
    qty: Decimal | None = None
    by_hand: str = ""
    reason: str = ""


class Unpick(Step, frozen=True, tag="unpick"):
    """A piece goes back."""

    order: str
    line: str
    qty: Decimal | None = None


class CannotFind(Step, frozen=True, tag="cannot_find"):
    """What of a line is not there; `instead` is the code of what the customer gets in its place."""

    order: str
    line: str
    qty: Decimal | None = None
    wish: str = "resource"
    instead: str = ""
    reason: str = ""


class MarkReady(Step, frozen=True, tag="mark_ready"):
    """All of it is on its shelf."""

    order: str
    shelf: str = ""
    bags: int = 1


class KeepOrder(Step, frozen=True, tag="keep_order"):
    """It is kept so many days longer."""

    order: str
    days: int = 2


class CancelOrder(Step, frozen=True, tag="cancel_order"):
    """The store calls it off."""

    order: str
    reason: str = ""


class RestockOrder(Step, frozen=True, tag="restock_order"):
    """Its goods are on sale again."""

    order: str


class SendOrder(Step, frozen=True, tag="send_order"):
    """A carrier has the parcel."""

    order: str
    carrier: str = ""
    tracking: str = ""


class OrderPaper(Step, frozen=True, tag="order_paper"):
    """Its pick slip, or the label of its bags."""

    order: str
    what: str = "slip"


class HandOver(Step, frozen=True, tag="hand_over"):
    """An order goes over the counter: by what is scanned or typed (`code`).

    `lines` is line -> how much, for some of it. Where something is due, or with `extras`, it stands
    in the basket then and `pay` hands it over; the sale that was open is put aside.
    """

    code: str
    lines: dict[str, Decimal] = {}  # noqa: RUF012 - a field of a structure
    collector: str = "self"
    id_seen: bool = False
    bag_here: bool = False
    extras: bool = False
    reason: str = ""


class PutAway(Step, frozen=True, tag="put_away"):
    """The order in the basket is not handed over after all."""


class WaitOrder(Step, frozen=True, tag="wait_order"):
    """Waits until this till knows an order in a state, as the hub told it where `told`.

    `to_find` is how many of its lines are still to be found then.
    """

    order: str
    state: str = ""
    told: bool = False
    to_find: int | None = None
    timeout_s: int = 60


OrderStep = (
    StartOrder
    | Pick
    | Unpick
    | CannotFind
    | MarkReady
    | KeepOrder
    | CancelOrder
    | RestockOrder
    | SendOrder
    | OrderPaper
)
"""Those that are one verb of `till.pickup`."""
