"""What the tills of a run promised to people: the memory that no fault can touch.

A fact that somebody tried to write ends in one of three ways: it is durable and its receipt was
handed out, it was refused, or nobody knows (the process ended, or COMMIT said that it failed). What
was handed out must be found again for ever; what was refused, never.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sync.simulation.faults import expect


@dataclass(frozen=True, slots=True)
class Printed:
    """A receipt in a customer's hand, or what stands for one."""

    fact_id: str
    till: str
    kind: str
    doc_no: str
    hash: str
    total: int


@dataclass(slots=True)
class Promises:
    """All of one run."""

    printed: dict[str, Printed] = field(default_factory=dict)
    """By the fact's id."""
    numbers: dict[str, Printed] = field(default_factory=dict)
    """By the receipt's number."""
    refused: set[str] = field(default_factory=set)
    unknown: dict[str, str] = field(default_factory=dict)
    """The fact's id -> its till."""
    strange: set[str] = field(default_factory=set)
    """Facts of a type that the hub does not know."""
    reused: set[tuple[str, str]] = field(default_factory=set)
    """(till, id) where that till gave an id to a fact that another till had given before."""
    impossible: set[str] = field(default_factory=set)
    """Facts that no books can hold."""
    carried: set[str] = field(default_factory=set)
    """Facts on the disk of a till at the moment when it was enrolled again."""
    undetected: set[str] = field(default_factory=set)
    """Those whose copy nothing on its machine tells from the original."""
    lost_disks: set[str] = field(default_factory=set)
    """Tills that were put back to an earlier copy of themselves, or copied."""

    def begins(self, fact_id: str, till: str) -> None:
        """Somebody is about to write it; until told otherwise nobody knows how that ended."""
        self.unknown[fact_id] = till

    def hands_out(self, receipt: Printed) -> None:
        """It is durable, and the customer has the receipt."""
        self.unknown.pop(receipt.fact_id, None)
        self.printed[receipt.fact_id] = receipt
        if receipt.doc_no and receipt.till not in self.undetected:
            before = self.numbers.setdefault(receipt.doc_no, receipt)
            expect(
                before.fact_id == receipt.fact_id,
                f"I6: receipt {receipt.doc_no} was printed for {before.fact_id} "
                f"and again for {receipt.fact_id}",
            )

    def refuses(self, fact_id: str) -> None:
        """The person was told that it was not written."""
        self.unknown.pop(fact_id, None)
        self.refused.add(fact_id)

    def of(self, till: str) -> list[Printed]:
        """What a till handed out."""
        return [one for one in self.printed.values() if one.till == till]

    def kept(self) -> list[Printed]:
        """What was handed out by tills whose disks were never lost."""
        return [one for one in self.printed.values() if one.till not in self.lost_disks]
