"""Open shift: what is ready, the float counted, what it is off by, and the button that opens it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.presenters.opening import OpenState, Told
from pos_app.ui.amounts import Amount
from pos_app.ui.buttons import Button
from pos_app.ui.counting import CheckTile
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Disc, Label, Notice, Rule
from pos_app.ui.reasons import Reasons
from pos_app.ui.shift_parts import Account, ShiftPanel, ShiftWork
from pos_app.words import _

CHECKS = 8
FOUR_FROM = 720
"""Width of the work area from which four tiles stand side by side, pixels."""
INK = {"ok": "ok_ink", "warn": "warn_ink", "bad": "bad_ink"}
ICON = {"ok": "circle-check"}


class Today(Card):
    """What is to be known before the day begins; how to count where there is nothing."""

    MOST = 2

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(18, 12, 18, 14)
        self.column.setSpacing(8)
        self.title = Label(_("Before you open"), 17, 600)
        self.column.addWidget(self.title)
        self.plain = Label(
            _(
                "Count what is in the drawer. The float is kept with the shift; "
                "the close compares with it."
            ),
            14,
            400,
            "text2",
            wrap=True,
        )
        self.column.addWidget(self.plain)
        self.rows: list[tuple[Disc, Label, Label, QWidget]] = []
        for _place in range(self.MOST):
            self.rows.append(self._row())

    def _row(self) -> tuple[Disc, Label, Label, QWidget]:
        room = QWidget()
        row = QHBoxLayout(room)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(14)
        disc = Disc("info", "info", 36, 18)
        title, detail = Label("", 15, 600, data=True), Label("", 13, 500, "text2", data=True)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(title)
        words.addWidget(detail)
        row.addWidget(disc)
        row.addLayout(words, 1)
        self.column.addWidget(room)
        room.hide()
        return disc, title, detail, room

    def show_told(self, told: tuple[Told, ...]) -> None:
        """Other things."""
        self.plain.setVisible(not told)
        for place, (disc, title, detail, room) in enumerate(self.rows):
            room.setVisible(place < len(told))
            if place < len(told):
                disc.show_icon(told[place].icon, told[place].tone)
                title.say(told[place].title)
                detail.say(told[place].detail)


class OpenWork(ShiftWork):
    """Tiles of what is ready, then the count."""

    def __init__(self) -> None:
        super().__init__(_("Count the float"))
        self.add_button("trial", _("Test print"), "printer")
        self.add_button("look_only", _("Look only"), "eye")
        self.tiles = QGridLayout()
        self.tiles.setSpacing(10)
        self.checks = [CheckTile() for _place in range(CHECKS)]
        for tile in self.checks:
            tile.act.connect(self.act)
        self._columns = 0
        self._place(4)
        self.column.addLayout(self.tiles)
        self.today = Today()
        self.column.addWidget(self.today)
        self.column.addStretch(1)
        self.column.addWidget(self.grid)

    def _place(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for place, tile in enumerate(self.checks):
            self.tiles.addWidget(tile, place // columns, place % columns)
        for column in range(4):
            self.tiles.setColumnStretch(column, int(column < columns))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= FOUR_FROM
        self._place(4 if wide else 2)
        self.today.setVisible(wide)

    def show_state(self, state: OpenState) -> None:
        """Draws the count."""
        self.say_head(state.title, state.place)
        for tile, check in zip(self.checks, state.checks, strict=False):
            tile.show_check(check)
        self.today.show_told(state.today)
        self.grid.show_rows(state.rows, state.counted)
        self.grid.show_same(state.same)


class OpenPanel(ShiftPanel):
    """The float against the set one."""

    note = Signal(str)

    def __init__(self) -> None:
        super().__init__(_("Starts when you open it"), _("Open shift"))
        self.body.addWidget(Label(_("Float"), 13, 600, "text2"))
        self.lines = Account(24)
        self.body.addWidget(self.lines)
        self.body.addWidget(Rule())
        row = QHBoxLayout()
        row.setSpacing(12)
        self.amount_name = Label(_("Difference"), 18, 600)
        self.amount = Amount(32, 700)
        row.addWidget(self.amount_name)
        row.addWidget(self.amount, 1)
        self.body.addLayout(row)
        self.verdict = Notice("ok", "circle-check")
        self.body.addWidget(self.verdict)
        self.reasons = Reasons()
        self.reasons.chosen.connect(lambda reason: self.act.emit(f"float_reason_{reason}"))
        self.body.addWidget(self.reasons)
        self.no_float = Button(_("No float today"), icon="ban")
        self.no_float.setCheckable(True)
        self.no_float.clicked.connect(lambda: self.act.emit("no_float"))
        self.body.addWidget(self.no_float)
        self.body.addWidget(Label(_("Note for the day (optional)"), 13, 600, "text2"))
        self.field = Field(_("Note for the day"), _("For example: new receipt roll put in"))
        self.field.edit.textEdited.connect(self.note)
        self.body.addWidget(self.field)
        self.body.addStretch(1)

    def show_state(self, state: OpenState) -> None:
        """Draws the float."""
        self.number.say(state.number)
        self.lines.show_rows(state.lines)
        known = bool(state.difference)
        self.amount_name.say(_("Difference") if known else _("Counted now"))
        ink = INK.get(state.verdict_tone, "text")
        self.amount.say(state.difference or state.counted, ink)
        tone = state.verdict_tone if state.verdict_tone != "plain" else "ok"
        icon = ICON.get(tone, "circle-alert")
        self.verdict.say(state.verdict, state.verdict_detail, tone, icon)
        self.reasons.show_reasons(state.reasons, state.reason)
        self.no_float.setVisible(state.empty)
        self.no_float.setChecked(state.no_float)
        self.signed.say(state.footer)
        self.signed.setVisible(bool(state.footer))
        words = _("Opening\u2026") if state.busy else _("Open shift")
        self.finish.say(
            words,
            state.button_amount,
            reason=state.button_reason,
            enabled=not state.busy and not state.button_reason,
        )

    def clear_note(self) -> None:
        """An empty note, for another shift."""
        self.field.edit.clear()
