"""Goods promised to somebody: made only where the store has them to promise, kept until fetched.

A reservation is a right on a store's stock with a state of its own. Each reaches exactly one of
COLLECTED, CANCELLED, SHORT or RESTOCKED, and COLLECTED once; what a till tells of it against that is
kept in an exception, for the goods are where they are.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, select, update

from pos_app.domain import pickup
from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Refused
from sync.hub import accounts, atp, rights, schema, stock_due
from sync.hub.answers import stamp
from sync.hub.channels import due as channels_due
from sync.hub.database import Connection, Statement, adding, numbering
from sync.hub.devices import Device
from sync.hub.rights import RESERVATION, Right, Wanted
from sync.hub.webhooks import telling
from sync.protocol import ReservationStepped, RightPart

if TYPE_CHECKING:
    from sync.hub.booking import Booking

RESERVED, PICKING, READY, COLLECTED = "RESERVED", "PICKING", "READY", "COLLECTED"
SHORT, LAPSED, CANCELLED, RESTOCKED = "SHORT", "LAPSED", "CANCELLED", "RESTOCKED"
REFUSED: Final = "REFUSED"
PARTLY, CANCELLING = "PARTLY", "CANCELLING"
"""Of customers' orders: some of it was handed over; called off, and not back on the shelf yet."""
NEXT: Final[dict[str, frozenset[str]]] = {
    **{state: after | {CANCELLING} for state, after in pickup.NEXT.items() if after},
    CANCELLING: frozenset({CANCELLED}),
    CANCELLED: frozenset(),
    COLLECTED: frozenset(),
    SHORT: frozenset(),
    RESTOCKED: frozenset(),
    REFUSED: frozenset(),
}
"""State -> where it may go. Goods that lapsed are still put aside: they may be fetched after all."""
ENDS: Final = frozenset({COLLECTED, CANCELLED, SHORT, RESTOCKED})
STEPS: Final = frozenset(NEXT) - {RESERVED, REFUSED, PARTLY, CANCELLING}
READY_HOURS: Final = 72
HUB: Final = "hub"
"""Who asked, where it was a person at the hub."""
LINES_MAX: Final = 200

_v = schema.reservation.c
_ADD = adding(schema.reservation)
_ADD_STEP = numbering(schema.reservation_step)
_ONE = Statement("id", select(*_v).where(_v.reservation_id == bindparam("id")))
_OF_STORE = Statement(
    "store_id", select(*_v).where(_v.store_id == bindparam("store_id")).order_by(_v.made)
)
_EVERY = Statement("", select(*_v).order_by(_v.made, _v.reservation_id))
_SET = Statement(
    "state_ sale_ changed_ due_ wanted",
    update(schema.reservation)
    .where(_v.reservation_id == bindparam("wanted"))
    .values(
        state=bindparam("state_"),
        sale=bindparam("sale_"),
        changed=bindparam("changed_"),
        due=bindparam("due_"),
    ),
)
_s = schema.reservation_step.c
_STEPPED = Statement(
    "id",
    select(_s.before, _s.after, _s.by, _s.at)
    .where(_s.reservation_id == bindparam("id"))
    .order_by(_s.no),
)
_COLLECTED_TIMES = Statement(
    "id after",
    select(func.count()).where(
        _s.reservation_id == bindparam("id"), _s.after == bindparam("after")
    ),
)


@dataclass(frozen=True, slots=True)
class Reservation:
    """One, as it stands."""

    reservation_id: str
    store_id: str
    state: str
    asked_by: str
    reference: str
    sale: str
    made: str
    changed: str
    due: str


def find(connection: Connection, reservation_id: str) -> Reservation | None:
    """The reservation of that id."""
    row = connection.one(_ONE, (reservation_id,))
    return Reservation(*row) if row else None


def every(connection: Connection, store_id: str = "") -> list[Reservation]:
    """All of them, oldest first, or those of a store."""
    rows = connection.all(_OF_STORE, (store_id,)) if store_id else connection.all(_EVERY)
    return [Reservation(*row) for row in rows]


def steps(connection: Connection, reservation_id: str) -> list[tuple[str, str, str, str]]:
    """(before, after, by whom, when) of a reservation."""
    return [(a, b, c, d) for a, b, c, d in connection.all(_STEPPED, (reservation_id,))]


def wanted(
    right_id: str,
    store_id: str,
    lines: tuple[tuple[str, int], ...],
    ttl_s: int,
    asked: bytes,
) -> Wanted:
    """The right that a promise of these goods is."""
    parts = tuple(RightPart("stock", atp.account(store_id, sku), qty) for sku, qty in lines)
    return Wanted(right_id, RESERVATION, parts, ttl_s, asked, store_id)


def reserve(
    connection: Connection, device: Device, asked: Wanted, reference: str, now: dt.datetime
) -> Right:
    """S2: a promise, made only where the store has all of it to promise; or its refusal.

    Raises HubProblem("id_reused").
    """
    right = rights.grant(connection, device, asked, now)
    _begin(connection, right, reference, device.device, now)
    return right


