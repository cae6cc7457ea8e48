"""Promotions: rules as data, and the outcome of them that is best for the customer.

**What best means.** Every promotion in force for a basket is of one of two tiers:

1. *Promotions of goods* (n for m, percent, amount or fixed price of named goods, bundle, spend on
   named goods). Each piece takes part in at most one of them. Of all ways to give them, the one
   is chosen that takes most off in sum.
2. *Promotions of the basket* (percent, amount or spend without named goods). At most one of them
   is given, on what is left after the first tier: the one that takes most off.

A promotion that is *exclusive* is given alone or not at all. The outcome is the cheapest of: all
that are not exclusive, or any exclusive one alone. `priority` (the lower the sooner) decides only
between outcomes that cost the same. Compared are prices as the store states them: tax that comes
on top of them does not weigh in. So one more promotion never makes a basket dearer, and no
outcome depends on the order of scanning: it is a function of what the goods are.

**What is counted how.** Percent, amount and fixed price are reckoned a piece, half up; a weighed
line is one piece and takes part in no n-for-m and no bundle. Of an n-for-m the cheapest of each
group are free, and what is free is spread over the whole group by price: who brings one back has
paid its share. A threshold looks at the prices before any promotion; one on named goods takes
part with all of these goods in the basket. Manual discounts come after all of it, and best is
judged before them. A line at an overridden price takes part with that price. Items typed by hand
have no SKU and no department: only promotions of the basket reach them.

**When.** Days and weekdays are the basket's business day, hours the wall clock of the store when
the basket was opened: waiting in a queue costs nobody a promotion.

**What is bounded** stands in `promotion_search`: exact for the conflicts of real baskets, a stated
bound for huge ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from pos_app.domain.basket import Basket, Line
from pos_app.domain.catalogue import PIECE
from pos_app.domain.money import MILLI
from pos_app.domain.promotion_rule import Goods, Kind, Promotion, check, coupon_key
from pos_app.domain.promotion_search import Group, Sort, percent_of, solve
from pos_app.domain.shares import spread

__all__ = [
    "NO_PROMOTIONS",
    "SWAPPED",
    "Cut",
    "GivenPromotion",
    "Goods",
    "Kind",
    "Outcome",
    "Promotion",
    "Promotions",
    "check",
    "coupon_key",
    "swapped",
]

SWAPPED: Final = "exchange"
"""Reason of a price that was once paid for goods now swapped: promotions leave it alone."""


class _Reasoned(Protocol):
    @property
    def reason(self) -> str: ...


class _Overridden(Protocol):
    @property
    def override(self) -> _Reasoned | None: ...


def swapped(line: _Overridden) -> bool:
    """True of goods that go out at the price once paid for what came back."""
    return line.override is not None and line.override.reason == SWAPPED


@dataclass(frozen=True, slots=True)
class Cut:
    """What one promotion takes off one line, minor units."""

    promotion_id: str
    version: int
    label: str
    amount: int
    whole: bool = False
    """A share of a promotion of the basket."""


@dataclass(frozen=True, slots=True)
class GivenPromotion:
    """What one promotion takes off a basket, minor units, and how often it was given."""

    promotion_id: str
    version: int
    label: str
    amount: int
    times: int = 1
    coupon: str = ""
    whole: bool = False
    """Off the whole basket."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What promotions take off: by line in the basket's order, and in all."""

    cuts: tuple[tuple[Cut, ...], ...]
    given: tuple[GivenPromotion, ...] = ()

    def of_basket(self, basket: Basket, gross: Sequence[int]) -> Outcome:
        """Itself: an outcome that is stated already, as in a document."""
        del basket, gross
        return self


