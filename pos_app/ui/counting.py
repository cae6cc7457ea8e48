"""Parts of the shift screens: the count of notes and coins, numbers of the day, checks."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.presenters.shifts import Check, CountRow, Money
from pos_app.ui import paint
from pos_app.ui.fields import CountEdit
from pos_app.ui.labels import Card, Disc, Label
from pos_app.words import _

COUNT_COLUMNS = 3
SUMS_FROM = 680
"""Width from which each row says what its pieces are worth, pixels."""


class CountGrid(Card):
    """Notes and coins in three columns; Enter and the arrows move on."""

    changed = Signal(int, int)

    def __init__(self, title: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 12, 18, 14)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(14)
        self.title = Label(title, 17, 600)
        hint = Label(
            _("\u2191 \u2193 move \u00b7 digits type \u00b7 Enter next"),
            13,
            500,
            "text3",
            wrap=True,
        )
        head.addWidget(self.title)
        head.addWidget(hint, 1)
        column.addLayout(head)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(10)
        self.grid.setVerticalSpacing(4)
        column.addLayout(self.grid)
        column.addStretch(1)
        self.edits: dict[int, CountEdit] = {}
        self.sums: dict[int, Label] = {}
        self.counted_label = Label(_("Counted"), 13, 500, "text2", across=paint.END)
        self.counted = Label("", 24, 700, across=paint.END)
        self.total_room = QWidget()
        total = QVBoxLayout(self.total_room)
        total.setContentsMargins(0, 0, 0, 0)
        total.setSpacing(0)
        total.addWidget(self.counted_label)
        total.addWidget(self.counted)

    def show_rows(self, rows: tuple[CountRow, ...], counted: str) -> None:
        """Draws the sums; builds the fields when the currency is another."""
        if list(self.edits) != [row.worth for row in rows]:
            self._build(rows)
        for row in rows:
            self.sums[row.worth].say(row.sum)
            edit = self.edits[row.worth]
            if edit.count != row.pieces:
                edit.setText(str(row.pieces))
        self.counted.say(counted)

    def _build(self, rows: tuple[CountRow, ...]) -> None:
        while (item := self.grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget is not self.total_room:
                widget.deleteLater()
        self.edits.clear()
        self.sums.clear()
        high = -(-(len(rows) + 1) // COUNT_COLUMNS)
        for place, row in enumerate(rows):
            x, y = place // high, place % high
            label = Label(row.label, 15, 600, across=paint.END)
            cross = Label("\u00d7", 14, 400, "text3", across=paint.CENTRE)
            edit = CountEdit(_("Pieces of {money}").format(money=row.label))
            edit.textEdited.connect(lambda _text, worth=row.worth: self._typed(worth))
            edit.moved.connect(lambda step, worth=row.worth: self._move(worth, step))
            amount = Label(row.sum, 14, 500, "text2", across=paint.END)
            amount.setMinimumWidth(84)
            self.edits[row.worth] = edit
            self.sums[row.worth] = amount
            for offset, widget in enumerate((label, cross, edit, amount)):
                self.grid.addWidget(widget, y, x * 5 + offset)
            self.grid.setColumnStretch(x * 5, 1)
            if x:
                self.grid.setColumnMinimumWidth(x * 5 - 1, 12)
        self._show_sums()
        last = (COUNT_COLUMNS - 1) * 5
        start = high - (COUNT_COLUMNS * high - len(rows))
        self.grid.addWidget(
            self.total_room, start, last, high - start, 4, Qt.AlignmentFlag.AlignBottom
        )

    def _typed(self, worth: int) -> None:
        self.changed.emit(worth, self.edits[worth].count)

    def _move(self, worth: int, step: int) -> None:
        order = list(self.edits)
        place = (order.index(worth) + step) % len(order)
        self.edits[order[place]].setFocus(Qt.FocusReason.TabFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_sums()

    def _show_sums(self) -> None:
        """A narrow window counts without the sum of each row."""
        for amount in self.sums.values():
            amount.setVisible(self.width() >= SUMS_FROM)

    def focus_first(self) -> None:
        """The caret in the largest note."""
        for edit in self.edits.values():
            edit.setFocus(Qt.FocusReason.OtherFocusReason)
            return


class CheckTile(Card):
    """Whether a part of the till is ready: a disc, what it is, how it is."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(68)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(10)
        self.disc = Disc("circle", "plain", 36, 18)
        words = QVBoxLayout()
        words.setSpacing(1)
        self.title = Label("", 15, 600, data=True)
        self.detail = Label("", 13, 500, "text2", data=True)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        words.addStretch(1)
        row.addWidget(self.disc)
        row.addLayout(words, 1)

    def show_check(self, check: Check) -> None:
        """Another state."""
        self.disc.show_icon(check.icon, check.tone)
        self.title.say(check.title)
        self.detail.say(check.detail)


class Kpi(Card):
    """A number of the day."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(84)
        column = QVBoxLayout(self)
        column.setContentsMargins(17, 10, 12, 10)
        column.setSpacing(0)
        self.label = Label("", 13, 500, "text2", data=True)
        self.value = Label("", 22, 700, data=True)
        column.addStretch(1)
        column.addWidget(self.label)
        column.addWidget(self.value)
        column.addStretch(1)

    def show_money(self, money: Money) -> None:
        """Another number."""
        self.label.say(money.label)
        self.value.say(money.amount)
