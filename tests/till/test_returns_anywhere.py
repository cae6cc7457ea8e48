"""A sale of any store and channel comes back here: found, limited, paid where it may go."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from pos_app.domain.errors import PosError, Refused
from pos_app.domain.value_code import account_of, read_code
from pos_app.store.projections import differences
from pos_app.till import exchange, finding_sales, inquiries, papers, refund, shift, sign_in
from sync.hub.refunds import ref_of
from sync.protocol import SaleFind, SaleRefRow, SalesFound, SoldDoc, ValueEarned
from sync.protocol.messages import RefPayment
from sync.protocol.returning import OnTheWay
from tests.till.shop import COFFEE, PINS, SCARF
from tests.till.test_checkout import facts, sold
from tests.till.test_refund import returning
from tests.till.test_return_words import answered

ORDER_ID = "0197a1c2-0000-7000-8000-0000000000aa"


def code_of(job: Any) -> str:
    with pytest.raises(PosError) as caught:
        job()
    return caught.value.code


def order_row(at: Any, *skus: str, paid: str = "shop", **changes: Any) -> SaleRefRow:
    """An order of the shop as the hub tells of it; its figures are those of a real sale."""
    told = ref_of(sold(at, *(skus or (SCARF, COFFEE))).sale)
    row = replace(
        told,
        id=ORDER_ID,
        kind="order",
        doc_no="W-10391",
        store="",
        till="",
        payments=(RefPayment(paid, told.total),),
        payable=told.total,
    )
    return replace(row, **changes)


def order_doc(till: Any, *skus: str, paid: str = "shop", **more: Any) -> SoldDoc:
    return SoldDoc(order_row(till, *skus, paid=paid), channel="web", paid_by="Visa •4242", **more)


def answer(till: Any, search: finding_sales.Search, *docs: SoldDoc) -> finding_sales.Search:
    body = msgspec.json.encode(SalesFound(docs)).decode()
    assert inquiries.heard(till, {"id": search.ask_id, "status": 200, "body": body})
    return finding_sales.heard(till, search)


def found(till: Any, doc: SoldDoc) -> refund.Returning:
    search = answer(till, finding_sales.find(till, "W-10391"), doc)
    assert search.state == "found", search
    return refund.begin(till, search.found)


def with_word(counter: Any, back: refund.Returning) -> refund.Returning:
    """The hub's word on what was chosen, asked for and given."""
    back = refund.authorise(counter.till, back)
    answered(counter, back)
    return back


# --- finding


def test_what_is_here_is_found_at_once_and_asks_nobody(counter: Any) -> None:
    till = counter.till
    sale = sold(till).sale
    for text in (sale.doc_no, sale.doc_no.lower(), str(sale.doc_no.rpartition(".")[2])):
        search = finding_sales.find(till, text)
        assert (search.state, search.found.sale.id, search.ask_id) == ("found", sale.id, "")
    assert till.inquiries == {}


def test_what_is_not_here_is_asked_of_the_hub(counter: Any) -> None:
    till = counter.till
    doc = order_doc(
        till,
        customer="c-1",
        steps=(("ordered", "2026-11-12T09:00:00.000Z"),),
        fixed=(2,),
        points=49,
        on_the_way=(OnTheWay(1, 1_000, "9", "1", "2026-11-25T09:00:00.000Z"),),
    )
    search = finding_sales.find(till, " w-10391 ")
    assert (search.state, search.asked) == ("waiting", SaleFind(number="w-10391"))
    assert finding_sales.heard(till, search) == search, "nobody answered yet"
    search = answer(till, search, doc)
    got = search.found
    assert (search.state, got.channel, got.customer, got.paid_by) == (
        *("found", "web", "c-1", "Visa •4242"),
    )
    assert (got.own, got.told_by, got.points, got.fixed) == (False, "hub", 49, (2,))
    assert got.steps == (("ordered", "2026-11-12T09:00:00.000Z"),)
    assert got.underway[0].store == "9"
    assert got.known


