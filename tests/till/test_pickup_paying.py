"""An order that is paid at the till: one commit, beside the trade, and never undone."""

from __future__ import annotations

import pytest

from pos_app.domain import basket as baskets
from pos_app.domain.basket import Discount, DiscountKind
from pos_app.domain.errors import Refused, Uncertain
from pos_app.domain.sale import basket_of, differences, figures_of
from pos_app.domain.tax import TaxRules
from pos_app.till import (
    card,
    checkout,
    hand_over,
    invoicing,
    pickup,
    refund,
    reprint,
    shift,
    void,
)
from tests.till.orders import begun, printed, ready, tell, whole
from tests.till.shop import CODES, COFFEE, SCARF
from tests.till.test_card import plug


@pytest.fixture
def counter(opened):
    counter = opened()
    counter.swap("ben")
    shift.open_shift(counter.till, 10_000)
    return counter


@pytest.fixture
def till(counter):
    return counter.till


# --- to be paid ------------------------------------------------------------------------------


def test_paying_hands_over_in_the_same_commit(till) -> None:
    tell(till, ready(due=4_739))
    with pytest.raises(Refused, match="order_not_paid"):
        hand_over.hand_over(till, begun(till))
    basket = hand_over.put_into_basket(till, begun(till))
    assert checkout.priced(till, basket).total == 4_739
    payments = checkout.pay(till, basket, (), "cash", 5_000)
    head = till.ledger.head().seq
    done = checkout.complete(till, basket, payments)
    assert till.ledger.head().seq == head + 2
    (step,) = till.ledger.steps_of_sale(done.sale.id)
    assert (step.step, step.handling.due, step.handling.addon) == ("COLLECTED", 4_739, False)
    (sold,) = done.sale.lines
    assert (sold.order, sold.total, sold.tax, sold.sku) == ("res-10482", 4_739, 0, "")
    assert (done.sale.total, done.sale.tax, done.sale.taxes, done.change) == (4_739, 0, [], 261)
    order = pickup.get(till, "res-10482")
    assert (order.handed, order.row.due) == (True, 0)
    assert till.own_moves() == {SCARF: -2_000, COFFEE: -1_000}
    again = checkout.complete(till, basket, payments)
    assert again.again
    whole(till)


def test_what_is_due_in_another_currency_is_not_taken_as_so_much_of_ours(till) -> None:
    tell(till, ready(due=4_739, currency="JPY"))
    with pytest.raises(Refused, match="order_not_paid"):
        hand_over.put_into_basket(till, begun(till))
    tell(till, ready(10_483, currency="JPY"))
    paid = hand_over.begin(till, "res-10483", id_seen=True)
    assert hand_over.hand_over(till, paid).order.handed


def test_an_extra_is_a_sale_of_its_own_beside_it(till) -> None:
    tell(till, ready(due=4_739))
    basket = hand_over.put_into_basket(till, begun(till))
    basket, _ = checkout.scan(till, basket, CODES[SCARF])
    worked = checkout.priced(till, basket)
    assert (worked.total, worked.tax) == (4_739 + 1_995, 333)
    done = checkout.complete(till, basket, checkout.pay(till, basket, (), "cash"))
    assert till.ledger.steps_of_sale(done.sale.id)[0].handling.addon
    totals = shift.summary(till)
    assert (totals.total, totals.net + totals.tax, totals.orders) == (1_995, 1_995, 4_739)
    assert (totals.units, totals.sales, totals.gross) == (1, 1, 1_995)
    assert sum(each.total for each in totals.hours.values()) == 1_995
    assert totals.tenders["cash"] == 4_739 + 1_995
    assert totals.expected_cash == 10_000 + 4_739 + 1_995
    day = till.ledger.connection.execute("SELECT gross, net, tax, total FROM day").fetchone()
    assert day == (1_995, 1_662, 333, 1_995)
    assert till.own_moves() == {SCARF: -3_000, COFFEE: -1_000}
    whole(till)