@dataclass(eq=False)
class Promotions:
    """The rules of a store; an input of pricing like its taxes."""

    rules: tuple[Promotion, ...] = ()
    zone: str = "UTC"
    store_id: str = ""
    basis: Mapping[str, int] = field(default_factory=dict)
    """Feed position per stream at which these were the rules."""
    _sets: dict[tuple[object, ...], list[_Rules]] = field(default_factory=dict, repr=False)

    def of_basket(self, basket: Basket, gross: Sequence[int]) -> Outcome:
        """The outcome that is best for the customer; `gross` is what each line costs without."""
        if self.rules and any(map(swapped, basket.lines)):
            return self._of_others(basket, gross)
        best: Outcome | None = None
        most = -1
        for rules in self._in_force(basket) if self.rules else ():
            outcome = rules.outcome(basket, gross)
            off = sum(each.amount for each in outcome.given)
            if off > most:
                best, most = outcome, off
        return best or Outcome(((),) * len(basket.lines))

    def _of_others(self, basket: Basket, gross: Sequence[int]) -> Outcome:
        """The outcome for all lines but those at a price once paid, which stand as they are."""
        own = [place for place, line in enumerate(basket.lines) if not swapped(line)]
        others = replace(basket, lines=tuple(basket.lines[place] for place in own))
        found = self.of_basket(others, [gross[place] for place in own])
        cuts: list[tuple[Cut, ...]] = [()] * len(basket.lines)
        for place, given in zip(own, found.cuts, strict=True):
            cuts[place] = given
        return Outcome(tuple(cuts), found.given)

    def reach(self, sku: str, department: str) -> bool:
        """True where a sale of that product may have to do with any of the rules."""
        return any(
            not rule.goods or any(part.hold(sku, department) for part in rule.goods)
            for rule in self.rules
        )

    def naming(self, basket: Basket, sku: str, department: str, price_list: str) -> list[Promotion]:
        """The promotions in force for that basket that name a product among their goods."""
        weekday, minute = self._moment(basket)
        codes = {coupon_key(code) for code in basket.coupons}
        return [
            rule
            for rule in self.rules
            if any(goods.hold(sku, department) for goods in rule.goods)
            and rule.on(basket, weekday, minute, self.store_id)
            and (not rule.coupon or coupon_key(rule.coupon) in codes)
            and (not rule.price_lists or price_list in rule.price_lists)
        ]

    def _in_force(self, basket: Basket) -> list[_Rules]:
        """All that may be given together, then each that is given alone."""
        groups = basket.customer.groups if basket.customer else ()
        key = (basket.business_date, basket.opened_at, basket.coupons, basket.currency, groups)
        known = self._sets.get(key)
        if known is None:
            weekday, minute = self._moment(basket)
            codes = {coupon_key(code) for code in basket.coupons}
            on = sorted(
                (
                    rule
                    for rule in self.rules
                    if rule.on(basket, weekday, minute, self.store_id)
                    and (not rule.coupon or coupon_key(rule.coupon) in codes)
                    and not (rule.single_use and rule.used_on)
                ),
                key=lambda rule: (rule.priority, rule.promotion_id),
            )
            together = tuple(rule for rule in on if not rule.exclusive)
            known = [_Rules(together)] if together else []
            known += [_Rules((rule,)) for rule in on if rule.exclusive]
            if len(self._sets) > 16:
                self._sets.clear()
            self._sets[key] = known
        return known

    def _moment(self, basket: Basket) -> tuple[int, int]:
        """Weekday of the business day, and minute of the store's day at which it was opened."""
        weekday = date.fromisoformat(basket.business_date).isoweekday()
        if not any(rule.from_minute or rule.to_minute for rule in self.rules):
            return weekday, 0
        opened = datetime.fromisoformat(basket.opened_at).astimezone(ZoneInfo(self.zone))
        return weekday, opened.hour * 60 + opened.minute


NO_PROMOTIONS = Promotions()

_Match = tuple[tuple[int, ...], tuple[tuple[int, int], ...], tuple[int, ...]]
"""For a product: places of rules for single pieces, slots of groups, groups that count single pieces."""


