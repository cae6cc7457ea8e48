"""Goods for goods: one commit, one paper, and to the cent the same as a return and a sale."""

from __future__ import annotations

from typing import Any

from pos_app.store.projections import differences
from pos_app.till import checkout, exchange, lookup, shift
from tests.till.shop import COFFEE, SCARF
from tests.till.test_checkout import sold
from tests.till.test_refund import returning


def test_a_dearer_thing_is_taken_instead_and_the_rest_is_paid(counter: Any) -> None:
    till = counter.till
    sale = sold(till, COFFEE).sale
    scarf = lookup.by_sku(till, SCARF).on_hand
    back = exchange.take_instead(till, returning(till, sale, 1), SCARF)
    worked = exchange.figures(till, back)
    assert (worked.way, worked.back, worked.out) == ("up", 749, 1_995)
    assert (worked.carried, worked.to_pay, worked.paid_back) == (749, 1_246, 0)
    basket, payments = exchange.to_pay(till, back)
    checkout.keep(till, basket, payments)
    assert checkout.settlement(till, basket, payments).due == 1_246
    payments = checkout.pay(till, basket, payments, "cash", 2_000)
    done = checkout.complete(till, basket, payments)
    new, gone = done.sale, done.refund
    assert (new.exchange, gone.exchange) == (gone.id, new.id)
    assert [(paid.tender, paid.amount, paid.ref) for paid in gone.payments] == [
        ("exchange", -749, "cash")
    ]
    assert [(paid.tender, paid.amount) for paid in new.payments] == [
        ("exchange", 749),
        ("cash", 1_246),
    ]
    assert (gone.seq, new.seq) == (gone.seq, gone.seq + 1)
    assert lookup.by_sku(till, SCARF).on_hand == scarf - 1_000
    totals = shift.summary(till)
    assert totals.expected_cash == 20_000 + sale.payable + 1_246
    assert "exchange" not in totals.expected()
    assert totals.total == sale.total + new.total + gone.total
    assert differences(till.ledger.connection) == []
    till.ledger.rebuild()
    assert differences(till.ledger.connection) == []
    assert checkout.restored(till) is None
