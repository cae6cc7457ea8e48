"""Lock: who is at the till, and a PIN."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pos_app.presenters.lock import LockState, PersonTile
from pos_app.presenters.preference_pages import language
from pos_app.ui import icons, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.consent import BadgeStrip
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Ground, Icon, Label
from pos_app.ui.pads import Dots, Pad
from pos_app.ui.shell import Sheet, SyncPill
from pos_app.words import _, clock, current, date, ngettext, number

INSET = theme.INSET
COLUMNS = 4
NARROW = 640
"""Below it the clock is smaller, so that what waits has room beside it."""
LOW_LOCK = 700
"""Lower than this it is smaller as well, so that two rows of people have room."""


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
        told = [tile.name, tile.role, _("Working now") if tile.working else ""]
        self.setAccessibleName(", ".join(filter(None, told)))
        self.setChecked(tile.chosen)
        self.update()

    def show_others(self, count: int) -> None:
        """Not a person: the way to all the others."""
        more = ngettext("{count} more person", "{count} more people", count)
        more = more.format(count=number(count))
        self.setCheckable(False)
        self.tile = PersonTile("", _("Others"), more, "\u2022\u2022\u2022", chosen=False)
        self.setText(_("Others"))
        self.setAccessibleName(f"{self.tile.name}, {more}")
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
            if tile.working:
                beside = 20 if self.layoutDirection() == Qt.LayoutDirection.LeftToRight else -20
                dot = QPointF(middle.x() + beside, middle.y() + 20)
                ground = "primary_soft" if self.isChecked() else "surface"
                paint.disc(painter, dot, 9, theme.color(ground))
                paint.disc(painter, dot, 6, theme.color("ok"))
            area = QRect(8, top + 64, rect.width() - 16, 22)
            paint.write(painter, area, tile.name, theme.font(15, 600), ink, paint.CENTRE)
            area = QRect(8, top + 87, rect.width() - 16, 20)
            faint = ink if self.isChecked() else theme.color("text2")
            paint.write(painter, area, tile.role, theme.font(13, 400), faint, paint.CENTRE)
        painter.end()


class Dot(QWidget):
    """A green dot: the legend of those on the tiles."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(14, 20)
        self.setAccessibleName("")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        paint.disc(painter, QPointF(7, 10), 5, theme.color("ok"))
        painter.end()


