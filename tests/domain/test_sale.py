"""A closed sale: it can be checked to the last unit, and its reverse undoes every figure."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.basket import Basket
from pos_app.domain.pricing import price
from pos_app.domain.sale import Figures, basket_of, differences, figures, figures_of, reverse
from pos_app.domain.shift import ShiftTotals
from pos_app.domain.tax import TaxRules
from pos_app.domain.tender import Payment, pay
from pos_app.till.documents import sale_fact, voided_fact
from sync.protocol import ClockReading, Sale
from tests.domain.goods import OPENED, basket, baskets, line, off, rules, tax_rules

STAMP: dict[str, Any] = {
    "dev": "d1", "epoch": 1, "seq": 7, "id": "b1", "store": "1", "till": "1", "shift": "h1",
    "biz_date": "2026-11-25", "t": ClockReading(OPENED), "actor": "s1", "doc_no": "1-1-1.1",
}  # fmt: skip
RULES = rules({"a": 200_000, "b": 100_000, "x": 0})


def sold(whole: Basket, store: TaxRules, tender: str = "cash") -> tuple[Sale, Figures]:
    priced = price(whole, store)
    payments = pay(priced.total, (), tender, None, "", whole.currency) if priced.total else ()
    done = figures(priced, payments)
    return sale_fact(STAMP, whole, done), done


def numbers(value: object) -> list[int]:
    """Every amount in a figure's tree; ids, rates and codes are none."""
    if isinstance(value, dict):
        skip = {"line_id", "rate_ppm", "exempt", "tax_included"}
        return [n for name, each in value.items() if name not in skip for n in numbers(each)]
    if isinstance(value, list | tuple):
        return [n for each in value for n in numbers(each)]
    return [value] if type(value) is int else []


@given(baskets, tax_rules, st.sampled_from(["cash", "card"]))
def test_a_sale_and_its_full_refund_are_nothing(whole, store, tender) -> None:
    _, done = sold(whole, store, tender)
    back = reverse(done)
    one, two = numbers(asdict(done)), numbers(asdict(back))
    assert len(one) == len(two) > 10
    assert [first + second for first, second in zip(one, two, strict=True)] == [0] * len(one)
    assert reverse(back) == done


@given(baskets, tax_rules, st.sampled_from(["CHF", "SEK", "EUR", "DKK"]))
def test_what_the_till_wrote_is_what_the_hub_works_out(whole, store, currency) -> None:
    fact, done = sold(replace(whole, currency=currency), store)
    arrived = msgspec.json.decode(msgspec.json.encode(fact), type=Sale)
    assert figures_of(arrived) == done
    assert differences(basket_of(arrived), store, figures_of(arrived)) == []


@given(baskets, tax_rules, st.data())
def test_one_changed_figure_is_always_found(whole, store, data) -> None:
    fact, _ = sold(whole, store)
    where = data.draw(
        st.sampled_from(
            ["gross", "discount", "net", "tax", "total", "payable", "rounding", "change"]
        )
    )
    by = data.draw(st.integers(-500, 500).filter(bool))
    changed = msgspec.structs.replace(fact, **{where: getattr(fact, where) + by})
    found = differences(basket_of(changed), store, figures_of(changed))
    assert any(where in each for each in found)

    place = data.draw(st.integers(0, len(fact.lines) - 1))
    name = data.draw(st.sampled_from(["gross", "total", "net", "tax", "basket_disc", "rate_ppm"]))
    rows = list(fact.lines)
    rows[place] = msgspec.structs.replace(rows[place], **{name: getattr(rows[place], name) + by})
    changed = msgspec.structs.replace(fact, lines=rows)
    assert differences(basket_of(changed), store, figures_of(changed))


def test_differences_are_said_in_words_and_numbers() -> None:
    fact, _ = sold(basket(line("A", 1_000, 99)), RULES)
    wrong = msgspec.structs.replace(fact, tax=16, net=83)
    assert differences(basket_of(wrong), RULES, figures_of(wrong)) == [
        "net: 83, should be 82",
        "tax: 16, should be 17",
    ]


@pytest.mark.parametrize(
    ("store", "says"),
    [
        (rules({"a": 190_000}), "tax a rate_ppm: 200000, should be 190000"),
        (rules({"b": 200_000}), "tax a: no such code on 2026-11-25"),
        (rules({"a": 200_000}, included=False), "tax_included: True, should be False"),
        (rules({"a": 200_000}, rounding="receipt"), "tax_rounding: line, should be receipt"),
    ],
)
def test_a_sale_under_other_rules_is_right_in_itself(store, says) -> None:
    fact, _ = sold(basket(line("A", 1_000, 1_999)), RULES)
    assert differences(basket_of(fact), store, figures_of(fact)) == [says]


def _with_payments(fact: Sale, *payments: tuple[str, int, int, int]) -> Sale:
    rows = [
        msgspec.structs.replace(
            fact.payments[0], tender=tender, amount=amount, given=given_, change=change
        )
        for tender, amount, given_, change in payments
    ]
    return msgspec.structs.replace(fact, payments=rows)


