"""Hello: what the hub thinks of a till's chain, and which streams it may read."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import bindparam, select

from sync.hub import feed, schema
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement
from sync.hub.devices import Device, seen
from sync.protocol import PROTO, SCHEMA, Head, Hello, HelloReply

_e = schema.event.c
_HASH = Statement(
    "device epoch seq",
    select(_e.hash).where(
        _e.device == bindparam("device"),
        _e.epoch == bindparam("epoch"),
        _e.seq == bindparam("seq"),
    ),
)


def hello(connection: Connection, device: Device, asked: Hello, now: dt.datetime) -> HelloReply:
    """The verdict on a till, the hub's end of its chain, and the feeds it may read."""
    seen(connection, device.device, asked.sw, now)
    return HelloReply(
        verdict=verdict(connection, device, asked),
        hub_time=stamp(now),
        head=device.head,
        streams={stream: feed.feed_of(connection, stream) for stream in device.streams},
    )


def verdict(connection: Connection, device: Device, asked: Hello) -> str:
    """`ok`, or what is wrong: see PROTOCOL.md."""
    lowest, highest = asked.proto
    if not lowest <= PROTO <= highest or asked.schema > SCHEMA:
        return "upgrade_required"
    head = asked.head
    if head.epoch < device.epoch:
        return "fenced"
    if head.epoch > device.epoch:
        # The hub has never given that epoch: it was restored from before the enrolment.
        return "fork"
    if head.seq < device.last_seq:
        return "rolled_back" if _held(connection, device, head) else "fork"
    if head.seq == device.last_seq:
        return "ok" if head.hash.lower() == device.last_hash.hex() else "fork"
    return "behind" if asked.acked > device.last_seq else "ok"


def _held(connection: Connection, device: Device, head: Head) -> bool:
    if head.seq <= 0:
        return head.hash.lower() == device.genesis.hex()
    row = connection.one(_HASH, (device.device, head.epoch, head.seq))
    return row is not None and row[0].hex() == head.hash.lower()
