"""The stores of a product as a table: a list with painted rows under the names of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from pos_app.presenters.elsewhere import StoreView
from pos_app.ui import icons, paint, theme
from pos_app.ui.lists import VIEW, Index, List
from pos_app.words import _

ROW: Final = 62
HEAD: Final = 40
PAD: Final = 18
CHEVRON: Final = 34
NAME_LEAST: Final = 168
"""With less room for the names a column is left away."""
FREE, RESERVED, COMING, AS_OF = "free", "reserved", "coming", "as_of"
DASH: Final = "\u2013"


def titles() -> dict[str, str]:
    """The names of the columns of numbers, in their order."""
    return {
        FREE: _("Free to sell"),
        RESERVED: _("Reserved"),
        COMING: _("Coming"),
        AS_OF: _("As of"),
    }


class Columns:
    """Where each column stands: as wide as its name and its widest value, names get the rest."""

    def __init__(self) -> None:
        self._values: dict[str, int] = {}

    def measure(self, rows: Sequence[StoreView]) -> None:
        """Other rows."""
        small, strong = theme.font(14, 500), theme.font(14, 600)
        texts = {
            RESERVED: [(row.reserved, small) for row in rows],
            COMING: [(row.coming, strong) for row in rows],
            AS_OF: [(row.as_of, small) for row in rows],
            FREE: [(row.count, theme.font(20, 700)) for row in rows],
        }
        self._values = {
            name: max((paint.width_of(text, font) for text, font in each if text), default=0)
            for name, each in texts.items()
        }
        if any(row.old for row in rows):
            self._values[AS_OF] += 36

    def placed(self, width: int) -> dict[str, tuple[int, int]]:
        """Column -> (x, width) for left to right, and `name`; without those there is no room for."""
        head = theme.font(13, 600)
        wide = {
            name: max(56, paint.width_of(words, head), self._values.get(name, 0)) + 14
            for name, words in titles().items()
        }
        room = width - 2 * PAD - CHEVRON
        for least in (RESERVED, COMING):
            if room - sum(wide.values()) < NAME_LEAST:
                del wide[least]
        x = PAD + room - sum(wide.values())
        found = {"name": (PAD, x - PAD)}
        for name, each in wide.items():
            found[name] = (x, each)
            x += each
        return found


class StoreDelegate(QStyledItemDelegate):
    """A store: name over distance and hours, what is free, reserved, coming, as of when."""

    def __init__(self, parent: List, columns: Columns) -> None:
        super().__init__(parent)
        self.list_, self.columns = parent, columns
        self.chosen = ""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(100, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view: StoreView = index.data(VIEW)
        rect, rtl = QRect(option.rect), self.list_.rtl()
        painter.save()
        paint.begin(painter)
        if view.store == self.chosen:
            painter.fillRect(rect, theme.color("primary_soft"))
            bar = paint.mirrored(QRect(rect.left(), rect.top(), 3, ROW), rect, rtl=rtl)
            painter.fillRect(bar, theme.color("primary"))
        line = rect.adjusted(PAD, 0, -PAD, 0)
        paint.hairline(painter, line.left(), line.right(), rect.bottom())
        if self.list_.hasFocus() and self.list_.currentIndex().row() == index.row():
            paint.box(painter, rect.adjusted(2, 2, -2, -2), 8, None, theme.color("focus"), 2)
        placed = self.columns.placed(rect.width())

        def cell(name: str, top: int = 0, high: int = ROW, inset: int = 0) -> QRect:
            x, wide = placed[name]
            area = QRect(rect.left() + x, rect.top() + top, wide - inset, high)
            return paint.mirrored(area, rect, rtl=rtl)

        strong, small = theme.font(15, 600, tabular=False), theme.font(13, 500)
        ink, faint = theme.color("text"), theme.color("text2")
        if view.detail:
            paint.write(painter, cell("name", 11, 20, 10), view.name, strong, ink, rtl=rtl)
            area, told = cell("name", 32, 18, 10), view.detail
            if view.short and paint.width_of(told, small) > area.width():
                told = view.short
            paint.write(painter, area, told, small, faint, rtl=rtl)
        else:
            paint.write(painter, cell("name", 0, ROW, 10), view.name, strong, ink, rtl=rtl)
        weak = view.none or view.old
        shown = (
            (FREE, view.count, theme.font(20, 700), faint if weak else ink),
            (RESERVED, view.reserved or DASH, theme.font(14, 500), faint),
            (COMING, view.coming or DASH, theme.font(14, 600), self._coming_ink(view)),
        )
        for name, text, font, colour in shown:
            if name in placed:
                paint.write(painter, cell(name), text, font, colour, paint.END, rtl=rtl)
        if view.old:
            self._pill(painter, cell(AS_OF), view.as_of, rtl=rtl)
        else:
            area = cell(AS_OF)
            paint.write(painter, area, view.as_of, theme.font(14, 500), faint, paint.END, rtl=rtl)
        self._chevron(painter, rect, rtl=rtl)
        painter.restore()

    def _coming_ink(self, view: StoreView) -> QColor:
        return theme.color("ok_ink" if view.coming else "text2")

    def _pill(self, painter: QPainter, cell: QRect, text: str, *, rtl: bool) -> None:
        """A silent store's time: as old as the silence."""
        font = theme.font(13, 600)
        wide = paint.width_of(text, font) + 40
        area = QRect(cell.right() - wide + 5, cell.center().y() - 13, wide, 27)
        if rtl:
            area.moveLeft(cell.left() - 5)
        paint.box(painter, area, 13, theme.color("off_soft"))
        at = paint.mirrored(QRect(area.left() + 10, area.top(), 16, 27), area, rtl=rtl).center()
        ink = theme.color("off_ink")
        icons.draw(painter, "cloud-off", at.x() + 1, at.y() + 1, 16, ink)
        words = QRect(area.left() + 30, area.top(), area.width() - 38, 27)
        paint.write(painter, paint.mirrored(words, area, rtl=rtl), text, font, ink, rtl=rtl)

    def _chevron(self, painter: QPainter, rect: QRect, *, rtl: bool) -> None:
        area = QRect(rect.right() - PAD - 15, rect.top(), 18, ROW)
        at = paint.mirrored(area, rect, rtl=rtl).center()
        icons.draw(
            painter, "chevron-right", at.x() + 1, at.y() + 1, 18, theme.color("text3"), rtl=rtl
        )


