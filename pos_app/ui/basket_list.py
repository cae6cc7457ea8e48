"""The basket's lines: painted rows, and real buttons under the marked one."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from pos_app.presenters.cart import CartState
from pos_app.presenters.views import LineView
from pos_app.ui import icons, keys, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.lists import VIEW, Index, List
from pos_app.words import _

ROW = 62
EXTRA = 26
ACTIONS = 62
FLASH_MS = 300
INSET = theme.INSET


class LineActions(QWidget):
    """What can be done with the marked line."""

    act = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(INSET, 2, INSET, 12)
        row.setSpacing(theme.GAP)
        self.buttons: dict[str, Button] = {}
        for action, text, icon, key, name in (
            ("fewer_pieces", "", "minus", "", _("One less")),
            ("more_pieces", "", "plus", "", _("One more")),
            ("discount", _("Discount"), "badge-percent", keys.cap("discount"), ""),
            ("note", "", "sticky-note", "", _("Note on the line")),
            ("remove", "", "trash-2", "", _("Remove the line")),
        ):
            kind = "danger" if action == "remove" else "plain"
            button = Button(text, kind, icon=icon, key=key, name=name or text)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, what=action: self.act.emit(what))
            if not text:
                button.setFixedWidth(48)
            if action == "note":
                row.addStretch(1)
            row.addWidget(button, 3 if text else 0)
            self.buttons[action] = button

    def set_compact(self, *, compact: bool) -> None:
        """Narrow windows do without the caps."""
        self.buttons["discount"].set_cap_shown(not compact)


class BasketList(List):
    """The lines of the basket; a tap marks one."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__(_("Basket"))
        self.cart = CartState()
        self.flash_id = 0
        self.setItemDelegate(LineDelegate(self))
        self.setLayoutMode(QListView.LayoutMode.SinglePass)
        self.bar = LineActions(self.viewport())
        self.bar.hide()
        self.bar.act.connect(self.act)
        self._flash = QTimer(self)
        self._flash.setSingleShot(True)
        self._flash.setInterval(FLASH_MS)
        self._flash.timeout.connect(self._flash_over)
        self.verticalScrollBar().valueChanged.connect(self._place_bar)

    def show_state(self, state: CartState) -> None:
        """Draws a basket: only rows that changed are painted anew."""
        before = self.cart
        self.cart = state
        self.model_.set_rows(state.lines)
        row = self.row_of(state.selected)
        if state.selected != before.selected or state.paying != before.paying:
            self.scheduleDelayedItemsLayout()  # the marked line is the higher one
        # Without a mark there is no current row, and while paying there is nothing to mark.
        self.setCurrentIndex(self.model_.index(row))
        if state.paying != before.paying:
            policy = Qt.FocusPolicy.NoFocus if state.paying else Qt.FocusPolicy.StrongFocus
            self.setFocusPolicy(policy)
        if state.fresh and state.lines is not before.lines:
            self.flash_id = state.fresh
            self._flash.start()
        self.executeDelayedItemsLayout()
        if row >= 0 and (state.fresh or state.selected != before.selected):
            self.scrollTo(self.model_.index(row))
        self._place_bar()
        self.viewport().update()

    def row_of(self, line_id: int) -> int:
        """The row of a line, -1 where it has none."""
        if not line_id:
            return -1
        lines = self.cart.lines
        if lines and lines[-1].line_id == line_id:
            return len(lines) - 1
        return next((row for row, line in enumerate(lines) if line.line_id == line_id), -1)

    def expanded(self, line_id: int) -> bool:
        """True where the line shows its buttons."""
        return line_id == self.cart.selected and not self.cart.paying

    def _flash_over(self) -> None:
        self.flash_id = 0
        self.viewport().update()

    def _place_bar(self) -> None:
        row = self.row_of(self.cart.selected)
        if row < 0 or self.cart.paying:
            self.bar.hide()
            return
        area = self.visualRect(self.model_.index(row))
        top = area.bottom() - ACTIONS + 1
        self.bar.setGeometry(0, top, self.viewport().width(), ACTIONS)
        self.bar.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.executeDelayedItemsLayout()
        marked = self.model_.index(max(0, self.row_of(self.cart.selected)))
        area = self.visualRect(marked)
        if self.cart.selected and area.bottom() > 0 and area.top() < event.oldSize().height():
            self.scrollTo(marked)  # the totals grew: what was in sight stays so
        self._place_bar()

    def updateGeometries(self) -> None:
        super().updateGeometries()
        if hasattr(self, "bar"):
            self._place_bar()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A tap on the marked line's quantity asks for another one; it does not unmark it."""
        index = self.indexAt(event.position().toPoint())
        x = event.position().toPoint().x()
        across = self.viewport().width() - x if self.rtl() else x
        row = self.row_of(self.cart.selected)
        if index.isValid() and index.row() == row and across < INSET + 48:
            self.act.emit("quantity")
            return
        super().mouseReleaseEvent(event)

    def mark_first(self) -> None:
        """Marks the line scanned last, whose buttons are then the next stops."""
        if not self.cart.selected and not self.cart.paying:
            self.act.emit(f"key_{int(Qt.Key.Key_Up)}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # the window moves the mark, also when the list has no focus


class LineDelegate(QStyledItemDelegate):
    """A line: quantity box, name, detail, amount; a discount or a warning on a third line."""

    def __init__(self, basket: BasketList) -> None:
        super().__init__(basket)
        self.basket = basket

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        view: LineView = self.basket.model_.rows[index.row()]
        height = ROW
        height += EXTRA * (len(view.tags) + bool(view.warn))
        if view.note:
            height += 20
        if self.basket.expanded(view.line_id):
            height += ACTIONS
        return QSize(100, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view: LineView = index.data(VIEW)
        rect, rtl = QRect(option.rect), self.basket.rtl()
        chosen = self.basket.expanded(view.line_id)
        painter.save()
        paint.begin(painter)
        if chosen or view.line_id == self.basket.flash_id:
            painter.fillRect(rect, theme.color("primary_soft"))
        if chosen:
            bar = paint.mirrored(QRect(rect.left(), rect.top(), 3, rect.height()), rect, rtl=rtl)
            painter.fillRect(bar, theme.color("primary"))
            if self.basket.hasFocus():
                ring = rect.adjusted(2, 2, -2, -2)
                paint.box(painter, ring, theme.RADIUS, None, theme.color("focus"), 2)
        else:
            paint.hairline(painter, rect.left() + INSET, rect.right() - INSET, rect.bottom())

        def place(x: int, y: int, width: int, height: int) -> QRect:
            area = QRect(rect.left() + x, rect.top() + y, width, height)
            return paint.mirrored(area, rect, rtl=rtl)

        self._quantity(painter, place(INSET, 10, 40, 42), view, chosen=chosen)
        self._words(painter, rect, view, rtl=rtl)
        painter.restore()

    def _quantity(self, painter: QPainter, box: QRect, view: LineView, *, chosen: bool) -> None:
        if chosen:
            fill, edge = theme.color("surface"), theme.color("primary_line")
            paint.box(painter, box, 8, fill, edge, 1.2)
        else:
            paint.box(painter, box, 8, theme.color("sunken"))
        font = theme.font(16 if len(view.qty) <= 3 else 12, 600)
        paint.write(painter, box, view.qty, font, theme.color("text"), paint.CENTRE)

    def _words(self, painter: QPainter, rect: QRect, view: LineView, *, rtl: bool) -> None:
        strong, amount_font = theme.font(15, 600, tabular=False), theme.font(16, 700)
        start, end = INSET + 54, rect.width() - INSET
        wide = paint.width_of(view.total, amount_font)

        def place(x: int, y: int, width: int, height: int) -> QRect:
            area = QRect(rect.left() + x, rect.top() + y, width, height)
            return paint.mirrored(area, rect, rtl=rtl)

        ink = theme.color("text")
        area = place(end - wide, 10, wide, 24)
        paint.write(painter, area, view.total, amount_font, ink, paint.END, rtl=rtl)
        room = max(30, end - wide - 12 - start)
        if view.detail or view.struck:
            paint.write(painter, place(start, 10, room, 24), view.name, strong, ink, rtl=rtl)
        else:
            rows = paint.wrapped(view.name, strong, room, 2)
            top = 10 if len(rows) > 1 else 20
            for number, text in enumerate(rows):
                area = place(start, top + number * 20, room, 22)
                paint.write(painter, area, text, strong, ink, rtl=rtl)
        small = theme.font(13, 400)
        struck_width = 0
        if view.struck:
            struck_width = paint.width_of(view.struck, small)
            area = place(end - struck_width, 34, struck_width, 20)
            faint = theme.color("text3")
            paint.write(painter, area, view.struck, small, faint, paint.END, rtl=rtl)
            painter.fillRect(QRect(area.left(), area.center().y() + 1, area.width(), 1), faint)
            struck_width += 12
        if view.detail:
            area = place(start, 34, end - struck_width - start, 20)
            paint.write(painter, area, view.detail, small, theme.color("text2"), rtl=rtl)
        self._third_line(painter, rect, view, start, end, rtl=rtl)

    def _third_line(
        self, painter: QPainter, rect: QRect, view: LineView, start: int, end: int, *, rtl: bool
    ) -> None:
        y, font = 57, theme.font(13, 600)

        def place(x: int, width: int, height: int) -> QRect:
            area = QRect(rect.left() + x, rect.top() + y, width, height)
            return paint.mirrored(area, rect, rtl=rtl)

        if view.warn:
            width = min(end - start, paint.width_of(view.warn, font) + 22)
            paint.pill(painter, place(start, width, 22), view.warn, "warn_soft", "warn_ink")
            y += EXTRA
        ink = theme.color("ok_ink")
        for tag in view.tags:
            cut = paint.width_of(tag.cut, font)
            width = min(end - start - cut - 12, paint.width_of(tag.words, font) + 38)
            area = place(start, width, 22)
            paint.box(painter, area, 7, theme.color("ok_soft"))
            at = paint.mirrored(QRect(area.left() + 8, area.top(), 14, 22), area, rtl=rtl).center()
            icon = "tag" if tag.promotion else "badge-percent"
            icons.draw(painter, icon, at.x() + 1, at.y() + 1, 14, ink)
            inner = QRect(area.left() + 27, area.top(), width - 33, 22)
            inner = paint.mirrored(inner, area, rtl=rtl)
            paint.write(painter, inner, tag.words, font, ink, rtl=rtl)
            area = place(end - cut, cut, 22)
            paint.write(painter, area, tag.cut, font, ink, paint.END, rtl=rtl)
            y += EXTRA
        if view.note:
            area = place(start, end - start, 18)
            small = theme.font(13, 400)
            paint.write(painter, area, view.note, small, theme.color("text2"), rtl=rtl)
