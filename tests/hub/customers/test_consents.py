"""Consents: a ledger, of which the newest word holds; unknown stays unknown, a no ends a yes."""

from __future__ import annotations

import httpx
import pytest

from sync.hub.customers import book, consents, merging, people
from sync.hub.database import Connection, Database
from sync.protocol import Consent, ConsentNoted
from tests.hub.customers.people_at import act, entered, rows, sara, sent
from tests.hub.righting import joined, new_id
from tests.hub.tills import HandClock, play

MORNING, NOON, NIGHT = (f"2026-11-24T{hour}:00:00.000Z" for hour in ("08", "12", "20"))


def said(state: str, at: str, purpose: str = "email_offers", source: str = "till 1") -> Consent:
    return Consent(purpose, state, at, source)


def person(books: Connection, clock: HandClock) -> str:
    with books.transaction():
        made, _ = book.save(books, new_id(), sara(), clock.now(), store="1")
    return made.customer


def note(books: Connection, clock: HandClock, customer: str, *all_said: Consent) -> list[bool]:
    with books.transaction():
        return [consents.note(books, customer, one, new_id(), clock.now()) for one in all_said]


def state(books: Connection, customer: str, purpose: str = "email_offers") -> str:
    return consents.state(books, people.one_with(books, customer), purpose)


@pytest.mark.parametrize(
    ("told", "holds"),
    [
        ((), "unknown"),
        ((said("yes", NOON),), "yes"),
        ((said("yes", NOON), said("no", NIGHT)), "no"),
        ((said("no", NIGHT), said("yes", NOON)), "no"),
        ((said("no", MORNING), said("yes", NOON)), "yes"),
        ((said("yes", NOON), said("no", NOON)), "no"),
        ((said("yes", NOON), said("later", NIGHT)), "later"),
        ((said("perhaps", NOON),), "unknown"),
        ((said("yes", NOON, "reading_minds"),), "unknown"),
    ],
)
def test_the_newest_word_holds_and_of_two_the_stricter(
    books: Connection, clock: HandClock, told: tuple[Consent, ...], holds: str
) -> None:
    customer = person(books, clock)
    note(books, clock, customer, *told)
    assert state(books, customer) == holds
    assert state(books, customer, "tips") == "unknown"


def test_a_clock_that_is_ahead_says_nothing_that_cannot_be_taken_back(
    books: Connection, clock: HandClock
) -> None:
    customer = person(books, clock)
    note(books, clock, customer, said("yes", "2031-01-01T00:00:00.000Z"))
    clock.forward(minutes=1)
    note(books, clock, customer, said("no", "2026-11-25T09:01:00.000Z"))
    assert state(books, customer) == "no"


def test_the_same_word_is_kept_once(books: Connection, clock: HandClock) -> None:
    customer = person(books, clock)
    assert note(books, clock, customer, said("yes", NOON), said("yes", NOON)) == [True, False]


def test_of_two_who_are_one_the_stricter_holds_until_they_say_more(
    books: Connection, clock: HandClock
) -> None:
    one, other = person(books, clock), person(books, clock)
    note(books, clock, one, said("yes", NIGHT))
    note(books, clock, other, said("no", MORNING), said("yes", NOON, "tips"))
    with books.transaction():
        merging.merge(books, one, other, clock.now())
    assert (state(books, one), state(books, one, "tips")) == ("no", "yes")
    clock.forward(hours=1)
    note(books, clock, one, said("yes", "2026-11-25T10:00:00.000Z"))
    assert state(books, one) == "yes"
    with books.transaction():
        merging.unmerge(books, one, other, clock.now())
    assert (state(books, one), state(books, one, "tips")) == ("yes", "unknown")
    assert state(books, other) == "no"


def test_what_is_said_at_a_till_is_a_fact_and_reaches_the_others(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await entered(till, consents=(said("no", NOON, "calls"),))
        assert [(each.purpose, each.state) for each in row.consents] == [("calls", "no")]
        told = {"customer": row.customer, "purpose": "tips", "state": "yes", "text": "tips-1"}
        assert await till.tell(ConsentNoted, **told) == ["applied"]
        sent(books, clock)
        held = {each.purpose: each for each in (await rows(till))[row.customer].consents}
        assert (held["tips"].state, held["tips"].source, held["tips"].text) == (
            "yes",
            "till 1",
            "tips-1",
        )
        again = await act(till, "save", row.customer, consents=(said("no", NOON, "calls"),))
        assert again.state == "DONE"

    play(database, clock, story)
    assert books.text("SELECT count(*) FROM customer_consent") == [(2,)]
