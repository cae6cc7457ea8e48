"""The hub's answers as events of the engine: decoded, classified, checked against our own chain.

Whatever arrives becomes an event; nothing raises. An answer that cannot be read is `Lost` with
the code `hub_garbled`.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from sync.engine.copy_state import COPY, ChunkCame, Listed, SendChunk, SendList
from sync.engine.ports import Reply
from sync.engine.state import (
    HELLO,
    PULL,
    PUSH,
    Acked,
    AnswerCame,
    Answered,
    Asked,
    Event,
    Fed,
    Lost,
    SendPull,
    Welcomed,
)
from sync.protocol import (
    CHUNK_MAX_BYTES,
    Head,
    HelloReply,
    Problem,
    PullReply,
    PushReply,
    RightReply,
    Snapshot,
    ack_signing_bytes,
    right_signing_bytes,
)

OwnHash = Callable[[Head], str | None]
"""Our own chain's hash (hex) at a place, None where we hold nothing."""

TOLD: Final = frozenset(
    {
        "cursor_ahead",
        "cursor_too_old",
        "device_pending",
        "device_revoked",
        "device_suspended",
        "device_unknown",
        "feed_changed",
        "fenced",
        "fork",
        "gap",
        "hub_busy",
        "signature_expired",
        "signature_invalid",
        "signature_missing",
        "signature_replayed",
        "snapshot_missing",
        "stream_not_yours",
    }
)
"""Problems that a person at the till is told by their own name; the rest are `hub_error`."""

