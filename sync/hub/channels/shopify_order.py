"""An order of Shopify's Admin API in our shape; amounts are its texts in the shop's currency."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sync.hub.channels import reading as read
from sync.hub.channels.adapter import Settings
from sync.hub.channels.canonical import (
    AUTHORIZED,
    PAID,
    PARTIALLY_REFUNDED,
    PENDING,
    REFUNDED,
    UNKNOWN,
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

PICKUP: Final = ("pick_up", "pickup", "pick-up")
"""One way has three spellings: GraphQL's, REST's, the webhook's."""
STATES: Final = {
    "PENDING": PENDING,
    "EXPIRED": VOIDED,
    "AUTHORIZED": AUTHORIZED,
    "PARTIALLY_PAID": PENDING,
    "PAID": PAID,
    "PARTIALLY_REFUNDED": PARTIALLY_REFUNDED,
    "REFUNDED": REFUNDED,
    "VOIDED": VOIDED,
}
CLOSED: Final = ("CLOSED", "CANCELLED", "INCOMPLETE")


def order(found: Mapping[str, Any], settings: Settings) -> ChannelOrder:
    """The order as `shopify_words.ORDER` asks for it. Raises ValueError."""
    currency = read.currency(found.get("currencyCode"), settings.currency)
    external_id, version = number_of(found), read.moment(found.get("updatedAt"))
    if not external_id or not version:
        raise ValueError("an order needs legacyResourceId and updatedAt")
    included = found.get("taxesIncluded") is True
    back = _returned(found)
    lines = tuple(
        _line(row, currency, back, included=included) for row in nodes(found, "lineItems")
    )
    cancelled = bool(found.get("cancelledAt"))
    if not lines and not cancelled:
        raise ValueError("an order without lines")
    shipping = sum(_shipping(row, currency, included) for row in nodes(found, "shippingLines"))
    total = money(found, "totalPriceSet", currency)
    goods = sum(line.gross for line in lines) + shipping
    fulfilled = read.text(found.get("displayFulfillmentStatus")).lower()
    done = fulfilled == "fulfilled"
    refunds = tuple(_refund(row, currency) for row in read.rows(found, "refunds"))
    return ChannelOrder(
        channel=settings.channel,
        external_id=external_id,
        external_name=read.text(found.get("name"), 80) or external_id,
        external_version=version,
        placed_at=read.moment(found.get("createdAt")) or version,
        state="cancelled" if cancelled else "completed" if done else "open",
        currency=currency,
        lines=lines,
        payment=_payment(found, total, currency),
        shipping=shipping,
        total=total,
        tax_total=money(found, "totalTaxSet", currency),
        rounding=total - goods,
        fulfilled="fulfilled" if done else "partial" if fulfilled.startswith("partial") else "",
        customer=_customer(found),
        consent=_consent(found),
        fulfilment=_fulfilment(found),
        attribution=_attribution(found),
        coupons=read.texts(found.get("discountCodes")),
        refunds=refunds,
        language=read.text(found.get("customerLocale"), 20),
    )


def number_of(found: Mapping[str, Any]) -> str:
    """The order's number: 64 bits of it, so it stays text."""
    return read.text(found.get("legacyResourceId"), 40) or plain(found.get("id"))


def plain(gid: object) -> str:
    """The number at the end of an id like `gid://shopify/LineItem/12`."""
    return read.text(gid, 120).rpartition("/")[2].partition("?")[0]


def nodes(found: Any, name: str) -> list[Mapping[str, Any]]:
    """The rows of a connection."""
    return read.rows(read.mapping(found, name), "nodes")


def amount(found: Any, name: str) -> Decimal:
    """An amount in the shop's own currency, as it is written."""
    return read.number(read.mapping(read.mapping(found, name), "shopMoney").get("amount"))


def money(found: Any, name: str, currency: str) -> int:
    """The same in minor units."""
    return read.minor(amount(found, name), currency)


def way(found: Mapping[str, Any]) -> str:
    """How the goods of a fulfilment order go out: pickup or ship."""
    method = read.text(read.mapping(found, "deliveryMethod").get("methodType"), 40).lower()
    return "pickup" if method in PICKUP else "ship"


def _line(
    row: Mapping[str, Any], currency: str, back: Mapping[str, int], *, included: bool
) -> ChannelLine:
    line, qty = plain(row.get("id")), read.thousandths(row.get("quantity"))
    if not line or qty <= 0:
        raise ValueError("a line needs an id and a quantity")
    unit = amount(row, "originalUnitPriceSet")
    off = sum(
        (amount(each, "allocatedAmountSet") for each in read.rows(row, "discountAllocations")),
        Decimal(0),
    )
    taxes = read.rows(row, "taxLines")
    tax = sum((amount(each, "priceSet") for each in taxes), Decimal(0))
    rate = sum((read.number(each.get("rate")) for each in taxes), Decimal(0))
    gross = unit * qty / 1_000 - off + (0 if included else tax)
    unfulfilled = read.thousandths(row.get("unfulfilledQuantity"))
    current = row.get("currentQuantity")
    left = read.thousandths(current) if current is not None else qty
    return ChannelLine(
        external_line_id=line,
        sku=read.text(row.get("sku"), 120),
        title=read.text(row.get("title"), 200),
        qty=qty,
        list_unit=read.minor(unit if included else unit * (1 + rate), currency),
        gross=read.minor(gross, currency),
        discount=read.minor(off, currency),
        tax=read.minor(tax, currency),
        tax_rate_ppm=read.rounded(rate * 1_000_000),
        barcode=read.text(read.mapping(row, "variant").get("barcode"), 80),
        variant=read.text(row.get("variantTitle"), 200),
        fulfilled=max(0, left - unfulfilled),
        returned=max(back.get(line, 0), qty - left),
    )


