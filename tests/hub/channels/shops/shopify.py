"""A Shopify as its Admin API (GraphQL) and its webhooks are documented: recorded shapes, never live."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from decimal import Decimal
from typing import Any

from tests.hub.channels.fake import Answer, Basket, Call, Sent
from tests.hub.channels.shops.bridged import BridgedShop, minor

GOODS = ("A1", "B2")
TOPICS = {
    "created": "orders/create",
    "updated": "orders/updated",
    "cancelled": "orders/cancelled",
    "other": "products/update",
}
GID = "gid://shopify/"


def gid(kind: str, number: object) -> str:
    return f"{GID}{kind}/{number}"


def money(amount: object) -> dict[str, Any]:
    return {"shopMoney": {"amount": f"{Decimal(str(amount)):.2f}", "currencyCode": "EUR"}}


class ShopifyShop(BridgedShop):
    platform = "shopify"
    secret, other_secret = "secret of the app", "secret of another app"
    timed = False
    reservations_apart = False

    def began(self) -> None:
        super().began()
        self.hooks: list[dict[str, Any]] = []
        self.keys: dict[str, Any] = {}
        """Idempotency key -> what it was answered with."""

    def order(self, basket: Basket, order_id: str = "") -> str:
        own = order_id or str(5_000_000_000_000_000_000 + self._next())
        now = self._now()
        lines = [self._line(f"{own}{place}", one) for place, one in enumerate(basket.lines)]
        total = sum(minor(one.gross) for one in basket.lines) + minor(basket.shipping)
        whole = Decimal(total) / 100
        due = Decimal(0) if basket.paid else whole
        self.orders[own] = {
            **{"id": gid("Order", own), "legacyResourceId": own, "name": f"#{own[-4:]}"},
            **{"updatedAt": now, "createdAt": now, "cancelledAt": None, "closed": False},
            "displayFinancialStatus": "PAID" if basket.paid else "PENDING",
            **{"displayFulfillmentStatus": "UNFULFILLED", "currencyCode": self.currency},
            **{"taxesIncluded": True, "email": basket.email, "phone": basket.phone, "note": None},
            **{"tags": [], "discountCodes": [basket.coupon] if basket.coupon else []},
            **{"totalPriceSet": money(whole), "totalTaxSet": money(0)},
            **{"totalOutstandingSet": money(due), "paymentGatewayNames": ["card"]},
            "customer": {
                **{"id": gid("Customer", 9), "displayName": basket.name},
                "defaultEmailAddress": {
                    "marketingState": {"yes": "SUBSCRIBED", "no": "UNSUBSCRIBED"}.get(
                        basket.consent
                    )
                },
            },
            "shippingLines": {
                "nodes": [{"title": "Pickup", "discountedPriceSet": money(basket.shipping)}]
            },
            "lineItems": {"nodes": lines},
            "fulfillmentOrders": {"nodes": [self._to_do(own, basket, lines)]},
            **{"fulfillments": [], "refunds": []},
            "transactions": [
                {
                    **{"id": gid("OrderTransaction", 1), "kind": "SALE", "gateway": "card"},
                    **{"status": "SUCCESS", "amountSet": money(whole)},
                }
            ],
            "customerJourneySummary": {
                "ready": bool(basket.utm),
                "lastVisit": {"utmParameters": {"source": basket.utm}},
            },
        }
        return own

    def _line(self, own: str, sold: Any) -> dict[str, Any]:
        off = Decimal(sold.unit) * sold.qty - Decimal(minor(sold.gross)) / 100
        return {
            **{"id": gid("LineItem", own), "title": f"Article {sold.sku}", "sku": sold.sku},
            **{"quantity": sold.qty, "currentQuantity": sold.qty},
            **{"unfulfilledQuantity": sold.qty, "originalUnitPriceSet": money(sold.unit)},
            **{"variant": {"barcode": sold.barcode or None}, "variantTitle": None},
            "discountAllocations": [{"allocatedAmountSet": money(off)}] if off else [],
            "taxLines": [{"rate": float(sold.rate) / 100, "priceSet": money(0)}],
        }

    def _to_do(self, own: str, basket: Basket, lines: list[dict[str, Any]]) -> dict[str, Any]:
        place = {"id": gid("Location", basket.location)}
        return {
            **{"id": gid("FulfillmentOrder", own), "status": "OPEN"},
            "deliveryMethod": {"methodType": "PICK_UP"},
            "assignedLocation": {"name": basket.location, "location": place},
            "lineItems": {
                "nodes": [
                    {
                        "id": gid("FulfillmentOrderLineItem", line["id"].rpartition("/")[2]),
                        "remainingQuantity": line["quantity"],
                        "lineItem": {"id": line["id"]},
                    }
                    for line in lines
                ]
            },
        }

    def place(self, location: str) -> str:
        return location

    def touch(self, order_id: str) -> None:
        self.orders[order_id]["updatedAt"] = self._now()

    def cancel(self, order_id: str) -> None:
        self.touch(order_id)
        self.orders[order_id]["cancelledAt"] = self.orders[order_id]["updatedAt"]

    def add_unknown_fields(self, order_id: str) -> None:
        self.orders[order_id]["loyalty"] = {"deep": [1, {"a": None}]}
        self.orders[order_id]["lineItems"]["nodes"][0]["giftWrap"] = 12.5

    def spoil(self, order_id: str) -> None:
        self.orders[order_id]["lineItems"]["nodes"][0]["quantity"] = "many"

    def sent(
        self,
        order_id: str,
        now_s: int,
        *,
        secret: str = "",
        delivery: str = "",
        what: str = "created",
    ) -> Sent:
        order = self.orders[order_id]
        shown = {"id": 632} if what == "other" else {"id": int(order_id), "name": order["name"]}
        body = json.dumps(shown).encode()
        key = (secret or self.secret).encode()
        signature = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
        headers = {
            "content-type": "application/json",
            "X-Shopify-Topic": TOPICS[what],
            "X-Shopify-Hmac-Sha256": signature,
            "X-Shopify-Webhook-Id": delivery or f"{what}-{order_id}-{order['updatedAt']}",
            "X-Shopify-Triggered-At": order["updatedAt"],
        }
        return Sent(headers, body)

    def refunds(self, order_id: str) -> list[int]:
        rows = self.orders[order_id]["refunds"]
        return [minor(one["totalRefundedSet"]["shopMoney"]["amount"]) for one in rows]

    def subscribe(self, address: str) -> None:
        for topic in ("ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_CANCELLED", "REFUNDS_CREATE"):
            self.hooks.append({"id": gid("WebhookSubscription", 1), "topic": topic, "uri": address})

    def unsubscribe(self) -> bool:
        """After eight failures in four hours it is deleted."""
        self.hooks.clear()
        return True

    # --- its API ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.headers.get("x-shopify-access-token") != self.api_key:
            return Answer({"errors": "[API] Invalid API key or access token"}, 401)
        query, given = call.json["query"], call.json["variables"]
        outer = query.partition("{")[2]
        name = outer.split("(")[0].split("{")[0].strip()
        if "@idempotent" in query:
            key = given["key"]
            if key not in self.keys:
                self.keys[key] = getattr(self, f"_{name}")(given)
            return Answer({"data": {name: self.keys[key]}})
        return Answer({"data": {name: getattr(self, f"_{name}")(given)}})

    def _find(self, own: str) -> dict[str, Any] | None:
        return self.orders.get(own.rpartition("/")[2])

    def _order(self, given: Any) -> Any:
        return self._find(given["id"])

    def _orders(self, given: Any) -> Any:
        since = given["query"].partition("'")[2].rstrip("'")
        rows = [
            one
            for one in self.orders.values()
            if one["updatedAt"] >= since and (since or not one["cancelledAt"])
        ]
        rows.sort(key=lambda one: str(one["updatedAt"]))
        return {"nodes": rows, "pageInfo": {"hasNextPage": False, "endCursor": None}}

    def _shop(self, given: Any) -> Any:
        return {"name": "Shop", "currencyCode": "EUR"}

    def _fulfillmentOrderLineItemsPreparedForPickup(self, given: Any) -> Any:  # noqa: N802 - theirs
        for one in given["input"]["lineItemsByFulfillmentOrder"]:
            self.count(one["fulfillmentOrderId"].rpartition("/")[2], "ready")
        return {"userErrors": []}

    def _tagsAdd(self, given: Any) -> Any:  # noqa: N802 - as Shopify calls it
        order = self._find(given["id"])
        assert order is not None
        assert all(len(tag) <= 40 for tag in given["tags"])
        order["tags"] += given["tags"]
        return {"userErrors": []}

    def _fulfillmentCreate(self, given: Any) -> Any:  # noqa: N802 - as Shopify calls it
        told = given["fulfillment"]
        for part in told["lineItemsByFulfillmentOrder"]:
            own = part["fulfillmentOrderId"].rpartition("/")[2]
            order = self.orders[own]
            held = order["fulfillmentOrders"]["nodes"][0]["lineItems"]["nodes"]
            for one in part["fulfillmentOrderLineItems"]:
                item = next(each for each in held if each["id"] == one["id"])
                if one["quantity"] > item["remainingQuantity"]:
                    return {"userErrors": [{"field": None, "message": "Invalid quantity"}]}
                item["remainingQuantity"] -= one["quantity"]
            whole = not any(item["remainingQuantity"] for item in held)
            order["displayFulfillmentStatus"] = "FULFILLED" if whole else "PARTIALLY_FULFILLED"
            if whole:
                order["fulfillmentOrders"]["nodes"][0]["status"] = "CLOSED"
            tracking = [told["trackingInfo"]]
            order["fulfillments"].append({"id": "f", "status": "SUCCESS", "trackingInfo": tracking})
            self.count(own, "collected")
            self.touch(own)
        return {"fulfillment": {"id": "f", "status": "SUCCESS"}, "userErrors": []}

    def _orderMarkAsPaid(self, given: Any) -> Any:  # noqa: N802 - as Shopify calls it
        order = self._find(given["input"]["id"])
        assert order is not None
        if order["displayFinancialStatus"] != "PENDING":
            return {"userErrors": [{"field": ["id"], "message": "Order cannot be marked as paid."}]}
        order["displayFinancialStatus"] = "PAID"
        self.count(order["legacyResourceId"], "paid")
        self.touch(order["legacyResourceId"])
        return {"order": {"id": order["id"]}, "userErrors": []}

    def _refundCreate(self, given: Any) -> Any:  # noqa: N802 - as Shopify calls it
        told = given["input"]
        order = self._find(told["orderId"])
        assert order is not None
        (paid,) = told["transactions"]
        made = {
            **{"id": gid("Refund", self._next()), "note": told["note"]},
            **{"totalRefundedSet": money(paid["amount"]), "refundLineItems": {"nodes": []}},
        }
        order["refunds"].append(made)
        self.touch(order["legacyResourceId"])
        return {"refund": {"id": made["id"]}, "userErrors": []}

    def _orderCancel(self, given: Any) -> Any:  # noqa: N802 - as Shopify calls it
        own = given["orderId"].rpartition("/")[2]
        self.cancel(own)
        self.count(own, "cancelled")
        return {"job": {"id": "j"}, "orderCancelUserErrors": []}

    def _productVariants(self, given: Any) -> Any:  # noqa: N802 - as Shopify calls it
        rows = [
            {"sku": sku, "inventoryItem": {"id": gid("InventoryItem", sku), "tracked": True}}
            for sku in GOODS
            if f'sku:"{sku}"' in given["query"]
        ]
        return {"nodes": rows}

    def _inventorySetQuantities(self, given: Any) -> Any:  # noqa: N802 - as Shopify calls it
        assert given["input"]["name"] == "available"
        for row in given["input"]["quantities"]:
            sku = row["inventoryItemId"].rpartition("/")[2]
            name = row["locationId"].rpartition("/")[2]
            self.numbers[sku, name] = row["quantity"]
        return {"userErrors": []}

    def _webhookSubscriptions(self, given: Any) -> Any:  # noqa: N802 - as Shopify calls it
        return {"nodes": self.hooks}

    def _webhookSubscriptionCreate(self, given: Any) -> Any:  # noqa: N802 - as Shopify calls it
        told = given["webhookSubscription"]
        self.hooks.append({"id": "w", "topic": given["topic"], "uri": told["uri"]})
        return {"webhookSubscription": {"id": "w"}, "userErrors": []}
