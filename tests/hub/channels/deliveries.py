"""Deliveries to a hub that is a process of its own: made, signed and posted, each answer's time kept."""

from __future__ import annotations

import datetime as dt
import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from sync.hub.channels import shops
from sync.hub.channels.shops import Secrets
from sync.hub.database import Connection
from sync.hub.webhooks.signing import headers, new_secret

CHANNEL = "web"


def known_shop(books: Connection, channel: str = CHANNEL) -> str:
    """A shop that only delivers; its secret."""
    secret = new_secret()
    with books.transaction():
        shops.make(
            *(books, channel, "standard", "http://127.0.0.1:9", "EUR", Secrets(((secret, ""),))),
            dt.datetime.now(dt.UTC),
        )
    return secret


def order(own: str, sku: str = "A1") -> dict[str, object]:
    """One of everything, in our JSON."""
    now = dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")
    return {
        "id": own,
        "name": f"W-{own}",
        "placed_at": now,
        "updated_at": now,
        "currency": "EUR",
        "lines": [
            {"id": "1", "sku": sku, "title": "Article", "quantity": 1, "total": "10.00"},
        ],
        "total": "10.00",
        "payment": {"state": "paid", "method": "card"},
        "customer": {"name": "Ada L.", "email": "ada@example.org"},
        "fulfilment": {"kind": "pickup", "location": "1"},
    }


def posted(client: httpx.Client, url: str, secret: str, own: str, channel: str = CHANNEL) -> float:
    """Seconds until the answer, which has to be yes. Raises httpx.TransportError."""
    told = {"type": "order.created", "timestamp": "", "data": order(own)}
    body = json.dumps(told).encode()
    signed = headers([secret], f"msg_{own}", int(time.time()), body)
    began = time.perf_counter()
    answer = client.post(url + shops.path_of(channel), content=body, headers=signed)
    took = time.perf_counter() - began
    assert answer.status_code == 200, answer.text
    return took


def flood(url: str, secret: str, names: list[str], connections: int) -> list[float]:
    """All of them from so many connections at once; the seconds of each."""

    def one(place: int) -> list[float]:
        with httpx.Client(timeout=60) as client:
            return [posted(client, url, secret, own) for own in names[place::connections]]

    with ThreadPoolExecutor(connections) as pool:
        return [took for each in pool.map(one, range(connections)) for took in each]
