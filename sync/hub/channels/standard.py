"""Any shop, marketplace, app or call centre: Standard Webhooks in and out, and a little REST.

A delivery carries the whole order in our own JSON (`packaging/CHANNELS.md`), or only its id where
the shop can be asked for it. What happens in the stores goes back as signed calls of one address.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

import msgspec

from pos_app.domain.day import utc_text
from pos_app.domain.money import minor_digits
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
from sync.hub.channels.canonical import (
    AUTHORIZED,
    PAID,
    PENDING,
    ChannelAttribution,
    ChannelConsent,
    ChannelCustomer,
    ChannelFulfilment,
    ChannelLine,
    ChannelOrder,
    ChannelPayment,
    ChannelRefund,
)
from sync.hub.channels.standard_webhooks import checked
from sync.hub.webhooks.signing import headers as signed_headers

CREATED, UPDATED, CANCELLED, REFUNDED = (
    "order.created",
    "order.updated",
    "order.cancelled",
    "order.refunded",
)
ORDER_TOPICS: Final = (CREATED, UPDATED, CANCELLED, REFUNDED)
UNREADABLE: Final = "unreadable"
_PAGES_MAX: Final = 1_000
_STATES: Final = ("open", "cancelled", "completed")
_PAYMENT_STATES: Final = (
    *(PAID, AUTHORIZED, PENDING),
    *("partially_refunded", "refunded", "voided"),
)


class Standard:
    """The platform `standard`.

    Its options: `order_path` (`/orders/{id}`) where an order is fetched, `changed_path`
    (`/orders?updated_after={since}`) what changed, `callback_path` (`/holdfast`) what takes our
    calls, `acts_path` (`/acts/{id}`) whether one was done, `subscription_path` the subscription.
    """

    platform = "standard"
    capabilities = Capabilities(
        locations=True,
        pickup_ready=True,
        idempotency_keys=True,
        reservations_apart=False,
        refunds_with_lines=True,
    )

    def auth(self, settings: Settings) -> Mapping[str, str]:
        """The shop's API key as a bearer's."""
        return {"authorization": f"Bearer {settings.api_key}"} if settings.api_key else {}

    def verify(
        self, headers: Mapping[str, str], raw: bytes, settings: Settings, now_s: int
    ) -> Delivery:
        """By Standard Webhooks; the message's id is the key."""
        key, at = checked(headers, raw, settings.secrets, now_s)
        occurred = utc_text(dt.datetime.fromtimestamp(at, dt.UTC))
        try:
            body = read.mapping(read.parsed(raw))
        except ValueError:
            return Delivery(key, UNREADABLE, occurred_at=occurred)
        topic = read.text(body.get("type"), 80) or UNREADABLE
        data = read.mapping(body, "data")
        about = read.text(data.get("id") or data.get("order_id") or data.get("order"), 200)
        return Delivery(key, topic, about if topic in ORDER_TOPICS else "", occurred)

    def carried(self, topic: str, raw: bytes) -> Any | None:
        """The order in `data`, where it has lines; of a cancelled one the id and time are enough."""
        if topic not in ORDER_TOPICS:
            return None
        data = read.mapping(read.parsed(raw), "data")
        if topic == CANCELLED and data.get("updated_at"):
            return {**data, "state": "cancelled"}
        return data if isinstance(data.get("lines"), list) else None

    def fetch_order(self, client: Client, settings: Settings, external_id: str) -> Any:
        """The order at the shop's own address for it."""
        path = settings.options.get("order_path", "")
        if not path:
            raise ShopRefused("the delivery has no order in it and the channel has no order_path")
        found = client.call("GET", path.replace("{id}", quote(external_id, safe="")))
        inner = read.mapping(found, "order") or read.mapping(found, "data") or read.mapping(found)
        if not inner:
            raise ShopUnreachable("the reply holds no order")
        if read.text(inner.get("id"), 200) != external_id:
            raise ShopUnreachable("the reply is another order")
        return inner

    def to_canonical(self, found: Any, settings: Settings) -> ChannelOrder:
        """Our own JSON. Raises ValueError."""
        return _order(read.mapping(found), settings)

    def list_changed(
        self, client: Client, settings: Settings, since: str
    ) -> Iterator[tuple[str, str]]:
        """Page by page: `{"orders": [{"id", "updated_at"}], "next": "/orders?…"}`."""
        path = settings.options.get("changed_path", "")
        path = path.replace("{since}", quote(since, safe=""))
        for _ in range(_PAGES_MAX):
            if not path:
                return
            page = read.mapping(client.call("GET", path))
            if not isinstance(page.get("orders"), list):
                raise ShopUnreachable("the reply is no list of orders")
            for row in read.rows(page, "orders"):
                yield read.text(row.get("id"), 200), read.moment(row.get("updated_at"))
            path = read.text(page.get("next"), 2_000)

    def mark_ready(self, client: Client, settings: Settings, op: Operation) -> None:
        """`order.ready`."""
        _act(client, settings, "order.ready", op)

    def mark_collected(self, client: Client, settings: Settings, op: Operation) -> None:
        """`order.collected`."""
        _act(client, settings, "order.collected", op)

    def take_payment(self, client: Client, settings: Settings, op: Operation) -> None:
        """`order.paid`."""
        _act(client, settings, "order.paid", op)

    def refund(self, client: Client, settings: Settings, op: Operation) -> None:
        """`order.refund`: the shop gives the money back."""
        _act(client, settings, "order.refund", op)

    def cancel(self, client: Client, settings: Settings, op: Operation) -> None:
        """`order.cancel`."""
        _act(client, settings, "order.cancel", op)

    def push_stock(
        self, client: Client, settings: Settings, levels: list[StockLevel]
    ) -> tuple[str, ...]:
        """`stock.levels`: what can be sold, in each place; the reply may name SKUs it has not."""
        if not settings.options.get("callback_path"):
            return ()
        told = [
            {
                "sku": level.sku,
                "location": level.location,
                "quantity": _quantity(level.number(reservations_apart=False)),
            }
            for level in levels
        ]
        reply = _post(client, settings, "stock.levels", uuid.uuid4().hex, {"levels": told})
        unknown = read.mapping(reply).get("unknown")
        return read.texts(unknown, len(levels))

    def health(self, client: Client, settings: Settings, address: str) -> str:
        """Whether `subscription_path` says that it delivers to us; told to where it does not."""
        path = settings.options.get("subscription_path", "")
        if not path:
            return ""
        found = read.mapping(client.call("GET", path))
        if not address:
            return ""
        if found.get("active") is True and found.get("address") == address:
            return ""
        client.call("PUT", path, json={"address": address, "active": True})
        return "The shop had stopped telling the hub of its orders. It was told to go on."


