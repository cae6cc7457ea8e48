"""What strangers write, read into our integers: money, quantities, rates, moments, texts.

Nothing here is ever a float. Raises ValueError for what cannot be read, which keeps the delivery
and tells a person.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final, NoReturn

from pos_app.domain.day import utc_text
from pos_app.domain.money import minor_digits

TEXT_MAX: Final = 500
ATTRIBUTION_MAX: Final = 200
LINES_MAX: Final = 1_000
_LARGEST: Final = Decimal(10) ** 12
_DIGITS_MAX: Final = 60


def parsed(raw: bytes) -> Any:
    """The JSON of a body, numbers with a point as Decimal. Raises ValueError."""
    try:
        return json.loads(raw, parse_float=Decimal, parse_int=_whole, parse_constant=_never)
    except (ValueError, RecursionError) as cause:
        raise ValueError("the body is no JSON") from cause


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS_MAX:
        raise ValueError("a number of too many digits")
    return int(digits)


def _never(what: str) -> NoReturn:
    raise ValueError(what)


def mapping(found: Any, name: str = "") -> Mapping[str, Any]:
    """An object, or that member of one; an empty one where there is none."""
    if name:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def rows(found: Any, name: str) -> list[Mapping[str, Any]]:
    """The objects of a list; none where there is no list. Raises ValueError for too many."""
    given = found.get(name) if isinstance(found, dict) else None
    if not isinstance(given, list):
        return []
    if len(given) > LINES_MAX:
        raise ValueError(f"more than {LINES_MAX} {name}")
    return [each for each in given if isinstance(each, dict)]


def text(value: object, most: int = TEXT_MAX) -> str:
    """A text of bounded length that every database keeps; ids that are numbers as their digits."""
    if value is None or isinstance(value, bool | dict | list):
        return ""
    said = str(value).replace("\x00", "").encode("utf-8", "replace").decode()
    return said.strip()[:most]


def texts(value: object, most: int = 50) -> tuple[str, ...]:
    """The texts of a list."""
    given = value if isinstance(value, list) else []
    return tuple(one for one in (text(each) for each in given[:most]) if one)


def number(value: object) -> Decimal:
    """A number as it was written, nothing for none. Raises ValueError."""
    if value is None or value == "":
        return Decimal(0)
    kind = type(value)
    if kind not in (int, str, Decimal):
        raise ValueError(f"{kind.__name__} is no number")
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation as cause:
        raise ValueError("no number") from cause
    if not found.is_finite() or abs(found) > _LARGEST:
        raise ValueError("a number out of bounds")
    return found


def minor(value: object, currency: str) -> int:
    """An amount in whole units (`12.50`) as minor units, half a unit away from zero."""
    return rounded(number(value).scaleb(minor_digits(currency)))


def rounded(value: Decimal) -> int:
    """The whole number next to it, half away from zero."""
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def thousandths(value: object) -> int:
    """A quantity. Raises ValueError for less than a thousandth of one."""
    found = number(value) * 1_000
    if found != found.to_integral_value():
        raise ValueError("a quantity of too many decimals")
    return int(found)


def is_no(value: object) -> bool:
    """True where somebody wrote in so many words that it is not so."""
    return value is False or (isinstance(value, str) and value.strip().lower() in ("no", "false"))


def percent_ppm(value: object) -> int:
    """A rate in percent (`20`, `5.5`) as parts of a million."""
    return rounded(number(value) * 10_000)


def currency(value: object, otherwise: str = "") -> str:
    """A currency's three letters. Raises ValueError."""
    found = text(value, 8).upper() or otherwise
    if len(found) != 3 or not (found.isascii() and found.isalpha()):
        raise ValueError("no currency")
    minor_digits(found)
    return found


def moment(value: object, *, naive_is_utc: bool = True) -> str:
    """An instant as UTC text with milliseconds; empty for none. Raises ValueError."""
    said = text(value, 64)
    if not said:
        return ""
    try:
        found = dt.datetime.fromisoformat(said)
    except ValueError:
        raise ValueError("no moment") from None
    if found.tzinfo is None:
        if not naive_is_utc:
            raise ValueError("a moment without its zone")
        found = found.replace(tzinfo=dt.UTC)
    try:
        return utc_text(found.astimezone(dt.UTC))
    except OverflowError as cause:
        raise ValueError("no moment") from cause


def consent(value: object) -> str:
    """yes, no, or unknown: whatever is not clearly one of both is unknown."""
    said = value if isinstance(value, bool) else text(value, 32).lower()
    if said is True or said in ("yes", "true", "1", "subscribed", "granted"):
        return "yes"
    if said is False or said in ("no", "false", "0", "unsubscribed", "not_subscribed", "denied"):
        return "no"
    return "unknown"
