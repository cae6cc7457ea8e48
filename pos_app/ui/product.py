"""The sheet about one product: price strip, variants as a matrix of real buttons, what Enter does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.presenters.product import Fact, ProductState
from pos_app.ui import icons, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import TONES, Empty, Label
from pos_app.ui.lists_sheets import Scrolled
from pos_app.ui.matrix import MatrixGrid
from pos_app.ui.shell import Sheet
from pos_app.ui.store_rows import StoreRows
from pos_app.words import _

if TYPE_CHECKING:
    from pos_app.ui.window import Window

CHECK_MS = 15_000
"""A price check closes so long after the last key, tap or scan."""


class Picture(QWidget):
    """A product's icon on its ground."""

    def __init__(self) -> None:
        super().__init__()
        self.icon, self.tint = "package", ""
        self.setFixedSize(64, 64)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        back, ink = theme.tint(self.tint)
        paint.box(painter, self.rect(), 12, back)
        icons.draw(painter, self.icon, 32, 32, 36, ink, stroke=1.6)
        painter.end()


class Strip(QWidget):
    """A few values beside each other, each under its name."""

    def __init__(self) -> None:
        super().__init__()
        self.values: tuple[tuple[str, str, str], ...] = ()
        self.first_size = 20
        self.setFixedHeight(58)

    def show_values(self, values: tuple[tuple[str, str, str], ...], *, large: bool) -> None:
        """(name, value, look) each; look: text, ok, struck or off.

        `large`: the first is to be read from a distance.
        """
        self.values, self.first_size = values, 34 if large else 20
        self.setFixedHeight(84 if large else 58)
        self.setAccessibleName(", ".join(f"{name} {value}" for name, value, _look in values))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rect, rtl = self.rect(), self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        paint.box(painter, rect, 12, theme.color("subtle"), theme.color("border"))
        wide = rect.width() // max(1, len(self.values))
        for place, (name, value, look) in enumerate(self.values):
            cell = QRect(place * wide, 0, wide, rect.height())
            if place:
                line = paint.mirrored(QRect(cell.left(), 12, 1, rect.height() - 24), rect, rtl=rtl)
                painter.fillRect(line, theme.color("border"))
            size = self.first_size if place == 0 else 20
            top = (rect.height() - size - 26) // 2
            area = QRect(cell.left() + 16, top, wide - 20, 18)
            small = theme.font(13, 500)
            area = paint.mirrored(area, rect, rtl=rtl)
            paint.write(painter, area, name, small, theme.color("text2"), rtl=rtl)
            ink = theme.color({"ok": "ok_ink", "struck": "text3", "off": "off_ink"}.get(look, look))
            font = theme.font(size, 600 if look == "struck" else 700)
            area = QRect(cell.left() + 16, top + 19, wide - 20, size + 6)
            area = paint.mirrored(area, rect, rtl=rtl)
            paint.write(painter, area, value, font, ink, rtl=rtl)
            if look == "struck":
                across = min(area.width(), paint.width_of(value, font))
                line = QRect(area.left(), area.center().y() + 1, across, 2)
                painter.fillRect(paint.mirrored(line, area, rtl=rtl), ink)
        painter.end()


class Facts(QWidget):
    """Pills beside each other, in as many rows as they need."""

    HIGH, GAP = 28, 6

    def __init__(self) -> None:
        super().__init__()
        self.facts: tuple[Fact, ...] = ()
        self.setFixedHeight(self.HIGH)

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        """Other ones."""
        self.facts = facts
        self.setAccessibleName(", ".join(fact.words for fact in facts))
        self.setVisible(bool(facts))
        self._grow()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grow()

    def _grow(self) -> None:
        placed = self._placed()
        self.setFixedHeight(placed[-1].bottom() + 1 if placed else self.HIGH)

    def _placed(self) -> list[QRect]:
        """Where each stands, for left to right."""
        font, room = theme.font(13, 600), max(self.width(), 120)
        places, x, y = [], 0, 0
        for fact in self.facts:
            wide = min(paint.width_of(fact.words, font) + 42, room)
            if x and x + wide > room:
                x, y = 0, y + self.HIGH + self.GAP
            places.append(QRect(x, y, wide, self.HIGH))
            x += wide + self.GAP
        return places

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        font = theme.font(13, 600)
        for fact, place in zip(self.facts, self._placed(), strict=True):
            fill, ink = (theme.color(each) for each in TONES[fact.tone])
            area = paint.mirrored(place, self.rect(), rtl=rtl)
            paint.box(painter, area, 14, fill)
            icon = QRect(area.left() + 10, area.top(), 16, self.HIGH)
            at = paint.mirrored(icon, area, rtl=rtl).center()
            icons.draw(painter, fact.icon, at.x() + 1, at.y() + 1, 14, ink)
            words = QRect(area.left() + 30, area.top(), area.width() - 40, self.HIGH)
            words = paint.mirrored(words, area, rtl=rtl)
            paint.write(painter, words, fact.words, font, ink, rtl=rtl)
        painter.end()


