"""Orders and their parts as the hub keeps them, and how the stores' tills are told.

A part is kept as the very row that its store's tills have. Whoever changes one has the order's lock
(`lock`), reads it anew, and hands the changed row to `save`; `Told` gathers what the stores hear of.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, select

from pos_app.domain.day import parse_utc
from pos_app.domain.pickup import ENDED
from sync.hub import feed, schema
from sync.hub.answers import stamp
from sync.hub.channels.canonical import ChannelOrder
from sync.hub.customers import feeding
from sync.hub.database import Connection, Statement, adding, putting
from sync.protocol import OrderEvent, OrderRow

OPEN, CANCELLED, DONE = "open", "cancelled", "done"
_ROOT: Final = uuid.UUID("5b1d7b0e-6a3c-5f1e-9d0a-2f6d1b7c4e90")
HISTORY_MAX: Final = 60

_o, _p, _st = schema.customer_order.c, schema.order_part.c, schema.store.c
_BY_ID = Statement("id", select(*_o).where(_o.order_id == bindparam("id")))
_BY_EXTERNAL = Statement(
    "channel external_id",
    select(*_o).where(
        _o.channel == bindparam("channel"), _o.external_id == bindparam("external_id")
    ),
)
_BY_NAME = Statement(
    "name",
    select(*_o).where(_o.external_name == bindparam("name")).order_by(_o.taken.desc()),
)
_LIST = Statement(
    "state",
    select(*_o).where(_o.state == bindparam("state")).order_by(_o.changed.desc()),
)
_PUT_ORDER = putting(schema.customer_order)
_PART = Statement("id", select(*_p).where(_p.reservation_id == bindparam("id")))
_PARTS = Statement(
    "id", select(*_p).where(_p.order_id == bindparam("id")).order_by(_p.place, _p.reservation_id)
)
_ADD_PART = adding(schema.order_part)
_PUT_PART = putting(schema.order_part)


@dataclass(frozen=True, slots=True)
class Whole:
    """An order."""

    order_id: str
    channel: str
    external_id: str
    external_name: str
    external_version: str
    state: str
    placed: str
    taken: str
    changed: str
    currency: str
    total: int
    paid: int
    due: int
    returned: int
    customer: str
    body: str

    @property
    def told(self) -> ChannelOrder | None:
        """As its channel told it last; None where nothing but its cancellation was heard."""
        return msgspec.json.decode(self.body, type=ChannelOrder) if self.body else None


@dataclass(frozen=True, slots=True)
class Part:
    """What one store does of it; `row` is what its tills have."""

    place: int
    store_id: str
    row: OrderRow
    reminded: str = ""
    ended: str = ""
    told: str = ""

    @property
    def open(self) -> bool:
        """True while somebody has something to do with it."""
        return self.row.state not in ENDED


def order_id_of(channel: str, external_id: str) -> str:
    """The id of an order, the same for the same order whenever it is told."""
    return str(uuid.uuid5(_ROOT, f"{channel}\0{external_id}"))


def reservation_id_of(order_id: str, place: int) -> str:
    """The id of a part: told again it is the same, so nothing is ever promised twice."""
    return str(uuid.uuid5(_ROOT, f"{order_id}\0{place}"))


def lock(connection: Connection, *order_ids: str) -> None:
    """Nobody else changes these orders or parts of them until the commit."""
    connection.lock_name(*(f"order:{each}" for each in order_ids))


def find(connection: Connection, order_id: str) -> Whole | None:
    """The order of that id."""
    row = connection.one(_BY_ID, (order_id,))
    return Whole(*row) if row else None


def find_external(connection: Connection, channel: str, external_id: str) -> Whole | None:
    """The order that a channel calls so."""
    row = connection.one(_BY_EXTERNAL, (channel, external_id))
    return Whole(*row) if row else None


def find_named(connection: Connection, name: str) -> Whole | None:
    """The newest order that people call so."""
    row = connection.one(_BY_NAME, (name,))
    return Whole(*row) if row else None


def listed(connection: Connection, state: str, many: int) -> list[Whole]:
    """The newest orders in a state."""
    return [Whole(*row) for row in islice(connection.each(_LIST, (state,)), many)]


def put(connection: Connection, order: Whole) -> Whole:
    """Keeps an order as it is now; what its customer comes to is another sum then."""
    connection.run(_PUT_ORDER, tuple(getattr(order, name) for name in Whole.__slots__))
    if order.customer:
        feeding.touch(connection, order.customer, parse_utc(order.changed))
    return order


def part(connection: Connection, reservation: str) -> Part | None:
    """The part of that id."""
    row = connection.one(_PART, (reservation,))
    return _read(row) if row else None


def parts_of(connection: Connection, order_id: str) -> list[Part]:
    """All parts of an order, those that are over too."""
    return [_read(row) for row in connection.all(_PARTS, (order_id,))]


def parts_by(
    connection: Connection, statement: Statement, values: Iterable[object], many: int = 1 << 30
) -> list[Part]:
    """The parts that a statement selects (all columns of `order_part`), so many of them at most."""
    return [_read(row) for row in islice(connection.each(statement, tuple(values)), many)]


def _read(row: Any) -> Part:
    (_id, _order, place, store, _state, _version, _promised, _keep, reminded, ended, told, body) = (
        row
    )
    return Part(int(place), store, msgspec.json.decode(body, type=OrderRow), reminded, ended, told)


def _values(part: Part) -> tuple[object, ...]:
    row = part.row
    return (
        *(row.reservation, row.order, part.place, part.store_id, row.state, row.version),
        *(row.promised, row.keep_until, part.reminded, part.ended, part.told),
        msgspec.json.encode(row).decode(),
    )


@dataclass(slots=True)
class Told:
    """What changed in a transaction, for the stores' tills."""

    rows: dict[str, dict[str, OrderRow]] = field(default_factory=dict)

    def add(self, connection: Connection, part: Part) -> Part:
        """Keeps a new part."""
        connection.run(_ADD_PART, _values(part))
        return self._note(part)

    def save(self, connection: Connection, part: Part, now: str, **changed: Any) -> Part:
        """Keeps a part with these fields of its row changed, under the next version."""
        row = msgspec.structs.replace(part.row, version=part.row.version + 1, **changed)
        ended = (part.ended or now) if row.state in ENDED else ""
        part = replace(part, row=row, ended=ended, told="")
        connection.run(_PUT_PART, _values(part))
        return self._note(part)

    def _note(self, part: Part) -> Part:
        self.rows.setdefault(part.store_id, {})[part.row.reservation] = part.row
        return part

    def batches(self) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
        """(store, rows as positions of its stream have them)."""
        for store, rows in sorted(self.rows.items()):
            yield store, [("order", data) for data in feed.batches(list(rows.values()))]

    def publish(self, connection: Connection) -> None:
        """Tells the stores; the last thing that a transaction does."""
        changes = {
            feed.store_stream(store): rows
            for store, rows in self.batches()
            if feed.feed_of(connection, feed.store_stream(store))
        }
        feed.append(connection, changes)
        self.rows.clear()


def set_aside(connection: Connection, part: Part, **changed: Any) -> Part:
    """Keeps what the hub alone knows of a part (`reminded`, `told`): no till hears of it."""
    part = replace(part, **changed)
    connection.run(_PUT_PART, _values(part))
    return part


def event(
    row: OrderRow, at: str, what: str, who: str = "", detail: str = ""
) -> tuple[OrderEvent, ...]:
    """The history of a part with one step more."""
    more = OrderEvent(at, what, who[:60], detail[:120])
    return (*row.history, more)[-HISTORY_MAX:]


def at_of(now: dt.datetime) -> str:
    """An instant as rows have it."""
    return stamp(now)
