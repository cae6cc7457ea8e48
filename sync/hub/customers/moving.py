"""Points and credit from one account to another: not one more, not one less, each once."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sync.hub import accounts, own_journal, rights
from sync.hub.answers import RandomIds, stamp
from sync.hub.database import Connection
from sync.hub.identity import load_keys
from sync.protocol import RightPart, ValueMoved

KINDS: Final = ("points", "credit")
"""What belongs to a person; a gift card is whose its code is."""
OUT, IN = "out", "in"
MOVED: Final = "moved"
MERGED, LATE, PARTED, TO_CODE = "merged", "late", "parted", "to_code"
_IDS: Final = RandomIds()


def entry(fact: str, end: str) -> str:
    """The name under which one of the two movements of a fact is booked."""
    return f"{fact}:{end}"


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
    for end, account, sign in ((OUT, source, 1), (IN, target, -1)):
        part = RightPart(kind, account, sign * amount)
        own = (entry(fact.id, end), "", part, own_journal.DEVICE, stamp(now))
        rights.note(connection, *own, about=about, reason=MOVED)
        accounts.move_account(connection, kind, account, credit=-sign * amount)
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
