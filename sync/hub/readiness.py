"""`GET /v1/ready`: whether this hub process can book a sale now, not only answer.

Asked by who sends requests here (a balancer, an orchestrator). It is answered inside a write
transaction like a push is: a hub whose disk is full or whose writer hangs is not ready.
"""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING, Final

import msgspec

from sync.hub import recovering, schema
from sync.hub.answers import HubProblem, Reply, Request, stamp
from sync.hub.database import Connection
from sync.hub.identity import set_value

if TYPE_CHECKING:
    from pathlib import Path

    from sync.hub.desk import Context

PATH: Final = "/v1/ready"
PATIENCE_S: Final = 10.0
"""A writer that needs longer is not ready, whatever it does."""
FREE_MIN_BYTES: Final = 200 << 20
"""A hub's disk is kept from becoming full while pushes can still be refused in order."""


class Ready(msgspec.Struct, frozen=True):
    """`GET /v1/ready`: 200 with this, else 503 `not_ready` and what is wrong as its detail."""

    status: str
    hub_time: str
    schema: int
    recovering: bool
    """Sales are booked; new promises wait until every till was heard."""


def ready(connection: Connection, request: Request, now: dt.datetime, context: Context) -> Reply:
    """The endpoint's handler; it writes, so that a database that cannot is found out."""
    del request, context
    set_value(connection, "ready", stamp(now))
    waits = recovering.is_recovering(connection)
    return Reply(msgspec.json.encode(Ready("ready", stamp(now), schema.VERSION, waits)))


def check_disk(folder: Path) -> None:
    """Raises HubProblem("not_ready") where there is hardly any room."""
    free = shutil.disk_usage(folder).free
    if free < FREE_MIN_BYTES:
        raise HubProblem("not_ready", f"{free >> 20} MB are free on the disk", retry_after_s=30)
