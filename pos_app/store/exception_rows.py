"""What a till keeps of exceptions: the hub's word in the replica, people's decisions in the journal.

In the replica they stand beside the other rows of the hub that are read as they came (`reference`);
what was settled long ago goes with the next one that comes. A decision made here counts before the
hub has told of it: it is read from the journal's end, behind the place that the hub's rows contain.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.day import parse_utc, utc_text
from pos_app.domain.exceptions import WAITING
from pos_app.store.journal import place_of
from pos_app.store.reads import Reads, whole
from sync.protocol import ExceptionAssigned, ExceptionResolved, decode_fact
from sync.protocol.facts_exceptions import ExceptionRow

KIND: Final = "exception"
KEPT_DAYS: Final = 14
"""So long a till can look at what was settled."""

_PUT: Final = (
    "INSERT OR REPLACE INTO reference(kind, key, stream, body) VALUES('exception', ?, ?, ?)"
)
_ALL: Final = "SELECT key, body FROM reference WHERE kind = 'exception'"
_FORGET: Final = "DELETE FROM reference WHERE kind = 'exception' AND key = ?"
_DECISIONS: Final = (
    "SELECT body FROM journal WHERE place > ? AND type IN ('exception_assigned', "
    "'exception_resolved') ORDER BY place"
)
_rows = msgspec.json.Decoder(list[msgspec.Raw])
_row = msgspec.json.Decoder(ExceptionRow)

Decision = ExceptionAssigned | ExceptionResolved


def put(connection: dbapi2.Connection, stream: str, rows: bytes | msgspec.Raw) -> int:
    """Rows that came by the feed; how many. Settled ones of long before the newest go."""
    newest = ""
    bodies = _rows.decode(rows)
    for body in bodies:
        row = _row.decode(body)
        newest = max(newest, row.resolved or row.opened)
        connection.execute(_PUT, (row.id, stream, bytes(body)))
    if newest:
        before = utc_text(parse_utc(newest) - timedelta(days=KEPT_DAYS))
        for key, body in connection.execute(_ALL).fetchall():
            row = _row.decode(body)
            if row.state not in WAITING and row.resolved < before:
                connection.execute(_FORGET, (key,))
    return len(bodies)


def read(rows: list[tuple[str, bytes]]) -> list[ExceptionRow]:
    """The rows of `Catalogue.rows("exception")`."""
    return [_row.decode(body) for _key, body in rows]


class ExceptionReads(Reads):
    """The part of a ledger's reads that is about exceptions."""

    def decisions(self, after: tuple[int, int]) -> list[Decision]:
        """What people decided here behind a place (epoch, seq) of the journal, oldest first."""
        found: list[Any] = self._rows(_DECISIONS, (place_of(*after),))
        facts = [whole(decode_fact, body) for (body,) in found]
        return [fact for fact in facts if isinstance(fact, ExceptionAssigned | ExceptionResolved)]
