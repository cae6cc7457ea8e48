"""What the hub makes of cash that moved: booked once, added up again at the Z, told of when off."""

from __future__ import annotations

import json

import httpx
import pytest

from sync.hub.database import Connection, Database
from sync.hub.report import report
from sync.protocol import CashMoved, ShiftClosed, TenderTotal, decode_fact, encode_fact
from tests.hub.journals import Journal
from tests.hub.test_push import HandClock, Till, kinds, play


def move(journal: Journal, kind: str, amount: int, **more: str) -> None:
    facts = {"currency": "EUR", "reason": "change"} | more
    journal.append(CashMoved(**journal.stamp(), kind=kind, amount=amount, **facts))


def close(journal: Journal, sales: list, expected: int, counted: int, **more: object) -> None:
    sums = {name: sum(getattr(one, name) for one in sales) for name in ("net", "tax", "total")}
    journal.append(
        ShiftClosed(
            **journal.stamp(),
            number=1,
            z_no=1,
            currency="EUR",
            opened="2026-11-25T09:00:00.000Z",
            sales=len(sales),
            voids=0,
            gross=0,
            discount=0,
            rounding=0,
            taxes=[],
            tenders=[TenderTotal("cash", expected, counted, counted - expected)],
            **sums,
            **more,
        )
    )


def cash_in(sales: list) -> int:
    return sum(paid.amount for one in sales for paid in one.payments if paid.tender == "cash")


def test_movements_are_booked_once_and_the_drawer_is_added_up_again(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.open_shift(20_000)
        sales = [journal.sale(), journal.sale()]
        move(journal, "in", 1_000)
        move(journal, "out", 250)
        move(journal, "drop", 5_000, reference="B-17")
        due = 20_000 + cash_in(sales) + 1_000 - 250 - 5_000
        close(journal, sales, due, due - 300, cash_in=1_000, cash_out=250, drops=5_000)
        reply = await till.pushed(journal.push())
        assert set(reply.results) == {"applied"}
        await till.pushed(journal.push())
        told = report(books)["cash"]
        assert {(row["kind"], row["count"], row["amount"]) for row in told["moves"]} == {
            ("in", 1, 1_000), ("out", 1, 250), ("drop", 1, 5_000),
        }  # fmt: skip
        (shift,) = told["shifts"]
        assert (shift["expected_cash"], shift["counted_cash"]) == (due, due - 300)
        assert shift["difference"] == -300
        assert kinds(books) == [], "three euros are within the limit"

    play(database, clock, story)


@pytest.mark.parametrize(
    ("counted", "found"), [(-500, []), (-501, ["variance"]), (501, ["variance"])]
)
def test_a_count_that_is_off_beyond_the_limit_is_told_of(
    database: Database, books: Connection, clock: HandClock, counted: int, found: list[str]
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.open_shift(20_000)
        close(journal, [], 20_000, 20_000 + counted, reason="miscount")
        await till.pushed(journal.push())
        assert kinds(books) == found
        for one in report(books)["exceptions"]:
            assert (one["amount"], one["detail"]) == (counted, "Z 1, cash: miscount")

    play(database, clock, story)


def test_a_z_that_hides_a_movement_is_told_of(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.open_shift(20_000)
        move(journal, "out", 5_000)
        close(journal, [], 20_000, 20_000)
        reply = await till.pushed(journal.push())
        assert reply.results[-1] == "exception"
        assert kinds(books) == ["z_differs"]

    play(database, clock, story)


@pytest.mark.parametrize(("kind", "amount"), [("sideways", 100), ("in", 0), ("out", -5)])
def test_a_strange_movement_is_kept_and_told_of(
    database: Database, books: Connection, clock: HandClock, kind: str, amount: int
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.open_shift()
        move(journal, kind, amount)
        reply = await till.pushed(journal.push())
        assert reply.results == ["applied", "exception"]
        assert kinds(books) == ["cash_strange"]

    play(database, clock, story)


def test_another_currency_is_told_of(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.open_shift()
        move(journal, "in", 100, currency="USD")
        await till.pushed(journal.push())
        assert kinds(books) == ["currency_differs"]

    play(database, clock, story)


def test_bodies_of_before_still_decode() -> None:
    """The golden bytes of a till that knew no cash movements, and of one that does."""
    head = (
        '{"type":"%s","dev":"d","epoch":1,"seq":7,"id":"i","store":"1","till":"1","shift":"s",'
        '"biz_date":"2026-11-25","t":{"wall":"2026-11-25T09:00:00.000Z"},%s}'
    )
    old = head % (
        "shift_closed",
        (
            '"number":1,"z_no":1,"currency":"EUR","opened":"2026-11-25T08:00:00.000Z","sales":0,'
            '"voids":0,"gross":0,"discount":0,"net":0,"tax":0,"total":0,"rounding":0,"taxes":[],'
            '"tenders":[{"tender":"cash","expected":5,"counted":5}]'
        ),
    )
    z = decode_fact(old.encode())
    assert isinstance(z, ShiftClosed)
    assert (z.moves, z.left, z.late) == ([], 0, False)
    assert json.loads(encode_fact(z)) == json.loads(old)
    new = head % (
        "cash_moved",
        '"kind":"drop","amount":5000,"currency":"EUR","reason":"full","reference":"B-17"',
    )
    moved = decode_fact(new.encode())
    assert isinstance(moved, CashMoved)
    assert (moved.kind, moved.amount) == ("drop", 5_000)
    assert json.loads(encode_fact(moved)) == json.loads(new)
