"""Reading the ledger: what screens ask (`LedgerView`) and what sync and verify ask.

Every question is one short read of its own: a read transaction that stays open would keep the
write-ahead log from being emptied.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused
from pos_app.domain.tender import Payment
from pos_app.store import doubt, journal, schema
from pos_app.store.attempts import AttemptReads
from pos_app.store.customer_reads import CustomerReads
from pos_app.store.exception_rows import ExceptionReads
from pos_app.store.goods_work import WorkReads
from pos_app.store.invoice_reads import InvoiceReads
from pos_app.store.order_reads import OrderReads
from pos_app.store.reads import LEDGER_FILE, whole
from pos_app.store.records import (
    Entry,
    Identity,
    KeptBasket,
    ParkedBasket,
    PrintJob,
    SaleRow,
    Try,
    Unsent,
)
from pos_app.store.refund_reads import RefundReads
from pos_app.store.rights_held import SHOWN, RightReads
from sync.protocol import RIGHTS_SHOWN_MAX, AnyFact, Head, RightReply, Sale, decode_fact

_PAGE: Final = 200

_DOCUMENTS: Final = (
    "SELECT place, sale_id, doc_no, wall, biz_date, shift, actor, total, payable, currency, "
    "voided_by, void_of, copies, "
    "coalesce((SELECT refund.sale_id FROM refund WHERE refund.place = sale.place), ''), "
    "coalesce((SELECT -sum(refund.total) FROM refund WHERE refund.sale_id = sale.sale_id), 0) "
    "FROM sale"
)
_JOBS: Final = (
    "SELECT job_id, kind, doc_no, sale_id, receipt, state, tries, error, kick, queued_at "
    "FROM print_job"
)
_MOVED: Final = (
    "SELECT sku, sum(moved) FROM ("
    "SELECT sku, moved FROM sale_line WHERE place > ?1 AND place <= ?2 UNION ALL "
    "SELECT sku, moved FROM order_move WHERE place > ?1 AND place <= ?2) "
    "GROUP BY sku HAVING sum(moved) <> 0"
)
_NEWEST: Final = (
    "SELECT max((SELECT coalesce(max(place), 0) FROM sale), "
    "(SELECT coalesce(max(place), 0) FROM order_move))"
)
_SEQ_MASK: Final = (1 << journal.SEQ_BITS) - 1

_Span = tuple[int, int, bool]
"""After which place of the journal and up to which a sum stands for, and whether it is a new one."""
_NOTHING: Final[_Span] = (-1, -1, True)

_kept_decoder = msgspec.json.Decoder(KeptBasket)


def _place(acked: Head | None) -> int:
    return 0 if acked is None else journal.place_of(acked.epoch, acked.seq)


def decode_kept(body: bytes) -> KeptBasket:
    """The basket in a row of `basket` or `parked`."""
    return whole(_kept_decoder.decode, body)


def ledger_file(data_or_path: Path) -> Path:
    """The ledger's file in a data directory; a path to a file is itself.

    Raises Refused("ledger_missing").
    """
    path = data_or_path / LEDGER_FILE if data_or_path.is_dir() else data_or_path
    if not path.is_file():
        raise Refused("ledger_missing", file=path.name)
    return path


class LedgerReads(
    RefundReads,
    AttemptReads,
    InvoiceReads,
    RightReads,
    ExceptionReads,
    OrderReads,
    WorkReads,
    CustomerReads,
):
    """Every question about the till's own past; mixed into `Ledger` and `LedgerView`."""

    def __init__(self) -> None:
        self._moves_span = _NOTHING
        self._moves: dict[str, int] = {}
        self._unsent_span = _NOTHING
        self._unsent = (0, 0)

    # baskets

    def open_basket(self) -> tuple[Basket, tuple[Payment, ...], str] | None:
        """The basket that was open last, what was paid on it, and when that was kept (UTC)."""
        row = self._row("SELECT body, kept_at FROM basket ORDER BY kept_at DESC LIMIT 1")
        if row is None:
            return None
        kept = decode_kept(row[0])
        return kept.basket, kept.payments, row[1]

    def parked_basket(self, basket_id: str) -> tuple[Basket, tuple[Payment, ...]] | None:
        """A basket that is put aside, and what was paid on it."""
        row = self._row("SELECT body FROM parked WHERE basket_id = ?", (basket_id,))
        kept = decode_kept(row[0]) if row is not None else None
        return (kept.basket, kept.payments) if kept is not None else None

    def parked(self) -> list[ParkedBasket]:
        """The parked baskets, oldest first."""
        return [
            ParkedBasket(*row)
            for row in self._rows(
                "SELECT park_id, basket_id, label, parked_at, parked_by, lines, total, currency "
                "FROM parked ORDER BY parked_at, rowid"
            )
        ]

    # sales

    def fact(self, fact_id: str) -> AnyFact | None:
        """The fact with that id, decoded from its body."""
        row = self._row(journal.SELECT_BODY, (fact_id,))
        return None if row is None else whole(decode_fact, row[0])

    def hash_of(self, fact_id: str) -> str:
        """The chain's hash (hex) at a fact; empty for an unknown id."""
        row = self._row("SELECT hash FROM journal WHERE id = ?", (fact_id,))
        return "" if row is None else row[0].hex()

    def hash_at(self, epoch: int, seq: int) -> str:
        """The chain's hash (hex) at a place; empty where there is none."""
        row = self._row(journal.SELECT_HASH, (journal.place_of(epoch, seq),))
        return "" if row is None else row[0].hex()

    def sale(self, sale_id: str) -> Sale | None:
        """A sale's fact; None for an unknown id or another kind of fact."""
        found = self.fact(sale_id)
        return found if isinstance(found, Sale) else None

    def sale_by_number(self, doc_no: str) -> Sale | None:
        """The fact of the sale with that receipt number."""
        row = self._row("SELECT sale_id FROM sale WHERE doc_no = ? AND kind = 'sale'", (doc_no,))
        return None if row is None else self.sale(row[0])

    def sale_row(self, sale_id: str) -> SaleRow | None:
        """One document as the list shows it: tells whether a sale was voided."""
        found = self._documents("sale_id = ?", (sale_id,), 1)
        return found[0] if found else None

    def sales(self, limit: int = _PAGE, shift: str = "") -> list[SaleRow]:
        """The latest documents (sales and voids), newest first; of one shift if asked."""
        if shift:
            return self._documents("shift = ?", (shift,), limit)
        return self._documents("1", (), limit)

    def find_documents(
        self,
        text: str = "",
        amount: int | None = None,
        *,
        day: str = "",
        shift: str = "",
        limit: int = _PAGE,
    ) -> list[SaleRow]:
        """Documents whose number holds `text` or which came to `amount`, newest first.

        Of a business day or a shift if asked; without text and amount all of them.
        """
        where: list[str] = ["1"]
        values: list[object] = []
        for column, value in (("biz_date", day), ("shift", shift)):
            if value:
                where.append(f"{column} = ?")
                values.append(value)
        if text or amount is not None:
            where.append("(instr(doc_no, ?) OR ? IN (payable, -payable))")
            values += [text or "\0", amount]
        return self._documents(" AND ".join(where), values, limit)

    def _documents(self, where: str, values: Sequence[object], limit: int) -> list[SaleRow]:
        rows = self._rows(
            f"{_DOCUMENTS} WHERE {where} ORDER BY place DESC LIMIT ?",
            (*values, limit),
        )
        tenders: dict[int, list[tuple[str, int]]] = {}
        for place, tender, amount in self._rows(
            "SELECT place, tender, amount FROM sale_tender "
            "WHERE place IN (SELECT value FROM json_each(?)) ORDER BY place, nth",
            (msgspec.json.encode([row[0] for row in rows]).decode(),),
        ):
            tenders.setdefault(place, []).append((tender, amount))
        return [
            SaleRow(
                sale_id=row[1],
                doc_no=row[2],
                seq=row[0] & _SEQ_MASK,
                epoch=row[0] >> journal.SEQ_BITS,
                wall=row[3],
                business_date=row[4],
                shift=row[5],
                actor=row[6],
                total=row[7],
                payable=row[8],
                currency=row[9],
                voided=bool(row[10]),
                tenders=tuple(tenders.get(row[0], ())),
                void_of=row[11],
                copies=row[12],
                refund_of=row[13],
                refunded=row[14],
            )
            for row in rows
        ]

    def copies(self, sale_id: str) -> int:
        """How many copies of a sale's receipt were printed."""
        row = self._row("SELECT copies FROM sale WHERE sale_id = ?", (sale_id,))
        return 0 if row is None else int(row[0])

    def own_stock_moves(self, after: tuple[int, int] = (0, 0)) -> dict[str, int]:
        """Per sku what our entries after (epoch, seq) did to the stock, signed thousandths.

        A sale takes away (negative), a void brings back. Only what came and what the hub took
        since the last question is read. The dictionary is the caller's to read, not to change.
        """
        span, steps = self._steps(self._moves_span, journal.place_of(*after))
        read = [
            (sku, sign * moved)
            for low, high, sign in steps
            for sku, moved in self._rows(
                _MOVED,
                (low, high),
            )
        ]
        if span[2]:
            self._moves = {}
        for sku, moved in read:
            total = self._moves.get(sku, 0) + moved
            self._moves[sku] = total
            if not total:
                del self._moves[sku]
        self._moves_span = span
        return self._moves

    def unsent(self, acked: Head | None) -> Unsent:
        """What stands in the journal after the hub's last word; read as `own_stock_moves` is."""
        floor = _place(acked)
        span, steps = self._steps(self._unsent_span, floor)
        sales, amount = (0, 0) if span[2] else self._unsent
        for low, high, sign in steps:
            more = self._row(
                "SELECT coalesce(sum(kind = 'sale'), 0), coalesce(sum(total), 0) "
                "FROM sale WHERE place > ? AND place <= ?",
                (low, high),
            )
            sales, amount = sales + sign * more[0], amount + sign * more[1]
        self._unsent, self._unsent_span = (sales, amount), span
        return Unsent(self._entries_after(floor), sales, amount)

    def _steps(self, span: _Span, low: int) -> tuple[_Span, list[tuple[int, int, int]]]:
        """What is to be read so that a sum over `span` becomes one from `low` to the newest sale.

        The new span (its third part True where the sum begins anew), and each stretch with the
        sign it counts with.
        """
        newest = self._row(_NEWEST)[0]
        begin, end, _anew = span
        anew = not begin <= low <= end
        if anew:
            begin = end = low
        steps = [(begin, low, -1)] if low > begin else []
        if newest > end:
            steps.append((end, newest, 1))
        return (low, max(end, newest), anew), steps

    def oldest_unsent(self, acked: Head | None) -> str:
        """When the first sale was made that the hub has not confirmed (UTC); empty for none."""
        row = self._row(
            "SELECT wall FROM sale WHERE place > ? ORDER BY place LIMIT 1", (_place(acked),)
        )
        return "" if row is None else str(row[0])

    def unsent_entries(self, acked: Head | None) -> int:
        """How many entries follow the hub's last word: a subtraction per epoch, however many."""
        return self._entries_after(_place(acked))

    def _entries_after(self, floor: int) -> int:
        """How many entries follow a place: each epoch is dense from 1."""
        count = 0
        last = self._row("SELECT max(place) FROM journal")[0] or 0
        while last > floor:
            begin = (last >> journal.SEQ_BITS) << journal.SEQ_BITS
            count += last - max(floor, begin)
            last = self._row("SELECT max(place) FROM journal WHERE place < ?", (begin,))[0] or 0
        return count

    # the till's own state

    def reference(self, kind: str) -> dict[str, bytes]:
        """The copies of staff, policy, tax or store: key -> bytes as they were set."""
        return dict(self._rows("SELECT key, value FROM reference WHERE kind = ?", (kind,)))

    def print_jobs(self, states: Iterable[str]) -> list[PrintJob]:
        """The print jobs in any of `states`, in the order they were queued."""
        wanted = tuple(states)
        marks = ",".join("?" * len(wanted))
        return [
            _job(row)
            for row in self._rows(
                f"{_JOBS} WHERE state IN ({marks}) ORDER BY nth",
                wanted,
            )
        ]

    def print_job(self, job_id: str) -> PrintJob | None:
        """One print job."""
        row = self._row(_JOBS + " WHERE job_id = ?", (job_id,))
        return None if row is None else _job(row)

    def tries(self, staff_id: str) -> tuple[int, str]:
        """Wrong PINs in a row and when the last was (UTC); (0, "") for none."""
        last = self.last_try(staff_id)
        return (0, "") if last is None else (last.tries, last.wall)

    def last_try(self, staff_id: str) -> Try | None:
        """The same with the monotonic clock; None for none."""
        row = self._row(
            "SELECT tries, last_wall, mono, boot FROM sign_in_try WHERE staff_id = ?", (staff_id,)
        )
        return None if row is None else Try(*row)


