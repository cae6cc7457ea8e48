"""The disk, the file, another process, a restored copy: each is said plainly and loses nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from pos_app.domain.errors import PosError, Unavailable, Uncertain
from pos_app.store import schema
from pos_app.store.doubt import BEHIND, MISSING, ChainState
from pos_app.store.ledger import Ledger
from pos_app.store.projections import differences
from pos_app.words import has_words
from tests.store.books import KEYS, ToldClock, new_ledger, sale, sell

ROOT = Path(__file__).parents[2]


class Failing(dbapi2.Connection):
    """The driver with a disk that fails at COMMIT: before it happens, or after."""

    when = ""

    def execute(self, sql: str, *rest: Any) -> Any:
        if sql == "COMMIT" and Failing.when:
            when, Failing.when = Failing.when, ""
            if when == "after":
                super().execute(sql)
            failed = dbapi2.OperationalError("disk I/O error")
            failed.sqlite_errorcode = 10 | (4 << 8)  # SQLITE_IOERR_FSYNC
            raise failed
        return super().execute(sql, *rest)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    real = dbapi2.connect
    monkeypatch.setattr(dbapi2, "connect", lambda *a, **k: real(*a, factory=Failing, **k))
    Failing.when = ""

    def fail(when: str) -> None:
        Failing.when = when

    return fail


def test_a_commit_that_failed_but_happened_is_a_sale(
    failing: Callable[[str], None], data: Path
) -> None:
    with new_ledger(data) as ledger:
        failing("after")
        made = sell(ledger)
        assert ledger.sale(made.id) == made
        assert ledger.head().seq == made.seq
        assert sell(ledger).doc_no == "1-2-1.2"
        assert ledger.shift_totals(made.shift).sales == 2
        assert differences(ledger.connection) == []


def test_a_commit_that_failed_and_did_not_happen_is_none(
    failing: Callable[[str], None], data: Path
) -> None:
    with new_ledger(data) as ledger:
        before = ledger.head()
        failing("before")
        with pytest.raises(Unavailable, match="ledger_write_failed"):
            sell(ledger)
        assert ledger.head() == before
        assert ledger.sales() == []
        assert sell(ledger).doc_no == "1-2-1.1"
        assert differences(ledger.connection) == []


def test_when_nobody_can_look_it_is_uncertain_until_somebody_can(
    failing: Callable[[str], None], data: Path
) -> None:
    with new_ledger(data) as ledger:
        away = data / "away"
        with ledger.transaction() as tx:
            made = sale(tx)
        keys, ledger.keys = ledger.keys, type(KEYS)(bytes(32), bytes(32))  # reopening will fail

        def sell_with_old_keys() -> None:
            with ledger.transaction() as tx:
                ledger.keys = keys
                tx.append(made)
                ledger.keys = type(KEYS)(bytes(32), bytes(32))
                failing("after")

        with pytest.raises(Uncertain, match="commit_unknown"):
            sell_with_old_keys()
        assert not away.exists()
        ledger.keys = keys
        assert sell(ledger).doc_no == "1-2-1.2", "it looks again and goes on behind the sale"
        assert ledger.sale(made.id) == made


def test_a_full_database_refuses_the_sale_and_goes_on_when_there_is_room(ledger: Ledger) -> None:
    sold = [sell(ledger)]
    pages = ledger.connection.execute("PRAGMA page_count").fetchone()[0]
    ledger.connection.execute(f"PRAGMA max_page_count={pages + 4}")

    def until_full() -> None:
        while True:
            sold.append(sell(ledger, [100] * 30))

    with pytest.raises(Unavailable) as told:
        until_full()
    assert told.value.code == "disk_full"
    assert [row.sale_id for row in reversed(ledger.sales())] == [one.id for one in sold]
    ledger.connection.execute("PRAGMA max_page_count=1000000")
    assert sell(ledger).doc_no == f"1-2-1.{len(sold) + 1}"
    assert differences(ledger.connection) == []


def test_a_file_another_program_holds_is_said_to_be_busy(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(schema._EVERYWHERE, "busy_timeout", 20)
    with new_ledger(data) as ledger:
        with closing(schema.connect(ledger.path, KEYS.db_key, write=True)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unavailable, match="ledger_busy"):
                sell(ledger)
            other.execute("ROLLBACK")
        assert sell(ledger).doc_no == "1-2-1.1"


READ_ONLY = """
import os, sys
from pathlib import Path
from tests.store.books import KEYS
from pos_app.domain.errors import PosError
from pos_app.store.ledger import Ledger
mine, theirs = Path(sys.argv[1]), Path(sys.argv[2])
Ledger.open(mine, KEYS).close()  # everything is loaded while it may be
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    Ledger.open(theirs, KEYS)
except PosError as no:
    print(no.code)
