"""Medusa 2: REST Admin API, amounts in whole units that nobody rounded; its subscriber sends hints.

Payments have times of their own: an order's `updated_at` does not move when it is paid, so its
version is the latest of all that belongs to it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from pos_app.domain.money import minor_digits
from sync.hub.channels import medusa_order as order
from sync.hub.channels import reading as read
from sync.hub.channels.adapter import (
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
from sync.hub.channels.hints import hinted

_PAGE: Final = 100
_PAGES_MAX: Final = 1_000
_PAYMENT: Final = "payment:"
_GOODS: Final = "id,status,*items,*items.detail,*fulfillments,*fulfillments.items"
_MONEY: Final = (
    "id,status,currency_code,metadata,*payment_collections.payments,"
    "*payment_collections.payments.captures,*payment_collections.payments.refunds"
)
_TIMES: Final = (
    "id,updated_at,payment_collections.updated_at,payment_collections.payments.updated_at,"
    "fulfillments.updated_at"
)


class Medusa:
    """The platform `medusa`.

    Its options: `pay_in_store`, the payment providers that are paid in the store
    (`pp_system_default`), `payment_key`, the name in an order's metadata that tells it better
    (`payment_method`) with `pay-in-store` as its value, `state_key`, the name in its metadata that
    is told `ready` (`pickup_state`).
    """

    platform = "medusa"
    capabilities = Capabilities(
        locations=True,
        pickup_ready=True,
        idempotency_keys=False,
        reservations_apart=True,
        refunds_with_lines=False,
    )

    def auth(self, settings: Settings) -> Mapping[str, str]:
        """The secret key as the name of a user without a password."""
        said = base64.b64encode(f"{settings.api_key}:".encode()).decode()
        return {"authorization": f"Basic {said}"}

    def verify(
        self, headers: Mapping[str, str], raw: bytes, settings: Settings, now_s: int
    ) -> Delivery:
        """By Standard Webhooks; of a payment's event only the payment is known."""
        delivery, data = hinted(headers, raw, settings.secrets, now_s)
        topic = delivery.topic
        about = read.text(data.get("order_id"), 200)
        if not about and topic.startswith("order."):
            about = read.text(data.get("id"), 200)
        elif not about and topic.startswith("payment.") and data.get("id"):
            about = _PAYMENT + read.text(data.get("id"), 200)
        return Delivery(delivery.key, topic, about, delivery.occurred_at)

    def carried(self, topic: str, raw: bytes) -> Any | None:
        """Nothing: a delivery is a hint."""
        return None

    def fetch_order(self, client: Client, settings: Settings, external_id: str) -> Any:
        """The order with its payments, refunds, fulfilments, and where it is fetched."""
        if external_id.startswith(_PAYMENT):
            external_id = _of_payment(client, external_id.removeprefix(_PAYMENT))
        return _order(client, external_id, order.FIELDS)

    def to_canonical(self, found: Any, settings: Settings) -> ChannelOrder:
        """Each line rounded by itself; what that leaves of the total is its rounding."""
        return order.canonical(read.mapping(found), settings)

    def list_changed(
        self, client: Client, settings: Settings, since: str
    ) -> Iterator[tuple[str, str]]:
        """What was written since, and of what is open whatever was paid of it since."""
        told: set[str] = set()
        written = {"updated_at[$gt]": since, "order": "updated_at"}
        still_open = {"status[]": "pending", "order": "created_at"}
        for wanted in (written, still_open) if since else (still_open,):
            for row in _pages(client, "/admin/orders", "orders", {**wanted, "fields": _TIMES}):
                external_id, version = read.text(row.get("id"), 200), order.version(row)
                if external_id and external_id not in told and version >= since:
                    told.add(external_id)
                    yield external_id, version

    def mark_ready(self, client: Client, settings: Settings, op: Operation) -> None:
        """In the order's metadata.

        Never a fulfilment: with it the shop takes the goods off its stock while they still stand on
        ours, and the next number we tell it would count them twice.
        """
        name = settings.options.get("state_key", "pickup_state")
        found = _order(client, op.external_id, "id,status,metadata")
        if found.get("status") == "canceled":
            raise ShopRefused("the shop has cancelled this order")
        if read.mapping(found, "metadata").get(name) != "ready":
            _write(client, op, {name: "ready"})

    def mark_collected(self, client: Client, settings: Settings, op: Operation) -> None:
        """A fulfilment with our id as its receipt, delivered (or shipped, with a carrier)."""
        found = _order(client, op.external_id, _GOODS)
        if found.get("status") == "canceled":
            raise ShopRefused("the shop has cancelled this order")
        made = order.ours(found, op.op_id)
        left = order.wanted(found, op) if made is None else {}
        if left:
            _bring_reservations(client, found, left, op.location)
            told = {
                "location_id": op.location,
                "items": [{"id": line, "quantity": count} for line, count in left.items()],
                "metadata": {order.RECEIPT: op.op_id},
                "no_notification": True,
            }
            found = _acted(client, op, "/fulfillments", told)
            made = order.ours(found, op.op_id)
        if made is not None:
            found = _deliver(client, op, made) or found
        if found.get("status") == "pending" and order.all_delivered(found):
            client.call("POST", _path(op, "/complete"), json={})

    def take_payment(self, client: Client, settings: Settings, op: Operation) -> None:
        """Captures it; what was captured before is noted first, so that a repeat is seen."""
        found = _order(client, op.external_id, _MONEY)
        currency = read.currency(found.get("currency_code"), settings.currency)
        before, note = order.captured(found, currency), f"holdfast_paid_{op.op_id}"
        noted = read.text(read.mapping(found, "metadata").get(note))
        if noted and int(read.number(noted)) < before:
            return
        left = op.amount or None
        for payment in order.payments(found):
            open_ = order.uncaptured(payment, currency)
            take = open_ if left is None else min(left, open_)
            if take <= 0:
                continue
            if not noted:
                _write(client, op, {note: str(before)})
                noted = str(before)
            path = f"/admin/payments/{quote(payment['id'], safe='')}/capture"
            # All that is left with the fractions of a penny that the shop never rounded.
            whole = order.exact_rest(payment) if take == open_ else _units(take, currency)
            client.call("POST", path, json={"amount": whole})
            left = None if left is None else left - take
        if left and not before:
            raise ShopRefused("the shop has no payment that could be captured")

    def refund(self, client: Client, settings: Settings, op: Operation) -> None:
        """Gives back of what was captured; its note carries our id, and is read back first.

        An order that is cancelled has been given back whole by the shop itself.
        """
        found = _order(client, op.external_id, _MONEY)
        currency = read.currency(found.get("currency_code"), settings.currency)
        if found.get("status") == "canceled" and not order.refundable_all(found, currency):
            return
        left = op.amount - sum(
            order.amount(one, currency)
            for payment in order.payments(found)
            for one in read.rows(payment, "refunds")
            if op.op_id in read.text(one.get("note"))
        )
        for payment in order.payments(found):
            take = min(left, order.refundable(payment, currency))
            if take > 0:
                path = f"/admin/payments/{quote(payment['id'], safe='')}/refund"
                note = f"{op.reason} (holdfast {op.op_id})".strip()
                client.call("POST", path, json={"amount": _units(take, currency), "note": note})
                left -= take
        if left > 0:
            raise ShopRefused("the shop has not that much to give back")

    def cancel(self, client: Client, settings: Settings, op: Operation) -> None:
        """Calls the whole order off; the shop gives back by itself what was captured of it.

        Lines alone cannot be called off here: money for them is a refund of its own.
        """
        if op.lines:
            return
        if _order(client, op.external_id, "id,status").get("status") != "canceled":
            client.call("POST", _path(op, "/cancel"), json={})

    def push_stock(
        self, client: Client, settings: Settings, levels: list[StockLevel]
    ) -> tuple[str, ...]:
        """What is on hand in each location; its own open orders it keeps apart."""
        items: dict[str, tuple[str, set[str]]] = {}
        skus = sorted({one.sku for one in levels})
        for first in range(0, len(skus), _PAGE):
            part = skus[first : first + _PAGE]
            query = {"fields": "id,sku,location_levels.location_id", "limit": str(_PAGE)}
            query |= {f"sku[{place}]": sku for place, sku in enumerate(part)}
            found = read.mapping(client.call("GET", "/admin/inventory-items", query=query))
            for one in read.rows(found, "inventory_items"):
                places = {
                    read.text(each.get("location_id")) for each in read.rows(one, "location_levels")
                }
                items[read.text(one.get("sku"))] = (read.text(one.get("id")), places)
        create: list[dict[str, Any]] = []
        update: list[dict[str, Any]] = []
        for level in levels:
            if level.sku in items:
                item, places = items[level.sku]
                count = level.number(reservations_apart=True) // 1_000
                told = {
                    "inventory_item_id": item,
                    "location_id": level.location,
                    "stocked_quantity": count,
                }
                (update if level.location in places else create).append(told)
        for first in range(0, max(len(create), len(update)), _PAGE):
            both = {
                "create": create[first : first + _PAGE],
                "update": update[first : first + _PAGE],
                "delete": [],
            }
            client.call("POST", "/admin/inventory-items/location-levels/batch", json=both)
        return tuple(sku for sku in skus if sku not in items)

    def health(self, client: Client, settings: Settings, address: str) -> str:
        """Whether it answers us and lets goods be fetched somewhere; its subscriber tells by itself."""
        next(_pages(client, "/admin/orders", "orders", {"fields": _TIMES, "limit": "1"}), None)
        query = {"fields": "id,service_zone.fulfillment_set.type", "limit": str(_PAGE)}
        found = read.mapping(client.call("GET", "/admin/shipping-options", query=query))
        if not any(order.is_pickup(one) for one in read.rows(found, "shipping_options")):
            raise ShopRefused("no shipping option of the shop is for fetching goods in a store")
        return ""