def test_several_are_chosen_from_and_nothing_is_said_so(counter: Any) -> None:
    till = counter.till
    search = finding_sales.of_customer(till, "c-1")
    one, other = order_doc(till), order_doc(till, SCARF)
    search = answer(till, search, one, other)
    assert (search.state, len(search.several)) == ("choose", 2)
    assert finding_sales.pick(search, 1).found.sale == other.sale
    assert code_of(lambda: finding_sales.pick(search, 2)) == "no_such_line"
    assert answer(till, finding_sales.find(till, "W-1")).state == "none"


def test_by_card_day_and_amount(counter: Any) -> None:
    till = counter.till
    for text in ("4242 2026-11-12 211.50", "•4242, 2026-11-12; 211,5"):
        asked = finding_sales.find(till, text).asked
        assert asked == SaleFind(last4="4242", day="2026-11-12", total=21_150)


def test_without_the_hub_it_says_so_and_can_be_asked_again(counter: Any) -> None:
    till = counter.till
    doc = order_doc(till)
    counter.line.connected = False
    search = finding_sales.find(till, "W-10391")
    assert search.state == "away"
    counter.line.connected = True
    again = finding_sales.again(till, search)
    assert (again.state, again.asked) == ("waiting", search.asked)
    assert inquiries.heard(till, {"id": again.ask_id, "status": 0})
    assert finding_sales.heard(till, again).state == "away"
    assert answer(till, finding_sales.again(till, again), doc).state == "found"


def test_a_receipt_of_another_store_says_what_the_hub_says_or_is_not_believed(counter: Any) -> None:
    till = counter.till
    sale = sold(till).sale
    proof = papers.proof_of(sale, till.ledger.hash_of(sale.id))
    strange = type(proof)(
        "0197a1c2-0000-7000-8000-000000000bad",
        *(proof.epoch, proof.seq, "9-1-1.7", proof.currency, proof.business_date, proof.hash8),
        total=999,
    )
    search = finding_sales.find(till, strange.text(lambda _: b"\0" * 64))
    assert (search.state, search.doc_no, search.asked.number) == ("waiting", "9-1-1.7", "9-1-1.7")
    doc = SoldDoc(replace(ref_of(sale), id=ORDER_ID, doc_no="9-1-1.7", store="9"))
    assert code_of(lambda: answer(till, search, doc)) == "receipt_not_believed"


def test_an_own_sale_as_the_hub_tells_of_it_is_the_journals_with_what_it_adds(counter: Any) -> None:
    till = counter.till
    sale = sold(till, SCARF, SCARF).sale
    taken = refund.complete(till, refund.choose(returning(till, sale, 1), 1, 1_000, "faulty"))
    there = replace(ref_of(taken.refund), id="0197a1c2-0000-7000-8000-0000000000bb", store="9")
    doc = SoldDoc(ref_of(sale), back=(ref_of(taken.refund), there), customer="c-1")
    got = finding_sales.found_of(till, doc)
    assert (got.own, got.sale, got.customer) == (True, sale, "c-1")
    assert code_of(lambda: refund.begin(till, got)) == "nothing_left"


def test_what_the_hub_adds_to_a_sale_that_is_here_is_asked_beside(counter: Any) -> None:
    till = counter.till
    sale = sold(till, SCARF, COFFEE).sale
    search = finding_sales.more(till, finding_sales.find(till, sale.doc_no))
    assert (search.state, search.asked) == ("found", SaleFind(sale=sale.id))
    assert finding_sales.told_more(till, search) == search
    body = msgspec.json.encode(SalesFound((SoldDoc(ref_of(sale), fixed=(2,)),))).decode()
    assert inquiries.heard(till, {"id": search.ask_id, "status": 200, "body": body})
    told = finding_sales.told_more(till, search).found
    assert (told.own, told.sale, told.fixed) == (True, sale, (2,))
    counter.line.connected = False
    assert finding_sales.more(till, search) == search


# --- an order comes back


