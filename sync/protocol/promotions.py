"""Promotions as they come down the feed, and what a sale's fact says of those it was given."""

from __future__ import annotations

import msgspec

from pos_app.domain.promotion import Goods, Kind, Promotion


class PromotionRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One promotion as it now is; `active` false ends it. The fields are the domain's.

    `version` grows with each change of the rule: a sale's fact names id and version.
    """

    promotion_id: str
    version: int
    label: str
    kind: str
    value: int = 0
    goods: tuple[tuple[tuple[str, ...], tuple[str, ...], int], ...] = ()
    """(SKUs, departments, pieces) of each part; nothing is the whole basket."""
    buy: int = 0
    pay: int = 0
    spend: int = 0
    currency: str = ""
    valid_from: str = ""
    valid_to: str = ""
    weekdays: tuple[int, ...] = ()
    from_minute: int = 0
    to_minute: int = 0
    stores: tuple[str, ...] = ()
    price_lists: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """Of customers; empty is everybody."""
    priority: int = 100
    exclusive: bool = False
    limit: int = 0
    coupon: str = ""
    single_use: bool = False
    used_on: str = ""
    """Business date on which a coupon for one use was used, as far as the hub knows."""
    active: bool = True


class FactPromo(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What a promotion took off a line, or off a whole sale; minor units, positive in a sale."""

    id: str
    version: int
    label: str
    amount: int
    times: int = 0
    """How often it was given in the sale; 0 on a line."""
    coupon: str = ""
    whole: bool = False
    """A promotion of the whole basket; on a line its share of it."""


class FactOverride(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A line sold at another price: what it would have cost, why, and who answers for it.

    The price it was sold at is the line's own.
    """

    price_from: int
    reason: str
    by: str
    approved_by: str = ""


def promotion_of(row: PromotionRow) -> Promotion:
    """The rule in a row; raises ValueError for a kind this program does not know."""
    return Promotion(
        promotion_id=row.promotion_id,
        version=row.version,
        label=row.label,
        kind=Kind(row.kind),
        value=row.value,
        goods=tuple(Goods(frozenset(skus), frozenset(names), n) for skus, names, n in row.goods),
        **{name: getattr(row, name) for name in _SAME},
    )


def row_of(promotion: Promotion, *, active: bool = True) -> PromotionRow:
    """A rule as it comes down."""
    return PromotionRow(
        promotion_id=promotion.promotion_id,
        version=promotion.version,
        label=promotion.label,
        kind=promotion.kind.value,
        value=promotion.value,
        goods=tuple(
            (tuple(sorted(part.skus)), tuple(sorted(part.departments)), part.count)
            for part in promotion.goods
        ),
        active=active,
        **{name: getattr(promotion, name) for name in _SAME},
    )


_SAME = (
    "buy",
    "pay",
    "spend",
    "currency",
    "valid_from",
    "valid_to",
    "weekdays",
    "from_minute",
    "to_minute",
    "stores",
    "price_lists",
    "groups",
    "priority",
    "exclusive",
    "limit",
    "coupon",
    "single_use",
    "used_on",
)
"""Fields that are the same in the row and in the rule."""
