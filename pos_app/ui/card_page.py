"""A payment on the card terminal: what is happening, how that is known, and the two ways out."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from pos_app.presenters.card_view import CardView, Evidence
from pos_app.ui import icons, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Label
from pos_app.words import _

ROW, LEAST_ROW = 46, 34
DISC = 22
BANNER, BANNER_LOW = 72, 56
DRAWN = QSize(168, 274)
"""The drawn terminal."""
DRAWN_FROM = 640
"""A page narrower than this has no room for it."""
DRAWN_FROM_HEIGHT = DRAWN.height() + 92
"""Nor one that is lower."""
LOW = 330
"""A page lower than this has a lower banner."""
BUTTONS = 3
_TONES = {
    "info": ("primary_soft", "primary_ink"),
    "warn": ("warn_soft", "warn_ink"),
    "bad": ("bad_soft", "bad_ink"),
    "good": ("ok_soft", "ok_ink"),
}
_DISCS = {
    "done": ("ok_soft", "ok_ink", "check"),
    "warn": ("warn_soft", "warn_ink", "circle-alert"),
    "bad": ("bad_soft", "bad_ink", "x"),
    "now": ("primary_soft", "primary", ""),
    "todo": ("", "field", ""),
}


class Banner(QWidget):
    """What is happening now, in a sentence and what to do about it."""

    def __init__(self) -> None:
        super().__init__()
        self.tone, self.icon, self.title, self.detail = "info", "nfc", "", ""
        self.setFixedHeight(BANNER)

    def say(self, tone: str, icon: str, title: str, detail: str) -> None:
        """Something else is happening."""
        if (tone, icon, title, detail) != (self.tone, self.icon, self.title, self.detail):
            self.tone, self.icon, self.title, self.detail = tone, icon, title, detail
            self.setAccessibleName(f"{title}. {detail}")
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        fill, ink = _TONES[self.tone]
        rect, rtl = self.rect(), self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        paint.box(painter, rect, 12, theme.color(fill))
        lift = (BANNER - rect.height()) // 2
        spot = paint.mirrored(QRect(14, 14 - lift, 44, 44), rect, rtl=rtl).toRectF().center()
        paint.disc(painter, spot, 22, theme.color("surface"))
        icons.draw(painter, self.icon, spot.x(), spot.y(), 22, theme.color(ink))
        room = rect.width() - 72 - 14
        size = 17
        while size > 13 and paint.width_of(self.title, theme.font(size, 700)) > room:
            size -= 1
        area = paint.mirrored(QRect(72, 13 - lift, room, 24), rect, rtl=rtl)
        paint.write(painter, area, self.title, theme.font(size, 700), theme.color(ink), rtl=rtl)
        small = theme.font(14, 500)
        if paint.width_of(self.detail, small) > room:
            small = theme.font(13, 500)
        area = paint.mirrored(QRect(72, 38 - lift, room, 22), rect, rtl=rtl)
        paint.write(painter, area, self.detail, small, theme.color(ink), rtl=rtl)
        painter.end()


class EvidenceList(QWidget):
    """What is known and since when, one under the other on a thread."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[Evidence, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_lines(self, lines: tuple[Evidence, ...]) -> None:
        """Other evidence."""
        if lines != self.lines:
            if len(lines) != len(self.lines):
                self.setMaximumHeight(ROW * len(lines) - 6)
                self.setMinimumHeight(LEAST_ROW * len(lines))
                self.updateGeometry()
            self.lines = lines
            spoken = (
                " ".join(part for part in (line.title, line.proof, line.time) if part)
                for line in lines
            )
            self.setAccessibleName(". ".join(spoken))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, max(0, ROW * len(self.lines) - 6))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rect, rtl = self.rect(), self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        step = min(ROW, (rect.height() + 6) // max(1, len(self.lines)))
        close = ROW - step  # in a low window the rows stand closer
        for place, line in enumerate(self.lines):
            top = place * step - close // 4
            spot = paint.mirrored(QRect(0, top + 2, DISC, DISC), rect, rtl=rtl).toRectF().center()
            if place + 1 < len(self.lines):
                thread = "ok" if line.tone == "done" else "border2"
                thin = QRect(round(spot.x()) - 1, top + 27, 2, max(2, step - 27 + 1))
                painter.fillRect(thin, theme.color(thread))
            _dot(painter, spot, line.tone)
            time = paint.width_of(line.time, theme.font(13, 500))
            room = rect.width() - 34 - (time + 12 if time else 0)
            faint = "text2" if line.tone == "todo" else "text"
            area = paint.mirrored(QRect(34, top + 2, room, 22), rect, rtl=rtl)
            weight = 500 if line.tone == "todo" else 600
            paint.write(
                painter, area, line.title, theme.font(15, weight), theme.color(faint), rtl=rtl
            )
            low = top + 23 - close // 3
            area = paint.mirrored(QRect(34, low, rect.width() - 34, 18), rect, rtl=rtl)
            paint.write(
                painter, area, line.proof, theme.font(13, 400), theme.color("text2"), rtl=rtl
            )
            area = paint.mirrored(QRect(rect.width() - time, top + 2, time, 22), rect, rtl=rtl)
            paint.write(
                painter, area, line.time, theme.font(13, 500), theme.color("text2"), rtl=rtl
            )
        painter.end()


def _dot(painter: QPainter, spot: QPointF, tone: str) -> None:
    fill, ink, icon = _DISCS[tone]
    if tone == "todo":
        painter.setPen(theme.color(ink))
        painter.setBrush(theme.color("surface"))
        painter.drawEllipse(spot, 6, 6)
        return
    paint.disc(painter, spot, DISC / 2, theme.color(fill))
    if icon:
        icons.draw(painter, icon, spot.x(), spot.y(), 13, theme.color(ink), stroke=2.4)
    else:
        paint.disc(painter, spot, 5, theme.color(ink))


class DrawnTerminal(QWidget):
    """A terminal that shows what the real one shows, so that nobody looks for it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(DRAWN)
        self.amount = self.words = ""
        self.tone, self.icon = "info", "nfc"

    def show_view(self, view: CardView) -> None:
        """What a payment's terminal shows."""
        self.say(view.amount, view.screen_words, view.tone, view.icon)

    def say(self, amount: str, words: str, tone: str, icon: str) -> None:
        """Another screen on it."""
        now = (amount, words, tone, icon)
        if now != (self.amount, self.words, self.tone, self.icon):
            self.amount, self.words, self.tone, self.icon = now
            name = _("The terminal shows: {amount}. {words}")
            self.setAccessibleName(name.format(amount=self.amount, words=self.words))
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        paint.box(painter, self.rect(), 22, theme.color("rail"))
        glass = QRect(16, 18, 136, 118)
        paint.box(painter, glass, 8, theme.color("surface"))
        size = 19
        while size > 12 and paint.width_of(self.amount, theme.font(size, 700)) > 120:
            size -= 1
        area = QRect(24, 28, 120, 30)
        ink = theme.color("text")
        paint.write(painter, area, self.amount, theme.font(size, 700), ink, paint.CENTRE)
        fill, icon_ink = _TONES[self.tone]
        spot = QPointF(84, 86)
        paint.disc(painter, spot, 22, theme.color(fill))
        icons.draw(painter, self.icon, spot.x(), spot.y(), 22, theme.color(icon_ink))
        area = QRect(22, 110, 124, 22)
        fits = paint.width_of(self.words, theme.font(12, 600)) <= area.width()
        small = theme.font(12 if fits else 11, 600)
        paint.write(painter, area, self.words, small, theme.color("text2"), paint.CENTRE)
        for row in range(4):
            for column in range(3):
                fill = "rail_pill" if row < 3 else ("bad", "warn", "ok")[column]
                key = QRectF(24 + column * 43, 154 + row * 26, 34, 16)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color(fill))
                painter.drawRoundedRect(key, 5, 5)
        painter.end()


