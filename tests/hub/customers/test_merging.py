"""Two customers who are one: proposed, merged, told to tills, and two again with what was theirs."""

from __future__ import annotations

import httpx
import pytest

from sync.hub import accounts
from sync.hub.customers import feeding, people, tending
from sync.hub.database import Connection, Database
from sync.protocol import Contact, CustomerFields, CustomerRow, GrantReleased, RightUsed
from tests.hub.customers.people_at import (
    MAIL,
    act,
    bought,
    earned,
    entered,
    moments,
    rows,
    sent,
)
from tests.hub.righting import Asking, joined, new_id
from tests.hub.tills import HandClock, play


def other(**said: object) -> CustomerFields:
    """The same mail under another name."""
    mail = (Contact("email", MAIL, "web", verified=True),)
    return CustomerFields(**({"name": "Sara Lind", "contacts": mail} | said))  # type: ignore[arg-type]


def points(books: Connection, clock: HandClock, row: CustomerRow) -> int:
    return accounts.available(books, "points", row.account or row.customer, clock.now())


async def two(till: Asking, books: Connection, clock: HandClock) -> tuple[CustomerRow, CustomerRow]:
    """Both with a sale and points."""
    one, second = await entered(till), await entered(till, other())
    for row, amount in ((one, 1_000), (second, 500)):
        bought(till, row.customer, amount)
        earned(till, row.customer, amount // 10)
    assert set(await till.push()) == {"applied"}
    sent(books, clock)
    return one, second


def test_the_same_verified_mail_is_proposed_until_a_person_says_that_it_is_another(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        one, _ = await two(till, books, clock)
        household = await entered(till, other(name="Mikko Lindqvist"))
        told = (await rows(till))[one.customer]
        assert [(each.name, each.why, each.differs) for each in told.proposals] == [
            ("Sara Lind", "email", False)
        ]
        feeding.touch(books, one.customer, clock.now())
        sent(books, clock)
        told = (await rows(till))[one.customer]
        assert {(each.name, each.differs) for each in told.proposals} == {
            ("Sara Lind", False),
            ("Mikko Lindqvist", True),
        }
        reply = await act(till, "dismiss", one.customer, other=household.customer)
        assert reply.row is not None
        assert [each.name for each in reply.row.proposals] == ["Sara Lind"]

    play(database, clock, story)


def test_what_is_not_verified_proposes_nobody(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        await entered(till, other(contacts=(Contact("email", MAIL, "store"),)))
        one = await entered(till)
        assert one.proposals == ()

    play(database, clock, story)


def test_merged_they_are_one_row_one_account_and_one_history(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        one, second = await two(till, books, clock)
        reply = await act(till, "merge", one.customer, other=second.customer, by="7")
        assert reply.row is not None
        assert (reply.row.value, reply.row.visits, reply.row.points) == (1_500, 2, 150)
        assert points(books, clock, second) == 0
        sent(books, clock)
        told = await rows(till)
        assert told[second.customer].merged_into == one.customer
        assert told[second.customer].name == ""
        assert {each.kind for each in await moments(till, one.customer)} == {
            "sale",
            "points",
            "merge",
        }
        assert len(await moments(till, second.customer, kind="orders")) == 2
        again = await act(till, "merge", one.customer, other=second.customer)
        assert again.why == "merge_same"

    play(database, clock, story)


@pytest.mark.both_engines
def test_what_comes_late_for_who_was_merged_goes_on_and_comes_back(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        one, second = await two(till, books, clock)
        await act(till, "merge", one.customer, other=second.customer)
        bought(till, second.customer, 300)
        earned(till, second.customer, 30)
        bought(till, one.customer, 200)
        earned(till, one.customer, 20)
        assert set(await till.push()) == {"applied"}
        sent(books, clock)
        assert (points(books, clock, one), points(books, clock, second)) == (200, 0)
        reply = await act(till, "unmerge", one.customer, other=second.customer)
        assert reply.row is not None
        assert (reply.row.value, reply.row.visits) == (1_200, 2)
        sent(books, clock)
        told = await rows(till)
        back = told[second.customer]
        assert (back.name, back.value, back.visits, back.merged_into) == ("Sara Lind", 800, 2, "")
        assert [each.channel for each in back.contacts] == ["web"]
        assert (points(books, clock, one), points(books, clock, second)) == (120, 80)

    play(database, clock, story)


def test_points_that_a_till_may_still_spend_stay_until_it_lets_them_go(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        one, second = await two(till, books, clock)
        right = new_id()
        earned(till, second.customer, 30, right=right)
        await till.push()
        await act(till, "merge", one.customer, other=second.customer)
        assert points(books, clock, one) == 150
        assert accounts.account_of(books, "points", second.customer) == (30, 0)
        assert await till.tell(GrantReleased, right=right, left=30, reason="end") == ["applied"]
        assert tending.move_late(books, clock.now()) == 1
        assert (points(books, clock, one), points(books, clock, second)) == (180, 0)

    play(database, clock, story)


def test_what_was_spent_meanwhile_does_not_come_back(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        one, second = await two(till, books, clock)
        await act(till, "merge", one.customer, other=second.customer)
        spent = {"kind": "points", "account": one.customer}
        right = await till.value("/v1/grants", 130, **spent)
        used = {**spent, "amount": 130, "right": right.id, "of": new_id()}
        assert await till.tell(RightUsed, **used) == ["applied"]
        assert points(books, clock, one) == 20
        await act(till, "unmerge", one.customer, other=second.customer)
        assert (points(books, clock, one), points(books, clock, second)) == (0, 20)

    play(database, clock, story)


@pytest.mark.parametrize("first", ["inner", "outer"])
def test_of_three_who_were_merged_each_gets_back_what_is_theirs(
    database: Database, books: Connection, clock: HandClock, first: str
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        one, second = await two(till, books, clock)
        third = await entered(till, other(name="Somebody"))
        earned(till, third.customer, 7)
        await till.push()
        await act(till, "merge", one.customer, other=second.customer)
        await act(till, "merge", third.customer, other=one.customer)
        three = (one, second, third)
        assert [points(books, clock, each) for each in three] == [0, 0, 157]
        splits = [(one, second), (third, one)]
        for kept, gone in splits if first == "inner" else reversed(splits):
            reply = await act(till, "unmerge", kept.customer, other=gone.customer)
            assert reply.state == "DONE"
            if (first, kept) == ("inner", one):
                assert [points(books, clock, each) for each in three] == [0, 50, 107]
                sent(books, clock)
                assert (await rows(till))[third.customer].points == 107
        assert [points(books, clock, each) for each in three] == [100, 50, 7]
        sent(books, clock)
        told = await rows(till)
        assert [told[each.customer].points for each in three] == [100, 50, 7]

    play(database, clock, story)


def test_of_a_long_line_of_merges_everybody_is_erased(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        line = [(await entered(till, CustomerFields(name="Nobody Here"))).customer]
        for _ in range(54):
            line.append((await entered(till, CustomerFields(name="Nobody Here"))).customer)
            assert (await act(till, "merge", line[-1], other=line[-2])).state == "DONE"
        assert people.root_of(books, line[0]) == line[-1]
        assert (await act(till, "erase", line[0])).state == "DONE"
        told = [people.find(books, each) for each in line]
        assert all(each is not None and each.erased for each in told)

    play(database, clock, story)


def test_who_is_split_off_takes_nothing_of_somebody_elses(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        one, second = await two(till, books, clock)
        third = await entered(till, other(name="Somebody"))
        earned(till, third.customer, 700)
        await till.push()
        await act(till, "merge", one.customer, other=second.customer)
        spent = {"kind": "points", "account": one.customer}
        right = await till.value("/v1/grants", 130, **spent)
        await till.tell(RightUsed, **spent, amount=130, right=right.id, of=new_id())
        await act(till, "merge", third.customer, other=one.customer)
        await act(till, "unmerge", one.customer, other=second.customer)
        assert (points(books, clock, third), points(books, clock, second)) == (700, 20)

    play(database, clock, story)


def test_a_merge_of_long_ago_stays(database: Database, books: Connection, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        one, second = await two(till, books, clock)
        await act(till, "merge", one.customer, other=second.customer)
        clock.forward(days=30, seconds=1)
        reply = await act(till, "unmerge", one.customer, other=second.customer)
        assert (reply.state, reply.why) == ("REFUSED", "merge_too_old")
        person = people.find(books, second.customer)
        assert person is not None
        assert person.merged_into == one.customer

    play(database, clock, story)


def test_contacts_that_a_till_took_away_or_added_stay_whose_they_are(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        one = await entered(till)
        phone = (Contact("phone", "+358409990000", "web"), Contact("email", "s@web.example", "web"))
        second = await entered(till, other(contacts=phone))
        merged = await act(till, "merge", one.customer, other=second.customer)
        assert merged.row is not None
        assert len(merged.row.contacts) == 4
        more = Contact("card", "HF77", "store")
        left = tuple(each for each in merged.row.contacts if each.value != "s@web.example")
        saved = await act(
            till,
            "save",
            one.customer,
            base=merged.row.version,
            fields=CustomerFields(contacts=(*left, more)),
        )
        assert saved.row is not None
        assert {each.value for each in saved.row.contacts} == {each.value for each in (*left, more)}
        apart = await act(till, "unmerge", one.customer, other=second.customer)
        assert apart.row is not None
        assert "HF77" in {each.value for each in apart.row.contacts}
        theirs = people.find(books, second.customer)
        assert theirs is not None
        assert [each.value for each in theirs.who.contacts] == ["+358409990000"]

    play(database, clock, story)
