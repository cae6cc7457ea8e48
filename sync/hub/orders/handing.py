"""Goods of an order go to the customer, or on their way: stock, shop and promise follow, once."""

from __future__ import annotations

from typing import Final

from pos_app.domain import pickup
from sync.hub import accounts, atp, rights
from sync.hub.channels import outbox
from sync.hub.database import numbering
from sync.hub.orders import arriving, bags, ending, kept, rows, signals, substituting
from sync.hub.orders.step import Step
from sync.hub.schema import stock_move
from sync.protocol import OrderLine
from sync.protocol.orders import BRING

_ADD_MOVE: Final = numbering(stock_move)


def book(step: Step) -> None:
    """Handed over: the first time it is so; what was so before is told to a person."""
    goods = _goods(step)
    row = step.row
    if step.handling.addon:
        _remember(step)
    called_off = step.whole.state == kept.CANCELLED and row.state == pickup.CANCELLED
    old_bag = row.state in (pickup.CANCELLED, pickup.CANCELLING)
    if step.whole.state == kept.OPEN and old_bag and _of_old_bag(step, goods):
        return
    if called_off or row.state == pickup.CANCELLING:
        _too_late_for_the_shop(step, goods)
    elif row.state in pickup.ENDED and row.state != pickup.SHORT:
        _twice(step, goods, sum(qty for _, qty in goods))
    else:
        _first(step, goods)


def _of_old_bag(step: Step, goods: tuple[tuple[str, int], ...]) -> bool:
    """The shop had called it off and opened it again: what the customer has of it counts."""
    before = step.row.lines
    given = _more(before, rows.handed(before, goods))
    if not given:
        return False
    bags.fetched(step, before, given)
    _tell_shop(step, given)
    over = sum(qty for _, qty in goods) - sum(qty for _, qty, _ in given)
    if over > 0:
        _twice(step, goods, over)
    return True


def _goods(step: Step) -> tuple[tuple[str, int], ...]:
    """What left the store; a fact that names nothing means all that was still to be given."""
    fact = step.fact
    if fact.lines:
        return fact.lines
    goods = rows.still_to_hand(step.row.lines)
    for sku, qty in goods:
        if sku:
            step.books.stock[sku] -= qty
            cause = f"order {step.row.reservation} {fact.id}"
            step.connection.run(_ADD_MOVE, (fact.store, sku, -qty, cause, step.books.at))
    return goods


def _first(step: Step, goods: tuple[tuple[str, int], ...]) -> None:
    row, before = step.row, step.row.lines
    arriving.arrived(step)
    lines = rows.handed(substituting.handed(step, before), goods)
    given = _more(before, lines)
    over = sum(qty for _, qty in goods) - sum(qty for _, qty, _ in given)
    state = pickup.COLLECTED if rows.nothing_left(lines) else pickup.PARTLY
    if not given:
        _twice(step, goods, over)
        return
    _use(step, given)
    step.unstick()
    step.to(state)
    how = step.handling
    word = "sent" if row.way != "pickup" else state.lower()
    step.save(
        word,
        how.proof or how.tracking,
        state=state,
        lines=lines,
        carrier=how.carrier or row.carrier,
        tracking=how.tracking or row.tracking,
    )
    if over > 0:
        _twice(step, goods, over)
    substituting.settle(step)
    if row.way == BRING:
        arriving.expect(step, given)
    else:
        _tell_shop(step, given)
        step.event("order.collected", whole=state == pickup.COLLECTED)
    step.whole = ending.finish(step.connection, step.whole, step.told, step.now)
    step.part = kept.part(step.connection, row.reservation) or step.part
    if state == pickup.COLLECTED and row.due > 0:  # its payment would have been booked before it
        detail = f"{row.name} is out of the store"
        step.books.flag("order_unpaid", step.n, step.fact, detail, row.due)


def _more(
    before: tuple[OrderLine, ...], after: tuple[OrderLine, ...]
) -> list[tuple[str, int, OrderLine]]:
    """(line, thousandths, the line) of what was handed over now."""
    return [
        (new.line, new.handed - old.handed, new)
        for old, new in zip(before, after, strict=True)
        if new.handed > old.handed
    ]


def _use(step: Step, given: list[tuple[str, int, OrderLine]]) -> None:
    """The promise is smaller by what went: it is off the stock itself now."""
    connection = step.connection
    right = rights.find(connection, step.row.reservation)
    if right is None or not right.open:
        return
    accounts.lock(connection, rights.accounts_of(connection, right))
    left = {
        part.account: part.amount - part.used
        for part in rights.parts_of(connection, right.right_id)
    }
    for _, qty, line in given:
        name = atp.account(step.part.store_id, line.sku)
        used = min(qty, left.get(name, 0))
        if used > 0:
            rights.use(connection, right, "stock", name, used)
            left[name] -= used


def _tell_shop(step: Step, given: list[tuple[str, int, OrderLine]]) -> None:
    how = step.handling
    outbox.tell(
        *(step.connection, step.whole.channel, step.whole.external_id, outbox.COLLECTED),
        f"collected:{step.fact.id}",
        lines=tuple((line, qty) for line, qty, _ in given if line),
        location=step.part.store_id,
        tracking=how.tracking or step.row.tracking,
        carrier=how.carrier or step.row.carrier,
        now=step.now,
    )


def _twice(step: Step, goods: tuple[tuple[str, int], ...], over: int) -> None:
    """It was given before, or put back: both facts are the evidence; the shop heard of the first."""
    row = step.row
    sums = {rows.given(line): line for line in row.lines}
    whole = sum(qty for _, qty in goods)
    worth = sum(rows.worth(sums[sku], qty) for sku, qty in goods if sku in sums)
    amount = worth if over >= whole else worth * over // max(whole, 1)
    before = tuple(
        each for each in ending.handed_by(step.connection, row.reservation) if each != step.fact.id
    )
    detail = f"{row.name} was {row.state}"
    step.books.flag("pickup_twice", step.n, step.fact, detail, amount, before)
    step.save("collected", "again")


def _too_late_for_the_shop(step: Step, goods: tuple[tuple[str, int], ...]) -> None:
    """The shop called it off before the hub heard of this: the customer has the goods."""
    row = step.row
    lines = rows.handed(row.lines, goods)
    amount = sum(rows.worth(line, line.handed) for line in lines) - rows.worth_in_hand(row)
    if row.state == pickup.CANCELLING:
        step.to(pickup.CANCELLED)
    step.save("collected", "after the shop cancelled it", state=pickup.CANCELLED, lines=lines)
    detail = f"{row.name} was handed over, the shop had cancelled it"
    step.books.flag("late_capture", step.n, step.fact, detail, amount)


def _remember(step: Step) -> None:
    said = step.whole.told
    signals.keep(
        step.connection,
        signals.ADDON,
        store=step.fact.store,
        client=said.attribution.client if said else "",
        customer=step.whole.customer,
        order=step.whole.order_id,
        consent=step.row.consent,
        detail=step.fact.sale,
        now=step.now,
    )
