"""What was sold: the last sales of this till."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pos_app.domain.day import parse_utc
from pos_app.presenters.desk import Desk
from pos_app.presenters.done import Receipts
from pos_app.presenters.views import dotted, tender_name
from pos_app.words import _, money, ngettext, since

SHOWN = 60


class SaleView(msgspec.Struct, frozen=True):
    """A document in the list."""

    sale_id: str
    number: str
    detail: str
    amount: str
    state: str
    """Taken back, copy 2…; empty for an ordinary sale."""
    tone: str
    can_print: bool
    can_void: bool


class SalesState(msgspec.Struct, frozen=True):
    """The sheet of the last sales."""

    rows: tuple[SaleView, ...] = ()
    chosen: str = ""


class Sales:
    """The last sales of this till: print again, take back."""

    def __init__(self, desk: Desk, receipts: Receipts) -> None:
        self.desk, self.receipts = desk, receipts
        self.on_change: Callable[[SalesState], None] = lambda _state: None
        self.state = SalesState()

    def open(self) -> None:
        """Reads them."""
        till = self.desk.till
        now, today = till.now(), till.business_date()
        rows = []
        for row in till.view.sales(SHOWN):
            tenders = " + ".join(dict.fromkeys(tender_name(name) for name, _amount in row.tenders))
            moment = since(parse_utc(row.wall), now, self.desk.zone)
            detail = dotted(moment, self.desk.name_of(row.actor), tenders)
            state, tone = "", "plain"
            if row.void_of:
                state, tone = _("Takes back a sale"), "warn"
            elif row.voided:
                state, tone = _("Taken back"), "warn"
            elif row.copies:
                words = ngettext("{count} copy", "{count} copies", row.copies)
                state = words.format(count=row.copies)
            can_void = not (row.void_of or row.voided) and row.business_date == today
            rows.append(
                SaleView(
                    row.sale_id,
                    row.doc_no,
                    detail,
                    money(row.payable, row.currency),
                    state,
                    tone,
                    not row.void_of,
                    can_void,
                )
            )
        known = {row.sale_id for row in rows}
        chosen = self.state.chosen if self.state.chosen in known else ""
        self._show(SalesState(tuple(rows), chosen or (rows[0].sale_id if rows else "")))

    def choose(self, sale_id: str) -> None:
        """Marks a sale."""
        self._show(SalesState(self.state.rows, sale_id))

    @property
    def chosen(self) -> SaleView | None:
        """The marked one."""
        return next((row for row in self.state.rows if row.sale_id == self.state.chosen), None)

    def print_again(self) -> None:
        """A copy of the marked one."""
        if self.chosen is not None:
            self.receipts.copy(self.chosen.sale_id)

    def print_last(self) -> None:
        """A copy of the last sale."""
        last = next((row for row in self.desk.till.view.sales(10) if not row.void_of), None)
        if last is None:
            self.desk.hands.toast(_("Nothing was sold here yet."))
        else:
            self.receipts.copy(last.sale_id)

    def take_back(self) -> None:
        """Takes the marked one back."""
        if self.chosen is not None:
            self.receipts.take_back(self.chosen.sale_id, self.open)

    def _show(self, state: SalesState) -> None:
        self.state = state
        self.on_change(state)