def test_a_paid_order_with_an_extra_is_a_sale_with_the_hand_over(till) -> None:
    tell(till, ready())
    basket = hand_over.put_into_basket(till, begun(till))
    assert basket.lines == ()
    restored = checkout.restored(till)
    assert restored is not None
    assert restored[0].handing == basket.handing, "a power cut gives it back"
    basket, _ = checkout.scan(till, basket, CODES[COFFEE])
    done = checkout.complete(till, basket, checkout.pay(till, basket, (), "cash"))
    (step,) = till.ledger.steps_of_sale(done.sale.id)
    assert (step.handling.due, step.handling.addon) == (0, True)
    assert done.sale.total == 749


def test_the_figures_are_right_for_whoever_works_them_out_again(till) -> None:
    tell(till, ready(due=4_739))
    basket = hand_over.put_into_basket(till, begun(till))
    basket, _ = checkout.scan(till, basket, CODES[SCARF])
    basket, _ = checkout.scan(till, basket, CODES[COFFEE])
    basket = checkout.discount_basket(till, basket, DiscountKind.PERCENT, 1_000, "Friends")
    done = checkout.complete(till, basket, checkout.pay(till, basket, (), "cash"))
    sale = done.sale
    assert sale.discount == 274, "a tenth of the goods, nothing of the order"
    rules: TaxRules = till.rules
    assert differences(basket_of(sale), rules, figures_of(sale)) == []


def test_what_is_due_cannot_be_changed_discounted_or_taken_out(till) -> None:
    tell(till, ready(due=4_739))
    basket = hand_over.put_into_basket(till, begun(till))
    with pytest.raises(Refused, match="order_line_fixed"):
        checkout.set_quantity(basket, 1, 2_000)
    with pytest.raises(Refused, match="order_line_fixed"):
        checkout.discount_line(till, basket, 1, DiscountKind.PERCENT, 500, "No")
    with pytest.raises(Refused, match="order_line_fixed"):
        checkout.remove_line(till, basket, 1)
    with pytest.raises(Refused, match="basket_empty"):
        baskets.discount_basket(basket, Discount(DiscountKind.PERCENT, 500, "No", "ben"))


def test_the_open_sale_is_put_aside_and_comes_back(till) -> None:
    tell(till, ready(due=4_739))
    open_basket, _ = checkout.scan(till, checkout.start(till), CODES[COFFEE])
    checkout.keep(till, open_basket)
    basket = hand_over.put_into_basket(till, begun(till), open_basket, label="Before")
    assert [each.label for each in till.ledger.parked()] == ["Before"]
    left = hand_over.put_away(till, basket)
    assert left.lines == ()
    assert checkout.restored(till) is None
    assert not pickup.get(till, "res-10482").handed


def test_it_is_never_taken_back_as_a_sale(till) -> None:
    tell(till, ready(due=4_739))
    basket = hand_over.put_into_basket(till, begun(till))
    basket, extra = checkout.scan(till, basket, CODES[COFFEE])
    done = checkout.complete(till, basket, checkout.pay(till, basket, (), "cash"))
    assert not void.may_undo(till, done.sale)
    with pytest.raises(Refused, match="order_handed_over_for_good"):
        void.void_sale(till, done.sale.id, "No")
    back = refund.begin(till, refund.find(till, done.sale.doc_no))
    assert [row.qty for row in refund.left(till, back)] == [0, 1_000]
    with pytest.raises(Refused, match="more_than_sold"):
        refund.figures_of(till, refund.choose(back, 1, 1_000, "other"))
    back = refund.choose(back, extra, 1_000, "other")
    assert refund.complete(till, back).refund.payable == -749
    whole(till)


def test_handed_over_at_another_till_meanwhile_is_refused_before_the_money(till) -> None:
    tell(till, ready(due=4_739))
    basket = hand_over.put_into_basket(till, begun(till))
    tell(till, ready(version=9, state="COLLECTED", due=0))
    with pytest.raises(Refused, match="order_handed_over"):
        checkout.pay(till, basket, (), "cash")


def test_another_amount_due_by_now_is_refused_before_the_money(till) -> None:
    tell(till, ready(due=4_739))
    basket = hand_over.put_into_basket(till, begun(till))
    tell(till, ready(version=9, due=2_000))
    with pytest.raises(Refused, match="order_due_changed"):
        checkout.pay(till, basket, (), "cash")


