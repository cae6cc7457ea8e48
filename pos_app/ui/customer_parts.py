"""Parts of the Customers screen: rows of people and of what happened, boxes, numbers, consents."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from pos_app.presenters.customer_views import (
    ConsentRow,
    ContactBox,
    Figure,
    MomentRow,
    PersonRow,
    Tip,
)
from pos_app.ui import icons, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import TONES, Card, Icon, Label
from pos_app.ui.lists import VIEW, Index, List
from pos_app.ui.pickup_parts import Art
from pos_app.words import _

PERSON, GAP = 68, 8
MOMENT, DISC = 46, 34
INKS = {"gold": "gold", "guest": "warn_ink", "plain": "text2"}
LOOKS = {
    "yes": ("ok_soft", "", "ok_ink", "check"),
    "no": ("sunken", "", "text2", "x"),
    "open": ("surface", "border2", "text2", "circle-question-mark"),
}
"""How an answer looks: ground, edge, ink, icon. A no is settled: it is not red."""


def letters(painter: QPainter, area: QRect, text: str, tone: str, size: int) -> None:
    """Somebody's letters on a disc."""
    ground, ink = {
        "marked": ("primary", "on_primary"),
        "guest": ("warn_soft", "warn_ink"),
        "info": ("primary_soft", "primary_ink"),
    }.get(tone, ("sunken", "text2"))
    middle = QPointF(area.center()) + QPointF(1, 1)
    paint.disc(painter, middle, area.width() / 2, theme.color(ground))
    paint.write(painter, area, text, theme.font(size, 600), theme.color(ink), paint.CENTRE)


