"""Planted bugs of a till's files: when a sale is durable, what its number is, what is read back."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.errors import Unavailable
from pos_app.store import feed_rows, journal, projections, rejoin, schema
from pos_app.store.journal import Chain
from pos_app.store.ledger import Ledger
from pos_app.store.replica import ReplicaWriter

Rows = list[tuple[Any, str, Any]]


def _printed_before_commit() -> Rows:
    """A sale counts as written before its COMMIT, which happens when the next one begins."""
    begin = Ledger.begin

    def later(self: Any, chain: Any, last_id: str) -> None:
        self.chain = chain
        if last_id:
            self.witness.write(chain.head(), self.doubt.nth)

    def begun(self: Any) -> None:
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
        begin(self)

    return [(Ledger, "commit", later), (Ledger, "begin", begun)]


def _failed_commit_is_undone() -> Rows:
    """COMMIT said that it failed: then nothing was written, and nobody looks."""

    def settle(self: Any, cause: BaseException, _last_id: str) -> None:
        self._reopen()
        raise Unavailable("ledger_write_failed", file=self._path.name) from cause

    return [(Ledger, "_settle", settle)]


def _failed_commit_is_done() -> Rows:
    """COMMIT said that it failed: it will have worked all the same."""

    def settle(self: Any, _cause: BaseException, _last_id: str) -> None:
        self._reopen()

    return [(Ledger, "_settle", settle)]


def _numbers_begin_anew() -> Rows:
    """After a start receipts are numbered by what is in the shift, not by what was printed."""
    real = Chain.read

    def read(connection: Any) -> Any:
        chain = real(connection)
        chain.documents = max(0, chain.documents - 1)
        return chain

    return [(Chain, "read", staticmethod(read))]


def _cursor_before_rows() -> Rows:
    """The cursor of a page is committed before its rows."""
    real = ReplicaWriter.apply

    def apply(self: Any, reply: Any) -> Any:
        half = len(reply.rows) // 2
        if half:
            emptied = [
                msgspec.structs.replace(row, kind="stock", rows=msgspec.Raw(b"[]"))
                for row in reply.rows
            ]
            applied = real(self, msgspec.structs.replace(reply, rows=emptied))
            with self._transaction() as connection:
                for row in reply.rows:
                    feed_rows.apply_rows(
                        connection, reply.stream, row, applied, building=self.building
                    )
            return applied
        return real(self, reply)

    return [(ReplicaWriter, "apply", apply)]


def _sent_by_the_clock() -> Rows:
    """Entries go out in the order of the wall clock."""
    text = journal.SELECT_ENTRIES.replace("ORDER BY place", "ORDER BY wall")
    return [(journal, "SELECT_ENTRIES", text)]


def _totals_kept_over_a_rollback() -> Rows:
    """What a shift comes to is kept in memory also where its sale was taken back."""
    return [(projections.Projector, "forget", lambda _self: None)]


def _a_row_is_lost() -> Rows:
    """The first product of each row of stock is passed over."""
    real = feed_rows._change_stock

    def change(connection: dbapi2.Connection, rows: list[Any]) -> None:
        real(connection, rows[1:])

    tables = {**feed_rows._TABLES}
    tables["stock"] = (*tables["stock"][:2], change)
    return [(feed_rows, "_TABLES", tables)]


def _journalled_again_under_new_ids() -> Rows:
    """What a till brings into its next life gets other ids than it had."""
    real = rejoin._Made._once_more

    def once_more(self: Any, epoch: int, seq: int, fact_id: str, body: bytes, taken: Any) -> None:
        other = rejoin._derived(fact_id, body)
        told = {**msgspec.json.decode(body), "id": other}
        real(self, epoch, seq, other, msgspec.json.encode(told), taken)

    return [(rejoin._Made, "_once_more", once_more)]


def _tail_left_behind() -> Rows:
    """A till that is enrolled again begins with what the hub has, and with nothing of its own."""
    return [(rejoin._Made, "_tail", lambda _self, _agreed: iter(()))]


def _broken_handle_trusted() -> Rows:
    """After an I/O error the same handle is used again."""
    return [(schema, "IO_ERROR", 999)]


ROWS: Final = (
    (
        "printed_before_commit",
        "A receipt is handed out before the COMMIT of its sale.",
        *("crash", 6, _printed_before_commit),
    ),
    (
        "failed_commit_is_undone",
        "A COMMIT that failed is taken for one that wrote nothing.",
        *("disk", 12, _failed_commit_is_undone),
    ),
    (
        "failed_commit_is_done",
        "A COMMIT that failed is taken for one that worked.",
        *("disk", 10, _failed_commit_is_done),
    ),
    (
        "numbers_begin_anew",
        "After a start the last receipt number is given again.",
        *("crash", 6, _numbers_begin_anew),
    ),
    (
        "cursor_before_rows",
        "The place in the feed is written down before the rows that lead there.",
        *("feed", 30, _cursor_before_rows),
    ),
    (
        "sent_by_the_clock",
        "Entries are sent in the order of the clock.",
        "clock",
        8,
        _sent_by_the_clock,
    ),
    (
        "totals_kept_over_a_rollback",
        "A sale that was taken back stays in the shift's totals.",
        *("crash", 12, _totals_kept_over_a_rollback),
    ),
    (
        "a_stock_row_is_lost",
        "The first product of each row of stock is passed over on a till.",
        *("calm", 4, _a_row_is_lost),
    ),
    (
        "journalled_again_under_new_ids",
        "What a till brings into its next life gets other ids than it had.",
        *("restore", 10, _journalled_again_under_new_ids),
    ),
    (
        "tail_left_behind",
        "A till that is enrolled again keeps nothing that the hub did not have.",
        *("restore", 10, _tail_left_behind),
    ),
    (
        "broken_handle_trusted",
        "After an I/O error the same handle is used again.",
        *("crash", 12, _broken_handle_trusted),
    ),
)
