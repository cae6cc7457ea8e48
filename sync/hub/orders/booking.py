"""What stores' facts do to orders: picked, put on the shelf, kept, called off, paid; nothing refused.

The lock of each order that a batch is about is taken before the first is booked. Goods that a fact
says were handed over leave the stock of the store that made it, whatever else is known of them: they
are gone. Everything beyond that needs the part, and is not done when books are made anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from pos_app.domain import pickup
from pos_app.domain.day import parse_utc, utc_text
from sync.hub.orders import (
    arriving,
    bags,
    ending,
    handing,
    kept,
    money,
    shortage,
    substituting,
    unheard,
)
from sync.hub.orders.left import due_in, handed_in
from sync.hub.orders.step import Step
from sync.protocol import AnyFact, Refunded, ReservationStepped, Sale, Voided

__all__ = ["book", "due_in", "handed_in", "lock", "pay"]

if TYPE_CHECKING:
    from sync.hub.booking import Booking
    from sync.hub.database import Connection


def lock(connection: Connection, facts: Iterable[AnyFact]) -> None:
    """Takes the locks of all orders that these facts are about, so that they never wait in a ring."""
    names = set()
    for fact in facts:
        if isinstance(fact, ReservationStepped):
            part = kept.part(connection, fact.reservation)
            names.add(part.row.order if part else "")
        elif isinstance(fact, Sale | Voided):
            for line in fact.lines:
                part = kept.part(connection, line.order) if line.order else None
                names.add(part.row.order if part else "")
        elif isinstance(fact, Refunded) and fact.channel:
            names.add(fact.sale)
    names.discard("")
    if names:
        kept.lock(connection, *names)


def book(books: Booking, n: int, fact: ReservationStepped) -> bool:
    """Books a step of a customer's order; False where it is about no order."""
    part = None if books.anew else kept.part(books.connection, fact.reservation)
    if fact.handling is None and part is None:
        return False
    for sku, qty in handed_in(fact):
        books.stock[sku] -= qty
    if not books.anew:
        follow(books, n, fact)
    return True


def follow(books: Booking, n: int, fact: ReservationStepped) -> None:
    """What a step does to its part; where nobody has heard of that it is noted, and told."""
    part = kept.part(books.connection, fact.reservation)
    effect = _STEPS.get(fact.step)
    whole = kept.find(books.connection, part.row.order) if part is not None else None
    if part is None or whole is None or effect is None:
        books.flag("reservation_strange", n, fact, f"{fact.reservation} {fact.step}"[:80])
        if part is None:
            unheard.keep(books.connection, fact.reservation, n)
        return
    step = Step.of(books, n, fact, whole, part, _hub_time(fact, whole.placed, books.at))
    takes_back = fact.step == pickup.CANCELLED and fact.dev == step.asked_by()
    if fact.store != part.store_id and not takes_back:
        detail = f"{fact.reservation} is of store {part.store_id}"
        books.flag("reservation_strange", n, fact, detail)
    effect(step)
    step.publish()


def _hub_time(fact: ReservationStepped, placed: str, at: str) -> dt.datetime:
    """When it happened, by the hub's clock; when it came, where a till's clock cannot be right.

    Else goods of a till that is years behind would be put back as soon as they are ready, and those
    of one that is years ahead never.
    """
    came = parse_utc(at)
    try:
        happened = parse_utc(fact.t.wall) + dt.timedelta(milliseconds=fact.t.off or 0)
    except OverflowError:
        return came
    return happened if placed <= utc_text(happened) <= at else came


# --- one step after the other -------------------------------------------------------------------


def _picking(step: Step) -> None:
    """Whose it is now; by another till it is a take-over."""
    row = step.row
    if row.state not in (*pickup.TO_PICK, pickup.READY):
        step.too_late()
        return
    who, fact = step.who(), step.fact
    mine = (row.picker, row.picker_till) == (fact.actor, fact.till)
    before = f"{row.picker_name or row.picker}, {row.picker_till}" if row.picker else ""
    step.to(pickup.PICKING)
    step.save(
        *("picking", "" if mine else before),
        state=pickup.PICKING,
        picker=fact.actor,
        picker_name=who,
        picker_till=fact.till,
    )


def _picked(step: Step) -> None:
    """Pieces found, or put back."""
    row, fact = step.row, step.fact
    lines = substituting.picked(step, row.lines)
    found = sum(line.picked for line in lines) - sum(line.picked for line in row.lines)
    told = sum(qty for _, qty in fact.lines)
    if found < told:
        detail = f"{row.name}: {told - found} more than ordered"
        step.books.flag("reservation_over_picked", step.n, fact, detail)
    if row.state in pickup.TO_PICK:
        step.to(pickup.PICKING)
        more = {} if row.picker else _picker(step)
        step.save("", state=pickup.PICKING, lines=lines, **more)
    elif row.state in (pickup.READY, pickup.PARTLY, pickup.CANCELLING):
        step.save("", lines=lines)
    elif row.state == pickup.CANCELLED:
        # The shop called it off, and the store did not know: the goods have to go back.
        step.save("picked", state=pickup.CANCELLING, lines=lines)
    else:
        step.too_late()


