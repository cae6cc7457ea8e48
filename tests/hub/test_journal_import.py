"""What a dead till's copy may bring: its own chain, signed, in order, once; and nothing else."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from pos_app.domain.errors import Refused
from sync.hub import devices
from sync.hub.answers import RandomIds
from sync.hub.database import Connection, Database
from sync.hub.identity import load_keys
from sync.hub.journal_import import Chain, chains_in, import_chain
from sync.journal_copy import CopyFile, Entry, Key, Place
from sync.sealing import seal
from tests.hub.journals import Journal
from tests.hub.tills import HandClock, Till, running

DB_KEY = bytes(range(32))


@pytest.fixture
def till(database: Database, books: Connection, clock: HandClock) -> Till:
    """An approved till whose first two entries are at the hub."""

    async def story() -> Till:
        async with running(database, clock) as client:
            till = Till(client, clock)
            sealed = seal(DB_KEY, load_keys(books).sealing_hex)
            own = await till.enrol(database, sealed_key=sealed)
            with books.transaction():
                devices.approve(books, own.device, clock.now())
            till.journal.open_shift()
            till.journal.sale()
            await till.pushed(till.journal.push())
            return till

    return asyncio.run(story())


def entries(journal: Journal, first: int, last: int) -> list[Entry]:
    return [
        Entry(bytes(one.body), bytes.fromhex(one.hash), base64.b64decode(one.sig))
        for one in journal.entries[first - 1 : last]
    ]


def copy(
    folder: Path, journal: Journal, first: int, last: int, kept: list[Entry] | None = None
) -> None:
    """A run of the journal as a till's own copy holds it."""
    folder.mkdir(exist_ok=True)
    own = journal.identity
    hashes = journal.hashes
    place = Place(own.device, own.epoch, first, last, hashes[first - 1].hex(), hashes[last].hex())
    frame = Key(DB_KEY).frame(place, kept or entries(journal, first, last))
    CopyFile(folder, own.epoch).append([frame], anew=True)


def brought(books: Connection, clock: HandClock, folder: Path) -> Chain:
    (chain,) = chains_in(folder)
    import_chain(books, chain, load_keys(books), clock.now(), RandomIds())
    return chain


def booked(books: Connection) -> tuple[int, int]:
    return books.text("SELECT count(*), coalesce(sum(total), 0) FROM document")[0]


def test_what_the_hub_lacks_is_booked_once(
    books: Connection, clock: HandClock, till: Till, tmp_path: Path
) -> None:
    journal = till.journal
    sold = [journal.sale().total for _ in range(4)]
    before = booked(books)
    copy(tmp_path / "a", journal, 1, 6)
    chain = brought(books, clock, tmp_path / "a")
    assert (chain.held, chain.booked, chain.beyond, chain.told) == (2, 4, 0, "")
    assert booked(books) == (before[0] + 4, before[1] + sum(sold))
    again = brought(books, clock, tmp_path / "a")
    assert (again.held, again.booked, again.told) == (6, 0, "")
    assert booked(books) == (before[0] + 4, before[1] + sum(sold))


def test_two_copies_fill_each_others_holes(
    books: Connection, clock: HandClock, till: Till, tmp_path: Path
) -> None:
    for _ in range(6):
        till.journal.sale()
    copy(tmp_path / "a", till.journal, 1, 4)
    copy(tmp_path / "a", till.journal, 7, 8)
    alone = brought(books, clock, tmp_path / "a")
    assert (alone.booked, alone.beyond, alone.told) == (2, 4, "copy_hole")
    copy(tmp_path / "b", till.journal, 4, 7)
    together = brought(books, clock, tmp_path)
    assert (together.booked, together.told) == (4, "")


def test_an_entry_the_till_did_not_sign_stops_it(
    books: Connection, clock: HandClock, till: Till, tmp_path: Path
) -> None:
    for _ in range(3):
        till.journal.sale()
    kept = entries(till.journal, 3, 5)
    kept[1] = Entry(kept[1].body, kept[1].hash, kept[0].sig)
    copy(tmp_path / "a", till.journal, 3, 5, kept)
    chain = brought(books, clock, tmp_path / "a")
    assert (chain.booked, chain.beyond, chain.told) == (1, 2, "copy_unsigned")


def test_an_entry_of_another_chain_stops_it(
    books: Connection, clock: HandClock, till: Till, tmp_path: Path
) -> None:
    for _ in range(3):
        till.journal.sale()
    kept = entries(till.journal, 3, 5)
    kept[0] = Entry(kept[0].body.replace(b'"EUR"', b'"USD"'), kept[0].hash, kept[0].sig)
    copy(tmp_path / "a", till.journal, 3, 5, kept)
    chain = brought(books, clock, tmp_path / "a")
    assert (chain.booked, chain.beyond, chain.told) == (0, 3, "copy_fork")


def test_an_ended_epoch_takes_nothing_more(
    database: Database, books: Connection, clock: HandClock, till: Till, tmp_path: Path
) -> None:
    till.journal.sale()
    copy(tmp_path / "a", till.journal, 1, 3)
    with books.transaction():
        books.text("UPDATE device SET epoch = 2, last_seq = 0")
    before = booked(books)
    chain = brought(books, clock, tmp_path / "a")
    assert (chain.booked, chain.told) == (0, "copy_epoch_ended")
    assert booked(books) == before


def test_a_till_out_of_service_is_still_heard_and_a_stranger_is_not(
    books: Connection, clock: HandClock, till: Till, tmp_path: Path
) -> None:
    till.journal.sale()
    copy(tmp_path / "a", till.journal, 1, 3)
    with books.transaction():
        devices.revoke(books, till.identity.device)
    assert brought(books, clock, tmp_path / "a").booked == 1
    with books.transaction():
        books.text("UPDATE device SET sealed_key = ''")
    till.journal.sale()
    copy(tmp_path / "a", till.journal, 4, 4)
    assert brought(books, clock, tmp_path / "a").told == "copy_key_missing"
    with books.transaction():
        books.text("UPDATE device SET device = 'another'")
    assert brought(books, clock, tmp_path / "a").told == "copy_unknown_till"


def test_a_folder_without_a_copy_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.hfcopy").write_bytes(b"HFC1" * 100)
    with pytest.raises(Refused) as told:
        chains_in(tmp_path)
    assert told.value.code == "copy_nothing"
