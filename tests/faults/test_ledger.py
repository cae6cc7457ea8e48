"""A ledger that is not whole: a clear stop everywhere, and not a byte of it is touched."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from hardware.devices import Devices
from pos_app.domain.errors import PosError
from pos_app.store.keys import Keys
from pos_app.store.reader import JournalReader
from pos_app.store.schema import connect
from pos_app.till import checkout, open_till, sign_in
from pos_app.till.shift import open_shift
from sync.engine.files import TillFiles
from tests.faults.said import OPEN_SHIFT, SALE, SIGN_IN, play, run, sentence, sync
from tests.faults.test_catalogue import PAGE, Alone
from tests.scenarios.hub import MANAGER


def emptied(data: Path) -> None:
    (data / "ledger.sqlite").write_bytes(b"")


def torn(data: Path) -> None:
    """A page in the middle of the policy, which is longer than one: it reads as zeros."""
    (data / "ledger.sqlite").write_bytes(
        with_zeros(data, "SELECT value FROM reference WHERE kind = 'policy'")
    )


def with_zeros(data: Path, query: str) -> bytes:
    """The ledger with that one page damaged which makes the value of `query` read as zeros."""
    whole, key = (data / "ledger.sqlite").read_bytes(), Keys.load(data).db_key
    trial = data.parent / "trial.sqlite"
    for end in range(len(whole), PAGE, -PAGE):
        spoiled = whole[: end - 10] + bytes(10) + whole[end:]
        trial.write_bytes(spoiled)
        with suppress(PosError, dbapi2.Error), closing(connect(trial, key, write=False)) as held:
            if b"\0\0\0" in held.execute(query).fetchone()[0]:
                return spoiled
    raise AssertionError("no page reads as zeros")


def cut_off(data: Path) -> Path:
    """The till as a power cut leaves it: a log that whoever opens it next puts into the file."""
    till = open_till(data, devices=Devices())
    try:
        basket, _ = checkout.scan(till, checkout.start(till), "4006381333931")
        checkout.keep(till, basket)
        return Path(shutil.copytree(data, data.parent / "cut-off"))
    finally:
        till.close()


@pytest.mark.parametrize("damage", [emptied, torn])
def test_what_is_not_whole_is_a_clear_stop(data: Path, damage: Callable[[Path], None]) -> None:
    assert play(data, SIGN_IN + OPEN_SHIFT + SALE, "--alone")[0] == 0
    data = cut_off(data)
    damage(data)
    before = (data / "ledger.sqlite").read_bytes()
    stop = sentence("ledger_corrupt")
    assert play(data, SIGN_IN, "--alone") == (1, stop + "\n")
    status, said = run("doctor", "--data", str(data))
    assert status == 1
    assert stop in said
    if damage is emptied:
        assert sync(data, 1) == (1, stop + "\n")
        assert run("journal", "verify", str(data))[0] == 17
    assert (data / "ledger.sqlite").read_bytes() == before


def test_half_a_fact_never_leaves_the_till(data: Path) -> None:
    """A sale longer than a page, one of its pages damaged: read as zeros, without any error."""
    till = open_till(data, devices=Devices())
    try:
        manager = next(person for person in till.staff.values() if person.role == "manager")
        sign_in.sign_in(till, manager.staff_id, MANAGER[1])
        open_shift(till, 10_000)
        basket = checkout.start(till)
        for n in range(60):
            basket, _ = checkout.add_custom(till, basket, f"thing {n}", 100 + n)
        done = checkout.complete(till, basket, checkout.pay(till, basket, (), "cash", None))
    finally:
        till.close()
    key = Keys.load(data).db_key
    longest = "SELECT body FROM journal ORDER BY length(body) DESC LIMIT 1"
    (data / "ledger.sqlite").write_bytes(with_zeros(data, longest))
    with closing(JournalReader(data, key)) as journal:
        (entry,) = [each for each in journal.entries((1, 0)) if each.id == done.sale.id]
        assert b"\0\0\0" in entry.body
    with closing(TillFiles(data, Keys.load(data), Alone())) as files:
        assert files.read(done.position.seq - 1, 10, 1 << 20) is None
        assert files.read(done.position.seq - 2, 10, 1 << 20) is None
