"""Sheets of the Customers screen: new or changed, one consent, words, two people side by side."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.presenters.customer_forms import CONSENT, CREDIT
from pos_app.presenters.customer_profile import purposes
from pos_app.presenters.customer_views import AskState, CompareState, FormState, Side
from pos_app.ui import keys, theme
from pos_app.ui.buttons import Button
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Icon, Label, Notice
from pos_app.ui.lists_sheets import Scrolled
from pos_app.ui.shell import Sheet
from pos_app.words import _


class Answers(QWidget):
    """Yes and No to one purpose; the same again takes the answer back."""

    said = Signal(str, str)

    def __init__(self, purpose: str, icon: str, title: str) -> None:
        super().__init__()
        self.purpose = purpose
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        row.addWidget(Icon(icon, "text2", 18))
        row.addWidget(Label(title, 14, 600, wrap=True), 1)
        self.buttons: dict[str, Button] = {}
        for state, words, drawn in (("yes", _("Yes"), "check"), ("no", _("No"), "x")):
            button = Button(words, icon=drawn, name=f"{title}: {words}")
            button.setCheckable(True)
            button.clicked.connect(lambda _on=False, state=state: self.said.emit(purpose, state))
            self.buttons[state] = button
            row.addWidget(button)

    def show_answer(self, state: str) -> None:
        """Another answer."""
        for each, button in self.buttons.items():
            button.setChecked(each == state)


class FormSheet(Sheet):
    """Who somebody is, and what they agree to."""

    typed = Signal(str, str)
    member = Signal(bool)
    said = Signal(str, str)
    act = Signal(str)

    def __init__(self) -> None:
        super().__init__(_("New customer"))
        self.scrolled = Scrolled()
        self.scrolled.column.setSpacing(10)
        self.body.addWidget(self.scrolled, 1)
        self.body.addStretch(0)
        column = self.scrolled.column
        self.fields: dict[str, Field] = {}
        self.rooms: dict[str, QWidget] = {}
        rows = (
            (("name", _("Name"), _("First and last name"), "user"),),
            (
                ("mail", _("Email"), _("name@example.com"), "mail"),
                ("phone", _("Phone"), _("+358 \u2026"), "phone"),
            ),
            (
                ("card", _("Loyalty card"), _("Scan or type it"), "scan-barcode"),
                ("birthday", _("Birthday"), _("Month-day: 05-20"), "cake"),
            ),
        )
        for each in rows:
            row = QHBoxLayout()
            row.setSpacing(theme.GAP)
            for name, words, hint, icon in each:
                part = QVBoxLayout()
                part.setSpacing(4)
                part.addWidget(Label(words, 13, 600, "text2"))
                field = Field(words, hint, icon=icon)
                field.edit.textEdited.connect(lambda text, name=name: self.typed.emit(name, text))
                field.edit.returnPressed.connect(lambda: self.act.emit("customer_save"))
                self.fields[name] = field
                part.addWidget(field)
                room = QWidget()
                part.setContentsMargins(0, 0, 0, 0)
                room.setLayout(part)
                self.rooms[name] = room
                row.addWidget(room, 1)
            column.addLayout(row)
        self.points = Button(_("Collects points"), icon="award")
        self.points.setCheckable(True)
        self.points.clicked.connect(lambda: self.member.emit(self.points.isChecked()))
        row.addWidget(self.points, 1, Qt.AlignmentFlag.AlignBottom)
        self.problem = Notice("bad", "circle-alert")
        column.addWidget(self.problem)
        self.ask_words = Label(_("Ask each one aloud"), 13, 600, "text2")
        column.addWidget(self.ask_words)
        self.answers: dict[str, Answers] = {}
        for purpose, icon, title in purposes():
            answers = Answers(purpose, icon, title)
            answers.said.connect(self.said)
            self.answers[purpose] = answers
            column.addWidget(answers)
        self.private = QWidget()
        row = QHBoxLayout(self.private)
        row.setContentsMargins(0, 6, 0, 0)
        row.setSpacing(theme.GAP)
        self.export = Button(_("Send them their data"), icon="file-text")
        self.export.clicked.connect(lambda: self.act.emit("customer_export"))
        self.erase = Button(_("Erase \u2026"), "danger", icon="trash-2")
        self.erase.clicked.connect(self._erase)
        row.addWidget(self.export, 1)
        row.addWidget(self.erase, 1)
        column.addWidget(self.private)
        self.go = Button("", "primary", key=keys.cap("finish"))
        self.go.clicked.connect(lambda: self.act.emit("customer_save"))
        self.foot.addWidget(self.go, 1)
        self._sure = False
        self.may_erase = False

    def _erase(self) -> None:
        """Pressed twice: what was erased does not come back."""
        if self._sure:
            self.act.emit("customer_erase")
        self._sure = not self._sure
        self.erase.say(_("Really erase: tap again") if self._sure else _("Erase \u2026"))

    def show_state(self, state: FormState) -> None:
        """Draws it."""
        self.say(state.title, state.detail)
        for name, field in self.fields.items():
            text = str(getattr(state, name))
            if field.edit.text() != text:
                field.edit.setText(text)
            field.mark(wrong=state.wrong_field == name)
        self.problem.say(state.wrong)
        self.points.setChecked(state.member)
        said = dict(state.said)
        fresh = not state.customer
        self.rooms["birthday"].setVisible(not fresh)
        self.ask_words.setVisible(fresh)
        for purpose, answers in self.answers.items():
            answers.setVisible(fresh)
            answers.show_answer(said.get(purpose, ""))
        self.private.setVisible(not fresh and self.may_erase)
        self._sure = False
        self.erase.say(_("Erase \u2026"))
        self.go.say(state.button)
        self.scrolled.updateGeometry()

    def first_focus(self) -> QWidget:
        filled = [name for name in ("name", "mail", "phone") if self.fields[name].text]
        return self.fields["mail" if filled == ["name"] else "name"].edit


class WordsSheet(Sheet):
    """One consent with its sentence, or a few words to keep."""

    answered = Signal(str)
    given = Signal(str, str)

    def __init__(self) -> None:
        super().__init__(_("Consent"))
        self.read = Label(_("Read aloud"), 13, 600, "text2")
        self.body.addWidget(self.read)
        self.sentence = Notice("info", "message-circle")
        self.body.addWidget(self.sentence)
        self.now = Label("", 13, 500, "text2", wrap=True)
        self.body.addWidget(self.now)
        self.amount_words = Label(_("Amount"), 13, 600, "text2")
        self.amount = Field(_("Amount"), "", height=56, size=22)
        self.body.addWidget(self.amount_words)
        self.body.addWidget(self.amount)
        self.field = Field(_("Words"), _("A few words"), icon="pencil", height=56)
        self.field.edit.setMaxLength(1_000)
        self.field.edit.returnPressed.connect(self._give)
        self.amount.edit.returnPressed.connect(self.field.edit.setFocus)
        self.body.addWidget(self.field)
        self.problem = Notice("bad", "circle-alert")
        self.body.addWidget(self.problem)
        self.body.addStretch(1)
        self.buttons: dict[str, Button] = {}
        for state, words, icon in (
            ("yes", _("Yes"), "check"),
            ("no", _("No"), "x"),
            ("later", _("Ask later"), "clock"),
        ):
            button = Button(words, "tender", icon=icon)
            button.clicked.connect(lambda _on=False, state=state: self.answered.emit(state))
            self.buttons[state] = button
            self.foot.addWidget(button, 1)
        self.go = Button("", "primary", key="Enter")
        self.go.clicked.connect(self._give)
        self.foot.addWidget(self.go, 1)
        self.kind = ""

    def _give(self) -> None:
        self.given.emit(self.field.text, self.amount.text)

    def show_state(self, state: AskState) -> None:
        """Draws it."""
        self.say(state.title, state.detail)
        asks = state.kind == CONSENT
        if state.kind != self.kind or not state.wrong:
            self.field.edit.setText(state.text)
            self.amount.edit.clear()
        self.kind = state.kind
        self.read.setVisible(asks)
        self.sentence.say(state.sentence)
        self.now.say(state.now)
        self.now.setVisible(bool(state.now))
        for part in (self.amount_words, self.amount):
            part.setVisible(state.kind == CREDIT)
        self.field.setVisible(not asks)
        self.field.edit.setAccessibleName(state.title)
        for button in self.buttons.values():
            button.setVisible(asks)
        self.go.setVisible(not asks)
        self.go.say(state.button)
        self.problem.say(state.wrong)

    def first_focus(self) -> QWidget:
        if self.kind == CONSENT:
            return self.close_button
        return self.amount.edit if self.kind == CREDIT else self.field.edit


class SideCard(Card):
    """One of two people."""

    def __init__(self) -> None:
        super().__init__("subtle", "border")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(6)
        self.name = Label("", 16, 700, data=True)
        self.detail = Label("", 13, 600, "text2", data=True)
        column.addWidget(self.name)
        column.addWidget(self.detail)
        self.grid = QGridLayout()
        self.grid.setVerticalSpacing(6)
        self.grid.setHorizontalSpacing(8)
        column.addLayout(self.grid)
        column.addStretch(1)
        self.rows: list[tuple[Label, Label]] = []

    def show_side(self, view: Side) -> None:
        """Another one."""
        self.name.say(view.name)
        self.detail.say(view.detail)
        while len(self.rows) < len(view.rows):
            at = len(self.rows)
            words = Label("", 13, 500, "text2", wrap=True)
            value = Label("", 13, 600, wrap=True)
            self.grid.addWidget(words, at, 0, Qt.AlignmentFlag.AlignTop)
            self.grid.addWidget(value, at, 1, Qt.AlignmentFlag.AlignTop)
            self.rows.append((words, value))
        self.grid.setColumnStretch(1, 1)
        for place, (words, value) in enumerate(self.rows):
            used = place < len(view.rows)
            words.setVisible(used)
            value.setVisible(used)
            if used:
                words.say(view.rows[place][0])
                value.say(view.rows[place][1])


class CompareSheet(Sheet):
    """Both side by side, and what would move."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__(_("One person or two?"))
        self.scrolled = Scrolled()
        self.scrolled.column.setSpacing(12)
        self.body.addWidget(self.scrolled, 1)
        self.body.addStretch(0)
        both = QHBoxLayout()
        both.setSpacing(theme.GAP)
        self.sides = (SideCard(), SideCard())
        for side in self.sides:
            both.addWidget(side, 1)
        self.scrolled.column.addLayout(both)
        self.scrolled.column.addWidget(Label(_("What would move"), 13, 600, "text2"))
        self.moves: list[Label] = []
        self.two = Button(_("Two people"), "tender", icon="users")
        self.two.clicked.connect(lambda: self.act.emit("customer_dismiss"))
        self.go = Button("", "primary", key=keys.cap("finish"))
        self.go.clicked.connect(lambda: self.act.emit("customer_merge"))
        self.foot.addWidget(self.two, 1)
        self.foot.addWidget(self.go, 1)

    def show_state(self, state: CompareState) -> None:
        """Draws it."""
        for card, side in zip(self.sides, (state.left, state.right), strict=True):
            if side is not None:
                card.show_side(side)
        while len(self.moves) < len(state.moves):
            label = Label("", 14, 500, wrap=True)
            self.moves.append(label)
            self.scrolled.column.addWidget(label)
        for place, label in enumerate(self.moves):
            label.setVisible(place < len(state.moves))
            label.say(f"\u2022 {state.moves[place]}" if place < len(state.moves) else "")
        self.go.say(state.button, reason=state.why, enabled=not state.why)
        self.scrolled.updateGeometry()

    def first_focus(self) -> QWidget:
        return self.two
