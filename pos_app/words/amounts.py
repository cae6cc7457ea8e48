"""Amounts, quantities and rates as people of a locale write them (CLDR, through babel).

babel is asked once per currency and locale how it writes a few numbers; from its answers comes
a shape, and from the shape every later amount, without babel, Decimal or float (about 1 µs).
The shapes a till usually starts with stand here, so that its first frame needs no babel at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple
from unicodedata import bidirectional

from pos_app.domain.catalogue import PIECE
from pos_app.domain.money import MILLI, minor_digits
from pos_app.words.language import current, gettext, is_rtl, normal

MINUS = "\u2212"
_OPEN, _CLOSE = "\u2066", "\u2069"
_MARKS = str.maketrans("", "", "\u200e\u200f\u061c")


class Shape(NamedTuple):
    """How a locale writes a number: what stands around it and inside it."""

    before: str
    after: str
    before_minus: str
    after_minus: str
    group: str
    decimal: str
    sizes: tuple[int, int] = (3, 3)
    """Digits of the last group and of the others (India: 3 and 2)."""


def _front(symbol: str, group: str = ",", decimal: str = ".") -> Shape:
    return Shape(symbol, "", MINUS + symbol, "", group, decimal)


def _back(symbol: str, group: str, decimal: str = ",") -> Shape:
    end = f"\u00a0{symbol}"
    return Shape("", end, MINUS, end, group, decimal)


_SHAPES: dict[tuple[str, str], Shape] = {
    ("EUR", "en"): _front("€"),
    ("USD", "en"): _front("$"),
    ("GBP", "en"): _front("£"),
    ("JPY", "en"): _front("¥"),
    ("CHF", "en"): _front("CHF\u00a0"),
    ("SEK", "en"): _front("SEK\u00a0"),
    ("KWD", "en"): _front("KWD\u00a0"),
    ("USD", "en_US"): _front("$"),
    ("EUR", "en_US"): _front("€"),
    ("GBP", "en_GB"): _front("£"),
    ("EUR", "en_GB"): _front("€"),
    ("EUR", "en_IE"): _front("€"),
    ("EUR", "de"): _back("€", "."),
    ("EUR", "de_DE"): _back("€", "."),
    ("EUR", "de_AT"): _front("€\u00a0", ".", ","),
    ("CHF", "de_CH"): Shape("CHF\u00a0", "", f"CHF{MINUS}", "", "\u2019", "."),
    ("EUR", "ar"): _back("€", ",", "."),
    ("EUR", "fi_FI"): _back("€", "\u00a0"),
    ("EUR", "fr_FR"): _back("€", "\u202f"),
    ("SEK", "sv_SE"): _back("kr", "\u00a0"),
}
"""Known by heart; a test compares each with CLDR."""

_NUMBERS: dict[str, Shape] = {
    "en": Shape("", "", MINUS, "", ",", "."),
    "en_US": Shape("", "", MINUS, "", ",", "."),
    "en_GB": Shape("", "", MINUS, "", ",", "."),
    "en_IE": Shape("", "", MINUS, "", ",", "."),
    "de": Shape("", "", MINUS, "", ".", ","),
    "de_DE": Shape("", "", MINUS, "", ".", ","),
    "de_AT": Shape("", "", MINUS, "", ".", ","),
    "de_CH": Shape("", "", MINUS, "", "\u2019", "."),
    "ar": Shape("", "", MINUS, "", ",", "."),
}


def money(minor: int, currency: str, locale: str = "") -> str:
    """An amount of minor units as text: €129.00, 1.234,50 €, ¥1,980.

    The minus is a real one; where people write from right to left the amount is kept together
    by direction isolates. An unknown locale is English.
    """
    return _money(minor, currency, locale or current())


@lru_cache(maxsize=8192)
def _money(minor: int, currency: str, locale: str) -> str:
    shape = _SHAPES.get((currency, locale)) or _currency_shape(currency, normal(locale))
    text = _write(minor, minor_digits(currency), shape)
    return f"{_OPEN}{text}{_CLOSE}" if is_rtl(locale) else text


def amount(minor: int, currency: str, locale: str = "") -> str:
    """An amount of minor units without its currency, for tables that name it once: 1,234.50."""
    locale = locale or current()
    text = _write(minor, minor_digits(currency), _number_shape(locale))
    return f"{_OPEN}{text}{_CLOSE}" if is_rtl(locale) else text


def quantity(qty: int, unit: str = PIECE, locale: str = "") -> str:
    """A quantity of thousandths as text: 3 for pieces, 1.254 kg for what is weighed.

    Weighed goods keep all three decimals, as their scale shows them.
    """
    locale = locale or current()
    shape = _number_shape(locale)
    if unit == PIECE and qty % MILLI == 0:
        text = _write(qty // MILLI, 0, shape)
    else:
        text = _write(qty, 3, shape)
    if unit != PIECE:
        text = f"{text}\u00a0{unit}"
    return f"{_OPEN}{text}{_CLOSE}" if is_rtl(locale) else text


def number(value: int, locale: str = "") -> str:
    """A whole number with the locale's grouping: 818,775."""
    locale = locale or current()
    text = _write(value, 0, _number_shape(locale))
    return f"{_OPEN}{text}{_CLOSE}" if is_rtl(locale) else text


