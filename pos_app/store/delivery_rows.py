"""Transfers and deliveries as the hub tells the tills of a store; the row of the highest version holds.

They stand beside the other rows of the hub that are read as they came (`reference`). One that ended
goes a fortnight before the newest.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.day import parse_utc, utc_text
from sync.protocol import DeliveryRow

KIND: Final = "delivery"
KEPT_DAYS: Final = 14

_PUT: Final = (
    "INSERT OR REPLACE INTO reference(kind, key, stream, body) VALUES('delivery', ?, '', ?)"
)
_ONE: Final = "SELECT body FROM reference WHERE kind = 'delivery' AND key = ?"
_ALL: Final = "SELECT key, body FROM reference WHERE kind = 'delivery'"
_FORGET: Final = "DELETE FROM reference WHERE kind = 'delivery' AND key = ?"
_row = msgspec.json.Decoder(DeliveryRow)
_encode = msgspec.json.Encoder().encode

read_rows: Final = msgspec.json.Decoder(list[DeliveryRow])


def put(connection: dbapi2.Connection, rows: list[DeliveryRow]) -> None:
    """Rows that came by the feed, in whatever order."""
    newest = ""
    for row in rows:
        held = connection.execute(_ONE, (row.delivery,)).fetchone()
        if held is None or _row.decode(held[0]).version <= row.version:
            connection.execute(_PUT, (row.delivery, _encode(row)))
        newest = max(newest, row.ended)
    if newest:
        before = utc_text(parse_utc(newest) - timedelta(days=KEPT_DAYS))
        for key, body in connection.execute(_ALL).fetchall():
            if "" < _row.decode(body).ended < before:
                connection.execute(_FORGET, (key,))


def read(rows: list[tuple[str, bytes]]) -> list[DeliveryRow]:
    """The rows of `Catalogue.rows("delivery")`."""
    return [_row.decode(body) for _key, body in rows]
