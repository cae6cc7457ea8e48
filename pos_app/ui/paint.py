"""The few strokes every part of the window is painted with. Every x is mirrored in one place."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QPainter, QPen, QPixmap

from pos_app.ui import theme

START = Qt.AlignmentFlag.AlignLeft
END = Qt.AlignmentFlag.AlignRight
CENTRE = Qt.AlignmentFlag.AlignHCenter
CAP_HEIGHT = 20


def begin(painter: QPainter) -> None:
    """Smooth edges and smooth pictures."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)


def mirrored(rect: QRect, inside: QRect, *, rtl: bool) -> QRect:
    """`rect` as it stands where people read from right to left."""
    if not rtl:
        return rect
    return QRect(
        inside.left() + inside.right() + 1 - rect.left() - rect.width(),
        rect.top(),
        rect.width(),
        rect.height(),
    )


def box(
    painter: QPainter,
    rect: QRect,
    radius: float,
    fill: QColor | None,
    edge: QColor | None = None,
    width: float = 1.0,
) -> None:
    """A rounded box; its edge lies wholly inside `rect`."""
    inset = width / 2 if edge is not None else 0.0
    painter.setPen(QPen(edge, width) if edge is not None else Qt.PenStyle.NoPen)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    area = QRectF(rect).adjusted(inset, inset, -inset, -inset)
    painter.drawRoundedRect(area, radius - inset, radius - inset)


def hairline(painter: QPainter, x1: int, x2: int, y: int, ink: str = "border") -> None:
    """A line of one pixel."""
    painter.fillRect(QRect(x1, y, x2 - x1, 1), theme.color(ink))


def disc(painter: QPainter, centre: QPointF, radius: float, fill: QColor) -> None:
    """A filled circle."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawEllipse(centre, radius, radius)


def write(
    painter: QPainter,
    rect: QRect,
    text: str,
    font: QFont,
    ink: QColor,
    across: Qt.AlignmentFlag = START,
    *,
    rtl: bool = False,
    down: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignVCenter,
) -> None:
    """One line of text inside `rect`, shortened with an ellipsis where it does not fit.

    `across` is START, END or CENTRE of the line of reading; the text is never markup.
    """
    painter.setFont(font)
    painter.setPen(ink)
    painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)  # as the text itself reads
    shown = shorten(text, font, rect.width())
    flags = side(across, rtl=rtl) | down | Qt.TextFlag.TextSingleLine
    painter.drawText(rect, int(flags), shown)


def side(across: Qt.AlignmentFlag, *, rtl: bool) -> Qt.AlignmentFlag:
    """START and END as left and right, whatever Qt makes of a mirrored painter."""
    if rtl and across in (START, END):
        across = END if across == START else START
    return across | Qt.AlignmentFlag.AlignAbsolute


def write_lines(
    painter: QPainter,
    rect: QRect,
    text: str,
    font: QFont,
    ink: QColor,
    lines: int,
    *,
    rtl: bool = False,
) -> int:
    """Up to `lines` lines of text from the top of `rect`; how many were painted."""
    rows = wrapped(text, font, rect.width(), lines)
    height = metrics(font).height()
    for place, row in enumerate(rows):
        area = QRect(rect.left(), rect.top() + place * height, rect.width(), height)
        write(painter, area, row, font, ink, rtl=rtl)
    return len(rows)


@lru_cache(maxsize=4096)
def wrapped(text: str, font: QFont, width: int, lines: int) -> tuple[str, ...]:
    """`text` broken at spaces into at most `lines` rows; the last is shortened to fit."""
    ruler = metrics(font)
    if lines == 1 or ruler.horizontalAdvance(text) <= width:
        return (shorten(text, font, width),)
    rows: list[str] = []
    words = text.split(" ")
    while words and len(rows) < lines - 1:
        row = words.pop(0)
        while words and ruler.horizontalAdvance(f"{row} {words[0]}") <= width:
            row = f"{row} {words.pop(0)}"
        if ruler.horizontalAdvance(row) > width:
            cut = max(1, _fitting(row, ruler, width))
            words.insert(0, row[cut:])
            row = row[:cut]
        rows.append(row)
    if words:
        rows.append(shorten(" ".join(words), font, width))
    return tuple(rows)


def _fitting(text: str, ruler: QFontMetrics, width: int) -> int:
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if ruler.horizontalAdvance(text[:middle]) <= width:
            low = middle
        else:
            high = middle - 1
    return low


@lru_cache(maxsize=4096)
def shorten(text: str, font: QFont, width: int) -> str:
    """`text`, or as much of it as fits into `width` with an ellipsis."""
    if len(text) > 400:
        text = text[:400]
    ruler = metrics(font)
    if ruler.horizontalAdvance(text) <= width:
        return text
    return ruler.elidedText(text, Qt.TextElideMode.ElideRight, width)


@lru_cache(maxsize=128)
def metrics(font: QFont) -> QFontMetrics:
    """The measures of a font."""
    return QFontMetrics(font)


@lru_cache(maxsize=4096)
def width_of(text: str, font: QFont) -> int:
    """How wide `text` is, rounded up, pixels."""
    return int(QFontMetricsF(font).horizontalAdvance(text) + 0.99)


def cap_width(key: str) -> int:
    """How wide the drawn cap of a key is."""
    return width_of(key, theme.font(11, 600)) + 12


def cap(painter: QPainter, rect: QRect, key: str, tone: str = "plain") -> None:
    """The cap of a key: what to press instead of tapping. `tone`: plain, soft, primary or off."""
    fill, edge, ink = {
        "plain": ("subtle", "border2", "text2"),
        "soft": ("primary_soft", "primary_line", "primary_ink"),
        "primary": ("on_primary_cap", "on_primary_cap", "on_primary"),
        "off": ("sunken", "border2", "text3"),
    }[tone]
    box(painter, rect, 5, theme.color(fill), theme.color(edge), 1.2)
    write(painter, rect, key, theme.font(11, 600), theme.color(ink), CENTRE)


def pill(painter: QPainter, rect: QRect, text: str, fill: str, ink: str) -> None:
    """A short fact on a soft ground."""
    box(painter, rect, min(rect.height() / 2, 11), theme.color(fill))
    write(painter, rect, text, theme.font(13, 600), theme.color(ink), CENTRE)


@lru_cache(maxsize=8)
def _shadow(width: int, height: int, radius: int, rgba: int) -> QPixmap:
    picture = QPixmap(width, height)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    begin(painter)
    painter.setPen(Qt.PenStyle.NoPen)
    ink = QColor.fromRgba(rgba)
    steps = 14
    for step in range(steps):
        ink.setAlpha(max(1, QColor.fromRgba(rgba).alpha() // 7))
        painter.setBrush(ink)
        area = QRectF(step, step, width - 2 * step, height - 2 * step)
        painter.drawRoundedRect(area, radius + steps - step, radius + steps - step)
    painter.end()
    return picture


def shadow(painter: QPainter, rect: QRect, radius: int) -> None:
    """A soft shadow of 14 px around `rect`, painted once and kept."""
    around = rect.adjusted(-12, -10, 12, 14)
    picture = _shadow(around.width(), around.height(), radius, theme.color("shadow").rgba())
    painter.drawPixmap(around.topLeft(), picture)
