"""The declared tables and the SQL that runs are the same thing."""

from __future__ import annotations

import re
from contextlib import closing

import pytest
from sqlcipher3 import dbapi2

from pos_app.store import (
    attempts,
    invoices,
    journal,
    ledger,
    migrations,
    projections,
    reader,
    transaction,
)
from pos_app.store.ledger_tables import create_statements, metadata

MODULES = (attempts, invoices, journal, projections, transaction, reader, ledger)


def empty() -> dbapi2.Connection:
    connection = dbapi2.connect(":memory:", isolation_level=None)
    for statement in create_statements():
        connection.execute(statement)
    return connection


def texts() -> list[tuple[str, str]]:
    found = []
    for module in MODULES:
        for name, value in vars(module).items():
            if isinstance(value, str) and re.match(r"(SELECT|INSERT|UPDATE|DELETE) ", value):
                found.append((f"{module.__name__}.{name}", value))
    return found


def test_there_are_statements_to_check() -> None:
    assert len(texts()) > 20


@pytest.mark.parametrize(("name", "sql"), texts(), ids=[name for name, _ in texts()])
def test_every_statement_fits_the_tables(name: str, sql: str) -> None:
    with closing(empty()) as connection:
        marks = max([sql.count("?"), *(int(n) for n in re.findall(r"\?(\d)", sql))])
        marks = int(max(re.findall(r"\?(\d)", sql), default=marks))
        connection.execute(f"EXPLAIN {sql}", (None,) * marks)


@pytest.mark.parametrize(("name", "sql"), texts(), ids=[name for name, _ in texts()])
def test_an_insert_names_every_column(name: str, sql: str) -> None:
    found = re.match(r"INSERT INTO (\w+) \(([^)]*)\)", sql)
    if found is None:
        return
    named = [column.strip() for column in found[2].split(",")]
    assert sorted(named) == sorted(metadata.tables[found[1]].columns.keys()), name


def test_tables_are_strict_and_hold_no_nulls() -> None:
    with closing(empty()) as connection:
        for name in metadata.tables:
            (sql,) = connection.execute(
                "SELECT sql FROM sqlite_master WHERE name = ?", (name,)
            ).fetchone()
            assert "STRICT" in sql, name
            for row in connection.execute(f"PRAGMA table_info({name})"):
                assert row[3], f"{name}.{row[1]} may be NULL"


def test_what_is_folded_is_declared() -> None:
    assert set(projections.TABLES) < set(metadata.tables)
    assert 1 + len(migrations.STEPS) == migrations.VERSION


def test_money_and_quantities_are_whole_numbers() -> None:
    assert {str(column.type) for table in metadata.tables.values() for column in table.c} == {
        "INTEGER",
        "TEXT",
        "BLOB",
    }
