"""The stores under a product: how many each has, and as of when."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.presenters.elsewhere import StoreView
from pos_app.ui import paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import Label, Pill, Rule
from pos_app.ui.lists_sheets import Scrolled
from pos_app.words import _

ROW = 56
COUNT, AS_OF, GO = 72, 150, 48


class StoreRow(QWidget):
    """One store; a silent one's time stands in a violet pill."""

    sell = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.store = ""
        self.setMinimumHeight(ROW)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setSpacing(12)
        words = QVBoxLayout()
        words.setSpacing(0)
        self.name = Label("", 15, 600, data=True)
        self.detail = Label("", 13, 500, "text2", data=True)
        words.addStretch(1)
        words.addWidget(self.name)
        words.addWidget(self.detail)
        words.addStretch(1)
        self.count = Label("", 18, 700, across=paint.END)
        self.count.setFixedWidth(COUNT)
        self.time = Label("", 13, 500, "text2", across=paint.END)
        self.pill = Pill("", "off", "cloud-off")
        last = QWidget()
        last.setFixedWidth(AS_OF)
        end = QHBoxLayout(last)
        theme.margins(end, 0, 0, 12, 0)
        end.addStretch(1)
        end.addWidget(self.time)
        end.addWidget(self.pill)
        row.addLayout(words, 1)
        row.addWidget(self.count)
        row.addWidget(last)
        self.go = Button("", icon="chevron-right")
        self.go.setFixedWidth(GO)
        self.go.clicked.connect(lambda: self.sell.emit(self.store))
        self.no_go = QWidget()
        self.no_go.setFixedWidth(GO)
        row.addWidget(self.go)
        row.addWidget(self.no_go)
        column.addLayout(row, 1)
        column.addWidget(Rule())

    def show_store(self, view: StoreView, *, can_sell: bool) -> None:
        """Another store."""
        self.store = view.store
        offers = can_sell and not view.here and not view.none
        self.go.setVisible(offers)
        self.no_go.setVisible(can_sell and not offers)
        self.go.setAccessibleName(_("Sell from {store}").format(store=view.name))
        self.setAccessibleName(view.spoken)
        self.name.say(view.name)
        self.detail.say(view.detail)
        self.detail.setVisible(bool(view.detail))
        self.count.say(view.count, "text2" if view.none or view.old else "text")
        self.time.say(view.as_of)
        self.time.setVisible(not view.old)
        self.pill.setVisible(view.old)
        self.pill.say(view.as_of, "off", "cloud-off")


class _Stores(Scrolled):
    """Gives way to the matrix above: two stores are always seen."""

    LOWEST = 2 * ROW

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        return QSize(size.width(), min(size.height(), 3 * ROW + ROW // 2))


class StoreRows(QWidget):
    """All of them, under a heading; scrolled where there is too little room."""

    sell = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(Rule())
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(Label(_("In the stores"), 15, 600), 1)
        for words, wide, inset in ((_("Free"), COUNT, 0), (_("As of"), AS_OF, 12)):
            label = Label(words, 13, 600, "text2", across=paint.END)
            room = QWidget()
            room.setFixedWidth(wide)
            row = QHBoxLayout(room)
            theme.margins(row, 0, 0, inset, 0)
            row.addWidget(label)
            head.addWidget(room)
        self.no_go = QWidget()
        self.no_go.setFixedWidth(GO)
        head.addWidget(self.no_go)
        column.addLayout(head)
        self.scrolled = _Stores()
        self.scrolled.column.setSpacing(0)
        column.addWidget(self.scrolled)
        self.rows: list[StoreRow] = []

    def show_stores(self, views: tuple[StoreView, ...], *, can_sell: bool = False) -> None:
        """Another product; `can_sell` where goods of these stores may be asked for."""
        self.no_go.setVisible(can_sell)
        while len(self.rows) < len(views):
            row = StoreRow()
            row.sell.connect(self.sell)
            self.rows.append(row)
            self.scrolled.column.addWidget(row)
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(views))
            if place < len(views):
                row.show_store(views[place], can_sell=can_sell)
        self.setVisible(bool(views))
        self.scrolled.updateGeometry()
