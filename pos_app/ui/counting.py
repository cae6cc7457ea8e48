"""Parts of the shift screens: the count of notes and coins, numbers of the day, checks."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pos_app.presenters.checks import Check
from pos_app.presenters.counting import CountRow, Money
from pos_app.ui import icons, paint, theme
from pos_app.ui.amounts import Amount
from pos_app.ui.buttons import Button
from pos_app.ui.fields import CountEdit
from pos_app.ui.labels import TONES, Card, Label
from pos_app.words import _

COUNT_COLUMNS = 3
SUMS_FROM = 680
"""Width from which each row says what its pieces are worth, pixels."""
SUM_WIDTH = 76
KPI = 92


class CountGrid(Card):
    """Notes and coins in three columns; Enter and the arrows move on."""

    changed = Signal(int, int)
    same = Signal()
    """The button at the head's end."""

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
        self.same_button = Button("", "link")
        self.same_button.clicked.connect(self.same)
        self.same_button.hide()
        head.addWidget(self.same_button)
        column.addLayout(head)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(10)
        self.grid.setVerticalSpacing(4)
        column.addLayout(self.grid)
        column.addStretch(1)
        self.edits: dict[int, CountEdit] = {}
        self.sums: dict[int, Label] = {}
        self.counted_label = Label(_("Counted"), 13, 500, "text2", across=paint.END)
        self.counted = Amount(24, 700)
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

    def show_same(self, words: str) -> None:
        """What the button at the head's end says; empty hides it."""
        self.same_button.say(words)
        self.same_button.setVisible(bool(words))

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
            amount = Amount(14, 500, "text2", least=11)
            amount.setMinimumWidth(SUM_WIDTH)
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
        self.grid.setHorizontalSpacing(8 if self.width() >= SUMS_FROM else 4)
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


class CheckTile(QAbstractButton):
    """Whether a part of the till is ready: a disc, what it is, how it is.

    Where something is to be mended a press does that; else it is a plain fact.
    """

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.check = Check("tag", "", "", "off")
        self._hovered = False
        self.setFixedHeight(68)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.clicked.connect(lambda: self.act.emit(self.check.act) if self.check.act else None)

    def show_check(self, check: Check) -> None:
        """Another state."""
        if check == self.check:
            return
        self.check = check
        policy = Qt.FocusPolicy.TabFocus if check.act else Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(policy)
        self.setAccessibleName(_("{part}: {state}").format(part=check.title, state=check.detail))
        self.setToolTip(check.detail)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(190, 68)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 68)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hovered = True
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = False
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        check, rect = self.check, self.rect()
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        presses = bool(check.act)
        fill = "sunken" if presses and self.isDown() else "surface"
        fill = "subtle" if presses and self._hovered and not self.isDown() else fill
        edge = {"bad": "bad", "warn": "warn"}.get(check.tone, "border2" if presses else "border")
        wide = 2.0 if check.tone == "bad" else 1.2
        paint.box(painter, rect, theme.CARD, theme.color(fill), theme.color(edge), wide)
        ground, ink = TONES[check.tone]
        start = 58 if rect.width() >= 150 else 50
        disc = paint.mirrored(QRect(12 if start > 50 else 8, 16, 36, 36), rect, rtl=rtl)
        middle = disc.toRectF().center()
        paint.disc(painter, middle, 18, theme.color(ground))
        icons.draw(painter, check.icon, middle.x(), middle.y(), 18, theme.color(ink), rtl=rtl)
        words = rect.width() - start - 4
        title, small = theme.font(15, 600), theme.font(13, 500)
        if paint.width_of(check.title, title) > words:
            title = theme.font(13, 600)
        rows = paint.wrapped(check.detail, small, words, 3)
        high, low = paint.metrics(title).height(), paint.metrics(small).height()
        top = (rect.height() - high - low * len(rows)) // 2
        area = paint.mirrored(QRect(start, top, words, high), rect, rtl=rtl)
        paint.write(painter, area, check.title, title, theme.color("text"), rtl=rtl)
        told = theme.color(ink if check.tone in ("bad", "warn") else "text2")
        for place, row in enumerate(rows):
            area = QRect(start, top + high + place * low, words, low)
            area = paint.mirrored(area, rect, rtl=rtl)
            paint.write(painter, area, row, small, told, rtl=rtl)
        painter.end()


class Kpi(Card):
    """A number of the day, beside that of a week ago."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(KPI)
        column = QVBoxLayout(self)
        theme.margins(column, 16, 5, 8, 5)
        column.setSpacing(0)
        self.label = Label("", 13, 500, "text2", data=True)
        self.value = Amount(22, 700, across=paint.START, least=11)
        self.detail = Label("", 13, 500, "text2", wrap=True)
        column.addStretch(1)
        column.addWidget(self.label)
        column.addWidget(self.value)
        column.addWidget(self.detail)
        column.addStretch(1)

    def needed(self, width: int) -> int:
        """How high it is at that width, so that none of its words is cut."""
        words = self.detail.heightForWidth(width - 24) if self.detail.text() else 0
        head = self.label.sizeHint().height() + self.value.sizeHint().height()
        return max(KPI, head + words + 10)

    def show_money(self, money: Money) -> None:
        """Another number."""
        self.label.say(money.label)
        self.value.say(money.amount)
        self.detail.say(money.detail, {"ok": "ok_ink", "warn": "warn_ink"}.get(money.tone, "text2"))
        told = " ".join(part for part in (money.label, money.amount, money.detail) if part)
        self.setAccessibleName(told)
