"""The store's documents as the hub tells its tills: what another till sold can be taken back here.

Written by sync, read by the window, both through the replica; kept for `KEPT_DAYS`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from sqlcipher3 import dbapi2

from sync.protocol.messages import SaleRefRow

KEPT_DAYS: Final = 60
FOUND_MAX: Final = 60

PUT: Final = (
    "INSERT OR REPLACE INTO sale_ref(id, kind, of, doc_no, biz_date, wall, till, amount, body)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
PRUNE: Final = "DELETE FROM sale_ref WHERE biz_date < date(?, ?)"
BY_NUMBER: Final = "SELECT body FROM sale_ref WHERE doc_no = ? AND kind = 'sale' LIMIT 1"
BY_ID: Final = "SELECT body FROM sale_ref WHERE id = ?"
OF_SALE: Final = "SELECT body FROM sale_ref WHERE of = ? AND of <> '' ORDER BY wall, id"
RECENT: Final = (
    "SELECT body FROM sale_ref WHERE biz_date >= ? AND till <> ?"
    " AND (? OR instr(doc_no, ?) OR amount IN (?, ?)) ORDER BY biz_date DESC, wall DESC LIMIT ?"
)
BEFORE: Final = {
    statement: f"SELECT NULL WHERE 0 AND NULL IN ({', '.join('?' * statement.count('?'))})"
    for statement in (BY_NUMBER, BY_ID, OF_SALE, RECENT)
}
"""What a file of before is asked, which has no such table: nothing, in as many parameters."""

_rows = msgspec.json.Decoder(list[SaleRefRow])
_row = msgspec.json.Decoder(SaleRefRow)
_encode = msgspec.json.Encoder().encode

read_rows = _rows


def put(connection: dbapi2.Connection, rows: list[SaleRefRow]) -> None:
    """Documents that came by the feed; those that are older than what is kept go."""
    connection.executemany(
        PUT,
        [
            (
                *(row.id, row.kind, row.of, row.doc_no, row.biz_date, row.wall, row.till),
                *(row.payable, _encode(row)),
            )
            for row in rows
        ],
    )
    if rows:
        newest = max(row.biz_date for row in rows)
        connection.execute(PRUNE, (newest, f"-{KEPT_DAYS} days"))


def first(rows: Iterable[tuple[bytes]]) -> SaleRefRow | None:
    """The first document of an answer."""
    return next(iter(every(rows)), None)


def every(rows: Iterable[tuple[Any]]) -> list[SaleRefRow]:
    """All documents of an answer."""
    return [_row.decode(body) for (body,) in rows]
