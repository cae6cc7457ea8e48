"""A ledger that begins another epoch: both lives in it once, under the numbers their papers have."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from pos_app.domain.errors import Unavailable
from pos_app.store import schema
from pos_app.store.doubt import BEHIND, OTHER_MACHINE, ChainState
from pos_app.store.journal_file import Ledgered
from pos_app.store.ledger import Ledger
from pos_app.store.machine import Machine
from pos_app.store.projections import differences
from pos_app.store.reader import JournalReader
from pos_app.store.records import Entry
from pos_app.store.rejoin import Common, rejoin
from pos_app.store.verify import OK, verify
from pos_app.store.whereabouts import Where
from sync.protocol import Rejoined, Sale, decode_fact
from tests.store.books import (
    KEYS,
    SHIFT,
    ToldClock,
    basket_id,
    identity,
    new_ledger,
    open_shift,
    sale,
    sell,
    void,
)


def entries(data: Path, after: int = 0, epoch: int = 1) -> list[Entry]:
    with JournalReader(data, KEYS.db_key) as reader:
        found = reader.entries((epoch, after))
        return [entry for entry in found if entry.epoch == epoch]


def lives(data: Path, tmp_path: Path) -> tuple[Path, int]:
    """A till put back to entry 3 that sold two more; where its other life is; entry of the parting."""
    with new_ledger(data) as ledger:
        first = sell(ledger)
        ledger.checkpoint_when_idle()
    other = tmp_path / "other"
    shutil.copytree(data, other)
    with Ledger.open(other, KEYS, ToldClock()) as ledger:
        for price in (100, 200, 300):
            sell(ledger, [price])
        with ledger.transaction() as tx:
            tx.append(void(tx, first))
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        assert ledger.doubt.state is ChainState.HEALTHY
        sell(ledger, [7_000])
        with ledger.transaction() as tx:
            tx.append(void(tx, first))
    return other, 3


def joined(data: Path, other: Path, agreed: int, **changes: object) -> Path:
    theirs = tuple(entries(other, agreed))
    last = theirs[-1].hash.hex()
    who = identity(epoch=2, nonce="cd" * 16, prev_epoch_hash=last, pubkey=KEYS.public_hex)
    found = rejoin(data, KEYS, who, Common(agreed, theirs), ToldClock(), beside=None)
    assert found.brought == len(theirs)
    return data / found.kept_as


def test_both_lives_are_in_it_once(data: Path, tmp_path: Path) -> None:
    other, agreed = lives(data, tmp_path)
    kept = joined(data, other, agreed)
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        assert ledger.doubt.state is ChainState.HEALTHY
        assert sorted(row.total for row in ledger.sales()) == sorted(
            [1_550, 100, 200, 300, 7_000, -1_550, -1_550]
        )
        assert differences(ledger.connection) == []
        assert ledger.shift_totals(SHIFT).sales == 5
        last = sell(ledger)
        assert last.doc_no == "1-2-2.1"
    with closing(Ledgered(data / "ledger.sqlite", KEYS.db_key)) as source:
        found = verify(source, KEYS.publics, [])
        assert (found.code, found.told) == (OK, "everything agrees")
    with closing(Ledgered(kept, KEYS.db_key)) as source:
        assert verify(source, KEYS.publics, []).code == OK, (
            "what was is still there to be looked at"
        )


def test_what_is_journalled_again_says_the_same_at_another_place(
    data: Path, tmp_path: Path
) -> None:
    other, agreed = lives(data, tmp_path)
    before = [decode_fact(entry.body) for entry in entries(data, agreed)]
    joined(data, other, agreed)
    after = [decode_fact(entry.body) for entry in entries(data, epoch=2)]
    assert [fact.seq for fact in after] == [1, 2, 3, 4]
    for old, new in zip(before, after[1:-1], strict=True):
        assert (new.id, new.doc_no, new.t) == (old.id, old.doc_no, old.t)
        assert (new.was.dev, new.was.epoch, new.was.seq) == ("device-1", 1, old.seq)
    told = after[-1]
    assert isinstance(told, Rejoined)
    assert (told.old_epoch, told.agreed, told.again, told.brought) == (1, agreed, 2, 4)


def test_a_basket_that_both_lives_sold_is_two_sales(data: Path, tmp_path: Path) -> None:
    same = basket_id()
    new_ledger(data).close()
    other = tmp_path / "other"
    shutil.copytree(data, other)
    with Ledger.open(other, KEYS, ToldClock()) as ledger:
        sell(ledger, [500], fact_id=same)
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        mine = sell(ledger, [900], fact_id=same)
        with ledger.transaction() as tx:
            tx.append(void(tx, mine))
    joined(data, other, 2)
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        rows = {row.total: row for row in ledger.sales()}
        assert set(rows) == {500, 900, -900}
        assert rows[500].sale_id == same
        assert rows[-900].void_of == rows[900].sale_id != same
        again = ledger.fact(rows[900].sale_id)
        assert isinstance(again, Sale)
        assert again.was.id == same
        assert not rows[500].voided


def test_a_tail_that_does_not_continue_ours_changes_nothing(data: Path, tmp_path: Path) -> None:
    other, agreed = lives(data, tmp_path)
    theirs = tuple(entries(other, agreed))
    before = (data / "ledger.sqlite").read_bytes()
    for wrong in (theirs[1:], theirs[:-1]):
        who = identity(epoch=2, prev_epoch_hash=theirs[-1].hash.hex(), pubkey=KEYS.public_hex)
        with pytest.raises(Unavailable, match="history_incomplete"):
            rejoin(data, KEYS, who, Common(agreed, wrong), ToldClock(), beside=None)
    with closing(schema.connect(data / "ledger.sqlite", KEYS.db_key, write=False)):
        assert (data / "ledger.sqlite").read_bytes() == before


def test_the_other_life_s_shift_is_open_too_until_people_close_it(
    data: Path, tmp_path: Path
) -> None:
    new_ledger(data, shift=False).close()
    other = tmp_path / "other"
    shutil.copytree(data, other)
    for path, shift, price in ((other, "theirs", 300), (data, "mine", 400)):
        with Ledger.open(path, KEYS, ToldClock()) as ledger:
            with ledger.transaction() as tx:
                open_shift(tx, shift)
            with ledger.transaction() as tx:
                tx.append(sale(tx, [price], shift=shift))
    joined(data, other, 1)
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        assert ledger.shift_totals("theirs").total == 300
        assert ledger.shift_totals("mine").total == 400
        found = [ledger.shift(one) for one in ("mine", "theirs")]
        assert [(shift.number, shift.state) for shift in found if shift] == [(1, "open")] * 2
        assert ledger.current_shift() is not None
        assert differences(ledger.connection) == []


def test_a_copy_in_a_place_of_its_own_is_known_by_the_second_witness(
    data: Path, tmp_path: Path
) -> None:
    """The whole directory was put back, with the witness in it."""
    where = Where(beside=tmp_path / "state")
    Ledger.create(data, KEYS, identity(), ToldClock(), where=where).close()
    kept = tmp_path / "kept"
    shutil.copytree(data, kept)
    with Ledger.open(data, KEYS, ToldClock(), where=where) as ledger:
        with ledger.transaction() as tx:
            open_shift(tx)
        sell(ledger)
    shutil.rmtree(data)
    shutil.copytree(kept, data)
    with Ledger.open(data, KEYS, ToldClock(), where=where) as ledger:
        assert (ledger.doubt.state, ledger.doubt.why) == (ChainState.SUSPECT, BEHIND)


def test_a_disk_in_another_machine_is_a_second_life(data: Path) -> None:
    here, there = Machine("a", "d"), Machine("b", "d")
    for where in (Machine(), here, here, Machine("", "d"), Machine("a")):
        Ledger.create(data, KEYS, identity(), ToldClock()).close() if not data.exists() else None
        with Ledger.open(data, KEYS, ToldClock(), where=Where(machine=where)) as ledger:
            assert ledger.doubt.state is ChainState.HEALTHY, where
    with Ledger.open(data, KEYS, ToldClock(), where=Where(machine=there)) as ledger:
        assert (ledger.doubt.state, ledger.doubt.why) == (ChainState.SUSPECT, OTHER_MACHINE)
    with Ledger.open(data, KEYS, ToldClock(), where=Where(machine=here)) as ledger:
        assert ledger.doubt.why == OTHER_MACHINE, "both may have sold: coming back proves nothing"
