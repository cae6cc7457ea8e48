"""Goods taken in without money: a slip, once, that is worth nothing before the hub agrees."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pos_app.domain.errors import PosError, Refused
from pos_app.domain.value_code import account_of, read_code
from pos_app.receipts.plain_text import as_text
from pos_app.store.projections import differences
from pos_app.till import inquiries, lookup, papers, pending, refund, sign_in, taken_in
from sync.protocol import OrderRow, PendedReply, ReturnPended
from sync.protocol.orders import OrderLine
from tests.till.shop import APPLES, COFFEE, PINS, SCARF
from tests.till.test_checkout import sold
from tests.till.test_in_doubt import in_doubt
from tests.till.test_refund import elsewhere, returning, told_by_the_hub


def code_of(job: Any) -> str:
    with pytest.raises(PosError) as caught:
        job()
    return caught.value.code


def jobs(till: Any) -> list[Any]:
    return [job for job in till.ledger.print_jobs(["queued"]) if job.kind == "value"]


def test_goods_of_a_known_sale_come_in_and_a_slip_goes_out(counter: Any) -> None:
    till = counter.till
    sale = sold(till, SCARF, SCARF, COFFEE).sale
    counter.line.connected = False
    before = lookup.by_sku(till, SCARF).on_hand
    goods = pending.of_return(till, refund.choose(returning(till, sale, 1), 1, 1_000, "faulty"))
    done = pending.pend(till, goods)
    fact = done.fact
    assert isinstance(till.ledger.fact(fact.id), ReturnPended)
    assert (fact.sale, fact.sale_doc, fact.amount, fact.why) == (
        sale.id,
        sale.doc_no,
        1_995,
        "offline",
    )
    assert [(row.of, row.sku, row.qty, row.reason) for row in fact.lines] == [
        (1, SCARF, 1_000, "faulty")
    ]
    assert lookup.by_sku(till, SCARF).on_hand == before + 1_000
    (job,) = jobs(till)
    order = job.receipt
    assert account_of(read_code(order["code"])) == fact.slip
    text = as_text(papers.receipt_of(till, papers.ordered(till, order)))
    assert text.count("19,95") == 2
    assert sale.doc_no in text
    again = pending.pend(till, goods)
    assert (again.again, again.fact, len(jobs(till))) == (True, fact, 1)
    assert differences(till.ledger.connection) == []
    till.ledger.rebuild()
    assert differences(till.ledger.connection) == []


def test_nobody_but_the_paper_knows_the_code(counter: Any) -> None:
    till = counter.till
    done = pending.pend(till, pending.of_return(till, returning(till, sold(till).sale)))
    code = read_code(jobs(till)[0].receipt["code"])
    for (body,) in till.ledger.connection.execute("SELECT body FROM journal").fetchall():
        assert code.code.encode() not in body
    assert code.code not in repr(done)
    copy = papers.order(till, "pended", done.fact, done.position)
    assert "HFC1" not in as_text(papers.receipt_of(till, papers.ordered(till, copy)))


def test_what_is_in_is_back_until_the_hub_has_decided(counter: Any) -> None:
    till = counter.till
    sale = sold(till, SCARF, SCARF).sale
    one = refund.choose(returning(till, sale, 1), 1, 1_000, "faulty")
    slip = pending.pend(till, pending.of_return(till, one)).fact.slip
    back = refund.begin(till, refund.find(till, sale.doc_no))
    assert [row.qty for row in refund.left(till, back)] == [1_000]
    with pytest.raises(Refused, match="more_than_sold"):
        refund.complete(till, returning(till, sale, 1))
    refund.complete(till, refund.choose(back, 1, 1_000, "faulty"))
    with pytest.raises(Refused, match="nothing_left"):
        refund.begin(till, refund.find(till, sale.doc_no))
    assert [row.slip for row in pending.waiting(till)] == [slip]
    for state, left in (("WAITING", 1), ("CONFLICT", 1), ("CONFIRMED", 0), ("REJECTED", 0)):
        ask_id = pending.look(till, slip)
        answered(till, ask_id, PendedReply(slip, state, 1_995, currency="EUR"))
        assert pending.told(till, slip, ask_id).state == state
        assert len(pending.waiting(till)) == left
        came = sum(row.qty for row in refund.left(till, back))
        assert came == (1_000 if state == "REJECTED" else 0), "credited, it is back for good"
    assert [row.qty for row in refund.left(till, back)] == [1_000], "rejected: theirs again"


def answered(till: Any, ask_id: str, reply: Any) -> None:
    body = msgspec.json.encode(reply).decode()
    assert inquiries.heard(till, {"id": ask_id, "status": 200, "body": body})


def test_the_same_receipt_is_not_taken_in_twice(counter: Any) -> None:
    till = counter.till
    sale = sold(till).sale
    first = pending.of_return(till, returning(till, sale))
    second = pending.of_return(till, returning(till, sale))
    pending.pend(till, first)
    assert code_of(lambda: pending.pend(till, second)) == "already_taken_in"
    assert code_of(lambda: returning(till, sale)) == "nothing_left"
    paper = pending.add(till, pending.of_paper(till, "9-1-1.7"), SCARF, 1_000, "other")
    pending.pend(till, paper)
    again = pending.add(till, pending.of_paper(till, "9-1-1.7"), SCARF, 1_000, "other")
    with pytest.raises(Refused) as caught:
        pending.pend(till, again)
    assert (caught.value.code, caught.value.facts["doc_no"]) == ("already_taken_in", "9-1-1.7")


def test_without_a_receipt_somebody_agrees(counter: Any) -> None:
    till = counter.till
    goods = pending.add(till, pending.without_receipt(till), SCARF, 2_000, "other", "damaged")
    assert goods.amount == 3_990
    assert code_of(lambda: pending.pend(till, goods)) == "needs_manager"
    agreed = sign_in.approve(till, "mia", PINS["mia"], "take_in_no_receipt", goods.amount)
    before = lookup.by_sku(till, SCARF).on_hand
    fact = pending.pend(till, goods, approval=agreed).fact
    assert (fact.why, fact.sale, fact.sale_doc, fact.approver) == ("no_receipt", "", "", "mia")
    assert lookup.by_sku(till, SCARF).on_hand == before, "damaged is not sold again"


def test_of_an_order_the_goods_are_known_and_nothing_is_paid(counter: Any) -> None:
    till = counter.till
    order = OrderRow(
        *("r-1", "o-1", "W-10391", "web", "COLLECTED", 3),
        (OrderLine("gid-7", SCARF, "Wool scarf", 3_000, 5_000, handed=3_000),),
        currency="EUR",
    )
    goods = pending.take(pending.of_order(till, order), order, "gid-7", 1_000, "too_big")
    assert code_of(lambda: pending.take(goods, order, "gid-7", 4_000, "x")) == "more_than_sold"
    fact = pending.pend(till, goods).fact
    assert (fact.why, fact.sale, fact.sale_doc, fact.amount) == ("order", "o-1", "W-10391", 1_666)


def test_absurd_goods_are_refused(counter: Any) -> None:
    till = counter.till
    goods = pending.without_receipt(till)
    for qty, code in ((-1_000, "quantity_out_of_range"), (10**8, "quantity_out_of_range"),
                      (1_500, "quantity_not_whole"), (True, "quantity_out_of_range")):  # fmt: skip
        assert code_of(lambda qty=qty: pending.add(till, goods, SCARF, qty, "other")) == code
    assert code_of(lambda: pending.add(till, goods, SCARF, 1_000, "x", "eaten")) == (
        "condition_unknown"
    )
    assert code_of(lambda: pending.add(till, goods, SCARF, 1_000, "x", amount=-5)) == (
        "amount_out_of_range"
    )
    assert code_of(lambda: pending.add(till, goods, "0000000000000", 1_000, "x")) == "unknown_code"
    assert code_of(lambda: pending.pend(till, goods)) == "nothing_chosen"
    assert code_of(lambda: pending.of_paper(till, " \u200b ")) == "receipt_number_missing"
    weighed = pending.add(till, goods, APPLES, 432, "")
    assert code_of(lambda: pending.pend(till, weighed)) == "reason_missing"


def test_a_till_in_doubt_only_takes_in(counter: Any) -> None:
    till = counter.till
    sale = elsewhere(sold(till).sale)
    told_by_the_hub(counter, sale)
    back = returning(till, sale)
    assert pending.why_not(till, back) == ""
    in_doubt(counter)
    assert pending.why_not(till, back) == "offline"
    assert code_of(lambda: refund.complete(till, back)) == "chain_in_doubt"
    assert pending.pend(till, pending.of_return(till, back)).fact.sale == sale.id
    assert len(taken_in.every(till.ledger)) == 1
