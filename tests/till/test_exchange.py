"""Goods for goods: one commit, one paper, and to the cent the same as a return and a sale."""

from __future__ import annotations

from typing import Any

import pytest

from pos_app.domain.errors import PosError, Refused, Unavailable
from pos_app.receipts.plain_text import as_text
from pos_app.store.projections import differences
from pos_app.store.replica import ReplicaWriter
from pos_app.till import bringing_back, checkout, exchange, lookup, refund, shift, sign_in
from pos_app.till.papers import ordered, receipt_of, sale_order
from pos_app.till.void import void_sale
from sync.protocol import PriceRow, ProductRow, StockRow
from tests.till.shop import COFFEE, HUB_TIME, PINS, SCARF, feed
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


def sizes(counter: Any) -> None:
    """Boots in three sizes come into the catalogue, two of them are here; 43 is dearer by now."""
    till = counter.till
    rows = [
        ProductRow(f"BOOT-{size}", "Boot", f"EU {size}", style="BOOT", barcodes=())
        for size in (42, 43, 44)
    ]
    rows.append(ProductRow("SHOE-43", "Shoe", "EU 43", style="SHOE"))
    prices = [
        PriceRow(
            row.sku, "retail", "EUR", (("", "", 12_900 if row.sku == "BOOT-43" else 11_900, 0),)
        )
        for row in rows
    ]
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        _, pos = writer.cursors()["global"]
        writer.apply(feed("global", pos, ("product", rows), ("price", prices)))
        _, pos = writer.cursors()["store:1"]
        stock = [
            StockRow("BOOT-42", "1", 5_000, HUB_TIME),
            StockRow("BOOT-43", "1", 2_000, HUB_TIME),
        ]
        writer.apply(feed("store:1", pos, ("stock", stock)))
    till.catalogue.reopen()


def bought(till: Any, *skus: str, qty: int = 1_000) -> Any:
    basket = checkout.start(till)
    for sku in skus:
        basket, _ = checkout.add(till, basket, sku, qty)
    return checkout.complete(till, basket, checkout.pay(till, basket, (), "cash", None)).sale


def test_a_swap_keeps_the_price_once_paid_and_is_even(counter: Any) -> None:
    till = counter.till
    sizes(counter)
    sale = bought(till, "BOOT-42", COFFEE)
    offers = exchange.offers(till, refund.begin(till, refund.find(till, sale.doc_no)), 1)
    assert [(each.article.product.sku, each.here) for each in offers] == [
        ("BOOT-43", 2_000),
        ("BOOT-44", 0),
    ]
    back = exchange.swap(till, returning(till, sale, 1, reason="too_small"), 1, "BOOT-43")
    worked = exchange.figures(till, back)
    assert (worked.way, worked.to_pay, worked.paid_back, worked.out) == ("even", 0, 0, 11_900)
    cash = shift.summary(till).expected_cash
    done = exchange.complete(till, back)
    (line,) = done.sale.lines
    assert (line.sku, line.unit_price, line.total) == ("BOOT-43", 11_900, 11_900)
    assert (line.override.price_from, line.override.reason) == (12_900, "exchange")
    assert (done.sale.total, done.refund.total) == (11_900, -11_900)
    assert shift.summary(till).expected_cash == cash
    again = exchange.complete(till, back)
    assert (again.again, again.sale, again.refund) == (True, done.sale, done.refund)


def test_both_parts_stand_on_one_paper(counter: Any) -> None:
    till = counter.till
    sizes(counter)
    sale = bought(till, "BOOT-42", COFFEE)
    back = exchange.swap(till, returning(till, sale, 1, 2), 1, "BOOT-44")
    done = exchange.complete(till, back)
    assert done.refund.payable == -12_649
    text = as_text(receipt_of(till, ordered(till, sale_order(till, done.sale, done.position))))
    for told in (done.sale.doc_no, done.refund.doc_no, sale.doc_no, "EU 42", "EU 44", "119,00"):
        assert told in text, text
    jobs = till.ledger.print_jobs(["queued"])
    assert [job.kind for job in jobs][-1:] == ["receipt"]
    assert sum(job.doc_no == done.sale.doc_no for job in jobs) == 1


