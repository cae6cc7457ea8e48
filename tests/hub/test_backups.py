"""Copies of a hub: made while it takes sales, read again, put back; and what acks say of them."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import sqlite3
from pathlib import Path

import httpx
import pytest

from pos_app.cli import main
from pos_app.domain.errors import PosError
from sync.hub import backups, recovering
from sync.hub.answers import RandomIds
from sync.hub.backups import backup, restore
from sync.hub.database import Connection, Database
from sync.protocol import Head
from tests.hub.processes import serving
from tests.hub.tills import HandClock, Till, play

NOW = dt.datetime(2026, 11, 25, 9, 30, tzinfo=dt.UTC)


def test_a_copy_is_whole_though_sales_come_in_while_it_is_made(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    """Copies one after the other, while two tills push without a pause."""

    async def story(client: httpx.AsyncClient) -> None:
        tills = [Till(client, clock) for _ in range(2)]
        for number, till in enumerate(tills, 1):
            (await till.join(database, str(number))).open_shift()
        done = asyncio.Event()

        async def sell(till: Till) -> int:
            count = 0
            while not done.is_set():
                assert till.journal is not None
                await asyncio.sleep(0.01 if count > 50 else 0)
                till.journal.sale(of=2)
                await till.pushed(till.journal.push(till.journal.seq))
                count += 1
            return count

        async def copy() -> list[int]:
            found = []
            for number in range(3):
                made = await asyncio.to_thread(backup, database, tmp_path / f"{number}", NOW)
                assert made.verdict.findings == []
                found.append(made.verdict.entries)
            done.set()
            return found

        for till in tills:
            assert till.journal is not None
            await till.pushed(till.journal.push())
        copying = asyncio.create_task(copy())
        first, second = await asyncio.gather(*map(sell, tills))
        entries = await copying
        assert entries == sorted(entries)
        assert entries[0] < entries[-1] <= first + second + 2, "sales went on meanwhile"

    play(database, clock, story)


def test_an_ack_says_what_is_in_a_backup_that_was_read_again(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        for _ in range(4):
            journal.sale()
        assert (await till.pushed(journal.push(1, 3))).archived_seq == 0
        assert backup(database, tmp_path / "copy", NOW).verdict.whole
        assert (await till.pushed(journal.push(4))).archived_seq == 3
        assert backup(database, tmp_path / "copy2", NOW).verdict.whole
        assert (await till.pushed(journal.push(4))).archived_seq == 4

    play(database, clock, story)


def test_a_copy_that_is_not_whole_counts_for_nothing(
    database: Database, books: Connection, clock: HandClock, tmp_path: Path
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.sale()
        await till.pushed(journal.push())
        books.text("UPDATE document SET total = total + 1")
        made = backup(database, tmp_path / "copy", NOW)
        assert any("document" in finding for finding in made.verdict.findings)
        assert made.path.name == "copy.unverified"
        assert not (tmp_path / "copy").exists()
        assert (await till.pushed(journal.push())).archived_seq == 0
        with pytest.raises(PosError, match="backup_not_whole"):
            restore(Database(f"sqlite:///{tmp_path / 'other'}"), made.path, NOW, RandomIds())
        assert not (tmp_path / "other").exists()

    play(database, clock, story)


def test_a_copy_takes_nothing_away(database: Database, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    backup(database, copy, NOW)
    assert copy.stat().st_mode & 0o077 == 0, "the hub's keys are in it"
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy"]
    before = copy.read_bytes()
    with pytest.raises(PosError, match="backup_exists"):
        backup(database, copy, NOW)
    assert copy.read_bytes() == before
    assert backup(database, copy, NOW, replace=True).verdict.whole
    with pytest.raises(PosError, match="backup_exists"):
        backup(database, database.path, NOW, replace=True)
    with pytest.raises(PosError, match="backup_missing"):
        backup(database, tmp_path / "no stick" / "copy", NOW)
    assert not (tmp_path / "no stick").exists(), "a copy would be on the hub's own disk"
    with pytest.raises(PosError, match="backup_is_the_hub"):
        restore(database, database.path, NOW, RandomIds())
    with pytest.raises(PosError, match="backup_missing"):
        restore(database, tmp_path / "nothing", NOW, RandomIds())
    for bad in (b"", b"no database at all" * 500, copy.read_bytes()[:9_000]):
        (tmp_path / "bad").write_bytes(bad)
        with pytest.raises(PosError, match=r"backup_not_whole|hub_schema_other"):
            restore(database, tmp_path / "bad", NOW, RandomIds())
    assert sqlite3.connect(database.path).execute("SELECT count(*) FROM store").fetchone() == (1,)


def test_whoever_copies_a_hub_is_told_of_the_key_that_is_not_in_it(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["hub", "backup", str(tmp_path / "one"), "--database", f"sqlite:///{database.path}"]
    assert main(words) == 0
    assert "keep it apart" not in capsys.readouterr().out, "nothing is sealed in it"
    key = Path(f"{database.path}.key")
    key.write_text("00" * 32)
    words[2] = str(tmp_path / "two")
    assert main(words) == 0
    assert f"{key.name} opens what is sealed in it" in capsys.readouterr().out


def test_a_hub_that_serves_is_not_put_back(database: Database, tmp_path: Path) -> None:
    backup(database, tmp_path / "copy", NOW)
    with serving(database):
        with pytest.raises(PosError, match="hub_serves"):
            restore(database, tmp_path / "copy", NOW, RandomIds())
        assert backup(database, tmp_path / "copy2", NOW).verdict.whole
    done = restore(database, tmp_path / "copy", NOW, RandomIds())
    assert done.before == tmp_path / "hub.sqlite.before-20261125T093000"
    assert done.before.exists()


def test_a_restored_hub_has_other_feeds_and_waits_for_its_tills(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    async def before(client: httpx.AsyncClient) -> None:
        for till, number in ((one, "1"), (two, "2")):
            till.client = client
            journal = await till.join(database, number)
            for _ in range(3):
                journal.sale()
            await till.pushed(journal.push())
        backup(database, tmp_path / "copy", clock.now())
        for till in (one, two):
            known = till.journal
            assert known is not None
            known.sale()
            await till.pushed(known.push(4))
        names.update((await one.hello(one.journal.head, 4))["streams"])  # type: ignore[union-attr]

    async def after(client: httpx.AsyncClient) -> None:
        for till in (one, two):
            till.client = client
        assert waiting(client_state := (await client.get("/v1/health")).json()), client_state
        told = await one.hello(head(one), 4)
        assert told["verdict"] == "behind"
        assert told["head"]["seq"] == 3
        assert not set(told["streams"].values()) & set(names.values())
        assert states() == {ident(one): True, ident(two): False}
        await one.pushed(one.journal.push(4))  # type: ignore[union-attr]
        assert states() == {ident(two): False}
        await two.hello(head(two), 4)
        assert states() == {ident(two): True}
        await two.pushed(two.journal.push(4))  # type: ignore[union-attr]
        assert states() == {}
        assert not waiting((await client.get("/v1/health")).json())
        assert (await one.hello(head(one), 4))["streams"] == told["streams"]

    def states() -> dict[str, bool]:
        books = database.connect(write=False)
        found = recovering.state(books)
        books.close()
        return {each["device"]: each["said_hello"] for each in found["awaited"]}

    names: dict[str, str] = {}
    one, two = (Till(None, clock) for _ in range(2))  # type: ignore[arg-type]
    play(database, clock, before)
    restore(database, tmp_path / "copy", clock.now(), RandomIds())
    play(database, clock, after)
    books = database.connect(write=False)
    kinds = books.text("SELECT type FROM event WHERE device = 'hub' ORDER BY n")
    assert kinds == [("hub_restored",), ("recovery_ended",)]
    books.close()
    assert backup(database, tmp_path / "again", NOW).verdict.whole


def test_a_copy_laid_in_its_place_by_hand_is_found_out(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    """Twice the same copy: the second time its feeds' newer name is one it does not remember."""

    async def sell(client: httpx.AsyncClient) -> None:
        till.client = client
        journal = till.journal or await till.join(database)
        journal.sale()
        await till.pushed(journal.push(journal.seq))
        told = await till.hello(journal.head, journal.seq)
        names.append(told["streams"]["store:1"])

    async def come_back(client: httpx.AsyncClient) -> None:
        till.client = client
        assert till.journal is not None
        cursors = {"store:1": (names[-1], 2)}
        told = await till.hello(till.journal.head, till.journal.seq, cursors=cursors)
        assert told["verdict"] == "behind"
        assert told["streams"]["store:1"] not in names
        assert waiting((await client.get("/v1/health")).json())
        names.append(told["streams"]["store:1"])
        await till.pushed(till.journal.push(told["head"]["seq"] + 1))
        assert not waiting((await client.get("/v1/health")).json())

    names: list[str] = []
    till = Till(None, clock)  # type: ignore[arg-type]
    play(database, clock, sell)
    kept = tmp_path / "kept"
    backup(database, kept, NOW)
    play(database, clock, sell)
    for _ in range(2):
        database.remove()
        shutil.copy(kept, database.path)
        play(database, clock, come_back)
        books = database.connect(write=False)
        found = books.text("SELECT body FROM event WHERE type = 'hub_restored'")
        assert b'"cause":"found"' in bytes(found[-1][0])
        books.close()
    assert backup(database, tmp_path / "again", NOW).verdict.whole


