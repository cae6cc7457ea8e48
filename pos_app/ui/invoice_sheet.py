"""The sheet that asks who an invoice is made out to, and the acts about papers of a sale."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.presenters.done import with_kick
from pos_app.presenters.papers import CHOICES, InvoiceState
from pos_app.ui.buttons import Button
from pos_app.ui.fields import Field
from pos_app.ui.labels import Empty, Label, Notice
from pos_app.ui.shell import Sheet
from pos_app.words import _

if TYPE_CHECKING:
    from pos_app.ui.window import Window


class InvoiceSheet(Sheet):
    """Name, address and VAT id of the customer."""

    made = Signal(str, str, str)

    def __init__(self) -> None:
        super().__init__("")
        self.fields: dict[str, Field] = {}
        self.form = QWidget()
        column = QVBoxLayout(self.form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for name, words, sample in (
            ("name", _("Name or company"), ""),
            ("street", _("Street and number"), ""),
            ("town", _("Postcode and town"), ""),
            ("country", _("Country"), _("Only where it is another one")),
            ("vat_id", _("VAT id of the customer"), _("For a company, for example ATU12345678")),
        ):
            label = Label(words, 13, 600, "text2")
            field = Field(words, sample)
            field.edit.textEdited.connect(self._typed)
            column.addWidget(label)
            column.addWidget(field)
            column.addSpacing(2)
            self.fields[name] = field
        fields = list(self.fields.values())
        for field, after in pairwise(fields):
            field.edit.returnPressed.connect(after.edit.setFocus)
        fields[-1].edit.returnPressed.connect(self._make)
        self.body.addWidget(self.form)
        self.problem = Notice("bad", "circle-alert")
        self.problem.hide()
        self.body.addWidget(self.problem)
        self.there = Empty("file-text", _("This sale has its invoice"))
        self.body.addWidget(self.there, 1)
        self.body.addStretch(1)
        self.go = Button(_("Make invoice"), "primary")
        self.go.clicked.connect(self._make)
        self.foot.addWidget(self.go, 1)

    def show_state(self, state: InvoiceState) -> None:
        """Another sale, or what is wrong with what was typed."""
        if state.title != self.title.text() or state.made:
            for field in self.fields.values():
                field.edit.clear()
        self.say(state.title, state.detail)
        self.form.setVisible(not state.made)
        self.there.setVisible(state.made)
        self.there.say(_("This sale has its invoice"), "")
        for name, field in self.fields.items():
            field.mark(wrong=name == state.fault)
        self.problem.say(state.problem)
        self.problem.setVisible(bool(state.problem))
        self.go.say(_("Print again") if state.made else _("Make invoice"))
        self.go.setEnabled(not state.busy)
        if state.fault:
            self.fields[state.fault].edit.setFocus()

    def first_focus(self) -> QWidget:
        return self.go if self.there.isVisibleTo(self) else self.fields["name"].edit

    def confirm(self) -> None:
        self._make()

    def _typed(self) -> None:
        for field in self.fields.values():
            field.mark(wrong=False)
        self.problem.hide()

    def _make(self) -> None:
        told = {name: field.text for name, field in self.fields.items()}
        address = "\n".join(told[name] for name in ("street", "town", "country"))
        self.made.emit(told["name"], address, told["vat_id"])


def acts(window: Window) -> dict[str, Callable[[], object]]:
    """What the customer gets: chosen on Pay, or asked for on the card of the sale just done."""

    def of_done(what: Callable[[str], None]) -> Callable[[], None]:
        def act() -> None:
            done = window.selling.state.done
            if done is not None:
                what(done.sale_id)

        return act

    def of_chosen(what: Callable[[str], None]) -> Callable[[], None]:
        def act() -> None:
            chosen = window.sales.chosen
            if chosen is not None:
                what(chosen.sale_id)

        return act

    def choose(paper: str) -> Callable[[], None]:
        def act() -> None:
            window.selling.paper = paper
            window.members.forget_mail()
            window.screens.pay_work.receipt.show_paper(paper)

        return act

    def again() -> None:
        window.selling.show_done(with_kick(window.selling.state.done))

    return {
        **{f"paper_{paper}": choose(paper) for paper in CHOICES},
        "done_gift": of_done(window.papers.gift),
        "done_invoice": of_done(window.papers.open),
        "done_drawer": lambda: window.receipts.kick(again),
        "gift": of_chosen(window.papers.gift),
        "invoice": of_chosen(window.papers.open),
    }
