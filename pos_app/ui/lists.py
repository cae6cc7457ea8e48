"""Lists: a model that changes only the rows that changed, thin scroll bars, rows that are painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QScrollBar,
    QScroller,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from pos_app.ui import icons, paint, theme

Index = QModelIndex | QPersistentModelIndex
VIEW = Qt.ItemDataRole.UserRole
"""Role under which a row gives its frozen view."""
BY_TAB = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class Rows(QAbstractListModel):
    """Frozen views, one a row. `set_rows` tells Qt of the rows that differ and of no others."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: Sequence[Any] = ()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == VIEW:
            return row
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole):
            return row.spoken
        return None

    def set_rows(self, new: Sequence[Any]) -> None:
        """Other rows: what is the same at the front and at the end stays as it is."""
        old = self.rows
        if new is old or new == old:
            self.rows = new
            return
        start = 0
        shorter = min(len(old), len(new))
        while start < shorter and (old[start] is new[start] or old[start] == new[start]):
            start += 1
        end = 0
        while end < shorter - start and (
            old[-1 - end] is new[-1 - end] or old[-1 - end] == new[-1 - end]
        ):
            end += 1
        gone, come = len(old) - start - end, len(new) - start - end
        both = min(gone, come)
        nowhere = QModelIndex()
        if gone > both:
            self.beginRemoveRows(nowhere, start + both, start + gone - 1)
            self.rows = (*old[: start + both], *old[start + gone :])
            self.endRemoveRows()
        if come > both:
            self.beginInsertRows(nowhere, start + both, start + come - 1)
            self.rows = new
            self.endInsertRows()
        self.rows = new
        if both:
            self.dataChanged.emit(self.index(start), self.index(start + both - 1))


class ThinBar(QScrollBar):
    """A scroll bar that is a thin thumb: shows where one is, takes little room."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setAccessibleName("")

    def sizeHint(self) -> QSize:
        return QSize(10, 40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        span = self.maximum() - self.minimum() + self.pageStep()
        if self.maximum() > self.minimum() and span:
            height = max(28, self.height() * self.pageStep() // span)
            room = self.height() - height
            reach = self.maximum() - self.minimum()
            top = room * (self.value() - self.minimum()) // reach
            rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            area = QRect(2 if rtl else self.width() - 7, top + 2, 5, height - 4)
            paint.box(painter, area, 2.5, theme.color("border2"))
        painter.end()


class List(QListView):
    """A list that scrolls by touch and wheel, with its own painted rows.

    `chosen` is emitted for a tap or Enter on a row; `typed` for keys that belong elsewhere.
    """

    chosen = Signal(int)
    typed = Signal(QKeyEvent)

    def __init__(self, name: str, ground: QPalette.ColorRole = QPalette.ColorRole.Base) -> None:
        super().__init__()
        self.model_ = Rows(self)
        self.setModel(self.model_)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBar(ThinBar(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        # One made here: asked for Qt's own, the binding looks through every kind of widget (7 ms).
        viewport = QWidget()
        self.setViewport(viewport)
        self.setMouseTracking(True)
        viewport.setBackgroundRole(ground)
        viewport.setAutoFillBackground(True)  # opaque: nothing under it is painted again
        self.verticalScrollBar().setSingleStep(24)
        QScroller.grabGesture(viewport, QScroller.ScrollerGestureType.TouchGesture)
        self.clicked.connect(self._clicked)

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Other rows, laid out at once.

        Left to Qt's timer they would be painted as they lie now, laid out, and painted again.
        """
        self.model_.set_rows(rows)
        if self.isVisible():
            self.executeDelayedItemsLayout()

    def _clicked(self, index: QModelIndex) -> None:
        self.chosen.emit(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self.currentIndex().isValid():
                self.chosen.emit(self.currentIndex().row())
        elif event.text() and event.text().isprintable():
            self.typed.emit(event)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Reached by Tab, a list marks a row: a focus that nobody sees is none."""
        super().focusInEvent(event)
        if event.reason() in BY_TAB and self.model_.rows and not self.currentIndex().isValid():
            self.mark_first()
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def mark_first(self) -> None:
        """Marks the row that the arrows start from."""
        self.setCurrentIndex(self.model_.index(0))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationPaletteChange:
            self.viewport().update()

    def rtl(self) -> bool:
        """True where the list is mirrored."""
        return self.layoutDirection() == Qt.LayoutDirection.RightToLeft


class RowDelegate(QStyledItemDelegate):
    """Rows of 64 px with an icon, two lines and an amount; the marked one stands out."""

    def __init__(self, parent: List, *, marked: Any = None) -> None:
        super().__init__(parent)
        self.list_ = parent
        self.marked = marked
        """The key of the marked row, compared with what `show` gives last."""

    def show_row(self, view: Any) -> tuple[str, str, str, str, str, str, Any]:
        """(icon, title, detail, amount, state, tone, key); each list says its own."""
        return (*view.shown, view)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(100, 64)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view = index.data(VIEW)
        icon, title, detail, amount, state, tone, key = self.show_row(view)
        rect, rtl = QRect(option.rect), self.list_.rtl()
        painter.save()
        paint.begin(painter)
        marked = self.marked is not None and key == self.marked
        body = paint.mirrored(rect.adjusted(0, 2, -10, -2), rect, rtl=rtl)
        if marked:
            fill, edge = theme.color("primary_soft"), theme.color("primary")
            paint.box(painter, body, 10, fill, edge, 2)
        else:
            paint.hairline(painter, body.left(), body.right(), rect.bottom())
        self._focus(painter, body, index)

        def place(x: int, width: int, top: int, height: int) -> QRect:
            area = QRect(body.left() + x, body.top() + top, width, height)
            return paint.mirrored(area, body, rtl=rtl)

        start, end = 12, body.width() - 14
        if icon:
            at = place(start, 24, 0, body.height()).center()
            icons.draw(painter, icon, at.x() + 1, at.y() + 1, 20, theme.color("text2"), rtl=rtl)
            start += 38
        if state:
            width = paint.width_of(state, theme.font(13, 600)) + 20
            end -= width
            fills = {"warn": ("warn_soft", "warn_ink"), "off": ("off_soft", "off_ink")}
            fill_name, ink_name = fills.get(tone, ("sunken", "text2"))
            area = place(end, width, (body.height() - 28) // 2, 28)
            paint.box(painter, area, 9, theme.color(fill_name))
            font = theme.font(13, 600)
            paint.write(painter, area, state, font, theme.color(ink_name), paint.CENTRE)
            end -= 12
        if amount:
            font = theme.font(16, 700)
            width = paint.width_of(amount, font)
            end -= width
            area = place(end, width, 0, body.height())
            paint.write(painter, area, amount, font, theme.color("text"), paint.END, rtl=rtl)
            end -= 12
        words = max(20, end - start)
        half = body.height() // 2
        area = place(start, words, 6, half - 4)
        paint.write(painter, area, title, theme.font(15, 600), theme.color("text"), rtl=rtl)
        area = place(start, words, half, half - 6)
        paint.write(painter, area, detail, theme.font(13, 500), theme.color("text3"), rtl=rtl)
        painter.restore()

    def _focus(self, painter: QPainter, body: QRect, index: Index) -> None:
        if self.list_.hasFocus() and self.list_.currentIndex().row() == index.row():
            paint.box(painter, body, 10, None, theme.color("focus"), 2)
