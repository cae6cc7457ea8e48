"""Where a product stands in a store, and in which order one comes past it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Final

from sqlalchemy import bindparam, delete, select

from pos_app.domain.errors import Refused
from pos_app.domain.text import plain
from sync.hub import schema
from sync.hub.database import Connection, Statement, putting

TEXT_MAX: Final = 60
WALK_MAX: Final = 1_000_000

_p = schema.store_place.c
_ONE = Statement(
    "store_id sku",
    select(_p.place, _p.walk).where(
        _p.store_id == bindparam("store_id"), _p.sku == bindparam("sku")
    ),
)
_ALL = Statement(
    "store_id",
    select(_p.sku, _p.place, _p.walk)
    .where(_p.store_id == bindparam("store_id"))
    .order_by(_p.walk, _p.sku),
)
_PUT = putting(schema.store_place)
_CLEAR = Statement(
    "store_id", delete(schema.store_place).where(_p.store_id == bindparam("store_id"))
)


def place_of(connection: Connection, store_id: str, sku: str) -> tuple[str, int]:
    """(text, number on the way); ("", 0) where nobody said."""
    row = connection.one(_ONE, (store_id, sku)) if sku else None
    return (str(row[0]), int(row[1])) if row else ("", 0)


def every(connection: Connection, store_id: str) -> list[tuple[str, str, int]]:
    """(SKU, text, number on the way) of a store, in walking order."""
    return [(str(a), str(b), int(c)) for a, b, c in connection.all(_ALL, (store_id,))]


def put(connection: Connection, store_id: str, rows: Iterable[tuple[str, str, int]]) -> int:
    """Keeps the places of these products; how many."""
    made = [(store_id, sku, plain(text, TEXT_MAX), walk) for sku, text, walk in rows]
    connection.many(_PUT, made)
    return len(made)


def clear(connection: Connection, store_id: str) -> None:
    """Forgets where everything stands in a store."""
    connection.run(_CLEAR, (store_id,))


def read(lines: Iterable[str]) -> list[tuple[str, str, int]]:
    """The rows of a CSV file with the columns sku, place and, if it is there, walk.

    Without `walk` the file's own order is the way. Raises Refused("places_file_bad", line=).
    """
    table = csv.DictReader(lines)
    named = {name.strip().lower(): name for name in table.fieldnames or ()}
    if "sku" not in named or "place" not in named:
        raise Refused("places_file_bad", line=1)
    found: dict[str, tuple[str, int]] = {}
    for number, row in enumerate(table, 1):
        sku, place = (str(row[named[name]] or "").strip() for name in ("sku", "place"))
        walk = str(row[named["walk"]] or "").strip() if "walk" in named else str(number)
        if not sku or not (walk.isascii() and walk.isdigit()) or int(walk) > WALK_MAX:
            raise Refused("places_file_bad", line=table.line_num)
        found[sku] = (place, int(walk))
    return [(sku, *rest) for sku, rest in found.items()]
