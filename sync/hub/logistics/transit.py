"""A transfer or delivery as it stands: its lines, its boxes, who counted what; and as tills see it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import bindparam, or_, select

from sync.hub import coming, feed, schema
from sync.hub.database import Connection, Statement, adding, putting
from sync.protocol import DeliveryBox, DeliveryLine, DeliveryPart, DeliveryRow, DeliveryWait
from sync.protocol.facts_logistics import SUPPLY, TRANSFER
from sync.protocol.logistics import (
    CALLED_OFF,
    COUNTING,
    ENDED,
    EXPECTED,
    SENT,
)

KIND: Final = "delivery"
"""Of the rows in the feed."""

_t, _l, _b, _p, _s = (
    schema.transit.c,
    schema.transit_line.c,
    schema.transit_box.c,
    schema.transit_part.c,
    schema.store.c,
)
_d, _dl = schema.delivery.c, schema.delivery_line.c
_ONE = Statement("id", select(*_t).where(_t.transit_id == bindparam("id")))
_PUT = putting(schema.transit)
_LINES = Statement("id", select(*_l).where(_l.transit_id == bindparam("id")).order_by(_l.sku))
_PUT_LINE = putting(schema.transit_line)
_BOXES = Statement(
    "id",
    select(_b.sku, _b.qty, _b.box, _b.order_name, _b.reservation)
    .where(_b.transit_id == bindparam("id"))
    .order_by(_b.n, _b.place),
)
_ADD_BOX = adding(schema.transit_box)
_PARTS = Statement(
    "id",
    select(_p.till, _p.who, _p.at, _p.sku, _p.qty)
    .where(_p.transit_id == bindparam("id"))
    .order_by(_p.n, _p.place),
)
_ADD_PART = adding(schema.transit_part)
_OF_STORE = Statement(
    "target source",
    select(*_t)
    .where(or_(_t.target == bindparam("target"), _t.source == bindparam("source")))
    .order_by(_t.sent, _t.asked, _t.transit_id),
)
_EVERY = Statement("", select(*_t).order_by(_t.sent, _t.asked, _t.transit_id))
_STORE_NAME = Statement("store_id", select(_s.name).where(_s.store_id == bindparam("store_id")))
_DELIVERY = Statement("id", select(*_d).where(_d.delivery_id == bindparam("id")))
_EXPECTED = Statement(
    "id",
    select(_dl.sku, _dl.title, _dl.qty, _dl.box)
    .where(_dl.delivery_id == bindparam("id"))
    .order_by(_dl.place),
)


@dataclass(slots=True)
class Line:
    """A product of it; thousandths, as in the table."""

    asked: int = 0
    sent: int = 0
    received: int = 0
    damaged: int = 0
    missing: int = 0
    taken: int = 0

    @property
    def short(self) -> int:
        """Sent and not come."""
        return max(0, self.sent - self.received)

    @property
    def extra(self) -> int:
        """Come and not sent."""
        return max(0, self.received - self.sent)


@dataclass(slots=True)
class Transit:
    """One, with its lines."""

    transit_id: str
    kind: str
    name: str
    source: str
    target: str
    state: str
    asked: str = ""
    sent: str = ""
    sent_by: str = ""
    began: str = ""
    ended: str = ""
    note: str = ""
    version: int = 0
    final_n: int = 0
    final_device: str = ""
    lines: dict[str, Line] = field(default_factory=dict)

    def line(self, sku: str) -> Line:
        """The line of a product, made where there is none."""
        return self.lines.setdefault(sku, Line())

    @property
    def ended_at_all(self) -> bool:
        """True where nobody has to do anything any more."""
        return self.state in ENDED

    def save(self, connection: Connection) -> None:
        """Writes it and its lines."""
        connection.run(
            _PUT,
            (
                *(self.transit_id, self.kind, self.name, self.source, self.target, self.state),
                *(self.asked, self.sent, self.sent_by, self.began, self.ended, self.note),
                *(self.version, self.final_n, self.final_device),
            ),
        )
        connection.many(
            _PUT_LINE,
            [
                (
                    *(self.transit_id, sku, one.asked, one.sent, one.received, one.damaged),
                    *(one.missing, one.taken),
                )
                for sku, one in sorted(self.lines.items())
            ],
        )
        self._tell_coming(connection)

    def _tell_coming(self, connection: Connection) -> None:
        if not self.target:
            return
        if self.state in (SENT, COUNTING):
            left = [(sku, one.short - one.missing) for sku, one in self.lines.items()]
            coming.expect(connection, self.target, self.transit_id, left)
        else:
            coming.arrived(connection, self.target, self.transit_id)


def find(connection: Connection, transit_id: str) -> Transit | None:
    """What the facts have made of it so far."""
    row = connection.one(_ONE, (transit_id,))
    return _with_lines(connection, row) if row else None


def every(connection: Connection, store_id: str = "") -> list[Transit]:
    """All of them, or those from and to a store; the oldest first."""
    rows = connection.all(_OF_STORE, (store_id, store_id)) if store_id else connection.all(_EVERY)
    return [_with_lines(connection, row) for row in rows]


def _with_lines(connection: Connection, row: tuple[object, ...]) -> Transit:
    found = Transit(*row)  # type: ignore[arg-type]  # the columns are its fields, in order
    for _, sku, *numbers in connection.all(_LINES, (found.transit_id,)):
        found.lines[sku] = Line(*map(int, numbers))
    return found


def expected(connection: Connection, delivery_id: str) -> Transit | None:
    """A supplier's delivery as it was announced, nothing counted yet."""
    row = connection.one(_DELIVERY, (delivery_id,))
    if row is None:
        return None
    _, store_id, _supplier, name, _due, note, made, called_off, source, _order = row
    state = CALLED_OFF if called_off else EXPECTED
    version = 2 if called_off else 1
    kind = TRANSFER if source else SUPPLY
    found = Transit(
        *(delivery_id, kind, name, source, store_id, state), asked=made, note=note, version=version
    )
    if source:
        found.sent = made
        found.state = CALLED_OFF if called_off else SENT
    for sku, _title, qty, _box in connection.all(_EXPECTED, (delivery_id,)):
        found.line(sku).sent += int(qty)
    return found


