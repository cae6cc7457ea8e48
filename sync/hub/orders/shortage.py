"""What cannot be found: another store does it, the money goes back, or a person decides."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from pos_app.domain import pickup
from sync.hub import accounts, atp, recovering, reservations, rights
from sync.hub.orders import ending, kept, making, money, rows, signals, sourcing, substituting
from sync.hub.orders.step import Step
from sync.protocol import OrderLine
from sync.protocol.orders import BRING, SHIP

RESOURCE, SUBSTITUTE, REFUND = "resource", "substitute", "refund"


def book(step: Step) -> None:
    """So much of a part is not there."""
    row = step.row
    if row.state in pickup.ENDED or row.state in (pickup.CANCELLING, pickup.LAPSED):
        step.too_late()
        return
    if step.handling.wish == SUBSTITUTE and step.handling.instead:
        step.to(pickup.PICKING)
        step.save(
            *("substituted", ", ".join(given for _, given, _ in step.handling.instead)),
            state=pickup.PICKING,
            lines=substituting.picked(step, row.lines),
        )
        return
    lines = rows.short(row.lines, step.fact.lines)
    missing = [
        (new, new.short - old.short)
        for old, new in zip(row.lines, lines, strict=True)
        if new.short > old.short
    ]
    _remember(step, missing)
    _free(step, missing)
    if step.handling.wish == RESOURCE:
        lines, missing = _elsewhere(step, lines, missing)
    value = sum(rows.worth_short(one, one.short, one.short - qty) for one, qty in missing)
    _keep(step, lines)
    if missing and step.handling.wish == REFUND:
        money.give_back(
            *(step.connection, step.whole, row.reservation, f"short:{step.fact.id}", value),
            step.handling.reason or "not in stock",
            step.now,
            lines=tuple((one.line, qty) for one, qty in missing),
            store=step.part.store_id,
        )
    elif missing:
        step.books.flag("reservation_short", step.n, step.fact, row.name, value)
    step.event("order.short", lines=[[one.sku, qty] for one, qty in missing])
    step.whole = ending.finish(step.connection, step.whole, step.told, step.now)
    step.refresh()


def _keep(step: Step, lines: tuple[OrderLine, ...]) -> None:
    over = not lines or rows.all_short(lines) or rows.nothing_left(lines)
    handed = any(line.handed for line in lines)
    state = pickup.PICKING if step.row.state in pickup.TO_PICK else step.row.state
    if over:
        state = pickup.COLLECTED if handed else pickup.SHORT
    step.to(state)
    step.save(
        *("short", step.handling.wish),
        state=state,
        lines=lines,
        total=_total(step, lines),
    )


def _total(step: Step, lines: tuple[OrderLine, ...]) -> int:
    """The part's total without what went to another store with its price."""
    gone = sum(line.total for line in step.row.lines) - sum(line.total for line in lines)
    return step.row.total - gone


def _free(step: Step, missing: Sequence[tuple[OrderLine, int]]) -> None:
    """What is not there is not promised any more."""
    connection = step.connection
    right = rights.find(connection, step.row.reservation)
    if right is None or not right.open:
        return
    accounts.lock(connection, rights.accounts_of(connection, right))
    for line, qty in missing:
        name = atp.account(step.part.store_id, line.sku)
        rights.lessen(connection, right, "stock", name, qty)
    reservations.changed(connection, right, step.books.at)


def _elsewhere(
    step: Step, lines: tuple[OrderLine, ...], missing: list[tuple[OrderLine, int]]
) -> tuple[tuple[OrderLine, ...], list[tuple[OrderLine, int]]]:
    """Parts of other stores for it; the lines without what went there, and what nobody has."""
    row, order = step.row, step.whole.told
    if order is None or recovering.is_recovering(step.connection):
        return lines, missing  # a hub that was put back promises nothing yet: a person does
    way = SHIP if row.way == SHIP else BRING
    target = "" if way == SHIP else (row.to_store or step.part.store_id)
    needs = [sourcing.Need(line.line, line.sku, qty) for line, qty in missing if line.sku]
    tried = {step.part.store_id} | {
        one.store_id for one in kept.parts_of(step.connection, step.whole.order_id)
    }
    plans = sourcing.plans(
        step.connection, needs, "", way, step.now, to_store=target, without=tried
    )
    plans = [plan for plan in plans if plan.store_id and plan.goods]
    moved: dict[str, int] = {}
    for plan in plans:
        plan.short.clear()
        for line, qty in plan.goods.items():
            moved[line] = moved.get(line, 0) + qty
    if not moved:
        return lines, missing
    left = tuple(one for line in lines if (one := _without(line, moved.get(line.line, 0))).qty)
    step.save("moved", ", ".join(plan.store_id for plan in plans), lines=left)
    made = making.Making(step.connection, step.whole, order, step.told, step.now, step.who())
    made.parts(plans, {line.line: line.sku for line, _ in missing})
    step.refresh()
    by_line = {line.line: line for line in left}
    rest = [
        (by_line[line.line], qty - moved.get(line.line, 0))
        for line, qty in missing
        if qty > moved.get(line.line, 0)
    ]
    return left, rest


def _without(line: OrderLine, qty: int) -> OrderLine:
    """A line less what another store does of it, and less what that costs."""
    if not qty:
        return line
    worth = rows.worth_short(line, line.short, line.short - qty)
    return replace(line, qty=line.qty - qty, short=line.short - qty, total=line.total - worth)


def _remember(step: Step, missing: Sequence[tuple[OrderLine, int]]) -> None:
    said = step.whole.told
    for line, qty in missing:
        signals.keep(
            step.connection,
            signals.SHORT_PICK,
            store=step.part.store_id,
            sku=line.sku,
            client=said.attribution.client if said else "",
            customer=step.whole.customer,
            order=step.whole.order_id,
            qty=qty,
            value=rows.worth(line, qty),
            consent=step.row.consent,
            detail=step.handling.wish,
            now=step.now,
        )
