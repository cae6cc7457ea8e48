"""The last head, written beside the ledger after each commit: a restored ledger is found out.

`witness <= ledger` always, because it is written after COMMIT and never before. So at start a
witness that is ahead of the ledger, or that names another hash, means the file was rolled back:
known without any hub. It is not flushed: it may lag, it never leads.

While a ledger is in doubt the witness still knows the highest head that any life of the till reached,
and how many doubts there were: a ledger that is put back twice, or put back while it is in doubt, is
found out each time, and numbers what it sells in another series each time.

It stands in two places: beside the ledger, and in a directory that a backup of the till's data does
not hold (`second_place`). A till whose keys are in the system's keyring remembers it there too, in
quiet moments, for a keyring takes far longer than a sale.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.errors import Unavailable
from pos_app.store import journal
from pos_app.store.doubt import BEHIND, MISSING, Doubt
from sync.protocol import Head

WITNESS_FILE: Final = "ledger.witness"
PLACE_VARIABLE: Final = "HOLDFAST_WITNESS"
"""Environment variable that names the directory of the second witness."""
_KEYRING: Final = "holdfast-witness"
_BYTES: Final = 384


class _Seen(msgspec.Struct, omit_defaults=True):
    device: str
    epoch: int
    seq: int
    hash: str
    doubts: int = 0
    """How many doubts this till's ledger had begun: one that counts fewer was put back."""
    top: Head | None = None
    """The highest head of another life, where that reached further than this one."""

    @property
    def head(self) -> Head:
        return Head(self.epoch, self.seq, self.hash)


def _reached(head: Head) -> tuple[int, int]:
    return head.epoch, head.seq


