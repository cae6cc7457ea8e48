"""Somebody is erased: nothing of them is left, at the tills that were away neither, nor after a restore."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import msgspec
import pytest

from pos_app.domain.errors import Refused
from sync.hub import accounts, snapshots, verifying
from sync.hub.answers import RandomIds
from sync.hub.backups import backup, restore
from sync.hub.channels.canonical import ChannelConsent, ChannelCustomer
from sync.hub.customers import book, erasures, mailing, people, privacy, tending
from sync.hub.database import Connection, Database
from sync.protocol import Consent, ConsentNoted, Contact, CustomerRow
from tests.hub.customers.people_at import (
    MAIL,
    PHONE,
    act,
    bought,
    earned,
    entered,
    found,
    moments,
    rows,
    sara,
    sent,
)
from tests.hub.orders.ordering import order, stocked, took
from tests.hub.righting import Asking, joined, new_id
from tests.hub.tills import HandClock, play

SECRETS = ("Sara", "Lindqvist", MAIL, PHONE, "401234410", "window seat", "wants it in blue")


def nothing_left(database: Database, books: Connection) -> None:
    kept = books.text("SELECT DISTINCT sealed, told, fields FROM customer WHERE erased <> ''")
    assert kept == [("", "", "")]
    books.text("PRAGMA wal_checkpoint(TRUNCATE)")
    for table in [
        name for (name,) in books.text("SELECT name FROM sqlite_master WHERE type='table'")
    ]:
        text = repr(books.text(f"SELECT * FROM {table}")).casefold()
        for secret in SECRETS:
            assert secret.casefold() not in text, (table, secret)


async def everything(till: Asking, books: Connection, clock: HandClock) -> CustomerRow:
    """Sara, known in every way there is."""
    row = await entered(till, consents=(Consent("tips", "yes", "2026-11-25T08:00:00.000Z"),))
    await act(till, "note", row.customer, text="Likes the window seat.")
    await act(till, "support", row.customer, text="She wants it in blue", about="sale-1")
    bought(till, row.customer)
    await till.push()
    sent(books, clock)
    return row


def test_an_export_has_everything(database: Database, books: Connection, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await everything(till, books, clock)
        told = json.loads(msgspec.json.encode(privacy.export(books, row.customer, clock.now())))
        assert told["customer"]["name"] == "Sara Lindqvist"
        assert [one["text"] for one in told["notes"]] == ["Likes the window seat."]
        assert [one["text"] for one in told["requests"]] == ["She wants it in blue"]
        assert [one["purpose"] for one in told["consents"]] == ["tips"]
        assert {one["kind"] for one in told["history"]} == {"sale", "note", "support", "consent"}
        assert list(told) == [
            *("made", "customer", "ids", "consents", "notes", "requests", "merges", "orders"),
            *("looked_for", "history"),
        ]

    play(database, clock, story)


def test_nothing_is_left_but_the_id_and_the_journal_verifies(
    database: Database, books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=5)
    done = order(
        customer=ChannelCustomer(MAIL, PHONE, "Sara Lindqvist", "c-7"),
        consent=ChannelConsent("yes", "no"),
        state="completed",
    )

    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await everything(till, books, clock)
        took(books, done, clock)
        assert books.text("SELECT customer FROM customer_order") == [(row.customer,)]
        with books.transaction():
            mailing.send_receipt(books, "m", "sale", "", clock.now(), customer=row.customer)
        sent(books, clock)
        assert snapshots.make(database, "store:1", clock) is not None
        body = await manifest(till)
        assert b"Lindqvist" in body
        reply = await act(till, "erase", row.customer, by="7")
        assert (reply.state, reply.why) == ("DONE", "")
        assert "invoices stay" in reply.text
        assert reply.row == CustomerRow(row.customer, reply.row.version, erased=True)  # type: ignore[union-attr]
        assert (await rows(till))[row.customer].erased
        assert await found(till, text=MAIL) == []
        assert await found(till, customer=row.customer) == []
        assert await moments(till, row.customer) == []
        assert b"Lindqvist" not in await manifest(till)

    play(database, clock, story)
    nothing_left(database, books)
    assert verifying.verify(books).findings == []
    assert books.text("SELECT count(*) FROM event WHERE type = 'customer_erased'") == [(1,)]


def test_who_was_proposed_as_the_same_person_is_not_named_there_any_more(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await everything(till, books, clock)
        mail = (Contact("email", MAIL, "web", verified=True),)
        other = await entered(till, sara(name="Anna", contacts=mail))
        sent(books, clock)
        assert [one.name for one in (await rows(till))[other.customer].proposals] == [row.name]
        assert snapshots.make(database, "store:1", clock) is not None
        await act(till, "erase", row.customer)
        assert (await rows(till))[other.customer].proposals == ()
        assert b"Lindqvist" not in await manifest(till)
        sent(books, clock)
        assert (await rows(till))[other.customer].proposals == ()

    play(database, clock, story)


async def manifest(till: Asking) -> bytes:
    """All pieces of the store's snapshot, as a till that begins would fetch them."""
    told = await till.till.send("GET", "/v1/snapshots/store:1")
    assert told.status_code == 200, told.text
    whole = b""
    for chunk in json.loads(told.content)["chunks"]:
        piece = await till.till.send("GET", f"/v1/snapshots/store:1/chunks/{chunk[5]}")
        assert piece.status_code == 200
        whole += snapshots.unpacked(piece.content)
    return whole


