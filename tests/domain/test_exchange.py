"""Goods for goods, to the last minor unit: what is carried over is nobody's, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_app.domain import exchange
from pos_app.domain.basket import Override
from pos_app.domain.errors import Refused
from pos_app.domain.exchange import SWAPPED, carried_over, payments_of, swap_prices
from pos_app.domain.money import cash_step
from pos_app.domain.pricing import price
from pos_app.domain.returns import Before, Choice, RefundFigures, left, refund
from pos_app.domain.sale import basket_of, figures_of, promotion_differences
from pos_app.domain.shift import ShiftTotals
from pos_app.domain.tender import EXCHANGE, Payment, paid_as
from pos_app.till.documents import refunded_fact
from sync.hub.refunds import differences
from sync.protocol import FactPayment, Sale
from tests.domain import offers
from tests.domain.goods import basket, line, rules
from tests.domain.test_returns import STAMP, done, sold, split_up
from tests.domain.test_returns_of_offers import returned

CURRENCIES = ("EUR", "CHF", "SEK", "JPY", "KWD")


@st.composite
def swapped_bit_by_bit(draw: st.DrawFn) -> tuple[Sale, list[tuple[RefundFigures, int]]]:
    """A sale that comes back in parts, of each of which some or all pays for other goods."""
    sale, _ = draw(returned())
    made: list[Any] = []
    refunds = []
    for number, step in enumerate(split_up(draw, sale)):
        choices = [Choice(place, qty, "too_small") for place, qty in step.items()]
        whole = -refund(sale, Before.of(made), choices).total
        carried = draw(st.sampled_from([0, whole, draw(st.integers(0, whole))]))
        each = refund(sale, Before.of(made), choices, "", carried)
        made.append(done(each, number))
        refunds.append((each, carried))
    return sale, refunds


@settings(max_examples=80)
@given(swapped_bit_by_bit())
def test_swapped_in_parts_a_sale_is_nothing_in_the_end(case) -> None:
    sale, refunds = case
    for name in ("net", "tax", "total", "discount", "gross"):
        assert getattr(sale, name) + sum(getattr(each, name) for each, _ in refunds) == 0, name
    last = Before.of(done(each, number) for number, (each, _) in enumerate(refunds))
    assert all(row.qty == row.amount == 0 for row in left(sale, last))
    step = cash_step(sale.currency)
    paid: dict[str, int] = {}
    for row in sale.payments:
        paid[row.tender] = paid.get(row.tender, 0) + row.amount
    for number, (each, carried) in enumerate(refunds):
        over = [row for row in each.payments if row.tender == EXCHANGE]
        assert -sum(row.amount for row in over) == carried
        assert each.payable == each.total + each.rounding
        assert each.payable == sum(row.amount for row in each.payments)
        assert all(row.amount % step == 0 for row in each.payments if row.tender == "cash")
        assert abs(each.rounding) <= (step if step > 1 else 0)
        for row in each.payments:
            paid[paid_as(row)] = paid.get(paid_as(row), 0) + row.amount
        fact = refunded_fact({**STAMP, "id": f"r{number}"}, sale, each, exchange="s2")
        assert list(differences(fact, sale)) == []
    assert paid.get("card", 0) >= 0, "no card got back more than it paid"
    assert abs(sum(paid.values())) <= step * (len(refunds) + 1)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 40_000), min_size=2, max_size=6), st.sampled_from(CURRENCIES))
def test_a_chain_of_exchanges_is_paid_to_the_cent(prices: list[int], currency: str) -> None:
    """A for B for C and so on, and the last one back: what went in has come out again."""
    held = sold(basket(line("a", 1_000, prices[0])), currency=currency)
    documents: list[Any] = [held]
    for number, cost in enumerate(prices[1:], 1):
        carried = carried_over(held.total, cost)
        gone = refund(held, Before(), [Choice(1, 1_000, "too_small")], "", carried)
        given_back = refunded_fact({**STAMP, "id": f"r{number}"}, held, gone, exchange=f"s{number}")
        new = with_carried(sold(basket(line("a", 1_000, cost)), currency=currency), gone, number)
        assert list(exchange.differences(given_back, new)) == []
        documents += [given_back, new]
        held = new
    end = refund(held, Before(), [Choice(1, 1_000, "changed_mind")])
    documents.append(refunded_fact({**STAMP, "id": "end"}, held, end))
    for name in ("net", "tax", "total"):
        assert sum(getattr(each, name) for each in documents) == 0, name
    money = [row for each in documents for row in each.payments if row.tender != EXCHANGE]
    assert abs(sum(row.amount for row in money)) <= cash_step(currency) * len(prices)
    totals = ShiftTotals(currency)
    for each in documents:
        (totals.add_sale if isinstance(each, Sale) else totals.add_refund)(each, 9)
    assert EXCHANGE not in totals.tenders
    assert totals.tenders.get("cash", 0) == sum(row.amount for row in money)


def with_carried(sale: Sale, gone: RefundFigures, number: int) -> Sale:
    """The sale as it would be paid with what came back for it, and cash for the rest."""
    over = payments_of(gone)
    rows = [FactPayment(EXCHANGE, row.amount, ref=row.reference) for row in over]
    rest = sale.total - sum(row.amount for row in over)
    step = cash_step(sale.currency)
    cash = (rest + step // 2) // step * step
    if cash:
        rows.append(FactPayment("cash", cash, cash, 0))
    payable = sum(row.amount for row in rows)
    return msgspec.structs.replace(
        sale,
        id=f"s{number}",
        exchange=f"r{number}",
        payments=rows,
        payable=payable,
        rounding=payable - sale.total,
    )


@given(st.integers(0, 100_000), st.integers(1, 40))
def test_a_swap_of_several_costs_what_was_paid(worth: int, pieces: int) -> None:
    rows = swap_prices(worth, pieces * 1_000)
    assert sum(amount * qty // 1_000 for amount, qty in rows) == worth
    assert sum(qty for _, qty in rows) == pieces * 1_000
    amounts = [amount for amount, _ in rows]
    assert max(amounts) - min(amounts) <= 1


STORE = rules({"a": 200_000, "b": 100_000, "x": 0})


def test_promotions_leave_a_price_once_paid_alone() -> None:
    """A swap takes part in nothing, for the till and for the hub; the others are served as ever."""
    half = offers.of(
        offers.offer("1", "percent", offers.goods("A"), value=5_000),
        offers.offer("2", "n_for_m", offers.goods("A"), buy=2, pay=1, value=10_000),
        offers.offer("3", "percent", value=1_000),
    )
    swap = replace(line("A", 1_000, 1_000), override=Override(1_200, SWAPPED, "s1"))
    whole = basket(swap, line("A", 1_000, 800))
    worked = price(whole, STORE, half)
    alone = price(basket(line("A", 1_000, 800)), STORE, half)
    assert [row.total for row in worked.lines] == [1_000, alone.total]
    fact = sold(whole, STORE)
    stated = replace(figures_of(fact).priced, lines=worked.lines, promotions=worked.promotions)
    assert promotion_differences(basket_of(fact), half, stated) == []
    cheaper = replace(whole, lines=(replace(swap, override=Override(1_200, "Goodwill", "s1")),))
    assert price(cheaper, STORE, half).total < 1_000


@pytest.mark.parametrize("carried", [-1, 1_001, 10**9])
def test_more_than_it_is_worth_is_not_carried_over(carried: int) -> None:
    sale = sold(basket(line("a", 1_000, 1_000)))
    with pytest.raises(Refused, match="exchange_too_much"):
        refund(sale, Before(), [Choice(1, 1_000, "faulty")], "", carried)


def test_the_card_gets_back_on_the_card_what_is_not_swapped() -> None:
    whole = basket(line("a", 1_000, 1_000), line("b", 1_000, 500))
    sale = sold(whole, STORE, ("card", 600), ("cash", None))
    first = refund(sale, Before(), [Choice(1, 1_000, "faulty")], "", 700)
    assert [(row.tender, row.amount, row.reference) for row in first.payments] == [
        ("exchange", -400, "cash"),
        ("exchange", -300, "card"),
        ("card", -300, ""),
    ]
    rest = refund(sale, Before.of([done(first, 1)]), [Choice(2, 1_000, "faulty")])
    assert [(row.tender, row.amount) for row in rest.payments] == [("cash", -500)]


def test_a_payment_that_names_nothing_is_store_credit() -> None:
    assert paid_as(Payment(EXCHANGE, 5)) == "credit"
    assert paid_as(Payment(EXCHANGE, 5, reference="exchange")) == "credit"
    assert paid_as(FactPayment(EXCHANGE, 5, ref="card")) == "card"
    assert paid_as(Payment("cash", 5)) == "cash"
    assert paid_as(FactPayment(EXCHANGE, -5, ref="shop")) == "shop", "what of an order is back"
    assert paid_as(FactPayment(EXCHANGE, 5, ref="shop")) == "credit", "no shop sold that"
