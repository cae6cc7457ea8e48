"""What a person may set by hand: `till.toml` in a till's data directory.

Everything else a till knows comes from the hub. A missing file is a file of defaults; names that
this program does not know are kept as they are, so an older program loses nothing of a newer one.
"""

from __future__ import annotations

import contextlib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pos_app.domain.errors import Refused, Unavailable

FILE_NAME = "till.toml"
DATA_VARIABLE = "HOLDFAST_DATA"
"""Environment variable that names the data directory, for kiosks and service units."""
HUB_VARIABLE = "HOLDFAST_HUB"
"""Environment variable that names the hub for one run, before every other source."""
RUN_VARIABLE = "HOLDFAST_RUN"
"""Environment variable with the process id of that run: its sync ends with it."""

Plain = str | int | bool

FLOAT_LIMIT = 10**12
"""No float comes to this many minor units."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "theme": ("system", "light", "dark"),
    "keys": ("file", "keyring"),
    "blind_count": ("role", "everyone"),
}
_RANGES = {
    "scale": range(80, 201),
    "volume": range(101),
    "scan_gap_ms": range(15, 81),
    "float_amount": range(FLOAT_LIMIT),
} | {
    "terminal_silent_s": range(5, 301),
    "terminal_check_s": range(5, 601),
    "terminal_open_s": range(5, 3_601),
}
_TABLES = ("shortcuts", "network")


@dataclass(frozen=True, slots=True)
class Network:
    """How long sync waits for the hub, seconds: what is set in `[network]`, else these."""

    connect_s: float = 5
    """Until a connection stands."""
    write_s: float = 20
    """How long the hub may take nothing of what is sent."""
    answer_s: float = 10
    """How long it may think about what it need not wait for."""
    whole_s: float = 60
    """How long an answer may take to arrive, beyond the time to think."""
    poll_s: float = 15
    """How long a question for news stays open; below what a proxy on the way allows."""


_NETWORK = {
    "connect_s": range(1, 61),
    "write_s": range(1, 121),
    "answer_s": range(1, 121),
    "whole_s": range(1, 601),
    "poll_s": range(1, 16),
}
"""What may be set; a hub that is slow on a satellite line needs more, a test needs less."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one till. Addresses of devices are those of `hardware.connect`."""

    hub_url: str = ""
    printer: str = "dir:receipts"
    printer_profile: str = "generic-80"
    drawer: str = "printer"
    scanner: str = "wedge"
    display: str = "none"
    terminal: str = "manual"
    """The card terminal: `manual` (a person types from its slip), `tcp:HOST:PORT`, `simulated`."""
    terminal_silent_s: int = 30
    """Nothing heard of a card payment for so long: the terminal is asked what became of it."""
    terminal_check_s: int = 60
    """So long it is asked, five times."""
    terminal_open_s: int = 120
    """Still not known after so long: the sale can be put aside as payment unknown."""
    weighing: str = "none"
    """The scale: `none`, `serial:/dev/ttyUSB0` (Toledo 8217), `simulated`."""
    speaker: str = "auto"
    """`auto`, or `none` for a till without sounds."""
    volume: int = 60
    """Of the sounds, percent; 0 is silence."""
    quiet: str = ""
    """Sounds that are off, by name, with spaces between them."""
    locale: str = ""
    """BCP 47 language tag of the window; empty is the store's."""
    theme: str = "system"
    scale: int = 100
    """Size of everything in the window, percent."""
    lock_after_s: int = 180
    """Nobody touches the till for so long: it locks, the sale is kept. 0: never by itself."""
    scan_gap_ms: int = 35
    """Keys that follow each other this fast, 15 to 80 ms, are a scanner's."""
    scan_prefix: str = ""
    """What the scanner types before each code; set, nothing without it is a scan."""
    scan_suffix: str = ""
    """What it types after each code, before Enter or instead of it."""
    shortcuts: Mapping[str, str] = field(default_factory=dict)
    """Action -> key, where a person gave it another: the table `[shortcuts]`."""
    network: Mapping[str, int] = field(default_factory=dict)
    """Time-outs, where a person set others: the table `[network]`."""
    float_amount: int = 0
    """What the drawer should begin a shift with, minor units; 0: nothing is set."""
    blind_count: str = "role"
    """Who counts the drawer without seeing what it should hold: those whose `role` may not see
    it, or `everyone`."""
    shelves: str = "A1 A2 A3 B1 B2 B3 C1 C2"
    """Where bags for customers wait, with spaces between them; the free ones are offered first."""
    keys: str = "file"
    """Where the database key and the signing key are: `file` (0600) or `keyring`."""
    journal_copy: str = ""
    """A folder on another disk that gets a second copy of the journal; empty for none."""
    mirror_to: str = ""
    """Another till of the store that keeps a copy too, `HOST:PORT`; empty for none."""
    mirror_listen: str = ""
    """Where this till keeps copies for others of its store, `HOST:PORT`; empty: it does not."""
    hand_over_slip: bool = True
    """Whether a slip is printed where an order is handed over and nothing is paid."""
    demo: bool = False
    """True in the shop that `holdfast demo` makes: the window says so."""
    unknown: Mapping[str, Plain] = field(default_factory=dict)
    """Names of a newer program, kept for it."""

    @staticmethod
    def load(data: Path) -> Settings:
        """The settings in `data`, defaults where there is no file.

        Raises Refused("settings_unreadable", file=…, where=…) for a file that is not TOML or holds
        a value that cannot be meant; Unavailable("settings_unreadable_now", file=…) where the
        file cannot be read.
        """
        path = data / FILE_NAME
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Settings()
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
            raise Refused("settings_unreadable", file=FILE_NAME, where=str(cause)) from cause
        except OSError as cause:
            raise Unavailable("settings_unreadable_now", file=str(path)) from cause
        return _checked(table)

    def hub(self, enrolled_url: str = "") -> str:
        """Where the hub is: $HOLDFAST_HUB, else what is set here, else where it enrolled."""
        return os.environ.get(HUB_VARIABLE) or self.hub_url or enrolled_url

    def patience(self) -> Network:
        """How long sync waits for the hub."""
        return Network(**{name: self.network[name] for name in _NETWORK if name in self.network})

    def save(self, data: Path) -> None:
        """Puts them into `data`, whole or not at all, readable by the owner alone.

        Raises Unavailable("settings_not_saved", file=…) where the disk does not take them.
        """
        values = {name: getattr(self, name) for name in _NAMES} | dict(self.unknown)
        text = "".join(f"{name} = {_literal(value)}\n" for name, value in values.items())
        for name in _TABLES:
            rows = "".join(
                f"{key} = {_literal(value)}\n" for key, value in getattr(self, name).items()
            )
            text += f"\n[{name}]\n{rows}" if rows else ""
        half = data / f".{FILE_NAME}.half"
        try:
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(
                os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
            ) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            half.replace(data / FILE_NAME)
        except OSError as cause:
            with contextlib.suppress(OSError):
                half.unlink()
            raise Unavailable("settings_not_saved", file=str(data / FILE_NAME)) from cause


