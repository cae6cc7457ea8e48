"""Customers at the hub: entered by tills, sealed, found in all stores, changed by two at once."""

from __future__ import annotations

import httpx
import pytest

from sync.hub.customers import book, people, vault
from sync.hub.customers.book import Group
from sync.hub.database import Connection, Database
from sync.protocol import Contact, CustomerFields
from tests.hub.customers.people_at import (
    MAIL,
    PHONE,
    act,
    bought,
    entered,
    found,
    rows,
    sara,
    sent,
)
from tests.hub.righting import joined, new_id, second_store
from tests.hub.tills import HandClock, play, problem


def test_who_is_entered_at_a_till_is_known_to_the_store_and_sealed(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await entered(till)
        assert (row.name, row.member, row.since) == ("Sara Lindqvist", True, "2026-11-25")
        assert [one.value for one in row.contacts] == [MAIL, PHONE]
        assert sent(books, clock) == 1
        assert await rows(till) == {row.customer: row}
        bought(till, row.customer)
        assert await till.push() == ["applied"]
        sent(books, clock)
        told = (await rows(till))[row.customer]
        assert (told.visits, told.value, told.basket) == (1, 1_000, 1_000)
        assert told.favourite_store == "Test Store"
        assert told.version > row.version

    play(database, clock, story)
    books.text("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = database.path.read_bytes()
    for secret in (b"Sara", b"sara", b"Lindqvist", b"lindqvist", b"401234410", MAIL.encode()):
        assert secret not in whole, secret


def test_a_question_that_is_asked_twice_is_one(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        own, customer = new_id(), new_id()
        first = await act(till, "save", customer, id=own, fields=sara())
        again = await act(till, "save", customer, id=own, fields=sara())
        assert (again.state, again.row) == ("DONE", first.row)
        other = await till.post(
            "/v1/customers", id=own, act="save", customer=customer, fields={"name": "Else"}
        )
        assert problem(other) == "id_reused"
        note = new_id()
        for _ in range(2):
            await act(till, "note", customer, id=note, text="Likes the window seat.")
        assert books.text("SELECT count(*) FROM customer_note") == [(1,)]

    play(database, clock, story)


@pytest.mark.both_engines
def test_what_two_changed_stays_as_the_hub_has_it_and_is_named(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        one = await joined(client, clock, database)
        two = await joined(client, clock, database, "2")
        row = await entered(one)
        base = row.version
        await act(one, "save", row.customer, base=base, fields=CustomerFields(name="Sara L."))
        late = await act(
            two,
            "save",
            row.customer,
            base=base,
            fields=CustomerFields(name="Sarah Lindqvist", birthday="03-07"),
        )
        assert late.kept == ("name",)
        assert late.row is not None
        assert (late.row.name, late.row.birthday) == ("Sara L.", "03-07")
        seen = await act(
            two,
            "save",
            row.customer,
            base=late.row.version,
            fields=CustomerFields(name="Sarah Lindqvist"),
        )
        assert seen.kept == ()
        assert seen.row is not None
        assert seen.row.name == "Sarah Lindqvist"

    play(database, clock, story)


@pytest.mark.both_engines
def test_all_stores_find_somebody_by_what_they_say(
    database: Database, books: Connection, clock: HandClock
) -> None:
    second_store(books)

    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        card = Contact("card", "hf 2041 77")
        row = await entered(till, sara(contacts=(*(sara().contacts or ()), card)))
        away = await joined(client, clock, database, "2")
        with books.transaction():
            books.text("UPDATE device SET store_id = '2' WHERE device = ?", (away.device,))
        by = ["SARA.LINDQVIST@example.org", "+358 40 123 4410", "lindqv", "sara lind", "HF204177"]
        for text in by:
            assert [one.customer for one in await found(away, text=text)] == [row.customer], text
        assert [one.customer for one in await found(away, code="HF 2041 77")] == [row.customer]
        for text in ("sa", "", "lindqvist anna", "4410", "sara.lindqvist@example.com"):
            assert await found(away, text=text) == [], text
        assert books.text("SELECT store_id FROM customer_store ORDER BY 1") == [("1",), ("2",)]

    play(database, clock, story)


def test_nobody_goes_through_all_customers(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        answers = []
        for number in range(60):
            body = f'{{"text":"person{number}"}}'.encode()
            answers.append(await till.till.send("POST", "/v1/customers/find", body))
        codes = [answer.status_code for answer in answers]
        assert codes == [200] * 40 + [429] * 20
        assert problem(answers[-1]) == "slow_down"
        clock.forward(seconds=61)
        assert await found(till, text="person") == []

    play(database, clock, story)


def test_a_store_that_has_nothing_to_do_with_somebody_does_nothing_to_them(
    database: Database, books: Connection, clock: HandClock
) -> None:
    second_store(books)

    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await entered(till)
        away = await joined(client, clock, database, "2")
        with books.transaction():
            books.text("UPDATE device SET store_id = '2' WHERE device = ?", (away.device,))
        refused = await act(away, "note", row.customer, text="Seen?")
        assert (refused.state, refused.why) == ("REFUSED", "customer_not_here")
        unknown = await act(away, "note", new_id(), text="Seen?")
        assert (unknown.state, unknown.why) == ("REFUSED", "customer_unknown")
        await found(away, customer=row.customer)
        assert (await act(away, "note", row.customer, text="Seen.")).state == "DONE"

    play(database, clock, story)


def test_groups_give_a_price_list(database: Database, books: Connection, clock: HandClock) -> None:
    with books.transaction():
        book.put_group(books, Group("staff", "Staff", "staff-prices"))

    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await entered(till, sara(groups=("staff",)))
        assert (row.groups, row.price_list) == (("staff",), "staff-prices")
        refused = await act(
            till, "save", row.customer, base=row.version, fields={"groups": ["unheard"]}
        )
        assert refused.why == "group_unknown"

    play(database, clock, story)
    assert [one.group_id for one in book.groups(books)] == ["staff"]


def test_without_the_hubs_key_nobody_can_be_read_or_looked_for(
    database: Database, books: Connection, clock: HandClock
) -> None:
    with books.transaction():
        person, _ = book.save(books, new_id(), sara(), clock.now(), store="1")
    assert people.find(books, person.customer) == person
    key = database.path.with_name(database.path.name + ".key")
    held = key.read_text()
    key.unlink()
    alone = people.find(books, person.customer)
    assert alone is not None
    assert alone.who == people.NOBODY
    assert book.of_contact(books, "email", MAIL) == ()
    assert vault.opened(books) is None
    key.write_text(held)
    assert book.of_contact(books, "email", MAIL) == (person.customer,)


def test_telephone_numbers_have_one_spelling() -> None:
    from sync.hub.customers.contacts import phone

    said = ("+43 (0)1 234 56 78", "0043 1 2345678", "01 / 234 56 78")
    assert {phone(text, "AT") for text in said} == {"+4312345678"}
    arabic = "".join(chr(0x660 + int(sign)) for sign in "012345678")
    assert phone(arabic, "AT") == "+4312345678"
    assert phone("06 1234 5678", "IT") == "+390612345678"
    assert phone("040 1234", "") == "0401234"
    assert phone("12") == ""
    assert phone("call me") == ""
