"""An order goes over the counter: by its pass, its code or its name; paid, to be paid, in part."""

from __future__ import annotations

import pytest

from pos_app.domain import basket as baskets
from pos_app.domain.basket import Discount, DiscountKind
from pos_app.domain.errors import Refused, Unavailable, Uncertain
from pos_app.domain.sale import basket_of, differences, figures_of
from pos_app.domain.staff import Role
from pos_app.domain.tax import TaxRules
from pos_app.store import projections
from pos_app.store.replica import ReplicaWriter
from pos_app.till import (
    card,
    checkout,
    hand_over,
    invoicing,
    pickup,
    refund,
    reprint,
    shift,
    training,
    void,
)
from pos_app.till.permission import Approval
from tests.till.orders import CODE, line, passed, row, tell
from tests.till.shop import CODES, COFFEE, SCARF, WINE, signed_policy
from tests.till.test_card import plug

ready_lines = (line(1, SCARF, 2_000, picked=2_000), line(2, COFFEE, picked=1_000))


def ready(number: int = 10_482, **changes):
    return row(number, **{"state": "READY", "shelf": "B3", "lines": ready_lines, **changes})


@pytest.fixture
def counter(opened):
    counter = opened()
    counter.swap("ben")
    shift.open_shift(counter.till, 10_000)
    return counter


@pytest.fixture
def till(counter):
    return counter.till


def begun(till, **more):
    return hand_over.begin(till, "res-10482", id_seen=True, **more)


def whole(till) -> None:
    assert projections.differences(till.ledger.connection) == []


# --- whose is it -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "proof"),
    [("pass", "qr"), (CODE, "code"), ("k7q 2xp", "code"), ("W-10482", "name"), ("10482", "name")],
)
def test_a_pass_a_code_and_a_name_are_read(till, text: str, proof: str) -> None:
    tell(till, ready())
    seen = hand_over.read_code(till, passed() if text == "pass" else text)
    assert (seen.order.reservation, seen.proof, seen.order.row.shelf) == ("res-10482", proof, "B3")


def test_a_pass_is_enough_where_the_order_never_came(counter) -> None:
    till = counter.till
    counter.line.connected = False
    seen = hand_over.read_code(till, passed())
    assert seen.order.passed
    assert [(each.title, each.picked) for each in seen.order.row.lines] == [
        ("Wool scarf", 2_000),
        ("Coffee 500 g", 1_000),
    ]
    done = hand_over.hand_over(till, begun(till, proof=seen.proof))
    assert done.order.handed
    assert till.own_moves() == {SCARF: -2_000, COFFEE: -1_000}
    with pytest.raises(Refused, match="order_handed_over"):
        hand_over.read_code(till, passed())
    whole(till)


def test_an_order_known_by_its_pass_is_remembered_after_the_hub_heard_of_it(opened) -> None:
    counter = opened()
    counter.swap("ben")
    till = counter.till
    hand_over.read_code(till, passed())
    hand_over.hand_over(till, begun(till))
    tell(till, reflected=till.ledger.head().seq)
    counter = opened()
    counter.swap("ben")
    with pytest.raises(Refused, match="order_handed_over"):
        hand_over.read_code(counter.till, passed())


@pytest.mark.parametrize(
    ("changes", "code", "fact"),
    [
        ({"store": "9"}, "order_elsewhere", ("store", "9")),
        ({"exp": "2026-11-25T07:00:00.000Z"}, "pass_expired", ("name", "W-10482")),
        ({"exp": "never"}, "pass_not_genuine", None),
    ],
)
def test_a_pass_for_elsewhere_or_too_old_is_refused(till, changes, code, fact) -> None:
    with pytest.raises(Refused) as told:
        hand_over.read_code(till, passed(**changes))
    assert told.value.code == code
    if fact:
        assert told.value.facts[fact[0]] == fact[1]