def waiting(health: dict[str, object]) -> bool:
    return bool(health.get("recovering"))


def head(till: Till) -> Head:
    assert till.journal is not None
    return till.journal.head


def ident(till: Till) -> str:
    assert till.identity is not None
    return till.identity.device


def test_a_person_ends_it_with_a_name_and_a_reason(database: Database, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        await Till(client, clock).join(database)

    play(database, clock, story)
    assert backups.put_back(database, NOW, RandomIds()) == 1
    books = database.connect(write=True)
    from sync.hub.identity import load_keys

    keys = load_keys(books)

    def end(actor: str, reason: str) -> list[str]:
        with books.transaction():
            return recovering.end(books, keys, NOW, RandomIds(), actor=actor, reason=reason)

    for actor, reason, code in (("Mira", " ", "reason_missing"), ("", "why", "person_missing")):
        with pytest.raises(PosError, match=code):
            end(actor, reason)
    assert recovering.is_recovering(books)
    assert len(end("Mira", "till 1 burnt")) == 1
    assert not recovering.is_recovering(books)
    with pytest.raises(PosError, match="not_recovering"):
        end("Mira", "again")
    (body,) = books.text("SELECT body FROM event WHERE type = 'recovery_ended'")[0]
    assert b'"actor":"Mira"' in body
    assert b'"cause":"override"' in body
    books.close()
