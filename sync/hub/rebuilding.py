"""The books made anew from the journal, in an empty hub of their own, and compared with those kept.

What the hub books is nothing but a fold over the entries in the order in which they were booked. So
the same fold over the same entries must give the same rows, to the last cent and piece.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Table, bindparam, func, select

from sync.hub import devices, own_journal, schema, store
from sync.hub.booking import Booking
from sync.hub.checks import checker_of
from sync.hub.database import Connection, Database, Statement, adding
from sync.hub.devices import Device
from sync.protocol import decode_fact

BATCH: Final = 500
SHOWN: Final = 3
"""How many rows of a table are told of one by one."""
_SOURCES: Final = (
    schema.meta,
    schema.store,
    schema.tax_rate,
    schema.label_pattern,
    schema.staff,
    schema.policy,
    schema.promotion,
    schema.feed_head,
    schema.device,
    schema.device_epoch,
    schema.stock_move,
    schema.delivery,
    schema.delivery_line,
)
"""What the fold needs beside the entries: nothing of it comes from them."""
_FOLDED: Final = (
    schema.document,
    schema.line,
    schema.payment,
    schema.refund,
    schema.refund_line,
    schema.promotion_line,
    schema.coupon_use,
    schema.shift,
    schema.cash_move,
    schema.day_total,
    schema.day_tax,
    schema.day_tender,
    schema.transit,
    schema.transit_line,
    schema.transit_box,
    schema.transit_part,
    schema.goods_move,
)
"""The tables that are a fold over the entries."""

_e, _end = schema.event.c, schema.quarantine_end.c
_COLUMNS: Final = tuple(column.name for column in schema.event.columns)
_ENTRIES = Statement(
    "own",
    select(*schema.event.columns)
    .select_from(schema.event.outerjoin(schema.quarantine_end, _end.n == _e.n))
    .where(_e.id.is_not(None), _e.device != bindparam("own"))
    .order_by(func.coalesce(_end.after, _e.n), _end.n.is_not(None), _e.n),
)
"""In the order in which they were booked: what could be read only later was booked later."""
_ADD_EVENT = adding(schema.event)
_s, _m = schema.stock.c, schema.stock_move.c
_STOCK = Statement("", select(_s.store_id, _s.sku, _s.on_hand).order_by(_s.store_id, _s.sku))
_MOVED = Statement(
    "",
    select(_m.store_id, _m.sku, func.sum(_m.qty))
    .group_by(_m.store_id, _m.sku)
    .order_by(_m.store_id, _m.sku),
)


def differences(books: Connection) -> Iterator[str]:
    """Where the books are not what their journal gives, in plain sentences; nothing for equal.

    Needs room for the journal once more beside the system's other temporary files.
    """
    with folded(books) as (anew, faults):
        yield from faults
        for table in _FOLDED:
            yield from _compare(books, anew, table)
        yield from _compare_stock(books, anew)


@contextlib.contextmanager
def folded(books: Connection) -> Iterator[tuple[Connection, list[str]]]:
    """The books made anew, in a database that is gone afterwards; and what could not be booked."""
    with TemporaryDirectory(prefix="holdfast-rebuild-") as room:
        anew = Database(f"sqlite:///{Path(room) / 'hub.sqlite'}").create()
        try:
            with anew.transaction():
                for table in _SOURCES:
                    _copy(books, anew, table)
                yield anew, list(_fold(books, anew))
        finally:
            anew.close()


def _all_of(table: Table) -> Statement:
    return Statement("", select(*table.columns).order_by(*table.primary_key.columns))


def _copy(books: Connection, anew: Connection, table: Table) -> None:
    add = adding(table)
    for rows in _parts(books.each(_all_of(table))):
        anew.many(add, rows)


def _parts(rows: Iterator[Any]) -> Iterator[list[tuple[Any, ...]]]:
    while part := list(itertools.islice(rows, BATCH)):
        yield part


def _fold(books: Connection, anew: Connection) -> Iterator[str]:
    """Books every entry anew, till by till as they came."""
    tills = {one.device: one for one in devices.every(anew)}
    n, device, epoch = (_COLUMNS.index(name) for name in ("n", "device", "epoch"))
    documents: dict[tuple[str, int], int] = {}
    entries = books.each(_ENTRIES, (own_journal.DEVICE,))
    for (who, life), rows in itertools.groupby(entries, lambda row: (row[device], row[epoch])):
        till = tills.get(who)
        if till is None:
            yield f"entries of {who}, which the hub does not know"
            continue
        for part in _parts(rows):
            anew.many(_ADD_EVENT, part)
            try:
                with anew.savepoint("fold"):
                    last = documents.get((who, life), 0)
                    at_that = dataclasses.replace(till, epoch=life, last_doc=last)
                    documents[who, life] = _book(anew, at_that, part)
            except Exception as cause:  # noqa: BLE001 - told as what it is: a fold that fails
                yield f"entries from {part[0][n]} on cannot be booked again: {cause}"


def _book(anew: Connection, till: Device, rows: Sequence[tuple[Any, ...]]) -> int:
    """Books a batch; the n of the till's last receipt number by then."""
    found = store.load(anew, till.store_id)
    books = Booking(anew, till, checker_of(found.rules), str(rows[0][_COLUMNS.index("received")]))
    books.currency = found.store.currency
    books.anew = True
    n, seq, body = (_COLUMNS.index(name) for name in ("n", "seq", "body"))
    for row in rows:
        books.add(int(row[n]), int(row[seq]), decode_fact(bytes(row[body])))
    books.write()
    return books.last_doc


