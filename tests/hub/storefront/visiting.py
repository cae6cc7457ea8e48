"""A website in front of a hub: its keys, its goods, and what it asks."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator
from typing import Any

import httpx

from sync.hub import schema
from sync.hub.answers import RandomIds, stamp
from sync.hub.database import Connection, Database, putting
from sync.hub.orders import kept, service
from sync.hub.stock import move_stock
from sync.hub.storefront import keys
from sync.protocol import Handling, ReservationStepped
from tests.hub.righting import Asking, joined
from tests.hub.tills import HandClock, running

_PRODUCT, _PRICE = putting(schema.product), putting(schema.price)
PAGE = "https://shop.example"
NAMES = {"A1": "Blue shirt", "A2": "Red shirt", "A3": "Brass lamp 100%", "A4": "Tea_cup"}


def goods(books: Connection, clock: HandClock, store: str = "1", **qty: int) -> None:
    """Products with a price of 19.99 each, and so many pieces of them."""
    with books.transaction():
        for sku, name in NAMES.items():
            row = (sku, name, "", "", "Clothes", "piece", "standard", 0, "shirt", True, "[]")
            books.run(_PRODUCT, row)
            books.run(_PRICE, (sku, "retail", "EUR", "", "", 1_999, 0))
        moved = {sku: pieces * 1_000 for sku, pieces in qty.items()}
        move_stock(books, store, moved, stamp(clock.now()))


def offering(books: Connection, store: str = "1", **said: Any) -> None:
    with books.transaction():
        service.keep(books, service.Service(store, **said))


class Visitor:
    """Whoever asks: a page with the public key, the site's server with the secret one."""

    def __init__(self, client: httpx.AsyncClient, public: str, secret: str) -> None:
        self.client, self.public, self.secret = client, public, secret
        self._ids = itertools.count(1)

    async def get(self, path: str, origin: str = PAGE, **fields: Any) -> httpx.Response:
        asked = {"key": self.public, **fields}
        return await self.client.get(
            f"/v1/storefront/{path}", params=asked, headers={"origin": origin} if origin else {}
        )

    async def post(self, path: str, bearer: str = "", **said: Any) -> httpx.Response:
        shown = {"authorization": f"Bearer {bearer or self.secret}"}
        return await self.client.post(f"/v1/storefront/{path}", json=said, headers=shown)

    async def look(self, *skus: str, **fields: Any) -> dict[str, list[dict[str, Any]]]:
        answer = await self.get("availability", sku=",".join(skus), **fields)
        assert answer.status_code == 200, answer.text
        return {item["sku"]: item["stores"] for item in answer.json()["items"]}

    async def order(self, own: str = "", sku: str = "A1", qty: int = 1_000, **said: Any) -> Any:
        answer = await self.ordered(own, sku, qty, **said)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ordered(
        self, own: str = "", sku: str = "A1", qty: int = 1_000, **said: Any
    ) -> httpx.Response:
        asked = {
            "id": own or f"web-{next(self._ids)}",
            "store": "1",
            "lines": [{"sku": sku, "qty": qty}],
            **said,
        }
        return await self.post("orders", **asked)

    async def status(self, order: str, token: str, origin: str = PAGE) -> httpx.Response:
        shown = {"authorization": f"Bearer {token}", "origin": origin}
        return await self.client.get(f"/v1/storefront/orders/{order}", headers=shown)


@contextlib.asynccontextmanager
async def visiting(
    database: Database, books: Connection, clock: HandClock, name: str = "web", **till: bool
) -> AsyncIterator[tuple[Visitor, Asking]]:
    """A hub that answers, a storefront of it, and a till of store 1 that was just heard."""
    with books.transaction():
        found, secret = keys.add(books, name, "The web shop", [PAGE], RandomIds(), clock.now())
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        one.journal.open_shift()
        await one.push()
        yield Visitor(client, found.public_key, secret), one


def signals_of(books: Connection) -> list[tuple[str, str, str, str]]:
    """(kind, sku, client, consent) in their order."""
    rows = books.text("SELECT kind, sku, client, consent FROM signal ORDER BY no")
    return [(str(a), str(b), str(c), str(d)) for a, b, c, d in rows]


async def picked(till: Asking, made: dict[str, Any]) -> None:
    """The till has found all of it and put it on the shelf."""
    (part,) = made["parts"]
    own = kept.reservation_id_of(made["order"], 0)
    for step in ("PICKING", "READY"):
        lines = tuple((line["sku"], line["qty"]) for line in part["lines"])
        how = Handling(made["order"], shelf="B3", bags=1)
        fact = ReservationStepped(
            **till.journal.stamp(),
            reservation=own,
            step=step,
            lines=lines if step == "READY" else (),
            handling=how,
        )
        till.journal.append(fact)
    await till.push()
