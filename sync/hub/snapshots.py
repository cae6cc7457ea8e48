"""Snapshots: a stream as it stands at one position, in pieces by hash, for every hub process alike.

One reading of one moment is cut into pieces; those that are there already stay, so what a snapshot
costs on the disk is what changed. The row that names the pieces comes last: a making that was broken
off is not seen by anybody, and the next one goes on with its pieces. The one before stays, with all
it names, for as long as somebody may still be fetching it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import msgspec
import zstandard
from sqlalchemy import bindparam, delete, select

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Refused
from sync.hub import schema
from sync.hub.answers import Clock, stamp
from sync.hub.database import Connection, Database, Statement, adding, putting
from sync.hub.identity import set_value, value_of
from sync.hub.snapshot_rows import Fold, Piece, cut, tabled
from sync.protocol import CHUNK_MAX_BYTES, SCHEMA, Snapshot, SnapshotChunk

KEPT: Final = dt.timedelta(days=2)
"""So long after its successor a snapshot can still be fetched."""
MAKING: Final = dt.timedelta(hours=1)
"""A making that is not over by then was broken off."""
PAUSE_S: Final = 0.005
"""Left to others between two pieces."""
LEVEL: Final = 3
_LEASE: Final = "snapshot_until"

_s, _c, _h = schema.snapshot.c, schema.snapshot_chunk.c, schema.feed_head.c
_HEAD = Statement("stream", select(_h.feed, _h.pos).where(_h.stream == bindparam("stream")))
_LIST = Statement(
    "stream",
    select(_s.pos, _s.made, _s.schema, _s.chunks)
    .where(_s.stream == bindparam("stream"))
    .order_by(_s.pos.desc()),
)
_PUT = putting(schema.snapshot)
_DROP = Statement(
    "stream pos",
    delete(schema.snapshot).where(_s.stream == bindparam("stream"), _s.pos == bindparam("pos")),
)
_BODY = Statement(
    "stream sha",
    select(_c.body).where(_c.stream == bindparam("stream"), _c.sha == bindparam("sha")),
)
_HELD = Statement("stream", select(_c.sha).where(_c.stream == bindparam("stream")))
_ADD_BODY = adding(schema.snapshot_chunk, ignore=True)
_DROP_BODY = Statement(
    "stream sha",
    delete(schema.snapshot_chunk).where(
        _c.stream == bindparam("stream"), _c.sha == bindparam("sha")
    ),
)
_chunks = msgspec.json.Decoder(tuple[SnapshotChunk, ...])


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot that can be fetched."""

    pos: int
    made: str
    schema: int
    chunks: tuple[SnapshotChunk, ...]


def kept(connection: Connection, stream: str) -> list[Kept]:
    """The snapshots of a stream, the newest first."""
    return [
        Kept(int(pos), made, int(version), _chunks.decode(chunks))
        for pos, made, version, chunks in connection.all(_LIST, (stream,))
    ]


def manifest(connection: Connection, stream: str) -> Snapshot | None:
    """The newest snapshot, under the name that the stream's feed has now.

    A feed that was named anew (a hub that was put back) goes on at the same positions, and its
    snapshots are as old as itself.
    """
    head = connection.one(_HEAD, (stream,))
    found = kept(connection, stream)[:1]
    if head is None or not found or found[0].pos > head[1]:
        return None
    one = found[0]
    return Snapshot(stream, head[0], one.pos, one.schema, one.made, one.chunks)


def body_of(connection: Connection, stream: str, sha: str) -> bytes | None:
    """A piece, checked: None where there is none, or it is not what it was."""
    found = connection.one(_BODY, (stream, sha))
    body = bytes(found[0]) if found else b""
    return body if sha256(body).hexdigest() == sha else None


