"""Points and credit from one account to another: not one more, not one less, each once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from sync.hub import accounts, own_journal, rights
from sync.hub.answers import RandomIds, stamp
from sync.hub.database import Connection
from sync.hub.identity import load_keys
from sync.protocol import CustomerErased, RightPart, ValueMoved

KINDS: Final = ("points", "credit")
"""What belongs to a person; a gift card is whose its code is."""
OUT, IN = "out", "in"
MOVED: Final = "moved"
MERGED, LATE, PARTED, TO_CODE = "merged", "late", "parted", "to_code"
_IDS: Final = RandomIds()


def entry(fact: str, end: str) -> str:
    """The name under which one of the two movements of a fact is booked."""
    return f"{fact}:{end}"


def entries(fact: ValueMoved | CustomerErased) -> Iterator[tuple[str, str, str, int]]:
    """(name, kind, account, amount) of what a fact booked; above 0 went out."""
    if isinstance(fact, ValueMoved):
        yield entry(fact.id, OUT), fact.kind, fact.source, fact.amount
        yield entry(fact.id, IN), fact.kind, fact.target, -fact.amount
        return
    for kind, amount in fact.forfeited:
        yield entry(fact.id, kind), kind, fact.account, amount


def free(connection: Connection, kind: str, account: str, now: dt.datetime) -> int:
    """What of an account can go: nothing that somebody may still spend by a right."""
    return max(accounts.available(connection, kind, account, now), 0)


def move(
    connection: Connection,
    kind: str,
    amount: int,
    way: tuple[str, str],
    *,
    about: str,
    why: str,
    now: dt.datetime,
) -> int:
    """Moves so much, or what of it is free, from one account to the other; how much it was.

    Two entries of one fact of the hub's own journal, in the caller's transaction.
    """
    source, target = way
    if source == target or amount <= 0:
        return 0
    accounts.lock(connection, [(kind, source), (kind, target)])
    amount = min(amount, free(connection, kind, source, now))
    if amount <= 0:
        return 0
    fact = ValueMoved(
        **own_journal.head(now, _IDS),
        kind=kind,
        amount=amount,
        source=source,
        target=target,
        about=about,
        why=why,
    )
    own_journal.append(connection, load_keys(connection), fact, now)
    for name, _, account, moved in entries(fact):
        own = (name, "", RightPart(kind, account, moved), own_journal.DEVICE, stamp(now))
        rights.note(connection, *own, about=about, reason=MOVED)
        accounts.move_account(connection, kind, account, credit=-moved)
    return amount


def move_all(
    connection: Connection, way: tuple[str, str], *, about: str, why: str, now: dt.datetime
) -> tuple[tuple[str, int], ...]:
    """Everything that is free; (kind, amount) of what there was."""
    moved = []
    for kind in KINDS:
        there = free(connection, kind, way[0], now)
        amount = move(connection, kind, there, way, about=about, why=why, now=now) if there else 0
        if amount:
            moved.append((kind, amount))
    return tuple(moved)
