"""Promotions as people write them: a table of a TOML file, or the options of a command."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from pos_app.domain.errors import Refused
from pos_app.domain.money import minor_digits
from pos_app.domain.promotion import Goods, Kind, Promotion, check

KINDS: Final = ("n-for-m", "percent", "amount", "fixed", "bundle", "spend")
"""What people call them; a `spend` says percent or amount."""
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIELDS: Final = frozenset(
    {
        "id", "label", "kind", "percent", "amount", "price", "buy", "pay", "spend", "sku",
        "department", "part", "from", "until", "weekdays", "hours", "store", "price_list", "group",
        "priority", "exclusive", "limit", "coupon", "single_use",
    }
)  # fmt: skip
_PART = re.compile(r"(?P<goods>.+?)(?:\s*\*\s*(?P<count>\d{1,2}))?")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


def read_file(path: Path, currency: str) -> list[Promotion]:
    """Every `[[promotion]]` of a file, checked.

    Raises Refused("promotion_file_unreadable" | "promotion_bad").
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as cause:
        where = cause.strerror or "?"
        raise Refused("promotion_file_unreadable", file=path.name, where=where) from cause
    except (UnicodeDecodeError, ValueError) as cause:
        raise Refused("promotion_file_unreadable", file=path.name, where=str(cause)) from cause
    rows = table.get("promotion")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not rows:
        where = "it has no [[promotion]]"
        raise Refused("promotion_file_unreadable", file=path.name, where=where)
    found = [promotion_from(row, currency) for row in rows]
    ids = [each.promotion_id for each in found]
    for each in found:
        if ids.count(each.promotion_id) > 1:
            raise _bad(each.promotion_id, "id: twice in this file")
    return found


def promotion_from(row: Mapping[str, Any], currency: str) -> Promotion:
    """The promotion a table describes, amounts in whole units of the currency.

    Version 0: the hub counts versions. Raises Refused("promotion_bad", where=…).
    """
    label = str(row.get("label", "")).strip()
    promotion_id = str(row.get("id", "") or slug(label))
    for name in row:
        if name not in FIELDS:
            raise _bad(promotion_id, f"{name}: no such field")
    try:
        rule = _rule(promotion_id, label, row, currency)
    except (TypeError, ValueError, InvalidOperation) as cause:
        raise _bad(promotion_id, str(cause)) from cause
    return check(rule)