def test_a_card_pays_it_and_what_the_hub_says_meanwhile_does_not_lose_the_charge(counter) -> None:
    till = counter.till
    tell(till, ready(due=4_739))
    plug(counter)
    basket = hand_over.put_into_basket(till, begun(till))
    attempt = card.start(till, basket, ())
    answer = card.charge(till, attempt, lambda _event: None)
    tell(till, ready(version=9, state="COLLECTED", due=0))  # another till was faster
    settled = card.settle_charge(till, attempt, answer, basket, ())
    done = checkout.complete(till, basket, settled.payments)
    (step,) = till.ledger.steps_of_sale(done.sale.id)
    assert (step.step, step.handling.due) == ("COLLECTED", 4_739), "both go up; a person is told"
    whole(till)


def test_a_list_that_is_lost_meanwhile_keeps_no_order_from_being_paid(till) -> None:
    tell(till, ready(due=4_739))
    basket = hand_over.put_into_basket(till, begun(till))
    till.catalogue.close()
    done = checkout.complete(till, basket, checkout.pay(till, basket, (), "cash"))
    (step,) = till.ledger.steps_of_sale(done.sale.id)
    assert (step.step, step.lines) == ("COLLECTED", ((SCARF, 2_000), (COFFEE, 1_000)))
    whole(till)


def test_nothing_is_put_aside_or_away_while_a_card_is_charged(counter) -> None:
    till = counter.till
    tell(till, ready(due=4_739), ready(2, due=100))
    plug(counter, "silent")
    basket = hand_over.put_into_basket(till, begun(till))
    with pytest.raises(Uncertain, match="terminal_silent"):
        card.charge(till, card.start(till, basket, ()), lambda _event: None)
    other = hand_over.begin(till, "res-2", id_seen=True)
    with pytest.raises(Refused, match="payment_running"):
        hand_over.put_into_basket(till, other, basket)
    with pytest.raises(Refused, match="payment_running"):
        hand_over.put_away(till, basket)


def test_one_order_after_the_other_leaves_no_basket_behind(till) -> None:
    tell(till, ready(), ready(2, due=100))
    first = hand_over.put_into_basket(till, begun(till))
    second = hand_over.put_into_basket(till, hand_over.begin(till, "res-2", id_seen=True), first)
    checkout.complete(till, second, checkout.pay(till, second, (), "cash"))
    assert checkout.restored(till) is None
    assert not pickup.get(till, "res-10482").handed


def test_a_basket_thrown_away_hands_nothing_over(till) -> None:
    tell(till, ready(due=40_000))
    basket = hand_over.put_into_basket(till, begun(till))
    checkout.cancel(till, basket, reason="Wrong one")
    assert not pickup.get(till, "res-10482").handed
    whole(till)


# --- paper -----------------------------------------------------------------------------------


def test_receipt_z_and_gift_say_what_they_should(counter) -> None:
    till = counter.till
    tell(till, ready(due=4_739))
    basket = hand_over.put_into_basket(till, begun(till))
    done = checkout.complete(till, basket, checkout.pay(till, basket, (), "cash"))
    said = printed(counter.till)
    assert "Order W-10482" in said or "W-10482" in said
    assert "Wool scarf Navy" in said
    reprint.reprint(till, done.sale.id, "Lost it")
    reprint.gift_receipt(till, done.sale.id)
    assert "Wool scarf Navy" in printed(counter.till)
    with pytest.raises(Refused, match="order_invoiced_by_shop"):
        invoicing.invoice(till, done.sale.id, invoicing.buyer("A GmbH"))
    totals = shift.summary(till)
    closed = shift.close_shift(till, totals.expected())
    assert (closed.z.total, closed.z.orders, closed.z.sales) == (0, 4_739, 1)
    (cash,) = [row for row in closed.z.tenders if row.tender == "cash"]
    assert cash.expected == 14_739
    assert "Bezahlte Bestellungen" in printed(counter.till)
    whole(till)


def test_an_invoice_is_for_what_was_bought_beside_it(till) -> None:
    tell(till, ready(due=4_739))
    basket = hand_over.put_into_basket(till, begun(till))
    basket, _ = checkout.scan(till, basket, CODES[COFFEE])
    done = checkout.complete(till, basket, checkout.pay(till, basket, (), "cash"))
    invoicing.invoice(till, done.sale.id, invoicing.buyer("A GmbH"))
    said = printed(till)
    assert "W-10482" in said
    assert "A GmbH" in said
