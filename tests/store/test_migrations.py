"""A ledger an earlier version wrote is brought up without a byte of its journal changing."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from pos_app.domain.errors import Refused, Unavailable
from pos_app.store import migrations, schema
from pos_app.store.doubt import ChainState
from pos_app.store.journal_file import Ledgered
from pos_app.store.ledger import Ledger
from pos_app.store.projections import differences
from pos_app.store.verify import OK, verify
from tests.store.books import DAY, KEYS, SHIFT, ToldClock, new_ledger, sell, write_keys

OLD = Path(__file__).parents[1] / "databases" / "ledger_v1.sqlite"
OF_2 = (2, 1_012, "boot-1")
"""What version 2 kept of the wrong PINs."""


@pytest.fixture
def old(data: Path) -> Path:
    write_keys(data)
    shutil.copy(OLD, data / "ledger.sqlite")
    return data


def journal_rows(path: Path) -> list[tuple[object, ...]]:
    with closing(schema.connect(path, KEYS.db_key, write=False)) as connection:
        return list(connection.execute("SELECT * FROM journal ORDER BY place").fetchall())


def shape(path: Path) -> dict[str, object]:
    """Tables with their columns, indexes and triggers, however they came to be."""
    with closing(schema.connect(path, KEYS.db_key, write=False)) as connection:
        found: dict[str, object] = {}
        for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master"):
            if kind == "table":
                columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
                found[name] = [(row[1], row[2], row[3], row[5]) for row in columns]
            elif sql:
                found[name] = " ".join(sql.split())
        return found


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_an_old_version_opens_with_everything_in_it(
    old: Path, tmp_path: Path, version: int
) -> None:
    shutil.copy(OLD.with_name(f"ledger_v{version}.sqlite"), old / "ledger.sqlite")
    before = journal_rows(old / "ledger.sqlite")
    with Ledger.open(old, KEYS, ToldClock()) as ledger:
        assert migrations.version_of(ledger.connection) == migrations.VERSION
        assert ledger.witness.missing, "no witness came with it: that is worth a look"
        assert len(ledger.sales()) == 7
        assert ledger.shift_totals(SHIFT).sales == 6
        assert [job.kind for job in ledger.print_jobs(["queued"])] == ["receipt"] * 6 + ["void"]
        assert [row.label for row in ledger.parked()] == ["Blue coat"]
        basket = ledger.open_basket()
        assert basket is not None
        assert basket[0].business_date == DAY
        last = ledger.last_try("ben")
        assert last is not None
        assert (last.tries, last.mono, last.boot) == ((2, 0, "") if version == 1 else OF_2)
        assert ledger.unsent(None).entries == len(before), "the queue is still there"
        assert differences(ledger.connection) == []
        ledger.believe(ChainState.HEALTHY)  # as after the hub's word
        assert sell(ledger).doc_no == "1-2-1.8"
    assert journal_rows(old / "ledger.sqlite")[: len(before)] == before
    new_ledger(tmp_path / "new").close()
    assert shape(old / "ledger.sqlite") == shape(tmp_path / "new" / "ledger.sqlite")
    with closing(Ledgered(old / "ledger.sqlite", KEYS.db_key)) as source:
        assert verify(source, frozenset({KEYS.public_hex}), []).code == OK


def test_the_file_is_copied_before_it_is_changed(old: Path) -> None:
    Ledger.open(old, KEYS, ToldClock()).close()
    kept = old / "ledger.v1.sqlite"
    assert kept.read_bytes() == OLD.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
    assert not list(old.glob("*.half"))


def test_a_step_that_fails_leaves_the_old_version(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = migrations.STEPS[2]
    monkeypatch.setitem(migrations.STEPS, 2, (good[0], "INSERT INTO day VALUES (NULL)"))
    with pytest.raises(Exception, match="day"):
        Ledger.open(old, KEYS, ToldClock())
    with closing(schema.connect(old / "ledger.sqlite", KEYS.db_key, write=False)) as connection:
        assert migrations.version_of(connection) == 1
        columns = [row[1] for row in connection.execute("PRAGMA table_info(sign_in_try)")]
    assert columns == ["staff_id", "tries", "last_wall"]
    monkeypatch.setitem(migrations.STEPS, 2, good)
    with Ledger.open(old, KEYS, ToldClock()) as ledger:
        assert len(ledger.sales()) == 7


def test_no_step_touches_the_journal() -> None:
    for statements in migrations.STEPS.values():
        for statement in statements:
            assert "journal" not in statement.lower()


def test_a_ledger_of_a_later_program_is_left_alone(data: Path) -> None:
    with new_ledger(data) as ledger:
        ledger.connection.execute(f"PRAGMA user_version={migrations.VERSION + 1}")
    before = (data / "ledger.sqlite").read_bytes()
    with pytest.raises(Refused, match="ledger_newer"):
        Ledger.open(data, KEYS)
    assert (data / "ledger.sqlite").read_bytes() == before


def test_another_database_is_no_ledger(data: Path) -> None:
    write_keys(data)
    with closing(schema.connect(data / "ledger.sqlite", KEYS.db_key, write=True)) as connection:
        connection.execute("CREATE TABLE x (a)")
    before = (data / "ledger.sqlite").read_bytes()
    with pytest.raises(Unavailable, match="ledger_corrupt"):
        Ledger.open(data, KEYS)
    assert (data / "ledger.sqlite").read_bytes() == before
