"""WooCommerce by its REST API v3.

A shop has one stock number a product and no stores; what a store is called stands in the shipping
line, or nowhere (then the channel's `pickup_location`). Money is text. There are no idempotency
keys: what was done is read back from the order's own notes of it (`_holdfast_…` in its meta data).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from pos_app.domain.money import minor_digits
from sync.hub.channels import reading as read
from sync.hub.channels.adapter import (
    BadSignature,
    Capabilities,
    Client,
    Delivery,
    Operation,
    Settings,
    ShopRefused,
    ShopUnreachable,
    StockLevel,
)
from sync.hub.channels.canonical import ChannelOrder
from sync.hub.channels.woocommerce_order import FRACTION, OVER, order

API: Final = "/wp-json/wc/v3"
TOPICS: Final = ("order.created", "order.updated", "order.deleted", "order.restored")
PAGE: Final = 100
_PAGES_MAX: Final = 1_000
_NOTED: Final = "_holdfast_"


class WooCommerce:
    """The platform `woocommerce`.

    Its options: `pickup_location` where the shop names no store, `ready_status` a custom status
    (`ready-for-pickup`) that the shop has for it, `consent_meta` where a plug-in keeps consent.
    """

    platform = "woocommerce"
    capabilities = Capabilities(
        locations=False,
        pickup_ready=True,
        idempotency_keys=False,
        reservations_apart=False,
        refunds_with_lines=True,
    )

    def auth(self, settings: Settings) -> Mapping[str, str]:
        """Key and secret over HTTPS; over plain HTTP each call is signed instead (OAuth 1.0a)."""
        if not settings.url.startswith("https://"):
            return {}
        pair = f"{settings.api_key}:{settings.api_secret}".encode()
        return {"authorization": "Basic " + base64.b64encode(pair).decode()}

    def verify(
        self, headers: Mapping[str, str], raw: bytes, settings: Settings, now_s: int
    ) -> Delivery:
        """By the signature over the raw body.

        Two events of one second share a delivery id, so the key is topic, order, its own time and
        the body. The first call of a new webhook is an unsigned form and says nothing.
        """
        del now_s  # a delivery carries no time of its own
        given = headers.get("x-wc-webhook-signature", "")
        if not given and _is_ping(headers, raw):
            return Delivery("ping", "ping", kept=False)
        said = given.encode("utf-8", "surrogateescape")
        fits = False
        for secret in settings.secrets:
            wanted = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest())
            fits |= hmac.compare_digest(wanted, said)
        if not fits:
            raise BadSignature
        topic = read.text(headers.get("x-wc-webhook-topic"), 80)
        body_hash = hashlib.sha256(raw).hexdigest()
        try:
            body = read.mapping(read.parsed(raw))
            number, changed = (
                read.text(body.get("id"), 40),
                read.text(body.get("date_modified_gmt")),
            )
            at = read.moment(changed)
        except ValueError:
            return Delivery(body_hash, "unreadable")
        key = f"{topic}|{number}|{changed}|{body_hash}"
        about = number if topic in TOPICS and number else ""
        return Delivery(hashlib.sha256(key.encode()).hexdigest(), topic or "none", about, at)

    def carried(self, topic: str, raw: bytes) -> Any | None:
        """Never: a delivery shows how the order stood when it was sent, or is only an id."""
        del topic, raw
        return None

    def fetch_order(self, client: Client, settings: Settings, external_id: str) -> Any:
        """The order, and its refunds with their lines where it has any."""
        path = f"{API}/orders/{quote(external_id, safe='')}"
        found = read.mapping(_call(client, settings, "GET", path))
        if read.text(found.get("id"), 40) != external_id:
            raise ShopUnreachable("the reply is another order")
        refunds: list[Any] = []
        if found.get("refunds"):
            refunds = _list(_call(client, settings, "GET", path + "/refunds", _pages(1)))
        return {**found, "refunds": refunds}

    def to_canonical(self, found: Any, settings: Settings) -> ChannelOrder:
        """Raises ValueError."""
        return order(read.mapping(found), settings)

    def list_changed(
        self, client: Client, settings: Settings, since: str
    ) -> Iterator[tuple[str, str]]:
        """Oldest change first; with no `since` those that are still open."""
        query = {"orderby": "modified", "order": "asc"}
        if since:
            # Whole seconds: without it what changed within the second of the cursor is left out.
            query |= {"modified_after": since[:19], "dates_are_gmt": "true"}
        else:
            query |= {"status": "pending,processing,on-hold"}
        for page in range(1, _PAGES_MAX):
            path = f"{API}/orders"
            rows = _list(_call(client, settings, "GET", path, {**query, **_pages(page)}))
            for row in rows:
                yield read.text(row.get("id"), 40), read.moment(row.get("date_modified_gmt"))
            if len(rows) < PAGE:
                return

    def mark_ready(self, client: Client, settings: Settings, op: Operation) -> None:
        """A note to the customer and the shop's status for it; both once."""
        found, noted = _noted(client, settings, op.external_id)
        if op.op_id in noted.get("ready", []):
            return
        status = settings.options.get("ready_status", "")
        changes: dict[str, Any] = {"status": status} if status else {}
        _note(
            client, settings, op, {**noted, "ready": [*noted.get("ready", []), op.op_id]}, changes
        )
        if read.text(found.get("status")) not in OVER:
            note = {
                "note": op.reason or "Your order is ready to be collected.",
                "customer_note": True,
            }
            _call(client, settings, "POST", f"{_path(op)}/notes", json=note)

    def mark_collected(self, client: Client, settings: Settings, op: Operation) -> None:
        """Completed once all of it is handed over; until then only noted what was."""
        found, noted = _noted(client, settings, op.external_id)
        handed = dict(noted.get("handed", {}))
        if op.op_id in handed:
            return
        handed[op.op_id] = [list(each) for each in op.lines]
        gone: dict[str, int] = {}
        for lines in handed.values():
            for line, qty in lines:
                gone[str(line)] = gone.get(str(line), 0) + int(qty)
        whole = any(not lines for lines in handed.values()) or all(
            gone.get(read.text(row.get("id")), 0) >= read.thousandths(row.get("quantity"))
            for row in read.rows(found, "line_items")
        )
        changes = {"status": "completed"} if whole else {}
        if op.tracking:
            noted = {**noted, "tracking": [op.carrier, op.tracking]}
        _note(client, settings, op, {**noted, "handed": handed}, changes)

    def take_payment(self, client: Client, settings: Settings, op: Operation) -> None:
        """Paid, unless the shop says so already."""
        found, noted = _noted(client, settings, op.external_id)
        if not found.get("date_paid_gmt"):
            _note(client, settings, op, {**noted, "paid": op.op_id}, {"set_paid": True})

    def refund(self, client: Client, settings: Settings, op: Operation) -> None:
        """Money back by the shop's own way of payment, named by the operation."""
        path = f"{_path(op)}/refunds"
        for row in _list(_call(client, settings, "GET", path, _pages(1))):
            if op.op_id in read.text(row.get("reason")):
                return
        given: dict[str, Any] = {
            "amount": _money(op.amount, op.currency),
            "reason": f"{op.reason} [{op.op_id}]".strip(),
            "api_refund": True,
            "api_restock": False,
        }
        _call(client, settings, "POST", path, json=given)

    def cancel(self, client: Client, settings: Settings, op: Operation) -> None:
        """Cancelled, where it is not over already."""
        found, noted = _noted(client, settings, op.external_id)
        if read.text(found.get("status")) not in (*OVER, "completed"):
            _note(client, settings, op, {**noted, "cancel": op.reason}, {"status": "cancelled"})

    def push_stock(
        self, client: Client, settings: Settings, levels: list[StockLevel]
    ) -> tuple[str, ...]:
        """One number a product: the sum over the places that are told of. Its unknown SKUs."""
        sums: dict[str, int] = {}
        for level in levels:
            free = level.number(reservations_apart=False)
            sums[level.sku] = sums.get(level.sku, 0) + free
        unknown: list[str] = []
        skus = list(sums)
        for start in range(0, len(skus), PAGE):
            part = skus[start : start + PAGE]
            unknown += _push(client, settings, {sku: sums[sku] for sku in part})
        return tuple(unknown)

    def health(self, client: Client, settings: Settings, address: str) -> str:
        """Whether a webhook of ours is there and active: it ends by itself after six failures."""
        path = f"{API}/webhooks"
        found = _list(_call(client, settings, "GET", path, _pages(1)))
        if not address:
            return ""
        said = []
        for topic in ("order.created", "order.updated"):
            ours = [
                row
                for row in found
                if row.get("delivery_url") == address and row.get("topic") == topic
            ]
            if any(row.get("status") == "active" for row in ours):
                continue
            if ours:
                where = f"{path}/{read.text(ours[0].get('id'))}"
                _call(client, settings, "PUT", where, json={"status": "active"})
                said.append(f"The shop had stopped telling of {topic}. It was told to go on.")
                continue
            made = {
                "name": f"Holdfast {topic}",
                "topic": topic,
                "delivery_url": address,
                "secret": settings.secrets[0] if settings.secrets else "",
                "status": "active",
            }
            _call(client, settings, "POST", path, json=made)
            said.append(f"The shop told nobody of {topic}. It does now.")
        return " ".join(said)


