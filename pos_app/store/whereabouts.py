"""What a copy of a ledger is known by: its second witness, and the machine it is on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pos_app.store.keys import kept_in_keyring
from pos_app.store.machine import Machine, this_machine
from pos_app.store.witness import second_place


@dataclass(frozen=True, slots=True)
class Where:
    """Where the witnesses of a ledger are, and where the ledger is."""

    beside: Path | None = None
    """The directory of the second witness."""
    keyring: bool = False
    """The system's keyring is a third."""
    machine: Machine = field(default_factory=Machine)


NOWHERE: Final = Where()
"""A ledger that only the witness beside it tells of: no till's own."""


def where_of(data: Path) -> Where:
    """What copies of the till in `data` are known by on this machine."""
    return Where(second_place(), kept_in_keyring(data), this_machine(data))
