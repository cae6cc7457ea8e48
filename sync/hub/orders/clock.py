"""What becomes of orders by time alone: reminded, lapsed, stuck, forgotten by the tills.

Of what lies ready nobody but its store knows whether it was handed over. So nothing lapses while a
till of the store may have facts that the hub has not: the hub waits until it has heard each of them
past the end of the time the goods were kept for.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
from typing import Final

from msgspec.structs import replace
from sqlalchemy import bindparam, select

from pos_app.domain import pickup
from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Refused
from sync.hub import atp, exceptions, own_journal, recovering, reservations, schema
from sync.hub.answers import Clock, stamp
from sync.hub.database import Connection, Database, Statement
from sync.hub.devices import IN_SERVICE
from sync.hub.orders import ending, flags, forgetting, kept, oversold, remaking, service
from sync.hub.orders.kept import Part, Told
from sync.hub.orders.step import stuck_detail, unheard_detail
from sync.hub.webhooks import telling
from sync.protocol import OrderRow
from sync.protocol.orders import PICKUP

LOOK_EVERY_S: Final = 30
FORGET_AFTER: Final = dt.timedelta(days=7)
"""A part that is over leaves the tills' copies so long after."""
STUCK_AFTER: Final = dt.timedelta(minutes=30)
"""So late, and its store so silent, that a person has to know."""
UNHEARD_AFTER: Final = dt.timedelta(days=2)
"""So long after its end a part waits for a silent till before a person is told of it."""
LOOKED_AT: Final = 10_000
AT_ONCE: Final = 200
"""Parts that are looked at, and that are forgotten, in one go."""

_log = logging.getLogger(__name__)
_p, _d = schema.order_part.c, schema.device.c
_COLUMNS = tuple(_p)
_KEPT = Statement(
    "ready partly upto",
    select(*_COLUMNS)
    .where(
        _p.state.in_([bindparam("ready"), bindparam("partly")]),
        _p.keep_until <= bindparam("upto"),
    )
    .order_by(_p.keep_until),
)
_LATE = Statement(
    "reserved picking upto",
    select(*_COLUMNS)
    .where(
        _p.state.in_([bindparam("reserved"), bindparam("picking")]),
        _p.promised < bindparam("upto"),
    )
    .order_by(_p.promised),
)
_OVER = Statement(
    "told nothing before",
    select(*_COLUMNS)
    .where(
        _p.told == bindparam("told"),
        _p.ended > bindparam("nothing"),
        _p.ended < bindparam("before"),
    )
    .order_by(_p.ended),
)
_HEARD = Statement(
    "store_id " + " ".join(f"state{n}" for n in range(len(IN_SERVICE))),
    select(_d.last_seen).where(
        _d.store_id == bindparam("store_id"),
        _d.state.in_([bindparam(f"state{n}") for n in range(len(IN_SERVICE))]),
    ),
)


class Hours(threading.Thread):
    """For as long as the hub serves; ends with the process, whatever it is doing."""

    def __init__(self, database: Database, clock: Clock, every_s: float = LOOK_EVERY_S) -> None:
        super().__init__(name="orders", daemon=True)
        self._database, self._clock, self._every_s = database, clock, every_s
        self._ended = threading.Event()

    def run(self) -> None:
        """A look every half minute; of several processes on a database each order by one."""
        while not self._ended.wait(self._every_s):
            try:
                with contextlib.closing(self._database.connect(write=True)) as connection:
                    look(connection, self._clock.now())
            except Exception:  # noqa: BLE001 - the next look is another chance, and the hub serves on
                _log.exception("what becomes of orders by time")

    def end(self) -> None:
        """No further look."""
        self._ended.set()


def look(connection: Connection, now: dt.datetime) -> int:
    """Does what is due; how many parts it changed. Each in a transaction of its own."""
    changed = 0
    for part in _due(connection, now):
        changed += _one(connection, part, now)
    late = (pickup.RESERVED, pickup.PICKING, stamp(now - STUCK_AFTER))
    for part in kept.parts_by(connection, _LATE, late, LOOKED_AT):
        changed += _stuck(connection, part, now)
    changed += oversold.look(connection, now)
    for order_id in forgetting.long_ago(connection, now):
        with connection.transaction():
            changed += forgetting.forget(connection, order_id, now)
    # A hub that was put back promises nothing before its tills were heard.
    waiting = () if recovering.is_recovering(connection) else remaking.waiting(connection)
    for order_id in waiting:
        changed += _go_on(connection, order_id, now)
    over = ("", "", stamp(now - FORGET_AFTER))
    for part in kept.parts_by(connection, _OVER, over, AT_ONCE):
        changed += _forget(connection, part, now)
    return changed