def test_a_pass_somebody_made_is_refused(till) -> None:
    good = passed()
    head, _body, sign = good.split(".")
    with pytest.raises(Refused, match="pass_not_genuine"):
        hand_over.read_code(till, f"{head}.{passed(due=1).split('.')[1]}.{sign}")
    assert hand_over.is_code(good)
    assert not hand_over.is_code("4006381333931")


def test_what_is_not_known_here_is_said_so(till) -> None:
    for text in ("W-77777", "ABC234"):
        with pytest.raises(Refused, match="order_unknown"):
            hand_over.read_code(till, text)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("COLLECTED", "order_handed_over"),
        ("CANCELLED", "order_cancelled"),
        ("CANCELLING", "order_cancelled"),
        ("RESTOCKED", "order_put_back"),
    ],
)
def test_what_is_over_is_not_handed_over(till, state: str, code: str) -> None:
    tell(till, ready(state=state))
    for text in (passed(), CODE, "W-10482"):
        with pytest.raises(Refused, match=code):
            hand_over.read_code(till, text)
    with pytest.raises(Refused, match=code):
        begun(till)


# --- paid already ----------------------------------------------------------------------------


def test_a_paid_order_is_one_fact_and_moves_the_stock(counter) -> None:
    till = counter.till
    tell(till, ready())
    before = till.ledger.head().seq
    done = hand_over.hand_over(till, begun(till))
    assert till.ledger.head().seq == before + 1
    fact = done.fact
    assert (fact.step, fact.lines) == ("COLLECTED", ((SCARF, 2_000), (COFFEE, 1_000)))
    assert (fact.handling.proof, fact.handling.id_seen, fact.sale) == ("qr", True, "")
    assert pickup.counts(till) == pickup.Counts(0, 0, 1)
    assert till.printing.run_once().kind == "handed"
    with pytest.raises(Refused, match="order_handed_over"):
        begun(till)
    tell(till, ready(version=2), reflected=till.ledger.head().seq - 1)
    with pytest.raises(Refused, match="order_handed_over"):
        begun(till)
    whole(till)


def test_a_second_tap_hands_nothing_over_twice(till) -> None:
    tell(till, ready())
    handing = begun(till)
    hand_over.hand_over(till, handing)
    with pytest.raises(Refused, match="order_handed_over"):
        hand_over.hand_over(till, handing)


def test_some_of_it_now_and_the_rest_later(till) -> None:
    tell(till, ready())
    part = begun(till, lines={"l1": 1_000})
    assert not part.whole
    done = hand_over.hand_over(till, part)
    assert (done.order.row.state, done.order.to_hand) == ("PARTLY", 2_000)
    with pytest.raises(Refused, match="more_than_picked"):
        begun(till, lines={"l1": 2_000})
    last = hand_over.hand_over(till, begun(till))
    assert last.order.handed
    assert last.fact.lines == ((SCARF, 1_000), (COFFEE, 1_000))
    assert till.own_moves() == {SCARF: -2_000, COFFEE: -1_000}
    whole(till)


def test_the_one_instead_is_what_leaves_the_store(till) -> None:
    lines = (line(1, SCARF, picked=1_000, instead=WINE),)
    tell(till, ready(lines=lines))
    fact = hand_over.hand_over(till, begun(till)).fact
    assert fact.lines == ((WINE, 1_000),)
    assert fact.handling.instead == ((SCARF, WINE, 1_000),)
    assert till.own_moves() == {WINE: -1_000}


def test_an_early_customer_waits_until_it_is_picked_or_the_bag_is_there(till) -> None:
    tell(till, row())
    with pytest.raises(Refused, match="order_not_ready"):
        begun(till)
    done = hand_over.hand_over(till, begun(till, bag_here=True))
    assert done.fact.lines == ((SCARF, 2_000), (COFFEE, 1_000))
    assert done.order.handed


def test_a_late_customer_still_gets_it(till) -> None:
    tell(till, ready(state="LAPSED"))
    assert hand_over.hand_over(till, begun(till)).order.handed


# --- who is here -----------------------------------------------------------------------------


