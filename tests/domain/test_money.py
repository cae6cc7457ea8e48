"""Money is whole minor units of one currency; CLDR says how many decimals and which coins."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from babel.core import get_global
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain import money as module
from pos_app.domain.cash import coins, denominations, quick_amounts, round_to_step
from pos_app.domain.errors import Refused
from pos_app.domain.money import Money, Rounding, allocate, cash_step, divide, minor_digits

amounts = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize("wrong", [1.0, 0.575, "1", None, Decimal(1), Fraction(1), True])
def test_nothing_but_whole_numbers_becomes_money(wrong) -> None:
    with pytest.raises(TypeError):
        Money(wrong, "EUR")
    with pytest.raises(TypeError):
        Money(1, "EUR") * wrong
    with pytest.raises(TypeError):
        wrong * Money(1, "EUR")
    with pytest.raises(TypeError):
        Money(1, "EUR") + wrong
    with pytest.raises(TypeError):
        Money(1, "EUR") / wrong


@pytest.mark.parametrize("wrong", [0.5, 1.0])
def test_a_rate_of_floats_makes_no_money(wrong) -> None:
    with pytest.raises(TypeError):
        Money(100, "EUR").times(wrong, 3, rounding=Rounding.HALF_UP)
    with pytest.raises(TypeError):
        Money(100, "EUR").split([wrong, 1])


@pytest.mark.parametrize("wrong", ["eur", "EURO", "", "€", "ÉÜR", "E1"])
def test_a_currency_is_three_capital_letters(wrong) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, wrong)


def test_currencies_do_not_mix() -> None:
    for act in (Money.__add__, Money.__sub__, Money.__lt__, Money.__le__, Money.__gt__):
        with pytest.raises(ValueError, match="do not mix"):
            act(Money(1, "EUR"), Money(1, "JPY"))
    assert Money(1, "EUR") != Money(1, "JPY")
    assert Money(1, "EUR") < Money(2, "EUR") <= Money(2, "EUR")
    assert Money(2, "EUR") > Money(1, "EUR") >= Money(1, "EUR")
    assert not Money(0, "EUR")


@given(amounts, st.integers(1, 500))
def test_equal_parts_sum_to_the_whole(minor, parts) -> None:
    found = Money(minor, "EUR").split(parts)
    assert len(found) == parts
    assert sum(part.minor for part in found) == minor
    sizes = [part.minor for part in found]
    assert max(sizes) - min(sizes) <= 1


@given(amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_weighted_parts_sum_and_are_within_a_unit_of_their_share(minor, weights) -> None:
    parts = allocate(minor, weights)
    assert sum(parts) == minor
    total = sum(weights) or len(weights)
    for part, weight in zip(parts, weights, strict=True):
        share = Fraction(minor * (weight if sum(weights) else 1), total)
        assert abs(part - share) < 1
    assert allocate(-minor, weights) == [-part for part in parts]


@pytest.mark.parametrize("wrong", [[], [1, -1]])
def test_weights_that_are_none_are_refused(wrong) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(100, wrong)
    with pytest.raises(ValueError, match="weights"):
        Money(1, "EUR").split(0)


@given(amounts, st.integers(-(10**6), 10**6).filter(bool), st.sampled_from(Rounding))
def test_division_is_near_and_symmetric(numerator, denominator, rounding) -> None:
    found = divide(numerator, denominator, rounding)
    exact = Fraction(numerator, denominator)
    assert divide(-numerator, denominator, rounding) == -found
    if rounding is Rounding.DOWN:
        assert abs(found) <= abs(exact) < abs(found) + 1
    else:
        assert abs(found - exact) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("numerator", "up", "even", "down"),
    [(5, 3, 2, 2), (15, 8, 8, 7), (-5, -3, -2, -2), (-15, -8, -8, -7), (4, 2, 2, 2), (-1, -1, 0, 0)],
)  # fmt: skip
def test_halves(numerator, up, even, down) -> None:
    assert divide(numerator, 2, Rounding.HALF_UP) == up
    assert divide(numerator, 2, Rounding.HALF_EVEN) == even
    assert divide(numerator, 2, Rounding.DOWN) == down
    with pytest.raises(ZeroDivisionError):
        divide(numerator, 0, Rounding.DOWN)


def test_times_names_its_rounding() -> None:
    assert Money(575, "EUR").times(1, 10, rounding=Rounding.HALF_UP) == Money(58, "EUR")
    assert Money(575, "EUR").times(1, 10, rounding=Rounding.DOWN) == Money(57, "EUR")
    assert -Money(5, "EUR") + 2 * Money(5, "EUR") - Money(1, "EUR") == Money(4, "EUR")


@pytest.mark.parametrize("currency", sorted(module._COMMON))
def test_currencies_known_by_heart_are_as_cldr_says(currency) -> None:
    table = get_global("currency_fractions")
    assert module._COMMON[currency] == tuple(table.get(currency, table["DEFAULT"]))


@pytest.mark.parametrize(
    ("currency", "digits", "step"),
    [
        ("EUR", 2, 1), ("JPY", 0, 1), ("KWD", 3, 1), ("CHF", 2, 5), ("SEK", 2, 100),
        ("NOK", 2, 100), ("DKK", 2, 50), ("CAD", 2, 5), ("CZK", 2, 100), ("HUF", 2, 100),
        ("BHD", 3, 1), ("TND", 3, 1), ("KRW", 0, 1), ("TWD", 2, 100), ("CRC", 2, 100),
    ],
)  # fmt: skip
def test_decimals_and_cash_steps_come_from_cldr(currency, digits, step) -> None:
    assert minor_digits(currency) == digits
    assert cash_step(currency) == step


def test_every_currency_of_cldr_has_a_step_and_coins_down_to_it() -> None:
    for currency in get_global("currency_fractions"):
        if currency == "DEFAULT":
            continue
        step = cash_step(currency)
        worth = denominations(currency)
        assert step >= 1
        assert list(worth) == sorted(set(worth), reverse=True)
        assert worth[-1] == step
        assert all(each % step == 0 for each in worth)


@given(st.sampled_from(["EUR", "CHF", "SEK", "DKK", "JPY", "KWD", "XTS"]), st.integers(0, 10**7))
def test_coins_make_up_every_payable_amount(currency, steps) -> None:
    amount = steps * cash_step(currency)
    found = coins(amount, currency)
    assert sum(worth * count for worth, count in found) == amount
    assert [worth for worth, _ in found] == sorted((worth for worth, _ in found), reverse=True)


@pytest.mark.parametrize(("amount", "currency"), [(3, "CHF"), (150, "SEK"), (-5, "EUR")])
def test_coins_cannot_make_what_they_cannot(amount, currency) -> None:
    with pytest.raises(Refused, match="cash_step"):
        coins(amount, currency)


@given(amounts, st.sampled_from([1, 5, 10, 50, 100]))
def test_rounding_to_coins_is_near_and_symmetric(amount, step) -> None:
    found = round_to_step(amount, step)
    assert found % step == 0
    assert 2 * abs(found - amount) <= step
    assert round_to_step(-amount, step) == -found


@given(st.integers(-5, 10**7), st.sampled_from(["EUR", "CHF", "SEK", "JPY", "KWD", "USD"]))
def test_quick_amounts_cover_what_is_due(due, currency) -> None:
    found = quick_amounts(due, currency)
    exact = round_to_step(due, cash_step(currency))
    if exact <= 0:
        assert found == []
        return
    assert found[0] == exact
    assert found == sorted(set(found))
    assert len(found) <= 6
    assert all(amount % cash_step(currency) == 0 for amount in found)


def test_quick_amounts_are_what_people_hand_over() -> None:
    assert quick_amounts(35_025, "EUR") == [35_025, 36_000, 37_000, 38_000, 40_000, 50_000]
    assert quick_amounts(15_040, "EUR") == [15_040, 15_500, 16_000, 17_000, 20_000, 50_000]
    assert quick_amounts(50_000, "EUR") == [50_000, 60_000], "nobody hands over 505 for 500"
    assert quick_amounts(1_870, "EUR") == [1_870, 1_900, 2_000, 5_000, 10_000, 20_000]
