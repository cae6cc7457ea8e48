"""What the cells of a product file say: amounts, quantities, days and the like, as people type.

Nothing is guessed where a guess could be a wrong price: what can be read in two ways is refused.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from pos_app.domain.catalogue import KILOGRAM, PIECE

AMOUNT_MAX: Final = 99_999_999_999
"""Minor units, as the domain's largest price."""
STOCK_MAX: Final = 10**12
"""Thousandths: a billion pieces."""


class Unreadable(ValueError):
    """A cell that cannot be taken: the reason's code, and the value where it is not the cell."""

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.value = value


_CURRENCY: Final = re.compile(
    r"(?:[A-Za-z]{2,3}\.?|[$\u00a3\u00a5\u20a0-\u20cf])?\s*"
    r"(-?[\d.,'\u2019\s]+)(?:\.?-)?"
    r"\s*(?:[A-Za-z\u0142]{1,3}\.?|[$\u00a3\u00a5\u20a0-\u20cf])?"
)
_GAP: Final = re.compile(r"[\s'\u2019]")
_GAPPED: Final = re.compile(
    r"\d{1,3}(?:(?P<gap>[ '\u2019\u00a0\u202f\u2009])\d{3})(?:(?P=gap)\d{3})*(?:[.,]\d*)?", re.ASCII
)
_PLAIN: Final = re.compile(r"-?(?:\d+[.,]?\d*|[.,]\d+)", re.ASCII)
_FINE: Final = re.compile(r"[.,](\d{1,2})\D*\Z", re.ASCII)
_TRIPLES: Final = re.compile(r"\d{1,3}(?:(?P<mark>[.,])\d{3})(?:(?P=mark)\d{3})*\Z", re.ASCII)


def decimal_mark(cells: Iterable[str]) -> str:
    """The decimal mark a sample of prices uses: "." or ",", or "" where it shows none."""
    marks = set()
    for cell in cells:
        found = _FINE.search(cell)
        if found:
            marks.add(cell[found.start()])
    return marks.pop() if len(marks) == 1 else ""


def amount(cell: str, digits: int, mark: str) -> int:
    """A price in minor units of a currency with `digits` decimals.

    `mark` is the file's decimal mark, "" for not known. Raises Unreadable("price_unreadable" | "price_ambiguous" | "price_too_fine" |
    "price_out_of_range").
    """
    whole, dot, rest = cell.partition(mark or ".")
    if dot and len(rest) == digits and cell.isascii() and whole.isdigit() and rest.isdigit():
        minor = int(whole + rest) if len(cell) < 20 else AMOUNT_MAX + 1  # the way most go
    else:
        minor = _scaled(cell, digits, mark, "price")
    if not 0 <= minor <= AMOUNT_MAX:
        raise Unreadable("price_out_of_range")
    return minor


def thousandths(cell: str, mark: str) -> int:
    """A quantity in thousandths; negative is allowed, stock is what it is.

    Raises Unreadable("stock_unreadable" | "stock_ambiguous" | "stock_too_fine" |
    "stock_out_of_range").
    """
    if cell.isascii() and cell.isdigit() and len(cell) < 10:
        return int(cell) * 1_000
    found = _scaled(cell, 3, mark, "stock")
    if abs(found) > STOCK_MAX:
        raise Unreadable("stock_out_of_range")
    return found


@lru_cache(maxsize=1 << 14)  # a catalogue has far fewer prices than products
def _scaled(cell: str, digits: int, mark: str, what: str) -> int:
    """A written decimal number times ten to the `digits`, exactly."""
    fitting = _CURRENCY.fullmatch(cell) if len(cell) <= 40 else None
    if fitting is None:
        raise Unreadable(f"{what}_unreadable")
    text = fitting.group(1).strip()
    negative, text = text.startswith("-"), text.removeprefix("-")
    if _GAP.search(text):
        if not _GAPPED.fullmatch(text):
            raise Unreadable(f"{what}_unreadable")
        text = _GAP.sub("", text)
    text, point = _without_groups(text, digits, mark, what)
    if not _PLAIN.fullmatch(text):
        raise Unreadable(f"{what}_unreadable")
    whole, _, rest = text.partition(point)
    rest = rest.rstrip("0")
    if len(rest) > digits:
        raise Unreadable(f"{what}_too_fine")
    value = int((whole or "0") + rest.ljust(digits, "0"))
    return -value if negative else value


