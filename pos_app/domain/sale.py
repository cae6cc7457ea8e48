"""A closed sale: its figures, their check by whoever receives it, and their exact reverse.

The documents themselves are facts of the protocol, which this room does not know; any
structure with the same names fits (`Document`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

from pos_app.domain.basket import Basket, Discount, DiscountKind, Line, Override
from pos_app.domain.document import DiscountRow, Document, OverrideRow, PromoRow, RewardRow
from pos_app.domain.errors import PosError
from pos_app.domain.member import Attached, Reward
from pos_app.domain.pricing import Priced, PricedLine, TaxTotal, price
from pos_app.domain.promotion import Cut, GivenPromotion, Outcome, Promotions
from pos_app.domain.tax import TaxRate, TaxRounding, TaxRules
from pos_app.domain.tender import Payment, settle


@dataclass(frozen=True, slots=True)
class Figures:
    """Every amount a sale's document states, minor units."""

    priced: Priced
    payments: tuple[Payment, ...]
    payable: int
    """total + rounding: what was paid."""
    rounding: int
    change: int


def basket_of(document: Document) -> Basket:
    """The basket a sale was made from, read back from its document.

    Raises ValueError for a discount kind nobody knows.
    """
    lines = tuple(
        Line(
            line_id=row.line,
            sku=row.sku,
            label=row.label,
            qty=row.qty,
            unit_price=row.unit_price,
            tax_code=row.tax_code,
            variant=row.variant,
            unit=row.unit,
            code=row.code,
            price_list=row.price_list,
            custom=row.custom,
            discounts=tuple(_discount(given) for given in row.disc),
            department=row.department,
            override=_override(row.override),
            label_price=row.label_price,
            lot=row.lot,
            expiry=row.expiry,
            serial=row.serial,
            order=row.order,
            value=row.value,
        )
        for row in document.lines
    )
    return Basket(
        basket_id=document.id,
        currency=document.currency,
        opened_at=document.opened,
        business_date=document.biz_date,
        lines=lines,
        discounts=tuple(
            _discount(given) for given in document.disc if given.kind != DiscountKind.REWARD
        ),
        rewards=tuple(map(_reward, document.rewards)),
        next_line=max((line.line_id for line in lines), default=0) + 1,
        coupons=tuple(document.coupons),
        customer=_customer(document),
    )


def _customer(document: Document) -> Attached | None:
    """Whom it was sold to: no more of them than their groups is in a document."""
    if not document.customer:
        return None
    return Attached(document.customer, "", "", groups=tuple(document.groups))


def _reward(row: RewardRow) -> Reward:
    return Reward(
        *(row.reward, row.programme, row.version, row.label, row.points, row.amount),
        *(row.account, row.right, tuple(row.lines)),
    )


def _override(row: OverrideRow | None) -> Override | None:
    return None if row is None else Override(row.price_from, row.reason, row.by, row.approved_by)


def _cut(row: PromoRow) -> Cut:
    return Cut(row.id, row.version, row.label, row.amount, row.whole)


def _discount(row: DiscountRow) -> Discount:
    return Discount(DiscountKind(row.kind), row.value, row.reason, row.by, row.approved_by)


def figures_of(document: Document) -> Figures:
    """What a document states, as figures to compare or to reverse."""
    lines = []
    for row in document.lines:
        taken = tuple(given.amount for given in row.disc)
        promotions = tuple(map(_cut, row.promo))
        offered = row.gross - sum(cut.amount for cut in promotions)
        lines.append(
            PricedLine(
                row.line,
                row.gross,
                offered - row.total - row.basket_disc,
                row.basket_disc,
                row.total,
                row.net,
                row.tax,
                row.rate_ppm,
                row.tax_code,
                taken,
                promotions,
            )
        )
    taxes = tuple(
        TaxTotal(row.code, row.label, row.rate_ppm, row.exempt, row.net, row.tax, row.gross)
        for row in document.taxes
    )
    priced = Priced(
        currency=document.currency,
        lines=tuple(lines),
        taxes=taxes,
        gross=document.gross,
        discount=document.discount,
        net=document.net,
        tax=document.tax,
        total=document.total,
        tax_included=document.tax_included,
        tax_rounding=document.tax_rounding,
        discounts=tuple(given.amount for given in document.disc),
        promotions=tuple(
            GivenPromotion(
                *(row.id, row.version, row.label, row.amount, row.times, row.coupon, row.whole)
            )
            for row in document.promo
        ),
    )
    payments = tuple(
        Payment(
            *(row.tender, row.amount, row.given, row.change),
            *(row.ref, row.auth, row.last4, row.terminal, row.account, row.right),
        )
        for row in document.payments
    )
    return Figures(priced, payments, document.payable, document.rounding, document.change)