def _shipping(row: Mapping[str, Any], currency: str, included: bool) -> int:
    price = amount(row, "discountedPriceSet")
    if not included:
        price += sum((amount(each, "priceSet") for each in read.rows(row, "taxLines")), Decimal(0))
    return read.minor(price, currency)


def _returned(found: Mapping[str, Any]) -> dict[str, int]:
    back: dict[str, int] = {}
    for refund in read.rows(found, "refunds"):
        for row in nodes(refund, "refundLineItems"):
            line = plain(read.mapping(row, "lineItem").get("id"))
            back[line] = back.get(line, 0) + read.thousandths(row.get("quantity"))
    return back


def _refund(row: Mapping[str, Any], currency: str) -> ChannelRefund:
    return ChannelRefund(
        external_id=plain(row.get("id")),
        amount=money(row, "totalRefundedSet", currency),
        reason=read.text(row.get("note"), 200),
        lines=tuple(
            (plain(read.mapping(each, "lineItem").get("id")), read.thousandths(each["quantity"]))
            for each in nodes(row, "refundLineItems")
        ),
    )


def _payment(found: Mapping[str, Any], total: int, currency: str) -> ChannelPayment:
    state = STATES.get(read.text(found.get("displayFinancialStatus"), 40), PENDING)
    due = money(found, "totalOutstandingSet", currency) if state == PENDING else 0
    if state in (AUTHORIZED, VOIDED):
        due = total
    ways = read.texts(found.get("paymentGatewayNames"))
    sales = [
        plain(row.get("id"))
        for row in read.rows(found, "transactions")
        if row.get("status") == "SUCCESS" and row.get("kind") in ("SALE", "CAPTURE")
    ]
    return ChannelPayment(
        state=state,
        paid=total - due,
        due=due,
        method=", ".join(ways)[:80],
        transaction=sales[0] if sales else "",
    )


def _customer(found: Mapping[str, Any]) -> ChannelCustomer:
    person = read.mapping(found, "customer")
    mail, phone = (
        read.mapping(person, "defaultEmailAddress"),
        read.mapping(person, "defaultPhoneNumber"),
    )
    where = read.mapping(found, "shippingAddress")
    return ChannelCustomer(
        email=read.text(found.get("email") or mail.get("emailAddress"), 254),
        phone=read.text(found.get("phone") or phone.get("phoneNumber") or where.get("phone"), 40),
        name=read.text(person.get("displayName") or where.get("name"), 120),
        external_id=plain(person.get("id")),
    )


def _consent(found: Mapping[str, Any]) -> ChannelConsent:
    person = read.mapping(found, "customer")
    mail, phone = (
        read.mapping(person, "defaultEmailAddress"),
        read.mapping(person, "defaultPhoneNumber"),
    )
    said = read.consent(mail.get("marketingState"))
    return ChannelConsent(
        email=said,
        sms=read.consent(phone.get("marketingState")),
        at=read.moment(mail.get("marketingUpdatedAt")) if said != UNKNOWN else "",
        source="shopify" if said != UNKNOWN else "",
    )


def _fulfilment(found: Mapping[str, Any]) -> ChannelFulfilment:
    """The order itself does not say whether it is fetched, or where: its fulfilment orders do."""
    note = read.text(found.get("note"))
    person = next(
        (
            read.text(row.get("value"), 120)
            for row in read.rows(found, "customAttributes")
            if read.text(row.get("key")).lower() in ("pickup_person", "collector")
        ),
        "",
    )
    rows = nodes(found, "fulfillmentOrders")
    live = [row for row in rows if read.text(row.get("status")) not in CLOSED] or rows
    for row in live:
        if way(row) == "pickup":
            place = read.mapping(row, "assignedLocation")
            location = plain(read.mapping(place, "location").get("id"))
            name = location or read.text(place.get("name"), 120)
            return ChannelFulfilment(kind="pickup", location=name, person=person, note=note)
    where = read.mapping(found, "shippingAddress")
    names = ("name", "address1", "address2", "zip", "city", "province", "countryCodeV2")
    address = tuple(text for text in (read.text(where.get(name), 120) for name in names) if text)
    return ChannelFulfilment(kind="ship", note=note, address=address)


def _attribution(found: Mapping[str, Any]) -> ChannelAttribution:
    """From the journey, once the platform has it ready: before that nothing, never a guess."""
    journey = read.mapping(found, "customerJourneySummary")
    if journey.get("ready") is not True:
        return ChannelAttribution()
    last, first = read.mapping(journey, "lastVisit"), read.mapping(journey, "firstVisit")
    utm = read.mapping(last, "utmParameters")

    def said(of: Mapping[str, Any], name: str) -> str:
        return read.text(of.get(name), read.ATTRIBUTION_MAX)

    return ChannelAttribution(
        source=said(utm, "source"),
        medium=said(utm, "medium"),
        campaign=said(utm, "campaign"),
        content=said(utm, "content"),
        term=said(utm, "term"),
        landing=said(last, "landingPage"),
        referrer=said(last, "referrerUrl"),
        first_touch=said(first, "source"),
        last_touch=said(last, "source"),
    )
