"""The till's own tables as a fold over the journal: sales, lines, tenders, shifts, days.

The very same fold runs in the transaction of each fact and when all of it is made again, so
"the tables agree with the journal" is a comparison, not a belief.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Refused
from pos_app.domain.shift import CASH, ShiftTotals
from pos_app.store import customer_steps, invoices, order_steps, refunds
from pos_app.store.journal import document_of, place_of
from sync.protocol import (
    BasketCancelled,
    CashMoved,
    DrawerOpened,
    Fact,
    FactLine,
    Invoiced,
    ReceiptCopied,
    Refunded,
    RefundedLine,
    ReservationStepped,
    ReturnPended,
    Sale,
    ShiftClosed,
    ShiftOpened,
    StockCounted,
    StoreRow,
    TransferSent,
    Voided,
    decode_fact,
)

INSERT_SALE: Final = (
    "INSERT INTO sale (place, sale_id, doc_no, doc_n, kind, wall, biz_date, shift, actor, "
    "approver, currency, gross, discount, net, tax, total, payable, rounding, change, void_of, "
    "voided_by, copies) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
INSERT_LINE: Final = (
    "INSERT INTO sale_line (place, line, sku, label, variant, qty, unit_price, gross, total, "
    "tax_code, rate_ppm, net, tax, moved) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
INSERT_TENDER: Final = (
    "INSERT INTO sale_tender (place, nth, tender, amount, given, change, ref) "
    "VALUES (?,?,?,?,?,?,?)"
)
INSERT_SHIFT: Final = (
    "INSERT INTO shift (shift_id, number, opened, opened_by, biz_date, currency, float_amount, "
    "counts, state, closed, z_no, totals) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
)
ADD_DAY: Final = (
    "INSERT INTO day (biz_date, currency, sales, voids, gross, discount, net, tax, total, "
    "rounding, refunds) VALUES (?,?,?,?,?,?,?,?,?,?,?) "
    "ON CONFLICT (biz_date, currency) DO UPDATE SET "
    "sales = sales + excluded.sales, voids = voids + excluded.voids, "
    "gross = gross + excluded.gross, discount = discount + excluded.discount, "
    "net = net + excluded.net, tax = tax + excluded.tax, total = total + excluded.total, "
    "rounding = rounding + excluded.rounding, refunds = refunds + excluded.refunds"
)
INSERT_MOVE: Final = (
    "INSERT INTO cash_move (place, shift, kind, wall, actor, approver, currency, reason, "
    "reference, amount) VALUES (?,?,?,?,?,?,?,?,?,?)"
)
_SET_TOTALS: Final = "UPDATE shift SET totals = ? WHERE shift_id = ?"
_CLOSE_SHIFT: Final = (
    "UPDATE shift SET state = 'closed', closed = ?, z_no = ?, totals = ? WHERE shift_id = ?"
)
_MARK_VOIDED: Final = (
    "UPDATE sale SET voided_by = ? WHERE sale_id = ? AND kind = 'sale' AND voided_by = ''"
)

_encoder = msgspec.msgpack.Encoder()
_totals_decoder = msgspec.msgpack.Decoder(ShiftTotals)
_store_decoder = msgspec.json.Decoder(StoreRow)


def count_cash_back(connection: dbapi2.Connection) -> None:
    """Adds to each shift's totals what an older program did not count: cash that went back."""
    for shift, amount in connection.execute(
        "SELECT shift, -sum(amount) FROM sale JOIN sale_tender USING (place) "
        "WHERE kind <> 'sale' AND tender = ? AND amount < 0 GROUP BY shift",
        (CASH,),
    ).fetchall():
        row = connection.execute("SELECT totals FROM shift WHERE shift_id = ?", (shift,)).fetchone()
        if row is not None:
            totals = _totals_decoder.decode(row[0])
            totals.cash_back = amount
            connection.execute(_SET_TOTALS, (_encoder.encode(totals), shift))


def decode_totals(held: bytes) -> ShiftTotals:
    """The totals in a shift's row."""
    return _totals_decoder.decode(held)


def zone_in(store_row: bytes | None) -> ZoneInfo | None:
    """The zone of a store as its feed row says it; None (UTC) where there is none yet."""
    if store_row is None:
        return None
    try:
        return ZoneInfo(_store_decoder.decode(store_row).zone)
    except (msgspec.MsgspecError, ZoneInfoNotFoundError, ValueError, OSError):
        return None  # the hub's word is checked where it is used; an hour is only statistics


