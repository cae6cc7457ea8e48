"""A programme as data: what a sale earns, what points are worth, what a return takes, when they end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_app.domain import loyalty, points_age
from pos_app.domain.errors import Refused
from pos_app.domain.loyalty import (
    Campaign,
    Earning,
    Factor,
    Having,
    Piece,
    Programme,
    RewardKind,
    RewardRule,
    Sold,
    Tier,
)
from pos_app.domain.loyalty_rules import read, write
from pos_app.domain.money import Rounding
from pos_app.domain.points_age import Entry
from pos_app.domain.promotion_rule import Goods

PLAIN = Programme("club", 1, "Club", "EUR")
RICH = replace(
    PLAIN,
    points=3,
    per=200,
    rounding=Rounding.HALF_UP,
    minimum=500,
    factors=(
        Factor(Goods(departments=frozenset({"shoes"})), 200),
        Factor(Goods(skus=frozenset({"S1"})), 50),
    ),
    excluded=Goods(skus=frozenset({"BOOK"})),
    campaigns=(
        Campaign("may", "May", 300, "2026-05-01", "2026-05-31", tiers=("gold",)),
        Campaign("web", "Web", 150, channels=("web",)),
    ),
    channels={"web": 50},
    tiers=(Tier("basic", "Basic", 0), Tier("gold", "Gold", 1_000, 125)),
    rewards=(
        RewardRule("euro", "Euro", RewardKind.AMOUNT, 100, 100),
        RewardRule("tenth", "Tenth", RewardKind.PERCENT, 300, 1_000, most=2_000),
        RewardRule("coffee", "Coffee", RewardKind.PRODUCT, 150, goods=Goods(skus=frozenset({"C"}))),
        RewardRule("big", "Big", RewardKind.AMOUNT, 500, 700, minimum=5_000, tiers=("gold",)),
        RewardRule("alone", "Alone", RewardKind.PERCENT, 10, 100, combinable=False),
    ),
)
SKUS, DEPARTMENTS = ("S1", "S2", "BOOK", "C"), ("shoes", "coats", "")


def sold(*lines: Earning, **more: Any) -> Sold:
    return Sold(*(more.get("day", "2026-05-18"), "EUR", "1", more.get("tier", ""), lines))


@st.composite
def lines_of(draw: st.DrawFn) -> tuple[Earning, ...]:
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(SKUS),
                st.sampled_from(DEPARTMENTS),
                st.integers(0, 2_000_000),
                st.booleans(),
            ),
            min_size=1,
            max_size=12,
        )
    )
    return tuple(Earning(at, *row) for at, row in enumerate(rows, 1))


@pytest.mark.parametrize(
    ("line", "tier", "day", "channel", "points"),
    [
        (Earning(1, "S2", "coats", 1_000), "", "2026-05-18", "store", 15),
        (Earning(1, "S2", "shoes", 1_000), "", "2026-05-18", "store", 30),
        (Earning(1, "S1", "shoes", 1_000), "", "2026-05-18", "store", 8),  # 7.5, half up
        (Earning(1, "S2", "coats", 1_000), "gold", "2026-06-01", "store", 19),  # 18.75
        (Earning(1, "S2", "coats", 1_000), "gold", "2026-05-31", "store", 56),  # 56.25
        (Earning(1, "S2", "coats", 1_000), "basic", "2026-05-31", "store", 15),
        (Earning(1, "S2", "coats", 1_000), "", "2026-06-01", "web", 11),  # 15 x 1.5 x 0.5
        (Earning(1, "BOOK", "coats", 9_000), "gold", "2026-05-18", "store", 0),
        (Earning(1, "S2", "coats", 499), "gold", "2026-05-18", "store", 0),
        (Earning(1, "S2", "coats", 9_000, counts=False), "gold", "2026-05-18", "store", 0),
    ],
)
def test_each_rule_counts(line: Earning, tier: str, day: str, channel: str, points: int) -> None:
    got = loyalty.earned(RICH, Sold(day, "EUR", "1", tier, (line,), channel))
    assert sum(got.values()) == points


def test_another_currency_earns_nothing() -> None:
    assert loyalty.earned(PLAIN, replace(sold(Earning(1, "S2", "", 900)), currency="USD")) == {}


@given(lines_of(), st.sampled_from(["", "basic", "gold"]), st.sampled_from(list(Rounding)))
def test_points_are_the_exact_sum_rounded_once(
    lines: tuple[Earning, ...], tier: str, rounding: Rounding
) -> None:
    programme = replace(RICH, rounding=rounding, minimum=0, campaigns=())
    got = loyalty.earned(programme, sold(*lines, tier=tier))
    exact = Fraction(0)
    for line in lines:
        if not line.counts or line.sku == "BOOK":
            continue
        goods = Fraction(1, 2) if line.sku == "S1" else 2 if line.department == "shoes" else 1
        exact += Fraction(line.paid * 3, 200) * goods * (Fraction(5, 4) if tier == "gold" else 1)
    assert abs(sum(got.values()) - exact) <= 1
    if rounding is Rounding.DOWN:
        assert sum(got.values()) == exact.numerator // exact.denominator
    assert all(points > 0 for points in got.values())


@given(lines_of(), st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_no_goods_points(lines: tuple[Earning, ...], how: Any) -> None:
    mixed = list(lines)
    how.shuffle(mixed)
    again = tuple(replace(line, line=at) for at, line in enumerate(mixed, 1))

    def by_goods(rows: tuple[Earning, ...]) -> list[tuple[Any, ...]]:
        got = loyalty.earned(RICH, sold(*rows))
        named = [(row.sku, row.department, row.paid, got.get(row.line, 0)) for row in rows]
        return sorted(each for each in named if each[3])

    assert by_goods(lines) == by_goods(again)


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 9)), min_size=1, max_size=6),
    st.integers(0, 10**6),
    st.data(),
)
def test_returns_in_any_parts_are_exactly_all_of_it(
    rows: list[tuple[int, int]], cost: int, data: st.DataObject
) -> None:
    lines = [
        SimpleNamespace(line=at, points=points, qty=qty * 1_000, basket_disc=points % 97)
        for at, (points, qty) in enumerate(rows, 1)
    ]
    spent = loyalty.spent_on(lines, [SimpleNamespace(points=cost, lines=[])])
    assert sum(spent.values()) == cost
    before: dict[int, int] = {}
    taken = given = 0
    while any(before.get(line.line, 0) < line.qty for line in lines):
        back = {}
        for line in lines:
            left = line.qty - before.get(line.line, 0)
            qty = data.draw(st.integers(0, left // 1_000)) * 1_000
            back[line.line] = qty
        if not any(back.values()):
            back = {line.line: line.qty - before.get(line.line, 0) for line in lines}
        part = loyalty.reversal(lines, spent, before, back)
        assert part.taken >= 0
        assert part.given >= 0
        taken, given = taken + part.taken, given + part.given
        before = {at: before.get(at, 0) + back[at] for at in back}
    assert (taken, given) == (sum(line.points for line in lines), cost)


def piece(line: int, sku: str, worth: int, qty: int = 1_000, **more: Any) -> Piece:
    return Piece(line, sku, more.get("department", ""), worth, qty, more.get("counts", True))


def test_what_may_be_had() -> None:
    goods = (piece(1, "S2", 3_000), piece(2, "C", 800, 2_000), piece(3, "BOOK", 2_000))
    found = loyalty.deals(RICH, Having(1_240, "gold"), goods)
    assert [(each.rule.reward, each.points, each.amount, each.lines) for each in found] == [
        ("euro", 1_200, 1_200, (1, 2)),
        ("tenth", 300, 380, (1, 2)),
        ("coffee", 150, 400, (2,)),
        ("alone", 10, 38, (1, 2)),
    ]
    beside = loyalty.deals(RICH, Having(1_240, "gold"), goods, ["tenth"])
    assert [each.rule.reward for each in beside] == ["euro", "coffee"]
    assert loyalty.deals(RICH, Having(1_240), goods, ["alone"]) == ()
    plenty = (*goods, piece(4, "S2", 9_000))
    assert "big" in [each.rule.reward for each in loyalty.deals(RICH, Having(600, "gold"), plenty)]
    assert "big" not in [each.rule.reward for each in loyalty.deals(RICH, Having(600), plenty)]


@given(
    st.lists(
        st.tuples(st.sampled_from(SKUS), st.integers(0, 10**6), st.integers(1, 9), st.booleans()),
        max_size=6,
    ),
    st.integers(0, 10**5),
)
def test_no_reward_is_worth_more_than_the_goods_or_costs_more_than_there_is(
    rows: list[tuple[str, int, int, bool]], points: int
) -> None:
    goods = [
        piece(at, sku, worth, qty * 1_000, counts=counts)
        for at, (sku, worth, qty, counts) in enumerate(rows, 1)
    ]
    for deal in loyalty.deals(RICH, Having(points, "gold"), goods):
        reached = [each for each in goods if not deal.lines or each.line in deal.lines]
        assert 0 < deal.amount <= sum(each.worth for each in reached if each.counts)
        assert 0 < deal.points <= points
        again = loyalty.deal_of(RICH, deal.rule, deal.points, goods)
        assert again == deal, "worked out again from its points it is the same"


# --- text -----------------------------------------------------------------------------------


def test_a_programme_is_read_as_it_was_written() -> None:
    assert read(write(RICH)) == RICH
    assert read(write(PLAIN)) == PLAIN


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"per": 0}, "per: a whole number"),
        ({"per": 1.5}, "per: a whole number"),
        ({"rounding": "up"}, "rounding: one of"),
        ({"name": "a\u202eb"}, "name: 1 to"),
        ({"tier": [{"tier": "a", "name": "A", "reached": 5}]}, "begins with 0"),
        ({"campaign": [{"campaign": "c", "label": "C", "percent": 200, "tiers": ["x"]}]}, "tier x"),
        ({"campaign": [{"campaign": "c", "label": "C", "percent": 1, "valid_from": "May"}]}, "day"),
        ({"reward": [{"reward": "r", "label": "R", "points": 1, "kind": "product"}]}, "goods"),
        ({"reward": [{"reward": "r", "label": "R", "points": 1, "value": 1}] * 2}, "same id"),
        ({"factor": [{"percent": 200}]}, "skus or departments"),
        ({"excluded": []}, "not readable"),
        ({"surprise": 1}, "no field surprise"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], where: str) -> None:
    table = {"programme": "club", "name": "Club", "currency": "EUR", **changes}
    with pytest.raises(Refused, match="programme_bad") as caught:
        read(table)
    assert where in caught.value.facts["where"]


@given(st.text(max_size=60))
@settings(max_examples=60)
def test_no_text_is_a_fault_of_ours(text: str) -> None:
    with pytest.raises(Refused, match="programme_bad"):
        read(text)


# --- age ------------------------------------------------------------------------------------


@given(st.lists(st.integers(-500, 500).filter(bool), max_size=30))
def test_what_is_left_of_credits_is_the_account(moves: list[int]) -> None:
    entries = [Entry(f"2026-01-{at % 28 + 1:02}", points) for at, points in enumerate(moves)]
    left = sum(lot.left for lot in points_age.lots(entries))
    running = owed = 0
    for points in moves:  # an account below nothing first pays what it owes
        running += points
        owed = max(owed, -running)
    assert left >= max(sum(moves), 0)
    assert left == sum(moves) or sum(moves) < 0 or owed > 0
    if owed == 0:
        assert left == sum(moves)


def test_the_oldest_go_first_and_what_came_back_takes_its_own() -> None:
    year = replace(PLAIN, expiry_months=12)
    entries = [
        Entry("2025-01-10", 300, "earned", "sale-1"),
        Entry("2025-06-10", 200, "earned", "sale-2"),
        Entry("2025-07-01", -100, "spent", "sale-3"),
        Entry("2025-07-02", -200, "reversed", "sale-2"),
    ]
    assert points_age.ending(year, entries, date(2026, 1, 9)) == 0
    assert points_age.ending(year, entries, date(2026, 1, 10)) == 200
    assert points_age.next_end(year, entries) == ("2026-01-10", 200)
    over = [*entries, Entry("2026-01-10", -200, "expired")]
    assert points_age.ending(year, over, date(2026, 12, 31)) == 0
    assert points_age.ending(PLAIN, entries, date(2099, 1, 1)) == 0


def test_tiers_and_what_is_missing_to_the_next() -> None:
    tiers = [
        (points_age.tier_of(RICH, at), points_age.to_next(RICH, at)) for at in (-5, 999, 1_000)
    ]
    assert [(tier.tier if tier else "", left) for tier, left in tiers] == [
        ("basic", 1_005),
        ("basic", 1),
        ("gold", 0),
    ]
    assert points_age.tier_of(PLAIN, 10) is None
    counted = [Entry("2026-01-01", 50, "earned"), Entry("2026-02-01", 30, "birthday")]
    counted.append(Entry("2026-02-02", -20, "reversed"))
    assert points_age.reached(counted, "2026-01-15") == -20
    assert points_age.reached(counted, "2025-01-01") == 30


def test_months_and_birthdays_that_a_year_has_not() -> None:
    assert points_age.months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert points_age.months_before(date(2024, 3, 31), 1) == date(2024, 2, 29)
    assert points_age.is_birthday("02-29", date(2026, 2, 28))
    assert not points_age.is_birthday("02-29", date(2024, 2, 28))
    assert not points_age.is_birthday("", date(2026, 2, 28))
