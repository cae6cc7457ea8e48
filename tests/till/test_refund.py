"""Goods of a sale come back at a till: found, limited, paid once, never more than was sold."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from pos_app.domain.basket import DiscountKind
from pos_app.domain.errors import Refused, Unavailable
from pos_app.receipts.plain_text import as_text
from pos_app.store.projections import differences
from pos_app.store.replica import ReplicaWriter
from pos_app.till import checkout, lookup, refund, shift, sign_in
from pos_app.till.papers import Source, proof_of, receipt_from
from pos_app.till.refund import RefundDone, Returning
from pos_app.till.void import void_sale
from sync.hub.refunds import ref_of
from sync.protocol import Refunded, Sale
from tests.till.shop import APPLES, CODES, COFFEE, PINS, SCARF, feed
from tests.till.test_checkout import facts, sold


def returning(till: Any, sale: Sale, *lines: int, reason: str = "faulty", **more: Any) -> Returning:
    back = refund.begin(till, refund.find(till, sale.doc_no))
    for line in lines or [row.line for row in sale.lines]:
        qty = more.get("qty") or next(row.qty for row in sale.lines if row.line == line)
        back = refund.choose(back, line, qty, reason, more.get("condition", "sellable"))
    return back


def taken(till: Any, sale: Sale, *lines: int, **more: Any) -> RefundDone:
    return refund.complete(till, returning(till, sale, *lines, **more))


def approved(till: Any, who: str, action: str, amount: int) -> Any:
    return sign_in.approve(till, who, PINS[who], action, amount)


def told_by_the_hub(counter: Any, *facts: Any) -> None:
    """Documents come down to this till, as after a sync."""
    till = counter.till
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        _, pos = writer.cursors()["store:1"]
        writer.apply(feed("store:1", pos, ("sale_ref", [ref_of(fact) for fact in facts])))
    till.catalogue.reopen()


def elsewhere(sale: Sale) -> Sale:
    """The same sale as another till of the store would have made it."""
    return replace(
        sale, id="0197a1c2-0000-7000-8000-00000000e15e", till="7", doc_no="1-7-1.31",
        dev="0197a1c2-0000-7000-8000-0000000000ff",
    )  # fmt: skip


def test_a_refund_is_one_fact_with_everything_in_it(counter):
    till = counter.till
    sale = sold(till, SCARF, SCARF, COFFEE).sale
    before = lookup.by_sku(till, SCARF).on_hand
    done = taken(till, sale, 1, qty=1_000)
    fact = done.refund
    assert (fact.doc_no, fact.sale, fact.sale_doc) == ("1-2-1.2", sale.id, sale.doc_no)
    assert (fact.sale_date, fact.sale_store, fact.sale_till) == ("2026-11-25", "1", "2")
    assert (fact.total, fact.payable, fact.tax) == (-1_995, -1_995, -333)
    (line,) = fact.lines
    assert (line.of, line.qty, line.sold, line.before) == (1, -1_000, 2_000, 0)
    assert (line.reason, line.condition) == ("faulty", "sellable")
    assert [(paid.tender, paid.amount) for paid in fact.payments] == [("cash", -1_995)]
    assert (fact.actor, fact.approver, fact.offline) == ("ana", "", False)
    assert till.ledger.refund(fact.id) == fact
    assert till.ledger.refunds_of(sale.id) == [fact]
    assert lookup.by_sku(till, SCARF).on_hand == before + 1_000
    totals = shift.summary(till)
    assert (totals.sales, totals.refunds, totals.refunded) == (1, 1, 1_995)
    assert totals.expected_cash == 20_000 + sale.payable - 1_995
    assert totals.total == sale.total - 1_995
    assert till.ledger.sale_row(sale.id).refunded == 1_995
    assert till.ledger.sale_row(fact.id).refund_of == sale.id
    assert differences(till.ledger.connection) == []
    till.ledger.rebuild()
    assert differences(till.ledger.connection) == []


def test_it_is_printed_and_the_drawer_opens(counter):
    till = counter.till
    sale = sold(till).sale
    while till.printing.run_once():
        pass
    kicks = counter.drawer.opened
    taken(till, sale)
    ending = till.printing.run_once()
    assert (ending.state, ending.doc_no) == ("printed", "1-2-1.2")
    assert counter.drawer.opened == kicks + 1


def test_damaged_goods_do_not_go_into_the_stock_that_is_sold(counter):
    till = counter.till
    sale = sold(till).sale
    before = lookup.by_sku(till, SCARF).on_hand
    taken(till, sale, condition="damaged")
    assert lookup.by_sku(till, SCARF).on_hand == before


def test_completing_twice_pays_once(counter):
    till = counter.till
    back = returning(till, sold(till).sale)
    first = refund.complete(till, back)
    again = refund.complete(till, back)
    assert (again.refund, again.again, again.job_id) == (first.refund, True, "")
    assert again.position == first.position
    assert len(facts(till, Refunded)) == 1


def test_two_returns_of_one_thing_begun_together_give_it_once(counter):
    till = counter.till
    sale = sold(till).sale
    one, two = returning(till, sale), returning(till, sale)
    refund.complete(till, one)
    with pytest.raises(Refused) as told:
        refund.complete(till, two)
    assert (told.value.code, told.value.facts["left"]) == ("more_than_sold", 0)
    with pytest.raises(Refused) as told:
        refund.begin(till, refund.find(till, sale.doc_no))
    assert told.value.code == "nothing_left"
    assert len(facts(till, Refunded)) == 1


def test_the_table_itself_holds_no_more_than_was_sold(counter):
    """Whatever a verb overlooks: the second refund fails in the ledger, and nothing of it stays."""
    till = counter.till
    sale = sold(till).sale
    first = taken(till, sale).refund
    head = till.ledger.head()

    def append() -> None:
        with till.ledger.transaction() as tx:
            tx.append(replace(first, **tx.stamp(business_date="2026-11-25", document=True)))

    with pytest.raises(Refused) as told:
        append()
    assert told.value.code == "more_than_sold"
    assert till.ledger.head() == head
    assert differences(till.ledger.connection) == []


def test_what_was_voided_cannot_come_back_and_what_came_back_cannot_be_voided(counter):
    till = counter.till
    counter.swap("mia")
    voided, returned = sold(till).sale, sold(till).sale
    began = returning(till, voided)
    void_sale(till, voided.id, "wrong item")
    for attempt in (lambda: refund.complete(till, began), lambda: returning(till, voided)):
        with pytest.raises(Refused) as told:
            attempt()
        assert told.value.code == "already_voided"
    taken(till, returned)
    with pytest.raises(Refused) as told:
        void_sale(till, returned.id, "wrong item")
    assert told.value.code == "sale_has_refunds"
    assert differences(till.ledger.connection) == []


def test_limits_by_role_count_the_whole_receipt(counter):
    till = counter.till
    sale = sold(till, SCARF, SCARF, SCARF).sale
    taken(till, sale, 1, qty=1_000)
    taken(till, sale, 1, qty=1_000)
    back = returning(till, sale, 1, qty=1_000)
    figures = refund.figures_of(till, back)
    action, decision = refund.standing(till, back, figures)
    assert (action, decision.limit, decision.allowed) == ("refund", 5_000, False)
    with pytest.raises(Refused) as told:
        refund.complete(till, back)
    assert (told.value.code, told.value.facts["amount"]) == ("needs_manager", 5_985)
    agreed = approved(till, "mia", "refund", 5_985)
    fact = refund.complete(till, back, approval=agreed).refund
    assert fact.approver == "mia"


def test_each_line_says_why(counter):
    till = counter.till
    back = returning(till, sold(till).sale, reason="")
    with pytest.raises(Refused) as told:
        refund.complete(till, back)
    assert told.value.code == "reason_missing"
    with pytest.raises(Refused) as told:
        refund.choose(back, 1, 1_000, "4111 1111 1111 1111")
    assert told.value.code == "text_is_card_number"


def test_offline_a_hundred_a_receipt_and_three_hundred_a_shift(counter):
    till = counter.till
    counter.swap("mia")
    counter.line.connected = False
    large = sold(till, *[SCARF] * 6).sale
    with pytest.raises(Unavailable) as told:
        taken(till, large)
    assert (told.value.code, told.value.facts["limit"]) == ("needs_hub", 10_000)
    small = [sold(till, *[SCARF] * 5).sale for _ in range(4)]
    for sale in small[:3]:
        assert taken(till, sale).refund.offline
    assert refund.spent(till) == 3 * 9_975
    with pytest.raises(Unavailable) as told:
        taken(till, small[3])
    assert told.value.code == "needs_hub"
    till.look_again()
    assert refund.spent(till) == 3 * 9_975, "a restart forgets nothing"
    counter.line.connected = True
    assert not taken(till, small[3]).refund.offline


def test_offline_a_receipt_that_comes_back_in_parts_counts_once(counter):
    till = counter.till
    counter.swap("mia")
    counter.line.connected = False
    first, second, third, fourth = (sold(till, *[SCARF] * 5).sale for _ in range(4))
    for sale in (first, second):
        taken(till, sale)
    for _piece in range(4):
        taken(till, third, 1, qty=1_000)
    assert refund.spent(till) == 2 * 9_975 + 4 * 1_995
    taken(till, third, 1, qty=1_000)
    assert refund.spent(till) == 3 * 9_975
    with pytest.raises(Unavailable, match="needs_hub"):
        taken(till, fourth, 1, qty=1_000)


def test_money_goes_back_the_way_it_came_and_another_way_needs_two(counter):
    till = counter.till
    sale = sold(till, SCARF, SCARF, tender="card", reference="slip 1").sale
    back = refund.with_slip(returning(till, sale, 1, qty=1_000), "slip 2")
    fact = refund.complete(till, back).refund
    assert [(row.tender, row.amount, row.ref) for row in fact.payments] == [
        ("card", -1_995, "slip 2"),
    ]  # fmt: skip
    assert fact.other_tender == ""
    back = refund.pay_by(returning(till, sale, 1, qty=1_000), "cash")
    with pytest.raises(Refused) as told:
        refund.complete(till, back)
    assert (told.value.code, told.value.facts["action"]) == ("not_allowed", "refund_other_tender")
    counter.swap("mia")
    with pytest.raises(Refused) as told:
        refund.complete(till, back)
    assert told.value.code == "needs_manager"
    agreed = approved(till, "hq", "refund_other_tender", 1_995)
    fact = refund.complete(till, back, approval=agreed).refund
    assert [(row.tender, row.amount) for row in fact.payments] == [("cash", -1_995)]
    assert (fact.other_tender, fact.approver) == ("cash", "hq")


def test_a_card_number_is_no_slip(counter):
    back = returning(counter.till, sold(counter.till, tender="card").sale)
    with pytest.raises(Refused) as told:
        refund.with_slip(back, "4111111111111111")
    assert told.value.code == "reference_is_card_number"


def test_a_receipt_is_found_by_code_barcode_number_and_its_end(counter):
    till = counter.till
    sale = sold(till).sale
    code = proof_of(sale, till.ledger.hash_of(sale.id)).text(till.keys.sign)
    for text in (code, sale.doc_no, f"  {sale.doc_no.lower()} ", "1"):
        assert refund.find(till, text).sale == sale
    assert refund.names_receipt(code)
    assert refund.names_receipt(sale.doc_no)
    assert not refund.names_receipt(CODES[SCARF])
    assert not refund.names_receipt("1")


def test_a_drawn_code_or_one_of_another_life_is_not_believed(counter):
    till = counter.till
    sale = sold(till).sale
    true = proof_of(sale, till.ledger.hash_of(sale.id))
    drawn = true.text(lambda _message: bytes(64))
    other = proof_of(sale, "00" * 32).text(till.keys.sign)
    for text in (drawn, other):
        with pytest.raises(Refused) as told:
            refund.find(till, text)
        assert told.value.code == "receipt_not_believed"
    with pytest.raises(Refused) as told:
        refund.find(till, "HF1:S:nonsense")
    assert told.value.code == "receipt_code_unknown"


@pytest.mark.parametrize("text", ["1-2-1.99", "99", "1-9-1.1", "", "x' OR 1 --", "\x00" * 9])
def test_a_sale_nobody_here_has_a_copy_of_is_said_and_nothing_taken(counter, text):
    head = counter.till.ledger.head()
    with pytest.raises(Refused) as told:
        refund.find(counter.till, text)
    assert told.value.code == "sale_not_here"
    assert counter.till.ledger.head() == head


def test_a_sale_of_another_till_comes_back_here_after_a_sync_offline(counter):
    till = counter.till
    sale = elsewhere(sold(till, SCARF, COFFEE).sale)
    told_by_the_hub(counter, sale)
    counter.line.connected = False
    done = taken(till, sale, 1)
    fact = done.refund
    assert (fact.sale, fact.sale_till, fact.known) == (sale.id, "7", "2026-11-25T08:00:00.000Z")
    assert (fact.total, fact.offline) == (-1_995, True)
    assert refund.left(till, returning(till, sale, 2))[0].qty == 0
    assert till.ledger.sale_row(fact.id).refund_of == sale.id
    assert differences(till.ledger.connection) == []


def test_what_another_till_took_back_is_not_taken_back_here(counter):
    till = counter.till
    sale = sold(till, SCARF, SCARF).sale
    there = taken(till, elsewhere_sold(counter, sale), 1, qty=1_000).refund
    moved = _moved(there, sale)
    told_by_the_hub(counter, moved)
    back = refund.begin(till, refund.find(till, sale.doc_no))
    assert [row.qty for row in refund.left(till, back)] == [1_000]
    with pytest.raises(Refused) as told:
        taken(till, sale, 1, qty=2_000)
    assert told.value.code == "more_than_sold"
    fact = taken(till, sale, 1, qty=1_000).refund
    assert fact.lines[0].before == 1_000
    with pytest.raises(Refused) as told:
        void_sale(till, sale.id, "mistake")
    assert told.value.code == "sale_has_refunds"


def elsewhere_sold(counter: Any, sale: Sale) -> Sale:
    other = elsewhere(sale)
    told_by_the_hub(counter, other)
    return other


def _moved(there: Refunded, sale: Sale) -> Refunded:
    """That refund as one of `sale`, made at another till."""
    return replace(
        there, id="0197a1c2-0000-7000-8000-0000000bac0f", till="7", doc_no="1-7-1.32", sale=sale.id
    )


def test_its_own_refund_told_by_the_hub_counts_once(counter):
    till = counter.till
    sale = sold(till, SCARF, SCARF).sale
    fact = taken(till, sale, 1, qty=1_000).refund
    told_by_the_hub(counter, sale, fact)
    back = refund.begin(till, refund.find(till, sale.doc_no))
    assert [row.qty for row in refund.left(till, back)] == [1_000]


def test_a_sale_voided_elsewhere_does_not_come_back_here(counter):
    till = counter.till
    counter.swap("mia")
    sale = sold(till).sale
    void = void_sale(till, sale.id, "mistake").void
    other = elsewhere(sale)
    told_by_the_hub(counter, other, replace(void, id="other-void", sale=other.id))
    with pytest.raises(Refused) as told:
        refund.begin(till, refund.find(till, other.doc_no))
    assert told.value.code == "already_voided"


def test_weighed_goods_come_back_by_weight(counter):
    till = counter.till
    basket, _ = checkout.add(till, checkout.start(till), APPLES, 1_234)
    sale = checkout.complete(till, basket, checkout.pay(till, basket, (), "cash")).sale
    parts = [taken(till, sale, 1, qty=qty).refund.total for qty in (500, 700, 34)]
    assert sum(parts) == -sale.total


def test_nothing_is_paid_back_without_a_shift(opened):
    counter = opened()
    counter.swap("mia")
    shift.open_shift(counter.till, 0)
    sale = sold(counter.till).sale
    back = returning(counter.till, sale)
    shift.close_shift(counter.till, counter.till.ledger.shift_totals(
        counter.till.shift.shift_id).expected(), None, "")  # fmt: skip
    with pytest.raises(Refused) as told:
        refund.complete(counter.till, back)
    assert told.value.code == "no_open_shift"


def test_a_line_chosen_again_is_changed_and_taken_out(counter):
    till = counter.till
    sale = sold(till, SCARF, COFFEE).sale
    back = returning(till, sale, 2, 1)
    assert [each.line for each in back.choices] == [1, 2]
    back = refund.choose(back, 1, 1_000, "too_small")
    assert back.choice(1).reason == "too_small"
    back = refund.choose(back, 2, 0)
    assert [each.line for each in back.choices] == [1]
    assert refund.figures_of(till, back).total == -1_995


def test_the_z_names_refunds(counter):
    till = counter.till
    sale = sold(till).sale
    taken(till, sale)
    counter.swap("mia")
    found = till.ledger.shift_totals(till.shift.shift_id).expected()
    z = shift.close_shift(till, found, None, "").z
    assert (z.sales, z.refunds, z.refunded, z.total) == (1, 1, 1_995, 0)
    assert _verified(till) == 0


def _verified(till):
    """What `holdfast journal verify` makes of the till's journal."""
    from pos_app.cli import main

    return main(["journal", "verify", str(till.data)])


def test_a_refund_on_paper_says_of_which_sale_and_what_was_taken_off(counter):
    till = counter.till
    counter.swap("mia")
    basket, line = checkout.scan(till, checkout.start(till), CODES[SCARF], 2_000)
    basket = checkout.discount_line(till, basket, line, DiscountKind.PERCENT, 1_000, "worn")
    sale = checkout.complete(till, basket, checkout.pay(till, basket, (), "cash")).sale
    fact = taken(till, sale, 1, qty=1_000, condition="damaged").refund
    text = as_text(receipt_from(Source(fact, till.store, "", None, locale="en")))
    assert fact.gross - fact.discount == fact.total == -1_796
    for words in (fact.doc_no, sale.doc_no, "Wool scarf", "Damaged", "17.96", "signature"):
        assert words in text, text


def test_coffee_code_is_not_a_receipt():
    assert not refund.names_receipt(CODES[COFFEE])
