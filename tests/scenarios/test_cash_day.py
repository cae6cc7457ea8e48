"""A day in which the drawer moves without sales, offline for part of it: the hub's books are equal."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from pos_app.store.keys import Keys
from pos_app.store.reader import JournalReader
from sync.protocol import CashMoved, ShiftClosed, decode_fact
from tests.scenarios.hub import hub_in
from tests.till.test_play import play

pytestmark = pytest.mark.slow

DAY = Path(__file__).parent / "days" / "cash.toml"


def every_fact(data: Path):
    with closing(JournalReader(data, Keys.load(data).db_key)) as reader:
        entries = reader.entries((0, 0), 10_000, 1 << 24)
    return [decode_fact(entry.body) for entry in entries]


def test_the_hubs_books_are_the_drawers(tmp_path):
    with hub_in(tmp_path) as hub:
        (data,) = hub.enrol(1)
        status, lines, said = play(DAY, data)
        assert status == 0, (lines[-1:], said)
        report = hub.report()
        facts = every_fact(data)
    moved: Counter[str] = Counter()
    for fact in facts:
        if isinstance(fact, CashMoved):
            moved[fact.kind] += fact.amount
    assert {row["kind"]: row["amount"] for row in report["cash"]["moves"]} == dict(moved)
    assert dict(moved) == {"in": 3_000, "out": 1_750, "drop": 15_000}
    (z,) = [fact for fact in facts if isinstance(fact, ShiftClosed)]
    (shift,) = report["cash"]["shifts"]
    cash = next(row for row in z.tenders if row.tender == "cash")
    assert (shift["expected_cash"], shift["counted_cash"]) == (cash.expected, cash.counted)
    assert (cash.expected, cash.difference) == (8_994, -994)
    assert [row.reason for row in z.moves] == [
        "change brought", "window cleaner", "drawer full", "stamps",
    ]  # fmt: skip
    assert z.unsent > 0, "it was closed while the line was down"
    assert [(one["kind"], one["amount"]) for one in report["exceptions"]] == [("variance", -994)]
