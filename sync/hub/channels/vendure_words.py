"""What is said to Vendure's Admin API, and where in its answers things are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from sync.hub.channels import reading as read
from sync.hub.channels.adapter import Operation, ShopRefused

MARK: Final = "holdfast "
"""Before our id, wherever the shop keeps it for us."""
OPEN: Final = (
    *("PaymentAuthorized", "PaymentSettled", "PartiallyShipped", "Shipped"),
    *("PartiallyDelivered", "Modifying", "ArrangingAdditionalPayment"),
)
GONE: Final = ("Shipped", "Delivered")
FIELDS: Final = {
    "pickup": "pickupLocation",
    "source": "utmSource",
    "medium": "utmMedium",
    "campaign": "utmCampaign",
    "landing": "landingPage",
    "referrer": "referrer",
    "device": "clientDevice",
    "consent": "marketingConsent",
}
"""Custom fields of an order; the option `field_pickup` and so on names another, `-` none."""
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}")
_TIMES: Final = (
    "updatedAt history(options: {take: 1, sort: {createdAt: DESC}}) { items { createdAt } }"
)
_MONEY: Final = (
    "payments { id updatedAt transactionId amount method state"
    " refunds { id updatedAt total state reason lines { orderLineId quantity } } }"
)
_GOODS: Final = "fulfillments { id updatedAt state trackingCode lines { orderLineId quantity } }"
_FAILED: Final = "... on ErrorResult { errorCode message }"

STATE: Final = (
    "query($id: ID!) { order(id: $id) { id state nextStates lines { id quantity }"
    f" {_MONEY} {_GOODS}"
    " history(options: {take: 500, sort: {createdAt: DESC},"
    ' filter: {type: {in: ["ORDER_NOTE", "ORDER_CANCELLATION"]}}}) { items { type data } } } }'
)
FULFIL: Final = (
    "mutation($i: FulfillOrderInput!) { addFulfillmentToOrder(input: $i)"
    f" {{ __typename ... on Fulfillment {{ id state }} {_FAILED} }} }}"
)
MOVE: Final = (
    "mutation($id: ID!, $to: String!) { transitionFulfillmentToState(id: $id, state: $to)"
    f" {{ __typename ... on Fulfillment {{ id state }} {_FAILED}"
    " ... on FulfillmentStateTransitionError { transitionError } } }"
)
MOVE_ORDER: Final = (
    "mutation($id: ID!, $to: String!) { transitionOrderToState(id: $id, state: $to)"
    " { __typename ... on Order { id state }"
    " ... on OrderStateTransitionError { errorCode message transitionError } } }"
)
SETTLE: Final = (
    "mutation($id: ID!) { settlePayment(id: $id)"
    f" {{ __typename ... on Payment {{ id state }} {_FAILED}"
    " ... on PaymentStateTransitionError { transitionError }"
    " ... on SettlePaymentError { paymentErrorMessage } } }"
)
REFUND: Final = (
    "mutation($i: RefundOrderInput!) { refundOrder(input: $i)"
    f" {{ __typename ... on Refund {{ id state total }} {_FAILED} }} }}"
)
SETTLE_REFUND: Final = (
    "mutation($i: SettleRefundInput!) { settleRefund(input: $i)"
    f" {{ __typename ... on Refund {{ id state }} {_FAILED} }} }}"
)
CANCEL: Final = (
    "mutation($i: CancelOrderInput!) { cancelOrder(input: $i)"
    f" {{ __typename ... on Order {{ id state }} {_FAILED} }} }}"
)
NOTE: Final = "mutation($i: AddNoteToOrderInput!) { addNoteToOrder(input: $i) { id } }"
SET_FIELDS: Final = "mutation($i: UpdateOrderInput!) { setOrderCustomFields(input: $i) { id } }"
VARIANTS: Final = (
    "query($skus: [String!]) {"
    " productVariants(options: {filter: {sku: {in: $skus}}}) { items { id sku } }"
    " stockLocations(options: {take: 100}) { items { id name description } } }"
)
SET_STOCK: Final = (
    "mutation($i: [UpdateProductVariantInput!]!) { updateProductVariants(input: $i) { id } }"
)
METHODS: Final = "{ shippingMethods { items { code } } }"


def name_of_query(query: str) -> str:
    """The first thing that a query asks for."""
    return query.partition("{")[2].split("(")[0].split("{")[0].strip()


def name_of(given: str) -> str:
    """The name of a field as it may stand in a query. Raises ShopRefused."""
    if not _NAME.fullmatch(given):
        raise ShopRefused(f"{given[:60]!r} is no name of a field")
    return given


def listed(options: Mapping[str, str], name: str, otherwise: str) -> list[str]:
    """The words of an option, separated by commas."""
    return [one.strip() for one in options.get(name, otherwise).split(",") if one.strip()] or [""]


def _custom(options: Mapping[str, str]) -> str:
    fields = [
        f"{name}: {name_of(given)}"
        for name, usual in FIELDS.items()
        if (given := options.get(f"field_{name}", usual)) not in ("", "-")
    ]
    return f"customFields {{ {' '.join(fields)} }}" if fields else ""


def order_query(options: Mapping[str, str]) -> str:
    """All of an order that we keep."""
    barcode = options.get("field_barcode", "barcode")
    custom = f"customFields {{ barcode: {name_of(barcode)} }}" if barcode not in ("", "-") else ""
    return (
        "query($id: ID!) { order(id: $id) {"
        f" id code state active orderPlacedAt {_TIMES} currencyCode"
        " totalWithTax total shippingWithTax couponCodes"
        f" {_custom(options)}"
        " customer { id firstName lastName emailAddress phoneNumber }"
        " shippingAddress { fullName company streetLine1 streetLine2 city province postalCode"
        " country phoneNumber }"
        " surcharges { description priceWithTax }"
        " shippingLines { shippingMethod { code } }"
        " lines { id quantity orderPlacedQuantity unitPriceWithTax proratedUnitPriceWithTax"
        " proratedLinePriceWithTax proratedLinePrice taxRate"
        f" productVariant {{ sku name {custom} }} }}"
        f" {_MONEY} {_GOODS} }} }}"
    )


def orders_query(options: Mapping[str, str]) -> str:
    """Which orders there are, and when anything of them changed."""
    return (
        "query($options: OrderListOptions) { orders(options: $options) { items {"
        f" id orderPlacedAt {_TIMES} {_custom(options)}"
        " payments { updatedAt refunds { updatedAt } } fulfillments { updatedAt } } } }"
    )


def version(order: Mapping[str, Any]) -> str:
    """The latest moment of an order and of all that belongs to it, by the shop's own clock."""
    moments = [read.moment(order.get("updatedAt"))]
    history = read.rows(read.mapping(order, "history"), "items")
    moments += [read.moment(one.get("createdAt")) for one in history]
    for kind in ("payments", "fulfillments"):
        for one in read.rows(order, kind):
            moments.append(read.moment(one.get("updatedAt")))
            moments += [read.moment(each.get("updatedAt")) for each in read.rows(one, "refunds")]
    return max(moments)


