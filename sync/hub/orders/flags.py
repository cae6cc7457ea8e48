"""What of an order a person must look at, as rows of the queue of exceptions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sync.hub import exceptions
from sync.hub.answers import stamp
from sync.hub.database import Connection
from sync.hub.orders.kept import Whole
from sync.hub.own_journal import DEVICE

DETAIL_MAX: Final = 160


def open_one(
    connection: Connection,
    kind: str,
    order: Whole,
    store: str,
    detail: str,
    now: dt.datetime,
    *,
    amount: int = 0,
    evidence: Sequence[str] = (),
) -> None:
    """Opens an exception about an order; the same seen again is the same one."""
    exceptions.open_exception(
        connection,
        kind=kind,
        n=None,
        device=DEVICE,
        store=store,
        amount=amount,
        currency=order.currency,
        detail=detail[:DETAIL_MAX],
        at=stamp(now),
        evidence=evidence,
    )


def settle(connection: Connection, kind: str, detail: str, now: dt.datetime) -> None:
    """What was asked about that detail is known now: nobody has to look any more."""
    exceptions.settle_about(connection, kind, DEVICE, detail[:DETAIL_MAX], stamp(now))


def tell(connection: Connection) -> None:
    """Tells the stores' tills of what was opened or settled; among the last things of all."""
    exceptions.tell(connection)