class CardWait(Card):
    """The page of Pay while a card payment runs. `act` says which button was pressed."""

    act = Signal(str)
    slip = Signal(str)
    """The number on the terminal's slip; empty goes back."""

    def __init__(self) -> None:
        super().__init__()
        # While another page is shown beside the pad, this one asks for no width.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(4)
        top = QHBoxLayout()
        top.setSpacing(34)
        words = QVBoxLayout()
        words.setSpacing(10)
        self.banner = Banner()
        self.evidence = EvidenceList()
        words.addWidget(self.banner)
        words.addWidget(self.evidence)
        words.addStretch(1)
        self.drawn = DrawnTerminal()
        top.addLayout(words, 1)
        top.addWidget(self.drawn, 0, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(top, 1)
        self.ways = QStackedWidget()
        self.ways.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.ways.addWidget(self._buttons())
        self.ways.addWidget(self._slip())
        column.addWidget(self.ways)
        self._asked = ""

    def _buttons(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        self.buttons: list[Button] = []
        self._acts = [""] * BUTTONS
        for place in range(BUTTONS):
            button = Button("", "plain")
            button.setFixedHeight(52)
            button.setMinimumWidth(120)  # words become smaller before the window becomes wider
            button.clicked.connect(lambda _checked=False, at=place: self.act.emit(self._acts[at]))
            self.buttons.append(button)
            row.addWidget(button, 1)
        return page

    def _slip(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        self.asked = Label("", 13, 600, "text2", wrap=True)
        self.number = Field(_("Number on the slip"), _("Slip's number"), icon="receipt-text")
        self.take = Button(_("Use this slip"), "soft", icon="check")
        self.leave = Button(_("Back"), "plain", icon="arrow-left")
        for part in (self.take, self.leave):
            part.setMinimumWidth(72)
        self.number.setMinimumWidth(140)
        self.take.clicked.connect(lambda: self.slip.emit(self.number.edit.text()))
        self.number.edit.returnPressed.connect(lambda: self.slip.emit(self.number.edit.text()))
        self.leave.clicked.connect(lambda: self.slip.emit(""))
        row.addWidget(self.asked, 1)
        row.addWidget(self.number, 2)
        row.addWidget(self.take)
        row.addWidget(self.leave)
        return page

    def show_view(self, view: CardView) -> None:
        """Another moment of the payment."""
        self.banner.say(view.tone, view.icon, view.title, view.detail)
        self.evidence.show_lines(view.evidence)
        self.drawn.show_view(view)
        for place, button in enumerate(self.buttons):
            there = place < len(view.buttons)
            button.setVisible(there)
            if there:
                wanted = view.buttons[place]
                self._acts[place] = wanted.act
                button.icon_name, button.key = wanted.icon, wanted.key
                button.say(wanted.words, enabled=wanted.enabled)
        if view.asks != self._asked:
            self._asked = view.asks
            self.number.edit.clear()
            self.ways.setCurrentIndex(1 if view.asks else 0)
            if view.asks:
                approved = view.asks == "approved"
                self.asked.say(
                    _("Approved: the slip's number")
                    if approved
                    else _("Declined: the slip's number")
                )
                self.number.edit.setFocus(Qt.FocusReason.TabFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = event.size().width() >= DRAWN_FROM
        self.drawn.setVisible(wide and event.size().height() >= DRAWN_FROM_HEIGHT)
        self.asked.setVisible(wide)
        low = event.size().height() < LOW
        self.banner.setFixedHeight(BANNER_LOW if low else BANNER)
