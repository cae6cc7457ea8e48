"""Parts of the screen of what needs attention: rows of the queue, papers, steps, ways to settle."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from pos_app.presenters.exception_views import (
    CaseView,
    ChangeView,
    KnownView,
    PaperView,
    WayView,
)
from pos_app.ui import icons, paint, theme
from pos_app.ui.labels import TONES, Card, Disc, Icon, Label, Pill, Told
from pos_app.ui.lists import VIEW, Index, List

ROW, GAP = 84, 8
LINE = 20
INKS = {"plain": "text2", "warn": "warn_ink", "bad": "bad_ink", "": "text3"}


class CaseDelegate(QStyledItemDelegate):
    """A case: its disc, what it is, where, what is at stake, how old it is."""

    def __init__(self, parent: List) -> None:
        super().__init__(parent)
        self.list_ = parent
        self.marked = ""

    def _title(self, view: CaseView, width: int) -> tuple[str, ...]:
        return paint.wrapped(view.title, theme.font(15, 600), max(width - 88, 60), 2)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option
        view: CaseView = index.data(VIEW)
        width = self.list_.viewport().width() - 10
        more = (len(self._title(view, width)) - 1) * LINE + (LINE if view.note else 0)
        return QSize(100, ROW + GAP + more)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view: CaseView = index.data(VIEW)
        rtl = self.list_.rtl()
        row = QRect(option.rect)
        body = paint.mirrored(row.adjusted(1, 1, -10, -GAP), row, rtl=rtl)
        painter.save()
        paint.begin(painter)
        marked = view.case_id == self.marked
        fill, edge = ("primary_soft", "primary") if marked else ("surface", "border")
        width = 2 if marked else 1
        paint.box(painter, body, theme.CARD, theme.color(fill), theme.color(edge), width)
        if self.list_.hasFocus() and self.list_.currentIndex().row() == index.row():
            paint.box(painter, body.adjusted(3, 3, -3, -3), 10, None, theme.color("focus"), 2)

        def place(x: int, top: int, wide: int, high: int = LINE) -> QRect:
            area = QRect(body.left() + x, body.top() + top, wide, high)
            return paint.mirrored(area, body, rtl=rtl)

        ground, ink = TONES[view.tone]
        disc = QPointF(place(13, 12, 40, 40).center()) + QPointF(1, 1)
        paint.disc(painter, disc, 20, theme.color(ground))
        icons.draw(painter, view.icon, disc.x(), disc.y(), 20, theme.color(ink), rtl=rtl)
        words, top = body.width() - 80, 10
        for line in self._title(view, body.width()):
            font = theme.font(15, 600)
            paint.write(painter, place(66, top, words), line, font, theme.color("text"), rtl=rtl)
            top += LINE
        small = theme.font(13, 500)
        paint.write(
            painter, place(66, top, words), view.place, small, theme.color("text2"), rtl=rtl
        )
        top += LINE + 4
        if view.note:
            paint.write(
                painter, place(66, top, words), view.note, small, theme.color("off_ink"), rtl=rtl
            )
            top += LINE
        bold = theme.font(14, 700)
        paint.write(painter, place(66, top, words), view.amount, bold, theme.color("text"), rtl=rtl)
        wide = paint.width_of(view.age, small) + 4
        area = place(body.width() - 14 - wide, top, wide)
        ink = INKS.get(view.age_tone, "text2")
        paint.write(painter, area, view.age, small, theme.color(ink), paint.END, rtl=rtl)
        painter.restore()


class PaperCard(Card):
    """One paper: where, its number, what became of it, and its rows."""

    def __init__(self) -> None:
        super().__init__("subtle", "border")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        theme.margins(column, 14, 10, 12, 12)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        self.title = Label("", 14, 600, data=True)
        self.pill = Pill("", "plain")
        head.addWidget(self.title, 1)
        head.addWidget(self.pill)
        column.addLayout(head)
        self.number = Label("", 13, 500, "text2", data=True)
        column.addWidget(self.number)
        self.rows: list[tuple[Label, Label]] = []
        self.column = column

    def show_paper(self, view: PaperView) -> None:
        """Another paper."""
        self.setAccessibleName(view.spoken)
        self.title.say(view.title)
        self.number.say(view.number)
        self.number.setVisible(bool(view.number))
        self.pill.say(view.pill, view.tone)
        while len(self.rows) < len(view.rows):
            row = QHBoxLayout()
            row.setSpacing(8)
            words = Label("", 13, 500, "text2")
            value = Label("", 13, 600, across=paint.END, data=True)
            row.addWidget(words)
            row.addWidget(value, 1)
            self.column.addLayout(row)
            self.rows.append((words, value))
        for place, (words, value) in enumerate(self.rows):
            used = place < len(view.rows)
            words.setVisible(used)
            value.setVisible(used)
            if used:
                words.say(view.rows[place].words)
                value.say(view.rows[place].value)


class KnownRow(QWidget):
    """A step of what is known; a thread leads to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.last = False
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 14)
        row.setSpacing(12)
        self.disc = Disc("check", "plain", 24, 14)
        row.addWidget(self.disc, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(1)
        self.title = Label("", 14, 600, wrap=True)
        self.detail = Label("", 13, 500, "text2", wrap=True)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        row.addLayout(words, 1)
        self.when = Label("", 13, 500, "text2", across=paint.END)
        row.addWidget(self.when, 0, Qt.AlignmentFlag.AlignTop)

    def show_known(self, view: KnownView, *, last: bool) -> None:
        """Another step."""
        self.last = last
        self.disc.show_icon(view.icon, view.tone)
        self.title.say(view.title)
        self.detail.say(view.detail)
        self.detail.setVisible(bool(view.detail))
        self.when.say(view.when)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.last:
            return
        painter = QPainter(self)
        x = self.disc.x() + self.disc.width() // 2 - 1
        painter.fillRect(QRect(x, 28, 2, self.height() - 30), theme.color("border2"))
        painter.end()


class WayRow(QAbstractButton):
    """A way to settle it: a circle, what it is, when it fits."""

    def __init__(self) -> None:
        super().__init__()
        self.view = WayView("", "", "", chosen=False)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(64)

    def show_way(self, view: WayView) -> None:
        """Another way."""
        self.view = view
        self.setText(view.title)
        self.setAccessibleName(f"{view.title}. {view.detail}")
        self.setChecked(view.chosen)
        self._fit()
        self.update()

    def _lines(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        width = max(self.width() - 64, 80)
        title = paint.wrapped(self.view.title, theme.font(15, 600), width, 2)
        return title, paint.wrapped(self.view.detail, theme.font(13, 500), width, 2)

    def _fit(self) -> None:
        title, detail = self._lines()
        self.setFixedHeight(24 + len(title) * 21 + len(detail) * 19)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def nextCheckState(self) -> None:
        """What is chosen is said by the state: a press alone marks nothing."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        rect, on = self.rect(), self.isChecked()
        fill = "primary_soft" if on else "sunken" if self.isDown() else "surface"
        edge = theme.color("primary" if on else "border2")
        paint.box(painter, rect, 12, theme.color(fill), edge, 2 if on else 1)
        middle = paint.mirrored(QRect(16, 0, 20, rect.height()), rect, rtl=rtl).center()
        at = QPointF(middle) + QPointF(1, 1)
        paint.disc(painter, at, 10, theme.color("primary" if on else "field"))
        paint.disc(painter, at, 8, theme.color("surface"))
        if on:
            paint.disc(painter, at, 5, theme.color("primary"))
        title, detail = self._lines()
        top = 12
        for line in title:
            area = paint.mirrored(QRect(50, top, rect.width() - 62, 21), rect, rtl=rtl)
            ink = theme.color("primary_ink" if on else "text")
            paint.write(painter, area, line, theme.font(15, 600), ink, rtl=rtl)
            top += 21
        for line in detail:
            area = paint.mirrored(QRect(50, top, rect.width() - 62, 19), rect, rtl=rtl)
            paint.write(painter, area, line, theme.font(13, 500), theme.color("text2"), rtl=rtl)
            top += 19
        painter.end()


class Ways(QWidget):
    """The ways that fit, the suggested one first."""

    chose = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)
        self.rows: list[WayRow] = []

    def show_ways(self, views: tuple[WayView, ...]) -> None:
        """Other ways."""
        while len(self.rows) < len(views):
            row = WayRow()
            row.clicked.connect(lambda _on=False, row=row: self.chose.emit(row.view.way))
            self.rows.append(row)
            self.column.addWidget(row)
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(views))
            if place < len(views):
                row.show_way(views[place])


class ChangesCard(Told):
    """What the chosen way means for goods, for money and for head office."""

    def __init__(self) -> None:
        super().__init__("subtle", "border")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 10, 16, 10)
        self.column.setSpacing(8)
        self.rows: list[tuple[QWidget, Icon, Label, Label]] = []

    def show_changes(self, views: tuple[ChangeView, ...]) -> None:
        """Another way was chosen."""
        while len(self.rows) < len(views):
            room = QWidget()
            row = QHBoxLayout(room)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(12)
            icon = Icon("package", "text2", 18)
            words = Label("", 13, 500, wrap=True)
            value = Label("", 13, 600, across=paint.END)
            row.addWidget(icon)
            row.addWidget(words, 1)
            row.addWidget(value)
            self.column.addWidget(room)
            self.rows.append((room, icon, words, value))
        for place, (room, icon, words, value) in enumerate(self.rows):
            room.setVisible(place < len(views))
            if place < len(views):
                icon.show_icon(views[place].icon, "text2")
                words.say(views[place].words)
                value.say(views[place].value)
                value.setVisible(bool(views[place].value))
        self.setVisible(bool(views))
        self.fit()
