"""`holdfast hub channel …`, and what an operator sees of shops."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from pos_app.cli import main
from sync.hub.channels import keeping, lanes, shops
from sync.hub.database import Connection, Database
from sync.hub.metrics import Metrics
from tests.hub.channels.channelled import CHANNEL, Channelled
from tests.hub.channels.fake import Basket, FakeShop
from tests.hub.channels.shops.standard import StandardShop
from tests.hub.channels.test_stock import move
from tests.hub.orders.ordering import stocked
from tests.hub.tills import HandClock


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    made = StandardShop()
    yield made
    made.end()


class Said:
    """The command line against one database."""

    def __init__(self, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
        self.database, self.capsys = database, capsys

    def __call__(self, verb: str, *more: str, status: int = 0) -> str:
        asked = ["hub", "channel", verb, "--database", self.database.url, *more]
        assert main(asked) == status, asked
        out, err = self.capsys.readouterr()
        return out if status == 0 or out else err


@pytest.fixture
def said(database: Database, capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(database, capsys)


def add(said: Said, shop: FakeShop, *more: str) -> str:
    options = [f"--option={name}={value}" for name, value in shop.options.items()]
    asked = ("web", "--platform", "standard", "--url", shop.url, "--api-key", shop.api_key)
    return said("add", *asked, "--public", "https://hub.example", *options, *more)


def test_a_shop_is_added_and_its_secret_said_once(
    said: Said, shop: FakeShop, books: Connection
) -> None:
    told = add(said, shop)
    assert "https://hub.example/v1/channels/web/deliveries" in told
    (secret,) = [word for word in told.split() if word.startswith("whsec_")]
    kept = shops.secrets_of(books, shops.load(books, "web"))
    assert kept.webhook == ((secret, ""),)
    later = said("list") + said("list", "--json") + said("map", "web")
    for hidden in (secret, shop.api_key):
        assert hidden not in later
    assert "well" in later
    assert "There is a shop web already" in said(
        "add", "web", "--platform", "standard", "--url", "http://x", status=1
    )
    for bad in ("till", "storefront", "Web", "a b", "-", ""):
        assert "cannot be a shop's name" in said(
            "add", "--platform", "standard", "--url", "http://x", "--", bad, status=1
        )


def test_it_is_tried_and_says_what_is_wrong(said: Said, shop: FakeShop) -> None:
    add(said, shop)
    first = said("test", "web")
    assert "answers, and takes the hub's key" in first
    shop.order(Basket())
    assert "It has orders." in said("test", "web")
    with shop.failing("key"):
        assert "does not take the hub's key" in said("test", "web", status=1)
    with shop.failing("500"):
        assert "Nothing is lost meanwhile" in said("test", "web", status=1)
    assert "No shop other is known" in said("test", "other", status=1)
    said("add", "mute", "--platform", "standard", "--url", "http://127.0.0.1:9")
    assert "only delivers" in said("test", "mute")


def test_another_secret_other_names_and_a_pause(
    said: Said, shop: FakeShop, books: Connection
) -> None:
    add(said, shop, "--safety", "1.5", "--only-store", "1")
    told = said("rotate-secret", "web")
    (secret,) = [word for word in told.split() if word.startswith("whsec_")]
    kept = shops.load(books, "web")
    assert shops.secrets_of(books, kept).webhook[0] == (secret, "")
    assert (kept.safety, kept.chosen, kept.active) == (1_500, ("1",), True)
    said("set", "web", "--option", "callback_path=/other", "--sells", "mapped", "--api-key", "new")
    kept = shops.load(books, "web")
    assert kept.conventions["callback_path"] == "/other"
    assert kept.conventions["order_path"] == "/orders/{id}"
    assert (kept.sells, shops.secrets_of(books, kept).api_key) == ("mapped", "new")
    assert shops.secrets_of(books, kept).webhook[0] == (secret, "")
    assert said("map", "web", "store", "downtown", "1") == "store downtown of web means 1.\n"
    assert "downtown" in said("map", "web")
    said("map", "web", "store", "downtown", "9", status=1)
    assert "nothing any more" in said("map", "web", "store", "downtown")
    said("map", "web", "store", "downtown", status=1)
    said("pause", "web")
    assert json.loads(said("list", "--json"))[0]["state"] == "paused"
    said("resume", "web")
    assert shops.load(books, "web").active


def test_everything_is_due_at_once_when_a_person_says_so(
    said: Said, shop: FakeShop, books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=3, B2=4)
    add(said, shop)
    books.text("DELETE FROM channel_due")
    assert "told of 2 products" in said("sync-now", "web")
    assert books.text("SELECT count(*) FROM channel_due") == [(2,)]


def test_a_person_is_forgotten(
    hub: Channelled, shop: FakeShop, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.whole = True
    hub.told(shop.order(Basket()))
    said = Said(database, capsys)
    assert said("erase", CHANNEL, "ada@example.org").startswith("1 deliveries of web were emptied")
    assert keeping.erase(hub.books, CHANNEL, "ada@example.org") == 0


def test_what_waits_is_measured(hub: Channelled, shop: FakeShop) -> None:
    metrics = Metrics()

    def read() -> dict[str, float]:
        text = metrics.text(
            *(hub.books, hub.database, hub.clock.now()), depths={}, connected=0, body_bytes=0
        )
        lines = [line.rpartition(" ") for line in text.decode().splitlines()]
        return {
            name.removesuffix('{channel="web"}'): float(value)
            for name, _, value in lines
            if '{channel="web"}' in name
        }

    hub.run()
    hub.clock.forward(seconds=2)
    hub.run(lanes.OUT)
    own = shop.order(Basket())
    hub.deliver(own)
    move(hub, -1_000)
    hub.clock.forward(seconds=90)
    found = read()
    assert (found["holdfast_channel_inbox"], found["holdfast_channel_inbox_seconds"]) == (1, 90)
    assert (found["holdfast_channel_stock"], found["holdfast_channel_stock_seconds"]) == (1, 90)
    assert (found["holdfast_channel_outbox"], found["holdfast_channel_unwell"]) == (0, 0)
    with shop.failing("key"):
        hub.run(lanes.IN)
    assert read()["holdfast_channel_unwell"] == 1
    hub.clock.forward(minutes=2)
    hub.run()
    assert read()["holdfast_channel_inbox"] == 0
