"""What a basket costs: the one pricing and tax engine, used by till and hub alike.

The order of work, and where each fraction of a minor unit goes:

1. `gross` of a line = quantity x price, half up.
2. Line discounts, one after the other, each off what is left: a percentage half up, an amount
   never more than is left.
3. Basket discounts the same way off the sum of what is left, then spread over the lines by
   largest remainder. Ties go by what a line *is* (sku, label, price, quantity), never by its
   place: scanning in another order changes no total, no tax row and no product's share.
4. Tax of a line, or of all lines of a tax code (`TaxRounding`), half up, taken out of the
   amount (prices with tax) or put on top of it. Per receipt, the lines' shares are spread the
   same way as a discount, so they sum to the row exactly.

Whole numbers only; all of it is linear in the number of lines (one sort where cents are left).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
)
from pos_app.domain.errors import Refused
from pos_app.domain.money import MILLI
from pos_app.domain.tax import PPM, TaxRate, TaxRounding, TaxRules


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its arithmetic done, minor units; discounts are positive."""

    line_id: int
    gross: int
    line_discount: int
    basket_discount: int
    """This line's share of the basket's discounts."""
    total: int
    """gross less both discounts: with tax or without, as the prices are."""
    net: int
    tax: int
    rate_ppm: int
    tax_code: str
    discounts: tuple[int, ...] = ()
    """What each of the line's own discounts took off, in their order."""


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
    """What each of the basket's discounts took off, in their order."""


def price(basket: Basket, rules: TaxRules) -> Priced:
    """What `basket` costs on its business date.

    Raises Refused("tax_rate_missing"), and Refused("amount_out_of_range" |
    "quantity_out_of_range" | "discount_out_of_range" | "basket_full") for figures no till can
    have made.
    """
    lines = basket.lines
    if len(lines) > LINES_MAX:
        raise Refused("basket_full", limit=LINES_MAX)
    gross: list[int] = []
    left: list[int] = []
    taken: list[tuple[int, ...]] = []
    for line in lines:
        amount = _gross(line)
        gross.append(amount)
        if line.discounts:
            cuts = _cuts(amount, line.discounts)
            amount -= sum(cuts)
            taken.append(cuts)
        else:
            taken.append(())
        left.append(amount)
    whole = sum(gross)
    if whole > AMOUNT_MAX:
        raise Refused("amount_out_of_range", limit=AMOUNT_MAX)

    total = left
    basket_cuts: tuple[int, ...] = ()
    if basket.discounts:
        basket_cuts = _cuts(sum(left), basket.discounts)
        for cut in basket_cuts:
            shares = _spread(cut, total, lines)
            total = [amount - share for amount, share in zip(total, shares, strict=True)]

    rates: dict[str, TaxRate] = {}
    for line in lines:
        if line.tax_code not in rates:
            rates[line.tax_code] = rules.rate_on(line.tax_code, basket.business_date)
    tax = _taxes(lines, total, rates, rules)
    return _sum_up(basket, rules, rates, gross, left, total, tax, taken, basket_cuts)


def _gross(line: Line) -> int:
    if not 0 < line.qty <= QTY_MAX:
        raise Refused("quantity_out_of_range", limit=QTY_MAX, unit=line.unit)
    if not 0 <= line.unit_price <= UNIT_PRICE_MAX:
        raise Refused("amount_out_of_range", limit=UNIT_PRICE_MAX)
    return (line.qty * line.unit_price + MILLI // 2) // MILLI


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


def _spread(amount: int, weights: list[int], lines: Sequence[Line]) -> list[int]:
    """`amount` over `lines` in proportion to `weights`: largest remainder, ties by content.

    No share is more than its weight as long as `amount` is not more than their sum.
    """
    total = sum(weights)
    if not amount or not total:
        return [0] * len(weights)
    shares = [amount * weight // total for weight in weights]
    missing = amount - sum(shares)
    if missing:

        def rank(place: int) -> tuple[int, str, str, str, int, int, int]:
            line = lines[place]
            rest = amount * weights[place] % total
            return (
                -rest,
                line.sku,
                line.label,
                line.tax_code,
                line.unit_price,
                line.qty,
                weights[place],
            )

        for place in sorted(range(len(weights)), key=rank)[:missing]:
            shares[place] += 1
    return shares


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
        shares = _spread(whole, weights, [lines[place] for place in where])
        for place, share in zip(where, shares, strict=True):
            tax[place] = share
    return tax


def _sum_up(
    basket: Basket,
    rules: TaxRules,
    rates: dict[str, TaxRate],
    gross: list[int],
    left: list[int],
    total: list[int],
    tax: list[int],
    taken: list[tuple[int, ...]],
    basket_cuts: tuple[int, ...],
) -> Priced:
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
                gross[place] - left[place],
                left[place] - amount,
                amount,
                net,
                line_tax,
                rates[line.tax_code].rate_ppm,
                line.tax_code,
                taken[place],
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
        discounts=basket_cuts,
    )
