"""What facts do to the books: documents, lines, payments, shifts, stock, day totals, exceptions.

A `Booking` gathers the rows of many facts and writes each table once; nothing of a fact is in
the database before `write`. Every figure is the fact's own: a wrong one is told in an exception.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import bindparam, select

from sync.hub import (
    ages,
    cards,
    cash,
    epochs,
    exceptions,
    looks,
    promotions,
    refunds,
    schema,
    shifts,
)
from sync.hub.checks import Checker, check_possible, told
from sync.hub.customers import visits
from sync.hub.database import Connection, Statement, adding, putting
from sync.hub.devices import Device
from sync.hub.logistics import books as goods_books
from sync.hub.logistics import counting
from sync.hub.logistics.books import GoodsBooks
from sync.hub.loyalty import checking as points
from sync.hub.orders import booking as orders
from sync.hub.orders import oversold
from sync.hub.returning import pended
from sync.hub.right_books import RightBooks, RightFact
from sync.hub.stock import move_stock
from sync.hub.values import matching as values
from sync.hub.webhooks.facts import tell_facts
from sync.protocol import (
    AnyFact,
    CardNoted,
    CashMoved,
    ConsentNoted,
    EarnReversed,
    ExceptionAssigned,
    ExceptionResolved,
    Fact,
    GoodsReceived,
    GrantReleased,
    HoldCaptured,
    HoldVoided,
    Invoiced,
    KeyRotated,
    LookedUp,
    Refunded,
    Rejoined,
    ReservationStepped,
    ReturnPended,
    RightUsed,
    Sale,
    SaleRefRow,
    ShiftClosed,
    ShiftOpened,
    StockCounted,
    StockRow,
    TransferCalledOff,
    TransferRequested,
    TransferSent,
    ValueEarned,
    Voided,
    decode_fact,
)

CLOCK_WARN_MS: Final = 120_000
"""A till whose clock is further off than that is told of."""

APPLIED: Final = "applied"
EXCEPTION: Final = "exception"
DUPLICATE: Final = "duplicate"
QUARANTINED: Final = "quarantined"

_ADD_DOCUMENT = adding(schema.document)
_ADD_LINE = adding(schema.line)
_ADD_PAYMENT = adding(schema.payment)
_ADD_DAY = putting(
    schema.day_total,
    summing=("sales", "voids", "gross", "discount", "net", "tax", "total", "rounding"),
)
_ADD_SKU_DAY = putting(schema.sku_day, summing=("qty",))
_ADD_DAY_TAX = putting(schema.day_tax, summing=("net", "tax"))
_ADD_DAY_TENDER = putting(schema.day_tender, summing=("amount",))

_e, _doc = schema.event.c, schema.document.c
_EVENT_OF = Statement("id", select(_e.n, _e.body).where(_e.id == bindparam("id")))
_REVERSED = Statement("n", select(_doc.n).where(_doc.reverses == bindparam("n")))
_BY_NUMBER = Statement("doc_no", select(_doc.n).where(_doc.doc_no == bindparam("doc_no")))


class Booking:
    """The effects of facts of one till, gathered and then written table by table."""

    def __init__(self, connection: Connection, device: Device, checker: Checker, at: str) -> None:
        self._connection = connection
        self._device = device
        self._checker = checker
        self._at = at
        self.currency = ""
        """The store's; empty leaves it unchecked."""
        self.last_doc = device.last_doc
        self._numbers = f"{device.store_id}-{device.till}-{device.epoch}."
        self._documents: list[tuple[object, ...]] = []
        self._lines: list[tuple[object, ...]] = []
        self._payments: list[tuple[object, ...]] = []
        self._shifts: list[tuple[object, ...]] = []
        self._closings: list[tuple[int, ShiftClosed]] = []
        self._moves: list[tuple[object, ...]] = []
        self._anomalies: list[exceptions.Anomaly] = []
        self._settled: list[tuple[str, str]] = []
        self.decided: list[tuple[int | None, Fact]] = []
        """What people decided about exceptions, in the order in which the till told it."""
        self._stock: defaultdict[str, int] = defaultdict(int)
        self._sold: defaultdict[tuple[str, str], int] = defaultdict(int)
        """(SKU, business day) -> thousandths sold."""
        self._days: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 8)
        self._taxes: defaultdict[tuple[str, str, str, int], list[int]] = defaultdict(lambda: [0, 0])
        self._tenders: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self._skewed = False
        self.flagged: set[int] = set()
        """Entries (by n) of which a person has to be told."""
        self._sales: dict[str, tuple[int, Sale]] = {}
        self._voided: set[int] = set()
        self._offers = promotions.Offers(connection, device.store_id)
        self._new_sales: list[tuple[int, Sale]] = []
        self._returns = refunds.Returns(self, connection, device.store_id)
        self._rights = RightBooks(self, connection, device, at)
        self.afterwards: list[Callable[[], object]] = []
        """What is to be done when everything gathered stands in the tables."""
        self.at_last: list[tuple[int, Callable[[], object]]] = []
        """(n, what is to be done because of that entry) when the batch's entries stand in the
        journal: the hub's own entries follow on them (`finish`)."""
        self.refs: list[SaleRefRow] = []
        """The documents, as the store's other tills are told of them."""
        self.facts: list[tuple[int, AnyFact]] = []
        """What was gathered, in its order."""
        self.taken_back: dict[str, str] = {}
        """Document that takes goods back -> the sale, where that one did something to points."""
        self.goods: GoodsBooks | None = None
        """Goods that move without a customer, where the batch has any."""
        self.visits: visits.Visits | None = None
        self.told: defaultdict[str, list[tuple[str, bytes]]] = defaultdict(list)
        """Stream -> (kind, rows) that its tills are told beside what every batch tells."""
        self.values = False
        """Whether gift cards or credit are in the batch: put on, spent, given back."""
        self.anew = False
        """True where the books are made again from the journal: what rests on the moment of the
        first booking is kept as it was."""

    def add(self, n: int, seq: int, fact: AnyFact) -> None:
        """Gathers the effects of one fact."""
        self._check_place(n, seq, fact)
        self.facts.append((n, fact))
        effect = _EFFECTS.get(type(fact))
        if effect is not None:
            effect(self, n, fact)

    @property
    def connection(self) -> Connection:
        """Where it is written."""
        return self._connection

    @property
    def device(self) -> Device:
        """Whose facts these are."""
        return self._device

    @property
    def stock(self) -> defaultdict[str, int]:
        """What moves in this store by the batch, SKU -> thousandths; written with it."""
        return self._stock

    @property
    def at(self) -> str:
        """When they came (UTC)."""
        return self._at

    def write(self) -> list[StockRow]:
        """Writes everything gathered; the stock rows that changed, as they now are."""
        connection = self._connection
        connection.many(_ADD_DOCUMENT, self._documents)
        connection.many(_ADD_LINE, self._lines)
        for n, sale, detail in ages.unchecked(connection, self._new_sales):
            self.flag("age_not_checked", n, sale, detail, sale.total)
        self._offers.write(self._at)
        connection.many(_ADD_PAYMENT, self._payments)
        self._returns.write()
        connection.many(shifts.ADD, self._shifts)
        connection.many(cash.ADD, self._moves)
        for n, fact in self._closings:
            shifts.close(self, connection, n, fact)
        store = self._device.store_id
        connection.many(
            _ADD_DAY, [(store, *key, *sums) for key, sums in sorted(self._days.items())]
        )
        connection.many(
            _ADD_DAY_TAX,
            [(store, *key, *sums) for key, sums in sorted(self._taxes.items())],
        )
        connection.many(
            _ADD_DAY_TENDER, [(store, *key, total) for key, total in sorted(self._tenders.items())]
        )
        self._rights.write()
        if self.values:
            values.check(self)
        if self.goods is not None:
            self.goods.write()
        if self._stock:
            counting.balance(self)
        self._write_exceptions()
        connection.many(
            _ADD_SKU_DAY, [(store, *key, qty) for key, qty in sorted(self._sold.items()) if qty]
        )
        moved = move_stock(connection, store, self._stock, self._at)
        if moved and not self.anew:
            oversold.moved(self, moved)
        for effect in self.afterwards:
            effect()
        if not self.anew:
            tell_facts(connection, [fact for _, fact in self.facts], self._at)
        return moved

    def finish(self) -> None:
        """What follows in the hub's own journal; called once the batch's own entries are written."""
        for _n, act in sorted(self.at_last, key=lambda one: one[0]):
            act()
        self.at_last.clear()

    def flag(
        self,
        kind: str,
        n: int | None,
        fact: AnyFact | None,
        detail: str,
        amount: int = 0,
        evidence: tuple[str, ...] = (),
    ) -> None:
        """Opens an exception for a person; `evidence` are ids of other facts it stands on."""
        if n is not None:
            self.flagged.add(n)
        currency = getattr(fact, "currency", "") or self.currency
        self._anomalies.append(
            exceptions.Anomaly(kind, n, fact, amount, currency, detail, evidence)
        )

    def settle(self, kind: str, detail: str) -> None:
        """What this device asked about that detail is known now: nobody has to look any more."""
        self._anomalies = [
            one for one in self._anomalies if (one.kind, one.detail) != (kind, detail)
        ]
        self._settled.append((kind, detail))

    def _write_exceptions(self) -> None:
        connection, device, at = self._connection, self._device, self._at
        for kind, detail in self._settled:
            exceptions.settle_about(connection, kind, device.device, detail, at)
        exceptions.open_all(connection, device.device, device.store_id, self._anomalies, at)
        if self.decided:
            told = exceptions.apply_decisions(self, connection, self.decided, at)
            self.flagged |= {one.n for one in told if one.n is not None}
            exceptions.open_all(connection, device.device, device.store_id, told, at)

    def _check_place(self, n: int, seq: int, fact: AnyFact) -> None:
        device = self._device
        if (fact.dev, fact.epoch, fact.seq) != (device.device, device.epoch, seq):
            self.flag("position_differs", n, fact, f"says {fact.dev} {fact.epoch}.{fact.seq}")
        if fact.was is None and (fact.store, fact.till) != (device.store_id, device.till):
            self.flag("store_differs", n, fact, f"says {fact.store}-{fact.till}")
        offset = fact.t.off
        if offset is not None and abs(offset) > CLOCK_WARN_MS and not self._skewed:
            self._skewed = True
            self.flag("clock_skew", n, fact, f"off by {offset // 1000} s")

    def _check_number(self, n: int, fact: Sale | Voided | Refunded | Invoiced) -> None:
        """Receipt numbers are dense and never given twice."""
        tail = fact.doc_no.removeprefix(self._numbers)
        if tail == fact.doc_no or not (tail.isascii() and tail.isdigit() and len(tail) < 15):
            # Journalled again after a restore, under the number its receipt was printed with.
            if self._connection.one(_BY_NUMBER, (fact.doc_no,)) is not None:
                self.flag("number_twice", n, fact, fact.doc_no, fact.total)
            return
        number = int(tail)
        if number == self.last_doc + 1:
            self.last_doc = number
        elif number > self.last_doc:
            self.flag("number_gap", n, fact, f"{fact.doc_no} after {self.last_doc}", fact.total)
            self.last_doc = number
        else:
            self.flag("number_twice", n, fact, fact.doc_no, fact.total)

    def _sale(self, n: int, sale: Sale) -> None:
        self._check_number(n, sale)
        if not self._checker.plainly_right(sale):
            check_possible(sale)
            found = self._checker.sale(sale)
            if found:
                self.flag("figures_differ", n, sale, told(found), sale.total)
        found = self._offers.differences(sale)
        if found:
            self.flag("promotion_differs", n, sale, told(found), sale.total)
        for used in self._offers.twice(n, sale):
            self.flag("coupon_twice", n, sale, used, sale.total)
        if sale.points is not None or sale.rewards:
            points.book_sale(self, n, sale)
        if sale.exchange:
            self._returns.exchanged(n, sale)
        self._new_sales.append((n, sale))
        self._document(n, "sale", sale, sale.gross, sale.discount, None)
        self._sales[sale.id] = (n, sale)

    def _void(self, n: int, void: Voided) -> None:
        check_possible(void)
        self._check_number(n, void)
        known = self._sales.get(void.sale) or self._stored_sale(void.sale)
        reverses: int | None = None
        if known is None:
            self.flag("void_without_sale", n, void, void.sale_doc, void.total)
        else:
            reverses, sale = known
            found = self._checker.void(void, sale)
            if found:
                self.flag("figures_differ", n, void, told(found), void.total)
            if self._is_voided(reverses):
                self.flag("voided_twice", n, void, void.sale_doc, void.total)
            self._voided.add(reverses)
            if sale.points is not None:
                points.book_back(self, n, void, sale)
            if sale.customer:
                visits.touch(self, sale.customer)
            self._returns.void(n, void)
        gross = sum(line.gross for line in void.lines)
        taken = sum(line.gross - line.total for line in void.lines)
        self._document(n, "void", void, gross, taken, reverses)

    def _refund(self, n: int, fact: Refunded) -> None:
        check_possible(fact)
        self._check_number(n, fact)
        known = self._sales.get(fact.sale) or self._stored_sale(fact.sale)
        voided = known is not None and self._is_voided(known[0])
        self._returns.add(n, fact, known[1] if known else None, voided=voided)
        if known is not None and known[1].points is not None:
            points.book_back(self, n, fact, known[1])
        if fact.auth or fact.channel:
            self._rights.add(n, fact)
        self._document(n, "refund", fact, fact.gross, fact.discount, None)

    def _invoice(self, n: int, fact: Invoiced) -> None:
        """An invoice moves nothing: its number counts, and its amounts are those of its sale."""
        self._check_number(n, fact)
        known = self._sales.get(fact.sale) or self._stored_sale(fact.sale)
        if known is None:
            self.flag("invoice_without_sale", n, fact, fact.sale_doc, fact.total)
        elif (fact.total, fact.currency) != (known[1].total, known[1].currency):
            self.flag("figures_differ", n, fact, f"sale {fact.sale_doc}", fact.total)

    def _is_voided(self, n: int) -> bool:
        return n in self._voided or self._connection.one(_REVERSED, (n,)) is not None

    def _stored_sale(self, sale_id: str) -> tuple[int, Sale] | None:
        row = self._connection.one(_EVENT_OF, (sale_id,))
        fact = decode_fact(row[1]) if row else None
        return (int(row[0]), fact) if row and isinstance(fact, Sale) else None

    def _document(
        self,
        n: int,
        kind: str,
        fact: Sale | Voided | Refunded,
        gross: int,
        discount: int,
        reverses: int | None,
    ) -> None:
        if self.currency and fact.currency != self.currency:
            self.flag("currency_differs", n, fact, fact.currency, fact.total)
        device = self._device
        day, currency = fact.biz_date, fact.currency
        due = orders.due_in(fact)
        if due is not None:
            self._rights.add(n, fact)
            self.values = self.values or any(getattr(line, "value", "") for line in fact.lines)
        of_orders = due or 0
        if not isinstance(fact, Voided) and fact.customer:
            visits.book(self, n, fact)
        self._documents.append(
            (
                *(n, kind, device.store_id, device.till, fact.doc_no, day, fact.t.wall, fact.shift),
                *(fact.actor, currency, gross - of_orders, discount, fact.net - of_orders),
                *(fact.tax, fact.total - of_orders, fact.payable, fact.rounding, reverses),
            )
        )
        self._count_day(kind, fact, gross, discount, of_orders)
        self._offers.book(n, fact)
        self._lines += [
            (
                *(n, line.line, line.sku, line.label, line.qty, line.unit_price, line.total),
                *(line.net, line.tax, line.tax_code, line.rate_ppm, line.custom),
            )
            for line in fact.lines
            if due is None or not (getattr(line, "order", "") or getattr(line, "value", ""))
        ]
        self.refs.append(refunds.ref_of(fact))
        stock = self._stock
        if isinstance(fact, Refunded):
            for sku, back in refunds.stock_back(fact):
                stock[sku] += back
        else:
            for sold in fact.lines:
                if not (sold.custom or sold.order or sold.value):
                    stock[sold.sku] -= sold.qty
                    self._sold[sold.sku, day] += sold.qty
        self._count_paid(n, fact)

    def _count_paid(self, n: int, fact: Sale | Voided | Refunded) -> None:
        tenders = self._tenders
        for place, row in enumerate(fact.payments):
            self._payments.append(
                (n, place, row.tender, row.amount, row.given, row.change, row.ref)
            )
            tenders[fact.biz_date, fact.currency, row.tender] += row.amount
            if row.account:
                self.values = True

    def _count_day(
        self, kind: str, fact: Sale | Voided | Refunded, gross: int, discount: int, of_orders: int
    ) -> None:
        day, currency = fact.biz_date, fact.currency
        sums = self._days[day, currency]
        if kind != "refund":
            sums[0 if kind == "sale" else 1] += 1
        sums[2] += gross - of_orders
        sums[3] += discount
        sums[4] += fact.net - of_orders
        sums[5] += fact.tax
        sums[6] += fact.total - of_orders
        sums[7] += fact.rounding
        for tax in fact.taxes:
            both = self._taxes[day, currency, tax.code, tax.rate_ppm]
            both[0] += tax.net
            both[1] += tax.tax

    def _open_shift(self, n: int, fact: ShiftOpened) -> None:
        del n
        self._shifts.append(shifts.row(self._device, fact))

    def _move_cash(self, n: int, fact: CashMoved) -> None:
        strange = cash.wrong(fact)
        if strange:
            self.flag("cash_strange", n, fact, strange, fact.amount)
        if self.currency and fact.currency != self.currency:
            self.flag("currency_differs", n, fact, fact.currency, fact.amount)
        self._moves.append(cash.row(n, self._device, fact))

    def _right(self, n: int, fact: RightFact) -> None:
        self._rights.add(n, fact)

    def _gather_closing(self, n: int, fact: ShiftClosed) -> None:
        # Added up when written: the shift's documents have to be in the tables by then.
        self._closings.append((n, fact))


