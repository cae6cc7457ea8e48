"""Patterns at a running hub: by its commands, and asked by a till, with names only for who may."""

from __future__ import annotations

import json

import httpx
import msgspec
import pytest

from pos_app.cli import main
from sync.hub.database import Connection, Database
from sync.protocol import DrawerOpened, PatternsAsk, PatternsReply
from tests.hub.journals import Journal
from tests.hub.tills import HandClock, Till, play

pytestmark = pytest.mark.both_engines


def trade(journal: Journal) -> None:
    """Two people sell; one of them opens the drawer again and again."""
    for n in range(60):
        journal.sale(of=1, actor="1" if n % 2 else "2")
        if n % 2:
            fact = DrawerOpened(**journal.stamp(actor="1"), reason="change")
            journal.append(fact)


def test_a_till_is_told_who_stands_out_and_an_auditor_no_names(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        one = Till(client, clock)
        journal = await one.join(database, "1")
        trade(journal)
        await one.pushed(journal.push())
        with books.transaction():
            books.text(
                "INSERT INTO staff (store_id, staff_id, name, role, pin, active)"
                " SELECT store_id, '7', 'Ada', 'auditor', pin, active FROM staff"
                " WHERE store_id = '1' AND staff_id = '1'"
            )

        async def ask(staff: str, days: int = 28) -> httpx.Response:
            return await one.send(
                "POST", "/v1/patterns", msgspec.json.encode(PatternsAsk(staff, days))
            )

        told = msgspec.json.decode((await ask("1")).content, type=PatternsReply)
        assert [(row.pattern, row.staff, row.count) for row in told.rows] == [("no_sales", "1", 30)]
        assert (told.people, told.currency) == (2, "EUR")
        assert {each.type for each in told.rows[0].evidence} == {"drawer_opened"}
        masked = msgspec.json.decode((await ask("7")).content, type=PatternsReply)
        assert [(row.person, row.staff, row.count) for row in masked.rows] == [(1, "", 30)]
        assert not any(each.actor for row in masked.rows for each in row.evidence)
        for staff in ("2", "99", ""):
            assert (await ask(staff)).status_code == 403
        for days in (0, 29):
            assert (await ask("1", days)).status_code == 400

    play(database, clock, story)


def test_the_command_says_the_same(
    database: Database, books: Connection, clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    del books

    async def story(client: httpx.AsyncClient) -> None:
        one = Till(client, clock)
        journal = await one.join(database, "1")
        trade(journal)
        await one.pushed(journal.push())

    def said(*words: str) -> str:
        base = ["hub", "patterns", "--database", database.url, "--days", "3660"]
        assert main([*base, *words]) == 0
        return capsys.readouterr().out

    play(database, clock, story)
    (row,) = json.loads(said("--json"))
    assert (row["store"], row["pattern"], row["staff"], row["count"]) == ("1", "no_sales", "1", 30)
    assert row["z"] > 2_500
    assert json.loads(said("--json", "--store", "9")) == []
    assert "no_sales" in said("--store", "1")