class StoreTable(List):
    """The stores themselves; a tap or Enter chooses one."""

    def __init__(self) -> None:
        super().__init__(_("Stores"))
        self.columns = Columns()
        self.delegate = StoreDelegate(self, self.columns)
        self.setItemDelegate(self.delegate)
        self.setUniformItemSizes(True)

    def show_stores(self, rows: tuple[StoreView, ...], chosen: str) -> None:
        """Other stores, or another one chosen."""
        self.columns.measure(rows)
        self.delegate.chosen = chosen
        self.set_rows(rows)
        place = next((at for at, row in enumerate(rows) if row.store == chosen), -1)
        if place >= 0:
            index = self.model_.index(place)
            self.setCurrentIndex(index)
            self.scrollTo(index)
        self.viewport().update()


class TableHead(QWidget):
    """The names of the columns."""

    def __init__(self, table: StoreTable) -> None:
        super().__init__()
        self.table = table
        self.setFixedHeight(HEAD)
        self.setAccessibleName(", ".join((_("Store, nearest first"), *titles().values())))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rect = self.rect()
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        font, ink = theme.font(13, 600), theme.color("text2")
        words = {"name": _("Store, nearest first"), **titles()}
        rows = QRect(self.table.viewport().geometry())  # a scroll bar takes its room from them
        rows = QRect(rows.left(), 0, rows.width(), HEAD)
        for name, (x, wide) in self.table.columns.placed(rows.width()).items():
            area = paint.mirrored(QRect(rows.left() + x, 0, wide, HEAD), rows, rtl=rtl)
            side = paint.START if name == "name" else paint.END
            paint.write(painter, area, words[name], font, ink, side, rtl=rtl)
        paint.hairline(painter, 1, rect.width() - 1, HEAD - 1)
        painter.end()
