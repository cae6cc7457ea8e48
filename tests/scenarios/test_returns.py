"""A day of returns over two tills and their hub: equal books, and what came back twice is told."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pos_app.store.keys import Keys
from pos_app.store.reader import JournalReader
from sync.protocol import Refunded, Sale, Voided, decode_fact
from tests.scenarios.hub import hub_in, sync_once
from tests.scenarios.test_days import played

pytestmark = pytest.mark.slow


def documents(data: Path) -> list[Sale | Voided | Refunded]:
    with JournalReader(data, Keys.load(data).db_key) as journal:
        found = [decode_fact(entry.body) for entry in journal.entries((0, 0))]
    return [fact for fact in found if isinstance(fact, Sale | Voided | Refunded)]


def test_two_tills_and_their_hub_have_equal_books(tmp_path):
    with hub_in(tmp_path / "hub") as hub:
        one, two = hub.enrol(1, 2)
        played("returns_one", one)
        assert hub.report()["exceptions"] == []
        sync_once(two)
        played("returns_two", two)
        assert hub.report()["exceptions"] == []
        played("returns_twice", one)
        report = hub.report()

    every = documents(one) + documents(two)
    refunds = [fact for fact in every if isinstance(fact, Refunded)]
    assert (report["sales"], report["voids"], report["refunds"]) == (3, 0, len(refunds))
    assert len(refunds) == 6
    assert report["refunded"] == -sum(fact.total for fact in refunds)
    assert report["total"] == sum(fact.total for fact in every)
    assert report["tax"] == sum(fact.tax for fact in every)
    taxes: Counter[tuple[str, int]] = Counter()
    tendered: Counter[str] = Counter()
    moved: Counter[str] = Counter()
    for fact in every:
        for row in fact.taxes:
            taxes[row.code, row.rate_ppm] += row.tax
        for paid in fact.payments:
            tendered[paid.tender] += paid.amount
        for line in fact.lines:
            if getattr(line, "condition", "") != "damaged":
                moved[line.sku] -= line.qty
    assert {(row["code"], row["rate_ppm"]): row["tax"] for row in report["by_tax"]} == taxes
    assert report["by_tender"] == dict(tendered)
    assert report["stock"] == {sku: qty for sku, qty in moved.items() if qty}
    assert report["damaged"] == {"COFFEE": 1_000}

    (told,) = report["exceptions"]
    (scarf,) = [line for line in documents(one)[0].lines if line.sku == "SCARF"]
    assert told["kind"] == "over_return"
    assert told["amount"] == (scarf.total + 1) // 2, "one scarf of three was not sold"
    assert "3000 of 2000 came back" in told["detail"]
