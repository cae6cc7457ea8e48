"""Sheets that list: what waits to be sent, parked baskets, the last sales, everything else."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QScroller,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pos_app.presenters.connection import Attention, SyncState
from pos_app.presenters.finding import Chip
from pos_app.ui import keys, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import Card, Empty, Icon, Label, Notice, Pill, Rule
from pos_app.ui.lists import List, RowDelegate, ThinBar
from pos_app.ui.shell import LOOKS, Sheet
from pos_app.words import _, number

_ICONS = {
    "came_out": "check",
    "card_look": "eye",
    "card_back": "undo-2",
    "cases_show": "eye",
    "rejoin": "refresh-cw",
}
"""What stands on a button under Needs attention, by its act; a printer where none is named."""


class WaitingDelegate(RowDelegate):
    """Documents the hub has not confirmed."""

    def show_row(self, view: Any) -> tuple[str, str, str, str, str, str, Any]:
        return (view.icon, view.title, view.detail, view.amount, _("Saved here"), "off", view)


class FlowRow(QWidget):
    """Pills in rows that wrap."""

    def __init__(self, tone: str, icon: str) -> None:
        super().__init__()
        self.tone, self.icon = tone, icon
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)
        self.words: tuple[str, ...] = ()

    def show_words(self, words: tuple[str, ...]) -> None:
        """Other pills."""
        if words == self.words:
            return
        self.words = words
        while (item := self.column.takeAt(0)) is not None:
            row = item.layout()
            while row is not None and (inner := row.takeAt(0)) is not None:
                widget = inner.widget()
                if widget is not None:
                    widget.hide()
                    widget.deleteLater()
        row = self._row()
        taken = 0
        for text in words:
            pill = Pill(text, self.tone, self.icon)
            wide = pill.sizeHint().width() + 8
            if taken and taken + wide > 480:
                row = self._row()
                taken = 0
            row.insertWidget(row.count() - 1, pill)
            taken += wide

    def _row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        self.column.addLayout(row)
        return row


class AttentionRow(Card):
    """Something a person should do: what it is, and the buttons that do it."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("bad_soft", "")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.notice = Notice("bad", "triangle-alert")
        column.addWidget(self.notice)
        self.room = QWidget()
        row = QHBoxLayout(self.room)
        row.setContentsMargins(16, 0, 16, 14)
        row.setSpacing(theme.GAP)
        self.buttons = (Button(), Button())
        for place, button in enumerate(self.buttons):
            button.clicked.connect(lambda _checked=False, at=place: self._pressed(at))
            row.addWidget(button, 1)
        column.addWidget(self.room)
        self.acts: tuple[tuple[str, str], ...] = ()

    def show_what(self, what: Attention) -> None:
        """Another thing to do."""
        self.notice.say(what.title, what.detail)
        self.acts = what.actions
        self.room.setVisible(bool(what.actions))
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(what.actions))
            if place < len(what.actions):
                act, words = what.actions[place]
                button.icon_name = _ICONS.get(act) or _ICONS.get(act.rpartition("_")[0], "printer")
                button.say(words)

    def _pressed(self, place: int) -> None:
        if place < len(self.acts):
            self.act.emit(self.acts[place][0])


