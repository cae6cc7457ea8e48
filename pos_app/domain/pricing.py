"""What a basket costs: the one pricing and tax engine, used by till and hub alike.

The order of work, and where each fraction of a minor unit goes:

1. `gross` of a line = quantity x price, half up; a label's own price where it has one.
2. Promotions, as `domain.promotion` finds them, or as a document states them.
3. Line discounts, one after the other, each off what is left: a percentage half up, an amount
   never more than is left.
4. Basket discounts the same way off the sum of what is left, then spread over the lines by
   largest remainder. Ties go by what a line *is* (sku, label, price, quantity), never by its
   place: scanning in another order changes no total, no tax row and no product's share.
5. Rewards, which the customer paid for in points, last of all: each spread the same way over the
   lines that it may be taken off.
6. Tax of a line, or of all lines of a tax code (`TaxRounding`), half up, taken out of the
   amount (prices with tax) or put on top of it. Per receipt, the lines' shares are spread the
   same way as a discount, so they sum to the row exactly.

Manual discounts come after promotions, whatever was typed first. Whole numbers only; all of it
but the search for promotions is linear in the number of lines (one sort where cents are left).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pos_app.domain.basket import (
    AMOUNT_MAX,
    LINES_MAX,
    PERCENT_WHOLE,
    QTY_MAX,
    UNIT_PRICE_MAX,
    Basket,
    Discount,
    DiscountKind,
    Line,
    line_gross,
)
from pos_app.domain.errors import Refused
from pos_app.domain.member import Reward
from pos_app.domain.promotion import NO_PROMOTIONS, Cut, GivenPromotion, Outcome, Promotions
from pos_app.domain.shares import spread
from pos_app.domain.tax import PPM, TaxRate, TaxRounding, TaxRules


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its arithmetic done, minor units; discounts are positive."""

    line_id: int
    gross: int
    line_discount: int
    basket_discount: int
    """This line's share of the basket's discounts and of rewards."""
    total: int
    """gross less promotions and both discounts: with tax or without, as the prices are."""
    net: int
    tax: int
    rate_ppm: int
    tax_code: str
    discounts: tuple[int, ...] = ()
    """What each of the line's own discounts took off, in their order."""
    promotions: tuple[Cut, ...] = ()
    """What each promotion took off this line."""

    @property
    def promotion(self) -> int:
        """What promotions took off it together."""
        return sum(cut.amount for cut in self.promotions)


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """One row of a document's tax table: all lines of one tax code."""

    code: str
    label: str
    rate_ppm: int
    exempt: bool
    net: int
    tax: int
    gross: int
    """net + tax."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A priced basket. Always: `gross - discount = sum of line totals`, `net + tax = total`.

    With tax in the prices `total` is the sum of the line totals, without it `net` is.
    """

    currency: str
    lines: tuple[PricedLine, ...]
    """In the basket's order."""
    taxes: tuple[TaxTotal, ...]
    """Highest rate first, then by code."""
    gross: int
    discount: int
    net: int
    tax: int
    total: int
    """What the customer pays, tax in, before cash rounding."""
    tax_included: bool
    tax_rounding: str
    discounts: tuple[int, ...] = ()
    """What each of the basket's discounts took off, in their order, then each reward."""
    promotions: tuple[GivenPromotion, ...] = ()
    """What promotions took off it; part of `discount`."""


def price(
    basket: Basket, rules: TaxRules, promotions: Promotions | Outcome = NO_PROMOTIONS
) -> Priced:
    """What `basket` costs on its business date.

    `promotions` are the store's rules, or the outcome a document states.
    Raises Refused("tax_rate_missing"), and Refused("amount_out_of_range" |
    "quantity_out_of_range" | "discount_out_of_range" | "basket_full") for figures no till can
    have made.
    """
    if len(basket.lines) > LINES_MAX:
        raise Refused("basket_full", limit=LINES_MAX)
    if any(line.fixed for line in basket.lines):
        return _with_orders(basket, rules, promotions)
    return _goods(basket, rules, promotions)


