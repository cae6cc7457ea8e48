"""Points at a till: earned always, spent by right only, taken back to the last one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as replace_row

from pos_app.domain.basket import DiscountKind
from pos_app.domain.errors import Refused, Unavailable
from pos_app.domain.sale import basket_of as basket_of_fact
from pos_app.domain.sale import differences, figures_of
from pos_app.store.doubt import ChainState
from pos_app.till import checkout, parking, points, rights, void
from sync.protocol import (
    EarnReversed,
    GrantReleased,
    Refunded,
    RightUsed,
    Sale,
    ValueEarned,
)
from tests.till.membering import CLUB, MIRA, answered, basket_of, granted, has_programme, sold
from tests.till.shop import COFFEE, SCARF
from tests.till.test_checkout import facts
from tests.till.test_refund import taken


@pytest.fixture
def club(counter):
    has_programme(counter.till)
    return counter


def offline(counter):
    counter.line.connected = False


def test_a_sale_earns_and_says_so_in_one_commit(club):
    till = club.till
    sale = sold(till, basket_of(till, SCARF, COFFEE)).sale
    assert [line.points for line in sale.lines] == [20, 7], "27.44 is 27 points, 19.95 and 7.49"
    assert (sale.points.earned, sale.points.account, sale.points.version) == (27, "c-mira", 3)
    (credit,) = facts(till, ValueEarned)
    assert (credit.amount, credit.of, credit.right) == (27, sale.id, "")
    assert sale.customer == "c-mira"


def test_who_is_no_member_or_nobody_earns_nothing(club):
    till = club.till
    for who in (None, replace(MIRA, member=False)):
        sale = sold(till, basket_of(till, SCARF, who=who)).sale
        assert sale.points is None
        assert not any(line.points for line in sale.lines)
    assert facts(till, ValueEarned) == []


def test_a_reward_out_of_the_basket_grant_and_back_again_before_it_is_paid(club):
    till = club.till
    basket = granted(club, basket_of(till, SCARF))
    offers = points.rewards(till, basket)
    assert [(each.reward, each.points, each.amount, each.why) for each in offers] == [
        ("euro", 1_200, 1_200, ""),
        ("tenth", 500, 200, ""),
    ]
    used = points.use(till, basket)
    assert checkout.priced(till, used).total == 795
    assert points.rewards(till, used) == ()
    assert points.give_back(till, used) == basket
    done = sold(till, used)
    (burn,) = facts(till, RightUsed)
    assert (burn.amount, burn.of, burn.account) == (1_200, done.sale.id, "c-mira")
    assert [each.left for each in facts(till, GrantReleased)] == [40]
    (disc,) = done.sale.disc
    assert (disc.kind, disc.value, disc.amount) == ("reward", 1_200, 1_200)
    (reward,) = done.sale.rewards
    assert (reward.reward, reward.points, reward.amount) == ("euro", 1_200, 1_200)
    assert (done.sale.points.spent, done.sale.points.earned) == (1_200, 7)


def test_the_hub_works_a_sale_with_a_reward_out_to_the_same_cents(club):
    till = club.till
    basket = granted(club, basket_of(till, SCARF, COFFEE, COFFEE))
    basket = checkout.discount_basket(till, basket, DiscountKind.PERCENT, 500, "damaged box")
    basket = points.use(till, basket)
    sale = sold(till, basket).sale
    assert len(sale.disc) == 2
    assert differences(basket_of_fact(sale), till.rules, figures_of(sale)) == []
    wrong = figures_of(sale)
    wrong = replace(wrong, priced=replace(wrong.priced, total=wrong.priced.total + 1))
    assert differences(basket_of_fact(sale), till.rules, wrong)


def test_f4_before_the_hub_has_answered_waits_and_asks_once(club):
    till = club.till
    basket = basket_of(till, SCARF)
    asked = points.prefetch(till, basket)
    assert points.is_asking(till, basket)
    with pytest.raises(Unavailable, match="points_asked"):
        points.use(till, basket)
    assert [each.ask_id for each in till.ledger.open_questions()] == [asked]
    answered(club, asked)
    assert points.use(till, basket).rewards


def test_points_that_were_spent_elsewhere_meanwhile(club):
    till = club.till
    basket = basket_of(till, SCARF)
    asked = points.prefetch(till, basket)
    answered(club, asked, left=300)
    basket = points.look(till, basket)
    assert basket.customer.points == 300
    (again,) = till.ledger.open_questions()
    answered(club, again.ask_id)
    assert [each.points for each in points.rewards(till, basket)] == [300]


def test_f4_itself_is_told_that_they_are_gone(club):
    till = club.till
    basket = basket_of(till, SCARF)
    asked = points.prefetch(till, basket)
    answered(club, asked, left=50)
    with pytest.raises(Refused, match="points_changed") as caught:
        points.use(till, basket)
    assert caught.value.facts["left"] == 50


def test_offline_only_what_this_till_was_granted(club):
    till = club.till
    basket = basket_of(till, SCARF)
    offline(club)
    assert points.prefetch(till, basket) == ""
    with pytest.raises(Refused, match="points_not_here") as caught:
        points.use(till, basket)
    assert caught.value.facts["granted"] == 0
    club.line.connected = True
    granted(club, basket)
    offline(club)
    used = points.use(till, basket)
    assert sold(till, used).sale.points.spent == 1_200, "the line dropped in the middle"
    with pytest.raises(Refused, match="points_not_here"):
        points.use(till, basket_of(till, SCARF))


def test_what_was_earned_here_offline_is_spent_here_offline_and_nowhere_else(club):
    till = club.till
    offline(club)
    for _ in range(6):
        sold(till, basket_of(till, SCARF))
    own = [right for right in till.ledger.held_rights() if right.form == rights.SELF]
    assert sum(right.remaining for right in own) == 6 * 19
    basket = basket_of(till, COFFEE)
    used = points.use(till, basket)
    assert used.rewards[0].points == 100
    sale = sold(till, used).sale
    burns = facts(till, RightUsed)
    assert sum(burn.amount for burn in burns) == 100
    assert len(burns) == 6, "of several rights, one after the other"
    assert {burn.of for burn in burns} == {sale.id}


def test_a_till_in_doubt_earns_and_never_spends(club):
    till = club.till
    basket = granted(club, basket_of(till, SCARF))
    till.ledger.believe(ChainState.SUSPECT, "behind_witness")
    assert points.rewards(till, basket) == ()
    with pytest.raises(Refused):
        points.use(till, basket)
    credit = facts(till, ValueEarned)
    assert credit == []
    sold(till, basket)
    (credit,) = facts(till, ValueEarned)
    assert (credit.amount, credit.right) == (19, "")


def test_the_right_of_an_open_basket_outlives_its_time_and_a_restart(club):
    till = club.till
    basket = granted(club, basket_of(till, SCARF))
    used = points.use(till, basket)
    checkout.keep(till, used)
    club.clock.go(3_600)
    assert rights.release_over(till) == 0
    club.clock.boot = "boot-2"
    assert (rights.release_over(till), points.tidy(till)) == (0, 0)
    basket, _, _ = checkout.restored(till)
    assert basket.rewards == used.rewards
    assert sold(till, basket).sale.points.spent == 1_200


def test_what_no_open_basket_names_goes_back_at_the_start(club):
    till = club.till
    granted(club, basket_of(till, SCARF))
    assert points.tidy(till) == 1, "the power went between the hub's answer and the sale"
    (gone,) = facts(till, GrantReleased)
    assert (gone.left, gone.reason) == (1_240, "restarted")


def test_who_leaves_the_basket_takes_their_points_along(club):
    till = club.till
    for leave in (
        lambda basket: points.let_go(till, basket),
        lambda basket: checkout.cancel(till, basket, reason="left"),
        lambda basket: parking.park(till, basket),
    ):
        basket = granted(club, basket_of(till, COFFEE))
        used = points.use(till, basket)
        leave(used)
        assert points.granted(till, "c-mira") == 0
    assert [each.left for each in facts(till, GrantReleased)] == [1_240] * 3
    (aside,) = till.ledger.parked()
    assert parking.recall(till, aside.park_id).rewards == ()


def test_a_question_nobody_waits_for_any_more_is_worthless(club):
    till = club.till
    basket = basket_of(till, COFFEE)
    asked = points.prefetch(till, basket)
    sold(till, basket)
    (gone,) = facts(till, GrantReleased)
    assert (gone.right, gone.reason) == (asked, "given_up")


def test_rewards_shrink_with_the_goods_and_stale_ones_are_not_sold(club):
    till = club.till
    basket = granted(club, basket_of(till, SCARF, COFFEE))
    used = points.use(till, basket)
    assert used.rewards[0].amount == 1_200
    less = checkout.remove_line(till, used, 1)
    with pytest.raises(Refused, match="rewards_changed"):
        checkout.pay(till, less, (), "cash")
    fits = points.fitted(till, less)
    assert (fits.rewards[0].points, fits.rewards[0].amount) == (700, 700)
    assert sold(till, fits).sale.total == 49


@pytest.mark.parametrize("parts", [(3_000,), (1_000, 1_000, 1_000), (2_000, 1_000)])
def test_a_return_takes_and_gives_points_back_to_the_last_one(club, parts):
    till = club.till
    basket = granted(club, basket_of(till, SCARF, SCARF, SCARF))
    sale = sold(till, points.use(till, basket)).sale
    assert (sale.points.earned, sale.points.spent) == (47, 1_200)
    club.swap("mia")
    for qty in parts:
        taken(till, sale, 1, qty=qty)
    assert sum(each.amount for each in facts(till, EarnReversed)) == 47
    back = [each for each in facts(till, ValueEarned) if each.of != sale.id]
    assert sum(each.amount for each in back) == 1_200
    assert sum(each.total for each in facts(till, Refunded)) == -sale.total
    assert {each.of for each in back} == {each.id for each in facts(till, Refunded)}


def test_the_returns_screen_knows_before(club):
    from pos_app.till import refund

    till = club.till
    basket = granted(club, basket_of(till, SCARF, SCARF))
    sale = sold(till, points.use(till, basket)).sale
    back = refund.choose(refund.begin(till, refund.find(till, sale.doc_no)), 1, 1_000, "faulty")
    told = points.effect(till, sale, refund.figures_of(till, back))
    assert (told.taken, told.given, told.after) == (14, 600, None)


def test_a_void_gives_all_of_it_back(club):
    till = club.till
    basket = granted(club, basket_of(till, SCARF))
    sale = sold(till, points.use(till, basket)).sale
    done = void.void_sale(till, sale.id, "wrong customer")
    (gone,) = facts(till, EarnReversed)
    assert (gone.amount, gone.of) == (7, done.void.id)
    assert [each.amount for each in facts(till, ValueEarned)] == [7, 1_200]
    assert [line.points for line in done.void.lines] == [-7]


def test_a_basket_keeps_the_rules_it_began_with(club):
    till = club.till
    basket = basket_of(till, SCARF)
    assert points.earned(till, basket) == 19
    has_programme(till, replace(CLUB, version=4, points=10))
    assert points.earned(till, basket) == 19
    assert sold(till, basket).sale.points.version == 3
    assert points.earned(till, basket_of(till, SCARF)) == 199


def test_training_gives_rewards_and_asks_nobody(club):
    from pos_app.till import training

    till = club.till
    club.swap("mia")
    training.begin(till, reason="a new colleague")
    club.swap("mia")
    from pos_app.till.shift import open_shift

    open_shift(till, 10_000)
    basket = basket_of(till, SCARF)
    assert points.prefetch(till, basket) == ""
    sale = sold(till, points.use(till, basket)).sale
    assert sale.points.spent == 1_200
    assert till.ledger.open_questions() == []


def test_facts_of_a_plain_sale_are_as_they_were(club):
    till = club.till
    sold(till, basket_of(till, SCARF, who=None))
    (sale,) = facts(till, Sale)
    assert sale.points is None
    assert (sale.rewards, sale.customer) == ([], "")


def test_the_receipt_says_what_was_earned_used_and_is_there_now(club):
    from pos_app.receipts.build import sale_receipt
    from pos_app.receipts.plain_text import as_text

    till = club.till
    basket = granted(club, basket_of(till, SCARF))
    sale = sold(till, points.use(till, basket)).sale
    paper = as_text(sale_receipt(sale, till.store, "en"))
    assert "For 1,200 points" in paper
    assert [" ".join(line.split()) for line in paper.splitlines() if line.startswith("Points")] == [
        "Points used 1,200",
        "Points earned 7",
        "Points, as of Nov 25, 2026 09:00 47",
    ]


def test_a_sale_of_another_till_takes_its_points_back_here_too(club):
    from tests.till.test_refund import elsewhere_sold

    till = club.till
    basket = granted(club, basket_of(till, SCARF, SCARF, SCARF))
    there = elsewhere_sold(club, sold(till, points.use(till, basket)).sale)
    club.swap("mia")
    for _piece in range(3):
        taken(till, there, 1, qty=1_000)
    gone = [each for each in facts(till, EarnReversed) if each.account == "c-mira"]
    assert sum(each.amount for each in gone) == 47
    back = [each for each in facts(till, ValueEarned) if each.of != there.id]
    assert sum(each.amount for each in back if each.reason == "given_back") == 1_200


def test_where_the_policy_takes_the_risk_a_manager_answers_for_points_without_a_right(club):
    from tests.till.test_refund import approved
    from tests.till.test_unsecured import allowed

    till = club.till
    allowed(club)
    club.swap("ana")
    basket = basket_of(till, COFFEE)
    assert [(each.points, each.why) for each in points.rewards(till, basket)] == [(200, "manager")]
    with pytest.raises(Refused, match="needs_manager"):
        points.use(till, basket)
    agreed = approved(till, "mia", "spend_unsecured", 0)
    used = points.use(till, basket, approval=agreed)
    sale = sold(till, used).sale
    (burn,) = facts(till, RightUsed)
    assert (burn.unsecured, burn.approver, burn.amount, burn.of) == (True, "mia", 200, sale.id)
    assert sale.disc[0].approved_by == "mia"
    assert points.rewards(till, basket_of(till, COFFEE))[0].points == 100, "of 300 in all"


def test_what_was_done_here_is_known_before_the_hub_tells_of_it(club):
    from pos_app.till import customers
    from sync.protocol.customers import CustomerRow
    from tests.till.shop import HUB_TIME

    till = club.till
    row = CustomerRow("c-mira", 1, "Mira", member=True, points=1_240, as_of=HUB_TIME)
    basket = customers.attach(till, basket_of(till, SCARF, who=None), row)
    offline(club)
    sold(till, basket)
    again = customers.attach(till, checkout.start(till), row)
    assert again.customer.points == 1_259
    later = replace_row(row, points=1_259, as_of="2026-11-25T10:00:01.000Z")
    assert customers.attach(till, checkout.start(till), later).customer.points == 1_259
