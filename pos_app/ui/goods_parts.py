"""Parts of the screen of deliveries and counts: its head, a product's row, a difference."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.presenters.goods_views import CountRow, DifferenceView, HeaderView, TabView
from pos_app.ui import icons, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.flow import Flow
from pos_app.ui.labels import Card, Disc, Label
from pos_app.ui.return_lines import Steps
from pos_app.words import _

ART = 48
STEP = 48
COUNT = 52
PILL_FROM = 620
"""Narrower than that a row shows its state under its name."""
ROW, ROW_NARROW = 68, 110


class Art(QWidget):
    """A product's icon on its ground."""

    def __init__(self) -> None:
        super().__init__()
        self.icon, self.tint = "package", ""
        self.setFixedSize(ART, ART)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        back, ink = theme.tint(self.tint)
        paint.box(painter, self.rect(), 10, back)
        icons.draw(painter, self.icon, ART / 2, ART / 2, 26, ink, stroke=1.6)
        painter.end()


class PartBar(QWidget):
    """How far it has come, as a bar; the words beside it say the same."""

    def __init__(self) -> None:
        super().__init__()
        self.part_ppm = 0
        self.setFixedHeight(10)

    def show_part(self, part_ppm: int) -> None:
        """Another share, in millionths."""
        if part_ppm != self.part_ppm:
            self.part_ppm = part_ppm
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rect = self.rect()
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        paint.box(painter, rect, 5, theme.color("sunken"))
        wide = rect.width() * self.part_ppm // 1_000_000
        if wide:
            full = paint.mirrored(QRect(0, 0, max(wide, 10), 10), rect, rtl=rtl)
            paint.box(painter, full, 5, theme.color("primary"))
        painter.end()


