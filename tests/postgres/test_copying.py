"""A hub moved from a file to a server: its tills notice nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import pytest

from pos_app.cli import main
from pos_app.domain.errors import Refused
from sync.hub import copying, feed
from sync.hub.copying import copy
from sync.hub.database import Connection, Database
from tests.hub.conftest import hub_made_in
from tests.hub.tills import HandClock, Till, play
from tests.postgres.drains import check_feeds

KEPT = Path(__file__).parents[1] / "databases" / "hub_v2.sqlite"


@pytest.fixture
def file(tmp_path: Path) -> Database:
    return hub_made_in(Database(f"sqlite:///{tmp_path / 'hub.sqlite'}"))


def rows(database: Database, table: str) -> list[tuple[object, ...]]:
    connection = database.connect(write=False)
    try:
        return connection.text(f"SELECT * FROM {table} ORDER BY 1, 2")
    finally:
        connection.close()


def test_tills_go_on_where_they_were(file: Database, empty: Database, clock: HandClock) -> None:
    tills: list[Till] = []

    async def before(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(file)
        journal.open_shift()
        journal.void(journal.sale())
        journal.sale()
        await till.pushed(journal.push())
        streams = (await till.hello(journal.head))["streams"]
        at = (await till.pull("store:1", feed=streams["store:1"])).end
        till.seen = (streams, at)
        tills.append(till)

    async def after(client: httpx.AsyncClient) -> None:
        till = tills[0]
        till.client = client
        journal = till.journal
        streams, at = till.seen
        told = await till.hello(journal.head, journal.seq, cursors={"store:1": ("", at)})
        assert (told["verdict"], told["streams"]) == ("ok", streams)
        journal.sale()
        assert (await till.pushed(journal.push(journal.seq))).results == ["applied"]
        page = await till.pull("store:1", at, feed=streams["store:1"])
        assert page.rows[0].pos == at + 1

    play(file, clock, before)
    done = copy(file, empty)
    assert {one.table for one in done if one.rows} > {"event", "document", "line", "feed", "staff"}
    assert rows(empty, "event") == rows(file, "event")
    play(empty, clock, after)
    connection = empty.connect(write=True)
    check_feeds(connection)
    assert connection.text("SELECT count(*), max(n), count(DISTINCT n) FROM event") == [(5, 5, 5)]
    assert connection.text("SELECT sum(sales), sum(voids) FROM day_total") == [(3, 1)]
    connection.close()


def test_one_of_version_2_is_moved_and_back_again(
    empty: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(KEPT, tmp_path / "old.sqlite")
    old = f"sqlite:///{tmp_path / 'old.sqlite'}"
    assert main(["hub", "copy", "--from", old, "--to", empty.url]) == 0
    assert "event" in capsys.readouterr().out
    assert rows(empty, "event") == rows(Database(old), "event")
    back = f"sqlite:///{tmp_path / 'back.sqlite'}"
    assert main(["hub", "copy", "--from", empty.url, "--to", back]) == 0
    for table in ("event", "document", "line", "payment", "stock", "feed", "feed_head", "device"):
        assert rows(Database(back), table) == rows(Database(old), table)


def test_nobody_serves_from_where_it_was(
    file: Database, empty: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    copy(file, empty)
    assert main(["hub", "serve", "--database", file.url, "--port", "0"]) == 1
    assert "lives in postgresql+psycopg://" in capsys.readouterr().err
    with pytest.raises(Refused, match="hub_moved"):
        copy(file, empty)


def test_it_goes_into_an_empty_database_only(
    file: Database, database: Database, books: Connection
) -> None:
    with pytest.raises(Refused, match="hub_exists"):
        copy(file, database)
    assert feed.positions(books)


def test_a_copy_that_is_not_what_was_sent_leaves_both_as_they_were(
    file: Database, empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = copying._rows

    def other(connection: Connection, table: object) -> object:
        for row in real(connection, table):
            bad = connection.shared and str(table) == "staff"
            yield [*row[:2], "Somebody", *row[3:]] if bad else row

    monkeypatch.setattr(copying, "_rows", other)
    with pytest.raises(Refused, match="hub_copy_differs"):
        copy(file, empty)
    monkeypatch.undo()
    with pytest.raises(Refused, match="hub_missing"):
        empty.connect(write=True)
    copy(file, empty)


def test_text_that_the_server_cannot_hold_goes_over_as_it_can(
    file: Database, empty: Database
) -> None:
    connection = file.connect(write=True)
    connection.text("UPDATE staff SET name = ?", ("Mi\x00ra",))
    connection.close()
    copy(file, empty)
    assert rows(empty, "staff")[0][2] == "Mi\ufffdra"


def test_a_hub_that_serves_is_not_copied(file: Database, empty: Database) -> None:
    """What it takes in afterwards would be in the old place alone."""
    serving = file.connect(write=True)
    try:
        with pytest.raises(Refused, match="hub_serves"):
            copy(file, empty)
    finally:
        serving.close()
    assert copy(file, empty)
