"""An order of Vendure in our shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.hub.channels import reading as read
from sync.hub.channels import vendure_words as words
from sync.hub.channels.adapter import Settings
from sync.hub.channels.canonical import (
    AUTHORIZED,
    PAID,
    PARTIALLY_REFUNDED,
    PENDING,
    REFUNDED,
    VOIDED,
    ChannelAttribution,
    ChannelConsent,
    ChannelCustomer,
    ChannelFulfilment,
    ChannelLine,
    ChannelOrder,
    ChannelPayment,
    ChannelRefund,
)


def canonical(found: Mapping[str, Any], settings: Settings) -> ChannelOrder:
    """Raises ValueError for what is no placed order."""
    external_id, version = read.text(found.get("id"), 200), words.version(found)
    placed, state = read.moment(found.get("orderPlacedAt")), read.text(found.get("state"))
    if not external_id or not version or not placed:
        raise ValueError("an order that was not placed")
    cancelled = state == "Cancelled"
    lines = _lines(found, cancelled=cancelled)
    extra = sum(words.whole(one.get("priceWithTax")) for one in read.rows(found, "surcharges"))
    shipping = words.whole(found.get("shippingWithTax")) + extra
    goods = sum(one.gross for one in lines) + shipping
    # Of a cancelled one the shop says 0: what it was is worth more.
    total = goods if cancelled else words.whole(found.get("totalWithTax"))
    customer = read.mapping(found, "customer")
    names = (customer.get("firstName"), customer.get("lastName"))
    custom = read.mapping(found, "customFields")
    tax = words.whole(found.get("totalWithTax")) - words.whole(found.get("total"))
    return ChannelOrder(
        channel=settings.channel,
        external_id=external_id,
        external_name=read.text(found.get("code"), 80) or external_id,
        external_version=version,
        placed_at=placed,
        state="cancelled" if cancelled else "completed" if state in words.GONE else "open",
        currency=read.currency(found.get("currencyCode"), settings.currency),
        lines=lines,
        payment=_payment(found, settings, total, cancelled=cancelled),
        shipping=shipping,
        total=total,
        tax_total=sum(one.tax for one in lines) if cancelled else tax,
        rounding=total - goods,
        fulfilled=_fulfilled(lines),
        customer=ChannelCustomer(
            email=read.text(customer.get("emailAddress"), 254),
            phone=read.text(customer.get("phoneNumber"), 40),
            name=" ".join(one for one in (read.text(each, 60) for each in names) if one),
            external_id=read.text(customer.get("id"), 120),
        ),
        consent=ChannelConsent(email=read.consent(custom.get("consent"))),
        fulfilment=_way(found, settings, custom),
        attribution=ChannelAttribution(
            **{
                name: read.text(custom.get(name), read.ATTRIBUTION_MAX)
                for name in ("source", "medium", "campaign", "landing", "referrer", "device")
            }
        ),
        coupons=read.texts(found.get("couponCodes")),
        refunds=tuple(_refunds(found)),
    )


def _lines(found: Mapping[str, Any], *, cancelled: bool) -> tuple[ChannelLine, ...]:
    """Lines with goods in them; of a cancelled order those that it was placed with."""
    gone = words.fulfilled(found, words.GONE)
    back: dict[str, int] = {}
    for payment in read.rows(found, "payments"):
        for refund in read.rows(payment, "refunds"):
            for line, count in words.counted(refund) if refund.get("state") != "Failed" else ():
                back[line] = back.get(line, 0) + count
    lines = []
    for row in read.rows(found, "lines"):
        line, count = read.text(row.get("id"), 200), words.whole(row.get("quantity"))
        gross, net = words.whole(row.get("proratedLinePriceWithTax")), row.get("proratedLinePrice")
        tax = gross - words.whole(net)
        if cancelled and not count:
            count = words.whole(row.get("orderPlacedQuantity"))
            gross, tax = count * words.whole(row.get("proratedUnitPriceWithTax")), 0
        if not count:
            continue
        variant = read.mapping(row, "productVariant")
        unit = words.whole(row.get("unitPriceWithTax"))
        lines.append(
            ChannelLine(
                external_line_id=line,
                sku=read.text(variant.get("sku"), 120),
                title=read.text(variant.get("name"), 200),
                qty=count * 1_000,
                list_unit=unit,
                gross=gross,
                discount=count * unit - gross,
                tax=tax,
                tax_rate_ppm=read.percent_ppm(row.get("taxRate")),
                barcode=read.text(read.mapping(variant, "customFields").get("barcode"), 80),
                fulfilled=gone.get(line, 0) * 1_000,
                returned=back.get(line, 0) * 1_000,
            )
        )
    if not lines and not cancelled:
        raise ValueError("an order without lines")
    return tuple(lines)


def _fulfilled(lines: tuple[ChannelLine, ...]) -> str:
    if not any(one.fulfilled for one in lines):
        return ""
    return "fulfilled" if all(one.fulfilled >= one.qty for one in lines) else "partial"


def _payment(
    found: Mapping[str, Any], settings: Settings, total: int, *, cancelled: bool
) -> ChannelPayment:
    """What is due is what is to be paid in the store.

    What a card only authorized is as good as paid: it is taken when the goods go.
    """
    store = words.listed(settings.options, "pay_in_store", "pay-in-store")
    held = [one for one in read.rows(found, "payments") if one.get("state") in _HELD]
    settled = sum(words.amount(one) for one in held if one.get("state") == "Settled")
    promised = sum(
        words.amount(one)
        for one in held
        if one.get("state") == "Authorized" and one.get("method") not in store
    )
    back = sum(one.amount for one in _refunds(found))
    paid = min(total, settled + promised)
    if settled and back >= settled:
        state = REFUNDED
    elif back:
        state = PARTIALLY_REFUNDED
    elif settled >= total:
        state = PAID
    elif cancelled:
        state = VOIDED
    else:
        state = AUTHORIZED if held else PENDING
    first = held[0] if held else {}
    return ChannelPayment(
        state=state,
        paid=paid,
        due=0 if cancelled else total - paid,
        method=read.text(first.get("method"), 80),
        transaction=read.text(first.get("transactionId"), 120),
    )


_HELD = ("Authorized", "Settled")


def _refunds(found: Mapping[str, Any]) -> list[ChannelRefund]:
    return [
        ChannelRefund(
            external_id=read.text(one.get("id"), 200),
            amount=words.total_of(one),
            reason=read.text(one.get("reason"), 200),
            lines=tuple((line, count * 1_000) for line, count in words.counted(one)),
        )
        for payment in read.rows(found, "payments")
        for one in read.rows(payment, "refunds")
        if one.get("state") != "Failed"
    ]


def _way(
    found: Mapping[str, Any], settings: Settings, custom: Mapping[str, Any]
) -> ChannelFulfilment:
    methods = {
        read.text(read.mapping(one, "shippingMethod").get("code"))
        for one in read.rows(found, "shippingLines")
    }
    pickup = words.listed(settings.options, "pickup_method", "store-pickup")
    if methods & set(pickup):
        return ChannelFulfilment("pickup", read.text(custom.get("pickup"), 120))
    to = read.mapping(found, "shippingAddress")
    parts = ("fullName", "company", "streetLine1", "streetLine2", "city", "province")
    given = [read.text(to.get(name), 120) for name in (*parts, "postalCode", "country")]
    return ChannelFulfilment("ship", address=tuple(one for one in given if one))
