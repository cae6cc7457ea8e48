"""What stands on a simulated counter, and what its customers have in their pockets."""

from __future__ import annotations

from dataclasses import dataclass, field

from pos_app.domain.value_code import ValueCode
from sync.link import SyncStatus


class Line:
    """The line to sync as a window has it."""

    connected = True

    def __init__(self) -> None:
        self.status = SyncStatus()

    def nudge(self) -> None:
        """The world nudges sync, or forgets to."""


class Printer:
    """One that is always there; the world prints what is queued."""

    def close(self) -> None:
        """Nothing to let go."""


@dataclass(slots=True)
class Pockets:
    """What all customers of a run have on them."""

    codes: list[ValueCode] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    """Ids of sales, and of orders that were fetched."""
    slips: dict[str, str] = field(default_factory=dict)
    """Account of a slip -> the fact that made it."""
