"""What of a person stands in copies for tills: rows of the feed, pieces of snapshots.

The feed names a customer and says nothing of them; but an order's row there says who fetches it, and
a snapshot holds whole rows. Both are emptied where an erasure wants it, and a snapshot gets other
names for its pieces: a till that is just fetching begins again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final

import msgspec
import zstandard
from sqlalchemy import bindparam, delete, select, update

from sync.hub import feed, schema, snapshots
from sync.hub.database import Connection, Statement, adding, putting
from sync.hub.orders.kept import Part
from sync.protocol import CustomerRow, SnapshotChunk

ORDER, CUSTOMER = "order", "customer"
_KEY: Final = {ORDER: "reservation", CUSTOMER: "customer"}

_f, _c = schema.feed.c, schema.snapshot_chunk.c
_ROWS = Statement(
    "stream kind",
    select(_f.pos, _f.rows).where(_f.stream == bindparam("stream"), _f.kind == bindparam("kind")),
)
_SET = Statement(
    "data stream_ pos_",
    update(schema.feed)
    .where(_f.stream == bindparam("stream_"), _f.pos == bindparam("pos_"))
    .values(rows=bindparam("data")),
)
_PUT_SNAPSHOT = putting(schema.snapshot)
_ADD_BODY = adding(schema.snapshot_chunk, ignore=True)
_DROP_BODY = Statement(
    "stream sha",
    delete(schema.snapshot_chunk).where(
        _c.stream == bindparam("stream"), _c.sha == bindparam("sha")
    ),
)
_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode
Row = msgspec.Raw | msgspec.Struct
Change = Callable[[str], Row | None]
"""Key of a row -> what stands there instead; None for nothing. Raises KeyError to leave it."""


class _Keyed(msgspec.Struct):
    """The keys of both kinds of row."""

    customer: str = ""
    reservation: str = ""


_keyed = msgspec.json.Decoder(_Keyed).decode


def clear(
    connection: Connection, stores: Iterable[str], customer: str, parts: Sequence[Part]
) -> None:
    """Empties a customer and the parts of their orders, wherever stores were told of them."""
    of_store: dict[str, dict[str, Row]] = {}
    for part in parts:
        of_store.setdefault(part.store_id, {})[part.row.reservation] = part.row
    for store in sorted({*stores, *of_store}):
        stream, mine = feed.store_stream(store), of_store.get(store, {})
        if mine:
            _clear_feed(connection, stream, mine)
        _clear_snapshots(connection, stream, {CUSTOMER: {customer: None}, ORDER: dict(mine)})


def _changed(kind: str, rows: bytes, instead: Mapping[str, Row | None]) -> bytes | None:
    """A JSON array of rows with these ones changed; None where none of them is in it."""
    if not any(key.encode() in rows for key in instead):
        return None
    found: list[Row] = []
    changed = False
    for row in _raws(rows):
        key = str(getattr(_keyed(row), _KEY[kind]))
        if key in instead:
            changed = True
            other = instead[key]
            found += [other] if other is not None else []
        elif kind == CUSTOMER and (bare := _not_proposed(row, instead)) is not None:
            changed = True
            found.append(bare)
        else:
            found.append(row)
    return _encode(found) if changed else None


def _not_proposed(row: msgspec.Raw, gone: Mapping[str, Row | None]) -> CustomerRow | None:
    """A row of somebody else without the name of who is gone; None where it is not in it."""
    told = msgspec.json.decode(row, type=CustomerRow)
    left = tuple(one for one in told.proposals if one.other not in gone)
    return None if left == told.proposals else msgspec.structs.replace(told, proposals=left)


def _clear_feed(connection: Connection, stream: str, parts: Mapping[str, Row]) -> None:
    for pos, rows in connection.all(_ROWS, (stream, ORDER)):
        data = _changed(ORDER, bytes(rows), parts)
        if data is not None:
            connection.run(_SET, (data, stream, pos))


def _clear_snapshots(
    connection: Connection, stream: str, instead: Mapping[str, Mapping[str, Row | None]]
) -> None:
    kept = snapshots.kept(connection, stream)
    renamed: dict[str, SnapshotChunk] = {}
    for one in kept:
        for chunk in one.chunks:
            wanted = instead.get(chunk.kind, {})
            if wanted and chunk.sha256 not in renamed:
                other = _other_piece(connection, stream, chunk, wanted)
                if other is not None:
                    renamed[chunk.sha256] = other
    if not renamed:
        return
    for one in kept:
        chunks = tuple(renamed.get(chunk.sha256, chunk) for chunk in one.chunks)
        values = (stream, one.pos, one.made, one.schema, msgspec.json.encode(chunks))
        connection.run(_PUT_SNAPSHOT, values)
    for sha in renamed:
        connection.run(_DROP_BODY, (stream, sha))


def _other_piece(
    connection: Connection, stream: str, chunk: SnapshotChunk, instead: Mapping[str, Row | None]
) -> SnapshotChunk | None:
    body = snapshots.body_of(connection, stream, chunk.sha256)
    if body is None:
        return None
    lines, changed, count = [], False, 0
    for line in snapshots.unpacked(body).splitlines():
        data = _changed(chunk.kind, line, instead)
        changed |= data is not None
        lines.append(line if data is None else data)
        count += len(_raws(lines[-1]))
    if not changed:
        return None
    packed = zstandard.ZstdCompressor(level=snapshots.LEVEL).compress(
        b"".join(line + b"\n" for line in lines)
    )
    sha = sha256(packed).hexdigest()
    connection.run(_ADD_BODY, (stream, sha, packed))
    return SnapshotChunk(chunk.kind, chunk.after, chunk.upto, count, len(packed), sha)
