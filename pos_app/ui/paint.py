"""The few strokes every part of the window is painted with. Every x is mirrored in one place."""

from __future__ import annotations

from functools import lru_cache
from unicodedata import bidirectional

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QPainter,
    QPen,
    QPixmap,
    QStaticText,
    QTextOption,
    QTransform,
)

from pos_app.ui import theme

START = Qt.AlignmentFlag.AlignLeft
END = Qt.AlignmentFlag.AlignRight
CENTRE = Qt.AlignmentFlag.AlignHCenter
CAP_HEIGHT = 20
KEPT = 64
"""Boxes up to this many pixels a side are kept as pictures; larger ones are painted as fast."""


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
    """A rounded box; its edge lies wholly inside `rect`. One of a usual size is painted once."""
    if fill is not None and 0 < rect.width() <= KEPT and 0 < rect.height() <= KEPT:
        device = painter.device()
        picture = _box(
            *(rect.width(), rect.height(), radius, fill.rgba()),
            *(edge.rgba() if edge is not None else None, width),
            device.devicePixelRatio() if device is not None else 1.0,
        )
        painter.drawPixmap(rect.topLeft(), picture)
    else:
        _rounded(painter, rect, radius, fill, edge, width)


@lru_cache(maxsize=256)
def _box(
    width: int, height: int, radius: float, fill: int, edge: int | None, line: float, ratio: float
) -> QPixmap:
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    begin(painter)
    ink = None if edge is None else QColor.fromRgba(edge)
    _rounded(painter, QRect(0, 0, width, height), radius, QColor.fromRgba(fill), ink, line)
    painter.end()
    return picture


def _rounded(
    painter: QPainter,
    rect: QRect,
    radius: float,
    fill: QColor | None,
    edge: QColor | None,
    width: float,
) -> None:
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
) -> None:
    """One line of text inside `rect`, shortened with an ellipsis where it does not fit.

    `across` is START, END or CENTRE of the line of reading; the text is never markup.
    """
    if not text:
        return
    laid, width, height = _laid(text, font, rect.width())
    x: float = rect.left()
    if across == CENTRE:
        x += (rect.width() - width) / 2
    elif (across == END) != rtl:
        x += rect.width() - width
    painter.setFont(font)
    painter.setPen(ink)
    painter.drawStaticText(QPointF(x, rect.top() + (rect.height() - height) // 2), laid)


@lru_cache(maxsize=2048)
def _laid(text: str, font: QFont, width: int) -> tuple[QStaticText, float, int]:
    """One line of text, laid out once, as the text itself reads; its width and height."""
    laid = QStaticText(shorten(text, font, width))
    laid.setTextFormat(Qt.TextFormat.PlainText)
    option = QTextOption(START | Qt.AlignmentFlag.AlignAbsolute)
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    laid.setTextOption(option)
    laid.prepare(QTransform(), font)
    size = laid.size()
    return laid, size.width(), round(size.height())


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
    if not text.isascii() and reads_rtl(text):
        rows = [row if reads_rtl(row) else f"\u200f{row}" for row in rows]
    return tuple(rows)


def reads_rtl(text: str) -> bool:
    """True where a text reads from right to left by its first letter outside of an isolate."""
    deep = 0
    for mark in text:
        if "\u2066" <= mark <= "\u2068":
            deep += 1
        elif mark == "\u2069":
            deep -= 1
        elif deep <= 0 and (way := bidirectional(mark)) in ("L", "R", "AL"):
            return way != "L"
    return False


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
