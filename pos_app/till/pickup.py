"""Customers' orders of this store: found, picked, put on the shelf, kept, called off, put back.

    orders = pickup.page(till, pickup.TO_PICK)
    pickup.pick(till, orders[0].reservation, "4006381333931")     # writes; starts it where nobody did
    pickup.mark_ready(till, orders[0].reservation, "B3", bags=1)  # writes

What is read runs on any thread; each verb that *writes* is one transaction on the ledger lane. All
of it goes on without the hub. Two tills work on one list: who picks an order is told by the feed,
and another takes it over knowingly; where both were offline both facts go up and the hub sorts it.

Every verb raises Refused("nobody_signed_in" | "not_allowed" | "needs_manager" | "order_unknown" |
"order_is_over", name=, state=) besides what it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pos_app.domain import pickup as rules
from pos_app.domain.basket import QTY_MAX
from pos_app.domain.catalogue import KILOGRAM
from pos_app.domain.day import parse_utc, utc_text
from pos_app.domain.errors import Refused
from pos_app.domain.money import MILLI
from pos_app.domain.text import plain
from pos_app.store.order_rows import KEPT_DAYS
from pos_app.store.transaction import Transaction
from pos_app.till import pickup_papers
from pos_app.till.order_book import (
    DONE,
    READY,
    SEGMENTS,
    TO_PICK,
    Counts,
    Order,
    counts,
    find,
    get,
    get_now,
    page,
    walked,
)
from pos_app.till.order_overlay import open_qty
from pos_app.till.permission import Approval, reason_text, require
from pos_app.till.pickup_codes import Found, what_is
from pos_app.till.till import Till, stamp
from sync.protocol import Handling, OrderLine, OrderRow, ReservationStepped

__all__ = [
    "CANCEL",
    "DONE",
    "PICK",
    "READY",
    "REFUND",
    "RESOURCE",
    "SEGMENTS",
    "SHORTEN",
    "SUBSTITUTE",
    "TO_PICK",
    "Counts",
    "Order",
    "Picked",
    "cancel",
    "cannot_find",
    "counts",
    "find",
    "get",
    "keep_longer",
    "mark_ready",
    "page",
    "pick",
    "pick_by_hand",
    "print_label",
    "print_slip",
    "restock",
    "send",
    "start",
    "take_over",
    "unpick",
    "walked",
]

PICK, SHORTEN, CANCEL = "pick_order", "shorten_order", "cancel_order"
"""Actions of the policy."""
RESOURCE, SUBSTITUTE, REFUND = "resource", "substitute", "refund"
"""What is to become of what cannot be found: from another store, another product, money back."""
WISHES: Final = (RESOURCE, SUBSTITUTE, REFUND)
KEEP_DAYS: Final = 2
SHELF_MAX: Final = 12
BAGS_MAX: Final = 99
WEIGHT_SLACK_PCT: Final = 10
"""So far a weighed piece may be off what was ordered and still be all of it."""


@dataclass(frozen=True, slots=True)
class Picked:
    """A piece that was found."""

    order: Order
    line: OrderLine
    """As it is now."""
    qty: int
    """Thousandths that were counted."""


# --- who does it ---------------------------------------------------------------------------------


def start(till: Till, reservation: str) -> Order:
    """*Writes.* The person at the till begins to pick an order.

    Raises Refused("order_with_somebody", who=, till=) where somebody else does.
    """
    require(till, PICK)
    order = _open(till, reservation)
    _check_mine(till, order)
    return order if _is_mine(till, order) else _steps(till, order, (rules.PICKING, (), {}))


def take_over(till: Till, reservation: str) -> Order:
    """*Writes.* The same, whoever had it: they see who has it now."""
    require(till, PICK)
    order = _open(till, reservation)
    return order if _is_mine(till, order) else _steps(till, order, (rules.PICKING, (), {}))


def _is_mine(till: Till, order: Order) -> bool:
    row = order.row
    return (row.picker, row.picker_till) == (till.need_person().staff_id, till.identity.till)


def _check_mine(till: Till, order: Order) -> None:
    row, me = order.row, till.need_person().staff_id
    if row.picker not in ("", me) and row.state == rules.PICKING:
        who = row.picker_name or row.picker
        raise Refused("order_with_somebody", name=row.name, who=who, till=row.picker_till)


def _begun(till: Till, order: Order) -> list[Step]:
    """What has to be said before a piece is counted: who picks."""
    _check_mine(till, order)
    return [] if _is_mine(till, order) else [(rules.PICKING, (), {})]


# --- pieces --------------------------------------------------------------------------------------


def pick(till: Till, reservation: str, code: str, qty: int | None = None) -> Picked:
    """*Writes.* A scanned piece belongs to the order: it is counted.

    `qty` is thousandths; None is one piece, or what the label says. Raises Refused("not_in_order",
    name=, wanted=), Refused("enough_picked", name=), Refused("more_than_ordered", name=, left=),
    Refused("weight_needed" | "unknown_code" | "order_with_somebody" …).
    """
    require(till, PICK)
    order = _pickable(till, reservation)
    found = what_is(till, code)
    line = _line_of(order.row, found)
    return _count(till, order, line, _wanted(line, found, qty), found)


def pick_by_hand(
    till: Till, reservation: str, line: str, qty: int | None = None, *, reason: str
) -> Picked:
    """*Writes.* A piece that no scanner reads, with why; `qty` None is all that is open.

    Raises Refused("reason_missing" | "no_such_line" | "enough_picked" | "more_than_ordered").
    """
    require(till, PICK)
    reason = _said(reason)
    order = _pickable(till, reservation)
    row = _line(order.row, line)
    left = open_qty(row)
    return _count(till, order, row, left if qty is None else qty, None, reason)


def _count(
    till: Till, order: Order, line: OrderLine, qty: int, found: Found | None, reason: str = ""
) -> Picked:
    left = open_qty(line)
    if not left:
        raise Refused("enough_picked", name=_called(line))
    if not 0 < qty <= QTY_MAX:
        raise Refused("quantity_out_of_range", limit=QTY_MAX)
    note = ""
    if found is not None and found.weighed and _as_good_as(qty, left, line.qty):
        note, qty = f"{qty / MILLI:.3f} kg" if qty != left else "", left
    if qty > left:
        raise Refused("more_than_ordered", name=_called(line), left=left)
    more = {"reason": reason, "note": note}
    done = _steps(till, order, *_begun(till, order), (rules.PICKED, ((line.sku, qty),), more))
    return Picked(done, _line(done.row, line.line), qty)


def _as_good_as(qty: int, left: int, ordered: int) -> bool:
    return abs(qty - left) * 100 <= ordered * WEIGHT_SLACK_PCT


def unpick(till: Till, reservation: str, line: str, qty: int | None = None) -> Order:
    """*Writes.* A piece goes back: it was the wrong one after all. `qty` None is all of the line.

    Raises Refused("no_such_line" | "nothing_picked" | "order_handed_over").
    """
    require(till, PICK)
    order = _open(till, reservation)
    row = _line(order.row, line)
    most = row.picked - row.handed
    if most <= 0:
        raise Refused("nothing_picked", name=_called(row))
    back = min(most, most if qty is None else qty)
    return _steps(till, order, *_begun(till, order), (rules.PICKED, ((row.sku, -back),), {}))


def cannot_find(
    till: Till,
    reservation: str,
    line: str,
    qty: int | None = None,
    *,
    wish: str = RESOURCE,
    instead: str = "",
    reason: str = "",
    approval: Approval | None = None,
) -> Order:
    """*Writes.* What of a line is not there, and what the customer gets for it.

    RESOURCE: another store does it. REFUND: the money goes back (the policy's `shorten_order`).
    SUBSTITUTE: the product scanned as `instead`, where the customer agreed to that with the order.
    `qty` None is all that is open. Raises Refused("no_such_line" | "enough_picked" |
    "more_than_ordered" | "substitute_not_agreed" | "substitute_same" | "reason_missing" …).
    """
    require(till, PICK)
    order = _pickable(till, reservation)
    row = _line(order.row, line)
    left = open_qty(row)
    qty = left if qty is None else qty
    if not left:
        raise Refused("enough_picked", name=_called(row))
    if not 0 < qty <= left:
        raise Refused("more_than_ordered", name=_called(row), left=left)
    begun = _begun(till, order)
    if wish == SUBSTITUTE:
        if not order.row.may_substitute:
            raise Refused("substitute_not_agreed", name=_called(row))
        given = what_is(till, instead)
        if given.sku == row.sku:
            raise Refused("substitute_same", name=_called(row))
        more = {"reason": reason, "wish": wish, "instead": ((row.sku, given.sku, qty),)}
        return _steps(till, order, *begun, (rules.PICKED, ((row.sku, qty),), more))
    if wish not in WISHES:
        raise ValueError(f"a wish of {wish}")
    approver = ""
    if wish == REFUND:
        reason = _said(reason)
        approver = require(till, SHORTEN, approval=approval, reason=reason)
    more = {"reason": reason, "wish": wish}
    step: Step = (rules.SHORT, ((row.sku, qty),), more)
    return _steps(till, order, *begun, step, approver=approver)


# --- the shelf -----------------------------------------------------------------------------------


def mark_ready(till: Till, reservation: str, shelf: str = "", bags: int = 1) -> Order:
    """*Writes.* All of it is found: it waits on its shelf, and the customer is told by the hub.

    Raises Refused("left_to_pick", left=) (pieces), Refused("nothing_picked" | "shelf_missing" |
    "bags_out_of_range").
    """
    require(till, PICK)
    order = _pickable(till, reservation)
    if order.pieces_to_find:
        raise Refused("left_to_pick", left=order.to_find)
    shelf = plain(shelf, SHELF_MAX)
    if not order.to_hand:
        raise Refused("nothing_picked", name=order.row.name)
    if not shelf and order.row.way != "ship":
        raise Refused("shelf_missing")
    if not 1 <= bags <= BAGS_MAX:
        raise Refused("bags_out_of_range", limit=BAGS_MAX)
    goods = tuple((line.sku, line.picked) for line in order.row.lines if line.picked)
    more = {"shelf": shelf, "bags": bags}
    return _steps(till, order, *_begun(till, order), (rules.READY, goods, more))


def keep_longer(till: Till, reservation: str, days: int = KEEP_DAYS) -> Order:
    """*Writes.* It stays on its shelf so many days more than it was to, or than today."""
    require(till, PICK)
    order = _open(till, reservation)
    if order.row.state not in (rules.READY, rules.PARTLY, rules.LAPSED):
        raise Refused("order_not_ready", name=order.row.name, left=order.to_find)
    until = max(till.now(), _moment(order.row.keep_until, till.now())) + timedelta(days=days)
    return _steps(till, order, (rules.KEPT, (), {"until": utc_text(until)}))


def _moment(text: str, otherwise: datetime) -> datetime:
    return parse_utc(text) if text else otherwise


def cancel(till: Till, reservation: str, *, reason: str, approval: Approval | None = None) -> Order:
    """*Writes.* The store calls an order off; the hub gives the money back.

    Raises Refused("reason_missing"), Unavailable("needs_hub"): not while the shop cannot be told.
    """
    order = _open(till, reservation)
    reason = _said(reason)
    approver = require(till, CANCEL, approval=approval, reason=reason)
    return _steps(till, order, (rules.CANCELLED, (), {"reason": reason}), approver=approver)


def restock(till: Till, reservation: str) -> Order:
    """*Writes.* Goods nobody fetched, or that the shop took back, stand on sale again.

    Raises Refused("order_still_waits", name=, until=) for one that is still kept.
    """
    require(till, PICK)
    order = _open(till, reservation)
    row = order.row
    goods = tuple(
        (line.instead or line.sku, line.picked - line.handed)
        for line in row.lines
        if line.picked > line.handed
    )
    if row.state == rules.CANCELLING:
        return _steps(till, order, (rules.CANCELLED, goods, {}))
    if row.state == rules.LAPSED:
        return _steps(till, order, (rules.RESTOCKED, goods, {}))
    over = row.keep_until and parse_utc(row.keep_until) <= till.now()
    if row.state in (rules.READY, rules.PARTLY) and over:
        return _steps(till, order, (rules.LAPSED, (), {}), (rules.RESTOCKED, goods, {}))
    raise Refused("order_still_waits", name=row.name, until=row.keep_until)


def send(till: Till, reservation: str, carrier: str, tracking: str = "") -> Order:
    """*Writes.* A carrier has the parcel, or it left for the store that hands it over.

    Raises Refused("order_is_fetched") for one the customer comes for, Refused("order_not_paid",
    due=) for a parcel nobody paid, Refused("order_not_ready" | "carrier_missing").
    """
    require(till, PICK)
    order = _open(till, reservation)
    row = order.row
    if row.way == "pickup":
        raise Refused("order_is_fetched", name=row.name)
    if order.pieces_to_find or not order.to_hand:
        raise Refused("order_not_ready", name=row.name, left=order.to_find)
    if row.way == "ship" and row.due:
        raise Refused("order_not_paid", due=row.due, currency=row.currency)
    carrier, tracking = plain(carrier, 40), plain(tracking, 80)
    if not carrier and row.way == "ship":
        raise Refused("carrier_missing")
    return _steps(till, order, handed_step(order, {"carrier": carrier, "tracking": tracking}))


def handed_step(order: Order, more: dict[str, Any]) -> Step:
    """The step by which everything that lies ready leaves the store."""
    goods: dict[str, int] = {}
    instead = []
    for line in order.row.lines:
        qty = line.picked - line.handed
        if qty > 0:
            sku = line.instead or line.sku
            goods[sku] = goods.get(sku, 0) + qty
            if line.instead:
                instead.append((line.sku, sku, qty))
    return (rules.COLLECTED, tuple(goods.items()), {**more, "instead": tuple(instead)})


# --- paper ---------------------------------------------------------------------------------------


def print_slip(till: Till, reservation: str) -> str:
    """*Writes.* The pick slip, in walking order, in the print queue; its id there."""
    require(till, PICK)
    return pickup_papers.queue_slip(till, get_now(till, reservation))


def print_label(till: Till, reservation: str) -> str:
    """*Writes.* The label of an order's bags in the print queue; its id there."""
    require(till, PICK)
    return pickup_papers.queue_label(till, get_now(till, reservation))


# --- writing -------------------------------------------------------------------------------------

Step = tuple[str, tuple[tuple[str, int], ...], dict[str, Any]]
"""A step, the goods it concerns, and what `Handling` says of it."""


def _steps(till: Till, order: Order, *steps: Step, approver: str = "") -> Order:
    """The steps in one transaction; the order as it is then."""
    with till.ledger.transaction() as tx:
        for step in steps:
            append_step(till, tx, order, step, approver=approver)
    till.after_commit()
    return get_now(till, order.reservation)


def append_step(
    till: Till,
    tx: Transaction,
    order: Order,
    step: Step,
    *,
    approver: str = "",
) -> ReservationStepped:
    """One step, as a fact of the transaction that is open."""
    if order.passed:
        tx.keep_passed(order.row, passed_before(till))
    return append_fact(till, tx, (order.reservation, order.row.order), step, approver=approver)


def append_fact(
    till: Till,
    tx: Transaction,
    of: tuple[str, str],
    step: Step,
    *,
    approver: str = "",
    sale: str = "",
) -> ReservationStepped:
    """The same of (reservation, the hub's id of the order), whatever is known here of it."""
    name, goods, more = step
    reservation, order_id = of
    fact = ReservationStepped(
        **stamp(till, tx, approver=approver),
        reservation=reservation,
        step=name,
        lines=goods,
        sale=sale,
        handling=Handling(order_id, **more),
    )
    tx.append(fact)
    return fact


def passed_before(till: Till) -> str:
    """UTC: orders known by their pass alone are forgotten where they came before."""
    return utc_text(till.now() - timedelta(days=KEPT_DAYS))


def _open(till: Till, reservation: str) -> Order:
    order = get_now(till, reservation)
    if order.row.state in rules.ENDED and order.row.state != rules.SHORT:
        raise Refused("order_is_over", name=order.row.name, state=order.row.state)
    return order


def _pickable(till: Till, reservation: str) -> Order:
    order = _open(till, reservation)
    if order.row.state in (rules.CANCELLING, rules.LAPSED):
        raise Refused("order_is_over", name=order.row.name, state=order.row.state)
    return order


def _line(row: OrderRow, line: str) -> OrderLine:
    for each in row.lines:
        if each.line == line:
            return each
    raise Refused("no_such_line", line_id=line)


def _line_of(row: OrderRow, found: Found) -> OrderLine:
    """The line a scanned product is for: one that is still open before one that is full."""
    mine = [line for line in walked(row) if found.sku in (line.sku, line.instead)]
    if mine:
        return next((line for line in mine if open_qty(line)), mine[0])
    wanted = [line for line in walked(row) if open_qty(line)]
    near = [line for line in wanted if line.title == found.title]
    of = (near or wanted or list(row.lines))[:1]
    raise Refused("not_in_order", name=found.name, wanted=_called(of[0]) if of else row.name)


def _wanted(line: OrderLine, found: Found, qty: int | None) -> int:
    if found.qty:
        return found.qty
    if qty is not None:
        return qty
    if found.unit == KILOGRAM:
        raise Refused("weight_needed", sku=found.sku, name=found.name)
    return min(MILLI, open_qty(line)) or MILLI


def _called(line: OrderLine) -> str:
    return f"{line.title} {line.variant}".strip()


def _said(reason: str) -> str:
    told = reason_text(reason)
    if not told:
        raise Refused("reason_missing", action=PICK)
    return told
