"""The open basket: what joins what, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import pytest

from pos_app.domain.basket import (
    LINES_MAX,
    QTY_MAX,
    TEXT_MAX,
    add_line,
    check_line,
    custom_line,
    discount_basket,
    discount_line,
    line_from,
    line_gross,
    note_line,
    remove_line,
    set_age_checked,
    set_quantity,
)
from pos_app.domain.catalogue import Price, Product, price_on
from pos_app.domain.errors import Refused
from pos_app.domain.text import hidden, plain
from tests.domain.goods import basket, line, off

SHIRT = Product("S1", "Linen Shirt", "White · M", tax_code="standard", age_limit=0)


def refusal(act, *args) -> str:
    with pytest.raises(Refused) as caught:
        act(*args)
    return caught.value.code


def test_pieces_of_one_product_at_one_price_join() -> None:
    whole, first = add_line(basket(), line("A", 1_000, 250))
    whole, second = add_line(whole, line("A", 2_000, 250))
    assert first == second == 1
    assert [(one.sku, one.qty) for one in whole.lines] == [("A", 3_000)]


@pytest.mark.parametrize(
    "other",
    [
        line("A", 1_000, 251),
        line("A", 1_000, 250, "b"),
        line("A", 1_000, 250, custom=True),
        line("A", 1_000, 250, note="gift"),
        line("A", 1_000, 250, discounts=(off("percent", 100),)),
        line("A", 1_000, 250, price_list="staff"),
        line("A", 1_500, 250),
        line("A", 1_000, 250, age_checked="s9"),
    ],
)
def test_what_differs_keeps_a_line_of_its_own(other) -> None:
    for one, two in ((line("A", 1_000, 250), other), (other, line("A", 1_000, 250))):
        whole = basket(one, two)
        if other.age_checked and one is other:
            continue  # the buyer was asked already: one more of it asks nothing new
        assert len(whole.lines) == 2
        assert [each.line_id for each in whole.lines] == [1, 2]


def test_a_weighed_line_never_joins() -> None:
    assert len(basket(line("K", 1_254, 299), line("K", 1_254, 299)).lines) == 2


def test_an_id_is_never_used_again() -> None:
    whole = basket(line("A"), line("B"))
    whole, third = add_line(remove_line(whole, 2), line("C"))
    assert third == 3
    assert refusal(whole.line, 2) == "no_such_line"


def test_lines_from_the_catalogue() -> None:
    made = line_from(SHIRT, Price("S1", 4_990, "EUR", was=5_990), "123", 2_000)
    assert (made.label, made.variant, made.unit_price, made.was, made.code) == (
        "Linen Shirt", "White · M", 4_990, 5_990, "123",
    )  # fmt: skip
    wine = Product("W", "Red", age_limit=16)
    assert line_from(wine, Price("W", 790, "EUR"), "").age_limit == 16
    assert refusal(line_from, SHIRT, None, "") == "price_missing"
    assert refusal(line_from, SHIRT, Price("S1", 0, "EUR"), "") == "price_missing"
    gone = Product("S1", "Linen Shirt", active=False)
    assert refusal(line_from, gone, Price("S1", 1, "EUR"), "") == "not_for_sale"
    assert refusal(line_from, SHIRT, Price("S1", -5, "EUR"), "") == "amount_out_of_range"


@pytest.mark.parametrize(
    ("qty", "unit", "code"),
    [(0, "piece", "quantity_out_of_range"), (-1_000, "piece", "quantity_out_of_range"),
     (1_500, "piece", "quantity_not_whole"), (QTY_MAX + 1, "kg", "quantity_out_of_range"),
     (4_006_381_333_931_000, "piece", "quantity_out_of_range"), (1.0, "kg", "quantity_out_of_range"),
     (True, "kg", "quantity_out_of_range")],
)  # fmt: skip
def test_quantities_that_are_none(qty, unit, code) -> None:
    assert refusal(check_line, line("A", qty, 100, unit=unit)) == code
    whole = basket(line("A", 1_000, 100, unit=unit))
    assert refusal(set_quantity, whole, 1, qty) == code


def test_joining_past_the_largest_quantity_is_refused() -> None:
    whole = basket(line("A", 9_999_000))
    assert refusal(add_line, whole, line("A")) == "quantity_out_of_range"
    assert whole.lines[0].qty == 9_999_000


def test_a_full_basket_takes_no_other_line_but_more_of_the_same() -> None:
    lines = tuple(line(f"S{n}") for n in range(3))
    whole = basket(*lines)
    full = type(whole)("b", "EUR", "", "", tuple(lines[:1]) * LINES_MAX)
    assert refusal(add_line, full, line("B")) == "basket_full"
    assert add_line(full, line("S0"))[0].lines[0].qty == 2_000


def test_custom_items_need_a_name_and_a_price() -> None:
    made = custom_line("", "  Gift\n wrap\u202e ", 250, "standard")
    assert (made.label, made.custom, line_gross(made)) == ("Gift wrap", True, 250)
    assert len(custom_line("", "x" * 900, 1, "a").label) == TEXT_MAX
    assert refusal(custom_line, "", " \u200b\x07 ", 250, "a") == "label_missing"
    assert refusal(custom_line, "", "x", 0, "a") == "price_missing"
    assert refusal(custom_line, "", "x", -1, "a") == "amount_out_of_range"


@pytest.mark.parametrize(
    ("kind", "value"),
    [("percent", 0), ("percent", 10_001), ("percent", -1), ("amount", 0), ("amount", 301),
     ("amount", 2.5), ("percent", True)],
)  # fmt: skip
def test_discounts_that_are_none(kind, value) -> None:
    whole = basket(line("A", 3_000, 100))
    assert refusal(discount_line, whole, 1, off(kind, value)) == "discount_out_of_range"
    assert refusal(discount_basket, whole, off(kind, value)) == "discount_out_of_range"


def test_discounts_come_with_a_reason_and_go_again() -> None:
    whole = basket(line("A", 3_000, 100))
    no_reason = type(off("amount", 1))(off("amount", 1).kind, 1, " \n", "s1")
    assert refusal(discount_line, whole, 1, no_reason) == "reason_missing"
    assert refusal(discount_line, whole, 9, off("amount", 1)) == "no_such_line"
    assert refusal(discount_basket, basket(), off("amount", 1)) == "basket_empty"
    less = discount_basket(discount_line(whole, 1, off("amount", 300)), off("percent", 10_000))
    assert less.lines[0].discounts[0].value == 300
    assert discount_basket(discount_line(less, 1, None), None) == whole


def test_notes_and_age_checks() -> None:
    whole = basket(line("A"))
    noted = note_line(set_age_checked(whole, 1, "s1"), 1, " a\u202eb\n" + "x" * 900)
    assert noted.lines[0].note.startswith("ab xxx")
    assert len(noted.lines[0].note) == TEXT_MAX
    assert noted.lines[0].age_checked == "s1"
    assert set_age_checked(noted, 1, "").lines[0].age_checked == ""


PRICES = [
    Price("A", 1_000, "EUR"),
    Price("A", 900, "EUR", valid_from="2026-11-01"),
    Price("A", 700, "EUR", valid_from="2026-11-20", valid_to="2026-11-30", was=900),
    Price("A", 650, "EUR", valid_from="2026-11-20", valid_to="2026-12-31"),
    Price("A", 1_980, "JPY", "tokyo"),
]


@pytest.mark.parametrize(
    ("day", "amount"),
    [("2026-10-31", 1_000), ("2026-11-01", 900), ("2026-11-19", 900), ("2026-11-20", 700),
     ("2026-11-30", 700), ("2026-12-01", 650), ("2026-12-31", 650), ("2027-01-01", 900)],
)  # fmt: skip
def test_the_price_of_a_day(day, amount) -> None:
    for rows in (PRICES, PRICES[::-1], sorted(PRICES, key=lambda row: row.amount)):
        found = price_on(rows, day)
        assert found
        assert found.amount == amount


def test_each_list_has_its_own_prices() -> None:
    found = price_on(PRICES, "2026-11-25", "tokyo")
    assert found
    assert (found.amount, found.currency) == (1_980, "JPY")
    assert price_on(PRICES, "2026-11-25", "moon") is None
    assert price_on([], "2026-11-25") is None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain", "plain"), ("  a \t b\r\nc ", "a b c"), ("x\x1b[31mred", "x[31mred"),
        ("a\u202eb\u2066c", "abc"), ("no\u00a0break", "no break"), ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\ud800x", "x"), ("\ue000x", "x"), ("x" * 20, "x" * 10), ("abcdefghi  z", "abcdefghi"),
    ],
)  # fmt: skip
def test_text_is_kept_plain(text, kept) -> None:
    assert plain(text, 10) == kept
    assert not hidden(plain(text, 10).replace("\u200c", ""))
