"""How a till comes to the hub: one code, one key, six words, one person who compares them."""

from __future__ import annotations

import httpx
import pytest

from pos_app.domain.errors import Refused
from sync.hub import devices
from sync.hub.answers import RandomIds
from sync.hub.database import Connection, Database
from sync.hub.identity import new_code
from sync.protocol.fingerprint import fingerprint
from tests.hub.tills import HandClock, Till, play, problem

pytestmark = pytest.mark.both_engines


def code_for(
    books: Connection, clock: HandClock, till: str = "1", *, replaces: bool = False
) -> str:
    code = new_code(RandomIds())
    with books.transaction():
        devices.issue_code(books, "1", till, code, clock.now(), replaces=replaces)
    return code


def test_a_code_is_good_once_and_its_own_till_may_ask_again(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        code = code_for(books, clock)
        till, stranger = Till(client, clock), Till(client, clock)
        first = await till.ask_to_enrol(code, sealed_key="c2VhbGVk")
        again = await till.ask_to_enrol(code.lower().replace("-", " "))
        assert first.status_code == 200
        assert first.json() == again.json()
        assert first.json()["state"] == "pending"
        assert first.json()["fingerprint"] == fingerprint(till.pubkey)
        assert problem(await stranger.ask_to_enrol(code)) == "code_used"
        assert books.text("SELECT count(*), max(sealed_key) FROM device") == [(1, "c2VhbGVk")]
        assert code not in str(books.text("SELECT * FROM enrol_code"))

    play(database, clock, story)


def test_a_code_runs_out(database: Database, books: Connection, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        code = code_for(books, clock)
        clock.forward(minutes=10)
        assert problem(await Till(client, clock).ask_to_enrol(code)) == "code_expired"

    play(database, clock, story)


def test_guessing_codes_closes_the_door_for_a_while(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        code = code_for(books, clock)
        till = Till(client, clock)
        for _ in range(devices.WRONG_CODES_MAX):
            assert problem(await till.ask_to_enrol("AAAA-AAAA-AAAA")) == "code_unknown"
        answer = await till.ask_to_enrol(code)
        assert (answer.status_code, problem(answer)) == (429, "too_many_tries")
        assert answer.headers["retry-after"] == "60"
        clock.forward(minutes=11)
        assert (await till.ask_to_enrol(code_for(books, clock))).status_code == 200

    play(database, clock, story)


def test_six_words_or_the_id_let_a_till_in(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        own = await Till(client, clock).enrol(database)
        words = own.fingerprint.replace("-", " ").upper()
        with books.transaction():
            assert devices.approve(books, words, clock.now()).state == "active"
        with pytest.raises(Refused, match="till_unknown"), books.transaction():
            devices.approve(books, "some other six words it seems", clock.now())

    play(database, clock, story)


def test_enrolled_again_a_till_begins_a_new_epoch_and_the_old_one_is_fenced(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.sale()
        await till.pushed(journal.push())
        own = await till.enrol(database)
        assert (own.device, own.state, own.epoch) == (journal.identity.device, "active", 2)
        assert own.prev_epoch_hash == journal.head.hash
        journal.sale()
        assert problem(await till.push(journal.push(2))) == "fenced"
        assert (await till.hello(journal.head))["verdict"] == "fenced"
        fresh = till.journal
        assert fresh is not None
        fresh.sale()
        assert (await till.pushed(fresh.push())).ack == fresh.head

    play(database, clock, story)


def test_a_till_number_in_use_is_given_away_only_on_purpose(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        old = Till(client, clock)
        journal = await old.join(database)
        new = Till(client, clock)
        assert problem(await new.ask_to_enrol(code_for(books, clock))) == "till_taken"
        answer = await new.ask_to_enrol(code_for(books, clock, replaces=True))
        told = answer.json()
        assert told["epoch"] == 2, "receipt numbers of the old one are never given again"
        assert (await old.push(journal.push())).status_code == 200, "until somebody approves"
        with books.transaction():
            devices.approve(books, told["device"], clock.now())
        assert problem(await old.push(journal.push())) == "device_revoked"

    play(database, clock, story)


def test_a_second_key_for_a_number_is_not_approved_beside_the_first(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        one, two = Till(client, clock), Till(client, clock)
        first = await one.enrol(database)
        second = await two.enrol(database)
        with books.transaction():
            devices.approve(books, first.device, clock.now())
        with pytest.raises(Refused, match="till_was_revoked"), books.transaction():
            devices.approve(books, second.device, clock.now())

    play(database, clock, story)


def test_a_key_that_moves_to_another_number_is_refused(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        await till.join(database)
        answer = await till.ask_to_enrol(code_for(books, clock, "2"))
        assert problem(answer) == "device_elsewhere"
        bad = await client.post("/v1/devices/enrol", json={"code": "x", "pubkey": "zz"})
        assert problem(bad) == "malformed"

    play(database, clock, story)
