"""Snapshots: what a stream comes to, in pieces that any till can fetch and check."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any

import httpx
import msgspec
import pytest

from pos_app.domain.errors import Refused
from pos_app.domain.staff import Role, Staff
from sync.hub import snapshot_rows, snapshots, store
from sync.hub.catalogue import Changes
from sync.hub.database import Connection, Database
from sync.protocol import PriceRow, ProductRow, Snapshot
from tests.hub.test_feed import AT, products
from tests.hub.tills import HandClock, Till, play, problem

pytestmark = pytest.mark.both_engines
MANIFEST = "/v1/snapshots/global"


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of 100 rows: the same cuts on a small shop."""
    for name, value in (("CHUNK_ROWS", 100), ("ROWS_MAX", 150), ("ROWS_MIN", 25)):
        monkeypatch.setattr(snapshot_rows, name, value)


def rows_of(connection: Connection, stream: str, found: snapshots.Kept) -> dict[str, list[Any]]:
    rows: dict[str, list[Any]] = {}
    for chunk in found.chunks:
        body = snapshots.body_of(connection, stream, chunk.sha256)
        assert body is not None
        assert len(body) == chunk.size
        told: list[Any] = []
        for line in snapshots.unpacked(body).splitlines():
            told += msgspec.json.decode(line)
        assert len(told) == chunk.rows
        rows.setdefault(chunk.kind, []).extend(told)
    return rows


def made(database: Database, clock: HandClock, stream: str = "global") -> snapshots.Kept:
    found = snapshots.make(database, stream, clock)
    assert found is not None
    return found


def test_it_holds_each_thing_once_as_it_was_last_told(
    database: Database, books: Connection, clock: HandClock
) -> None:
    products(books, 260)
    with books.transaction():
        changed = [ProductRow("P000007", "Another name", barcodes=("4006381333931",))]
        Changes(changed, [PriceRow("P000007", "retail", "EUR", (("", "", 7, 9),))]).write(
            books, "1", AT, "import"
        )
    found = made(database, clock)
    rows = rows_of(books, "global", found)
    assert [row[0] for row in rows["product"]] == [f"P{number:06}" for number in range(260)]
    assert rows["product"][7][1] == "Another name"
    assert rows["price"][7] == ["P000007", "retail", "EUR", [["", "", 7, 9]]]
    assert len(rows["policy"]) == 1
    assert found.pos == books.text("SELECT pos FROM feed_head WHERE stream = 'global'")[0][0]
    ranges = [(one.after, one.upto) for one in found.chunks if one.kind == "product"]
    assert ranges == [("", "P000099"), ("P000099", "P000199"), ("P000199", "")]


def test_a_stores_stream_is_folded_out_of_all_it_ever_said(
    database: Database, books: Connection, clock: HandClock
) -> None:
    products(books, 130)
    for name in ("Ada", "Ada L.", "Countess"):
        with books.transaction():
            store.save_person(books, "1", Staff("7", name, Role.CASHIER, "", True))
    first = made(database, clock, "store:1")
    # What is folded already need not be in the feed any more.
    with books.transaction():
        books.text("DELETE FROM feed WHERE stream = 'store:1'")
        store.save_person(books, "1", Staff("8", "Grace", Role.CASHIER, "", True))
    again = made(database, clock, "store:1")
    assert again.pos == first.pos + 1
    rows = rows_of(books, "store:1", again)
    assert [row["name"] for row in rows["staff"]] == ["Mira", "Countess", "Grace"]
    assert len(rows["stock"]) == 130
    assert len(rows["store"]) == len(rows["tax"]) == 1


def test_only_the_pieces_that_changed_are_new_ones(
    database: Database, books: Connection, clock: HandClock
) -> None:
    products(books, 1_000)
    first = made(database, clock)
    with books.transaction():
        rows = [ProductRow(f"P000150-{number}", "In between") for number in range(30)]
        Changes(rows, [], {}).write(books, "1", AT, "import")
    second = made(database, clock)
    before = {chunk.sha256 for chunk in first.chunks}
    new = [chunk for chunk in second.chunks if chunk.sha256 not in before]
    assert [(chunk.kind, chunk.after, chunk.rows) for chunk in new] == [("product", "P000099", 130)]
    with books.transaction():
        rows = [ProductRow(f"P000160-{number}", "Too many") for number in range(90)]
        Changes(rows, [], {}).write(books, "1", AT, "import")
    third = made(database, clock)
    sizes = [chunk.rows for chunk in third.chunks if chunk.kind == "product"]
    assert sizes[:4] == [100, 150, 70, 100], "one was cut in two, the others stayed"