def figures(priced: Priced, payments: tuple[Payment, ...]) -> Figures:
    """The figures of a sale that is about to be written: a priced basket and its payments."""
    standing = settle(priced.total, payments, priced.currency)
    return Figures(priced, payments, standing.payable, standing.rounding, standing.change)


def differences(basket: Basket, rules: TaxRules, stated: Figures) -> list[str]:
    """Each figure of an arrived sale that our own arithmetic does not give, in words and numbers.

    Two questions, kept apart: do the rates and the rounding agree with `rules` (a till may have
    sold under rules the receiver no longer has), and is the arithmetic right *under the rates
    the document states*. Empty means equal to the last minor unit. Nothing is raised: what
    cannot be computed is a difference by itself.
    """
    found = list(_rule_differences(basket, rules, stated.priced))
    try:
        ours = priced_again(basket, stated.priced)
        found += _figure_differences(stated, ours)
    except PosError as cause:
        found.append(f"not computable: {cause}")
    return found


def priced_again(basket: Basket, stated: Priced) -> Priced:
    """What a basket costs under the rates and promotions that a document states."""
    return price(basket, _stated_rules(stated), stated_outcome(stated))


def stated_outcome(priced: Priced) -> Outcome:
    """What promotions took off, as a document states it."""
    return Outcome(tuple(line.promotions for line in priced.lines), priced.promotions)


def promotion_differences(basket: Basket, promotions: Promotions, stated: Priced) -> list[str]:
    """Where a document's promotions are not what `promotions` give its basket, in words and numbers.

    Compared is what each promotion took off in sum: where two outcomes are equally good, till and
    receiver may have spread them in another way, and nobody lost a cent.
    """
    gross = [line.gross for line in stated.lines]
    ours = promotions.of_basket(basket, gross)
    said = sum(line.promotion for line in stated.lines)
    right = sum(each.amount for each in ours.given)
    found = []
    if said != right:
        names = ", ".join(f"{each.promotion_id}.{each.version}" for each in ours.given) or "none"
        found.append(f"promotions: {said}, should be {right} ({names})")
    by_line: dict[tuple[str, int], int] = {}
    for line in stated.lines:
        for cut in line.promotions:
            key = (cut.promotion_id, cut.version)
            by_line[key] = by_line.get(key, 0) + cut.amount
    by_sale = {(each.promotion_id, each.version): each.amount for each in stated.promotions}
    found += [
        f"promotion {name}.{version}: {by_sale.get((name, version), 0)}, its lines say {amount}"
        for (name, version), amount in sorted(by_line.items())
        if by_sale.get((name, version), 0) != amount
    ]
    return found


def _stated_rules(priced: Priced) -> TaxRules:
    rates = {line.tax_code: line.rate_ppm for line in priced.lines}
    rows = {row.code: row for row in priced.taxes}
    return TaxRules(
        tuple(
            TaxRate(code, rate, *(() if code not in rows else (rows[code].label,)))
            for code, rate in rates.items()
        ),
        priced.tax_included,
        TaxRounding.RECEIPT if priced.tax_rounding == TaxRounding.RECEIPT else TaxRounding.LINE,
    )


