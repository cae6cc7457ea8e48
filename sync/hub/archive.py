"""What of the tills' journals is in a backup that was read again: tills may let that go one day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, func, select

from sync.hub import schema
from sync.hub.database import Connection, Statement, putting

_a, _e = schema.archived.c, schema.event.c
_PUT = putting(schema.archived)
_SEQ = Statement(
    "device epoch",
    select(_a.seq).where(_a.device == bindparam("device"), _a.epoch == bindparam("epoch")),
)
_LAST_AT = Statement("", select(func.max(_a.at)))
_HEADS = Statement(
    "",
    select(_e.device, _e.epoch, func.max(_e.seq))
    .group_by(_e.device, _e.epoch)
    .order_by(_e.device, _e.epoch),
)
Heads = Sequence[tuple[str, int, int]]
NEVER: Final = ""


def heads(connection: Connection) -> Heads:
    """(device, epoch, last sequence number) of every chain in a database."""
    return [(device, int(epoch), int(seq)) for device, epoch, seq in connection.all(_HEADS)]


def note(connection: Connection, stored: Heads, at: str) -> None:
    """A verified backup holds the chains up to there."""
    connection.many(_PUT, [(device, epoch, seq, at) for device, epoch, seq in stored])


def archived_seq(connection: Connection, device: str, epoch: int) -> int:
    """Up to where that chain is in the last verified backup; 0 where it is in none."""
    found = connection.one(_SEQ, (device, epoch))
    return int(found[0]) if found else 0


def last_backup(connection: Connection) -> str:
    """When the last verified backup was made, `NEVER` for none."""
    found = connection.one(_LAST_AT)
    return str(found[0] or NEVER) if found else NEVER