class Projector:
    """Folds facts into the tables of one connection, inside whatever transaction is open."""

    def __init__(self, connection: dbapi2.Connection, zone: ZoneInfo | None) -> None:
        self._execute = connection.execute
        self._executemany = connection.executemany
        self.zone = zone
        self._totals: dict[str, ShiftTotals] = {}
        self._fold: dict[type[Fact], Callable[[Any, int, int], None]] = {
            Sale: self._sale,
            Voided: self._void,
            Refunded: self._refund,
            ShiftOpened: self._shift_opened,
            ShiftClosed: self._shift_closed,
            BasketCancelled: self._cancelled,
            DrawerOpened: self._drawer_opened,
            CashMoved: self._cash_moved,
            ReceiptCopied: self._copied,
            Invoiced: self._invoiced,
            ReservationStepped: self._stepped,
            TransferSent: self._goods,
            StockCounted: self._goods,
            ReturnPended: self._goods,
        }

    def forget(self) -> None:
        """Drops what is held in memory: a transaction was rolled back."""
        self._totals.clear()

    def apply(self, fact: Fact, document: int) -> None:
        """The tables with `fact` in them; `document` is n of its number, 0 for none.

        Raises Refused("no_such_sale" | "already_voided").
        """
        fold = self._fold.get(type(fact))
        if fold is not None:
            fold(fact, place_of(fact.epoch, fact.seq), document)
        elif fact.shift:
            self._count(fact, None)
        customer_steps.keep(self._execute, fact, place_of(fact.epoch, fact.seq))

    def _of(self, shift: str) -> ShiftTotals | None:
        held = self._totals.get(shift)
        if held is None:
            row = self._execute("SELECT totals FROM shift WHERE shift_id = ?", (shift,)).fetchone()
            if row is None:
                return None
            held = self._totals[shift] = _totals_decoder.decode(row[0])
        return held

    def _count(self, fact: Fact, add: Callable[[ShiftTotals], None] | None) -> None:
        """The shift's totals with `fact` counted; a fact without a known shift counts nowhere."""
        totals = self._of(fact.shift)
        if totals is None:
            return
        totals.last_seq = fact.seq
        if add is not None:
            add(totals)
        self._execute(_SET_TOTALS, (_encoder.encode(totals), fact.shift))

    def _hour(self, fact: Fact) -> int:
        moment = parse_utc(fact.t.wall)
        if fact.t.off:
            moment += timedelta(milliseconds=fact.t.off)
        return _in_zone(moment, self.zone).hour

    def _sale(self, fact: Sale, place: int, document: int) -> None:
        self._document(fact, place, document, "sale", "", (fact.gross, fact.discount, fact.change))
        self._lines(fact.lines, place, -1)
        hour = self._hour(fact)
        self._count(fact, lambda totals: totals.add_sale(fact, hour))
        self._day(fact, 1, 0, fact.gross, fact.discount)

    def _void(self, fact: Voided, place: int, document: int) -> None:
        if fact.was is None:  # else another life of this till may have taken it back too
            refunds.check_none(self._execute, fact)
        marked = self._execute(_MARK_VOIDED, (fact.id, fact.sale)).rowcount
        if marked == 0 and fact.was is None:
            known = self._execute(
                "SELECT 1 FROM sale WHERE sale_id = ? AND kind = 'sale'", (fact.sale,)
            ).fetchone()
            raise Refused("already_voided" if known else "no_such_sale", doc_no=fact.sale_doc)
        gross = sum(line.gross for line in fact.lines)
        discount = gross - sum(line.total for line in fact.lines)
        change = sum(payment.change for payment in fact.payments)
        self._document(fact, place, document, "void", fact.sale, (gross, discount, change))
        self._lines(fact.lines, place, 1)
        hour = self._hour(fact)
        self._count(fact, lambda totals: totals.add_void(fact, hour))
        self._day(fact, 0, 1, gross, discount)

    def _refund(self, fact: Refunded, place: int, document: int) -> None:
        refunds.keep(self._execute, fact, place)
        self._document(fact, place, document, "refund", "", (fact.gross, fact.discount, 0))
        self._lines(fact.lines, place, 1, refunds.stock_moves(fact))
        hour = self._hour(fact)
        self._count(fact, lambda totals: totals.add_refund(fact, hour))
        self._day(fact, 0, 0, fact.gross, fact.discount, refunds=1)

    def _document(
        self,
        fact: Sale | Voided | Refunded,
        place: int,
        document: int,
        kind: str,
        void_of: str,
        sums: tuple[int, int, int],
    ) -> None:
        gross, discount, change = sums
        self._execute(
            INSERT_SALE,
            (
                *(place, fact.id, fact.doc_no, document, kind, fact.t.wall, fact.biz_date),
                *(fact.shift, fact.actor, fact.approver, fact.currency, gross, discount),
                *(fact.net, fact.tax, fact.total, fact.payable, fact.rounding, change),
                *(void_of, "", 0),
            ),
        )
        self._executemany(
            INSERT_TENDER,
            [
                (place, nth, paid.tender, paid.amount, paid.given, paid.change, paid.ref)
                for nth, paid in enumerate(fact.payments)
            ],
        )

    def _lines(
        self,
        lines: Sequence[FactLine | RefundedLine],
        place: int,
        sign: int,
        moves: Sequence[int] = (),
    ) -> None:
        """Writes lines; each moves its quantity with `sign`, or what `moves` says."""
        moves = moves or [
            0 if line.custom or _no_goods(line) else sign * abs(line.qty) for line in lines
        ]
        self._executemany(
            INSERT_LINE,
            [
                (
                    place,
                    line.line,
                    line.sku,
                    line.label,
                    line.variant,
                    line.qty,
                    line.unit_price,
                    line.gross,
                    line.total,
                    line.tax_code,
                    line.rate_ppm,
                    line.net,
                    line.tax,
                    moved,
                )
                for line, moved in zip(lines, moves, strict=True)
            ],
        )

    def _day(
        self,
        fact: Sale | Voided | Refunded,
        sales: int,
        voids: int,
        gross: int,
        discount: int,
        refunds: int = 0,
    ) -> None:
        due = sum(line.total for line in fact.lines if _no_goods(line))
        self._execute(
            ADD_DAY,
            (
                *(fact.biz_date, fact.currency, sales, voids, gross - due, discount),
                *(fact.net - due, fact.tax, fact.total - due, fact.rounding, refunds),
            ),
        )

    def _shift_opened(self, fact: ShiftOpened, _place: int, _document: int) -> None:
        totals = ShiftTotals(
            fact.currency, fact.float_amount, first_seq=fact.seq, last_seq=fact.seq
        )
        self._execute(
            INSERT_SHIFT,
            (
                *(fact.shift, fact.number, fact.t.wall, fact.actor, fact.biz_date, fact.currency),
                *(fact.float_amount, msgspec.json.encode(fact.counts), "open", "", 0),
                _encoder.encode(totals),
            ),
        )
        self._totals[fact.shift] = totals

    def _shift_closed(self, fact: ShiftClosed, _place: int, _document: int) -> None:
        totals = self._of(fact.shift)
        if totals is None:
            if fact.was is not None:
                return
            raise Refused("no_open_shift")
        totals.last_seq = fact.seq
        self._execute(_CLOSE_SHIFT, (fact.t.wall, fact.z_no, _encoder.encode(totals), fact.shift))
        del self._totals[fact.shift]

    def _cancelled(self, fact: BasketCancelled, _place: int, _document: int) -> None:
        def add(totals: ShiftTotals) -> None:
            totals.cancelled += 1

        self._count(fact, add)

    def _drawer_opened(self, fact: DrawerOpened, _place: int, _document: int) -> None:
        def add(totals: ShiftTotals) -> None:
            totals.drawer_opens += 1

        self._count(fact, add)

    def _cash_moved(self, fact: CashMoved, place: int, _document: int) -> None:
        self._execute(
            INSERT_MOVE,
            (
                *(place, fact.shift, fact.kind, fact.t.wall, fact.actor, fact.approver),
                *(fact.currency, fact.reason, fact.reference, fact.amount),
            ),
        )
        self._count(fact, lambda totals: totals.add_move(fact.kind, fact.amount))

    def _copied(self, fact: ReceiptCopied, _place: int, _document: int) -> None:
        def add(totals: ShiftTotals) -> None:
            totals.copies += 1

        invoices.count_copy(self._execute, fact)
        self._count(fact, add if fact.copy else None)

    def _goods(
        self, fact: TransferSent | StockCounted | ReturnPended, place: int, _document: int
    ) -> None:
        order_steps.keep_goods(self._executemany, fact, place)
        if fact.shift:
            self._count(fact, None)

    def _stepped(self, fact: ReservationStepped, place: int, _document: int) -> None:
        order_steps.keep(self._execute, self._executemany, fact, place)
        if fact.shift:
            self._count(fact, None)

    def _invoiced(self, fact: Invoiced, place: int, _document: int) -> None:
        invoices.keep(self._execute, fact, place)
        self._count(fact, None)


