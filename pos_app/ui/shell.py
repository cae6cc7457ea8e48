"""The frame around every screen: the rail, the sync pill, and sheets over the work area."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pos_app.presenters.connection import SyncState
from pos_app.ui import icons, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import Card, Label, Rule
from pos_app.ui.overlays import scroll_area
from pos_app.words import _, ngettext, number

RAIL = 84
RAIL_NARROW = 72
ITEM, ITEM_LOW = 66, 50
"""How high a place on the rail is, and how low it may become."""
WORD, WORD_SMALLEST = 12, 9
"""Of a place on the rail, pixels."""
LOW = 740
PILL_NARROWEST, PILL_WIDEST = 134, 264
LOOKS = {
    "online": ("cloud-check", "surface", "border", "text", "text2", "ok"),
    "syncing": ("refresh-cw", "surface", "border", "text", "text2", "primary"),
    "offline": ("cloud-off", "off_soft", "", "off_ink", "off_ink", "off_ink"),
    "attention": ("cloud-alert", "bad_soft", "", "bad_ink", "bad_ink", "bad"),
}
"""Look -> icon, ground, edge, ink of both lines, ink of the icon."""


class RailItem(QAbstractButton):
    """A place to go: icon over a word."""

    def __init__(self, text: str, icon: str) -> None:
        super().__init__()
        self.icon_name = icon
        self.count = 0
        """What waits there; 0 draws nothing."""
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setMinimumHeight(ITEM_LOW)  # a low window takes room from all of them alike
        self.setMaximumHeight(ITEM)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        return QSize(max(64, paint.width_of(self.text(), theme.font(12, 600)) + 8), ITEM)

    def nextCheckState(self) -> None:
        """Where one is is said by the window: a press alone marks nothing."""

    def word_font(self) -> QFont:
        """The font of its word: smaller where a language's word is too long for the rail."""
        size = WORD
        while size > WORD_SMALLEST and paint.width_of(self.text(), theme.font(size, 600)) > max(
            self.width() - 4, 60
        ):
            size -= 1
        return theme.font(size, 600)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rect = self.rect()
        on = self.isChecked() or self.isDown()
        if on:
            wide = min(rect.width() - 8, max(64, self.sizeHint().width()))
            area = QRect((rect.width() - wide) // 2, 3, wide, rect.height() - 6)
            paint.box(painter, area, 9, theme.color("rail_pill"))
        ink = theme.color("rail_on" if on and self.isEnabled() else "rail_text")
        if not self.isEnabled():
            painter.setOpacity(0.45)
        middle = rect.height() // 2
        icons.draw(painter, self.icon_name, rect.width() / 2, middle - 9, 23, ink)
        font = self.word_font()
        words = QRect(0, middle + 5, rect.width(), 20)
        paint.write(painter, words, self.text(), font, ink, paint.CENTRE)
        if self.count:
            self._badge(painter, rect)
        painter.end()

    def _badge(self, painter: QPainter, rect: QRect) -> None:
        told, font = number(min(self.count, 99)), theme.font(12, 700)
        wide = max(20, paint.width_of(told, font) + 10)
        area = QRect(rect.width() // 2 + 6, max(1, rect.height() // 2 - 27), wide, 20)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        area = paint.mirrored(area, rect, rtl=rtl)
        paint.box(painter, area, 10, theme.color("primary"), theme.color("rail"), 2)
        paint.write(painter, area, told, font, theme.color("on_primary"), paint.CENTRE)


class Avatar(QAbstractButton):
    """Who is at the till; pressing it locks."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(48, 48)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(_("Lock the till"))

    def say(self, letters: str, name: str) -> None:
        """Somebody else is here."""
        self.setText(letters)
        self.setAccessibleName(_("{name}: lock the till").format(name=name))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        paint.disc(painter, QPointF(24, 24), 20, theme.color("rail_pill"))
        font, ink = theme.font(14, 600), theme.color("rail_on")
        paint.write(painter, self.rect(), self.text(), font, ink, paint.CENTRE)
        painter.end()


class Logo(QWidget):
    """The mark at the top of the rail."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(40, 40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        ground = QLinearGradient(0, 0, 0, 40)
        ground.setColorAt(0, theme.color("logo_top"))
        ground.setColorAt(1, theme.color("logo_bottom"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(self.rect(), 10, 10)
        path = QPainterPath(QPointF(11, 29))
        for x, y in ((15, 11), (20.5, 19), (24.5, 13.5), (29, 29)):
            path.lineTo(x, y)
        path.closeSubpath()
        pen = QPen(theme.color("on_primary"), 2)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        painter.end()


class Rail(QWidget):
    """Where one can go, and who is here."""

    went = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(RAIL)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 10)
        column.setSpacing(0)
        column.addWidget(Logo(), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(16)
        self.items: dict[str, RailItem] = {}
        for place, text, icon in (
            ("sell", _("Sell"), "shopping-bag"),
            ("pickup", _("Pickup"), "package-check"),
            ("returns", _("Returns"), "undo-2"),
            ("stock", _("Stock"), "boxes"),
            ("customers", _("Customers"), "users"),
            ("sales", _("Sales"), "receipt-text"),
            ("shift", _("Shift"), "chart-column"),
            ("attention", _("Cases"), "circle-alert"),
        ):
            column.addWidget(self._item(place, text, icon))
        self._locked = True
        self.items["attention"].hide()
        column.addStretch(1)
        self.till = Label("", 12, 600, "rail_text", across=paint.CENTRE)
        self.till_icon = TillMark()
        column.addWidget(self.till_icon, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.till)
        column.addWidget(self._item("help", _("Help"), "circle-question-mark"))
        column.addWidget(self._item("lock", _("Lock"), "lock"))
        self.avatar = Avatar()
        self.avatar.clicked.connect(lambda: self.went.emit("lock"))
        column.addWidget(self.avatar, 0, Qt.AlignmentFlag.AlignHCenter)

    def _item(self, place: str, text: str, icon: str) -> RailItem:
        item = RailItem(text, icon)
        item.clicked.connect(lambda: self.went.emit(place))
        self.items[place] = item
        return item

    def show_place(self, place: str) -> None:
        """Marks where one is."""
        for name, item in self.items.items():
            item.setChecked(name == place)

    def show_count(self, place: str, count: int) -> None:
        """How much waits at a place; one that has nothing to show is not there."""
        item = self.items[place]
        item.count = count
        words = ngettext("{place}, {count} waiting", "{place}, {count} waiting", count)
        told = words.format(place=item.text(), count=number(count)) if count else item.text()
        item.setAccessibleName(told)
        item.setVisible(not self._locked and self._shown(place))
        item.update()

    def _shown(self, place: str) -> bool:
        item = self.items[place]
        return place != "attention" or item.count > 0 or item.isChecked()

    def set_locked(self, *, locked: bool, till: str) -> None:
        """Locked, nothing but the mark and the till's number is shown."""
        self._locked = locked
        for name, item in self.items.items():
            item.setVisible((not locked and self._shown(name)) or name == "help")
        self.avatar.setVisible(not locked)
        self.till.say(till)
        self.till.setVisible(locked)
        self.till_icon.setVisible(locked)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("rail"))
        painter.end()


class TillMark(QWidget):
    """A small screen, over the till's number."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(28, 30)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        icons.draw(painter, "monitor", 14, 13, 22, theme.color("rail_text"))
        painter.end()


class SyncPill(QAbstractButton):
    """Two lines that are always true; opens the sheet about them. It never blinks."""

    def __init__(self) -> None:
        super().__init__()
        self.look = "offline"
        self.first = self.second = ""
        self.setFixedHeight(48)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(_("Connection"))

    def show_state(self, state: SyncState) -> None:
        """Other words."""
        if (state.look, state.first, state.second) != (self.look, self.first, self.second):
            self.look, self.first, self.second = state.look, state.first, state.second
            self.setAccessibleName(f"{self.first}. {self.second}")
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        words = max(
            paint.width_of(self.first, theme.font(14, 600)),
            paint.width_of(self.second, theme.font(12, 500)),
        )
        return QSize(max(PILL_NARROWEST, min(PILL_WIDEST, words + 62)), 48)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        icon, ground, edge, ink1, ink2, ink_icon = LOOKS[self.look]
        rect = self.rect()
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        fill = theme.color("sunken" if self.isDown() else ground)
        paint.box(painter, rect, 12, fill, theme.color(edge) if edge else None)
        at = paint.mirrored(QRect(13, 0, 24, rect.height()), rect, rtl=rtl).center()
        icons.draw(painter, icon, at.x() + 1, at.y() + 1, 22, theme.color(ink_icon))
        area = paint.mirrored(QRect(46, 5, rect.width() - 54, 20), rect, rtl=rtl)
        paint.write(painter, area, self.first, theme.font(14, 600), theme.color(ink1), rtl=rtl)
        area = paint.mirrored(QRect(46, 25, rect.width() - 54, 17), rect, rtl=rtl)
        paint.write(painter, area, self.second, theme.font(12, 500), theme.color(ink2), rtl=rtl)
        painter.end()


class Sheet(Card):
    """Something looked at or typed beside the basket: title, cross, body, buttons below."""

    closed = Signal()
    WIDTH = 546

    def __init__(self, title: str, detail: str = "") -> None:
        super().__init__("surface", "border", 16)
        self.setAccessibleName(title)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 16, 20, 16)
        outer.setSpacing(12)
        head = self.head = QHBoxLayout()
        head.setSpacing(12)
        words = self.head_words = QVBoxLayout()
        words.setSpacing(2)
        self.title = Label(title, 19, 700, data=True)
        self.detail = Label(detail, 14, 400, "text2", wrap=True)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        words.addStretch(1)
        self.close_button = Button("", "plain", icon="x", name=_("Close"))
        self.close_button.setFixedWidth(48)
        self.close_button.clicked.connect(self.closed)
        head.addLayout(words, 1)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        outer.addLayout(head)
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        outer.addLayout(self.body, 1)
        self.rule = Rule()
        outer.addWidget(self.rule)
        self.foot = QHBoxLayout()
        self.foot.setSpacing(theme.GAP)
        outer.addLayout(self.foot)
        self.rule.hide()
        # Not before it stands in the sheet: a widget without a parent would be a window of its own.
        self.detail.setVisible(bool(detail))

    def say(self, title: str, detail: str = "") -> None:
        """Another title."""
        self.title.say(title)
        self.detail.say(detail)
        self.detail.setVisible(bool(detail))
        self.setAccessibleName(title)

    def first_focus(self) -> QWidget:
        """Where the caret goes when it opens."""
        return self.close_button

    def confirm(self) -> None:
        """Enter where no field or list took it: what the sheet is for, where it is for one thing."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus, else it is the sheet's own answer."""
        focus = QApplication.focusWidget()
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat()
        if enter and isinstance(focus, Button) and focus.isEnabled():
            focus.click()
        elif enter and not isinstance(focus, QLineEdit):
            self.confirm()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next_: bool) -> bool:
        """Tab goes round inside the sheet: what lies under it is not reached by accident."""
        stops = [
            each
            for each in self.findChildren(QWidget)
            if each.isVisible()
            and each.isEnabled()
            and each.focusPolicy() & Qt.FocusPolicy.TabFocus
            and each.focusProxy() is None
        ]
        if not stops:
            return True
        stops.sort(key=self._reading_order)
        focus = QApplication.focusWidget()
        here = stops.index(focus) if focus in stops else -1 if next_ else 0
        step = 1 if next_ else -1
        reason = Qt.FocusReason.TabFocusReason if next_ else Qt.FocusReason.BacktabFocusReason
        stops[(here + step) % len(stops)].setFocus(reason)
        return True

    def _reading_order(self, widget: QWidget) -> tuple[int, int]:
        at = widget.mapTo(self, QPoint(0, 0)) + _scrolled_by(widget)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        across = self.width() - at.x() - widget.width() if rtl else at.x()
        last = 1 if widget is self.close_button else 0
        return (last * 10_000 + at.y() + widget.height() // 2, across)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # a tap beside its buttons is not a tap on what lies under it


def _scrolled_by(widget: QWidget) -> QPoint:
    """How far what it stands in is scrolled: the order of reading does not change by that."""
    area = scroll_area(widget)
    return QPoint(0, area.verticalScrollBar().value() if area is not None else 0)


class SheetHost(QWidget):
    """Lies over the work area, dims it, holds one sheet at its end side; the cart stays usable."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.sheet: Sheet | None = None
        self.hide()
        parent.installEventFilter(self)

    def open(self, sheet: Sheet) -> None:
        """Shows a sheet."""
        if self.sheet is not None and self.sheet is not sheet:
            self.sheet.hide()
        self.sheet = sheet
        sheet.setParent(self)
        self._cover()
        self._place()
        sheet.show()
        self.show()
        self.raise_()
        sheet.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)

    def _cover(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())

    def close_sheet(self) -> None:
        """Takes it away."""
        if self.sheet is not None:
            self.sheet.hide()
            self.sheet = None
            self.hide()
            self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        if self.sheet is None:
            return
        rect = self.rect()
        width = min(self.sheet.WIDTH, rect.width() - 2 * theme.INSET)
        top = 72 if rect.height() >= LOW else 14  # a low window gives it the head's room as well
        area = QRect(rect.width() - width - theme.INSET, top, width, rect.height() - top - 14)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self.sheet.setGeometry(paint.mirrored(area, rect, rtl=rtl))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.close_sheet()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        painter.fillRect(self.rect(), theme.color("scrim"))
        if self.sheet is not None:
            paint.shadow(painter, self.sheet.geometry(), 16)
        painter.end()
