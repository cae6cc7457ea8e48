"""What is being handed over of a customer's order: kept with the basket until it is a fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

QR, CODE, NAME = "qr", "code", "name"
"""Proofs: the signed pass, the short code typed, or name, order number and ID looked at."""
SELF, NAMED, OTHER = "self", "named", "other"
"""Who came: who ordered, whom they named, or somebody else."""
COLLECTORS: Final = (SELF, NAMED, OTHER)


@dataclass(frozen=True, slots=True)
class HandedLine:
    """Goods of one line of an order that go over the counter."""

    line: str
    """The platform's id of it."""
    sku: str
    """What is handed over: the one instead, where another was agreed."""
    qty: int
    """Thousandths."""
    ordered: str = ""
    """What was ordered, where another was agreed."""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Handing:
    """A hand-over about to happen."""

    reservation: str
    order: str
    name: str
    lines: tuple[HandedLine, ...]
    proof: str = QR
    collector: str = SELF
    id_seen: bool = False
    due: int = 0
    """What is to be paid with it, minor units."""
    whole: bool = True
    """False where goods of the order stay here for another time."""
    reason: str = ""
    """Why it is handed over without a code."""
    approver: str = ""
    """Who agreed to that."""
    worth: int = 0
    """What the order is worth, minor units: above a limit somebody's ID is looked at."""
    currency: str = ""
    paid_by: str = ""
    """How what is not due was paid, in words of the shop."""
    bags: int = 0

    @property
    def goods(self) -> tuple[tuple[str, int], ...]:
        """(SKU, thousandths) that leave the store, one of each SKU."""
        found: dict[str, int] = {}
        for line in self.lines:
            found[line.sku] = found.get(line.sku, 0) + line.qty
        return tuple(found.items())

    @property
    def instead(self) -> tuple[tuple[str, str, int], ...]:
        """(SKU ordered, SKU given, thousandths)."""
        return tuple((each.ordered, each.sku, each.qty) for each in self.lines if each.ordered)
