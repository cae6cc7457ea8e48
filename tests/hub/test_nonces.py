"""A request is good once: a push by its transaction, a pull at once and soon on the disk."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import httpx
import pytest

from sync.hub.database import Connection, Database
from sync.hub.nonces import Nonces
from sync.protocol import encode
from sync.signing import Signer
from tests.hub.journals import T0
from tests.hub.tills import HandClock, Till, play, problem, running

ONE = Signer("dev1", "n1")


class _Broken(Exception):
    pass


def breaks(books: Connection, work: Callable[[], object]) -> None:
    """A transaction that does its work and is then undone."""
    with books.transaction():
        work()
        raise _Broken


def kept(books: Connection) -> list[str]:
    return [nonce for (nonce,) in books.text("SELECT nonce FROM nonce ORDER BY nonce")]


@pytest.mark.parametrize("again", [True, False])
def test_a_pulls_nonce_is_known_at_once_and_still_after_its_commit(
    books: Connection, again: bool
) -> None:
    nonces = Nonces()
    with books.transaction():
        assert nonces.is_first(books, ONE, T0, changes=False)
        assert not nonces.is_first(books, ONE, T0, changes=again)
        assert nonces.is_first(books, Signer("dev2", "n1"), T0, changes=False)
    assert kept(books) == []
    assert nonces.waiting
    with books.transaction():
        nonces.write(books)
    nonces.written()
    assert not nonces.waiting
    assert kept(books) == ["n1", "n1"]
    with books.transaction():
        assert not Nonces().is_first(books, ONE, T0, changes=again)


def test_a_commit_that_failed_leaves_them_in_memory(books: Connection) -> None:
    nonces = Nonces()
    nonces.is_first(books, ONE, T0, changes=False)
    with pytest.raises(_Broken):
        breaks(books, lambda: nonces.write(books))
    assert nonces.waiting
    assert not nonces.is_first(books, ONE, T0, changes=False)


def test_a_pushs_nonce_stands_and_falls_with_its_transaction(books: Connection) -> None:
    nonces = Nonces()
    with pytest.raises(_Broken):
        breaks(books, lambda: nonces.is_first(books, ONE, T0, changes=True))
    with books.transaction():
        assert nonces.is_first(books, ONE, T0, changes=True), "nothing had happened"
        assert not nonces.is_first(books, ONE, T0, changes=True)
    assert not nonces.waiting


def test_a_pull_writes_nothing_by_itself_but_within_a_second(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story() -> None:
        async with running(database, clock) as client:
            till = Till(client, clock)
            journal = await till.join(database)
            feed = (await till.hello(journal.head))["streams"]["global"]
            before = kept(books)
            pull = till.signed("GET", f"/v1/sync/pull?stream=global&feed={feed}&after=0")
            assert (await client.send(pull)).status_code == 200
            assert kept(books) == before
            assert problem(await client.send(pull)) == "signature_replayed"
            for _ in range(2_000):  # requests that change nothing, until the second is over
                if kept(books) != before:
                    break
                assert (await client.get("/v1/health")).status_code == 200
                await asyncio.to_thread(threading.Event().wait, 0.01)
            assert kept(books) != before
            assert problem(await client.send(pull)) == "signature_replayed"

    asyncio.run(story())


def test_a_push_takes_the_pulls_before_it_along(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        feed = (await till.hello(journal.head))["streams"]["global"]
        before = len(kept(books))
        pull = till.signed("GET", f"/v1/sync/pull?stream=global&feed={feed}&after=0")
        assert (await client.send(pull)).status_code == 200
        journal.sale()
        assert (await till.send("POST", "/v1/sync/push", encode(journal.push()))).is_success
        assert len(kept(books)) == before + 2

    play(database, clock, story)