def test_a_till_that_was_away_hears_of_it_and_what_it_still_says_comes_to_nothing(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        one = await joined(client, clock, database)
        two = await joined(client, clock, database, "2")
        row = await everything(one, books, clock)
        assert (await rows(two))[row.customer].name == "Sara Lindqvist"
        await act(one, "erase", row.customer)
        clock.forward(days=20)
        for late in ("save", "note"):
            said = {"fields": sara()} if late == "save" else {"text": "Sara called"}
            refused = await act(two, late, row.customer, base=row.version, **said)
            assert refused.why == "customer_erased"
        told = {"customer": row.customer, "purpose": "tips", "state": "yes"}
        assert await two.tell(ConsentNoted, **told) == ["applied"]
        bought(two, row.customer)
        assert await two.push() == ["applied"]
        assert (await rows(two))[row.customer].erased
        assert books.text("SELECT count(*) FROM customer_consent") == [(0,)]
        assert books.text("SELECT count(*) FROM customer_document") == [(0,)]

    play(database, clock, story)
    nothing_left(database, books)


@pytest.mark.both_engines
def test_values_are_told_first_and_let_go_or_moved(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await entered(till)
        earned(till, row.customer, 70)
        earned(till, row.customer, 2_500, kind="credit")
        await till.push()
        refused = await act(till, "erase", row.customer)
        assert (refused.state, refused.why) == ("REFUSED", "customer_has_value")
        with pytest.raises(Refused, match="customer_has_value") as told, books.transaction():
            privacy.erase(books, row.customer, clock.now(), cause="asked")
        assert told.value.facts == {"points": 70, "credit": 2_500}
        with books.transaction():
            done = privacy.erase(
                books, row.customer, clock.now(), cause="asked", forfeit=True, to_code="slip-1"
            )
        assert (done.moved, done.forfeited) == (2_500, (("points", 70),))
        assert accounts.available(books, "credit", "slip-1", clock.now()) == 2_500
        for kind in ("points", "credit"):
            assert accounts.available(books, kind, row.customer, clock.now()) == 0

    play(database, clock, story)


def test_who_waits_for_goods_is_not_erased(books: Connection, clock: HandClock) -> None:
    stocked(books, clock, A1=5)
    took(books, order(customer=ChannelCustomer(MAIL, "", "Sara", "c-7")), clock)
    (customer,) = book.of_contact(books, "email", MAIL)
    with pytest.raises(Refused, match="customer_has_orders") as told, books.transaction():
        privacy.erase(books, customer, clock.now(), cause="asked")
    assert told.value.facts == {"orders": "W-1"}


def test_after_a_restore_nobody_is_back(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    books = database.connect(write=True)
    with books.transaction():
        kept, _ = book.save(books, new_id(), sara(), clock.now(), store="1")
        stays, _ = book.save(books, new_id(), sara(contacts=()), clock.now(), store="1")
    assert backup(database, tmp_path / "copy", clock.now()).verdict.whole
    with books.transaction():
        privacy.erase(books, kept.customer, clock.now(), cause="asked", by="mira")
    books.close()
    done = restore(database, tmp_path / "copy", clock.now(), RandomIds())
    assert done.erased == 1
    books = database.connect(write=True)
    back, other = people.find(books, kept.customer), people.find(books, stays.customer)
    assert back is not None
    assert other is not None
    assert (back.erased != "", back.who.name) == (True, "")
    assert other.who.name == "Sara Lindqvist"
    assert book.of_contact(books, "email", MAIL) == ()
    assert books.text("SELECT by, cause FROM customer_erased") == [("mira", "asked")]
    assert verifying.verify(books).findings == []
    assert privacy.replay(database, clock.now()) == 0
    books.close()


def test_a_hub_that_was_put_back_by_other_means_erases_before_it_answers(
    database: Database, clock: HandClock
) -> None:
    books = database.connect(write=True)
    with books.transaction():
        kept, _ = book.save(books, new_id(), sara(), clock.now(), store="1")
    erasures.note(books, erasures.Entry(kept.customer, "2026-11-25T08:00:00.000Z", "mira", "asked"))

    async def story(client: httpx.AsyncClient) -> None:
        assert await found(await joined(client, clock, database), text=MAIL) == []

    play(database, clock, story)
    person = people.find(books, kept.customer)
    books.close()
    assert person is not None
    assert person.erased


def test_who_was_not_seen_for_three_years_goes_by_itself(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        gone = await entered(till)
        rich = await entered(till, sara(contacts=(Contact("card", "HF1"),)))
        seen = await entered(till, sara(contacts=(Contact("card", "HF2"),)))
        earned(till, rich.customer, 5)
        await till.push()
        sent(books, clock)
        clock.forward(days=3 * 365 - 10)
        assert tending.end_inactive(books, clock.now()) == 0
        till.journal.now = clock.now()
        bought(till, seen.customer)
        assert await till.push() == ["applied"]
        sent(books, clock)
        clock.forward(days=11)
        assert tending.look(books, clock.now())
        assert not tending.look(books, clock.now())
        held = [people.find(books, one.customer) for one in (gone, rich, seen)]
        assert [bool(one and one.erased) for one in held] == [True, False, False]

    play(database, clock, story)


def test_who_bought_lately_stays_whatever_the_row_says_of_when(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await entered(till)
        bought(till, row.customer)
        assert await till.push() == ["applied"]
        books.text("UPDATE customer SET seen = '2020-01-01T00:00:00.000Z'")
        assert tending.end_inactive(books, clock.now()) == 0

    play(database, clock, story)


def test_what_people_looked_for_loses_its_names(books: Connection, clock: HandClock) -> None:
    from sync.hub.orders import signals

    with books.transaction():
        for kind in (signals.LOOKUP, signals.ORDER):
            signals.keep(books, kind, customer="c-1", client="browser", now=clock.now())
    clock.forward(days=31)
    assert tending.unname(books, clock.now()) == 1
    clock.forward(days=335)
    assert tending.unname(books, clock.now()) == 1
    assert books.text("SELECT customer, client FROM signal") == [("", "")] * 2
