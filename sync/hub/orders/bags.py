"""A bag that is packed while its order is called off and opened again: first it comes back.

Until the store says that the goods are on the shelf again (or that the customer has them after all)
nothing of the order is promised or picked a second time; a person may say otherwise (`retake`). What
is handed over of an old bag is taken off whatever else is to be picked for that order, so nobody
gets it twice and no refund for goods nobody fetched pays for goods that somebody has.
"""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain.pickup import CANCELLED, CANCELLING
from sync.hub import accounts, atp, reservations, rights
from sync.hub.orders import ending, flags, kept, money, rows, taking
from sync.hub.orders.kept import OPEN, Part
from sync.hub.orders.step import Step
from sync.protocol import OrderLine
from sync.protocol.orders import BRING

Given = list[tuple[str, int, OrderLine]]


def back(step: Step) -> None:
    """A bag is on the shelf again: an order that the shop had opened meanwhile is planned now."""
    connection = step.connection
    whole = kept.find(connection, step.whole.order_id)
    order = whole.told if whole is not None else None
    if whole is None or order is None or whole.state != OPEN or order.state != "open":
        return
    parts = kept.parts_of(connection, whole.order_id)
    if any(part.open for part in parts) or taking.given(parts):
        return
    flags.settle(connection, "order_changed", taking.bag_detail(whole), step.now)
    context = taking.Context(name=whole.channel)
    taking.make(connection, whole, order, step.told, step.now, context)
    money.settle(connection, whole, step.told, step.books.at)


def fetched(step: Step, before: tuple[OrderLine, ...], given: Given) -> None:
    """An old bag of an order that is open went to the customer after all: it counts."""
    connection, row = step.connection, step.row
    if row.state == CANCELLING:
        step.to(CANCELLED)
    lines = _with(before, given)
    step.save("collected", "after it was called off", state=CANCELLED, lines=lines)
    for line, qty, _ in given:
        _take_off(step, line, qty)
    flags.settle(connection, "order_changed", taking.bag_detail(step.whole), step.now)
    _tell_of_rest(step, given)
    step.whole = ending.finish(connection, step.whole, step.told, step.now)
    step.refresh()


def _with(lines: tuple[OrderLine, ...], given: Given) -> tuple[OrderLine, ...]:
    now = {line: each for line, _, each in given}
    return tuple(now.get(line.line, line) for line in lines)


def _take_off(step: Step, line: str, qty: int) -> None:
    """So much of a line is in the customer's hands: no other part has to give it any more."""
    connection = step.connection
    for part in kept.parts_of(connection, step.whole.order_id):
        own = part.row.reservation == step.row.reservation
        if own or not part.open or part.row.state == CANCELLING or qty <= 0:
            continue
        taken = {
            each.line: min(qty, rows.to_hand(each)) for each in part.row.lines if each.line == line
        }
        if not any(taken.values()):
            continue
        qty -= sum(taken.values())
        left = tuple(
            one for each in part.row.lines if (one := _less(each, taken.get(each.line, 0))).qty
        )
        _free(step, part, taken)
        gone = sum(each.total for each in part.row.lines) - sum(each.total for each in left)
        total = part.row.total - gone
        saved = step.told.save(connection, part, step.books.at, lines=left, total=total)
        if not any(map(rows.to_hand, left)):
            ending.let_go(connection, saved, step.told, step.now, who="", why="fetched before")


def _less(line: OrderLine, qty: int) -> OrderLine:
    if not qty:
        return line
    worth = line.total - rows.worth(line, line.qty - qty)
    picked = min(line.picked, line.qty - qty)
    return replace(line, qty=line.qty - qty, picked=picked, total=line.total - worth)


def _free(step: Step, part: Part, taken: dict[str, int]) -> None:
    connection = step.connection
    right = rights.find(connection, part.row.reservation)
    if right is None or not right.open:
        return
    accounts.lock(connection, rights.accounts_of(connection, right))
    for line in part.row.lines:
        if taken.get(line.line, 0):
            name = atp.account(part.store_id, line.sku)
            rights.lessen(connection, right, "stock", name, taken[line.line])
    reservations.changed(connection, right, step.books.at)


def _tell_of_rest(step: Step, given: Given) -> None:
    """Beyond what was ordered, or less and nobody is to get the rest: a person looks."""
    order = step.whole.told
    if order is None:
        return
    ordered = {line.external_line_id: line for line in order.lines}
    handed, coming = dict[str, int](), dict[str, int]()
    for part in kept.parts_of(step.connection, step.whole.order_id):
        for line in part.row.lines if part.row.way != BRING else ():
            handed[line.line] = handed.get(line.line, 0) + line.handed
            if part.open and part.row.state != CANCELLING:
                coming[line.line] = coming.get(line.line, 0) + rows.to_hand(line)
    over = 0
    for own, qty, line in given:
        said = ordered.get(own)
        beyond = min(max(handed.get(own, 0) - (said.qty if said is not None else 0), 0), qty)
        over += rows.worth(line, beyond)
    if over:
        detail = f"{step.row.name} was handed over, the shop had cancelled it"
        step.books.flag("late_capture", step.n, step.fact, detail, over)
    missing = any(
        line.qty - line.fulfilled > handed.get(own, 0) + coming.get(own, 0)
        for own, line in ordered.items()
    )
    if missing:
        detail = f"{step.whole.external_name}: fetched in part after it was called off"
        flags.open_one(
            step.connection, "order_changed", step.whole, step.part.store_id, detail, step.now
        )
