"""A loyalty programme as data: what a sale earns, what points are worth, and when they end.

    got = earned(programme, sold)                    # line -> points
    for deal in deals(programme, having, pieces):    # what may be had for points now
        …
    back = reversal(lines, spent, before, qty)       # what a return does to them

**What a sale earns.** A line earns on what was paid for it, tax in, after every discount and reward.
Its factors (goods, tier, campaign, channel; percent, 100 is once) multiply exactly; all lines are
added up as fractions and rounded once, as the programme says; the points are then shared out over
the lines by largest remainder. So no order of scanning changes anything, and a sale in one line
earns as one in ten.

**What a return takes.** Each line keeps its points. What comes back of them is shared out by the
quantity that came back so far (`part`): in thirds or at once, all of it is all of it.

Till and hub use the same functions on the same data; the hub tells a person of a difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pos_app.domain.basket import PERCENT_WHOLE
from pos_app.domain.money import MILLI, Rounding, divide
from pos_app.domain.promotion_rule import Goods

ONCE = 100
"""A factor that changes nothing, percent."""
EVERY = Goods()
"""All goods."""
STORE = "store"
"""The channel of sales at tills."""


class TierBy(StrEnum):
    """What a tier is reached by, within the programme's `tier_months`."""

    POINTS = "points"
    SPEND = "spend"


class RewardKind(StrEnum):
    """What somebody gets for points."""

    AMOUNT = "amount"
    """`value` minor units off for each `points`, as many steps as fit."""
    PERCENT = "percent"
    """`value` basis points off the goods, once, for `points`."""
    PRODUCT = "product"
    """One piece of `goods` for `points`."""


@dataclass(frozen=True, slots=True)
class Factor:
    """Some goods earn more or less: percent, 100 is once, 0 is never."""

    goods: Goods
    percent: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """A time in which some goods earn more; of several that fit a line the best one counts."""

    campaign: str
    label: str
    percent: int
    valid_from: str = ""
    valid_to: str = ""
    """Business dates, inclusive; empty is open."""
    goods: Goods = EVERY
    stores: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tier:
    """A step of the programme; the first one has `reached` 0."""

    tier: str
    name: str
    reached: int
    """Points, or minor units, within the months."""
    percent: int = ONCE
    """What its members earn."""


@dataclass(frozen=True, slots=True)
class RewardRule:
    """Something to be had for points."""

    reward: str
    label: str
    kind: RewardKind
    points: int
    value: int = 0
    """Minor units a step, or basis points; nothing of a product."""
    goods: Goods = EVERY
    """What it may be had on; without any all goods."""
    most: int = 0
    """Minor units it takes off at most; 0 for no end."""
    minimum: int = 0
    """What the goods must cost, minor units."""
    tiers: tuple[str, ...] = ()
    combinable: bool = True
    """False: it stands alone among rewards."""


@dataclass(frozen=True, slots=True)
class Programme:
    """All rules of it, in force from one version to the next."""

    programme: str
    version: int
    name: str
    currency: str
    points: int = 1
    per: int = 100
    """`points` for each `per` minor units paid."""
    rounding: Rounding = Rounding.DOWN
    minimum: int = 0
    """A sale of less earns nothing, minor units."""
    factors: tuple[Factor, ...] = ()
    excluded: Goods | None = None
    """Goods that earn nothing and that no reward is had on."""
    campaigns: tuple[Campaign, ...] = ()
    channels: Mapping[str, int] = field(default_factory=dict)
    """Channel -> percent; one that is not named earns once."""
    tiers: tuple[Tier, ...] = ()
    tier_by: TierBy = TierBy.POINTS
    tier_months: int = 12
    rewards: tuple[RewardRule, ...] = ()
    expiry_months: int = 0
    """Points end so long after they were earned, the oldest first; 0 never."""
    birthday: int = 0
    """Points given on the birthday."""
    pending_days: int = 0
    """Days before what was earned may be spent."""
    offline_cap: int = 0
    """Points a till is granted at most when it prefetches for a basket; 0 for no end."""


