"""Money as whole minor units of one currency, and quantities as whole thousandths.

Floats never enter: 0.575 has no binary twin, and a till that is a cent off is wrong (the
public record of it is long). Every rounding has a name, chosen by the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Self

MILLI = 1_000
"""One piece, or one kilogram, in the unit every quantity is counted in."""


class Rounding(StrEnum):
    """How a fraction of a minor unit becomes a whole one."""

    HALF_UP = "half_up"
    """Away from zero at exactly half: the commercial rule, and the default of every price."""
    HALF_EVEN = "half_even"
    """To the even neighbour at exactly half."""
    DOWN = "down"
    """Towards zero."""


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """`numerator / denominator` as a whole number, symmetric around zero.

    Symmetric means `divide(-n, d) == -divide(n, d)`, so a refund undoes a sale to the cent.
    """
    if denominator == 0:
        raise ZeroDivisionError("divide by zero")
    negative = (numerator < 0) != (denominator < 0)
    whole, rest = divmod(abs(numerator), abs(denominator))
    twice = rest * 2
    step = abs(denominator)
    if rounding is Rounding.HALF_UP:
        up = twice >= step
    elif rounding is Rounding.HALF_EVEN:
        up = twice > step or (twice == step and whole % 2 == 1)
    else:
        up = False
    whole += up
    return -whole if negative else whole


def allocate(amount: int, weights: list[int]) -> list[int]:
    """`amount` spread over `weights` so that the parts sum to it exactly.

    Largest remainder, ties to the earlier place; all-zero weights share evenly. Symmetric
    around zero. Raises ValueError for no weights or a negative one.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights must be non-negative and not empty")
    total = sum(weights)
    if total == 0:
        weights, total = [1] * len(weights), len(weights)
    sign = -1 if amount < 0 else 1
    whole = abs(amount)
    parts = [whole * weight // total for weight in weights]
    rests = [whole * weight % total for weight in weights]
    missing = whole - sum(parts)
    for place in sorted(range(len(weights)), key=lambda at: (-rests[at], at))[:missing]:
        parts[place] += 1
    return [sign * part for part in parts]


_COMMON: dict[str, tuple[int, int, int, int]] = {
    "EUR": (2, 0, 2, 0),
    "USD": (2, 0, 2, 0),
    "GBP": (2, 0, 2, 0),
    "AUD": (2, 0, 2, 0),
    "PLN": (2, 0, 2, 0),
    "CHF": (2, 0, 2, 5),
    "CAD": (2, 0, 2, 5),
    "DKK": (2, 0, 2, 50),
    "SEK": (2, 0, 0, 0),
    "NOK": (2, 0, 0, 0),
    "CZK": (2, 0, 0, 0),
    "HUF": (2, 0, 0, 0),
    "JPY": (0, 0, 0, 0),
    "KWD": (3, 0, 3, 0),
}
"""What CLDR says of currencies a till starts in (a test compares it with CLDR): asking CLDR
itself costs 20 ms that no first frame may pay."""


@cache
def _fractions(currency: str) -> tuple[int, int, int, int]:
    if currency in _COMMON:
        return _COMMON[currency]
    from babel.core import get_global

    table = get_global("currency_fractions")
    digits, step, cash_digits, cash_step = table.get(currency, table["DEFAULT"])
    return int(digits), int(step), int(cash_digits), int(cash_step)


def minor_digits(currency: str) -> int:
    """How many decimals `currency` has (EUR 2, JPY 0, KWD 3), from CLDR."""
    return int(_fractions(currency)[0])


def cash_step(currency: str) -> int:
    """The smallest payable cash amount in minor units (CHF 5, EUR 1), from CLDR.

    CLDR states it in units of the *cash* digits: SEK has 0 cash digits, so its step is 100.
    """
    digits, _, cash_digits, step = _fractions(currency)
    return max(step, 1) * int(10 ** (digits - cash_digits))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount of one currency in whole minor units; refuses floats and other currencies."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"money needs whole minor units, not {type(self.minor).__name__}")
        if len(self.currency) != 3 or not self.currency.isupper() or not self.currency.isascii():
            raise ValueError(f"not an ISO 4217 code: {self.currency!r}")

    def _same(self, other: Self) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"money and {type(other).__name__} do not mix")
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.minor

    def __add__(self, other: Self) -> Self:
        return type(self)(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Self:
        return type(self)(-self.minor, self.currency)

    def __mul__(self, count: int) -> Self:
        if type(count) is not int:
            raise TypeError("money is multiplied by whole numbers; use times() for rates")
        return type(self)(self.minor * count, self.currency)

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Self:
        raise TypeError("money has no bare division; use split() or times()")

    def __lt__(self, other: Self) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Self) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Self) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Self) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def split(self, parts: int | list[int]) -> list[Self]:
        """Parts that sum to this exactly: a number of equal ones, or by weights."""
        weights = [1] * parts if isinstance(parts, int) else parts
        return [type(self)(part, self.currency) for part in allocate(self.minor, weights)]

    def times(self, numerator: int, denominator: int, *, rounding: Rounding) -> Self:
        """The amount times `numerator / denominator`, rounded as named."""
        return type(self)(divide(self.minor * numerator, denominator, rounding), self.currency)