# --- an order in our JSON -----------------------------------------------------------------------


def _order(found: Mapping[str, Any], settings: Settings) -> ChannelOrder:
    currency = read.currency(found.get("currency"), settings.currency)
    state = read.text(found.get("state"), 20).lower() or "open"
    external_id, version = read.text(found.get("id"), 200), read.moment(found.get("updated_at"))
    if state not in _STATES or not external_id or not version:
        raise ValueError("an order needs id, updated_at and a state of " + ", ".join(_STATES))
    lines = tuple(_line(row, currency) for row in read.rows(found, "lines"))
    if not lines and state != "cancelled":
        raise ValueError("an order without lines")
    shipping = read.minor(found.get("shipping"), currency)
    goods = sum(line.gross for line in lines) + shipping
    total = read.minor(found["total"], currency) if "total" in found else goods
    fulfilment = read.mapping(found, "fulfilment")
    customer = read.mapping(found, "customer")
    consent = read.mapping(found, "consent")
    return ChannelOrder(
        channel=settings.channel,
        external_id=external_id,
        external_name=read.text(found.get("name"), 80) or external_id,
        external_version=version,
        placed_at=read.moment(found.get("placed_at")) or version,
        state=state,
        currency=currency,
        lines=lines,
        payment=_payment(read.mapping(found, "payment"), total, currency),
        shipping=shipping,
        total=total,
        tax_total=read.minor(found.get("tax_total"), currency) or sum(one.tax for one in lines),
        rounding=total - goods,
        fulfilled=read.text(found.get("fulfilled"), 20),
        customer=ChannelCustomer(
            email=read.text(customer.get("email"), 254),
            phone=read.text(customer.get("phone"), 40),
            name=read.text(customer.get("name"), 120),
            external_id=read.text(customer.get("id"), 120),
        ),
        consent=ChannelConsent(
            email=read.consent(consent.get("email")),
            sms=read.consent(consent.get("sms")),
            at=read.moment(consent.get("at")),
            source=read.text(consent.get("source"), 80),
        ),
        fulfilment=ChannelFulfilment(
            kind="ship" if fulfilment.get("kind") == "ship" else "pickup",
            location=read.text(fulfilment.get("location"), 120),
            person=read.text(fulfilment.get("person"), 120),
            note=read.text(fulfilment.get("note")),
            address=read.texts(fulfilment.get("address"), 10),
        ),
        attribution=_attribution(read.mapping(found, "attribution")),
        coupons=read.texts(found.get("coupons")),
        refunds=tuple(_refund(row, currency) for row in read.rows(found, "refunds")),
        may_substitute=found.get("may_substitute") is True,
        promised=read.moment(found.get("promised")),
        language=read.text(found.get("language"), 20),
    )


