"""What is being counted at this till: deliveries, goods to be sent, stock. The till's own, no facts.

Each scan is a row that is written before the next is read, so a power cut takes none of it. What was
told of it in a fact stays noted (`told`): only the rest is told by the next.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from pos_app.store.journal import place_of
from pos_app.store.reads import Reads, whole
from sync.protocol import AnyFact, decode_fact

RECEIVING, SENDING, COUNTING = "receiving", "sending", "counting"

_KEEP: Final = (
    "INSERT INTO goods_work (work_id, kind, began, body) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (work_id) DO UPDATE SET body = excluded.body"
)
_KEEP_LINE: Final = (
    "INSERT INTO goods_line (work_id, sku, nth, counted, damaged, told, told_damaged, times, at, "
    "book) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (work_id, sku) DO UPDATE SET "
    "nth = excluded.nth, counted = excluded.counted, damaged = excluded.damaged, "
    "told = excluded.told, told_damaged = excluded.told_damaged, times = excluded.times, "
    "at = excluded.at, book = excluded.book"
)
_FORGET: Final = (
    "DELETE FROM goods_line WHERE work_id = ?",
    "DELETE FROM goods_work WHERE work_id = ?",
)
_FORGET_LINE: Final = "DELETE FROM goods_line WHERE work_id = ? AND sku = ?"
_WORKS: Final = "SELECT work_id, body FROM goods_work ORDER BY began, work_id"
_WORK: Final = "SELECT work_id, body FROM goods_work WHERE work_id = ?"
_LINES: Final = (
    "SELECT sku, nth, counted, damaged, told, told_damaged, times, at, book FROM goods_line "
    "WHERE work_id = ? ORDER BY nth DESC, sku"
)
_SINCE: Final = (
    "SELECT body FROM journal WHERE place > ? AND type IN ('goods_received', 'transfer_sent', "
    "'transfer_requested', 'transfer_called_off', 'stock_counted') ORDER BY place"
)


class Work(msgspec.Struct, frozen=True, omit_defaults=True):
    """A piece of work that is open at this till."""

    kind: str
    """receiving, sending or counting."""
    name: str
    began: str
    """UTC."""
    by: str
    """Staff id of who began it."""
    source: str = ""
    """The store, or the supplier, it comes from."""
    target: str = ""
    """The store it goes to."""
    of_kind: str = ""
    """Of a delivery: transfer or supply. Of a count: place, department, list or free."""
    scope_of: str = ""
    listed: tuple[str, ...] = ()
    """SKUs that are taken as the list says, uncounted."""
    done: tuple[str, ...] = ()
    """SKUs of which no more is expected: what is short of them is a difference now."""
    boxes: tuple[str, ...] = ()
    """Labels of boxes that were counted as a whole."""
    last: tuple[tuple[str, int], ...] = ()
    """The last scans (SKU, thousandths), the newest last: what Del takes back."""
    reasons: tuple[tuple[str, str, str], ...] = ()
    """(SKU, kind of difference, reason)."""
    again: tuple[str, ...] = ()
    """SKUs of a count that were far off: they are counted a second time."""
    aside: tuple[str, ...] = ()
    """Customers' orders for which a piece was put aside."""
    wanted: tuple[tuple[str, int], ...] = ()
    """What a list asks for: (SKU, thousandths)."""
    note: str = ""


class WorkLine(msgspec.Struct, frozen=True):
    """What was counted of a product; thousandths."""

    sku: str
    nth: int
    """Grows with each scan: what was scanned last stands first."""
    counted: int = 0
    damaged: int = 0
    told: int = 0
    """Of `counted`, what a fact has told already."""
    told_damaged: int = 0
    times: int = 1
    at: str = ""
    """When it was counted last, UTC."""
    book: int = 0
    """The stock as this till knew it then."""


_decode = msgspec.json.Decoder(Work).decode
_encode = msgspec.json.Encoder().encode


class WorkReads(Reads):
    """The part of a ledger's reads that is about goods."""

    def works(self) -> list[tuple[str, Work]]:
        """(id, work) of everything that is open, oldest first."""
        return [(found, whole(_decode, body)) for found, body in self._rows(_WORKS)]

    def work(self, work_id: str) -> Work | None:
        """One of them."""
        row = self._row(_WORK, (work_id,))
        return None if row is None else whole(_decode, row[1])

    def work_lines(self, work_id: str) -> list[WorkLine]:
        """What was counted, the last scan first."""
        return [WorkLine(*row) for row in self._rows(_LINES, (work_id,))]

    def goods_facts(self, after: tuple[int, int]) -> list[AnyFact]:
        """Facts about goods behind a place (epoch, seq) of the journal, oldest first."""
        found: list[Any] = self._rows(_SINCE, (place_of(*after),))
        return [whole(decode_fact, body) for (body,) in found]


class WorkWrites:
    """The part of a transaction that is about goods."""

    _execute: Any

    def keep_work(self, work_id: str, work: Work) -> None:
        """As it is now."""
        self._execute(_KEEP, (work_id, work.kind, work.began, _encode(work)))

    def keep_work_line(self, work_id: str, line: WorkLine) -> None:
        """What was counted of a product."""
        self._execute(_KEEP_LINE, (work_id, *msgspec.structs.astuple(line)))

    def forget_work_line(self, work_id: str, sku: str) -> None:
        """Nothing of it was counted after all."""
        self._execute(_FORGET_LINE, (work_id, sku))

    def forget_work(self, work_id: str) -> None:
        """It is over: a fact says what came of it."""
        for statement in _FORGET:
            self._execute(statement, (work_id,))
