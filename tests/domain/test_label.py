"""Labels of scales and shops: what a pattern reads, what it never guesses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.barcode import check_digit
from pos_app.domain.errors import Refused
from pos_app.domain.label import Pattern, read_label


def whole(payload: str) -> str:
    return payload + str(check_digit(payload))


@pytest.mark.parametrize(
    ("pattern", "code", "weight", "price", "item"),
    [
        ("21IIIIIWWWWWC", "2112345012506", 1_250, 0, "12345"),
        ("21iiiiiwwwwwc", "2112345012506", 1_250, 0, "12345"),
        ("21IIIIIWW.WWWC", "2112345012506", 1_250, 0, "12345"),
        ("21IIIIIWWWW.WC", "2112345012506", 125_000, 0, "12345"),
        ("22IIIIIPPPPPC", whole("221234500499"), 0, 499, "12345"),
        ("22IIIIIPPP.PPC", whole("221234500499"), 0, 499, "12345"),
        ("22IIIIIPPPP.PC", whole("221234500499"), 0, 4_990, "12345"),
        ("22IIIIIPP.PPPC", whole("221234500499"), 0, 50, "12345"),
        ("02IIIIIVPPPPC", whole("021234532875"), 0, 2_875, "12345"),
        ("29XXIIIIWWWWWC", whole("2977123401000"), 1_000, 0, "1234"),
    ],
)
def test_a_pattern_reads_item_and_value(pattern, code, weight, price, item) -> None:
    found = Pattern.parse(pattern).read(code, 2)
    if pattern.startswith("02"):
        verified = [d for d in "0123456789" if Pattern.parse(pattern).read(_verified(d), 2)]
        assert len(verified) == 1, "the verifier fits one digit of ten"
        found = Pattern.parse(pattern).read(_verified(verified[0]), 2)
    assert found is not None
    assert (found.weight, found.price) == (weight, price)
    assert item in found.keys


def _verified(digit: str) -> str:
    return whole(f"0212345{digit}2875")


@pytest.mark.parametrize(
    "code",
    ["2212345012506", "2112345012507", "211234501250", "21123450125066", "21123450125O6", ""],
)
def test_another_code_is_not_read(code) -> None:
    assert Pattern.parse("21IIIIIWWWWWC").read(code, 2) is None


@pytest.mark.parametrize(
    ("pattern", "where"),
    [
        ("", "digits"),
        ("21II", "6 to 24"),
        ("21IIIIIC", "either W"),
        ("21IIWWPPC", "either W"),
        ("21WWWWWWC", "I for the item"),
        ("IIIIIWWWWW", "begin with"),
        ("21IIWWIIWWC", "together"),
        ("21CIIIIWWWWW", "at the end"),
        ("21IIIIVWWWWWWC", "four or five"),
        ("21II.IIIWWWWWC", "between two W"),
        ("21II?IIWWWWWC", "digits"),
    ],
)
def test_a_pattern_that_means_nothing_is_refused(pattern, where) -> None:
    with pytest.raises(Refused) as caught:
        Pattern.parse(pattern)
    assert caught.value.code == "label_pattern_bad"
    assert where in str(caught.value.facts["where"])


@given(st.text(alphabet="0123456789", max_size=16), st.sampled_from(["de", "fi", "gb", "at", ""]))
def test_any_digits_are_read_or_left(code, country) -> None:
    patterns = (Pattern.parse("21IIIIIWWWWWC"), Pattern.parse("2IIIIVPPPPC"))
    found = read_label(code, patterns, country, 2)
    if found is not None:
        assert found.weight >= 0
        assert found.price >= 0
        assert all(found.keys)


@pytest.mark.parametrize(
    ("code", "country", "weight", "price"),
    [
        ("2388060112344", "fi", 1_234, 0),
        ("2302148210869", "no", 1_086, 0),
        ("2011122912346", "gb", 0, 1_234),
        ("2388060112344", "at", None, None),  # no rules for it, and none are guessed
    ],
)
def test_the_rules_of_a_country(code, country, weight, price) -> None:
    found = read_label(code, (), country, 2)
    assert (
        (weight, price) == (None, None)
        if found is None
        else (found.weight, found.price)
        == (
            weight,
            price,
        )
    )
