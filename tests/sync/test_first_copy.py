"""A till's first copy by a snapshot: broken off anywhere, and in the end what the feed says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from pos_app.store.catalogue import CURRENT, NEXT, Catalogue
from sync.engine.ports import Reply
from sync.hub import snapshot_rows
from sync.hub.answers import RandomIds
from sync.hub.answers import SystemClock as HubClock
from sync.hub.database import Database
from sync.hub.setting_up import set_up
from tests.bench.tills import make_till
from tests.sync.first_copies import SHOP, CopyingTill, Place, goods, snapshot, tables
from tests.sync.server import Hub

PRODUCTS = 1_500


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of 100 rows: a small shop comes in many."""
    for name, value in (("CHUNK_ROWS", 100), ("ROWS_MAX", 150), ("ROWS_MIN", 25)):
        monkeypatch.setattr(snapshot_rows, name, value)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub with goods and no snapshot; copied for each test."""
    room = tmp_path_factory.mktemp("made")
    database = Database(f"sqlite:///{room / 'hub.sqlite'}")
    set_up(database, SHOP, "Manager", "271828", RandomIds(), HubClock())
    goods(database, 1, PRODUCTS)
    goods(database, 5, 40, price=250, name="Renamed")
    return room


class Room:
    """A hub that serves, and tills."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(f"sqlite:///{folder / 'hub.sqlite'}")
        self.hub = Hub(folder / "hub.sqlite")
        self.hub.start()
        self.tills: list[CopyingTill] = []

    def data(self, number: int) -> Path:
        place = Place(self.database, self.hub.url)
        return make_till(self.folder, place, number)  # type: ignore[arg-type]

    def till(self, data: Path) -> CopyingTill:
        self.tills.append(CopyingTill(data, self.hub.url))
        return self.tills[-1]

    def by_replay(self, number: int = 9) -> CopyingTill:
        """A till that read every page of the feed."""
        till = self.till(self.data(number))
        till.net.changed = lambda lane, reply: (
            Reply(404, {}, b"{}") if lane.startswith("copy:") else reply
        )
        till.until_whole()
        assert till.net.count()["chunks"] == 0
        return till

    def same_as_replay(self, till: CopyingTill) -> None:
        other = self.by_replay()
        # Both have sent their first entry, which the store's stream tells of, before they are asked.
        for each in (till.until_whole(), other, till):
            until_same_place(self, each)
        feed, mine = tables(other.data), tables(till.data)
        for name in feed:
            wanted = [row for row in feed[name] if not str(row[0]).startswith("device:")]
            found = [row for row in mine[name] if not str(row[0]).startswith("device:")]
            assert found == wanted, name


@pytest.fixture
def room(made: Path, tmp_path: Path) -> Iterator[Room]:
    for path in made.glob("hub.sqlite*"):
        shutil.copy(path, tmp_path / path.name)
    room = Room(tmp_path)
    yield room
    for till in room.tills:
        till.die()
    room.hub.kill()


def until_same_place(room: Room, till: CopyingTill) -> None:
    """It has heard of everything."""
    with closing(room.database.connect(write=False)) as connection:
        heads = dict(connection.text("SELECT stream, pos FROM feed_head"))
    till.until(
        lambda: (
            all(heads[stream] <= at[1] for stream, at in till.runner.view.cursors.items())
            and {"global", "store:1"} <= set(till.runner.view.cursors)
        ),
        f"at the end of the feed {heads}",
    )


def test_a_snapshot_and_the_rest_come_to_what_the_whole_feed_does(room: Room) -> None:
    snapshot(room.database)
    goods(room.database, 300, 80, price=777, name="Changed since")
    goods(room.database, PRODUCTS + 1, 20)
    till = room.till(room.data(1)).until_whole()
    assert till.net.count()["chunks"] >= 45, "30 of goods and prices, 15 of stock"
    assert till.net.at_once == 4
    room.same_as_replay(till)
    with closing(Catalogue.open(till.data, till.keys.db_key)) as catalogue:
        assert catalogue.search("changed since 301")[0].product.sku == "P00301"


def test_changes_that_come_during_the_copy_are_in_it(room: Room) -> None:
    snapshot(room.database)
    till = room.till(room.data(1))
    for turn in range(4):
        till.until_pieces_came(3)
        goods(room.database, 100 * turn + 50, 60, price=1_000 + turn, name=f"Turn {turn}")
    till.until_whole()
    until_same_place(room, till)
    room.same_as_replay(till)