def _without_groups(text: str, digits: int, mark: str, what: str) -> tuple[str, str]:
    """The number with no grouping marks, and the mark its decimals stand behind."""
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return text, mark or "."
    end = text[last]
    other = "," if end == "." else "."
    if other in text:
        # Both: the last one is the decimal mark, the other one groups in threes.
        head = text[:last]
        if (mark and mark != end) or end in head or not _TRIPLES.match(head):
            raise Unreadable(f"{what}_unreadable")
        return head.replace(other, "") + text[last:], end
    if mark == end:
        return text, end
    grouped = _TRIPLES.match(text)
    if mark or text.count(end) > 1:
        if not grouped:
            raise Unreadable(f"{what}_unreadable")
        return text.replace(end, ""), mark or other
    if not grouped or digits == 3 or text.startswith("0"):
        return text, end
    if digits == 0:
        return text.replace(end, ""), other
    raise Unreadable(f"{what}_ambiguous")  # 1.234 is either a thousand or a little over one


_DAY: Final = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", re.ASCII)


def day(cell: str) -> str:
    """A calendar day as an ISO date: 2026-11-25, 25.11.2026, 25/11/2026.

    Raises Unreadable("date_unreadable" | "date_ambiguous"): 03/04/2026 is two days.
    """
    text = cell.partition("T")[0].partition(" ")[0]
    fitting = _DAY.fullmatch(text)
    if not fitting:
        return _checked_day(text)
    first, between, second, year = fitting.groups()
    month, of_month = int(second), int(first)
    if between == "/" and month <= 12 and of_month <= 12 and month != of_month:
        raise Unreadable("date_ambiguous")
    if between == "/" and month > 12:
        month, of_month = of_month, month
    return _checked_day(f"{year}-{month:02d}-{of_month:02d}")


def _checked_day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise Unreadable("date_unreadable") from None


_UNITS: Final[dict[str, str]] = {
    **dict.fromkeys(("", "piece", "pieces", "pc", "pcs", "each", "ea", "unit", "units"), PIECE),
    **dict.fromkeys(("st", "stk", "stck", "stück", "stueck", "stk.", "st.", "pce"), PIECE),
    **dict.fromkeys(("pièce", "pz", "pezzo", "ud", "stuk", "szt", "szt.", "kpl", "db"), PIECE),
    **dict.fromkeys(("kg", "kgs", "kilo", "kilogram", "kilogramm", "kilogramme"), KILOGRAM),
}


def unit(cell: str) -> str:
    """`piece` or `kg`. Raises Unreadable("unit_unknown")."""
    try:
        return _UNITS[cell.casefold()]
    except KeyError:
        raise Unreadable("unit_unknown") from None


_AGE: Final = re.compile(r"([0-9]{1,2})\s*\+?(?:\s*(?:years?|jahre?|ans|anni))?", re.IGNORECASE)


def age(cell: str) -> int:
    """Years a buyer must be; 0 for anyone. Raises Unreadable("age_unreadable")."""
    fitting = _AGE.fullmatch(cell)
    if not fitting:
        raise Unreadable("age_unreadable")
    return int(fitting.group(1))


_DAYS: Final = re.compile(r"(\d{1,4})\s*[^\W\d]{0,12}\.?")


def days(cell: str) -> int:
    """Days within which it may come back; -1 for an empty cell. Raises Unreadable("days_unreadable")."""
    if not cell:
        return -1
    fitting = _DAYS.fullmatch(cell)
    if not fitting:
        raise Unreadable("days_unreadable")
    return int(fitting.group(1))


_YES: Final = frozenset({"", "1", "yes", "y", "true", "active", "ja", "oui", "si", "sí", "tak"})
_NO: Final = frozenset({"0", "-1", "no", "n", "false", "draft", "archived", "inactive", "nein"})
_MORE_NO: Final = frozenset({"non", "nee", "nie", "inaktiv"})


def flag(cell: str) -> bool:
    """Whether a product is sold. Raises Unreadable("active_unreadable")."""
    text = cell.casefold()
    if text in _YES:
        return True
    if text in _NO or text in _MORE_NO:
        return False
    raise Unreadable("active_unreadable")
