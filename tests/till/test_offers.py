"""Promotions, coupons, labels, GS1 goods and other prices at a real till."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from pos_app.domain.errors import Refused
from pos_app.domain.sale import basket_of, differences, figures_of
from pos_app.domain.staff import Role
from pos_app.till import checkout, void
from pos_app.till.checkout import complete, override_price, pay, priced, scan, start
from pos_app.till.permission import Approval
from sync.protocol import PriceRow, PromotionRow, row_of
from tests.till.offering import code_of, offer, rule, tell
from tests.till.shop import CODES, COFFEE, SCARF

# ---- promotions


def test_a_promotion_of_the_feed_is_on_the_line_in_the_fact_and_in_the_void(counter) -> None:
    till = counter.till
    offer(till, rule("two", "n_for_m", SCARF, buy=2, pay=1, value=5_000))
    basket = start(till)
    for _ in range(2):
        basket, _line = scan(till, basket, CODES[SCARF])
    basket, _line = scan(till, basket, CODES[COFFEE])
    worth = priced(till, basket)
    assert worth.total == 2 * 1_995 + 749 - 998
    done = complete(till, basket, pay(till, basket, (), "card", None, "1"))
    row = done.sale.lines[0]
    assert [(each.id, each.version, each.label, each.amount) for each in row.promo] == [
        ("two", 1, "Offer two", 998)
    ]
    assert (row.total, done.sale.discount) == (2 * 1_995 - 998, 998)
    assert [(each.id, each.times, each.amount) for each in done.sale.promo] == [("two", 1, 998)]
    assert done.sale.promo_basis == {"global": till.catalogue.cursors()["global"][1]}
    assert differences(basket_of(done.sale), till.rules, figures_of(done.sale)) == []
    taken = void.void_sale(
        till, done.sale.id, "Wrong item", approval=Approval("mia", Role.MANAGER, "void_sale", 9_999)
    )
    assert [(each.id, each.amount) for each in taken.void.lines[0].promo] == [("two", -998)]
    assert taken.void.total == -done.sale.total


def test_an_open_basket_keeps_its_prices_and_promotions(counter) -> None:
    till, clock = counter.till, counter.clock
    offer(till, rule("ten", "percent", SCARF, value=1_000))
    basket = start(till)
    basket, _line = scan(till, basket, CODES[SCARF])
    assert priced(till, basket).total == 1_795
    offer(till, rule("ten", "percent", SCARF, value=1_000, version=2), active=False)
    offer(till, rule("half", "percent", SCARF, value=5_000))
    tell(till, ("price", [PriceRow(SCARF, "retail", "EUR", (("", "", 9_900, 0),))]))
    assert priced(till, basket).total == 1_795, "nobody's total moves by itself"
    basket, _line = scan(till, basket, CODES[COFFEE])
    assert priced(till, basket).total == 1_795 + 749
    other = start(till)
    other, _line = scan(till, other, CODES[SCARF])
    assert priced(till, other).total == 4_950
    # past midnight, and past the last day of the promotion it began with
    clock.moment = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
    payments = pay(till, basket, (), "cash", None)
    done = complete(till, basket, payments)
    assert done.sale.total == 1_795 + 749


def test_a_price_of_tomorrow_is_taken_from_the_next_basket_on(counter) -> None:
    till, clock = counter.till, counter.clock
    dated = (("", "2026-11-25", 1_995, 0), ("2026-11-26", "", 2_500, 0))
    tell(till, ("price", [PriceRow(SCARF, "retail", "EUR", dated)]))
    ends = rule("today", "percent", SCARF, value=1_000, valid_to="2026-11-25")
    offer(till, ends)
    basket = start(till)
    basket, _line = scan(till, basket, CODES[SCARF])
    before = priced(till, basket).total
    clock.moment = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)  # the day begins at 04:00 in Vienna
    assert till.business_date() == "2026-11-26"
    basket, _line = scan(till, basket, CODES[SCARF])
    assert len(basket.lines) == 1, "the same piece at the same price"
    assert priced(till, basket).total == 2 * before
    done = complete(till, basket, pay(till, basket, (), "cash", None))
    assert (done.sale.total, done.sale.biz_date) == (2 * before, "2026-11-25")
    following = start(till)
    following, _line = scan(till, following, CODES[SCARF])
    assert priced(till, following).total == 2_500


def test_what_begins_tomorrow_changes_nothing_that_was_paid_for(counter) -> None:
    till, clock = counter.till, counter.clock
    offer(till, rule("soon", "percent", SCARF, value=5_000, valid_from="2026-11-26"))
    basket = start(till)
    basket, _line = scan(till, basket, CODES[SCARF])
    payments = pay(till, basket, (), "cash", 2_000)
    clock.moment = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
    done = complete(till, basket, payments)
    assert (done.sale.total, done.change, done.sale.biz_date) == (1_995, 5, "2026-11-25")


def test_promotions_work_without_the_hub_and_after_a_start(opened) -> None:
    counter = opened()
    offer(counter.till, rule("ten", "percent", SCARF, value=1_000))
    counter = opened()
    till = counter.till
    counter.line.connected = False
    basket = start(till)
    basket, _line = scan(till, basket, CODES[SCARF])
    assert priced(till, basket).total == 1_795


def test_a_kind_of_a_newer_hub_is_not_given_and_breaks_nothing(counter) -> None:
    till = counter.till
    newer = PromotionRow("x", 1, "New", "lottery", value=3)
    tell(till, ("promotion", [newer, row_of(rule("ten", "percent", SCARF, value=1_000))]))
    basket = start(till)
    basket, _line = scan(till, basket, CODES[SCARF])
    assert priced(till, basket).total == 1_795


def test_three_times_and_promotions_go_together(counter) -> None:
    till = counter.till
    offer(till, rule("three", "n_for_m", SCARF, buy=3, pay=2, value=10_000))
    basket, _line = scan(till, start(till), CODES[SCARF], 3_000)
    assert priced(till, basket).total == 2 * 1_995
    typed, _line = checkout.add_custom(till, basket, "Wrapping", 200)
    assert priced(till, typed).total == 2 * 1_995 + 200


# ---- coupons


def coupons(till) -> None:
    offer(
        till,
        rule("welcome", "percent", value=1_000, coupon="WELCOME-10"),
        rule("once", "amount", value=500, currency="EUR", coupon="ONCE", single_use=True),
        rule("over", "percent", value=100, coupon="OLD", valid_to="2026-05-18"),
        rule("soon", "percent", value=100, coupon="SOON", valid_from="2026-12-01"),
        rule("used", "percent", value=1, coupon="U", single_use=True, used_on="2026-05-12"),
    )


def test_a_coupon_is_scanned_like_anything_else(counter) -> None:
    till = counter.till
    coupons(till)
    basket, line_id = scan(till, start(till), "welcome10")
    assert (line_id, basket.coupons) == (0, ("WELCOME-10",))
    basket, line_id = scan(till, basket, CODES[SCARF])
    assert line_id
    assert priced(till, basket).total == 1_795
    done = complete(till, basket, pay(till, basket, (), "cash", None))
    assert done.sale.coupons == ["WELCOME-10"]
    assert [(row.id, row.coupon, row.whole) for row in done.sale.promo] == [
        ("welcome", "WELCOME-10", True)
    ]


@pytest.mark.parametrize(
    ("typed", "code", "facts"),
    [
        ("OLD", "coupon_over", {"day": "2026-05-18"}),
        ("SOON", "coupon_not_yet", {"day": "2026-12-01"}),
        ("U", "coupon_used", {"day": "2026-05-12"}),
        ("NOBODY", "coupon_unknown", {"coupon": "NOBODY"}),
    ],
)
def test_a_coupon_that_is_none_says_why(counter, typed, code, facts) -> None:
    coupons(counter.till)
    with pytest.raises(Refused) as caught:
        checkout.attach_coupon(counter.till, start(counter.till), typed)
    assert code_of(caught) == code
    assert facts.items() <= caught.value.facts.items()


def test_a_coupon_good_once_is_good_once_at_this_till_without_any_hub(opened) -> None:
    counter = opened()
    counter.swap("ana")
    checkout_shift(counter.till)
    coupons(counter.till)
    till = counter.till
    one = with_scarf(till, checkout.attach_coupon(till, start(till), "once"))
    two = with_scarf(till, checkout.attach_coupon(till, start(till), "once"))
    payments = pay(till, one, (), "cash", None)
    assert complete(till, one, payments).sale.total == 1_495
    with pytest.raises(Refused, match="coupon_used"):
        pay(till, two, (), "cash", None)
    till = opened().till
    with pytest.raises(Refused, match="coupon_used"):
        checkout.attach_coupon(till, start(till), "ONCE")


def with_scarf(till, basket):
    return scan(till, basket, CODES[SCARF])[0]


def checkout_shift(till) -> None:
    from pos_app.till.shift import open_shift

    open_shift(till, 20_000)


# ---- another price


def test_another_price_is_an_act_of_its_own(counter) -> None:
    till = counter.till
    basket, line_id = scan(till, start(till), CODES[SCARF])
    with pytest.raises(Refused, match="not_allowed"):
        override_price(till, basket, line_id, 1_900, "Wrong label")
    counter.swap("ben")
    with pytest.raises(Refused, match="reason_missing"):
        override_price(till, basket, line_id, 1_900, " ")
    basket = override_price(till, basket, line_id, 1_900, "Wrong label")
    line = basket.line(line_id)
    assert (line.unit_price, line.was, line.override.price_from) == (1_900, 1_995, 1_995)
    with pytest.raises(Refused, match="needs_manager"):
        override_price(till, basket, line_id, 1_700, "Wrong label")
    word = Approval("mia", Role.MANAGER, "price_override", 1_479)
    basket = override_price(till, basket, line_id, 1_700, "Price match", approval=word)
    done = complete(till, basket, pay(till, basket, (), "cash", None))
    row = done.sale.lines[0]
    assert (row.unit_price, row.total) == (1_700, 1_700)
    given = row.override
    assert (given.price_from, given.reason, given.by, given.approved_by) == (
        1_995, "Price match", "ben", "mia",
    )  # fmt: skip
    assert differences(basket_of(done.sale), till.rules, figures_of(done.sale)) == []


def test_its_own_price_again_takes_the_other_one_away(counter) -> None:
    till = counter.till
    counter.swap("ben")
    before, line_id = scan(till, start(till), CODES[SCARF])
    basket = override_price(till, before, line_id, 1_900, "Wrong label")
    back = override_price(till, basket, line_id, 1_995, "")
    assert back.line(line_id) == before.line(line_id)


def test_twenty_prices_a_shift_and_then_somebody_agrees(counter) -> None:
    till = counter.till
    counter.swap("ben")
    basket = start(till)
    for _ in range(20):
        basket = sold_at_another_price(till)
    basket, line_id = scan(till, start(till), CODES[SCARF])
    with pytest.raises(Refused, match="needs_manager"):
        override_price(till, basket, line_id, 1_990, "Wrong label")


def sold_at_another_price(till):
    basket, line_id = scan(till, start(till), CODES[SCARF])
    basket = override_price(till, basket, line_id, 1_990, "Wrong label")
    complete(till, basket, pay(till, basket, (), "cash", None))
    return basket


def test_promotions_take_off_the_other_price(counter) -> None:
    till = counter.till
    counter.swap("ben")
    offer(till, rule("ten", "percent", SCARF, value=1_000))
    basket, line_id = scan(till, start(till), CODES[SCARF])
    basket = override_price(till, basket, line_id, 1_900, "Wrong label")
    assert priced(till, basket).total == 1_710


def test_kept_baskets_of_before_are_read(counter) -> None:
    till = counter.till
    basket, _line = scan(till, start(till), CODES[SCARF])
    basket = replace(basket, coupons=("X",))
    checkout.keep(till, basket)
    assert till.ledger.open_basket()[0] == basket
    assert msgspec.json.decode(msgspec.json.encode(basket), type=type(basket)) == basket