def _is_ping(headers: Mapping[str, str], raw: bytes) -> bool:
    form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return form and len(raw) < 64 and raw.startswith(b"webhook_id=")


# --- calls ----------------------------------------------------------------------------------------


def _call(
    client: Client,
    settings: Settings,
    method: str,
    path: str,
    query: Mapping[str, str] | None = None,
    *,
    json: Any = None,
) -> Any:
    given = dict(query or {})
    if not settings.url.startswith("https://"):
        given |= _oauth(settings, method, settings.url.rstrip("/") + path, given)
    return client.call(method, path, json=json, query=given or None)


def _oauth(settings: Settings, method: str, url: str, query: Mapping[str, str]) -> dict[str, str]:
    """One-legged OAuth 1.0a (RFC 5849, 3.4): what the REST API wants over plain HTTP."""
    signed = {
        "oauth_consumer_key": settings.api_key,
        "oauth_nonce": secrets.token_hex(16),
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(time.time())),
        "oauth_version": "1.0",
    }
    pairs = sorted((_escaped(k), _escaped(v)) for k, v in {**query, **signed}.items())
    told = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join((method.upper(), _escaped(url), _escaped(told))).encode()
    key = f"{_escaped(settings.api_secret)}&".encode()
    signature = base64.b64encode(hmac.new(key, base, hashlib.sha256).digest()).decode()
    return {**signed, "oauth_signature": signature}


