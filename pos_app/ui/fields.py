"""Where people type: a painted frame around Qt's own line edit, so input methods work."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRegularExpression, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QRegularExpressionValidator,
)
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from pos_app.ui import icons, paint, theme


class BareEdit(QLineEdit):
    """A line edit without a frame or a ground of its own, in the colours of the theme in force."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.setFrame(False)
        self.setMaxLength(most)
        self.dye()

    def dye(self) -> None:
        """Takes its colours from the theme in force."""
        palette = QPalette(theme.palette())
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationPaletteChange:
            self.dye()


class Edit(BareEdit):
    """A line edit without a frame of its own; tells when it is entered and left."""

    entered = Signal()
    left = Signal()

    def __init__(self, size: int = 16, weight: int = 500) -> None:
        super().__init__(400)
        self.setFont(theme.font(size, weight))

    def event(self, event: QEvent) -> bool:
        """Undo is the basket's while nothing is typed here."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.matches(QKeySequence.StandardKey.Undo)
            and not self.text()
        ):
            event.ignore()
            return False
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()
        self.entered.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class Field(QWidget):
    """A framed line edit: icon at its start, a cap or a word at its end, red when refused."""

    def __init__(
        self,
        name: str,
        placeholder: str = "",
        *,
        icon: str = "",
        key: str = "",
        height: int = 48,
        size: int = 16,
    ) -> None:
        super().__init__()
        self.icon_name, self.key = icon, key
        self.note = ""
        self.note_ink = "text2"
        self.prefix = ""
        self.wrong = False
        self.tail: list[QWidget] = []
        self.edit = Edit(size)
        self.edit.setPlaceholderText(placeholder)
        self.edit.setAccessibleName(name)
        self.setFocusProxy(self.edit)
        self.setFixedHeight(height)
        self.row = QHBoxLayout(self)
        self.row.setSpacing(4)
        self.row.addWidget(self.edit, 1)
        self.edit.entered.connect(self.update)
        self.edit.left.connect(self.update)
        self._fit()

    @property
    def text(self) -> str:
        """What was typed, with the spaces around it dropped."""
        return self.edit.text().strip()

    def add_tail(self, widget: QWidget) -> None:
        """Puts a widget at the end, inside the frame."""
        self.tail.append(widget)
        self.row.addWidget(widget)
        self._fit()

    def mark(self, *, wrong: bool) -> None:
        """Red frame, or not."""
        if wrong != self.wrong:
            self.wrong = wrong
            self.update()

    def remark(self, note: str, prefix: str = "", ink: str = "text2") -> None:
        """A word at the end ("12 results") and a dark cap at the start ("3 x")."""
        if (note, prefix, ink) != (self.note, self.prefix, self.note_ink):
            self.note, self.prefix, self.note_ink = note, prefix, ink
            self.edit.setAccessibleDescription(" ".join(filter(None, (prefix, note))))
            self._fit()
            self.update()

    def _start_width(self) -> int:
        width = 44 if self.icon_name else 14
        if self.prefix:
            width += paint.width_of(self.prefix, theme.font(14, 600)) + 24
        return width

    def _note_width(self) -> int:
        width = paint.width_of(self.note, theme.font(14, 500)) + 10 if self.note else 0
        return width + (paint.cap_width(self.key) + 12 if self._cap() else 0)

    def _cap(self) -> bool:
        return bool(self.key) and not self.edit.hasFocus() and not self.edit.text()

    def _fit(self) -> None:
        tail = 12
        start, end = self._start_width(), tail
        self.edit.setTextMargins(0, 0, self._note_width(), 0)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            self.edit.setTextMargins(self._note_width(), 0, 0, 0)
            start, end = end, start
        self.row.setContentsMargins(start, 0, end, 0)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        side = paint.side(
            paint.START, rtl=rtl
        )  # else an empty field follows the keyboard's language
        self.edit.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._fit()

    def sizeHint(self) -> QSize:
        return QSize(220, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rect = self.rect()
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        edge, width = ("field", 1.2)
        if self.wrong:
            edge, width = ("bad", 2)
        elif self.edit.hasFocus():
            edge, width = ("focus", 2)
        fill = "surface" if self.isEnabled() else "sunken"
        paint.box(painter, rect, 11, theme.color(fill), theme.color(edge), width)
        if self.icon_name:
            at = paint.mirrored(QRect(14, 0, 22, rect.height()), rect, rtl=rtl).center()
            ink = theme.color("text2")
            icons.draw(painter, self.icon_name, at.x() + 1, at.y() + 1, 20, ink)
        if self.prefix:
            font = theme.font(14, 600)
            wide = paint.width_of(self.prefix, font) + 16
            area = QRect(40 if self.icon_name else 10, (rect.height() - 28) // 2, wide, 28)
            area = paint.mirrored(area, rect, rtl=rtl)
            paint.box(painter, area, 7, theme.color("chip_on"))
            paint.write(painter, area, self.prefix, font, theme.color("on_chip"), paint.CENTRE)
        shown = [one.width() + 4 for one in self.tail if not one.isHidden()]
        end = rect.width() - (18 + sum(shown) if shown else 14)
        if self._cap():
            wide = paint.cap_width(self.key)
            area = QRect(end - wide, (rect.height() - paint.CAP_HEIGHT) // 2, wide, 20)
            paint.cap(painter, paint.mirrored(area, rect, rtl=rtl), self.key)
            end -= wide + 12
        if self.note:
            area = paint.mirrored(QRect(end - 320, 0, 316, rect.height()), rect, rtl=rtl)
            ink = theme.color(self.note_ink)
            paint.write(painter, area, self.note, theme.font(14, 500), ink, paint.END, rtl=rtl)
        painter.end()


class CountEdit(BareEdit):
    """How many of one note or coin: digits only, Enter and the arrows move on."""

    moved = Signal(int)
    """+1 or -1: to the next or the one before."""

    def __init__(self, name: str) -> None:
        super().__init__(5)
        self.setFixedSize(74, 44)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFont(theme.font(17, 600))
        self.setAccessibleName(name)
        self.setTextMargins(8, 0, 10, 0)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9]*"), self))
        self.setText("0")

    @property
    def count(self) -> int:
        """The number in it; nothing counts as 0."""
        return int(self.text() or 0)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if not self.hasSelectedText():
            self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.moved.emit(1)
        elif key == Qt.Key.Key_Up:
            self.moved.emit(-1)
        elif (
            event.text().isprintable()
            and event.text()
            and not (event.text().isascii() and event.text().isdigit())
        ):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        edge, width = ("focus", 2) if self.hasFocus() else ("field", 1.2)
        paint.box(painter, self.rect(), 10, theme.color("surface"), theme.color(edge), width)
        painter.end()
        super().paintEvent(event)
