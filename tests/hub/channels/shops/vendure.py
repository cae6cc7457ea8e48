"""A Vendure that answers as 3.7.3 does: shapes, states and refusals as they were seen on a live one."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.hub.channels.fake import Answer, Basket, Call
from tests.hub.channels.shops.bridged import BridgedShop, minor

PLACES = {"1": "here", "2": "there"}
GOODS = ("A1", "B2")
_NEXT = {
    "PaymentAuthorized": ["PaymentSettled", "Cancelled", "Modifying", "ArrangingAdditionalPayment"],
    "PaymentSettled": ["PartiallyDelivered", "Delivered", "PartiallyShipped", "Shipped"],
    "Delivered": ["Cancelled"],
    "Cancelled": [],
}


def failed(code: str, message: str, **more: str) -> dict[str, Any]:
    return {"__typename": code.title(), "errorCode": code, "message": message, **more}


class VendureShop(BridgedShop):
    platform = "vendure"
    topics: ClassVar = {
        "created": "order.placed",
        "updated": "order.state_transition",
        "cancelled": "order.state_transition",
        "other": "stock.movement",
    }

    def order(self, basket: Basket, order_id: str = "") -> str:
        own = order_id or str(7_000 + self._next())
        now, method = self._now(), "card-online" if basket.paid else "pay-in-store"
        state = "Settled" if basket.paid else "Authorized"
        lines = [self._line(f"{own}{place}", one) for place, one in enumerate(basket.lines)]
        total = sum(one["proratedLinePriceWithTax"] for one in lines) + minor(basket.shipping)
        self.orders[own] = {
            **{"id": own, "code": f"W{own[-6:]}", "state": f"Payment{state}", "active": False},
            **{"orderPlacedAt": now, "updatedAt": now, "currencyCode": self.currency},
            **{"totalWithTax": total, "total": total, "shippingWithTax": minor(basket.shipping)},
            "couponCodes": [basket.coupon] if basket.coupon else [],
            "customFields": {
                **{"pickup": basket.location, "source": basket.utm or None, "medium": None},
                **{"campaign": None, "landing": None, "referrer": None, "device": None},
                "consent": {"yes": True, "no": False}.get(basket.consent),
            },
            "customer": {
                **{"id": "1", "firstName": basket.name, "lastName": ""},
                **{"emailAddress": basket.email, "phoneNumber": basket.phone},
            },
            "shippingAddress": {"fullName": basket.name, "streetLine1": None, "country": None},
            "surcharges": [],
            "shippingLines": [{"shippingMethod": {"code": "store-pickup"}}],
            "lines": lines,
            "payments": [
                {
                    **{"id": f"p{own}", "updatedAt": now, "transactionId": f"t{own}"},
                    **{"amount": total, "method": method, "state": state, "refunds": []},
                }
            ],
            "fulfillments": [],
            "history": [{"createdAt": now, "type": "ORDER_STATE_TRANSITION", "data": {}}],
        }
        return own

    def _line(self, own: str, sold: Any) -> dict[str, Any]:
        gross = minor(sold.gross)
        return {
            **{"id": own, "quantity": sold.qty, "orderPlacedQuantity": sold.qty},
            **{"unitPriceWithTax": minor(sold.unit), "taxRate": int(sold.rate)},
            **{"proratedUnitPriceWithTax": round(gross / sold.qty)},
            **{"proratedLinePriceWithTax": gross, "proratedLinePrice": gross},
            "productVariant": {
                **{"sku": sold.sku, "name": sold.title or f"Article {sold.sku}"},
                "customFields": {"barcode": sold.barcode or None},
            },
        }

    def touch(self, order_id: str) -> None:
        self.orders[order_id]["updatedAt"] = self._now()

    def cancel(self, order_id: str) -> None:
        order = self.orders[order_id]
        order |= {"state": "Cancelled", "totalWithTax": 0, "total": 0}
        for line in order["lines"]:
            line |= {"quantity": 0, "proratedLinePriceWithTax": 0, "proratedLinePrice": 0}
        self.touch(order_id)

    def add_unknown_fields(self, order_id: str) -> None:
        self.orders[order_id]["loyalty"] = {"deep": [1, {"a": None}]}
        self.orders[order_id]["lines"][0]["giftWrap"] = 12.5

    def spoil(self, order_id: str) -> None:
        self.orders[order_id]["lines"][0]["quantity"] = "many"

    def hint(self, order_id: str, what: str) -> dict[str, Any]:
        if what == "other":
            return {"kind": "SALE", "variants": ["1"]}
        order = self.orders[order_id]
        moved = {"fromState": "ArrangingPayment", "toState": order["state"]}
        return {"orderId": order_id, "orderCode": order["code"], **moved}

    def version(self, order_id: str) -> str:
        return str(self.orders[order_id]["updatedAt"])

    def refunds(self, order_id: str) -> list[int]:
        payments = self.orders[order_id]["payments"]
        return [one["total"] for payment in payments for one in payment["refunds"]]

    # --- its API ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.headers.get("vendure-api-key") != self.api_key:
            said = {"message": "You are not currently authorized to perform this action"}
            return Answer({"errors": [{**said, "extensions": {"code": "FORBIDDEN"}}], "data": None})
        query, given = call.json["query"], call.json["variables"]
        name = query.partition("{")[2].split("(")[0].split("{")[0].strip()
        found = getattr(self, f"_{name}")(given)
        if name in ("productVariants", "shippingMethods"):
            return Answer({"data": found})
        return Answer({"data": {name: found}})

    def _order(self, given: Any) -> Any:
        order = self.orders.get(str(given["id"]))
        if order is None:
            return None
        shown = {**order, "nextStates": _NEXT[order["state"]]}
        return {**shown, "history": {"items": list(reversed(order["history"]))}}

    def _orders(self, given: Any) -> Any:
        wanted = given["options"].get("filter", {})
        states = wanted.get("state", {}).get("in")
        after = next((one.get("updatedAt", {}).get("after") for one in wanted.get("_or", [])), "")
        found = [
            self._order({"id": own})
            for own, order in self.orders.items()
            if (states is None or order["state"] in states) and order["updatedAt"] > after
        ]
        return {"items": found}

    def _productVariants(self, given: Any) -> Any:  # noqa: N802 - as Vendure calls it
        items = [{"id": f"v{sku}", "sku": sku} for sku in given["skus"] if sku in GOODS]
        places = [
            {"id": own, "name": f"Store {own}", "description": name} for own, name in PLACES.items()
        ]
        return {"productVariants": {"items": items}, "stockLocations": {"items": places}}

    def _updateProductVariants(self, given: Any) -> Any:  # noqa: N802 - as Vendure calls it
        for one in given["i"]:
            for level in one["stockLevels"]:
                place = PLACES[level["stockLocationId"]]
                self.numbers[one["id"][1:], place] = level["stockOnHand"]
        return [{"id": one["id"]} for one in given["i"]]

    def _shippingMethods(self, given: Any) -> Any:  # noqa: N802 - as Vendure calls it
        return {"shippingMethods": {"items": [{"code": "by-post"}, {"code": "store-pickup"}]}}

    def _addNoteToOrder(self, given: Any) -> Any:  # noqa: N802 - as Vendure calls it
        said = given["i"]
        order = self.orders[said["id"]]
        data = {"note": said["note"]}
        order["history"].append({"createdAt": self._now(), "type": "ORDER_NOTE", "data": data})
        if said["note"].startswith("Ready"):
            self.count(said["id"], "ready")
        return {"id": said["id"]}

    def _addFulfillmentToOrder(self, given: Any) -> Any:  # noqa: N802 - as Vendure calls it
        lines = given["i"]["lines"]
        order = self._of_line(lines[0]["orderLineId"])
        held: dict[str, int] = {}
        for one in order["fulfillments"]:
            for line in one["lines"] if one["state"] != "Cancelled" else ():
                held[line["orderLineId"]] = held.get(line["orderLineId"], 0) + line["quantity"]
        for line in lines:
            own = next(one for one in order["lines"] if one["id"] == line["orderLineId"])
            if held.get(own["id"], 0) + line["quantity"] > own["quantity"]:
                return failed("ITEMS_ALREADY_FULFILLED_ERROR", "already part of a Fulfillment")
        said = {one["name"]: one["value"] for one in given["i"]["handler"]["arguments"]}
        made = {
            **{"id": f"f{self._next()}", "state": "Pending", "updatedAt": self._now()},
            **{"trackingCode": said["trackingCode"], "lines": lines},
        }
        order["fulfillments"].append(made)
        return {"__typename": "Fulfillment", "id": made["id"], "state": "Pending"}

    def _of_line(self, line: str) -> dict[str, Any]:
        orders = self.orders.values()
        return next(one for one in orders if line in [each["id"] for each in one["lines"]])

    def _transitionFulfillmentToState(self, given: Any) -> Any:  # noqa: N802 - as Vendure calls it
        for own, order in self.orders.items():
            for one in order["fulfillments"]:
                if one["id"] == given["id"]:
                    if one["state"] == given["to"]:
                        said = f'Cannot transition Fulfillment from "{given["to"]}"'
                        return failed(
                            "FULFILLMENT_STATE_TRANSITION_ERROR", "", transitionError=said
                        )
                    one |= {"state": given["to"], "updatedAt": self._now()}
                    self.count(own, "collected")
                    if order["state"] == "PaymentSettled":
                        order["state"] = "Delivered"
                    return {"__typename": "Fulfillment", "id": one["id"], "state": given["to"]}
        raise AssertionError(given)

    def _transitionOrderToState(self, given: Any) -> Any:  # noqa: N802 - as Vendure calls it
        order = self.orders[given["id"]]
        if given["to"] not in _NEXT[order["state"]]:
            return failed("ORDER_STATE_TRANSITION_ERROR", "", transitionError="it cannot")
        order["state"] = given["to"]
        return {"__typename": "Order", "id": given["id"], "state": given["to"]}

    def _payment(self, own: str) -> tuple[dict[str, Any], dict[str, Any]]:
        for order in self.orders.values():
            for one in order["payments"]:
                if one["id"] == own:
                    return order, one
        raise AssertionError(own)

    def _settlePayment(self, given: Any) -> Any:  # noqa: N802 - as Vendure calls it
        order, one = self._payment(given["id"])
        if one["state"] == "Authorized":
            one |= {"state": "Settled", "updatedAt": self._now()}
            order["state"] = "PaymentSettled"
            self.count(order["id"], "paid")
        return {"__typename": "Payment", "id": one["id"], "state": one["state"]}

    def _refundOrder(self, given: Any) -> Any:  # noqa: N802 - as Vendure calls it
        said = given["i"]
        _, payment = self._payment(said["paymentId"])
        assert (said["shipping"], said["adjustment"]) == (0, 0), "null in column shipping"
        back = sum(one["total"] for one in payment["refunds"])
        if said["amount"] > payment["amount"] - back:
            return failed("REFUND_AMOUNT_ERROR", "The amount exceeds the refundable amount")
        made = {
            **{"id": f"r{self._next()}", "updatedAt": self._now(), "total": said["amount"]},
            **{"state": "Settled", "reason": said["reason"], "lines": said["lines"]},
        }
        payment["refunds"].append(made)
        return {"__typename": "Refund", **made}

    def _cancelOrder(self, given: Any) -> Any:  # noqa: N802 - as Vendure calls it
        own = given["i"]["orderId"]
        if self.orders[own]["state"] == "Cancelled":
            return failed("EMPTY_ORDER_LINE_SELECTION_ERROR", "At least one OrderLine")
        self.cancel(own)
        self.count(own, "cancelled")
        return {"__typename": "Order", "id": own, "state": "Cancelled"}
