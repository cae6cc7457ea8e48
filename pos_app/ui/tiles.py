"""The product grid: uniform tiles, painted, in as many columns as fit."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem

from pos_app.presenters.finding import Tile
from pos_app.ui import icons, paint, theme
from pos_app.ui.lists import VIEW, Index, List
from pos_app.words import _

GAP = 12
NARROWEST = 170
NARROWEST_SMALL = 162
SMALL_BELOW = 600
"""A window of 1,024 shows three columns, each a little narrower."""
NARROWEST_WIDE = 200
"""In a wide window tiles grow rather than become too many."""
WIDE_FROM = 1_000
HEIGHT = 175
NEARBY = 48
"""How high and at least how wide the foot of a tile is that asks the other stores."""


class TileGrid(List):
    """Products as tiles; the current one is what Enter adds."""

    nearby = Signal(int)
    """What other stores have was tapped, at the foot of a tile."""

    def __init__(self, name: str) -> None:
        super().__init__(name, QPalette.ColorRole.Window)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSpacing(0)
        self.setWordWrap(False)
        self.tile_size = QSize(190, HEIGHT)
        self._pressed_at = QPoint()
        self.columns = 4
        self.enter_shown = False
        """True where the marked tile carries the cap of Enter."""
        self.setItemDelegate(TileDelegate(self))

    def set_tiles(self, tiles: tuple[Tile, ...], *, mark_first: bool) -> None:
        """Other tiles; with `mark_first` the first is what Enter adds."""
        self.enter_shown = mark_first
        self.set_rows(tiles)
        if tiles:
            self.setCurrentIndex(self.model_.index(0))
            self.scrollToTop()
        self.viewport().update()

    @property
    def marked(self) -> Tile | None:
        """The tile that Enter adds."""
        index = self.currentIndex()
        found = index.data(VIEW) if index.isValid() else None
        return found if isinstance(found, Tile) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def _clicked(self, index: QModelIndex) -> None:
        tile = index.data(VIEW)
        if tile.nearby and self.nearby_area(index).contains(self._pressed_at):
            self.nearby.emit(index.row())
        else:
            super()._clicked(index)

    def nearby_area(self, index: QModelIndex) -> QRect:
        """The foot of a tile at its end: what other stores have is asked for there."""
        tile: Tile = index.data(VIEW)
        cell = self.visualRect(index)
        rect = QRect(cell.topLeft(), self.tile_size)
        if self.rtl():
            rect.moveRight(cell.right())
        wide = max(NEARBY, paint.width_of(tile.stock, theme.font(13, 600)) + 32)
        area = QRect(rect.right() - wide + 1, rect.bottom() - NEARBY + 1, wide, NEARBY)
        return paint.mirrored(area, rect, rtl=self.rtl())

    def resizeEvent(self, event: QResizeEvent) -> None:
        width = self.viewport().width()
        narrowest = NARROWEST_WIDE if width >= WIDE_FROM else NARROWEST
        if width < SMALL_BELOW:
            narrowest = NARROWEST_SMALL
        self.columns = max(1, width // (narrowest + GAP))
        cell = (width - 1) // self.columns
        rows = max(1, round((self.viewport().height() + GAP) / (HEIGHT + GAP)))
        height = (self.viewport().height() + GAP) // rows
        if not HEIGHT - 14 + GAP <= height <= HEIGHT + 30 + GAP:
            height = HEIGHT + GAP
        self.tile_size = QSize(cell - GAP, height - GAP)
        self.setGridSize(QSize(cell, height))
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The tiles, and in the last gap a thumb that shows where one is.

        Qt's own bar would take a whole column away: an icon list keeps room for it.
        """
        super().paintEvent(event)
        bar = self.verticalScrollBar()
        reach = bar.maximum() - bar.minimum()
        if not reach:
            return
        rect = self.viewport().rect()
        high = max(28, rect.height() * bar.pageStep() // (reach + bar.pageStep()))
        top = (rect.height() - high) * (bar.value() - bar.minimum()) // reach
        painter = QPainter(self.viewport())
        paint.begin(painter)
        area = paint.mirrored(QRect(rect.right() - 6, top, 4, high), rect, rtl=self.rtl())
        paint.box(painter, area, 2, theme.color("border2"))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Up and self.currentIndex().row() < self.columns:
            event.ignore()
            return
        super().keyPressEvent(event)


class TileDelegate(QStyledItemDelegate):
    """One product: picture or icon, name, variant, price, what is left."""

    def __init__(self, grid: TileGrid) -> None:
        super().__init__(grid)
        self.grid = grid

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return self.grid.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tile: Tile = index.data(VIEW)
        cell = QRect(option.rect)
        rtl = self.grid.rtl()
        rect = QRect(cell.topLeft(), self.grid.tile_size)
        if rtl:
            rect.moveRight(cell.right())
        painter.save()
        paint.begin(painter)
        current = index.row() == self.grid.currentIndex().row()
        focused = current and self.grid.hasFocus()
        marked = current and (self.grid.enter_shown or focused)
        edge = "focus" if focused else "primary" if marked else "border"
        ratio = painter.device().devicePixelRatio()
        ground = _ground(
            *(theme.name(), rect.width(), rect.height(), edge),
            *(theme.tint_place(tile.tint), tile.icon, tile.stock_tone == "off", ratio),
        )
        painter.drawPixmap(rect.topLeft(), ground)
        self._badge(painter, rect, tile, rtl=rtl)
        if marked and self.grid.enter_shown:
            width = paint.width_of("Enter", theme.font(11, 600)) + 26
            area = paint.mirrored(
                QRect(rect.left() + 13, rect.top() + 13, width, 22), rect, rtl=rtl
            )
            paint.box(painter, area, 5, theme.color("surface"), theme.color("border2"), 1.2)
            words = area.adjusted(7, 0, -18, 0)
            paint.write(painter, words, "Enter", theme.font(11, 600), theme.color("text2"))
            middle = area.center()
            icons.draw(
                painter,
                "corner-down-left",
                area.right() - 11,
                middle.y() + 1,
                12,
                theme.color("text2"),
            )
        self._words(painter, rect, tile, rtl=rtl)
        painter.restore()

    def _badge(self, painter: QPainter, rect: QRect, tile: Tile, *, rtl: bool) -> None:
        if tile.in_cart:
            text = str(tile.in_cart) if tile.in_cart < 100 else "99+"
            width = max(24, paint.width_of(text, theme.font(13, 700)) + 12)
            badge = QRect(rect.right() - width - 10, rect.top() + 13, width, 24)
            badge = paint.mirrored(badge, rect, rtl=rtl)
            paint.box(painter, badge, 12, theme.color("chip_on"))
            font = theme.font(13, 700)
            paint.write(painter, badge, text, font, theme.color("on_chip"), paint.CENTRE)

    def _words(self, painter: QPainter, rect: QRect, tile: Tile, *, rtl: bool) -> None:
        left, width = rect.left() + 12, rect.width() - 24
        top = rect.bottom() - 80
        strong, small = theme.font(14, 600, tabular=False), theme.font(13, 400)

        def row(y: int, height: int) -> QRect:
            return QRect(left, top + y, width, height)

        ink, faint = theme.color("text"), theme.color("text2")
        if tile.detail and paint.width_of(tile.name, strong) > width:
            # Two lines before it is shortened, a little closer to each other and to the detail.
            close = theme.font(13, 600, tabular=False)
            names = paint.wrapped(tile.name, close, width, 2)
            first, below = (-6, 27) if len(names) > 1 else (1, 20)
            for place, text in enumerate(names):
                paint.write(painter, row(first + place * 16, 17), text, close, ink, rtl=rtl)
            paint.write(painter, row(below, 17), tile.detail, small, faint, rtl=rtl)
        elif tile.detail:
            paint.write(painter, row(0, 20), tile.name, strong, ink, rtl=rtl)
            paint.write(painter, row(20, 18), tile.detail, small, faint, rtl=rtl)
        else:
            paint.write_lines(painter, row(0, 20), tile.name, strong, ink, 2, rtl=rtl)
        bottom = QRect(left, rect.bottom() - 36, width, 28)
        stock_width = self._stock(painter, bottom, tile, rtl=rtl)
        price = theme.font(15, 700)
        room = bottom.width() - stock_width - 8
        wide = min(room, paint.width_of(tile.price, price))
        area = paint.mirrored(QRect(left, bottom.top(), wide, 28), bottom, rtl=rtl)
        token = "text" if tile.price != _("No price") else "warn_ink"
        paint.write(painter, area, tile.price, price, theme.color(token), rtl=rtl)
        struck_room = room - wide - 7
        old = theme.font(13, 400)
        if tile.was and paint.width_of(tile.was, old) <= struck_room:
            wide_old = paint.width_of(tile.was, old)
            area = paint.mirrored(
                QRect(left + wide + 7, bottom.top(), wide_old, 28), bottom, rtl=rtl
            )
            paint.write(painter, area, tile.was, old, theme.color("text3"), rtl=rtl)
            middle = area.center().y() + 1
            painter.fillRect(QRect(area.left(), middle, area.width(), 1), theme.color("text3"))

    def _stock(self, painter: QPainter, row: QRect, tile: Tile, *, rtl: bool) -> int:
        """Paints what is left at the end of the row; how wide that is."""
        if not tile.stock:
            return 0
        if tile.stock_tone == "plain":
            font = theme.font(13, 500)
            width = paint.width_of(tile.stock, font)
            area = QRect(row.right() - width + 1, row.top(), width, row.height())
            area = paint.mirrored(area, row, rtl=rtl)
            paint.write(painter, area, tile.stock, font, theme.color("text2"), rtl=rtl)
            at = paint.mirrored(QRect(row.right() - width - 21, row.top(), 16, 28), row, rtl=rtl)
            middle = at.center()
            icons.draw(painter, "package", middle.x() + 1, middle.y() + 1, 15, theme.color("text3"))
            return width + 22
        width = paint.width_of(tile.stock, theme.font(13, 600)) + 20
        area = QRect(row.right() - width + 1, row.top() + 3, width, 22)
        area = paint.mirrored(area, row, rtl=rtl)
        tone = tile.stock_tone
        paint.pill(painter, area, tile.stock, f"{tone}_soft", f"{tone}_ink")
        return width


@lru_cache(maxsize=64)
def _ground(
    _theme: str,
    width: int,
    height: int,
    edge: str,
    tint: int,
    icon: str,
    out: bool,
    ratio: float,
) -> QPixmap:
    """A tile without words: card and picture. Opaque, so that it is copied and not mixed."""
    ground = QPixmap(round(width * ratio), round(height * ratio))
    ground.setDevicePixelRatio(ratio)
    ground.fill(theme.color("app"))
    painter = QPainter(ground)
    paint.begin(painter)
    rect = QRect(0, 0, width, height)
    line = 1 if edge == "border" else 2
    paint.box(painter, rect, theme.CARD, theme.color("surface"), theme.color(edge), line)
    back, ink = theme.tint_at(tint)
    picture = QRect(6, 6, width - 12, height - 94)
    painter.setOpacity(0.55 if out else 1.0)
    paint.box(painter, picture, 9, back)
    middle = picture.center()
    icons.draw(painter, icon, middle.x() + 1, middle.y() + 1, 42, ink, stroke=1.6)
    painter.end()
    return ground