def _picker(step: Step) -> dict[str, str]:
    return {
        "picker": step.fact.actor,
        "picker_name": step.who(),
        "picker_till": step.fact.till,
    }


def _ready(step: Step) -> None:
    """On its shelf: the customer and the shop are told, once."""
    row, how = step.row, step.handling
    if row.state == pickup.CANCELLED:
        lines = step.all_picked()
        step.save("ready", state=pickup.CANCELLING, lines=lines, shelf=how.shelf, bags=how.bags)
        return
    if row.state not in (*pickup.TO_PICK, pickup.READY, pickup.PARTLY):
        step.too_late()
        return
    first = not row.ready
    step.unstick()
    arriving.arrived(step)
    step.to(pickup.READY)
    step.save(
        "ready" if first else "moved",
        state=pickup.READY if row.state != pickup.PARTLY else row.state,
        lines=step.all_picked(),
        ready=row.ready or utc_text(step.happened),
        keep_until=row.keep_until or step.kept_until(),
        shelf=how.shelf or row.shelf,
        bags=how.bags or row.bags,
        packed_by=step.who(),
        carrier=how.carrier or row.carrier,
        tracking=how.tracking or row.tracking,
    )
    substituting.settle(step)
    if first:
        step.tell_ready()


def _kept(step: Step) -> None:
    row, until = step.row, step.handling.until
    if row.state not in (pickup.READY, pickup.PARTLY, pickup.LAPSED) or not until:
        step.too_late()
        return
    back = row.state == pickup.LAPSED
    if back:
        step.to(pickup.READY)
    state = pickup.READY if back else row.state
    step.save("kept", until, state=state, keep_until=max(until, row.keep_until))
    step.part = kept.set_aside(step.connection, step.part, reminded="")


def _lapsed(step: Step) -> None:
    if step.row.state == pickup.LAPSED:
        return
    if step.row.state in pickup.ENDED or step.row.state == pickup.CANCELLING:
        step.too_late()
        return
    step.to(pickup.LAPSED)
    step.save("lapsed", state=pickup.LAPSED)


def _restocked(step: Step) -> None:
    if step.row.state == pickup.CANCELLING:
        _cancelled(step)
    elif step.row.state != pickup.LAPSED:
        step.too_late()
    else:
        step.to(pickup.RESTOCKED)
        step.part = ending.restocked(
            *(step.connection, step.whole, step.part, step.told, step.now),
            who=step.who(),
            source=step.row.reservation,
        )


def _cancelled(step: Step) -> None:
    """The store calls it off, or has put back what the shop called off."""
    row = step.row
    if row.state == pickup.CANCELLED:
        return
    if row.state in pickup.ENDED:
        step.too_late()
        return
    step.to(pickup.CANCELLED)
    if row.state == pickup.CANCELLING:
        step.save("restocked", state=pickup.CANCELLED, lines=step.put_back())
        bags.back(step)
        return
    step.part = ending.cancelled_by_store(
        *(step.connection, step.whole, step.part, step.told, step.now),
        who=step.who(),
        why=step.handling.reason,
        source=row.reservation,
    )


_STEPS: Final[dict[str, Callable[[Step], None]]] = {
    pickup.PICKING: _picking,
    pickup.PICKED: _picked,
    pickup.READY: _ready,
    pickup.KEPT: _kept,
    pickup.LAPSED: _lapsed,
    pickup.RESTOCKED: _restocked,
    pickup.CANCELLED: _cancelled,
    pickup.SHORT: shortage.book,
    pickup.PARTLY: handing.book,
    pickup.COLLECTED: handing.book,
}


# --- money --------------------------------------------------------------------------------------


def pay(books: Booking, n: int, fact: Sale | Voided, *, only: str = "") -> None:
    """What a till took for orders, or gave back by taking the whole sale back.

    `only` names the part that is meant where the others were booked before.
    """
    if books.anew:
        return
    for line in fact.lines:
        if line.order and only in ("", line.order):
            _pay(books, n, fact, line.order, line.total)


def _pay(books: Booking, n: int, fact: Sale | Voided, reservation: str, amount: int) -> None:
    connection = books.connection
    part = kept.part(connection, reservation)
    whole = kept.find(connection, part.row.order) if part is not None else None
    if part is None or whole is None:
        books.flag("payment_unmatched", n, fact, f"order {reservation[:8]} is not known", amount)
        unheard.keep(connection, reservation, n)
        return
    before = money.account_of(connection, whole, whole.told)
    source = f"{fact.id}:{reservation}"
    if not money.note(connection, whole, source, money.TILL, amount, reservation, books.at):
        return
    over = amount - before.due if amount > 0 else -amount
    if over > 0:
        why = " was paid" if amount > 0 else ": a payment was taken back"
        detail = f"{part.row.name}{why}"
        books.flag("payment_unmatched", n, fact, detail, over)
    told = kept.Told()
    paid = min(amount, before.due)
    if paid > 0:
        money.tell_paid(connection, whole, fact.id, paid, part.store_id, parse_utc(books.at))
        words = kept.event(part.row, books.at, "paid", fact.till)
        told.save(connection, part, books.at, paid_by=part.row.paid_by or "store", history=words)
    money.settle(connection, whole, told, books.at)
    Step.publish_to(books, told)
