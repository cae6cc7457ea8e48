"""A till's other lives at the hub: who gets an epoch, what is given back, what an order lets through."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from pos_app.domain.errors import Refused
from sync.hub import devices, lives, till_orders
from sync.hub.answers import RandomIds
from sync.hub.database import Connection, Database
from sync.hub.identity import HubKeys, load_keys, new_code
from sync.protocol import (
    PROTO,
    SCHEMA,
    CompareAsk,
    CompareReply,
    EntriesAsk,
    EntriesReply,
    Head,
    Hello,
    WipedNote,
    encode,
)
from tests.hub.journals import Journal
from tests.hub.tills import HandClock, Till, play, problem

pytestmark = pytest.mark.both_engines


def code_for(books: Connection, clock: HandClock, till: str = "1") -> str:
    code = new_code(RandomIds())
    with books.transaction():
        devices.issue_code(books, "1", till, code, clock.now(), replaces=False)
    return code


def ordered(books: Connection, keys: HubKeys, clock: HandClock, device: str, word: str) -> str:
    with books.transaction():
        found = till_orders.order(books, keys, device, word, clock.now(), RandomIds(), by="Mia")
    return found.state


async def compared(till: Till, epoch: int, *places: tuple[int, str]) -> CompareReply:
    answer = await till.send("POST", "/v1/chain/compare", encode(CompareAsk(epoch, list(places))))
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=CompareReply)


async def sold(till: Till, database: Database, count: int = 3) -> Journal:
    journal = await till.join(database)
    journal.open_shift()
    for _ in range(count):
        journal.append(journal.sale())
    await till.pushed(journal.push())
    return journal


def test_an_epoch_is_given_to_one_try_and_to_no_other_copy(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        await sold(till, database)
        code = code_for(books, clock)
        first = await till.ask_to_enrol(code, attempt="mine")
        assert first.json()["epoch"] == 2
        assert (await till.ask_to_enrol(code, attempt="mine")).json() == first.json()
        assert problem(await till.ask_to_enrol(code, attempt="a copy's")) == "code_used"
        # The answer and the code were lost: the same try with another code gets no third epoch.
        again = await till.ask_to_enrol(code_for(books, clock), attempt="mine")
        assert again.json() == first.json()
        other = await till.ask_to_enrol(code_for(books, clock), attempt="another")
        assert other.json()["epoch"] == 3

    play(database, clock, story)


def test_a_till_that_has_a_later_epoch_gets_the_one_after_it(
    database: Database, books: Connection, clock: HandClock
) -> None:
    """The hub was put back from before: no number is given a second time."""

    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        await sold(till, database)
        have = {"epoch": 7, "seq": 3, "hash": "00" * 32}
        given = await till.ask_to_enrol(code_for(books, clock), have=have)
        assert given.json()["epoch"] == 8
        have["epoch"] = 1 << 60
        assert problem(await till.ask_to_enrol(code_for(books, clock), have=have)) == "malformed"

    play(database, clock, story)


def test_where_two_histories_part_and_what_the_hub_has_beyond(
    database: Database, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await sold(till, database)
        entries = journal.push().events
        hashes = [event.hash for event in entries]
        wrong = "ab" * 32
        told = await compared(till, 1, (1, hashes[0]), (2, hashes[1]), (3, wrong))
        assert (told.epoch, told.held, told.agreed) == (1, len(hashes), 2)
        assert (await compared(till, 1)).agreed == 0
        answer = await till.send("POST", "/v1/chain/entries", encode(EntriesAsk(1, 2)))
        page = msgspec.json.decode(answer.content, type=EntriesReply)
        assert [event.hash for event in page.events] == hashes[2:]
        assert [bytes(event.body) for event in page.events] == [
            bytes(event.body) for event in entries[2:]
        ]
        assert not page.more
        many = encode(CompareAsk(1, [(1, wrong)] * 65))
        assert problem(await till.send("POST", "/v1/chain/compare", many)) == "malformed"

    play(database, clock, story)


def test_a_till_sees_its_own_chain_and_no_other(database: Database, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        one, two = Till(client, clock), Till(client, clock)
        journal = await sold(one, database)
        await two.join(database, "2")
        places = [(seq, event.hash) for seq, event in enumerate(journal.push().events, 1)]
        assert (await compared(two, 1, *places)).agreed == 0
        answer = await two.send("POST", "/v1/chain/entries", encode(EntriesAsk(1, 0)))
        assert msgspec.json.decode(answer.content, type=EntriesReply).events == []

    play(database, clock, story)


@pytest.mark.parametrize(
    ("doubt", "verdict", "kinds"),
    [
        ("", "ok", []),
        ("no_witness", "ok", []),
        ("behind_witness", "rolled_back", ["rollback"]),
        ("other_machine", "rolled_back", ["rollback"]),
        ("fork", "ok", ["fork"]),
    ],
)
def test_what_a_till_doubts_of_itself(
    database: Database,
    books: Connection,
    clock: HandClock,
    doubt: str,
    verdict: str,
    kinds: list[str],
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await sold(till, database)
        for _ in range(2):  # people are told once
            told = await till.hello(journal.head, len(journal.push().events), doubt=doubt)
            assert told["verdict"] == verdict
        assert [kind for (kind,) in books.text("SELECT kind FROM exception")] == kinds

    play(database, clock, story)


def settle(books: Connection) -> None:
    """A person decided all that waits."""
    with books.transaction():
        books.text("UPDATE exception SET state = 'resolved'")


async def told_of(till: Till, books: Connection, *heads: Head) -> int:
    """How many rows there are for people after these hellos."""
    for head in heads:
        await till.hello(head, 0)
    return len(books.text("SELECT no FROM exception WHERE kind IN ('fork', 'rollback')"))


def test_people_are_told_once_however_the_heads_move_on(
    database: Database, books: Connection, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both copies sell on; and who has a stolen key may say any head at all."""
    monkeypatch.setattr(lives, "TOLD_MAX", 20)  # all of it within the hub's burst of hellos

    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        await sold(till, database)
        strange = [Head(1, seq, "ab" * 32) for seq in range(1, 12)]
        later = [Head(epoch, 3, "cd" * 32) for epoch in range(2, 12)]
        assert await told_of(till, books, *strange, *later) == 1
        settle(books)
        assert await told_of(till, books, *strange) == 1, "what a person decided is not asked again"
        assert await told_of(till, books, *later[1:]) == 2, "something else is"
        for epoch in range(20, 20 + lives.TOLD_MAX):
            settle(books)
            await told_of(till, books, Head(epoch, 3, "cd" * 32))
        assert await told_of(till, books, *strange, *later) == lives.TOLD_MAX

    play(database, clock, story)


