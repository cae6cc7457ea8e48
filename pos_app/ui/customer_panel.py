"""Beside somebody: what to offer, what they agree to, what can be done, and the sale."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.presenters.customer_views import CustomersState, Profile
from pos_app.ui import keys, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.customer_parts import ConsentButton, TipRow
from pos_app.ui.labels import Empty, Ground, Label, Rule, panel_header
from pos_app.ui.lists_sheets import Scrolled
from pos_app.words import _

INSET = theme.INSET
_ACTS = (
    ("customer_note", "sticky-note"),
    ("customer_support", "headphones"),
    ("customer_credit", "wallet"),
    ("customer_message", "send"),
)


class CustomersPanel(Ground):
    """What is said and done to who is chosen."""

    act = Signal(str)
    tip = Signal(int)
    consent = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface", "start")
        column = QVBoxLayout(self)
        theme.margins(column, 1, 0, 0, 0)
        column.setSpacing(0)
        self.title = Label("", 17, 700, data=True)
        self.subtitle = Label("", 13, 500, "text2", data=True)
        self.edit = Button("", "plain", icon="pencil", name=_("Change what is known"))
        self.edit.setFixedWidth(48)
        self.edit.clicked.connect(lambda: self.act.emit("customer_edit"))
        column.addWidget(panel_header(self.title, self.subtitle, self.edit))
        body = QVBoxLayout()
        body.setContentsMargins(INSET, 12, INSET, 8)
        column.addLayout(body, 1)
        self.scrolled = Scrolled()
        self.scrolled.column.setSpacing(10)
        body.addWidget(self.scrolled)
        self.empty = Empty("user", _("Choose a customer"))
        body.addWidget(self.empty, 1)
        body.addStretch(0)
        self._fill(self.scrolled.column)
        column.addWidget(self._footer())

    def _fill(self, column: QVBoxLayout) -> None:
        self.tips_head = QWidget()
        row = QHBoxLayout(self.tips_head)
        row.setContentsMargins(0, 0, 0, 0)
        self.tips_title = Label("", 14, 600, "text2")
        self.tips_note = Label("", 13, 500, "text2", across=paint.END)
        row.addWidget(self.tips_title, 1)
        row.addWidget(self.tips_note)
        column.addWidget(self.tips_head)
        self.tips = [TipRow(), TipRow()]
        for place, tip in enumerate(self.tips):
            tip.added.connect(lambda place=place: self.tip.emit(place))
            column.addWidget(tip)
        self.tips_rule = Rule()
        column.addWidget(self.tips_rule)
        head = QHBoxLayout()
        head.addWidget(Label(_("May we \u2026"), 14, 600, "text2"), 1)
        head.addWidget(Label(_("tap to ask again"), 13, 500, "text2", across=paint.END))
        column.addLayout(head)
        rows = QVBoxLayout()
        rows.setSpacing(theme.GAP)
        self.consents = [ConsentButton() for _each in range(4)]
        for each in self.consents:
            each.clicked.connect(lambda _on=False, each=each: self.consent.emit(each.view.purpose))
            rows.addWidget(each)
        column.addLayout(rows)
        column.addWidget(Rule())
        words = (_("Add note"), _("Support"), _("Give credit"), _("Message"))
        self.buttons: dict[str, Button] = {}
        grid = QGridLayout()
        grid.setSpacing(theme.GAP)
        for place, ((act, icon), text) in enumerate(zip(_ACTS, words, strict=True)):
            button = Button(text, icon=icon)
            button.clicked.connect(lambda _on=False, act=act: self.act.emit(act))
            self.buttons[act] = button
            grid.addWidget(button, place // 2, place % 2)
            grid.setColumnStretch(place % 2, 1)
        column.addLayout(grid)
        column.addStretch(1)

    def _footer(self) -> QWidget:
        footer = Ground("surface", "top")
        column = QVBoxLayout(footer)
        column.setContentsMargins(INSET, 13, INSET, 18)
        self.finish = Button("", "primary", key=keys.cap("finish"))
        self.finish.clicked.connect(lambda: self.act.emit("finish"))
        column.addWidget(self.finish)
        return footer

    def show_state(self, state: CustomersState) -> None:
        """Draws it."""
        view = state.profile
        self.scrolled.setVisible(view is not None)
        self.empty.setVisible(view is None)
        self.title.say(view.name if view else state.title)
        self.subtitle.say(view.subtitle if view else "")
        self.edit.setVisible(view is not None and view.may_edit)
        why = state.finish_why
        self.finish.say(state.finish, state.finish_amount, reason=why, enabled=not why)
        if view is not None:
            self._show(view)
        self.scrolled.updateGeometry()

    def _show(self, view: Profile) -> None:
        self.tips_title.say(view.tips_title)
        self.tips_note.say(view.tips_note)
        for place, row in enumerate(self.tips):
            row.setVisible(place < len(view.tips))
            if place < len(view.tips):
                row.show_tip(view.tips[place])
        self.tips_head.setVisible(bool(view.tips))
        self.tips_rule.setVisible(bool(view.tips))
        for button, consent in zip(self.consents, view.consents, strict=False):
            button.show_consent(consent)
        message = self.buttons["customer_message"]
        why = view.message_why
        message.say(why or view.message, enabled=not why, reason=why)
