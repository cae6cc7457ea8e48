"""What both ends of a shift share: the head of the work area, the panel's head and foot, amounts."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from pos_app.presenters.counting import Money
from pos_app.ui import keys, paint, theme
from pos_app.ui.amounts import Amount
from pos_app.ui.buttons import Button
from pos_app.ui.counting import CountGrid
from pos_app.ui.labels import Ground, Label, Pill
from pos_app.ui.lists import ThinBar
from pos_app.ui.shell import SyncPill
from pos_app.words import _

INSET = theme.INSET
WORDS_FROM = 700
"""Width of the work area from which its buttons say their words, pixels."""
CAPS_FROM = 860
"""And from which they show the caps of their keys."""


class Top(QWidget):
    """Title, a line below it, buttons, the pill; narrow, the buttons are their icons."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(48)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.title = Amount(22, 700, across=paint.START, least=16)
        self.place = Label("", 13, 500, "text2", data=True)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.place)
        words.addStretch(1)
        row.addLayout(words, 1)
        self.buttons: dict[str, tuple[Button, str]] = {}
        self.small: set[str] = set()
        self.pill = SyncPill()
        row.addWidget(self.pill)
        self._row = row

    def add_button(
        self, act: str, words: str, icon: str, key: str = "", *, small: bool = False
    ) -> Button:
        """A button before the pill; its words, and the cap of its key where there is room.

        A `small` one is its icon at every width.
        """
        button = Button(words, icon=icon, key=keys.cap(key) if key else "")
        button.setToolTip(words)
        self.buttons[act] = (button, words)
        if small:
            self.small.add(act)
        self._row.insertWidget(self._row.count() - 1, button)
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        wide = self.width() >= WORDS_FROM
        for act, (button, words) in self.buttons.items():
            button.set_cap_shown(self.width() >= CAPS_FROM)
            shown = words if wide and act not in self.small else ""
            button.say(shown, enabled=button.isEnabled(), name=words)
            button.setMinimumWidth(button.height())


class ShiftWork(Ground):
    """The work area of a shift's end: a head, parts that differ, a count of the drawer."""

    act = Signal(str)

    def __init__(self, count: str) -> None:
        super().__init__("app")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(INSET, 12, INSET, INSET)
        self.column.setSpacing(12)
        self.top = Top()
        self.pill = self.top.pill
        self.column.addWidget(self.top)
        self.grid = CountGrid(count)

    def add_button(
        self, act: str, words: str, icon: str, key: str = "", *, small: bool = False
    ) -> Button:
        """A button of the head; it says `act`."""
        button = self.top.add_button(act, words, icon, key, small=small)
        button.clicked.connect(lambda: self.act.emit(act))
        return button

    def say_head(self, title: str, place: str) -> None:
        """What this is, and whose."""
        self.top.title.say(title)
        self.top.place.say(place)


class ShiftPanel(Ground):
    """The decision panel of a shift's end: number and state, a body, the one button."""

    act = Signal(str)

    def __init__(self, detail: str, words: str) -> None:
        super().__init__("surface", "start")
        column = QVBoxLayout(self)
        theme.margins(column, 1, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header(detail))
        self.scroller = Scroller()
        self.body = self.scroller.column
        self.body.setContentsMargins(INSET, 14, INSET, 12)
        self.body.setSpacing(10)
        column.addWidget(self.scroller, 1)
        column.addWidget(self._footer(words))

    def _header(self, detail: str) -> QWidget:
        header = Ground("surface", "bottom")
        header.setFixedHeight(72)
        row = QHBoxLayout(header)
        row.setContentsMargins(INSET, 0, INSET, 0)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.number = Label("", 19, 700)
        words.addStretch(1)
        words.addWidget(self.number)
        words.addWidget(Label(detail, 13, 500, "text2"))
        words.addStretch(1)
        row.addLayout(words, 1)
        self.state_pill = Pill(_("Draft"))
        row.addWidget(self.state_pill)
        return header

    def _footer(self, words: str) -> QWidget:
        footer = Ground("surface", "top")
        column = QVBoxLayout(footer)
        column.setContentsMargins(INSET, 12, INSET, 18)
        column.setSpacing(8)
        self.signed = Label("", 13, 500, "text2", wrap=True)
        self.signed.hide()
        column.addWidget(self.signed)
        self.finish = Button(words, "primary", key=keys.cap("finish"))
        self.finish.clicked.connect(lambda: self.act.emit("finish"))
        column.addWidget(self.finish)
        return footer


class Scroller(QScrollArea):
    """A column that scrolls where it is higher than its room."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBar(ThinBar(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        viewport = QWidget()
        viewport.setAutoFillBackground(False)
        self.setViewport(viewport)
        inside = QWidget()
        self.column = QVBoxLayout(inside)
        self.setWidget(inside)
        inside.setAutoFillBackground(False)

    def sizeHint(self) -> QSize:
        return QSize(120, 120)


class Account(QWidget):
    """Rows of names and amounts; a detail stands below its name."""

    def __init__(self, high: int = 22) -> None:
        super().__init__()
        self.high = high
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(2)
        self.rows: tuple[Money, ...] = ()

    def show_rows(self, rows: tuple[Money, ...]) -> None:
        """Other rows."""
        if rows == self.rows:
            return
        self.rows = rows
        while (item := self.column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row in rows:
            self.column.addWidget(self._row(row))
        self.setVisible(bool(rows))

    def _row(self, row: Money) -> QWidget:
        room = QWidget()
        line = QHBoxLayout(room)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        weight, ink = (600, "text") if row.strong else (400, "text2")
        words = QVBoxLayout()
        words.setSpacing(0)
        name = Label(row.label, 14, weight, ink, data=True)
        name.setMinimumHeight(self.high)
        words.addWidget(name)
        if row.detail:
            words.addWidget(Label(row.detail, 13, 400, "text3", data=True))
        line.addLayout(words, 1)
        amount = Label(row.amount, 14, 700 if row.strong else 500, across=paint.END)
        amount.setMinimumHeight(self.high)
        line.addWidget(amount, 0, Qt.AlignmentFlag.AlignTop)
        return room
