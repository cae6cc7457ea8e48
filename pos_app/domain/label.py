"""Labels that a scale or a shop printed: an item with its weight or its price in one code.

A store's own patterns are words of the code's length:

| mark | a digit of |
|---|---|
| `0`-`9` | just that digit |
| `I` | the item's number |
| `W` | its weight; grams, or as a dot between them says (`WW.WWW` is kilograms) |
| `P` | its price; smallest coins, or as a dot says (`PPP.PP`) |
| `V` | the verifier of the weight or price, as GS1 defines it for four or five digits |
| `C` | the check digit of all before it |
| `X` | anything |

What no pattern of the store reads is asked of the country's own rules, as `biip` knows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pos_app.domain.barcode import check_digit
from pos_app.domain.errors import Refused

PATTERN_MAX = 24
_WORD = re.compile(r"[0-9IWPVCX.]+", re.ASCII)
_COUNTRIES = frozenset({"dk", "ee", "fi", "de", "gb", "lv", "lt", "no", "se"})
"""Those whose rules `biip` knows; asked only for these: it takes a tenth of a second to load."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a label says."""

    keys: tuple[str, ...]
    """What its item may be filed under, the most particular first."""
    weight: int = 0
    """Thousandths of a kilogram; 0 where it says none."""
    price: int = 0
    """Minor units; 0 where it says none."""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern of a store, taken apart."""

    text: str
    marks: str
    """The same without its dot."""
    decimals: int
    """Digits after the dot; -1 where there is none."""

    @staticmethod
    def parse(text: str) -> Pattern:
        """The pattern in a word; raises Refused("label_pattern_bad", pattern=, where=)."""
        word = text.strip().upper()
        for fault in _faults(word):
            raise Refused("label_pattern_bad", pattern=text, where=fault)
        marks = word.replace(".", "")
        value = "W" if "W" in marks else "P"
        # A dot moves what follows it one to the left in `marks`.
        decimals = marks.rindex(value) - word.index(".") + 1 if "." in word else -1
        return Pattern(word, marks, decimals)

    def read(self, code: str, minor_digits: int) -> Label | None:
        """What a code of this pattern says; None for a code of another, or a wrong check digit."""
        marks = self.marks
        if len(code) != len(marks) or not (code.isascii() and code.isdigit()):
            return None
        if any(mark.isdigit() and mark != digit for mark, digit in zip(marks, code, strict=True)):
            return None
        if marks[-1] == "C" and check_digit(code[:-1]) != int(code[-1]):
            return None
        kind = "W" if "W" in marks else "P"
        value = _of(marks, code, kind)
        if "V" in marks and not _verified(value, _of(marks, code, "V")):
            return None
        usual = 3 if kind == "W" else minor_digits
        decimals = usual if self.decimals < 0 else self.decimals
        if decimals > usual:
            amount = (int(value) + 10 ** (decimals - usual) // 2) // 10 ** (decimals - usual)
        else:
            amount = int(value) * 10 ** (usual - decimals)
        keys = self._keys(code)
        return Label(keys, weight=amount) if kind == "W" else Label(keys, price=amount)

    def _keys(self, code: str) -> tuple[str, ...]:
        item = _of(self.marks, code, "I")
        bare = "".join(
            "0" if mark in "WPV" else digit for mark, digit in zip(self.marks, code, strict=True)
        )
        if self.marks[-1] == "C":
            bare = bare[:-1] + str(check_digit(bare[:-1]))
        first = self.marks.index("I")
        return tuple(
            dict.fromkeys((bare.zfill(14), bare, code[:first] + item, item, item.lstrip("0")))
        )


def _faults(word: str) -> Iterator[str]:
    """What is wrong with a pattern, in words for whoever wrote it."""
    marks = word.replace(".", "")
    if not _WORD.fullmatch(word) or word.count(".") > 1:
        yield "digits, I, W, P, V, C, X and one dot"
    if not 6 <= len(marks) <= PATTERN_MAX:
        yield "6 to 24 digits long"
    if ("W" in marks) == ("P" in marks):
        yield "either W for a weight or P for a price"
    if "I" not in marks or not marks[:1].isdigit():
        yield "a digit to begin with, and I for the item"
    for mark in "IWPVC":
        if mark in marks and not re.fullmatch(f"[^{mark}]*{mark}+[^{mark}]*", marks):
            yield f"all {mark} together"
    if "C" in marks and (marks.count("C") != 1 or marks[-1] != "C"):
        yield "one C, at the end"
    value = "W" if "W" in marks else "P"
    if "V" in marks and (marks.count("V") != 1 or marks.count(value) not in (4, 5)):
        yield "one V, for a value of four or five digits"
    if "." in word and not re.search(rf"{value}\.{value}", word):
        yield f"the dot between two {value}"


def _of(marks: str, code: str, mark: str) -> str:
    return "".join(digit for at, digit in zip(marks, code, strict=True) if at == mark)


def _verified(value: str, digit: str) -> bool:
    from biip.checksums import gs1_price_weight_check_digit

    return bool(gs1_price_weight_check_digit(value) == int(digit))


def read_label(
    code: str, patterns: tuple[Pattern, ...], country: str, minor_digits: int
) -> Label | None:
    """What a label says by the store's patterns, else by the rules of its country; None for none.

    `code` is what the reader sent; a twelve-digit code may come with a 0 before it, or a 13-digit
    one without. `country` is two letters.
    """
    if not (code.isascii() and code.isdigit()):
        return None
    spellings = (code, f"0{code}") + ((code[1:],) if code.startswith("0") else ())
    for pattern in patterns:
        for spelling in spellings:
            found = pattern.read(spelling, minor_digits)
            if found is not None:
                return found
    bare = code.lstrip("0")
    if country.lower() in _COUNTRIES and bare.startswith("2") and len(bare) in (12, 13):
        return _by_country(code, country.lower(), minor_digits)
    return None


def _by_country(code: str, country: str, minor_digits: int) -> Label | None:
    from biip import EncodeError, ParseConfig, ParseError
    from biip.gtin import Gtin
    from biip.rcn import Rcn, RcnRegion

    try:
        config = ParseConfig(rcn_region=RcnRegion(country))
        found = Gtin.parse(code[-13:].zfill(13), config=config)
        if not isinstance(found, Rcn) or not (found.weight or found.price or found.count):
            return None
        bare = found.without_variable_measure()
    except (ParseError, EncodeError, ValueError, LookupError, AssertionError):
        return None
    keys = (
        bare.as_gtin_14(),
        bare.value,
        *((found.item_reference,) if found.item_reference else ()),
    )
    weight = int(found.weight * 1_000) if found.weight is not None else 0
    price = int(found.price * 10**minor_digits) if found.price is not None else 0
    return Label(tuple(dict.fromkeys(keys)), weight, price, found.count or 0)