def _due(connection: Connection, now: dt.datetime) -> list[Part]:
    """Parts that lie ready and are to be reminded of, or to be put back."""
    most = max((one.remind_hours for one in service.every(connection)), default=0)
    upto = stamp(now + dt.timedelta(hours=most))
    values = (pickup.READY, pickup.PARTLY, upto)
    parts = kept.parts_by(connection, _KEPT, values, LOOKED_AT)
    return [part for part in parts if part.row.keep_until]


def heard_past(connection: Connection, store_id: str, at: str) -> bool:
    """True where every till of a store was heard since: none can have handed it over in time.

    A store without a till in service keeps what it has: nobody can say.
    """
    seen = [row[0] for row in connection.all(_HEARD, (store_id, *sorted(IN_SERVICE)))]
    return bool(seen) and all(each and each > at for each in seen)


def _again(connection: Connection, part: Part) -> Part | None:
    """The part under its order's lock, as it is now; None where somebody else was first."""
    kept.lock(connection, part.row.order)
    fresh = kept.part(connection, part.row.reservation)
    return fresh if fresh is not None and fresh.row.version == part.row.version else None


def _one(connection: Connection, part: Part, now: dt.datetime) -> int:
    row, at = part.row, stamp(now)
    offers = service.of(connection, part.store_id)
    until = parse_utc(row.keep_until)
    if until <= now:
        if heard_past(connection, part.store_id, row.keep_until):
            return _lapse(connection, part, now)
        if now - until < UNHEARD_AFTER:
            return 0
        return _tell_stuck(connection, part, unheard_detail(row.name, part.store_id), now)
    remind = offers.remind_hours and until - dt.timedelta(hours=offers.remind_hours) <= now
    if not remind or part.reminded or row.way != PICKUP:
        return 0
    with connection.transaction():
        fresh = _again(connection, part)
        whole = kept.find(connection, row.order) if fresh else None
        if fresh is None or whole is None or fresh.reminded:
            return 0
        told = Told()
        history = kept.event(fresh.row, at, "reminded")
        kept.set_aside(connection, told.save(connection, fresh, at, history=history), reminded=at)
        said = ending.named(whole, fresh.store_id, fresh) | {"keep_until": row.keep_until}
        telling.tell(connection, "order.reminder", said, now)
        told.publish(connection)
    return 1


def _lapse(connection: Connection, part: Part, now: dt.datetime) -> int:
    """Nobody came: the store is to put the goods back, and its word on that ends the part."""
    at = stamp(now)
    with connection.transaction():
        fresh = _again(connection, part)
        if fresh is None or fresh.row.state not in pickup.WAITS_FOR_CUSTOMER:
            return 0
        told = Told()
        ending.step(connection, fresh, pickup.LAPSED, by=reservations.HUB, at=at)
        history = kept.event(fresh.row, at, "lapsed")
        told.save(connection, fresh, at, state=pickup.LAPSED, history=history)
        told.publish(connection)
    return 1


def _stuck(connection: Connection, part: Part, now: dt.datetime) -> int:
    """Late, and its store is silent: somebody may have to do it elsewhere. Told once."""
    if atp.silent_s(connection, part.store_id, now) == 0:
        return 0
    return _tell_stuck(connection, part, stuck_detail(part.row.name, part.store_id), now)


def _tell_stuck(connection: Connection, part: Part, detail: str, now: dt.datetime) -> int:
    with connection.transaction():
        whole = kept.find(connection, part.row.order)
        known = exceptions.id_of("order_stuck", own_journal.DEVICE, f"None:{detail}")
        if whole is None or exceptions.by_id(connection, known) is not None:
            return 0
        flags.open_one(
            connection, "order_stuck", whole, part.store_id, detail, now, amount=part.row.total
        )
        flags.tell(connection)
    return 1


def _go_on(connection: Connection, order_id: str, now: dt.datetime) -> int:
    """What was unknown about an order is in a table now: it is planned."""
    if not remaking.can_go_on(connection, order_id):
        return 0
    with contextlib.suppress(Refused), connection.transaction():
        remaking.retake(connection, order_id, now, "")
    return 1


def _forget(connection: Connection, part: Part, now: dt.datetime) -> int:
    """A part that is over goes out of the tills' copies: its state is all that they are told."""
    with connection.transaction():
        fresh = _again(connection, part)
        if fresh is None or fresh.told or not fresh.ended:
            return 0
        version = fresh.row.version + 1
        row = fresh.row
        bare = OrderRow(row.reservation, row.order, "", "", row.state, version, ())
        kept.set_aside(connection, fresh, row=replace(row, version=version), told=stamp(now))
        told = Told({fresh.store_id: {row.reservation: bare}})
        told.publish(connection)
    return 1