def test_an_order_of_the_shop_is_paid_back_by_the_shop(counter: Any) -> None:
    till = counter.till
    back = found(till, order_doc(till, customer="c-1"))
    back = refund.choose(back, 1, 1_000, "too_small")
    cash = shift.summary(till).expected_cash
    fact = refund.complete(till, with_word(counter, back)).refund
    assert (fact.sale, fact.sale_doc, fact.channel, fact.sale_store) == (
        *(ORDER_ID, "W-10391", "web", ""),
    )
    assert (fact.customer, fact.payable) == ("c-1", -1_995)
    assert [(row.tender, row.amount) for row in fact.payments] == [("shop", -1_995)]
    assert shift.summary(till).expected_cash == cash, "the till pays nothing out"
    assert differences(till.ledger.connection) == []


def test_an_order_swapped_in_one_basket_keeps_the_price_of_the_web(counter: Any) -> None:
    till = counter.till
    back = refund.choose(found(till, order_doc(till, SCARF, SCARF)), 1, 1_000, "faulty")
    back = exchange.swap(till, back, 1, SCARF)
    worked = exchange.figures(till, back)
    assert (worked.way, worked.back) == ("even", 1_995)
    done = exchange.complete(till, with_word(counter, back))
    assert [(row.tender, row.amount, row.ref) for row in done.refund.payments] == [
        ("exchange", -1_995, "shop")
    ]
    again = refund.begin(till, refund.find(till, done.sale.doc_no))
    gone = refund.complete(till, refund.choose(again, 1, 1_000, "faulty")).refund
    (paid,) = gone.payments
    assert (paid.tender, paid.amount, len(paid.account)) == ("credit", -1_995, 32), "a slip"


def test_a_killed_program_knows_the_order_again(counter: Any) -> None:
    till = counter.till
    from pos_app.till import bringing_back, checkout

    back = refund.choose(found(till, order_doc(till)), 2, 1_000, "too_small")
    back = exchange.take_instead(till, back, SCARF)
    checkout.keep(till, *exchange.to_pay(till, with_word(counter, back)))
    basket, payments, _ = checkout.restored(till)
    again = bringing_back.returning_of(till, basket)
    assert (again.found.channel, again.sale, again.choices) == ("web", back.sale, back.choices)
    payments = checkout.pay(till, basket, payments, "cash", None)
    done = checkout.complete(till, basket, payments)
    assert (done.refund.channel, done.refund.sale) == ("web", ORDER_ID)


def test_without_the_hub_an_order_is_not_paid_back(counter: Any) -> None:
    till = counter.till
    back = refund.choose(found(till, order_doc(till)), 1, 1_000, "too_small")
    assert code_of(lambda: refund.complete(till, back)) == "needs_hub", "the hub has to agree first"
    counter.line.connected = False
    assert code_of(lambda: refund.complete(till, back)) == "needs_hub"
    ways = refund.targets(till, back, refund.figures_of(till, back))
    assert [way.locked for way in ways] == ["needs_hub", "needs_hub", "needs_hub", "not_allowed"]


# --- rules


def test_goods_that_may_not_come_back_do_not(counter: Any) -> None:
    till = counter.till
    back = found(till, order_doc(till, fixed=(2,)))
    assert code_of(lambda: refund.choose(back, 2, 1_000, "faulty")) == "line_fixed"
    sneaked = refund.choose(back, 1, 1_000, "faulty")
    sneaked = type(back)(
        back.refund_id, back.found, (*sneaked.choices, type(sneaked.choices[0])(2, 1_000, "faulty"))
    )
    assert code_of(lambda: refund.complete(till, sneaked)) == "line_fixed"


def test_the_very_piece_that_was_sold_comes_back(counter: Any) -> None:
    till = counter.till
    back = refund.choose(found(till, order_doc(till, serials=((1, "SN-7"),))), 1, 1_000, "faulty")
    assert code_of(lambda: refund.complete(till, back)) == "serial_missing"
    assert code_of(lambda: refund.with_serial(back, 1, "SN-8")) == "serial_differs"
    read = refund.with_serial(back, 1, "sn-7")
    read = refund.choose(read, 1, 1_000, "too_big")
    assert refund.complete(till, with_word(counter, read)).refund.total == -1_995