class ProductSheet(Sheet):
    """About one product: price first, then how many of which variant, then what Enter does."""

    add = Signal()
    other = Signal()
    sell_from = Signal(str)
    variant = Signal(str)
    favourite = Signal()
    WIDTH = 566

    def __init__(self) -> None:
        super().__init__(_("Product"))
        self.picture = Picture()
        self.head.insertWidget(0, self.picture)
        self.codes = Label("", 13, 500, "text3", data=True)
        self.head_words.insertWidget(self.head_words.count() - 1, self.codes)
        self.star = Button("", icon="star", name=_("Favourite"))
        self.star.setFixedWidth(48)
        self.star.setCheckable(True)
        self.star.clicked.connect(self.favourite)
        place = self.head.indexOf(self.close_button)
        self.head.insertWidget(place, self.star, 0, Qt.AlignmentFlag.AlignTop)
        self.strip = Strip()
        self.body.addWidget(self.strip)
        self.matrix = MatrixGrid()
        self.matrix.chosen.connect(self.variant)
        self.matrix_room = Scrolled()
        self.matrix_room.column.addWidget(self.matrix)
        self.body.addWidget(self.matrix_room)
        self.facts = Facts()
        self.body.addWidget(self.facts)
        self.stores = StoreRows()
        self.stores.sell.connect(self.sell_from)
        self.body.addWidget(self.stores)
        self.unknown = Empty("scan-barcode", "")
        self.body.addWidget(self.unknown, 1)
        self.rest = QVBoxLayout()
        self.rest.addStretch(1)
        self.body.addLayout(self.rest)
        self.closes = Label("", 13, 500, "text3")
        self.body.addWidget(self.closes)
        self.go = Button("", "primary", key="Enter")
        self.go.clicked.connect(self.add)
        self.second = Button("", "plain")
        self.second.setFixedHeight(self.go.dress.height)
        self.second.clicked.connect(self.other)
        self.foot.addWidget(self.second, 1)
        self.foot.addWidget(self.go, 1)
        self.checking = False
        self.check_timer = QTimer(self)
        self.check_timer.setSingleShot(True)
        self.check_timer.setInterval(CHECK_MS)
        self.check_timer.timeout.connect(self.closed)

    def show_state(self, state: ProductState) -> None:
        """Another product, or another of its variants."""
        known = not state.unknown
        self.say(state.name or _("Price check"), state.detail)
        self.codes.say(state.codes if known else "")
        self.codes.setVisible(bool(state.codes) and known)
        self.picture.icon, self.picture.tint = state.icon, state.tint
        self.picture.update()
        self.star.setVisible(known and not state.look_only)
        self.star.setChecked(state.favourite)
        self.star.setAccessibleName(
            _("Take off the favourites") if state.favourite else _("Put among the favourites")
        )
        values = [(_("Price now"), state.price, "text")]
        if state.was:
            values.append((_("Before"), state.was, "struck"))
        if state.lowest:
            values.append((_("Lowest in 30 days"), state.lowest, "text2"))
        values.append((_("Stock"), state.stock, "off" if state.stock_none else "text"))
        if state.in_all:
            values.append((_("In all variants"), state.in_all, "text2"))
        self.strip.show_values(tuple(values), large=state.checking)
        self.strip.setVisible(known)
        self.matrix.show_matrix(state.matrix)
        self.matrix_room.setVisible(bool(state.matrix.rows))
        self.matrix_room.updateGeometry()
        self.facts.show_facts(state.facts)
        self.stores.show_stores(state.stores, can_sell=not state.look_only)
        self.unknown.setVisible(not known)
        self.unknown.say(state.unknown, state.codes)
        self.closes.say(_("Closes by itself. Scan the next one at any time."))
        self.closes.setVisible(state.checking)
        self.go.setVisible(known)
        self.second.setVisible(known and bool(state.other))
        self.second.say(state.other)
        plain = state.can_sell and not state.other
        amount = state.price if plain else ""
        self.go.say(state.add, amount, reason=state.add, enabled=state.can_sell)
        self.checking = state.checking
        self.used()

    def used(self) -> None:
        """Somebody looks at it still: a price check closes 15 s from now."""
        if self.checking:
            self.check_timer.start(CHECK_MS)
        else:
            self.check_timer.stop()

    def first_focus(self) -> QWidget:
        cell = self.matrix.focus_cell()
        if cell is not None and not self.checking and not self.matrix_room.isHidden():
            return cell
        return self.go if self.go.isEnabled() and not self.go.isHidden() else self.close_button

    def confirm(self) -> None:
        """Enter: sells it."""
        if self.go.isEnabled() and not self.go.isHidden():
            self.add.emit()


def acts(window: Window) -> dict[str, Callable[[], Any]]:
    """The acts about a product."""

    def product() -> None:
        line = window.selling.line()
        if line is not None and line.sku:
            window.about.show(line.sku)
        else:
            window.toast(_("Choose a line first."))

    def add() -> None:
        window.about.add()
        if window.finding.state.text:
            window.screens.sell_work.clear_search()

    return {"product": product, "add_product": add}
