"""What the engine hears and wants done about snapshots; part of `state`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sync.protocol import Snapshot

COPY: Final = "copy:"
"""Lane of a stream's list of pieces, and of the pieces that are taken out of the file in use."""
CHUNK: Final = "chunk:"
"""Lanes of the pieces that are fetched: this prefix and a number."""
CHUNK_LANES: Final = tuple(f"{CHUNK}{number}" for number in range(4))


@dataclass(frozen=True, slots=True)
class Missing:
    """A piece that is not here yet; `at_hand`: the file in use has it."""

    n: int
    sha: str
    at_hand: bool = False


@dataclass(frozen=True, slots=True)
class Copying:
    """A stream of which a snapshot is fetched."""

    feed: str
    pos: int
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """The hub's list of the pieces of a stream."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class ChunkCame:
    """A piece whose bytes are what their hash says, unpacked."""

    lane: str
    stream: str
    n: int
    sha: str
    lines: list[bytes]


@dataclass(frozen=True, slots=True)
class SendList:
    """Ask for the newest snapshot of a stream."""

    stream: str


@dataclass(frozen=True, slots=True)
class SendChunk:
    """Ask for a piece."""

    lane: str
    stream: str
    n: int
    sha: str


@dataclass(frozen=True, slots=True)
class KeepList:
    """Write down what is to be fetched; what the file in use has unchanged is not."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class PutChunk:
    """Write a piece, and that it is here."""

    lane: str
    stream: str
    n: int
    sha: str
    lines: list[bytes]


@dataclass(frozen=True, slots=True)
class TakeChunk:
    """The same out of the file in use."""

    stream: str
    n: int