class PersonDelegate(QStyledItemDelegate):
    """Somebody: letters, name, tier and when they were seen."""

    def __init__(self, parent: List) -> None:
        super().__init__(parent)
        self.list_ = parent
        self.marked = ""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(100, PERSON + GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view: PersonRow = index.data(VIEW)
        row, rtl = QRect(option.rect), self.list_.rtl()
        body = row.adjusted(0, 0, 0, -GAP)
        painter.save()
        paint.begin(painter)
        marked = view.customer == self.marked
        fill, edge = ("primary_soft", "primary") if marked else ("surface", "border")
        ink = theme.color(edge)
        paint.box(painter, body, theme.CARD, theme.color(fill), ink, 2 if marked else 1)
        if self.list_.hasFocus() and self.list_.currentIndex().row() == index.row():
            paint.box(painter, body.adjusted(3, 3, -3, -3), 10, None, theme.color("focus"), 2)

        def place(x: int, top: int, wide: int, high: int = 20) -> QRect:
            area = QRect(body.left() + x, body.top() + top, wide, high)
            return paint.mirrored(area, body, rtl=rtl)

        tone = "marked" if marked else view.tone
        letters(painter, place(12, 14, 40, 40), view.letters, tone, 14)
        room = body.width() - 76
        top = 12 if view.tier or view.seen else 24
        strong, small = theme.font(15, 600), theme.font(13, 500)
        paint.write(painter, place(64, top, room), view.name, strong, theme.color("text"), rtl=rtl)
        if view.tier:
            bold, ink = theme.font(13, 600), theme.color(INKS[view.tone])
            wide = min(room, paint.width_of(view.tier, bold) + 1)
            paint.write(painter, place(64, top + 22, wide), view.tier, bold, ink, rtl=rtl)
            if view.seen and room - wide > 30:
                area = place(64 + wide + 5, top + 22, room - wide - 5)
                seen = f"\u00b7 {view.seen}"
                paint.write(painter, area, seen, small, theme.color("text2"), rtl=rtl)
        elif view.seen:
            ink = theme.color("text2")
            paint.write(painter, place(64, top + 22, room), view.seen, small, ink, rtl=rtl)
        painter.restore()


class MomentDelegate(QStyledItemDelegate):
    """One thing that happened, on the thread that leads to the next."""

    def __init__(self, parent: List) -> None:
        super().__init__(parent)
        self.list_ = parent

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(100, MOMENT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view: MomentRow = index.data(VIEW)
        row, rtl = QRect(option.rect), self.list_.rtl()
        painter.save()
        paint.begin(painter)
        if self.list_.hasFocus() and self.list_.currentIndex().row() == index.row():
            area = row.adjusted(0, 1, -8, -1)
            paint.box(painter, area, 10, None, theme.color("focus"), 2)

        def place(x: int, top: int, wide: int, high: int = 20) -> QRect:
            area = QRect(row.left() + x, row.top() + top, wide, high)
            return paint.mirrored(area, row, rtl=rtl)

        if not view.last:
            thread = place(DISC // 2 + 1, 6 + DISC, 2, MOMENT - DISC)
            painter.fillRect(thread, theme.color("border2"))
        ground, ink = ("gold_soft", "gold") if view.tone == "gold" else TONES[view.tone]
        disc = place(2, 6, DISC, DISC)
        middle = QPointF(disc.center()) + QPointF(1, 1)
        paint.disc(painter, middle, DISC / 2, theme.color(ground))
        icons.draw(painter, view.icon, middle.x(), middle.y(), 17, theme.color(ink), rtl=rtl)
        strong, small = theme.font(14, 600), theme.font(13, 500)
        end = row.width() - 12
        wide = max(paint.width_of(view.amount, strong), paint.width_of(view.when, small)) + 2
        left, room = 48, end - wide - 56
        ink_, faint = theme.color("text"), theme.color("text2")
        top = 3 if view.detail else 13
        paint.write(painter, place(left, top, room), view.title, strong, ink_, rtl=rtl)
        paint.write(painter, place(left, 23, room), view.detail, small, faint, rtl=rtl)
        area = place(end - wide, 3, wide)
        paint.write(painter, area, view.amount, strong, ink_, paint.END, rtl=rtl)
        area = place(end - wide, 23, wide)
        paint.write(painter, area, view.when, small, faint, paint.END, rtl=rtl)
        painter.restore()


class Letters(QWidget):
    """Somebody's letters, large."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.text, self.tone = "", "info"
        self.setFixedSize(side, side)

    def say(self, text: str, tone: str) -> None:
        """Somebody else."""
        self.text, self.tone = text, "guest" if tone == "guest" else "info"
        self.setAccessibleName(text)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        letters(painter, self.rect(), self.text, self.tone, 21)
        painter.end()


class TierPill(QWidget):
    """The tier they have."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.tone = "", "plain"
        self.setFixedHeight(28)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def say(self, text: str, tone: str) -> None:
        """Another one."""
        self.text, self.tone = text, tone
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(paint.width_of(self.text, theme.font(13, 600)) + 42, 28)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        fill, ink = {
            "gold": ("gold_soft", "gold"),
            "guest": ("warn_soft", "warn_ink"),
        }.get(self.tone, ("sunken", "text2"))
        rect = self.rect()
        paint.box(painter, rect, 14, theme.color(fill))
        at = paint.mirrored(QRect(9, 0, 18, 28), rect, rtl=rtl).center()
        icon = "award" if self.tone == "gold" else "user"
        icons.draw(painter, icon, at.x() + 1, at.y() + 1, 16, theme.color(ink))
        area = paint.mirrored(QRect(31, 0, rect.width() - 42, 28), rect, rtl=rtl)
        paint.write(painter, area, self.text, theme.font(13, 600), theme.color(ink), rtl=rtl)
        painter.end()


class Box(Card):
    """A way to reach them: where it is from, what it is, whether it was proven."""

    def __init__(self) -> None:
        super().__init__("subtle", "border", 10)
        self.setFixedHeight(48)
        row = QHBoxLayout(self)
        theme.margins(row, 12, 4, 10, 4)
        row.setSpacing(10)
        self.icon = Icon("store", "text2", 18)
        row.addWidget(self.icon)
        words = QVBoxLayout()
        words.setSpacing(0)
        self.title = Label("", 13, 600, data=True)
        self.value = Label("", 13, 500, "text2", data=True)
        self.verified = Icon("badge-check", "ok", 16)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.title, 1)
        head.addWidget(self.verified)
        words.addLayout(head)
        words.addWidget(self.value)
        row.addLayout(words, 1)

    def show_box(self, view: ContactBox) -> None:
        """Another one."""
        self.icon.show_icon(view.icon, "text2")
        self.title.say(view.title)
        self.value.say(view.value)
        self.verified.setVisible(view.verified)
        said = f"{view.title}, {view.value}"
        self.setAccessibleName(f"{said}, {_('verified')}" if view.verified else said)


class FigureBox(QWidget):
    """A number with what it is and a word about it."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.label = Label("", 13, 500, "text2", wrap=True)
        self.value = Label("", 19, 700, wrap=True)
        self.detail = Label("", 13, 500, "text2", wrap=True)
        for part in (self.label, self.value, self.detail):
            column.addWidget(part)

    def show_figure(self, view: Figure) -> None:
        """Another one."""
        self.label.say(view.label)
        self.value.say(view.value, view.tone)
        self.detail.say(view.detail, view.detail_tone)
        self.setAccessibleName(" ".join(filter(None, (view.label, view.value, view.detail))))


class Figures(Card):
    """The numbers, three in a row."""

    def __init__(self) -> None:
        super().__init__()
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(16, 9, 16, 9)
        self.grid.setHorizontalSpacing(30)
        self.grid.setVerticalSpacing(14)
        for column in range(3):
            self.grid.setColumnStretch(column, 1)
            self.grid.setColumnMinimumWidth(column, 90)
        self.boxes: list[FigureBox] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_figures(self, views: tuple[Figure, ...]) -> None:
        """Other ones."""
        while len(self.boxes) < len(views):
            place = len(self.boxes)
            box = FigureBox()
            self.boxes.append(box)
            self.grid.addWidget(box, place // 3, place % 3)
        for place, box in enumerate(self.boxes):
            box.setVisible(place < len(views))
            if place < len(views):
                box.show_figure(views[place])
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        shown = [box for box in self.boxes if not box.isHidden()]
        for place, box in enumerate(shown):
            area = box.geometry()
            if place % 3:
                rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
                x = area.right() + 15 if rtl else area.left() - 16
                painter.fillRect(QRect(x, area.top(), 1, area.height()), theme.color("border"))
            elif place:
                paint.hairline(painter, 16, self.width() - 16, area.top() - 8)
        painter.end()


class ConsentButton(QAbstractButton):
    """A purpose and the answer to it; pressing it asks again."""

    def __init__(self) -> None:
        super().__init__()
        self.view = ConsentRow("", "mail", "", "", "", "open")
        self.setFixedHeight(48)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_consent(self, view: ConsentRow) -> None:
        """Another answer."""
        self.view = view
        self.setText(view.title)
        self.setAccessibleName(view.spoken)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 48)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        rect, view = self.rect(), self.view
        if self.isDown():
            paint.box(painter, rect, 10, theme.color("sunken"))

        def place(x: int, top: int, wide: int, high: int) -> QRect:
            return paint.mirrored(QRect(x, top, wide, high), rect, rtl=rtl)

        at = place(0, 3, 20, 22).center()
        icons.draw(painter, view.icon, at.x() + 1, at.y() + 1, 18, theme.color("text2"), rtl=rtl)
        fill, edge, ink, icon = LOOKS[view.look]
        bold = theme.font(13, 600)
        wide = paint.width_of(view.words, bold) + 44
        pill = place(rect.width() - wide, 10, wide, 28)
        line = theme.color(edge) if edge else None
        paint.box(painter, pill, 14, theme.color(fill), line)
        at = paint.mirrored(QRect(pill.left() + 9, 10, 18, 28), pill, rtl=rtl).center()
        icons.draw(painter, icon, at.x() + 1, at.y() + 1, 15, theme.color(ink))
        area = paint.mirrored(pill.adjusted(31, 0, -10, 0), pill, rtl=rtl)
        paint.write(painter, area, view.words, bold, theme.color(ink), rtl=rtl)
        room = rect.width() - wide - 42
        strong, small = theme.font(14, 600), theme.font(13, 500)
        paint.write(
            painter, place(30, 3, room, 21), view.title, strong, theme.color("text"), rtl=rtl
        )
        area = place(30, 25, room, 20)
        paint.write(painter, area, view.detail, small, theme.color("text2"), rtl=rtl)
        painter.end()


class TipRow(QWidget):
    """Something to offer: what it is, why, what it costs."""

    added = Signal()

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.art = Art(44, 24)
        row.addWidget(self.art)
        words = QVBoxLayout()
        words.setSpacing(0)
        self.name = Label("", 14, 600, data=True)
        self.detail = Label("", 13, 500, "text2", data=True)
        words.addWidget(self.name)
        words.addWidget(self.detail)
        row.addLayout(words, 1)
        self.price = Button("")
        self.price.clicked.connect(self.added)
        row.addWidget(self.price)

    def show_tip(self, view: Tip) -> None:
        """Another one."""
        self.art.show_art(view.icon, view.tint)
        self.name.say(view.name)
        self.detail.say(view.detail)
        self.price.say(view.price, name=f"{view.name}, {view.price}")


class Strip(Card):
    """A fact with its buttons at its end; below its words where there is no room."""

    NARROW = 430

    def __init__(self, tone: str, icon: str) -> None:
        super().__init__(TONES[tone][0], "", 11)
        ink = TONES[tone][1]
        outer = QGridLayout(self)
        outer.setContentsMargins(14, 8, 8, 8)
        outer.setHorizontalSpacing(12)
        outer.setVerticalSpacing(8)
        theme.margins(outer, 14, 8, 8, 8)
        self.icon = Icon(icon, ink, 20)
        outer.addWidget(self.icon, 0, 0)
        self.words = QWidget()
        words = QVBoxLayout(self.words)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        self.title = Label("", 14, 600, ink, wrap=True)
        self.detail = Label("", 13, 500, ink, wrap=True)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        outer.addWidget(self.words, 0, 1)
        outer.setColumnStretch(1, 1)
        self.acts = QWidget()
        self.acts_row = QHBoxLayout(self.acts)
        self.acts_row.setContentsMargins(0, 0, 0, 0)
        self.acts_row.setSpacing(theme.GAP)
        self.grid = outer
        outer.addWidget(self.acts, 0, 2)
        self._beside = True
        self.hide()

    def add(self, button: Button) -> None:
        """One more button."""
        self.acts_row.addWidget(button)

    def say(self, title: str, detail: str = "") -> None:
        """Another fact; an empty one hides it."""
        self.title.say(title)
        self.detail.say(detail)
        self.detail.setVisible(bool(detail))
        self.setVisible(bool(title))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        wanted = self.acts.sizeHint().width() + 200
        beside = self.width() >= max(self.NARROW, wanted)
        if beside != self._beside:
            self._beside = beside
            self.grid.removeWidget(self.acts)
            if beside:
                self.grid.addWidget(self.acts, 0, 2)
            else:
                self.grid.addWidget(self.acts, 1, 0, 1, 3)
