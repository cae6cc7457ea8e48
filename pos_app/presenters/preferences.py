"""Settings in the window: how it looks and sounds, its devices, its keys, what this till is.

A choice holds at once and is in `till.toml` a moment later; what only a new start can change says
so. Looks are everybody's; devices and keys are the policy's `till_settings`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as with_
from typing import Any, Protocol

import msgspec

from hardware.devices import Devices, PrinterStatus
from pos_app.domain.errors import PosError
from pos_app.presenters import preference_pages as pages
from pos_app.presenters.connection import Attention
from pos_app.presenters.desk import LEDGER, PRINTER, Consent, Desk
from pos_app.presenters.preference_pages import (
    DEVICES,
    KEYS,
    LOOKS,
    SCANS_WANTED,
    TILL,
    WORK,
    Item,
)
from pos_app.presenters.typed import amount_typed
from pos_app.settings import FLOAT_LIMIT, Settings
from pos_app.till import favourites
from pos_app.till.permission import require
from pos_app.words import _

__all__ = [
    "DEVICES",
    "KEYS",
    "LOOKS",
    "TILL",
    "WORK",
    "Item",
    "KeyRow",
    "Preferences",
    "PreferencesState",
    "Workshop",
]

ACTION = "till_settings"
SLOWEST_MS, FASTEST_MS = 80, 15
SHELF_MAX, SHELVES_MAX = 12, 60
"""Signs of a shelf's name, and how many a shop names."""


_KINDS = {
    "scanner_kind": ("scanner", "wedge", "serial:/dev/ttyACM0"),
    "terminal_kind": ("terminal", "manual", "tcp:127.0.0.1:20007"),
    "weighing_kind": ("weighing", "none", "serial:/dev/ttyUSB0"),
}
"""A choice -> its device, the setting without one, and an address to begin with."""
_NUMBERS = {"scale": "scale", "volume": "volume", "lock_after": "lock_after_s"}
_TYPED = {
    "scanner_port": ("scanner", "serial"),
    "terminal_address": ("terminal", "tcp"),
    "weighing_port": ("weighing", "serial"),
}
"""A text row -> the device it is the address of, and how that begins."""


class Workshop(Protocol):
    """What the program around the window does for its settings."""

    def connect(self, settings: Settings) -> Devices:
        """The devices at these addresses; raises Refused for what no one can open."""

    def profiles(self) -> tuple[tuple[str, str], ...]:
        """The printers that are known: name and title."""

    def facts(self) -> tuple[tuple[str, str], ...]:
        """What this till is: label and value."""

    def make_anew(self) -> None:
        """The window, for another language or other caps; the sale and the person stay."""

    def rejoin(self) -> None:
        """The till is enrolled again, in a window of its own; the sale stays."""

    def start_again(self) -> None:
        """The program starts anew in its new size, the sale stays."""

    def dress(self, settings: Settings) -> None:
        """Theme and sounds as they are now."""


class PreferencesState(msgspec.Struct, frozen=True):
    """The sheet."""

    page: str = LOOKS
    items: tuple[Item, ...] = ()
    waiting: str = ""
    """The action whose new key is waited for."""
    problem: str = ""
    saved: str = ""
    at: str = ""
    """The row that is wanted of the page."""
    alone: bool = False
    """Nobody is signed in: this page and no other."""


class KeyRow(msgspec.Struct, frozen=True):
    """An action, in words, and its key."""

    action: str
    words: str
    cap: str


class KeyTable(Protocol):
    """The table of keys, as the window has it."""

    def rows(self) -> tuple[KeyRow, ...]:
        """Every action with its key."""

    def remap(self, action: str, chord: str) -> dict[str, str]:
        """Another key; what then differs from the first table. Raises Refused("key_…")."""

    def reset(self) -> dict[str, str]:
        """All keys as they were at first."""


