"""What comes back of a sale: never more than was sold, and to the last minor unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.errors import Refused
from pos_app.domain.pricing import price
from pos_app.domain.returns import (
    DAMAGED,
    Before,
    Choice,
    RefundFigures,
    left,
    refund,
    share,
    still_paid,
)
from pos_app.domain.sale import figures
from pos_app.domain.tender import Payment, pay
from pos_app.till.documents import sale_fact
from sync.protocol import ClockReading, Sale
from tests.domain.goods import OPENED, basket, baskets, line, off, rules, tax_rules

STAMP: dict[str, Any] = {
    "dev": "d1", "epoch": 1, "seq": 7, "id": "b1", "store": "1", "till": "1", "shift": "h1",
    "biz_date": "2026-11-25", "t": ClockReading(OPENED), "actor": "s1", "doc_no": "1-1-1.1",
}  # fmt: skip
RULES = rules({"a": 200_000, "b": 100_000, "x": 0})


def sold(whole, store=RULES, *tenders: tuple[str, int | None], currency: str = "") -> Sale:
    if currency:
        whole = replace(whole, currency=currency)
    priced = price(whole, store)
    payments: tuple[Payment, ...] = ()
    for tender, amount in tenders or (("cash", None),):
        if priced.total:
            payments = pay(priced.total, payments, tender, amount, "", whole.currency)
    return sale_fact(STAMP, whole, figures(priced, payments))


@dataclass(frozen=True)
class Done:
    """A refund as a document, as much of it as the next one asks."""

    id: str
    lines: list[Any]
    payments: list[Any]
    total: int
    payable: int


@dataclass(frozen=True)
class Came:
    of: int
    qty: int


def done(figures: RefundFigures, number: int) -> Done:
    lines = [Came(row.source.line, row.qty) for row in figures.lines]
    return Done(f"r{number}", lines, list(figures.payments), figures.total, figures.payable)


def back(sale: Sale, *steps: dict[int, int], tender: str = "") -> Iterator[RefundFigures]:
    """Refunds one after the other, each knowing those before it."""
    made: list[Done] = []
    for number, step in enumerate(steps):
        choices = [Choice(place, qty, "faulty") for place, qty in step.items()]
        figures = refund(sale, Before.of(made), choices, tender)
        made.append(done(figures, number))
        yield figures


def split_up(draw: st.DrawFn, sale: Sale) -> list[dict[int, int]]:
    """Some way to bring everything of a sale back, in any number of visits."""
    steps: list[dict[int, int]] = []
    for row in sale.lines:
        rest, visit = row.qty, 0
        unit = 1_000 if row.unit == "piece" else 1
        while rest:
            part = draw(st.integers(1, rest // unit)) * unit
            visit += draw(st.integers(0, 2))
            while len(steps) <= visit:
                steps.append({})
            steps[visit][row.line] = steps[visit].get(row.line, 0) + part
            rest -= part
    return [step for step in steps if step]


@st.composite
def returned(draw: st.DrawFn) -> tuple[Sale, list[RefundFigures]]:
    whole = draw(baskets)
    currency = draw(st.sampled_from(["EUR", "CHF", "SEK", "JPY"]))
    store = draw(tax_rules)
    total = price(replace(whole, currency=currency), store).total
    by_card = draw(st.integers(0, max(total, 0)))
    how = draw(st.sampled_from(["cash", "card", "both"]))
    if how == "both" and 0 < by_card < total:
        tenders = [("card", by_card), ("cash", None)]
    else:
        tenders = [("card" if how == "card" else "cash", None)]
    sale = sold(whole, store, *tenders, currency=currency)
    return sale, list(back(sale, *split_up(draw, sale)))


@given(returned())
def test_however_it_comes_back_the_sale_is_nothing_in_the_end(case) -> None:
    sale, refunds = case
    for name in ("net", "tax", "total", "payable", "rounding", "discount", "gross"):
        assert getattr(sale, name) + sum(getattr(each, name) for each in refunds) == 0, name
    for row in sale.lines:
        parts = [part for each in refunds for part in each.lines if part.source.line == row.line]
        for name in ("qty", "gross", "basket_disc", "total", "net", "tax"):
            assert getattr(row, name) + sum(getattr(part, name) for part in parts) == 0, name
    table = {(tax.code, tax.rate_ppm): [tax.net, tax.tax, tax.gross] for tax in sale.taxes}
    for each in refunds:
        for tax in each.taxes:
            sums = table[tax.code, tax.rate_ppm]
            for place, amount in enumerate((tax.net, tax.tax, tax.gross)):
                sums[place] += amount
    assert not any(any(sums) for sums in table.values())
    last = Before.of(done(each, number) for number, each in enumerate(refunds))
    assert set(still_paid(sale, last).values()) <= {0}
    assert all(row.qty == row.amount == 0 for row in left(sale, last))


@given(returned())
def test_each_refund_adds_up_and_gives_only_what_is_there(case) -> None:
    sale, refunds = case
    step = {"CHF": 5, "SEK": 100}.get(sale.currency, 1)
    for each in refunds:
        assert each.net + each.tax == each.total == sum(tax.gross for tax in each.taxes)
        assert each.gross - each.discount == sum(row.total for row in each.lines)
        assert each.payable == each.total + each.rounding
        assert each.payable == sum(paid.amount for paid in each.payments) <= 0
        assert all(paid.amount % step == 0 for paid in each.payments if paid.tender == "cash")
        if all(paid.tender == "card" for paid in each.payments):
            assert each.rounding == 0
        for row in each.lines:
            assert row.gross <= row.total <= 0
            assert row.qty < 0 <= row.before


@given(returned())
def test_what_is_left_is_what_the_next_refunds_give(case) -> None:
    sale, refunds = case
    made: list[Done] = []
    for number, each in enumerate(refunds):
        promised = sum(row.amount for row in left(sale, Before.of(made)))
        assert promised == -sum(later.total for later in refunds[number:])
        made.append(done(each, number))


def test_a_line_of_three_for_ten_gives_it_cent_by_cent() -> None:
    sale = sold(basket(line("A", 3_000, 333, discounts=(off("amount", 1),))))
    assert sale.total == 998
    totals = [each.total for each in back(sale, {1: 1_000}, {1: 1_000}, {1: 1_000})]
    assert totals == [-333, -332, -333]


def test_shares_round_half_up_and_end_whole() -> None:
    assert [share(5, part, 2) for part in range(3)] == [0, 3, 5]
    assert share(999, 1, 3) == 333
    assert share(-5, 1, 2) == -3


def test_the_cash_rounding_of_the_sale_goes_back_with_the_last_of_it() -> None:
    sale = sold(basket(line("A", 3_000, 334)), currency="CHF")
    assert (sale.total, sale.payable, sale.rounding) == (1_002, 1_000, -2)
    parts = list(back(sale, {1: 1_000}, {1: 1_000}, {1: 1_000}))
    assert [each.payable for each in parts] == [-335, -335, -330]
    assert sum(each.rounding for each in parts) == 2


def test_the_card_gets_back_first_and_never_more_than_it_paid() -> None:
    sale = sold(basket(line("A", 2_000, 1_000)), RULES, ("card", 1_500), ("cash", None))
    first, second = back(sale, {1: 1_000}, {1: 1_000})
    assert [(paid.tender, paid.amount) for paid in first.payments] == [("card", -1_000)]
    assert [(paid.tender, paid.amount) for paid in second.payments] == [
        ("card", -500), ("cash", -500),
    ]  # fmt: skip


def test_another_tender_takes_all_of_it_and_cash_is_rounded() -> None:
    sale = sold(basket(line("A", 1_000, 1_001)), RULES, ("card", None), currency="CHF")
    (only,) = back(sale, {1: 1_000}, tender="cash")
    assert [(paid.tender, paid.amount) for paid in only.payments] == [("cash", -1_000)]
    assert (only.total, only.payable, only.rounding) == (-1_001, -1_000, 1)
    (card,) = back(sold(basket(line("A", 1_000, 1_001))), {1: 1_000}, tender="card")
    assert [(paid.tender, paid.amount) for paid in card.payments] == [("card", -1_001)]


def test_too_little_for_a_coin_is_rounded_away_in_cash() -> None:
    sale = sold(basket(line("A", 1_000, 2)), currency="CHF")
    (only,) = back(sale, {1: 1_000})
    assert [(paid.tender, paid.amount) for paid in only.payments] == [("cash", 0)]
    assert (only.total, only.payable, only.rounding) == (-2, 0, 2)


def test_what_the_card_left_over_and_no_coin_could_pay_is_rounded_away_again() -> None:
    sale = sold(
        basket(line("A", 1_000, 1_001)), RULES, ("card", 1_000), ("cash", None), currency="CHF"
    )
    assert (sale.payable, sale.rounding) == (1_000, -1)
    (only,) = back(sale, {1: 1_000})
    assert [(paid.tender, paid.amount) for paid in only.payments] == [("card", -1_000), ("cash", 0)]
    assert only.rounding == 1


def test_a_refund_known_twice_counts_once() -> None:
    sale = sold(basket(line("A", 2_000, 500)))
    (first,) = back(sale, {1: 1_000})
    assert Before.of([done(first, 1), done(first, 1)]).qty == {1: 1_000}


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ([], "nothing_chosen"),
        ([Choice(1, 1_000, "faulty"), Choice(1, 1_000, "faulty")], "chosen_twice"),
        ([Choice(9, 1_000, "faulty")], "no_such_line"),
        ([Choice(1, 3_000, "faulty")], "more_than_sold"),
        ([Choice(1, 500, "faulty")], "quantity_not_whole"),
        ([Choice(1, 0, "faulty")], "quantity_out_of_range"),
        ([Choice(1, -1_000, "faulty")], "quantity_out_of_range"),
        ([Choice(1, 1_000, " \n")], "reason_missing"),
        ([Choice(1, 1_000, "faulty", "eaten")], "condition_unknown"),
        ([Choice(2, 251, "faulty")], "more_than_sold"),
    ],
)
def test_what_cannot_come_back_is_refused(choices: list[Choice], code: str) -> None:
    sale = sold(basket(line("A", 2_000, 500), line("B", 250, 900, "b")))
    with pytest.raises(Refused) as told:
        refund(sale, Before(), choices)
    assert told.value.code == code


def test_nothing_of_a_line_comes_back_twice() -> None:
    sale = sold(basket(line("A", 2_000, 500)))
    with pytest.raises(Refused) as told:
        list(back(sale, {1: 2_000}, {1: 1_000}))
    assert (told.value.code, told.value.facts["left"]) == ("more_than_sold", 0)


def test_the_state_of_the_thing_is_kept() -> None:
    sale = sold(basket(line("A", 1_000, 500)))
    only = refund(sale, Before(), [Choice(1, 1_000, "  faulty:\tseam ", DAMAGED)])
    assert (only.lines[0].condition, only.lines[0].reason) == (DAMAGED, "faulty: seam")