_EFFECTS: Final[dict[type, Callable[[Booking, int, Any], None]]] = {
    Sale: Booking._sale,  # noqa: SLF001 - the table of the class's own effects
    Voided: Booking._void,  # noqa: SLF001 - the same
    Invoiced: Booking._invoice,  # noqa: SLF001 - the same
    Refunded: Booking._refund,  # noqa: SLF001 - the same
    CardNoted: cards.note_card,
    ConsentNoted: visits.book_consent,
    CashMoved: Booking._move_cash,  # noqa: SLF001 - the same
    ExceptionAssigned: exceptions.book_assigned,
    ExceptionResolved: exceptions.book_resolved,
    ShiftOpened: Booking._open_shift,  # noqa: SLF001 - the same
    ShiftClosed: Booking._gather_closing,  # noqa: SLF001 - the same
    ReturnPended: pended.book,
    Rejoined: epochs.book_rejoined,
    KeyRotated: epochs.book_rotated,
    **dict.fromkeys(
        (ValueEarned, EarnReversed, RightUsed, GrantReleased, HoldCaptured, HoldVoided),
        Booking._right,  # noqa: SLF001 - the same
    ),
    ReservationStepped: Booking._right,  # noqa: SLF001 - the same
    **dict.fromkeys(
        (TransferRequested, TransferSent, TransferCalledOff, GoodsReceived, StockCounted),
        goods_books.book,
    ),
    LookedUp: looks.book,
}
"""What a type of fact does to the books; a type without a row is kept and does nothing."""
