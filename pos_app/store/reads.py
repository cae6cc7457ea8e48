"""How a ledger is read: rows, values that are whole, and what it holds of shifts and of cash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.errors import Refused, Unavailable
from pos_app.domain.shift import ShiftTotals
from pos_app.store import schema
from pos_app.store.projections import decode_totals
from pos_app.store.records import CashRow, Shift
from sync.protocol import ShiftClosed, decode_fact

LEDGER_FILE: Final = "ledger.sqlite"
_SHIFTS: Final = (
    "SELECT shift_id, number, opened, opened_by, biz_date, currency, float_amount, counts, "
    "state FROM shift"
)

_counts_decoder = msgspec.json.Decoder(dict[str, int])

_Read = TypeVar("_Read")


def whole(decode: Callable[[bytes], _Read], body: bytes) -> _Read:
    """What a body says; raises Unavailable("ledger_corrupt") for one that is not whole.

    SQLCipher gives zeros, and no error, for a damaged page in the middle of a large value.
    """
    try:
        return decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as cause:
        raise Unavailable("ledger_corrupt", file=LEDGER_FILE) from cause


class Reads:
    """The part of a ledger's reads that is about shifts; its other reads stand on it."""

    _connection: dbapi2.Connection
    _path: Path

    def _rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        try:
            return list(self._connection.execute(sql, parameters).fetchall())
        except dbapi2.Error as cause:
            raise schema.told(cause, self._path) from cause

    def _row(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        rows = self._rows(sql, parameters)
        return rows[0] if rows else None

    def current_shift(self) -> Shift | None:
        """The open shift."""
        return _shift(
            self._row(_SHIFTS + " WHERE state = 'open' ORDER BY number DESC, opened DESC LIMIT 1")
        )

    def shift(self, shift_id: str) -> Shift | None:
        """A shift, open or closed."""
        return _shift(self._row(_SHIFTS + " WHERE shift_id = ?", (shift_id,)))

    def shift_totals(self, shift_id: str) -> ShiftTotals:
        """What a shift brought so far; raises Refused("no_open_shift") for an unknown one."""
        row = self._row("SELECT totals FROM shift WHERE shift_id = ?", (shift_id,))
        if row is None:
            raise Refused("no_open_shift")
        return whole(decode_totals, row[0])

    def last_z(self) -> ShiftClosed | None:
        """The Z of the shift that was closed last; None before the first.

        Read from the journal's end backwards: meant for the moment before the next shift opens.
        """
        row = self._row(
            "SELECT body FROM journal WHERE type = 'shift_closed' ORDER BY place DESC LIMIT 1"
        )
        found = None if row is None else whole(decode_fact, row[0])
        return found if isinstance(found, ShiftClosed) else None

    def cash_moves(self, shift_id: str) -> list[CashRow]:
        """Cash that moved in a shift without a sale, oldest first."""
        return [
            CashRow(*row)
            for row in self._rows(
                "SELECT kind, wall, actor, approver, reason, reference, amount FROM cash_move "
                "WHERE shift = ? ORDER BY place",
                (shift_id,),
            )
        ]

    def day_totals(self, business_date: str, currency: str) -> list[ShiftTotals]:
        """The totals of every shift that was opened on a business day, in one currency."""
        return [
            whole(decode_totals, row[0])
            for row in self._rows(
                "SELECT totals FROM shift WHERE biz_date = ? AND currency = ? ORDER BY number",
                (business_date, currency),
            )
        ]

    def next_shift_number(self) -> int:
        """The number of the next shift: dense per till."""
        return int(self._row("SELECT coalesce(max(number), 0) + 1 FROM shift")[0])


def _shift(row: Any) -> Shift | None:
    if row is None:
        return None
    values = list(row)
    values[7] = whole(_counts_decoder.decode, row[7])
    return Shift(*values)
