"""A document and what it did to a card are written in one commit: one without the other is told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pos_app.domain.value_code import CARD, account_of, new_code
from sync.hub import right_check
from sync.hub.database import Connection, Database
from sync.hub.values import jobs, matching
from sync.protocol import (
    CreditGiven,
    DrawerOpened,
    FactPayment,
    HoldCaptured,
    RightUsed,
    Sale,
    ValueEarned,
)
from tests.hub.righting import Asking, exceptions, free, joined
from tests.hub.tills import HandClock, running
from tests.hub.values.test_looks import issued

pytestmark = pytest.mark.anyio


def paid_by_card(one: Asking, account: str, right: str = "") -> Sale:
    """A sale like the one before, whose whole amount a card is said to have paid."""
    sale = one.journal.sale()
    payment = FactPayment("gift_card", sale.total, account=account, right=right)
    changed: dict[str, Any] = {"payments": [payment], "payable": sale.total, "rounding": 0}
    return msgspec.structs.replace(sale, change=0, **changed, **one.journal.stamp(document=True))


async def test_a_sale_that_a_card_paid_without_being_spent(
    database: Database, books: Connection, clock: HandClock
) -> None:
    code = issued(books, clock, 50_000)
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        one.journal.open_shift()
        sale = paid_by_card(one, account_of(code))
        one.journal.append(sale)
        one.journal.append(DrawerOpened(**one.journal.stamp(), reason="change"))
        await one.push()
        assert ("value_differs", sale.total) in exceptions(books)
        assert free(books, clock, account_of(code), CARD) == 50_000


async def test_both_halves_are_one_also_in_two_batches(
    database: Database, books: Connection, clock: HandClock
) -> None:
    code = issued(books, clock, 50_000)
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        one.journal.open_shift()
        await one.push()
        held = await one.value("/v1/holds", 50_000, kind=CARD, account=account_of(code))
        sale = paid_by_card(one, account_of(code), held.id)
        one.journal.append(sale)
        await one.push()
        await one.tell(HoldCaptured, right=held.id, amount=sale.total, of=sale.id)
        assert exceptions(books, "value_differs") == []
        assert free(books, clock, account_of(code), CARD) == 50_000 - sale.total
    assert right_check.differences(books) == []


async def test_another_amount_than_the_document_says(
    database: Database, books: Connection, clock: HandClock
) -> None:
    code = issued(books, clock, 50_000)
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        one.journal.open_shift()
        sale = paid_by_card(one, account_of(code))
        one.journal.append(sale)
        said = {"kind": CARD, "account": account_of(code), "of": sale.id}
        one.journal.append(RightUsed(**one.journal.stamp(), **said, amount=1, unsecured=True))
        await one.push()
        assert ("value_differs", sale.total) in exceptions(books)


async def test_money_out_of_nothing(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        account = account_of(new_code(CARD))
        await one.tell(ValueEarned, kind=CARD, account=account, amount=9_900, of="no such document")
        assert exceptions(books) == [("value_differs", 9_900)]
        await one.tell(ValueEarned, kind="points", account="p-1", amount=10, of="")
        assert len(exceptions(books)) == 1, "points have checks of their own"


async def test_credit_of_somebodys_own_out_of_nothing(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        assert await one.credited(700) == ["applied", "applied"]
        assert exceptions(books) == [], "somebody gave it"
        assert books.text("SELECT * FROM value_cut") == []
        await one.tell(ValueEarned, kind="credit", account="c-1", amount=9_900)
        assert exceptions(books) == [("value_differs", 9_900)]
        opened = DrawerOpened(**one.journal.stamp(), reason="change")
        one.journal.append(opened)
        await one.tell(ValueEarned, kind="credit", account="c-1", amount=50, of=opened.id)
        assert exceptions(books) == [("value_differs", 9_900), ("value_differs", 50)]


@pytest.mark.both_engines
async def test_credit_of_a_document_that_nobody_knows_is_told_when_it_does_not_come(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        said = {"kind": "credit", "account": "c-1", "currency": "EUR"}
        await one.tell(ValueEarned, **said, amount=9_900, of="no such document")
        given = one.journal.stamp()["id"]
        await one.tell(ValueEarned, **said, amount=80, of=given)
        assert exceptions(books) == []
        assert later(books, clock, 60) == 0, "it may be on its way"
        change = {"kind": "credit", "account": "c-1", "currency": "EUR", "reason": "late"}
        await one.tell(CreditGiven, id=given, customer="c-1", amount=80, **change)
        assert later(books, clock) == 1
        assert later(books, clock) == 0, "once"
        assert exceptions(books) == [("value_differs", 9_900)]
    ((detail, currency, store),) = books.text("SELECT detail, currency, store_id FROM exception")
    assert (detail, currency, store) == ("without document: credit c-1 9900", "EUR", "1")


def later(books: Connection, clock: HandClock, seconds: int = 3_600) -> int:
    clock.forward(seconds=seconds)
    with books.transaction():
        return matching.unmoved(books, clock.now())


async def test_the_second_half_of_a_commit_went_with_the_disk(
    database: Database, books: Connection, clock: HandClock
) -> None:
    code = issued(books, clock, 50_000)
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        one.journal.open_shift()
        sale = paid_by_card(one, account_of(code))
        one.journal.append(sale)
        await one.push()
        assert later(books, clock) == 0, "the till may only be away"
        await one.tell(DrawerOpened, reason="change")  # it goes on without the other half
        assert later(books, clock) == 1
        assert later(books, clock) == 0, "once"
        assert exceptions(books) == [("value_differs", sale.total)]
    ((fact, detail, currency, told),) = books.text(
        "SELECT fact, detail, currency, told FROM exception"
    )
    assert (fact, currency, told) == (sale.id, sale.currency, 1)
    assert detail == f"missing: card {account_of(code)[:8]} {-sale.total}"


async def test_a_till_that_never_comes_again_is_told_of_after_a_day(
    database: Database, books: Connection, clock: HandClock
) -> None:
    code = issued(books, clock, 50_000)
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        one.journal.open_shift()
        sale = paid_by_card(one, account_of(code))
        one.journal.append(sale)
        await one.push()
        assert jobs.once(database, clock) == 0
        assert exceptions(books) == []
        clock.forward(hours=25)
        jobs.once(database, clock)
        assert exceptions(books) == [("value_differs", sale.total)]


async def test_what_came_in_the_next_batch_is_no_case(
    database: Database, books: Connection, clock: HandClock
) -> None:
    code = issued(books, clock, 50_000)
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        one.journal.open_shift()
        sale = paid_by_card(one, account_of(code))
        one.journal.append(sale)
        await one.push()
        said = {"kind": CARD, "account": account_of(code), "of": sale.id, "unsecured": True}
        await one.tell(RightUsed, amount=sale.total, **said)
        await one.tell(DrawerOpened, reason="change")
        assert later(books, clock) == 0
        assert exceptions(books, "value_differs") == []
        assert books.text("SELECT * FROM value_cut") == []


async def test_more_than_the_document_says_in_a_later_batch(
    database: Database, books: Connection, clock: HandClock
) -> None:
    """An entry that names a document of before is compared with it too."""
    account = account_of(new_code(CARD))
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        one.journal.open_shift()
        sale = one.journal.sale()
        one.journal.append(sale)
        await one.push()
        await one.tell(ValueEarned, kind=CARD, account=account, amount=9_900, of=sale.id)
        await one.tell(DrawerOpened, reason="change")
        assert exceptions(books) == []
        assert later(books, clock) == 1
        assert exceptions(books) == [("value_differs", 9_900)]


async def test_a_plain_sale_leaves_nothing_to_look_for(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        one.journal.open_shift()
        one.journal.append(one.journal.sale())
        await one.push()
        assert books.text("SELECT * FROM value_cut") == []


async def test_a_card_that_was_sold_and_whose_credit_never_came(
    database: Database, books: Connection, clock: HandClock
) -> None:
    """The sale alone in its batch: nothing else in it speaks of cards."""
    account = account_of(new_code(CARD))
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        one.journal.open_shift()
        plain = one.journal.sale()
        line = msgspec.structs.replace(plain.lines[0], value=f"{CARD}/{account}")
        said = {**one.journal.stamp(document=True), "lines": [line]}
        sale = msgspec.structs.replace(plain, **said)
        one.journal.append(sale)
        await one.push()
        await one.tell(DrawerOpened, reason="change")
        later(books, clock)
        assert exceptions(books, "value_differs") == [("value_differs", line.total)]
