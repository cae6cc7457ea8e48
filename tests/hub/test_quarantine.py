"""What the hub could not read: kept, tried again, corrected or waived; its effects once, if ever."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Callable
from unittest import mock

import httpx
import msgspec
import pytest

from pos_app.cli import main
from pos_app.domain.errors import PosError
from pos_app.domain.staff import Role
from sync.hub import people, quarantine
from sync.hub.answers import RandomIds
from sync.hub.database import Connection, Database
from sync.hub.identity import load_keys, set_value
from sync.hub.report import report
from sync.hub.verifying import verify
from sync.protocol import Sale, encode_fact, versions
from tests.hub.journals import Journal
from tests.hub.tills import HandClock, Till, play

pytestmark = pytest.mark.both_engines


def newer(told: dict[str, object]) -> dict[str, object]:
    """What a release of tomorrow writes: it calls `total` something else."""
    return {**told, "sv": 2, "sum": told["total"], "total_was": 1, "next": {"of": "tomorrow"}}


def older(told: dict[str, object]) -> dict[str, object]:
    """What today's sale is to that release."""
    return {**told, "sum": told["total"]}


def sale_from_tomorrow(journal: Journal) -> tuple[Sale, bytes]:
    sale = journal.sale(of=3)
    journal.entries.pop(), journal.hashes.pop()
    journal.seq -= 1
    body = msgspec.json.encode(newer(json.loads(encode_fact(sale))))
    journal.append_bytes(body)
    return sale, body


def learn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub was updated: it reads sales of version 2."""
    monkeypatch.setitem(versions.RAISES, "sale", (older,))


def ask(books: Connection, sql: str) -> list[tuple[object, ...]]:
    return books.text(sql)


@pytest.fixture
def kept(database: Database, clock: HandClock) -> tuple[Sale, bytes, list[Sale]]:
    """A till whose third entry, a sale, nobody can read; and what was sold besides."""
    found: list[tuple[Sale, bytes, list[Sale]]] = []

    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.open_shift()
        before = journal.sale()
        sale, body = sale_from_tomorrow(journal)
        after = [journal.sale() for _ in range(2)]
        reply = await till.pushed(journal.push())
        assert reply.results == ["applied", "applied", "quarantined", "exception", "applied"]
        found.append((sale, body, [before, *after]))

    play(database, clock, story)
    return found[0]


def tried(books: Connection, clock: HandClock, n: int = 3) -> str:
    with books.transaction():
        keys = load_keys(books)
        return quarantine.replay(books, n, keys, clock.now(), RandomIds(), actor="Mira")


def test_it_is_not_posted_until_it_can_be_read(
    kept: tuple[Sale, bytes, list[Sale]], books: Connection, clock: HandClock
) -> None:
    sale, body, others = kept
    assert report(books)["not_posted"] == [
        {"store": "1", "currency": "EUR", "count": 1, "amount": sale.total, "amount_unknown": 0}
    ]
    assert tried(books, clock) == "quarantined", "nothing has changed yet"
    assert quarantine.find(books, 3).reason.startswith("TooNew: sale is of version 2")
    assert ask(books, "SELECT body FROM event WHERE n = 3") == [(body,)]
    assert report(books)["total"] == sum(one.total for one in others)


@pytest.mark.both_engines
def test_after_an_update_its_effects_are_booked_once_at_its_old_place(
    kept: tuple[Sale, bytes, list[Sale]],
    books: Connection,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sale, body, others = kept
    place = "SELECT n, device, epoch, seq, hash, sig, body, received FROM event WHERE n = 3"
    before = ask(books, place)
    stock = dict(ask(books, "SELECT sku, on_hand FROM stock"))
    learn(monkeypatch)
    assert tried(books, clock) == "applied"
    assert ask(books, place) == before
    assert before[0][6] == body
    told = report(books)
    assert (told["sales"], told["not_posted"], told["quarantined"]) == (4, [], 0)
    assert told["total"] == sale.total + sum(one.total for one in others)
    for line in sale.lines:
        stock[line.sku] = stock.get(line.sku, 0) - line.qty
    assert dict(ask(books, "SELECT sku, on_hand FROM stock")) == stock
    assert told["exceptions"] == [], "the gap in the receipt numbers was only its own absence"
    with pytest.raises(PosError, match="quarantine_over"):
        tried(books, clock)
    assert report(books)["total"] == told["total"]
    assert ask(books, "SELECT type FROM event WHERE device = 'hub'") == [("quarantine_ended",)]
    with contextlib.suppress(Exception):
        books.text("UPDATE event SET result = 'quarantined' WHERE n = 3")
    assert ask(books, "SELECT result FROM event WHERE n = 3") == [("applied",)], "read only once"
    assert verify(books).findings == []


def test_the_stores_tills_are_told_of_it(
    kept: tuple[Sale, bytes, list[Sale]],
    database: Database,
    books: Connection,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sale, _, _ = kept
    learn(monkeypatch)
    (last,) = ask(books, "SELECT pos FROM feed_head WHERE stream = 'store:1'")[0]
    tried(books, clock)
    rows = books.text("SELECT kind, rows FROM feed WHERE stream = 'store:1' AND pos > ?", (last,))
    kinds = [kind for kind, _ in rows]
    assert "stock" in kinds
    assert "sale_ref" in kinds
    assert sale.id in b"".join(data for _, data in rows).decode()


def test_sent_again_meanwhile_it_has_no_second_effect(
    kept: tuple[Sale, bytes, list[Sale]],
    database: Database,
    books: Connection,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a restore the till journals the same fact again, and that one can be read."""
    sale, body, _ = kept

    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database, "2")
        journal.append_bytes(body)
        assert (await till.pushed(journal.push())).results == ["exception"], "another till's place"
        total = report(books)["total"]
        assert tried(books, clock) == "duplicate"
        assert report(books)["total"] == total

    learn(monkeypatch)
    with books.transaction():
        set_value(books, quarantine.TRIED_WITH, versions.reads())  # not at its start
    play(database, clock, story)
    assert ask(books, f"SELECT count(*) FROM document JOIN event USING (n) WHERE id = '{sale.id}'")
    assert verify(books).findings == []


