"""Stock across stores: what is looked up with its variants, and the stores that have it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.presenters.stock import StockState
from pos_app.ui import keys, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Empty, Ground, Label
from pos_app.ui.lists import List, RowDelegate
from pos_app.ui.lists_sheets import Scrolled
from pos_app.ui.matrix import CELL, CELL_GAP, HEAD, MatrixGrid
from pos_app.ui.product import Picture, Strip
from pos_app.ui.shell import SyncPill
from pos_app.ui.stock_table import StoreTable, TableHead
from pos_app.words import _

INSET = theme.INSET
ROWS_SEEN = 3
"""Rows of the matrix that are always seen; more are scrolled."""


class WideMatrix(MatrixGrid):
    """The matrix in the width of the work area."""

    LABEL, WIDEST = 104, 132

    def corner(self) -> str:
        return _("Here / in all")


class _MatrixRoom(Scrolled):
    """As high as its rows, and a half row more where there are more than it shows."""

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        most = HEAD + ROWS_SEEN * (CELL + CELL_GAP) + CELL // 2
        return QSize(size.width(), min(size.height(), most))

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), min(self.sizeHint().height(), 2 * CELL))


class ProductCard(Card):
    """What is looked up: name, number, price; how many of which variant."""

    variant = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 12)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(16)
        self.picture = Picture()
        words = QVBoxLayout()
        words.setSpacing(4)
        self.name = Label("", 21, 700, data=True)
        self.detail = Label("", 14, 500, "text2", data=True)
        words.addStretch(1)
        words.addWidget(self.name)
        words.addWidget(self.detail)
        words.addStretch(1)
        cost = QVBoxLayout()
        cost.setSpacing(4)
        self.price = Label("", 22, 700, across=paint.END)
        self.note = Label("", 14, 500, "text2", across=paint.END)
        cost.addStretch(1)
        cost.addWidget(self.price)
        cost.addWidget(self.note)
        cost.addStretch(1)
        head.addWidget(self.picture)
        head.addLayout(words, 1)
        head.addLayout(cost)
        column.addLayout(head)
        self.matrix = WideMatrix()
        self.matrix.chosen.connect(self.variant)
        self.room = _MatrixRoom()
        self.room.column.addWidget(self.matrix)
        column.addWidget(self.room)
        self.alone = Strip()
        column.addWidget(self.alone)

    def show_state(self, state: StockState) -> None:
        """Another product, or another of its variants."""
        self.picture.icon, self.picture.tint = state.icon, state.tint
        self.picture.update()
        self.name.say(state.name)
        self.detail.say(state.detail)
        self.price.say(state.price)
        self.note.say(state.price_note)
        several = bool(state.matrix.rows)
        self.matrix.show_matrix(state.matrix)
        self.room.setVisible(several)
        self.room.updateGeometry()
        self.alone.setVisible(not several)
        values = [(_("This store"), state.here, "off" if state.here_none else "text")]
        if state.in_all:
            values.append((_("All stores"), state.in_all, "text2"))
        self.alone.show_values(tuple(values), large=False)


class StockWork(Ground):
    """Search, the product, the table of stores; or what the search found."""

    act = Signal(str)
    typed = Signal(str)
    variant = Signal(str)
    store = Signal(str)
    found = Signal(str)

    def __init__(self) -> None:
        super().__init__("app")
        column = QVBoxLayout(self)
        column.setContentsMargins(INSET, 12, INSET, INSET)
        column.setSpacing(12)
        top = QHBoxLayout()
        top.setSpacing(12)
        self.search = Field(
            _("Search a product"),
            _("Scan, or type a name"),
            icon="search",
            key=keys.cap("search"),
        )
        self.search.edit.textEdited.connect(self.typed)
        self.search.edit.returnPressed.connect(lambda: self.act.emit("stock_first"))
        self.pill = SyncPill()
        self.goods = Button("", "plain", icon="truck", name=_("Deliveries, transfers and counts"))
        self.goods.setFixedWidth(48)
        self.goods.clicked.connect(lambda: self.act.emit("goods"))
        top.addWidget(self.search, 1)
        top.addWidget(self.goods)
        top.addWidget(self.pill)
        column.addLayout(top)
        self.stack = QStackedWidget()
        column.addWidget(self.stack, 1)
        self.product = self._product()
        self.list = List(_("Products"), QPalette.ColorRole.Window)
        self.delegate = RowDelegate(self.list)
        self.list.setItemDelegate(self.delegate)
        self.list.chosen.connect(self._row)
        self.nothing = Empty("boxes", "")
        for page in (self.product, self.list, self.nothing):
            self.stack.addWidget(page)
        self.state = StockState()
        self.show_state(self.state)

    def _product(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self.card = ProductCard()
        self.card.variant.connect(self.variant)
        column.addWidget(self.card)
        table = Card()
        rows = QVBoxLayout(table)
        rows.setContentsMargins(1, 1, 1, 8)
        rows.setSpacing(0)
        self.table = StoreTable()
        self.head = TableHead(self.table)
        self.table.chosen.connect(self._store)
        self.alone = Empty("store", "")
        rows.addWidget(self.head)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.alone, 1)
        column.addWidget(table, 1)
        return page

    def show_state(self, state: StockState) -> None:
        """Draws what was found."""
        self.state = state
        self.search.remark(state.note)
        if state.sku:
            self.card.show_state(state)
            self.table.show_stores(state.stores, state.chosen)
            self.head.update()
            some = bool(state.stores)
            self.head.setVisible(some)
            self.table.setVisible(some)
            self.alone.setVisible(not some)
            self.alone.say(state.empty, state.empty_detail)
            self.stack.setCurrentWidget(self.product)
        elif state.found:
            self.delegate.marked = next((row for row in state.found if row.marked), None)
            self.list.set_rows(state.found)
            self.list.viewport().update()
            self.stack.setCurrentWidget(self.list)
        else:
            self.nothing.say(state.empty, state.empty_detail)
            self.stack.setCurrentWidget(self.nothing)

    def _row(self, row: int) -> None:
        if row < len(self.state.found):
            self.found.emit(self.state.found[row].sku)

    def _store(self, row: int) -> None:
        if row < len(self.state.stores):
            self.store.emit(self.state.stores[row].store)
