"""What a scanned or typed code means: one key to look it up by, whatever the reader sent.

| what comes | key | also tried |
|---|---|---|
| GTIN-8, UPC-A, EAN-13, GTIN-14, right check digit | its 14 digits | the text as it came |
| UPC-E, 8 digits | the 14 digits of its UPC-A | the text as it came |
| the same with spaces or hyphens (printed ISBNs) | its 14 digits | the text as it came |
| GS1 with an AIM id, FNC1, brackets, or a Digital Link, holding a GTIN | that GTIN | the text |
| GS1 that begins with 01 and a GTIN, from a reader that says no more | that GTIN | the text |
| anything else (short codes, wrong check digits, letters) | the text as it came | |

Real catalogues hold all of these, so a wrong check digit is a code like any other: it is looked
up as exact text, and never "repaired". `biip` (110 ms to load) is asked only about GS1 syntax.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pos_app.domain.errors import Refused
from pos_app.domain.text import hidden

CODE_MAX = 128
FNC1 = "\x1d"
"""The group separator, as readers send FNC1 inside a GS1 code."""
_GTIN_LENGTHS = frozenset({8, 12, 13, 14})
_GAPS = str.maketrans("", "", " -")


@dataclass(frozen=True, slots=True)
class Carried:
    """What a GS1 code says of the very goods it is on, beside their GTIN. Days are ISO dates."""

    weight: int = 0
    """AI 310n: thousandths of a kilogram; 0 where it says none."""
    price: tuple[int, int] | None = None
    """AI 392n: digits, and how many of them are decimals."""
    count: int = 0
    """AI 30: pieces."""
    lot: str = ""
    """AI 10."""
    expiry: str = ""
    """AI 17: the last day it may be sold and used."""
    best_before: str = ""
    """AI 15."""
    serial: str = ""
    """AI 21."""


@dataclass(frozen=True, slots=True)
class Code:
    """A readable code. Look `value` up first, then the alternatives, in order."""

    kind: str
    """`gtin`, `gs1` or `text`."""
    value: str
    alternatives: tuple[str, ...] = ()
    carried: Carried | None = None
    """Of a GS1 code that says more than a GTIN."""

    @property
    def keys(self) -> tuple[str, ...]:
        """All of them; a catalogue that files a product under each is found by any reader."""
        return (self.value, *self.alternatives)


def read(code: str) -> Code:
    """The key of a code; white space around it is dropped.

    Raises Refused("code_empty" | "code_too_long" | "code_unprintable"), nothing else.
    """
    if len(code) > CODE_MAX:
        raise Refused("code_too_long", length=len(code), limit=CODE_MAX)
    if code.isdigit() and code.isascii():
        return _number(code)
    text = code.strip(" \t\r\n")
    bare = text.replace(FNC1, "")
    if not bare:
        raise Refused("code_empty")
    if hidden(bare):
        raise Refused("code_unprintable")
    if text.isascii() and text.isdigit():
        return _number(text)
    if FNC1 in text or text[0] in "](" or text[:4].lower() == "http" or _unmarked(text):
        return _gs1(text, bare)
    digits = text.translate(_GAPS)
    if len(digits) in _GTIN_LENGTHS and digits.isascii() and digits.isdigit():
        known = _number(digits)
        if known.kind == "gtin":
            return Code("gtin", known.value, (text, *known.alternatives))
    return Code("text", text)


def check_digit(payload: str) -> int:
    """The GS1 check digit of a string of ASCII digits."""
    digits = payload.encode()  # sums of byte slices: a catalogue has a million of these
    thrice, once = digits[::-2], digits[-2::-2]
    zeros = ord("0") * (3 * len(thrice) + len(once))
    return (zeros - 3 * sum(thrice) - sum(once)) % 10


def is_gtin(digits: str) -> bool:
    """True for 8, 12, 13 or 14 ASCII digits with the right check digit."""
    return (
        len(digits) in _GTIN_LENGTHS
        and digits.isascii()
        and digits.isdigit()
        and check_digit(digits[:-1]) == int(digits[-1])
    )


def _number(digits: str) -> Code:
    keys = []
    if is_gtin(digits):
        key = digits.zfill(14)
        if len(digits) > 8:
            return Code("gtin", key, () if key == digits else (digits,))
        keys.append(key)
    if len(digits) == 8 and digits[0] in "01":
        wide = _upc_a(digits)
        if is_gtin(wide):
            keys.append(wide.zfill(14))
    if keys:
        return Code("gtin", keys[0], _others(keys[0], *keys[1:], digits))
    if _unmarked(digits):
        found = _gs1(digits, digits)
        return found if found.kind == "gs1" else Code("text", digits, (digits[2:16],))
    return Code("text", digits)


def _unmarked(text: str) -> bool:
    """True for GS1-128 from a reader that sends neither AIM id nor FNC1."""
    return text[:2] == "01" and len(text) > 15 and is_gtin(text[2:16])


def _upc_a(upc_e: str) -> str:
    """The twelve digits that eight digits of UPC-E stand for (GS1 General Specifications 5.2.2)."""
    system, body, check = upc_e[0], upc_e[1:7], upc_e[7]
    last = body[5]
    if last in "012":
        middle = f"{body[:2]}{last}0000{body[2:5]}"
    elif last == "3":
        middle = f"{body[:3]}00000{body[3:5]}"
    elif last == "4":
        middle = f"{body[:4]}00000{body[4]}"
    else:
        middle = f"{body[:5]}0000{last}"
    return f"{system}{middle}{check}"


def _gs1(text: str, bare: str) -> Code:
    from biip import ParseError, parse  # 110 ms that no first frame may pay
    from biip.gs1_messages import GS1Message

    gtin, elements = None, []
    try:
        if text[0] == "(":
            message = GS1Message.parse_hri(text)
            elements = list(message.element_strings)
            element = message.element_strings.get(data_title="GTIN")
            gtin = element.gtin if element else None
        else:
            found = parse(text)
            gtin = found.gtin
            source = found.gs1_digital_link_uri or found.gs1_message
            elements = list(source.element_strings) if source else []
    except (ParseError, ValueError, LookupError, AssertionError):
        gtin = None  # not GS1 after all: an exact text like any other
    if gtin is None:
        return Code("text", bare)
    key = gtin.value.zfill(14)
    return Code("gs1", key, _others(key, bare), _carried(elements))


def _carried(elements: list[Any]) -> Carried | None:
    """What the element strings say; the first of each, and nothing that is not whole."""
    said: dict[str, Any] = {}
    for element in elements:
        ai, value = element.ai.ai, element.value
        if ai[:3] == "310" and element.decimal is not None:
            said.setdefault("weight", int(element.decimal * 1_000))
        elif ai[:3] == "392":
            said.setdefault("price", (int(value), int(ai[3])))
        elif ai == "30" and value:
            said.setdefault("count", int(value))
        elif ai in _DAYS and element.date is not None:
            said.setdefault(_DAYS[ai], element.date.isoformat())
        elif ai in _TEXTS and not hidden(value):
            said.setdefault(_TEXTS[ai], value)
    return Carried(**said) if said else None


_DAYS = {"17": "expiry", "15": "best_before"}
_TEXTS = {"10": "lot", "21": "serial"}


def _others(key: str, *more: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(other for other in more if other != key))