class _Rules:
    """Promotions that may be given together, sorted out; what a product matches is remembered."""

    def __init__(self, rules: tuple[Promotion, ...]) -> None:
        self.of_basket = [rule for rule in rules if rule.of_basket]
        goods = [rule for rule in rules if not rule.of_basket]
        single = (Kind.PERCENT, Kind.AMOUNT, Kind.FIXED)
        self.singles = [rule for rule in goods if rule.kind in single and not rule.limit]
        self.grouped = [rule for rule in goods if rule.kind not in single or rule.limit]
        self.groups = [_group(rule) for rule in self.grouped]
        self._matches: dict[tuple[str, str, str], _Match] = {}

    def outcome(self, basket: Basket, gross: Sequence[int]) -> Outcome:
        """The best of these promotions alone."""
        lines = basket.lines
        cuts: list[list[Cut]] = [[] for _ in lines]
        left = list(gross)
        given: list[GivenPromotion] = []
        if self.singles or self.grouped:
            self._of_goods(lines, gross, cuts, left, given)
        self._of_basket(lines, gross, cuts, left, given)
        return Outcome(tuple(map(tuple, cuts)), tuple(given))

    # ---- the first tier

    def _of_goods(
        self,
        lines: Sequence[Line],
        gross: Sequence[int],
        cuts: list[list[Cut]],
        left: list[int],
        given: list[GivenPromotion],
    ) -> None:
        places: dict[tuple[object, ...], list[int]] = {}
        for place, line in enumerate(lines):
            if not line.custom and any(self._match(line)):
                places.setdefault(_likeness(line, gross[place]), []).append(place)
        if not places:
            return
        likes = sorted(places)
        found = [self._sort(lines, places[like], gross) for like in likes]
        rules = [*self.grouped, *self.singles]
        off, times = self._searched([sort for sort, _ in found], [base for _, base in found])
        for at in sorted(off, key=lambda at: (rules[at].priority, rules[at].promotion_id)):
            total = sum(off[at].values())
            if total:
                for sort_place, amount in off[at].items():
                    _take(rules[at], amount, places[likes[sort_place]], lines, cuts, left)
                given.append(_given(rules[at], total, times[at]))

    def _searched(
        self, sorts: list[Sort], bases: list[int]
    ) -> tuple[dict[int, dict[int, int]], dict[int, int]]:
        """Place of a rule -> sort -> what it takes off; place -> how often it is given."""
        off: dict[int, dict[int, int]] = {}
        times: dict[int, int] = {}
        free = [sort.count for sort in sorts]
        for made in solve(sorts, self.groups):
            amounts = off.setdefault(made.group, {})
            for sort_place, amount in made.amounts.items():
                amounts[sort_place] = amounts.get(sort_place, 0) + amount
                free[sort_place] -= made.pieces[sort_place]
            times[made.group] = times.get(made.group, 0) + made.times
        for sort_place, base in enumerate(bases):
            if base >= 0 and free[sort_place]:
                at = len(self.grouped) + base
                off.setdefault(at, {})[sort_place] = free[sort_place] * sorts[sort_place].base
                times[at] = times.get(at, 0) + free[sort_place]
        return off, times

    def _match(self, line: Line) -> _Match:
        key = (line.sku, line.department, line.price_list)
        known = self._matches.get(key)
        if known is None:
            known = self._matches[key] = self._find(line)
        return known

    def _find(self, line: Line) -> _Match:
        slots, counted = [], []
        for place, rule in enumerate(self.grouped):
            part = _part(rule, line)
            if part is not None:
                slots.append((place, part))
                if self.groups[place].kind == "single":
                    counted.append(place)
        singles = [at for at, rule in enumerate(self.singles) if _part(rule, line) is not None]
        return tuple(singles), tuple(slots), tuple(counted)

    def _sort(
        self, lines: Sequence[Line], places: list[int], gross: Sequence[int]
    ) -> tuple[Sort, int]:
        """Pieces that are alike, and the place of the promotion they have anyway, -1 for none."""
        line = lines[places[0]]
        whole = line.unit == PIECE and not line.label_price
        count = sum(lines[place].qty // MILLI for place in places) if whole else len(places)
        amount = line.unit_price if whole else gross[places[0]]
        singles, slots, counted = self._match(line)
        base, most = -1, 0
        for at in singles:
            off = _off(self.singles[at], line, amount, whole=whole)
            if off > most:
                base, most = at, off
        if not whole:
            several = ("n_for_m", "bundle")
            slots = tuple(each for each in slots if self.groups[each[0]].kind not in several)
        worth = {at: _off(self.grouped[at], line, amount, whole=whole) for at in counted}
        return Sort(amount, count, most, list(slots), worth), base

    # ---- the second tier

    def _of_basket(
        self,
        lines: Sequence[Line],
        gross: Sequence[int],
        cuts: list[list[Cut]],
        left: list[int],
        given: list[GivenPromotion],
    ) -> None:
        best, most = None, 0
        for rule in self.of_basket:
            lists = rule.price_lists
            if lists and any(line.price_list not in lists for line in lines):
                continue
            if sum(gross) < rule.spend:
                continue
            rest = sum(left)
            percent = rule.kind in (Kind.PERCENT, Kind.SPEND_PERCENT)
            off = percent_of(rest, rule.value) if percent else min(rule.value, rest)
            if off > most:
                best, most = rule, off
        if best is not None:
            _take(best, most, list(range(len(lines))), lines, cuts, left)
            given.append(_given(best, most, 1))


def _group(rule: Promotion) -> Group:
    counts = tuple(part.count for part in rule.goods)
    single = rule.kind in (Kind.PERCENT, Kind.AMOUNT, Kind.FIXED)
    kind = "single" if single else rule.kind.value
    return Group(kind, rule.value, rule.buy, rule.pay, rule.spend, counts, rule.limit)


def _part(rule: Promotion, line: Line) -> int | None:
    """Which part of a rule's goods a line is; the first that holds it."""
    if rule.price_lists and line.price_list not in rule.price_lists:
        return None
    if not rule.goods:
        return 0
    for place, part in enumerate(rule.goods):
        if part.hold(line.sku, line.department):
            return place
    return None


def _likeness(line: Line, gross: int) -> tuple[object, ...]:
    """What pieces of two lines must share to be interchangeable; sorts the dearest first."""
    whole = line.unit == PIECE and not line.label_price
    amount, weighed = (line.unit_price, 0) if whole else (gross, line.qty)
    more = (line.department, line.price_list, line.unit, line.unit_price)
    return (-amount, line.sku, line.tax_code, weighed, *more)


def _off(rule: Promotion, line: Line, amount: int, *, whole: bool) -> int:
    """What a rule for single pieces takes off a piece, or off a weighed line."""
    if rule.kind == Kind.PERCENT:
        return percent_of(amount, rule.value)
    value = rule.value
    if not whole and line.unit != PIECE:
        value = (line.qty * value + MILLI // 2) // MILLI
    return min(value, amount) if rule.kind == Kind.AMOUNT else max(0, amount - value)


def _given(rule: Promotion, amount: int, times: int) -> GivenPromotion:
    name, version = rule.promotion_id, rule.version
    return GivenPromotion(name, version, rule.label, amount, times, rule.coupon, rule.of_basket)


def _take(
    rule: Promotion,
    amount: int,
    places: list[int],
    lines: Sequence[Line],
    cuts: list[list[Cut]],
    left: list[int],
) -> None:
    """Spreads what a rule takes off over lines, by what is left of them."""
    if len(places) == 1:
        shares = [amount]
    else:
        shares = spread(amount, [left[each] for each in places], [lines[each] for each in places])
    for place, share in zip(places, shares, strict=True):
        if share:
            left[place] -= share
            whole = rule.of_basket
            cuts[place].append(Cut(rule.promotion_id, rule.version, rule.label, share, whole))
