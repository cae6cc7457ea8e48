"""Shopify by its Admin API in GraphQL; REST is legacy there.

A delivery is only a hint: it does not say where an order is fetched. Refunds and stock go out under
an idempotency key made of our operation's id; what has none is read back before it is repeated.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from pos_app.domain.money import minor_digits
from sync.hub.channels import reading as read
from sync.hub.channels import shopify_words as words
from sync.hub.channels.adapter import (
    BadSignature,
    Capabilities,
    Client,
    Delivery,
    KeyRefused,
    Operation,
    Settings,
    ShopRefused,
    ShopUnreachable,
    StockLevel,
)
from sync.hub.channels.canonical import ChannelOrder
from sync.hub.channels.shopify_order import CLOSED, nodes, number_of, order, plain, way

ABOUT: Final = {
    "orders/create": "id",
    "orders/updated": "id",
    "orders/paid": "id",
    "orders/cancelled": "id",
    "orders/edited": "order_id",
    "orders/fulfilled": "id",
    "orders/partially_fulfilled": "id",
    "refunds/create": "order_id",
    "fulfillments/create": "order_id",
    "fulfillments/update": "order_id",
}
"""Topic -> under which name its body has the order's number."""
HOOK_TOPICS: Final = ("ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_CANCELLED", "REFUNDS_CREATE")
PART: Final = 100
_NAMESPACE: Final = uuid.UUID("2f5b7d8e-52f9-5d0c-9a5f-6d1c0e0f8f60")
_PAGES_MAX: Final = 1_000
_WAIT_S: Final = 5
"""For a bucket of points that is empty: it fills within seconds."""


