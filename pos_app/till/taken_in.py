"""What this till took in without giving money: it is back, whoever decides on the slip and when.

Kept beside the journal as reference rows, so that the same receipt is not taken in twice here. Where
the hub tells of it too it has the same id, and counts once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pos_app.store.reader import LedgerReads
    from pos_app.store.transaction import Transaction
    from sync.protocol import ReturnPended

KIND: Final = "taken_in"
REJECTED: Final = "REJECTED"
DECIDED: Final = frozenset({"CONFIRMED", "PAID", "ADJUSTED", REJECTED})


class TakenLine(msgspec.Struct, frozen=True, array_like=True):
    """Goods of a line; below zero like those of a refund."""

    of: int
    qty: int
    sku: str = ""


class TakenIn(msgspec.Struct, frozen=True):
    """A slip given here; by its names a refund of the sale without money."""

    id: str
    sale: str
    sale_doc: str
    slip: str
    at: str
    doc_no: str
    lines: tuple[TakenLine, ...]
    amount: int
    currency: str
    state: str = ""
    """What the hub said last; empty for nothing."""
    total: int = 0
    payable: int = 0
    payments: tuple[()] = ()


_decode: Final = msgspec.json.Decoder(TakenIn).decode


def every(reads: LedgerReads) -> list[TakenIn]:
    """All of it, the oldest first."""
    return sorted(map(_decode, reads.reference(KIND).values()), key=lambda each: each.id)


def of(reads: LedgerReads, sale: str) -> Iterator[TakenIn]:
    """What was taken in here of a sale."""
    return (each for each in every(reads) if each.sale == sale) if sale else iter(())


def keep(tx: Transaction, fact: ReturnPended) -> None:
    """In the transaction of the fact."""
    lines = tuple(TakenLine(row.of, -row.qty, row.sku) for row in fact.lines)
    row = TakenIn(
        *(fact.id, fact.sale, fact.sale_doc, fact.slip, fact.t.wall, fact.doc_no, lines),
        *(fact.amount, fact.currency),
    )
    tx.set_reference(KIND, fact.id, msgspec.json.encode(row))


def told(tx: Transaction, row: TakenIn, state: str) -> None:
    """What the hub says of a slip now; where it says no, the goods are the customer's again."""
    if state == REJECTED:
        tx.set_reference(KIND, row.id, None)
    else:
        kept = msgspec.structs.replace(row, state=state)
        tx.set_reference(KIND, row.id, msgspec.json.encode(kept))
