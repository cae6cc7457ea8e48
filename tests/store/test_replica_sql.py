"""The SQL kept as text fits the tables declared in Core, and no look-up walks the catalogue."""

from __future__ import annotations

import re

import pytest
import sqlalchemy

from pos_app.store import catalogue, feed_rows, replica_schema, sale_refs, search, typos
from pos_app.store.catalogue import CURRENT, VERSION
from pos_app.store.replica import ReplicaWriter
from pos_app.store.schema import connect
from tests.store.replica_feed import KEY

MODULES = (catalogue, feed_rows, sale_refs, search, typos)
STATEMENTS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": text
    for module in MODULES
    for name, value in vars(module).items()
    for text in (value.values() if isinstance(value, dict) else [value])
    if isinstance(text, str) and re.match(r"(SELECT|INSERT|UPDATE|DELETE) ", text)
}
FRAGMENTS = {"_PRODUCT", "_PRICE", "_STOCK"}
"""Beginnings that a complete statement is made from."""
WALKS = {
    "search._SOLD",
    "search._OTHERS",
    "catalogue._ANY",
    "feed_rows._NEXT_ID",
}
"""What reads the whole table on purpose, or only its first or last rows by id."""
COMPLETE = {
    name: text for name, text in STATEMENTS.items() if name.rpartition(".")[2] not in FRAGMENTS
}


@pytest.fixture
def replica(tmp_path):
    ReplicaWriter.open(tmp_path, KEY).close()
    connection = connect(tmp_path / CURRENT, KEY, write=True)
    for statement in replica_schema.arrival_statements():
        connection.execute(statement)
    yield connection
    connection.close()


def test_there_are_statements_to_check():
    assert len(COMPLETE) > 25


@pytest.mark.parametrize("name", COMPLETE)
def test_a_statement_fits_the_tables(replica, name):
    statement = COMPLETE[name]
    plan = replica.execute(
        f"EXPLAIN QUERY PLAN {statement}", ("x",) * statement.count("?")
    ).fetchall()
    steps = [row[3] for row in plan]
    if name not in WALKS:
        walked = [
            step
            for step in steps
            if re.match(r"SCAN (product|barcode|price|stock|sale_ref)\b", step)
        ]
        assert not walked, steps


def test_the_tables_are_those_declared(replica):
    found = {
        name: {row[1] for row in replica.execute(f"PRAGMA table_info({name})")}
        for (name,) in replica.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    for table in replica_schema.metadata.tables.values():
        assert isinstance(table, sqlalchemy.Table)
        assert found[table.name] == set(table.columns.keys())
    assert replica.execute("PRAGMA user_version").fetchone() == (VERSION,)
