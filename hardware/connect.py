"""From the addresses in `till.toml` to devices: the one module that knows the drivers.

| address | device |
|---|---|
| `none` | there is none |
| `dir:receipts`, `dir:/a/directory` | one set of files a receipt: in the till's data, or there |
| `tcp:HOST`, `tcp:HOST:9100`, `tcp:[::1]:9100` | network printer; card terminal, port 20007 |
| `serial:/dev/ttyUSB0`, `serial:COM3` | printer, scanner, scale or display on a serial line |
| `file:/dev/usb/lp0` | the kernel's printer device |
| `printer` | the drawer that hangs on the receipt printer |
| `screen` | the customer's display is a second screen: nothing to open here |
| `manual` | the card terminal stands alone: a person types from its slip |
| `wedge` | the scanner types like a keyboard: nothing to open here |
| `auto` | the machine's own sound output |
| `simulated` | a device in memory, for demo and tests |

Options follow a question mark: `serial:/dev/ttyS0?baud=19200&flow=none`; for a printer that never
answers (write-only adapters, print servers) `?answers=no`, so that nobody waits for it.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from hardware.devices import Devices, Display, Drawer, Printer, Scale, Scanner, Speaker, Terminal
from pos_app.domain.errors import Refused, Unavailable
from pos_app.receipts.profile import Profile, load_profile

if TYPE_CHECKING:
    import argparse

    from hardware.simulator import SimulatedDrawer, SimulatedPrinter, SimulatedScanner
    from hardware.speakers.cues import Output
    from hardware.terminals.machine import Entry
    from hardware.terminals.simulated import SimulatedTerminal
    from pos_app.domain.receipt import Receipt

_Device = TypeVar("_Device")

DEFAULT_PROFILE = "generic-80"
TCP_PORT = 9100
TERMINAL_PORT = 20_007
TERMINAL_LOG = "terminal-simulated.jsonl"
BAUD = 9600


def connect(
    *,
    data: Path,
    printer: str = "dir:receipts",
    profile: str = DEFAULT_PROFILE,
    drawer: str = "printer",
    scanner: str = "wedge",
    display: str = "none",
    speaker: str = "none",
    volume: int = 100,
    terminal: str = "manual",
    terminal_silent_s: int = 30,
    weighing: str = "none",
    selling: bool = False,
) -> Devices:
    """The devices at these addresses; nothing is opened before its first use.

    So a till starts with everything unplugged. Raises Refused("device_address_unknown",
    device=…, address=…) or Refused("printer_profile_unknown", profile=…) for what no one can open.
    With `selling` it raises neither, for a typing error in the settings must not close a shop: such
    a printer refuses each receipt with those words, any other such device is left out.
    """
    if selling:
        found = _whatever_can_be(data, printer, profile, drawer, scanner, display)
        return replace(
            found,
            speaker=_or_none(lambda: _speaker(speaker, volume)),
            terminal=_terminal_or_refusing(terminal, data, terminal_silent_s),
            scale=_or_none(lambda: _scale(weighing)),
        )
    loaded = load_profile(profile)
    paper = _printer(printer, data, loaded)
    return Devices(
        printer=paper,
        profile=profile,
        drawer=_drawer(drawer, paper, loaded.kick_pin),
        scanner=_scanner(scanner),
        display=_display(display, loaded.codec),
        speaker=_speaker(speaker, volume),
        terminal=_terminal(terminal, data, terminal_silent_s),
        scale=_scale(weighing),
    )


def _whatever_can_be(
    data: Path, printer: str, profile: str, drawer: str, scanner: str, display: str
) -> Devices:
    """Each device by itself; what is wrong with one costs none of the others."""
    paper: Printer | None
    try:
        loaded = load_profile(profile)
        paper = _printer(printer, data, loaded)
    except Refused as wrong:
        from hardware.printers.unusable import UnusablePrinter

        paper, profile = UnusablePrinter(printer, wrong), DEFAULT_PROFILE
        loaded = load_profile(profile)
    return Devices(
        printer=paper,
        profile=profile,
        drawer=_or_none(lambda: _drawer(drawer, paper, loaded.kick_pin)),
        scanner=_or_none(lambda: _scanner(scanner)),
        display=_or_none(lambda: _display(display, loaded.codec)),
    )


def _or_none(connected: Callable[[], _Device]) -> _Device | None:
    try:
        return connected()
    except Refused:
        return None


def simulated() -> tuple[Devices, SimulatedPrinter, SimulatedDrawer, SimulatedScanner]:
    """Devices in memory, and the same ones again with their handles for scripted faults."""
    from hardware.simulator import SimulatedDrawer, SimulatedPrinter, SimulatedScanner

    printer, drawer, scanner = SimulatedPrinter(), SimulatedDrawer(), SimulatedScanner()
    devices = Devices(printer=printer, profile=DEFAULT_PROFILE, drawer=drawer, scanner=scanner)
    return devices, printer, drawer, scanner


def _printer(address: str, data: Path, profile: Profile) -> Printer | None:
    scheme, place, options = _parts("printer", address)
    if scheme == "none":
        return None
    if scheme == "simulated":
        from hardware.simulator import SimulatedPrinter

        return SimulatedPrinter()
    if scheme == "dir":
        from hardware.printers.directory import DirectoryPrinter

        return DirectoryPrinter(data / (place or "receipts"), partial(_drawn, profile))
    answers = _one_of("printer", address, options, "answers", ("yes", "no")) == "yes"
    if scheme == "file" and place:
        from hardware.printers.device_file import DeviceFilePrinter

        return DeviceFilePrinter(Path(place), answers=answers)
    if scheme == "serial" and place:
        from hardware.printers.serial_line import SerialPrinter

        baud = _whole("printer", address, options, "baud", BAUD)
        flow = _one_of("printer", address, options, "flow", ("rts", "xon", "none"))
        return SerialPrinter(place, baud=baud, flow=flow, answers=answers)
    if scheme == "tcp":
        from hardware.printers.network import NetworkPrinter

        host, port = _host("printer", address, place, TCP_PORT)
        return NetworkPrinter(host, port, answers=answers)
    raise Refused("device_address_unknown", device="printer", address=address)


def _drawn(profile: Profile, receipt: Receipt) -> dict[str, bytes]:
    """What a directory keeps beside the printer's bytes."""
    from pos_app.receipts.picture import as_png
    from pos_app.receipts.plain_text import as_text

    return {
        ".txt": as_text(receipt, profile.columns).encode(),
        ".png": as_png(receipt, profile),
    }


