"""Promotions, coupons, labels, GS1 goods and other prices at a real till."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pos_app.domain.barcode import FNC1
from pos_app.domain.errors import PosError, Refused
from pos_app.domain.promotion import Goods, Kind, Promotion
from pos_app.domain.sale import basket_of, differences, figures_of
from pos_app.domain.staff import Role
from pos_app.store.replica import ReplicaWriter
from pos_app.till import checkout, void
from pos_app.till.checkout import add, complete, override_price, pay, priced, scan, start
from pos_app.till.permission import Approval
from sync.protocol import PriceRow, ProductRow, PromotionRow, row_of
from tests.till.shop import CODES, COFFEE, SCARF, feed, store_row

CHEESE, HAM = "12345", "777"
MILK = "04006381333931"


def rule(name: str, kind: str, *skus: str, **more) -> Promotion:
    held = (Goods(frozenset(skus)),) if skus else ()
    return Promotion(name, more.pop("version", 1), f"Offer {name}", Kind(kind), goods=held, **more)


def tell(till, *changes) -> None:
    """The hub's feed goes on."""
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        pos = writer.cursors()["global"][1]
        writer.apply(feed("global", pos, *changes))
    till.refresh_reference()


def offer(till, *rules: Promotion, active: bool = True) -> None:
    tell(till, ("promotion", [row_of(each, active=active) for each in rules]))


def labels(till, *patterns: str, **more) -> None:
    row = store_row(label_patterns=patterns, **more)
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        pos = writer.cursors()["store:1"][1]
        writer.apply(feed("store:1", pos, ("store", [row])))
    till.refresh_reference()


def deli(till) -> None:
    """Cheese by weight, ham by piece with a label of its own."""
    tell(
        till,
        (
            "product",
            [
                ProductRow(CHEESE, "Mountain cheese", unit="kg", tax_code="reduced"),
                ProductRow(HAM, "Ham, sliced", tax_code="reduced"),
            ],
        ),
        ("price", [PriceRow(CHEESE, "retail", "EUR", (("", "", 2_399, 0),))]),
    )


def line_of(basket, line_id=0):
    return basket.line(line_id or basket.lines[-1].line_id)


def code_of(caught) -> str:
    return caught.value.code


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


# ---- labels


def test_a_label_with_a_weight_by_the_stores_own_pattern(counter) -> None:
    till = counter.till
    deli(till)
    with pytest.raises(Refused, match="unknown_code"):
        scan(till, start(till), "2112345012506")
    labels(till, "21IIIIIWWWWWC")
    for sent in ("2112345012506", "02112345012506"):
        basket, _line = scan(till, start(till), sent)
        line = line_of(basket)
        assert (line.sku, line.qty, line.unit_price) == (CHEESE, 1_250, 2_399)
        assert priced(till, basket).total == 2_999
    with pytest.raises(Refused, match="unknown_code"):
        scan(till, start(till), "2112345012507")  # a wrong check digit is no label
    with pytest.raises(Refused, match="label_times"):
        scan(till, start(till), "2112345012506", 3_000)


def test_a_label_with_a_price_costs_just_that(counter) -> None:
    till = counter.till
    deli(till)
    labels(till, "22IIIIIPPPPPC", "23IIIPPP.PPC")
    basket, line_id = scan(till, start(till), "221234500499" + check("221234500499"))
    line = line_of(basket)
    assert (line.qty, priced(till, basket).total) == (208, 499)
    with pytest.raises(Refused, match="label_fixed"):
        checkout.set_quantity(basket, line_id, 500)
    basket, _line = scan(till, basket, "2377703456" + check("2377703456"))
    assert priced(till, basket).total == 499 + 3_456
    done = complete(till, basket, pay(till, basket, (), "cash", None))
    assert [row.label_price for row in done.sale.lines] == [499, 3_456]
    assert differences(basket_of(done.sale), till.rules, figures_of(done.sale)) == []


def check(payload: str) -> str:
    from pos_app.domain.barcode import check_digit

    return str(check_digit(payload))


def test_two_labels_of_one_price_are_two(counter) -> None:
    till = counter.till
    deli(till)
    labels(till, "23IIIPPP.PPC")
    code = "2377703456" + check("2377703456")
    basket, _line = scan(till, scan(till, start(till), code)[0], code)
    assert (len(basket.lines), priced(till, basket).total) == (2, 2 * 3_456)


def test_a_label_with_a_weight_is_refused_for_pieces(counter) -> None:
    till = counter.till
    deli(till)
    labels(till, "24IIIWWWWWC")
    code = "2477701250"
    tell(till, ("price", [PriceRow(HAM, "retail", "EUR", (("", "", 300, 0),))]))
    with pytest.raises(Refused, match="label_not_weighed"):
        scan(till, start(till), code + check(code))


def test_the_countrys_own_rules_read_labels_too(counter) -> None:
    till = counter.till
    tell(
        till,
        ("product", [ProductRow("C", "Juusto", unit="kg", barcodes=("02388060100006",))]),
        ("price", [PriceRow("C", "retail", "EUR", (("", "", 1_000, 0),))]),
    )
    with pytest.raises(Refused, match="unknown_code"):
        scan(till, start(till), "2388060112344")
    labels(till, locale="fi-FI")
    basket, _line = scan(till, start(till), "2388060112344")
    assert line_of(basket).qty == 1_234