class HeaderCard(Card):
    """What is being counted, how much of it, in which step it is."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 12)
        column.setSpacing(12)
        top = QHBoxLayout()
        top.setSpacing(14)
        self.disc = Disc("truck", "info", 44, 22)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.title = Label("", 17, 700, data=True)
        self.detail = Label("", 14, 500, "text2", data=True)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        count = QVBoxLayout()
        count.setSpacing(2)
        self.count = Label("", 20, 700, across=paint.END)
        self.count_words = Label("", 13, 500, "text2", across=paint.END)
        count.addWidget(self.count)
        count.addWidget(self.count_words)
        top.addWidget(self.disc, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        top.addLayout(count)
        column.addLayout(top)
        self.bar = PartBar()
        self.steps = Steps()
        column.addWidget(self.bar)
        column.addWidget(self.steps)

    def show_header(self, view: HeaderView) -> None:
        """Another state of it."""
        self.disc.show_icon(view.icon, "info")
        self.title.say(view.title)
        self.detail.say(view.detail)
        self.detail.setVisible(bool(view.detail))
        self.count.say(view.count)
        self.count_words.say(view.count_words)
        self.bar.show_part(view.part_ppm)
        self.bar.setVisible(view.has_whole)
        self.steps.show_steps(view.steps)
        self.steps.setVisible(bool(view.steps))


class Tabs(Flow):
    """Chips with how much is under each, one of them chosen."""

    chose = Signal(str)

    def __init__(self, most: int) -> None:
        super().__init__()
        self.buttons: list[Button] = []
        self.keys: list[str] = []
        for place in range(most):
            button = Button("", "chip")
            button.setCheckable(True)
            button.clicked.connect(lambda _on=False, at=place: self._pressed(at))
            self.buttons.append(button)
            self.add(button)

    def _pressed(self, place: int) -> None:
        if place < len(self.keys):
            self.buttons[place].setChecked(True)
            self.chose.emit(self.keys[place])

    def show_tabs(self, tabs: tuple[TabView, ...]) -> None:
        """Other numbers, or another one chosen."""
        self.keys = [tab.key for tab in tabs]
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(tabs))
            if place < len(tabs):
                tab = tabs[place]
                button.say(f"{tab.words} {tab.count}" if tab.count else tab.words)
                button.setChecked(tabs[place].chosen)
                button.update()
        self.setVisible(bool(tabs))
        self.place()


class RowPill(Button):
    """The state of a line; where no more comes of it, a press says so."""

    def __init__(self) -> None:
        super().__init__("", "quiet")
        self.tone = "plain"

    def show_pill(self, row: CountRow) -> None:
        """Another state."""
        self.tone = row.tone
        self.icon_name = row.pill_icon
        self.setVisible(bool(row.pill))
        self.setEnabled(row.can_finish)
        name = row.pill
        if row.can_finish:
            more = _("More comes") if row.done else _("No more comes")
            name = f"{row.pill}: {more}"
        self.say(row.pill, enabled=row.can_finish, name=name)
        self.setToolTip(name if row.can_finish else "")
        self.update()

    def sizeHint(self) -> QSize:
        wide = paint.width_of(self.text(), theme.font(13, 600)) + 24
        return QSize(wide + (22 if self.icon_name else 0), 48)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        from pos_app.ui.labels import TONES

        painter = QPainter(self)
        paint.begin(painter)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        fill, ink = TONES[self.tone]
        rect = self.rect()
        body = rect.adjusted(0, 9, 0, -9)
        edge = theme.color(ink) if self.isEnabled() else None
        paint.box(painter, body, 15, theme.color(fill), edge)
        if self.hasFocus():
            paint.box(painter, rect.adjusted(1, 5, -1, -5), 18, None, theme.color("focus"), 2)
        start = 12
        if self.icon_name:
            at = paint.mirrored(QRect(9, 9, 18, 30), rect, rtl=rtl).center()
            icons.draw(painter, self.icon_name, at.x() + 1, at.y() + 1, 16, theme.color(ink))
            start = 32
        area = paint.mirrored(QRect(start, 9, rect.width() - start - 8, 30), rect, rtl=rtl)
        paint.write(painter, area, self.text(), theme.font(13, 600), theme.color(ink), rtl=rtl)
        painter.end()


class CountLine(Card):
    """A product: what it is, its state, what was expected, one less, the number, one more."""

    step = Signal(str, int)
    touched = Signal(str)
    done = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.row: CountRow | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 9, 10, 9)
        row.setSpacing(12)
        self.art = Art()
        words = QVBoxLayout()
        words.setSpacing(2)
        self.name = Label("", 15, 600, data=True)
        self.detail = Label("", 13, 500, "text2", data=True)
        words.addStretch(1)
        words.addWidget(self.name)
        words.addWidget(self.detail)
        words.addStretch(1)
        self.words, self.pieces, self.narrow = words, row, False
        self.pill = RowPill()
        self.pill.clicked.connect(self._done)
        want = QVBoxLayout()
        want.setSpacing(0)
        self.want_words = Label("", 13, 500, "text2", across=paint.END)
        self.want = Label("", 18, 600, "text2", across=paint.END)
        want.addStretch(1)
        want.addWidget(self.want_words)
        want.addWidget(self.want)
        want.addStretch(1)
        row.addWidget(self.art)
        row.addLayout(words, 1)
        row.addWidget(self.pill)
        row.addLayout(want)
        row.addWidget(self._stepper())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(ROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < PILL_FROM
        if narrow == self.narrow:
            return
        self.narrow = narrow
        self.setFixedHeight(ROW_NARROW if narrow else ROW)
        if narrow:
            self.pieces.removeWidget(self.pill)
            self.words.insertWidget(3, self.pill, 0, Qt.AlignmentFlag.AlignLeading)
        else:
            self.words.removeWidget(self.pill)
            self.pieces.insertWidget(2, self.pill)

    def _stepper(self) -> QWidget:
        box = Card("surface", "border2", theme.RADIUS)
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.fewer = Button("", "bare", icon="minus")
        self.more = Button("", "bare", icon="plus")
        self.count = Label("", 17, 700, across=paint.CENTRE)
        self.count.setMinimumWidth(COUNT)
        for button, by in ((self.fewer, -1), (self.more, 1)):
            button.setFixedSize(STEP, STEP)
            button.clicked.connect(lambda _on=False, by=by: self._step(by))
        row.addWidget(self.fewer)
        row.addWidget(self.count)
        row.addWidget(self.more)
        box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        return box

    def _step(self, by: int) -> None:
        if self.row is not None:
            self.step.emit(self.row.sku, by)

    def _done(self) -> None:
        if self.row is not None:
            self.done.emit(self.row.sku)

    def show_row(self, view: CountRow) -> None:
        """Another product, or another number."""
        if view == self.row:
            return
        self.row = view
        self.setAccessibleName(view.spoken)
        self.art.icon, self.art.tint = view.icon, view.tint
        self.art.update()
        self.name.say(view.name)
        self.detail.say(view.detail)
        self.detail.setVisible(bool(view.detail))
        self.pill.show_pill(view)
        self.want_words.say(view.expected_words)
        self.want.say(view.expected)
        self.count.say(view.count)
        self.fewer.setAccessibleName(_("One less of {name}").format(name=view.name))
        self.more.setAccessibleName(_("One more of {name}").format(name=view.name))
        self.dress("surface", "primary" if view.marked else "border")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.row is not None:
            self.touched.emit(self.row.sku)
        super().mousePressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        marked = self.row is not None and self.row.marked
        edge = theme.color("primary" if marked else "border")
        paint.box(
            painter, self.rect(), theme.CARD, theme.color("surface"), edge, 2 if marked else 1
        )
        painter.end()


class DifferenceCard(QWidget):
    """What differs, the fact about it, and what can be said of it."""

    chose = Signal(str, str, str)

    def __init__(self) -> None:
        super().__init__()
        self.view: DifferenceView | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(10)
        self.disc = Disc("circle-alert", "warn", 36, 18)
        words = QVBoxLayout()
        words.setSpacing(1)
        self.title = Label("", 15, 600, data=True)
        self.detail = Label("", 13, 500, "text2", data=True)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        head.addWidget(self.disc, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        column.addLayout(head)
        self.room = QWidget()
        row = QHBoxLayout(self.room)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.buttons: list[Button] = []
        for place in range(3):
            button = Button("")
            button.setCheckable(True)
            button.clicked.connect(lambda _on=False, at=place: self._pressed(at))
            row.addWidget(button, 1)
            self.buttons.append(button)
        column.addWidget(self.room)

    def _pressed(self, place: int) -> None:
        view = self.view
        if view is not None and place < len(view.reasons):
            self.buttons[place].setChecked(view.reasons[place].chosen)
            self.chose.emit(view.sku, view.kind, view.reasons[place].key)

    def show_difference(self, view: DifferenceView) -> None:
        """Another one, or another reason of it."""
        if view == self.view:
            return
        self.view = view
        self.disc.show_icon(view.icon, view.tone)
        self.title.say(view.title)
        self.detail.say(view.detail)
        self.room.setVisible(bool(view.reasons))
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(view.reasons))
            if place < len(view.reasons):
                reason = view.reasons[place]
                button.say(reason.words, name=f"{view.title}: {reason.words}")
                button.setChecked(reason.chosen)
                button.update()
