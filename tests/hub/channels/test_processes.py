"""Several hub processes over one database: to a shop they are one hub."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

import httpx
import pytest

from sync.hub.channels import keeping, outbox, shops
from sync.hub.channels.shops import Secrets
from sync.hub.database import Database
from tests.hub.channels.deliveries import CHANNEL
from tests.hub.channels.fake import Basket
from tests.hub.channels.shops.standard import StandardShop
from tests.hub.channels.test_deliveries import counted, waited
from tests.hub.orders.ordering import stocked
from tests.hub.processes import serving
from tests.hub.tills import HandClock
from tests.postgres.server import Databases

pytestmark = pytest.mark.slow
ORDERS = 20


@pytest.fixture
def shop() -> Iterator[StandardShop]:
    made = StandardShop()
    yield made
    made.end()


def test_each_order_is_taken_once_and_each_act_told_once(
    postgres: Databases,
    new_hub_on_postgres: str,
    shop: StandardShop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(keeping.KEY_VARIABLE, "cd" * 32)
    url = postgres.make(new_hub_on_postgres)
    database = Database(url)
    books = database.connect(write=True)
    stocked(books, HandClock(), A1=ORDERS)
    with books.transaction():
        shops.make(
            *(books, CHANNEL, shop.platform, shop.url, "EUR"),
            Secrets(((shop.secret, ""),), shop.api_key),
            dt.datetime.now(dt.UTC),
            options=shop.options,
        )
    orders = [shop.order(Basket(location="1")) for _ in range(ORDERS)]
    with serving(database, "--workers", "2") as hub:
        for own in orders:
            with httpx.Client(timeout=60) as client:  # another process may have each
                for _ in range(2):
                    sent = shop.sent(own, int(time.time()))
                    answer = client.post(
                        hub.url + shops.path_of(CHANNEL), content=sent.body, headers=sent.headers
                    )
                    assert answer.status_code == 200, answer.text
        waited(lambda: counted(books, "SELECT count(*) FROM customer_order") == ORDERS)
        with books.transaction():
            for own in orders:
                for act in (outbox.READY, outbox.COLLECTED):
                    outbox.tell(
                        *(books, CHANNEL, own, act, f"{act}-{own}"), now=dt.datetime.now(dt.UTC)
                    )
        left = "SELECT count(*) FROM channel_outbox WHERE state <> 'done'"
        waited(lambda: counted(books, left) == 0)
        waited(lambda: shop.stock("A1", "1") == 0)
    told = [dict(shop.done(own)) for own in orders]
    assert told == [{"ready": 1, "collected": 1}] * ORDERS
    assert counted(books, "SELECT count(*) FROM order_part") == ORDERS
    assert books.text("SELECT DISTINCT lane FROM channel_claim ORDER BY lane") == [
        ("in",),
        ("out",),
    ]
    books.close()
    postgres.drop(url)