def _goods(basket: Basket, rules: TaxRules, promotions: Promotions | Outcome) -> Priced:
    lines = basket.lines
    gross = [_gross(line) for line in lines]
    if sum(gross) > AMOUNT_MAX:
        raise Refused("amount_out_of_range", limit=AMOUNT_MAX)
    offered = gross
    outcome = promotions.of_basket(basket, gross) if promotions is not NO_PROMOTIONS else None
    if outcome is not None and any(outcome.cuts):
        offered = _less(gross, outcome)
    left: list[int] = []
    taken: list[tuple[int, ...]] = []
    for line, amount in zip(lines, offered, strict=True):
        if line.discounts:
            cuts = _cuts(amount, line.discounts)
            taken.append(cuts)
            left.append(amount - sum(cuts))
        else:
            taken.append(())
            left.append(amount)
    total = left
    basket_cuts: tuple[int, ...] = ()
    if basket.discounts:
        basket_cuts = _cuts(sum(left), basket.discounts)
        for cut in basket_cuts:
            shares = spread(cut, total, lines)
            total = [amount - share for amount, share in zip(total, shares, strict=True)]
    if basket.rewards:
        total, cuts = _rewarded(total, basket.rewards, lines)
        basket_cuts += cuts

    rates: dict[str, TaxRate] = {}
    for line in lines:
        if line.tax_code not in rates:
            rates[line.tax_code] = rules.rate_on(line.tax_code, basket.business_date)
    tax = _taxes(lines, total, rates, rules)
    work = _Work(gross, offered, left, total, tax, taken, basket_cuts, outcome)
    return _sum_up(basket, rules, rates, work)