def _host(device: str, address: str, place: str, usual: int) -> tuple[str, int]:
    try:
        target = urlsplit(f"//{place.removeprefix('//')}")
        host, port = target.hostname or "", target.port or usual
    except ValueError as error:
        raise Refused("device_address_unknown", device=device, address=address) from error
    if not host or target.path or target.username or any(mark.isspace() for mark in host):
        raise Refused("device_address_unknown", device=device, address=address)
    return host, port


def _terminal(address: str, data: Path, silent_s: int) -> Terminal | None:
    scheme, place, _options = _parts("terminal", address)
    if scheme == "manual":
        return None
    if scheme == "simulated":
        from hardware.terminals.simulated import SimulatedTerminal

        return SimulatedTerminal(log=data / TERMINAL_LOG)
    if scheme == "tcp":
        from hardware.terminals.network import NetworkTerminal

        host, port = _host("terminal", address, place, TERMINAL_PORT)
        return NetworkTerminal(host, port, silent_s=silent_s)
    raise Refused("device_address_unknown", device="terminal", address=address)


def _terminal_or_refusing(address: str, data: Path, silent_s: int) -> Terminal | None:
    """A wrong address is not the same as no terminal: nobody should type a slip that is not there."""
    try:
        return _terminal(address, data, silent_s)
    except Refused as wrong:
        from hardware.terminals.unusable import UnusableTerminal

        return UnusableTerminal(address, wrong)


