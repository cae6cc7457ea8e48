"""The hub's own numbers of journal entries, over all tills and its own journal."""

from __future__ import annotations

from sync.hub import schema
from sync.hub.database import Connection


def next_n(connection: Connection) -> int:
    """The number that the next entry takes, asked inside the transaction that writes it."""
    return take(connection, 1)[0]


def take(connection: Connection, count: int) -> list[int]:
    """Numbers for so many entries of one chain, ascending.

    They grow along each chain and are never given twice. Where several processes book side by side
    they say nothing of the order of commits, and what was undone leaves a gap: whoever follows the
    journal goes by device, epoch and seq, or by the feed.
    """
    return connection.numbers(schema.event.c.n, count)