def test_broken_off_it_goes_on_with_what_is_missing(room: Room) -> None:
    snapshot(room.database)
    data = room.data(1)
    first = room.till(data)
    first.until_pieces_came(8)
    came = first.net.count()["chunks"]
    missing = first.pieces() + first.pieces("store:1")
    first.die()
    assert not (data / CURRENT).exists()
    second = room.till(data).until_whole()
    assert second.net.count()["lists"] <= 1, "the list is in the file"
    assert second.net.count()["chunks"] <= missing
    assert came + second.net.count()["chunks"] <= 50 + 4
    room.same_as_replay(second)


def test_a_hub_that_goes_away_in_the_middle_and_comes_back(room: Room) -> None:
    snapshot(room.database)
    till = room.till(room.data(1))
    till.until_pieces_came(5)
    room.hub.kill()
    till.until(lambda: till.runner.state.mode.value == "OFFLINE", "offline")
    missing = till.pieces()
    assert missing > 0
    room.hub.start()
    till.until_whole()
    room.same_as_replay(till)
    assert till.net.count()["lists"] == 2, "one a stream"


def test_a_piece_that_is_not_what_its_hash_says_is_refused_and_told(room: Room) -> None:
    snapshot(room.database)
    till = room.till(room.data(1))
    lies: list[str] = []

    def lie(lane: str, reply: Reply | str) -> Reply | str:
        if lane.startswith("chunk:") and len(lies) < 2 and isinstance(reply, Reply):
            lies.append(lane)
            return replace(reply, body=reply.body[:-1] + bytes([reply.body[-1] ^ 1]))
        return reply

    till.net.changed = lie
    till.until_whole()
    assert len(lies) == 2
    assert "snapshot_corrupt" in till.codes
    room.same_as_replay(till)


def test_rows_that_are_not_what_the_list_says_are_refused(room: Room) -> None:
    """A hub whose list lies: its hash fits and its rows do not. The feed is read instead."""
    snapshot(room.database)
    till = room.till(room.data(1))

    def lie(lane: str, reply: Reply | str) -> Reply | str:
        if lane == "copy:global" and isinstance(reply, Reply) and reply.status == 200:
            told = msgspec.json.decode(reply.body)
            told["chunks"][-1][3] += 1
            return replace(reply, body=msgspec.json.encode(told))
        return reply

    till.net.changed = lie
    till.until_whole()
    assert "snapshot_corrupt" in till.codes
    assert till.net.count()["/v1/sync/pull"] > 3
    room.same_as_replay(till)


def test_pieces_that_are_gone_are_looked_for_in_the_newest_list(room: Room) -> None:
    snapshot(room.database)
    till = room.till(room.data(1))
    till.until_pieces_came(6)
    goods(room.database, 400, 700, price=5, name="Other")
    with closing(room.database.connect(write=True)) as connection, connection.transaction():
        # As the hub forgets a snapshot that was followed by another days ago.
        connection.text("DELETE FROM snapshot WHERE stream = 'global'")
        connection.text("DELETE FROM snapshot_chunk WHERE stream = 'global'")
    snapshot(room.database)
    till.until_whole()
    assert till.net.count()["lists"] >= 3
    room.same_as_replay(till)


def test_a_till_that_was_away_for_too_long_sells_on_and_fetches_what_changed(room: Room) -> None:
    snapshot(room.database)
    till = room.till(room.data(1)).until_whole()
    fetched = till.net.count()["chunks"]
    # The feed changes one here, and it is changed back while the till is away: the piece at the hub
    # is what it was, and the rows here are not.
    goods(room.database, 120, 1, price=1, name="For a while")
    until_same_place(room, till)
    data = till.data
    till.die()
    goods(room.database, 120, 1)
    goods(room.database, 700, 60, price=3, name="While away")
    snapshot(room.database)
    with closing(room.database.connect(write=True)) as connection, connection.transaction():
        connection.text("DELETE FROM feed WHERE stream = 'global'")
    back = room.till(data)
    back.until(lambda: back.runner.view.building, "told that it is too late")
    assert back.runner.view.ready, "the old one stays in use"
    with closing(Catalogue.open(data, back.keys.db_key)) as catalogue:
        assert catalogue.by_sku("P00700").product.name == "Thing 700"
    back.until(lambda: not back.runner.view.building, "built")
    back.until_whole()
    stock = len([one for one in back.net.asked if "/store:1/chunks/" in one])
    assert 0 < back.net.count()["chunks"] - stock <= 8 < fetched - stock, "only what changed"
    assert "cursor_too_old" in back.codes
    with closing(Catalogue.open(data, back.keys.db_key)) as catalogue:
        assert catalogue.by_sku("P00700").product.name == "While away 700"
    assert not (data / NEXT).exists()
    fresh = room.till(room.data(2)).until_whole()
    assert tables(back.data)["product"] == tables(fresh.data)["product"]
    assert tables(back.data)["price"] == tables(fresh.data)["price"]
