"""Parts of the Pickup screen: rows of the queue and of a pick list, the promise, the history."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from pos_app.presenters.hand_over_views import PersonView
from pos_app.presenters.pickup_views import (
    BENEATH,
    DONE,
    HEADING,
    MORE,
    NEXT,
    SHORT,
    PickRow,
    Promise,
    QueueRow,
    StepView,
)
from pos_app.ui import icons, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import TONES, Card, Icon, Label, Told
from pos_app.ui.lists import VIEW, Index, List
from pos_app.words import _

Place = Callable[[int, int, int, int], QRect]
"""Gives an area of a row, mirrored where people read from right to left."""
GAP = 8
HIGH, SHELVED, LOW, HEAD = 80, 72, 60, 34
"""Rows to pick, rows on the shelf, those beneath the ones to pick, and what stands between."""
WHOLE_PPM = 1_000_000
CHIP_ICONS = {"plain": "clock", "warn": "timer", "bad": "circle-alert"}
INKS = {"plain": "text2", "mine": "primary_ink", "off": "off_ink", "warn": "warn_ink"}


class QueueDelegate(QStyledItemDelegate):
    """An order: who, which, who picks it, how long there is; or its shelf."""

    def __init__(self, parent: List) -> None:
        super().__init__(parent)
        self.list_ = parent
        self.marked = ""

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        view: QueueRow = index.data(VIEW)
        if view.kind == HEADING:
            return QSize(100, HEAD)
        if view.kind == MORE:
            wide = self.list_.viewport().width() - 20
            lines = len(paint.wrapped(view.title, theme.font(13, 500), max(wide, 80), 3))
            return QSize(100, lines * 20 + 16)
        return QSize(100, (HIGH if view.note else LOW if view.kind == BENEATH else SHELVED) + GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view: QueueRow = index.data(VIEW)
        row, rtl = QRect(option.rect), self.list_.rtl()
        painter.save()
        paint.begin(painter)
        if view.kind in (HEADING, MORE):
            self._between(painter, row, view, rtl=rtl)
        else:
            body = row.adjusted(0, 0, 0, -GAP)
            marked = view.reservation == self.marked
            fill, edge = ("primary_soft", "primary") if marked else ("surface", "border")
            ink = theme.color(edge)
            paint.box(painter, body, theme.CARD, theme.color(fill), ink, 2 if marked else 1)
            if self.list_.hasFocus() and self.list_.currentIndex().row() == index.row():
                focus = body.adjusted(3, 3, -3, -3)
                paint.box(painter, focus, 10, None, theme.color("focus"), 2)
            self._order(painter, body, view, marked=marked, rtl=rtl)
        painter.restore()

    @staticmethod
    def _between(painter: QPainter, row: QRect, view: QueueRow, *, rtl: bool) -> None:
        area = row.adjusted(2, 0, -2, 0)
        if view.kind == HEADING:
            font = theme.font(14, 600)
            paint.write(painter, area, view.title, font, theme.color("text2"), rtl=rtl)
            font = theme.font(13, 500)
            paint.write(painter, area, view.detail, font, theme.color("text2"), paint.END, rtl=rtl)
            return
        font, ink = theme.font(13, 500), theme.color("text2")
        for place, line in enumerate(paint.wrapped(view.title, font, area.width() - 8, 3)):
            at = QRect(area.left() + 2, row.top() + 8 + place * 20, area.width() - 4, 20)
            paint.write(painter, at, line, font, ink, rtl=rtl)

    def _order(
        self, painter: QPainter, body: QRect, view: QueueRow, *, marked: bool, rtl: bool
    ) -> None:
        def place(x: int, top: int, wide: int, high: int = 20) -> QRect:
            area = QRect(body.left() + x, body.top() + top, wide, high)
            return paint.mirrored(area, body, rtl=rtl)

        end = body.width() - 12
        if view.tag:
            wide = max(44, paint.width_of(view.tag, theme.font(15, 700)) + 18)
            area = place(end - wide, (body.height() - 38) // 2, wide, 38)
            fill, token = ("ok", "surface") if marked else ("ok_soft", "ok_ink")
            paint.box(painter, area, 8, theme.color(fill))
            font = theme.font(15, 700)
            paint.write(painter, area, view.tag, font, theme.color(token), paint.CENTRE)
            end -= wide + 8
        room = end
        if view.chip:
            wide = paint.width_of(view.chip, theme.font(13, 600)) + 44
            self._chip(painter, place(end - wide, 8, wide, 26), view, rtl=rtl)
            room = end - wide - 8
        top = 10 if view.note else (body.height() - 42) // 2
        strong, small = theme.font(15, 600), theme.font(13, 500)
        ink = theme.color("text")
        paint.write(painter, place(16, top, room - 16), view.title, strong, ink, rtl=rtl)
        ink = theme.color("text2")
        paint.write(painter, place(16, top + 22, end - 16), view.detail, small, ink, rtl=rtl)
        if view.note:
            font = theme.font(13, 600 if view.note_tone == "mine" else 500)
            ink = theme.color(INKS[view.note_tone])
            paint.write(painter, place(16, top + 42, end - 16), view.note, font, ink, rtl=rtl)

    @staticmethod
    def _chip(painter: QPainter, area: QRect, view: QueueRow, *, rtl: bool) -> None:
        fill, ink = TONES[view.chip_tone]
        paint.box(painter, area, 13, theme.color(fill))
        at = paint.mirrored(QRect(area.left() + 9, area.top(), 18, 26), area, rtl=rtl).center()
        icon = CHIP_ICONS[view.chip_tone]
        icons.draw(painter, icon, at.x() + 1, at.y() + 1, 16, theme.color(ink))
        words = paint.mirrored(area.adjusted(31, 0, -11, 0), area, rtl=rtl)
        paint.write(painter, words, view.chip, theme.font(13, 600), theme.color(ink), rtl=rtl)


class PickDelegate(QStyledItemDelegate):
    """A line of the pick list: what it is, where it stands, whether it is found."""

    ROW, GAP, ART = 116, 10, 92

    def __init__(self, parent: List) -> None:
        super().__init__(parent)
        self.list_ = parent
        self.marked = ""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(100, self.ROW + self.GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view: PickRow = index.data(VIEW)
        row, rtl = QRect(option.rect), self.list_.rtl()
        body = row.adjusted(0, 0, 0, -self.GAP)
        painter.save()
        paint.begin(painter)
        marked = view.line == self.marked
        edge, width = ("primary", 2) if marked else ("border", 1)
        paint.box(painter, body, theme.CARD, theme.color("surface"), theme.color(edge), width)
        if self.list_.hasFocus() and self.list_.currentIndex().row() == index.row():
            paint.box(painter, body.adjusted(3, 3, -3, -3), 10, None, theme.color("focus"), 2)

        def place(x: int, top: int, wide: int, high: int = 20) -> QRect:
            area = QRect(body.left() + x, body.top() + top, wide, high)
            return paint.mirrored(area, body, rtl=rtl)

        art(painter, place(12, 12, self.ART, self.ART), view.icon, view.tint, 44)
        self._state(painter, place(body.width() - 66, 34, 48, 48), view)
        room = body.width() - 122 - 74
        names = paint.wrapped(view.title, theme.font(16, 600), room, 2)
        top = 11 if len(names) == 1 else 6
        for name in names:
            ink = theme.color("text")
            paint.write(painter, place(122, top, room, 22), name, theme.font(16, 600), ink, rtl=rtl)
            top += 22 if len(names) == 1 else 20
        small = theme.font(13, 500)
        area = place(122, top + (1 if len(names) == 1 else 0), room)
        paint.write(painter, area, view.detail, small, theme.color("text2"), rtl=rtl)
        self._where(painter, place, room + 60 if view.state != NEXT else room, view, rtl=rtl)
        painter.restore()

    @staticmethod
    def _where(painter: QPainter, place: Place, room: int, view: PickRow, *, rtl: bool) -> None:
        left, font = 122, theme.font(14, 600)
        note = paint.width_of(view.note, font) if view.note else 0
        if view.place:
            wide = min(paint.width_of(view.place, font) + 36, room - (note + 14 if note else 0))
            area = place(left, 71, max(wide, 60), 32)
            paint.box(painter, area, 8, theme.color("sunken"))
            at = paint.mirrored(QRect(area.left() + 8, area.top(), 18, 32), area, rtl=rtl).center()
            icons.draw(painter, "map-pin", at.x() + 1, at.y() + 1, 15, theme.color("text2"))
            words = paint.mirrored(area.adjusted(28, 0, -6, 0), area, rtl=rtl)
            paint.write(painter, words, view.place, font, theme.color("text"), rtl=rtl)
            left += area.width() + 14
        if view.note:
            ink = theme.color({"info": "primary_ink", "warn": "warn_ink"}[view.note_tone])
            paint.write(painter, place(left, 71, note + 2, 32), view.note, font, ink, rtl=rtl)

    @staticmethod
    def _state(painter: QPainter, area: QRect, view: PickRow) -> None:
        middle = QPointF(area.center()) + QPointF(1, 1)
        if view.state == DONE:
            paint.disc(painter, middle, 24, theme.color("ok_soft"))
            icons.draw(painter, "check", middle.x(), middle.y(), 24, theme.color("ok_ink"))
            return
        fill, ink = {
            NEXT: ("primary", "on_primary"),
            SHORT: ("warn_soft", "warn_ink"),
        }.get(view.state, ("sunken", "text2"))
        paint.box(painter, area, 11, theme.color(fill))
        if view.state == NEXT and view.fresh:
            icons.draw(painter, "scan-barcode", middle.x(), middle.y(), 24, theme.color(ink))
        else:
            font = theme.font(16, 600)
            paint.write(painter, area, view.count, font, theme.color(ink), paint.CENTRE)


def art(painter: QPainter, area: QRect, icon: str, tint: str, size: int) -> None:
    """A product's icon on its own ground."""
    back, ink = theme.tint(tint)
    paint.box(painter, area, 9, back)
    middle = area.center()
    icons.draw(painter, icon or "package", middle.x() + 1, middle.y() + 1, size, ink)


