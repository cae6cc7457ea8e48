"""A journal as a stream of records: out of a ledger, out of an exported file, into one.

An export is text, one JSON object a line: a header (whose journal it is), an object an entry
with the body's very bytes, and a last line that says how many there were.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.errors import PosError
from pos_app.store import journal, schema
from pos_app.store.records import Identity
from sync.protocol import Head

FORMAT: Final = "holdfast-journal"
_PAGE: Final = 500
_RECORDS: Final = (
    "SELECT place, epoch, seq, body, hash, sig, id, type, doc_no, shift, biz_date, wall "
    "FROM journal WHERE place > ? ORDER BY place LIMIT ?"
)


class Unreadable(Exception):
    """What was given is no journal, or not a whole one; says why."""


class Record(msgspec.Struct, frozen=True):
    """An entry as it was found. `columns` is the index beside the body; None in an export."""

    epoch: int
    seq: int
    body: bytes
    hash: bytes
    sig: bytes
    columns: tuple[str, ...] | None = None
    """id, type, doc_no, shift, biz_date, wall."""


class _Header(msgspec.Struct, omit_defaults=True):
    format: str
    v: int
    identity: Identity
    former: list[Identity] = []
    """Who the till was in the epochs before, where the file tells."""


class _Line(msgspec.Struct):
    epoch: int
    seq: int
    hash: str
    sig: str
    body: msgspec.Raw


class _Trailer(msgspec.Struct):
    entries: int
    head: Head


def in_words(cause: PosError) -> str:
    """What a person reads of it."""
    from pos_app.words import text_of

    return str(text_of(cause))


class Ledgered:
    """The journal inside a ledger's file; reads only, a page a time."""

    def __init__(self, path: Path, key: bytes) -> None:
        try:
            self.connection = schema.connect(path, key, write=False)
        except PosError as cause:
            raise Unreadable(in_words(cause)) from cause
        try:
            rows = self.connection.execute(journal.SELECT_IDENTITY).fetchall()
            self.identity = journal.read_identity(rows)
            found = self.connection.execute(journal.SELECT_FORMER).fetchall()
            self.former = [journal.read_identity([row]) for row in found]
        except dbapi2.Error as cause:
            self.close()
            raise Unreadable(in_words(schema.told(cause, path, ours=False))) from cause
        except PosError as cause:
            self.close()
            raise Unreadable(in_words(cause)) from cause

    def records(self, after: int = 0) -> Iterator[Record]:
        """Every entry after a place, in order. Raises Unreadable in the middle too."""
        try:
            while rows := self.connection.execute(_RECORDS, (after, _PAGE)).fetchall():
                for row in rows:
                    place, epoch, seq, body, digest, sig, *columns = row
                    yield Record(epoch, seq, body, digest, sig, tuple(columns))
                after = place
        except dbapi2.Error as cause:
            raise Unreadable(str(cause)) from cause

    def close(self) -> None:
        """Gives the connection up."""
        self.connection.close()


class Exported:
    """An exported journal."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                header = msgspec.json.decode(file.readline(), type=_Header)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as cause:
            raise Unreadable(f"no journal: {cause}") from cause
        if header.format != FORMAT or header.v != 1:
            raise Unreadable("an export of another version")
        self.identity, self.former = header.identity, header.former

    def records(self, after: int = 0) -> Iterator[Record]:
        """Every entry after a place, as they stand. Raises Unreadable for half a file."""
        count = 0
        decode = msgspec.json.Decoder(_Line).decode
        try:
            with self._path.open("rb") as file:
                file.readline()
                for line in file:
                    if line.startswith(b'{"entries"'):
                        trailer = msgspec.json.decode(line, type=_Trailer)
                        _whole(count, trailer.entries)
                        return
                    count += 1
                    found = decode(line)
                    if journal.place_of(found.epoch, found.seq) > after:
                        yield _record(found)
        except (OSError, msgspec.MsgspecError, ValueError) as cause:
            raise Unreadable(f"line {count + 1}: {cause}") from cause
        raise Unreadable("the end is missing")

    def close(self) -> None:
        """Nothing is held open."""


def _whole(count: int, stated: int) -> None:
    if count != stated:
        raise Unreadable(f"{count} entries, its last line says {stated}")


def _record(line: _Line) -> Record:
    return Record(
        line.epoch,
        line.seq,
        bytes(line.body),
        bytes.fromhex(line.hash),
        b64decode(line.sig, validate=True),
    )


def export(source: Ledgered, into: IO[bytes]) -> int:
    """Writes the whole journal of a ledger; how many entries. Raises Unreadable."""
    identity = msgspec.structs.replace(source.identity, hub_url="")
    former = [msgspec.structs.replace(one, hub_url="") for one in source.former]
    into.write(_line(_Header(FORMAT, 1, identity, former)))
    count = 0
    head = Head(identity.epoch, 0, journal.genesis_of(identity).hex())
    for record in source.records():
        digest = record.hash.hex()
        signature = b64encode(record.sig).decode()
        body = msgspec.Raw(record.body)
        into.write(_line(_Line(record.epoch, record.seq, digest, signature, body)))
        head = Head(record.epoch, record.seq, digest)
        count += 1
    into.write(_line(_Trailer(count, head)))
    return count


def _line(value: Any) -> bytes:
    return msgspec.json.encode(value) + b"\n"