def _escaped(text: str) -> str:
    return quote(text, safe="~")


def _pages(page: int) -> dict[str, str]:
    return {"per_page": str(PAGE), "page": str(page)}


def _list(found: Any) -> list[Mapping[str, Any]]:
    if not isinstance(found, list):
        raise ShopUnreachable("the reply is no list")
    return [row for row in found if isinstance(row, dict)]


def _path(op: Operation) -> str:
    return f"{API}/orders/{quote(op.external_id, safe='')}"


def _noted(
    client: Client, settings: Settings, external_id: str
) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """The order, and what we have noted in it of what was done."""
    path = f"{API}/orders/{quote(external_id, safe='')}"
    found = read.mapping(_call(client, settings, "GET", path))
    if read.text(found.get("id"), 40) != external_id:
        raise ShopUnreachable("the reply is another order")
    for row in read.rows(found, "meta_data"):
        if row.get("key") == f"{_NOTED}done":
            try:
                told = read.parsed(read.text(row.get("value"), 100_000).encode())
            except ValueError as cause:
                raise ShopRefused("somebody changed what is noted in the order") from cause
            return found, dict(read.mapping(told))
    return found, {}


def _note(
    client: Client,
    settings: Settings,
    op: Operation,
    noted: Mapping[str, Any],
    changes: Mapping[str, Any],
) -> None:
    """One call for the change and the note of it: both are there, or neither."""
    meta = [{"key": f"{_NOTED}done", "value": json.dumps(noted, separators=(",", ":"))}]
    _call(client, settings, "PUT", _path(op), json={**changes, "meta_data": meta})


def _push(client: Client, settings: Settings, numbers: Mapping[str, int]) -> list[str]:
    query = {"sku": ",".join(numbers), **_pages(1)}
    found = _list(_call(client, settings, "GET", f"{API}/products", query))
    rows: dict[int, list[dict[str, Any]]] = {}
    told = set()
    for product in found:
        sku = read.text(product.get("sku"), 120)
        if sku not in numbers:
            continue
        told.add(sku)
        parent = int(product.get("parent_id") or 0)
        stock = numbers[sku] // FRACTION  # whole pieces: the shop cannot sell a part of one
        row = {"id": product["id"], "manage_stock": True, "stock_quantity": stock}
        rows.setdefault(parent, []).append(row)
    for parent, updates in rows.items():
        where = f"{API}/products/{parent}/variations/batch" if parent else f"{API}/products/batch"
        _call(client, settings, "POST", where, json={"update": updates})
    return [sku for sku in numbers if sku not in told]


def _money(amount: int, currency: str) -> str:
    return f"{Decimal(amount).scaleb(-minor_digits(currency)):f}"
