"""The hub's own numbers of journal entries: dense over all tills and its own journal."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select

from sync.hub import schema
from sync.hub.database import Connection, Statement

_LAST_N: Final = Statement("", select(func.max(schema.event.c.n)))


def next_n(connection: Connection) -> int:
    """The number that the next entry takes, asked inside the transaction that writes it."""
    found = connection.one(_LAST_N)
    return int(found[0] or 0) + 1 if found else 1
