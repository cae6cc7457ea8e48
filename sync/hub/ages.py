"""Whether somebody looked at the buyer's age where the catalogue asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import literal_column, select

from sync.hub import feed, schema
from sync.hub.database import Connection, Statement
from sync.protocol import Sale

_d = schema.product.c
_LIMITED = Statement("", select(_d.sku, _d.age_limit).where(_d.age_limit > literal_column("0")))
_KEPT: Final[WeakKeyDictionary[Connection, tuple[int, dict[str, int]]]] = WeakKeyDictionary()
"""The limits, and at which position of the feed they were read: a catalogue seldom changes."""


def limits(connection: Connection) -> dict[str, int]:
    """SKU -> years a buyer must be, of everything that asks for an age."""
    pos = feed.positions(connection).get(feed.GLOBAL, 0)
    kept = _KEPT.get(connection)
    if kept is None or kept[0] != pos:
        kept = _KEPT[connection] = (pos, dict(connection.all(_LIMITED)))
    return kept[1]


def unchecked(
    connection: Connection, sales: Sequence[tuple[int, Sale]]
) -> Iterator[tuple[int, Sale, str]]:
    """Sales with a line whose buyer's age nobody checked, and which."""
    if not sales:
        return
    wanted = limits(connection)
    if not wanted:
        return
    for n, sale in sales:
        for line in sale.lines:
            if line.sku in wanted and not line.age_checked and not line.custom:
                yield n, sale, f"{line.sku}: {wanted[line.sku]}"
                break
