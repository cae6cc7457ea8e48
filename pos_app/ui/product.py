"""The sheet about one product: price strip, variants as a matrix of real buttons, what Enter does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from pos_app.presenters.product import Fact, ProductState
from pos_app.presenters.variants import Cell, Matrix
from pos_app.ui import icons, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import TONES, Empty, Label
from pos_app.ui.lists_sheets import Scrolled
from pos_app.ui.shell import Sheet
from pos_app.ui.store_rows import StoreRows
from pos_app.words import _

if TYPE_CHECKING:
    from pos_app.ui.window import Window

CHECK_MS = 15_000
"""A price check closes so long after the last key, tap or scan."""
LABEL = 88
CELL, CELL_GAP, WIDEST_CELL = 48, 8, 68
HEAD = 26
FLAT_COLUMNS = 5
_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


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


class CellButton(QAbstractButton):
    """A variant: how many are here, large; under it what else is worth saying."""

    moved = Signal(int, int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.cell: Cell | None = None
        self.flat = False
        self.setCheckable(True)

    def show_cell(self, cell: Cell | None, *, flat: bool) -> None:
        """Another variant; None for a combination that does not exist."""
        self.cell, self.flat = cell, flat
        self.setEnabled(cell is not None)
        self.setChecked(cell is not None and cell.chosen)
        chosen = cell is not None and cell.chosen
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if chosen else Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(cell.spoken if cell is not None else _("Not made"))
        self.update()

    def nextCheckState(self) -> None:
        """Which one is chosen is said by the presenter."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(*step)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rect, cell = self.rect(), self.cell
        if cell is None:
            paint.box(painter, rect, 10, theme.color("sunken"))
            ink = theme.color("text3")
            paint.write(painter, rect, "\u2013", theme.font(15, 500), ink, paint.CENTRE)
            painter.end()
            return
        if self.isChecked():
            fill, edge, width = theme.color("primary_soft"), theme.color("primary"), 2.0
        else:
            fill = theme.color("sunken" if self.isDown() else "surface")
            edge, width = theme.color("border2"), 1.2
        paint.box(painter, rect, 10, fill, edge, width)
        faint = cell.none or cell.here == "?"
        token = "primary_ink" if self.isChecked() else "text2" if faint else "text"
        main, note = cell.here, cell.note
        if self.flat:
            main = cell.name
            note = cell.note or (_("{count} here").format(count=cell.here) if not faint else "")
            note = note or ("0" if cell.none else "")
        size = 15 if self.flat else 17
        font = theme.font(size, 700)
        while size > 12 and paint.width_of(main, font) > rect.width() - 8:
            size -= 1
            font = theme.font(size, 600)
        area = QRect(0, 5, rect.width(), 22) if note else rect
        paint.write(painter, area, main, font, theme.color(token), paint.CENTRE)
        if note:
            area = QRect(2, 26, rect.width() - 4, 17)
            token = "primary_ink" if self.isChecked() else "text2"
            paint.write(painter, area, note, theme.font(12, 500), theme.color(token), paint.CENTRE)
        painter.end()


