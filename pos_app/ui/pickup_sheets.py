"""Sheets of the Pickup screen: what to do about what is not found, and how the customer is reached."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pos_app.presenters.exception_views import WayView
from pos_app.presenters.pickup_views import MissingState, ReachState
from pos_app.ui import keys
from pos_app.ui.buttons import Button
from pos_app.ui.exception_parts import Ways
from pos_app.ui.fields import Field
from pos_app.ui.labels import Label, Notice
from pos_app.ui.lists_sheets import Scrolled
from pos_app.ui.shell import Sheet
from pos_app.words import _


class MissingSheet(Sheet):
    """Another store, something else, or the money back."""

    act = Signal(str)
    way = Signal(str)
    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__(_("Not found here?"))
        self.ways = Ways()
        self.ways.chose.connect(self.way)
        self.body.addWidget(self.ways)
        self.scan_words = Label(
            _("Ask the customer first, then scan what they get instead."),
            *(13, 500, "text2"),
            wrap=True,
        )
        self.field = Field(_("What they get instead"), _("Scan it, or type its number"))
        self.field.edit.returnPressed.connect(lambda: self.typed.emit(self.field.text))
        self.instead = Notice("ok", "check")
        self.problem = Notice("bad", "circle-alert")
        for part in (self.scan_words, self.field, self.instead, self.problem):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.go = Button("", "primary", key=keys.cap("finish"))
        self.go.clicked.connect(lambda: self.act.emit("missing_done"))
        self.foot.addWidget(self.go, 1)

    def show_state(self, state: MissingState) -> None:
        """Draws it."""
        self.say(state.title, state.detail)
        self.ways.show_ways(
            tuple(
                WayView(way.way, way.title, way.why_not or way.detail, way.chosen)
                for way in state.ways
            )
        )
        for row, way in zip(self.ways.rows, state.ways, strict=False):
            row.setEnabled(not way.why_not)
        for part in (self.scan_words, self.field):
            part.setVisible(state.scanning)
        self.instead.say(state.instead, state.instead_detail)
        if state.instead or not state.scanning:
            self.field.edit.clear()
        self.problem.say(state.problem)
        self.go.say(state.button, reason=state.why_not, enabled=not state.why_not)

    def confirm(self) -> None:
        """Enter where nothing else took it."""
        if self.go.isEnabled():
            self.go.click()

    def first_focus(self) -> QWidget:
        if self.go.isEnabled():
            return self.go
        chosen = [row for row in self.ways.rows if row.isVisible() and row.isChecked()]
        return chosen[0] if chosen else self.close_button


class ReachSheet(Sheet):
    """The customer's number, and what can be said to them."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__(_("Reach the customer"))
        self.phone = Label("", 30, 700, data=True)
        self.email = Label("", 16, 500, "text2", data=True)
        self.body.addWidget(self.phone)
        self.body.addWidget(self.email)
        self.words = Label(_("What can be said"), 13, 600, "text2")
        self.body.addWidget(self.words)
        self.scrolled = Scrolled()
        self.scrolled.column.setSpacing(10)
        self.body.addWidget(self.scrolled)
        self.notices: list[Notice] = []
        self.body.addStretch(1)
        self.copy = Button(_("Copy the number"), icon="file-text")
        self.copy.clicked.connect(lambda: self.act.emit("reach_copy"))
        self.foot.addWidget(self.copy, 1)

    def show_state(self, state: ReachState) -> None:
        """Draws it."""
        self.say(state.title, state.detail)
        self.phone.say(state.phone)
        self.phone.setVisible(bool(state.phone))
        self.email.say(state.email)
        self.email.setVisible(bool(state.email))
        while len(self.notices) < len(state.sentences):
            notice = Notice("info", "message-circle")
            self.notices.append(notice)
            self.scrolled.column.addWidget(notice)
        for place, notice in enumerate(self.notices):
            notice.say(state.sentences[place] if place < len(state.sentences) else "")
        self.words.setVisible(bool(state.sentences))
        self.copy.setVisible(bool(state.phone or state.email))
        self.scrolled.updateGeometry()

    def first_focus(self) -> QWidget:
        return self.copy if self.copy.isVisible() else self.close_button
