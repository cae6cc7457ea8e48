"""Amounts, quantities, moments: as CLDR writes them, and without babel where a till starts."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pytest
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from hypothesis import given
from hypothesis import strategies as st

from pos_app import words
from pos_app.domain.errors import Refused
from pos_app.domain.money import minor_digits
from pos_app.words import amounts, moments
from pos_app.words.language import is_rtl, normal
from pos_app.words.telling import text_of

MINUS = "\u2212"
ISOLATED = "\u2066{}\u2069"
MARKS = str.maketrans("", "", "\u200e\u200f\u061c")
NOON = dt.datetime(2026, 11, 25, 12, 5, 9, tzinfo=dt.UTC)
LOCALES = ["en", "en_US", "en_GB", "en_IE", "de", "de_AT", "de_CH", "fr_FR", "fi_FI", "sv_SE",
           "nb_NO", "da_DK", "nl_NL", "it_IT", "cs_CZ", "hu_HU", "en_IN", "ja_JP"]  # fmt: skip
CURRENCIES = ["EUR", "USD", "GBP", "JPY", "KWD", "CHF", "SEK", "HUF", "INR"]


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "text"),
    [
        (12_900, "EUR", "en", "€129.00"),
        (-12_900, "EUR", "en", f"{MINUS}€129.00"),
        (5, "EUR", "en", "€0.05"),
        (0, "EUR", "en", "€0.00"),
        (1_980, "JPY", "en", "¥1,980"),
        (1_318, "KWD", "en", "KWD\u00a01.318"),
        (123_450, "EUR", "de_AT", "€\u00a01.234,50"),
        (-123_450, "EUR", "de-at", f"{MINUS}€\u00a01.234,50"),
        (123_450, "EUR", "de", "1.234,50\u00a0€"),
        (123_450, "CHF", "de_CH", "CHF\u00a01\u2019234.50"),
        (123_450, "SEK", "sv_SE", "1\u00a0234,50\u00a0kr"),
        (1_234_567_890, "INR", "en_IN", "₹1,23,45,678.90"),
        (123_450, "EUR", "ar", ISOLATED.format("1,234.50\u00a0€")),
        (-123_450, "EUR", "ar", ISOLATED.format(f"{MINUS}1,234.50\u00a0€")),
        (123_450, "EUR", "he", ISOLATED.format("1,234.50\u00a0€")),
        (100, "EUR", "tlh_QX", "€1.00"),
        (100, "EUR", "not a locale", "€1.00"),
        (999_999_999_999_999, "EUR", "en", "€9,999,999,999,999.99"),
    ],
)
def test_money(minor, currency, locale, text) -> None:
    assert words.money(minor, currency, locale) == text


@given(st.integers(-(10**15), 10**15), st.sampled_from(CURRENCIES), st.sampled_from(LOCALES))
def test_money_is_what_cldr_writes(minor, currency, locale) -> None:
    scale = 10 ** minor_digits(currency)
    whole, rest = divmod(abs(minor), scale)
    if locale == "en_IN" or (rest and scale == 1):
        return
    try:
        exact = format_currency(whole, currency, locale=locale)
    except ValueError:
        return
    ours = words.money(abs(minor) - rest, currency, locale).replace("\u00a0", "")
    assert ours == exact.translate(MARKS).replace("\u00a0", "")
    assert (
        f"{rest:0{minor_digits(currency)}d}" in words.money(minor, currency, locale) or scale == 1
    )


@pytest.mark.parametrize(("currency", "locale"), sorted(amounts._SHAPES))
def test_shapes_known_by_heart_are_cldrs(currency, locale) -> None:
    assert amounts._SHAPES[currency, locale] == amounts._currency_shape(currency, locale)


@pytest.mark.parametrize("locale", sorted(amounts._NUMBERS))
def test_numbers_known_by_heart_are_cldrs(locale) -> None:
    expected = format_decimal(12_345_678, locale=locale)
    assert _bare(words.number(12_345_678, locale)) == expected
    share = format_percent(0.125, "#,##0.0" + _percent(locale), locale)
    assert _bare(words.percent(1_250, locale)) == share
    weight = format_decimal(1.254, locale=locale) + "\u00a0kg"
    assert _bare(words.quantity(1_254, "kg", locale)) == weight


def _bare(text: str) -> str:
    """Without what keeps it together among Arabic words."""
    return text.strip("\u2066\u2069")


def _percent(locale: str) -> str:
    return format_percent(0.01, locale=locale).translate(MARKS).removeprefix("1")


@pytest.mark.parametrize("locale", sorted(moments._DATES))
def test_dates_and_clocks_known_by_heart_are_cldrs(locale) -> None:
    for month in range(1, 13):
        day = dt.date(2026, month, 5)
        assert words.date(day, locale) == format_date(day, "medium", locale=locale)
    assert str(Locale.parse(locale).datetime_skeletons["Hm"]) == moments._CLOCKS[locale]


@pytest.mark.parametrize(
    ("qty", "unit", "locale", "text"),
    [
        (3_000, "piece", "en", "3"),
        (1_234_000, "piece", "de_AT", "1.234"),
        (1_254, "kg", "en", "1.254\u00a0kg"),
        (1_254, "kg", "de_AT", "1,254\u00a0kg"),
        (1_000, "kg", "en", "1.000\u00a0kg"),
        (-1_254, "kg", "en", f"{MINUS}1.254\u00a0kg"),
        (1_500, "piece", "en", "1.500"),
        (1_254, "kg", "ar", ISOLATED.format("1.254\u00a0kg")),
    ],
)
def test_quantities(qty, unit, locale, text) -> None:
    assert words.quantity(qty, unit, locale) == text


@pytest.mark.parametrize(
    ("points", "locale", "text"),
    [(1_500, "en", "15%"), (1_250, "en", "12.5%"), (1, "en", "0.01%"), (1_500, "de_AT", "15\u00a0%"),
     (10_000, "fr_FR", "100\u00a0%"), (0, "en", "0%")],
)  # fmt: skip
def test_percent(points, locale, text) -> None:
    assert words.percent(points, locale) == text
    assert words.rate(88_750, "en") == "8.875%"
    assert words.rate(200_000, "de_AT") == "20\u00a0%"


@pytest.mark.parametrize(
    ("locale", "zone", "clock", "day"),
    [
        ("en", "Europe/Vienna", "13:05", "Nov 25, 2026"),
        ("en_IE", "Europe/Vienna", "13:05", "25 Nov 2026"),
        ("de_AT", "Europe/Vienna", "13:05", "25.11.2026"),
        ("fi_FI", "Europe/Helsinki", "14.05", "25.11.2026"),
        ("ar", "Asia/Kuwait", "15:05", None),
        ("ja_JP", "Asia/Tokyo", "21:05", None),
        ("xx_YY", "America/New_York", "07:05", "Nov 25, 2026"),
    ],
)
def test_moments(locale, zone, clock, day) -> None:
    assert words.clock(NOON, zone, locale) == clock
    assert words.clock(NOON, zone, locale, seconds=True) == f"{clock}{clock[2]}09"
    assert words.since(NOON, NOON + dt.timedelta(minutes=9), zone, locale) == clock
    if day:
        assert words.date_of(NOON, zone, locale) == day
        later = NOON + dt.timedelta(days=1)
        assert words.since(NOON, later, zone, locale) == f"{day} {clock}"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (-5, "0 s"), (0.2, "1 s"), (30, "30 s"), (90, "90 s"), (91, "2 min"),
     (5_400, "90 min"), (5_401, "2 h"), (100_000, "28 h")],
)  # fmt: skip
def test_waits(seconds, text) -> None:
    assert words.wait(seconds, "en") == text


def test_a_locale_with_a_hyphen_is_the_same_locale() -> None:
    noon = dt.datetime(2026, 11, 25, 12, 5, tzinfo=dt.UTC)
    for hyphened, name in (("de-AT", "de_AT"), ("fi-FI", "fi_FI"), ("fr-ch", "fr_CH")):
        assert words.date("2026-11-25", hyphened) == words.date("2026-11-25", name)
        assert words.clock(noon, "UTC", hyphened) == words.clock(noon, "UTC", name)
    assert words.date("2026-11-25", "de-AT") == "25.11.2026"


def test_a_date_that_is_none() -> None:
    assert words.date("2026-11-25", "en") == "Nov 25, 2026"
    with pytest.raises(ValueError, match="isoformat"):
        words.date("tomorrow", "en")


@pytest.mark.parametrize(
    ("given_", "name"),
    [("de-at", "de_AT"), ("en", "en"), ("", "en"), ("zh_hant_tw", "zh_Hant_TW"), ("C.UTF-8", "en"),
     ("../../etc", "en"), ("de_AT.UTF-8", "de_AT"), ("x", "en"), ("en_ie", "en_IE")],
)  # fmt: skip
def test_names_of_locales(given_, name) -> None:
    assert normal(given_) == name
    assert is_rtl(given_) is False
    assert is_rtl("ar_EG")
    assert is_rtl("he")


AT_START = """
import datetime as dt, sys
from pos_app import words
from pos_app.domain.errors import Refused
now = dt.datetime(2026, 11, 25, 12, 5, tzinfo=dt.UTC)
for locale in {locales!r}:
    words.use(locale)
    words.money(-129900, "EUR"); words.quantity(1254, "kg"); words.number(818775)
    words.percent(1500); words.rate(88750); words.date("2026-09-25")
    words.clock(now, "Europe/Vienna"); words.since(now, now, "Europe/Vienna"); words.wait(30)
    words.text_of(Refused("overpaid", due=5, currency="EUR"))
print([name for name in ("babel", "biip", "decimal", "PySide6") if name in sys.modules])
"""


def test_common_locales_start_without_babel() -> None:
    probe = AT_START.format(locales=["en", "en_US", "en_GB", "en_IE", "de", "de_DE", "de_AT"])
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("locale", "mark"), [("en", "."), ("de_AT", ","), ("de_CH", "."), ("ar", ".")]
)
def test_the_mark_before_decimals_is_the_locales(locale, mark) -> None:
    assert words.point(locale) == mark


def test_a_state_is_said_as_people_call_it() -> None:
    told = text_of(Refused("reservation_over", state="COLLECTED"), locale="en")
    assert told.title == "These goods are not reserved any more: handed over."
    unknown = text_of(Refused("reservation_over", state="EVAPORATED"), locale="en")
    assert "EVAPORATED" in unknown.title
