"""The sheets about the drawer: cash in, cash out, safe drop, and the X."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_app.presenters.cash import CashState, XState, kind_names
from pos_app.ui import keys, theme
from pos_app.ui.amounts import Amount
from pos_app.ui.buttons import Button, Segment
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Label
from pos_app.ui.sheets import Choices
from pos_app.ui.shell import Sheet
from pos_app.ui.shift_parts import Account, Scroller
from pos_app.words import _

LISTED_FROM = 676
"""Height of the sheet from which it lists what moved before, pixels."""


class CashSheet(Sheet):
    """How much, which way, and why."""

    act = Signal(str)
    kind = Signal(str)
    typed = Signal(str)
    reason = Signal(str)
    reference = Signal(str)

    def __init__(self) -> None:
        super().__init__(_("Cash in / out"), _("The drawer opens once it is saved."))
        icons = {"in": "plus", "out": "minus", "drop": "lock"}
        self.segment = Segment(
            [(kind, words, icons[kind]) for kind, words in kind_names().items()],
            _("Which way"),
        )
        for value, button in self.segment.buttons.items():
            button.clicked.connect(lambda _checked=False, what=value: self.kind.emit(what))
        self.body.addWidget(self.segment)
        self.field = Field(_("Amount"), "0", height=56, size=22)
        self.field.edit.textEdited.connect(self.typed)
        self.field.edit.returnPressed.connect(lambda: self.act.emit("finish"))
        self.body.addWidget(self.field)
        self.problem = Label("", 13, 600, "bad_ink", wrap=True)
        self.body.addWidget(self.problem)
        self.body.addWidget(Label(_("Why"), 13, 600, "text2"))
        self.reasons = Choices(3)
        self.reasons.chosen.connect(self.reason)
        self.body.addWidget(self.reasons)
        self.other = Field(_("Another reason"), _("Another reason, in a few words"))
        self.other.edit.textEdited.connect(self.reason)
        self.other.edit.returnPressed.connect(lambda: self.act.emit("finish"))
        self.body.addWidget(self.other)
        self.bag = Field(_("Number of the bag"), _("Number of the bag (optional)"))
        self.bag.edit.textEdited.connect(self.reference)
        self.bag.edit.returnPressed.connect(lambda: self.act.emit("finish"))
        self.body.addWidget(self.bag)
        self.result = Card("subtle", "border")
        row = QHBoxLayout(self.result)
        row.setContentsMargins(16, 12, 16, 12)
        self.before = Label("", 15, 500, "text2")
        self.after = Amount(22, 700)
        row.addWidget(self.before)
        row.addWidget(self.after, 1)
        self.body.addWidget(self.result)
        self.list_name = Label(_("In this shift"), 13, 600, "text2")
        self.body.addWidget(self.list_name)
        self.scroller = Scroller()
        self.scroller.column.setContentsMargins(0, 0, 0, 0)
        self.moves = Account()
        self.scroller.column.addWidget(self.moves)
        self.scroller.column.addStretch(1)
        self.body.addWidget(self.scroller, 1)
        self.body.addStretch(0)
        self.give = Button("", "primary", key=keys.cap("finish"))
        self.give.clicked.connect(lambda: self.act.emit("finish"))
        self.foot.addWidget(self.give, 1)

    def clear(self) -> None:
        """Empty fields, for another movement."""
        for field in (self.field, self.other, self.bag):
            field.edit.clear()

    def show_state(self, state: CashState) -> None:
        """Draws what would move."""
        self.segment.choose(state.kind)
        waits = _("The drawer opens once it is saved.")
        self.say(_("Cash in / out"), "\n".join(filter(None, (state.opened, waits))))
        if self.field.edit.text() != state.text:
            self.field.edit.setText(state.text)
        self.field.mark(wrong=bool(state.problem))
        self.problem.say(state.problem)
        self.problem.setVisible(bool(state.problem))
        self.reasons.show_choices(state.reasons, state.reason)
        if not state.reason or state.reason in state.reasons:
            self.other.edit.clear()
        self.bag.setVisible(state.reference)
        self.result.setVisible(bool(state.before))
        self.before.say(_("Drawer should hold {amount}").format(amount=state.before))
        self.after.say(f"\u2192 {state.after}" if state.after else "")
        self.moves.show_rows(state.moves)
        self._fit()
        self.give.say(
            state.button, state.button_amount, reason=state.button_reason, enabled=state.ready
        )

    def first_focus(self) -> QWidget:
        return self.field.edit

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """A low window has no room for what moved before."""
        room = self.height() >= LISTED_FROM
        self.body.setSpacing(12 if room else 6)
        self.list_name.setVisible(room and bool(self.moves.rows))
        self.scroller.setVisible(room)


class XSheet(Sheet):
    """The shift so far: looked at, perhaps printed, never changed."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__(_("X report"))
        self.scroller = Scroller()
        theme.margins(self.scroller.column, 0, 0, 4, 0)
        self.scroller.column.setSpacing(8)
        self.body.addWidget(self.scroller, 1)
        self.parts: list[tuple[Label, Account]] = []
        for _place in range(3):
            name, rows = Label("", 16, 600), Account(24)
            self.scroller.column.addWidget(name)
            self.scroller.column.addWidget(rows)
            self.parts.append((name, rows))
        self.scroller.column.addStretch(1)
        self.print = Button(_("Print"), "primary", icon="printer", key=keys.cap("finish"))
        self.print.clicked.connect(lambda: self.act.emit("print_x"))
        self.foot.addWidget(self.print, 1)

    def show_state(self, state: XState) -> None:
        """Draws it."""
        self.say(state.title, state.detail)
        for place, (name, rows) in enumerate(self.parts):
            shown = place < len(state.parts)
            name.setVisible(shown)
            rows.setVisible(shown)
            if shown:
                name.say(state.parts[place][0])
                rows.show_rows(state.parts[place][1])

    def first_focus(self) -> QWidget:
        return self.print