def test_less_is_taken_and_the_rest_goes_back_the_way_it_was_paid(counter: Any) -> None:
    till = counter.till
    sizes(counter)
    sale = bought(till, "BOOT-43")
    cash = shift.summary(till).expected_cash
    back = exchange.take_instead(till, returning(till, sale, 1), "BOOT-44")
    worked = exchange.figures(till, back)
    assert (worked.way, worked.carried, worked.paid_back) == ("down", 11_900, 1_000)
    done = exchange.complete(till, back)
    assert [(paid.tender, paid.amount) for paid in done.refund.payments] == [
        ("exchange", -11_900),
        ("cash", -1_000),
    ]
    assert shift.summary(till).expected_cash == cash - 1_000


def test_a_killed_program_keeps_the_exchange(counter: Any, data: Any) -> None:
    till = counter.till
    sale = sold(till, COFFEE).sale
    back = exchange.take_instead(till, returning(till, sale, 1), SCARF)
    checkout.keep(till, *exchange.to_pay(till, back))
    restored = checkout.restored(till)
    assert restored is not None
    basket, payments, _at = restored
    assert bringing_back.returning_of(till, basket).choices == back.choices
    payments = checkout.pay(till, basket, payments, "cash", None)
    done = checkout.complete(till, basket, payments)
    assert (done.refund.id, done.refund.exchange) == (back.refund_id, done.sale.id)
    assert till.ledger.refunds_of(sale.id) == [done.refund]


def test_what_came_back_meanwhile_does_not_come_back_with_the_exchange(counter: Any) -> None:
    till = counter.till
    sale = sold(till, COFFEE).sale
    back = exchange.take_instead(till, returning(till, sale, 1), SCARF)
    basket, payments = exchange.to_pay(till, back)
    refund.complete(till, returning(till, sale, 1))
    payments = checkout.pay(till, basket, payments, "cash", None)
    with pytest.raises(Refused, match="more_than_sold"):
        checkout.complete(till, basket, payments)
    assert till.ledger.sale(basket.basket_id) is None
    basket, payments = bringing_back.call_off(till, basket, payments)
    assert checkout.settlement(till, basket, payments).due == 749
    payments = checkout.pay(till, basket, payments, "cash", None)
    assert checkout.complete(till, basket, payments).sale.exchange == ""


def test_an_exchange_is_not_voided_and_its_goods_come_back_to_the_cent(counter: Any) -> None:
    till = counter.till
    sale = sold(till, COFFEE).sale
    back = exchange.take_instead(till, returning(till, sale, 1), SCARF)
    basket, payments = exchange.to_pay(till, back)
    done = checkout.complete(till, basket, checkout.pay(till, basket, payments, "cash", None))
    with pytest.raises(Refused, match="exchange_not_voided"):
        void_sale(till, done.sale.id, "wrong")
    with pytest.raises(Refused, match="sale_has_refunds"):
        void_sale(till, sale.id, "wrong")
    gone = refund.complete(till, returning(till, done.sale, 1)).refund
    assert [(paid.tender, paid.amount) for paid in gone.payments] == [("cash", -1_995)]
    everything = (sale, done.refund, done.sale, gone)
    assert sum(fact.total for fact in everything) == 0
    assert sum(fact.payable for fact in everything) == 0
    assert sum(fact.tax for fact in everything) == 0
    with pytest.raises(Refused, match="nothing_left"):
        refund.begin(till, refund.find(till, sale.doc_no))


def test_who_may_exchange_how_much(counter: Any) -> None:
    till = counter.till
    sizes(counter)
    sale = bought(till, "BOOT-42", qty=2_000)
    back = exchange.swap(till, returning(till, sale, 1), 1, "BOOT-44")
    with pytest.raises(Refused) as caught:
        exchange.complete(till, back)
    assert (caught.value.code, caught.value.facts["action"]) == ("needs_manager", "exchange")
    manager = sign_in.approve(till, "mia", PINS["mia"], "exchange", 23_800)
    done = exchange.complete(till, back, approval=manager)
    assert (done.refund.approver, len(done.sale.lines)) == ("mia", 1)


def test_without_the_hub_an_exchange_has_the_limits_of_money(counter: Any) -> None:
    till = counter.till
    sizes(counter)
    dear, cheap = bought(till, "BOOT-42"), sold(till, SCARF).sale
    counter.line.connected = False
    with pytest.raises(Unavailable, match="needs_hub"):
        exchange.complete(till, exchange.swap(till, returning(till, dear, 1), 1, "BOOT-44"))
    back = exchange.take_instead(till, returning(till, cheap, 1), SCARF)
    done = exchange.complete(till, back)
    assert done.refund.offline
    assert refund.spent(till) == 0, "no money went out"


