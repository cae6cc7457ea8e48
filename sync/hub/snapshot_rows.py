"""What a stream comes to: every entity as the last row about it said, cut into pieces by key.

Goods, prices and stock are as many as the shop is large: they are read from their tables, which hold
exactly what was last told. Everything else is folded out of the feed itself, beginning with what the
snapshot before already held, so rows that went out of the feed since are not missed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import bindparam, select

from pos_app.domain.exceptions import WAITING
from pos_app.domain.pickup import OPEN
from sync.hub import schema
from sync.hub.customers import reading as customers
from sync.hub.database import Connection, Statement
from sync.protocol import (
    DeliveryRow,
    ExceptionRow,
    OrderRow,
    PolicyRow,
    PriceRow,
    ProductRow,
    ProgrammeRow,
    PromotionRow,
    ReflectedRow,
    SaleRefRow,
    StaffRow,
    StockElsewhereRow,
    StockRow,
    StoreHeardRow,
    StoreNameRow,
    StoreRow,
    TaxRow,
    TillRow,
)
from sync.protocol.snapshots import CHUNK_ROWS

ROWS_MAX: Final = CHUNK_ROWS * 3 // 2
"""A piece that grew beyond it is cut in two."""
ROWS_MIN: Final = CHUNK_ROWS // 4
"""A piece that shrank below it is joined to the next."""
LINE_ROWS: Final = 500
REFS_DAYS: Final = 60
SETTLED_DAYS: Final = 14
"""So long a till keeps documents, and what was settled, behind the newest."""
_Row = TypeVar("_Row", bound=msgspec.Struct)

_p, _c, _t, _k, _f = (
    schema.product.c,
    schema.price.c,
    schema.stock_told.c,
    schema.stock.c,
    schema.feed.c,
)
_PRODUCTS = Statement("", select(*_p).order_by(_p.sku))
_PRICES = Statement(
    "",
    select(
        *(_c.sku, _c.price_list, _c.currency),
        *(_c.valid_from, _c.valid_to, _c.amount, _c.was),
    ).order_by(_c.sku, _c.price_list, _c.currency, _c.valid_from, _c.valid_to),
)
_TOLD = Statement(
    "",
    select(
        *(_t.store_id, _t.sku, _t.on_hand, _t.as_of, _t.reserved, _t.coming, _t.coming_day)
    ).order_by(_t.store_id, _t.sku),
)
_STOCK = Statement(
    "store_id",
    select(_k.sku, _k.store_id, _k.on_hand, _k.as_of)
    .where(_k.store_id == bindparam("store_id"))
    .order_by(_k.sku),
)
_ROWS_OF = Statement(
    "stream after upto tabled1 tabled2 tabled3",
    select(_f.kind, _f.rows)
    .where(
        _f.stream == bindparam("stream"),
        _f.pos > bindparam("after"),
        _f.pos <= bindparam("upto"),
        _f.kind.not_in([bindparam(f"tabled{place}") for place in (1, 2, 3)]),
    )
    .order_by(_f.pos),
)
_encode = msgspec.json.Encoder().encode
_codes = msgspec.json.Decoder(tuple[str, ...])
_raws = msgspec.json.Decoder(list[msgspec.Raw])

Keyed = Iterator[tuple[str, Any]]
"""(key, row) in the order of keys, compared byte by byte."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The rows of one kind with keys above `after` and up to `upto` (empty: to the end)."""

    kind: str
    after: str
    upto: str
    rows: list[Any]

    def lines(self) -> bytes:
        """NDJSON, one array of rows a line."""
        return b"".join(
            _encode(part) + b"\n"
            for part in (
                self.rows[start : start + LINE_ROWS]
                for start in range(0, len(self.rows), LINE_ROWS)
            )
        )


def tabled(stream: str) -> dict[str, Callable[[Connection], Keyed]]:
    """The kinds of a stream that are read from tables of their own."""
    if stream.startswith("store:"):
        store = stream.removeprefix("store:")
        return {
            "stock": lambda connection: _stock(connection, store),
            customers.KIND: lambda connection: customers.of_store(connection, store),
        }
    return {"product": _products, "price": _prices, "stock_elsewhere": _elsewhere}


def _products(connection: Connection) -> Keyed:
    for row in connection.each(_PRODUCTS):
        values: list[Any] = [*row[:9], bool(row[9]), _codes.decode(row[10])]
        yield row[0], ProductRow(*values)


def _prices(connection: Connection) -> Keyed:
    for (sku, price_list, currency), rows in groupby(
        connection.each(_PRICES), key=lambda row: (row[0], row[1], row[2])
    ):
        yield sku, PriceRow(sku, price_list, currency, tuple(tuple(row[3:]) for row in rows))


def _elsewhere(connection: Connection) -> Keyed:
    for store, sku, on_hand, as_of, *more in connection.each(_TOLD):
        said = ((sku, *more),) if more[0] or more[1] else ()
        yield f"{store} {sku}", StockElsewhereRow(store, as_of, ((sku, on_hand),), said)


