"""Receipts by mail: asked for at a till, sent once by a real server of mail, whatever it says first."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from pos_app.domain.errors import Refused
from sync.hub.answers import SystemClock
from sync.hub.customers import mail_settings, mailing, posting
from sync.hub.customers.mail_settings import PLAIN, Settings
from sync.hub.customers.mailing import Letter
from sync.hub.database import Connection, Database
from sync.hub.identity import value_of
from sync.protocol import Contact
from tests.hub.customers.people_at import MAIL, act, bought, entered, sara
from tests.hub.customers.post_office import PostOffice, post_office
from tests.hub.processes import serving
from tests.hub.righting import joined, new_id
from tests.hub.tills import HandClock, play


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as opened:
        yield opened


def settings(office: PostOffice, **said: object) -> Settings:
    parts = {"host": "127.0.0.1", "port": office.port, "way": PLAIN, "sender": "shop@shop.example"}
    return Settings(**(parts | said))  # type: ignore[arg-type]


def set_up(books: Connection, office: PostOffice, **said: object) -> None:
    with books.transaction():
        mail_settings.put(books, settings(office, **said))


def deliver(books: Connection, clock: HandClock) -> int:
    """Sends what is due now; how many were tried."""
    count = 0
    while posting.one(books, clock):
        count += 1
    return count


def states(books: Connection) -> list[tuple[str, int]]:
    return [(one["state"], one["tries"]) for one in mailing.listed(books)]


@pytest.mark.both_engines
def test_a_receipt_is_mailed_once_with_what_the_till_would_have_printed(
    database: Database, books: Connection, clock: HandClock, office: PostOffice
) -> None:
    set_up(books, office, name="Test Store", reply_to="ask@shop.example")

    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await entered(till)
        sale = bought(till, row.customer)
        own = new_id()
        for _ in range(2):
            said = {"about": sale.id, "state": "HFR1.signed-by-the-till"}
            reply = await act(till, "mail_receipt", row.customer, id=own, **said)
            assert (reply.state, reply.why) == ("DONE", "")
        assert deliver(books, clock) == 1
        assert office.letters == []  # its sale is not here yet
        assert await till.push() == ["applied"]
        clock.forward(minutes=1)
        assert deliver(books, clock) == 1
        assert deliver(books, clock) == 0
        (letter,) = office.letters
        assert office.to == [MAIL]
        assert letter["From"] == "Test Store <shop@shop.example>"
        assert (letter["To"], letter["Reply-To"]) == (MAIL, "ask@shop.example")
        assert sale.doc_no in letter["Subject"]
        assert letter["List-Unsubscribe"] is None
        plain, html = (part.get_content() for part in letter.iter_parts())
        for text in (plain, html):
            assert sale.doc_no in text
            assert "Article A1" in text
            assert "10,00" in text
        assert html.startswith("<!DOCTYPE html>")
        assert "<svg" in html

    play(database, clock, story)
    assert states(books) == [("sent", 2)]
    assert books.text("SELECT sealed FROM mail_outbox") == [("",)]


def test_an_address_that_was_said_needs_no_customer(
    database: Database, books: Connection, clock: HandClock, office: PostOffice
) -> None:
    set_up(books, office)

    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        sale = bought(till, "")
        await till.push()
        reply = await act(till, "mail_receipt", about=sale.id, text="Anna@Example.org")
        assert reply.state == "DONE"
        for text, why in (("nobody", "mail_address_bad"), ("", "mail_address_missing")):
            refused = await act(till, "mail_receipt", about=sale.id, text=text)
            assert refused.why == why
        deliver(books, clock)
        assert office.to == ["anna@example.org"]

    play(database, clock, story)


def waiting(books: Connection, clock: HandClock, **said: str) -> None:
    with books.transaction():
        letter = Letter(said.pop("to", MAIL), **said)
        mailing.queue(books, new_id(), mailing.TRIAL, letter, clock.now())


@pytest.mark.parametrize(
    "refused", [("CONNECT", 421), ("CONNECT", 1), ("RCPT", 450), ("DATA", 451)]
)
def test_what_fails_for_now_is_tried_again_later_each_time(
    books: Connection, clock: HandClock, office: PostOffice, refused: tuple[str, int]
) -> None:
    set_up(books, office)
    waiting(books, clock)
    for pause in (60, 120, 240):
        office.refusing.append(refused)
        assert deliver(books, clock) == 1
        clock.forward(seconds=pause - 1)
        assert deliver(books, clock) == 0
        clock.forward(seconds=1)
    assert deliver(books, clock) == 1
    assert len(office.letters) == 1
    assert states(books) == [("sent", 4)]


def test_what_never_will_be_taken_is_given_up_and_emptied(
    books: Connection, clock: HandClock, office: PostOffice
) -> None:
    set_up(books, office)
    waiting(books, clock)
    office.refusing.append(("RCPT", 550))
    assert deliver(books, clock) == 1
    clock.forward(days=1)
    assert deliver(books, clock) == 0
    (told,) = mailing.listed(books)
    assert (told["state"], told["detail"]) == ("refused", "the address was refused")
    assert MAIL not in json.dumps(told)


def test_after_five_days_nobody_tries_any_more(
    books: Connection, clock: HandClock, office: PostOffice
) -> None:
    set_up(books, office)
    waiting(books, clock)
    clock.forward(days=5, seconds=1)
    office.refusing.append(("CONNECT", 421))
    deliver(books, clock)
    assert states(books) == [("refused", 1)]


def test_an_answer_that_was_lost_sends_the_same_message_under_the_same_id(
    books: Connection, clock: HandClock, office: PostOffice
) -> None:
    set_up(books, office)
    waiting(books, clock)
    office.refusing.append(("AFTER", 1))
    assert deliver(books, clock) == 1
    clock.forward(minutes=1)
    assert deliver(books, clock) == 1
    first, second = office.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert states(books) == [("sent", 2)]


EVIL = (
    "Sara\r\nBcc: all@example.org",
    "Sara\nSubject: mine",
    "Sara\r\n\r\nanother body",
    "=?utf-8?q?Sara=0D=0ABcc:_all?=",
    "==??utf-8?q?Sara=0D=0ABcc:_all?=",
    '"Sara" <x@y.z>, Mallory <m@example.org>;',
    "\u202eevil\u2028Bcc: x",
)


@pytest.mark.parametrize("evil", EVIL)
def test_no_name_of_a_shop_begins_another_header(
    database: Database, books: Connection, clock: HandClock, office: PostOffice, evil: str
) -> None:
    set_up(books, office)
    books.text("UPDATE store SET name = ?", (evil,))

    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        sale = bought(till, "")
        await till.push()
        await act(till, "mail_receipt", about=sale.id, text="a@example.org")
        assert deliver(books, clock) == 1
        harmless(office)

    play(database, clock, story)


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_begins_another_header(
    books: Connection, clock: HandClock, office: PostOffice, evil: str
) -> None:
    set_up(books, office, name=evil)
    waiting(books, clock)
    assert deliver(books, clock) == 1
    harmless(office)


def harmless(office: PostOffice) -> None:
    """One letter to one person, with each header once."""
    (raw,) = office.raw
    head, _, _body = raw.partition(b"\r\n\r\n")
    names = [line.split(b":")[0] for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
    assert b"Bcc" not in names
    assert names.count(b"Subject") == 1
    assert names.count(b"From") == 1
    assert names.count(b"Content-Type") == 1
    assert len(office.to) == 1
    (letter,) = office.letters
    assert [one.addr_spec for one in letter["From"].addresses] == ["shop@shop.example"]


@pytest.mark.parametrize(
    "evil", ["x@y.example\r\nRCPT TO:<z@y.example>", "a b@y.example", "a@b@c", "@y", "x@y,z@y"]
)
def test_no_address_is_two(books: Connection, evil: str, clock: HandClock) -> None:
    with pytest.raises(Refused, match="mail_address_bad"), books.transaction():
        mailing.send_receipt(books, "m", "sale", evil, clock.now())


def test_the_password_stands_sealed_and_is_never_shown(
    books: Connection, office: PostOffice
) -> None:
    set_up(books, office, way="tls", user="shop", password="tr0ub4dor&3")
    kept = value_of(books, "mail")
    assert "tr0ub4dor" not in kept
    found = mail_settings.load(books)
    assert found is not None
    assert found.password == "tr0ub4dor&3"
    assert "tr0ub4dor" not in repr(found)
    with pytest.raises(Refused, match="mail_password_in_clear"):
        set_up(books, office, user="shop", password="tr0ub4dor&3")


def test_an_export_is_mailed_to_the_person_alone(
    database: Database, books: Connection, clock: HandClock, office: PostOffice
) -> None:
    set_up(books, office)

    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await entered(till)
        assert (await act(till, "export", row.customer)).state == "DONE"
        unreachable = await entered(till, sara(contacts=(Contact("phone", "+43123456", ""),)))
        assert (await act(till, "export", unreachable.customer)).why == "mail_address_missing"
        deliver(books, clock)
        (letter,) = office.letters
        (attached,) = letter.iter_attachments()
        told = json.loads(attached.get_content())
        assert told["customer"]["name"] == "Sara Lindqvist"
        assert letter["To"] == MAIL

    play(database, clock, story)


def test_a_hub_that_serves_sends_what_waits(
    database: Database, books: Connection, office: PostOffice
) -> None:
    set_up(books, office)
    with books.transaction():
        mailing.queue(books, new_id(), mailing.TRIAL, Letter(MAIL), SystemClock().now())
    with serving(database):
        assert office.came.wait(60)
    assert office.to == [MAIL]