"""


@pytest.mark.parametrize("what", ["file", "directory"])
def test_a_file_that_may_not_be_written(tmp_path: Path, what: str) -> None:
    with tempfile.TemporaryDirectory() as place:  # a stranger cannot enter the test's own
        Path(place).chmod(0o777)
        data = Path(place) / "till"
        new_ledger(data).close()
        new_ledger(tmp_path / "mine").close()
        before = (data / "ledger.sqlite").read_bytes()
        for path in data.iterdir():
            path.chmod(0o666)
        (data / "ledger.sqlite").chmod(0o444)
        data.chmod(0o777 if what == "file" else 0o555)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(tmp_path / "mine"), str(data)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.strip() in {"ledger_read_only", "file_unreadable"}, done.stderr
        assert (data / "ledger.sqlite").read_bytes() == before
        data.chmod(0o777)


def spoil(path: Path, page: int, size: int = 4_096) -> None:
    with path.open("r+b") as file:
        file.seek(page * size + 200)
        byte = file.read(1)
        file.seek(page * size + 200)
        file.write(bytes([byte[0] ^ 0xFF]))


@pytest.mark.parametrize("damage", ["first", "every", "empty", "half", "text", "other"])
def test_a_damaged_ledger_is_a_clear_stop_and_stays_as_it_is(data: Path, damage: str) -> None:
    with new_ledger(data) as ledger:
        for _ in range(20):
            sell(ledger)
    file = data / "ledger.sqlite"
    size = file.stat().st_size
    if damage == "first":
        spoil(file, 0)
    elif damage == "every":
        for page in range(1, size // 4_096):
            spoil(file, page)
    elif damage == "empty":
        file.write_bytes(b"")
    elif damage == "half":
        os.truncate(file, 4_096)
    elif damage == "text":
        file.write_bytes(b"not a database, not at all " * 4_000)
    else:
        file.write_bytes(os.urandom(size))
    before = file.read_bytes()
    with pytest.raises(Unavailable) as told:
        Ledger.open(data, KEYS)
    assert told.value.code == "ledger_corrupt"
    assert file.read_bytes() == before
    with pytest.raises(PosError):
        Ledger.create(data, KEYS, ledger.identity)
    assert file.read_bytes() == before


def test_damage_in_the_middle_is_found_when_it_is_read_and_never_a_wrong_total(data: Path) -> None:
    """One byte of one page, for every page: either nobody needs it, or it is said."""
    with new_ledger(data) as ledger:
        for n in range(12):
            sell(ledger, [100 + n])
        right = ledger.shift_totals(ledger.sales()[0].shift)
    whole = (data / "ledger.sqlite").read_bytes()
    said = 0
    for page in range(len(whole) // 4_096):
        (data / "ledger.sqlite").write_bytes(whole)
        spoil(data / "ledger.sqlite", page)
        try:
            with Ledger.open(data, KEYS, ToldClock()) as ledger:
                assert ledger.shift_totals(ledger.sales()[0].shift) == right
                assert sum(row.total for row in ledger.sales()) == right.total
        except Unavailable as no:
            assert no.code == "ledger_corrupt"  # noqa: PT017 - both ways are right
            said += 1
    assert said > 3


def copy(data: Path, to: Path) -> None:
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(data, to)


def test_a_restored_copy_is_found_out_without_a_hub(data: Path, tmp_path: Path) -> None:
    with new_ledger(data) as ledger:
        sell(ledger)
    kept = (data / "ledger.sqlite").read_bytes()
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        sell(ledger)
        sell(ledger)
    (data / "ledger.sqlite").write_bytes(kept)
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        assert (ledger.doubt.state, ledger.doubt.why) == (ChainState.SUSPECT, BEHIND)
        assert (ledger.head().seq, ledger.doubt.seen.seq) == (3, 5)
        assert re.fullmatch(r"1-2-1-\d{6}\.1", sell(ledger).doc_no), "no number is given twice"
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        assert ledger.doubt.why == BEHIND, "the next start knows it too"
        assert sell(ledger).doc_no.endswith(".2")


def test_a_log_that_was_lost_is_a_rollback_too(data: Path, tmp_path: Path) -> None:
    with new_ledger(data) as ledger:
        ledger.checkpoint_when_idle()
        sell(ledger)
        copy(data, tmp_path / "crashed")  # as a power cut leaves it, but for the log
    (tmp_path / "crashed" / "ledger.sqlite-wal").unlink()
    (tmp_path / "crashed" / "ledger.sqlite-shm").unlink()
    with Ledger.open(tmp_path / "crashed", KEYS) as ledger:
        assert ledger.doubt.why == BEHIND


def test_a_copy_that_went_its_own_way_is_found_out(data: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin"
    with new_ledger(data) as ledger:
        sell(ledger)
    copy(data, twin)
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        sell(ledger, [100])
    with Ledger.open(twin, KEYS, ToldClock()) as ledger:
        sell(ledger, [200])
        sell(ledger, [300])
    shutil.copy(twin / "ledger.sqlite", data / "ledger.sqlite")
    with Ledger.open(data, KEYS) as ledger:
        assert ledger.doubt.why == BEHIND


@pytest.mark.parametrize("left", [b"", b"{half", None])
def test_a_missing_witness_is_remarked_and_made_again(data: Path, left: bytes | None) -> None:
    with new_ledger(data) as ledger:
        assert not ledger.witness.missing
        sell(ledger)
    witness = data / "ledger.witness"
    if left is None:
        witness.unlink()
    else:
        witness.write_bytes(left)
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        assert ledger.witness.missing
        assert (ledger.doubt.state, ledger.doubt.why) == (ChainState.SUSPECT, MISSING)
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        assert not ledger.witness.missing
        assert ledger.doubt.why == MISSING, "only the hub takes that away"
        ledger.believe(ChainState.HEALTHY)
        assert sell(ledger).doc_no == "1-2-1.2"


def test_the_witness_never_leads(data: Path, failing: Callable[[str], None]) -> None:
    with new_ledger(data) as ledger:
        before = (data / "ledger.witness").read_bytes()
        failing("before")
        with pytest.raises(Unavailable):
            sell(ledger)
        assert (data / "ledger.witness").read_bytes() == before
        sell(ledger)
        assert (data / "ledger.witness").read_bytes() != before


def test_every_code_here_has_its_words() -> None:
    codes = {*schema._CODES.values(), "ledger_busy", "commit_unknown"}
    codes |= {"ledger_in_use", "ledger_missing", "ledger_exists", "ledger_newer", "keys_missing"}
    codes |= {"keys_exist", "keys_unreadable", "already_recorded", "already_voided"}
    assert [code for code in sorted(codes) if not has_words(code)] == []