@contextlib.contextmanager
def making(connection: Connection, clock: Clock) -> Iterator[None]:
    """One at a time, of all processes on the database. Raises Refused("snapshot_busy")."""
    with connection.transaction():
        connection.lock_name("snapshot")
        until = value_of(connection, _LEASE)
        if until and clock.now() < parse_utc(until) <= clock.now() + MAKING:
            raise Refused("snapshot_busy", until=until)
        set_value(connection, _LEASE, stamp(clock.now() + MAKING))
    try:
        yield
    finally:
        with connection.transaction():
            set_value(connection, _LEASE, "")


def make(database: Database, stream: str, clock: Clock) -> Kept | None:
    """A snapshot of a stream as it is now; None for a stream that is not there.

    Raises Refused("snapshot_busy") while another is made.
    """
    with (
        contextlib.closing(database.connect(write=False)) as reading,
        contextlib.closing(database.connect(write=True)) as writing,
        making(writing, clock),
    ):
        with reading.reading():
            head = reading.one(_HEAD, (stream,))
            if head is None:
                return None
            chunks = tuple(_store(reading, writing, stream, int(head[1])))
        made = Kept(int(head[1]), stamp(clock.now()), SCHEMA, chunks)
        with writing.transaction():
            held = {sha for (sha,) in writing.all(_HELD, (stream,))}
            if not held.issuperset(each.sha256 for each in chunks):
                raise Refused("snapshot_busy", until="")
            encoded = msgspec.json.encode(chunks)
            writing.run(_PUT, (stream, made.pos, made.made, made.schema, encoded))
            _tidy(writing, stream, clock.now())
    return made


def _store(
    reading: Connection, writing: Connection, stream: str, pos: int
) -> Iterator[SnapshotChunk]:
    """Every piece, on the disk."""
    before = kept(reading, stream)[:1]
    held = {
        sha for (sha,) in reading.all(_HELD, (stream,)) if body_of(reading, stream, sha) is not None
    }
    packer = zstandard.ZstdCompressor(level=LEVEL)
    for piece in _pieces(reading, stream, pos, before[0] if before else None):
        body = packer.compress(piece.lines())
        sha = sha256(body).hexdigest()
        if sha not in held:
            held.add(sha)
            with writing.transaction():
                writing.run(_DROP_BODY, (stream, sha))
                writing.run(_ADD_BODY, (stream, sha, body))
        rows = len(piece.rows)
        yield SnapshotChunk(piece.kind, piece.after, piece.upto, rows, len(body), sha)
        time.sleep(PAUSE_S)


def _pieces(connection: Connection, stream: str, pos: int, before: Kept | None) -> Iterator[Piece]:
    fold = Fold()
    known = tabled(stream)
    for chunk in before.chunks if before else ():
        if chunk.kind not in known:
            for line in unpacked(body_of(connection, stream, chunk.sha256) or b"").splitlines():
                fold.add(chunk.kind, line)
    fold.add_feed(connection, stream, before.pos if before else 0, pos)
    for kind, rows in fold.kinds():
        yield from cut(kind, rows, _bounds(before, kind))
    for kind, read in known.items():
        yield from cut(kind, read(connection), _bounds(before, kind))


def _bounds(before: Kept | None, kind: str) -> list[str]:
    chunks = before.chunks if before else ()
    return [each.upto for each in chunks if each.kind == kind and each.upto]


def unpacked(body: bytes) -> bytes:
    """What a piece holds. Raises Refused("snapshot_corrupt")."""
    try:
        found: bytes = zstandard.ZstdDecompressor().decompress(body, CHUNK_MAX_BYTES)
    except zstandard.ZstdError as cause:
        raise Refused("snapshot_corrupt") from cause
    return found


def _tidy(connection: Connection, stream: str, now: dt.datetime) -> None:
    """Forgets what nobody can be fetching any more; only while nothing else is made."""
    found = kept(connection, stream)
    named: set[str] = set()
    newer = ""
    for each in found:
        if newer and parse_utc(newer) + KEPT < now:
            connection.run(_DROP, (stream, each.pos))
        else:
            named.update(chunk.sha256 for chunk in each.chunks)
        newer = each.made
    for (sha,) in connection.all(_HELD, (stream,)):
        if sha not in named:
            connection.run(_DROP_BODY, (stream, sha))
