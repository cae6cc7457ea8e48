"""Words that are only read: labels, pills, notices, empty states. Never markup."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from pos_app.ui import icons, paint, theme

TONES: dict[str, tuple[str, str]] = {
    "ok": ("ok_soft", "ok_ink"),
    "warn": ("warn_soft", "warn_ink"),
    "bad": ("bad_soft", "bad_ink"),
    "off": ("off_soft", "off_ink"),
    "info": ("primary_soft", "primary_ink"),
    "plain": ("sunken", "text2"),
}
"""Tone -> its ground and its ink."""


LINES = 12
"""Of a text that takes several."""


class Label(QLabel):
    """One text in one font and colour. `wrap` lets it take lines; else it is shortened."""

    def __init__(
        self,
        text: str = "",
        size: int = 15,
        weight: int = 400,
        ink: str = "text",
        *,
        across: Qt.AlignmentFlag = paint.START,
        wrap: bool = False,
        data: bool = False,
    ) -> None:
        super().__init__()
        self.ink = ink
        self.across = across
        self.data = data
        """True for names from data, which may be shortened; our own words never are."""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font(size, weight))
        self.setWordWrap(wrap)
        self.setText(text)
        if not wrap:
            self.setSizePolicy(
                QSizePolicy.Policy.Expanding if data else QSizePolicy.Policy.Preferred,
                QSizePolicy.Policy.Fixed,
            )

    def say(self, text: str, ink: str = "") -> None:
        """Another text, in another colour where one is named."""
        if ink and ink != self.ink:
            self.ink = ink
            self.update()
        if text != self.text():
            self.setText(text)
            if self.data:
                told = text.replace("&", "&amp;").replace("<", "&lt;")
                self.setToolTip(f"<qt>{told}</qt>")  # else Qt guesses markup from the text

    def set_type(self, size: int, weight: int) -> None:
        """Another size and weight."""
        self.setFont(theme.font(size, weight))

    def sizeHint(self) -> QSize:
        if self.wordWrap():
            size = super().sizeHint()
            return size if not self._room else QSize(size.width(), self._high(size.width()))
        return QSize(paint.width_of(self.text(), self.font()) + 1, self._line_height())

    def minimumSizeHint(self) -> QSize:
        if self.wordWrap():
            size = super().minimumSizeHint()
            return size if not self._room else QSize(size.width(), self._line_height())
        return QSize(24 if self.data else self.sizeHint().width(), self._line_height())

    @property
    def _room(self) -> int:
        return theme.line_room(self.font())

    def heightForWidth(self, width: int) -> int:
        """Qt gives a line of Arabic nearly twice its height; ours has what its letters need."""
        if self.wordWrap() and self._room:
            return self._high(width)
        return super().heightForWidth(width)

    def _high(self, width: int) -> int:
        return len(self._rows(width)) * self._line_height()

    def _rows(self, width: int) -> list[str]:
        told = self.text().split("\n")
        return [
            row for part in told for row in paint.wrapped(part, self.font(), max(width, 24), LINES)
        ]

    def _line_height(self) -> int:
        return QFontMetrics(self.font()).height() + 2 + self._room

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        if self.wordWrap() and self._room:
            self._write_rows(painter, rtl=rtl)
        elif self.wordWrap():
            painter.setFont(self.font())
            painter.setPen(theme.color(self.ink))
            painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
            down = Qt.AlignmentFlag.AlignVCenter
            flags = paint.side(self.across, rtl=rtl) | down | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(flags), self.text())
        else:
            paint.write(
                painter,
                self.rect(),
                self.text(),
                self.font(),
                theme.color(self.ink),
                self.across,
                rtl=rtl,
            )
        painter.end()

    def _write_rows(self, painter: QPainter, *, rtl: bool) -> None:
        font, ink = self.font(), theme.color(self.ink)
        rows = self._rows(self.width())
        high = self._line_height()
        top = (self.height() - high * len(rows)) // 2
        for place, row in enumerate(rows):
            area = QRect(0, top + place * high, self.width(), high)
            paint.write(painter, area, row, font, ink, self.across, rtl=rtl)


class Pill(QWidget):
    """A short fact on a soft ground, perhaps with an icon."""

    def __init__(self, text: str = "", tone: str = "plain", icon: str = "") -> None:
        super().__init__()
        self.text, self.tone, self.icon = text, tone, icon
        self.setFixedHeight(30)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def say(self, text: str, tone: str, icon: str = "") -> None:
        """Another fact."""
        if (text, tone, icon) != (self.text, self.tone, self.icon):
            self.text, self.tone, self.icon = text, tone, icon
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        width = paint.width_of(self.text, theme.font(13, 600)) + 22
        return QSize(width + (20 if self.icon else 0), 30)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        fill, ink = TONES[self.tone]
        rect = self.rect()
        paint.box(painter, rect, 15, theme.color(fill))
        area = rect.adjusted(11, 0, -11, 0)
        if self.icon:
            at = paint.mirrored(QRect(9, 0, 18, rect.height()), rect, rtl=rtl).center()
            icons.draw(painter, self.icon, at.x() + 1, at.y() + 1, 16, theme.color(ink))
            area = paint.mirrored(QRect(31, 0, rect.width() - 40, rect.height()), rect, rtl=rtl)
        paint.write(painter, area, self.text, theme.font(13, 600), theme.color(ink), rtl=rtl)
        painter.end()


class Card(QWidget):
    """A white box with a hairline edge that other widgets stand in."""

    def __init__(
        self, fill: str = "surface", edge: str = "border", radius: int = theme.CARD
    ) -> None:
        super().__init__()
        self.fill, self.edge, self.radius = fill, edge, radius

    def dress(self, fill: str, edge: str) -> None:
        """Another ground and edge."""
        if (fill, edge) != (self.fill, self.edge):
            self.fill, self.edge = fill, edge
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        edge = theme.color(self.edge) if self.edge else None
        paint.box(painter, self.rect(), self.radius, theme.color(self.fill), edge)
        painter.end()


class Told(Card):
    """A card whose text breaks into lines: never lower than they need at its width."""

    def fit(self) -> None:
        """Its words changed."""
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            self._measure()

    def _measure(self) -> None:
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            self.setMinimumHeight(layout.totalHeightForWidth(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()

    def event(self, event: QEvent) -> bool:
        used = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            # What was hidden when its words came is measured only now. Not invalidated once more:
            # that asks for the next layout, and so on for as long as it is shown.
            self._measure()
        return used


class Ground(QWidget):
    """A plain area of one colour, perhaps with a hairline along one of its sides."""

    def __init__(self, fill: str, line: str = "") -> None:
        super().__init__()
        self.fill, self.line = fill, line
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color(self.fill))
        if self.line == "top":
            paint.hairline(painter, 0, self.width(), 0)
        elif self.line == "bottom":
            paint.hairline(painter, 0, self.width(), self.height() - 1)
        elif self.line == "start":
            rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            x = self.width() - 1 if rtl else 0
            painter.fillRect(QRect(x, 0, 1, self.height()), theme.color("border"))
        painter.end()


class Rule(QWidget):
    """A hairline between two parts."""

    def __init__(self, ink: str = "border") -> None:
        super().__init__()
        self.ink = ink
        self.setFixedHeight(1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.hairline(painter, 0, self.width(), 0, self.ink)
        painter.end()


class Disc(QWidget):
    """An icon on a round ground."""

    def __init__(self, icon: str, tone: str = "plain", side: int = 56, size: int = 24) -> None:
        super().__init__()
        self.icon, self.tone, self.size_ = icon, tone, size
        self.setFixedSize(side, side)

    def show_icon(self, icon: str, tone: str) -> None:
        """Another icon in another tone."""
        if (icon, tone) != (self.icon, self.tone):
            self.icon, self.tone = icon, tone
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        fill, ink = ("ok", "surface") if self.tone == "done" else TONES[self.tone]
        middle = self.rect().toRectF().center()
        paint.disc(painter, middle, self.width() / 2, theme.color(fill))
        icons.draw(painter, self.icon, middle.x(), middle.y(), self.size_, theme.color(ink))
        painter.end()


class Notice(Told):
    """A fact tied to the place it stands in: icon, what it is, what to do."""

    def __init__(self, tone: str = "plain", icon: str = "info") -> None:
        super().__init__(TONES[tone][0], "")
        self.tone = tone
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(12)
        self.icon = Icon(icon, TONES[tone][1])
        self.title = Label("", 15, 600, TONES[tone][1], wrap=True)
        self.detail = Label("", 13, 500, TONES[tone][1], wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        row.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.hide()

    def say(self, title: str, detail: str = "", tone: str = "", icon: str = "") -> None:
        """Another fact; an empty title hides it."""
        if tone and tone != self.tone:
            self.tone = tone
            fill, ink = TONES[tone]
            self.dress(fill, "")
            for part in (self.title, self.detail):
                part.say(part.text(), ink)
            self.icon.show_icon(icon or self.icon.name, ink)
        elif icon:
            self.icon.show_icon(icon, TONES[self.tone][1])
        self.title.say(title)
        self.detail.say(detail)
        self.detail.setVisible(bool(detail))
        self.setVisible(bool(title))
        self.fit()


class Icon(QWidget):
    """An icon by itself."""

    def __init__(self, name: str, ink: str = "text2", size: int = 22) -> None:
        super().__init__()
        self.name, self.ink = name, ink
        self.setFixedSize(size, size)

    def show_icon(self, name: str, ink: str) -> None:
        """Another icon in another colour."""
        if (name, ink) != (self.name, self.ink):
            self.name, self.ink = name, ink
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        middle = self.rect().toRectF().center()
        icons.draw(
            painter, self.name, middle.x(), middle.y(), self.width(), theme.color(self.ink), rtl=rtl
        )
        painter.end()


class Empty(QWidget):
    """What stands where there is nothing yet: a disc, one sentence, what to do.

    It takes the room that is left, and leaves parts of itself away where that is too little.
    """

    def __init__(self, icon: str, title: str, detail: str = "") -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(6)
        column.addStretch(1)
        self.disc = Disc(icon)
        column.addWidget(self.disc, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(8)
        self.title = Label(title, 16, 600, across=paint.CENTRE, wrap=True)
        self.detail = Label(detail, 13, 500, "text3", across=paint.CENTRE, wrap=True)
        column.addWidget(self.title)
        column.addWidget(self.detail)
        column.addStretch(1)

    def say(self, title: str, detail: str = "") -> None:
        """Another sentence."""
        self.title.say(title)
        self.detail.say(detail)
        self._fit()

    def hasHeightForWidth(self) -> bool:
        """Not by its lines of text: those that find no room are left away."""
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The sentence first, then its disc, then what to do."""
        width, room = self.width() - 32, self.height() - 32
        title, detail = (part.heightForWidth(width) for part in (self.title, self.detail))
        self.title.setVisible(room >= title)
        room -= title
        said = bool(self.title.text())
        self.disc.setVisible(said and room >= self.disc.height() + 14)
        room -= self.disc.height() + 14
        self.detail.setVisible(bool(self.detail.text()) and room >= detail + 6)


def panel_header(title: QWidget, detail: QWidget, end: QWidget, *, grows: bool = False) -> Ground:
    """The head of a side panel: a title over its detail, and what stands at the end.

    `grows` where a title may wrap: the head is then as high as it needs to be.
    """
    header = Ground("surface", "bottom")
    if grows:
        header.setMinimumHeight(72)
    else:
        header.setFixedHeight(72)
    row = QHBoxLayout(header)
    row.setContentsMargins(theme.INSET, 0, theme.INSET, 0)
    row.setSpacing(12)
    words = QVBoxLayout()
    words.setSpacing(2)
    words.addStretch(1)
    words.addWidget(title)
    words.addWidget(detail)
    words.addStretch(1)
    row.addLayout(words, 1)
    row.addWidget(end)
    return header
