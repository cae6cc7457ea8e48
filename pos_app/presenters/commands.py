"""The list of commands: everything that can be done here, found by a few letters of its name."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pos_app.words import _


class CommandView(msgspec.Struct, frozen=True):
    """A command: what it does, its icon, the cap of its key."""

    action: str
    words: str
    icon: str = "keyboard"
    cap: str = ""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return f"{self.words}, {self.cap}" if self.cap else self.words


class CommandState(msgspec.Struct, frozen=True):
    """The sheet of commands."""

    rows: tuple[CommandView, ...] = ()
    nothing: str = ""


class Commands:
    """What was typed, and which commands it means, those that begin with it first."""

    def __init__(self) -> None:
        self.on_change: Callable[[CommandState], None] = lambda _state: None
        self.state = CommandState()
        self._all: tuple[CommandView, ...] = ()

    def open(self, commands: tuple[CommandView, ...]) -> None:
        """Shows all of these."""
        self._all = commands
        self.type("")

    def type(self, text: str) -> None:
        """Something was typed: each word must begin a word of the command, or be in it."""
        wanted = text.casefold().split()
        rated = [(_rate(view, wanted), place, view) for place, view in enumerate(self._all)]
        rows = tuple(view for rate, _place, view in sorted(rated, key=_order) if rate)
        nothing = ""
        if not rows:
            nothing = _("No command called \u201c{text}\u201d").format(text=text.strip()[:40])
        self.state = CommandState(rows, nothing)
        self.on_change(self.state)


def _order(rated: tuple[int, int, CommandView]) -> tuple[int, int]:
    return (-rated[0], rated[1])


def _rate(view: CommandView, wanted: list[str]) -> int:
    """How well a command fits; 0 where it does not."""
    words = view.words.casefold()
    parts = words.replace(",", " ").replace(":", " ").split()
    cap = view.cap.casefold()
    rate = 1
    for each in wanted:
        if each == cap or words.startswith(each):
            rate += 3
        elif any(part.startswith(each) for part in parts):
            rate += 2
        elif each not in words:
            return 0
    return rate
