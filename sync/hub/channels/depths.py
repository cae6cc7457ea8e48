"""How much waits for each shop and since when: for metrics, and for who looks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import bindparam, case, func, literal_column, select

from pos_app.domain.day import parse_utc
from sync.hub import schema
from sync.hub.channels.due import WHENEVER
from sync.hub.database import Connection, Statement

_i, _o, _d = schema.channel_inbox.c, schema.channel_outbox.c, schema.channel_due.c
_IN = Statement(
    "channel",
    select(func.count(), func.min(_i.received)).where(
        _i.state == literal_column("'new'"), _i.channel == bindparam("channel")
    ),
)
_OUT = Statement(
    "channel",
    select(func.count(), func.min(_o.made)).where(
        _o.state.in_([literal_column("'new'"), literal_column("'sent'")]),
        _o.channel == bindparam("channel"),
    ),
)
_STOCK = Statement(
    "channel",
    select(
        func.count(), func.min(case((_d.since != literal_column(f"'{WHENEVER}'"), _d.since)))
    ).where(_d.channel == bindparam("channel")),
)


@dataclass(frozen=True, slots=True)
class Depths:
    """What waits, and how many seconds the oldest of it has waited."""

    inbox: int
    inbox_s: float
    outbox: int
    outbox_s: float
    stock: int
    stock_s: float


def depths(connection: Connection, channel: str, now: dt.datetime) -> Depths:
    """Of one shop."""
    found: list[float] = []
    for statement in (_IN, _OUT, _STOCK):
        count, oldest = connection.one(statement, (channel,)) or (0, None)
        age = (now - parse_utc(str(oldest))).total_seconds() if oldest else 0.0
        found += [int(count), max(0.0, age)]
    return Depths(
        *(int(found[0]), found[1], int(found[2]), found[3], int(found[4]), found[5]),
    )