# --- asked --------------------------------------------------------------------------------------


def _path(op: Operation, more: str = "") -> str:
    return f"/admin/orders/{quote(op.external_id, safe='')}{more}"


def _order(client: Client, external_id: str, fields: str) -> Mapping[str, Any]:
    path = f"/admin/orders/{quote(external_id, safe='')}"
    return _told(client.call("GET", path, query={"fields": fields}), external_id)


def _told(reply: Any, external_id: str) -> Mapping[str, Any]:
    found = read.mapping(reply, "order")
    if read.text(found.get("id"), 200) != external_id:
        raise ShopUnreachable("the reply is not this order")
    return found


def _of_payment(client: Client, payment: str) -> str:
    path = f"/admin/payments/{quote(payment, safe='')}"
    found = client.call("GET", path, query={"fields": "id,payment_collection.order.id"})
    if read.mapping(found, "payment").get("id") != payment:
        raise ShopUnreachable("the reply is not this payment")
    collection = read.mapping(read.mapping(found, "payment"), "payment_collection")
    external_id = read.text(read.mapping(collection, "order").get("id"), 200)
    if not external_id:
        raise ShopRefused(f"payment {payment} is of no order")
    return external_id


def _pages(
    client: Client, path: str, name: str, query: Mapping[str, str]
) -> Iterator[Mapping[str, Any]]:
    for page in range(_PAGES_MAX):
        part = {"limit": str(_PAGE), "offset": str(page * _PAGE), **query}
        found = read.mapping(client.call("GET", path, query=part))
        if not isinstance(found.get(name), list):
            raise ShopUnreachable("the reply is no list")
        rows = read.rows(found, name)
        yield from rows
        if len(rows) < _PAGE:
            return