class Face(QWidget):
    """The chosen person's letters on a disc; nobody's while nobody is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.letters = ""
        self.setFixedSize(44, 44)
        self.setAccessibleName("")

    def say(self, letters: str) -> None:
        """Another person's."""
        if letters != self.letters:
            self.letters = letters
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        ground, ink = ("primary", "on_primary") if self.letters else ("sunken", "text2")
        paint.disc(painter, QPointF(22, 22), 22, theme.color(ground))
        if self.letters:
            told = theme.font(16, 600)
            paint.write(painter, self.rect(), self.letters, told, theme.color(ink), paint.CENTRE)
        else:
            icons.draw(painter, "user", 22, 22, 22, theme.color(ink))
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
        self.working = Label(_("Working now"), 13, 500, "text2")
        self.dot = Dot()
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.who, 1)
        head.addWidget(self.dot)
        head.addWidget(self.working)
        column.addSpacing(8)
        column.addLayout(head)
        self.grid = QGridLayout()
        self.grid.setSpacing(12)
        self.people: list[PersonButton] = []
        for _place in range(2 * COLUMNS):
            self._add_person()
        for place in range(COLUMNS):
            self.grid.setColumnStretch(place, 1)
        column.addLayout(self.grid, 8)
        self.badge = BadgeStrip(_("Or scan your badge"))
        column.addWidget(self.badge)
        self.trouble = Label("", 15, 500, "text2", wrap=True)
        column.addWidget(self.trouble)
        column.addStretch(1)
        bar = QHBoxLayout()
        bar.setSpacing(theme.GAP)
        self.bar: dict[str, Button] = {}
        for action, text, icon, name in (
            ("lock_look", _("Price check"), "tag", ""),
            ("lock_size", _("Text size"), "a-large-small", ""),
            ("lock_language", language(current()), "languages", _("Language")),
            ("help", _("Show all keys"), "keyboard", ""),
        ):
            button = Button(text, icon=icon, name=f"{name}: {text}" if name else "")
            button.clicked.connect(lambda _checked=False, what=action: self.act.emit(what))
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self.bar[action] = button
            bar.addWidget(button, 1)
        column.addLayout(bar)

    def _clock_card(self) -> Card:
        card = self.clock_card = Card()
        card.setFixedHeight(152)
        row = QHBoxLayout(card)
        theme.margins(row, 24, 14, 18, 18)
        row.setSpacing(20)
        words = QVBoxLayout()
        words.setSpacing(0)
        self.time = Label("", 76, 700)
        self.day = Label("", 16, 500, "text2")
        words.addWidget(self.time)
        words.addWidget(self.day)
        row.addLayout(words)
        row.addStretch(1)
        self.waiting = Card("primary_soft", "", 12)
        inner = QVBoxLayout(self.waiting)
        inner.setContentsMargins(18, 10, 18, 10)
        inner.setSpacing(5)
        inner.addStretch(1)
        head = QHBoxLayout()
        head.setSpacing(10)
        self.waiting_title = Label("", 16, 600, "primary_ink", wrap=True)
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
        self.waiting.setMinimumWidth(220)
        self.waiting.setMaximumWidth(358)
        row.addWidget(self.waiting, 8)
        return card

    def _add_person(self) -> None:
        button = PersonButton()
        button.clicked.connect(lambda: self._pressed(button))
        place = len(self.people)
        self.people.append(button)
        self.grid.addWidget(button, place // COLUMNS, place % COLUMNS)

    def _pressed(self, button: PersonButton) -> None:
        if button.tile is None:
            return
        if not button.tile.staff_id:
            self.act.emit("others")
            return
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
        for place, button in enumerate(self.people):
            shown = place < len(state.people)
            others = place == len(state.people) and state.more > 0
            button.setVisible(shown or others)
            button.setCheckable(not others)
            if shown:
                button.show_person(state.people[place])
            elif others:
                button.show_others(state.more)
        self.working.setVisible(state.working)
        self.dot.setVisible(state.working)
        self.badge.say(
            state.badge or _("One scan signs you in, on any screen. An open sale stays as it is.")
        )
        nobody = not state.people
        self.who.setVisible(not nobody)
        self.badge.setVisible(not nobody)
        self.trouble.setVisible(nobody)
        if nobody:
            self.trouble.say(
                _(
                    "Nobody may sign in here yet. Head office sends the list of staff; "
                    "the till shows it by itself when it arrives."
                )
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW
        low = event.size().height() < LOW_LOCK
        self.clock_card.setFixedHeight(116 if low else 152)
        size = 48 if low else 60 if narrow else 76
        for button in self.bar.values():
            button.set_icon_shown(not narrow)
        self.time.setFont(theme.font(size, 700, tabular=False))

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
        theme.margins(column, 1, 0, 0, 0)
        column.setSpacing(0)
        header = Ground("surface", "bottom")
        header.setFixedHeight(72)
        row = QHBoxLayout(header)
        row.setContentsMargins(INSET, 0, INSET, 0)
        row.setSpacing(12)
        self.face = Face()
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
        self.opens = Label("", 13, 500, "text2", across=paint.CENTRE)
        self.opens.setMinimumHeight(20)
        body.addWidget(self.opens)
        column.addLayout(body, 1)
        footer = Ground("surface", "top")
        footer.setFixedHeight(72)
        row = QHBoxLayout(footer)
        row.setContentsMargins(INSET, 0, INSET, 0)
        row.setSpacing(theme.GAP)
        self.not_me = Button(_("Not me"), icon="users", key="Esc")
        self.not_me.clicked.connect(lambda: self.act.emit("not_me"))
        self.forgot = Button(_("Forgot PIN"), icon="key-round")
        self.forgot.clicked.connect(lambda: self.act.emit("forgot_pin"))
        self.sign_in = Button(_("Sign in"), "soft", icon="check", key="Enter")
        self.sign_in.clicked.connect(lambda: self.act.emit("sign_in"))
        self.unlock = Button(_("Let in"), "soft", icon="shield-check")
        self.unlock.clicked.connect(lambda: self.act.emit("unlock"))
        for button in (self.forgot, self.sign_in, self.unlock, self.not_me):
            row.addWidget(button, 1)
        column.addWidget(footer)

    def show_state(self, state: LockState) -> None:
        """Draws the dots, or what was wrong."""
        self.face.say(state.initials)
        self.name.say(state.name)
        self.role.say(state.role)
        self.prompt.say(_("Checking\u2026") if state.checking else state.prompt)
        self.dots.show_typed(
            state.typed, wrong=bool(state.wrong), checking=state.checking, digits=state.digits
        )
        self.wrong.say(state.wrong)
        self.opens.say(state.opens)
        chosen = bool(state.chosen)
        self.not_me.setEnabled(chosen)
        typing = chosen and not state.opens
        self.unlock.setVisible(state.can_unlock)
        self.sign_in.setVisible(typing and not state.can_unlock)
        self.forgot.setVisible(not typing and not state.can_unlock)
        self.forgot.setEnabled(chosen)
        self.sign_in.setEnabled(typing and state.typed > 0 and not state.checking)
        for button in self.pad.keys.values():
            button.setEnabled(not state.checking)


class PeopleSheet(Sheet):
    """Everybody who may sign in here, found by a few letters."""

    chosen = Signal(str)
    COLUMNS = 3

    def __init__(self) -> None:
        super().__init__(_("Who is at the till?"))
        self.search = Field(_("Name"), _("A few letters of the name"))
        self.search.edit.textChanged.connect(self._sift)
        self.search.edit.returnPressed.connect(self.confirm)
        self.body.addWidget(self.search)
        room = Ground("surface")
        self.grid = QGridLayout(room)
        self.grid.setContentsMargins(4, 4, 4, 4)
        self.grid.setSpacing(12)
        for place in range(self.COLUMNS):
            self.grid.setColumnStretch(place, 1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setWidget(room)
        self.body.addWidget(self.area, 1)
        self.nobody = Label(_("Nobody of that name works here."), 15, 500, "text2")
        self.body.addWidget(self.nobody)
        self.buttons: list[PersonButton] = []
        self.tiles: tuple[PersonTile, ...] = ()

    def show_people(self, tiles: tuple[PersonTile, ...]) -> None:
        """Other people."""
        self.tiles = tiles
        self.search.edit.clear()
        self._sift("")

    def found(self) -> list[PersonTile]:
        """Whose name has the letters typed."""
        typed = self.search.text.casefold().split()
        return [tile for tile in self.tiles if all(part in tile.name.casefold() for part in typed)]

    def _sift(self, _text: str) -> None:
        found = self.found()
        while len(self.buttons) < len(found):
            button = PersonButton()
            button.setMaximumHeight(144)
            place = len(self.buttons)
            button.clicked.connect(lambda _checked=False, at=place: self._take(at))
            self.buttons.append(button)
            self.grid.addWidget(button, place // self.COLUMNS, place % self.COLUMNS)
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(found))
            if place < len(found):
                button.show_person(found[place])
        self.nobody.setVisible(not found)

    def _take(self, place: int) -> None:
        found = self.found()
        if place < len(found):
            self.chosen.emit(found[place].staff_id)

    def confirm(self) -> None:
        """Enter: the only one left."""
        found = self.found()
        if len(found) == 1:
            self.chosen.emit(found[0].staff_id)

    def first_focus(self) -> QWidget:
        return self.search.edit