@dataclass(frozen=True, slots=True)
class Earning:
    """A line of a sale, as much of it as its points need."""

    line: int
    sku: str
    department: str
    paid: int
    """What was paid for it, tax in, minor units."""
    counts: bool = True
    """False for what is due of an order, and for money put on a card."""


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale, as much of it as its points need."""

    day: str
    """Business date."""
    currency: str
    store: str
    tier: str
    lines: tuple[Earning, ...]
    channel: str = STORE


@dataclass(frozen=True, slots=True)
class Having:
    """What somebody may spend here, and who they are to the programme."""

    points: int
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of an open basket, priced after promotions and discounts, before rewards."""

    line: int
    sku: str
    department: str
    worth: int
    """Minor units, as prices are stated."""
    qty: int
    """Thousandths."""
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Deal:
    """A reward as it could be had now."""

    rule: RewardRule
    points: int
    amount: int
    lines: tuple[int, ...] = ()
    """The lines it may be taken off; without any all goods."""


def part(points: int, upto: int, of: int) -> int:
    """The points of `upto` of `of`, half up; all of it for all."""
    return points if upto >= of else divide(points * upto, of, Rounding.HALF_UP)


def earned(programme: Programme, sold: Sold) -> dict[int, int]:
    """Line -> points, only lines that earn any. Nothing in another currency than the programme's."""
    if sold.currency != programme.currency:
        return {}
    lines = [line for line in sold.lines if line.counts and line.paid > 0]
    if sum(line.paid for line in lines) < programme.minimum:
        return {}
    weights = {line.line: line.paid * _factor(programme, sold, line) for line in lines}
    exact = sum(weights.values()) * programme.points
    whole = divide(exact, programme.per * ONCE**4, programme.rounding)
    ties = {line.line: (line.sku, line.department, line.paid, line.line) for line in lines}
    return _shared(whole, weights, ties)


def _factor(programme: Programme, sold: Sold, line: Earning) -> int:
    """Percent of goods, tier, campaign and channel, multiplied."""
    if _is_excluded(programme, line.sku, line.department):
        return 0
    goods = _of_goods(programme.factors, line)
    tier = next((each.percent for each in programme.tiers if each.tier == sold.tier), ONCE)
    best = max(
        (each.percent for each in programme.campaigns if _runs(each, sold, line)), default=ONCE
    )
    return goods * tier * best * programme.channels.get(sold.channel, ONCE)


def _of_goods(factors: Sequence[Factor], line: Earning) -> int:
    """The factor of a line's goods: one that names the SKU before one that names the department."""
    department = ONCE
    for factor in factors:
        if line.sku in factor.goods.skus:
            return factor.percent
        if department == ONCE and line.department in factor.goods.departments:
            department = factor.percent
    return department


def _runs(campaign: Campaign, sold: Sold, line: Earning) -> bool:
    return (
        (not campaign.valid_from or campaign.valid_from <= sold.day)
        and (not campaign.valid_to or sold.day <= campaign.valid_to)
        and (not campaign.stores or sold.store in campaign.stores)
        and (not campaign.channels or sold.channel in campaign.channels)
        and (not campaign.tiers or sold.tier in campaign.tiers)
        and campaign.goods.hold(line.sku, line.department)
    )


def _is_excluded(programme: Programme, sku: str, department: str) -> bool:
    return programme.excluded is not None and programme.excluded.hold(sku, department)