def slug(label: str) -> str:
    """An id out of a label: "3 für 2" becomes 3-fur-2."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40]


def _bad(promotion_id: str, where: str) -> Refused:
    return Refused("promotion_bad", promotion=promotion_id, where=where)


def _rule(promotion_id: str, label: str, row: Mapping[str, Any], currency: str) -> Promotion:
    kind = _kind(row)
    first, end = _hours(str(row.get("hours", "")))
    spending = kind in (Kind.SPEND_AMOUNT, Kind.SPEND_PERCENT)
    priced = kind not in (Kind.N_FOR_M, Kind.PERCENT)
    return Promotion(
        promotion_id=promotion_id,
        version=0,
        label=label,
        kind=kind,
        value=_value(kind, row, currency),
        goods=_goods(kind, row),
        buy=_whole(row, "buy"),
        pay=_whole(row, "pay"),
        spend=_money(row, "spend", currency) if spending else 0,
        currency=currency if priced else "",
        valid_from=str(row.get("from", "")),
        valid_to=str(row.get("until", "")),
        weekdays=_weekdays(_texts(row, "weekdays")),
        from_minute=first,
        to_minute=end,
        stores=_texts(row, "store"),
        price_lists=_texts(row, "price_list"),
        groups=_texts(row, "group"),
        priority=_whole(row, "priority", 100),
        exclusive=_flag(row, "exclusive"),
        limit=_whole(row, "limit"),
        coupon=str(row.get("coupon", "")).strip(),
        single_use=_flag(row, "single_use"),
    )


def _kind(row: Mapping[str, Any]) -> Kind:
    word = str(row.get("kind", ""))
    if word not in KINDS:
        raise ValueError(f"kind: one of {', '.join(KINDS)}")
    if word == "spend":
        both = ("percent" in row, "amount" in row)
        if both[0] == both[1]:
            raise ValueError("spend: either percent or amount")
        return Kind.SPEND_PERCENT if both[0] else Kind.SPEND_AMOUNT
    return Kind(word.replace("-", "_"))


def _value(kind: Kind, row: Mapping[str, Any], currency: str) -> int:
    if kind in (Kind.PERCENT, Kind.SPEND_PERCENT):
        return _percent(row, "percent")
    if kind is Kind.N_FOR_M:
        return _percent(row, "percent") if "percent" in row else 10_000
    name = "price" if kind in (Kind.FIXED, Kind.BUNDLE) else "amount"
    return _money(row, name, currency)


def _goods(kind: Kind, row: Mapping[str, Any]) -> tuple[Goods, ...]:
    if kind is Kind.BUNDLE:
        return tuple(_part(text) for text in _texts(row, "part"))
    if "part" in row:
        raise ValueError("part: only a bundle has parts")
    skus, departments = _texts(row, "sku"), _texts(row, "department")
    if not (skus or departments):
        return ()
    return (Goods(frozenset(skus), frozenset(departments)),)


def _part(text: str) -> Goods:
    """`A1,A2 * 2` is two of these; `department:Tea` is any of a department."""
    found = _PART.fullmatch(text.strip())
    if found is None:
        raise ValueError("part: as A1,A2 * 2")
    skus: set[str] = set()
    departments: set[str] = set()
    for name in filter(None, (each.strip() for each in found["goods"].split(","))):
        of_department = name.removeprefix("department:")
        (skus if of_department == name else departments).add(of_department.strip())
    return Goods(frozenset(skus), frozenset(departments), int(found["count"] or 1))


def _texts(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """One text or a list of them."""
    held = row.get(name, ())
    many: Iterable[Any] = (held,) if isinstance(held, str) else held
    return tuple(dict.fromkeys(filter(None, (str(each).strip() for each in many))))


def _whole(row: Mapping[str, Any], name: str, otherwise: int = 0) -> int:
    held = row.get(name, otherwise)
    if isinstance(held, bool) or not re.fullmatch(r"\d{1,9}", str(held)):
        raise ValueError(f"{name}: a whole number")
    return int(held)


def _flag(row: Mapping[str, Any], name: str) -> bool:
    held = row.get(name, False)
    if not isinstance(held, bool):
        raise TypeError(f"{name}: true or false")
    return held


def _scaled(row: Mapping[str, Any], name: str, digits: int) -> int:
    text = str(row.get(name, "")).strip().removesuffix("%").strip()
    if not re.fullmatch(r"\d{1,11}(\.\d+)?", text, re.ASCII):
        raise ValueError(f"{name}: a number, such as 10 or 2.50")
    value = Decimal(text).scaleb(digits)
    if value != int(value):
        raise ValueError(f"{name}: at most {digits} decimals")
    return int(value)


def _percent(row: Mapping[str, Any], name: str) -> int:
    return _scaled(row, name, 2)


def _money(row: Mapping[str, Any], name: str, currency: str) -> int:
    return _scaled(row, name, minor_digits(currency))


def _weekdays(words: tuple[str, ...]) -> tuple[int, ...]:
    found = []
    for word in words:
        short = word.casefold()[:3]
        if short not in DAYS:
            raise ValueError("weekdays: mon to sun")
        found.append(DAYS.index(short) + 1)
    return tuple(sorted(set(found)))


def _hours(text: str) -> tuple[int, int]:
    if not text:
        return 0, 0
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        raise ValueError("hours: as 17:00-19:00")
    hours = [int(each) for each in found.groups()]
    if hours[1] > 59 or hours[3] > 59:
        raise ValueError("hours: as 17:00-19:00")
    return hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
