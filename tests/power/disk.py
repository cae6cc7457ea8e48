"""A disk as it may be after a power cut, made from the record of what a process did to it.

What a file was flushed with is there. Of everything since, any 512-byte sector may be there or
not, whatever its order; a file may have its new length without the bytes in it. A name that was
made, moved or taken away is certain once its directory was flushed; before, the changes of names
since then may be there up to some point, or, on the unkindest of file systems, any of them.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

SECTOR: Final = 512
_HEAD: Final = struct.Struct("=cQQI")
LEFT_OUT: Final = ("-shm", ".lock")
"""Never read by a recovery: memory that processes share, and locks."""


@dataclass(frozen=True, slots=True)
class Record:
    """One call that changed something.

    C made, O opened, W written, T cut to a length, S flushed, D directory flushed, R moved,
    U taken away, A said on standard output.
    """

    op: str
    inode: int
    offset: int
    data: bytes


def read_record(path: Path) -> list[Record]:
    """What the recorder wrote."""
    whole, at, found = path.read_bytes(), 0, []
    while at < len(whole):
        op, inode, offset, length = _HEAD.unpack_from(whole, at)
        at += _HEAD.size
        found.append(Record(op.decode(), inode, offset, whole[at : at + length]))
        at += length
    return found


@dataclass(slots=True)
class _File:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """(offset, bytes), or (length, None) for a cut to that length."""

    def flush(self) -> None:
        for offset, data in self.pending:
            _put(self.durable, offset, data)
        self.pending.clear()


def _put(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        if len(content) > offset:
            del content[offset:]
        else:
            content.extend(bytes(offset - len(content)))
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


class Disk:
    """The files of one directory: what is certain, and what is under way."""

    def __init__(self, before: Path) -> None:
        """`before` is the directory as it was when the process began."""
        self._names: dict[str, int] = {}
        self._changes: list[tuple[str, int | None]] = []
        self._moved: list[int] = []
        """Where in the changes a move begins: its two halves are one."""
        self._files: dict[int, _File] = {}
        self._live: dict[str, int] = {}
        self.said = b""
        for path in before.rglob("*"):
            if path.is_file():
                inode = path.stat().st_ino
                name = str(path.relative_to(before))
                self._names[name] = self._live[name] = inode
                self._files[inode] = _File(bytearray(path.read_bytes()))

    def take(self, record: Record) -> None:
        """The next call of the process has been made."""
        match record.op:
            case "W":
                self._files[record.inode].pending.append((record.offset, record.data))
            case "S":
                self._files[record.inode].flush()
            case "T":
                self._files[record.inode].pending.append((record.offset, None))
            case "C" | "O":
                self._name(record)
            case "U":
                self._change(record.data.decode(), None)
            case "R":
                source, target = record.data.decode().split("\0")
                self._moved.append(len(self._changes))
                self._change(target, self._live[source])
                self._change(source, None)
            case "D":
                for name, inode in self._changes:
                    _rename(self._names, name, inode)
                self._changes.clear()
                self._moved.clear()
            case "A":
                self.said += record.data

    def _name(self, record: Record) -> None:
        name = record.data.decode()
        if record.op == "C":
            self._files[record.inode] = _File()
            self._change(name, record.inode)
        elif name in self._live and self._live[name] != record.inode:
            # Not the tmpfs the record was made on: a copy of the directory.
            raise ValueError(f"{name} is another file than it was")

    def _change(self, name: str, inode: int | None) -> None:
        self._changes.append((name, inode))
        _rename(self._live, name, inode)

    def after_a_cut(self, draw: random.Random) -> dict[str, bytes]:
        """Every file as it may be now, if the power goes now."""
        how = draw.choice(("kept", "lost", "sectors", "sectors", "calls", "torn"))
        found: dict[str, bytes] = {}
        for name, inode in self._names_after(draw, how).items():
            if not name.endswith(LEFT_OUT):
                found[name] = bytes(_content_after(self._files[inode], draw, how))
        return found

    def _names_after(self, draw: random.Random, how: str) -> dict[str, int]:
        names = dict(self._names)
        kept = set(range(len(self._changes)))
        if how == "lost":
            kept.clear()
        elif how != "kept" and draw.random() < 0.25:
            kept = {nth for nth in kept if draw.random() < 0.5}
        elif how != "kept":
            kept = set(range(draw.randint(0, len(self._changes))))
        for nth in self._moved:
            if nth in kept or nth + 1 in kept:
                kept |= {nth, nth + 1}
        for nth, (name, inode) in enumerate(self._changes):
            if nth in kept:
                _rename(names, name, inode)
        return names


def _rename(names: dict[str, int], name: str, inode: int | None) -> None:
    if inode is None:
        names.pop(name, None)
    else:
        names[name] = inode


def _content_after(file: _File, draw: random.Random, how: str) -> bytearray:
    content = bytearray(file.durable)
    if how == "lost":
        return content
    for offset, data in _kept(file.pending, draw, how):
        _put(content, offset, data)
    return content


def _kept(
    pending: list[tuple[int, bytes | None]], draw: random.Random, how: str
) -> Iterator[tuple[int, bytes | None]]:
    if how == "kept":
        yield from pending
        return
    if how == "torn":
        # In order up to some call, and of that one the beginning or the end.
        whole = draw.randint(0, len(pending))
        yield from pending[:whole]
        pending, chance = pending[whole : whole + 1], 0.5
    else:
        chance = draw.choice((0.1, 0.5, 0.9, 0.98))
    for offset, data in pending:
        if data is None or how == "calls":
            if draw.random() < chance:
                yield offset, data
            continue
        if draw.random() < 0.05:
            yield offset + len(data), b""  # its length went to the disk, its bytes did not
        yield from _sectors(offset, data, draw, chance, torn=how == "torn")


def _sectors(
    offset: int, data: bytes, draw: random.Random, chance: float, *, torn: bool
) -> Iterator[tuple[int, bytes]]:
    first = SECTOR - offset % SECTOR
    edges = [0, *range(first, len(data), SECTOR), len(data)]
    parts = list(pairwise(edges))
    if torn:
        at = draw.randint(0, len(parts))
        parts = parts[:at] if draw.random() < chance else parts[at:]
        chance = 1.0
    for begin, end in parts:
        if draw.random() < chance:
            yield offset + begin, data[begin:end]
