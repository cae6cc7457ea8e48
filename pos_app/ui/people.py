"""Who comes and goes at the window: back to one's place, badges on any screen, the warning strip."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from shiboken6 import isValid

from pos_app.domain.badge import is_badge
from pos_app.domain.staff import Staff
from pos_app.presenters.consent import initials
from pos_app.ui import paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import Icon, Label
from pos_app.words import _, wait

if TYPE_CHECKING:
    from pos_app.ui.window import Window

_COME_BACK = frozenset({"open_shift", "sell", "pay", "sales", "returns", "close_shift"})
_SHEETS = frozenset({"more", "product", "parked", "discount", "custom", "commands"})
"""Sheets that are open again for whoever locked the till with them."""


class People:
    """Signing in and over, as the window shows it."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.strip = WarnStrip(window.work_room, window.touched)
        self._left = ("", "", "")
        """Who locked the till, on which screen, with which sheet."""
        self._focus: QWidget | None = None
        lock = window.lock
        lock.on_switched = self._switched
        lock.on_badge_alone = self._lock_for_pin

    def acts(self) -> dict[str, Callable[[], object]]:
        """What the lock's buttons do."""
        return {
            "others": self.others,
            "unlock": self.window.lock.unlock,
            "forgot_pin": self.forgot,
            "lock_look": self.look,
            "lock_size": lambda: self.window.preferences.open(at="scale"),
            "lock_language": lambda: self.window.preferences.open(at="locale"),
        }

    def look(self) -> None:
        """Price check without anybody signed in: a code scanned or typed is shown, never sold."""
        window = self.window
        window.screens.ask.ask(
            _("Price check"), _("Scan the product, or type its code."), "", number=False
        )
        window.open_sheet("ask")

    def leaving(self) -> None:
        """The till locks: where one was is remembered."""
        window, person = self.window, self.window.till.person
        self.strip.hide()
        if person is not None and window.place in _COME_BACK:
            self._left = (person.staff_id, window.place, window.sheet_name)
            self._focus = QApplication.focusWidget()

    def back(self, person: Staff) -> bool:
        """Who locked it is back: the same screen, sheet and focus. False where it is somebody else.

        A screen of money is gone back to only where its money is still asked for.
        """
        window = self.window
        (who, place, sheet), self._left = self._left, ("", "", "")
        focus, self._focus = self._focus, None
        if who != person.staff_id or (place == "pay" and not window.selling.state.paying):
            return False
        if (window.till.shift is None) != (place == "open_shift"):
            return False
        window.go(place)
        if sheet in _SHEETS:
            window.open_sheet(sheet)
        if focus is not None and isValid(focus) and focus.isVisible():
            focus.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def badge(self, code: str) -> bool:
        """A code that looks like a badge goes to whom it concerns; True where it was one."""
        if not is_badge(code):
            return False
        window = self.window
        if window.sheet_name == "consent" and window.consent.state.needs == "manager":
            window.consent.badge(code)
        elif window.place == "lock":
            window.lock.badge(code)
        else:
            window.lock.switch(code)
        return True

    def _switched(self, person: Staff) -> None:
        """Somebody else works here now; screen, sheet and sale stay as they are."""
        window = self.window
        window.touched()
        self.show_who(person)
        window.sound("ok")
        window.selling.refresh()
        told = _("{name} is at the till now.").format(name=person.name)
        window.toast(told)
        window.announce(told)

    def show_who(self, person: Staff) -> None:
        """Whose letters stand on the rail."""
        self.window.rail.avatar.say(initials(person.name), person.name)

    def _lock_for_pin(self) -> None:
        """A badge that wants its PIN: the lock asks for it, the sale waits behind."""
        if self.window.place != "lock":
            self.window.acts.lock()

    def others(self) -> None:
        """Everybody, in a sheet."""
        window = self.window
        window.screens.people.show_people(window.lock.state.others)
        window.open_sheet("people")

    def chosen(self, staff_id: str) -> None:
        """Somebody out of that sheet."""
        self.window.close_sheet()
        self.window.lock.choose(staff_id)

    def forgot(self) -> None:
        """What to do without a PIN."""
        self.window.toast(
            _("Head office gives a new PIN. Until then a badge works, and so does a colleague.")
        )

    def warn(self, left_s: int) -> None:
        """So long until the till locks by itself."""
        told = _("Nobody here? This till locks in {time}.").format(time=wait(left_s))
        if not self.strip.isVisible():
            self.window.announce(told, at_once=True)
        self.strip.say(told)


class WarnStrip(QWidget):
    """Over the bottom bar: the till is about to lock; any key or tap keeps it open."""

    HEIGHT = 64

    def __init__(self, room: QWidget, stay: Callable[[], None]) -> None:
        super().__init__(room)
        self.room = room
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.INSET, 8, theme.INSET, 8)
        row.setSpacing(12)
        self.label = Label("", 15, 600, "warn_ink", wrap=True)
        self.stay = Button(_("I am here"), icon="hand")
        self.stay.clicked.connect(stay)
        row.addWidget(Icon("timer", "warn_ink", 22))
        row.addWidget(self.label, 1)
        row.addWidget(self.stay)
        self.hide()
        room.installEventFilter(self)

    def say(self, text: str) -> None:
        """Shows it with these words."""
        self.label.say(text)
        self.setAccessibleName(text)
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        room = self.room
        self.setGeometry(0, room.height() - self.HEIGHT, room.width(), self.HEIGHT)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        painter.fillRect(self.rect(), theme.color("warn_soft"))
        painter.fillRect(0, 0, self.width(), 1, theme.color("warn"))
        painter.end()
