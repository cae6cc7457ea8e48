"""From what was worked out to what is journalled: the rows of a sale's fact and of its reverse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pos_app.domain.basket import Basket, Discount, DiscountKind, Override
from pos_app.domain.pricing import Priced, TaxTotal
from pos_app.domain.promotion import Cut
from pos_app.domain.returns import Back, RefundFigures, Sold
from pos_app.domain.sale import Figures
from pos_app.domain.tender import Payment
from sync.protocol import (
    FactDiscount,
    FactLine,
    FactOverride,
    FactPayment,
    FactPoints,
    FactPromo,
    FactReward,
    FactTax,
    Refunded,
    RefundedLine,
    Sale,
    Voided,
)

Stamp = dict[str, Any]
"""What `Transaction.stamp` gives: the fields every fact has."""


def sale_fact(
    stamp: Stamp,
    basket: Basket,
    figures: Figures,
    basis: Mapping[str, int] | None = None,
    points: tuple[FactPoints, Mapping[int, int]] | None = None,
) -> Sale:
    """The one fact of a sale, with everything its receipt and its books need.

    `basis` is the feed position of the promotions it was priced under; `points` what it does to
    its customer's points, and how many each line brings.
    """
    priced = figures.priced
    return Sale(
        **stamp,
        currency=basket.currency,
        opened=basket.opened_at,
        lines=_lines(basket, priced, stamp["actor"], points[1] if points else {}),
        taxes=[_tax(row) for row in priced.taxes],
        payments=[_payment(payment) for payment in figures.payments],
        gross=priced.gross,
        discount=priced.discount,
        net=priced.net,
        tax=priced.tax,
        total=priced.total,
        payable=figures.payable,
        rounding=figures.rounding,
        change=figures.change,
        tax_included=priced.tax_included,
        tax_rounding=priced.tax_rounding,
        disc=_discounts(basket.discounts, priced.discounts[: len(basket.discounts)])
        + _as_discounts(basket, priced, stamp["actor"]),
        note=basket.note,
        promo=[
            FactPromo(
                *(row.promotion_id, row.version, row.label, row.amount),
                *(row.times, row.coupon, row.whole),
            )
            for row in priced.promotions
        ],
        coupons=list(basket.coupons),
        promo_basis=dict(basis or {}),
        rewards=_rewards(basket, priced),
        points=points[0] if points else None,
        customer=basket.customer.customer if basket.customer else "",
        exchange=basket.bringing.refund_id if basket.bringing else "",
        groups=list(basket.customer.groups) if basket.customer else [],
    )


def voided_fact(stamp: Stamp, sale: Sale, negative: Figures, reason: str) -> Voided:
    """The counter-document of a whole sale; `negative` is `domain.sale.reverse` of its figures."""
    priced = negative.priced
    lines = [
        FactLine(
            line=row.line,
            sku=row.sku,
            label=row.label,
            qty=-row.qty,
            unit_price=row.unit_price,
            gross=line.gross,
            total=line.total,
            tax_code=row.tax_code,
            rate_ppm=row.rate_ppm,
            net=line.net,
            tax=line.tax,
            variant=row.variant,
            unit=row.unit,
            code=row.code,
            custom=row.custom,
            disc=[
                FactDiscount(
                    given.kind, given.value, amount, given.reason, given.by, given.approved_by
                )
                for given, amount in zip(row.disc, line.discounts, strict=True)
            ],
            basket_disc=line.basket_discount,
            price_list=row.price_list,
            note=row.note,
            promo=[_promo(cut) for cut in line.promotions],
            department=row.department,
            override=row.override,
            label_price=-row.label_price,
            lot=row.lot,
            expiry=row.expiry,
            serial=row.serial,
            order=row.order,
            value=row.value,
            points=-row.points,
        )
        for row, line in zip(sale.lines, priced.lines, strict=True)
    ]
    return Voided(
        **stamp,
        sale=sale.id,
        sale_doc=sale.doc_no,
        currency=sale.currency,
        lines=lines,
        taxes=[_tax(row) for row in priced.taxes],
        payments=[_payment(payment) for payment in negative.payments],
        net=priced.net,
        tax=priced.tax,
        total=priced.total,
        payable=negative.payable,
        reason=reason,
        rounding=negative.rounding,
    )


def refunded_fact(stamp: Stamp, sale: Sold, figures: RefundFigures, **more: Any) -> Refunded:
    """The document that takes lines of a sale back; `more` is what only a refund says."""
    return Refunded(
        **stamp,
        sale=sale.id,
        sale_doc=sale.doc_no,
        sale_date=sale.biz_date,
        sale_store=sale.store,
        sale_till=sale.till,
        currency=sale.currency,
        lines=[_back(number, row) for number, row in enumerate(figures.lines, 1)],
        taxes=[_tax(row) for row in figures.taxes],
        payments=[_payment(payment) for payment in figures.payments],
        gross=figures.gross,
        discount=figures.discount,
        net=figures.net,
        tax=figures.tax,
        total=figures.total,
        payable=figures.payable,
        rounding=figures.rounding,
        tax_included=sale.tax_included,
        **more,
    )


def _back(number: int, row: Back) -> RefundedLine:
    source = row.source
    return RefundedLine(
        line=number,
        of=source.line,
        sku=source.sku,
        label=source.label,
        qty=row.qty,
        unit_price=source.unit_price,
        gross=row.gross,
        total=row.total,
        tax_code=source.tax_code,
        rate_ppm=source.rate_ppm,
        net=row.net,
        tax=row.tax,
        sold=source.qty,
        before=row.before,
        reason=row.reason,
        condition=row.condition,
        variant=source.variant,
        unit=source.unit,
        custom=source.custom,
        basket_disc=row.basket_disc,
    )


def _rewards(basket: Basket, priced: Priced) -> list[FactReward]:
    return [
        FactReward(
            *(reward.reward, reward.programme, reward.version, reward.points, amount),
            *(reward.account, reward.right, list(reward.lines), reward.label),
        )
        for reward, amount in zip(basket.rewards, _cuts(basket, priced), strict=True)
    ]


def _as_discounts(basket: Basket, priced: Priced, actor: str) -> list[FactDiscount]:
    """The same as discounts of the whole sale, for everybody who adds those up."""
    return [
        FactDiscount(
            str(DiscountKind.REWARD), each.points, amount, each.reward, actor, each.approved_by
        )
        for each, amount in zip(basket.rewards, _cuts(basket, priced), strict=True)
    ]


def _cuts(basket: Basket, priced: Priced) -> tuple[int, ...]:
    """What each reward took off: they stand after the basket's discounts."""
    return priced.discounts[len(basket.discounts) :]


