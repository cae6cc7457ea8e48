"""What people looked for on websites: gathered while they read, written in a bunch beside the tills.

Reading must not write, and a look-up is worth less than a sale: so they wait in memory for a second
or two, a bounded number of them, and a process that is killed takes the last of them with it. The
same thread lets go of what a website had put aside and did not fetch in its time.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
from typing import Final

from sqlalchemy import bindparam, literal_column, select

from pos_app.domain.day import utc_text
from pos_app.domain.errors import PosError
from sync.hub import reservations, schema
from sync.hub.answers import Clock
from sync.hub.database import Connection, Database, Statement, storage_error
from sync.hub.orders import signals
from sync.hub.storefront.front import Front, LookUp
from sync.hub.storefront.ordering import CHANNEL, mark_of

EVERY_S: Final = 1.0
AT_ONCE: Final = 500
EXPIRE_EVERY: Final = dt.timedelta(seconds=5)

_log = logging.getLogger(__name__)
_v = schema.reservation.c
_OVER = Statement(
    "state begin end now most",
    select(_v.reservation_id)
    .where(
        _v.state == bindparam("state"),
        _v.reference >= bindparam("begin"),
        _v.reference < bindparam("end"),
        _v.due < bindparam("now"),
    )
    .order_by(_v.due)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)


def write(connection: Connection, found: list[LookUp]) -> None:
    """Keeps them, inside the caller's transaction."""
    for one in found:
        signals.keep(
            connection,
            one.kind,
            store=one.store,
            sku=one.sku,
            client=one.client,
            consent=one.consent,
            detail=one.detail,
            now=one.at,
        )


def expire(connection: Connection, now: dt.datetime) -> int:
    """Lets go of reservations of websites whose time is over; how many. Transactions of its own."""
    asked = (reservations.RESERVED, mark_of(""), mark_of("\x7f"), utc_text(now), AT_ONCE)
    over = [str(row[0]) for row in connection.all(_OVER, asked)]
    for one in over:
        with contextlib.suppress(PosError), connection.transaction():
            reservations.cancel(connection, one, CHANNEL, now)
    return len(over)


class Keeper(threading.Thread):
    """For as long as the hub answers; ends with it."""

    def __init__(
        self, database: Database, clock: Clock, front: Front, every_s: float = EVERY_S
    ) -> None:
        super().__init__(name="storefronts", daemon=True)
        self._database, self._clock, self._front = database, clock, front
        self._every_s = every_s
        self._ended = threading.Event()
        self._connection: Connection | None = None
        self._expire_at: dt.datetime | None = None

    def run(self) -> None:
        """Writes what waits, once a second, and what is left at the end."""
        ending = False
        while not ending:
            ending = self._ended.wait(self._every_s)
            try:
                self.once()
            except (PosError, storage_error):
                _log.warning("look-ups were not kept", exc_info=True)
                self._close()
            except Exception:  # noqa: BLE001 - the next second is another chance, and the hub serves on
                _log.exception("look-ups were not kept")
                self._close()
        self._close()

    def finish(self) -> None:
        """The last ones are written, then it has ended."""
        self._ended.set()
        self.join()

    def once(self) -> None:
        """What waits now."""
        now = self._clock.now()
        due = self._expire_at is None or now >= self._expire_at
        found = self._front.looked.take(AT_ONCE)
        if not found and not due:
            return
        if self._connection is None:
            self._connection = self._database.connect(write=True)
        while found:
            with self._connection.transaction():
                self._connection.relax()
                write(self._connection, found)
            found = self._front.looked.take(AT_ONCE)
        if due:
            self._expire_at = now + EXPIRE_EVERY
            expire(self._connection, now)

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(PosError, storage_error):
                connection.close()
