"""Sheets of what needs attention: until when a case is put off, and what is out of the ordinary."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pos_app.presenters.exception_views import ChoiceView, WayView
from pos_app.presenters.patterns import PatternState
from pos_app.ui.buttons import Button
from pos_app.ui.exception_parts import Ways
from pos_app.ui.labels import Empty, Notice
from pos_app.ui.lists_sheets import Scrolled
from pos_app.ui.shell import Sheet
from pos_app.words import _


class LaterSheet(Sheet):
    """A few times to choose from, and back to all."""

    chose = Signal(str)

    def __init__(self) -> None:
        super().__init__(
            _("Later"), _("It comes again then. It stays yours until somebody takes it.")
        )
        self.ways = Ways()
        self.ways.chose.connect(self.chose)
        self.body.addWidget(self.ways)
        self.body.addStretch(1)

    def show_choices(self, choices: tuple[ChoiceView, ...]) -> None:
        """These times."""
        rows = (WayView(each.key, each.words, each.count, chosen=False) for each in choices)
        self.ways.show_ways(tuple(rows))

    def first_focus(self) -> QWidget:
        return self.ways.rows[0] if self.ways.rows else self.close_button


class PatternSheet(Sheet):
    """Who does something far more than the others: a card each, the furthest first."""

    again = Signal()

    def __init__(self) -> None:
        super().__init__(_("Out of the ordinary"))
        self.scrolled = Scrolled()
        self.scrolled.column.setSpacing(10)
        self.body.addWidget(self.scrolled, 1)
        self.empty = Empty("circle-check", "")
        self.body.addWidget(self.empty, 1)
        self.body.addStretch(0)
        self.cards: list[Notice] = []
        self.ask = Button(_("Ask again"), icon="rotate-ccw")
        self.ask.clicked.connect(self.again)
        self.foot.addWidget(self.ask, 1)

    def show_state(self, state: PatternState) -> None:
        """Draws it."""
        self.say(state.title, state.detail)
        while len(self.cards) < len(state.rows):
            card = Notice("warn", "users")
            self.cards.append(card)
            self.scrolled.column.addWidget(card)
        for place, card in enumerate(self.cards):
            if place < len(state.rows):
                row = state.rows[place]
                told = "\n".join(part for part in (row.who, row.figures, row.papers) if part)
                card.say(row.title, told, row.tone)
                card.setAccessibleName(row.spoken)
            else:
                card.say("")
        self.scrolled.setVisible(bool(state.rows))
        self.empty.setVisible(not state.rows)
        self.empty.say(state.empty, state.empty_detail)
        self.ask.setVisible(state.again)
        self.scrolled.updateGeometry()

    def first_focus(self) -> QWidget:
        return self.ask if self.ask.isVisible() else self.close_button
