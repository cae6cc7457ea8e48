"""A second copy of a journal's bytes: files of sealed frames, each a run of entries.

A till appends its journal to such a file on another disk and at another till of its store. What is
in a frame is sealed by a key that comes from the till's database key, which the hub holds sealed
since the enrolment: the till itself and the hub can open it, a thief of the stick reads nothing and
neither does the other till. Beside the box stands in clear only where in the chain it belongs, so
that whoever keeps it knows how far it reaches without reading it.

    frame   magic, lengths, checksum (`_HEAD`) · place (JSON, `Place`) · box
    box     salt of this frame's own key · ChaCha20-Poly1305 of zstd of msgpack [[body, hash, sig]…]

A frame is written with one call and whole frames follow each other; half of one at a file's end is
what a power cut left, and the file goes on before it. Nothing here believes that a frame is true:
`Entry` bytes are held against the chain and the till's key by whoever takes them back.
"""

from __future__ import annotations

import errno
import itertools
import os
import struct
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from pos_app.domain.errors import Refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

SUFFIX: Final = ".hfcopy"
FRAME_MAX_BYTES: Final = 8 << 20
"""No frame is larger: a longer one is no frame."""
BOX_MAX_BYTES: Final = 32 << 20
"""What one may unpack to."""
_MAGIC: Final = b"HFC1"
_HEAD: Final = struct.Struct(">4sHII")
"""Magic, bytes of the place, bytes of the box, CRC-32 over both: against torn writes, not people."""
_SALT_BYTES: Final = 16
_NONCE: Final = bytes(12)
"""May be constant: each frame has a key of its own."""
_INFO: Final = b"HF-COPY\x00"

Random = Callable[[int], bytes]


class Place(msgspec.Struct, frozen=True):
    """Where a run of entries stands: whose they are, from where to where, between which hashes."""

    device: str
    epoch: int
    first: int
    last: int
    prev: str
    """Hash (hex) before the first."""
    hash: str
    """Hash (hex) of the last."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One journal entry: the body's very bytes, 32-byte hash, 64-byte signature."""

    body: bytes
    hash: bytes
    sig: bytes


class Frame(msgspec.Struct, frozen=True):
    """One frame as it lies in a file."""

    place: Place
    raw: bytes
    """All of it, as it is written."""
    box: bytes


_place = msgspec.json.Decoder(Place)
_entries = msgspec.msgpack.Decoder(list[Entry])


class Key:
    """Opens and makes the frames of one till."""

    def __init__(self, db_key: bytes, random: Random = os.urandom) -> None:
        self._db_key = db_key
        self._random = random

    def frame(self, place: Place, entries: Sequence[Entry]) -> Frame:
        """Those entries, sealed."""
        import zstandard

        told = msgspec.json.encode(place)
        salt = self._random(_SALT_BYTES)
        packed = zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode(entries))
        box = salt + self._box(salt).encrypt(_NONCE, packed, told)
        head = _HEAD.pack(_MAGIC, len(told), len(box), zlib.crc32(box, zlib.crc32(told)))
        return Frame(place, head + told + box, box)

    def open(self, frame: Frame) -> list[Entry]:
        """The entries of a frame, as many as its place says.

        Raises Refused("copy_sealed") for one that another till sealed, or that was changed.
        """
        import zstandard
        from cryptography.exceptions import InvalidTag

        salt, sealed = frame.box[:_SALT_BYTES], frame.box[_SALT_BYTES:]
        told = msgspec.json.encode(frame.place)
        try:
            packed = self._box(salt).decrypt(_NONCE, sealed, told)
            reader = zstandard.ZstdDecompressor(max_window_size=1 << 23).stream_reader(packed)
            body = reader.read(BOX_MAX_BYTES + 1)
            entries = _entries.decode(body) if len(body) <= BOX_MAX_BYTES else []
        except (InvalidTag, zstandard.ZstdError, msgspec.MsgspecError) as cause:
            raise Refused("copy_sealed", seq=frame.place.first) from cause
        if len(entries) != frame.place.last - frame.place.first + 1:
            raise Refused("copy_sealed", seq=frame.place.first)
        return entries

    def _box(self, salt: bytes) -> ChaCha20Poly1305:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return ChaCha20Poly1305(HKDF(SHA256(), 32, salt=salt, info=_INFO).derive(self._db_key))


def parse(data: bytes, at: int = 0) -> tuple[Frame, int] | None:
    """The whole frame that begins at `at` and where it ends, or None where none does."""
    if len(data) - at < _HEAD.size:
        return None
    magic, told_size, box_size, checksum = _HEAD.unpack_from(data, at)
    told_at = at + _HEAD.size
    end = told_at + told_size + box_size
    if magic != _MAGIC or end - at > FRAME_MAX_BYTES or end > len(data) or box_size < _SALT_BYTES:
        return None
    told, box = data[told_at : told_at + told_size], data[told_at + told_size : end]
    if zlib.crc32(box, zlib.crc32(told)) != checksum:
        return None
    try:
        place = _place.decode(told)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if msgspec.json.encode(place) != told or not 1 <= place.first <= place.last:
        return None
    return Frame(place, data[at:end], box), end