def test_an_id_is_looked_at_above_the_limit_for_others_and_without_a_code(till) -> None:
    tell(till, ready(total=10_000), ready(2, total=10_001))
    assert not hand_over.needs_id(till, hand_over.begin(till, "res-10482"))
    dear = hand_over.begin(till, "res-2")
    assert hand_over.needs_id(till, dear)
    with pytest.raises(Refused, match="id_not_seen"):
        hand_over.hand_over(till, dear)
    other = hand_over.begin(till, "res-10482", collector="named")
    with pytest.raises(Refused, match="id_not_seen"):
        hand_over.hand_over(till, other)
    fact = hand_over.hand_over(till, begun(till, collector="other")).fact
    assert (fact.handling.collector, fact.handling.id_seen) == ("other", True)


def test_without_a_code_somebody_agrees_and_says_why(till) -> None:
    tell(till, ready())
    with pytest.raises(Refused, match="reason_missing"):
        begun(till, proof="name")
    with pytest.raises(Refused, match="needs_manager"):
        begun(till, proof="name", reason="Phone is empty")
    agreed = Approval("mia", Role.MANAGER, hand_over.WITHOUT_CODE, 0)
    handing = begun(till, proof="name", reason="Phone is empty", approval=agreed)
    fact = hand_over.hand_over(till, handing).fact
    assert (fact.approver, fact.handling.reason) == ("mia", "Phone is empty")


def test_a_till_in_doubt_hands_nothing_over(till) -> None:
    from pos_app.store.doubt import ChainState

    tell(till, ready())
    handing = begun(till)
    till.ledger.believe(ChainState.SUSPECT, "restored")
    with pytest.raises(Refused, match="chain_in_doubt"):
        hand_over.hand_over(till, handing)
    with pytest.raises(Refused, match="chain_in_doubt"):
        begun(till)


def test_a_list_of_days_ago_is_not_believed_without_the_hub_a_pass_is(counter) -> None:
    till = counter.till
    tell(till, ready())
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        writer.set_state("last_contact", "2026-11-24T09:00:00.000Z")
    begun(till, proof="code")
    counter.line.connected = False
    with pytest.raises(Unavailable, match="order_list_old"):
        begun(till, proof="code")
    assert hand_over.hand_over(till, begun(till)).order.handed


def test_an_exercise_hands_nothing_over(counter) -> None:
    till = counter.till
    tell(till, ready())
    training.begin(till, "Learning", approval=Approval("mia", Role.MANAGER, training.ACTION, 0))
    hand_over.hand_over(till, begun(till))
    assert "SCHULUNG" in printed(counter)
    with pytest.raises(Refused, match="order_handed_over"):
        begun(till)
    training.end(till)()
    assert pickup.get(till, "res-10482").row.state == "READY"


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
    said = printed(counter)
    assert "Order W-10482" in said or "W-10482" in said
    assert "Wool scarf Navy" in said
    reprint.reprint(till, done.sale.id, "Lost it")
    reprint.gift_receipt(till, done.sale.id)
    assert "Wool scarf Navy" in printed(counter)
    with pytest.raises(Refused, match="order_invoiced_by_shop"):
        invoicing.invoice(till, done.sale.id, invoicing.buyer("A GmbH"))
    totals = shift.summary(till)
    closed = shift.close_shift(till, totals.expected())
    assert (closed.z.total, closed.z.orders, closed.z.sales) == (0, 4_739, 1)
    (cash,) = [row for row in closed.z.tenders if row.tender == "cash"]
    assert cash.expected == 14_739
    whole(till)


def printed(counter) -> str:
    from pos_app.receipts.plain_text import as_text
    from pos_app.till import papers

    said = []
    while (work := counter.till.printing.take()) is not None:
        if work.ordered is not None and work.prints:
            said.append(as_text(papers.receipt_of(counter.till, work.ordered)))
        counter.till.printing.settle(work, counter.till.printing.perform(work))
    return "\n".join(said)


def test_the_limit_is_the_policys(opened) -> None:
    counter = opened()
    assert counter.till.policy.id_above == 10_000
    assert signed_policy().text.count("id_above") == 1
