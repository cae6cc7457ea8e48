"""On which machine and disk a till's files are: copied to others, they are a second life of it.

Both are kept as hashes, and only what could be read is compared: where a system does not say, nothing
is suspected.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

NAME_VARIABLE: Final = "HOLDFAST_MACHINE_ID"
"""Environment variable: the file that names this machine, for containers that share one."""
_NAMES: Final = ("/etc/machine-id", "/var/lib/dbus/machine-id")
_DISKS: Final = Path("/dev/disk/by-uuid")


class Machine(msgspec.Struct, frozen=True, omit_defaults=True):
    """What names a machine and the disk that holds the till's files; empty where it is not known."""

    name: str = ""
    disk: str = ""

    def differs(self, other: Machine) -> bool:
        """True where both know something of the same kind, and it is not the same."""
        pairs = ((self.name, other.name), (self.disk, other.disk))
        return any(one and two and one != two for one, two in pairs)

    def completed(self, other: Machine) -> Machine:
        """The same, with what only the other knows."""
        return Machine(self.name or other.name, self.disk or other.disk)


def this_machine(data: Path) -> Machine:
    """Where the files in `data` are now."""
    return Machine(_hashed(_name()), _hashed(_disk(data)))


def _hashed(text: str) -> str:
    return sha256(b"HF-MACHINE\x00" + text.encode()).hexdigest()[:32] if text else ""


def _name() -> str:
    given = os.environ.get(NAME_VARIABLE, "")
    if sys.platform == "win32" and not given:
        return _windows_name()
    for path in (given,) if given else _NAMES:
        with suppress(OSError, ValueError):
            text = Path(path).read_text("ascii").strip()
            if text and text != "uninitialized":
                return text
    return ""


def _windows_name() -> str:
    if sys.platform == "win32":
        import winreg

        room = r"SOFTWARE\Microsoft\Cryptography"
        with (
            suppress(OSError),
            winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, room) as key,
        ):
            return str(winreg.QueryValueEx(key, "MachineGuid")[0])
    return ""


def _disk(data: Path) -> str:
    """The file system's own id (Linux): a copy of the files on another disk has another."""
    with suppress(OSError):
        device = data.stat().st_dev
        for link in _DISKS.iterdir():
            if link.stat().st_rdev == device:
                return link.name
    return ""
