"""A hub that was put back: what it promised is taken off again, what paid for it may be lost."""

from __future__ import annotations

import httpx
import pytest

from sync.hub import accounts, recovering, right_check, right_debts
from sync.hub.answers import RandomIds
from sync.hub.database import Connection, Database
from sync.hub.identity import load_keys
from sync.protocol import HoldCaptured, RightReply, RightUsed, ValueEarned
from tests.hub.righting import Asking, exceptions, free, joined
from tests.hub.tills import HandClock, play

pytestmark = pytest.mark.both_engines

POINTS = {"kind": "points", "account": "p-1"}


async def holding(
    client: httpx.AsyncClient, clock: HandClock, database: Database, books: Connection
) -> tuple[Asking, RightReply]:
    """A till that holds 700 of 1,000 points that came after the copy was made."""
    one = await joined(client, clock, database)
    await joined(client, clock, database, "2")
    with books.transaction():
        accounts.lock(books, [("points", "p-1")])
        accounts.move_account(books, "points", "p-1", credit=1_000)
    return one, await one.value("/v1/holds", 700, **POINTS)


def put_back(books: Connection, clock: HandClock) -> None:
    """The hub goes on from a copy that was made before the points came; till 2 never comes again."""
    for table in ("right_part", "value_right", "right_burn", "right_account"):
        books.text(f"DELETE FROM {table}")
    with books.transaction():
        recovering.begin(books, load_keys(books), clock.now(), RandomIds())


async def comes(one: Asking, held: RightReply) -> None:
    await one.till.hello(one.journal.head, rights=[held])


def ended(books: Connection, clock: HandClock) -> None:
    why = {"actor": "Mira", "reason": "till 2 burnt"}
    with books.transaction():
        recovering.end(books, load_keys(books), clock.now(), RandomIds(), **why)


def whole(books: Connection) -> None:
    assert right_check.differences(books) == []
    with books.transaction():
        assert right_debts.tell(books, HandClock().now()) == 0, "once"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_hold_whose_credit_was_lost_is_told_when_the_hub_has_recovered(
    database: Database, books: Connection, clock: HandClock, when: str
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        one, held = await holding(client, clock, database, books)
        put_back(books, clock)
        await comes(one, held)
        if when == "before":
            await one.tell(HoldCaptured, right=held.id, amount=700, of="sale-a")
        assert exceptions(books) == [], "what paid for it may still come"
        ended(books, clock)
        if when == "after":
            await one.tell(HoldCaptured, right=held.id, amount=700, of="sale-a")
        assert free(books, clock, "p-1", "points") == -700
        ((kind, store, device, amount, detail),) = books.text(
            "SELECT kind, store_id, device, amount, detail FROM exception"
        )
        assert (kind, store, device) == ("value_debt", "1", one.device)
        assert (amount, detail) == (700, "points p-1")
        whole(books)

    play(database, clock, story)


def test_the_last_till_that_was_awaited_ends_it_and_what_it_brought_is_no_debt(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        one, held = await holding(client, clock, database, books)
        put_back(books, clock)
        books.text(f"DELETE FROM awaited WHERE device <> '{one.device}'")
        said = {**one.journal.stamp(), **POINTS}
        one.journal.append(ValueEarned(**said, amount=600))
        await comes(one, held)
        assert recovering.is_recovering(books)
        await one.push()
        assert not recovering.is_recovering(books)
        assert exceptions(books) == [("value_debt", 100)]
        whole(books)

    play(database, clock, story)


def test_what_was_told_already_is_not_told_again(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        one, held = await holding(client, clock, database, books)
        put_back(books, clock)
        await one.tell(RightUsed, **POINTS, amount=50, unsecured=True)
        await comes(one, held)
        ended(books, clock)
        assert exceptions(books) == [("unsecured_burn", 50), ("value_debt", 700)]
        whole(books)

    play(database, clock, story)


def test_a_till_that_comes_after_the_end_shows_a_hold(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        one, held = await holding(client, clock, database, books)
        put_back(books, clock)
        ended(books, clock)
        assert exceptions(books) == []
        await comes(one, held)
        await comes(one, held)
        assert exceptions(books) == [("value_debt", 700)]
        whole(books)

    play(database, clock, story)
