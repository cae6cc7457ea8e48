"""Orders of all channels find their customer, or make a guest; nobody is taken for somebody else."""

from __future__ import annotations

import dataclasses

import pytest

from sync.hub.channels.canonical import ChannelConsent, ChannelCustomer
from sync.hub.customers import book, consents, feeding, people
from sync.hub.database import Connection
from sync.hub.orders import kept
from sync.protocol import Consent, Contact, CustomerRow
from tests.hub.customers.people_at import MAIL, PHONE, sara
from tests.hub.orders.ordering import later, order, stocked, took
from tests.hub.righting import new_id
from tests.hub.tills import HandClock


@pytest.fixture(autouse=True)
def goods(books: Connection, clock: HandClock) -> None:
    stocked(books, clock, A1=50)


def held(books: Connection, clock: HandClock) -> str:
    with books.transaction():
        person, _ = book.save(books, new_id(), sara(), clock.now(), store="1")
    return person.customer


def whose(books: Connection, external: str) -> str:
    rows = books.text("SELECT customer FROM customer_order WHERE external_id = ?", (external,))
    return str(rows[0][0])


def row(books: Connection, clock: HandClock, customer: str) -> CustomerRow:
    found = book.row(books, customer, clock.now())
    assert found is not None
    return found


def ordered(
    books: Connection, clock: HandClock, external: str, who: ChannelCustomer, **said: object
) -> str:
    took(books, order(external_id=external, customer=who, **said), clock)
    return whose(books, external)


@pytest.mark.both_engines
def test_the_same_mail_is_the_same_person_and_the_shop_adds_what_it_knows(
    books: Connection, clock: HandClock
) -> None:
    customer = held(books, clock)
    who = ChannelCustomer(MAIL.upper(), "+358 50 999 8877", "S. Lindqvist", "c-7")
    assert ordered(books, clock, "1", who) == customer
    told = row(books, clock, customer)
    assert told.name == "Sara Lindqvist"
    assert {(one.kind, one.value) for one in told.contacts} == {
        ("email", MAIL),
        ("phone", PHONE),
        ("phone", "+358509998877"),
        ("shop", "c-7"),
    }
    assert (told.visits_web, told.value, told.favourite_channel) == (1, 1_000, "web")
    # By the shop's own number alone, also under another address.
    assert ordered(books, clock, "2", ChannelCustomer("new@example.org", "", "", "c-7")) == customer


def test_a_stranger_is_a_guest_and_the_next_order_is_theirs(
    books: Connection, clock: HandClock
) -> None:
    who = ChannelCustomer("ada@example.org", "01 234 56 78", "Ada L.")
    guest = ordered(books, clock, "1", who)
    told = row(books, clock, guest)
    assert (told.guest, told.name) == (True, "Ada L.")
    assert {one.value for one in told.contacts} == {"ada@example.org", "+4312345678"}
    assert ordered(books, clock, "2", who) == guest
    with books.transaction():
        book.save(books, guest, sara(name="Ada Lovelace"), clock.now(), base=told.version)
    assert not row(books, clock, guest).guest


def test_a_telephone_of_a_household_makes_two_people_of_two(
    books: Connection, clock: HandClock
) -> None:
    customer = held(books, clock)
    other = ordered(books, clock, "1", ChannelCustomer("", PHONE, "Mikko Lindqvist"))
    assert other not in ("", customer)
    assert ordered(books, clock, "2", ChannelCustomer("", PHONE, "Sara L.")) == customer
    assert ordered(books, clock, "3", ChannelCustomer("", PHONE, "Mikko L.")) == other


def test_an_order_that_says_nobody_is_nobodys(books: Connection, clock: HandClock) -> None:
    assert ordered(books, clock, "1", ChannelCustomer(name="Ada")) == ""
    assert books.text("SELECT count(*) FROM customer") == [(0,)]


def test_what_they_agreed_to_at_the_checkout_is_kept_with_its_time(
    books: Connection, clock: HandClock
) -> None:
    who = ChannelCustomer(MAIL, "", "Sara", "c-7")
    said = ChannelConsent("yes", "unknown", "2026-11-24T10:00:00.000Z", "checkout")
    customer = ordered(books, clock, "1", who, consent=said)
    told = row(books, clock, customer).consents
    assert [(one.purpose, one.state, one.at, one.source) for one in told] == [
        ("email_offers", "yes", "2026-11-24T10:00:00.000Z", "checkout")
    ]
    with books.transaction():
        no = Consent("email_offers", "no", "2026-11-25T08:00:00.000Z")
        consents.note(books, customer, no, "till", clock.now())
    # The shop repeats the old yes with the next order: it is older than the no.
    ordered(books, clock, "2", who, consent=said)
    assert consents.state(books, (customer,), "email_offers") == "no"


def test_who_is_told_only_later_is_known_then(books: Connection, clock: HandClock) -> None:
    first = order(customer=ChannelCustomer())
    took(books, first, clock)
    assert whose(books, "1") == ""
    took(books, later(first, customer=ChannelCustomer(MAIL, "", "Sara")), clock)
    assert whose(books, "1") == book.of_contact(books, "email", MAIL)[0]


def test_the_stores_that_do_an_order_know_whose_it_is(books: Connection, clock: HandClock) -> None:
    customer = ordered(books, clock, "1", ChannelCustomer(MAIL, "", "Sara"))
    assert feeding.stores_of(books, customer) == {"1": 0}
    feeding.send(books, clock.now())
    assert feeding.stores_of(books, customer)["1"] > 0


def test_a_hub_whose_secrets_have_no_key_takes_orders_all_the_same(
    books: Connection, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_SECRETS_KEY", "no key at all")
    assert ordered(books, clock, "1", ChannelCustomer(MAIL, "", "Sara")) == ""


def test_a_contact_alone_is_known_or_made(books: Connection, clock: HandClock) -> None:
    with books.transaction():
        first = book.known(books, "email", "Ada@Example.org", "web", now=clock.now())
        again = book.known(books, "email", "ada@example.org", "app", now=clock.now())
        nothing = book.known(books, "email", "no address", "web", now=clock.now())
    assert (first == again, nothing) == (True, "")
    person = people.find(books, first)
    assert person is not None
    assert person.who.contacts == (Contact("email", "ada@example.org", "web"),)


def test_what_an_order_comes_to_is_told_again_when_its_money_moves(
    books: Connection, clock: HandClock
) -> None:
    customer = ordered(books, clock, "1", ChannelCustomer(MAIL, "", "Sara"))
    feeding.send(books, clock.now())
    assert not feeding.is_due(books)
    whole = kept.find_external(books, "web", "1")
    assert whole is not None
    with books.transaction():
        kept.put(books, dataclasses.replace(whole, returned=400))
    assert feeding.is_due(books)
    feeding.send(books, clock.now())
    assert row(books, clock, customer).value == 600
