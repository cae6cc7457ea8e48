"""The program around a window, for its settings: devices opened anew, the window made anew."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer

from hardware.connect import connect
from hardware.devices import Devices
from pos_app import __version__, words
from pos_app.settings import Settings
from pos_app.ui import theme
from pos_app.ui.sounds import Sounds
from pos_app.ui.window import Window


def devices_of(data: Path, settings: Settings, *, selling: bool) -> Devices:
    """The devices that the settings name; `selling` as in `connect`."""
    return connect(
        data=data,
        printer=settings.printer,
        profile=settings.printer_profile,
        drawer=settings.drawer,
        scanner=settings.scanner,
        display=settings.display,
        terminal=settings.terminal,
        terminal_silent_s=settings.terminal_silent_s,
        weighing=settings.weighing,
        speaker=settings.speaker,
        volume=settings.volume,
        selling=selling,
    )


class Workshop:
    """What the settings of a window may do to the program around it."""

    def __init__(self, window: Window) -> None:
        self.window = window

    def connect(self, settings: Settings) -> Devices:
        """The devices at these addresses; raises Refused for what no one can open."""
        return devices_of(self.window.till.data, settings, selling=False)

    def profiles(self) -> tuple[tuple[str, str], ...]:
        """The printers that are known: name and title."""
        from pos_app.receipts.profile import load_profile, profiles

        return tuple((name, load_profile(name).title) for name in profiles())

    def facts(self) -> tuple[tuple[str, str], ...]:
        """What this till is: label and value."""
        _ = words.gettext
        till = self.window.till
        identity, store, head = till.identity, till.own.store, till.ledger.head()
        products = till.catalogue.counts().get("products", 0) if till.catalogue.source else 0
        return (
            (_("Store"), store.name if store else ""),
            (_("Till"), f"{identity.store}-{identity.till}"),
            (_("Hub"), till.settings.hub(identity.hub_url)),
            (_("Device"), identity.device),
            (_("Products"), words.number(products)),
            (_("Journal"), _("{count} entries").format(count=words.number(head.seq))),
            (_("Free on the disk"), _("{count} MB").format(count=words.number(till.free_mb()))),
            (_("Program"), __version__),
            (_("Data"), str(till.data)),
        )

    def make_anew(self) -> None:
        """The window, for another language or other caps; the sale and the person stay."""
        self.window.again = "window"
        QTimer.singleShot(0, self.window, self.window.close)

    def rejoin(self) -> None:
        """The till is enrolled again, in a window of its own; then it opens anew."""
        self.window.again = "rejoin"
        QTimer.singleShot(0, self.window, self.window.close)

    def start_again(self) -> None:
        """The program starts anew in its new size, the sale stays."""
        self.window.again = "program"
        QTimer.singleShot(0, self.window, self.window.close)

    def dress(self, settings: Settings) -> None:
        """Theme and sounds as they are now."""
        if settings.theme != theme.name():
            self.window.set_theme(settings.theme)
        speaker = self.window.till.devices.speaker
        if speaker is not None:
            speaker.volume = settings.volume
        if isinstance(self.window.sounds, Sounds):
            self.window.sounds.hush(settings.quiet)
        self.window.scans.gap_ms = settings.scan_gap_ms
        self.window.scans.prefix = settings.scan_prefix
        self.window.scans.suffix = settings.scan_suffix
