"""The tables are a fold over the journal: comparing finds any difference, rebuilding ends it."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from pos_app.domain.shift import ShiftTotals
from pos_app.store.ledger import Ledger
from pos_app.store.projections import differences
from sync.protocol import BasketCancelled, DrawerOpened, LineRemoved, ReceiptCopied, SignedIn
from tests.store.books import DAY, KEYS, SHIFT, ToldClock, new_ledger, open_shift, sell, void
from tests.store.test_ledger import closing


def a_day(ledger: Ledger, seed: int, steps: int = 60) -> None:
    """Anything a till does, in a random order, over several shifts."""
    draw = random.Random(seed)
    shift, number = SHIFT, 1
    standing = []
    for _ in range(steps):
        act = draw.random()
        if act < 0.55:
            prices = [draw.randrange(1, 9_999) for _ in range(draw.randrange(1, 6))]
            day = draw.choice((DAY, "2026-11-26"))
            standing.append(sell(ledger, prices, shift=shift, business_date=day))
            continue
        with ledger.transaction() as tx:
            stamp = tx.stamp(business_date=DAY, shift=shift)
            if act < 0.65 and standing:
                tx.append(void(tx, standing.pop(draw.randrange(len(standing)))))
            elif act < 0.7 and standing:
                of = standing[-1]
                tx.append(ReceiptCopied(**stamp, sale=of.id, sale_doc=of.doc_no, copy=1))
            elif act < 0.8:
                tx.append(BasketCancelled(**stamp, currency="EUR", lines=2, total=300))
            elif act < 0.85:
                tx.append(DrawerOpened(**stamp, reason="change"))
            elif act < 0.9:
                rest = {"sku": "S", "label": "L", "qty": 1_000, "total": 1, "currency": "EUR"}
                tx.append(LineRemoved(**stamp, basket="b", **rest))
            elif act < 0.95:
                tx.append(SignedIn(**stamp))
            else:
                tx.append(closing(stamp))
                number += 1
                shift = f"shift-{number}"
                open_shift(tx, shift, number)


@pytest.mark.parametrize("seed", range(6))
def test_what_was_written_is_what_the_journal_folds_to(data: Path, seed: int) -> None:
    clock = ToldClock()
    ledger = new_ledger(data, clock)
    a_day(ledger, seed)
    ledger.close()
    with Ledger.open(data, KEYS, clock) as ledger:  # totals held in memory are gone
        a_day_more = ledger.current_shift()
        assert a_day_more is not None
        for _ in range(3):
            sell(ledger, shift=a_day_more.shift_id)
        assert differences(ledger.connection) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE sale SET total = total + 1 WHERE place = (SELECT max(place) FROM sale)",
        "DELETE FROM sale_tender WHERE place = (SELECT min(place) FROM sale)",
        "UPDATE sale_line SET moved = 0 WHERE line = 1",
        "UPDATE day SET sales = sales + 1",
        "DELETE FROM shift",
        "INSERT INTO day VALUES ('2099-01-01', 'EUR', 1, 0, 1, 0, 1, 0, 1, 0, 0)",
    ],
)
def test_a_table_that_says_something_else_is_found_and_made_again(
    ledger: Ledger, damage: str
) -> None:
    a_day(ledger, 1)
    ledger.connection.execute(damage)
    assert differences(ledger.connection)
    head = ledger.head()
    assert ledger.rebuild() == head.seq
    assert differences(ledger.connection) == []
    assert ledger.head() == head
    shift = ledger.current_shift()
    assert shift is not None
    sell(ledger, shift=shift.shift_id)
    assert differences(ledger.connection) == []


def test_the_shift_counts_its_money(ledger: Ledger) -> None:
    a_day(ledger, 3)
    for shift in {row.shift for row in ledger.sales(500)}:
        rows = ledger.sales(500, shift)
        totals = ledger.shift_totals(shift)
        assert totals.total == sum(row.total for row in rows)
        assert sum(totals.tenders.values()) == sum(row.payable for row in rows)
        assert totals.tax + totals.net == totals.total
        assert totals.sales - totals.voids == sum(1 if not row.void_of else -1 for row in rows)


def test_wrong_totals_in_memory_do_not_outlive_a_rebuild(ledger: Ledger) -> None:
    sell(ledger)
    empty = msgspec.msgpack.encode(ShiftTotals("EUR"))
    ledger.connection.execute("UPDATE shift SET totals = ?", (empty,))
    ledger.projector.forget()
    sell(ledger)
    assert ledger.shift_totals(SHIFT).sales == 1, "the damage is in memory now"
    ledger.rebuild()
    sell(ledger)
    assert ledger.shift_totals(SHIFT).sales == 3
    assert differences(ledger.connection) == []
