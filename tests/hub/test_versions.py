"""Older and newer programs on both sides: nothing blocks, nothing is lost, nothing is told wrongly.

There has been one release, so the versions here are made up: `cash_moved` is said to have changed its
words three times. What is tested is what will be there when the first real one comes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import uuid_utils

from sync.hub import feed, quarantine
from sync.hub.answers import RandomIds
from sync.hub.database import Connection, Database
from sync.hub.identity import load_keys
from sync.hub.verifying import verify
from sync.protocol import SCHEMA, CashMoved, decode_fact, versions
from tests.hub.journals import Journal
from tests.hub.tills import HandClock, Till, play, problem

BODIES = Path(__file__).parents[1] / "golden" / "versions"


def one_to_two(told: dict[str, Any]) -> dict[str, Any]:
    """Version 2 said each amount apart."""
    return {**told, "amounts": [told["amount"]]}


def two_to_three(told: dict[str, Any]) -> dict[str, Any]:
    """Version 3 said one amount, and the direction as a sign; today's words stand beside it."""
    return {**told, "amount": sum(told["amounts"]), "direction": 1 if told["kind"] == "in" else -1}


def three_to_four(told: dict[str, Any]) -> dict[str, Any]:
    """Version 4 has words of its own."""
    return {**told, "flow": {"to": "drawer", "of": [[told["currency"], told["amount"]]]}}


def body(version: int, journal: Journal) -> bytes:
    """The body of a version, at the journal's next place."""
    text = (BODIES / f"cash_moved-{version}.json").read_text(encoding="utf-8")
    text = text.replace("DEV", journal.identity.device).replace("SEQ", str(journal.seq + 1))
    return text.replace("ID", str(uuid_utils.uuid7())).encode()