class MatrixGrid(QWidget):
    """Colours down, sizes across (or the other way round); the arrows move the choice."""

    chosen = Signal(str)
    LABEL, WIDEST = LABEL, WIDEST_CELL
    """How wide the names of the rows stand, and a cell at most."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix = Matrix()
        self.cells: list[CellButton] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Sizes and colours"))

    @property
    def flat(self) -> bool:
        """True where variants differ in one thing only."""
        return not self.matrix.columns

    def corner(self) -> str:
        """What the large numbers are."""
        return _("Here")

    def show_matrix(self, matrix: Matrix) -> None:
        """Other variants, or another one chosen."""
        held = any(each.hasFocus() for each in self.cells)
        same = [len(row) for _name, row in matrix.rows] == [
            len(row) for _name, row in self.matrix.rows
        ]
        self.matrix = matrix
        wanted = [cell for _name, row in matrix.rows for cell in row]
        while len(self.cells) < len(wanted):
            button = CellButton(self)
            place = len(self.cells)
            button.clicked.connect(lambda _checked=False, at=place: self._pressed(at))
            button.moved.connect(lambda x, y, at=place: self._moved(at, x, y))
            self.cells.append(button)
        for place, button in enumerate(self.cells):
            button.setVisible(place < len(wanted))
            if place < len(wanted):
                button.show_cell(wanted[place], flat=self.flat)
        if not same:
            self._place()
        self.updateGeometry()
        self.update()
        focus = self.focus_cell()
        if held and focus is not None:
            focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_cell(self) -> CellButton | None:
        """The chosen one."""
        return next((each for each in self.cells if each.isChecked() and each.isEnabled()), None)

    def _count(self) -> int:
        return len(self.matrix.rows[0][1]) if self.matrix.rows else 0

    def _columns(self) -> int:
        return FLAT_COLUMNS if self.flat else len(self.matrix.columns)

    def _rows(self) -> int:
        if self.flat:
            return -(-self._count() // FLAT_COLUMNS)
        return len(self.matrix.rows)

    def _label(self) -> int:
        return 0 if self.flat else self.LABEL

    def _cell_width(self) -> int:
        count = max(1, self._columns())
        room = (self.width() - self._label() + CELL_GAP) // count - CELL_GAP
        return room if self.flat else max(CELL, min(self.WIDEST, room))

    def _pressed(self, place: int) -> None:
        cell = self.cells[place].cell
        if cell is not None:
            self.chosen.emit(cell.sku)

    def _moved(self, place: int, x: int, y: int) -> None:
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            x = -x
        columns = self._columns()
        row, column = divmod(place, columns)
        while True:
            row, column = row + y, column + x
            at = row * columns + column
            inside = 0 <= row < self._rows() and 0 <= column < columns
            if not inside or at >= sum(len(each) for _name, each in self.matrix.rows):
                return
            if self.cells[at].cell is not None:
                self.cells[at].setFocus(Qt.FocusReason.OtherFocusReason)
                self._pressed(at)
                return

    def sizeHint(self) -> QSize:
        head = 0 if self.flat else HEAD
        return QSize(300, head + self._rows() * (CELL + CELL_GAP))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _area(self, row: int, column: int) -> QRect:
        wide, head = self._cell_width(), 0 if self.flat else HEAD
        x = self._label() + column * (wide + CELL_GAP)
        area = QRect(x, head + row * (CELL + CELL_GAP), wide, CELL)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        return paint.mirrored(area, self.rect(), rtl=rtl)

    def _place(self) -> None:
        columns = max(1, self._columns())
        for place, button in enumerate(self.cells):
            button.setGeometry(self._area(*divmod(place, columns)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.flat:
            return
        painter = QPainter(self)
        paint.begin(painter)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        faint, strong = theme.font(13, 500), theme.font(14, 600, tabular=False)
        corner = paint.mirrored(QRect(0, 0, self.LABEL - 6, HEAD - 6), self.rect(), rtl=rtl)
        paint.write(painter, corner, self.corner(), faint, theme.color("text2"), rtl=rtl)
        for column, name in enumerate(self.matrix.columns):
            area = self._area(0, column)
            area = QRect(area.left() - 2, 0, area.width() + 4, HEAD - 6)
            font = theme.font(13, 600, tabular=False)
            paint.write(painter, area, name, font, theme.color("text2"), paint.CENTRE)
        names = [name for name, _row in self.matrix.rows]
        dots = all(_swatch(name) is not None for name in names)
        for row, name in enumerate(names):
            top = HEAD + row * (CELL + CELL_GAP)
            start = 0
            swatch = _swatch(name) if dots else None
            if swatch is not None:
                dot = paint.mirrored(QRect(1, top, 16, CELL), self.rect(), rtl=rtl).center()
                around = QRect(dot.x() - 7, dot.y() - 7, 16, 16)
                paint.box(painter, around, 8, swatch, theme.color("border2"))
                start = 25
            area = QRect(start, top, self.LABEL - start - 6, CELL)
            area = paint.mirrored(area, self.rect(), rtl=rtl)
            paint.write(painter, area, name, strong, theme.color("text"), rtl=rtl)
        painter.end()


def _swatch(name: str) -> QColor | None:
    """The colour a name is for, where everybody knows it by that name."""
    plain = name.casefold().replace(" ", "")
    return QColor.fromString(plain) if plain and QColor.isValidColorName(plain) else None


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
        self.stores.show_stores(state.stores)
        self.unknown.setVisible(not known)
        self.unknown.say(state.unknown, state.codes)
        self.closes.say(_("Closes by itself. Scan the next one at any time."))
        self.closes.setVisible(state.checking)
        self.go.setVisible(known)
        amount = state.price if state.can_sell else ""
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
