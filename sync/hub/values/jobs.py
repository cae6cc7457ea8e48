"""What becomes of cards by themselves: their last day comes; old counts of guesses go."""

from __future__ import annotations

import logging
import threading
from typing import Final

from sqlalchemy import bindparam, select

from pos_app.domain.day import parse_utc
from sync.hub import accounts, rights, schema
from sync.hub.answers import Clock, stamp
from sync.hub.database import Connection, Database, Statement
from sync.hub.identity import set_value, value_of
from sync.hub.values import cards, guesses, matching

LOOK_EVERY_S: Final = 60
_r = schema.value_right.c
_FROM, _TO = "storefront:", "storefront;"
"""Between these two stand all owners that are websites."""
_HELD_STATE: Final = rights.FIRST_STATE[rights.HOLD]
_HELD = Statement(
    "form state begins ends",
    select(_r.right_id, _r.made, _r.ttl_s)
    .where(
        _r.form == bindparam("form"),
        _r.state == bindparam("state"),
        _r.device >= bindparam("begins"),
        _r.device < bindparam("ends"),
    )
    .order_by(_r.right_id),
)
_DONE: Final = "values_looked"

_log = logging.getLogger(__name__)


class Endings(threading.Thread):
    """For as long as the hub serves; of several processes one does it, once a day."""

    def __init__(self, database: Database, clock: Clock, every_s: float = LOOK_EVERY_S) -> None:
        super().__init__(name="values", daemon=True)
        self._database, self._clock, self._every_s = database, clock, every_s
        self._ended = threading.Event()

    def run(self) -> None:
        """A look now and then."""
        while not self._ended.wait(self._every_s):
            try:
                once(self._database, self._clock)
            except Exception:  # noqa: BLE001 - the next look is another chance, and the hub serves on
                _log.exception("the look at cards whose time is over")

    def end(self) -> None:
        """No further look."""
        self._ended.set()


def once(database: Database, clock: Clock) -> int:
    """The look, where today's was not yet; how many cards are over by it."""
    connection = database.connect(write=True)
    try:
        with connection.transaction():
            connection.lock_name(_DONE)
            let_go(connection, clock)
            matching.unmoved(connection, clock.now())
            return today(connection, clock)
    finally:
        connection.close()


def let_go(connection: Connection, clock: Clock) -> int:
    """Holds of websites whose time is over are free again; how many.

    A website speaks to the hub alone, so nobody can spend one that the hub let go.
    """
    now, count = clock.now(), 0
    for right_id, made, ttl_s in connection.all(_HELD, (rights.HOLD, _HELD_STATE, _FROM, _TO)):
        if (now - parse_utc(str(made))).total_seconds() < int(ttl_s):
            continue
        right = rights.find(connection, str(right_id))
        if right is None:
            continue
        accounts.lock(connection, rights.accounts_of(connection, right))
        again = rights.find(connection, right.right_id)
        if again is not None and again.open:
            rights.set_state(connection, again, rights.VOIDED, stamp(now), "ttl")
            count += 1
    return count


def today(connection: Connection, clock: Clock) -> int:
    """The same in a transaction that is open."""
    now = clock.now()
    day = now.date().isoformat()
    connection.lock_name(_DONE)
    if value_of(connection, _DONE) == day:
        return 0
    guesses.forget(connection, now)
    count = cards.expire(connection, now)
    set_value(connection, _DONE, day)
    if count:
        _log.info("%d gift cards are over", count)
    return count