def frames_in(data: bytes) -> list[Frame] | None:
    """Whole frames and nothing else, or None."""
    found: list[Frame] = []
    at = 0
    while at < len(data):
        parsed = parse(data, at)
        if parsed is None:
            return None
        frame, at = parsed
        found.append(frame)
    return found


def frames_of(path: Path) -> Iterator[tuple[Frame, int]]:
    """Each whole frame of a file and where it ends.

    Bytes that are no frame (a torn end, a bad sector) are passed over: what comes behind them is
    told as well, and whether it fits is for the chain to say. Raises OSError.
    """
    with path.open("rb") as file:
        data, base, over = b"", 0, False
        while True:
            if not over and len(data) < FRAME_MAX_BYTES:
                more = file.read(FRAME_MAX_BYTES)
                over = not more
                data += more
                if more and len(data) < FRAME_MAX_BYTES:
                    continue
            parsed = parse(data)
            if parsed is not None:
                frame, end = parsed
                yield frame, base + end
                data, base = data[end:], base + end
                continue
            next_at = data.find(_MAGIC, 1)
            if next_at < 0:
                if over:
                    return
                next_at = max(1, len(data) - len(_MAGIC) + 1)
            data, base = data[next_at:], base + next_at


def files_in(place: Path) -> list[Path]:
    """The files of copies at a path: the file itself, or all below a folder, in order.

    Raises OSError.
    """
    if place.is_dir():
        return sorted(path for path in place.rglob(f"*{SUFFIX}") if path.is_file())
    return [place]


def file_name(place: Place) -> str:
    """What the file that begins there is called."""
    return f"{place.epoch:04}-{place.first:010}{SUFFIX}"


class CopyFile:
    """A folder of one chain's frames, appended to; each `append` is on the disk when it returns.

    A file grows to `file_bytes` and is followed by another. All methods may raise OSError.
    """

    def __init__(self, folder: Path, epoch: int, *, file_bytes: int = 64 << 20) -> None:
        self.folder = folder
        self.last: Place | None = None
        """The run that the copy ends with."""
        self.missing: list[tuple[int, int]] = []
        """(after, upto) of runs in the newest file that cannot be read any more."""
        self._file_bytes = file_bytes
        self._path: Path | None = None
        self._end = 0
        self._seen: tuple[int, int] | None = None
        for path in sorted(folder.glob(f"{epoch:04}-*{SUFFIX}"), reverse=True):
            self._read(path)
            if self.seq:
                break

    def _read(self, path: Path) -> None:
        held: list[tuple[int, int]] = []
        found = path.stat()
        for frame, end in frames_of(path):
            place = frame.place
            held.append((place.first, place.last))
            self._path, self._end = path, end
            self._seen = (found.st_dev, found.st_ino)
            if self.last is None or place.last > self.last.last:
                self.last = place
        upto = 0
        for first, last in sorted(held):
            if upto and first > upto + 1:
                self.missing.append((upto, first - 1))
            upto = max(upto, last)

    @property
    def seq(self) -> int:
        """The last entry that is copied, 0 for none."""
        return 0 if self.last is None else self.last.last

    def append(self, frames: Iterable[Frame], *, anew: bool = False) -> None:
        """Frames that follow, written and flushed to the disk; `anew` in a file of their own."""
        whole = list(frames)
        if not whole:
            return
        if anew or self._path is None or self._end >= self._file_bytes:
            self._path, self._end = self.folder / file_name(whole[0].place), 0
            self._seen = None
        fresh = self._seen is None
        handle = os.open(self._path, os.O_WRONLY | (os.O_CREAT if fresh else 0), 0o600)
        try:
            now = os.fstat(handle)
            if not fresh and ((now.st_dev, now.st_ino) != self._seen or now.st_size < self._end):
                raise OSError(errno.ESTALE, "another disk stands in its place")
            os.ftruncate(handle, self._end)  # half a frame of an earlier try
            os.lseek(handle, self._end, os.SEEK_SET)
            data = b"".join(frame.raw for frame in whole)
            left = memoryview(data)
            while left:
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        if fresh:
            flush_folder(self.folder)
            self._seen = (now.st_dev, now.st_ino)
        self._end += len(data)
        if whole[-1].place.last > self.seq:
            self.last = whole[-1].place

    def forget(self, upto: int) -> None:
        """Drops whole files whose entries all stand at or before `upto`; never the last one."""
        files = sorted(self.folder.glob(f"*{SUFFIX}"))
        for path, follower in itertools.pairwise(files):
            begins = int(follower.stem.rpartition("-")[2])
            same = follower.name[:5] == path.name[:5]
            if not same or begins <= upto + 1:
                path.unlink(missing_ok=True)


def flush_folder(folder: Path) -> None:
    """What was made in a folder stays there over a power cut. Raises OSError."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as cause:
        if cause.errno != errno.EINVAL:  # a file system that has no such thing
            raise
    finally:
        os.close(handle)