class Witness:
    """The open witness. `missing` tells that there was none: suspicious after the first day."""

    def __init__(self, paths: Iterable[Path], device: str, *, keyring: bool = False) -> None:
        self._paths = list(paths)
        self._device = device
        self._keyring = keyring
        self._told = ""
        self._handles: list[int] = []
        seen = [_read(path) for path in self._paths]
        if keyring:
            seen.append(_from_keyring(device))
        self._seen = [one for one in seen if one is not None and one.device == device]
        self.missing = not self._seen
        self.doubts = max((one.doubts for one in self._seen), default=0)
        heads = [head for one in self._seen for head in (one.head, one.top) if head is not None]
        self._top = max(heads, key=_reached, default=None)
        self.ahead: Head | None = None
        """The highest that it saw and the ledger does not hold; None where both agree."""

    def compare(self, connection: dbapi2.Connection, epoch: int, known: Doubt) -> str:
        """BEHIND, MISSING or an empty text: what the witness makes of a ledger of this `epoch`.

        `known` is what the ledger notes: a life that it knows of makes no other doubt. What was
        written last must be in it all the same, and each doubt that was ever begun.
        """
        lacking = [one.head for one in self._seen if self._lacks(connection, epoch, one.head)]
        top = self._top
        lacks_top = top is not None and self._lacks(connection, epoch, top)
        if top is not None and lacks_top:
            self.ahead = top
            if known.seen is None or _reached(known.seen) < _reached(top):
                return BEHIND
        if self.doubts > known.nth or any(head != known.seen for head in lacking):
            self.ahead = self.ahead or max(lacking, key=_reached, default=None)
            return BEHIND
        return MISSING if self.missing else ""

    @staticmethod
    def _lacks(connection: dbapi2.Connection, epoch: int, head: Head) -> bool:
        if head.epoch < epoch:
            return False  # of a life that was ended by enrolling again
        place = journal.place_of(head.epoch, head.seq)
        row = connection.execute(journal.SELECT_HASH, (place,)).fetchone()
        return row is None or row[0].hex() != head.hash

    def begin(self, head: Head | None, doubts: int = 0) -> None:
        """Opens the files, and remembers the head; from here on `write` may be called.

        Raises Unavailable("file_unreadable") where not even the file beside the ledger opens.
        """
        for nth, path in enumerate(self._paths):
            try:
                if nth:
                    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._handles.append(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            except OSError as cause:
                if not nth:
                    raise Unavailable("file_unreadable", file=path.name) from cause
        if head is not None:
            self.write(head, doubts)
            self.remember(head, doubts)

    def write(self, head: Head, doubts: int) -> None:
        """Remembers a head that is committed. A disk that will not take it costs no sale."""
        line = self._line(head, doubts).ljust(_BYTES - 1) + b"\n"
        for handle in self._handles:
            with suppress(OSError):
                os.lseek(handle, 0, os.SEEK_SET)
                os.write(handle, line)

    def remember(self, head: Head, doubts: int) -> None:
        """The same in the system's keyring, where the till uses it; for a quiet moment."""
        told = self._line(head, doubts).decode() if self._keyring else ""
        if told != self._told:
            self._told = told
            _to_keyring(self._device, told)

    def _line(self, head: Head, doubts: int) -> bytes:
        top = self._top
        if top is not None and _reached(top) <= _reached(head):
            self._top = top = None  # this life has reached further: its own head says it all
        seen = _Seen(self._device, head.epoch, head.seq, head.hash, doubts, top)
        return msgspec.json.encode(seen)

    def forget(self) -> None:
        """Nothing of what was seen counts any more."""
        self._seen, self._top, self.doubts, self.missing = [], None, 0, True

    def close(self) -> None:
        """Closes the files."""
        for handle in self._handles:
            os.close(handle)
        self._handles.clear()


def places(
    data: Path, device: str, ledger: str = "ledger", beside: Path | None = None
) -> list[Path]:
    """Where the witness of a ledger stands: beside it, and in `beside` where there is one."""
    found = [(data / WITNESS_FILE).with_stem(ledger)]
    if beside is not None:
        found.append(beside / f"{device}.witness")
    return found


def second_place() -> Path | None:
    """A directory of this user on this machine that is no part of a till's data; None for none."""
    given = os.environ.get(PLACE_VARIABLE)
    if given is not None:
        return Path(given) if given else None
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        home = str(Path.home() / "Library" / "Application Support")
    else:
        home = os.environ.get("XDG_STATE_HOME", "")
    with suppress(RuntimeError):
        return (Path(home) if home else Path.home() / ".local" / "state") / "holdfast"
    return None


def begin_witness(
    paths: Iterable[Path], device: str, head: Head, doubts: int = 0, *, keyring: bool = False
) -> None:
    """The witness of a ledger that was just made: of what was before it that ledger tells."""
    witness = Witness(paths, device, keyring=keyring)
    witness.forget()
    witness.begin(head, doubts)
    witness.close()


def doubts_seen(paths: Iterable[Path], device: str, *, keyring: bool = False) -> int:
    """How many doubts the witnesses of a device count."""
    return Witness(paths, device, keyring=keyring).doubts


def _read(path: Path) -> _Seen | None:
    try:
        return msgspec.json.decode(path.read_bytes().strip(), type=_Seen)
    except (OSError, msgspec.MsgspecError):
        return None


def read_witness(data: Path) -> Head | None:
    """The head the witness of a data directory saw last."""
    seen = _read(data / WITNESS_FILE)
    return None if seen is None else Head(seen.epoch, seen.seq, seen.hash)


def _from_keyring(device: str) -> _Seen | None:
    import keyring
    import keyring.errors

    try:
        held = keyring.get_password(_KEYRING, device)
        return None if held is None else msgspec.json.decode(held, type=_Seen)
    except (keyring.errors.KeyringError, msgspec.MsgspecError):
        return None


def _to_keyring(device: str, text: str) -> None:
    import keyring
    import keyring.errors

    with suppress(keyring.errors.KeyringError):
        keyring.set_password(_KEYRING, device, text)