def _no_goods(line: FactLine | RefundedLine) -> bool:
    """True of what is paid of an order, whose goods leave by another fact, or put on a card."""
    return isinstance(line, FactLine) and (line.order != "" or line.value != "")


def _in_zone(moment: datetime, zone: ZoneInfo | None) -> datetime:
    return moment.astimezone(zone or UTC)


def fold_journal(source: dbapi2.Connection, into: Projector, *, lenient: bool = False) -> int:
    """Folds every entry of `source` in order; how many there were.

    Raises msgspec.MsgspecError for a body no till can have written, unless it is `lenient`: what came
    back from the hub may be of a newer program.
    """
    after = count = 0
    while rows := source.execute(
        "SELECT place, body FROM journal WHERE place > ? ORDER BY place LIMIT 500", (after,)
    ).fetchall():
        for place, body in rows:
            after = place
            try:
                fact = decode_fact(body)
            except msgspec.MsgspecError:
                if lenient:
                    continue
                raise
            into.apply(fact, document_of(fact.doc_no) if fact.doc_no else 0)
        count += len(rows)
    return count


TABLES: Final = (
    "sale",
    "sale_line",
    "sale_tender",
    "shift",
    "day",
    "cash_move",
    "refund",
    "returned",
    "invoice",
    "order_step",
    "order_move",
    "customer_step",
)
"""What is folded, and nothing else; parents first."""
_ORDERED: Final = {
    "sale": "SELECT * FROM sale ORDER BY place",
    "sale_line": "SELECT * FROM sale_line ORDER BY place, line",
    "sale_tender": "SELECT * FROM sale_tender ORDER BY place, nth",
    "shift": "SELECT * FROM shift ORDER BY shift_id",
    "day": "SELECT * FROM day ORDER BY biz_date, currency",
    "invoice": "SELECT * FROM invoice ORDER BY sale_id",
    "cash_move": "SELECT * FROM cash_move ORDER BY place",
    "refund": "SELECT * FROM refund ORDER BY place",
    "returned": "SELECT * FROM returned ORDER BY sale_id, line",
    "order_step": "SELECT * FROM order_step ORDER BY place",
    "order_move": "SELECT * FROM order_move ORDER BY place, nth",
    "customer_step": "SELECT * FROM customer_step ORDER BY place",
}


