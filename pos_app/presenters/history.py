"""Sales history: what was sold and what came back, searched, seen as paper, printed, taken back."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import PosError
from pos_app.domain.receipt import Block, Pair, Receipt, Rule, Size
from pos_app.presenters.desk import Desk
from pos_app.presenters.done import Receipts
from pos_app.presenters.typed import amount_typed
from pos_app.presenters.views import dotted, tender_name
from pos_app.till import history, refund
from pos_app.till.history import EVERYTHING, SHIFT, TODAY, Document
from pos_app.words import _, clock, current, money, ngettext, quantity, since


class SaleView(msgspec.Struct, frozen=True):
    """A document in the list."""

    sale_id: str
    number: str
    detail: str
    amount: str
    state: str
    """Taken back, came back, copy 2…; empty for an ordinary sale."""
    tone: str
    icon: str
    can_print: bool
    can_void: bool
    can_return: bool

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return ", ".join(
            part for part in (self.number, self.detail, self.amount, self.state) if part
        )


class SpanView(msgspec.Struct, frozen=True):
    """A filter over the list."""

    key: str
    words: str
    chosen: bool


class SalesState(msgspec.Struct, frozen=True):
    """The whole screen."""

    rows: tuple[SaleView, ...] = ()
    chosen: str = ""
    spans: tuple[SpanView, ...] = ()
    text: str = ""
    empty: str = ""
    empty_detail: str = ""
    title: str = ""
    detail: str = ""
    notice: str = ""
    """Where what is shown is another till's: as of when it is known."""
    paper: Receipt | None = None
    """As it was printed; of another till's document its lines."""
    why_not: str = ""
    """Why nothing of it can come back."""
    marked: SaleView | None = None


