"""What lies over everything: the focus ring, toasts, the table of keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QScrollArea, QWidget
from shiboken6 import isValid

from pos_app.ui import paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import Label
from pos_app.words import _

TOAST_MS = 4_000
TOASTS = 2
RING = 4


def scroll_area(widget: QWidget) -> QScrollArea | None:
    """What a widget scrolls in."""
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QScrollArea):
        parent = parent.parentWidget()
    return parent


class FocusRing(QWidget):
    """A ring of 2 px outside the focused control, 2 px away; only after the keyboard was used."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.by_keyboard = False
        self.target: QWidget | None = None
        self._area: QScrollArea | None = None
        self.hide()

    def follow(self, widget: QWidget | None, *, by_keyboard: bool | None = None) -> None:
        """Stands around `widget` if it is a button that was reached by keys."""
        if by_keyboard is not None:
            self.by_keyboard = by_keyboard
        window = self.parentWidget()
        if window is None:
            return
        if (
            widget is None
            or not self.by_keyboard
            or not isinstance(widget, QAbstractButton)
            or not window.isAncestorOf(widget)
        ):
            self._watch(None)
            self.hide()
            return
        self._watch(widget)
        self._place()
        self.raise_()

    def _watch(self, widget: QWidget | None) -> None:
        if widget is self.target:
            return
        if self.target is not None:
            self.target.removeEventFilter(self)
        if self._area is not None and isValid(self._area):
            self._area.verticalScrollBar().valueChanged.disconnect(self._place)
        self._area = scroll_area(widget) if widget is not None else None
        if widget is not None:
            widget.installEventFilter(self)
            widget.destroyed.connect(self._gone)
        if self._area is not None:
            self._area.verticalScrollBar().valueChanged.connect(self._place)
        self.target = widget

    def _gone(self) -> None:
        self.target = None
        self.hide()

    def _place(self) -> None:
        """Around its target, as far as that is not scrolled away."""
        window = self.parentWidget()
        if self.target is None or window is None:
            return
        area = QRect(self.target.mapTo(window, QPoint(0, 0)), self.target.size())
        seen = True
        if self._area is not None:
            port = self._area.viewport()
            seen = QRect(port.mapTo(window, QPoint(0, 0)), port.size()).contains(area.center())
        self.setGeometry(area.adjusted(-RING, -RING, RING, RING))
        self.setVisible(seen and self.target.isVisible())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
            self._place()
        elif event.type() == QEvent.Type.Hide:
            self.hide()
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        paint.box(painter, self.rect(), theme.RADIUS + RING, None, theme.color("focus"), 2)
        painter.end()


class Toast(QWidget):
    """A line that goes by itself, perhaps with one way back."""

    def __init__(
        self,
        parent: QWidget,
        text: str,
        undo: Callable[[], None] | None,
        gone: Callable[[], None],
        stays_ms: int = 0,
    ) -> None:
        super().__init__(parent)
        self._gone = gone
        self.setAccessibleName(text)
        row = QHBoxLayout(self)
        theme.margins(row, 18, 0, 8 if undo else 18, 0)
        row.setSpacing(12)
        self.label = Label(text, 15, 600, "on_chip", wrap=True)
        row.addWidget(self.label, 1, Qt.AlignmentFlag.AlignVCenter)
        if undo is not None:
            self.button = Button(_("Undo"), "plain", icon="undo-2")
            self.button.clicked.connect(lambda: self._undo(undo))
            row.addWidget(self.button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.leave)
        self._timer.start(stays_ms or max(TOAST_MS, 60 * len(text)))

    def _undo(self, undo: Callable[[], None]) -> None:
        self.leave()
        undo()

    def leave(self) -> None:
        """Goes now."""
        self._timer.stop()
        self.hide()
        self._gone()
        self.deleteLater()

    def wanted(self, room: int) -> tuple[int, int]:
        """Width and height for the room there is."""
        undo = self.button.sizeHint().width() + 12 if hasattr(self, "button") else 0
        text = paint.width_of(self.label.text(), self.label.font()) + 44 + undo
        width = min(room, max(220, text))
        inner = width - 44 - undo
        height = self.label.heightForWidth(max(60, inner))
        return width, max(48, height + 20)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.leave()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        paint.box(painter, self.rect(), 12, theme.color("chip_on"))
        painter.end()


class Toasts(QObject):
    """At most two, at the bottom of the work area, never over the panel."""

    def __init__(self, room: QWidget) -> None:
        super().__init__(room)
        self.room = room
        self.shown: list[Toast] = []
        room.installEventFilter(self)

    def show(self, text: str, undo: Callable[[], None] | None = None, *, stays_ms: int = 0) -> None:
        """Shows a line; the same line is not shown twice."""
        self.drop(text)
        while len(self.shown) >= TOASTS:
            self.shown[0].leave()
        toast = Toast(self.room, text, undo, lambda: self._left(toast), stays_ms)
        self.shown.append(toast)
        toast.show()
        self._place()

    def drop(self, text: str) -> None:
        """That line goes."""
        for toast in list(self.shown):
            if toast.label.text() == text:
                toast.leave()

    def clear(self) -> None:
        """All go."""
        for toast in list(self.shown):
            toast.leave()

    def _left(self, toast: Toast) -> None:
        if toast in self.shown:
            self.shown.remove(toast)
            self._place()

    def _place(self) -> None:
        bottom = self.room.height() - 84
        rtl = self.room.layoutDirection() == Qt.LayoutDirection.RightToLeft
        for toast in reversed(self.shown):
            width, height = toast.wanted(self.room.width() - 2 * theme.INSET)
            left = self.room.width() - theme.INSET - width if rtl else theme.INSET
            toast.setGeometry(left, bottom - height, width, height)
            toast.raise_()
            bottom -= height + 8

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)