@pytest.mark.parametrize(
    ("payments", "says"),
    [
        ([], "paid: 0, total 1999"),
        ([("cash", 1_000, 1_000, 0)], "paid: 1000, total 1999"),
        ([("cash", 1_999, 2_000, 5)], "payment 1 amount: 1999, should be 1995"),
        ([("cash", 2_500, 2_500, 0)], "paid: 2500, total 1999"),
        ([("beads", 1_999, 0, 0)], "not computable: tender_unknown"),
    ],
)
def test_a_sale_that_was_not_paid_as_it_says(payments, says) -> None:
    fact, _ = sold(basket(line("A", 1_000, 1_999)), RULES)
    changed = _with_payments(fact, *payments)
    found = differences(basket_of(changed), RULES, figures_of(changed))
    assert any(each.startswith(says) for each in found), found


def test_lines_no_till_can_have_sold_are_a_difference_not_a_crash() -> None:
    fact, _ = sold(basket(line("A", 1_000, 1_999)), RULES)
    odd = msgspec.structs.replace(fact.lines[0], qty=-5)
    changed = msgspec.structs.replace(fact, lines=[odd])
    (found,) = differences(basket_of(changed), RULES, figures_of(changed))
    assert found.startswith("not computable: quantity_out_of_range")
    lost = msgspec.structs.replace(fact, lines=[*fact.lines, fact.lines[0]])
    assert differences(basket_of(lost), RULES, figures_of(lost))


@given(st.lists(st.tuples(baskets, tax_rules, st.integers(0, 23)), min_size=1, max_size=5))
def test_a_shift_whose_every_sale_was_voided_brought_nothing(day) -> None:
    totals = ShiftTotals("EUR", float_amount=10_000)
    for whole, store, hour in day:
        fact, done = sold(whole, store)
        totals.add_sale(fact, hour)
        totals.add_void(voided_fact(STAMP, fact, reverse(done), "wrong"), hour)
    assert (totals.sales, totals.voids) == (len(day), len(day))
    for name in ("gross", "discount", "net", "tax", "total", "rounding", "units"):
        assert getattr(totals, name) == 0, name
    assert all((row.net, row.tax, row.gross) == (0, 0, 0) for row in totals.tax_rows())
    assert totals.expected_cash == 10_000
    assert set(totals.tenders.values()) <= {0}
    assert all((hour.sales, hour.total) == (0, 0) for hour in totals.hours.values())


@given(st.lists(st.tuples(baskets, st.sampled_from(["cash", "card"])), min_size=1, max_size=6))
def test_a_shifts_totals_are_the_sums_of_its_sales(day) -> None:
    totals = ShiftTotals("EUR", float_amount=5_000)
    facts = [sold(whole, RULES, tender)[0] for whole, tender in day]
    for hour, fact in enumerate(facts):
        totals.add_sale(fact, hour)
    assert totals.total == sum(fact.total for fact in facts) == totals.net + totals.tax
    assert totals.total == totals.gross - totals.discount
    assert totals.total + totals.rounding == sum(totals.tenders.values())
    assert sum(row.gross for row in totals.tax_rows()) == totals.total
    assert sum(hour.total for hour in totals.hours.values()) == totals.total
    cash = sum(p.amount for fact in facts for p in fact.payments if p.tender == "cash")
    assert totals.expected_cash == 5_000 + cash


def test_the_drawer_counts_what_went_in_and_out() -> None:
    totals = ShiftTotals("EUR", float_amount=10_000)
    fact, _ = sold(basket(line("A", 2_000, 1_000), line("K", 1_254, 299, "b")), RULES)
    card, _ = sold(basket(line("A", 1_000, 1_000)), RULES, "card")
    totals.add_sale(fact, 9)
    totals.add_sale(card, 9)
    totals.add_move("in", 2_000)
    totals.add_move("out", 500)
    assert totals.units == 4
    assert totals.expected() == {"cash": 10_000 + 2_375 + 1_500, "card": 1_000}
    assert totals.variance({"cash": 13_870}) == {"cash": -5, "card": -1_000}
    assert totals.variance({"cash": 13_875, "card": 1_000, "old": 7}) == {
        "cash": 0, "card": 0, "old": 7,
    }  # fmt: skip
    assert [(row.rate_ppm, row.gross) for row in totals.tax_rows()] == [
        (200_000, 3_000), (100_000, 375),
    ]  # fmt: skip


def test_rounding_is_reversed_and_not_rounded_again() -> None:
    whole = replace(basket(line("A", 1_000, 1_233)), currency="CHF")
    priced = price(whole, rules({"a": 81_000}))
    done = figures(priced, pay(priced.total, (), "cash", 2_000, "", "CHF"))
    back = reverse(done)
    assert (done.payable, done.rounding, done.change) == (1_235, 2, 765)
    assert (back.payable, back.rounding, back.change) == (-1_235, -2, -765)
    assert back.payments == (Payment("cash", -1_235, -2_000, -765),)


def test_discounts_survive_the_way_through_the_document() -> None:
    whole = basket(
        line("A", 2_000, 1_249, discounts=(off("percent", 1_000),)), off=(off("amount", 100),)
    )
    fact, _ = sold(whole, RULES)
    again = basket_of(fact)
    assert again.discounts == whole.discounts
    assert again.lines[0].discounts == whole.lines[0].discounts
    unheard = msgspec.structs.replace(fact.disc[0], kind="magic")
    with pytest.raises(ValueError, match="magic"):
        basket_of(msgspec.structs.replace(fact, disc=[unheard]))
