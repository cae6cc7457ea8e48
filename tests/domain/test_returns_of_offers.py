"""What was cheaper comes back in parts: all parts are the sale, for the till and for the hub."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pos_app.domain.basket import Override
from pos_app.domain.pricing import price
from pos_app.domain.promotion import Promotions
from pos_app.domain.returns import Before, Choice, RefundFigures, refund, still_paid
from pos_app.domain.sale import figures, figures_of, reverse
from pos_app.domain.tender import Payment, pay
from pos_app.till.documents import refunded_fact, sale_fact
from sync.hub.refunds import differences
from sync.protocol import Sale
from tests.domain import offers
from tests.domain.goods import basket, off, rules
from tests.domain.test_returns import STAMP, done, split_up

CURRENCIES = ("EUR", "CHF", "SEK", "JPY", "KWD")


@st.composite
def returned(draw: st.DrawFn) -> tuple[Sale, list[RefundFigures]]:
    """A sale with promotions, discounts by hand, other prices and two ways to pay, all back."""
    goods = draw(st.lists(offers.mixed, min_size=1, max_size=6))
    given_by_hand = draw(st.lists(st.sampled_from([250, 1_000]), max_size=1))
    lines = [
        replace(each, override=Override(each.unit_price + 7, "Goodwill", "s1", ""))
        if draw(st.integers(0, 5)) == 0
        else each
        for each in goods
    ]
    whole = replace(
        basket(*lines, off=tuple(off("percent", each) for each in given_by_hand)),
        currency=draw(st.sampled_from(CURRENCIES)),
    )
    store = rules(
        {"a": 200_000, "b": 70_000},
        included=draw(st.booleans()),
        rounding=draw(st.sampled_from(["line", "receipt"])),
    )
    priced = price(whole, store, Promotions(draw(offers.rules(3))))
    payments: tuple[Payment, ...] = ()
    if priced.total > 1 and draw(st.booleans()):
        by_card = draw(st.integers(1, priced.total - 1))
        payments = pay(priced.total, payments, "card", by_card, "", whole.currency)
    if priced.total:
        tender = draw(st.sampled_from(["cash", "cash", "card"]))
        payments = pay(priced.total, payments, tender, None, "", whole.currency)
    sale = sale_fact(STAMP, whole, figures(priced, payments))
    made: list[Any] = []
    refunds = []
    for number, step in enumerate(split_up(draw, sale)):
        choices = [Choice(place, qty, "faulty") for place, qty in step.items()]
        each = refund(sale, Before.of(made), choices)
        made.append(done(each, number))
        refunds.append(each)
    return sale, refunds


@settings(max_examples=60)
@given(returned())
def test_all_parts_are_what_was_paid_and_the_hub_agrees_to_each(case) -> None:
    sale, refunds = case
    for name in ("net", "tax", "total", "payable", "rounding", "discount", "gross"):
        assert getattr(sale, name) + sum(getattr(each, name) for each in refunds) == 0, name
    for number, each in enumerate(refunds):
        stamp = {**STAMP, "id": f"r{number}", "doc_no": f"1-1-1.{number + 2}"}
        fact = refunded_fact(stamp, sale, each)
        assert list(differences(fact, sale)) == []
        assert all(paid.amount <= 0 for paid in each.payments)
    last = Before.of(done(each, number) for number, each in enumerate(refunds))
    assert set(still_paid(sale, last).values()) <= {0}
    assert reverse(figures_of(sale)).payable == sum(each.payable for each in refunds)
