"""Sales by hour: bars of today, a dotted line of the same weekday a week ago, and both as a table."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.presenters.closing import CloseState
from pos_app.presenters.day_numbers import Bar
from pos_app.ui import keys, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import Card, Label
from pos_app.ui.shift_parts import Scroller
from pos_app.words import _

THREE_FROM = 640
"""Width of the table from which three hours stand side by side, pixels; below it two."""
AXIS = 64
"""Room for the words of the lines, pixels."""


class Legend(QWidget):
    """What the bars and the dots are."""

    def __init__(self) -> None:
        super().__init__()
        self.before = ""
        self.setFixedHeight(24)
        self.setAccessibleName(", ".join(words for words, _dotted in self._parts()))

    def show_before(self, name: str) -> None:
        """The weekday of the dotted line; empty without one."""
        if name != self.before:
            self.before = name
            self.setAccessibleName(", ".join(words for words, _dotted in self._parts()))
            self.updateGeometry()
            self.update()

    def _parts(self) -> list[tuple[str, bool]]:
        parts = [(_("Today"), False)]
        if self.before:
            parts.append((_("Last {day}").format(day=self.before), True))
        return parts

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        font, rect = theme.font(13, 500), self.rect()
        end = rect.width()
        for words, dotted in reversed(self._parts()):
            wide = paint.width_of(words, font)
            area = paint.mirrored(QRect(end - wide, 0, wide, rect.height()), rect, rtl=rtl)
            paint.write(painter, area, words, font, theme.color("text2"), rtl=rtl)
            mark = QRect(end - wide - 26, rect.height() // 2 - 5, 18, 10)
            mark = paint.mirrored(mark, rect, rtl=rtl)
            if dotted:
                for place in (2, 9, 16):
                    centre = QPointF(mark.left() + place, mark.center().y() + 1)
                    paint.disc(painter, centre, 2, theme.color("text2"))
            else:
                box = QRect(mark.left() + 4, mark.top(), 10, 10)
                paint.box(painter, box, 3, theme.color("chart2"))
            end -= wide + 26 + 18
        painter.end()


class Bars(QWidget):
    """The painted chart; its text twin is the accessible name, its table twin stands behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: tuple[Bar, ...] = ()
        self.scale = ("", "")
        self.top = 1
        self.setMinimumHeight(90)

    def show_bars(self, state: CloseState) -> None:
        """Other hours."""
        shown = (state.bars, state.scale, max(1, state.top))
        if shown != (self.bars, self.scale, self.top):
            self.bars, self.scale, self.top = shown
            words = ", ".join(f"{bar.hour}: {bar.words}" for bar in self.bars)
            self.setAccessibleName(_("Sales by hour. {words}").format(words=words))
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        rect = self.rect()
        if not self.bars:
            faint, words = theme.color("text3"), _("No sales in this shift yet.")
            paint.write(painter, rect, words, theme.font(14, 500), faint, paint.CENTRE)
            painter.end()
            return
        plot = paint.mirrored(
            QRect(AXIS, 26, rect.width() - AXIS, rect.height() - 26 - 26), rect, rtl=rtl
        )
        self._lines(painter, plot, rtl=rtl)
        slot = plot.width() / max(len(self.bars), 8)
        for place, bar in enumerate(self.bars):
            self._bar(painter, plot, bar, slot * (place + 0.5), slot, rtl=rtl)
        self._before(painter, plot, slot, rtl=rtl)
        painter.end()

    def _lines(self, painter: QPainter, plot: QRect, *, rtl: bool) -> None:
        small, faint = theme.font(12, 500), theme.color("text2")
        for part, words in ((0, self.scale[1]), (1, self.scale[0])):
            y = plot.top() + plot.height() * part // 2
            paint.hairline(painter, plot.left(), plot.right(), y)
            area = paint.mirrored(QRect(0, y - 10, AXIS - 10, 20), self.rect(), rtl=rtl)
            paint.write(painter, area, words, small, faint, paint.END, rtl=rtl)
        paint.hairline(painter, plot.left(), plot.right(), plot.bottom(), "border2")

    def _at(self, plot: QRect, x: float, *, rtl: bool) -> int:
        return int(plot.right() - x if rtl else plot.left() + x)

    def _high(self, plot: QRect, minor: int) -> int:
        return max(0, minor) * plot.height() // self.top

    def _bar(
        self, painter: QPainter, plot: QRect, bar: Bar, middle: float, slot: float, *, rtl: bool
    ) -> None:
        x, wide = self._at(plot, middle, rtl=rtl), int(min(36, slot * 0.6))
        high = self._high(plot, bar.total)
        body = QRect(x - wide // 2, plot.bottom() - high, wide, high)
        painter.fillRect(body, theme.color("primary" if bar.best else "chart2"))
        label = QRect(x - 30, plot.bottom() + 6, 60, 18)
        small, faint = theme.font(12, 500), theme.color("text2")
        paint.write(painter, label, str(bar.hour), small, faint, paint.CENTRE)
        if bar.best:
            top = body.top() - 24
            if bar.before is not None:
                top = min(top, plot.bottom() - self._high(plot, bar.before) - 28)
            label = QRect(x - 60, max(0, top), 120, 20)
            ink = theme.color("primary_ink")
            paint.write(painter, label, bar.short, theme.font(13, 600), ink, paint.CENTRE)

    def _before(self, painter: QPainter, plot: QRect, slot: float, *, rtl: bool) -> None:
        """The dotted line of a week ago."""
        points = [
            QPointF(
                self._at(plot, slot * (place + 0.5), rtl=rtl),
                plot.bottom() - self._high(plot, bar.before),
            )
            for place, bar in enumerate(self.bars)
            if bar.before is not None
        ]
        if not points:
            return
        pen = QPen(theme.color("text2"), 1.6, Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(points)
        for point in points:
            paint.disc(painter, point, 4, theme.color("text2"))
            paint.disc(painter, point, 2.4, theme.color("surface"))


class HourTable(QWidget):
    """The same numbers as text, an hour a row."""

    def __init__(self) -> None:
        super().__init__()
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 10, 0, 0)
        self.grid.setHorizontalSpacing(14)
        self.grid.setVerticalSpacing(6)
        self.shown: tuple[tuple[Bar, ...], str, int] = ((), "", 0)

    def show_bars(self, bars: tuple[Bar, ...], before: str) -> None:
        """Other hours."""
        columns = 3 if self.width() >= THREE_FROM else 2
        if (bars, before, columns) == self.shown:
            return
        self.shown = (bars, before, columns)
        while (item := self.grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for column in range(12):
            self.grid.setColumnStretch(column, 0)
            self.grid.setColumnMinimumWidth(column, 0)
        for row in range(self.grid.rowCount()):
            self.grid.setRowStretch(row, 0)
        high = -(-len(bars) // columns)
        for place, bar in enumerate(bars):
            x, y = place // high * 4, place % high
            hour = Label(f"{bar.hour}:00", 13, 600)
            now = Label(bar.words, 13, 600 if bar.best else 500, across=paint.END)
            then = Label(bar.before_words, 13, 400, "text2", across=paint.END)
            told = _("{hour}:00: {amount}").format(hour=bar.hour, amount=bar.words)
            if before:
                told = _("{hour}:00: {amount}, last {day} {before}").format(
                    hour=bar.hour, amount=bar.words, day=before, before=bar.before_words
                )
            hour.setAccessibleName(told)
            for offset, widget in enumerate((hour, now, then)):
                self.grid.addWidget(widget, y, x + offset)
            self.grid.setColumnStretch(x + 1, 1)
            self.grid.setColumnStretch(x + 2, 1 if before else 0)
            if x:
                self.grid.setColumnMinimumWidth(x - 1, 8)
        self.grid.setRowStretch(high, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.show_bars(*self.shown[:2])


class HourChart(Card):
    """Chart or table under one head; Alt+T or its button turns one into the other."""

    turned = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 8, 18, 10)
        column.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(12)
        self.title = Label(_("Sales by hour"), 17, 600)
        self.legend = Legend()
        self.turn = Button("", "bare", icon="table", key=keys.cap("table"), name=_("As a table"))
        self.turn.clicked.connect(self.turned)
        head.addWidget(self.title)
        head.addWidget(self.legend, 1)
        head.addWidget(self.turn)
        column.addLayout(head)
        self.bars, self.table = Bars(), HourTable()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.bars)
        room = Scroller()
        theme.margins(room.column, 0, 0, 8, 0)
        room.column.addWidget(self.table)
        self.stack.addWidget(room)
        column.addWidget(self.stack, 1)

    def show_state(self, state: CloseState) -> None:
        """Draws whichever is chosen."""
        self.legend.show_before(state.before)
        self.bars.show_bars(state)
        self.table.show_bars(state.bars, state.before)
        self.stack.setCurrentIndex(int(state.table))
        self.turn.icon_name = "chart-column" if state.table else "table"
        self.turn.say("", name=_("As a chart") if state.table else _("As a table"))
        self.turn.update()
