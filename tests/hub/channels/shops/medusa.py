"""A Medusa that answers as 2.21.2 does: shapes and refusals as they were seen on a live one."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any, ClassVar

from tests.hub.channels.fake import Answer, Basket, Call
from tests.hub.channels.shops.bridged import BridgedShop, minor

GOODS = ("A1", "B2")


def refused(status: int, kind: str, message: str) -> Answer:
    return Answer({"type": kind, "message": message}, status)


class MedusaShop(BridgedShop):
    platform = "medusa"
    large_id = "order_9007199254740993"
    topics: ClassVar = {
        "created": "order.placed",
        "updated": "order.updated",
        "cancelled": "order.canceled",
        "other": "inventory-level.updated",
    }

    def began(self) -> None:
        super().began()
        self.levels: set[tuple[str, str]] = {("A1", "here")}

    def order(self, basket: Basket, order_id: str = "") -> str:
        own, now = order_id or f"order_{self._next():04}", self._now()
        total = float(basket.total)
        method = "card-online" if basket.paid else "pay-in-store"
        captured = [{"id": "capt_1", "amount": total}] if basket.paid else []
        self.orders[own] = {
            **{"id": own, "display_id": len(self.orders) + 1, "created_at": now, "updated_at": now},
            **{"status": "pending", "canceled_at": None, "currency_code": self.currency.lower()},
            **{"email": basket.email, "locale": None, "total": total, "tax_total": 0},
            **{"shipping_total": float(basket.shipping), "credit_line_total": 0},
            "metadata": {
                **({"utm_source": basket.utm} if basket.utm else {}),
                **({"marketing_consent": basket.consent} if basket.consent else {}),
                "payment_method": method,
            },
            "items": [
                {
                    **{"id": f"{own}_{place}", "product_title": one.title or f"Article {one.sku}"},
                    **{"variant_sku": one.sku, "variant_barcode": one.barcode or None},
                    **{"variant_title": "One", "quantity": one.qty, "is_tax_inclusive": True},
                    **{"unit_price": float(one.unit), "total": float(one.gross), "tax_total": 0},
                    "original_total": float(Decimal(one.unit) * one.qty),
                    "tax_lines": [{"rate": float(one.rate)}],
                    "adjustments": [{"code": basket.coupon}] if basket.coupon else [],
                    "detail": {
                        **{"quantity": one.qty, "fulfilled_quantity": 0, "delivered_quantity": 0},
                        **{"shipped_quantity": 0, "return_received_quantity": 0},
                    },
                }
                for place, one in enumerate(basket.lines)
            ],
            "shipping_methods": [
                {
                    "shipping_option": {
                        "service_zone": {
                            "fulfillment_set": {
                                "type": "pickup",
                                "location": {"id": basket.location},
                            }
                        }
                    }
                }
            ],
            "customer": {"id": "cus_1", "email": basket.email},
            "shipping_address": {"first_name": basket.name, "phone": basket.phone},
            "payment_collections": [
                {
                    "updated_at": now,
                    "payments": [
                        {
                            **{"id": f"pay_{own}", "updated_at": now, "amount": total},
                            **{"provider_id": "pp_system_default", "canceled_at": None},
                            **{"captures": captured, "refunds": []},
                        }
                    ],
                }
            ],
            "fulfillments": [],
        }
        return own

    def touch(self, order_id: str) -> None:
        self.orders[order_id]["updated_at"] = self._now()

    def cancel(self, order_id: str) -> None:
        """It gives back by itself what was captured."""
        self.orders[order_id]["status"] = "canceled"
        payment = self._held(order_id)[0]
        taken = sum(one["amount"] for one in payment["captures"])
        back = sum(one["amount"] for one in payment["refunds"])
        if taken > back:
            payment["refunds"].append(
                {"id": f"ref_{self._next()}", "amount": taken - back, "note": None}
            )
        self.touch(order_id)

    def add_unknown_fields(self, order_id: str) -> None:
        self.orders[order_id]["loyalty"] = {"deep": [1, {"a": None}]}
        self.orders[order_id]["items"][0]["gift_wrap"] = 12.5

    def spoil(self, order_id: str) -> None:
        self.orders[order_id]["items"][0]["quantity"] = "many"

    def hint(self, order_id: str, what: str) -> dict[str, Any]:
        return {"id": "ilev_1"} if what == "other" else {"id": order_id}

    def version(self, order_id: str) -> str:
        return str(self.orders[order_id]["updated_at"])

    def _held(self, order_id: str) -> list[dict[str, Any]]:
        return [
            one
            for collection in self.orders[order_id]["payment_collections"]
            for one in collection["payments"]
        ]

    def refunds(self, order_id: str) -> list[int]:
        return [
            minor(str(back["amount"])) for one in self._held(order_id) for back in one["refunds"]
        ]

    # --- its API ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        own = base64.b64encode(f"{self.api_key}:".encode()).decode()
        if call.headers.get("authorization") != f"Basic {own}":
            return Answer({"message": "Unauthorized"}, 401)
        _, _, kind, *more = call.path.split("/")
        return getattr(self, "_" + kind.replace("-", "_"))(call, more)

    def _orders(self, call: Call, more: list[str]) -> Answer:
        if not more:
            since, status = call.query.get("updated_at[$gt]", ""), call.query.get("status[]", "")
            rows = [
                one
                for one in self.orders.values()
                if one["updated_at"] > since and status in ("", one["status"])
            ]
            return Answer({"orders": rows, "count": len(rows)})
        order = self.orders.get(more[0])
        if order is None:
            return refused(404, "not_found", f"Order id not found: {more[0]}")
        if call.method == "POST":
            fault = self._act(order, more[1:], call.json)
            if fault is not None:
                return fault
        return Answer({"order": order})

    def _act(self, order: dict[str, Any], what: list[str], told: Any) -> Answer | None:
        match what:
            case []:
                order["metadata"] |= told["metadata"]
                if "pickup_state" in told["metadata"]:
                    self.count(order["id"], "ready")
            case ["cancel"]:
                if order["status"] == "canceled":
                    return refused(400, "invalid_data", "Order has been canceled.")
                self.cancel(order["id"])
                self.count(order["id"], "cancelled")
            case ["complete"]:
                order["status"] = "completed"
            case ["fulfillments"]:
                return self._fulfil(order, told)
            case ["fulfillments", own, "mark-as-delivered"]:
                made = next(one for one in order["fulfillments"] if one["id"] == own)
                if made["delivered_at"]:
                    return refused(400, "not_allowed", "already been marked delivered")
                made["delivered_at"] = self._now()
                for one in made["items"]:
                    self._detail(order, one["line_item_id"])["delivered_quantity"] += one[
                        "quantity"
                    ]
                self.count(order["id"], "collected")
        self.touch(order["id"])
        return None

    def _detail(self, order: dict[str, Any], line: str) -> dict[str, Any]:
        return next(one["detail"] for one in order["items"] if one["id"] == line)

    def _fulfil(self, order: dict[str, Any], told: Any) -> Answer | None:
        assert told["location_id"], "it asks for one"
        for one in told["items"]:
            detail = self._detail(order, one["id"])
            if detail["fulfilled_quantity"] + one["quantity"] > detail["quantity"]:
                return refused(400, "invalid_data", "No stock reservation found for item")
        for one in told["items"]:
            self._detail(order, one["id"])["fulfilled_quantity"] += one["quantity"]
        order["fulfillments"].append(
            {
                **{"id": f"ful_{self._next()}", "metadata": told["metadata"]},
                **{"canceled_at": None, "delivered_at": None, "shipped_at": None},
                "updated_at": self._now(),
                "items": [
                    {"line_item_id": one["id"], "quantity": one["quantity"]}
                    for one in told["items"]
                ],
            }
        )
        return None

    def _payments(self, call: Call, more: list[str]) -> Answer:
        order_id = more[0].removeprefix("pay_")
        payment = self._held(order_id)[0]
        taken = sum(Decimal(str(one["amount"])) for one in payment["captures"])
        back = sum(Decimal(str(one["amount"])) for one in payment["refunds"])
        amount = Decimal(str(call.json["amount"])) if call.method == "POST" else Decimal(0)
        if more[1:] == ["capture"]:
            if taken + amount > Decimal(str(payment["amount"])):
                return refused(400, "invalid_data", "You cannot capture more than the authorized")
            payment["captures"].append({"id": f"capt_{self._next()}", "amount": float(amount)})
            self.count(order_id, "paid")
        if more[1:] == ["refund"]:
            if back + amount > taken:
                return refused(400, "invalid_data", "You cannot refund more than what is captured")
            made = {"id": f"ref_{self._next()}", "amount": float(amount), "note": call.json["note"]}
            payment["refunds"].append(made)
            self.orders[order_id]["total"] -= float(amount)
            self.orders[order_id]["credit_line_total"] += float(amount)
        payment["updated_at"] = self._now()
        return Answer({"payment": payment})

    def _shipping_options(self, call: Call, more: list[str]) -> Answer:
        zone = {"service_zone": {"fulfillment_set": {"type": "pickup"}}}
        return Answer({"shipping_options": [{"id": "so_1", **zone}]})

    def _reservations(self, call: Call, more: list[str]) -> Answer:
        return Answer({"reservations": []})

    def _inventory_items(self, call: Call, more: list[str]) -> Answer:
        if more == ["location-levels", "batch"]:
            for one in call.json["create"] + call.json["update"]:
                sku, place = one["inventory_item_id"][5:], one["location_id"]
                known = (sku, place) in self.levels
                if known != (one in call.json["update"]):
                    return refused(400, "invalid_data", "level of an item and place")
                self.levels.add((sku, place))
                self.numbers[sku, place] = one["stocked_quantity"]
            return Answer({"created": [], "updated": [], "deleted": []})
        wanted = [value for name, value in call.query.items() if name.startswith("sku[")]
        items = [
            {
                **{"id": f"item_{sku}", "sku": sku},
                "location_levels": [
                    {"location_id": place} for own, place in sorted(self.levels) if own == sku
                ],
            }
            for sku in wanted
            if sku in GOODS
        ]
        return Answer({"inventory_items": items})
