"""What goes wrong at the counter: power, late words, copies, clocks; nothing is ever paid twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pos_app.domain.errors import PosError, Refused
from pos_app.store.projections import differences
from pos_app.till import bringing_back, checkout, exchange, finding_sales, papers, pending, refund
from pos_app.till.void import void_sale
from pos_app.words import text_of
from tests.till.shop import COFFEE, PINS, SCARF
from tests.till.test_checkout import sold
from tests.till.test_refund import elsewhere, returning, told_by_the_hub
from tests.till.test_return_words import answered, asked


def code_of(job: Any) -> str:
    with pytest.raises(PosError) as caught:
        job()
    assert str(text_of(caught.value)), "there are words for it"
    return caught.value.code


@pytest.mark.parametrize("table", ["sale", "sale_line", "journal", "print_job"])
def test_power_that_goes_between_the_two_documents_leaves_neither(counter: Any, table: str) -> None:
    """The refund is in the books already when the sale of the same commit cannot be written."""
    till = counter.till
    sale = sold(till, SCARF).sale
    back = exchange.take_instead(till, returning(till, sale), COFFEE)
    basket, payments = exchange.to_pay(till, back)
    checkout.keep(till, basket, payments)
    when = {
        "sale": "WHEN NEW.kind = 'sale'",
        "sale_line": f"WHEN NEW.sku = '{COFFEE}'",
        "journal": "WHEN (SELECT count(*) FROM refund) > 0",
        "print_job": "",
    }[table]
    head, run = till.ledger.head(), till.ledger.connection.execute
    run(
        f"CREATE TEMP TRIGGER power BEFORE INSERT ON main.{table} {when} "
        "BEGIN SELECT RAISE(ABORT, 'no power'); END"
    )
    with pytest.raises(Exception, match=r"no power|commit_unknown|ledger_corrupt"):
        checkout.complete(till, basket, payments)
    run("DROP TRIGGER power")
    assert till.ledger.head() == head
    assert till.ledger.refunds_of(sale.id) == []
    assert till.ledger.sale(basket.basket_id) is None
    assert differences(till.ledger.connection) == []
    kept, paid, _ = checkout.restored(till)
    done = checkout.complete(till, kept, paid)
    assert (done.refund.id, done.sale.id) == (back.refund_id, basket.basket_id)


def test_the_hubs_no_that_comes_while_the_customer_pays_stops_the_exchange(counter: Any) -> None:
    """The goods are on the counter already, and another till gave the money for them."""
    till = counter.till
    back = exchange.take_instead(till, asked(counter, 1), SCARF)
    back = exchange.take_instead(till, back, COFFEE)
    basket, payments = exchange.to_pay(till, back)
    payments = checkout.pay(till, basket, payments, "cash", None)
    answered(counter, back, "REFUSED")
    head = till.ledger.head()
    assert code_of(lambda: checkout.complete(till, basket, payments)) == "return_not_authorised"
    assert till.ledger.head() == head
    basket, payments = bringing_back.call_off(till, basket, payments)
    assert checkout.settlement(till, basket, payments).due == 1_995
    payments = checkout.pay(till, basket, payments, "cash", None)
    assert checkout.complete(till, basket, payments).refund is None
    assert pending.pend(till, pending.of_return(till, back)).fact.sale == back.sale.id


def test_the_hubs_yes_is_used_by_the_exchange_and_by_nothing_else(counter: Any) -> None:
    till = counter.till
    back = exchange.take_instead(till, asked(counter, 1), SCARF)
    answered(counter, back)
    basket, payments = exchange.to_pay(till, back)
    done = checkout.complete(till, basket, payments)
    assert (done.refund.auth, done.refund.offline) == (back.auth, False)
    right = till.ledger.held_right(back.auth)
    assert (right.state, right.remaining) == ("RETURNED", 0)


def test_a_word_that_is_over_when_the_customer_has_paid_is_none_and_is_said(counter: Any) -> None:
    till = counter.till
    back = exchange.take_instead(till, asked(counter, 1), SCARF)
    answered(counter, back)
    basket, payments = exchange.to_pay(till, back)
    counter.clock.go(3_600)
    done = checkout.complete(till, basket, payments)
    assert (done.refund.auth, done.refund.offline) == ("", True)


def test_two_returns_of_one_receipt_put_together_side_by_side_give_one(counter: Any) -> None:
    till = counter.till
    sale = elsewhere(sold(till, SCARF).sale)
    told_by_the_hub(counter, sale)
    counter.line.connected = False
    refund_it, swap_it, pend_it = (returning(till, sale) for _ in range(3))
    swap_it = exchange.take_instead(till, swap_it, SCARF)
    goods = pending.of_return(till, pend_it)
    refund.complete(till, refund_it)
    assert code_of(lambda: exchange.complete(till, swap_it)) == "more_than_sold"
    assert code_of(lambda: pending.pend(till, goods)) == "more_than_sold"


def test_a_receipt_altered_copied_late_or_of_a_void_sale_is_told_in_words(counter: Any) -> None:
    till = counter.till
    sale = sold(till, SCARF).sale
    code = papers.code_of(till, sale.id)
    altered = code.replace(":1995:", ":9995:")
    assert altered != code
    assert code_of(lambda: finding_sales.find(till, altered)) == "receipt_not_believed"
    assert code_of(lambda: finding_sales.find(till, code[:-1] + "?")) == "receipt_code_unknown"
    counter.clock.go(40 * 86_400)
    late = finding_sales.find(till, code).found
    back = refund.choose(refund.begin(till, late), 1, 1_000, "faulty")
    assert refund.days_left(till, back) < 0
    assert code_of(lambda: exchange.complete(till, exchange.take_instead(till, back, SCARF))) == (
        "needs_manager"
    )
    counter.clock.go(-40 * 86_400)
    refund.complete(till, returning(till, sale))
    copied = finding_sales.find(till, code).found
    assert code_of(lambda: refund.begin(till, copied)) == "nothing_left"
    counter.swap("mia")
    gone = sold(till, COFFEE).sale
    own = papers.code_of(till, gone.id)
    void_sale(till, gone.id, "mistake")
    assert code_of(lambda: refund.begin(till, finding_sales.find(till, own).found)) == (
        "already_voided"
    )
    assert PINS["mia"]


def test_a_refund_is_no_sale_and_does_not_come_back(counter: Any) -> None:
    till = counter.till
    done = refund.complete(till, returning(till, sold(till, SCARF).sale)).refund
    counter.line.connected = False
    assert finding_sales.find(till, done.doc_no).state == "away"
    assert code_of(lambda: refund.find(till, done.doc_no)) == "sale_not_here"
    assert code_of(lambda: refund.find_by_id(till, done.id)) == "sale_not_here"


def test_a_clock_set_back_takes_nothing_away_and_gives_nothing(counter: Any) -> None:
    till = counter.till
    sale = sold(till, SCARF, COFFEE).sale
    counter.clock.moment -= timedelta(days=400)
    back = returning(till, sale, 1)
    assert refund.days_left(till, back) == 30, "the day does not go back"
    first = refund.complete(till, back).refund
    counter.clock.moment += timedelta(days=800)
    other = returning(till, sale, 2)
    with pytest.raises(Refused, match="needs_manager"):
        refund.complete(till, other)
    assert first.seq > sale.seq
    assert differences(till.ledger.connection) == []


def test_a_return_at_another_till_while_it_is_put_together_is_seen_before_money_goes(
    counter: Any,
) -> None:
    till = counter.till
    sale = elsewhere(sold(till, SCARF).sale)
    told_by_the_hub(counter, sale)
    back = returning(till, sale)
    gone = refund.complete(till, returning(till, sale)).refund
    assert gone.total == -1_995
    assert code_of(lambda: refund.complete(till, back)) == "more_than_sold"
    assert refund.complete(till, type(back)(gone.id, back.found, back.choices)).again
