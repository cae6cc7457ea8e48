"""An order of WooCommerce in our shape; amounts are its texts, net and tax of each line apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from sync.hub.channels import reading as read
from sync.hub.channels.adapter import Settings
from sync.hub.channels.canonical import (
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

PICKUP_METHODS: Final = ("pickup_location", "local_pickup")
"""Of the block checkout, which names a place, and of the classic one, which does not."""
OVER: Final = ("cancelled", "failed", "trash", "refunded")
"""Status of an order of which nothing comes any more."""
FRACTION: Final = 1_000
CONSENT: Final = "marketing_consent"
"""Meta data in which a plug-in keeps it: the platform itself does not ask."""


def order(found: Mapping[str, Any], settings: Settings) -> ChannelOrder:
    """The order as the REST API shows it, its refunds with their lines. Raises ValueError."""
    currency = read.currency(found.get("currency"), settings.currency)
    external_id = read.text(found.get("id"), 40)
    version = read.moment(found.get("date_modified_gmt"))
    if not external_id or not version:
        raise ValueError("an order needs id and date_modified_gmt")
    status = read.text(found.get("status"), 40)
    refunds = tuple(_refund(row, currency) for row in read.rows(found, "refunds"))
    lines = tuple(_line(row, currency) for row in read.rows(found, "line_items"))
    lines = _returned(lines, refunds)
    if not lines and status not in OVER:
        raise ValueError("an order without lines")
    shipping = sum(_both(row, currency) for row in read.rows(found, "shipping_lines"))
    fees = sum(_both(row, currency) for row in read.rows(found, "fee_lines"))
    total = read.minor(found.get("total"), currency)
    goods = sum(line.gross for line in lines) + shipping + fees
    billing = read.mapping(found, "billing")
    state = "cancelled" if status in OVER else "completed" if status == "completed" else "open"
    return ChannelOrder(
        channel=settings.channel,
        external_id=external_id,
        external_name=read.text(found.get("number"), 80) or external_id,
        external_version=version,
        placed_at=read.moment(found.get("date_created_gmt")) or version,
        state=state,
        currency=currency,
        lines=lines,
        payment=_payment(found, total, sum(one.amount for one in refunds), currency),
        shipping=shipping + fees,
        total=total,
        tax_total=read.minor(found.get("total_tax"), currency),
        rounding=total - goods,
        fulfilled="fulfilled" if status == "completed" else "",
        customer=ChannelCustomer(
            email=read.text(billing.get("email"), 254),
            phone=read.text(billing.get("phone"), 40),
            name=_name(billing),
            external_id=read.text(found.get("customer_id") or "", 120),
        ),
        consent=ChannelConsent(
            email=read.consent(_meta(found, settings.options.get("consent_meta", CONSENT)))
        ),
        fulfilment=_fulfilment(found, settings),
        attribution=_attribution(found),
        coupons=tuple(read.text(row.get("code"), 80) for row in read.rows(found, "coupon_lines")),
        refunds=refunds,
    )


def _both(row: Mapping[str, Any], currency: str) -> int:
    """What a line costs, tax in: the shop keeps both apart, each unrounded, as text."""
    return read.minor(read.number(row.get("total")) + read.number(row.get("total_tax")), currency)


def _line(row: Mapping[str, Any], currency: str) -> ChannelLine:
    line, qty = read.text(row.get("id"), 40), read.thousandths(row.get("quantity"))
    if not line or qty <= 0:
        raise ValueError("a line needs an id and a quantity")
    before = read.number(row.get("subtotal")) + read.number(row.get("subtotal_tax"))
    gross = _both(row, currency)
    net, tax = read.number(row.get("total")), read.number(row.get("total_tax"))
    parent = read.text(row.get("parent_name"), 200)
    return ChannelLine(
        external_line_id=line,
        sku=read.text(row.get("sku"), 120),
        title=parent or read.text(row.get("name"), 200),
        qty=qty,
        list_unit=read.minor(before * FRACTION / qty, currency),
        gross=gross,
        discount=read.minor(before, currency) - gross,
        tax=read.minor(tax, currency),
        tax_rate_ppm=read.rounded(tax * 1_000_000 / net) if net else 0,
        barcode=read.text(row.get("global_unique_id"), 80),
        variant=read.text(row.get("name"), 200).removeprefix(parent).lstrip(" -") if parent else "",
        fixed=any(
            read.is_no(one.get("value"))
            for one in read.rows(row, "meta_data")
            if one.get("key") in ("returnable", "_returnable")
        ),
    )


def _returned(
    lines: tuple[ChannelLine, ...], refunds: tuple[ChannelRefund, ...]
) -> tuple[ChannelLine, ...]:
    """The lines with what the shop's refunds say came back of each."""
    back: dict[str, int] = {}
    for refund in refunds:
        for line, qty in refund.lines:
            back[line] = back.get(line, 0) + qty
    return tuple(
        replace(one, returned=back[one.external_line_id]) if one.external_line_id in back else one
        for one in lines
    )


