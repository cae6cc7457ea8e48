"""A WooCommerce as its REST API v3 and its webhooks are documented and were seen to answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import Counter
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from tests.hub.channels.fake import Answer, Basket, Call, Sent
from tests.hub.channels.shops.bridged import BridgedShop, minor

API = "/wp-json/wc/v3/"
GOODS = {"A1": 11, "B2": 12}
TOPICS = {
    "created": "order.created",
    "updated": "order.updated",
    "cancelled": "order.updated",
    "other": "product.updated",
}


def refused(status: int, code: str) -> Answer:
    return Answer({"code": code, "message": code, "data": {"status": status}}, status)


def escaped(text: str) -> str:
    return quote(text, safe="~")


class WooShop(BridgedShop):
    platform = "woocommerce"
    api_key, api_secret = "ck_hub", "cs_hub"
    secret, other_secret = "text of the hook", "text of another"
    timed = False
    reservations_apart = False
    lines_of_three = (2_249, 900)

    def began(self) -> None:
        super().began()
        self.hooks: list[dict[str, Any]] = []
        self.notes: list[tuple[str, str]] = []

    def order(self, basket: Basket, order_id: str = "") -> str:
        own, now = order_id or str(500 + self._next()), self._time()
        whole = len(basket.lines) > 1  # the basket whose pennies it was seen to spread so
        gross = [f"{one.gross}" for one in basket.lines]
        if whole:
            gross = ["22.49", "9.00"]
        lines = [
            self._line(place, one, gross[place - 1]) for place, one in enumerate(basket.lines, 1)
        ]
        total = sum(map(Decimal, gross), Decimal(basket.shipping))
        self.orders[own] = {
            **{"id": int(own), "number": f"W{own[-4:]}", "status": "processing"},
            **{"currency": self.currency, "total": f"{total:.2f}", "total_tax": "0.00"},
            **{"date_created_gmt": now, "date_modified_gmt": now, "customer_id": 7},
            "date_paid_gmt": now if basket.paid else None,
            **{"payment_method_title": "Card", "transaction_id": "t1", "customer_note": ""},
            "billing": {
                **{"first_name": basket.name, "last_name": "", "email": basket.email},
                "phone": basket.phone,
            },
            "shipping": {},
            "line_items": lines,
            "shipping_lines": [
                {
                    **{"id": 1, "method_id": "pickup_location", "total": basket.shipping},
                    **{"total_tax": "0.00"},
                    "meta_data": [{"key": "pickup_location", "value": basket.location}],
                }
            ],
            "coupon_lines": [{"code": basket.coupon}] if basket.coupon else [],
            "meta_data": [
                {"key": "_wc_order_attribution_utm_source", "value": basket.utm},
                {"key": "marketing_consent", "value": basket.consent},
            ],
            "refunds": [],
        }
        return own

    def _line(self, place: int, sold: Any, gross: str) -> dict[str, Any]:
        before = Decimal(sold.unit) * sold.qty
        rate = Decimal(sold.rate) / 100
        net, plain = Decimal(gross) / (1 + rate), before / (1 + rate)
        return {
            **{"id": place, "name": f"Article {sold.sku}", "sku": sold.sku, "quantity": sold.qty},
            **{"subtotal": f"{plain:.6f}", "subtotal_tax": f"{before - plain:.6f}"},
            **{"total": f"{net:.6f}", "total_tax": f"{Decimal(gross) - net:.6f}"},
            **{"price": float(net / sold.qty), "global_unique_id": sold.barcode},
        }

    def _time(self) -> str:
        """UTC, whole seconds, and no word of it."""
        return self._now()[:19]

    def touch(self, order_id: str) -> None:
        self.orders[order_id]["date_modified_gmt"] = self._time()

    def cancel(self, order_id: str) -> None:
        self.orders[order_id]["status"] = "cancelled"
        self.touch(order_id)

    def add_unknown_fields(self, order_id: str) -> None:
        self.orders[order_id]["loyalty"] = {"deep": [1, {"a": None}]}
        self.orders[order_id]["line_items"][0]["gift_wrap"] = 12.5

    def spoil(self, order_id: str) -> None:
        self.orders[order_id]["line_items"][0]["quantity"] = "many"

    def sent(
        self,
        order_id: str,
        now_s: int,
        *,
        secret: str = "",
        delivery: str = "",
        what: str = "created",
    ) -> Sent:
        shown = {"id": 11} if what == "other" else self.orders[order_id]
        body = json.dumps(shown).encode()
        key = (secret or self.secret).encode()
        signature = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
        headers = {
            "content-type": "application/json",
            "X-WC-Webhook-Topic": TOPICS[what],
            "X-WC-Webhook-Signature": signature,
            # A hash of the hook and the second: two events of one second share it.
            "X-WC-Webhook-Delivery-ID": delivery or str(now_s),
        }
        return Sent(headers, body)

    def ping(self) -> Sent | None:
        form = {"content-type": "application/x-www-form-urlencoded"}
        return Sent(form, b"webhook_id=3")

    def refunds(self, order_id: str) -> list[int]:
        return [minor(one["amount"]) for one in self.orders[order_id]["refunds"]]

    def done(self, order_id: str) -> Counter[str]:
        return self.counts.get(order_id, Counter())

    def place(self, location: str) -> str:
        return ""

    def subscribe(self, address: str) -> None:
        for place, topic in enumerate(("order.created", "order.updated"), 1):
            hook = {"id": place, "delivery_url": address, "topic": topic, "status": "active"}
            self.hooks.append(hook)

    def unsubscribe(self) -> bool:
        """After six failures in a row."""
        self.hooks[0]["status"] = "disabled"
        return True

    # --- its API ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if not self._signed(call):
            return refused(401, "woocommerce_rest_authentication_error")
        kind, *more = call.path.removeprefix(API).split("/")
        return getattr(self, f"_{kind}")(call, more)

    def _signed(self, call: Call) -> bool:
        given = dict(call.query)
        said = given.pop("oauth_signature", "")
        pairs = sorted((escaped(name), escaped(value)) for name, value in given.items())
        told = escaped("&".join(f"{name}={value}" for name, value in pairs))
        base = f"{call.method}&{escaped(self.url + call.path)}&{told}".encode()
        digest = hmac.new(f"{self.api_secret}&".encode(), base, hashlib.sha256).digest()
        fits = said == base64.b64encode(digest).decode()
        return fits and given.get("oauth_consumer_key") == self.api_key

    def _orders(self, call: Call, more: list[str]) -> Answer:
        if not more:
            since = call.query.get("modified_after", "")
            states = call.query.get("status", "").split(",")
            rows = [
                one
                for one in self.orders.values()
                if one["date_modified_gmt"] > since and (states == [""] or one["status"] in states)
            ]
            return Answer(sorted(rows, key=lambda one: str(one["date_modified_gmt"])))
        order = self.orders.get(more[0])
        if order is None:
            return refused(404, "woocommerce_rest_shop_order_invalid_id")
        if more[1:] == ["refunds"]:
            return self._refund(order, call)
        if more[1:] == ["notes"]:
            self.notes.append((more[0], call.json["note"]))
            self.count(more[0], "ready")
            return Answer({"id": 1}, 201)
        if call.method == "PUT":
            self._change(more[0], order, call.json)
        return Answer({**order, "refunds": [{"id": one["id"]} for one in order["refunds"]]})

    def _change(self, own: str, order: dict[str, Any], told: dict[str, Any]) -> None:
        for meta in told.get("meta_data", []):
            held = [one for one in order["meta_data"] if one["key"] != meta["key"]]
            order["meta_data"] = [*held, meta]
        status = told.get("status", "")
        if status and status != order["status"]:
            order["status"] = status
            word = {"completed": "collected", "cancelled": "cancelled"}.get(status, "")
            if word:
                self.count(own, word)
        if told.get("set_paid") and not order["date_paid_gmt"]:
            order["date_paid_gmt"] = self._time()
            self.count(own, "paid")
        self.touch(own)

    def _refund(self, order: dict[str, Any], call: Call) -> Answer:
        if call.method == "GET":
            return Answer(order["refunds"])
        back = sum(Decimal(one["amount"]) for one in order["refunds"])
        if back + Decimal(call.json["amount"]) > Decimal(order["total"]):
            return refused(400, "woocommerce_rest_invalid_refund_amount")
        assert call.json["api_restock"] is False, "goods come back by the hub's books"
        made = {"id": self._next(), "line_items": [], **call.json}
        order["refunds"].append(made)
        return Answer(made, 201)

    def _products(self, call: Call, more: list[str]) -> Answer:
        if more == ["batch"]:
            for one in call.json["update"]:
                sku = next(name for name, own in GOODS.items() if own == one["id"])
                self.numbers[sku, ""] = one["stock_quantity"]
            return Answer({"update": []})
        wanted = call.query["sku"].split(",")
        found = [{"id": GOODS[sku], "sku": sku, "parent_id": 0} for sku in wanted if sku in GOODS]
        return Answer(found)

    def _webhooks(self, call: Call, more: list[str]) -> Answer:
        if call.method == "PUT":
            hook = next(one for one in self.hooks if str(one["id"]) == more[0])
            hook |= call.json
            return Answer(hook)
        if call.method == "POST":
            self.hooks.append({"id": self._next(), **call.json})
            return Answer(self.hooks[-1], 201)
        return Answer(self.hooks)
