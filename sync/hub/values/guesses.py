"""How often somebody may ask about what is not there; and who is told when they ask on.

A code of ours cannot be guessed; a bought-in card has a PIN of six digits, which could. So whoever
asks about a card that is not there, is blocked, or has another PIN, is counted: by till, by visitor
of a website, by account, and all tills and all websites together. Beyond any of these limits nobody
of that bucket is answered at all until its time is over, whether they are right or not. A website's
guessers never keep the tills from their cards: their buckets are apart.

What is counted is in the database: a restart, and another process, begin with the same numbers.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, select

from pos_app.domain.day import parse_utc, utc_text
from sync.hub import exceptions, schema
from sync.hub.answers import HubProblem
from sync.hub.database import Connection, Statement, putting

HOUR: Final = 3_600
DAY: Final = 24 * HOUR

_t = schema.value_try.c
_ONE = Statement("bucket", select(_t.since, _t.tries).where(_t.bucket == bindparam("bucket")))
_PUT = putting(schema.value_try)
_FORGET = Statement("before", delete(schema.value_try).where(_t.since < bindparam("before")))
_EVERY = Statement("", select(_t.bucket, _t.since, _t.tries).order_by(_t.bucket))


@dataclass(frozen=True, slots=True)
class Bucket:
    """Somebody who is counted, and how often they may be wrong in that time."""

    name: str
    most: int
    seconds: int = HOUR


TILLS, DOOR = "tills", "websites"
MOST: Final = {"till": 10, "visitor": 5, "shop": 30, "account": 5, TILLS: 40, DOOR: 40}
"""In an hour; of an account and of all together, in a day."""


def of_till(device: str, kind: str, account: str) -> tuple[Bucket, ...]:
    """Who is counted when a till asks."""
    return (
        Bucket(f"till/{device}", MOST["till"]),
        Bucket(f"account/{kind}/{account}", MOST["account"], DAY),
        Bucket(TILLS, MOST[TILLS], DAY),
    )


def of_shop(shop: str, visitor: str, kind: str, account: str) -> tuple[Bucket, ...]:
    """Who is counted when a website's server asks for a visitor; no account: it cannot be read."""
    hashed = hashlib.sha256(visitor.encode()).hexdigest()[:32]
    of_account = Bucket(f"account/{kind}/{account}", MOST["account"], DAY)
    return (
        Bucket(f"visitor/{shop}/{hashed}", MOST["visitor"]),
        Bucket(f"shop/{shop}", MOST["shop"]),
        *((of_account,) if account else ()),
        Bucket(DOOR, MOST[DOOR], DAY),
    )


def check(connection: Connection, buckets: Sequence[Bucket], now: dt.datetime) -> None:
    """Raises HubProblem("value_limited") where one of them was wrong too often."""
    wait_s = 0
    for bucket in buckets:
        since, tries = _standing(connection, bucket, now)
        if tries >= bucket.most:
            over = parse_utc(since) + dt.timedelta(seconds=bucket.seconds) - now
            wait_s = max(wait_s, math.ceil(over.total_seconds()))
    if wait_s > 0:
        raise HubProblem("value_limited", retry_after_s=wait_s)


def wrong(
    connection: Connection,
    buckets: Sequence[Bucket],
    now: dt.datetime,
    *,
    device: str = "",
    store: str = "",
) -> None:
    """Counts a question about what is not there; who reaches a limit is told to a person."""
    for bucket in buckets:
        since, tries = _standing(connection, bucket, now)
        connection.run(_PUT, (bucket.name, since, tries + 1))
        if tries + 1 == bucket.most:
            kind = bucket.name.partition("/")[0]
            exceptions.open_exception(
                connection,
                kind="value_guessing",
                n=None,
                device=device,
                store=store,
                amount=0,
                detail=f"{kind}: {bucket.most} wrong since {since[:16]}",
                at=utc_text(now),
            )


def _standing(connection: Connection, bucket: Bucket, now: dt.datetime) -> tuple[str, int]:
    """Since when it is counted, and how often it was wrong."""
    row = connection.one(_ONE, (bucket.name,))
    if row is None:
        return utc_text(now), 0
    since, tries = str(row[0]), int(row[1])
    aged = (now - parse_utc(since)).total_seconds()
    if not 0 <= aged < bucket.seconds:
        return utc_text(now), 0
    return since, tries


def forget(connection: Connection, now: dt.datetime) -> int:
    """Counts whose time is long over go; how many."""
    return connection.run(_FORGET, (utc_text(now - dt.timedelta(seconds=2 * DAY)),))


def every(connection: Connection) -> list[tuple[str, str, int]]:
    """(bucket, since, tries), for whoever looks."""
    return [(str(name), str(since), int(tries)) for name, since, tries in connection.all(_EVERY)]