def _stock(connection: Connection, store: str) -> Keyed:
    for row in connection.each(_STOCK, (store,)):
        yield row[0], StockRow(*row)


def cut(kind: str, rows: Iterable[tuple[str, Any]], bounds: Iterable[str]) -> Iterator[Piece]:
    """Pieces of about `CHUNK_ROWS`, at the `bounds` of the snapshot before where these still fit.

    A row that came in then changes one piece, not every piece behind it.
    """
    ends = iter(bounds)
    end, after, last = next(ends, ""), "", ""
    part: list[Any] = []
    for row_key, row in rows:
        while end and row_key > end:
            if len(part) >= ROWS_MIN:
                yield Piece(kind, after, end, part)
                after, part = end, []
            end = next(ends, "")
        if row_key != last and len(part) >= (ROWS_MAX if end else CHUNK_ROWS):
            yield Piece(kind, after, last, part)
            after, part = last, []
        part.append(row)
        last = row_key
    if part:
        yield Piece(kind, after, "", part)


# --- what has no table that says the same -----------------------------------------------------

_KEYS: Final[dict[str, tuple[type[msgspec.Struct], str]]] = {
    "delivery": (DeliveryRow, "delivery"),
    "exception": (ExceptionRow, "id"),
    "order": (OrderRow, "reservation"),
    "policy": (PolicyRow, ""),
    "programme": (ProgrammeRow, "programme"),
    "promotion": (PromotionRow, "promotion_id"),
    "reflected": (ReflectedRow, "device"),
    "sale_ref": (SaleRefRow, "id"),
    "staff": (StaffRow, "staff_id"),
    "store": (StoreRow, "store_id"),
    "store_heard": (StoreHeardRow, "store"),
    "store_name": (StoreNameRow, "store"),
    "tax": (TaxRow, ""),
    "till": (TillRow, "device"),
}
"""Kind -> its structure and what tells one entity from another; the whole set without."""


class Fold:
    """The last row about each entity. A kind nobody here knows keeps all its rows, in order."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, msgspec.Raw]] = {}

    def add(self, kind: str, rows: bytes) -> None:
        """A JSON array of rows, as a position of the feed has them."""
        known = self._rows.setdefault(kind, {})
        told = _KEYS.get(kind)
        for row in _raws.decode(rows):
            if told is None:
                known[f"{len(known):012}"] = row
                continue
            structure, name = told
            entity = msgspec.json.decode(row, type=structure)
            known[str(getattr(entity, name)) if name else ""] = row

    def add_feed(self, connection: Connection, stream: str, after: int, upto: int) -> None:
        """What the positions above `after` and up to `upto` said."""
        kinds = [*tabled(stream), "", ""][:3]
        for kind, rows in connection.each(_ROWS_OF, (stream, after, upto, *kinds)):
            self.add(kind, rows)

    def kinds(self) -> Iterator[tuple[str, list[tuple[str, msgspec.Raw]]]]:
        """Each kind with its rows by key, without those that a till would forget at once."""
        for kind in sorted(self._rows):
            rows = sorted(self._rows[kind].items())
            if kind == "sale_ref":
                rows = _recent(rows, SaleRefRow, REFS_DAYS, _of_day)
            elif kind == "exception":
                rows = _recent(rows, ExceptionRow, SETTLED_DAYS, _settled)
            elif kind == "order":
                rows = [row for row in rows if _worth_telling(row[1])]
            elif kind == "delivery":
                rows = _recent(rows, DeliveryRow, SETTLED_DAYS, _arrived)
            if rows:
                yield kind, rows


def _worth_telling(row: msgspec.Raw) -> bool:
    """Not what of an order a till has forgotten: it is over, and only its state was told."""
    told = msgspec.json.decode(row, type=OrderRow)
    return bool(told.lines) or told.state in OPEN


def _of_day(row: SaleRefRow) -> tuple[str, str]:
    return row.biz_date, row.biz_date


def _settled(row: ExceptionRow) -> tuple[str, str]:
    return row.resolved or row.opened, row.resolved if row.state not in WAITING else ""


def _arrived(row: DeliveryRow) -> tuple[str, str]:
    return row.ended or row.sent or row.asked or "1970-01-01", row.ended


def _recent(
    rows: list[tuple[str, msgspec.Raw]],
    structure: type[_Row],
    days: int,
    times: Callable[[_Row], tuple[str, str]],
) -> list[tuple[str, msgspec.Raw]]:
    """`times` of a row: when it is of, and when it was over (empty: it is not)."""
    told = [times(msgspec.json.decode(row, type=structure)) for _, row in rows]
    newest = max(at for at, _ in told)[:10]
    before = (dt.date.fromisoformat(newest) - dt.timedelta(days=days)).isoformat()
    return [row for row, (_, over) in zip(rows, told, strict=True) if not over or over >= before]
