"""An order of Medusa in our shape, and what of it has gone, was paid and was given back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from sync.hub.channels import reading as read
from sync.hub.channels.adapter import Operation, Settings
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

RECEIPT: Final = "receipt"
"""Where a fulfilment keeps our id, in its metadata."""
FIELDS: Final = (
    "id,display_id,created_at,updated_at,status,canceled_at,currency_code,email,locale,metadata,"
    "total,tax_total,shipping_total,credit_line_total,*items,*items.tax_lines,"
    "*items.adjustments,*items.detail,*shipping_methods,*customer,*shipping_address,"
    "shipping_methods.shipping_option.service_zone.fulfillment_set.type,"
    "shipping_methods.shipping_option.service_zone.fulfillment_set.location.id,"
    "*payment_collections,*payment_collections.payments,"
    "*payment_collections.payments.captures,*payment_collections.payments.refunds,"
    "*fulfillments,*fulfillments.items"
)
_STATES: Final = {"canceled": "cancelled", "completed": "completed", "archived": "completed"}
_ATTRIBUTION: Final = {
    "source": "utm_source",
    "medium": "utm_medium",
    "campaign": "utm_campaign",
    "content": "utm_content",
    "term": "utm_term",
    "landing": "landing_page",
    "referrer": "referrer",
    "device": "client_device",
    "client": "client_id",
}


def canonical(found: Mapping[str, Any], settings: Settings) -> ChannelOrder:
    """Raises ValueError for what cannot be an order."""
    external_id, placed = read.text(found.get("id"), 200), read.moment(found.get("created_at"))
    if not external_id or not placed:
        raise ValueError("an order needs id and created_at")
    currency = read.currency(found.get("currency_code"), settings.currency)
    state = _STATES.get(read.text(found.get("status")), "open")
    lines = tuple(_line(one, currency) for one in read.rows(found, "items") if one.get("quantity"))
    if not lines and state != "cancelled":
        raise ValueError("an order without lines")
    shipping = read.minor(found.get("shipping_total"), currency)
    # A refund makes a credit line, which lowers the total: the order is still of the same worth.
    whole = read.number(found.get("total")) + read.number(found.get("credit_line_total"))
    total, goods = read.minor(whole, currency), sum(one.gross for one in lines) + shipping
    customer, to = read.mapping(found, "customer"), read.mapping(found, "shipping_address")
    names = (to.get("first_name") or customer.get("first_name"), to.get("last_name"))
    metadata = read.mapping(found, "metadata")
    return ChannelOrder(
        channel=settings.channel,
        external_id=external_id,
        external_name=read.text(found.get("display_id"), 80) or external_id,
        external_version=version(found),
        placed_at=placed,
        state=state,
        currency=currency,
        lines=lines,
        payment=_payment(found, settings, total, state),
        shipping=shipping,
        total=total,
        tax_total=read.minor(found.get("tax_total"), currency),
        rounding=total - goods,
        fulfilled=_fulfilled(lines),
        customer=ChannelCustomer(
            email=read.text(found.get("email") or customer.get("email"), 254),
            phone=read.text(to.get("phone") or customer.get("phone"), 40),
            name=" ".join(one for one in (read.text(each, 60) for each in names) if one),
            external_id=read.text(customer.get("id"), 120),
        ),
        consent=ChannelConsent(email=read.consent(metadata.get("marketing_consent"))),
        fulfilment=_way(found, metadata),
        attribution=ChannelAttribution(
            **{
                name: read.text(metadata.get(theirs), read.ATTRIBUTION_MAX)
                for name, theirs in _ATTRIBUTION.items()
            }
        ),
        coupons=tuple(
            dict.fromkeys(
                read.text(each.get("code"), 80)
                for one in read.rows(found, "items")
                for each in read.rows(one, "adjustments")
                if each.get("code")
            )
        ),
        refunds=tuple(
            ChannelRefund(
                external_id=read.text(one.get("id"), 200),
                amount=amount(one, currency),
                reason=read.text(one.get("note"), 200),
            )
            for payment in payments(found)
            for one in read.rows(payment, "refunds")
        ),
        language=read.text(found.get("locale"), 20),
    )


def _line(row: Mapping[str, Any], currency: str) -> ChannelLine:
    line, qty = read.text(row.get("id"), 200), read.thousandths(row.get("quantity"))
    if not line or qty <= 0:
        raise ValueError("a line needs an id and a quantity")
    detail = read.mapping(row, "detail")
    rates = sum(read.number(one.get("rate")) for one in read.rows(row, "tax_lines"))
    unit = read.number(row.get("unit_price"))
    if row.get("is_tax_inclusive") is False:
        unit += unit * rates / 100
    gross, before = read.minor(row.get("total"), currency), row.get("original_total")
    title = read.text(row.get("product_title") or row.get("title"), 200)
    return ChannelLine(
        external_line_id=line,
        sku=read.text(row.get("variant_sku"), 120),
        title=title,
        qty=qty,
        list_unit=read.minor(unit, currency),
        gross=gross,
        discount=read.minor(before, currency) - gross if before is not None else 0,
        tax=read.minor(row.get("tax_total"), currency),
        tax_rate_ppm=read.percent_ppm(rates),
        barcode=read.text(row.get("variant_barcode"), 80),
        variant=read.text(row.get("variant_title"), 200),
        fulfilled=max(
            read.thousandths(detail.get("delivered_quantity")),
            read.thousandths(detail.get("shipped_quantity")),
        ),
        returned=read.thousandths(detail.get("return_received_quantity")),
        fixed=read.is_no(read.mapping(row, "metadata").get("returnable")),
    )


def _fulfilled(lines: tuple[ChannelLine, ...]) -> str:
    if not any(one.fulfilled for one in lines):
        return ""
    return "fulfilled" if all(one.fulfilled >= one.qty for one in lines) else "partial"


def is_pickup(option: Mapping[str, Any]) -> bool:
    """Whether a shipping option is for goods that are fetched."""
    zone = read.mapping(option, "service_zone")
    return read.mapping(zone, "fulfillment_set").get("type") == "pickup"


def _way(found: Mapping[str, Any], metadata: Mapping[str, Any]) -> ChannelFulfilment:
    """Fetched in the store of its shipping option, or in the one that the metadata names."""
    named = read.text(metadata.get("pickup_location"), 120)
    for method in read.rows(found, "shipping_methods"):
        option = read.mapping(method, "shipping_option")
        if is_pickup(option):
            place = read.mapping(read.mapping(option, "service_zone"), "fulfillment_set")
            location = read.text(read.mapping(place, "location").get("id"), 120)
            return ChannelFulfilment("pickup", named or location)
    if named:
        return ChannelFulfilment("pickup", named)
    to = read.mapping(found, "shipping_address")
    name = " ".join(read.text(to.get(one), 60) for one in ("first_name", "last_name")).strip()
    parts = ("company", "address_1", "address_2", "city", "province", "postal_code")
    given = [name, *(read.text(to.get(one), 120) for one in parts)]
    given.append(read.text(to.get("country_code"), 8).upper())
    return ChannelFulfilment("ship", address=tuple(one for one in given if one))


def _payment(
    found: Mapping[str, Any], settings: Settings, total: int, state: str
) -> ChannelPayment:
    """What is due is what is to be paid in the store; a card that was only asked is as good as paid."""
    currency = read.currency(found.get("currency_code"), settings.currency)
    held = [one for one in payments(found) if not one.get("canceled_at")]
    taken = captured(found, currency)
    promised = sum(uncaptured(one, currency) for one in held if not _in_store(found, one, settings))
    back = sum(_back(one, currency) for one in payments(found))
    paid = min(total, taken + promised)
    if taken and back >= taken:
        said = REFUNDED
    elif back:
        said = PARTIALLY_REFUNDED
    elif taken >= total:
        said = PAID
    elif state == "cancelled":
        said = VOIDED
    else:
        said = AUTHORIZED if held else PENDING
    first = held[0] if held else {}
    method = read.text(read.mapping(found, "metadata").get(_key(settings)), 80)
    return ChannelPayment(
        state=said,
        paid=paid,
        due=0 if state == "cancelled" else total - paid,
        method=method or read.text(first.get("provider_id"), 80),
        transaction=read.text(first.get("id"), 120),
    )


def _key(settings: Settings) -> str:
    return settings.options.get("payment_key", "payment_method")


def _in_store(found: Mapping[str, Any], payment: Mapping[str, Any], settings: Settings) -> bool:
    said = read.text(read.mapping(found, "metadata").get(_key(settings)))
    if said:
        return said == "pay-in-store"
    providers = settings.options.get("pay_in_store", "pp_system_default").split(",")
    return read.text(payment.get("provider_id")) in [one.strip() for one in providers]


# --- what belongs to it -------------------------------------------------------------------------


def version(found: Mapping[str, Any]) -> str:
    """The latest moment of an order and of what belongs to it, by the shop's own clock."""
    moments = [read.moment(found.get("updated_at"))]
    for kind in ("payment_collections", "fulfillments"):
        for one in read.rows(found, kind):
            moments.append(read.moment(one.get("updated_at")))
            moments += [read.moment(each.get("updated_at")) for each in read.rows(one, "payments")]
    return max(moments)