class Scrolled(QScrollArea):
    """Rows one under the other, as high as they are where there is room, else scrolled."""

    LOWEST = 132

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBar(ThinBar(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        viewport = QWidget()
        viewport.setAutoFillBackground(False)
        self.setViewport(viewport)
        self.rows = QWidget()
        self.rows.setAutoFillBackground(False)
        self.column = QVBoxLayout(self.rows)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)
        self.setWidget(self.rows)
        self.rows.setAutoFillBackground(False)  # setWidget turns it on
        QScroller.grabGesture(viewport, QScroller.ScrollerGestureType.TouchGesture)

    def sizeHint(self) -> QSize:
        width = self.width()
        high = self.column.heightForWidth(width) if self.column.hasHeightForWidth() else -1
        return QSize(200, high if high >= 0 else self.column.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(200, min(self.LOWEST, self.sizeHint().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()


class SyncSheet(Sheet):
    """What the pill means, in full."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("")
        self.mark = Icon("cloud-check", "ok", 26)
        self.head.insertWidget(0, self.mark)
        self.attention: list[AttentionRow] = []
        self.attention_room = Scrolled()
        self.body.addWidget(self.attention_room)
        self.works_label = Label(_("Works now"), 13, 600, "text2")
        self.works = FlowRow("ok", "check")
        self.later_label = Label(_("Back when online"), 13, 600, "text2")
        self.later = FlowRow("plain", "pause")
        for part in (self.works_label, self.works, self.later_label, self.later, Rule()):
            self.body.addWidget(part)
        head = QHBoxLayout()
        head.setSpacing(10)
        self.waiting_label = Label(_("Waiting to send"), 16, 600)
        self.count = Label("", 16, 600, "text2")
        self.oldest = Label("", 13, 500, "text2", across=paint.END)
        head.addWidget(self.waiting_label)
        head.addWidget(self.count)
        head.addStretch(1)
        head.addWidget(self.oldest)
        self.body.addLayout(head)
        self.list = List(_("Waiting to send"))
        self.list.setItemDelegate(WaitingDelegate(self.list))
        self.body.addWidget(self.list, 1)
        self.nothing = Empty("cloud-check", _("Nothing is waiting on this till."))
        self.body.addWidget(self.nothing, 1)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.contact = Label("", 13, 500, "text2", wrap=True)
        self.order = Label(
            _("Sent in order, each one once. The till tries again by itself."),
            *(13, 400, "text3"),
            wrap=True,
        )
        words.addWidget(self.contact)
        words.addWidget(self.order)
        self.foot.addLayout(words, 1)
        self.try_now = Button(_("Try now"), icon="refresh-cw")
        self.try_now.clicked.connect(lambda: self.act.emit("try_now"))
        self.foot.addWidget(self.try_now)
        self.rule.show()

    def show_state(self, state: SyncState) -> None:
        """Draws the state of the line."""
        self.say(state.title, state.detail)
        self.mark.show_icon(LOOKS[state.look][0], LOOKS[state.look][5])
        self._attention(state)
        self.works.show_words(state.works)
        self.later.show_words(state.later)
        for part in (self.later_label, self.later):
            part.setVisible(bool(state.later))
        waiting = bool(state.waiting)
        parts = (number(state.waiting_count), state.waiting_amount)
        count = " \u00b7 ".join(filter(None, parts)) if waiting else ""
        self.count.say(count)
        self.oldest.say(state.oldest)
        self.waiting_label.setVisible(waiting)
        self.list.setVisible(waiting)
        self.nothing.setVisible(not waiting)
        self.nothing.disc.show_icon(LOOKS[state.look][0], "ok" if state.look == "online" else "off")
        self.list.set_rows(state.waiting)
        contact = f"{state.contact} {state.catalogue}".strip()
        self.contact.say(contact)
        self.try_now.say(state.try_now, enabled=state.can_try)

    def _attention(self, state: SyncState) -> None:
        while len(self.attention) < len(state.attention):
            row = AttentionRow()
            row.act.connect(self.act)
            self.attention.append(row)
            self.attention_room.column.addWidget(row)
        for place, row in enumerate(self.attention):
            row.setVisible(place < len(state.attention))
            if place < len(state.attention):
                row.show_what(state.attention[place])
        self.attention_room.setVisible(bool(state.attention))
        self.attention_room.updateGeometry()


MORE: tuple[tuple[str, str, str], ...] = (
    ("sale_discount", "badge-percent", "sale_discount"),
    ("custom", "pencil", "custom"),
    ("coupon", "percent", ""),
    ("look", "tag", ""),
    ("product", "info", "product"),
    ("reprint", "printer", "reprint"),
    ("sales", "receipt-text", "sales"),
    ("drawer", "inbox", "drawer"),
    ("cash_move", "arrow-left-right", ""),
    ("x_report", "receipt-text", ""),
    ("trial", "printer", ""),
    ("training", "hard-hat", ""),
    ("preferences", "settings", ""),
    ("help", "keyboard", "help"),
    ("cancel", "trash-2", ""),
)


class MoreSheet(Sheet):
    """Every act that has no room elsewhere."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__(_("More"))
        words = {
            "sale_discount": _("Sale discount"),
            "custom": _("Custom item"),
            "coupon": _("Coupon"),
            "look": _("Price check"),
            "product": _("About this product"),
            "reprint": _("Print the last receipt again"),
            "sales": _("Sales history"),
            "drawer": _("Open the drawer"),
            "cash_move": _("Cash in / out"),
            "x_report": _("X report"),
            "trial": _("Print a test page"),
            "training": _("Begin or end training"),
            "preferences": _("Settings"),
            "help": _("Show all keys"),
            "cancel": _("Cancel this sale"),
        }
        self.buttons: dict[str, Button] = {}
        grid = QGridLayout()
        grid.setSpacing(theme.GAP)
        for place, (action, icon, key) in enumerate(MORE):
            kind = "danger" if action == "cancel" else "plain"
            cap = keys.cap(key) if key else ""
            button = Button(words[action], kind, icon=icon, key=cap)
            button.clicked.connect(lambda _checked=False, what=action: self.act.emit(what))
            button.spread = True
            self.buttons[action] = button
            if action == "cancel":
                self.foot.addWidget(button, 1)  # apart from all that harms nothing
            else:
                button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
                grid.addWidget(button, *divmod(place, 2))
        self.body.addLayout(grid)
        self.body.addStretch(1)

    def show_open(self, *, filled: bool, line: bool) -> None:
        """What makes sense for the basket as it is."""
        for action in ("sale_discount", "cancel"):
            self.buttons[action].setEnabled(filled)
        self.buttons["product"].setEnabled(line)

    def first_focus(self) -> QWidget:
        return self.buttons["custom"]


class ShelvesSheet(Sheet):
    """Every shelf."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(_("All shelves"))
        self.column = QVBoxLayout()
        self.column.setSpacing(theme.GAP)
        self.body.addLayout(self.column)
        self.body.addStretch(1)
        self.buttons: list[Button] = []
        self.chips: tuple[Chip, ...] = ()

    def show_chips(self, chips: tuple[Chip, ...]) -> None:
        """Other shelves."""
        if chips == self.chips:
            return
        self.chips = chips
        for button in self.buttons:
            button.hide()
            button.deleteLater()
        self.buttons = []
        row = QHBoxLayout()
        for place, chip in enumerate(chips):
            if place % 2 == 0:
                row = QHBoxLayout()
                row.setSpacing(theme.GAP)
                self.column.addLayout(row)
            icon = "star" if chip.key == "favourites" else ""
            button = Button(chip.words, icon=icon)
            button.detail = chip.count
            button.setAccessibleDescription(chip.count)
            button.spread = True
            button.setCheckable(True)
            button.setChecked(chip.chosen)
            button.clicked.connect(lambda _checked=False, key=chip.key: self.chosen.emit(key))
            self.buttons.append(button)
            row.addWidget(button, 1)
