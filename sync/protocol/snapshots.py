"""A stream as it stands at one position, in pieces that never change: how a till gets its first copy."""

from __future__ import annotations

from typing import Final

import msgspec

CHUNK_ROWS: Final = 10_000
CHUNK_MAX_BYTES: Final = 64 << 20
"""What a chunk may unpack to; a till takes no more of one."""


class SnapshotChunk(msgspec.Struct, frozen=True, array_like=True):
    """One piece: rows of one kind whose keys are above `after` and not above `upto`.

    Fetched by its hash. It is NDJSON packed with zstd; each line is an array of rows as a position
    of the feed has them. An empty `upto` is the end.
    """

    kind: str
    after: str
    upto: str
    rows: int
    size: int
    """Bytes as they are sent."""
    sha256: str
    """Of those bytes, hex."""


class Snapshot(msgspec.Struct, frozen=True):
    """`GET /v1/snapshots/{stream}`: what every position up to `pos` comes to, and nothing later."""

    stream: str
    feed: str
    pos: int
    schema: int
    """Version of the rows."""
    made: str
    chunks: tuple[SnapshotChunk, ...]
