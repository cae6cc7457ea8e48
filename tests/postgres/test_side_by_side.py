"""Several processes on one database: nothing is missed, doubled, or good twice."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import uuid_utils

from sync.hub import devices, feed
from sync.hub.answers import SystemClock
from sync.hub.database import Connection, Database
from sync.hub.feed import Page
from sync.protocol import encode
from tests.hub.conftest import hub_made_in
from tests.hub.enrolled import enrolled
from tests.hub.journals import Journal
from tests.hub.processes import serving
from tests.hub.tills import HandClock, Till, problem, running
from tests.postgres.drains import check_books, check_feeds, drain
from tests.postgres.server import Databases, Server

ROOT = Path(__file__).resolve().parents[2]
STREAMS = ("global", "store:1", "store:2", "device:x")


class Follower:
    """A till's cursor on one stream: dense, and nothing that it passed comes later."""

    def __init__(self, database: Database, stream: str) -> None:
        self.stream = stream
        self.rows: list[str] = []
        self._database = database
        self._ended = threading.Event()

    def follow(self) -> None:
        connection = self._database.connect(write=False)
        name, at = feed.feed_of(connection, self.stream), 0
        last_look = False
        while True:
            page = Page(self.stream, name, at, 200).read(connection, SystemClock().now())
            for row in page.rows:
                assert row.pos == at + 1, (self.stream, row.pos, at)
                at = row.pos
                self.rows.append(bytes(row.rows).decode())
            if not page.rows and last_look:
                break
            last_look = self._ended.is_set()
        connection.close()

    def end(self) -> None:
        self._ended.set()


@pytest.mark.slow
def test_eight_writers_in_two_processes_and_no_reader_misses_a_row(
    database: Database, books: Connection
) -> None:
    with books.transaction():
        for stream in STREAMS:
            feed.begin(books, stream, "feed")
    start = feed.positions(books)
    followers = [Follower(database, stream) for stream in STREAMS for _ in range(2)]
    with ThreadPoolExecutor(len(followers)) as pool:
        following = [pool.submit(one.follow) for one in followers]
        writers = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.postgres.writing", database.url),
                    *(",".join(STREAMS), "60", "4", str(seed)),
                ],
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
            for seed in (1, 2)
        ]
        written = [writer.communicate(timeout=200)[0] for writer in writers]
        for one in followers:
            one.end()
        for one in following:
            one.result()
    assert [writer.returncode for writer in writers] == [0, 0]
    lines = [line.partition(" ") for told in written for line in told.splitlines() if line]
    for one in followers:
        mine = [rows for stream, _, rows in lines if stream == one.stream]
        assert sorted(one.rows[start[one.stream] :]) == sorted(mine)
    check_feeds(books)


def test_a_request_is_good_once_whichever_process_it_comes_to(
    database: Database, clock: HandClock
) -> None:
    async def story() -> None:
        async with running(database, clock) as one, running(database, clock) as other:
            till = Till(one, clock)
            journal = await till.join(database)
            journal.sale()
            name = (await till.hello(journal.head))["streams"]["global"]
            for request in (
                till.signed("POST", "/v1/sync/push", encode(journal.push())),
                till.signed("GET", f"/v1/sync/pull?stream=global&feed={name}&after=0"),
            ):
                assert (await one.send(request)).status_code == 200
                for again in (other, one):
                    assert problem(await again.send(request)) == "signature_replayed"

    asyncio.run(story())


