"""What a platform passes on of a person's wish: to be told what is known of them, to be forgotten.

| topic | what it asks |
|---|---|
| `customers/data_request` | somebody wants to know: a support request that a person answers |
| `customers/redact` | somebody is to be forgotten: erased, or a person is told why not |
| `shop/redact` | the shop is gone for good: nobody of it is known any more |

These are Shopify's topics; another platform's would be rows here. Each is answered once and its own
body is emptied with it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select

from pos_app.domain.errors import Refused
from sync.hub import schema
from sync.hub.channels import keeping
from sync.hub.channels import reading as read
from sync.hub.customers import feeding, finding, people, privacy, support, vault
from sync.hub.database import Connection, Statement
from sync.hub.orders import forgetting, kept
from sync.protocol.customers import EMAIL, PHONE, SHOP

DATA, REDACT, SHOP_GONE = "customers/data_request", "customers/redact", "shop/redact"
TOPICS: Final = frozenset({DATA, REDACT, SHOP_GONE})
WAITS: Final = "waits"
"""What a note says of a wish that a person has to fulfil."""

_o = schema.customer_order.c
_OF_SHOP = Statement(
    "channel", select(_o.order_id).where(_o.channel == bindparam("channel")).order_by(_o.order_id)
)
_CUSTOMERS = Statement(
    "channel nobody",
    select(_o.customer)
    .where(_o.channel == bindparam("channel"), _o.customer != bindparam("nobody"))
    .distinct(),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked, read."""

    topic: str
    external_id: str = ""
    email: str = ""
    phone: str = ""
    orders: tuple[str, ...] = ()
    """The shop's numbers of orders."""

    @property
    def contacts(self) -> tuple[str, ...]:
        """Everything that names the person."""
        return tuple(one for one in (self.email, self.phone) if one)


def read_wish(topic: str, raw: bytes) -> Wish:
    """A body as Shopify sends it. Raises ValueError."""
    found = read.mapping(read.parsed(raw))
    if topic != SHOP_GONE and not isinstance(found.get("customer"), dict):
        raise ValueError("customer")
    person = read.mapping(found, "customer")
    named = found.get("orders_to_redact") or found.get("orders_requested") or []
    orders = tuple(read.text(one, 40) for one in named if one) if isinstance(named, list) else ()
    return Wish(
        topic,
        read.text(person.get("id"), 40),
        read.text(person.get("email"), 254),
        read.text(person.get("phone"), 40),
        orders,
    )


def fulfil(connection: Connection, channel: str, wish: Wish, now: dt.datetime) -> str:
    """Does what was asked, in the caller's transaction; what a person has to know, or nothing."""
    if wish.topic == SHOP_GONE:
        return _shop_gone(connection, channel, now)
    found = _who(connection, channel, wish)
    if wish.topic == DATA:
        return _asked(connection, channel, wish, found, now)
    waits = ""
    for customer in found:
        try:
            with connection.savepoint("redact"):
                privacy.erase(connection, customer, now, cause=channel, by=channel)
        except Refused as refused:
            waits = refused.code
    for order in _orders(connection, channel, wish):
        forgetting.forget(connection, order, now)
    for named in wish.contacts:
        keeping.erase(connection, channel, named, wish.orders)
    keeping.erase(connection, channel, "", wish.orders)
    return f"{REDACT} {wish.external_id}: {waits}" if waits else ""


def _who(connection: Connection, channel: str, wish: Wish) -> tuple[str, ...]:
    """Who is meant: by the shop's id, else by what else it says of them."""
    by_id = finding.of_contact(connection, SHOP, wish.external_id, channel)
    if by_id:
        return by_id
    found = finding.of_contact(connection, EMAIL, wish.email)
    return found or finding.of_contact(connection, PHONE, wish.phone)


def _orders(connection: Connection, channel: str, wish: Wish) -> list[str]:
    found = [kept.order_id_of(channel, one) for one in wish.orders]
    for named in (*wish.contacts, wish.external_id):
        found += forgetting.of_person(connection, named)
    return list(dict.fromkeys(found))


def _asked(
    connection: Connection, channel: str, wish: Wish, found: tuple[str, ...], now: dt.datetime
) -> str:
    """A request that somebody answers with `holdfast hub customer export`."""
    keys = vault.load(connection)
    for customer in found:
        text = f"The shop {channel} asks for the data of this customer, who wants to have it."
        about = f"{channel}:{wish.external_id}"
        support.open_request(connection, keys, customer, text, now, about=about, by=channel)
        feeding.touch(connection, customer, now)
    return f"{DATA} {wish.external_id}: {WAITS}" if found else ""


def _shop_gone(connection: Connection, channel: str, now: dt.datetime) -> str:
    """Everybody who is known by this shop alone is erased; its orders say nobody any more."""
    waits = ""
    for (customer,) in connection.all(_CUSTOMERS, (channel, "")):
        person = people.find(connection, people.root_of(connection, str(customer)))
        if person is None or person.erased or not person.guest:
            continue
        try:
            with connection.savepoint("redact"):
                privacy.erase(connection, person.customer, now, cause=channel, by=channel)
        except Refused as refused:
            waits = refused.code
    for (order,) in connection.all(_OF_SHOP, (channel,)):
        if not forgetting.forget(connection, str(order), now):
            waits = waits or "customer_has_orders"
    keeping.empty(connection, channel)
    return f"{SHOP_GONE}: {waits}" if waits else ""
