"""Deliveries that suppliers announce: made known by hand or from a CSV file, told to the store's tills.

A file has a line a product, under headers: `note` (the number of the delivery note), `sku` or
`barcode`, `qty`; where it has them also `supplier`, `due` (a day), `box` (its label), `title`. Lines of
one note are one delivery. A note that is there already is left alone: the file may be read twice.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select, update

from pos_app.domain.barcode import read as read_code
from pos_app.domain.errors import Refused
from pos_app.domain.text import plain
from sync.hub import catalogue, coming, feed, schema
from sync.hub.catalogue_values import Unreadable, day, thousandths
from sync.hub.database import Connection, Statement, adding
from sync.hub.logistics import transit
from sync.protocol.facts_logistics import LINES_MAX

if TYPE_CHECKING:
    from sync.hub.booking import Booking

FIELDS: Final = ("note", "supplier", "due", "box", "sku", "barcode", "title", "qty")
FILE_MAX: Final = 16 * 1024 * 1024

_d, _dl, _p = schema.delivery.c, schema.delivery_line.c, schema.product.c
_ADD = adding(schema.delivery)
_ADD_LINE = adding(schema.delivery_line)
_BY_NOTE = Statement(
    "store_id supplier name",
    select(_d.delivery_id).where(
        _d.store_id == bindparam("store_id"),
        _d.supplier == bindparam("supplier"),
        _d.name == bindparam("name"),
    ),
)
_KNOWN = Statement("id", select(_d.store_id).where(_d.delivery_id == bindparam("id")))
_EVERY = Statement("", select(*_d).order_by(_d.due, _d.made, _d.delivery_id))
_CALL_OFF = Statement(
    "gone wanted",
    update(schema.delivery)
    .where(_d.delivery_id == bindparam("wanted"))
    .values(called_off=bindparam("gone")),
)
_CODES = Statement("", select(_p.sku, _p.barcodes))


@dataclass(frozen=True, slots=True)
class Announced:
    """A line of a delivery; thousandths."""

    sku: str
    qty: int
    box: str = ""
    title: str = ""


@dataclass(slots=True)
class Note:
    """A delivery, before the hub knows it."""

    name: str
    supplier: str = ""
    due: str = ""
    lines: list[Announced] = field(default_factory=list)


def announce(
    connection: Connection, store_id: str, note: Note, delivery_id: str, at: str
) -> str | None:
    """Makes a delivery known and tells the store's tills; None where it was known.

    In the caller's transaction. Raises Refused("delivery_empty" | "delivery_too_long").
    """
    if not note.lines:
        raise Refused("delivery_empty", name=note.name)
    if len(note.lines) > LINES_MAX:
        raise Refused("delivery_too_long", name=note.name, limit=LINES_MAX)
    if connection.one(_BY_NOTE, (store_id, note.supplier, note.name)) is not None:
        return None
    connection.run(
        _ADD, (delivery_id, store_id, note.supplier, note.name, note.due, "", at, False, "", "")
    )
    connection.many(
        _ADD_LINE,
        [
            (delivery_id, place, line.sku, line.title, line.qty, line.box)
            for place, line in enumerate(note.lines)
        ],
    )
    coming.expect(
        connection, store_id, delivery_id, [(one.sku, one.qty) for one in note.lines], note.due
    )
    _tell(connection, delivery_id)
    return delivery_id


def on_its_way(
    books: Booking,
    delivery_id: str,
    order: str,
    way: tuple[str, str],
    lines: list[tuple[str, int]],
) -> None:
    """Goods of a customer's order left a store for the one that hands them over: `way` is (from, to).

    They are out of this stock by the order; at the other store they are received like any transfer.
    """
    connection, (source, target) = books.connection, way
    if not lines or connection.one(_KNOWN, (delivery_id,)) is not None:
        return
    row = (delivery_id, target, "", order, "", "", books.at, False, source, order)
    connection.run(_ADD, row)
    connection.many(
        _ADD_LINE,
        [(delivery_id, place, sku, "", qty, "") for place, (sku, qty) in enumerate(lines)],
    )
    coming.expect(connection, target, delivery_id, lines)
    _tell_with(books, delivery_id)


def received(books: Booking, delivery_id: str) -> dict[str, int]:
    """SKU -> what of an order's goods was received by a count; whoever asks takes in the rest.

    It is not waited for any more: somebody has the goods in hand.
    """
    connection = books.connection
    known = connection.one(_KNOWN, (delivery_id,))
    if known is None:
        return {}
    found = transit.find(connection, delivery_id)
    if found is None:
        connection.run(_CALL_OFF, (True, delivery_id))
        coming.arrived(connection, str(known[0]), delivery_id)
        _tell_with(books, delivery_id)
        return {}
    return {sku: line.received for sku, line in found.lines.items()}


def _tell_with(books: Booking, delivery_id: str) -> None:
    found = transit.expected(books.connection, delivery_id)
    if found is not None:
        for stream, row in transit.rows_for(books.connection, found):
            books.told[stream].append(row)


def call_off(connection: Connection, delivery_id: str) -> None:
    """A supplier does not come; raises Refused("delivery_unknown" | "delivery_began")."""
    found = transit.expected(connection, delivery_id)
    if found is None:
        raise Refused("delivery_unknown", name=delivery_id)
    if transit.find(connection, delivery_id) is not None:
        raise Refused("delivery_began", name=found.name)
    connection.run(_CALL_OFF, (True, delivery_id))
    coming.arrived(connection, found.target, delivery_id)
    _tell(connection, delivery_id)


def _tell(connection: Connection, delivery_id: str) -> None:
    found = transit.expected(connection, delivery_id)
    if found is not None:
        feed.append(
            connection, {stream: [row] for stream, row in transit.rows_for(connection, found)}
        )


def every(connection: Connection) -> list[dict[str, object]]:
    """All that were announced, and how far each has come."""
    told: list[dict[str, object]] = []
    for delivery_id, store_id, supplier, name, due, _note, made, *_rest in connection.all(_EVERY):
        found = transit.find(connection, delivery_id) or transit.expected(connection, delivery_id)
        if found is None:
            continue
        lines = found.lines.values()
        told.append(
            {
                "delivery": delivery_id,
                "store": store_id,
                "supplier": supplier,
                "note": name,
                "due": due,
                "state": found.state,
                "lines": len(found.lines),
                "expected": sum(line.sent for line in lines),
                "received": sum(line.received for line in lines),
                "made": made,
            }
        )
    return told


# ---- the file


def read_file(connection: Connection, data: bytes) -> list[Note]:
    """The deliveries of a CSV file; raises Refused("delivery_file_bad", row=, what=)."""
    if len(data) > FILE_MAX:
        raise Refused("delivery_file_bad", row=0, what="size")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise Refused("delivery_file_bad", row=0, what="encoding") from cause
    head = text.split("\n", 1)[0]
    mark = max(",;\t", key=head.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=mark, strict=True)
    names = {str(name).strip().lower(): name for name in rows.fieldnames or ()}
    if "note" not in names or "qty" not in names or not {"sku", "barcode"} & set(names):
        raise Refused("delivery_file_bad", row=1, what="note, sku, qty")
    codes = _codes(connection) if "barcode" in names else {}
    notes: dict[tuple[str, str], Note] = {}
    try:
        for number, row in enumerate(rows, 2):
            cells = {
                own: plain(str(row.get(theirs) or ""), 120)
                for own, theirs in names.items()
                if own in FIELDS
            }
            _take(notes, cells, codes, number)
    except csv.Error as cause:
        raise Refused("delivery_file_bad", row=rows.line_num, what=str(cause)[:80]) from cause
    return list(notes.values())


def _take(
    notes: dict[tuple[str, str], Note], cells: dict[str, str], codes: dict[str, str], number: int
) -> None:
    name, supplier = cells.get("note", ""), cells.get("supplier", "")
    if not name:
        raise Refused("delivery_file_bad", row=number, what="note")
    sku = cells.get("sku", "") or codes.get(_filed(cells.get("barcode", "")), "")
    if not sku:
        raise Refused("delivery_file_bad", row=number, what="sku")
    try:
        qty = thousandths(cells.get("qty", ""), ".")
        due = day(cells["due"]) if cells.get("due") else ""
    except Unreadable as cause:
        raise Refused("delivery_file_bad", row=number, what=str(cause)) from cause
    if qty <= 0:
        raise Refused("delivery_file_bad", row=number, what="qty")
    note = notes.setdefault((supplier, name), Note(name, supplier))
    note.due = note.due or due
    note.lines.append(Announced(sku, qty, cells.get("box", ""), cells.get("title", "")))


def _codes(connection: Connection) -> dict[str, str]:
    found: dict[str, str] = {}
    for sku, codes in connection.each(_CODES):
        for code in json.loads(codes):
            found.setdefault(_filed(code), str(sku))
    return found


def _filed(code: str) -> str:
    try:
        return read_code(code).value
    except Refused:
        return code


def known_skus(connection: Connection, notes: Iterable[Note]) -> list[str]:
    """SKUs of these that the catalogue does not know: they are expected all the same."""
    wanted = sorted({line.sku for note in notes for line in note.lines})
    return [sku for sku in wanted if catalogue.product(connection, sku) is None]
