"""An older hub's database brought to the present tables: what is missing is added, nothing is changed.

New tables and new columns (which have a default) are all there ever is: what tills sent is kept as
it came. One transaction with the version number inside it: the old database or the new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from sync.hub import schema


def statements(columns_of: dict[str, frozenset[str]]) -> Iterator[str]:
    """What makes the present tables of those that are there (name -> its columns)."""
    dialect = sqlite.dialect()
    for table in schema.metadata.sorted_tables:
        held = columns_of.get(table.name)
        if held is None:
            yield str(CreateTable(table).compile(dialect=dialect)).strip()
            for index in sorted(table.indexes, key=lambda each: str(each.name)):
                yield str(CreateIndex(index).compile(dialect=dialect)).strip()
            continue
        compiler: Any = dialect.ddl_compiler(dialect, CreateTable(table))
        for column in table.columns:
            if column.name not in held:
                told = compiler.get_column_specification(column)
                yield f"ALTER TABLE {table.name} ADD COLUMN {told}"
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            yield str(CreateIndex(index, if_not_exists=True).compile(dialect=dialect)).strip()