_ASKED_AT: Final = re.compile(
    r"/v1/((grants|holds|return-auths|reservations|orders)(/[0-9A-Za-z-]{8,64}/(capture|void|step))?"
    r"|customers(/find|/timeline)?|sales/find|values/look|returns/pended|patterns)",
    re.ASCII,
)
_TOLD_AT: Final = re.compile(
    r"/v1/(customers(/find|/timeline)?|sales/find|values/look|returns/pended|patterns)", re.ASCII
)
"""Where answers are words, and no right."""
_AGAIN: Final = frozenset({401, 403, 408, 429})
"""Answers that decide nothing about a question: it is asked again."""
_UNKNOWN: Final = 0
_right = msgspec.json.Decoder(RightReply)
_hello = msgspec.json.Decoder(HelloReply)
_push = msgspec.json.Decoder(PushReply)
_pull = msgspec.json.Decoder(PullReply)
_problem = msgspec.json.Decoder(Problem)
_snapshot = msgspec.json.Decoder(Snapshot)
CHUNKS_MAX: Final = 50_000
_SHA: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def welcomed(reply: Reply, own_hash: OwnHash, asked: Head | None = None) -> Event:
    """What hello brought, which named `asked` as the end of our journal."""
    if reply.status != 200:
        return answered(HELLO, reply)
    try:
        said = _hello.decode(reply.body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Lost(HELLO, "hub_garbled")
    return Welcomed(said, own_hash(said.head) if said.head.seq >= 0 else None, asked)


def acked(reply: Reply, last: int, device: str, hub_key: str, own_hash: OwnHash) -> Event:
    """What a push that ended with entry `last` brought; `hub_key` is the hub's, hex."""
    if reply.status != 200:
        return answered(PUSH, reply)
    try:
        said = _push.decode(reply.body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Lost(PUSH, "hub_garbled")
    proven = said.ack.seq >= 0 and _signed(said, device, hub_key)
    own = own_hash(said.ack) if proven else None
    return Acked(said.ack, own, proven, said.hub_time, said.sig, last, said.limits)


def _signed(said: PushReply, device: str, hub_key: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(hub_key))
        sig = base64.b64decode(said.sig, validate=True)
        key.verify(sig, ack_signing_bytes(device, said.ack, said.hub_time))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def fed(reply: Reply, asked: SendPull) -> Event:
    """What a question for a page brought."""
    lane = PULL + asked.stream
    if reply.status != 200:
        return answered(lane, reply)
    try:
        said = _pull.decode(reply.body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Lost(lane, "hub_garbled")
    if said.stream != asked.stream:
        return Lost(lane, "hub_garbled")
    return Fed(said, asked.feed, asked.after)


def listed(reply: Reply, asked: SendList) -> Event:
    """What a question for a snapshot brought."""
    lane = COPY + asked.stream
    if reply.status != 200:
        return answered(lane, reply)
    try:
        said = _snapshot.decode(reply.body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Lost(lane, "hub_garbled")
    fits = said.stream == asked.stream and said.pos >= 0 and len(said.chunks) <= CHUNKS_MAX
    if not fits or not all(_SHA.fullmatch(chunk.sha256) for chunk in said.chunks):
        return Lost(lane, "hub_garbled")
    return Listed(said)


def chunk(reply: Reply, asked: SendChunk) -> Event:
    """What a question for a piece brought: nothing of it is looked at before its hash."""
    if reply.status != 200:
        return answered(asked.lane, reply)
    if sha256(reply.body).hexdigest() != asked.sha:
        return Lost(asked.lane, "snapshot_corrupt")
    import zstandard

    try:
        packed = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        lines = packed.stream_reader(reply.body).read(CHUNK_MAX_BYTES + 1)
    except (zstandard.ZstdError, MemoryError):
        return Lost(asked.lane, "snapshot_corrupt")
    if len(lines) > CHUNK_MAX_BYTES:
        return Lost(asked.lane, "snapshot_corrupt")
    return ChunkCame(asked.lane, asked.stream, asked.n, asked.sha, lines.splitlines())


def answered(lane: str, reply: Reply) -> Answered:
    """Any answer but the one hoped for."""
    code, wait = "", 0
    try:
        problem = _problem.decode(reply.body)
        code, wait = problem.type.rpartition("/")[2], problem.retry_after_s
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    header = reply.headers.get("retry-after", "")
    if header.isascii() and header.isdigit() and len(header) < 9:
        wait = max(wait, int(header))
    if reply.status not in (429, 503):
        wait = 0
    if code == "slow_down":
        code = "hub_busy"
    return Answered(lane, reply.status, code if code in TOLD else "hub_error", wait)


def asked(message: Mapping[str, Any]) -> Asked | None:
    """A question as the window sent it over the link; None for an address that is not asked at."""
    ask_id, path, body = (str(message.get(name, "")) for name in ("id", "path", "body"))
    return Asked(ask_id, path, body.encode()) if _ASKED_AT.fullmatch(path) else None


def came(reply: Reply, ask_id: str, hub_key: str, path: str = "") -> AnswerCame:
    """The hub's answer as the window is told of it; a right that proves nothing is none.

    Nothing is spent by what the other answers say, so they are taken as they come.
    """
    if reply.status == 200:
        proven = _TOLD_AT.fullmatch(path) is not None or _proven(reply.body, hub_key)
        status, code = (200, "") if proven else (_UNKNOWN, "ack_unproven")
        return AnswerCame(ask_id, status, reply.body if proven else b"", code)
    try:
        code = _problem.decode(reply.body).type.rpartition("/")[2]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return AnswerCame(ask_id, _UNKNOWN, b"", "hub_garbled")
    unsure = reply.status in _AGAIN or reply.status >= 500
    return AnswerCame(ask_id, _UNKNOWN if unsure else reply.status, b"", code)


def _proven(body: bytes, hub_key: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        told = _right.decode(body)
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(hub_key))
        key.verify(base64.b64decode(told.sig, validate=True), right_signing_bytes(told))
    except (InvalidSignature, ValueError, binascii.Error, msgspec.MsgspecError):
        return False
    return True


def hub_date(reply: Reply) -> dt.datetime | None:
    """When the hub says that it answered (its Date header, whole seconds)."""
    try:
        said = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return None
    return said if said.tzinfo is not None else said.replace(tzinfo=dt.UTC)
