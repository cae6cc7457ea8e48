"""A programme's own text as a programme: JSON, or what TOML gives, checked to the last field.

`packaging/LOYALTY.md` says what each field means, with an example.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any, Final, TypeVar

from pos_app.domain.basket import PERCENT_WHOLE, UNIT_PRICE_MAX
from pos_app.domain.errors import Refused
from pos_app.domain.loyalty import (
    Campaign,
    Factor,
    Programme,
    RewardKind,
    RewardRule,
    Tier,
    TierBy,
)
from pos_app.domain.money import Rounding
from pos_app.domain.promotion_rule import CODE_MAX, LABEL_MAX, Goods
from pos_app.domain.text import hidden

ROWS_MAX: Final = 500
FACTOR_MAX: Final = 10_000
"""Percent: a hundred times."""
MONTHS_MAX: Final = 120
_T = TypeVar("_T")
_LISTS: Final = {"factors": "factor", "campaigns": "campaign", "tiers": "tier", "rewards": "reward"}
_GOODS: Final = ("skus", "departments")


class _Bad(Exception):
    """What is wrong and where, for whoever wrote it."""


def read(text: str | Mapping[str, Any]) -> Programme:
    """The programme in JSON text, or in the table that JSON or TOML gave.

    Raises Refused("programme_bad", where=…): a field nobody knows is refused too, because a rule
    that is misspelt would silently give nothing.
    """
    try:
        table = json.loads(text) if isinstance(text, str) else dict(text)
        return _programme(table)
    except _Bad as cause:
        raise Refused("programme_bad", where=str(cause)) from None
    except (ValueError, TypeError, AttributeError, KeyError) as cause:
        raise Refused("programme_bad", where=f"not readable: {cause}"[:120]) from None


def write(programme: Programme) -> str:
    """The text `read` reads back to the same programme."""
    table: dict[str, Any] = {}
    for name, value in _bare(programme).items():
        table[_LISTS.get(name, name)] = value
    return json.dumps(table, ensure_ascii=False, sort_keys=True)


def _bare(programme: Programme) -> dict[str, Any]:
    table = asdict(programme)
    for name in _LISTS:
        table[name] = [_flat(row) for row in table[name]]
    table["excluded"] = _goods_out(table["excluded"]) if programme.excluded else None
    return {name: value for name, value in table.items() if value not in (None, [], {})}


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    goods = row.pop("goods", None)
    found = {**row, **(_goods_out(goods) if goods else {})}
    kept = {}
    for name, value in found.items():
        plain = list(value) if isinstance(value, tuple) else value
        if plain not in ("", []):
            kept[name] = plain
    return kept


def _goods_out(goods: Mapping[str, Any]) -> dict[str, Any]:
    return {name: sorted(goods[name]) for name in _GOODS if goods[name]}


def _programme(table: Mapping[str, Any]) -> Programme:
    known = {_LISTS.get(each.name, each.name) for each in fields(Programme)}
    _check_names(table, known, "")
    excluded = table.get("excluded")
    programme = Programme(
        programme=_text(table, "programme", CODE_MAX),
        version=_whole(table, "version", 0, 1 << 31, 0),
        name=_text(table, "name", LABEL_MAX),
        currency=_text(table, "currency", 3),
        points=_whole(table, "points", 1, 100_000, 1),
        per=_whole(table, "per", 1, UNIT_PRICE_MAX, 100),
        rounding=_one_of(Rounding, table.get("rounding", "down"), "rounding"),
        minimum=_whole(table, "minimum", 0, UNIT_PRICE_MAX, 0),
        factors=_rows(table, "factor", _factor),
        excluded=None if excluded is None else _named(excluded, "excluded"),
        campaigns=_rows(table, "campaign", _campaign),
        channels={
            _plain(name, "channels", CODE_MAX): _number(value, f"channels.{name}", 0, FACTOR_MAX)
            for name, value in dict(table.get("channels", {})).items()
        },
        tiers=_rows(table, "tier", _tier),
        tier_by=_one_of(TierBy, table.get("tier_by", "points"), "tier_by"),
        tier_months=_whole(table, "tier_months", 1, MONTHS_MAX, 12),
        rewards=_rows(table, "reward", _reward),
        expiry_months=_whole(table, "expiry_months", 0, MONTHS_MAX, 0),
        birthday=_whole(table, "birthday", 0, 1_000_000, 0),
        pending_days=_whole(table, "pending_days", 0, 365, 0),
        offline_cap=_whole(table, "offline_cap", 0, 1 << 31, 0),
    )
    _check_whole(programme)
    return programme


def _check_whole(programme: Programme) -> None:
    reached = [tier.reached for tier in programme.tiers]
    if reached and (reached[0] != 0 or reached != sorted(set(reached))):
        raise _Bad("tier: `reached` begins with 0 and goes up")
    tiers = {tier.tier for tier in programme.tiers}
    wanted = [tier for each in programme.campaigns for tier in each.tiers]
    wanted += [tier for each in programme.rewards for tier in each.tiers]
    for tier in wanted:
        if tier not in tiers:
            raise _Bad(f"tiers: there is no tier {tier}")
    for ids in (
        [tier.tier for tier in programme.tiers],
        [reward.reward for reward in programme.rewards],
        [campaign.campaign for campaign in programme.campaigns],
    ):
        if len(set(ids)) != len(ids):
            raise _Bad("two rows have the same id")


def _factor(row: Mapping[str, Any], where: str) -> Factor:
    _check_names(row, {*_GOODS, "percent"}, where)
    percent = _whole(row, "percent", 0, FACTOR_MAX, None, where)
    return Factor(_named({name: row[name] for name in _GOODS if name in row}, where), percent)


def _campaign(row: Mapping[str, Any], where: str) -> Campaign:
    _check_names(row, {each.name for each in fields(Campaign)} - {"goods"} | set(_GOODS), where)
    return Campaign(
        campaign=_text(row, "campaign", CODE_MAX, where),
        label=_text(row, "label", LABEL_MAX, where),
        percent=_whole(row, "percent", 0, FACTOR_MAX, None, where),
        valid_from=_day(row, "valid_from", where),
        valid_to=_day(row, "valid_to", where),
        goods=_goods(row, where),
        stores=_names(row, "stores", where),
        channels=_names(row, "channels", where),
        tiers=_names(row, "tiers", where),
    )


def _tier(row: Mapping[str, Any], where: str) -> Tier:
    _check_names(row, {each.name for each in fields(Tier)}, where)
    return Tier(
        _text(row, "tier", CODE_MAX, where),
        _text(row, "name", LABEL_MAX, where),
        _whole(row, "reached", 0, UNIT_PRICE_MAX, None, where),
        _whole(row, "percent", 0, FACTOR_MAX, 100, where),
    )


def _reward(row: Mapping[str, Any], where: str) -> RewardRule:
    _check_names(row, {each.name for each in fields(RewardRule)} - {"goods"} | set(_GOODS), where)
    rule = RewardRule(
        reward=_text(row, "reward", CODE_MAX, where),
        label=_text(row, "label", LABEL_MAX, where),
        kind=_one_of(RewardKind, row.get("kind", "amount"), f"{where}.kind"),
        points=_whole(row, "points", 1, 1 << 31, None, where),
        value=_whole(row, "value", 0, UNIT_PRICE_MAX, 0, where),
        goods=_goods(row, where),
        most=_whole(row, "most", 0, UNIT_PRICE_MAX, 0, where),
        minimum=_whole(row, "minimum", 0, UNIT_PRICE_MAX, 0, where),
        tiers=_names(row, "tiers", where),
        combinable=row.get("combinable", True) is True,
    )
    if rule.kind is RewardKind.AMOUNT and not rule.value:
        raise _Bad(f"{where}.value: what a step takes off, minor units")
    if rule.kind is RewardKind.PERCENT and not 0 < rule.value <= PERCENT_WHOLE:
        raise _Bad(f"{where}.value: 1 to {PERCENT_WHOLE} basis points")
    if rule.kind is RewardKind.PRODUCT and not (rule.goods.skus or rule.goods.departments):
        raise _Bad(f"{where}: which goods it gives")
    return rule


# --- fields -------------------------------------------------------------------------------


def _check_names(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for name in table:
        if name not in known:
            raise _Bad(f"{where or 'programme'}: there is no field {name}")


def _rows(table: Mapping[str, Any], name: str, make: Any) -> tuple[Any, ...]:
    rows = table.get(name, [])
    if not isinstance(rows, list) or len(rows) > ROWS_MAX:
        raise _Bad(f"{name}: a list of at most {ROWS_MAX}")
    return tuple(make(row, f"{name} {place}") for place, row in enumerate(rows, 1))


def _plain(value: object, where: str, most: int) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= most or hidden(value):
        raise _Bad(f"{where}: 1 to {most} plain characters")
    return value.strip()


def _text(table: Mapping[str, Any], name: str, most: int, where: str = "") -> str:
    return _plain(table.get(name), f"{where}.{name}".lstrip("."), most)


def _number(value: object, where: str, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise _Bad(f"{where}: a whole number from {least} to {most}")
    return value


def _whole(
    table: Mapping[str, Any], name: str, least: int, most: int, default: int | None, where: str = ""
) -> int:
    return _number(table.get(name, default), f"{where}.{name}".lstrip("."), least, most)


def _one_of(kind: type[_T], value: object, where: str) -> _T:
    try:
        return kind(value)  # type: ignore[call-arg]  # an enumeration is called with its value
    except ValueError:
        names = ", ".join(str(each) for each in kind)  # type: ignore[attr-defined]  # the same
        raise _Bad(f"{where}: one of {names}") from None


def _day(table: Mapping[str, Any], name: str, where: str) -> str:
    value = table.get(name, "")
    value = value.isoformat() if isinstance(value, date) else value
    if value:
        try:
            date.fromisoformat(value)
        except (ValueError, TypeError):
            raise _Bad(f"{where}.{name}: a day as 2026-05-18") from None
    return str(value)


def _names(table: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    rows = table.get(name, ())
    if not isinstance(rows, Sequence) or isinstance(rows, str) or len(rows) > ROWS_MAX:
        raise _Bad(f"{where}.{name}: a list of at most {ROWS_MAX}")
    return tuple(_plain(row, f"{where}.{name}", CODE_MAX) for row in rows)


def _goods(table: Mapping[str, Any], where: str) -> Goods:
    skus, departments = (frozenset(_names(table, name, where)) for name in _GOODS)
    return Goods(skus, departments)


def _named(table: Mapping[str, Any], where: str) -> Goods:
    _check_names(table, set(_GOODS), where)
    goods = _goods(table, where)
    if not (goods.skus or goods.departments):
        raise _Bad(f"{where}: skus or departments")
    return goods
