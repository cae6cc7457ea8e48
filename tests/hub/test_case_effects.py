"""A decision about an exception does what it says: once, in the hub's own journal, for ever provable."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from pos_app.domain.exceptions import Way
from sync.hub import accounts, case_effects, exception_check, exceptions, right_check
from sync.hub.answers import RandomIds
from sync.hub.database import Connection, Database
from sync.hub.exception_desk import at_hub
from sync.hub.identity import load_keys
from sync.hub.own_journal import head, verify
from sync.hub.rebuilding import differences
from sync.protocol import (
    CaseDone,
    CountedLine,
    ExceptionAssigned,
    ExceptionResolved,
    Refunded,
    RightUsed,
    StockCounted,
    decode_fact,
)
from tests.hub.journals import Journal
from tests.hub.righting import Asking, free, joined, new_id
from tests.hub.test_exceptions import MIRA, decision, only, rows_of, two_tills
from tests.hub.tills import HandClock, play

pytestmark = pytest.mark.both_engines


def effects(books: Connection, case: exceptions.Case) -> list[tuple[Any, ...]]:
    found = case_effects.of(books, case.id)
    return [(one.what, one.amount, one.currency, one.sku, one.qty, one.done) for one in found]


def settle(
    books: Connection, clock: HandClock, case: exceptions.Case, way: str, by: str = "hub:olga"
) -> bool:
    with books.transaction():
        said = head(clock.now(), RandomIds(), actor=by)
        _case, first = at_hub(
            *(books, load_keys(books), case.id, ExceptionResolved, clock.now(), said),
            resolution=way,
        )
        exceptions.tell(books)
    return first


def whole(books: Connection) -> None:
    found = exception_check.look(books)
    assert found.whole, found.told()
    assert list(differences(books)) == []
    assert list(verify(books, load_keys(books).public_hex)) == []


def returned_twice(database: Database, clock: HandClock, way: str, **more: Any) -> None:
    """One sale came back at two tills; the manager decides at the first."""

    async def story(client: httpx.AsyncClient) -> None:
        (one, first), _ = await two_tills(client, clock, database)
        with_books = database.connect(write=False)
        case = only(with_books)
        with_books.close()
        before = first.seq
        decision(first, case, way, **more)
        await one.pushed(first.push(before + 1))

    play(database, clock, story)


def test_what_is_borne_is_a_cost_and_nothing_else_moves(
    database: Database, books: Connection, clock: HandClock
) -> None:
    returned_twice(database, clock, Way.WRITE_OFF)
    case = only(books)
    assert effects(books, case) == [("cost", case.amount, "EUR", "", 0, True)]
    assert case_effects.sums(books) == [
        {"store": "1", "what": "cost", "currency": "EUR", "amount": case.amount}
    ]
    (told,) = rows_of(books)[case.id].effects
    assert (told.what, told.amount) == ("cost", case.amount)
    whole(books)


def test_goods_that_came_back_by_two_papers_are_counted_once(
    database: Database, books: Connection, clock: HandClock
) -> None:
    sold = {sku: qty for _store, sku, qty in books.text("SELECT store_id, sku, on_hand FROM stock")}
    returned_twice(database, clock, Way.DUPLICATE)
    case = only(books)
    found = effects(books, case)
    assert found
    assert all(row[0] == "stock" and row[4] < 0 for row in found)
    now = {sku: qty for _store, sku, qty in books.text("SELECT store_id, sku, on_hand FROM stock")}
    for _what, _amount, _currency, sku, _qty, _done in found:
        assert now[sku] == sold.get(sku, 0), "sold, brought back once: as it was"
    whole(books)


def test_a_debt_without_a_name_is_the_stores_to_ask_for(
    database: Database, books: Connection, clock: HandClock
) -> None:
    returned_twice(database, clock, Way.CUSTOMER_DEBT)
    case = only(books)
    assert effects(books, case) == [("debt", case.amount, "EUR", "", 0, True)]
    whole(books)


def test_decided_by_whoever_may_not_it_moves_nothing_until_head_office_leaves_it_so(
    database: Database, books: Connection, clock: HandClock
) -> None:
    returned_twice(database, clock, Way.WRITE_OFF, by="2")
    case = only(books)
    assert case.state == "resolved"
    assert effects(books, case) == []
    assert settle(books, clock, only(books, "resolved_without_right"), Way.WRITE_OFF)
    assert [row[0] for row in effects(books, case)] == ["cost"]
    whole(books)


def test_the_same_decision_again_does_nothing_again(
    database: Database, books: Connection, clock: HandClock
) -> None:
    returned_twice(database, clock, Way.WRITE_OFF)
    case = only(books)
    assert not settle(books, clock, case, Way.WRITE_OFF)
    assert not settle(books, clock, case, Way.DUPLICATE)
    done = books.text("SELECT body FROM event WHERE type = 'case_done'")
    assert len(done) == 1
    fact = decode_fact(bytes(done[0][0]))
    assert isinstance(fact, CaseDone)
    assert (fact.id, fact.decision) == (case_effects.done_id(case.id), case.resolved_fact)
    whole(books)


async def overdrawn(
    client: httpx.AsyncClient, clock: HandClock, database: Database, earned: int, spent: int
) -> Asking:
    """An account of which a till spent more than there is, while it could not ask."""
    one = await joined(client, clock, database)
    await one.credited(earned)
    await one.tell(RightUsed, kind="credit", account="c-1", amount=spent, unsecured=True)
    return one


def test_what_an_account_lacks_is_put_back_when_the_store_bears_it(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        await overdrawn(client, clock, database, 300, 1_000)

    play(database, clock, story)
    case = only(books, "unsecured_burn")
    assert (case.amount, free(books, clock)) == (700, -700)
    assert settle(books, clock, case, Way.WRITE_OFF)
    assert free(books, clock) == 0
    assert [row[:3] for row in effects(books, case)] == [
        ("credit", 700, "EUR"),
        ("cost", 700, "EUR"),
    ]
    assert right_check.differences(books) == []
    told = rows_of(books)[case.id]
    assert all(not one.account for one in told.effects), "whose it is stays at the hub"
    whole(books)


def test_what_is_owed_on_an_account_stays_below_nothing_and_is_told_once(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        await overdrawn(client, clock, database, 300, 1_000)

    play(database, clock, story)
    case = only(books, "unsecured_burn")
    assert settle(books, clock, case, Way.CUSTOMER_DEBT)
    assert free(books, clock) == -700
    assert accounts.account_of(books, "credit", "c-1") == (300, 1_000)
    assert [row[0] for row in effects(books, case)] == ["debt"]
    whole(books)


def test_a_count_that_was_asked_for_waits_until_somebody_counts(
    database: Database, books: Connection, clock: HandClock
) -> None:
    made: dict[str, Any] = {}

    async def story(client: httpx.AsyncClient) -> None:
        (one, first), _ = await two_tills(client, clock, database)
        case = only(books)
        before = first.seq
        (body,) = books.text("SELECT body FROM event WHERE id = ?", (case.fact,))[0]
        fact = decode_fact(bytes(body))
        assert isinstance(fact, Refunded)
        made["sku"] = fact.lines[0].sku
        count_after(first, case, made["sku"])
        await one.pushed(first.push(before + 1))
        made["till"], made["journal"] = one, first

    play(database, clock, story)
    case = only(books)
    assert [row[0] for row in effects(books, case)] == ["count"] * len(effects(books, case))
    assert all(row[3] != made["sku"] or row[5] for row in effects(books, case))
    assert any(row[5] for row in effects(books, case))
    told = rows_of(books)[case.id].effects
    assert [one.done for one in told] == [row[5] for row in effects(books, case)]
    whole(books)


def count_after(journal: Journal, case: exceptions.Case, sku: str) -> None:
    decision(journal, case, Way.RECOUNT)
    said = journal.stamp(actor=MIRA)
    line = CountedLine(sku=sku, counted=3_000, at=said["t"].wall)
    count = new_id()
    fact = StockCounted(**said, count=count, name="C-1", scope="free", lines=[line])
    journal.append(fact)


def test_put_off_until_a_time_is_told_and_a_time_that_is_none_is_not_kept(
    database: Database, books: Connection, clock: HandClock
) -> None:
    until = "2026-11-25T15:00:00.000Z"

    async def story(client: httpx.AsyncClient) -> None:
        (one, first), _ = await two_tills(client, clock, database)
        case = only(books)
        for place, later in enumerate((until, "tomorrow")):
            before = first.seq
            fact = ExceptionAssigned(
                **first.stamp(actor=MIRA), exception=case.id, kind=case.kind, to=MIRA, later=later
            )
            first.append(fact)
            await one.pushed(first.push(before + 1))
            assert only(books).later == ("" if place else until)
            assert rows_of(books)[case.id].later == only(books).later

    play(database, clock, story)


def test_a_decision_that_was_forgotten_by_its_table_is_found(
    database: Database, books: Connection, clock: HandClock
) -> None:
    returned_twice(database, clock, Way.WRITE_OFF)
    with books.transaction():
        books.text("UPDATE case_effect SET amount = amount + 1")
    found = exception_check.look(books)
    assert not found.whole
    assert any("is not what its entry says" in line for line in found.unproven)
    with books.transaction():
        books.text("DELETE FROM case_effect")
    assert any("was not done" in line for line in exception_check.look(books).unproven)