def _lines(basket: Basket, priced: Priced, actor: str, earned: Mapping[int, int]) -> list[FactLine]:
    return [
        FactLine(
            line=line.line_id,
            sku=line.sku,
            label=line.label,
            qty=line.qty,
            unit_price=line.unit_price,
            gross=worth.gross,
            total=worth.total,
            tax_code=line.tax_code,
            rate_ppm=worth.rate_ppm,
            net=worth.net,
            tax=worth.tax,
            variant=line.variant,
            unit=line.unit,
            code=line.code,
            custom=line.custom,
            disc=_discounts(line.discounts, worth.discounts),
            basket_disc=worth.basket_discount,
            price_list=line.price_list,
            age_checked=line.age_checked,
            note=line.note,
            promo=[_promo(cut) for cut in worth.promotions],
            department=line.department,
            override=_override(line.override),
            label_price=line.label_price,
            lot=line.lot,
            expiry=line.expiry,
            serial=line.serial,
            by=line.by if line.by != actor else "",
            order=line.order,
            value=line.value,
            points=earned.get(line.line_id, 0),
        )
        for line, worth in zip(basket.lines, priced.lines, strict=True)
    ]


def _discounts(given: tuple[Discount, ...], amounts: tuple[int, ...]) -> list[FactDiscount]:
    return [
        FactDiscount(
            kind=str(discount.kind),
            value=discount.value,
            amount=amount,
            reason=discount.reason,
            by=discount.given_by,
            approved_by=discount.approved_by,
        )
        for discount, amount in zip(given, amounts, strict=True)
    ]


def _promo(cut: Cut) -> FactPromo:
    whole = cut.whole
    return FactPromo(cut.promotion_id, cut.version, cut.label, cut.amount, whole=whole)


def _override(given: Override | None) -> FactOverride | None:
    if given is None:
        return None
    return FactOverride(given.price_from, given.reason, given.given_by, given.approved_by)


def _tax(row: TaxTotal) -> FactTax:
    return FactTax(
        code=row.code,
        rate_ppm=row.rate_ppm,
        net=row.net,
        tax=row.tax,
        gross=row.gross,
        label=row.label,
        exempt=row.exempt,
    )


def _payment(payment: Payment) -> FactPayment:
    return FactPayment(
        tender=payment.tender,
        amount=payment.amount,
        given=payment.given,
        change=payment.change,
        ref=payment.reference,
        auth=payment.auth,
        last4=payment.last4,
        terminal=payment.terminal,
        account=payment.account,
        right=payment.right,
        left=payment.left,
    )
