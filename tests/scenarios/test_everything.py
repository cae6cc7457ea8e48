"""One day of all of it over two tills, a terminal and a hub: the hub's books are the tills'."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hardware.terminals.machine import Book
from sync.protocol import CashMoved, Refunded, Sale, ShiftClosed, Voided
from tests.scenarios.hub import Hub, hub_in, sync_once
from tests.scenarios.test_cash_day import every_fact
from tests.scenarios.test_days import played

pytestmark = pytest.mark.slow

GOODS = """sku,name,price,tax,barcode,stock,unit,age_limit
WINE,Red wine,9.90,standard,9002490100087,50,,18
BUN,Bun,1.10,reduced,9002490100094,500,,
12345,Mountain cheese,23.99,reduced,,100,kg,
"""
OFFERS = """
[[promotion]]
id = "three"
label = "3 for 2"
kind = "n-for-m"
buy = 3
pay = 2
sku = ["SCARF"]

[[promotion]]
id = "breakfast"
label = "Breakfast"
kind = "bundle"
part = ["COFFEE", "BUN * 2"]
price = 8.49

[[promotion]]
id = "once"
label = "Thank you"
kind = "percent"
percent = 50
coupon = "ONCE"
single_use = true
"""


def furnish(hub: Hub) -> None:
    """More goods, promotions, a label's pattern."""
    goods, offers = hub.folder / "more.csv", hub.folder / "offers.toml"
    goods.write_text(GOODS)
    offers.write_text(OFFERS)
    hub.command("import-catalogue", str(goods), "--store", "1")
    hub.command("promotion", "add", "--file", str(offers))
    hub.command("store", "set", "--store", "1", "--label-pattern", "21IIIIIWWWWWC")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with hub_in(tmp_path_factory.mktemp("everything")) as hub:
        furnish(hub)
        one, two = hub.enrol(1, 2)
        (one / "till.toml").write_text('terminal = "simulated"\n')
        played("everything_one", one)
        sync_once(two)
        played("everything_two", two)
        played("everything_end", one)
        checked = json.loads(hub.command("check", "--json"))
        verified = json.loads(hub.command("verify", "--json"))
        yield {**hub.report(), "checked": checked, "verified": verified}, one, two


def documents(data: Path) -> list[Sale | Voided | Refunded]:
    return [fact for fact in every_fact(data) if isinstance(fact, Sale | Voided | Refunded)]


def test_the_hubs_books_are_the_tills(day) -> None:
    report, one, two = day
    every = documents(one) + documents(two)
    refunds = [fact for fact in every if isinstance(fact, Refunded)]
    voids = [fact for fact in every if isinstance(fact, Voided)]
    assert (report["sales"], report["voids"], report["refunds"]) == (7, 1, 6)
    assert (len(voids), len(refunds), len(every)) == (1, 6, 14)
    assert report["total"] == sum(fact.total for fact in every)
    assert report["tax"] == sum(fact.tax for fact in every)
    assert report["refunded"] == -sum(fact.total for fact in refunds)
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
    assert report["quarantined"] == 0
    assert report["verified"]["findings"] == [], "they are what their journal gives"


def test_each_z_is_its_shift_and_its_drawer(day) -> None:
    report, one, two = day
    shifts = {row["till"]: row for row in report["cash"]["shifts"]}
    moved: Counter[str] = Counter()
    for data, till in ((one, "1"), (two, "2")):
        facts = every_fact(data)
        (z,) = [fact for fact in facts if isinstance(fact, ShiftClosed)]
        made = documents(data)
        assert z.total == sum(fact.total for fact in made)
        assert z.tax == sum(fact.tax for fact in made)
        cash = sum(paid.amount for fact in made for paid in fact.payments if paid.tender == "cash")
        for move in facts:
            if isinstance(move, CashMoved):
                moved[move.kind] += move.amount
                cash += move.amount if move.kind == "in" else -move.amount
        drawer = next(row for row in z.tenders if row.tender == "cash")
        assert drawer.expected == drawer.counted == 20_000 + cash
        assert shifts[till]["expected_cash"] == drawer.expected
    assert {row["kind"]: row["amount"] for row in report["cash"]["moves"]} == dict(moved)


def test_only_what_two_tills_could_not_know_is_told(day) -> None:
    report, _one, _two = day
    told = {(row["kind"], row["amount"]) for row in report["exceptions"]}
    assert {kind for kind, _amount in told} == {"coupon_twice", "over_return"}
    assert len(report["exceptions"]) == 2
    (over,) = [row for row in report["exceptions"] if row["kind"] == "over_return"]
    assert (over["amount"], "4000 of 3000 came back" in over["detail"]) == (1_330, True)


def test_what_is_told_is_what_the_journal_gives_again(day) -> None:
    report, _one, _two = day
    checked = report["checked"]
    assert checked["whole"], checked
    alone = 1  # a card payment whose end was not known, and then was
    assert checked["anomalies"] == checked["exceptions"] == len(report["exceptions"]) + alone
    assert checked["at_stake"] == checked["kept"]


def test_no_card_is_charged_or_given_back_twice(day) -> None:
    _report, one, _two = day
    book = Book(one / "terminal-simulated.jsonl")
    balance = sum(
        each.answer.amount - book.given_back(each.reference)
        for each in book.charged()
        if each.answer
    )
    paid = [
        paid.amount for fact in documents(one) for paid in fact.payments if paid.tender == "card"
    ]
    assert balance == sum(paid)
    assert len(book.charged()) == 4
