"""The feed that comes down: dense, in order, woken, and only for whom it is."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from typing import Any

import httpx
import msgspec
import pytest

from pos_app.domain.staff import Role
from sync.hub import app as hub_app
from sync.hub import devices, feed, people
from sync.hub.catalogue import Changes
from sync.hub.database import Connection, Database
from sync.protocol import PriceRow, ProductRow, ReflectedRow, StockRow
from tests.hub.tills import HandClock, Till, play, problem, running

AT = "2026-11-25T09:00:00.000Z"


def products(books: Connection, count: int, start: int = 0) -> None:
    rows = [
        ProductRow(f"P{number:06}", f"Thing {number}") for number in range(start, start + count)
    ]
    prices = [PriceRow(row.sku, "retail", "EUR", (("", "", 100, 0),)) for row in rows]
    with books.transaction():
        Changes(rows, prices, {row.sku: 5_000 for row in rows}).write(books, "1", AT, "import")


def test_a_till_gets_all_its_streams_from_the_beginning(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        products(books, 1_201)
        till = Till(client, clock)
        await till.join(database)
        found: dict[str, list[Any]] = {}
        for stream in ("global", "store:1"):
            after, more = 0, True
            while more:
                page = await till.pull(stream, after, limit=2)
                assert page.start == after
                assert [row.pos for row in page.rows] == list(range(after + 1, page.end + 1))
                for row in page.rows:
                    found.setdefault(row.kind, []).extend(msgspec.json.decode(row.rows))
                after, more = page.end, page.more
        assert {kind: len(rows) for kind, rows in found.items()} == {
            "policy": 1,
            "product": 1_201,
            "price": 1_201,
            "store": 1,
            "tax": 1,
            "staff": 1,
            "till": 1,
            "stock": 1_201,
        }
        assert found["staff"][0]["pin"].startswith("$argon2id$")
        assert found["product"][0][0] == "P000000"

    play(database, clock, story)


def test_after_a_push_the_store_hears_of_its_stock(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        before = (await till.pull("store:1")).end
        for _ in range(3):
            journal.sale()
        await till.pushed(journal.push())
        page = await till.pull("store:1", before)
        assert [row.kind for row in page.rows] == ["stock", "sale_ref", "reflected"]
        stock = msgspec.json.decode(page.rows[0].rows, type=list[StockRow])
        assert {row.sku: row.on_hand for row in stock} == dict(
            books.text("SELECT sku, on_hand FROM stock")
        )
        reflected = msgspec.json.decode(page.rows[2].rows, type=list[ReflectedRow])
        assert reflected == [ReflectedRow(journal.identity.device, 1, 3)]

    play(database, clock, story)


def test_a_cursor_of_another_feed_or_ahead_starts_anew(
    database: Database, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        own = (await till.hello(journal.head))["streams"]["global"]
        for feed_id, after, code in (("other", 0, "feed_changed"), (own, 999, "cursor_ahead")):
            answer = await till.send(
                "GET", f"/v1/sync/pull?stream=global&feed={feed_id}&after={after}"
            )
            assert (answer.status_code, problem(answer)) == (410, code)

    play(database, clock, story)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("stream=store%3A2&feed=x&after=0", "stream_not_yours"),
        ("stream=device%3Asomebody&feed=x&after=0", "stream_not_yours"),
        ("stream=global&feed=x", "malformed"),
        ("stream=global&feed=x&after=-1", "malformed"),
        ("stream=global&feed=x&after=99999999999999999999", "malformed"),
        ("stream=global&feed=x&after=0&limit=0", "malformed"),
        ("stream=global&feed=x&after=0&after=1", "malformed"),
        ("stream=global&feed=x&after=0&more=1", "malformed"),
        ("", "malformed"),
        ("&&&===", "malformed"),
        ("stream=" + "g" * 3_000 + "&feed=x&after=0", "malformed"),
    ],
)
def test_what_a_till_may_not_ask(
    database: Database, clock: HandClock, query: str, code: str
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        await till.join(database)
        assert problem(await till.send("GET", f"/v1/sync/pull?{query}")) == code

    play(database, clock, story)


@pytest.mark.parametrize("where", ["same process", "another process"])
def test_a_waiting_till_is_woken_when_something_comes(
    database: Database,
    books: Connection,
    clock: HandClock,
    where: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if where == "same process":
        monkeypatch.setattr(hub_app, "POLL_S", 1_000)

    async def story() -> None:
        async with running(database, clock) as client:
            till, other = Till(client, clock), Till(client, clock)
            await till.join(database)
            journal = await other.join(database, "2")
            end = (await till.pull("store:1")).end
            waiting = asyncio.create_task(till.pull("store:1", end, wait=15))
            done, _ = await asyncio.wait({waiting}, timeout=0.1)
            assert not done, "there is nothing yet"
            if where == "same process":
                journal.sale()
                await other.pushed(journal.push())
            else:
                with books.transaction():
                    people.add(books, "1", "Anna", Role.CASHIER, "1470")
            page = await asyncio.wait_for(waiting, 5)
            assert page.rows[0].kind == ("stock" if where == "same process" else "staff")

    asyncio.run(story())


def test_a_wait_without_news_ends_empty(database: Database, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        await till.join(database)
        end = (await till.pull("store:1")).end
        page = await till.pull("store:1", end, wait=1)
        assert (page.rows, page.end, page.more) == ([], end, False)

    play(database, clock, story)


def test_waiting_tills_do_not_hold_others_up(database: Database, clock: HandClock) -> None:
    async def story() -> None:
        async with running(database, clock) as client:
            till = Till(client, clock)
            journal = await till.join(database)
            end = (await till.pull("global")).end
            waiting = [asyncio.create_task(till.pull("global", end, wait=2)) for _ in range(30)]
            journal.sale()
            await asyncio.wait_for(till.pushed(journal.push()), 1.9)
            assert not any(one.done() for one in waiting)
            assert all(not page.rows for page in await asyncio.gather(*waiting))

    asyncio.run(story())


def test_writers_that_roll_back_leave_no_hole(database: Database, books: Connection) -> None:
    """Eight threads, each with its own connection, a third of their work thrown away."""
    seen: list[int] = []
    stop = threading.Event()

    class Thrown(Exception):
        pass

    def write(seed: int) -> None:
        rnd = random.Random(seed)
        own = database.connect(write=True)
        for number in range(40):
            with contextlib.suppress(Thrown), own.transaction():
                feed.publish(own, "global", "product", [ProductRow(f"{seed}-{number}", "x")] * 3)
                if rnd.random() < 0.3:
                    raise Thrown
        own.close()

    def read() -> None:
        own = database.connect(write=False)
        feed_id = feed.feed_of(own, "global")
        after = 0
        while True:
            last = stop.is_set()
            page = feed.Page("global", feed_id, after).read(own, HandClock().now())
            seen.extend(row.pos for row in page.rows)
            after = page.end
            if last and not page.rows:
                break
        own.close()

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(8)]
    reader.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    reader.join()
    assert seen == list(range(1, len(seen) + 1))
    assert books.text("SELECT pos FROM feed_head WHERE stream = 'global'") == [(len(seen),)]
    assert books.text("SELECT count(*) FROM feed WHERE stream = 'global'") == [(len(seen),)]


def test_a_new_tills_own_stream_exists(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        page = await till.pull(feed.device_stream(journal.identity.device))
        assert page.rows == []
        assert devices.find(books, journal.identity.device) is not None

    play(database, clock, story)