class Art(QWidget):
    """The same by itself."""

    def __init__(self, side: int, size: int) -> None:
        super().__init__()
        self.icon = self.tint = ""
        self.size_ = size
        self.setFixedSize(side, side)

    def show_art(self, icon: str, tint: str) -> None:
        """Another product."""
        if (icon, tint) != (self.icon, self.tint):
            self.icon, self.tint = icon, tint
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        art(painter, self.rect(), self.icon, self.tint, self.size_)
        painter.end()


class Bar(QWidget):
    """How far something is; the words beside it say the same."""

    def __init__(self, ink: str, ground: str = "sunken") -> None:
        super().__init__()
        self.ink, self.ground, self.part = ink, ground, 0
        self.setFixedHeight(8)

    def show_part(self, part_ppm: int, ink: str = "", ground: str = "") -> None:
        """So many millionths of the whole."""
        new = (part_ppm, ink or self.ink, ground or self.ground)
        if new != (self.part, self.ink, self.ground):
            self.part, self.ink, self.ground = new
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rect = self.rect()
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        paint.box(painter, rect, 4, theme.color(self.ground))
        wide = rect.width() * max(0, min(self.part, WHOLE_PPM)) // WHOLE_PPM
        if wide:
            area = paint.mirrored(QRect(0, 0, max(wide, 8), 8), rect, rtl=rtl)
            paint.box(painter, area, 4, theme.color(self.ink))
        painter.end()