_NAMES = tuple(each.name for each in fields(Settings) if each.name not in ("unknown", *_TABLES))
_BARE = re.compile(r"[a-z0-9_]+\Z")


def _checked(table: Mapping[str, object]) -> Settings:
    known: dict[str, Plain] = {}
    unknown: dict[str, Plain] = {}
    tables: dict[str, Any] = {}
    for name, value in table.items():
        if name in _TABLES and isinstance(value, dict):
            tables[name] = _seconds(value) if name == "network" else _pairs(name, value)
            continue
        if not isinstance(value, str | int | bool) or name in _TABLES:
            raise Refused("settings_unreadable", file=FILE_NAME, where=name)
        (known if name in _NAMES else unknown)[name] = value
    blank = Settings()
    for name, value in known.items():
        right = type(value) is type(getattr(blank, name))
        if name in _CHOICES:
            right = value in _CHOICES[name]
        elif name in _RANGES:
            right = right and value in _RANGES[name]
        if not right:
            raise Refused("settings_unreadable", file=FILE_NAME, where=name)
    return Settings(**known, **tables, unknown=unknown)  # type: ignore[arg-type]  # checked above


def _seconds(table: Mapping[str, object]) -> dict[str, int]:
    """The table `[network]`; names of a newer program are kept."""
    found = {key: value for key, value in table.items() if type(value) is int and _BARE.match(key)}
    for name in table:
        if name not in found or found[name] not in _NETWORK.get(name, (found[name],)):
            raise Refused("settings_unreadable", file=FILE_NAME, where=f"network.{name}")
    return found


def _pairs(name: str, table: Mapping[str, object]) -> dict[str, str]:
    found = {key: value for key, value in table.items() if isinstance(value, str)}
    if len(found) != len(table) or not all(_BARE.match(key) for key in found):
        raise Refused("settings_unreadable", file=FILE_NAME, where=name)
    return found


def _literal(value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return '"' + "".join(_quoted(mark) for mark in value) + '"'


def _quoted(mark: str) -> str:
    if mark in '"\\':
        return "\\" + mark
    return mark if " " <= mark != "\x7f" else f"\\u{ord(mark):04x}"


def is_hub_address(url: str) -> bool:
    """True for a whole address of a hub: http or https, a host, nothing after the path."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    more = parts.query or parts.fragment or parts.username
    return fits and not more and not parts.netloc.endswith(":")


def default_data_dir() -> Path:
    """Where a till's data lives unless told: $HOLDFAST_DATA, else the user's data directory."""
    named = os.environ.get(DATA_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return Path(user_data_path("holdfast", appauthor=False)) / "till"