def _job(row: Any) -> PrintJob:
    values = list(row)
    values[4] = whole(msgspec.json.decode, row[4])
    values[8] = bool(row[8])
    return PrintJob(*values)


class LedgerView(LedgerReads):
    """A read-only connection of its own, for the thread that draws."""

    def __init__(self, path: Path, key: bytes) -> None:
        super().__init__()
        self._path = path
        self._connection = schema.connect(path, key, write=False)
        try:
            self._connection.execute(journal.SELECT_IDENTITY).fetchall()
        except dbapi2.Error as cause:
            self._connection.close()
            raise schema.told(cause, path, ours=False) from cause

    def close(self) -> None:
        """Gives the connection up."""
        self._connection.close()


class JournalReader:
    """The journal, read-only, for sync: safe beside the window that writes it.

    Raises Refused("ledger_missing"), Unavailable("ledger_corrupt" | "file_locked" | ...).
    """

    def __init__(self, data_or_path: Path, db_key: bytes) -> None:
        self._path = ledger_file(data_or_path)
        self._connection = schema.connect(self._path, db_key, write=False)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives the connection up."""
        self._connection.close()

    def _rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        try:
            with self._lock:
                return list(self._connection.execute(sql, parameters).fetchall())
        except dbapi2.Error as cause:
            raise schema.told(cause, self._path, ours=False) from cause

    def identity(self) -> Identity:
        """Who this till is."""
        return journal.read_identity(self._rows(journal.SELECT_IDENTITY))

    def doubt(self) -> tuple[str, Head | None]:
        """Why this may be a copy (empty where nothing says so), and what its witness saw more."""
        try:
            with self._lock:
                found = doubt.read(self._connection)
        except dbapi2.Error as cause:
            raise schema.told(cause, self._path) from cause
        return found.why, found.seen

    def shown_rights(self) -> list[RightReply]:
        """What the hub gave this life of the till, in its signed words: the open, then the latest.

        Those that are over too: the facts that spent them may be on their way to a hub that was
        restored, and it books them only to a right that it knows.
        """
        rows = self._rows(SHOWN, (self.identity().epoch, RIGHTS_SHOWN_MAX))
        return [msgspec.json.decode(proof, type=RightReply) for (proof,) in rows]

    def head(self) -> Head:
        """The last entry; seq 0 and the genesis hash before the first."""
        try:
            with self._lock:
                return journal.Chain.read(self._connection).head()
        except dbapi2.Error as cause:
            raise schema.told(cause, self._path) from cause

    def entries(
        self, after: tuple[int, int], max_events: int = 500, max_bytes: int = 1 << 20
    ) -> list[Entry]:
        """The entries after (epoch, seq), in order, all of one epoch.

        At most `max_events`, and bodies of at most `max_bytes` together, but never none where
        there is one.
        """
        found: list[Entry] = []
        size = 0
        place = journal.place_of(*after)
        while len(found) < max_events:
            rows = self._rows(journal.SELECT_ENTRIES, (place, min(_PAGE, max_events - len(found))))
            for row in rows:
                entry = Entry(*row)
                size += len(entry.body)
                if found and (size > max_bytes or entry.epoch != found[0].epoch):
                    return found
                found.append(entry)
            if not rows:
                break
            place = journal.place_of(found[-1].epoch, found[-1].seq)
        return found

    def hash_at(self, epoch: int, seq: int) -> str | None:
        """Our own hash (hex) at a place; None where we hold nothing. Seq 0 is the genesis."""
        if seq == 0:
            lives = {life.epoch: life for life in self._lives()}
            return journal.genesis_of(lives[epoch]).hex() if epoch in lives else None
        rows = self._rows(journal.SELECT_HASH, (journal.place_of(epoch, seq),))
        return rows[0][0].hex() if rows else None

    def epochs(self) -> list[int]:
        """The epoch of each life this till had, in order; the present one is the last."""
        return sorted({life.epoch for life in self._lives()})

    def last_of(self, epoch: int) -> int:
        """The last entry of an epoch; 0 where there is none."""
        span = (journal.place_of(epoch, 0), journal.place_of(epoch + 1, 0))
        rows = self._rows("SELECT max(seq) FROM journal WHERE place > ? AND place < ?", span)
        return int(rows[0][0] or 0)

    def _lives(self) -> list[Identity]:
        former = self._rows(journal.SELECT_FORMER)
        return [*(journal.read_identity([row]) for row in former), self.identity()]