def keep_boxes(
    connection: Connection, n: int, transit_id: str, lines: list[tuple[str, int, str, str, str]]
) -> None:
    """The lines as they were sent: (SKU, thousandths, box, order, its part)."""
    connection.many(_ADD_BOX, [(n, place, transit_id, *line) for place, line in enumerate(lines)])


def keep_part(
    connection: Connection,
    n: int,
    transit_id: str,
    by: tuple[str, str, str],
    lines: list[tuple[str, int, bool]],
) -> None:
    """What (till, person, moment) counted: (SKU, thousandths, as listed)."""
    connection.many(
        _ADD_PART, [(n, place, transit_id, *by, *line) for place, line in enumerate(lines)]
    )


def row_of(connection: Connection, found: Transit) -> DeliveryRow:
    """As the tills of both stores are told of it."""
    titles: dict[str, str] = {}
    boxes: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    waits: list[DeliveryWait] = []
    announced = connection.one(_DELIVERY, (found.transit_id,))
    if announced is not None:
        for sku, title, qty, box in connection.all(_EXPECTED, (found.transit_id,)):
            titles[sku] = title
            if box:
                boxes[box].append((sku, int(qty)))
            if announced[9]:
                waits.append(DeliveryWait(sku, int(qty), str(announced[9]), found.transit_id))
    for sku, qty, box, order, part in connection.all(_BOXES, (found.transit_id,)):
        if box:
            boxes[box].append((sku, int(qty)))
        if order:
            waits.append(DeliveryWait(sku, int(qty), order, part))
    named = connection.one(_STORE_NAME, (found.source,)) if found.source else None
    supplier = str(announced[2]) if announced is not None else ""
    return DeliveryRow(
        delivery=found.transit_id,
        kind=found.kind,
        name=found.name,
        state=found.state,
        version=found.version,
        target=found.target,
        source=found.source,
        source_name=str(named[0]) if named else supplier,
        lines=tuple(
            DeliveryLine(
                *(sku, titles.get(sku, ""), one.sent, one.asked, one.received, one.damaged),
                one.missing,
            )
            for sku, one in sorted(found.lines.items())
        ),
        boxes=tuple(DeliveryBox(label, tuple(held)) for label, held in boxes.items()),
        waits=tuple(waits),
        parts=_parts(connection, found.transit_id),
        asked=found.asked,
        sent=found.sent,
        sent_by=found.sent_by,
        due=str(announced[4]) if announced is not None else "",
        began=found.began,
        ended=found.ended,
        note=found.note,
    )


def rows_for(connection: Connection, found: Transit) -> list[tuple[str, tuple[str, bytes]]]:
    """(stream, row of the feed) for each store that the delivery concerns."""
    row = row_of(connection, found)
    told = []
    for store_id in dict.fromkeys((found.target, found.source)):
        stream = feed.store_stream(store_id)
        if store_id and feed.feed_of(connection, stream):
            told += [(stream, (KIND, data)) for data in feed.batches([row])]
    return told


def _parts(connection: Connection, transit_id: str) -> tuple[DeliveryPart, ...]:
    sums: dict[tuple[str, str], dict[str, int]] = {}
    last: dict[tuple[str, str], str] = {}
    for till, who, at, sku, qty in connection.all(_PARTS, (transit_id,)):
        held = sums.setdefault((till, who), {})
        held[sku] = held.get(sku, 0) + int(qty)
        last[till, who] = at
    return tuple(
        DeliveryPart(till, who, last[till, who], tuple(sorted(held.items())))
        for (till, who), held in sums.items()
    )