def simulated_terminal(
    script: Sequence[str | Entry] = (), log: Path | None = None
) -> SimulatedTerminal:
    """A card terminal in memory that does what `script` says, see hardware/terminals/PROTOCOL.md."""
    from hardware.terminals.simulated import SimulatedTerminal

    return SimulatedTerminal(script, log)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command `terminal-simulator`: a card terminal to try a till with."""
    from hardware.terminals import process

    told = "a card terminal to try a till with; it prints its address"
    simulator = subparsers.add_parser("terminal-simulator", help=told)
    process.add_arguments(simulator)
    simulator.set_defaults(func=process.run)


def _drawer(address: str, printer: Printer | None, pin: int) -> Drawer | None:
    if address == "none" or (address == "printer" and printer is None):
        return None
    if address == "printer" and printer is not None:
        from hardware.drawers.on_printer import PrinterDrawer

        return PrinterDrawer(printer, pin=pin)
    if address == "simulated":
        from hardware.simulator import SimulatedDrawer

        return SimulatedDrawer()
    raise Refused("device_address_unknown", device="drawer", address=address)


def _scanner(address: str) -> Scanner | None:
    scheme, place, options = _parts("scanner", address)
    if scheme in {"none", "wedge"}:
        return None
    if scheme == "simulated":
        from hardware.simulator import SimulatedScanner

        return SimulatedScanner()
    if scheme == "serial" and place:
        from hardware.scanners.serial_line import SerialScanner

        return SerialScanner(place, baud=_whole("scanner", address, options, "baud", BAUD))
    raise Refused("device_address_unknown", device="scanner", address=address)


def _scale(address: str) -> Scale | None:
    scheme, place, options = _parts("scale", address)
    if scheme == "none":
        return None
    if scheme == "simulated":
        from hardware.scales.simulated import SimulatedScale

        return SimulatedScale(750)
    if scheme == "serial" and place:
        from hardware.scales.toledo import ToledoScale

        return ToledoScale(place, baud=_whole("scale", address, options, "baud", BAUD))
    raise Refused("device_address_unknown", device="scale", address=address)


def _display(address: str, codec: str) -> Display | None:
    scheme, place, options = _parts("display", address)
    if scheme in {"none", "screen"}:
        return None
    if scheme == "simulated":
        from hardware.simulator import SimulatedDisplay

        return SimulatedDisplay()
    if scheme == "serial" and place:
        from hardware.displays.pole import PoleDisplay

        baud = _whole("display", address, options, "baud", BAUD)
        return PoleDisplay(place, baud=baud, codec=codec)
    raise Refused("device_address_unknown", device="display", address=address)


def _speaker(address: str, volume: int) -> Speaker | None:
    if address == "none":
        return None
    if address == "simulated":
        from hardware.simulator import SimulatedSpeaker

        return SimulatedSpeaker()
    if address != "auto":
        raise Refused("device_address_unknown", device="speaker", address=address)
    from hardware.speakers.cues import CueSpeaker

    return CueSpeaker(_sound_output, volume)


def can_sound() -> bool:
    """Whether this machine has what sounds are played by; nothing is heard."""
    try:
        _sound_output().close()
    except Unavailable:
        return False
    return True


def _sound_output() -> Output:
    """The machine's own: ALSA where it is, else the player the system brings."""
    from hardware.speakers.system import SystemOutput

    if sys.platform.startswith("linux"):
        from hardware.speakers.alsa import AlsaOutput

        with contextlib.suppress(Unavailable):
            return AlsaOutput()
    return SystemOutput()


def _parts(device: str, address: str) -> tuple[str, str, dict[str, list[str]]]:
    """Scheme, place and options of an address."""
    scheme, _, rest = address.strip().partition(":")
    place, _, options = rest.partition("?")
    try:
        return scheme.lower(), unquote(place), parse_qs(options, strict_parsing=bool(options))
    except ValueError as error:
        raise Refused("device_address_unknown", device=device, address=address) from error


def _one_of(
    device: str, address: str, options: dict[str, list[str]], name: str, known: tuple[str, ...]
) -> str:
    """An option that is one of a few words; the first of them where it is not given."""
    given = options.get(name, [known[0]])[-1]
    if given not in known:
        raise Refused("device_address_unknown", device=device, address=address)
    return given


def _whole(
    device: str, address: str, options: dict[str, list[str]], name: str, otherwise: int
) -> int:
    """A whole number from the address's options."""
    given = options.get(name, [str(otherwise)])[-1]
    if not (given.isascii() and given.isdigit() and 0 < int(given) <= 1_000_000):
        raise Refused("device_address_unknown", device=device, address=address)
    return int(given)
