"""How long the rows of a feed are kept: 30 days, and for as long as somebody still needs them.

A row may go when a snapshot that can be fetched contains it, when it is 30 days old, and when every
till of the stream has it, but for those that were silent for 30 days: these begin with a snapshot.
What is left stays dense, so a till that asks for more than there is can be told so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from sqlalchemy import bindparam, delete, func, select

from sync.hub import schema, snapshots
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement, putting
from sync.hub.devices import IN_SERVICE

KEPT: Final = dt.timedelta(days=30)
MARK_EVERY: Final = dt.timedelta(hours=12)
AT_ONCE: Final = 500
"""Positions that go in one transaction."""

_h, _f, _m, _u, _d = (
    schema.feed_head.c,
    schema.feed.c,
    schema.feed_mark.c,
    schema.device_cursor.c,
    schema.device.c,
)
_HEADS = Statement("", select(_h.stream, _h.feed, _h.pos).order_by(_h.stream))
_FIRST = Statement("stream", select(func.min(_f.pos)).where(_f.stream == bindparam("stream")))
_LAST_MARK = Statement("stream", select(func.max(_m.at)).where(_m.stream == bindparam("stream")))
_AGED = Statement(
    "stream before",
    select(func.max(_m.pos)).where(_m.stream == bindparam("stream"), _m.at <= bindparam("before")),
)
_MARK = putting(schema.feed_mark)
_OLD_MARKS = Statement(
    "stream pos",
    delete(schema.feed_mark).where(_m.stream == bindparam("stream"), _m.pos < bindparam("pos")),
)
_CURSOR = putting(schema.device_cursor)
_SLOWEST = Statement(
    "stream feed since " + " ".join(f"state{place}" for place in range(len(IN_SERVICE))),
    select(func.min(_u.pos))
    .select_from(schema.device_cursor.join(schema.device, _d.device == _u.device))
    .where(
        _u.stream == bindparam("stream"),
        _u.feed == bindparam("feed"),
        _u.at > bindparam("since"),
        _d.state.in_([bindparam(f"state{place}") for place in range(len(IN_SERVICE))]),
    ),
)
_TRIM = Statement(
    "stream upto",
    delete(schema.feed).where(_f.stream == bindparam("stream"), _f.pos <= bindparam("upto")),
)


def heard(
    connection: Connection, device: str, cursors: Mapping[str, tuple[str, int]], now: dt.datetime
) -> None:
    """Where a till's hello says that it stands."""
    at = stamp(now)
    connection.many(
        _CURSOR, [(device, stream, feed, pos, at) for stream, (feed, pos) in cursors.items()]
    )


def floor(connection: Connection, stream: str, feed: str, now: dt.datetime) -> int:
    """Up to which position rows may go; 0 for none."""
    kept = snapshots.kept(connection, stream)
    if not kept:
        return 0
    before = stamp(now - KEPT)
    aged = connection.one(_AGED, (stream, before))
    slowest = connection.one(_SLOWEST, (stream, feed, before, *sorted(IN_SERVICE)))
    upto = min(int(aged[0] or 0) if aged else 0, *(one.pos for one in kept), 1 << 53)
    return upto if slowest is None or slowest[0] is None else min(upto, int(slowest[0]))


def trim(connection: Connection, now: dt.datetime) -> int:
    """Lets go of what nobody needs any more; how many positions."""
    gone = 0
    for stream, feed, pos in connection.all(_HEADS):
        _note_place(connection, stream, int(pos), now)
        upto = floor(connection, stream, feed, now)
        first = connection.one(_FIRST, (stream,))
        at = int(first[0]) - 1 if first is not None and first[0] is not None else upto
        while at < upto:
            at = min(upto, at + AT_ONCE)
            with connection.transaction():
                gone += connection.run(_TRIM, (stream, at))
        with connection.transaction():
            connection.run(_OLD_MARKS, (stream, upto))
    return gone


def _note_place(connection: Connection, stream: str, pos: int, now: dt.datetime) -> None:
    found = connection.one(_LAST_MARK, (stream,))
    last = str(found[0] or "") if found else ""
    if last <= stamp(now - MARK_EVERY) or last > stamp(now):
        with connection.transaction():
            connection.run(_MARK, (stream, stamp(now), pos))
