"""Lock: who is at the till, and a PIN."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import QPointF, QRect, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout

from pos_app.presenters.lock import LockState, PersonTile
from pos_app.ui import paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import Card, Disc, Ground, Icon, Label
from pos_app.ui.pads import Dots, Pad
from pos_app.ui.shell import SyncPill
from pos_app.words import _, clock, date

INSET = theme.INSET
COLUMNS = 4


class PersonButton(Button):
    """A person: initials on a disc, name, role."""

    def __init__(self) -> None:
        super().__init__("", "plain")
        self.setCheckable(True)
        self.tile: PersonTile | None = None
        self.setMinimumSize(120, 120)
        self.setMaximumHeight(176)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_person(self, tile: PersonTile) -> None:
        """Another person."""
        self.tile = tile
        self.setText(tile.name)
        self.setAccessibleName(f"{tile.name}, {tile.role}")
        self.setChecked(tile.chosen)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        fill, edge, ink, width = self.colours()
        rect = self.rect()
        if not self.isChecked():
            edge = theme.color("border")
        paint.box(painter, rect, theme.CARD, fill, edge, width if self.isChecked() else 1)
        tile = self.tile
        if tile is not None:
            top = (rect.height() - 52 - 14 - 22 - 20) // 2
            middle = QPointF(rect.width() / 2, top + 26)
            disc = theme.color("primary" if self.isChecked() else "sunken")
            paint.disc(painter, middle, 26, disc)
            area = QRect(0, top, rect.width(), 52)
            letters = theme.color("on_primary" if self.isChecked() else "text2")
            paint.write(painter, area, tile.initials, theme.font(18, 600), letters, paint.CENTRE)
            area = QRect(8, top + 64, rect.width() - 16, 22)
            paint.write(painter, area, tile.name, theme.font(15, 600), ink, paint.CENTRE)
            area = QRect(8, top + 87, rect.width() - 16, 20)
            faint = ink if self.isChecked() else theme.color("text2")
            paint.write(painter, area, tile.role, theme.font(13, 400), faint, paint.CENTRE)
        painter.end()


class LockWork(Ground):
    """The clock, the sale that waits, the people."""

    chosen = Signal(str)
    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("app")
        column = QVBoxLayout(self)
        column.setContentsMargins(INSET, 12, INSET, 18)
        column.setSpacing(12)
        top = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(2)
        self.title = Label("", 22, 700)
        self.place = Label("", 13, 500, "text2", data=True)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.place)
        words.addStretch(1)
        self.pill = SyncPill()
        top.addLayout(words, 1)
        top.addWidget(self.pill)
        column.addLayout(top)
        column.addWidget(self._clock_card())
        self.who = Label(_("Who is at the till?"), 18, 700)
        column.addSpacing(8)
        column.addWidget(self.who)
        self.grid = QGridLayout()
        self.grid.setSpacing(12)
        self.people: list[PersonButton] = []
        for _place in range(2 * COLUMNS):
            self._add_person()
        for place in range(COLUMNS):
            self.grid.setColumnStretch(place, 1)
        self.others = Button("", icon="ellipsis")
        self.others.clicked.connect(lambda: self.act.emit("others"))
        column.addLayout(self.grid, 1)
        column.addWidget(self.others)
        self.trouble = Label("", 15, 500, "text2", wrap=True)
        column.addWidget(self.trouble)
        column.addStretch(1)
        bar = QHBoxLayout()
        bar.setSpacing(theme.GAP)
        for action, text, icon in (
            ("theme", _("Light or dark"), "moon"),
            ("help", _("Show all keys"), "keyboard"),
        ):
            button = Button(text, icon=icon)
            button.clicked.connect(lambda _checked=False, what=action: self.act.emit(what))
            bar.addWidget(button, 1)
        column.addLayout(bar)

    def _clock_card(self) -> Card:
        card = Card()
        card.setFixedHeight(152)
        row = QHBoxLayout(card)
        row.setContentsMargins(24, 14, 18, 18)
        row.setSpacing(20)
        words = QVBoxLayout()
        words.setSpacing(0)
        self.time = Label("", 76, 700)
        self.time.setFont(theme.font(76, 700, tabular=False))
        self.day = Label("", 16, 500, "text2")
        words.addWidget(self.time)
        words.addWidget(self.day)
        row.addLayout(words)
        row.addStretch(1)
        self.waiting = Card("primary_soft", "", 12)
        inner = QVBoxLayout(self.waiting)
        inner.setContentsMargins(18, 14, 18, 14)
        inner.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(10)
        self.waiting_title = Label("", 16, 600, "primary_ink")
        self.waiting_amount = Label("", 17, 700, "primary_ink", across=paint.END)
        head.addWidget(Icon("shopping-bag", "primary_ink", 22))
        head.addWidget(self.waiting_title, 1)
        head.addWidget(self.waiting_amount)
        inner.addLayout(head)
        self.waiting_detail = Label("", 13, 500, "text2")
        inner.addWidget(self.waiting_detail)
        text = _("Whoever signs in next can go on with it.")
        inner.addWidget(Label(text, 13, 500, "text2", wrap=True))
        inner.addStretch(1)
        self.waiting.setFixedWidth(330)
        row.addWidget(self.waiting)
        return card

    def _add_person(self) -> None:
        button = PersonButton()
        button.clicked.connect(lambda: self._pressed(button))
        place = len(self.people)
        self.people.append(button)
        self.grid.addWidget(button, place // COLUMNS, place % COLUMNS)

    def _pressed(self, button: PersonButton) -> None:
        if button.tile is not None:
            button.setChecked(True)
            self.chosen.emit(button.tile.staff_id)

    def show_state(self, state: LockState) -> None:
        """Draws who may sign in."""
        self.title.say(state.title)
        self.place.say(state.place)
        self.waiting.setVisible(bool(state.waiting))
        self.waiting_title.say(state.waiting)
        self.waiting_amount.say(state.waiting_amount)
        self.waiting_detail.say(state.waiting_detail)
        while len(self.people) < len(state.people):
            self._add_person()
        for place, button in enumerate(self.people):
            shown = place < len(state.people)
            button.setVisible(shown)
            if shown:
                button.show_person(state.people[place])
        self.others.setVisible(state.more > 0)
        self.others.say(_("Others \u00b7 {count} more").format(count=state.more))
        nobody = not state.people
        self.who.setVisible(not nobody)
        self.trouble.setVisible(nobody)
        if nobody:
            self.trouble.say(
                _(
                    "Nobody may sign in here yet. Head office sends the list of staff; "
                    "the till shows it by itself when it arrives."
                )
            )

    def tick(self, now: dt.datetime, zone: str) -> None:
        """The clock."""
        self.time.say(clock(now, zone))
        local = date(now.date())
        self.day.say(local)


class LockPanel(Ground):
    """Whose PIN, and the pad."""

    act = Signal(str)
    key = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface", "start")
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        header = Ground("surface", "bottom")
        header.setFixedHeight(72)
        row = QHBoxLayout(header)
        row.setContentsMargins(INSET, 0, INSET, 0)
        row.setSpacing(12)
        self.face = Disc("user", "info", 44, 22)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.name = Label("", 19, 700, data=True)
        self.role = Label("", 13, 500, "text2", data=True)
        words.addStretch(1)
        words.addWidget(self.name)
        words.addWidget(self.role)
        words.addStretch(1)
        row.addWidget(self.face)
        row.addLayout(words, 1)
        column.addWidget(header)
        body = QVBoxLayout()
        body.setContentsMargins(INSET, 20, INSET, 14)
        body.setSpacing(8)
        self.prompt = Label("", 17, 600, across=paint.CENTRE)
        self.dots = Dots()
        self.wrong = Label("", 14, 600, "bad_ink", across=paint.CENTRE, wrap=True)
        self.wrong.setMinimumHeight(22)
        body.addWidget(self.prompt)
        body.addWidget(self.dots)
        body.addWidget(self.wrong)
        rows = (("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9"), ("clear", "0", "back"))
        self.pad = Pad(rows)
        self.pad.pressed.connect(self.key)
        body.addWidget(self.pad, 1)
        column.addLayout(body, 1)
        footer = Ground("surface", "top")
        footer.setFixedHeight(72)
        row = QHBoxLayout(footer)
        row.setContentsMargins(INSET, 0, INSET, 0)
        row.setSpacing(theme.GAP)
        self.not_me = Button(_("Not me"), icon="users", key="Esc")
        self.not_me.clicked.connect(lambda: self.act.emit("not_me"))
        self.sign_in = Button(_("Sign in"), "soft", icon="check", key="Enter")
        self.sign_in.clicked.connect(lambda: self.act.emit("sign_in"))
        row.addWidget(self.not_me, 1)
        row.addWidget(self.sign_in, 1)
        column.addWidget(footer)

    def show_state(self, state: LockState) -> None:
        """Draws the dots, or what was wrong."""
        self.name.say(state.name)
        self.role.say(state.role)
        self.prompt.say(_("Checking\u2026") if state.checking else state.prompt)
        self.dots.show_typed(state.typed, wrong=bool(state.wrong), checking=state.checking)
        self.wrong.say(state.wrong)
        chosen = bool(state.chosen)
        self.not_me.setEnabled(chosen)
        self.sign_in.setEnabled(chosen and state.typed > 0 and not state.checking)
        for button in self.pad.keys.values():
            button.setEnabled(not state.checking)