def _rule_differences(basket: Basket, rules: TaxRules, stated: Priced) -> Iterator[str]:
    if stated.tax_included != rules.prices_include_tax:
        yield f"tax_included: {stated.tax_included}, should be {rules.prices_include_tax}"
    if stated.tax_rounding != rules.rounding:
        yield f"tax_rounding: {stated.tax_rounding}, should be {rules.rounding}"
    due = {line.line_id for line in basket.lines if line.fixed}
    codes = {line.tax_code: line.rate_ppm for line in stated.lines if line.line_id not in due}
    exempt = {row.code: row.exempt for row in stated.taxes}
    for code, rate_ppm in sorted(codes.items()):
        try:
            rate = rules.rate_on(code, basket.business_date)
        except PosError:
            yield f"tax {code}: no such code on {basket.business_date}"
            continue
        if rate.rate_ppm != rate_ppm:
            yield f"tax {code} rate_ppm: {rate_ppm}, should be {rate.rate_ppm}"
        if exempt.get(code, rate.exempt) != rate.exempt:
            yield f"tax {code} exempt: {exempt[code]}, should be {rate.exempt}"


_LINE_FIGURES = tuple(field.name for field in fields(PricedLine))
_TAX_FIGURES = ("rate_ppm", "net", "tax", "gross")
_SUM_FIGURES = ("currency", "gross", "discount", "net", "tax", "total", "discounts")
_PAID_FIGURES = ("payable", "rounding", "change")


def _figure_differences(stated: Figures, ours: Priced) -> Iterator[str]:
    theirs = stated.priced
    if len(theirs.lines) != len(ours.lines):
        yield f"lines: {len(theirs.lines)}, should be {len(ours.lines)}"
    for said, right in zip(theirs.lines, ours.lines, strict=False):
        yield from _compare(f"line {right.line_id} ", said, right, _LINE_FIGURES)
    if [row.code for row in theirs.taxes] != [row.code for row in ours.taxes]:
        codes = [[row.code for row in table] for table in (theirs.taxes, ours.taxes)]
        yield f"taxes: {codes[0]}, should be {codes[1]}"
    else:
        for tax_said, tax_right in zip(theirs.taxes, ours.taxes, strict=True):
            yield from _compare(f"tax {tax_right.code} ", tax_said, tax_right, _TAX_FIGURES)
    yield from _compare("", theirs, ours, _SUM_FIGURES)
    yield from _payment_differences(stated, ours)


def _payment_differences(stated: Figures, ours: Priced) -> Iterator[str]:
    for place, payment in enumerate(stated.payments, 1):
        if payment.given and payment.given - payment.change != payment.amount:
            yield (
                f"payment {place} amount: {payment.amount}, "
                f"should be {payment.given - payment.change}"
            )
    right = figures(ours, stated.payments)
    if not settle(ours.total, stated.payments, ours.currency).complete:
        yield f"paid: {sum(payment.amount for payment in stated.payments)}, total {ours.total}"
    yield from _compare("", stated, right, _PAID_FIGURES)


def _compare(where: str, said: object, right: object, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        one, other = getattr(said, name), getattr(right, name)
        if one != other:
            yield f"{where}{name}: {one}, should be {other}"


def reverse(sale: Figures) -> Figures:
    """The figures of the document that takes a whole sale back.

    Every amount is the sale's with its sign turned, cash rounding included: nothing is computed
    again, so the two always sum to zero in every figure.
    """
    priced = sale.priced
    lines = tuple(
        replace(
            line,
            gross=-line.gross,
            line_discount=-line.line_discount,
            basket_discount=-line.basket_discount,
            total=-line.total,
            net=-line.net,
            tax=-line.tax,
            discounts=tuple(-cut for cut in line.discounts),
            promotions=tuple(replace(cut, amount=-cut.amount) for cut in line.promotions),
        )
        for line in priced.lines
    )
    taxes = tuple(
        replace(row, net=-row.net, tax=-row.tax, gross=-row.gross) for row in priced.taxes
    )
    payments = tuple(
        replace(payment, amount=-payment.amount, given=-payment.given, change=-payment.change)
        for payment in sale.payments
    )
    return Figures(
        replace(
            priced,
            lines=lines,
            taxes=taxes,
            gross=-priced.gross,
            discount=-priced.discount,
            net=-priced.net,
            tax=-priced.tax,
            total=-priced.total,
            discounts=tuple(-cut for cut in priced.discounts),
            promotions=tuple(replace(row, amount=-row.amount) for row in priced.promotions),
        ),
        payments,
        -sale.payable,
        -sale.rounding,
        -sale.change,
    )