def _with_orders(basket: Basket, rules: TaxRules, promotions: Promotions | Outcome) -> Priced:
    """The goods as ever, beside them what is due of orders or put on cards: no tax, nothing off."""
    lines = basket.lines
    if isinstance(promotions, Outcome):
        cuts = tuple(
            cut for line, cut in zip(lines, promotions.cuts, strict=True) if not line.fixed
        )
        promotions = Outcome(cuts, promotions.given)
    goods = replace(basket, lines=tuple(line for line in lines if not line.fixed))
    priced = _goods(goods, rules, promotions)
    sold = iter(priced.lines)
    found, due = [], 0
    for line in lines:
        if not line.fixed:
            found.append(next(sold))
            continue
        if line.discounts or line.tax_code:
            code = "value_line_fixed" if line.value else "order_line_fixed"
            raise Refused(code, name=line.label)
        amount = _gross(line)
        due += amount
        found.append(PricedLine(line.line_id, amount, 0, 0, amount, amount, 0, 0, ""))
    if priced.gross + due > AMOUNT_MAX:
        raise Refused("amount_out_of_range", limit=AMOUNT_MAX)
    return replace(
        priced,
        lines=tuple(found),
        gross=priced.gross + due,
        net=priced.net + due,
        total=priced.total + due,
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """The amounts of each line, step by step."""

    gross: list[int]
    offered: list[int]
    left: list[int]
    total: list[int]
    tax: list[int]
    taken: list[tuple[int, ...]]
    basket_cuts: tuple[int, ...]
    outcome: Outcome | None


def _gross(line: Line) -> int:
    if not 0 < line.qty <= QTY_MAX:
        raise Refused("quantity_out_of_range", limit=QTY_MAX, unit=line.unit)
    if not 0 <= line.unit_price <= UNIT_PRICE_MAX:
        raise Refused("amount_out_of_range", limit=UNIT_PRICE_MAX)
    if not 0 <= line.label_price <= UNIT_PRICE_MAX:
        raise Refused("amount_out_of_range", limit=UNIT_PRICE_MAX)
    return line_gross(line)


def _less(gross: list[int], outcome: Outcome) -> list[int]:
    """What is left of each line after promotions; a document may state anything."""
    left = []
    for amount, cuts in zip(gross, outcome.cuts, strict=True):
        off = sum(cut.amount for cut in cuts)
        if any(cut.amount < 0 for cut in cuts) or off > amount:
            raise Refused("discount_out_of_range", kind="promotion", limit=amount)
        left.append(amount - off)
    return left


def _cuts(amount: int, discounts: Sequence[Discount]) -> tuple[int, ...]:
    """What each discount takes off `amount`, one after the other; never below 0 together."""
    cuts = []
    for discount in discounts:
        value = discount.value
        if value < 0:
            raise Refused("discount_out_of_range", kind=str(discount.kind), limit=amount)
        if discount.kind == DiscountKind.PERCENT:
            value = (amount * value + PERCENT_WHOLE // 2) // PERCENT_WHOLE
        value = min(value, amount)
        cuts.append(value)
        amount -= value
    return tuple(cuts)


def _rewarded(
    total: list[int], rewards: Sequence[Reward], lines: Sequence[Line]
) -> tuple[list[int], tuple[int, ...]]:
    """What is left of each line after rewards, and what each of them took off."""
    cuts = []
    for reward in rewards:
        if reward.amount < 0:
            raise Refused("discount_out_of_range", kind="reward", limit=sum(total))
        weights = [
            amount if not reward.lines or line.line_id in reward.lines else 0
            for line, amount in zip(lines, total, strict=True)
        ]
        shares = spread(min(reward.amount, sum(weights)), weights, lines)
        total = [amount - share for amount, share in zip(total, shares, strict=True)]
        cuts.append(sum(shares))
    return total, tuple(cuts)


def tax_of(amount: int, rate_ppm: int, included: bool) -> int:
    """The tax in `amount`, or on top of it; half up. `amount` is not negative."""
    base = PPM + rate_ppm if included else PPM
    return (amount * rate_ppm * 2 + base) // (base * 2)


def _taxes(
    lines: Sequence[Line], total: list[int], rates: dict[str, TaxRate], rules: TaxRules
) -> list[int]:
    included = rules.prices_include_tax
    if rules.rounding == TaxRounding.LINE:
        return [
            tax_of(amount, rates[line.tax_code].rate_ppm, included)
            for line, amount in zip(lines, total, strict=True)
        ]
    places: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        places.setdefault(line.tax_code, []).append(place)
    tax = [0] * len(lines)
    for code, where in places.items():
        weights = [total[place] for place in where]
        whole = tax_of(sum(weights), rates[code].rate_ppm, included)
        shares = spread(whole, weights, [lines[place] for place in where])
        for place, share in zip(where, shares, strict=True):
            tax[place] = share
    return tax


def _sum_up(basket: Basket, rules: TaxRules, rates: dict[str, TaxRate], work: _Work) -> Priced:
    gross, offered, left, total, tax = work.gross, work.offered, work.left, work.total, work.tax
    cuts = work.outcome.cuts if work.outcome is not None else None
    included = rules.prices_include_tax
    rows: dict[str, list[int]] = {code: [0, 0] for code in rates}
    priced = []
    for place, line in enumerate(basket.lines):
        amount, line_tax = total[place], tax[place]
        net = amount - line_tax if included else amount
        row = rows[line.tax_code]
        row[0] += net
        row[1] += line_tax
        priced.append(
            PricedLine(
                line.line_id,
                gross[place],
                offered[place] - left[place],
                left[place] - amount,
                amount,
                net,
                line_tax,
                rates[line.tax_code].rate_ppm,
                line.tax_code,
                work.taken[place],
                cuts[place] if cuts is not None else (),
            )
        )
    taxes = [
        TaxTotal(
            code,
            rate.label,
            rate.rate_ppm,
            rate.exempt,
            rows[code][0],
            rows[code][1],
            sum(rows[code]),
        )
        for code, rate in rates.items()
    ]
    taxes.sort(key=lambda row: (-row.rate_ppm, row.code))
    net, whole_tax = sum(row.net for row in taxes), sum(tax)
    whole = sum(gross)
    return Priced(
        currency=basket.currency,
        lines=tuple(priced),
        taxes=tuple(taxes),
        gross=whole,
        discount=whole - sum(total),
        net=net,
        tax=whole_tax,
        total=net + whole_tax,
        tax_included=included,
        tax_rounding=str(rules.rounding),
        discounts=work.basket_cuts,
        promotions=work.outcome.given if work.outcome is not None else (),
    )