class PromiseCard(Card):
    """By when it is promised, what is left, and that as a bar."""

    _INKS = {"plain": "text2", "warn": "warn", "bad": "bad"}  # noqa: RUF012 - never changed

    def __init__(self) -> None:
        super().__init__("sunken", "")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 14)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(9)
        self.icon = Icon("timer", "text", 20)
        self.words = Label("", 14, 600, wrap=True)
        self.left = Label("", 30, 700, across=paint.END)
        row.addWidget(self.icon)
        row.addWidget(self.words, 1)
        row.addWidget(self.left)
        column.addLayout(row)
        self.bar = Bar("text2", "surface")
        column.addWidget(self.bar)

    def show_promise(self, view: Promise) -> None:
        """Another second."""
        ground, ink = TONES[view.tone]
        ink = "text" if view.tone == "plain" else ink
        self.dress(ground, "")
        self.icon.show_icon("circle-alert" if view.tone == "bad" else "timer", ink)
        self.words.say(view.words, ink)
        self.left.say(view.left, ink)
        self.bar.show_part(view.part_ppm, self._INKS[view.tone])
        self.setAccessibleName(view.spoken)


class Timeline(QWidget):
    """What happened to an order, one step under the other; its accessible name says the same."""

    _DOT, _TEXT = 22, 34

    def __init__(self) -> None:
        super().__init__()
        self.steps: tuple[StepView, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_steps(self, steps: tuple[StepView, ...]) -> None:
        """Other ones."""
        if steps != self.steps:
            self.steps = steps
            self.setAccessibleName(". ".join(step.spoken for step in steps))
            self._fit()
            self.update()

    def _rows(self, step: StepView) -> tuple[tuple[str, ...], tuple[str, ...]]:
        wide = max(self.width() - self._TEXT, 120)
        when = paint.width_of(step.when, theme.font(13, 500)) + 12 if step.when else 0
        title = paint.wrapped(step.title, theme.font(14, 600), wide - when, 2)
        detail = paint.wrapped(step.detail, theme.font(13, 500), wide, 2) if step.detail else ()
        return title, detail

    def _high(self, step: StepView) -> int:
        title, detail = self._rows(step)
        return max(46, len(title) * 20 + len(detail) * 18 + 8)

    def _fit(self) -> None:
        self.setFixedHeight(max(1, sum(self._high(step) for step in self.steps)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        rect, top = self.rect(), 0

        def at(x: int, y: int, wide: int, high: int) -> QRect:
            return paint.mirrored(QRect(x, y, wide, high), rect, rtl=rtl)

        for place, step in enumerate(self.steps):
            high = self._high(step)
            if place + 1 < len(self.steps):
                reached = self.steps[place + 1].kind != "todo"
                area = at(10, top + 23, 2, high - 24)
                painter.fillRect(area, theme.color("ok" if reached else "border2"))
            self._dot(painter, QPointF(at(0, top, 22, 22).center()) + QPointF(1, 1), step.kind)
            title, detail = self._rows(step)
            y = top + 1
            ink = theme.color("text" if step.kind != "todo" else "text2")
            for line in title:
                area = at(self._TEXT, y, rect.width() - self._TEXT, 20)
                paint.write(painter, area, line, theme.font(14, 600), ink, rtl=rtl)
                y += 20
            for line in detail:
                area = at(self._TEXT, y, rect.width() - self._TEXT, 18)
                ink = theme.color("text2")
                paint.write(painter, area, line, theme.font(13, 500), ink, rtl=rtl)
                y += 18
            if step.when:
                area = at(self._TEXT, top + 1, rect.width() - self._TEXT, 20)
                small, ink = theme.font(13, 500), theme.color("text2")
                paint.write(painter, area, step.when, small, ink, paint.END, rtl=rtl)
            top += high
        painter.end()

    @staticmethod
    def _dot(painter: QPainter, middle: QPointF, kind: str) -> None:
        if kind == "now":
            paint.disc(painter, middle, 11, theme.color("primary_soft"))
            paint.disc(painter, middle, 5, theme.color("primary"))
        elif kind == "todo":
            paint.disc(painter, middle, 8, theme.color("border2"))
            paint.disc(painter, middle, 6.5, theme.color("surface"))
        else:
            tone = {"warn": "warn", "bad": "bad"}.get(kind, "ok")
            fill, ink = TONES[tone]
            paint.disc(painter, middle, 11, theme.color(fill))
            icon = "check" if tone == "ok" else "circle-alert"
            icons.draw(painter, icon, middle.x(), middle.y(), 14, theme.color(ink))


class Initials(QWidget):
    """Two letters on a round ground."""

    def __init__(self, side: int = 44) -> None:
        super().__init__()
        self.letters = ""
        self.setFixedSize(side, side)

    def say(self, letters: str) -> None:
        """Somebody else."""
        if letters != self.letters:
            self.letters = letters
            self.setAccessibleName(letters)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        middle = self.rect().toRectF().center()
        paint.disc(painter, middle, self.width() / 2, theme.color("sunken"))
        font, ink = theme.font(14, 600), theme.color("text2")
        paint.write(painter, self.rect(), self.letters, font, ink, paint.CENTRE)
        painter.end()


class PersonRow(QWidget):
    """Whose order it is, how it is paid, and the way to reach them."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        self.letters = Initials()
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addStretch(1)
        self.name = Label("", 15, 600, data=True)
        self.detail = Label("", 13, 500, "text2", wrap=True)
        words.addWidget(self.name)
        words.addWidget(self.detail)
        words.addStretch(1)
        row.addWidget(self.letters)
        row.addSpacing(4)
        row.addLayout(words, 1)
        self.buttons = {
            "pickup_call": Button("", icon="phone", name=_("Call the customer")),
            "pickup_message": Button("", icon="message-square", name=_("What can be said")),
        }
        for what, button in self.buttons.items():
            button.setFixedWidth(52)
            button.clicked.connect(lambda _on=False, what=what: self.act.emit(what))
            row.addWidget(button)

    def show_person(self, view: PersonView) -> None:
        """Another order."""
        self.letters.say(view.initials)
        self.name.say(view.name)
        self.detail.say(view.detail)
        for button in self.buttons.values():
            button.setVisible(view.reach)


class Quote(Told):
    """What the customer wrote."""

    def __init__(self) -> None:
        super().__init__("sunken", "", 10)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 11, 14, 11)
        row.setSpacing(9)
        self.words = Label("", 13, 500, "text2", wrap=True)
        row.addWidget(Icon("message-circle", "text2", 18), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)

    def say(self, text: str) -> None:
        """Another note; an empty one hides it."""
        self.words.say(text)
        self.setVisible(bool(text))
        self.fit()
