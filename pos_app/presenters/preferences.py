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
from pos_app.presenters.desk import PRINTER, Consent, Desk
from pos_app.settings import Settings
from pos_app.till.permission import require
from pos_app.words import _, number

ACTION = "till_settings"
LOOKS, DEVICES, KEYS, TILL = "looks", "devices", "keys", "till"
SCALES = (100, 115, 130)
VOLUMES = (0, 30, 60, 100)
SCANS_WANTED = 5
SLOWEST_MS, FASTEST_MS = 80, 15
LANGUAGES = {"en": "English", "de": "Deutsch", "ar": "العربية"}
"""What the window can speak, each in its own words."""


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

    def start_again(self) -> None:
        """The program starts anew in its new size, the sale stays."""

    def dress(self, settings: Settings) -> None:
        """Theme and sounds as they are now."""


class Option(msgspec.Struct, frozen=True):
    """One of a few choices."""

    value: str
    words: str


class Item(msgspec.Struct, frozen=True):
    """One row of a page: a choice, a text, a button, a key or a fact."""

    kind: str
    """choice, text, button, key or fact."""
    name: str
    title: str
    detail: str = ""
    value: str = ""
    options: tuple[Option, ...] = ()
    tone: str = "plain"


class PreferencesState(msgspec.Struct, frozen=True):
    """The sheet."""

    page: str = LOOKS
    items: tuple[Item, ...] = ()
    waiting: str = ""
    """The action whose new key is waited for."""
    problem: str = ""
    saved: str = ""


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
        self.state = PreferencesState()
        self.scans: list[int] = []
        """Slowest gap of each scan of the wizard, milliseconds."""
        self._may = ""
        """Who may change devices and keys since it was opened."""
        self._printer = ""

    @property
    def settings(self) -> Settings:
        """As they are."""
        return self.desk.till.settings

    def open(self, page: str = LOOKS) -> None:
        """Shows a page, asking somebody where the policy wants it."""
        self._printer = ""
        self.scans = []
        person = self.desk.till.person
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
        elif name == "scanner_kind":
            self._device("scanner", "wedge" if value == "wedge" else "serial:/dev/ttyACM0")
        elif name == "terminal_kind":
            self._device("terminal", "manual" if value == "manual" else "tcp:127.0.0.1:20007")
        elif name in ("scale", "volume"):
            self._keep(**{name: int(value)})
        elif name in ("theme", "locale"):
            self._keep(**{name: value})
        elif name in ("printer_profile", "drawer", "display"):
            self._device(name, value)

    def type(self, name: str, value: str) -> None:
        """A text of the page was finished."""
        text = value.strip()
        if name == "printer_address":
            self._device("printer", f"{self._kind()}:{text}" if text else "none")
        elif name in ("scanner_port", "terminal_address"):
            device, scheme = {"scanner_port": ("scanner", "serial")}.get(name, ("terminal", "tcp"))
            self._device(device, f"{scheme}:{text}")
        elif name in ("scan_prefix", "scan_suffix"):
            self._keep(**{name: text})

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
            self.desk.hands.sound("paid")
        elif name == "look_at_printer":
            self._look_at_printer()

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
        """Puts them into the settings, here and on the disk."""
        till = self.desk.till
        before, after = till.settings, with_(till.settings, **changes)
        try:
            after.save(till.data)
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
        made = {LOOKS: self._looks, DEVICES: self._devices, KEYS: self._keys, TILL: self._till}
        items = tuple(made[page]())
        self.state = PreferencesState(page, items, waiting, problem, saved)
        self.on_change(self.state)

    def _looks(self) -> list[Item]:
        now = self.settings
        store = self.desk.till.own.store
        theirs = _("As the store: {language}").format(
            language=LANGUAGES.get((store.locale if store else "en").split("-")[0], "English")
        )
        themes = (("system", _("As the system")), ("light", _("Light")), ("dark", _("Dark")))
        loud = {0: _("Off"), 30: _("Quiet"), 60: _("Normal"), 100: _("Loud")}
        items = [
            _choice("theme", _("Colours"), now.theme, themes),
            _choice("locale", _("Language"), now.locale, (("", theirs), *LANGUAGES.items())),
            _choice(
                "scale",
                _("Text size"),
                str(now.scale),
                tuple((str(each), f"{each} %") for each in SCALES),
                _("Holds when the till is opened again."),
            ),
            _choice(
                "volume", _("Sounds"), str(now.volume), tuple((str(v), loud[v]) for v in VOLUMES)
            ),
            Item("button", "try_sound", _("Play a sound")),
        ]
        if self._running_scale() != now.scale:
            items.insert(3, Item("button", "start_again", _("Open the till again now")))
        return items

    def _running_scale(self) -> int:
        import os

        return round(float(os.environ.get("QT_SCALE_FACTOR", "1")) * 100)

    def _kind(self) -> str:
        return self._printer or self.settings.printer.partition(":")[0]

    def _devices(self) -> list[Item]:
        now, profiles = self.settings, self.workshop.profiles() if self.workshop else ()
        kinds = (
            ("none", _("None")),
            ("dir", _("Files in a folder")),
            ("tcp", _("Network")),
            ("file", _("USB")),
            ("serial", _("Serial")),
        )
        kind = self._kind()
        items = [_choice("printer_kind", _("Receipt printer"), kind, kinds)]
        hints = {
            "tcp": _("For example 192.168.1.20:9100"),
            "file": _("For example /dev/usb/lp0"),
            "serial": _("For example /dev/ttyUSB0 or COM3"),
        }
        if kind in hints:
            scheme, _colon, address = now.printer.partition(":")
            shown = address if scheme == kind else ""
            items.append(Item("text", "printer_address", _("Address"), hints[kind], shown))
        if kind not in ("none", "simulated"):
            items.append(_choice("printer_profile", _("Model"), now.printer_profile, profiles))
            items.append(Item("button", "trial", _("Print a test page")))
            items.append(Item("button", "look_at_printer", _("Ask the printer how it is")))
        drawers = (("printer", _("On the printer")), ("none", _("None")))
        items.append(_choice("drawer", _("Cash drawer"), now.drawer, drawers))
        if now.drawer != "none":
            items.append(Item("button", "open_drawer", _("Open the drawer")))
        items += self._scanner(now)
        displays = (("none", _("None")), ("screen", _("Second screen")))
        items.append(
            _choice(
                "display",
                _("Customer display"),
                now.display,
                displays,
                _("Holds when the till is opened again."),
            )
        )
        by_hand = (("manual", _("Typed from its slip")), ("tcp", _("Connected")))
        terminal = now.terminal.partition(":")[0]
        items.append(_choice("terminal_kind", _("Card terminal"), terminal, by_hand))
        if terminal == "tcp":
            address = now.terminal.partition(":")[2]
            items.append(
                Item("text", "terminal_address", _("Address"), _("Host and port"), address)
            )
        return items

    def _scanner(self, now: Settings) -> list[Item]:
        kinds = (("wedge", _("Types like a keyboard")), ("serial", _("Serial")))
        kind = now.scanner.partition(":")[0]
        items = [_choice("scanner_kind", _("Scanner"), kind, kinds)]
        if kind == "serial":
            port = now.scanner.partition(":")[2]
            items.append(
                Item("text", "scanner_port", _("Port"), _("For example /dev/ttyACM0 or COM4"), port)
            )
            return items
        detail = _("Scan any five codes: the till learns how fast the scanner types.")
        if self.scans:
            detail = _("{count} of {wanted} scans").format(
                count=number(len(self.scans)), wanted=number(SCANS_WANTED)
            )
        gap = _("Pause of {count} ms").format(count=number(now.scan_gap_ms))
        items.append(Item("button", "wizard", _("Learn this scanner"), detail, gap))
        return items

    def _keys(self) -> list[Item]:
        rows = self.keys.rows() if self.keys is not None else ()
        items = [Item("key", row.action, row.words, value=row.cap) for row in rows]
        return [*items, Item("button", "keys_reset", _("All keys as they were at first"))]

    def _till(self) -> list[Item]:
        facts = self.workshop.facts() if self.workshop is not None else ()
        return [Item("fact", label, label, value=value) for label, value in facts]


def _choice(
    name: str, title: str, value: str, options: tuple[tuple[str, str], ...], detail: str = ""
) -> Item:
    made = tuple(Option(each, words) for each, words in options)
    return Item("choice", name, title, detail, value, made)