def test_a_line_has_its_own_last_day(counter: Any) -> None:
    till = counter.till
    back = found(till, order_doc(till, until=((1, "2026-11-24"), (2, ""))))
    assert refund.days_left(till, back, 1) == -1
    assert refund.days_left(till, back, 2) is None
    late = refund.choose(back, 1, 1_000, "faulty")
    with pytest.raises(Refused) as caught:
        refund.complete(till, with_word(counter, late))
    assert (caught.value.code, caught.value.facts["action"]) == ("needs_manager", "return_late")
    assert (
        refund.complete(
            till, with_word(counter, refund.choose(back, 2, 1_000, "faulty"))
        ).refund.total
        == -749
    )


def test_a_receipt_of_another_store_needs_somebodys_word(counter: Any) -> None:
    till = counter.till
    doc = SoldDoc(order_row(till, paid="cash", store="9", till="1", doc_no="9-1-1.7", kind="sale"))
    back = refund.choose(found(till, doc), 1, 1_000, "faulty")
    with pytest.raises(Refused) as caught:
        refund.complete(till, back)
    assert caught.value.facts["action"] == "refund_other_store"
    agreed = sign_in.approve(till, "mia", PINS["mia"], "refund_other_store", 1_995)
    assert refund.complete(till, back, approval=agreed).refund.sale_store == "9"
    counter.line.connected = False
    other = refund.choose(refund.begin(till, back.found), 2, 1_000, "faulty")
    assert code_of(lambda: refund.complete(till, other)) == "needs_hub"


# --- where the money goes


def test_every_way_for_the_money_says_how_much_and_why_not(counter: Any) -> None:
    till = counter.till
    back = refund.choose(found(till, order_doc(till)), 1, 1_000, "too_small")
    ways = {way.code: way for way in refund.targets(till, back, refund.figures_of(till, back))}
    assert list(ways) == ["original", "credit", "gift_card", "cash"]
    assert (ways["original"].amount, ways["original"].limit, ways["original"].by_shop) == (
        *(1_995, 2_744, 1_995),
    )
    assert ways["original"].chosen
    assert [ways[code].locked for code in ways] == ["", "", "", "not_allowed"]
    counter.swap("mia")
    ways = {way.code: way for way in refund.targets(till, back, refund.figures_of(till, back))}
    assert (ways["cash"].locked, ways["cash"].action) == ("", "refund_other_tender")
    assert ways["cash"].decision.outcome == "needs_approval"
    assert code_of(lambda: refund.target(till, back, "goat")) == "target_unknown"


def test_store_credit_is_a_slip_with_a_code_of_its_own(counter: Any) -> None:
    till = counter.till
    sale = sold(till).sale
    back = refund.target(till, returning(till, sale), "credit")
    before = shift.summary(till).expected_cash
    fact = refund.complete(till, back).refund
    (paid,) = fact.payments
    assert (paid.tender, paid.amount, fact.other_tender) == ("credit", -sale.total, "credit")
    assert shift.summary(till).expected_cash == before
    (job,) = [job for job in till.ledger.print_jobs(["queued"]) if job.kind == "value"]
    assert account_of(read_code(job.receipt["code"])) == paid.account
    (earned,) = facts(till, ValueEarned)
    assert (earned.kind, earned.account, earned.amount, earned.of) == (
        *("credit", paid.account, sale.total, fact.id),
    )


def test_store_credit_goes_to_the_customers_account(counter: Any) -> None:
    till = counter.till
    sale = sold(till).sale
    back = refund.target(till, returning(till, sale), "credit", "c-1")
    fact = refund.complete(till, back).refund
    assert fact.payments[0].account == "c-1"
    assert not [job for job in till.ledger.print_jobs(["queued"]) if job.kind == "value"]
    assert refund.target(till, back, "original").account == ""


def test_the_hubs_late_word_changes_nothing_that_is_written(counter: Any) -> None:
    """The answer comes after the goods are on the counter and the money is out."""
    till = counter.till
    sale = replace(ref_of(sold(till).sale), id=ORDER_ID, doc_no="1-7-1.31", till="7")
    back = refund.begin(till, finding_sales.found_of(till, SoldDoc(sale)))
    back = refund.authorise(till, refund.choose(back, 1, 1_000, "faulty"))
    assert back.auth
    done = refund.complete(till, back)
    assert done.refund.offline, "no word: by the rules of a till without its hub"
    assert not till.ledger.question(back.auth).open
