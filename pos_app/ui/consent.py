"""The sheet that asks for a reason, or for somebody's word; and the strip that tells of badges."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.presenters.consent import ConsentState
from pos_app.ui import paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Disc, Icon, Label
from pos_app.ui.pads import Dots, Pad
from pos_app.ui.sheets import Choices
from pos_app.ui.shell import Sheet
from pos_app.words import _


class BadgeStrip(Card):
    """What a badge does here."""

    def __init__(self, title: str = "") -> None:
        super().__init__("subtle", "border2", 12)
        row = QHBoxLayout(self)
        theme.margins(row, 16, 10, 18, 10)
        row.setSpacing(14)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.title = Label(title, 16, 600)
        self.detail = Label("", 13, 500, "text2", wrap=True)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        words.addStretch(1)
        self.title.setVisible(bool(title))
        row.addWidget(Disc("id-card", "plain", 44, 22))
        row.addLayout(words, 1)
        row.addWidget(Icon("scan-barcode", "text2", 24))

    def say(self, detail: str, title: str = "") -> None:
        """Other words."""
        if title:
            self.title.say(title)
        self.detail.say(detail)
        self.setAccessibleName(f"{self.title.text()} {detail}".strip())


class ConsentSheet(Sheet):
    """A reason, or somebody's badge or PIN; the basket stays in view beside it."""

    reason = Signal(str)
    person = Signal(str)
    key = Signal(str)

    def __init__(self) -> None:
        super().__init__("")
        self.reasons = Choices()
        self.reasons.chosen.connect(self.reason)
        self.body.addWidget(self.reasons)
        self.other = Field(_("Another reason"), _("Another reason, in a few words"))
        self.other.edit.returnPressed.connect(lambda: self.reason.emit(self.other.text))
        self.body.addWidget(self.other)
        self.badge = BadgeStrip()
        self.body.addWidget(self.badge)
        self.people = QWidget()
        row = QHBoxLayout(self.people)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        self.group = QButtonGroup(self)
        self.person_buttons: dict[str, Button] = {}
        self.body.addWidget(self.people)
        self.dots = Dots()
        self.wrong = Label("", 14, 600, "bad_ink", across=paint.CENTRE, wrap=True)
        rows = (("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9"), ("clear", "0", "back"))
        self.pad = Pad(rows, smallest=56)
        self.pad.pressed.connect(self.key)
        self.body.addWidget(self.dots)
        self.body.addWidget(self.wrong)
        self.body.addWidget(self.pad, 1)
        self.body.addStretch(0)

    def show_state(self, state: ConsentState) -> None:
        """Draws what is asked for."""
        self.say(state.title, state.detail)
        by_reason = state.needs == "reason"
        self.reasons.show_choices(state.reasons, "")
        self.reasons.setVisible(by_reason)
        self.other.setVisible(by_reason)
        for part in (self.badge, self.people, self.dots, self.wrong, self.pad):
            part.setVisible(not by_reason and bool(state.people))
        self.badge.say(state.hint)
        wanted = [person.staff_id for person in state.people]
        if list(self.person_buttons) != wanted:
            for button in self.person_buttons.values():
                button.hide()
                button.deleteLater()
            self.person_buttons = {}
            layout = self.people.layout()
            for person in state.people[:3]:
                button = Button(person.name, icon="shield-check")
                button.setCheckable(True)
                self.group.addButton(button)
                button.clicked.connect(
                    lambda _checked=False, who=person.staff_id: self.person.emit(who)
                )
                self.person_buttons[person.staff_id] = button
                if layout is not None:
                    layout.addWidget(button)
        for staff_id, button in self.person_buttons.items():
            button.setChecked(staff_id == state.chosen)
        self.dots.show_typed(
            state.typed,
            wrong=bool(state.wrong),
            checking=state.checking,
            digits=state.digits,
        )
        self.wrong.say(state.wrong)

    def first_focus(self) -> QWidget:
        if self.other.isVisibleTo(self):
            first = next(iter(self.reasons.buttons.values()), None)
            return first or self.other.edit
        return self.close_button
