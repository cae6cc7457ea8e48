"""What Shopify passes on of a person's wish: told, forgotten, or a person at the hub hears why not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from sync.hub.channels import lanes
from sync.hub.channels.canonical import ChannelCustomer
from sync.hub.customers import book, people
from sync.hub.customers.people import Person
from sync.hub.database import Database
from sync.hub.orders import kept
from tests.hub.channels.channelled import CHANNEL, Channelled
from tests.hub.channels.fake import Basket, Sent
from tests.hub.channels.shops.shopify import ShopifyShop
from tests.hub.orders.ordering import order, took
from tests.hub.tills import HandClock

WHO: dict[str, Any] = {"id": 191_167, "email": "john@example.com", "phone": "555-625-1199"}


@pytest.fixture
def hub(database: Database, clock: HandClock) -> Iterator[Channelled]:
    shop = ShopifyShop()
    made = Channelled(database, clock, shop)
    yield made
    made.close()
    shop.end()


def passed_on(hub: Channelled, topic: str, **said: Any) -> int:
    """The delivery that Shopify documents, signed as it signs."""
    told = {"shop_id": 954_889, "shop_domain": "snow.myshopify.com", **said}
    body = json.dumps(told).encode()
    signed = hmac.new(hub.shop.secret.encode(), body, hashlib.sha256).digest()
    headers = {
        "content-type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": base64.b64encode(signed).decode(),
        "X-Shopify-Webhook-Id": f"{topic}-{len(body)}",
    }
    return hub.post(Sent(headers, body))


def john(hub: Channelled, *, done: bool = True) -> Person:
    """Somebody who ordered there."""
    state = "completed" if done else "open"
    who = ChannelCustomer(WHO["email"], WHO["phone"], "John Smith", str(WHO["id"]))
    took(hub.books, order(channel=CHANNEL, customer=who, state=state), hub.clock)
    (customer,) = book.of_contact(hub.books, "email", WHO["email"])
    found = people.find(hub.books, customer)
    assert found is not None
    return found


def inbox(hub: Channelled) -> list[tuple[str, int]]:
    rows = hub.books.text("SELECT state, length(raw) FROM channel_inbox ORDER BY received, topic")
    return [(str(state), int(size)) for state, size in rows]


def test_who_wants_to_be_forgotten_is(hub: Channelled) -> None:
    person = john(hub)
    assert passed_on(hub, "customers/redact", customer=WHO, orders_to_redact=[1]) == 200
    hub.run(lanes.IN)
    gone = people.find(hub.books, person.customer)
    assert gone is not None
    assert gone.erased
    (whole,) = kept.listed(hub.books, kept.DONE, 10)
    assert (whole.customer, "john" in whole.body.lower()) == ("", False)
    assert inbox(hub) == [("done", 0)]
    assert hub.books.text("SELECT cause FROM customer_erased") == [(CHANNEL,)]


def test_who_still_waits_for_goods_is_told_to_a_person(hub: Channelled) -> None:
    person = john(hub, done=False)
    passed_on(hub, "customers/redact", customer=WHO)
    hub.run(lanes.IN)
    held = people.find(hub.books, person.customer)
    assert held is not None
    assert not held.erased
    told = [row[0] for row in hub.books.text("SELECT detail FROM exception")]
    assert f"{CHANNEL} customers/redact 191167: customer_has_orders" in told
    assert inbox(hub) == [("done", 0)]


def test_who_wants_to_know_is_a_request_that_a_person_answers(hub: Channelled) -> None:
    person = john(hub)
    passed_on(hub, "customers/data_request", customer=WHO, data_request={"id": 9_999})
    hub.run(lanes.IN)
    rows = hub.books.text("SELECT customer, state, about FROM support_request")
    assert rows == [(person.customer, "open", f"{CHANNEL}:191167")]
    assert inbox(hub) == [("done", 0)]


def test_a_stranger_is_nobody(hub: Channelled) -> None:
    for topic in ("customers/redact", "customers/data_request"):
        passed_on(hub, topic, customer=WHO)
    hub.run(lanes.IN)
    assert inbox(hub) == [("done", 0)] * 2
    assert hub.books.text("SELECT count(*) FROM exception") == [(0,)]


def test_of_a_shop_that_is_gone_nobody_is_known(hub: Channelled) -> None:
    person = john(hub)
    own = hub.shop.order(Basket())
    hub.deliver(own)
    passed_on(hub, "shop/redact")
    hub.run(lanes.IN)
    gone = people.find(hub.books, person.customer)
    assert gone is not None
    assert gone.erased
    assert all(size == 0 for _, size in inbox(hub))


def test_what_is_not_signed_by_the_shop_forgets_nobody(hub: Channelled) -> None:
    person = john(hub)
    body = json.dumps({"customer": WHO}).encode()
    headers = {"X-Shopify-Topic": "customers/redact", "X-Shopify-Hmac-Sha256": "bm8="}
    assert hub.post(Sent(headers, body)) == 401
    hub.run(lanes.IN)
    held = people.find(hub.books, person.customer)
    assert held is not None
    assert not held.erased


def test_a_wish_that_cannot_be_read_is_kept_and_told(hub: Channelled) -> None:
    passed_on(hub, "customers/redact", customer=[1, 2])
    hub.run(lanes.IN)
    assert [state for state, _ in inbox(hub)] == ["flagged"]
    told = [row[0] for row in hub.books.text("SELECT detail FROM exception")]
    assert told == [f"{CHANNEL} customers/redact: cannot be read"]
