"""What a person must settle: opened with what caused it, decided once, told to the store's tills."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import uuid_utils

from pos_app.domain.exceptions import KINDS, Way
from sync import hub
from sync.hub import devices, exception_check, exceptions, own_journal
from sync.hub.database import Connection, Database
from sync.hub.identity import load_keys
from sync.hub.nightly import one_night
from sync.hub.push import push
from sync.hub.report import report
from sync.protocol import (
    ExceptionAssigned,
    ExceptionResolved,
    ExceptionRow,
    SettleReply,
    SettleRequest,
    encode,
)
from tests.hub.journals import T0, Journal
from tests.hub.test_refunds import came_back, everything
from tests.hub.tills import HandClock, Till, play

pytestmark = pytest.mark.both_engines

MIRA = "1"
"""The hub's manager."""


def rows_of(books: Connection, store: str = "1") -> dict[str, ExceptionRow]:
    """What the store's tills know: of each exception the last word."""
    known: dict[str, ExceptionRow] = {}
    for (data,) in books.text(
        f"SELECT rows FROM feed WHERE stream = 'store:{store}' AND kind = 'exception' ORDER BY pos"
    ):
        for row in msgspec.json.decode(data, type=list[ExceptionRow]):
            known[row.id] = row
    return known


def decision(
    journal: Journal, case: ExceptionRow | exceptions.Case, way: str, by: str = MIRA, **more: Any
) -> ExceptionResolved:
    """A decision journalled at a till."""
    stamp = journal.stamp(actor=by, **more)
    fact = ExceptionResolved(
        **stamp, exception=case.id, resolution=way, kind=case.kind, amount=case.amount
    )
    journal.append(fact)
    return fact


async def two_tills(
    client: httpx.AsyncClient, clock: HandClock, database: Database
) -> tuple[tuple[Till, Journal], tuple[Till, Journal]]:
    """One sale, brought back as a whole at two tills that knew nothing of each other."""
    one, two = Till(client, clock), Till(client, clock)
    first, second = await one.join(database, "1"), await two.join(database, "2")
    sale = first.sale(of=2)
    came_back(first, sale, everything(sale))
    came_back(second, sale, everything(sale), offline=True)
    await one.pushed(first.push())
    await two.pushed(second.push())
    return (one, first), (two, second)


def only(books: Connection, kind: str = "over_return") -> exceptions.Case:
    (case,) = [case for case in exceptions.every(books) if case.kind == kind]
    return case


def test_every_kind_the_hub_opens_is_in_the_table_and_fits() -> None:
    room = Path(hub.__file__ or "").parent
    code = "".join(module.read_text(encoding="utf-8") for module in sorted(room.glob("*.py")))
    opened = set(re.findall(r"\.flag\(\s*\"(\w+)\"", code))
    opened |= set(re.findall(r"Anomaly\(\s*\*?\(?\"(\w+)\"", code))
    opened |= set(re.findall(r"kind=\"(\w+)\"", code)) - {"exception"}
    assert {"over_return", "quarantine", "resolved_twice"} <= opened
    assert opened <= set(KINDS), opened - set(KINDS)
    for kind in KINDS.values():
        assert kind.ways
        assert len(set(kind.ways)) == len(kind.ways) <= 3
        assert kind.due_h > 0


