"""Programmes at the hub: every version is kept, the newest goes down to all tills.

A sale says under which version it was reckoned and is worked out again under that one, so a sale
that comes late is judged by the rules its customer was promised.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

import msgspec
from sqlalchemy import bindparam, select

from pos_app.domain.errors import Refused
from pos_app.domain.loyalty import Programme
from pos_app.domain.loyalty_rules import read, write
from sync.hub import feed, schema
from sync.hub.database import Connection, Statement, putting
from sync.protocol import ProgrammeRow

KIND: Final = "programme"
_p = schema.programme.c
_ALL = Statement("", select(_p.body, _p.pos).order_by(_p.programme, _p.version))
_ONE = Statement(
    "programme version",
    select(_p.body).where(
        _p.programme == bindparam("programme"), _p.version == bindparam("version")
    ),
)
_PUT = putting(schema.programme)
_decode = msgspec.json.Decoder(ProgrammeRow).decode


def every(connection: Connection) -> list[ProgrammeRow]:
    """All versions, by id and version."""
    return [_decode(str(body)) for body, _ in connection.all(_ALL)]


def latest(connection: Connection) -> dict[str, ProgrammeRow]:
    """The last version of each, ended ones too."""
    return {row.programme: row for row in every(connection)}


def running(connection: Connection, currency: str = "") -> Programme | None:
    """The programme that is in force, of those in a currency; None where there is none."""
    for row in latest(connection).values():
        if row.active and currency in ("", row.currency):
            return of_row(row)
    return None


def at_version(connection: Connection, programme: str, version: int) -> Programme | None:
    """A version of a programme; None for one that this hub never told anybody of."""
    found = connection.one(_ONE, (programme, version))
    return of_row(_decode(str(found[0]))) if found else None


@lru_cache(maxsize=200)
def of_row(row: ProgrammeRow) -> Programme:
    """The rules in a row."""
    return read(row.rules)


def put(connection: Connection, programme: Programme, at: str) -> ProgrammeRow | None:
    """Keeps a programme and tells the tills; None where it is just as it was.

    Its version is the hub's business. Raises Refused("programme_bad") where another one runs in
    the same currency: a customer has one account.
    """
    before = latest(connection)
    own = before.get(programme.programme)
    for row in before.values():
        same = row.programme == programme.programme
        if row.active and row.currency == programme.currency and not same:
            raise Refused("programme_bad", where=f"{row.programme} runs in {row.currency}")
    version = own.version if own else 0
    text = write(replace(programme, version=version))
    if own is not None and own.active and text == own.rules:
        return None
    rules = write(replace(programme, version=version + 1))
    row = ProgrammeRow(programme.programme, version + 1, programme.name, programme.currency, rules)
    _tell(connection, row, at)
    return row


def end(connection: Connection, programme: str, at: str) -> ProgrammeRow:
    """Ends a programme: nothing is earned from now on. Raises Refused("programme_unknown")."""
    own = latest(connection).get(programme)
    if own is None or not own.active:
        raise Refused("programme_unknown", programme=programme)
    row = msgspec.structs.replace(own, version=own.version + 1, active=False)
    _tell(connection, row, at)
    return row


def _tell(connection: Connection, row: ProgrammeRow, at: str) -> None:
    feed.publish(connection, feed.GLOBAL, KIND, [row])
    pos = feed.positions(connection)[feed.GLOBAL]
    body = msgspec.json.encode(row).decode()
    connection.run(_PUT, (row.programme, row.version, pos, row.active, body, at))
