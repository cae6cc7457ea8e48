"""The hub's disk: nothing is confirmed that is not on it, and nothing on it is changed."""

from __future__ import annotations

import json

import httpx
import pytest

from sync.hub import database as hub_database
from sync.hub.database import Connection, Database
from tests.hub.journals import Journal
from tests.hub.test_push import kinds, totals
from tests.hub.tills import HandClock, Till, play, problem


def test_while_nothing_can_be_written_nothing_is_confirmed(
    database: Database, books: Connection, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_database, "BUSY_MS", 50)

    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.sale()
        books.text("BEGIN IMMEDIATE")
        answer = await till.push(journal.push())
        assert (answer.status_code, problem(answer)) == (503, "hub_busy")
        assert answer.headers["retry-after"] == "5"
        books.text("ROLLBACK")
        assert (await till.pushed(journal.push())).results == ["applied"]

    play(database, clock, story)


def test_a_full_disk_confirms_nothing_and_loses_nothing(
    database: Database, books: Connection, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real limit of the real database: it may not grow by more than a few pages."""
    opened = Database._open
    allowed = books.text("PRAGMA page_count")[0][0] + 12

    def small(self: Database, *, write: bool) -> Connection:
        connection = opened(self, write=write)
        if write:
            connection.text(f"PRAGMA max_page_count = {allowed}")
        return connection

    monkeypatch.setattr(Database, "_open", small)

    async def full(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        kept.append((till, await till.join(database)))
        for _ in range(200):
            kept[0][1].sale()
        answer = await till.push(kept[0][1].push())
        assert (answer.status_code, problem(answer)) == (503, "hub_busy")
        assert json.loads(answer.content)["detail"] == "hub_disk_full"
        assert totals(books) == (0, 0, 0)
        assert kinds(books) == []
        assert books.text("SELECT count(*) FROM quarantine") == [(0,)]

    async def room_again(client: httpx.AsyncClient) -> None:
        till, journal = kept[0]
        till.client = client
        assert (await till.pushed(journal.push())).ack == journal.head
        assert totals(books)[0] == 200

    kept: list[tuple[Till, Journal]] = []
    play(database, clock, full)
    monkeypatch.undo()
    play(database, clock, room_again)


def test_a_commit_is_on_the_disk_when_it_returns(books: Connection) -> None:
    found = {
        name: books.text(f"PRAGMA {name}")[0][0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
    }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
    }


def test_a_journal_entry_at_the_hub_is_never_changed(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.sale()
        await till.pushed(journal.push())
        for sql in ("DELETE FROM event", "UPDATE event SET body = x'00'"):
            with pytest.raises(hub_database.driver.IntegrityError):
                books.text(sql)
        assert books.text("SELECT body FROM event") == [(bytes(journal.entries[0].body),)]

    play(database, clock, story)
