"""What one model of receipt printer can do, read from `resources/printers/NAME.toml`."""

from __future__ import annotations

import codecs
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import resources
from pos_app.domain.errors import Refused

_FOLDER = Path(resources.__file__).parent / "printers"


@dataclass(frozen=True, slots=True)
class Profile:
    """A printer's paper, its one code page and its commands.

    One code page is forced for the whole receipt: switching within it is where printers of one
    family differ. Whatever the page can't hold is printed as a picture.
    """

    name: str
    title: str
    columns: int
    """Characters of the normal font on a line."""
    dots: int
    """Printable dots across, a multiple of 8."""
    codec: str
    """Python's name of the code page."""
    code_page: int
    """The number `ESC t` knows it by on this printer."""
    small_columns: int = 0
    """Characters of the small font on a line; 0 where the printer has none."""
    kick_pin: int = 2
    """Connector pin that opens the drawer: 2 or 5."""
    native_qr: bool = True
    """Draws QR codes itself; otherwise they are sent as a picture."""
    native_barcode: bool = True
    cut: str = "part"
    """`part`, `full` or `none`."""
    feed_before_cut: int = 4
    """Lines between the print head and the knife."""


def profiles() -> list[str]:
    """The names of all profiles shipped, sorted."""
    return sorted(entry.stem for entry in _FOLDER.glob("*.toml"))


@cache
def load_profile(name: str) -> Profile:
    """The profile `name`; raises Refused("printer_profile_unknown", profile=…)."""
    if name not in profiles():
        raise Refused("printer_profile_unknown", profile=name)
    text = (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    profile = Profile(name=name, **tomllib.loads(text))
    codecs.lookup(profile.codec)
    if profile.dots % 8 or profile.kick_pin not in {2, 5} or profile.columns < 20:
        raise ValueError(f"printer profile {name}: dots, kick_pin or columns out of range")
    return profile
