"""Which versions each till speaks, as its last hello said: what comes down is told so that it reads it."""

from __future__ import annotations

import json

from sqlalchemy import bindparam, select

from sync.hub import schema
from sync.hub.database import Connection, Statement, putting
from sync.hub.devices import Device
from sync.protocol import PROTO, PROTO_LOWEST, SCHEMA, Hello
from sync.protocol.versions import BACK

_s = schema.speaks.c
_PUT = putting(schema.speaks)
_SCHEMA = Statement("device", select(_s.schema).where(_s.device == bindparam("device")))


def understood(asked: Hello) -> bool:
    """Whether the till and this hub have messages and rows in common.

    A newer till always: it reads older rows, and what it writes that nobody here can read yet is
    kept. An older one, down to two releases ago.
    """
    lowest, highest = asked.proto
    return lowest <= PROTO and highest >= PROTO_LOWEST and asked.schema >= SCHEMA - BACK


def note(connection: Connection, device: Device, asked: Hello) -> None:
    """Keeps what a till said it speaks."""
    told = json.dumps(asked.sv, separators=(",", ":"), sort_keys=True) if asked.sv else ""
    connection.run(_PUT, (device.device, min(asked.proto[1], PROTO), asked.schema, told))


def schema_of(connection: Connection, device: str) -> int:
    """The newest rows of the feed that a till reads, never above ours."""
    found = connection.one(_SCHEMA, (device,))
    return min(int(found[0]), SCHEMA) if found else SCHEMA
