"""What each store has, on the tills of the others: gathered, bounded, and no older than it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from pos_app.store.replica import ReplicaWriter
from sync.hub import feed, stock_elsewhere, store
from sync.hub.answers import stamp
from sync.hub.database import Connection
from sync.hub.feed import Page
from sync.hub.identity import feed_name
from sync.hub.stock import move_stock
from sync.protocol import PullReply
from tests.hub.righting import second_store
from tests.hub.tills import HandClock

KEY = bytes(range(32))


def moved(books: Connection, clock: HandClock, **goods: int) -> None:
    with books.transaction():
        rows = move_stock(books, "1", goods, stamp(clock.now()))
        feed.publish(books, feed.store_stream("1"), "stock", rows)


def told(books: Connection, clock: HandClock) -> int:
    with books.transaction():
        return stock_elsewhere.tell(books, clock.now())


def pages(books: Connection, clock: HandClock, stream: str) -> PullReply:
    return Page(stream, feed_name(books), 0).read(books, clock.now())


def rows(books: Connection, clock: HandClock) -> list[tuple[int, list[object]]]:
    found = pages(books, clock, feed.GLOBAL).rows
    return [
        (row.pos, msgspec.json.decode(row.rows)) for row in found if row.kind == "stock_elsewhere"
    ]


def test_a_hub_with_one_store_tells_nobody(books: Connection, clock: HandClock) -> None:
    moved(books, clock, A1=5_000)
    assert (told(books, clock), rows(books, clock)) == (0, [])
    second_store(books)
    clock.forward(minutes=1)
    assert told(books, clock) == 1, "and then everything there is"


def test_once_a_minute_a_product_however_often_it_sold(books: Connection, clock: HandClock) -> None:
    second_store(books)
    told(books, clock)
    for _ in range(100):
        moved(books, clock, A1=-1_000, A2=-1_000)
    assert told(books, clock) == 0, "the minute is not over"
    clock.forward(seconds=60)
    assert told(books, clock) == 2
    assert len(rows(books, clock)) == 1
    clock.forward(seconds=60)
    assert told(books, clock) == 0, "nothing moved"
    moved(books, clock, A1=-1_000)
    clock.forward(seconds=60)
    assert told(books, clock) == 1
    first, last = rows(books, clock)
    assert [sku for sku, _ in first[1][0][2]] == ["A2"], "the older number is gone"
    assert last[1][0][2] == [["A1", -101_000]]


def test_the_common_stream_grows_with_the_products_and_not_with_the_sales(
    books: Connection, clock: HandClock
) -> None:
    """Bytes are counted: what PROTOCOL.md promises of their cost."""
    second_store(books)
    told(books, clock)
    for _ in range(30):
        moved(books, clock, **{f"SKU-{number:05}": -1_000 for number in range(40)})
        clock.forward(seconds=60)
        assert told(books, clock) == 40
    size = sum(len(msgspec.json.encode(data)) for _, data in rows(books, clock))
    assert size < 2_000, "30 minutes of 40 products are 40 rows and 29 empty places"
    _, last = rows(books, clock)[-1]
    each = len(msgspec.json.encode(last)) / 40
    assert each < 24, f"{each} bytes a product and minute"


@pytest.mark.parametrize("building", [False, True])
def test_a_till_of_another_store_knows_and_its_own_store_is_left_alone(
    books: Connection, clock: HandClock, tmp_path: Path, building: bool
) -> None:
    second_store(books)
    with books.transaction():
        move_stock(books, "2", {"A1": 7_000}, stamp(clock.now()))
    moved(books, clock, A1=5_000)
    told(books, clock)
    clock.forward(minutes=1)
    moved(books, clock, A1=-1_000)
    told(books, clock)
    make = ReplicaWriter.create_beside if building else ReplicaWriter.open
    with make(tmp_path, KEY) as writer:
        writer.apply(pages(books, clock, feed.GLOBAL))
        writer.apply(pages(books, clock, feed.store_stream("1")))
        moved(books, clock, A1=-1_000)
        store_after = Page(
            feed.store_stream("1"), feed_name(books), writer.cursors()["store:1"][1]
        ).read(books, clock.now())
        writer.apply(store_after)
        clock.forward(minutes=1)
        # Told of the common stream after the store's own, and from before it: passed over.
        with books.transaction():
            books.text("UPDATE stock SET on_hand = 1 WHERE store_id = '1'")
            stock_elsewhere.moved(books, "1", ["A1"])
            stock_elsewhere.tell(books, clock.now())
        common = Page(feed.GLOBAL, feed_name(books), writer.cursors()["global"][1])
        writer.apply(common.read(books, clock.now()))
        if building:
            writer.finish()
        found = writer._connection.execute(
            "SELECT store, on_hand FROM stock WHERE sku = 'A1' ORDER BY store"
        ).fetchall()
        assert found == [("1", 3_000), ("2", 7_000)]


def test_a_store_that_falls_silent_is_told_once_and_when_it_speaks_again(
    books: Connection, clock: HandClock
) -> None:
    second_store(books)
    seen = stamp(clock.now())
    books.text(
        "INSERT INTO device(device, store_id, till, state, pubkey, fingerprint, name, hardware,"
        " sealed_key, epoch, nonce, prev_epoch_hash, last_seq, last_hash, last_doc, last_seen,"
        " program, enrolled_at, approved_at) VALUES ('d', '2', '1', 'active', 'k', 'f', '', '',"
        " '', 1, 'aa', '', 0, ?, 0, ?, '', ?, ?)",
        (b"", seen, seen, seen),
    )

    def said() -> list[object]:
        found = pages(books, clock, feed.GLOBAL).rows
        return [
            one
            for row in found
            if row.kind == "store_heard"
            for one in msgspec.json.decode(row.rows)
        ]

    told(books, clock)
    clock.forward(minutes=14)
    told(books, clock)
    assert said() == []
    for _ in range(3):
        clock.forward(minutes=2)
        told(books, clock)
    assert said() == [{"store": "2", "silent": seen}]
    books.text("UPDATE device SET last_seen = ?", (stamp(clock.now()),))
    clock.forward(minutes=1)
    told(books, clock)
    assert said()[1:] == [{"store": "2", "silent": ""}]


def names(books: Connection, clock: HandClock) -> list[dict[str, str]]:
    found = pages(books, clock, feed.GLOBAL).rows
    return [
        row for each in found if each.kind == "store_name" for row in msgspec.json.decode(each.rows)
    ]


def called(books: Connection, store_id: str, name: str, *address: str) -> None:
    shop = store.load(books, store_id)
    renamed = replace(shop, store=replace(shop.store, name=name, address=address))
    with books.transaction():
        store.save(books, renamed, feed_name(books))


@pytest.mark.both_engines
def test_what_stores_are_called_is_told_once_and_when_it_changes(
    books: Connection, clock: HandClock
) -> None:
    told(books, clock)
    assert names(books, clock) == [], "nobody asks a shop that is alone"
    second_store(books)
    called(books, "2", "Kamppi", "Urho Kekkosen katu 1", "00100 Helsinki")
    clock.forward(minutes=1)
    told(books, clock)
    assert names(books, clock) == [
        {"store": "1", "name": "Test Store"},
        {"store": "2", "name": "Kamppi", "place": "00100 Helsinki"},
    ]
    for _ in range(3):
        clock.forward(minutes=1)
        told(books, clock)
    assert len(names(books, clock)) == 2, "told once"
    called(books, "2", "Kamppi II", "00100 Helsinki")
    clock.forward(minutes=1)
    told(books, clock)
    assert names(books, clock)[2:] == [{"store": "2", "name": "Kamppi II"}]
