"""The feed that comes down: dense positions per stream, and pages of it.

A position is given by a counter row that is locked until the commit, so the order of positions is
the order of commits and a rolled back transaction leaves no hole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from sqlalchemy import bindparam, select, update

from sync.hub import schema
from sync.hub.answers import HubProblem, stamp
from sync.hub.customers import reading as customers
from sync.hub.database import Connection, Statement, adding
from sync.protocol import LONG_POLL_S, PULL_MAX_BYTES, SCHEMA, FeedRow, PullReply
from sync.protocol.versions import Untold, lowered

GLOBAL: Final = "global"
ROWS_PER_POSITION: Final = 500
"""How many entities of one kind share a position: a catalogue of a million is 2,000 of them."""
PAGE_ROWS_MAX: Final = 2_000

_head, _feed = schema.feed_head.c, schema.feed.c
_BEGIN = adding(schema.feed_head, ignore=True)
_MOVE = Statement(
    "count stream",
    update(schema.feed_head)
    .where(_head.stream == bindparam("stream"))
    .values(pos=_head.pos + bindparam("count"))
    .returning(_head.pos),
)
_HEAD = Statement(
    "stream", select(_head.feed, _head.pos).where(_head.stream == bindparam("stream"))
)
_RENAME = Statement("feed", update(schema.feed_head).values(feed=bindparam("feed")))
_HEADS = Statement("", select(_head.stream, _head.pos))
_ADD = adding(schema.feed)
_AFTER = Statement(
    "stream after upto",
    select(_feed.pos, _feed.kind, _feed.rows)
    .where(
        _feed.stream == bindparam("stream"),
        _feed.pos > bindparam("after"),
        _feed.pos <= bindparam("upto"),
    )
    .order_by(_feed.pos),
)
_encode = msgspec.json.Encoder().encode


def store_stream(store_id: str) -> str:
    """The stream of a store: its own data, staff, tax, stock."""
    return f"store:{store_id}"


def device_stream(device: str) -> str:
    """The stream of one till."""
    return f"device:{device}"


def begin(connection: Connection, stream: str, feed: str) -> None:
    """Makes a stream exist, under the feed's random name; an existing one is left alone."""
    connection.run(_BEGIN, (stream, feed, 0))


def rename(connection: Connection, feed: str) -> None:
    """Begins every stream anew under another name: each till fetches it from the start."""
    connection.run(_RENAME, (feed,))
    connection.touched.update(positions(connection))


def batches(rows: Sequence[object]) -> Iterator[bytes]:
    """Row structures as the JSON arrays of as few positions as the size of one allows."""
    for start in range(0, len(rows), ROWS_PER_POSITION):
        yield _encode(rows[start : start + ROWS_PER_POSITION])


def append(connection: Connection, changes: Mapping[str, Sequence[tuple[str, bytes]]]) -> None:
    """Adds (kind, JSON array) rows to streams; the last thing a transaction does.

    Streams in sorted order, so that two writers never wait for each other in a ring.
    """
    for stream in sorted(changes):
        rows = changes[stream]
        if not rows:
            continue
        moved = connection.one(_MOVE, (len(rows), stream))
        if moved is None:
            raise LookupError(f"no stream {stream}")
        first = moved[0] - len(rows) + 1
        connection.many(
            _ADD, [(stream, first + place, kind, data) for place, (kind, data) in enumerate(rows)]
        )
        connection.touched.add(stream)


def publish(connection: Connection, stream: str, kind: str, rows: Sequence[object]) -> None:
    """Adds changed entities of one kind to a stream."""
    append(connection, {stream: [(kind, data) for data in batches(rows)]})


def positions(connection: Connection) -> dict[str, int]:
    """Stream -> its last position."""
    return dict(connection.all(_HEADS))


def feed_of(connection: Connection, stream: str) -> str:
    """The random name of a stream's feed, empty for a stream that does not exist."""
    found = connection.one(_HEAD, (stream,))
    return str(found[0]) if found else ""


@dataclass(frozen=True, slots=True)
class Page:
    """What a till asks of a stream: rows after a cursor."""

    stream: str
    feed: str
    after: int
    limit: int = PAGE_ROWS_MAX
    wait_s: float = 0
    schema: int = SCHEMA
    """The newest version of rows that the asker reads."""
    device: str = ""
    """Who asks."""

    def read(self, connection: Connection, now: dt.datetime) -> PullReply:
        """The rows after the cursor, at most `limit` and about 1 MiB of them, never a hole.

        Raises HubProblem("feed_changed" | "cursor_ahead" | "cursor_too_old"): the till starts from
        the beginning, or a snapshot;
        HubProblem("upgrade_required"): what comes next cannot be told to so old a till.
        """
        found = connection.one(_HEAD, (self.stream,))
        if found is None or found[0] != self.feed:
            raise HubProblem("feed_changed")
        last = int(found[1])
        if self.after > last:
            raise HubProblem("cursor_ahead")
        rows: list[FeedRow] = []
        size = 0
        upto = min(last, self.after + self.limit)
        asked: Any = (self.stream, self.after, upto)
        for pos, kind, stored in connection.each(_AFTER, asked):
            if not rows and pos > self.after + 1:
                raise HubProblem("cursor_too_old")
            try:
                own = kind == customers.KIND
                held = customers.opened(connection, bytes(stored)) if own else stored
                data = lowered(kind, held, self.schema)
            except Untold as cause:
                if not rows:
                    raise HubProblem("upgrade_required") from cause
                break
            if rows and size + len(data) > PULL_MAX_BYTES:
                break
            rows.append(FeedRow(pos, kind, msgspec.Raw(data)))
            size += len(data)
        if not rows and upto > self.after:
            raise HubProblem("cursor_too_old")
        end = rows[-1].pos if rows else self.after
        return PullReply(self.stream, self.feed, self.after, end, end < last, stamp(now), rows)


def page_of(query: str) -> Page:
    """What a query asks of a stream. Raises HubProblem("malformed")."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, max_num_fields=8)
        asked = dict(pairs)
        twice = len(asked) != len(pairs)
        stream, name = asked.pop("stream"), asked.pop("feed")
        after, limit = _whole(asked.pop("after")), _whole(asked.pop("limit", "500"))
        wait_s = _whole(asked.pop("wait", "0"))
    except (KeyError, ValueError) as cause:
        raise HubProblem("malformed", "stream, feed, after, limit, wait") from cause
    if asked or twice or limit < 1 or len(stream) > 100 or len(name) > 100:
        raise HubProblem("malformed", "stream, feed, after, limit, wait")
    limit = min(limit, PAGE_ROWS_MAX)
    return Page(stream, name, after, limit, min(wait_s, LONG_POLL_S))


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ValueError(text)
    return int(text)