def _compare(books: Connection, anew: Connection, table: Table) -> Iterator[str]:
    keys = len(table.primary_key.columns)
    names = [column.name for column in table.columns]
    statement = _all_of(table)
    kept = (_plain(row) for row in books.each(statement))
    right = (_plain(row) for row in anew.each(statement))
    told = 0
    for place, have, want in _beside(kept, right, keys):
        told += 1
        if told <= SHOWN:
            yield f"{table.name} {'/'.join(map(str, place))}: {_said(names, have, want)}"
    if told > SHOWN:
        yield f"{table.name}: {told - SHOWN} rows more"


def _compare_stock(books: Connection, anew: Connection) -> Iterator[str]:
    """On hand is the sum of everything that moved: by sales, and otherwise."""
    right: dict[tuple[str, str], int] = {}
    for statement in (_STOCK, _MOVED):
        for store_id, sku, moved in anew.each(statement):
            right[store_id, sku] = right.get((store_id, sku), 0) + int(moved)
    told = 0
    for store_id, sku, on_hand in books.each(_STOCK):
        wanted = right.pop((store_id, sku), 0)
        if int(on_hand) != wanted:
            told += 1
            if told <= SHOWN:
                yield f"stock {store_id}/{sku}: {on_hand}, the sum of what moved is {wanted}"
    lost = [place for place, wanted in right.items() if wanted]
    told += len(lost)
    for store_id, sku in lost[:SHOWN]:
        yield f"stock {store_id}/{sku}: nothing, the sum of what moved is {right[store_id, sku]}"
    if told > 2 * SHOWN:
        yield f"stock: {told} rows in all"


def _plain(row: Sequence[Any]) -> tuple[Any, ...]:
    """Values that compare, whatever the database calls true."""
    return tuple(int(value) if isinstance(value, bool) else value for value in row)


_Row = tuple[Any, ...]


def _beside(
    kept: Iterator[_Row], right: Iterator[_Row], keys: int
) -> Iterator[tuple[_Row, _Row | None, _Row | None]]:
    """Rows that differ, both in the order of their keys: (key, as kept, as it should be)."""
    have, want = next(kept, None), next(right, None)
    while have is not None and want is not None:
        if have[:keys] < want[:keys]:
            yield have[:keys], have, None
            have = next(kept, None)
        elif want[:keys] < have[:keys]:
            yield want[:keys], None, want
            want = next(right, None)
        else:
            if have != want:
                yield have[:keys], have, want
            have, want = next(kept, None), next(right, None)
    for row in (*((have,) if have else ()), *kept):
        yield row[:keys], row, None
    for row in (*((want,) if want else ()), *right):
        yield row[:keys], None, row


def _said(names: Sequence[str], have: _Row | None, want: _Row | None) -> str:
    if have is None:
        return "missing"
    if want is None:
        return "comes from no entry"
    return ", ".join(
        f"{name} {mine}, should be {right}"
        for name, mine, right in zip(names, have, want, strict=True)
        if mine != right
    )
