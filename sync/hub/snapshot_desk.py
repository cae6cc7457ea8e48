"""`/v1/snapshots`: what a till fetches for its first copy. Only read, away from who writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from sync.hub import snapshots, speaking
from sync.hub.answers import HubProblem, Reply, Request
from sync.hub.database import Connection
from sync.hub.devices import Device
from sync.hub.lanes import SNAPSHOTS_PATH
from sync.protocol import SCHEMA, Snapshot
from sync.protocol.versions import LOWERS

TYPE: Final = "application/zstd"
_RANGE: Final = re.compile(r"bytes=(\d{1,12})-(\d{0,12})", re.ASCII)
_SHA: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One endpoint of this desk."""

    path: str
    answer: Callable[[Connection, Device, Request], Reply]
    told: str
    reply: type[msgspec.Struct] | None
    problems: tuple[str, ...]


def _manifest(connection: Connection, device: Device, request: Request) -> Reply:
    stream = _own(device, request)
    found = snapshots.manifest(connection, stream)
    if found is None or not _reads(speaking.schema_of(connection, device.device), found):
        raise HubProblem("snapshot_missing")
    return Reply(msgspec.json.encode(found))


def _chunk(connection: Connection, device: Device, request: Request) -> Reply:
    stream = _own(device, request)
    sha = request.named.get("sha256", "")
    body = snapshots.body_of(connection, stream, sha) if _SHA.fullmatch(sha) else None
    if body is None:
        raise HubProblem("snapshot_missing")
    told = {"etag": f'"{sha}"', "accept-ranges": "bytes", "cache-control": "private, immutable"}
    if request.headers.get("if-none-match", "").strip() in (f'"{sha}"', "*"):
        return Reply(b"", 304, TYPE, told)
    found = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if found is None or request.headers.get("if-range", f'"{sha}"') != f'"{sha}"':
        return Reply(body, 200, TYPE, told)
    first, last = int(found[1]), min(int(found[2] or len(body)), len(body) - 1)
    if first > last:
        raise HubProblem("range_outside")
    told["content-range"] = f"bytes {first}-{last}/{len(body)}"
    return Reply(body[first : last + 1], 206, TYPE, told)


def _own(device: Device, request: Request) -> str:
    stream = request.named.get("stream", "")
    if stream not in device.streams:
        raise HubProblem("stream_not_yours")
    return stream


def _reads(reader: int, found: Snapshot) -> bool:
    """Whether a till of that version takes the rows as they are in it."""
    kinds = {chunk.kind for chunk in found.chunks}
    newer = range(reader + 1, SCHEMA + 1)
    return found.schema == SCHEMA and all(kinds.isdisjoint(LOWERS.get(step, ())) for step in newer)


ROWS: Final = (
    Row(
        f"{SNAPSHOTS_PATH}{{stream}}",
        _manifest,
        "What a stream comes to at a position, and the pieces that say so.",
        Snapshot,
        ("stream_not_yours", "snapshot_missing"),
    ),
    Row(
        f"{SNAPSHOTS_PATH}{{stream}}/chunks/{{sha256}}",
        _chunk,
        "A piece of a snapshot by its hash; ETag and Range as HTTP has them.",
        None,
        ("stream_not_yours", "snapshot_missing", "range_outside"),
    ),
)
