"""A promotion as data: one rule with its goods, its time and its conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pos_app.domain.basket import PERCENT_WHOLE, UNIT_PRICE_MAX, Basket
from pos_app.domain.errors import Refused
from pos_app.domain.text import hidden

LABEL_MAX = 60
CODE_MAX = 40
GROUP_MAX = 20
"""Pieces of an n-for-m or of a bundle."""
PARTS_MAX = 5
"""Parts of a bundle."""


class Kind(StrEnum):
    """What a promotion does; `value` counts basis points, minor units or nothing, as said here."""

    N_FOR_M = "n_for_m"
    """Of `buy` pieces `pay` are paid, the cheapest others get `value` basis points off."""
    PERCENT = "percent"
    """`value` basis points off each piece, or off the basket."""
    AMOUNT = "amount"
    """`value` minor units off each piece (or kilogram), or off the basket."""
    FIXED = "fixed"
    """Each piece (or kilogram) for `value` minor units; never dearer than it is."""
    BUNDLE = "bundle"
    """So many of each part of `goods` together for `value` minor units."""
    SPEND_AMOUNT = "spend_amount"
    """From `spend` minor units of the goods on, `value` minor units off them together."""
    SPEND_PERCENT = "spend_percent"
    """The same with `value` basis points."""


@dataclass(frozen=True, slots=True)
class Goods:
    """Products by SKU or department; without both every product of the catalogue."""

    skus: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    count: int = 1
    """Pieces of it, in a bundle."""

    def hold(self, sku: str, department: str) -> bool:
        """True for a product that is one of these."""
        if not (self.skus or self.departments):
            return True
        return sku in self.skus or department in self.departments


@dataclass(frozen=True, slots=True)
class Promotion:
    """One rule. Dates are inclusive business dates, empty means open; tuples empty mean all."""

    promotion_id: str
    version: int
    label: str
    """What the customer reads: "3 for 2"."""
    kind: Kind
    value: int = 0
    goods: tuple[Goods, ...] = ()
    buy: int = 0
    pay: int = 0
    spend: int = 0
    currency: str = ""
    """Of its amounts; a basket in another one does not get it. Empty where it has none."""
    valid_from: str = ""
    valid_to: str = ""
    weekdays: tuple[int, ...] = ()
    """1 is Monday."""
    from_minute: int = 0
    to_minute: int = 0
    """Minutes after midnight, the second exclusive; both 0 is all day, over midnight is fine."""
    stores: tuple[str, ...] = ()
    price_lists: tuple[str, ...] = ()
    """Of the lines it may reach; one of the basket needs every line in one of them."""
    groups: tuple[str, ...] = ()
    """Of customers: whoever is in none of them does not get it; empty is everybody."""
    priority: int = 100
    exclusive: bool = False
    limit: int = 0
    """How often in one basket; 0 for as often as it fits."""
    coupon: str = ""
    """Code that must be on the basket; compared by `coupon_key`."""
    single_use: bool = False
    used_on: str = ""
    """Business date on which a coupon for one use was used; empty as long as nobody knows."""

    @property
    def of_basket(self) -> bool:
        """True for the second tier."""
        return not self.goods and self.kind in (
            Kind.PERCENT,
            Kind.AMOUNT,
            Kind.SPEND_AMOUNT,
            Kind.SPEND_PERCENT,
        )

    def on(self, basket: Basket, weekday: int, minute: int, store_id: str) -> bool:
        """True where it is in force for a basket, coupon and goods aside."""
        day = basket.business_date
        if (self.stores and store_id not in self.stores) or not _shares(self.groups, basket):
            return False
        if self.currency and self.currency != basket.currency:
            return False
        if (self.valid_from and day < self.valid_from) or (self.valid_to and day > self.valid_to):
            return False
        if self.weekdays and weekday not in self.weekdays:
            return False
        first, end = self.from_minute, self.to_minute
        if first == end:
            return True
        return first <= minute < end if first < end else minute >= first or minute < end


def coupon_key(code: str) -> str:
    """A coupon's code as it is compared: without spaces and hyphens, letters' size ignored."""
    return "".join(code.split()).replace("-", "").casefold()


def check(rule: Promotion) -> Promotion:
    """The rule, if a till can work with it; raises Refused("promotion_bad", where=…).

    `where` names what is wrong, in words for whoever wrote it.
    """
    for fault in _faults(rule):
        raise Refused("promotion_bad", promotion=rule.promotion_id, where=fault)
    return rule


def _faults(rule: Promotion) -> Iterator[str]:
    if not 0 < len(rule.promotion_id) <= CODE_MAX or hidden(rule.promotion_id):
        yield "id: 1 to 40 plain characters"
    if not rule.label.strip() or len(rule.label) > LABEL_MAX or hidden(rule.label):
        yield "label: 1 to 60 plain characters"
    yield from _faults_of_time(rule)
    if rule.limit < 0:
        yield "limit: 0 or more"
    if len(rule.coupon) > CODE_MAX or hidden(rule.coupon):
        yield "coupon: at most 40 plain characters"
    if rule.coupon and not coupon_key(rule.coupon):
        yield "coupon: letters or digits"
    if rule.single_use and not rule.coupon:
        yield "single_use: only a coupon can be used once"
    yield from _faults_of_kind(rule)


def _faults_of_time(rule: Promotion) -> Iterator[str]:
    for name, day in (("from", rule.valid_from), ("until", rule.valid_to)):
        try:
            if day and date.fromisoformat(day).isoformat() != day:
                yield f"{name}: a day, as 2026-11-25"
        except ValueError:
            yield f"{name}: a day, as 2026-11-25"
    if rule.valid_from and rule.valid_to and rule.valid_to < rule.valid_from:
        yield "until: the last day is before the first"
    if any(not 1 <= each <= 7 for each in rule.weekdays):
        yield "weekdays: mon to sun"
    if not (0 <= rule.from_minute < 1_440 and 0 <= rule.to_minute <= 1_440):
        yield "hours: as 17:00-19:00"


def _faults_of_kind(rule: Promotion) -> Iterator[str]:
    kind, percent = rule.kind, rule.kind in (Kind.N_FOR_M, Kind.PERCENT, Kind.SPEND_PERCENT)
    if percent and not 1 <= rule.value <= PERCENT_WHOLE:
        yield "percent: above 0, at most 100"
    if not percent and not 0 <= rule.value <= UNIT_PRICE_MAX:
        yield "amount: 0 or more"
    if (not percent or kind is Kind.SPEND_PERCENT) and not rule.currency:
        yield "currency: whose amounts these are"
    if kind in (Kind.AMOUNT, Kind.SPEND_AMOUNT) and not rule.value:
        yield "amount: above 0"
    if kind is Kind.N_FOR_M and not 0 <= rule.pay < rule.buy <= GROUP_MAX:
        yield "buy, pay: as buy 3, pay 2; at most 20"
    if kind in (Kind.SPEND_AMOUNT, Kind.SPEND_PERCENT) and rule.spend <= 0:
        yield "spend: above 0"
    if kind is Kind.FIXED and not rule.goods:
        yield "sku, department: a fixed price needs goods"
    if kind is Kind.BUNDLE:
        yield from _faults_of_bundle(rule)
    elif len(rule.goods) > 1 or any(part.count != 1 for part in rule.goods):
        yield "part: only a bundle has parts"


def _faults_of_bundle(rule: Promotion) -> Iterator[str]:
    if not 1 <= len(rule.goods) <= PARTS_MAX:
        yield "part: 1 to 5 of them"
    pieces = [part.count for part in rule.goods]
    if any(count < 1 for count in pieces) or not 2 <= sum(pieces) <= GROUP_MAX:
        yield "part: 2 to 20 pieces together"
    if any(not (part.skus or part.departments) for part in rule.goods):
        yield "part: SKUs or departments"
    for name in ("skus", "departments"):
        named = [each for part in rule.goods for each in getattr(part, name)]
        if len(named) != len(set(named)):
            yield "part: no product in two parts"


def _shares(groups: tuple[str, ...], basket: Basket) -> bool:
    if not groups:
        return True
    return basket.customer is not None and not set(groups).isdisjoint(basket.customer.groups)