def _shared(
    whole: int, weights: Mapping[int, int], ties: Mapping[int, tuple[object, ...]]
) -> dict[int, int]:
    """`whole` over lines in proportion to `weights`: largest remainder; lines of 0 are left out."""
    total = sum(weights.values())
    if not whole or not total:
        return {}
    shares = {line: whole * weight // total for line, weight in weights.items()}
    missing = whole - sum(shares.values())
    order = sorted(weights, key=lambda line: (-(whole * weights[line] % total), ties[line]))
    for line in order[:missing]:
        shares[line] += 1
    return {line: points for line, points in shares.items() if points}


# --- what points are worth ------------------------------------------------------------------


def deals(
    programme: Programme, having: Having, pieces: Sequence[Piece], taken: Sequence[str] = ()
) -> tuple[Deal, ...]:
    """What may be had for points on these goods beside the rewards already `taken`.

    `pieces` are priced with what is taken. In the programme's own order.
    """
    rules = {rule.reward: rule for rule in programme.rewards}
    alone = any(not rules[each].combinable for each in taken if each in rules)
    if alone or not pieces:
        return ()
    found = []
    for rule in programme.rewards:
        if rule.reward in taken or (taken and not rule.combinable):
            continue
        if rule.tiers and having.tier not in rule.tiers:
            continue
        deal = deal_of(programme, rule, having.points, pieces)
        if deal is not None:
            found.append(deal)
    return tuple(found)


def deal_of(
    programme: Programme, rule: RewardRule, points: int, pieces: Sequence[Piece]
) -> Deal | None:
    """The reward for at most so many points on these goods; None where it cannot be had."""
    goods = [
        piece
        for piece in pieces
        if piece.counts and not _is_excluded(programme, piece.sku, piece.department)
    ]
    if points < rule.points or sum(piece.worth for piece in goods) < rule.minimum:
        return None
    goods = [piece for piece in goods if rule.goods.hold(piece.sku, piece.department)]
    if rule.kind is RewardKind.PRODUCT:
        goods = sorted(goods, key=lambda piece: (-_of_one(piece), piece.line))[:1]
        worth = sum(map(_of_one, goods))
    else:
        worth = sum(piece.worth for piece in goods)
    most = min(worth, rule.most) if rule.most else worth
    cost, amount = rule.points, most
    if rule.kind is RewardKind.AMOUNT:
        steps = min(points // rule.points, most // rule.value)
        cost, amount = steps * rule.points, steps * rule.value
    elif rule.kind is RewardKind.PERCENT:
        amount = min(most, divide(worth * rule.value, PERCENT_WHOLE, Rounding.HALF_UP))
    if not amount:
        return None
    everywhere = len(goods) == sum(piece.counts for piece in pieces)
    lines = () if everywhere else tuple(sorted(piece.line for piece in goods))
    return Deal(rule, cost, amount, lines)


def _of_one(piece: Piece) -> int:
    """What one piece of a line costs; all of a line that is less than one."""
    if piece.qty <= MILLI:
        return piece.worth
    return divide(piece.worth * MILLI, piece.qty, Rounding.DOWN)


# --- what a return does ---------------------------------------------------------------------


class SoldLine(Protocol):
    """A line of a sale, as much of it as its points need."""

    # ruff: noqa: D102 - each property is the field of that name, documented in the protocol
    @property
    def line(self) -> int: ...
    @property
    def qty(self) -> int: ...
    @property
    def points(self) -> int: ...


class DiscountedLine(Protocol):
    """A line of a sale with its part of what was taken off the whole."""

    @property
    def line(self) -> int: ...
    @property
    def basket_disc(self) -> int: ...


class GivenReward(Protocol):
    """A reward of a sale."""

    @property
    def points(self) -> int: ...
    @property
    def lines(self) -> Sequence[int]: ...


@dataclass(frozen=True, slots=True)
class Reversal:
    """What coming back does to points, both positive."""

    taken: int
    """Of what the sale earned."""
    given: int
    """Of what was spent on it."""


def spent_on(lines: Sequence[DiscountedLine], rewards: Sequence[GivenReward]) -> dict[int, int]:
    """Line -> points that were spent on it: by what the rewards took off each."""
    found: dict[int, int] = {}
    weights = {line.line: max(line.basket_disc, 0) for line in lines}
    if not any(weights.values()):
        weights = {line.line: 1 for line in lines}
    ties: dict[int, tuple[object, ...]] = {line: (line,) for line in weights}
    for reward in rewards:
        own = {line: weights[line] for line in reward.lines if line in weights}
        if own and not any(own.values()):
            own = dict.fromkeys(own, 1)
        for line, points in _shared(reward.points, own or weights, ties).items():
            found[line] = found.get(line, 0) + points
    return found


def reversal(
    lines: Sequence[SoldLine],
    spent: Mapping[int, int],
    before: Mapping[int, int],
    back: Mapping[int, int],
) -> Reversal:
    """What it does to points that `back` comes back after `before` did (line -> thousandths).

    `spent` is what `spent_on` says of the sale. However a line comes back, its parts sum to its
    points exactly.
    """
    taken = given = 0
    for line in lines:
        qty = back.get(line.line, 0)
        if qty <= 0:
            continue
        was = min(before.get(line.line, 0), line.qty)
        upto = min(was + qty, line.qty)
        taken += part(line.points, upto, line.qty) - part(line.points, was, line.qty)
        mine = spent.get(line.line, 0)
        given += part(mine, upto, line.qty) - part(mine, was, line.qty)
    return Reversal(taken, given)