def test_two_returns_of_one_sale_open_one_case_with_all_three_papers(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        await two_tills(client, clock, database)

    play(database, clock, story)
    case = only(books)
    told = rows_of(books)[case.id]
    assert [one.type for one in told.evidence] == ["sale", "refunded", "refunded"]
    assert [one.till for one in told.evidence] == ["1", "1", "2"]
    assert told.evidence[2].offline
    assert (told.no, told.state, told.till) == (case.no, "open", "2")
    assert told.amount == case.amount == -told.evidence[2].amount
    assert told.due > told.opened
    assert report(books)["exceptions"][0]["amount"] == case.amount


def test_what_is_not_committed_has_neither_its_documents_nor_its_exceptions(
    database: Database, books: Connection, clock: HandClock
) -> None:
    made: dict[str, Journal] = {}

    async def story(client: httpx.AsyncClient) -> None:
        made["till"] = await Till(client, clock).join(database)

    play(database, clock, story)
    journal = made["till"]
    journal.sale(tax=1)
    device = devices.find(books, journal.identity.device)
    assert device is not None

    def counts() -> list[int]:
        return [
            books.text(f"SELECT count(*) FROM {table}")[0][0]
            for table in ("event", "document", "exception")
        ]

    class PowerCut(Exception):
        pass

    def pushed() -> list[int]:
        push(books, device, journal.push(), load_keys(books), T0)
        return counts()

    def cut_off() -> None:
        with books.transaction():
            assert pushed() == [1, 1, 1]
            raise PowerCut

    with pytest.raises(PowerCut):
        cut_off()
    assert counts() == [0, 0, 0]
    with books.transaction():
        assert pushed() == [1, 1, 1]
    assert counts() == [1, 1, 1]


def test_a_decision_of_a_till_settles_it_and_everybody_is_told(
    database: Database, books: Connection, clock: HandClock
) -> None:
    made: dict[str, Any] = {}

    async def story(client: httpx.AsyncClient) -> None:
        (one, first), _ = await two_tills(client, clock, database)
        case = only(books)
        before = first.seq
        first.append(
            ExceptionAssigned(**first.stamp(actor=MIRA), exception=case.id, kind=case.kind, to=MIRA)
        )
        await one.pushed(first.push(before + 1))
        taken = only(books)
        assert (taken.state, taken.owner) == ("assigned", MIRA)
        assert len(report(books)["exceptions"]) == 1
        made["fact"] = decision(first, case, Way.DUPLICATE)
        await one.pushed(first.push(before + 2))

    play(database, clock, story)
    case = only(books)
    assert (case.state, case.resolution) == ("resolved", "duplicate_confirmed")
    assert (case.resolved_by, case.resolved_fact) == (MIRA, made["fact"].id)
    told = rows_of(books)[case.id]
    assert (told.state, told.resolved_by) == ("resolved", MIRA)
    found = report(books)
    assert found["exceptions"] == []
    assert found["decided"] == [
        {"way": "duplicate_confirmed", "currency": "EUR", "count": 1, "amount": case.amount}
    ]


def test_the_first_decision_holds_and_a_second_that_says_other_is_told(
    database: Database, books: Connection, clock: HandClock
) -> None:
    """Both were offline: what each decided is in its journal, and only one can be what holds."""

    async def story(client: httpx.AsyncClient) -> None:
        (one, first), (two, second) = await two_tills(client, clock, database)
        case = only(books)
        at_one, at_two = first.seq + 1, second.seq + 1
        decision(first, case, Way.DUPLICATE)
        decision(second, case, Way.WRITE_OFF)
        decision(second, case, Way.DUPLICATE)
        await one.pushed(first.push(at_one))
        reply = await two.pushed(second.push(at_two))
        assert reply.results == ["exception", "applied"]

    play(database, clock, story)
    case, again = only(books), only(books, "resolved_twice")
    assert case.resolution == "duplicate_confirmed"
    assert "write_off came later" in again.detail
    assert again.amount == case.amount
    assert [one.type for one in rows_of(books)[again.id].evidence] == ["exception_resolved"] * 2


@pytest.mark.parametrize(
    ("by", "way", "said"),
    [
        ("9", "write_off", "not of this store"),
        ("2", "write_off", "may not settle"),
        (MIRA, "forget_it", "is no way"),
    ],
)
def test_a_decision_of_somebody_who_may_not_is_booked_and_told(
    database: Database, books: Connection, clock: HandClock, by: str, way: str, said: str
) -> None:
    from pos_app.domain.staff import Role
    from sync.hub import people

    with books.transaction():
        people.add(books, "1", "Cass", Role.CASHIER, "4711")

    async def story(client: httpx.AsyncClient) -> None:
        (one, first), _ = await two_tills(client, clock, database)
        at = first.seq + 1
        decision(first, only(books), way, by=by)
        await one.pushed(first.push(at))

    play(database, clock, story)
    assert only(books).state == "resolved"
    assert said in only(books, "resolved_without_right").detail


def test_nobody_settles_what_they_did_themselves(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale = journal.sale(of=1)
        journal.void(sale, total=1, actor=MIRA)
        await till.pushed(journal.push())
        case = only(books, "figures_differ")
        decision(journal, case, Way.WRITE_OFF)
        await till.pushed(journal.push(3))

    play(database, clock, story)
    assert "somebody else settles it" in only(books, "resolved_without_right").detail


def ask(wanted: exceptions.Case, verb: str, body: SettleRequest) -> tuple[str, str, bytes]:
    return "POST", f"/v1/exceptions/{wanted.id}/{verb}", encode(body)


def test_asked_over_http_it_is_one_decision_however_often_it_is_asked(
    database: Database, books: Connection, clock: HandClock
) -> None:
    said = SettleRequest(
        id=str(uuid_utils.uuid7()), staff=MIRA, wall="2026-11-25T09:00:00.000Z", to=MIRA
    )
    settle = msgspec.structs.replace(
        said, id=str(uuid_utils.uuid7()), to="", resolution="duplicate_confirmed"
    )

    async def story(client: httpx.AsyncClient) -> None:
        (one, _), (two, _) = await two_tills(client, clock, database)
        case = only(books)
        taken = await one.send(*ask(case, "assign", said))
        assert msgspec.json.decode(taken.content, type=SettleReply).row.owner == MIRA
        for till in (one, one, two):
            answer = await till.send(*ask(case, "resolve", settle))
            reply = msgspec.json.decode(answer.content, type=SettleReply)
            assert (reply.row.state, reply.first) == ("resolved", True)
        other = msgspec.structs.replace(settle, resolution="write_off")
        assert (await one.send(*ask(case, "resolve", other))).status_code == 422
        late = msgspec.structs.replace(other, id=str(uuid_utils.uuid7()))
        answer = await two.send(*ask(case, "resolve", late))
        reply = msgspec.json.decode(answer.content, type=SettleReply)
        assert (reply.row.resolution, reply.first) == ("duplicate_confirmed", False)
        nobody = msgspec.structs.replace(late, id=str(uuid_utils.uuid7()), staff="77")
        assert (await one.send(*ask(case, "resolve", nobody))).status_code == 403
        for bad in (b"{}", b"[]", encode(msgspec.structs.replace(late, resolution="x"))):
            path = f"/v1/exceptions/{case.id}/resolve"
            assert (await one.send("POST", path, bad)).status_code == 400
        assert (
            await one.send("POST", "/v1/exceptions/none/resolve", encode(late))
        ).status_code == 404

    play(database, clock, story)
    case = only(books)
    assert (case.resolved_fact, case.owner) == (settle.id, MIRA)
    assert only(books, "resolved_twice").device == own_journal.DEVICE
    assert list(own_journal.verify(books, load_keys(books).public_hex)) == []
    own = books.text("SELECT type FROM event WHERE device = 'hub' ORDER BY seq")
    assert [kind for (kind,) in own] == [
        *("exception_assigned", "exception_resolved", "case_done", "exception_resolved"),
    ]
    assert {row.state for row in rows_of(books).values()} == {"resolved", "open"}


def test_a_till_of_another_store_knows_nothing_of_it(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        (one, _), _ = await two_tills(client, clock, database)
        with books.transaction():
            books.text("UPDATE exception SET store_id = '2'")
        body = SettleRequest(str(uuid_utils.uuid7()), MIRA, "", resolution="write_off")
        answer = await one.send(*ask(only(books), "resolve", body))
        assert answer.status_code == 404

    play(database, clock, story)


# --- the queue is what the journal gives -------------------------------------------------------


def a_day(database: Database, clock: HandClock) -> None:
    """Anomalies of many kinds, one decision, one entry that nobody can read."""

    async def story(client: httpx.AsyncClient) -> None:
        _, (two, second) = await two_tills(client, clock, database)
        start = second.seq + 1
        sale = second.sale(of=3)
        second.void(sale)
        second.void(sale)
        second.sale(tax=1)
        second.documents += 2
        second.sale(of=1)
        second.append_bytes(b'{"type":"later","total":321}')
        await two.pushed(second.push(start))

    play(database, clock, story)


def test_the_nightly_look_finds_what_the_journal_gives_and_nothing_else(
    database: Database, books: Connection, clock: HandClock
) -> None:
    a_day(database, clock)
    found = exception_check.check(books, T0)
    kinds = {case.kind for case in exceptions.every(books)}
    assert kinds == {"over_return", "voided_twice", "figures_differ", "number_gap", "quarantine"}
    assert found.whole, found.told()
    assert (found.anomalies, found.amounts) == (found.exceptions, found.kept)
    assert sum(found.amounts.values()) == sum(
        abs(one["amount"]) for one in report(books)["exceptions"]
    )


@pytest.mark.parametrize(
    "lost", ["over_return", "voided_twice", "figures_differ", "number_gap", "quarantine"]
)
def test_one_that_was_lost_is_found_again_under_its_own_id(
    database: Database, books: Connection, clock: HandClock, lost: str
) -> None:
    a_day(database, clock)
    before = only(books, lost)
    with books.transaction():
        books.text("DELETE FROM exception WHERE kind = ?", (lost,))
    found = exception_check.check(books, T0)
    assert [case.kind for case in found.missing] == [lost]
    again = only(books, lost)
    assert (again.id, again.amount, again.detail) == (before.id, before.amount, before.detail)
    assert rows_of(books)[again.id].no == again.no
    assert exception_check.look(books).whole


def test_a_decision_that_stands_in_no_journal_is_told(
    database: Database, books: Connection, clock: HandClock
) -> None:
    a_day(database, clock)
    with books.transaction():
        books.text(
            "UPDATE exception SET state = 'resolved', resolution = 'write_off', resolved_fact = 'x'"
            " WHERE kind = 'number_gap'"
        )
        books.text("UPDATE exception SET amount = amount + 1 WHERE kind = 'voided_twice'")
    found = exception_check.look(books)
    assert len(found.unproven) == len(found.differing) == 1
    assert "no journal says by whom" in found.unproven[0]


def test_the_night_comes_once_a_day(
    database: Database, books: Connection, clock: HandClock
) -> None:
    a_day(database, clock)
    assert one_night(database, clock) is None
    clock.forward(hours=10)
    assert one_night(database, clock) is None
    with books.transaction():
        books.text("DELETE FROM exception WHERE kind = 'number_gap'")
    clock.forward(hours=8)
    found = one_night(database, clock)
    assert found is not None
    assert len(found.missing) == 1
    assert one_night(database, clock) is None


# --- commands ----------------------------------------------------------------------------------


def test_settled_at_the_hub_by_commands(
    database: Database,
    books: Connection,
    clock: HandClock,
    run_hub: Callable[..., Any],
) -> None:
    a_day(database, clock)
    listed = run_hub("exceptions", "list", "--json")
    assert len(listed) == 5
    assert [row["due"] for row in listed] == sorted(row["due"] for row in listed)
    number = str(next(row["no"] for row in listed if row["kind"] == "over_return"))
    told = run_hub("exceptions", "show", number, "--json")
    assert len(told["evidence"]) == 3
    assert run_hub("exceptions", "assign", number, "--to", MIRA, "--json")["owner"] == MIRA
    settled = run_hub("exceptions", "resolve", number, "customer_debt", "--by", "Ada", "--json")
    assert (settled["state"], settled["resolved_by"]) == ("resolved", "hub:Ada")
    again = run_hub("exceptions", "resolve", f"E-{number}", "write_off", "--json")
    assert (again["first"], again["resolution"]) == (False, "customer_debt")
    kinds = {row["kind"] for row in run_hub("exceptions", "list", "--json")}
    assert "resolved_twice" in kinds
    assert "over_return" not in kinds
    assert run_hub("check", "--json")["whole"]


@pytest.fixture
def run_hub(database: Database, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    from pos_app.cli import main

    def run(*words: str) -> Any:
        at = 2 if words[0] == "exceptions" else 1
        assert main(["hub", *words[:at], "--database", database.url, *words[at:]]) == 0
        return json.loads(capsys.readouterr().out)

    return run