def _refund(row: Mapping[str, Any], currency: str) -> ChannelRefund:
    """Amounts and quantities stand there below zero, and a line names the one it takes back."""
    lines = []
    for line in read.rows(row, "line_items"):
        of = next(
            (
                read.text(meta.get("value"), 40)
                for meta in read.rows(line, "meta_data")
                if meta.get("key") == "_refunded_item_id"
            ),
            read.text(line.get("id"), 40),
        )
        lines.append((of, abs(read.thousandths(line.get("quantity")))))
    amount = row.get("amount") if row.get("amount") is not None else row.get("total")
    return ChannelRefund(
        external_id=read.text(row.get("id"), 40),
        amount=abs(read.minor(amount, currency)),
        reason=read.text(row.get("reason"), 200),
        lines=tuple(lines),
    )


def _payment(found: Mapping[str, Any], total: int, refunded: int, currency: str) -> ChannelPayment:
    """`processing` is not paid: an order on delivery or pickup is that too. Only the date says so."""
    del currency
    paid = total if found.get("date_paid_gmt") else 0
    if not paid:
        state = VOIDED if read.text(found.get("status")) in OVER else PENDING
    else:
        state = PAID if not refunded else REFUNDED if refunded >= total else PARTIALLY_REFUNDED
    return ChannelPayment(
        state=state,
        paid=paid,
        due=total - paid,
        method=read.text(found.get("payment_method_title") or found.get("payment_method"), 80),
        transaction=read.text(found.get("transaction_id"), 120),
    )


def _fulfilment(found: Mapping[str, Any], settings: Settings) -> ChannelFulfilment:
    note = read.text(found.get("customer_note"))
    for row in read.rows(found, "shipping_lines"):
        if read.text(row.get("method_id"), 80) in PICKUP_METHODS:
            place = _meta(row, "pickup_location") or settings.options.get("pickup_location", "")
            return ChannelFulfilment(kind="pickup", location=place, note=note)
    where = read.mapping(found, "shipping")
    parts = [
        *(_name(where), where.get("address_1"), where.get("address_2"), where.get("postcode")),
        *(where.get("city"), where.get("state"), where.get("country")),
    ]
    address = tuple(text for text in (read.text(each, 120) for each in parts) if text)
    return ChannelFulfilment(kind="ship", note=note, address=address)


def _name(of: Mapping[str, Any]) -> str:
    both = (read.text(of.get("first_name"), 60), read.text(of.get("last_name"), 60))
    return " ".join(part for part in both if part)


def _meta(of: Mapping[str, Any], key: str) -> str:
    for row in read.rows(of, "meta_data"):
        if row.get("key") == key:
            return read.text(row.get("value"), read.ATTRIBUTION_MAX)
    return ""


def _attribution(found: Mapping[str, Any]) -> ChannelAttribution:
    """What the shop's own order attribution wrote; a first visit is all that it knows."""
    prefix = "_wc_order_attribution_"

    def said(name: str) -> str:
        return _meta(found, prefix + name)

    source = said("utm_source")
    return ChannelAttribution(
        source="" if source == "(direct)" else source,
        medium=said("utm_medium"),
        campaign=said("utm_campaign"),
        content=said("utm_content"),
        term=said("utm_term"),
        landing=said("session_entry"),
        referrer=said("referrer"),
        device=said("device_type"),
        first_touch=said("session_start_time"),
    )