class Preferences:
    """Holds the page that is open; changes settings one at a time."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.on_change: Callable[[PreferencesState], None] = lambda _state: None
        self.workshop: Workshop | None = None
        self.keys: KeyTable | None = None
        self.attention: Callable[[], tuple[Attention, ...]] = tuple
        """What needs somebody now."""
        self.on_favourites: Callable[[], None] = lambda: None
        self.state = PreferencesState()
        self.scans: list[int] = []
        """Slowest gap of each scan of the wizard, milliseconds."""
        self._at = ""
        self._may = ""
        """Who may change devices and keys since it was opened."""
        self._printer = ""

    @property
    def settings(self) -> Settings:
        """As they are."""
        return self.desk.till.settings

    def open(self, page: str = LOOKS, at: str = "") -> None:
        """Shows a page at a row of it, asking somebody where the policy wants it.

        Where nobody is signed in it is the page of looks, whatever was asked for.
        """
        self._printer = ""
        self.scans = []
        self._at = at
        person = self.desk.till.person
        page = page if person is not None else LOOKS
        if page in (LOOKS, TILL) or (person is not None and person.staff_id == self._may):
            self._show(page)
            self.desk.hands.open_sheet("preferences")
            return

        def allowed(consent: Consent) -> None:
            require(self.desk.till, ACTION, approval=consent.approval, reason=consent.reason)

        def opened(_result: object) -> None:
            self._may = person.staff_id if person is not None else ""
            self._show(page)
            self.desk.hands.open_sheet("preferences")

        self.desk.attempt(allowed, opened, self.desk.tell, title=_("Settings of this till"))

    def forget(self) -> None:
        """Another person is here: the policy is asked again."""
        self._may = ""

    def refresh(self) -> None:
        """The same page as it is now."""
        self._show(self.state.page)

    def look_again(self) -> None:
        """Something else needs somebody: the page that lists it is shown anew."""
        if self.state.page == TILL:
            self.refresh()

    # ---- changes

    def choose(self, name: str, value: str) -> None:
        """A choice of the page."""
        if name == "page":
            self.open(value)
        elif name == "printer_kind":
            self._printer = value
            if value in ("none", "dir"):
                self._device("printer", "dir:receipts" if value == "dir" else "none")
            else:
                self._show(self.state.page)
        elif name in _KINDS:
            device, without, address = _KINDS[name]
            self._device(device, without if value == without else address)
        elif name in ("printer_profile", "drawer", "display"):
            self._device(name, value)
        elif name == "cues":
            quiet = set(self.settings.quiet.split()) ^ {value}
            self._keep(quiet=" ".join(sorted(quiet)))
            self.desk.hands.sound(value)
        elif name in _NUMBERS:
            self._keep(**{_NUMBERS[name]: int(value)})
        elif name in ("theme", "locale", "blind_count"):
            self._keep(**{name: value})
        elif name == "hand_over_slip":
            self._keep(hand_over_slip=value == "yes")

    def type(self, name: str, value: str) -> None:
        """A text of the page was finished."""
        text = value.strip()
        if name == "printer_address":
            self._device("printer", f"{self._kind()}:{text}" if text else "none")
        elif name in _TYPED:
            device, scheme = _TYPED[name]
            self._device(device, f"{scheme}:{text}")
        elif name == "float_amount":
            self._set_float(text)
        elif name == "shelves":
            self._keep(shelves=" ".join(each[:SHELF_MAX] for each in text.split()[:SHELVES_MAX]))
        elif name in ("scan_prefix", "scan_suffix"):
            self._keep(**{name: text})

    def _set_float(self, text: str) -> None:
        amount = amount_typed(text, self.desk.currency) if text else 0
        if amount is None or amount >= FLOAT_LIMIT:
            problem = _("Type an amount, for example 200.")
            self._show(self.state.page, problem=problem)
        else:
            self._keep(float_amount=amount)

    def _forget_favourites(self) -> None:
        till = self.desk.till

        def forgotten(_result: object) -> None:
            self._show(self.state.page, saved=_("Saved"))
            self.on_favourites()

        self.desk.hands.run(LEDGER, lambda: favourites.forget_all(till), forgotten, self.desk.tell)

    def press(self, name: str) -> None:
        """A button of the page."""
        workshop = self.workshop
        if name.startswith("key_"):
            self._show(self.state.page, waiting=name.removeprefix("key_"))
        elif name == "keys_reset" and self.keys is not None:
            self._keep(shortcuts=self.keys.reset())
        elif name == "start_again" and workshop is not None:
            workshop.start_again()
        elif name == "try_sound":
            quiet = self.settings.quiet.split()
            heard = (cue for cue in ("paid", "ok", "again", "refused") if cue not in quiet)
            self.desk.hands.sound(next(heard, "attention"))
        elif name == "look_at_printer":
            self._look_at_printer()
        elif name == "forget_favourites":
            self._forget_favourites()

    def key(self, chord: str) -> None:
        """The key that was waited for; empty gives up."""
        action, keys = self.state.waiting, self.keys
        if not action or keys is None:
            return
        if not chord:
            self._show(self.state.page)
            return
        try:
            chords = keys.remap(action, chord)
        except PosError as error:
            self._show(self.state.page, problem=str(self.desk.words(error)))
            return
        self._keep(shortcuts=chords)

    def scanned(self, slowest_ms: int) -> bool:
        """The wizard: one scan, with the longest pause between its keys. True when it is done."""
        self.scans.append(slowest_ms)
        if len(self.scans) < SCANS_WANTED:
            self._show(self.state.page)
            return False
        slowest = max(self.scans)
        self.scans = []
        if slowest > SLOWEST_MS:
            self._show(
                self.state.page,
                problem=_("This scanner types too slowly. Turn off its pause between characters."),
            )
            return True
        self._keep(scan_gap_ms=max(FASTEST_MS, min(SLOWEST_MS, slowest * 3 // 2 + 10)))
        return True

    def _keep(self, **changes: Any) -> None:
        """Puts them into the settings, here and on the disk.

        What somebody wrote into the file meanwhile stays there, and counts from the next start.
        """
        till = self.desk.till
        before, after = till.settings, with_(till.settings, **changes)
        try:
            held = Settings.load(till.data)
        except PosError:
            held = before  # nobody can read it any more: it is written anew
        try:
            with_(held, **changes).save(till.data)
        except PosError as error:
            self._show(self.state.page, problem=str(self.desk.words(error)))
            return
        till.settings = after
        workshop = self.workshop
        if workshop is not None:
            workshop.dress(after)
        self._show(self.state.page, saved=_("Saved"))
        if workshop is not None and before.locale != after.locale:
            workshop.make_anew()

    def _device(self, name: str, address: str) -> None:
        """Another device: opened first, and kept only when it can be meant."""
        till, workshop = self.desk.till, self.workshop
        if workshop is None or getattr(till.settings, name) == address:
            self._show(self.state.page)
            return
        changes: dict[str, Any] = {name: address}
        after = with_(till.settings, **changes)

        def connected(devices: Devices) -> None:
            old, till.devices = till.devices, devices
            self.desk.hands.run(PRINTER, old.close)
            self._keep(**{name: address})
            self._look_at_printer()

        def refused(error: BaseException) -> None:
            if not isinstance(error, PosError):
                raise error
            self._show(self.state.page, problem=str(self.desk.words(error)))

        self.desk.hands.run(PRINTER, lambda: workshop.connect(after), connected, refused)

    def _look_at_printer(self) -> None:
        """What the printer says of itself, asked on its own lane."""
        printer = self.desk.till.devices.printer
        if printer is None:
            return

        def told(status: PrinterStatus) -> None:
            words = {
                PrinterStatus.READY: _("Printer is ready."),
                PrinterStatus.PAPER_LOW: _("Printer is ready. The roll ends soon."),
                PrinterStatus.PAPER_OUT: _("Printer is out of paper."),
                PrinterStatus.COVER_OPEN: _("The printer's cover is open."),
                PrinterStatus.OFFLINE: _("No printer answers there."),
            }.get(status, _("This printer cannot tell. Print a test page."))
            if self.state.page == DEVICES:
                self._show(self.state.page, saved=words)

        self.desk.hands.run(PRINTER, printer.status, told)

    # ---- pages

    def _show(self, page: str, *, waiting: str = "", problem: str = "", saved: str = "") -> None:
        items = tuple(self._items(page))
        alone = self.desk.till.person is None
        self.state = PreferencesState(page, items, waiting, problem, saved, self._at, alone)
        self.on_change(self.state)

    def _items(self, page: str) -> list[Item]:
        workshop = self.workshop
        if page == LOOKS:
            return pages.looks(self.desk)
        if page == DEVICES:
            profiles = workshop.profiles() if workshop is not None else ()
            return pages.devices(self.settings, self._kind(), profiles, len(self.scans))
        if page == WORK:
            return pages.work(self.desk)
        if page == TILL:
            return pages.till(workshop.facts() if workshop is not None else (), self.attention)
        rows = self.keys.rows() if self.keys is not None else ()
        items = [Item("key", row.action, row.words, value=row.cap) for row in rows]
        return [*items, Item("button", "keys_reset", _("All keys as they were at first"))]

    def _kind(self) -> str:
        return self._printer or self.settings.printer.partition(":")[0]