def _line(row: Mapping[str, Any], currency: str) -> ChannelLine:
    line, qty = read.text(row.get("id"), 200), read.thousandths(row.get("quantity"))
    if not line or qty <= 0:
        raise ValueError("a line needs an id and a quantity")
    unit = read.number(row.get("unit_price"))
    gross = read.minor(row["total"], currency) if "total" in row else _times(unit, qty, currency)
    return ChannelLine(
        external_line_id=line,
        sku=read.text(row.get("sku"), 120),
        title=read.text(row.get("title"), 200),
        qty=qty,
        list_unit=read.minor(unit, currency),
        gross=gross,
        discount=read.minor(row.get("discount"), currency),
        tax=read.minor(row.get("tax"), currency),
        tax_rate_ppm=read.percent_ppm(row.get("tax_rate")),
        barcode=read.text(row.get("barcode"), 80),
        variant=read.text(row.get("variant"), 200),
        fulfilled=read.thousandths(row.get("fulfilled")),
        returned=read.thousandths(row.get("returned")),
        fixed=read.is_no(row.get("returnable")),
    )


def _times(unit: Decimal, qty: int, currency: str) -> int:
    return read.minor(unit * qty / 1_000, currency)


def _payment(found: Mapping[str, Any], total: int, currency: str) -> ChannelPayment:
    state = read.text(found.get("state"), 20).lower() or PENDING
    if state not in _PAYMENT_STATES:
        raise ValueError("a payment's state is one of " + ", ".join(_PAYMENT_STATES))
    settled = state not in (AUTHORIZED, PENDING, "voided")
    paid = read.minor(found["paid"], currency) if "paid" in found else total if settled else 0
    return ChannelPayment(
        state=state,
        paid=paid,
        due=total - paid,
        method=read.text(found.get("method"), 80),
        transaction=read.text(found.get("transaction"), 120),
    )


def _refund(row: Mapping[str, Any], currency: str) -> ChannelRefund:
    return ChannelRefund(
        external_id=read.text(row.get("id"), 200),
        amount=read.minor(row.get("amount"), currency),
        reason=read.text(row.get("reason"), 200),
        lines=tuple(
            (read.text(each.get("id"), 200), read.thousandths(each.get("quantity")))
            for each in read.rows(row, "lines")
        ),
    )


def _attribution(found: Mapping[str, Any]) -> ChannelAttribution:
    return ChannelAttribution(
        **{
            name: read.text(found.get(name), read.ATTRIBUTION_MAX)
            for name in ChannelAttribution.__struct_fields__
        }
    )


# --- what we tell -------------------------------------------------------------------------------


def _act(client: Client, settings: Settings, kind: str, op: Operation) -> None:
    """One signed call; its id is the operation's, so a shop that heard it twice does it once."""
    if not settings.options.get("callback_path"):
        return
    if op.repeated and _done(client, settings, op.op_id):
        return
    told: dict[str, Any] = {
        "operation": op.op_id,
        "order": op.external_id,
        "lines": [{"id": line, "quantity": _quantity(qty)} for line, qty in op.lines],
    }
    if op.currency:
        digits = minor_digits(op.currency)
        told |= {"amount": f"{Decimal(op.amount).scaleb(-digits):f}", "currency": op.currency}
    given = {
        "location": op.location,
        "reason": op.reason,
        "tracking": op.tracking,
        "carrier": op.carrier,
    }
    told |= {name: value for name, value in given.items() if value}
    _post(client, settings, kind, op.op_id, told)


def _done(client: Client, settings: Settings, op_id: str) -> bool:
    path = settings.options.get("acts_path", "")
    if not path:
        return False
    try:
        client.call("GET", path.replace("{id}", quote(op_id, safe="")))
    except KeyRefused:
        raise
    except ShopRefused:
        return False
    return True


def _post(
    client: Client, settings: Settings, kind: str, message_id: str, data: dict[str, Any]
) -> Any:
    now = dt.datetime.now(dt.UTC)
    body = msgspec.json.encode({"type": kind, "timestamp": utc_text(now), "data": data})
    headers = signed_headers(settings.secrets[:1], message_id, int(now.timestamp()), body)
    return client.call("POST", settings.options["callback_path"], body=body, headers=headers)


def _quantity(qty: int) -> str:
    return f"{(Decimal(qty) / 1_000).normalize():f}"
