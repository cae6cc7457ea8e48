"""A shop of no platform: it speaks Standard Webhooks and our own JSON."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from standardwebhooks import Webhook

from tests.hub.channels.fake import Answer, Basket, Call, FakeShop, Sent

_TOPICS = {
    "created": "order.created",
    "updated": "order.updated",
    "cancelled": "order.cancelled",
    "refunded": "order.refunded",
    "other": "cart.abandoned",
}
_ACTS = {
    "order.ready": "ready",
    "order.collected": "collected",
    "order.paid": "paid",
    "order.cancel": "cancelled",
}


class StandardShop(FakeShop):
    platform = "standard"
    whole = False
    """True where its deliveries carry the order and cannot be asked for."""

    @property
    def options(self) -> dict[str, str]:
        asked = {
            "order_path": "/orders/{id}",
            "changed_path": "/orders?updated_after={since}",
            "acts_path": "/acts/{id}",
            "subscription_path": "/subscription",
            "callback_path": "/holdfast",
        }
        return {"callback_path": "/holdfast"} if self.whole else asked

    def began(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.acts: list[tuple[str, dict[str, Any]]] = []
        """(operation, what it was). The shop that cannot be asked does what it hears twice once, as
        our page has it; the other does it twice, and says what it did where it is asked first."""
        self.counts: dict[str, Counter[str]] = {}
        self.numbers: dict[tuple[str, str], int] = {}
        self.subscription = {"address": "", "active": True}
        self._no = 0
        self._minute = 0

    def _now(self) -> str:
        self._minute += 1
        at = dt.datetime.fromisoformat(self.at) + dt.timedelta(minutes=self._minute)
        return at.isoformat().replace("+00:00", "Z")

    def order(self, basket: Basket, order_id: str = "") -> str:
        self._no += 1
        own = order_id or str(1000 + self._no)
        now = self._now()
        self.orders[own] = {
            "id": int(own) if own.isdigit() else own,
            "name": f"W-{own[-6:]}",
            "placed_at": now,
            "updated_at": now,
            "state": "open",
            "currency": self.currency,
            "lines": [
                {
                    "id": f"L{place}",
                    "sku": line.sku,
                    "barcode": line.barcode,
                    "title": line.title or f"Article {line.sku}",
                    "quantity": line.qty,
                    "unit_price": line.unit,
                    "total": float(line.gross),
                    "tax_rate": line.rate,
                }
                for place, line in enumerate(basket.lines)
            ],
            "shipping": basket.shipping,
            "total": float(basket.total),
            "payment": {"state": "paid" if basket.paid else "pending", "method": "card-online"},
            "customer": {"name": basket.name, "email": basket.email, "phone": basket.phone},
            "fulfilment": {"kind": "pickup", "location": basket.location},
            "coupons": [basket.coupon] if basket.coupon else [],
            "attribution": {"source": basket.utm} if basket.utm else {},
            "consent": {"email": basket.consent} if basket.consent else {},
        }
        return own

    def touch(self, order_id: str) -> None:
        self.orders[order_id]["updated_at"] = self._now()

    def cancel(self, order_id: str) -> None:
        self.orders[order_id]["state"] = "cancelled"
        self.touch(order_id)

    def add_unknown_fields(self, order_id: str) -> None:
        order = self.orders[order_id]
        order["loyalty"] = {"level": {"deep": [1, {"a": None}]}}
        order["lines"][0]["gift_wrap"] = 12.5

    def spoil(self, order_id: str) -> None:
        self.orders[order_id]["lines"] = [{"id": "L0", "quantity": "many"}]

    def sent(
        self,
        order_id: str,
        now_s: int,
        *,
        secret: str = "",
        delivery: str = "",
        what: str = "created",
    ) -> Sent:
        data = self.orders[order_id] if self.whole else {"id": self.orders[order_id]["id"]}
        body = json.dumps({"type": _TOPICS[what], "timestamp": self.at, "data": data})
        at = dt.datetime.fromtimestamp(now_s, dt.UTC)
        key = delivery or f"msg_{what}_{order_id}_{self.orders[order_id]['updated_at']}"
        signature = Webhook(secret or self.secret).sign(key, at, body)
        headers = {
            "content-type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": str(now_s),
            "webhook-signature": f"v9,later {signature}",
        }
        return Sent(headers, body.encode())

    def answer(self, call: Call) -> Answer:
        if call.headers.get("authorization") != f"Bearer {self.api_key}":
            return Answer({"message": "no such key"}, 401)
        if call.path == "/holdfast":
            return self._told(call)
        if call.path == "/subscription":
            if call.method == "PUT":
                self.subscription = call.json
            return Answer(self.subscription)
        if call.path.startswith("/acts/"):
            known = unquote(call.path.removeprefix("/acts/")) in dict(self.acts)
            return Answer({}) if known else Answer({"message": "unknown"}, 404)
        if call.path == "/orders":
            since = call.query.get("updated_after", "")
            found = [
                {"id": order["id"], "updated_at": order["updated_at"]}
                for order in self.orders.values()
                if order["updated_at"] >= since
            ]
            return Answer({"orders": found})
        found = self.orders.get(call.path.removeprefix("/orders/"))
        return Answer(found) if found else Answer({"message": "no such order"}, 404)

    def _told(self, call: Call) -> Answer:
        told = Webhook(self.secret).verify(call.body, call.headers)
        data, message = told["data"], call.headers["webhook-id"]
        if told["type"] == "stock.levels":
            for level in data["levels"]:
                if level["sku"] == "GONE":
                    continue
                self.numbers[level["sku"], level["location"]] = int(Decimal(level["quantity"]))
            return Answer(
                {"unknown": [one["sku"] for one in data["levels"] if one["sku"] == "GONE"]}
            )
        if data["order"] not in self.orders:
            return Answer({"message": "no such order"}, 404)
        if not (self.whole and message in dict(self.acts)):
            self.acts.append((message, {"type": told["type"], **data}))
            if told["type"] in _ACTS:
                self.counts.setdefault(data["order"], Counter())[_ACTS[told["type"]]] += 1
        return Answer(None, 204)

    def refunds(self, order_id: str) -> list[int]:
        return [
            int(Decimal(act["amount"]) * 100)
            for _, act in self.acts
            if act["type"] == "order.refund" and act["order"] == order_id
        ]

    def done(self, order_id: str) -> Counter[str]:
        return self.counts.get(order_id, Counter())

    def stock(self, sku: str, location: str) -> int | None:
        return self.numbers.get((sku, location))

    def subscribe(self, address: str) -> None:
        self.subscription = {"address": address, "active": True}

    def unsubscribe(self) -> bool:
        self.subscription = {"address": "", "active": False}
        return not self.whole


class WholeShop(StandardShop):
    """The same without an API: each delivery has the order in it, nothing can be fetched."""

    whole = True
    fetched = False
