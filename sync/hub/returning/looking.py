"""What of returns only time brings: slips whose sale is heard of, refunds that people decided on."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
from itertools import islice
from typing import Final

from sync.hub import exceptions
from sync.hub.answers import Clock, stamp
from sync.hub.database import Connection, Database
from sync.hub.identity import load_keys
from sync.hub.returning import pended, shop_refunds, worth
from sync.hub.returning.pended import Pended

LOOK_EVERY_S: Final = 20
AT_ONCE: Final = 200

_log = logging.getLogger(__name__)


class Returns(threading.Thread):
    """For as long as the hub serves; ends with the process, whatever it is doing."""

    def __init__(self, database: Database, clock: Clock, every_s: float = LOOK_EVERY_S) -> None:
        super().__init__(name="returns", daemon=True)
        self._database, self._clock, self._every_s = database, clock, every_s
        self._ended = threading.Event()

    def run(self) -> None:
        """A look a few times a minute; each slip has its lock, so several processes may look."""
        while not self._ended.wait(self._every_s):
            try:
                with contextlib.closing(self._database.connect(write=True)) as connection:
                    look(connection, self._clock.now())
            except Exception:  # noqa: BLE001 - the next look is another chance, and the hub serves on
                _log.exception("what becomes of slips and refunds")

    def end(self) -> None:
        """No further look."""
        self._ended.set()


def _is_due(connection: Connection, one: Pended, now: dt.datetime) -> bool:
    """False for one whose sale is as unknown as it was: many wait for the same silent till."""
    if one.state != pended.WAITING or one.at < stamp(now - pended.PATIENCE):
        return True
    return not one.detail or worth.is_known(connection, one.sale, one.sale_doc)


def look(connection: Connection, now: dt.datetime) -> int:
    """Decides on the slips that can be, each in a transaction of its own; how many changed."""
    keys, changed = load_keys(connection), 0
    due = (
        each for each in pended.every(connection, waiting=True) if _is_due(connection, each, now)
    )
    for one in list(islice(due, AT_ONCE)):
        with connection.transaction():
            after = pended.settle(connection, keys, one.fact, now)
            exceptions.tell(connection)
        changed += after != one.state
    if shop_refunds.every(connection, waiting=True):
        with connection.transaction():
            changed += shop_refunds.decided(connection, keys, now)
    return changed
