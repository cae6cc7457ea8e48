"""Everything that can be pressed: one painted button in several dresses."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from pos_app.ui import icons, paint, theme


@dataclass(frozen=True, slots=True)
class Dress:
    """How a kind of button looks: height, paddings, type; colours by token."""

    height: int
    size: int
    weight: int
    fill: str
    edge: str
    ink: str
    pressed: str
    hover: str
    radius: int = theme.RADIUS
    pad: int = 16
    icon: int = 20


SMALLEST = 13
"""Words of a button too narrow for them become no smaller than this, pixels."""
DRESSES: dict[str, Dress] = {
    "plain": Dress(48, 15, 600, "surface", "border2", "text", "sunken", "subtle"),
    "tender": Dress(56, 16, 600, "surface", "border2", "text", "sunken", "subtle"),
    "soft": Dress(48, 15, 600, "primary_soft", "", "primary_ink", "primary_line", "primary_soft"),
    "quiet": Dress(48, 15, 600, "sunken", "", "text", "border2", "border"),
    "link": Dress(48, 15, 600, "", "", "primary_ink", "primary_soft", "primary_soft", pad=8),
    "bare": Dress(48, 15, 600, "", "", "text2", "sunken", "subtle", pad=8),
    "danger": Dress(48, 15, 600, "surface", "border2", "bad_ink", "bad_soft", "subtle"),
    "chip": Dress(48, 15, 600, "surface", "border2", "text", "sunken", "subtle", 24, 18),
    "pad": Dress(72, 26, 600, "surface", "border2", "text", "sunken", "subtle"),
    "pad_soft": Dress(72, 19, 600, "sunken", "", "text", "border2", "border"),
    "pad_act": Dress(72, 24, 600, "sunken", "", "text", "border2", "border", icon=24),
    "quick": Dress(72, 19, 600, "surface", "border2", "text", "sunken", "subtle"),
    "primary": Dress(
        *(64, 19, 700, "primary", "", "on_primary", "primary_down", "primary_hover", 12, 20)
    ),
}


class Button(QAbstractButton):
    """A painted button: icon, words, an amount at its end, the cap of its key.

    Disabled, its `reason` is shown instead of its words, so that nobody has to guess. `checked`
    paints it as chosen. Its accessible name is its words unless another is given.
    """

    def __init__(
        self,
        text: str = "",
        kind: str = "plain",
        *,
        icon: str = "",
        key: str = "",
        name: str = "",
        detail: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.kind = kind
        self.dress = DRESSES[kind]
        self.icon_name = icon
        self.key = key
        self.detail = detail
        self.amount = ""
        self.reason = ""
        self.show_cap = True
        self.show_icon = True
        self.keeps_words = False
        """True where the reason stands at the end, after the words, if both have room."""
        self.spread = False
        """True in lists of acts: words at the start, the cap at the end."""
        self._hovered = False
        self.setText(text)
        self._name = name
        self.setAccessibleName(name or text)
        self.setFixedHeight(self.dress.height)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def say(
        self, text: str, amount: str = "", *, reason: str = "", enabled: bool = True, name: str = ""
    ) -> None:
        """Changes its words; nothing is painted when nothing changed."""
        state = (text, amount, reason, enabled, name)
        if state == (self.text(), self.amount, self.reason, self.isEnabled(), self._name):
            return
        self.setText(text)
        self.amount, self.reason, self._name = amount, reason, name
        self.setEnabled(enabled)
        spoken = (
            reason if reason and not enabled else " ".join(part for part in (text, amount) if part)
        )
        self.setAccessibleName(name or spoken)
        self.updateGeometry()
        self.update()

    def set_cap_shown(self, shown: bool) -> None:
        """Shows or hides the cap of its key (narrow windows hide most of them)."""
        if shown != self.show_cap:
            self.show_cap = shown
            self.updateGeometry()
            self.update()

    def set_icon_shown(self, shown: bool) -> None:
        """Shows or hides its icon (where words need its room)."""
        if shown != self.show_icon:
            self.show_icon = shown
            self.updateGeometry()
            self.update()

    def font_used(self) -> QFont:
        """The font of its words."""
        return theme.font(self.dress.size, self.dress.weight)

    def content_width(self, size: int = 0, *, icon: bool = True, cap: bool = True) -> int:
        """What its words, icon and cap need, pixels, without padding."""
        font = theme.font(size or self.dress.size, self.dress.weight)
        width = paint.width_of(self.text(), font)
        if icon and self.icon_name and self.show_icon:
            width += self.dress.icon + (10 if self.text() else 0)
        if self.detail:
            width += paint.width_of(self.detail, theme.font(13, 500)) + 8
        if self.amount:
            width += paint.width_of(self.amount, font) + 24
        if cap and self._cap():
            width += paint.cap_width(self.key) + (12 if self.text() else 8)
        return width

    def fitted(self) -> tuple[int, bool, bool]:
        """Size of its words, and whether icon and cap are shown: words are the last to give way."""
        room = self.width() - (32 if self.spread else 12)
        full, small = self.dress.size, min(SMALLEST, self.dress.size)
        for size, icon, cap in ((full, True, True), (full, True, False), (small, True, False)):
            if not self.text() or self.content_width(size, icon=icon, cap=cap) <= room:
                return size, icon, cap
        return small, False, False

    def sizeHint(self) -> QSize:
        pad = 2 * self.dress.pad
        if not self.text() and not self._cap() and self.kind != "primary":
            pad = self.dress.height - self.dress.icon
        if self.kind == "primary" and self.reason and not self.isEnabled():
            return QSize(160, self.dress.height)
        return QSize(self.content_width() + pad, self.dress.height)

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(hint.width() - self.dress.pad, hint.height())

    def _cap(self) -> bool:
        return bool(self.key) and self.show_cap

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hovered = True
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = False
        super().leaveEvent(event)
        self.update()

    def colours(self) -> tuple[QColor | None, QColor | None, QColor, float]:
        """Fill, edge, ink and the edge's width for the state it is in."""
        dress = self.dress
        if not self.isEnabled():
            if self.kind == "link":
                return None, None, theme.color("text3"), 1
            return theme.color("sunken"), None, theme.color("text3"), 1
        if self.isChecked():
            if self.kind == "chip":
                return theme.color("chip_on"), None, theme.color("on_chip"), 1
            return (
                theme.color("primary_soft"),
                theme.color("primary"),
                theme.color("primary_ink"),
                2,
            )
        token = dress.pressed if self.isDown() else dress.hover if self._hovered else dress.fill
        fill = theme.color(token) if token else None
        edge = theme.color(dress.edge) if dress.edge else None
        return fill, edge, theme.color(dress.ink), 1.2

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        fill, edge, ink, width = self.colours()
        if fill is not None or edge is not None:
            paint.box(painter, self.rect(), self.dress.radius, fill, edge, width)
        if self.kind == "primary":
            self._paint_wide(painter, ink)
        else:
            self._paint_centred(painter, ink)
        painter.end()

    def _rtl(self) -> bool:
        return self.layoutDirection() == Qt.LayoutDirection.RightToLeft

    def _paint_centred(self, painter: QPainter, ink: QColor) -> None:
        rect, rtl = self.rect(), self._rtl()
        room = rect.width() - (32 if self.spread else 12)
        size, icon, shows_cap = self.fitted()
        wanted = self.content_width(size, icon=icon, cap=shows_cap)
        total = room if self.spread else min(wanted, room)
        x = (rect.width() - total) // 2
        font = theme.font(size, self.dress.weight)
        if icon and self.icon_name and self.show_icon:
            side = self.dress.icon
            at = paint.mirrored(QRect(x, 0, side, rect.height()), rect, rtl=rtl).center()
            icons.draw(painter, self.icon_name, at.x() + 1, at.y() + 1, side, ink, rtl=rtl)
            x += side + (10 if self.text() else 0)
        rest = (rect.width() + total) // 2 - x
        cap = paint.cap_width(self.key) if shows_cap and self._cap() else 0
        detail = paint.width_of(self.detail, theme.font(13, 500)) + 8 if self.detail else 0
        words = max(0, rest - detail - (cap + 12 if cap and self.text() else cap))
        if self.text():
            rows = paint.wrapped(self.text(), font, words, 2 if size == SMALLEST else 1)
            high = rect.height() // len(rows) if len(rows) == 1 else paint.metrics(font).height()
            top = (rect.height() - high * len(rows)) // 2
            for place, row in enumerate(rows):
                area = QRect(x, top + place * high, words, high)
                paint.write(painter, paint.mirrored(area, rect, rtl=rtl), row, font, ink, rtl=rtl)
            x += words
        if detail:
            area = paint.mirrored(QRect(x + 8, 0, detail, rect.height()), rect, rtl=rtl)
            faint = ink if self.isChecked() else theme.color("text3")
            paint.write(painter, area, self.detail, theme.font(13, 500), faint, rtl=rtl)
            x += detail
        if cap:
            x += 12 if self.text() else 8
            self._paint_cap(painter, x, cap, rtl=rtl)

    def _paint_cap(self, painter: QPainter, x: int, width: int, *, rtl: bool) -> None:
        top = (self.height() - paint.CAP_HEIGHT) // 2
        area = paint.mirrored(QRect(x, top, width, paint.CAP_HEIGHT), self.rect(), rtl=rtl)
        if self.kind == "primary":
            tone = "primary" if self.isEnabled() else "plain"
        else:
            tone = "soft" if self.isChecked() or self.kind == "soft" else "plain"
        paint.cap(painter, area, self.key, tone)

    def _paint_wide(self, painter: QPainter, ink: QColor) -> None:
        rect, rtl, pad = self.rect(), self._rtl(), self.dress.pad
        font = self.font_used()
        x, end = pad, rect.width() - pad
        if self._cap():
            width = paint.cap_width(self.key)
            end -= width
            self._paint_cap(painter, end, width, rtl=rtl)
            end -= 14
        words, amount, size = self.text(), self.amount, self.dress.size
        if not self.isEnabled() and self.reason:
            words, amount, size = self.reason, "", 16
            font = theme.font(size, 600)
            both = paint.width_of(self.text(), font) + paint.width_of(self.reason, font) + 16
            if self.keeps_words and both <= end - x:
                words, amount = self.text(), self.reason
        while (
            size > 14 and paint.width_of(words, font) + paint.width_of(amount, font) + 16 > end - x
        ):
            size -= 1
            font = theme.font(size, self.dress.weight)
        if amount:
            width = paint.width_of(amount, font)
            area = paint.mirrored(QRect(end - width, 0, width, rect.height()), rect, rtl=rtl)
            paint.write(painter, area, amount, font, ink, rtl=rtl)
            end -= width + 16
        rows = paint.wrapped(words, font, end - x, 2)
        high = paint.metrics(font).height()
        top = (rect.height() - high * len(rows)) // 2
        for place, row in enumerate(rows):
            area = paint.mirrored(QRect(x, top + place * high, end - x, high), rect, rtl=rtl)
            paint.write(painter, area, row, font, ink, rtl=rtl)


