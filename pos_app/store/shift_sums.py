"""Do the sums in a journal add up: of each document, and of each Z over its shift.

A Z that was journalled again, by a till that was enrolled again, says what its own life knew: what both
lives had, and what it did itself; never what the hub brought of the other life of the same shift.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

import msgspec

from pos_app.domain.shift import CASH, ShiftTotals
from pos_app.store.journal_file import Record
from sync.protocol import (
    AnyFact,
    CashMoved,
    Refunded,
    Rejoined,
    Sale,
    ShiftClosed,
    ShiftOpened,
    Voided,
    decode_fact,
)

_SUMS: Final = (
    *("sales", "voids", "refunds", "refunded", "net", "tax", "total", "rounding"),
    *("cash_in", "cash_out", "drops", "orders", "values"),
)


def partings(records: Iterable[Record]) -> dict[int, int]:
    """Epoch -> the last entry of it that till and hub both had when it was enrolled again."""
    found: dict[int, int] = {}
    for record in records:
        if b'"rejoined"' in record.body:
            with suppress(msgspec.MsgspecError):
                fact = decode_fact(record.body)
                if isinstance(fact, Rejoined):
                    found[fact.old_epoch] = fact.agreed
    return found


class Shifts:
    """The shifts of a journal, counted entry by entry: of all, and of what each ended life knew."""

    def __init__(self, parted: dict[int, int]) -> None:
        self._all: dict[str, ShiftTotals] = {}
        self._parted = parted
        self._knew: dict[int, dict[str, ShiftTotals]] = {epoch: {} for epoch in parted}

    def take(self, fact: AnyFact) -> Iterator[str]:
        """The next entry; what of a Z is not what its entries come to."""
        again = self._knew.get(fact.was.epoch) if fact.was is not None else None
        for epoch, knew in self._knew.items():
            if self._known_to(epoch, fact):
                wrong = _fold(fact, knew)
                yield from wrong if knew is again else ()
        wrong = _fold(fact, self._all)
        yield from wrong if again is None else ()

    def _known_to(self, epoch: int, fact: AnyFact) -> bool:
        """Whether the life that was ended in `epoch`, by enrolling again, had this entry."""
        if fact.epoch > epoch:
            return fact.was is not None and fact.was.epoch <= epoch
        return fact.epoch < epoch or fact.seq <= self._parted[epoch]


def _fold(fact: AnyFact, shifts: dict[str, ShiftTotals]) -> list[str]:
    """Adds a fact to its shift; what a Z says otherwise than the shift comes to."""
    if isinstance(fact, ShiftOpened):
        shifts[fact.shift] = ShiftTotals(fact.currency, fact.float_amount)
    elif fact.shift in shifts:
        totals = shifts[fact.shift]
        _count(fact, totals)
        if isinstance(fact, ShiftClosed):
            return list(_closing(fact, totals))
    return []


def _count(fact: AnyFact, totals: ShiftTotals) -> None:
    """Adds a fact to its shift; the hour is only statistics."""
    if isinstance(fact, Sale):
        totals.add_sale(fact, 0)
    elif isinstance(fact, Voided):
        totals.add_void(fact, 0)
    elif isinstance(fact, Refunded):
        totals.add_refund(fact, 0)
    elif isinstance(fact, CashMoved):
        totals.add_move(fact.kind, fact.amount)


def sums(fact: Sale | Voided | Refunded) -> Iterator[str]:
    """Each sum of a document that its parts do not give."""
    due = 0
    if not isinstance(fact, Refunded):  # what is paid of orders, or put on cards, has no row of tax
        due = sum(line.total for line in fact.lines if line.order or line.value)
    parts = (
        ("net", sum(row.net for row in fact.taxes) + due, fact.net),
        ("tax", sum(row.tax for row in fact.taxes), fact.tax),
        ("net of the lines", sum(line.net for line in fact.lines), fact.net),
        ("tax of the lines", sum(line.tax for line in fact.lines), fact.tax),
        ("total", fact.net + fact.tax, fact.total),
        ("payable", fact.total + fact.rounding, fact.payable),
        ("payments", sum(paid.amount for paid in fact.payments), fact.payable),
    )
    for name, right, said in parts:
        if right != said:
            yield f"{name}: {said}, its parts come to {right}"


def _closing(fact: ShiftClosed, totals: ShiftTotals) -> Iterator[str]:
    told = [(name, getattr(fact, name), getattr(totals, name)) for name in _SUMS]
    told += [
        ("cash", row.expected, totals.expected_cash) for row in fact.tenders if row.tender == CASH
    ]
    for name, said, right in told:
        if said != right:
            yield f"the Z says {name} {said}, its entries come to {right}"
