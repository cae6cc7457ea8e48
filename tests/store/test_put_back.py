"""A till that is put back more than once: no number is printed twice, whatever was put back when."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pos_app.store.doubt import BEHIND, OTHER_MACHINE, ChainState
from pos_app.store.ledger import Ledger
from pos_app.store.machine import Machine
from pos_app.store.records import Entry
from pos_app.store.rejoin import Common, rejoin
from pos_app.store.whereabouts import Where
from pos_app.store.witness import Witness, places
from sync.protocol import Rejoined, decode_fact
from tests.store.books import KEYS, ToldClock, identity, new_ledger, sell
from tests.store.test_rejoin import entries


class Till:
    """A ledger that is put back to copies of itself; it notes every number that it printed."""

    def __init__(self, room: Path) -> None:
        self.room = room
        self.data = room / "till"
        self.where = Where(room / "state")
        self.boots = 0
        self.printed: list[str] = []
        new_ledger(self.data).close()

    def opened(self) -> Ledger:
        self.boots += 1
        clock = ToldClock()
        clock.boot = f"boot {self.boots}"
        return Ledger.open(self.data, KEYS, clock, where=self.where)

    def sells(self, count: int = 1) -> Ledger:
        with self.opened() as ledger:
            for _ in range(count):
                self.printed.append(sell(ledger).doc_no)
        return ledger

    def copies(self, name: str) -> None:
        shutil.copytree(self.data, self.room / name)

    def put_back(self, name: str, *, whole: bool = True) -> None:
        """The directory with the witness in it, or of it the ledger alone."""
        if whole:
            shutil.rmtree(self.data)
            shutil.copytree(self.room / name, self.data)
            return
        for path in self.data.glob("ledger.sqlite*"):
            path.unlink()
        for path in (self.room / name).glob("ledger.sqlite*"):
            shutil.copy2(path, self.data / path.name)


@pytest.fixture
def till(tmp_path: Path) -> Till:
    return Till(tmp_path)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("between", [0, 1, 3])
def test_put_back_again_and_again_to_before_the_first_doubt(
    till: Till, *, whole: bool, between: int
) -> None:
    till.sells(1)
    till.copies("kept")
    till.sells(2)
    for nth in (1, 2, 3):
        till.put_back("kept", whole=whole)
        ledger = till.sells(between)
        assert (ledger.doubt.why, ledger.doubt.nth) == (BEHIND, nth)
        assert till.sells(0).doubt == ledger.doubt, "the same life is no other doubt"
    till.sells(1)
    assert len(set(till.printed)) == len(till.printed), till.printed


@pytest.mark.parametrize("sold", [0, 1])
def test_put_back_while_in_doubt_begins_another_series(till: Till, sold: int) -> None:
    till.sells(1)
    till.copies("sound")
    till.sells(2)
    till.put_back("sound")
    first = till.sells(sold)
    till.copies("doubting")
    till.sells(2)
    marks = {first.doubt.mark}
    for nth in (2, 3):
        till.put_back("doubting")
        ledger = till.sells(0)  # nothing is sold: the witness is told of the copy's own head
        assert ledger.doubt.nth == nth
        assert ledger.doubt.mark not in marks
        marks.add(ledger.doubt.mark)
    till.sells(2)
    assert len(set(till.printed)) == len(till.printed), till.printed


def test_the_witness_is_never_lowered_while_in_doubt(till: Till) -> None:
    till.sells(1)
    till.copies("kept")
    till.sells(5)
    with till.opened() as ledger:
        highest = ledger.head()
    till.put_back("kept")
    for _ in range(2):
        assert till.sells(1).doubt.seen == highest
    till.put_back("kept")
    assert till.sells(0).doubt.seen == highest, "not only the head of the life before"
    till.sells(9)
    with till.opened() as ledger:
        highest = ledger.head()
    till.put_back("kept")
    assert till.sells(0).doubt.seen == highest


def joined(till: Till) -> Rejoined:
    """Enrolled again at a hub that has what the ledger holds."""
    epoch = 1
    with till.opened() as ledger:
        epoch, head = ledger.identity.epoch, ledger.head()
    who = identity(
        epoch=epoch + 1,
        nonce="cd" * 16,
        prev_epoch_hash=head.hash,
        pubkey=KEYS.public_hex,
    )
    rejoin(till.data, KEYS, who, Common(head.seq), ToldClock(), beside=till.where.beside)
    found = decode_fact(_last(entries(till.data, epoch=epoch + 1)).body)
    assert isinstance(found, Rejoined)
    return found


def _last(found: list[Entry]) -> Entry:
    return found[-1]


def test_enrolled_again_it_is_sound_and_a_copy_of_either_life_is_found_out(till: Till) -> None:
    till.sells(1)
    till.copies("sound")
    till.sells(2)
    till.put_back("sound")
    till.sells(1)
    till.copies("doubting")
    till.sells(1)
    told = joined(till)
    assert told.seen is not None
    assert told.seen.seq == 5, "what was lost is told"
    assert till.sells(1).doubt.state is ChainState.HEALTHY
    till.copies("joined")
    till.sells(2)
    for name in ("joined", "sound", "doubting", "joined", "doubting", "doubting", "joined"):
        before = till.sells(0).doubt.nth
        till.put_back(name)
        ledger = till.sells(1)
        assert (ledger.doubt.state, ledger.doubt.why) == (ChainState.SUSPECT, BEHIND), name
        assert ledger.doubt.nth > before
    assert len(set(till.printed)) == len(till.printed), till.printed
    joined(till)
    assert till.sells(1).doubt.state is ChainState.HEALTHY


def test_a_ledger_enrolled_again_before_it_was_opened_once_is_sound(till: Till) -> None:
    till.sells(1)
    till.copies("kept")
    till.sells(1)
    till.put_back("kept")
    till.sells(0)
    till.put_back("kept")
    with_doubts = Witness(
        places(till.data, "device-1", beside=till.where.beside), "device-1"
    ).doubts
    assert with_doubts == 1
    head = _last(entries(till.data))
    who = identity(epoch=2, prev_epoch_hash=head.hash.hex(), pubkey=KEYS.public_hex)
    common = Common(head.seq)
    rejoin(till.data, KEYS, who, common, ToldClock(), beside=till.where.beside)
    assert till.sells(1).doubt.state is ChainState.HEALTHY


def test_a_second_place_that_takes_no_writes_makes_one_doubt(till: Till) -> None:
    """It says for ever what it said: the ledger knows that it does not hold that."""
    till.sells(1)
    till.copies("kept")
    till.sells(3)
    till.put_back("kept")
    stuck = places(till.data, "device-1", beside=till.where.beside)[1]
    held = stuck.read_bytes()
    first = till.sells(2).doubt
    stuck.write_bytes(held)
    assert till.sells(1).doubt == first


def test_a_doubt_without_a_witness_begins_another_series(till: Till) -> None:
    till.sells(1)
    till.copies("kept")
    till.sells(1)
    till.put_back("kept")
    first = till.sells(1)
    for path in places(till.data, "device-1", beside=till.where.beside):
        path.unlink()
    second = till.sells(1)
    assert second.doubt.mark != first.doubt.mark
    assert second.doubt.why == BEHIND, "what is proven stays the reason"
    assert len(set(till.printed)) == len(till.printed), till.printed


def test_an_image_that_goes_from_machine_to_machine_has_a_series_on_each(till: Till) -> None:
    marks: list[str] = []
    for name in ("a", "b", "b", "c", "a"):
        till.where = Where(till.room / "state", machine=Machine(name, "d"))
        found = till.sells(1).doubt
        marks.append(found.mark)
        assert found.why == ("" if len(marks) == 1 else OTHER_MACHINE)
    assert marks[0] == ""
    assert marks[1] == marks[2]
    assert len({*marks[1:]}) == 3
