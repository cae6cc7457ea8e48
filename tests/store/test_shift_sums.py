"""A Z of a life that was ended says what that life knew: verify believes it, and nothing else."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pos_app.store.journal_file import Ledgered
from pos_app.store.ledger import Ledger
from pos_app.store.rejoin import Common, rejoin
from pos_app.store.verify import OK, TOTALS, Finding, verify
from sync.protocol import ShiftClosed
from tests.store.books import KEYS, SHIFT, ToldClock, identity, new_ledger, sell
from tests.store.test_rejoin import entries, joined


def close_shift(ledger: Ledger, **wrong: int) -> None:
    """The Z as its shift comes to, but for what is given."""
    totals = ledger.shift_totals(SHIFT)
    names = ("sales", "voids", "gross", "discount", "net", "tax", "total", "rounding")
    said: dict[str, Any] = {name: getattr(totals, name) for name in names}
    said |= {"refunds": totals.refunds, "refunded": totals.refunded, **wrong}
    with ledger.transaction() as tx:
        stamp = tx.stamp(actor="1", shift=SHIFT, business_date="2026-11-25")
        tx.append(
            ShiftClosed(
                **stamp, **said, number=1, z_no=1, currency="EUR", opened="", taxes=[], tenders=[]
            )
        )


def lives(data: Path, tmp_path: Path, **wrong: int) -> Path:
    """A till put back to its first sale that closed its shift; in its other life it sold three."""
    with new_ledger(data) as ledger:
        sell(ledger)
        ledger.checkpoint_when_idle()
    other = tmp_path / "other"
    shutil.copytree(data, other)
    with Ledger.open(other, KEYS, ToldClock()) as ledger:
        for price in (100, 200, 300):
            sell(ledger, [price])
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        sell(ledger, [7_000])
        close_shift(ledger, **wrong)
    return other


def found(data: Path) -> Finding:
    with closing(Ledgered(data / "ledger.sqlite", KEYS.db_key)) as source:
        return verify(source, KEYS.publics, [])


def test_a_z_that_did_not_know_of_the_other_life_is_right(data: Path, tmp_path: Path) -> None:
    joined(data, lives(data, tmp_path), 3)
    said = found(data)
    assert said.code == OK, said


@pytest.mark.parametrize("wrong", [{"sales": 5}, {"sales": 1}, {"total": 7_000 + 1_550 + 600}])
def test_a_z_that_says_anything_else_is_not(
    data: Path, tmp_path: Path, wrong: dict[str, int]
) -> None:
    """Also where it says what both lives come to together: its own did not know that."""
    joined(data, lives(data, tmp_path, **wrong), 3)
    said = found(data)
    assert (said.code, said.bad) == (TOTALS, (2, 3)), said


def test_the_z_of_the_life_after_counts_both(data: Path, tmp_path: Path) -> None:
    with new_ledger(data) as ledger:
        sell(ledger)
    other = tmp_path / "other"
    shutil.copytree(data, other)
    for path, price in ((other, 100), (data, 7_000)):
        with Ledger.open(path, KEYS, ToldClock()) as ledger:
            sell(ledger, [price])
    joined(data, other, 3)
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        sell(ledger, [5])
        assert ledger.shift_totals(SHIFT).sales == 4
        close_shift(ledger)
    assert found(data).code == OK


def test_a_z_that_is_told_again_twice_is_still_right(data: Path, tmp_path: Path) -> None:
    """Enrolled again, put back to right after that, and once more."""
    joined(data, lives(data, tmp_path), 3)
    start = entries(data, epoch=2)[0]
    third = identity(epoch=3, prev_epoch_hash=start.hash.hex(), pubkey=KEYS.public_hex)
    rejoin(data, KEYS, third, Common(1), ToldClock(), beside=None)
    assert [one.epoch for one in entries(data, epoch=3)] == [3] * 5
    assert found(data).code == OK
