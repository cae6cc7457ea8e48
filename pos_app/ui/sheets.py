"""Sheets about the basket: discount, custom item, a quantity or a note, a consent."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from pos_app.presenters.discounting import AMOUNT, PERCENT, PRICE, DiscountState
from pos_app.ui import paint, theme
from pos_app.ui.buttons import Button, Segment
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Label, Notice
from pos_app.ui.pads import Pad
from pos_app.ui.shell import Sheet
from pos_app.words import _, point


class Choices(QWidget):
    """A few words to tap, two in a row; one may be chosen."""

    chosen = Signal(str)

    def __init__(self, columns: int = 2) -> None:
        super().__init__()
        self.columns = columns
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(theme.GAP)
        self.buttons: dict[str, Button] = {}

    def show_choices(self, words: tuple[str, ...], chosen: str) -> None:
        """Other words, or another one chosen."""
        if tuple(self.buttons) != words:
            for button in self.buttons.values():
                button.hide()
                button.deleteLater()
            self.buttons = {}
            for place, text in enumerate(words):
                button = Button(text)
                button.setCheckable(True)
                button.clicked.connect(lambda _checked=False, what=text: self._pressed(what))
                self.buttons[text] = button
                self.grid.addWidget(button, place // self.columns, place % self.columns)
        for text, button in self.buttons.items():
            button.setChecked(text == chosen)

    def _pressed(self, text: str) -> None:
        self.buttons[text].setChecked(True)
        self.chosen.emit(text)


class DiscountSheet(Sheet):
    """How much off, and why."""

    act = Signal(str)
    typed = Signal(str)
    kind = Signal(str)
    reason = Signal(str)

    def __init__(self) -> None:
        super().__init__(_("Discount"))
        self.segment = Segment(
            [
                (PERCENT, _("Percent"), ""),
                (AMOUNT, _("Amount off"), ""),
                (PRICE, _("New price"), ""),
            ],
            _("Kind of discount"),
        )
        for value, button in self.segment.buttons.items():
            button.clicked.connect(lambda _checked=False, what=value: self.kind.emit(what))
        self.body.addWidget(self.segment)
        self.field = Field(_("How much"), "0", height=56, size=22)
        self.field.edit.textEdited.connect(self.typed)
        self.field.edit.returnPressed.connect(lambda: self.act.emit("give"))
        self.body.addWidget(self.field)
        self.problem = Label("", 13, 600, "bad_ink", wrap=True)
        self.body.addWidget(self.problem)
        self.quick = Choices(4)
        self.quick.chosen.connect(self._quick)
        self.body.addWidget(self.quick)
        self.body.addWidget(Label(_("Why"), 13, 600, "text2"))
        self.reasons = Choices()
        self.reasons.chosen.connect(self.reason)
        self.body.addWidget(self.reasons)
        self.other = Field(_("Another reason"), _("Another reason, in a few words"))
        self.other.edit.textEdited.connect(self.reason)
        self.body.addWidget(self.other)
        self.result = Card("subtle", "border")
        row = QHBoxLayout(self.result)
        row.setContentsMargins(16, 12, 16, 12)
        self.before = Label("", 15, 500, "text2")
        self.cut = Label("", 15, 600, "ok_ink", across=paint.CENTRE)
        self.after = Label("", 22, 700, across=paint.END)
        row.addWidget(self.before, 1)
        row.addWidget(self.cut, 1)
        row.addWidget(self.after, 1)
        self.body.addWidget(self.result)
        self.body.addStretch(1)
        self.remove = Button(_("Take it away"), "danger", icon="trash-2")
        self.remove.clicked.connect(lambda: self.act.emit("take_away"))
        self.give = Button(_("Give discount"), "primary", key="Enter")
        self.give.clicked.connect(lambda: self.act.emit("give"))
        self.foot.addWidget(self.remove)
        self.foot.addWidget(self.give, 1)

    def _quick(self, text: str) -> None:
        self.field.edit.setText(text)
        self.typed.emit(text)

    def show_state(self, state: DiscountState) -> None:
        """Draws what it would take off."""
        self.say(state.title, state.detail)
        self.segment.choose(state.kind)
        self.segment.buttons[PRICE].setVisible(state.line)
        if self.field.edit.text() != state.text:
            self.field.edit.setText(state.text)
        sign = {PERCENT: "%"}.get(state.kind, "")
        self.field.remark(sign)
        self.field.mark(wrong=bool(state.problem))
        self.problem.say(state.problem)
        self.problem.setVisible(bool(state.problem))
        self.quick.show_choices(state.quick, state.text)
        self.quick.setVisible(bool(state.quick))
        self.reasons.show_choices(state.reasons, state.reason)
        if not state.reason:
            self.other.edit.clear()
        self.before.say(state.before)
        self.cut.say(state.cut)
        self.after.say(state.after or state.before)
        self.remove.setVisible(state.given)
        reason = "" if state.ready else _("Say how much, and why")
        words, amount = _("Give discount"), state.cut
        if state.kind == PRICE:
            words, amount = _("Sell at this price"), state.after
        self.give.say(words, amount, reason=reason, enabled=state.ready)

    def first_focus(self) -> QWidget:
        return self.field.edit


class CustomSheet(Sheet):
    """Something the catalogue does not know."""

    add = Signal(str, str, str)

    def __init__(self) -> None:
        super().__init__(_("Custom item"), _("For what the catalogue does not know."))
        self.body.addWidget(Label(_("What is it?"), 13, 600, "text2"))
        self.label = Field(_("Name"), _("For example: gift wrapping"))
        self.body.addWidget(self.label)
        self.body.addWidget(Label(_("Price of one"), 13, 600, "text2"))
        self.price = Field(_("Price"), f"0{point()}00", height=56, size=22)
        self.body.addWidget(self.price)
        self.body.addWidget(Label(_("Tax"), 13, 600, "text2"))
        self.taxes = Choices()
        self.taxes.chosen.connect(self._tax)
        self.body.addWidget(self.taxes)
        self.problem = Notice("bad", "circle-alert")
        self.problem.hide()
        self.body.addWidget(self.problem)
        self.body.addStretch(1)
        self.go = Button(_("Add to the sale"), "primary", key="Enter")
        self.go.clicked.connect(self._add)
        self.foot.addWidget(self.go, 1)
        self.codes: dict[str, str] = {}
        self.code = ""
        self.label.edit.returnPressed.connect(self.price.edit.setFocus)
        self.price.edit.returnPressed.connect(self._add)

    def prepare(self, label: str, taxes: dict[str, str]) -> None:
        """Empty, or with a name that is known. `taxes` is words -> tax code."""
        self.codes = taxes
        self.label.edit.setText(label)
        self.price.edit.clear()
        self.problem.hide()
        first = next(iter(taxes), "")
        self.code = taxes.get(first, "standard")
        self.taxes.show_choices(tuple(taxes), first)

    def _tax(self, words: str) -> None:
        self.code = self.codes[words]
        self.taxes.show_choices(tuple(self.codes), words)

    def _add(self) -> None:
        self.add.emit(self.label.text, self.price.text, self.code)

    def refuse(self, title: str) -> None:
        """What is still missing."""
        self.problem.say(title)

    def first_focus(self) -> QWidget:
        return self.price.edit if self.label.text else self.label.edit


class AskSheet(Sheet):
    """One thing to type: a quantity, a note."""

    given = Signal(str)
    corner = "clear"
    """The key beside the 0: `.` where there are decimals."""

    def __init__(self) -> None:
        super().__init__("")
        self.field = Field("", "", height=56, size=20)
        self.field.edit.returnPressed.connect(self._give)
        self.body.addWidget(self.field)
        self.problem = Label("", 13, 600, "bad_ink", wrap=True)
        self.body.addWidget(self.problem)
        rows = (("7", "8", "9"), ("4", "5", "6"), ("1", "2", "3"), (self.corner, "0", "back"))
        self.pad = Pad(rows)
        self.pad.pressed.connect(self._pressed)
        self.body.addWidget(self.pad, 1)
        self.body.addStretch(0)
        self.go = Button(_("Done"), "primary", key="Enter")
        self.go.clicked.connect(self._give)
        self.foot.addWidget(self.go, 1)

    def ask(self, title: str, detail: str, text: str, *, number: bool) -> None:
        """Asks for something else."""
        self.say(title, detail)
        self.field.edit.setAccessibleName(title)
        self.field.edit.setText(text)
        self.field.edit.selectAll()
        self.field.mark(wrong=False)
        self.problem.say("")
        self.pad.setVisible(number)

    def refuse(self, problem: str) -> None:
        """What is wrong with it."""
        self.field.mark(wrong=bool(problem))
        self.problem.say(problem)

    def _pressed(self, mark: str) -> None:
        edit = self.field.edit
        if mark == "clear":
            edit.clear()
        elif mark == "back":
            edit.backspace()
        else:
            edit.insert(point() if mark == "." else mark)

    def _give(self) -> None:
        self.given.emit(self.field.text)

    def first_focus(self) -> QWidget:
        return self.field.edit
