"""Who of several processes speaks to a shop: a lane of its work is one holder's for a while."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import bindparam, or_, update

from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement, adding

IN, OUT = "in", "out"
HELD_FOR: Final = dt.timedelta(seconds=120)
"""Longer than one piece of work may take (`client.PIECE_S`): who is not heard of for so long is gone,
and what it had begun is read back by whoever goes on."""

_c = schema.channel_claim.c
_BEGIN = adding(schema.channel_claim, ignore=True)
_TAKE = Statement(
    "me until_ channel_ lane_ mine now",
    update(schema.channel_claim)
    .where(
        _c.channel == bindparam("channel_"),
        _c.lane == bindparam("lane_"),
        or_(_c.holder == bindparam("mine"), _c.until <= bindparam("now")),
    )
    .values(holder=bindparam("me"), until=bindparam("until_")),
)
_LEAVE = Statement(
    "over channel_ lane_ me",
    update(schema.channel_claim)
    .where(
        _c.channel == bindparam("channel_"),
        _c.lane == bindparam("lane_"),
        _c.holder == bindparam("me"),
    )
    .values(until=bindparam("over")),
)


def take(connection: Connection, channel: str, lane: str, holder: str, now: dt.datetime) -> bool:
    """Whether the lane is this holder's now, for a while; asked again before each piece of work.

    A hub on a file has one process that serves, and it is started anew at once after a crash.
    """
    if not connection.shared:
        return True
    with connection.transaction():
        connection.run(_BEGIN, (channel, lane, "", ""))
        until = stamp(now + HELD_FOR)
        return connection.run(_TAKE, (holder, until, channel, lane, holder, stamp(now))) > 0


def leave(connection: Connection, channel: str, lane: str, holder: str) -> None:
    """Lets it go at once, for another process to go on."""
    if connection.shared:
        with connection.transaction():
            connection.run(_LEAVE, ("", channel, lane, holder))
