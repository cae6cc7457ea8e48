"""What is cheaper, paid on the till's card terminal: charged once, and always a sale in the end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pos_app.domain.errors import PosError, Refused, Uncertain
from pos_app.play import card_hands
from pos_app.till import Till, card, checkout, parking
from tests.till.offering import offer, rule
from tests.till.shop import CODES, SCARF
from tests.till.test_card import plug


def two_scarves(till: Till) -> checkout.Basket:
    basket = checkout.start(till)
    for _piece in range(2):
        basket = checkout.scan(till, basket, CODES[SCARF])[0]
    checkout.keep(till, basket)
    return basket


def test_a_charge_of_what_is_cheaper_ends_its_sale(counter) -> None:
    till = counter.till
    plug(counter)
    offer(till, rule("two", "n_for_m", SCARF, buy=2, pay=1, value=10_000))
    basket = two_scarves(till)
    attempt = card.start(till, basket, ())
    settled = card.settle_charge(
        till, attempt, card.charge(till, attempt, lambda _event: None), basket, ()
    )
    assert (attempt.amount, settled.complete) == (1_995, True)
    assert checkout.complete(till, basket, settled.payments).sale.total == 1_995


def test_read_from_its_slip_it_ends_its_sale_too(counter) -> None:
    till = counter.till
    plug(counter)
    offer(till, rule("two", "n_for_m", SCARF, buy=2, pay=1, value=10_000))
    basket = two_scarves(till)
    attempt = card.start(till, basket, ())
    settled = card.settle_by_hand(till, attempt, basket, (), approved=True, slip="0815")
    assert settled.complete


def test_put_aside_and_charged_after_all_it_becomes_the_sale_it_was(counter) -> None:
    till = counter.till
    plug(counter, {"do": "silent", "asks": 5})
    offer(till, rule("two", "n_for_m", SCARF, buy=2, pay=1, value=10_000))
    basket = two_scarves(till)
    with pytest.raises(Uncertain):
        card_hands.charge(till, basket, (), None)
    attempt = card_hands.running(till, basket)
    assert attempt is not None
    card.keep_open(till, basket, (), attempt, label="Payment unknown")
    assert card_hands.settle_kept(till)["charged"] == 1
    sale = till.ledger.sale(basket.basket_id)
    assert sale is not None
    assert (sale.total, till.ledger.attempts()) == (1_995, [])


def test_what_is_charged_is_a_sale_though_its_coupon_was_used_meanwhile(counter) -> None:
    """Two baskets with a coupon that is good once; the money of the first is taken already."""
    till = counter.till
    plug(counter, {"do": "silent", "asks": 5})
    offer(till, rule("once", "percent", SCARF, value=5_000, coupon="ONCE", single_use=True))
    first = checkout.attach_coupon(till, two_scarves(till), "ONCE")
    with pytest.raises(Uncertain):
        card_hands.charge(till, first, (), None)
    attempt = card_hands.running(till, first)
    assert attempt is not None
    card.keep_open(till, first, (), attempt, label="Payment unknown")
    other = checkout.attach_coupon(till, two_scarves(till), "ONCE")
    checkout.complete(till, other, checkout.pay(till, other, (), "cash"))
    third = two_scarves(till)
    with pytest.raises(Refused, match="coupon_used"):
        checkout.attach_coupon(till, third, "ONCE")
    with pytest.raises(PosError, match="coupon_used"):
        checkout.pay(till, first, (), "cash")
    assert card_hands.settle_kept(till)["charged"] == 1
    sale = till.ledger.sale(first.basket_id)
    assert sale is not None
    assert [row.coupon for row in sale.promo] == ["ONCE"]


def test_recalled_on_another_day_it_still_costs_what_was_charged(counter) -> None:
    till = counter.till
    plug(counter, {"do": "silent", "asks": 5})
    offer(till, rule("two", "n_for_m", SCARF, buy=2, pay=1, value=10_000, valid_to="2026-11-25"))
    basket = two_scarves(till)
    with pytest.raises(Uncertain):
        card_hands.charge(till, basket, (), None)
    attempt = card_hands.running(till, basket)
    assert attempt is not None
    card.keep_open(till, basket, (), attempt, label="Payment unknown")
    plain = two_scarves(till)
    parking.park(till, plain)
    counter.clock.moment = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
    rows = {row.basket_id: row.park_id for row in parking.parked(till)}
    back = parking.recall(till, rows[basket.basket_id])
    payments = card_hands.ask_running(till, back, ())
    sale = checkout.complete(till, back, payments).sale
    assert (sale.total, sale.biz_date) == (1_995, "2026-11-25")
    assert parking.recall(till, rows[plain.basket_id]).business_date == "2026-11-26"


def test_what_took_no_money_goes_with_its_basket_and_what_took_some_keeps_it(counter) -> None:
    till = counter.till
    plug(counter, "decline", "approve", "approve")
    basket = two_scarves(till)
    with pytest.raises(Refused, match="card_declined"):
        card_hands.charge(till, basket, (), None)
    paid = card_hands.charge(till, basket, (), None)
    for lost in (checkout.cancel, parking.park):
        with pytest.raises(Refused, match="payment_left_out"):
            lost(till, basket)
    left = card_hands.give_back(till, basket, paid, 0)
    assert len(till.ledger.attempts()) == 3
    counter.swap("mia")
    checkout.cancel(till, basket, left, reason="changed their mind")
    assert till.ledger.attempts() == []
