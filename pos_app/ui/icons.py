"""Icons as pictures: one drawing, recoloured and rendered once for each size it is shown in."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from pos_app.ui import theme

MIRRORED = frozenset(
    {
        *("arrow-left", "arrow-down-left", "arrow-up-right", "undo-2", "delete"),
        *("corner-down-left", "chevron-right"),
    }
)
"""Drawings that point along the line of reading."""


def draw(
    painter: QPainter,
    icon: str,
    centre_x: float,
    centre_y: float,
    size: int,
    ink: QColor,
    *,
    rtl: bool | None = None,
    stroke: float = 1.9,
) -> None:
    """Paints an icon of `size` pixels around a point; mirrored as the window is unless said."""
    if rtl is None:
        rtl = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
    device = painter.device()
    ratio = device.devicePixelRatio() if device is not None else 1.0
    picture = _picture(icon, size, ink.rgba(), ratio, rtl and icon in MIRRORED, stroke)
    painter.drawPixmap(round(centre_x - size / 2), round(centre_y - size / 2), picture)


@lru_cache(maxsize=512)
def _picture(
    icon: str, size: int, rgba: int, ratio: float, mirrored: bool, stroke: float
) -> QPixmap:
    ink = QColor.fromRgba(rgba)
    drawing = _source(icon).replace("currentColor", ink.name())
    drawing = drawing.replace('stroke-width="2"', f'stroke-width="{stroke}"')
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setOpacity(ink.alphaF())
    if mirrored:
        painter.translate(size, 0)
        painter.scale(-1, 1)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture


@lru_cache(maxsize=256)
def _source(icon: str) -> str:
    return theme.icon_file(icon).read_text(encoding="utf-8")
