"""Whether this ledger is known to be the one life of its till, and since when it is not.

A till that may be a restored copy, or one of two, sells on for cash and by card: each document then
has a number of a series of its own, so nothing that another life printed is printed again. What
only one life may do (rights, pickups, returns of a receipt) waits for the hub.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec
from sqlcipher3 import dbapi2

from pos_app.store.machine import Machine
from sync.protocol import PROVEN_DOUBTS, Head

DOUBT: Final = "doubt"
MACHINE: Final = "machine"
BEHIND: Final = "behind_witness"
"""The ledger is older than what its witness saw."""
MISSING: Final = "no_witness"
"""There is no witness where there should be one."""
OTHER_MACHINE: Final = "other_machine"
"""The files are on another machine or disk than they were."""
PROVEN: Final = PROVEN_DOUBTS
"""Reasons that a hub's "ok" does not take away: numbers were given that this ledger has not."""
SET: Final = (
    "INSERT INTO setting (name, value) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_SELECT: Final = "SELECT value FROM setting WHERE name = ?"


class ChainState(StrEnum):
    """What is known of this till's chain."""

    HEALTHY = "healthy"
    SUSPECT = "suspect"
    """Perhaps a copy: the hub is to be asked."""
    ROLLED_BACK = "rolled_back"
    """The hub holds another history, or this one is known to be older: enrol again."""
    FENCED = "fenced"
    """Another copy was enrolled since: enrol as a new till."""


HEALTHY: Final = ChainState.HEALTHY


class Doubt(msgspec.Struct, frozen=True, omit_defaults=True):
    """A state with its reason, and the series in which documents are numbered meanwhile."""

    state: ChainState = ChainState.HEALTHY
    why: str = ""
    """A reason of `witness` or here, or the hub's word: rolled_back, fork, fenced."""
    mark: str = ""
    """Stands in document numbers after the epoch; empty in the plain series."""
    since: int = 0
    """The last entry before it."""
    seen: Head | None = None
    """What the witness saw that the ledger does not hold."""
    nth: int = 0
    """How many doubts this till has begun, over all its epochs: kept also when one is over."""
    at: Machine = Machine()
    """Where it was when this series began: elsewhere another begins."""

    def still_at(self, here: Machine) -> bool:
        """Whether the series is this machine's; one of an older program does not tell."""
        return not self.at.differs(here)


def read(connection: dbapi2.Connection) -> Doubt:
    """The doubt that is noted in a ledger; one that nobody can read is a doubt too."""
    row = connection.execute(_SELECT, (DOUBT,)).fetchone()
    if row is None:
        return Doubt()
    try:
        return msgspec.json.decode(row[0], type=Doubt)
    except msgspec.MsgspecError:
        return Doubt(ChainState.SUSPECT, MISSING)


def read_value(connection: dbapi2.Connection, name: str) -> bytes | None:
    """What the ledger's `setting` holds under a name."""
    row = connection.execute(_SELECT, (name,)).fetchone()
    return None if row is None else bytes(row[0])


def machine_of(connection: dbapi2.Connection) -> Machine | None:
    """Where a ledger's files are known to be; None where nobody has looked yet."""
    held = read_value(connection, MACHINE)
    return None if held is None else msgspec.json.decode(held, type=Machine)


def suspicion(held: Doubt, why: str, *, moved: bool, here: Machine) -> str:
    """Why another doubt begins at a start; empty where nothing is new.

    `why` is the witness's word. Files that came to another machine, and those of a doubt that came
    to yet another, are a second life: what the first prints meanwhile nobody here knows. A proven
    reason stays the reason.
    """
    elsewhere = moved if held.state is HEALTHY else not held.still_at(here)
    if elsewhere and why != BEHIND:
        return OTHER_MACHINE
    if why and why not in PROVEN and held.why in PROVEN:
        return held.why
    return why


def mark_of(*facts: object) -> str:
    """The name of a series that no other life of the till comes upon: six digits, to be typed."""
    digest = sha256("|".join(map(str, facts)).encode()).digest()
    return f"-{int.from_bytes(digest[:8], 'big') % 900_000 + 100_000}"