class Shopify:
    """The platform `shopify`; `api_key` is the app's access token, the secret that of the app."""

    platform = "shopify"
    capabilities = Capabilities(
        locations=True,
        pickup_ready=True,
        idempotency_keys=True,
        reservations_apart=False,
        refunds_with_lines=True,
    )

    def auth(self, settings: Settings) -> Mapping[str, str]:
        """The app's token."""
        return {"x-shopify-access-token": settings.api_key}

    def verify(
        self, headers: Mapping[str, str], raw: bytes, settings: Settings, now_s: int
    ) -> Delivery:
        """By the signature over the raw body; the webhook's id stays the same on a retry."""
        del now_s  # retried for hours, with the body of the first time
        said = headers.get("x-shopify-hmac-sha256", "").encode("utf-8", "surrogateescape")
        fits = False
        for secret in settings.secrets:
            wanted = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest())
            fits |= hmac.compare_digest(wanted, said)
        if not fits:
            raise BadSignature
        topic = read.text(headers.get("x-shopify-topic"), 80).lower()
        key = read.text(headers.get("x-shopify-webhook-id"), 200)
        key = key or hashlib.sha256(topic.encode() + b"|" + raw).hexdigest()
        try:
            body = read.mapping(read.parsed(raw))
            at = read.moment(headers.get("x-shopify-triggered-at"))
        except ValueError:
            return Delivery(key, "unreadable")
        return Delivery(key, topic or "none", read.text(body.get(ABOUT.get(topic, "")), 40), at)

    def carried(self, topic: str, raw: bytes) -> Any | None:
        """Never: the body has no place where it is fetched, and may be hours old."""
        del topic, raw
        return None

    def fetch_order(self, client: Client, settings: Settings, external_id: str) -> Any:
        """The order with its fulfilment orders, barcodes and journey."""
        del settings
        return _order(client, external_id)

    def to_canonical(self, found: Any, settings: Settings) -> ChannelOrder:
        """Raises ValueError."""
        return order(read.mapping(found), settings)

    def list_changed(
        self, client: Client, settings: Settings, since: str
    ) -> Iterator[tuple[str, str]]:
        """Oldest change first; with no `since` those that are still open."""
        del settings
        query = f"updated_at:>='{since}'" if since else "status:open"
        after = None
        for _ in range(_PAGES_MAX):
            found = _ask(client, words.CHANGED, {"query": query, "after": after})
            page = read.mapping(found, "orders")
            for row in read.rows(page, "nodes"):
                yield number_of(row), read.moment(row.get("updatedAt"))
            about = read.mapping(page, "pageInfo")
            if about.get("hasNextPage") is not True:
                return
            after = about.get("endCursor")

    def mark_ready(self, client: Client, settings: Settings, op: Operation) -> None:
        """Prepared for pickup, which mails the customer: so it is noted as a tag, and done once."""
        del settings
        found = _order(client, op.external_id)
        tag = f"holdfast-ready-{_short(op.op_id)}"
        if tag in read.texts(found.get("tags"), 250):
            return
        ours = [
            {"fulfillmentOrderId": row.get("id")}
            for row in _open(found, op)
            if way(row) == "pickup"
        ]
        if ours:
            _do(client, words.READY, {"input": {"lineItemsByFulfillmentOrder": ours}})
        _do(client, words.TAG, {"id": found.get("id"), "tags": [tag]})

    def mark_collected(self, client: Client, settings: Settings, op: Operation) -> None:
        """A fulfilment of these lines, found again by the number it carries."""
        del settings
        found = _order(client, op.external_id)
        tracking = op.tracking or op.op_id
        for row in read.rows(found, "fulfillments"):
            held = [read.text(each.get("number")) for each in read.rows(row, "trackingInfo")]
            if tracking in held and row.get("status") != "CANCELLED":
                return
        wanted = {line: qty // 1_000 for line, qty in op.lines}
        parts = []
        for row in _open(found, op):
            items = _items(row, wanted, whole=not op.lines)
            if items:
                parts.append(
                    {"fulfillmentOrderId": row.get("id"), "fulfillmentOrderLineItems": items}
                )
        if not parts:
            if read.text(found.get("displayFulfillmentStatus")) == "FULFILLED":
                return
            raise ShopRefused("the shop has nothing left of the order to hand over")
        given = {
            "lineItemsByFulfillmentOrder": parts,
            "notifyCustomer": bool(op.tracking),
            "trackingInfo": {"number": tracking, "company": op.carrier or "Store"},
        }
        _do(client, words.FULFIL, {"fulfillment": given})

    def take_payment(self, client: Client, settings: Settings, op: Operation) -> None:
        """Marked as paid, unless it is."""
        del settings
        found = _order(client, op.external_id)
        if read.text(found.get("displayFinancialStatus")) in ("PENDING", "PARTIALLY_PAID"):
            _do(client, words.PAID, {"input": {"id": found.get("id")}})

    def refund(self, client: Client, settings: Settings, op: Operation) -> None:
        """Money back on what was paid with; the key makes a repeat answer with the first."""
        del settings
        found = _order(client, op.external_id)
        for row in read.rows(found, "refunds"):
            if op.op_id in read.text(row.get("note")):
                return
        paid = [
            row
            for row in read.rows(found, "transactions")
            if row.get("status") == "SUCCESS" and row.get("kind") in ("SALE", "CAPTURE")
        ]
        if not paid:
            raise ShopRefused("the shop has no payment that could be given back")
        money = _money(op.amount, op.currency)
        back: dict[str, Any] = {
            "orderId": found.get("id"),
            "note": f"{op.reason} [{op.op_id}]".strip(),
            "notify": True,
            "transactions": [
                {
                    "orderId": found.get("id"),
                    "parentId": paid[0].get("id"),
                    "gateway": paid[0].get("gateway"),
                    "kind": "REFUND",
                    "amount": money,
                }
            ],
            "refundLineItems": [
                {
                    "lineItemId": f"gid://shopify/LineItem/{line}",
                    "quantity": qty // 1_000,
                    "restockType": "NO_RESTOCK",
                }
                for line, qty in op.lines
                if qty >= 1_000
            ],
        }
        _do(client, words.REFUND, {"input": back, "key": _key(op.op_id)})

    def cancel(self, client: Client, settings: Settings, op: Operation) -> None:
        """Cancelled without money: what is given back is an operation of its own."""
        del settings
        found = _order(client, op.external_id)
        if not found.get("cancelledAt"):
            given = {"orderId": found.get("id"), "reason": "INVENTORY", "staffNote": op.reason}
            _do(client, words.CANCEL, given)

    def push_stock(
        self, client: Client, settings: Settings, levels: list[StockLevel]
    ) -> tuple[str, ...]:
        """*Available* in each location, absolute; the SKUs that the shop has not."""
        del settings
        unknown: list[str] = []
        for start in range(0, len(levels), PART):
            part = levels[start : start + PART]
            items = _inventory(client, sorted({level.sku for level in part}))
            unknown += sorted({level.sku for level in part if level.sku not in items})
            rows = [
                {
                    "inventoryItemId": items[level.sku],
                    "locationId": f"gid://shopify/Location/{plain(level.location)}",
                    "quantity": level.number(reservations_apart=False) // 1_000,
                }
                for level in part
                if level.sku in items
            ]
            if rows:
                given = {
                    "name": "available",
                    "reason": "correction",
                    "ignoreCompareQuantity": True,
                    "quantities": rows,
                }
                _do(client, words.STOCK, {"input": given, "key": str(uuid.uuid4())})
        return tuple(dict.fromkeys(unknown))

    def health(self, client: Client, settings: Settings, address: str) -> str:
        """Whether the subscriptions are there: after some hours of failures they are deleted."""
        del settings
        if not address:
            _ask(client, words.SHOP, {})
            return ""
        rows = nodes(_ask(client, words.HOOKS, {}), "webhookSubscriptions")
        held = {read.text(row.get("topic")) for row in rows if row.get("uri") == address}
        missing = [topic for topic in HOOK_TOPICS if topic not in held]
        for topic in missing:
            given = {"topic": topic, "webhookSubscription": {"uri": address, "format": "JSON"}}
            _do(client, words.HOOK, given)
        if not missing:
            return ""
        return f"The shop did not tell of {', '.join(missing).lower()}. It does again."


# --- calls ----------------------------------------------------------------------------------------


def _ask(client: Client, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """The `data` of a reply. Raises ShopUnreachable where it is to be asked again, ShopRefused."""
    path = f"/admin/api/{words.VERSION}/graphql.json"
    found = read.mapping(client.call("POST", path, json={"query": query, "variables": variables}))
    problems = found.get("errors")
    if problems:
        _raise(problems)
    data = found.get("data")
    if not isinstance(data, dict):
        raise ShopUnreachable("the reply holds no data")
    return data


def _raise(problems: Any) -> None:
    rows = problems if isinstance(problems, list) else [{"message": problems}]
    first = read.mapping(rows[0])
    code = read.text(read.mapping(first, "extensions").get("code"), 60)
    told = read.text(first.get("message"), 200) or "the shop refused the question"
    if code == "THROTTLED":
        raise ShopUnreachable("the shop asks for a pause", retry_after_s=_WAIT_S)
    if code in ("ACCESS_DENIED", "SHOP_INACTIVE"):
        raise KeyRefused(told)
    if code in ("INTERNAL_SERVER_ERROR", "TIMEOUT"):
        raise ShopUnreachable(told)
    raise ShopRefused(told)


def _do(client: Client, mutation: str, variables: Mapping[str, Any]) -> None:
    """A change. Raises ShopRefused with the shop's words where it made none."""
    for payload in _ask(client, mutation, variables).values():
        for name in ("userErrors", "orderCancelUserErrors"):
            for row in read.rows(payload, name):
                raise ShopRefused(read.text(row.get("message"), 200))


def _order(client: Client, external_id: str) -> Mapping[str, Any]:
    if not (external_id.isascii() and external_id.isdigit()):
        raise ShopRefused("no number of an order")
    found = _ask(client, words.ORDER, {"id": f"gid://shopify/Order/{external_id}"})
    held = read.mapping(found, "order")
    if not held:
        raise ShopRefused("the shop does not know the order")
    if number_of(held) != external_id:
        raise ShopUnreachable("the reply is another order")
    return held


def _open(found: Mapping[str, Any], op: Operation) -> list[Mapping[str, Any]]:
    """Its fulfilment orders with something left, those of the operation's place where it has one."""
    rows = [
        row
        for row in nodes(found, "fulfillmentOrders")
        if read.text(row.get("status")) not in CLOSED
    ]
    here = [
        row
        for row in rows
        if op.location
        and plain(op.location)
        == plain(read.mapping(read.mapping(row, "assignedLocation"), "location").get("id"))
    ]
    return here or rows


def _items(row: Mapping[str, Any], wanted: dict[str, int], *, whole: bool) -> list[dict[str, Any]]:
    """What of a fulfilment order goes out; takes it off `wanted`."""
    items = []
    for item in nodes(row, "lineItems"):
        line = plain(read.mapping(item, "lineItem").get("id"))
        left = int(read.number(item.get("remainingQuantity")))
        take = left if whole else min(left, wanted.get(line, 0))
        if take > 0:
            items.append({"id": item.get("id"), "quantity": take})
            if not whole:
                wanted[line] -= take
    return items


def _inventory(client: Client, skus: list[str]) -> dict[str, str]:
    """SKU -> the shop's id of its stock."""
    quoted = " OR ".join(f'sku:"{_escaped(sku)}"' for sku in skus)
    found = _ask(client, words.VARIANTS, {"query": quoted, "first": 250})
    rows = nodes(found, "productVariants")
    items = {
        read.text(row.get("sku"), 120): read.text(read.mapping(row, "inventoryItem").get("id"))
        for row in rows
    }
    return {sku: item for sku, item in items.items() if sku in skus and item}


def _escaped(sku: str) -> str:
    return sku.replace("\\", "\\\\").replace('"', '\\"')


def _key(op_id: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, op_id))


def _short(op_id: str) -> str:
    """Tags are at most 40 signs."""
    return uuid.uuid5(_NAMESPACE, op_id).hex[:16]


def _money(amount: int, currency: str) -> str:
    return f"{Decimal(amount).scaleb(-minor_digits(currency)):f}"