def payments(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All of its payments."""
    for collection in read.rows(found, "payment_collections"):
        yield from read.rows(collection, "payments")


def amount(one: Mapping[str, Any], currency: str) -> int:
    """Of a payment, a capture or a refund, minor units."""
    return read.minor(one.get("amount"), currency)


def _taken(payment: Mapping[str, Any], currency: str) -> int:
    taken = [read.number(one.get("amount")) for one in read.rows(payment, "captures")]
    return read.minor(sum(taken, Decimal(0)), currency)


def _back(payment: Mapping[str, Any], currency: str) -> int:
    back = [read.number(one.get("amount")) for one in read.rows(payment, "refunds")]
    return read.minor(sum(back, Decimal(0)), currency)


def captured(found: Mapping[str, Any], currency: str) -> int:
    """What was taken, refunds not taken off."""
    return sum(_taken(one, currency) for one in payments(found))


def uncaptured(payment: Mapping[str, Any], currency: str) -> int:
    """What may still be taken of a payment."""
    if payment.get("canceled_at"):
        return 0
    return amount(payment, currency) - _taken(payment, currency)


def exact_rest(payment: Mapping[str, Any]) -> Decimal:
    """The same as the shop has it, with fractions of minor units."""
    taken = [read.number(one.get("amount")) for one in read.rows(payment, "captures")]
    return read.number(payment.get("amount")) - sum(taken, Decimal(0))


def refundable(payment: Mapping[str, Any], currency: str) -> int:
    """What of it may still be given back."""
    return _taken(payment, currency) - _back(payment, currency)


def refundable_all(found: Mapping[str, Any], currency: str) -> int:
    """The same of all its payments."""
    return sum(refundable(one, currency) for one in payments(found))


def ours(found: Mapping[str, Any], op_id: str) -> Mapping[str, Any] | None:
    """The fulfilment that was made under our id."""
    for one in read.rows(found, "fulfillments"):
        if not one.get("canceled_at") and read.mapping(one, "metadata").get(RECEIPT) == op_id:
            return one
    return None


def all_delivered(found: Mapping[str, Any]) -> bool:
    """Whether nothing of it is still in a store."""
    details = [(one, read.mapping(one, "detail")) for one in read.rows(found, "items")]
    return bool(details) and all(
        read.number(one.get("quantity"))
        <= max(
            read.number(detail.get("delivered_quantity")),
            read.number(detail.get("shipped_quantity")),
        )
        for one, detail in details
    )


def open_of(found: Mapping[str, Any], line: str) -> int:
    """How many of a line are in no fulfilment yet."""
    for one in read.rows(found, "items"):
        if one.get("id") == line:
            done = read.mapping(one, "detail").get("fulfilled_quantity")
            return int(read.number(one.get("quantity")) - read.number(done))
    return 0


def wanted(found: Mapping[str, Any], op: Operation) -> dict[str, int]:
    """How many of which line go, as far as the shop does not say already that they went."""
    lines = dict(op.lines) or {
        read.text(one.get("id"), 200): read.thousandths(one.get("quantity"))
        for one in read.rows(found, "items")
    }
    left = {line: min(qty // 1_000, open_of(found, line)) for line, qty in lines.items()}
    return {line: count for line, count in left.items() if count > 0}