def stored_zone(connection: dbapi2.Connection) -> ZoneInfo | None:
    """The store's zone as the ledger's own copy of the store says it."""
    row = connection.execute("SELECT value FROM reference WHERE kind = 'store'").fetchone()
    return zone_in(row[0] if row else None)


def rebuild(connection: dbapi2.Connection, *, lenient: bool = False) -> int:
    """The tables made again from the journal, in the transaction that is open; entries folded."""
    for table in TABLES:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the list above
    projector = Projector(connection, stored_zone(connection))
    return fold_journal(connection, projector, lenient=lenient)


def differences(connection: dbapi2.Connection, limit: int = 10) -> list[str]:
    """Where the tables are not what the journal says, a row each; empty when they agree."""
    found: list[str] = []
    with closing(dbapi2.connect(":memory:", isolation_level=None)) as fresh:
        for table in TABLES:
            for (statement,) in connection.execute(
                "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL "
                "ORDER BY rowid",
                (table,),
            ).fetchall():
                fresh.execute(statement)
        fold_journal(connection, Projector(fresh, stored_zone(connection)))
        for table, select in _ORDERED.items():
            rows = zip_longest(connection.execute(select), fresh.execute(select))
            for held, folded in rows:
                if _told(table, held) != _told(table, folded):
                    found.append(f"{table}: {_short(held)}, the journal says {_short(folded)}")
                    if len(found) == limit:
                        return found
    return found


def _told(table: str, row: Any) -> Any:
    """A row as what it says: totals of an older program lack what that one did not count."""
    if table != "shift" or row is None:
        return row
    return (*row[:-1], _totals_decoder.decode(row[-1]))


def _short(row: Any) -> str:
    if row is None:
        return "no row"
    return str(tuple("…" if isinstance(value, bytes) else value for value in row))
