"""Hello: what the hub thinks of a till's chain, and which streams it may read."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import bindparam, select

from sync.hub import feed, feed_keeping, lives, recovering, rights, schema, speaking, till_orders
from sync.hub.answers import Ids, stamp
from sync.hub.database import Connection, Statement
from sync.hub.devices import Device, seen
from sync.hub.identity import HubKeys, feed_names
from sync.protocol import RIGHTS_SHOWN_MAX, Head, Hello, HelloReply
from sync.protocol.versions import ranges

_e = schema.event.c
_HASH = Statement(
    "device epoch seq",
    select(_e.hash).where(
        _e.device == bindparam("device"),
        _e.epoch == bindparam("epoch"),
        _e.seq == bindparam("seq"),
    ),
)


def hello(
    connection: Connection,
    device: Device,
    asked: Hello,
    keys: HubKeys,
    now: dt.datetime,
    ids: Ids,
) -> HelloReply:
    """The verdict on a till, the hub's end of its chain, and the feeds it may read.

    A till that was given more than this hub holds proves that an older copy of it was put back.
    From then on its feeds have another name: else a till could go on behind the place where it
    stood, past rows that are others now, and sell at a price nobody set. Nor does this hub know
    any more what it promised: see `recovering`.
    """
    seen(connection, device.device, asked.sw, now)
    speaking.note(connection, device, asked)
    own = {stream: at for stream, at in asked.cursors.items() if stream in device.streams}
    feed_keeping.heard(connection, device.device, own, now)
    found = lives.judged(connection, device, asked, verdict(connection, device, asked), stamp(now))
    if _was_given_more(connection, device, asked, found):
        recovering.begin(connection, keys, now, ids, cause="found")
    if found in ("ok", "behind"):
        # Before anything new is given: what it holds is taken off its accounts again.
        shown = asked.rights[:RIGHTS_SHOWN_MAX]
        if rights.present(connection, device, shown, keys, stamp(now)):
            recovering.shown_late(connection, now)
        recovering.heard(connection, device, asked.head.seq, keys, now, ids)
    return HelloReply(
        verdict=found,
        hub_time=stamp(now),
        head=device.head,
        streams={stream: feed.feed_of(connection, stream) for stream in device.streams},
        order=till_orders.ORDERED.get(device.state, ""),
        sv=ranges(),
    )


def verdict(connection: Connection, device: Device, asked: Hello) -> str:
    """`ok`, or what is wrong: see PROTOCOL.md."""
    if not speaking.understood(asked):
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


def _was_given_more(connection: Connection, device: Device, asked: Hello, found: str) -> bool:
    """True once after a restore: a till that names a feed from before it says nothing new."""
    reached, given = feed.positions(connection), feed_names(connection)
    for stream in device.streams:
        name, place = asked.cursors.get(stream, ("", 0))
        ours = name != "" and name == feed.feed_of(connection, stream)
        if ours and (found == "behind" or place > reached.get(stream, 0)):
            return True
        # A name of ours that we do not remember: a copy from before it was given was put back.
        if found == "behind" and name and given and not ours and name not in given:
            return True
    return False