def reserve_here(connection: Connection, asked: Wanted, reference: str, now: dt.datetime) -> Right:
    """The same for a person at the hub."""
    right = rights.grant_to(connection, HUB, 0, asked, now)
    _begin(connection, right, reference, HUB, now)
    return right


def _begin(connection: Connection, right: Right, reference: str, by: str, now: dt.datetime) -> None:
    if find(connection, right.right_id) is not None:
        return
    due = stamp(now + dt.timedelta(seconds=right.ttl_s))
    row = (right.right_id, right.store_id, right.state, by, reference, "", right.made, right.made)
    connection.run(_ADD, (*row, due))
    connection.run(_ADD_STEP, (right.right_id, "", right.state, by, "", right.made))
    if right.open:
        changed(connection, right, right.made)


def changed(connection: Connection, right: Right, at: str) -> None:
    """What is free of a promise's goods is another number now: shops and other stores hear it."""
    telling.promise_moved(connection, right.store_id, right.right_id, at)
    channels_due.promised(connection, right.store_id, right.right_id, at)
    start = len(atp.account(right.store_id, ""))
    skus = sorted({part.account[start:] for part in rights.parts_of(connection, right.right_id)})
    stock_due.moved(connection, right.store_id, skus)


def step(
    connection: Connection,
    reservation: Reservation,
    after: str,
    *,
    by: str,
    at: str,
    sale: str = "",
    fact: str = "",
) -> bool:
    """Brings it to its next state; False, and nothing changed, where it cannot go there."""
    if after not in NEXT[reservation.state]:
        return False
    if after == COLLECTED and _times(connection, reservation.reservation_id, COLLECTED):
        return False
    right = rights.find(connection, reservation.reservation_id)
    due = reservation.due
    if after == READY:
        due = stamp(parse_utc(at) + dt.timedelta(hours=READY_HOURS))
    if right is not None and after in ENDS and right.open:
        accounts.lock(connection, rights.accounts_of(connection, right))
        rights.set_state(connection, right, rights.SETTLED, at, after.lower())
        changed(connection, right, at)
    values = (after, sale or reservation.sale, at, due, reservation.reservation_id)
    connection.run(_SET, values)
    connection.run(_ADD_STEP, (reservation.reservation_id, reservation.state, after, by, fact, at))
    return True


def _times(connection: Connection, reservation_id: str, state: str) -> int:
    found = connection.one(_COLLECTED_TIMES, (reservation_id, state))
    return int(found[0]) if found else 0


def cancel(connection: Connection, reservation_id: str, by: str, now: dt.datetime) -> Reservation:
    """The promise is taken back; done twice it is one.

    Raises Refused("reservation_unknown" | "reservation_over", state=).
    """
    found = find(connection, reservation_id)
    if found is None:
        raise Refused("reservation_unknown", reservation=reservation_id)
    from sync.hub.orders import remaking  # which imports this module

    if remaking.take_back(connection, reservation_id, by, now):
        return find(connection, reservation_id) or found
    if found.state != CANCELLED and not step(connection, found, CANCELLED, by=by, at=stamp(now)):
        raise Refused("reservation_over", state=found.state)
    return find(connection, reservation_id) or found


def book(books: Booking, connection: Connection, n: int, fact: ReservationStepped, at: str) -> None:
    """What a store did with promised goods; what cannot be is told to a person (S3)."""
    found = find(connection, fact.reservation)
    if found is None or fact.step not in STEPS:
        books.flag("reservation_strange", n, fact, f"{fact.reservation} {fact.step}"[:80])
        return
    takes_back = fact.step == CANCELLED and fact.dev == found.asked_by
    if fact.store != found.store_id and not takes_back:
        detail = f"{fact.reservation} is of store {found.store_id}"
        books.flag("reservation_strange", n, fact, detail)
    over = _picked(connection, found, fact)
    if over:
        books.flag("reservation_over_picked", n, fact, f"{fact.reservation}: {over}")
    if step(connection, found, fact.step, by=fact.dev, at=at, sale=fact.sale, fact=fact.id):
        if fact.step == SHORT:
            books.flag("reservation_short", n, fact, fact.reservation)
        return
    if fact.step == COLLECTED:
        books.flag("pickup_twice", n, fact, f"{fact.reservation} was {found.state}")
    elif fact.step != found.state:
        detail = f"{fact.reservation}: {fact.step} after {found.state}"
        books.flag("reservation_strange", n, fact, detail)


def _picked(connection: Connection, found: Reservation, fact: ReservationStepped) -> str:
    """S3: what is more than was reserved, in words; what was picked stays in the fact."""
    if fact.step not in (PICKING, READY, COLLECTED) or not fact.lines:
        return ""
    held = {part.account: part for part in rights.parts_of(connection, found.reservation_id)}
    over = []
    for sku, qty in fact.lines:
        part = held.get(atp.account(found.store_id, sku))
        if part is None or qty > part.amount:
            over.append(f"{sku} {qty}")
    return ", ".join(over)[:120]
