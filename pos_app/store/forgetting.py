"""Customers go from a till's copies: whom the hub says, from each; all, where nobody says anything."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlcipher3 import dbapi2

from pos_app.domain.day import parse_utc
from pos_app.store import catalogue, customer_rows
from sync.protocol.customers import CustomerRow

CONTACT: Final = "last_contact"
"""Under which name sync keeps when the hub answered last."""
_BEFORE: Final = "before"


def from_copy_before(connection: dbapi2.Connection, path: Path, gone: list[str]) -> int:
    """Forgets these in the copy that was in use before, which windows fall back to; how many went.

    Its key is that of the copy in use. A file of an earlier version knows nobody.
    """
    before = path.with_name(catalogue.PREVIOUS)
    if not gone or not before.is_file():
        return 0
    connection.execute(f"ATTACH DATABASE ? AS {_BEFORE}", (str(before),))
    try:
        (version,) = connection.execute(f"PRAGMA {_BEFORE}.user_version").fetchone()
        if version != catalogue.VERSION:
            return 0
        connection.execute("BEGIN IMMEDIATE")
        try:
            count = customer_rows.forget(connection, gone, f"{_BEFORE}.")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute(f"PRAGMA {_BEFORE}.wal_checkpoint(TRUNCATE)").fetchall()
        return count
    finally:
        connection.execute(f"DETACH DATABASE {_BEFORE}")


def is_silent(connection: dbapi2.Connection, now: datetime) -> bool:
    """True where the hub said nothing for so long that it may have had to say: forget them."""
    heard = catalogue.read_state(connection, CONTACT) or catalogue.read_state(connection, "as_of")
    if not heard:
        return False
    if now - parse_utc(heard) <= timedelta(days=customer_rows.KEPT_DAYS):
        return False
    (count,) = connection.execute(customer_rows.COUNT).fetchone()
    return bool(count)


def gone_in(rows: list[CustomerRow]) -> list[str]:
    """Ids of those who are to be forgotten in every copy."""
    return [row.customer for row in rows if row.erased]