def test_what_nobody_can_be_fetching_any_more_goes(
    database: Database, books: Connection, clock: HandClock
) -> None:
    products(books, 200)
    first = made(database, clock)
    with books.transaction():
        Changes([ProductRow("P000050", "Renamed")], [], {}).write(books, "1", AT, "import")
    second = made(database, clock)
    old = {chunk.sha256 for chunk in first.chunks}
    assert all(snapshots.body_of(books, "global", sha) for sha in old), "somebody may be fetching"
    clock.forward(days=3)
    products(books, 10, start=600)
    last = made(database, clock)
    assert [one.pos for one in snapshots.kept(books, "global")] == [last.pos, second.pos]
    named = {chunk.sha256 for one in (second, last) for chunk in one.chunks}
    assert old - named, "the first is gone"
    assert {sha for (sha,) in books.text("SELECT sha FROM snapshot_chunk")} == named


def test_two_processes_do_not_make_one_at_once(
    database: Database, books: Connection, clock: HandClock
) -> None:
    with snapshots.making(books, clock), pytest.raises(Refused, match="snapshot_busy"):
        made(database, clock)
    with books.transaction():
        snapshots.set_value(books, "snapshot_until", "2026-11-25T09:30:00.000Z")
    clock.forward(hours=2)
    made(database, clock)


def test_a_till_fetches_it_and_can_check_every_piece(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        await till.join(database)
        products(books, 450)
        missing = await till.send("GET", MANIFEST)
        assert (missing.status_code, problem(missing)) == (404, "snapshot_missing")
        await asyncio.to_thread(made, database, clock)
        answer = await till.send("GET", MANIFEST)
        found = msgspec.json.decode(answer.content, type=Snapshot)
        head = await till.pull("global", found.pos)
        assert (head.feed, head.rows) == (found.feed, [])
        for chunk in found.chunks:
            piece = await till.send("GET", f"{MANIFEST}/chunks/{chunk.sha256}")
            assert sha256(piece.content).hexdigest() == chunk.sha256
            assert piece.headers["etag"] == f'"{chunk.sha256}"'
        await ranges(till, found.chunks[-1].sha256)
        other = await till.send("GET", "/v1/snapshots/store:2")
        assert problem(other) == "stream_not_yours"
        unsigned = await client.get(MANIFEST)
        assert problem(unsigned) == "signature_missing"

    async def ranges(till: Till, sha: str) -> None:
        target = f"{MANIFEST}/chunks/{sha}"
        whole = (await till.send("GET", target)).content
        part = await till.send("GET", target, headers={"range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, whole[10:20])
        assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
        rest = await till.send("GET", target, headers={"range": "bytes=10-"})
        assert rest.content == whole[10:]
        over = await till.send("GET", target, headers={"range": f"bytes={len(whole)}-"})
        assert problem(over) == "range_outside"
        same = await till.send("GET", target, headers={"if-none-match": f'"{sha}"'})
        assert (same.status_code, same.content) == (304, b"")
        for strange in ("0" * 64, "x" * 64, "0"):
            gone = await till.send("GET", f"{MANIFEST}/chunks/{strange}")
            assert gone.status_code == 404

    play(database, clock, story)


def test_a_piece_that_is_not_what_it_was_is_not_given_out(
    database: Database, books: Connection, clock: HandClock
) -> None:
    products(books, 100)
    found = made(database, clock)
    sha = found.chunks[-1].sha256
    with books.transaction():
        table = snapshots.schema.snapshot_chunk
        books.run(snapshots._DROP_BODY, ("global", sha))
        books.run(snapshots._ADD_BODY, ("global", sha, b"rotten"))
        assert table is not None
    assert snapshots.body_of(books, "global", sha) is None
    made(database, clock)
    assert snapshots.body_of(books, "global", sha) is not None, "the next making heals it"


def test_what_was_trimmed_is_gone_for_a_cursor_behind_it(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        products(books, 1_200)
        feed = (await till.hello(journal.head))["streams"]["global"]
        with books.transaction():
            books.text("DELETE FROM feed WHERE stream = 'global' AND pos <= 3")
        old = await till.send("GET", f"/v1/sync/pull?stream=global&feed={feed}&after=2")
        assert (old.status_code, problem(old)) == (410, "cursor_too_old")
        assert (await till.pull("global", 3, feed=feed)).rows[0].pos == 4
        with books.transaction():
            books.text("DELETE FROM feed WHERE stream = 'global'")
        gone = await till.send("GET", f"/v1/sync/pull?stream=global&feed={feed}&after=3")
        assert problem(gone) == "cursor_too_old"

    play(database, clock, story)
