"""Every key and what it does, over the whole window: held by a key, or opened by a tap."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui import keys, paint, theme
from pos_app.words import _

WIDEST = 1_240
COLUMNS = 3
HEAD = 64
STEPS = 76
ROW, LOWEST = 34, 24
"""How high a row is, and how low it may become before a group is left out."""
TITLE = 30
LINGER_MS = 90
"""A display may repeat a held key as presses of its own: what comes up for less is still held."""


class KeyTable(QWidget):
    """All keys by where they work, under the steps of a whole day.

    `hold` shows it while its key is down; `open` shows it until a tap, Escape or the same again.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.held = False
        self._leaves = QTimer(self)
        self._leaves.setSingleShot(True)
        self._leaves.setInterval(LINGER_MS)
        self._leaves.timeout.connect(self.hide)
        self.hide()
        self.setAccessibleName(_("All keys"))

    def hold(self) -> None:
        """Shown until the key is let go."""
        if self._leaves.isActive():
            self._leaves.stop()
            return
        self.held = not self.isVisible()
        self._show()

    def let_go(self) -> None:
        """The key came up: in a moment it is gone; what was opened by a tap stays."""
        if self.held and self.isVisible():
            self._leaves.start()

    def open(self) -> None:
        """Shows it, or takes it away."""
        self._leaves.stop()
        if self.isVisible():
            self.hide()
            return
        self.held = False
        self._show()

    def _show(self) -> None:
        window = self.parentWidget()
        if window is not None:
            self.setGeometry(window.rect())
        self.setAccessibleName(_("All keys"))
        self.setAccessibleDescription(self.spoken())
        self.show()
        self.raise_()
        self.update()

    def spoken(self) -> str:
        """The whole overlay as text, for a screen reader."""
        lines = [f"{number}. {words}" for number, words in keys.first_day()]
        for group in keys.explained():
            lines.append(group.title)
            lines += [f"{cap}: {words}" for cap, words in group.rows]
        return "\n".join(lines)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.hide()

    def _area(self) -> QRect:
        width, height = min(WIDEST, self.width() - 48), self.height() - 32
        wanted = HEAD + STEPS + 34 + max(map(_rows, self._columns())) * ROW
        height = min(height, wanted)
        return QRect((self.width() - width) // 2, (self.height() - height) // 2, width, height)

    def _columns(self) -> list[list[keys.Explained]]:
        """Groups in columns of about the same length: those of this screen, then all that fit."""
        place = str(getattr(self.parentWidget(), "place", ""))
        most = (self.height() - 32 - HEAD - STEPS - 34) // LOWEST
        shown: list[keys.Explained] = []
        for group in keys.nearest(place):
            if not shown or max(map(_rows, _laid_out([*shown, group]))) <= most:
                shown.append(group)
        return _laid_out(shown)

    def _all(self) -> bool:
        """True where every group found room."""
        return sum(map(len, self._columns())) == len(keys.explained())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        painter.fillRect(self.rect(), theme.color("scrim"))
        area = self._area()
        paint.shadow(painter, area, 16)
        paint.box(painter, area, 16, theme.color("surface"), theme.color("border"))
        inner = area.adjusted(28, 0, -28, 0)
        self._head(painter, inner)
        self._steps(painter, inner)
        columns = self._columns()
        top = area.top() + HEAD + STEPS + 20
        step = min(ROW, (area.bottom() - 14 - top) // max(map(_rows, columns)))
        wide = (inner.width() - (COLUMNS - 1) * 28) // COLUMNS
        for place, groups in enumerate(columns):
            column = QRect(inner.left() + place * (wide + 28), top, wide, area.bottom() - top)
            self._column(painter, column, groups, step)
        painter.end()

    def _rtl(self) -> bool:
        return self.layoutDirection() == Qt.LayoutDirection.RightToLeft

    def _head(self, painter: QPainter, inner: QRect) -> None:
        rtl = self._rtl()
        title, hint_font = theme.font(22, 700), theme.font(14, 500)
        head = QRect(inner.left(), inner.top() + 20, inner.width(), 32)
        words = _("All keys") if self._all() else _("Keys here and everywhere")
        paint.write(painter, head, words, title, theme.color("text"), rtl=rtl)
        hint = _("Let go of the key to close.") if self.held else _("Tap anywhere to close.")
        paint.write(painter, head, hint, hint_font, theme.color("text3"), paint.END, rtl=rtl)

    def _steps(self, painter: QPainter, inner: QRect) -> None:
        rtl, days = self._rtl(), keys.first_day()
        wide = (inner.width() - (len(days) - 1) * theme.GAP) // len(days)
        for place, (number, words) in enumerate(days):
            left = inner.left() + place * (wide + theme.GAP)
            box = QRect(left, inner.top() + HEAD, wide, STEPS)
            box = paint.mirrored(box, inner, rtl=rtl)
            paint.box(painter, box, 11, theme.color("primary_soft"))
            disc = paint.mirrored(QRect(box.left() + 12, box.top(), 26, STEPS), box, rtl=rtl)
            middle = QPointF(disc.center()) + QPointF(1, 1)
            paint.disc(painter, middle, 13, theme.color("primary"))
            ink = theme.color("on_primary")
            paint.write(painter, disc, number, theme.font(14, 700), ink, paint.CENTRE)
            text = paint.mirrored(QRect(box.left() + 48, box.top(), wide - 56, STEPS), box, rtl=rtl)
            _lines(painter, text, words, "primary_ink", 3, rtl=rtl)

    def _column(
        self, painter: QPainter, column: QRect, groups: list[keys.Explained], step: int
    ) -> None:
        area, rtl, y = self._area(), self._rtl(), column.top()
        for group in groups:
            title = QRect(column.left(), y, column.width(), TITLE - 6)
            title = paint.mirrored(title, area, rtl=rtl)
            font = theme.font(14, 700)
            paint.write(painter, title, group.title, font, theme.color("text2"), rtl=rtl)
            paint.hairline(painter, title.left(), title.right(), title.bottom() + 2)
            y += step
            for cap, words in group.rows:
                row = QRect(column.left(), y, column.width(), step)
                drawn = QRect(row.left(), row.top() + (step - 22) // 2, _cap_width(cap), 22)
                paint.cap(painter, paint.mirrored(drawn, area, rtl=rtl), cap)
                text = QRect(row.left() + 84, row.top(), row.width() - 84, step)
                _lines(painter, paint.mirrored(text, area, rtl=rtl), words, "text", 2, rtl=rtl)
                y += step
            y += step // 2


def _laid_out(groups: list[keys.Explained]) -> list[list[keys.Explained]]:
    """The longest ones first, each into the column that is shortest by then."""
    first = groups[0]
    columns: list[list[keys.Explained]] = [[] for _column in range(COLUMNS)]
    for group in sorted(groups, key=lambda each: (each is not first, -len(each.rows))):
        min(columns, key=_rows).append(group)
    return columns


def _rows(groups: list[keys.Explained]) -> int:
    """How many rows a column of groups takes, its titles and gaps too."""
    return sum(len(group.rows) + 2 for group in groups)


def _cap_width(cap: str) -> int:
    return max(40, paint.cap_width(cap))


def _lines(painter: QPainter, area: QRect, words: str, ink: str, most: int, *, rtl: bool) -> None:
    """Words in the middle of a row, in as many lines as they need: ours are never cut."""
    font = theme.font(14, 500)
    rows = paint.wrapped(words, font, area.width(), most)
    if rows[-1].endswith("\u2026") or len(rows) * 18 > area.height():
        font = theme.font(13, 500)
        rows = paint.wrapped(words, font, area.width(), most)
    high = min(18, area.height() // len(rows))
    top = area.top() + (area.height() - high * len(rows)) // 2
    for place, row in enumerate(rows):
        line = QRect(area.left(), top + place * high, area.width(), high)
        paint.write(painter, line, row, font, theme.color(ink), rtl=rtl)