def release(monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    """From here on the program is the release that writes that version of `cash_moved`."""
    steps = (one_to_two, two_to_three, three_to_four)[: version - 1]
    monkeypatch.setitem(versions.RAISES, "cash_moved", steps)


def rows_of(books: Connection) -> list[tuple[Any, ...]]:
    return books.text("SELECT kind, amount FROM cash_move ORDER BY n")


@pytest.mark.both_engines
def test_a_hub_reads_what_tills_of_two_releases_ago_write(
    database: Database, books: Connection, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []

    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.open_shift()
        for version in (1, 2, 3):
            sent.append(body(version, journal))
            journal.append_bytes(sent[-1])
        reply = await till.pushed(journal.push())
        assert reply.results == ["applied"] * 4

    release(monkeypatch, 3)
    play(database, clock, story)
    assert rows_of(books) == [("in", 5000)] * 3
    kept = [bytes(row[0]) for row in books.text("SELECT body FROM event WHERE type = 'cash_moved'")]
    assert kept == sent, "byte for byte, with the fields nobody knows"
    assert verify(books).findings == []


def test_a_newer_till_is_never_blocked_and_is_booked_after_the_update(
    database: Database, books: Connection, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        told = await till.hello(journal.head, schema=SCHEMA + 1, sv={"cash_moved": (1, 3)})
        assert told["verdict"] == "ok"
        journal.open_shift()
        journal.append_bytes(body(3, journal))
        journal.append_bytes(b'{"type":"drone_landed","dev":"x","id":"y","height":{"m":2}}')
        journal.sale()
        reply = await till.pushed(journal.push())
        assert reply.results == ["applied", "quarantined", "quarantined", "applied"]

    play(database, clock, story)
    reasons = [one.reason for one in quarantine.every(books)]
    assert reasons[0] == "TooNew: cash_moved is of version 3, 1 is known here"
    before = books.text("SELECT n, hash, sig, body FROM event ORDER BY n")
    release(monkeypatch, 3)
    with books.transaction():
        keys = load_keys(books)
        became = quarantine.try_all(books, keys, clock.now(), RandomIds())
    assert became == {"applied": 1, "quarantined": 1}, "one of the two is still of tomorrow"
    assert rows_of(books) == [("in", 5000)]
    assert (
        books.text("SELECT n, hash, sig, body FROM event WHERE device <> 'hub' ORDER BY n")
        == before
    )
    assert verify(books).findings == []


def test_versions_say_what_is_read_and_what_is_too_new(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {
        number: (BODIES / f"cash_moved-{number}.json").read_bytes().replace(b"SEQ", b"1")
        for number in (1, 2, 3, 4)
    }
    assert isinstance(decode_fact(texts[1]), CashMoved)
    for number in (2, 3, 4):
        with pytest.raises(versions.TooNew):
            decode_fact(texts[number])
    first = versions.reads()
    release(monkeypatch, 3)
    assert versions.ranges() == {"cash_moved": (1, 3)}
    assert versions.reads() != first
    for number in (1, 2, 3):
        fact = decode_fact(texts[number])
        assert isinstance(fact, CashMoved)
        assert (fact.kind, fact.amount, fact.sv) == ("in", 5000, 3)
    release(monkeypatch, 4)
    assert versions.ranges() == {"cash_moved": (2, 4)}, "two releases back"
    for wrong in (b'{"type":"cash_moved","sv":0}', b'{"type":"cash_moved","sv":true}', b"[]"):
        with pytest.raises(msgspec.ValidationError):
            decode_fact(wrong)


# --- what comes down -------------------------------------------------------------------------


def without_height(row: dict[str, Any]) -> dict[str, Any]:
    """How a `shelf` of the next version is told to a reader of this one."""
    return {"name": row["title"], "row": row["place"]["row"]}


def test_an_older_till_gets_rows_it_reads(
    database: Database, books: Connection, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub is two versions ahead: `shelf` was reworded in one of them, `lift` is new and untellable."""

    async def story(client: httpx.AsyncClient) -> None:
        old, new = Till(client, clock), Till(client, clock)
        await old.join(database, "1")
        await new.join(database, "2")
        rows = [{"title": "Tea", "place": {"row": 3, "height": 2}}]
        with books.transaction():
            feed.publish(books, "store:1", "shelf", rows)
            books.touched.clear()
        assert new.journal is not None
        assert old.journal is not None
        told = await new.hello(new.journal.head, schema=SCHEMA + 2)
        name = told["streams"]["store:1"]
        await old.hello(old.journal.head, schema=SCHEMA)

        async def shelves(till: Till) -> list[Any]:
            page = await till.pull("store:1", feed=name)
            return [json.loads(bytes(row.rows)) for row in page.rows if row.kind == "shelf"]

        assert await shelves(new) == [rows]
        assert await shelves(old) == [[{"name": "Tea", "row": 3}]]
        assert await shelves(new) == [rows], "a page told to one is not another's"
        with books.transaction():
            feed.publish(books, "store:1", "lift", [{"floor": 1}])
        page = await old.pull("store:1", feed=name)
        assert [row.kind for row in page.rows][-1] == "shelf"
        assert page.more, "what cannot be told waits"
        target = f"/v1/sync/pull?stream=store%3A1&feed={name}&after={page.end}"
        refused = await old.send("GET", target)
        assert (refused.status_code, problem(refused)) == (426, "upgrade_required")
        old.journal.sale()
        assert (await old.pushed(old.journal.push())).results == ["applied"], "selling goes on"
        page = await new.pull("store:1", after=page.end, feed=name)
        assert page.rows[0].kind == "lift"
        far = await old.hello(old.journal.head, schema=SCHEMA - 1)
        assert far["verdict"] == "upgrade_required"
        assert (await old.pushed(old.journal.push())).results == ["duplicate"]

    monkeypatch.setattr(versions, "SCHEMA", SCHEMA + 2)
    monkeypatch.setattr("sync.hub.speaking.SCHEMA", SCHEMA + 2)
    monkeypatch.setitem(versions.LOWERS, SCHEMA + 1, {"shelf": without_height})
    monkeypatch.setitem(versions.LOWERS, SCHEMA + 2, {"lift": None})
    play(database, clock, story)


def test_a_row_that_did_not_change_is_told_byte_for_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = b'[ ["A1","retail" ,"EUR",[]] ]'
    assert versions.lowered("price", rows, SCHEMA) is rows
    monkeypatch.setattr(versions, "SCHEMA", SCHEMA + 1)
    monkeypatch.setitem(versions.LOWERS, SCHEMA + 1, {"shelf": without_height})
    assert versions.lowered("price", rows, SCHEMA) is rows
    monkeypatch.setitem(versions.LOWERS, SCHEMA + 1, {"price": None})
    with pytest.raises(versions.Untold):
        versions.lowered("price", rows, SCHEMA)