def test_what_is_sold_by_weight_asks_for_it(counter) -> None:
    till = counter.till
    deli(till)
    with pytest.raises(Refused) as caught:
        add(till, start(till), CHEESE)
    assert (code_of(caught), caught.value.facts["name"]) == ("weight_needed", "Mountain cheese")
    basket, _line = add(till, start(till), CHEESE, 350)
    assert priced(till, basket).total == 840


# ---- GS1


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("17261125" + "10AB-1", {"expiry": "2026-11-25", "lot": "AB-1"}),
        ("15261120" + "21XY", {"expiry": "2026-11-20", "serial": "XY"}),
        ("10L1" + FNC1 + "21S9" + FNC1 + "17261231", {"lot": "L1", "serial": "S9"}),
    ],
)
def test_lot_day_and_serial_number_are_kept_to_the_fact(counter, more, found) -> None:
    till = counter.till
    basket, _line = scan(till, start(till), "]d201" + MILK + more)
    line = line_of(basket)
    assert line.sku == SCARF
    for name, value in found.items():
        assert getattr(line, name) == value
    done = complete(till, basket, pay(till, basket, (), "cash", None))
    for name, value in found.items():
        assert getattr(done.sale.lines[0], name) == value


@pytest.mark.parametrize(
    "code",
    [
        "]d201" + MILK + "17261124",
        "01" + MILK + "17261124",  # a reader that says nothing of GS1
        f"(01){MILK}(17)261124",
        f"https://id.gs1.org/01/{MILK}/10/ABC?17=261124",
    ],
)
def test_what_has_expired_is_refused_on_the_business_day(counter, code) -> None:
    till, clock = counter.till, counter.clock
    with pytest.raises(Refused) as caught:
        scan(till, start(till), code)
    assert code_of(caught) == "goods_expired"
    assert caught.value.facts["day"] == "2026-11-24"
    clock.moment = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # 03:00 in Vienna: still the 24th
    counter.till.shift = None
    assert till.business_date() == "2026-11-24"
    basket, _line = scan(till, start(till), code)
    assert line_of(basket).expiry == "2026-11-24"


def test_gs1_weight_and_price(counter) -> None:
    till = counter.till
    key = "02112345000008"
    tell(
        till,
        ("product", [ProductRow("K", "Cheese", unit="kg", barcodes=(key,))]),
        ("price", [PriceRow("K", "retail", "EUR", (("", "", 1_000, 0),))]),
    )
    weighed, _line = scan(till, start(till), f"]C101{key}3103000750")
    assert (line_of(weighed).qty, priced(till, weighed).total) == (750, 750)
    both, _line = scan(till, start(till), f"]C101{key}31030007503922799")
    assert (line_of(both).qty, priced(till, both).total) == (750, 799)
    with pytest.raises(Refused, match="weight_needed"):
        scan(till, start(till), f"]C101{key}10LOT")


def test_one_serial_number_is_there_once(counter) -> None:
    till = counter.till
    code = "]d201" + MILK + "21S9"
    basket, line_id = scan(till, start(till), code)
    with pytest.raises(Refused, match="serial_twice"):
        scan(till, basket, code)
    with pytest.raises(Refused, match="label_fixed"):
        checkout.set_quantity(basket, line_id, 2_000)
    basket, other = scan(till, basket, "]d201" + MILK + "21S10")
    assert other != line_id
    with pytest.raises(Refused, match="label_times"):
        scan(till, basket, "]d201" + MILK + "21S11", 2_000)


_ais = st.sampled_from(["10", "15", "17", "21", "30", "3100", "3103", "3106", "3920", "3922", "01"])
_hostile = st.one_of(
    st.text(max_size=140),
    st.text(alphabet="0123456789", max_size=40),
    st.text(alphabet="2", min_size=1, max_size=2).flatmap(
        lambda first: st.text(alphabet="0123456789", min_size=9, max_size=16).map(first.__add__)
    ),
    st.builds(
        lambda head, parts: head + "01" + MILK + "".join(ai + value for ai, value in parts),
        st.sampled_from(["]d2", "]C1", "", "(01)", "http://x/01/"]),
        st.lists(
            st.tuples(_ais, st.text(alphabet="0123456789AZ-%()\x1d/?=&", max_size=22)), max_size=4
        ),
    ),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_hostile)
@example("2" * 13)
@example("]d201" + MILK + "3922" + "9" * 15)
@example("]d201" + MILK + "30" + "9" * 8)
@example("]d201" + MILK + "17000000")
def test_no_code_of_a_stranger_does_more_than_be_refused(counter_of_deli, raw) -> None:
    till = counter_of_deli
    try:
        basket, line_id = scan(till, start(till), raw)
    except PosError:
        return
    if line_id:
        worth = priced(till, basket)
        assert worth.total >= 0
        line = basket.line(line_id)
        assert 0 < line.qty <= 9_999_999
        assert not line.expiry or line.expiry >= till.business_date() or "15" in raw


@pytest.fixture
def counter_of_deli(counter):
    deli(counter.till)
    labels(counter.till, "21IIIIIWWWWWC", "22IIIIIPPPPPC", "2IIIIVPPPPC", locale="fi-FI")
    return counter.till


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