class Sales:
    """The documents of this till and of the store: print again, take back, return items."""

    def __init__(self, desk: Desk, receipts: Receipts) -> None:
        self.desk, self.receipts = desk, receipts
        self.on_change: Callable[[SalesState], None] = lambda _state: None
        self.state = SalesState()
        self.span = TODAY
        self._text = ""
        self._documents: dict[str, Document] = {}

    def open(self) -> None:
        """Reads them again."""
        self._read(self.state.chosen)

    def begin(self) -> None:
        """The screen is shown: the newest is marked, nothing is searched."""
        self._text = ""
        self._read("")

    def type(self, text: str) -> None:
        """Another text in the search field: a number, an amount, a time of day."""
        self._text = text.strip()
        self._read(self.state.chosen)

    def choose_span(self, key: str) -> None:
        """Today, this shift, all that is kept here."""
        self.span = key
        self._read(self.state.chosen)

    def choose(self, sale_id: str) -> None:
        """Marks a document and shows its paper."""
        self._read(sale_id)

    def move(self, step: int) -> None:
        """The next or the one before in the list."""
        ids = [row.sale_id for row in self.state.rows]
        if ids:
            here = ids.index(self.state.chosen) if self.state.chosen in ids else 0
            self._read(ids[max(0, min(len(ids) - 1, here + step))])

    def scan(self, code: str) -> bool:
        """A receipt was scanned: its sale is marked. False where this till has no copy of it."""
        till = self.desk.till
        try:
            found = refund.find(till, code)
        except PosError as error:
            self.desk.hands.sound("refused")
            self.desk.tell(error)
            return False
        self.desk.hands.sound("ok")
        self._text = ""
        if found.sale.biz_date != till.business_date():
            self.span = EVERYTHING
        elif self.span == SHIFT and not found.own:
            self.span = TODAY
        self._read(found.sale.id)
        return True

    def holds(self, skus: frozenset[str]) -> bool:
        """True where the marked sale has one of these products."""
        if not self.state.chosen:
            return False
        try:
            found = refund.find_by_id(self.desk.till, self.state.chosen)
        except PosError:
            return False
        return any(line.sku in skus for line in found.sale.lines)

    @property
    def chosen(self) -> SaleView | None:
        """The marked one."""
        return self.state.marked

    def print_again(self) -> None:
        """A copy of the marked one."""
        if self.chosen is not None and self.chosen.can_print:
            self.receipts.copy(self.chosen.sale_id)

    def print_last(self) -> None:
        """A copy of the last sale."""
        rows = self.desk.till.view.sales(10)
        last = next((row for row in rows if not (row.void_of or row.refund_of)), None)
        if last is None:
            self.desk.hands.toast(_("Nothing was sold here yet."))
        else:
            self.receipts.copy(last.sale_id)

    def take_back(self) -> None:
        """Takes the marked one back as a whole."""
        if self.chosen is not None and self.chosen.can_void:
            self.receipts.take_back(self.chosen.sale_id, self.open)

    # ---- what is shown

    def _read(self, chosen: str) -> None:
        till = self.desk.till
        if till.own.store is None:
            return
        amount = amount_typed(self._text, self.desk.currency) if self._text else None
        at = self._text if ":" in self._text else ""
        found = history.documents(till, "" if at else self._text, None if at else amount, self.span)
        if at:
            found = [each for each in found if self._clock(each).startswith(at)]
        self._documents = {each.id: each for each in found}
        rows = [self._row(each) for each in found]
        marked = next((row for row in rows if row.sale_id == chosen), None)
        if marked is None and chosen and not self._text:
            held = history.document(till, chosen)
            marked = self._row(held) if held is not None else None
            if held is not None and marked is not None:
                self._documents[held.id] = held
                rows.insert(0, marked)
        if marked is None and rows:
            marked = rows[0]
        state = SalesState(
            rows=tuple(rows),
            chosen=marked.sale_id if marked else "",
            spans=self._spans(),
            text=self._text,
            empty=_("Nothing found") if self._text else _("No sales here yet"),
            empty_detail=_("Press Enter to ask head office, or search by amount or time.")
            if self._text
            else _("Scan a receipt, or choose another span of days."),
            marked=marked,
        )
        self.state = self._with_paper(state, marked) if marked else state
        self.on_change(self.state)

    def _clock(self, each: Document) -> str:
        return clock(parse_utc(each.wall), self.desk.zone)

    def _spans(self) -> tuple[SpanView, ...]:
        words = {
            TODAY: _("Today"),
            SHIFT: _("This shift"),
            EVERYTHING: _("All days"),
        }
        return tuple(SpanView(key, text, key == self.span) for key, text in words.items())

    def _row(self, each: Document) -> SaleView:
        till = self.desk.till
        moment = since(parse_utc(each.wall), till.now(), self.desk.zone)
        place = "" if each.own else _("Till {number}").format(number=each.till)
        tenders = " + ".join(tender_name(name) for name in each.tenders)
        state, tone = self._standing(each)
        sale = each.kind == "sale"
        left = sale and not each.voided and each.refunded < max(each.payable, 1)
        today = each.business_date == till.business_date()
        return SaleView(
            each.id,
            each.doc_no,
            dotted(moment, place, self.desk.name_of(each.actor), tenders),
            money(each.payable, each.currency),
            state,
            tone,
            "receipt-text" if sale else "undo-2",
            can_print=sale and each.own,
            can_void=sale and each.own and today and not each.voided and not each.refunded,
            can_return=left,
        )

    def _standing(self, each: Document) -> tuple[str, str]:
        if each.kind == "void":
            return _("Takes back a sale"), "warn"
        if each.kind == "refund":
            return _("Refund"), "warn"
        if each.voided:
            return _("Taken back"), "warn"
        if each.refunded:
            words = _("{amount} came back")
            return words.format(amount=money(each.refunded, each.currency)), "warn"
        if each.copies:
            words = ngettext("{count} copy", "{count} copies", each.copies)
            return words.format(count=each.copies), "plain"
        return "", "plain"

    def _with_paper(self, state: SalesState, marked: SaleView) -> SalesState:
        till, each = self.desk.till, self._documents[marked.sale_id]
        why_not = ""
        if each.kind != "sale":
            why_not = _("This is no sale.")
        elif each.voided:
            why_not = _("Taken back as a whole")
        elif not marked.can_return:
            why_not = _("Everything came back")
        titles = {"void": _("Void {number}"), "refund": _("Refund {number}")}
        title = titles.get(each.kind, _("Sale {number}")).format(number=each.doc_no)
        state = replace(state, title=title, detail=marked.detail, why_not=why_not)
        receipt = history.paper(till, each.id)
        if receipt is not None:
            return replace(state, paper=receipt)
        told = history.told_lines(till, each.id)
        if told is None:
            return state
        notice = _("Sold at till {number}. Known here as of {time}.").format(
            number=told.till, time=self._as_of()
        )
        currency = told.currency
        blocks: list[Block] = [
            Pair(f"{quantity(line.qty, line.unit)}  {line.label}", money(line.total, currency))
            for line in told.lines
        ]
        blocks += [
            Rule(),
            Pair(_("Total"), money(told.total, currency), bold=True, size=Size.LARGE),
        ]
        blocks += [
            Pair(tender_name(paid.tender), money(paid.amount, currency)) for paid in told.payments
        ]
        return replace(state, paper=Receipt(tuple(blocks), locale=current()), notice=notice)

    def _as_of(self) -> str:
        as_of = self.desk.till.catalogue.as_of
        return since(parse_utc(as_of), self.desk.till.now(), self.desk.zone) if as_of else ""
