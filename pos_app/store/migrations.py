"""The ledger's own way from one version of its tables to the next.

Each step is one transaction with the version number inside it: after a power cut it is the old
version or the new one. Before the first step the whole file is copied aside. No step names the
journal's table: its bytes are the fiscal record.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlcipher3 import dbapi2

from pos_app.domain.errors import Refused, Unavailable
from pos_app.store import projections, schema

VERSION: Final = 6
APPLICATION_ID: Final = 0x48464C31
"""HFL1: `file` and people can tell a ledger (once it is decrypted) from another database."""

STEPS: Final[dict[int, tuple[str, ...]]] = {
    # A lock-out is counted on the monotonic clock: a wall clock can be set.
    2: (
        "ALTER TABLE sign_in_try ADD COLUMN mono INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE sign_in_try ADD COLUMN boot TEXT NOT NULL DEFAULT ''",
    ),
    3: (
        # What is asked of a card terminal is written before it is asked.
        (
            "CREATE TABLE payment_attempt (number INTEGER NOT NULL, reference TEXT NOT NULL, "
            "kind TEXT NOT NULL, of_reference TEXT NOT NULL, basket_id TEXT NOT NULL, "
            "currency TEXT NOT NULL, state TEXT NOT NULL, terminal TEXT NOT NULL, "
            "staff TEXT NOT NULL, begun_at TEXT NOT NULL, sent_at TEXT NOT NULL, "
            "changed_at TEXT NOT NULL, amount INTEGER NOT NULL, asked INTEGER NOT NULL, "
            "answer BLOB NOT NULL, PRIMARY KEY (number)) STRICT"
        ),
        "CREATE INDEX payment_attempt_basket ON payment_attempt (basket_id)",
        "CREATE UNIQUE INDEX payment_attempt_reference ON payment_attempt (reference)",
        # Cash that moved without a sale, so that X and Z list it without reading the journal.
        (
            "CREATE TABLE cash_move (place INTEGER NOT NULL, shift TEXT NOT NULL, "
            "kind TEXT NOT NULL, wall TEXT NOT NULL, actor TEXT NOT NULL, "
            "approver TEXT NOT NULL, currency TEXT NOT NULL, reason TEXT NOT NULL, "
            "reference TEXT NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (place)) STRICT"
        ),
        "CREATE INDEX cash_move_shift ON cash_move (shift)",
        # What came back of which sale, and never more of a line than was sold.
        "ALTER TABLE day ADD COLUMN refunds INTEGER NOT NULL DEFAULT '0'",
        (
            "CREATE TABLE refund (place INTEGER NOT NULL, refund_id TEXT NOT NULL, "
            "sale_id TEXT NOT NULL, total INTEGER NOT NULL, PRIMARY KEY (place)) STRICT"
        ),
        "CREATE INDEX refund_sale ON refund (sale_id, place)",
        (
            "CREATE TABLE returned (sale_id TEXT NOT NULL, line INTEGER NOT NULL, "
            "sold INTEGER NOT NULL, qty INTEGER NOT NULL, PRIMARY KEY (sale_id, line), "
            "CONSTRAINT returned_no_more_than_sold CHECK (qty <= sold)) WITHOUT ROWID, STRICT"
        ),
        # An invoice is found by its sale.
        (
            "CREATE TABLE invoice (sale_id TEXT NOT NULL, place INTEGER NOT NULL, "
            "invoice_id TEXT NOT NULL, doc_no TEXT NOT NULL, copies INTEGER NOT NULL, "
            "PRIMARY KEY (sale_id)) WITHOUT ROWID, STRICT"
        ),
        "CREATE UNIQUE INDEX invoice_doc_no ON invoice (doc_no)",
    ),
    4: (
        # Two lives of one till (a backup was put back) may have given a number twice, or taken
        # one sale back twice: what happened is kept, and people are told.
        "DROP INDEX sale_doc_no",
        "CREATE INDEX sale_doc_no ON sale (doc_no)",
        "DROP INDEX sale_void_of",
        "CREATE INDEX sale_void_of ON sale (void_of) WHERE void_of <> ''",
        "DROP INDEX shift_number",
        "CREATE INDEX shift_number ON shift (number)",
        "DROP INDEX invoice_doc_no",
        "CREATE INDEX invoice_doc_no ON invoice (doc_no)",
        # What the hub was asked about rights, and the rights it gave.
        (
            "CREATE TABLE question (ask_id TEXT NOT NULL, path TEXT NOT NULL, state TEXT NOT "
            "NULL, code TEXT NOT NULL, asked_at TEXT NOT NULL, answered_at TEXT NOT NULL, "
            "epoch INTEGER NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL, answer BLOB "
            "NOT NULL, PRIMARY KEY (ask_id)) STRICT"
        ),
        "CREATE INDEX question_open ON question (state) WHERE state = 'open'",
        (
            "CREATE TABLE held_right (right_id TEXT NOT NULL, form TEXT NOT NULL, kind TEXT "
            "NOT NULL, account TEXT NOT NULL, state TEXT NOT NULL, boot TEXT NOT NULL, got_at "
            "TEXT NOT NULL, document TEXT NOT NULL, epoch INTEGER NOT NULL, amount INTEGER NOT "
            "NULL, remaining INTEGER NOT NULL, ttl_s INTEGER NOT NULL, mono INTEGER NOT NULL, "
            "proof BLOB NOT NULL, PRIMARY KEY (right_id), CONSTRAINT "
            "held_right_never_overspent CHECK (remaining >= 0 AND remaining <= amount)) "
            "STRICT"
        ),
        "CREATE INDEX held_right_state ON held_right (state)",
    ),
    5: (
        # What was done here for customers' orders, what left the stock by it, and orders that only
        # their signed pass told of.
        (
            "CREATE TABLE order_step (place INTEGER NOT NULL, reservation TEXT NOT NULL, "
            "step TEXT NOT NULL, sale TEXT NOT NULL, PRIMARY KEY (place)) STRICT"
        ),
        "CREATE INDEX order_step_of ON order_step (reservation, place)",
        "CREATE INDEX order_step_sale ON order_step (sale) WHERE sale <> ''",
        (
            "CREATE TABLE order_move (place INTEGER NOT NULL, nth INTEGER NOT NULL, "
            "sku TEXT NOT NULL, moved INTEGER NOT NULL, PRIMARY KEY (place, nth)) "
            "WITHOUT ROWID, STRICT"
        ),
        (
            "CREATE TABLE passed_order (reservation TEXT NOT NULL, got_at TEXT NOT NULL, "
            "body BLOB NOT NULL, PRIMARY KEY (reservation)) STRICT"
        ),
        # Goods that are being counted: a delivery, a transfer, stock.
        (
            "CREATE TABLE goods_work (work_id TEXT NOT NULL, kind TEXT NOT NULL, began TEXT NOT "
            "NULL, body BLOB NOT NULL, PRIMARY KEY (work_id)) STRICT"
        ),
        (
            "CREATE TABLE goods_line (work_id TEXT NOT NULL, sku TEXT NOT NULL, nth INTEGER NOT "
            "NULL, counted INTEGER NOT NULL, damaged INTEGER NOT NULL, told INTEGER NOT NULL, "
            "told_damaged INTEGER NOT NULL, times INTEGER NOT NULL, at TEXT NOT NULL, book INTEGER "
            "NOT NULL, PRIMARY KEY (work_id, sku)) WITHOUT ROWID, STRICT"
        ),
    ),
    6: (
        # Which entries name a customer, and customers whom only an answer of the hub told of.
        (
            "CREATE TABLE customer_step (place INTEGER NOT NULL, customer TEXT NOT NULL, "
            "PRIMARY KEY (place)) STRICT"
        ),
        "CREATE INDEX customer_step_of ON customer_step (customer, place)",
        (
            "CREATE TABLE customer_kept (customer TEXT NOT NULL, version INTEGER NOT NULL, "
            "got_at TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (customer)) "
            "WITHOUT ROWID, STRICT"
        ),
    ),
}
"""Version reached -> its statements."""
_FOLDS: Final[dict[int, Callable[[dbapi2.Connection], None]]] = {3: projections.count_cash_back}
"""Version reached -> what no statement can add to values the program encodes."""


def version_of(connection: dbapi2.Connection) -> int:
    """The version of the tables in a ledger."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def bring_up(connection: dbapi2.Connection, path: Path) -> int:
    """The ledger at the present version; how many steps that took.

    Raises Refused("ledger_newer", found=, known=) for a file of a later program,
    Unavailable("ledger_corrupt") for one that is no ledger, Unavailable("disk_full" | …).
    """
    found = version_of(connection)
    if found == VERSION:
        return 0
    if found > VERSION:
        raise Refused("ledger_newer", found=found, known=VERSION)
    if found == 0:
        raise Unavailable("ledger_corrupt", file=path.name)
    _copy_aside(connection, path, found)
    for version in range(found + 1, VERSION + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in STEPS[version]:
                connection.execute(statement)
            if version in _FOLDS:
                _FOLDS[version](connection)
            connection.execute(f"PRAGMA user_version={version}")
            connection.execute("COMMIT")
        except dbapi2.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    return VERSION - found


def copy_name(path: Path, version: int) -> Path:
    """Where the file as it was at `version` is kept."""
    return path.with_name(f"{path.stem}.v{version}{path.suffix}")


def _copy_aside(connection: dbapi2.Connection, path: Path, version: int) -> None:
    """The whole file as it is, durable under its own name before anything is changed."""
    busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise Unavailable("file_locked", file=path.name)
    kept = copy_name(path, version)
    half = kept.with_name(kept.name + ".half")
    try:
        with path.open("rb") as source, half.open("wb") as target:
            half.chmod(0o600)
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
        half.replace(kept)
        schema.flush_directory(path.parent)
    except OSError as cause:
        half.unlink(missing_ok=True)
        raise Unavailable("disk_full", file=kept.name) from cause
