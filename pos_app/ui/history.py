"""Sales history: the list with its filters, and the chosen document as it was printed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.domain.receipt import Receipt
from pos_app.presenters.history import SalesState, SaleView
from pos_app.ui import keys, theme
from pos_app.ui.buttons import Button
from pos_app.ui.fields import Field
from pos_app.ui.labels import Empty, Ground, Label, Notice, Pill, panel_header
from pos_app.ui.lists import List, RowDelegate
from pos_app.ui.receipt_view import ReceiptView
from pos_app.ui.shell import SyncPill
from pos_app.words import _

INSET = theme.INSET


class SaleDelegate(RowDelegate):
    """A document of the list."""

    def show_row(self, view: SaleView) -> tuple[str, str, str, str, str, str, Any]:
        return (
            *(view.icon, view.number, view.detail, view.amount, view.state, view.tone),
            view.sale_id,
        )


class HistoryWork(Ground):
    """Search, spans of days, and the list."""

    act = Signal(str)
    typed = Signal(str)
    span = Signal(str)
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("app")
        column = QVBoxLayout(self)
        column.setContentsMargins(INSET, 12, INSET, INSET)
        column.setSpacing(12)
        top = QHBoxLayout()
        top.setSpacing(12)
        self.search = Field(
            _("Search sales"),
            _("Number, amount or time; or scan a receipt"),
            icon="search",
            key=keys.cap("search"),
        )
        self.search.edit.textEdited.connect(self.typed)
        self.search.edit.returnPressed.connect(lambda: self.act.emit("return_items"))
        self.pill = SyncPill()
        top.addWidget(self.search, 1)
        top.addWidget(self.pill)
        column.addLayout(top)
        spans = QHBoxLayout()
        spans.setSpacing(theme.GAP)
        self.spans: dict[str, Button] = {}
        self._spans = spans
        spans.addStretch(1)
        column.addLayout(spans)
        self.list = List(_("Sales"), QPalette.ColorRole.Window)
        self.delegate = SaleDelegate(self.list)
        self.list.setItemDelegate(self.delegate)
        self.list.chosen.connect(self._row)
        column.addWidget(self.list, 1)
        self.empty = Empty("receipt-text", "")
        column.addWidget(self.empty, 1)
        self.rows: tuple[SaleView, ...] = ()

    def show_state(self, state: SalesState) -> None:
        """Draws the list."""
        self.rows = state.rows
        for span in state.spans:
            button = self.spans.get(span.key)
            if button is None:
                button = Button(span.words, "chip")
                button.setCheckable(True)
                button.clicked.connect(lambda _checked=False, key=span.key: self.span.emit(key))
                self.spans[span.key] = button
                self._spans.insertWidget(self._spans.count() - 1, button)
            button.say(span.words)
            button.setChecked(span.chosen)
        self.delegate.marked = state.chosen
        self.list.set_rows(state.rows)
        self.list.viewport().update()
        self.list.setVisible(bool(state.rows))
        self.empty.setVisible(not state.rows)
        self.empty.say(state.empty, state.empty_detail)
        place = next((n for n, row in enumerate(state.rows) if row.sale_id == state.chosen), -1)
        if place >= 0:
            self.list.scrollTo(self.list.model_.index(place))
        if self.search.edit.text() != state.text and not self.search.edit.hasFocus():
            self.search.edit.setText(state.text)

    def clear_search(self) -> None:
        """A receipt was scanned: the field is free again."""
        self.search.edit.clear()

    def _row(self, row: int) -> None:
        self.chosen.emit(self.rows[row].sale_id)


class HistoryPanel(Ground):
    """The chosen document, and what can be done with it."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface", "start")
        self._shown: Receipt | None = None
        column = QVBoxLayout(self)
        theme.margins(column, 1, 0, 0, 0)
        column.setSpacing(0)
        self.title = Label("", 19, 700, data=True)
        self.detail = Label("", 13, 500, "text2", data=True)
        self.state = Pill("", "warn")
        column.addWidget(panel_header(self.title, self.detail, self.state))
        body = QVBoxLayout()
        body.setContentsMargins(INSET, 14, INSET, 12)
        body.setSpacing(10)
        self.notice = Notice("off", "clock")
        body.addWidget(self.notice)
        self.paper = ReceiptView()
        body.addWidget(self.paper, 1)
        self.empty = Empty("receipt-text", _("Choose a sale"))
        body.addWidget(self.empty, 1)
        column.addLayout(body, 1)
        column.addWidget(self._footer())

    def _footer(self) -> QWidget:
        footer = Ground("surface", "top")
        column = QVBoxLayout(footer)
        column.setContentsMargins(INSET, 12, INSET, 18)
        column.setSpacing(theme.GAP)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        self.print = Button(_("Print copy"), icon="printer")
        self.print.clicked.connect(lambda: self.act.emit("print"))
        self.void = Button(_("Take back"), "danger", icon="undo-2")
        self.void.clicked.connect(lambda: self.act.emit("void"))
        row.addWidget(self.print, 1)
        row.addWidget(self.void, 1)
        column.addLayout(row)
        self.others = QWidget()
        row = QHBoxLayout(self.others)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        for what, text, icon in (
            ("gift", _("Gift receipt"), "receipt"),
            ("invoice", _("Invoice"), "file-text"),
        ):
            button = Button(text, icon=icon)
            button.clicked.connect(lambda _checked=False, act=what: self.act.emit(act))
            row.addWidget(button, 1)
        column.addWidget(self.others)
        self.items = Button(_("Return items"), "primary", key=keys.cap("finish"))
        self.items.clicked.connect(lambda: self.act.emit("return_items"))
        column.addWidget(self.items)
        return footer

    def show_state(self, state: SalesState) -> None:
        """Draws the document."""
        marked = state.marked
        self.title.say(state.title)
        self.detail.say(state.detail)
        self.state.setVisible(marked is not None and bool(marked.state))
        if marked is not None and marked.state:
            self.state.say(marked.state, marked.tone)
        self.notice.say(state.notice)
        if state.paper != self._shown:
            self._shown = state.paper
            self.paper.show_receipt(state.paper)
        self.paper.setVisible(state.paper is not None)
        self.empty.setVisible(state.paper is None)
        self.print.setVisible(marked is not None and marked.can_print)
        self.others.setVisible(marked is not None and marked.can_print)
        self.void.setVisible(marked is not None and marked.can_void)
        can = marked is not None and marked.can_return
        self.items.say(_("Return items"), reason=state.why_not or _("Choose a sale"), enabled=can)