def amount(payment: Mapping[str, Any]) -> int:
    """Of a payment, minor units."""
    return whole(payment.get("amount"))


def total_of(refund: Mapping[str, Any]) -> int:
    """Of a refund, minor units."""
    return whole(refund.get("total"))


def whole(value: object) -> int:
    """Vendure's money: whole minor units. Raises ValueError for anything else."""
    found = read.number(value)
    if found != found.to_integral_value():
        raise ValueError("Vendure's money is whole minor units")
    return int(found)


def refundable(payment: Mapping[str, Any]) -> int:
    """What of a payment was not given back yet."""
    back = sum(
        total_of(one) for one in read.rows(payment, "refunds") if one.get("state") != "Failed"
    )
    return amount(payment) - back


def counted(fulfilment: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """(line, how many) of a fulfilment."""
    for one in read.rows(fulfilment, "lines"):
        yield read.text(one.get("orderLineId")), int(read.number(one.get("quantity")))


def fulfilled(order: Mapping[str, Any], states: Collection[str]) -> dict[str, int]:
    """By line, how many are in fulfilments of these states."""
    found: dict[str, int] = {}
    for one in read.rows(order, "fulfillments"):
        if one.get("state") in states:
            for line, count in counted(one):
                found[line] = found.get(line, 0) + count
    return found


def notes(order: Mapping[str, Any]) -> set[str]:
    """Our ids that stand in notes of an order."""
    return set(_noted(order))


def noted_amounts(order: Mapping[str, Any]) -> dict[str, int]:
    """By our id, what was noted as paid in the store."""
    found = {}
    for op_id, text in _noted(order).items():
        said = re.match(r"Paid in the store: (\d{1,12}) ", text)
        if said:
            found[op_id] = int(said[1])
    return found


def _noted(order: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for one in read.rows(read.mapping(order, "history"), "items"):
        text = read.text(read.mapping(one, "data").get("note"), 2_000)
        said = re.search(rf"\({MARK}([^()]+)\)", text)
        if said:
            found[said[1]] = text
    return found


def fulfilment(op: Operation, lines: list[tuple[str, int]], marker: str) -> dict[str, Any]:
    """Variables of FULFIL."""
    arguments = {"method": op.carrier or "Fetched in the store", "trackingCode": marker}
    return {
        "i": {
            "lines": [{"orderLineId": line, "quantity": count} for line, count in lines],
            "handler": {
                "code": "manual-fulfillment",
                "arguments": [{"name": name, "value": value} for name, value in arguments.items()],
            },
        }
    }


def refund(
    op: Operation, payment: Mapping[str, Any], take: int, *, with_lines: bool
) -> dict[str, Any]:
    """Variables of REFUND.

    Shipping and adjustment are said although the schema advises against it: on PostgreSQL a
    refund without them fails (3.7.3).
    """
    lines = [
        {"orderLineId": line, "quantity": qty // 1_000}
        for line, qty in (op.lines if with_lines else ())
    ]
    return {
        "i": {
            "paymentId": payment["id"],
            "amount": take,
            "lines": lines,
            "shipping": 0,
            "adjustment": 0,
            "reason": f"{op.reason} ({MARK}{op.op_id})".strip(),
        }
    }


def cancelling(op: Operation) -> dict[str, Any]:
    """Variables of CANCEL."""
    given: dict[str, Any] = {
        "orderId": op.external_id,
        "reason": f"{op.reason} ({MARK}{op.op_id})".strip(),
        "cancelShipping": not op.lines,
    }
    if op.lines:
        given["lines"] = [{"orderLineId": line, "quantity": qty // 1_000} for line, qty in op.lines]
    return {"i": given}


def places(found: Mapping[str, Any]) -> dict[str, str]:
    """What a stock location may be called -> its id: its description, its name, the id itself."""
    known: dict[str, str] = {}
    for name in ("id", "name", "description"):
        for one in read.rows(found, "items"):
            said = read.text(one.get(name))
            if said:
                known[said] = read.text(one.get("id"))
    return known