def test_sent_to_both_at_the_same_instant_one_of_them_takes_it(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story() -> None:
        async with running(database, clock) as one, running(database, clock) as other:
            till = Till(one, clock)
            journal = await till.join(database)
            for _ in range(10):
                journal.sale()
                request = till.signed(
                    "POST", "/v1/sync/push", encode(journal.push(journal.seq, journal.seq))
                )
                answers = await asyncio.gather(one.send(request), other.send(request))
                assert sorted(each.status_code for each in answers) == [200, 401]
            # The same entries under two signatures: booked once, confirmed twice.
            journal.sale()
            push = encode(journal.push(journal.seq, journal.seq))
            twice = [till.signed("POST", "/v1/sync/push", push) for _ in range(2)]
            answers = await asyncio.gather(one.send(twice[0]), other.send(twice[1]))
            assert [each.status_code for each in answers] == [200, 200]
        check_books(books, [journal])

    asyncio.run(story())


def test_a_till_that_is_taken_out_by_one_process_is_out_at_the_other(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story() -> None:
        async with running(database, clock) as one, running(database, clock) as other:
            till = Till(one, clock)
            journal = await till.join(database)
            journal.sale()
            await till.pushed(journal.push())
            with books.transaction():
                devices.revoke(books, till.identity.device)
            till.client = other
            journal.sale()
            answer = await till.push(journal.push(2))
            assert problem(answer) == "device_revoked"

    asyncio.run(story())


def test_rows_of_one_process_wake_who_waits_at_another(
    database: Database, clock: HandClock
) -> None:
    async def story() -> None:
        async with running(database, clock) as one, running(database, clock) as other:
            seller, waiter = Till(one, clock), Till(other, clock)
            journal = await seller.join(database, "1")
            mine = await waiter.join(database, "2")
            name = (await waiter.hello(mine.head))["streams"]["store:1"]
            at = feed.positions(books := database.connect(write=False))["store:1"]
            books.close()
            waiting = asyncio.create_task(waiter.pull("store:1", at, feed=name, wait=15))
            journal.sale()
            await seller.pushed(journal.push())
            page = await asyncio.wait_for(waiting, 14)
            assert [row.pos for row in page.rows][:1] == [at + 1]

    asyncio.run(story())


def hubs(stack: ExitStack, database: Database, count: int) -> list[str]:
    return [stack.enter_context(serving(database)).url for _ in range(count)]


@pytest.mark.slow
def test_six_tills_drain_into_two_processes_and_the_books_are_equal(
    database: Database, books: Connection
) -> None:
    journals = [enrolled(books, number, 40) for number in range(1, 7)]
    with ExitStack() as stack:
        drain(hubs(stack, database, 2), journals)
    check_books(books, journals)


@pytest.mark.slow
def test_workers_share_a_port_and_one_that_is_killed_is_started_again(
    database: Database, books: Connection
) -> None:
    journals = [enrolled(books, number, 40) for number in range(1, 4)]
    with serving(database, "--workers", "2") as hub:
        first = two_children(hub.process.pid)
        acks = threading.Semaphore(0)

        def kill() -> None:
            for _ in range(8):
                acks.acquire()
            os.kill(first[0], signal.SIGKILL)

        killing = threading.Thread(target=kill)
        killing.start()
        drain([hub.url], journals, acks.release)
        killing.join()
        now = two_children(hub.process.pid, but=first[0])
    assert not any(Path(f"/proc/{pid}/cmdline").exists() for pid in now)
    check_books(books, journals)


def two_children(pid: int, but: int = 0) -> list[int]:
    """When there are two, and that one is none of them."""
    for _ in range(600):
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        found = [int(word) for word in told.split()]
        if len(found) == 2 and but not in found:
            return found
        threading.Event().wait(0.1)
    raise AssertionError(found)


@pytest.fixture
def killable(mortal: Server) -> Iterator[tuple[Server, Database]]:
    mortal.start()
    yield mortal, hub_made_in(Database(Databases(mortal.admin).make()))
    mortal.stop()


def sold(database: Database, tills: int, sales: int) -> list[Journal]:
    books = database.connect(write=True)
    journals = [enrolled(books, number, sales) for number in range(1, tills + 1)]
    books.close()
    return journals


@pytest.mark.slow
@pytest.mark.parametrize("how", ["session", "server", "restart"])
def test_killed_in_the_middle_of_a_drain_nothing_is_lost_or_doubled(
    killable: tuple[Server, Database], how: str
) -> None:
    """One session (then the server ends all), the server as if the power went, and a restart."""
    server, database = killable
    journals = sold(database, 4, 40)
    acks = threading.Semaphore(0)
    killed = []

    def kill() -> None:
        for life in range(3):
            for _ in range(6):
                if not acks.acquire(timeout=60):
                    return
            if how == "session":
                server.kill_a_session()
            else:
                server.stop(signal.SIGQUIT if how == "server" else signal.SIGINT)
                server.start()
            killed.append(life)

    with ExitStack() as stack:
        urls = hubs(stack, database, 2)
        killing = threading.Thread(target=kill)
        killing.start()
        drain(urls, journals, acks.release)
        for _ in range(100):
            acks.release()
        killing.join()
    assert killed
    books = database.connect(write=True)
    check_books(books, journals)
    books.close()


def test_a_ring_between_processes_costs_a_moment_and_no_answer(
    database: Database, books: Connection, clock: HandClock
) -> None:
    """Somebody takes the counter of the feed and then wants the store that a push holds."""

    async def story() -> None:
        async with running(database, clock) as client:
            till = Till(client, clock)
            journal = await till.join(database)
            journal.sale()
            books.text("SET deadlock_timeout TO '5s'")  # so it is the push that is told first
            books.text("BEGIN")
            books.text("UPDATE feed_head SET pos = pos WHERE stream = 'store:1'")
            pushing = asyncio.create_task(till.push(journal.push()))
            waits = (
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database()"
            )
            for _ in range(6_000):
                if await asyncio.to_thread(books.text, waits) == [(1,)]:
                    break
                await asyncio.sleep(0.01)
            await asyncio.to_thread(devices.hold_store, books, "1")
            books.text("COMMIT")
            assert (await pushing).status_code == 200
        check_books(books, [journal])

    asyncio.run(story())


def test_a_code_is_good_for_one_of_two_that_come_at_once(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story() -> None:
        async with running(database, clock) as one, running(database, clock) as other:
            code = str(uuid_utils.uuid4())
            with books.transaction():
                devices.issue_code(books, "1", "1", code, clock.now(), replaces=False)
            tills = [Till(one, clock), Till(other, clock)]
            answers = await asyncio.gather(*(till.ask_to_enrol(code) for till in tills))
            assert sorted(each.status_code for each in answers) == [200, 409]

    asyncio.run(story())
