"""Many at once: who is served first, who is told to wait, and what is never held up."""

from __future__ import annotations

import asyncio
import json
import threading

import httpx
import pytest

from sync.hub import feed
from sync.hub.admission import DEVICE_OPEN, Bucket, Gate, Room
from sync.hub.answers import HubProblem, Reply, Request
from sync.hub.app import create_app
from sync.hub.database import Connection, Database
from sync.hub.lanes import Lanes, Rank, rank_of
from tests.hub.tills import URL, HandClock, Till, problem


@pytest.mark.parametrize(
    ("path", "query", "rank"),
    [
        ("/v1/sync/push", "", Rank.PUSH),
        ("/v1/sync/hello", "", Rank.ASK),
        ("/v1/holds", "", Rank.ASK),
        ("/v1/devices/enrol", "", Rank.ASK),
        ("/v1/sync/pull", "stream=device%3Aabc&feed=f&after=0", Rank.DEVICE),
        ("/v1/sync/pull", "stream=store%3A1&feed=f&after=0", Rank.STORE),
        ("/v1/sync/pull", "stream=global&feed=f&after=0", Rank.GLOBAL),
        ("/v1/sync/pull", "&".join(["a=b"] * 40), Rank.GLOBAL),
        ("/v1/sync/pull", "%%%", Rank.GLOBAL),
    ],
)
def test_every_request_has_its_rank(path: str, query: str, rank: Rank) -> None:
    assert rank_of(Request("GET", path, query)) is rank


def test_sales_come_first_and_nobody_starves() -> None:
    lanes: Lanes[str] = Lanes(100)
    for number in range(40):
        assert lanes.put(Rank.GLOBAL, f"page {number}")
    for number in range(40):
        assert lanes.put(Rank.PUSH, f"push {number}")
    taken = lanes.take(16)
    assert taken[:14] == [f"push {number}" for number in range(14)]
    assert taken[14:] == ["page 0", "page 1"]
    assert lanes.take(1) == ["push 14"]
    while lanes.depths()[Rank.PUSH]:
        lanes.take(16)
    assert lanes.take(2) == lanes_pages(lanes, taken)


def lanes_pages(lanes: Lanes[str], taken: list[str]) -> list[str]:
    """The two pages that were next, by how many are left."""
    del taken
    left = lanes.depths()[Rank.GLOBAL]
    return [f"page {40 - left - 2}", f"page {40 - left - 1}"]


def test_pages_cannot_fill_the_room_that_sales_need() -> None:
    lanes: Lanes[int] = Lanes(16)
    assert [lanes.put(Rank.STORE, number) for number in range(16)] == [True] * 14 + [False] * 2
    assert [lanes.put(Rank.PUSH, number) for number in range(3)] == [True, True, False]
    assert len(lanes) == 16


def test_a_bucket_gives_what_its_rate_says() -> None:
    bucket = Bucket(rate=10, burst=3, tokens=3, at=0)
    assert [bucket.wait_s(0.0) for _ in range(4)] == [0, 0, 0, pytest.approx(0.1)]
    assert bucket.wait_s(0.1) == 0
    assert bucket.wait_s(0.1) > 0
    assert [bucket.wait_s(100.0) for _ in range(3)] == [0, 0, 0]
    assert bucket.wait_s(100.0) > 0


def test_a_herd_is_told_times_of_its_own() -> None:
    gate = Gate(hello_rate=10, hello_burst=5)
    told = []
    for _ in range(105):
        try:
            gate.hello(1_000.0)
        except HubProblem as problem:
            told.append(problem.retry_after_s)
    assert len(told) == 100
    assert (told[0], told[-1]) == (1, 10), "a hundred tills at ten a second"
    assert all(told.count(second) == 10 for second in range(1, 11))


def test_who_knows_a_tills_id_spends_nothing_of_it() -> None:
    gate = Gate()
    for _ in range(2_000):
        try:
            with gate.device("till", "10.0.0.66", 5.0):
                pass
        except HubProblem:
            break
    else:
        pytest.fail("no limit at all")
    with gate.device("till", "10.0.0.7", 5.0):
        assert gate.connected == 1
    assert gate.connected == 0


def test_one_till_has_so_many_requests_under_way() -> None:
    gate = Gate()
    held = [gate.device("till", "", 0.0) for _ in range(DEVICE_OPEN)]
    for one in held:
        one.__enter__()
    with pytest.raises(HubProblem), gate.device("till", "", 0.0):
        pass
    held.pop().__exit__(None, None, None)
    with gate.device("till", "", 0.0):
        pass
    for one in held:
        one.__exit__(None, None, None)


def test_bodies_come_in_by_their_bytes() -> None:
    async def story() -> None:
        room = Room(10)
        order: list[str] = []

        async def body(name: str, size: int, go: asyncio.Event) -> None:
            async with room.taking(size):
                order.append(name)
                await go.wait()

        go = asyncio.Event()
        first = [asyncio.create_task(body(name, 5, go)) for name in "ab"]
        large = asyncio.create_task(body("large", 99, go))
        small = asyncio.create_task(body("small", 1, go))
        gone = asyncio.create_task(body("gone", 1, go))
        for _ in range(3):
            await asyncio.sleep(0)
        assert order == ["a", "b"]
        assert room.taken == 10
        gone.cancel()
        go.set()
        await asyncio.gather(*first, large, small)
        assert order == ["a", "b", "large", "small"], "none is passed over"
        assert room.taken == 0

    asyncio.run(story())


def test_hello_and_push_are_slowed_with_a_time_to_come_back(
    database: Database, clock: HandClock
) -> None:
    async def story() -> None:
        app = create_app(database.url, clock=clock)
        app.state.hub.gate = Gate(hello_rate=0.5, hello_burst=2)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
                till = Till(client, clock)
                journal = await till.join(database)
                for _ in range(2):
                    await till.hello(journal.head)
                body = {
                    "proto": [1, 1],
                    "schema": 1,
                    "head": {"epoch": 1, "seq": 0, "hash": "0" * 64},
                    "acked": 0,
                }
                late = await till.send("POST", "/v1/sync/hello", json.dumps(body).encode())
                assert problem(late) == "slow_down"
                assert late.headers["retry-after"] == str(late.json()["retry_after_s"]) == "2"
                journal.sale()
                await till.pushed(journal.push())  # a till that is in goes on

    asyncio.run(story())


def test_a_push_passes_a_herd_of_pages(
    database: Database, books: Connection, clock: HandClock
) -> None:
    """The thread for reading hangs and thirty pages wait before it: a sale is booked meanwhile."""
    with books.transaction():
        feed.append(books, {"global": [("note", b'["x"]')]})
    go = threading.Event()

    def hang(_connection: Connection) -> Reply:
        assert go.wait(60)
        return Reply(b"")

    async def story() -> None:
        app = create_app(database.url, clock=clock)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
                till, other = Till(client, clock), Till(client, clock)
                await till.join(database)
                journal = await other.join(database, "2")
                name = (await till.hello(till.journal.head))["streams"]["global"]
                app.state.hub._pages.look(Rank.DEVICE, hang, lambda _reply: None)
                pages = [asyncio.create_task(till.pull("global", 0, feed=name)) for _ in range(30)]
                try:
                    journal.sale()
                    await asyncio.wait_for(other.pushed(journal.push()), 60)
                    assert not any(page.done() for page in pages)
                finally:
                    go.set()
                assert all(page.rows for page in await asyncio.gather(*pages))

    asyncio.run(story())
