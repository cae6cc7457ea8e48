"""Goods between two stores at the hub: sums that meet, in whatever order the words arrive."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import msgspec
import pytest

from pos_app.domain.day import utc_text
from sync.hub import coming, devices, exceptions, rebuilding
from sync.hub.answers import RandomIds
from sync.hub.database import Connection, Database
from sync.hub.identity import new_code
from sync.protocol import (
    CountedLine,
    DeliveryRow,
    Difference,
    EnrolReply,
    GoodsLine,
    GoodsReceived,
    ReceivedLine,
    StockCounted,
    TransferCalledOff,
    TransferRequested,
    TransferSent,
)
from tests.hub.journals import Journal
from tests.hub.righting import Asking, joined, second_store
from tests.hub.tills import HandClock, Till, play

SOCK, JACKET, HAT = "SKU-00001", "SKU-00002", "SKU-00003"
ID, NAME = "t-1", "T-2-1-318"


async def of_store(
    client: httpx.AsyncClient, clock: HandClock, database: Database, store: str, till: str
) -> Asking:
    """A till of another store than the first."""
    one = Till(client, clock)
    books = database.connect(write=True)
    code = new_code(RandomIds())
    with books.transaction():
        devices.issue_code(books, store, till, code, clock.now(), replaces=False)
    answer = await one.ask_to_enrol(code)
    one.identity = msgspec.json.decode(answer.content, type=EnrolReply)
    one.journal = Journal(one.key, one.identity)
    with books.transaction():
        devices.approve(books, one.identity.device, clock.now())
    books.close()
    return Asking(one, one.journal)


def on_hand(books: Connection) -> dict[tuple[str, str], int]:
    rows = books.text("SELECT store_id, sku, on_hand FROM stock WHERE on_hand <> 0")
    return {(store, sku): qty for store, sku, qty in rows}


def cases(books: Connection) -> list[tuple[str, str, str, str]]:
    return [
        (one.kind, one.store_id, one.detail, one.state)
        for one in exceptions.every(books)
        if one.kind.endswith("_difference")
    ]


SENT = [GoodsLine(SOCK, 12_000, f"{NAME}/1"), GoodsLine(JACKET, 4_000, order="W-10502")]


def later(moment: dt.datetime, seconds: float) -> str:
    return utc_text(moment + dt.timedelta(seconds=seconds))


class Two:
    """Two stores: 2 sends, 1 receives at two tills."""

    def __init__(self, sender: Asking, first: Asking, second: Asking) -> None:
        self.sender, self.first, self.second = sender, first, second

    async def send(self, goods: list[GoodsLine] = SENT) -> list[str]:
        return await self.sender.tell(TransferSent, transfer=ID, name=NAME, target="1", lines=goods)

    async def receive(self, till: Asking, *counted: ReceivedLine, **more: Any) -> list[str]:
        said = {"delivery": ID, "name": NAME, "kind": "transfer", "source": "2", "currency": "EUR"}
        return await till.tell(GoodsReceived, **said, lines=list(counted), **more)


def told(database: Database, story: Any) -> Connection:
    """Plays a story of two stores; the books afterwards, whole by the journal."""
    clock = HandClock()

    async def whole(client: httpx.AsyncClient) -> None:
        books = database.connect(write=True)
        second_store(books)
        books.close()
        two = Two(
            await of_store(client, clock, database, "2", "1"),
            await joined(client, clock, database, "1"),
            await joined(client, clock, database, "2"),
        )
        await story(two)

    play(database, clock, whole)
    books = database.connect(write=True)
    assert list(rebuilding.differences(books)) == []
    return books


@pytest.mark.both_engines
def test_on_the_way_goods_are_in_nobodys_stock_and_both_stores_know(database: Database) -> None:
    async def story(two: Two) -> None:
        assert await two.send() == ["applied"]
        for till, store in ((two.sender, "2"), (two.first, "1")):
            page = await till.till.pull(f"store:{store}")
            rows = [
                msgspec.json.decode(row.rows, type=list[DeliveryRow])[0]
                for row in page.rows
                if row.kind == "delivery"
            ]
            assert [(row.state, row.source, row.target) for row in rows] == [("sent", "2", "1")]
            assert [(line.sku, line.qty) for line in rows[0].lines] == [
                (SOCK, 12_000),
                (JACKET, 4_000),
            ]
            assert rows[0].boxes[0].label == f"{NAME}/1"
            assert rows[0].waits[0].order == "W-10502"

    books = told(database, story)
    assert on_hand(books) == {("2", SOCK): -12_000, ("2", JACKET): -4_000}
    assert coming.of_store(books, "1") == {SOCK: (12_000, ""), JACKET: (4_000, "")}
    books.close()


@pytest.mark.both_engines
def test_two_tills_count_one_transfer_and_nothing_is_there_twice(database: Database) -> None:
    async def story(two: Two) -> None:
        await two.send()
        assert await two.receive(two.first, ReceivedLine(SOCK, 7_000)) == ["applied"]
        assert await two.receive(two.second, ReceivedLine(SOCK, 5_000)) == ["applied"]
        assert await two.receive(
            two.first, ReceivedLine(JACKET, 4_000, listed=True), final=True
        ) == ["applied"]

    books = told(database, story)
    assert on_hand(books) == {
        ("1", SOCK): 12_000,
        ("1", JACKET): 4_000,
        ("2", SOCK): -12_000,
        ("2", JACKET): -4_000,
    }
    assert cases(books) == []
    assert coming.of_store(books, "1") == {}
    books.close()


def test_short_damaged_and_extra_each_go_where_they_belong(database: Database) -> None:
    async def story(two: Two) -> None:
        await two.send()
        result = await two.receive(
            two.first,
            ReceivedLine(SOCK, 10_000),
            ReceivedLine(JACKET, 4_000, damaged=1_000),
            ReceivedLine(HAT, 3_000),
            differences=[
                Difference(SOCK, "short", 2_000, "missing", 1_000),
                Difference(JACKET, "damaged", 1_000, "sell_cheaper", 4_000),
                Difference(HAT, "extra", 2_000, "keep", 500),
                Difference(HAT, "extra", 1_000, "send_back", 250),
            ],
            final=True,
            value=5_750,
        )
        assert result == ["exception"]

    books = told(database, story)
    assert on_hand(books) == {
        ("1", SOCK): 10_000,
        ("1", JACKET): 3_000,
        ("1", HAT): 2_000,
        ("2", SOCK): -12_000,
        ("2", JACKET): -4_000,
        ("2", HAT): -2_000,
    }
    detail = f"{NAME}: 2000 short in 1 lines, 2000 extra in 1 lines"
    assert cases(books) == [("transfer_difference", "1", detail, "open")]
    asides = books.text("SELECT store_id, sku, reason, aside FROM goods_move WHERE aside <> 0")
    assert sorted(asides) == [
        ("1", SOCK, "missing", 2_000),
        ("1", JACKET, "damaged_sell_cheaper", 1_000),
        ("1", HAT, "sent_back", 1_000),
    ]
    books.close()


@pytest.mark.both_engines
def test_a_receipt_before_the_senders_word_comes_to_the_same(database: Database) -> None:
    async def story(two: Two) -> None:
        got = (ReceivedLine(SOCK, 12_000), ReceivedLine(JACKET, 4_000))
        assert await two.receive(two.first, *got, final=True) == ["exception"]
        assert await two.send() == ["applied"]

    books = told(database, story)
    assert on_hand(books) == {
        ("1", SOCK): 12_000,
        ("1", JACKET): 4_000,
        ("2", SOCK): -12_000,
        ("2", JACKET): -4_000,
    }
    assert [(one[0], one[3]) for one in cases(books)] == [("transfer_difference", "settled")]
    books.close()


def test_a_part_that_comes_after_the_end_fills_what_was_short(database: Database) -> None:
    async def story(two: Two) -> None:
        await two.send()
        await two.receive(
            two.first,
            ReceivedLine(SOCK, 10_000),
            ReceivedLine(JACKET, 4_000),
            differences=[Difference(SOCK, "short", 2_000, "missing", 1_000)],
            final=True,
            value=1_000,
        )
        await two.receive(two.second, ReceivedLine(SOCK, 2_000))

    books = told(database, story)
    assert on_hand(books)["1", SOCK] == 12_000
    assert [(one[0], one[3]) for one in cases(books)] == [("transfer_difference", "settled")]
    assert books.text("SELECT state FROM transit") == [("received",)]
    assert books.text("SELECT sum(missing) FROM transit_line") == [(0,)]
    books.close()


def test_what_a_count_saw_gone_is_not_taken_from_the_sender_once_more(database: Database) -> None:
    """A sock too many was sent; the sender counts and misses it; then the receiver has it."""

    async def story(two: Two) -> None:
        await two.send()
        line = CountedLine(SOCK, 7_000, later(two.sender.journal.now, 600))
        said = {"count": "c-1", "name": "Socks", "scope": "free", "currency": "EUR"}
        await two.sender.tell(StockCounted, **said, lines=[line])
        got = (ReceivedLine(SOCK, 13_000), ReceivedLine(JACKET, 4_000))
        await two.receive(two.first, *got, final=True)

    books = told(database, story)
    assert on_hand(books)["2", SOCK] == 7_000
    assert on_hand(books)["1", SOCK] == 13_000
    assert books.text("SELECT book FROM stock_count_line") == [(-13_000,)]
    books.close()


def test_a_third_store_that_receives_is_told_of(database: Database) -> None:
    async def story(two: Two) -> None:
        sent = [GoodsLine(SOCK, 1_000)]
        await two.first.tell(TransferSent, transfer=ID, name=NAME, target="3", lines=sent)
        said = {"delivery": ID, "name": NAME, "kind": "transfer", "source": "1"}
        assert await two.sender.tell(
            GoodsReceived, **said, lines=[ReceivedLine(SOCK, 1_000)], final=True, currency="EUR"
        ) == ["exception"]

    books = told(database, story)
    assert cases(books) == [("transfer_difference", "2", f"{NAME} is for store 3", "open")]
    assert on_hand(books) == {("1", SOCK): -1_000, ("2", SOCK): 1_000}
    books.close()


def test_what_was_asked_for_and_called_off_moves_nothing(database: Database) -> None:
    async def story(two: Two) -> None:
        asked = [GoodsLine(SOCK, 5_000)]
        await two.first.tell(TransferRequested, transfer=ID, name=NAME, source="2", lines=asked)
        await two.send([GoodsLine(SOCK, 3_000)])
        await two.sender.tell(TransferCalledOff, transfer=ID, reason="wrong box")

    books = told(database, story)
    assert on_hand(books) == {}
    assert books.text("SELECT state FROM transit") == [("called_off",)]
    assert books.text("SELECT asked, sent FROM transit_line") == [(5_000, 0)]
    assert coming.of_store(books, "1") == {}
    books.close()
