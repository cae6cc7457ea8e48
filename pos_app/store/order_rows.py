"""Customers' orders as the hub tells the tills of a store: written by sync, read by the window.

The row of the highest version holds, in whatever order they come. What is over goes `KEPT_DAYS`
after the last thing that happened to it; what is open stays until the hub says that it is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from sqlcipher3 import dbapi2

from sync.protocol.orders import OrderRow

KIND: Final = "order"
KEPT_DAYS: Final = 14
"""So long a till can look at what is over."""
TO_PICK, READY, DONE = 0, 1, 2
"""Segments: to be picked, on the shelf (or to go back from there), over."""
NOWHERE: Final = "\uffff"
"""Stands behind every time and shelf: what has none comes last."""

_SEGMENTS: Final = {
    "RESERVED": TO_PICK,
    "PICKING": TO_PICK,
    "READY": READY,
    "PARTLY": READY,
    "LAPSED": READY,
    "CANCELLING": READY,
}
_PUT: Final = (
    "INSERT INTO order_part(reservation, order_id, name, digits, version, segment, state, rank,"
    " code_end, ended, hay, body) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT(reservation) DO UPDATE SET order_id = excluded.order_id, name = excluded.name,"
    " digits = excluded.digits, version = excluded.version, segment = excluded.segment,"
    " state = excluded.state, rank = excluded.rank, code_end = excluded.code_end,"
    " ended = excluded.ended, hay = excluded.hay, body = excluded.body"
    " WHERE excluded.version >= order_part.version"
)
_PRUNE: Final = (
    "DELETE FROM order_part WHERE segment = 2 AND ended < strftime('%Y-%m-%dT%H:%M:%fZ',"
    " (SELECT value FROM state WHERE name = 'as_of'), ?)"
)
"""By the hub's time: the clock of a till that is years ahead takes nothing from the others."""

COUNTS: Final = "SELECT segment, count(*) FROM order_part GROUP BY segment"
PAGE: Final = (
    "SELECT body FROM order_part WHERE segment = ?1"
    " AND reservation NOT IN (SELECT value FROM json_each(?3))"
    " ORDER BY rank, name LIMIT ?2"
)
DONE_PAGE: Final = (
    "SELECT body FROM order_part WHERE segment = 2 AND 2 = ?1"
    " AND reservation NOT IN (SELECT value FROM json_each(?3))"
    " ORDER BY ended DESC LIMIT ?2"
)
SEARCHED: Final = (
    "SELECT body FROM order_part WHERE rowid IN"
    " (SELECT rowid FROM order_part WHERE segment = ?1 AND instr(hay, ?4))"
    " AND reservation NOT IN (SELECT value FROM json_each(?3))"
    " ORDER BY rank, name LIMIT ?2"
)
BY_ID: Final = "SELECT body FROM order_part WHERE reservation = ?"
BY_IDS: Final = "SELECT body FROM order_part WHERE reservation IN (SELECT value FROM json_each(?))"
BY_ORDER: Final = "SELECT body FROM order_part WHERE order_id = ? ORDER BY segment, rank LIMIT 20"
BY_NAME: Final = "SELECT body FROM order_part WHERE name = ? ORDER BY segment, rank LIMIT 20"
BY_DIGITS: Final = (
    "SELECT body FROM order_part WHERE digits = ? AND digits <> '' ORDER BY segment, rank LIMIT 20"
)
BY_CODE_END: Final = "SELECT body FROM order_part WHERE code_end = ? AND code_end <> ''"
FOUND: Final = (
    "SELECT body FROM order_part WHERE rowid IN"
    " (SELECT rowid FROM order_part WHERE instr(hay, ?)) ORDER BY segment, rank, name LIMIT ?"
)
BEFORE: Final = {
    statement: f"SELECT NULL WHERE 0 AND NULL IN ({marks})"
    for statement, marks in (
        (COUNTS, "0"),
        (PAGE, "?1, ?2, ?3"),
        (DONE_PAGE, "?1, ?2, ?3"),
        (SEARCHED, "?1, ?2, ?3, ?4"),
        (BY_ID, "?"),
        (BY_IDS, "?"),
        (BY_ORDER, "?"),
        (BY_NAME, "?"),
        (BY_DIGITS, "?"),
        (BY_CODE_END, "?"),
        (FOUND, "?, ?"),
    )
}
"""What a file of before is asked, which has no such table: nothing, in as many parameters."""

_rows = msgspec.json.Decoder(list[OrderRow])
_row = msgspec.json.Decoder(OrderRow)
_encode = msgspec.json.Encoder().encode

read_rows = _rows


def segment_of(state: str) -> int:
    """Where an order in that state is listed."""
    return _SEGMENTS.get(state, DONE)


def rank_of(row: OrderRow) -> str:
    """What it is listed by: the time it is to be ready, or where it lies and how long."""
    if segment_of(row.state) == TO_PICK:
        return row.promised or NOWHERE
    return f"{row.shelf or NOWHERE}\t{row.keep_until or NOWHERE}"


def ended(row: OrderRow) -> str:
    """When the last thing happened to it, UTC."""
    return max((event.at for event in row.history), default=row.ready or row.placed)


def name_key(name: str) -> str:
    """What people call an order, as it is filed: `w-10482`."""
    return "".join(name.split()).casefold()


def digits_of(text: str) -> str:
    """The digits of a name or a phone number, in their order."""
    return "".join(sign for sign in text if sign.isdecimal())


def hay_of(row: OrderRow) -> str:
    """What an order is searched by: name, customer, who comes for it, phone."""
    told = (row.name, row.customer, row.collector, digits_of(row.phone), row.code_end)
    return "\n".join(told).casefold()


def put(connection: dbapi2.Connection, rows: list[OrderRow]) -> None:
    """Orders that came by the feed; those that have been over for long go."""
    connection.executemany(
        _PUT,
        [
            (
                *(row.reservation, row.order, name_key(row.name), digits_of(row.name)),
                *(row.version, segment_of(row.state), row.state, rank_of(row)),
                *(row.code_end.upper(), ended(row), hay_of(row), _encode(row)),
            )
            for row in rows
        ],
    )
    connection.execute(_PRUNE, (f"-{KEPT_DAYS} days",))


def every(rows: Iterable[tuple[Any]]) -> list[OrderRow]:
    """All orders of an answer."""
    return [_row.decode(body) for (body,) in rows]
