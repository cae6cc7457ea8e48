"""A hub with a shop, for the tests of channels: deliveries come, lanes run, the books are looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sync.hub import desk, exceptions
from sync.hub.answers import RandomIds, Request
from sync.hub.channels import lanes, mapping, running, shops, stock_push
from sync.hub.channels.inbox import POLLED
from sync.hub.channels.shops import Secrets
from sync.hub.channels.work import Work
from sync.hub.database import Database
from sync.hub.identity import load_keys
from sync.hub.orders import kept
from tests.hub.channels.fake import FakeShop, Sent
from tests.hub.orders.ordering import stocked
from tests.hub.tills import HandClock

CHANNEL = "web"
PUBLIC = "https://hub.example"
ROUNDS = 50


class Channelled:
    """One shop, known to one hub; nothing runs but what a test calls."""

    def __init__(self, database: Database, clock: HandClock, shop: FakeShop) -> None:
        self.database, self.clock, self.shop = database, clock, shop
        self.books = database.connect(write=True)
        self.context = desk.Context(load_keys(self.books), RandomIds())
        with self.books.transaction():
            shops.make(
                self.books,
                CHANNEL,
                shop.platform,
                shop.url,
                shop.currency,
                Secrets(((shop.secret, ""),), shop.api_key, shop.api_secret),
                clock.now(),
                options={**shop.options, "public_url": PUBLIC},
            )
            mapping.put(self.books, CHANNEL, mapping.STORE, "here", "1")
        shop.subscribe(PUBLIC + shops.path_of(CHANNEL))
        stocked(self.books, clock, A1=20, B2=20)

    @property
    def now_s(self) -> int:
        return int(self.clock.now().timestamp())

    def post(self, sent: Sent, channel: str = CHANNEL) -> int:
        """A delivery; the status it is answered with, once its transaction is over."""
        headers = {name.lower(): value for name, value in sent.headers.items()}
        request = Request("POST", shops.path_of(channel), headers=headers, body=sent.body)
        with self.books.transaction():
            reply = desk.answer(self.books, request, self.clock.now(), self.context)
        return reply.status

    def deliver(self, order_id: str, **said: Any) -> int:
        """The platform tells of an order."""
        return self.post(self.shop.sent(order_id, self.now_s, **said))

    @contextlib.contextmanager
    def lane(self, name: str) -> Iterator[Work]:
        with running.working(
            self.books, self.clock, shops.load(self.books, CHANNEL), name, "test"
        ) as work:
            yield work

    def run(self, *names: str) -> float:
        """Rounds until nothing is left to do now; the pause that the last one asked for."""
        pause = 0.0
        for name in names or (lanes.IN, lanes.OUT):
            with self.lane(name) as work:
                for _ in range(ROUNDS):
                    pause = running.one_round(work)
                    if pause:
                        break
        return pause

    def told(self, order_id: str, **said: Any) -> int:
        """Delivered and read."""
        status = self.deliver(order_id, **said)
        self.run(lanes.IN)
        return status

    # --- the books --------------------------------------------------------------------------

    def order(self, order_id: str) -> kept.Whole | None:
        return kept.find(self.books, kept.order_id_of(CHANNEL, order_id))

    def parts(self, order_id: str) -> list[kept.Part]:
        return list(kept.parts_of(self.books, kept.order_id_of(CHANNEL, order_id)))

    def orders(self) -> int:
        return int(self.books.text("SELECT count(*) FROM customer_order")[0][0])

    def inbox(self) -> list[tuple[str, str]]:
        """(topic, state) of what was delivered, hints of our own apart."""
        rows = self.books.text(
            "SELECT topic, state FROM channel_inbox WHERE topic <> ? ORDER BY received", (POLLED,)
        )
        return [(str(topic), str(state)) for topic, state in rows]

    def outbox(self) -> list[tuple[str, str]]:
        rows = self.books.text("SELECT act, state FROM channel_outbox ORDER BY made, place")
        return [(str(act), str(state)) for act, state in rows]

    def waiting(self) -> list[str]:
        """Kinds of the exceptions that wait."""
        return [case.kind for case in exceptions.every(self.books, waiting=True)]

    @property
    def state(self) -> shops.State:
        return shops.state(self.books, CHANNEL)

    def all_stock(self) -> None:
        shop = shops.load(self.books, CHANNEL)
        stock_push.everything(self.books, shop)

    def change(self, **said: Any) -> None:
        """Other settings of the shop."""
        shop = shops.load(self.books, CHANNEL)
        with self.books.transaction():
            shops.save(self.books, replace(shop, **said))

    def close(self) -> None:
        self.books.close()
