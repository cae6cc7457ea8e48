"""The sheet of settings: five pages of choices, texts, buttons, keys and facts."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.presenters.connection import Attention
from pos_app.presenters.preferences import (
    DEVICES,
    KEYS,
    LOOKS,
    TILL,
    WORK,
    Item,
    PreferencesState,
)
from pos_app.ui import keys, paint
from pos_app.ui.buttons import Button, Segment
from pos_app.ui.fields import Field
from pos_app.ui.labels import Label, Notice
from pos_app.ui.lists_sheets import AttentionRow, Scrolled
from pos_app.ui.shell import Sheet
from pos_app.words import _

SHORT = 18
"""Characters of a choice that three of find room for in a row."""
LONG = 28
"""Of one that takes a row of its own."""
_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)


class PreferencesSheet(Sheet):
    """Draws a page; a page of the same rows keeps its widgets, so nothing jumps or loses focus."""

    chose = Signal(str, str)
    typed = Signal(str, str)
    act = Signal(str)
    done = Signal(str)
    """An act of the window: what needed somebody is being done."""
    key = Signal(str)
    waiting = ""
    """The action whose key is waited for; Qt asks for it before `__init__` is through."""

    def __init__(self) -> None:
        super().__init__(_("Settings"))
        pages = [
            (LOOKS, _("Looks"), ""),
            (DEVICES, _("Devices"), ""),
            (WORK, _("Work"), ""),
            (KEYS, _("Keys"), ""),
            (TILL, _("This till"), ""),
        ]
        self.segment = Segment(pages, _("Pages of the settings"))
        for page, button in self.segment.buttons.items():
            button.clicked.connect(lambda _checked=False, what=page: self.chose.emit("page", what))
        self.body.addWidget(self.segment)
        self.problem = Notice("warn", "circle-alert")
        self.body.addWidget(self.problem)
        self.saved = Label("", 13, 600, "ok_ink")
        self.body.addWidget(self.saved)
        self.scrolled = Scrolled()
        self.body.addWidget(self.scrolled, 1)
        self.body.addStretch(0)
        self.at = ""
        self.rows: dict[str, _Row] = {}
        self._shape: tuple[object, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_state(self, state: PreferencesState) -> None:
        """Draws the page."""
        self.segment.choose(state.page)
        self.segment.setVisible(not state.alone)
        self.at = state.at
        self.problem.say(state.problem)
        self.saved.say(state.saved)
        self.saved.setVisible(bool(state.saved))
        shape = tuple((item.kind, item.name, item.title, item.options) for item in state.items)
        if shape != self._shape:
            self._shape = shape
            self._build(state.items)
        self.waiting = state.waiting
        for item in state.items:
            self.rows[item.name].show_item(item, waiting=item.name == state.waiting)
        if state.waiting:
            self.setFocus()

    def _build(self, items: tuple[Item, ...]) -> None:
        for row in self.rows.values():
            row.hide()
            row.deleteLater()
        self.rows = {}
        for item in items:
            made = _KINDS[item.kind](item, self)
            self.rows[item.name] = made
            self.scrolled.column.addWidget(made)
        self.scrolled.updateGeometry()

    def event(self, event: QEvent) -> bool:
        """A key that is waited for is no shortcut."""
        if self.waiting and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.waiting or event.key() in _MODIFIERS:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.key.emit("")
        else:
            chord = QKeySequence(event.keyCombination())
            self.key.emit(chord.toString(QKeySequence.SequenceFormat.PortableText))

    def first_focus(self) -> QWidget:
        row = self.rows.get(self.at)
        if isinstance(row, _ChoiceRow):
            self.scrolled.ensureWidgetVisible(row)
            return next(each for each in row.buttons.values() if each.isChecked())
        return self.segment.buttons[LOOKS] if not self.segment.isHidden() else self.close_button


class _Row(QWidget):
    """A row of the page."""

    def __init__(self, item: Item, sheet: PreferencesSheet) -> None:
        super().__init__()
        self.sheet, self.name = sheet, item.name

    def show_item(self, item: Item, *, waiting: bool) -> None:
        """Its value now."""


class _ChoiceRow(_Row):
    """A title and its choices, three in a row."""

    COLUMNS = 3

    def __init__(self, item: Item, sheet: PreferencesSheet) -> None:
        super().__init__(item, sheet)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(Label(item.title, 13, 600, "text2"))
        head.addStretch(1)
        if item.detail:
            head.addWidget(Label(item.detail, 13, 400, "text3", across=paint.END))
        column.addLayout(head)
        grid = QGridLayout()
        grid.setSpacing(8)
        self.buttons: dict[str, Button] = {}
        longest = max((len(option.words) for option in item.options), default=0)
        columns = 2 if len(item.options) in (2, 4) or longest > SHORT else self.COLUMNS
        columns = 1 if longest > LONG else columns
        for place, option in enumerate(item.options):
            button = Button(option.words, name=f"{item.title}: {option.words}")
            button.setCheckable(True)
            button.clicked.connect(lambda _on=False, what=option.value: self._pressed(what))
            self.buttons[option.value] = button
            grid.addWidget(button, place // columns, place % columns)
        column.addLayout(grid)

    def _pressed(self, value: str) -> None:
        self.buttons[value].setChecked(True)
        self.sheet.chose.emit(self.name, value)

    def show_item(self, item: Item, *, waiting: bool) -> None:  # noqa: ARG002 - a key's alone
        for value, button in self.buttons.items():
            button.setChecked(value == item.value)


class _SwitchesRow(_ChoiceRow):
    """Choices of which any number holds."""

    def _pressed(self, value: str) -> None:
        self.sheet.chose.emit(self.name, value)

    def show_item(self, item: Item, *, waiting: bool) -> None:  # noqa: ARG002 - a key's alone
        on = item.value.split()
        for option in item.options:
            button = self.buttons[option.value]
            button.setChecked(option.value in on)
            state = _("on") if option.value in on else _("off")
            button.icon_name = "check" if option.value in on else "x"
            button.say(option.words, name=f"{item.title}: {option.words}, {state}")


class _AttentionRow(_Row):
    """Something a person should do, as the sheet of the line shows it."""

    def __init__(self, item: Item, sheet: PreferencesSheet) -> None:
        super().__init__(item, sheet)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        self.row = AttentionRow()
        self.row.act.connect(sheet.done)
        column.addWidget(self.row)

    def show_item(self, item: Item, *, waiting: bool) -> None:  # noqa: ARG002 - a key's alone
        acts = tuple((option.value, option.words) for option in item.options)
        self.row.show_what(Attention(item.title, item.detail, acts))


class _TextRow(_Row):
    """A title and a field; finished by Enter or by leaving it."""

    def __init__(self, item: Item, sheet: PreferencesSheet) -> None:
        super().__init__(item, sheet)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(4)
        column.addWidget(Label(item.title, 13, 600, "text2"))
        self.field = Field(item.title, item.detail)
        self.field.edit.editingFinished.connect(self._finished)
        column.addWidget(self.field)
        self._shown: str | None = None

    def _finished(self) -> None:
        if self.field.text != self._shown:
            self._shown = self.field.text
            self.sheet.typed.emit(self.name, self.field.text)

    def show_item(self, item: Item, *, waiting: bool) -> None:  # noqa: ARG002 - a key's alone
        if item.value != self._shown and not self.field.edit.hasFocus():
            self._shown = item.value
            self.field.edit.setText(item.value)


class _ButtonRow(_Row):
    """A button, and what it is about."""

    def __init__(self, item: Item, sheet: PreferencesSheet) -> None:
        super().__init__(item, sheet)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(4)
        self.button = Button(item.title)
        self.button.clicked.connect(lambda: sheet.act.emit(self.name))
        column.addWidget(self.button)
        self.detail = Label("", 13, 400, "text2", wrap=True)
        column.addWidget(self.detail)

    def show_item(self, item: Item, *, waiting: bool) -> None:  # noqa: ARG002 - a key's alone
        self.button.say(item.title, item.value)
        self.detail.say(item.detail)
        self.detail.setVisible(bool(item.detail))


class _KeyRow(_Row):
    """An action and its key; pressed, it waits for another one."""

    def __init__(self, item: Item, sheet: PreferencesSheet) -> None:
        super().__init__(item, sheet)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.button = Button(item.title)
        self.button.spread = True
        self.button.clicked.connect(lambda: sheet.act.emit(f"key_{self.name}"))
        row.addWidget(self.button)

    def show_item(self, item: Item, *, waiting: bool) -> None:
        self.button.key = "" if waiting else item.value
        words = _("Press the new key. Esc leaves it.") if waiting else item.title
        spoken = words if waiting else f"{item.title}: {item.value}"
        self.button.say(words, name=spoken)
        self.button.update()


class _FactRow(_Row):
    """A label and a value."""

    def __init__(self, item: Item, sheet: PreferencesSheet) -> None:
        super().__init__(item, sheet)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(16)
        row.addWidget(Label(item.title, 14, 500, "text2"))
        self.value = Label("", 14, 600, across=paint.END, data=True)
        row.addWidget(self.value, 1)

    def show_item(self, item: Item, *, waiting: bool) -> None:  # noqa: ARG002 - a key's alone
        self.value.say(item.value)


_KINDS: dict[str, type[_Row]] = {
    "choice": _ChoiceRow,
    "switches": _SwitchesRow,
    "attention": _AttentionRow,
    "text": _TextRow,
    "button": _ButtonRow,
    "key": _KeyRow,
    "fact": _FactRow,
}


class WindowKeys:
    """The window's keys, for the presenter: a change is drawn and works at once."""

    def __init__(self, window: Any) -> None:
        self.window = window

    def rows(self) -> tuple[Any, ...]:
        """Every action with its key, as the overlay words them."""
        from pos_app.presenters.preferences import KeyRow

        return tuple(KeyRow(name, _(key.words), key.shown) for name, key in keys.KEYS.items())

    def remap(self, action: str, chord: str) -> dict[str, str]:
        """Raises Refused("key_unfit" | "key_taken")."""
        keys.remap(action, chord)
        return self._changed()

    def reset(self) -> dict[str, str]:
        """All of them as they were at first."""
        keys.reset()
        return self._changed()

    def _changed(self) -> dict[str, str]:
        self.window.add_shortcuts(self.window.acts.pressed)
        self.window.caps_are_old = True
        return keys.changed()