def test_a_newer_hub_tries_them_when_it_starts(
    kept: tuple[Sale, bytes, list[Sale]],
    database: Database,
    books: Connection,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def nothing(client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/health")).status_code == 200

    play(database, clock, nothing)
    assert report(books)["quarantined"] == 1
    learn(monkeypatch)
    play(database, clock, nothing)
    assert report(books)["quarantined"] == 0
    assert not quarantine.is_due(books)


def run(database: Database, *words: str, given: str = "") -> tuple[int, str]:
    out = io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        mock.patch.object(sys, "stdin", io.StringIO(given)),
    ):
        status = main(("hub", *words, "--database", database.url))
    return status, out.getvalue()


def test_the_commands_list_show_and_replay(
    kept: tuple[Sale, bytes, list[Sale]], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale, body, _ = kept
    (row,) = json.loads(run(database, "quarantine", "list", "--json")[1])
    assert (row["n"], row["entry"], row["type"]) == (3, "1.3", "sale")
    assert (row["amount"], row["currency"], row["doc_no"]) == (sale.total, "EUR", sale.doc_no)
    shown = json.loads(run(database, "quarantine", "show", "3", "--json")[1])
    assert shown["body"].encode() == body
    assert run(database, "quarantine", "replay") == (1, "1 quarantined\n")
    assert "sales not yet posted: 1" in run(database, "report")[1]
    learn(monkeypatch)
    assert run(database, "quarantine", "replay", "3") == (0, "1 applied\n")
    assert run(database, "quarantine", "replay") == (0, "nothing waits\n")
    assert run(database, "quarantine", "list") == (0, "nothing yet\n")
    (row,) = json.loads(run(database, "quarantine", "list", "--all", "--json")[1])
    assert row["state"] == "replayed_ok"


def test_it_is_corrected_by_another_entry(
    kept: tuple[Sale, bytes, list[Sale]], database: Database, books: Connection
) -> None:
    _, body, others = kept
    correct = ("quarantine", "correct", "3", "--with")
    assert run(database, *correct, "nobody", "--reason", "rung up again")[0] != 0
    assert run(database, *correct, others[2].id)[0] != 0, "without a reason"
    status, said = run(database, *correct, others[2].id, "--reason", "rung up again", "--by", "Ana")
    assert (status, said) == (0, "3 corrected; its bytes are kept\n")
    assert ask(books, "SELECT body, result FROM event WHERE n = 3") == [(body, "quarantined")]
    assert ask(books, "SELECT state, actor, reason, fact FROM quarantine_end") == [
        ("corrected", "Ana", "rung up again", others[2].id)
    ]
    assert report(books)["not_posted"] == []
    assert run(database, *correct, others[1].id, "--reason", "twice")[0] != 0
    assert verify(books).findings == []


def test_two_managers_waive_it_and_prove_who_they_are(
    kept: tuple[Sale, bytes, list[Sale]], database: Database, books: Connection
) -> None:
    def hire(name: str, role: Role, pin: str) -> Callable[[], None]:
        with books.transaction():
            people.add(books, "1", name, role, pin)
        return lambda: None

    hire("Ana", Role.CASHIER, "1470")
    hire("Ben", Role.MANAGER, "482915")

    def waive(by: str, second: str, pins: str, reason: str = "test entry") -> int:
        words = ("quarantine", "waive", "3", "--by", by, "--second", second, "--reason", reason)
        return run(database, *words, "--pin-stdin", given=pins)[0]

    assert waive("1", "1", "258041\n258041\n") != 0, "one person"
    assert waive("1", "2", "258041\n1470\n") != 0, "a cashier"
    assert waive("1", "3", "258041\n111111\n") != 0, "a wrong PIN"
    assert waive("1", "3", "258041\n482915\n", " ") != 0, "no reason"
    assert quarantine.find(books, 3).waiting
    assert waive("1", "3", "258041\n482915\n") == 0
    assert quarantine.find(books, 3).state == "waived"
    (body,) = ask(books, "SELECT body FROM event WHERE type = 'quarantine_ended'")[0]
    assert json.loads(bytes(body))["second"] == "3"  # type: ignore[call-overload]
    assert report(books)["sales"] == 3
    assert verify(books).findings == []