def test_what_is_no_size_of_it_is_not_swapped_and_absurd_choices_are_refused(counter: Any) -> None:
    till = counter.till
    sizes(counter)
    sale = bought(till, "BOOT-42", COFFEE)
    back = returning(till, sale, 1)

    assert code(lambda: exchange.swap(till, back, 1, "SHOE-43")) == "swap_not_alike"
    assert code(lambda: exchange.swap(till, back, 1, "NOTHING")) == "unknown_code"
    assert code(lambda: exchange.swap(till, back, 2, COFFEE)) == "nothing_chosen"
    assert code(lambda: exchange.swap(till, back, 9, COFFEE)) == "no_such_line"
    assert code(lambda: exchange.to_pay(till, back)) == "exchange_nothing_out"
    for qty in (-1_000, 10**9, 1_500):
        wrong = refund.choose(back, 1, qty, "too_small")
        assert code(lambda wrong=wrong: exchange.figures(till, wrong)) in (
            "quantity_out_of_range",
            "quantity_not_whole",
        )
    dropped = refund.choose(exchange.swap(till, back, 1, "BOOT-43"), 1, 0)
    assert not dropped.exchanges


def test_money_that_was_to_pay_for_goods_does_not_go_out_without_a_word(counter: Any) -> None:
    """Who agreed to goods for goods did not agree to cash for goods."""
    till = counter.till
    sizes(counter)
    sale = bought(till, "BOOT-42")
    back = exchange.take_instead(till, returning(till, sale, 1), "BOOT-43")
    basket, payments = exchange.to_pay(till, back)
    assert code(lambda: checkout.take_back(payments, 0)) == "payment_is_exchange"
    full = checkout.pay(till, basket, (), "cash", None)
    with pytest.raises(Refused) as caught:
        checkout.complete(till, basket, full)
    assert (caught.value.code, caught.value.facts["action"]) == ("needs_manager", "refund")
    assert till.ledger.refunds_of(sale.id) == []


def test_what_goes_out_may_change_before_it_is_paid(counter: Any) -> None:
    till = counter.till
    sizes(counter)
    sale = bought(till, COFFEE)
    back = exchange.take_instead(till, returning(till, sale, 1), SCARF)
    basket, payments = exchange.to_pay(till, back)
    basket, _ = checkout.add(till, basket, COFFEE)
    payments = bringing_back.again(till, basket, payments)
    assert checkout.settlement(till, basket, payments).due == 1_995 + 749 - 749
    basket = checkout.remove_line(till, basket, 1, reason="no")
    payments = bringing_back.again(till, basket, payments)
    assert checkout.settlement(till, basket, payments).complete
    done = checkout.complete(till, basket, payments)
    assert (done.sale.total, done.refund.total) == (749, -749)


def test_an_exchange_that_is_thrown_away_leaves_everything_as_it_was(counter: Any) -> None:
    till = counter.till
    sale = sold(till, COFFEE).sale
    back = exchange.take_instead(till, returning(till, sale, 1), COFFEE)
    basket, payments = exchange.to_pay(till, back)
    checkout.keep(till, basket, payments)
    checkout.cancel(till, basket, payments, reason="changed their mind")
    assert checkout.restored(till) is None
    assert till.ledger.refunds_of(sale.id) == []
    assert refund.complete(till, returning(till, sale, 1)).refund.total == -749


def code(job: Any) -> str:
    with pytest.raises(PosError) as caught:
        job()
    return caught.value.code


def test_both_documents_are_of_one_day_whatever_the_clock_says_meanwhile(counter: Any) -> None:
    """A customer who pays after the cut-off, for taxes and prices of the day before."""
    till = counter.till
    sale = sold(till, COFFEE).sale
    back = exchange.take_instead(till, returning(till, sale, 1), SCARF)
    basket, payments = exchange.to_pay(till, back)
    counter.clock.go(20 * 3_600)
    payments = checkout.pay(till, basket, payments, "cash", None)
    done = checkout.complete(till, basket, payments)
    assert done.sale.biz_date == done.refund.biz_date