class Segment(QWidget):
    """A few choices in one strip, one of them chosen. `choices` are (value, words, icon)."""

    def __init__(self, choices: list[tuple[str, str, str]], name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.group = QButtonGroup(self)
        self.buttons: dict[str, SegmentButton] = {}
        for value, words, icon in choices:
            button = SegmentButton(words, icon)
            self.group.addButton(button)
            self.buttons[value] = button
            row.addWidget(button, 1)
        self.group.buttonToggled.connect(self._chose)
        self.setFixedHeight(48)

    def _chose(self, button: QAbstractButton, on: bool) -> None:
        """Tab stops at the choice made; the arrows go on from there."""
        if on:
            for each in self.buttons.values():
                policy = Qt.FocusPolicy.TabFocus if each is button else Qt.FocusPolicy.NoFocus
                each.setFocusPolicy(policy)

    @property
    def value(self) -> str:
        """The choice, by its value; empty for none."""
        return next((value for value, button in self.buttons.items() if button.isChecked()), "")

    def choose(self, value: str) -> None:
        """Marks a choice, as a tap would."""
        self.buttons[value].setChecked(True)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        paint.box(painter, self.rect(), theme.RADIUS, theme.color("sunken"))
        painter.end()


class SegmentButton(Button):
    """One choice of a segment; the chosen one lies on top."""

    def __init__(self, text: str, icon: str) -> None:
        super().__init__(text, "plain", icon=icon)
        self.setCheckable(True)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        ink = theme.color("text" if self.isChecked() else "text2")
        if self.isChecked():
            area = self.rect().adjusted(3, 3, -3, -3)
            paint.box(painter, area, 9, theme.color("surface"), theme.color("border2"))
        self._paint_centred(painter, ink)
        painter.end()
