"""Variants as a matrix of real buttons: colours down, sizes across; the arrows move the choice."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from pos_app.presenters.variants import Cell, Matrix
from pos_app.ui import paint, theme
from pos_app.words import _

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