async def reached(till: Till, journal: Journal) -> dict[str, str]:
    """What becomes of each question: `ok`, or the problem."""
    feed = "/v1/sync/pull?stream=store%3A1&feed=x&after=0"
    hello = encode(Hello((PROTO, PROTO), SCHEMA, journal.head, 0))
    asked = {
        "hello": ("POST", "/v1/sync/hello", hello),
        "push": ("POST", "/v1/sync/push", encode(journal.push())),
        "pull": ("GET", feed, b""),
        "compare": ("POST", "/v1/chain/compare", encode(CompareAsk(1, []))),
    }
    found = {}
    for name, (method, target, body) in asked.items():
        answer = await till.send(method, target, body)
        found[name] = "ok" if answer.status_code in (200, 410) else problem(answer)
    return found


OK, HELD, GONE = "ok", "device_suspended", "device_revoked"


@pytest.mark.parametrize(
    ("word", "state", "reach"),
    [
        ("suspend", "suspended", (OK, OK, HELD, OK)),
        ("drain_wipe", "draining", (OK, OK, HELD, OK)),
        ("wipe", "wiping", (OK, HELD, HELD, HELD)),
        ("revoke", "revoked", (GONE, GONE, GONE, GONE)),
    ],
)
def test_an_order_lets_through_what_saves_sales_and_nothing_else(
    database: Database,
    books: Connection,
    clock: HandClock,
    word: str,
    state: str,
    reach: tuple[str, ...],
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await sold(till, database)
        keys = load_keys(books)
        assert till.identity is not None
        assert ordered(books, keys, clock, till.identity.device, word) == state
        assert tuple((await reached(till, journal)).values()) == reach
        if word == "suspend":
            assert ordered(books, keys, clock, till.identity.device, "resume") == "active"
            assert set((await reached(till, journal)).values()) == {OK}

    play(database, clock, story)


def test_a_wiped_till_is_one_that_was_told_to_and_it_never_comes_back(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await sold(till, database)
        assert till.identity is not None
        device, keys = till.identity.device, load_keys(books)
        note = encode(WipedNote(2))
        assert problem(await till.send("POST", "/v1/devices/wiped", note)) == "malformed"
        ordered(books, keys, clock, device, "wipe")
        told = await till.hello(journal.head)
        assert told["order"] == "wipe"
        answer = await till.send("POST", "/v1/devices/wiped", note)
        assert answer.json() == {"state": "wiped"}
        found = till_orders.given(books, device)
        assert found is not None
        assert (found.word, found.by, found.unsent, bool(found.done)) == ("wipe", "Mia", 2, True)
        assert set((await reached(till, journal)).values()) == {GONE}
        with pytest.raises(Refused, match="order_not_now"):
            ordered(books, keys, clock, device, "resume")
        asked = await till.ask_to_enrol(code_for(books, clock))
        assert problem(asked) == "device_revoked"

    play(database, clock, story)