def distance(metres: int, locale: str = "") -> str:
    """How far away something is: 0.8 km, 178 km."""
    locale = locale or current()
    tenths = (metres + 50) // 100
    near = tenths < 100
    shape = _number_shape(locale)
    text = _write(tenths, 1, shape) if near else _write((metres + 500) // 1_000, 0, shape)
    text = f"{text}\u00a0km"
    return f"{_OPEN}{text}{_CLOSE}" if is_rtl(locale) else text


def point(locale: str = "") -> str:
    """The mark before the decimals, as the locale writes it; typing takes a comma and a point."""
    return _number_shape(locale or current()).decimal


def percent(basis_points: int, locale: str = "") -> str:
    """A discount's percentage: 15%, 12.5%; the sign as the locale sets it."""
    return rate(basis_points * 100, locale)


def rate(ppm: int, locale: str = "") -> str:
    """A tax rate as text, no more decimals than it has: 20%, 8.875%."""
    locale = locale or current()
    digits = 4
    while digits and ppm % 10 == 0:
        ppm //= 10
        digits -= 1
    text = _write(ppm, digits, _percent_shape(locale))
    return f"{_OPEN}{text}{_CLOSE}" if is_rtl(locale) else text


def _write(value: int, digits: int, shape: Shape) -> str:
    negative = value < 0
    value = abs(value)
    if digits:
        value, rest = divmod(value, 10**digits)
        fraction = f"{shape.decimal}{rest:0{digits}d}"
    else:
        fraction = ""
    if value < 1000:
        whole = str(value)
    elif shape.sizes == (3, 3):
        whole = f"{value:,}"
        if shape.group != ",":
            whole = whole.replace(",", shape.group)
    else:
        whole = _grouped(str(value), shape)
    if negative:
        return f"{shape.before_minus}{whole}{fraction}{shape.after_minus}"
    return f"{shape.before}{whole}{fraction}{shape.after}"


def _grouped(digits: str, shape: Shape) -> str:
    last, others = shape.sizes
    if not others:
        return digits
    head, groups = digits[:-last], [digits[-last:]]
    while head:
        groups.insert(0, head[-others:])
        head = head[:-others]
    return shape.group.join(groups)


@lru_cache(maxsize=512)
def _currency_shape(currency: str, locale: str) -> Shape:
    from babel.numbers import format_currency  # 40 ms with its data

    known = cldr_name(locale)
    return _shape_from(lambda value: format_currency(value, currency, locale=known), known)


@lru_cache(maxsize=128)
def _number_shape(locale: str) -> Shape:
    found = _NUMBERS.get(locale)
    if found:
        return found
    from babel.numbers import format_decimal

    known = cldr_name(normal(locale))
    return _shape_from(lambda value: format_decimal(value, locale=known), known)


@lru_cache(maxsize=128)
def _percent_shape(locale: str) -> Shape:
    if locale in _NUMBERS:
        spaced = locale in ("de", "de_DE", "de_AT")
        end = "\u00a0%" if spaced else "%"
        return _NUMBERS[locale]._replace(after=end, after_minus=end)
    from babel.numbers import format_percent

    known = cldr_name(normal(locale))
    return _shape_from(lambda value: format_percent(value, locale=known), known)


def cldr_name(locale: str) -> str:
    """The nearest locale CLDR knows; English for none."""
    from babel import Locale, UnknownLocaleError

    name = locale
    while name:
        try:
            return str(Locale.parse(name))
        except (UnknownLocaleError, ValueError):
            name = name.rpartition("_")[0]
    return "en"


_PROBE = 12_345_678_901
_DIGITS = re.compile(r"\d(?:.*\d)?", re.DOTALL)


def _shape_from(write: Callable[[int], str], locale: str) -> Shape:
    """The shape behind the numbers `write` gives, learnt from one number and its negative."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    decimal, group = get_decimal_symbol(locale), get_group_symbol(locale)
    before, whole, after = _cut(write(_PROBE))
    before_minus, _, after_minus = _cut(write(-_PROBE))
    groups = whole.partition(decimal)[0].split(group)
    sizes = (len(groups[-1]), len(groups[-2])) if len(groups) > 1 else (0, 0)
    return Shape(before, after, before_minus, after_minus, group, decimal, sizes)


def _cut(written: str) -> tuple[str, str, str]:
    """What stands before the digits, the digits with their separators, and what comes after.

    Letters do not touch digits ("CHF 5"): CLDR's own spacing rule, which babel leaves to us.
    """
    found = _DIGITS.search(written)
    start, end = found.span() if found else (0, 0)
    before = written[:start].translate(_MARKS).replace("-", MINUS)
    after = written[end:].translate(_MARKS).replace("-", MINUS)
    before += "\u00a0" if before[-1:].isalpha() else ""
    after = ("\u00a0" if after[:1].isalpha() else "") + after
    if after.endswith(".") and bidirectional(after[-2:-1] or " ") == "AL":
        after += "\u200f"  # the full stop of a short form stays with its letters
    return before, written[start:end], after


def tender_name(code: str, locale: str = "") -> str:
    """What people call a way to pay; its code where nobody has a word for it."""

    def _(message: str) -> str:
        return gettext(message, locale)

    names = {
        "cash": _("Cash"),
        "card": _("Card"),
        "gift_card": _("Gift card"),
        "credit": _("Store credit"),
        "exchange": _("Exchange"),
        "shop": _("By the online shop"),
    }
    return names.get(code, code)
