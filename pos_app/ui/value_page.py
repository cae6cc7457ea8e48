"""Gift cards and credit as widgets: their page in Pay, and the side sheet that sells them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.presenters.value_views import ValueState, ValueView
from pos_app.ui import theme
from pos_app.ui.buttons import Button
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Disc, Label, Notice
from pos_app.ui.shell import Sheet
from pos_app.words import _

TONES = {"plain": "info", "busy": "info", "bad": "bad", "off": "off"}
"""How a page looks -> the disc beside its words."""


class ValuePage(Card):
    """What to scan, or what head office is asked; a code may be typed too."""

    code = Signal(str)
    act = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 18)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(14)
        self.disc = Disc("gift", "info", 48, 24)
        self.title = Label("", 17, 600, wrap=True)
        head.addWidget(self.disc, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(4)
        self.detail = Label("", 14, 500, "text2", wrap=True)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        head.addLayout(words, 1)
        column.addLayout(head)
        self.label = Label("", 13, 600, "text2", wrap=True)
        self.field = Field(_("Code of the card"), "", icon="scan-barcode")
        self.field.edit.returnPressed.connect(self._typed)
        self.enter = Button(_("Pay with it"), icon="check")
        self.enter.clicked.connect(self._typed)
        column.addWidget(self.label)
        column.addWidget(self.field)
        column.addWidget(self.enter)
        self.own = Button("", "primary", icon="wallet")
        self.own.clicked.connect(lambda: self.act.emit("use_credit"))
        column.addWidget(self.own)
        column.addStretch(1)

    def _typed(self) -> None:
        text = self.field.text
        if text:
            self.field.edit.clear()
            self.code.emit(text)

    def show_view(self, view: ValueView) -> None:
        """Another step of it."""
        tone = TONES.get(view.tone, "info")
        icon = "clock" if view.busy else "wallet" if view.credit and view.tone == "plain" else ""
        self.disc.show_icon(icon or view.icon, tone)
        self.title.say(view.title)
        self.detail.say(view.detail)
        self.detail.setVisible(bool(view.detail))
        asks = _("PIN of the card") if view.pin else _("Or type the signs below the code")
        self.label.say(asks)
        self.field.edit.setAccessibleName(asks)
        usable = not view.busy and view.tone != "off"
        for part in (self.label, self.field, self.enter):
            part.setVisible(usable)
        self.own.say(view.use)
        self.own.setVisible(bool(view.use) and usable)
        self.setAccessibleName(f"{view.title}. {view.detail}".strip(" ."))


class ValueSheet(Sheet):
    """Sell a card, put money on one, or see what is on it."""

    act = Signal(str)
    chosen = Signal(int)
    typed = Signal(str)
    code = Signal(str)

    def __init__(self) -> None:
        super().__init__(_("Gift card"), _("Sell a new one, or put money on the customer's own."))
        self.body.addWidget(Label(_("How much"), 13, 600, "text2"))
        self.amounts = QGridLayout()
        self.amounts.setSpacing(theme.GAP)
        self.body.addLayout(self.amounts)
        self.presets: list[Button] = []
        self.field = Field(_("Another amount"), _("Another amount"), height=56, size=22)
        self.field.edit.textEdited.connect(self.typed)
        self.field.edit.returnPressed.connect(lambda: self.act.emit("value_sell"))
        self.body.addWidget(self.field)
        self.problem = Label("", 13, 600, "bad_ink", wrap=True)
        self.body.addWidget(self.problem)
        self.body.addWidget(Label(_("On which card"), 13, 600, "text2"))
        self.fresh = Notice("plain", "printer")
        self.body.addWidget(self.fresh)
        self.told = Notice("info", "gift")
        self.body.addWidget(self.told)
        self.scan = Field(_("Code of the card"), _("Scan the card, or type its code"), icon="gift")
        self.scan.edit.returnPressed.connect(self._coded)
        self.body.addWidget(self.scan)
        self.other = Button(_("Print a new card instead"), icon="printer")
        self.other.clicked.connect(lambda: self.act.emit("value_new"))
        self.body.addWidget(self.other)
        self.body.addStretch(1)
        self.sell = Button(_("Sell a new card"), "primary", key="Enter")
        self.sell.clicked.connect(lambda: self.act.emit("value_sell"))
        self.foot.addWidget(self.sell, 1)

    def _coded(self) -> None:
        text = self.scan.text
        if text:
            self.scan.edit.clear()
            self.code.emit(text)

    def show_state(self, state: ValueState) -> None:
        """Another amount or another card."""
        while len(self.presets) < len(state.presets):
            self._add_preset()
        for button, preset in zip(self.presets, state.presets, strict=False):
            button.say(preset.words)
            button.setChecked(preset.chosen)
        if self.field.edit.text() != state.typed:
            self.field.edit.setText(state.typed)
        self.field.mark(wrong=bool(state.problem))
        self.problem.say(state.problem)
        self.problem.setVisible(bool(state.problem))
        new = "" if state.card else _("A new card, printed with the receipt")
        self.fresh.say(new, _("Its code is on the paper alone: whoever has it can pay."))
        self.told.say(state.told, self._of_card(state), state.tone)
        self.other.setVisible(bool(state.card))
        self.sell.say(state.button, state.button_amount, reason=state.reason, enabled=state.ready)

    @staticmethod
    def _of_card(state: ValueState) -> str:
        return " · ".join(part for part in (state.card, state.told_detail) if part)

    def _add_preset(self) -> None:
        place = len(self.presets)
        button = Button("")
        button.setCheckable(True)
        button.clicked.connect(lambda _checked=False: self._pressed(place))
        self.presets.append(button)
        self.amounts.addWidget(button, place // 2, place % 2)

    def _pressed(self, place: int) -> None:
        self.presets[place].setChecked(True)
        self.chosen.emit(place)

    def first_focus(self) -> QWidget:
        return self.field.edit
