"""What a hub keeps of shops: secrets that nobody reads, bodies for a while, people until they ask."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from pos_app.domain.errors import Refused
from sync.hub.channels import keeping, lanes, outbox, shops
from sync.hub.database import Connection, Database
from sync.hub.webhooks.signing import new_secret
from tests.hub.channels.channelled import CHANNEL, Channelled
from tests.hub.channels.fake import Basket, FakeShop
from tests.hub.channels.shops.standard import StandardShop, WholeShop
from tests.hub.tills import HandClock

HEX = "ab" * 32


@pytest.fixture
def shop() -> FakeShop:
    made = WholeShop()
    yield made
    made.end()


def test_secrets_stand_nowhere_in_the_clear(
    hub: Channelled, shop: FakeShop, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    own = shop.order(Basket())
    hub.told(own)
    with shop.failing("key"):
        hub.all_stock()
        hub.clock.forward(seconds=2)
        hub.run(lanes.OUT)
    hub.run()
    hub.books.text("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = database.path.read_bytes()
    secret = shop.secret.removeprefix("whsec_")
    for one in (secret, shop.api_key):
        assert one.encode() not in kept
        assert one not in caplog.text
    held = shops.settings_of(hub.books, shops.load(hub.books, CHANNEL), hub.clock.now())
    assert held.secrets == (shop.secret,)
    assert shop.secret not in repr(held)
    assert shop.api_key not in repr(held)


def test_the_key_is_its_owners_alone_and_without_it_nothing_opens(
    hub: Channelled, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(f"{database.path}.key")
    assert path.stat().st_mode & 0o777 == 0o600
    shop = shops.load(hub.books, CHANNEL)
    was = path.read_text("ascii")
    path.write_text(HEX)
    with pytest.raises(Refused, match="secrets_key_bad"):
        shops.secrets_of(hub.books, shop)
    path.unlink()
    with pytest.raises(Refused, match="secrets_key_missing"):
        shops.secrets_of(hub.books, shop)
    monkeypatch.setenv(keeping.KEY_VARIABLE, was)
    assert shops.secrets_of(hub.books, shop).api_key
    monkeypatch.setenv(keeping.KEY_VARIABLE, "no hex")
    with pytest.raises(Refused, match="secrets_key_bad"):
        shops.secrets_of(hub.books, shop)


def test_a_seal_is_for_one_purpose(books: Connection) -> None:
    sealed = keeping.seal(books, "channel:a", {"k": "v"})
    assert keeping.unseal(books, "channel:a", sealed) == {"k": "v"}
    with pytest.raises(Refused, match="secrets_key_bad"):
        keeping.unseal(books, "channel:b", sealed)
    assert sealed != keeping.seal(books, "channel:a", {"k": "v"})


def test_two_secrets_hold_for_a_day(hub: Channelled, shop: FakeShop) -> None:
    own, later = shop.order(Basket()), new_secret()

    def status(secret: str) -> int:
        shop.touch(own)
        return hub.deliver(own, secret=secret)

    def rotate(secret: str) -> None:
        kept = shops.load(hub.books, CHANNEL)
        held = shops.secrets_of(hub.books, kept)
        with hub.books.transaction():
            shops.put_secrets(hub.books, kept, shops.rotated(held, secret, hub.clock.now()))

    rotate(later)
    assert (status(shop.secret), status(later), status(shop.other_secret)) == (200, 200, 401)
    hub.clock.forward(hours=23)
    assert (status(shop.secret), status(later)) == (200, 200)
    hub.clock.forward(hours=2)
    assert (status(shop.secret), status(later)) == (401, 200)
    third = new_secret()
    rotate(third)
    rotate(new_secret())
    assert status(later) == 401, "two hold at once, never three"


def test_what_came_is_emptied_after_a_month_and_forgotten_after_a_year(
    hub: Channelled, shop: FakeShop
) -> None:
    done, waits = shop.order(Basket()), shop.order(Basket())
    hub.told(done)
    hub.deliver(waits)

    def sizes() -> list[tuple[str, bool]]:
        rows = hub.books.text("SELECT state, length(raw) FROM channel_inbox ORDER BY state")
        return [(str(state), bool(size)) for state, size in rows]

    def tidied(days: int) -> list[tuple[str, bool]]:
        hub.clock.forward(days=days)
        with hub.books.transaction():
            keeping.tidy(hub.books, CHANNEL, hub.clock.now())
        return sizes()

    assert tidied(29) == [("done", True), ("new", True)]
    assert tidied(2) == [("done", False), ("new", True)]
    assert tidied(400) == [("new", True)]


def test_a_person_is_forgotten_however_they_are_written(hub: Channelled, shop: FakeShop) -> None:
    name = "Zoë O'Brien/Köhler"
    for person in (name, "Grace H."):
        hub.told(shop.order(Basket(name=person, email=f"{len(person)}@example.org")))
    raws = [bytes(raw) for (raw,) in hub.books.text("SELECT raw FROM channel_inbox")]
    assert any(json.dumps(name)[1:-1].encode() in raw for raw in raws)
    with hub.books.transaction():
        assert keeping.erase(hub.books, CHANNEL, name.upper()) == 1
        assert keeping.erase(hub.books, CHANNEL, name) == 0
        assert keeping.erase(hub.books, CHANNEL, "") == 0
    left = [bytes(raw) for (raw,) in hub.books.text("SELECT raw FROM channel_inbox")]
    assert sorted(map(bool, left)) == [False, True]
    assert b"Grace" in max(left)


@pytest.mark.both_engines
def test_one_process_at_a_time_speaks_to_a_shop(database: Database, clock: HandClock) -> None:
    """On a server several hubs share the books; who dies is followed after two minutes."""
    books = database.connect(write=True)
    now = clock.now
    first = lanes.take(books, CHANNEL, lanes.OUT, "one", now())
    second = lanes.take(books, CHANNEL, lanes.OUT, "two", now())
    assert (first, second) == (True, not books.shared)
    if books.shared:
        assert lanes.take(books, CHANNEL, lanes.IN, "two", now())
        clock.forward(seconds=119)
        assert lanes.take(books, CHANNEL, lanes.OUT, "one", now())
        clock.forward(seconds=119)
        assert not lanes.take(books, CHANNEL, lanes.OUT, "two", now())
        clock.forward(seconds=2)
        assert lanes.take(books, CHANNEL, lanes.OUT, "two", now())
        assert not lanes.take(books, CHANNEL, lanes.OUT, "one", now())
        lanes.leave(books, CHANNEL, lanes.OUT, "two")
        assert lanes.take(books, CHANNEL, lanes.OUT, "one", now())
    books.close()


@pytest.mark.both_engines
def test_a_shop_on_either_database(
    database: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way: delivered, fetched, taken, told back, stock pushed, tidied."""
    monkeypatch.setenv(keeping.KEY_VARIABLE, HEX)
    shop = StandardShop()
    hub = Channelled(database, clock, shop)
    try:
        own = shop.order(Basket())
        for _ in range(2):
            assert hub.told(own) == 200
        assert [row.row.state for row in hub.parts(own)] == ["RESERVED"]
        with hub.books.transaction():
            outbox.tell(hub.books, CHANNEL, own, outbox.READY, "r-1", location="1", now=clock.now())
        hub.all_stock()
        hub.clock.forward(seconds=2)
        hub.run()
        assert shop.done(own)["ready"] == 1
        assert shop.stock("A1", "here") == 19
        hub.clock.forward(days=401)
        with hub.books.transaction():
            keeping.tidy(hub.books, CHANNEL, hub.clock.now())
        assert hub.inbox() == []
    finally:
        hub.close()
        shop.end()
