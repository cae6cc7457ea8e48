"""The lives of a till at the hub: where two histories part, what is given back, when one is over.

A till that was put back, or that is one of two, is told so by hello; a person is told by an
exception. It is enrolled again: the epoch before is fenced for every copy, and gets nothing more.
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import bindparam, func, select

from pos_app.domain.exceptions import WAITING
from sync.hub import epochs, exceptions, schema
from sync.hub.answers import HubProblem
from sync.hub.database import Connection, Statement
from sync.hub.devices import Device
from sync.hub.right_desk import Asked, Row
from sync.protocol import (
    COMPARE_MAX,
    ENTRIES_MAX,
    PROVEN_DOUBTS,
    PULL_MAX_BYTES,
    CompareAsk,
    CompareReply,
    EntriesAsk,
    EntriesReply,
    Hello,
    PushedEvent,
    decode_fact,
)

TOLD_MAX: Final = 50
"""So often people are told of one till's doubts, of each kind."""

_e, _x = schema.event.c, schema.exception.c
_AT = Statement(
    "device epoch seq",
    select(_e.hash).where(
        _e.device == bindparam("device"),
        _e.epoch == bindparam("epoch"),
        _e.seq == bindparam("seq"),
    ),
)
_LAST = Statement(
    "device epoch",
    select(func.max(_e.seq)).where(
        _e.device == bindparam("device"), _e.epoch == bindparam("epoch")
    ),
)
_TOLD = Statement(
    "device kind",
    select(_x.state, _x.detail).where(
        _x.device == bindparam("device"), _x.kind == bindparam("kind"), _x.n.is_(None)
    ),
)
_ENTRIES = Statement(
    "device epoch after upto",
    select(_e.seq, _e.body, _e.hash, _e.sig)
    .where(
        _e.device == bindparam("device"),
        _e.epoch == bindparam("epoch"),
        _e.seq > bindparam("after"),
        _e.seq <= bindparam("upto"),
    )
    .order_by(_e.seq),
)


# --- hello ----------------------------------------------------------------------------------


def judged(connection: Connection, device: Device, asked: Hello, found: str, at: str) -> str:
    """The verdict, where a till's own doubt says more than its chain; people are told once."""
    if asked.doubt in PROVEN_DOUBTS and found in ("ok", "behind", "rolled_back", "fork"):
        found = "rolled_back"
    told = found if found in ("rolled_back", "fork", "fenced") else ""
    if told == "rolled_back" and not asked.doubt and _overtaken(connection, device, asked):
        return found  # whoever waited for it has long asked again
    if not told and asked.doubt in ("fork", "rolled_back"):
        told = "fork"  # it saw another entry of ours than its own, which we cannot see from here
    kind = "rollback" if told == "rolled_back" else "fork"
    if told and not _is_told(connection, device, kind, told):
        reached = f"epoch {asked.head.epoch}, the hub holds {device.epoch}/{device.last_seq}"
        doubt = f", {asked.doubt}" if asked.doubt else ""
        exceptions.open_exception(
            connection,
            kind=kind,
            n=None,
            device=device.device,
            store=device.store_id,
            amount=0,
            detail=f"{told}: {reached}{doubt}" if told != "fenced" else f"{told}: {reached}",
            at=at,
        )
    return found


def _is_told(connection: Connection, device: Device, kind: str, told: str) -> bool:
    """True where people know: of what is told of an epoch one waits at a time.

    A till in doubt sells on, and its copy too: both heads move from one hello to the next. And who
    has a till's key may say any head: past `TOLD_MAX` of one device nothing more is opened.
    """
    rows = connection.all(_TOLD, (device.device, kind))
    held = f"the hub holds {device.epoch}/"
    waits = (
        state in WAITING and detail.startswith(f"{told}:") and held in detail
        for state, detail in rows
    )
    return len(rows) >= TOLD_MAX or any(waits)


def _overtaken(connection: Connection, device: Device, asked: Hello) -> bool:
    """True for a hello that came later than what its till journalled, and pushed, after it.

    By the till's own clock, which may be set: it decides only whether a person is told now, or at
    the next hello, which then tells of a doubt.
    """
    place = (device.device, asked.head.epoch, asked.head.seq, asked.head.seq + 1)
    found = connection.one(_ENTRIES, place)
    try:
        return found is not None and decode_fact(bytes(found[1])).t.wall >= asked.wall
    except msgspec.MsgspecError:
        return False


# --- what a till asks -----------------------------------------------------------------------


def compare(asked: Asked) -> CompareReply:
    """Which of a till's own places the hub holds just so."""
    said: CompareAsk = asked.message
    connection, device = asked.connection, asked.device
    if len(said.places) > COMPARE_MAX:
        raise HubProblem("malformed", f"at most {COMPARE_MAX} places")
    agreed = 0
    for seq, digest in said.places:
        row = connection.one(_AT, (device.device, said.epoch, seq))
        if row is not None and bytes(row[0]).hex() == digest.lower():
            agreed = max(agreed, seq)
    last = connection.one(_LAST, (device.device, said.epoch))
    attempt = epochs.attempt_of(connection, device.device, device.epoch)
    return CompareReply(device.epoch, attempt, int(last[0] or 0) if last else 0, agreed)


def entries(asked: Asked) -> EntriesReply:
    """A page of what the hub holds of an epoch of the till that asks."""
    from base64 import b64encode

    said: EntriesAsk = asked.message
    upto = said.after + ENTRIES_MAX + 1  # they are dense
    found = asked.connection.all(_ENTRIES, (asked.device.device, said.epoch, said.after, upto))
    events: list[PushedEvent] = []
    size = 0
    for _, body, digest, sig in found[:ENTRIES_MAX]:
        size += len(body)
        if events and size > PULL_MAX_BYTES:
            break
        signature = b64encode(bytes(sig)).decode()
        events.append(PushedEvent(msgspec.Raw(bytes(body)), bytes(digest).hex(), signature))
    return EntriesReply(said.epoch, said.after + 1, events, more=len(events) < len(found))


ROWS: Final = (
    Row(
        "/v1/chain/compare",
        "Up to where a till and the hub tell the same of an epoch.",
        CompareAsk,
        compare,
        (),
        CompareReply,
    ),
    Row(
        "/v1/chain/entries",
        "What the hub holds of an epoch of the till that asks.",
        EntriesAsk,
        entries,
        (),
        EntriesReply,
    ),
)
