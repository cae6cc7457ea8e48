"""The last head, written beside the ledger after each commit: a restored ledger is found out.

`witness <= ledger` always, because it is written after COMMIT and never before. So at start a
witness that is ahead of the ledger, or that names another hash, means the file was rolled back:
known without any hub. It is not flushed: it may lag, it never leads.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.errors import Refused, Unavailable
from pos_app.store import journal
from sync.protocol import Head

WITNESS_FILE: Final = "ledger.witness"
_BYTES: Final = 192


class _Seen(msgspec.Struct):
    device: str
    epoch: int
    seq: int
    hash: str


class Witness:
    """The open witness file. `missing` tells that there was none: suspicious after the first day."""

    def __init__(self, handle: int, device: str, missing: bool) -> None:
        self._handle = handle
        self._device = device
        self.missing = missing

    @staticmethod
    def open(
        data: Path, device: str, connection: dbapi2.Connection, ledger: str = "ledger"
    ) -> Witness:
        """The witness of a ledger, which it agrees with.

        Raises Refused("ledger_rolled_back", seq=, witness_seq=); a file that cannot be read
        counts as missing. Raises Unavailable("file_unreadable") where none can be written.
        """
        path = (data / WITNESS_FILE).with_stem(ledger)
        seen = _read(path)
        if seen is not None and seen.device == device:
            _agree(seen, connection)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as cause:
            raise Unavailable("file_unreadable", file=path.name) from cause
        witness = Witness(handle, device, seen is None or seen.device != device)
        row = connection.execute(journal.SELECT_HEAD).fetchone()
        if row is not None:
            witness.write(Head(row[0], row[1], row[2].hex()))
        return witness

    def write(self, head: Head) -> None:
        """Remembers a head that is committed. A disk that will not take it costs no sale."""
        line = msgspec.json.encode(_Seen(self._device, head.epoch, head.seq, head.hash))
        with suppress(OSError):
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, line.ljust(_BYTES - 1) + b"\n")

    def close(self) -> None:
        """Closes the file."""
        os.close(self._handle)


def begin_witness(data: Path, device: str, head: Head, ledger: str = "ledger") -> None:
    """The witness of a ledger that was just made."""
    handle = os.open((data / WITNESS_FILE).with_stem(ledger), os.O_RDWR | os.O_CREAT, 0o600)
    witness = Witness(handle, device, missing=False)
    witness.write(head)
    witness.close()


def _read(path: Path) -> _Seen | None:
    try:
        return msgspec.json.decode(path.read_bytes().strip(), type=_Seen)
    except (OSError, msgspec.MsgspecError):
        return None


def read_witness(data: Path) -> Head | None:
    """The head the witness of a data directory saw last."""
    seen = _read(data / WITNESS_FILE)
    return None if seen is None else Head(seen.epoch, seen.seq, seen.hash)


def _agree(seen: _Seen, connection: dbapi2.Connection) -> None:
    place = journal.place_of(seen.epoch, seen.seq)
    row = connection.execute(journal.SELECT_HASH, (place,)).fetchone()
    if row is None or row[0].hex() != seen.hash:
        head = connection.execute(journal.SELECT_HEAD).fetchone()
        raise Refused("ledger_rolled_back", seq=head[1] if head else 0, witness_seq=seen.seq)
