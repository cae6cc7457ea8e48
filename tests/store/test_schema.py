"""Connections: keyed, durable, and refused where the file does not promise what was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from pos_app.domain.errors import Refused, Unavailable
from pos_app.store import schema
from pos_app.store.ledger import Ledger
from tests.store.books import KEYS, ToldClock, new_ledger, sell

KEY = KEYS.db_key


@pytest.mark.parametrize(
    ("version", "fine"),
    [((3, 40, 1), False), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 53, 4), True)],
)
def test_a_sqlite_that_can_lose_commits_is_refused(version: tuple[int, ...], fine: bool) -> None:
    if fine:
        schema.check_version(version)
        return
    with pytest.raises(Refused) as told:
        schema.check_version(version)
    assert told.value.code == "sqlite_too_old"
    assert told.value.facts == {"found": ".".join(map(str, version)), "need": "3.51.3"}


def test_the_writer_is_durable_and_says_so(tmp_path: Path) -> None:
    connection = schema.connect(tmp_path / "a.sqlite", KEY, write=True)
    asked = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in (
            *("journal_mode", "synchronous", "foreign_keys", "trusted_schema"),
            *("wal_autocheckpoint", "journal_size_limit", "recursive_triggers"),
        )
    }
    connection.close()
    assert asked == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "wal_autocheckpoint": 0,
        "journal_size_limit": 16 << 20,
        "recursive_triggers": 1,
    }


class Deaf(dbapi2.Connection):
    """A driver that takes `synchronous=FULL` and stays at NORMAL."""

    def execute(self, sql: str, *rest: Any) -> Any:
        return super().execute(sql.replace("synchronous=2", "synchronous=1"), *rest)


def test_a_file_that_is_not_synchronous_full_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = dbapi2.connect
    monkeypatch.setattr(dbapi2, "connect", lambda *a, **k: real(*a, factory=Deaf, **k))
    with pytest.raises(Refused) as told:
        schema.connect(tmp_path / "a.sqlite", KEY, write=True)
    assert told.value.code == "pragma_refused"
    assert told.value.facts == {"pragma": "synchronous", "wanted": 2, "found": 1}


def test_a_key_that_does_not_fit_reads_as_damage_and_changes_nothing(
    data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    new_ledger(data).close()
    before = (data / "ledger.sqlite").read_bytes()
    with pytest.raises(Unavailable, match="ledger_corrupt"):
        schema.connect(data / "ledger.sqlite", bytes(32), write=False)
    with pytest.raises(Unavailable, match="ledger_corrupt"):
        schema.connect(data / "ledger.sqlite", bytes(32), write=True)
    assert (data / "ledger.sqlite").read_bytes() == before
    assert capfd.readouterr().err == "", "the library writes nothing to the cashier's terminal"


def test_a_reader_needs_a_file(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="file_unreadable"):
        schema.connect(tmp_path / "none.sqlite", KEY, write=False)


def test_the_log_stays_small_while_selling_and_is_empty_after_idling(data: Path) -> None:
    log = data / "ledger.sqlite-wal"
    with new_ledger(data) as ledger:
        ledger.connection.execute("CREATE TABLE filler (a BLOB)")
        for _ in range(14):  # 42 MB through the log
            with ledger.transaction() as tx:
                tx._execute("INSERT INTO filler VALUES (randomblob(3000000))")
        assert log.stat().st_size < schema.WAL_LIMIT_BYTES + (8 << 20)
        sell(ledger)
        ledger.checkpoint_when_idle()
        sell(ledger)
        assert log.stat().st_size <= schema.WAL_LIMIT_BYTES
    assert not log.exists(), "a closed ledger is one file"
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        assert len(ledger.sales()) == 2
