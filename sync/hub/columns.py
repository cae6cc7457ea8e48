"""What the hub's tables are made of: the kinds of their columns, and the list they all stand in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, Text
from sqlalchemy.ext.compiler import compiles

metadata = MetaData(
    naming_convention={"ix": "ix_%(column_0_N_label)s", "uq": "uq_%(table_name)s_%(column_0_name)s"}
)
NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""INTEGER is what makes a primary key the row's own address in SQLite."""
CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}
"""The primary key is the table: one tree to write instead of two."""


@compiles(Text, "postgresql")
def _text(*_: Any, **__: Any) -> str:
    """Compared byte by byte on every database: days and ids in the same order everywhere."""
    return 'TEXT COLLATE "C"'


def text_column(name: str) -> Column[str]:
    """A text that is never NULL."""
    return Column(name, Text, nullable=False)


def key(name: str) -> Column[str]:
    """A text of the primary key."""
    return Column(name, Text, primary_key=True, nullable=False)


def whole(name: str) -> Column[int]:
    """A whole number that is never NULL."""
    return Column(name, BigInteger, nullable=False)


def flag(name: str) -> Column[bool]:
    """True or false."""
    return Column(name, Boolean(create_constraint=False), nullable=False)


def since_3(name: str) -> Column[str]:
    """A text that rows of before version 3 (or a later one) have not: empty there."""
    return Column(name, Text, nullable=False, server_default="")
