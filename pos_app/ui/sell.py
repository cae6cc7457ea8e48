"""The work area of Sell: search, shelves, product grid, and the acts of the bottom bar."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.presenters.finding import Chip, FindState
from pos_app.ui import keys, theme
from pos_app.ui.buttons import Button
from pos_app.ui.fields import Field
from pos_app.ui.labels import Empty, Ground, Icon
from pos_app.ui.shell import SyncPill
from pos_app.ui.tiles import TileGrid
from pos_app.words import _

INSET = theme.INSET
LOW = 740
"""A window lower than this shows its shelves behind one button."""
_LINE_KEYS = {int(Qt.Key.Key_Plus): "more_pieces", int(Qt.Key.Key_Minus): "fewer_pieces"}


class ChipRow(QWidget):
    """Shelves in one row; those that do not fit are behind the last button."""

    chosen = Signal(str)
    all_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(48)
        self.chips: tuple[Chip, ...] = ()
        self.buttons: list[Button] = []
        self.all = Button("", icon="layout-grid", name=_("All shelves"), parent=self)
        self.all.clicked.connect(self.all_asked)

    def show_chips(self, chips: tuple[Chip, ...]) -> None:
        """Other shelves, or another one chosen."""
        if chips == self.chips:
            return
        self.chips = chips
        while len(self.buttons) < len(chips):
            self._add_button()
        for chip, button in zip(chips, self.buttons, strict=False):
            icon = "star" if chip.key == "favourites" else ""
            if (icon, chip.count) != (button.icon_name, button.detail):
                button.icon_name, button.detail = icon, chip.count
                button.setAccessibleDescription(chip.count)
                button.update()
            button.say(chip.words)
            button.setChecked(chip.chosen)
        self._place()

    def _add_button(self) -> None:
        place = len(self.buttons)
        button = Button("", "chip", parent=self)
        button.setCheckable(True)
        button.clicked.connect(lambda: self._pressed(place))
        self.buttons.append(button)

    def _pressed(self, place: int) -> None:
        self.buttons[place].setChecked(True)
        self.chosen.emit(self.chips[place].key)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def sizeHint(self) -> QSize:
        return QSize(300, 48)

    def _place(self) -> None:
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        width = self.width()
        x, room = 0, width - 48 - theme.GAP
        order = sorted(
            range(len(self.chips)), key=lambda at: (not self.chips[at].chosen, at)
        )  # the chosen one is always seen
        fitting: set[int] = set()
        taken = 0
        for place in order:
            wide = self.buttons[place].sizeHint().width()
            if taken + wide <= room:
                fitting.add(place)
                taken += wide + theme.GAP
        for place, button in enumerate(self.buttons):
            button.setVisible(place in fitting)
            if place in fitting:
                wide = button.sizeHint().width()
                left = width - x - wide if rtl else x
                button.setGeometry(left, 0, wide, 48)
                x += wide + theme.GAP
        self.all.setGeometry(0 if rtl else width - 48, 0, 48, 48)


class SellWork(Ground):
    """Search, shelves and products. `act` says what was pressed in the bottom bar."""

    act = Signal(str)
    typed = Signal(str)
    chose = Signal(int)
    nearby = Signal(int)

    BAR = (
        ("sale_discount", "badge-percent"),
        ("gift_card", "gift"),
        ("custom", "pencil"),
        ("look", "tag"),
        ("reprint", "printer"),
        ("drawer", "inbox"),
    )

    def __init__(self) -> None:
        super().__init__("app")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(12)
        top = QHBoxLayout()
        top.setContentsMargins(INSET, 0, INSET, 0)
        top.setSpacing(12)
        self.search = Field(
            _("Search products"),
            _("Scan or search products"),
            icon="search",
            key=keys.cap("search"),
        )
        self.clear = Button("", "bare", icon="x", name=_("Clear the search"))
        self.clear.setFixedSize(48, 48)
        self.clear.clicked.connect(self.clear_search)
        self.search.add_tail(self.clear)
        self.clear.hide()
        self.reader = Icon("scan-barcode", "text2", 22)
        self.search.add_tail(self.reader)
        self.search.edit.textEdited.connect(self.typed)
        self.search.edit.installEventFilter(self)
        self.pill = SyncPill()
        self.filter = Button("", "chip", icon="layout-grid", name=_("All shelves"))
        self.filter.clicked.connect(lambda: self.act.emit("shelves"))
        self.filter.hide()
        top.addWidget(self.search, 1)
        top.addWidget(self.filter)
        top.addWidget(self.pill)
        column.addLayout(top)
        self.chips = ChipRow()
        self.chip_room = QWidget()
        chip_row = QHBoxLayout(self.chip_room)
        chip_row.setContentsMargins(INSET, 0, INSET, 0)
        chip_row.addWidget(self.chips)
        column.addWidget(self.chip_room)
        column.addSpacing(4)
        self.pages = QStackedWidget()
        self.grid = TileGrid(_("Products"))
        self.grid.chosen.connect(self.chose)
        self.grid.nearby.connect(self.nearby)
        self.grid.typed.connect(self._typed_in_grid)
        self.empty = Empty("search", "")
        room = QWidget()
        self.grid_row = QHBoxLayout(room)
        self.grid_row.addWidget(self.grid)
        self.pages.addWidget(room)
        self.pages.addWidget(self.empty)
        column.addWidget(self.pages, 1)
        column.addWidget(self._bottom())
        self._fit_margins()

    def _bottom(self) -> QWidget:
        bar = Ground("app", "top")
        bar.setFixedHeight(72)
        row = QHBoxLayout(bar)
        row.setContentsMargins(INSET, 0, INSET, 0)
        row.setSpacing(theme.GAP)
        words = {
            "sale_discount": _("Sale discount"),
            "gift_card": _("Gift card"),
            "custom": _("Custom item"),
            "look": _("Price check"),
            "reprint": _("Reprint last"),
            "drawer": _("Open drawer"),
            "more": _("More"),
        }
        self.bar: dict[str, Button] = {}
        for action, icon in (*self.BAR, ("more", "ellipsis")):
            button = Button(words[action], icon=icon)
            button.clicked.connect(lambda _checked=False, what=action: self.act.emit(what))
            self.bar[action] = button
            row.addWidget(button, 1)
        self.bar["more"].hide()
        self.bar["look"].setCheckable(True)
        return bar

    def set_compact(self, *, compact: bool) -> None:
        """Narrow windows show three acts and More."""
        for action in ("look", "reprint", "drawer"):
            self.bar[action].setVisible(not compact)
        self.bar["more"].setVisible(compact)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        low = event.size().height() < LOW
        if low == self.chip_room.isHidden():
            return
        self.chip_room.setVisible(not low)
        self.filter.setVisible(low)

    def show_state(self, state: FindState) -> None:
        """Draws what was found."""
        if self.search.text != state.text.strip():
            self.search.edit.setText(state.text)
        self.clear.setVisible(bool(state.text))
        self.chips.show_chips(state.chips)
        chosen = next((chip for chip in state.chips if chip.chosen), None)
        self.filter.say(chosen.words if chosen is not None else _("All shelves"))
        self.grid.set_tiles(state.tiles, mark_first=bool(state.text.strip()))
        self.pages.setCurrentIndex(1 if state.nothing else 0)
        if state.nothing:
            self.empty.say(state.nothing, state.nothing_detail)
        if state.looking != self.bar["look"].isChecked():
            self.bar["look"].setChecked(state.looking)

    def remark(self, state: FindState, times: int) -> None:
        """What stands in the search field beside the text."""
        note = _("Price check") if state.looking and not state.found else state.found
        self.search.remark(note, f"{times} \u00d7" if times > 1 else "")

    def clear_search(self) -> None:
        """An empty search field."""
        self.search.edit.clear()
        self.typed.emit("")
        self.search.edit.setFocus()

    def _typed_in_grid(self, event: QKeyEvent) -> None:
        self.search.edit.setFocus()
        self.search.edit.insert(event.text())
        self.typed.emit(self.search.edit.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key == Qt.Key.Key_Down and self.grid.model_.rows:
                self.grid.setFocus(Qt.FocusReason.TabFocusReason)
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                index = self.grid.currentIndex()
                if self.search.text and index.isValid():
                    self.chose.emit(index.row())
                elif self.search.text:
                    self.act.emit("typed_code")
                return True
            if not self.search.edit.text() and key in (
                Qt.Key.Key_Plus,
                Qt.Key.Key_Minus,
                Qt.Key.Key_Delete,
                Qt.Key.Key_Up,
            ):
                self.act.emit(_LINE_KEYS.get(key, f"key_{int(key)}"))
                return True
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._fit_margins()

    def _fit_margins(self) -> None:
        """The grid's last gap and its scroll bar lie in the inset."""
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        start, end = INSET, INSET - 12 - 2  # Qt wraps a row that fills the width to the last pixel
        self.grid_row.setContentsMargins(end if rtl else start, 0, start if rtl else end, 0)