# --- done ---------------------------------------------------------------------------------------


def _units(minor: int, currency: str) -> Decimal:
    """Minor units as the shop writes money; a JSON number, exact."""
    return Decimal(minor).scaleb(-minor_digits(currency))


def _write(client: Client, op: Operation, metadata: Mapping[str, str]) -> None:
    client.call("POST", _path(op), json={"metadata": metadata})


def _bring_reservations(
    client: Client, found: Mapping[str, Any], left: Mapping[str, int], location: str
) -> None:
    """Has the goods of a line put aside where they are fetched, where only some of it goes now.

    The shop puts aside in whatever place it likes. Fulfilling a part elsewhere, or moving what was
    put aside, leaves its count of the old place too high for ever (2.21.2): made anew it is right.
    """
    parts = [line for line, count in left.items() if count < order.open_of(found, line)]
    for line in parts:
        asked = client.call("GET", "/admin/reservations", query={"line_item_id[]": line})
        for one in read.rows(read.mapping(asked), "reservations"):
            if one.get("location_id") == location:
                continue
            path = "/admin/reservations"
            client.call("DELETE", f"{path}/{quote(one['id'], safe='')}")
            anew = {
                "line_item_id": line,
                "inventory_item_id": one["inventory_item_id"],
                "quantity": one["quantity"],
            }
            try:
                client.call("POST", path, json={**anew, "location_id": location})
            except KeyRefused:
                raise
            except ShopRefused:
                # It thinks that this store has not so many: then it stays where it was.
                client.call("POST", path, json={**anew, "location_id": one["location_id"]})


def _acted(client: Client, op: Operation, path: str, told: Any) -> Mapping[str, Any]:
    """The order after something was done to it."""
    found = client.call("POST", _path(op, path), json=told, query={"fields": _GOODS})
    return _told(found, op.external_id)


def _deliver(client: Client, op: Operation, made: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The order afterwards; nothing where it was done before."""
    path = f"/fulfillments/{quote(made['id'], safe='')}"
    if op.carrier or op.tracking:
        if not made.get("shipped_at"):
            told = {
                "items": [
                    {"id": one["line_item_id"], "quantity": one["quantity"]}
                    for one in read.rows(made, "items")
                ],
                "labels": [{"tracking_number": op.tracking, "tracking_url": "#", "label_url": "#"}],
            }
            return _acted(client, op, f"{path}/shipments", told)
    elif not made.get("delivered_at"):
        return _acted(client, op, f"{path}/mark-as-delivered", {})
    return None
