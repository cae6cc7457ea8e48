"""What the hub does by itself about customers, once an hour: what is over is let go.

Somebody whom no channel saw for three years is erased, unless they have something left; look-ups
lose their names after a month, what else people looked for after a year; a store forgets whom it
did not see for long; points that came late go on to who is kept. Each step is small and may be
broken off.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Final

from sqlalchemy import bindparam, literal_column, select, update

from pos_app.domain.errors import Refused
from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.customers import acts, feeding, mailing, merging, moving, people, privacy
from sync.hub.database import Connection, Statement
from sync.hub.identity import set_value, value_of
from sync.hub.orders import signals

INACTIVE: Final = dt.timedelta(days=3 * 365)
LOOKS_KEPT: Final = dt.timedelta(days=30)
SIGNALS_KEPT: Final = dt.timedelta(days=365)
EVERY: Final = dt.timedelta(hours=1)
AT_ONCE: Final = 100
_LAST: Final = "customers_tended"
_LOOKS: Final = (signals.LOOKUP, signals.NO_STOCK, signals.NO_HIT, signals.ASKED_FOR)

_c, _s, _cd, _o = (
    schema.customer.c,
    schema.signal.c,
    schema.customer_document.c,
    schema.customer_order.c,
)
_OLD = Statement(
    "nobody before merged after most",
    select(_c.customer, _c.seen)
    .where(
        _c.erased == bindparam("nobody"),
        _c.seen < bindparam("before"),
        _c.merged_into == bindparam("merged"),
        _c.customer > bindparam("after"),
    )
    .order_by(_c.customer)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_LAST_DOCUMENT = Statement(
    "customer",
    select(_cd.at)
    .where(_cd.customer == bindparam("customer"))
    .order_by(_cd.at.desc())
    .limit(literal_column("1"))
    .offset(literal_column("0")),
)
_LAST_ORDER = Statement(
    "customer",
    select(_o.placed)
    .where(_o.customer == bindparam("customer"))
    .order_by(_o.placed.desc())
    .limit(literal_column("1"))
    .offset(literal_column("0")),
)
_UNNAME_LOOKS = Statement(
    "client_ nobody " + " ".join(f"kind{place}" for place in range(len(_LOOKS))) + " before named",
    update(schema.signal)
    .where(
        _s.kind.in_([bindparam(f"kind{place}") for place in range(len(_LOOKS))]),
        _s.at < bindparam("before"),
        _s.customer > bindparam("named"),
    )
    .values(customer=bindparam("nobody"), client=bindparam("client_")),
)
_UNNAME = Statement(
    "client_ nobody before named",
    update(schema.signal)
    .where(_s.at < bindparam("before"), _s.customer > bindparam("named"))
    .values(customer=bindparam("nobody"), client=bindparam("client_")),
)
_MERGED = Statement(
    "none after most",
    select(_c.customer)
    .where(_c.merged_into > bindparam("none"), _c.customer > bindparam("after"))
    .order_by(_c.customer)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_log = logging.getLogger(__name__)


def look(connection: Connection, now: dt.datetime) -> bool:
    """All of it, where it is due; False where another process, or this one, did it lately."""
    with connection.transaction():
        connection.lock_name("customers-tended")
        last = value_of(connection, _LAST)
        if last > stamp(now - EVERY) and last <= stamp(now):
            return False
        set_value(connection, _LAST, stamp(now))
    move_late(connection, now)
    unname(connection, now)
    feeding.let_go(connection, now)
    gone = end_inactive(connection, now)
    with connection.transaction():
        mailing.tidy(connection, now)
        acts.tidy(connection, now)
    if gone:
        _log.info("%d customers were not seen for three years and are erased", gone)
    return True


def move_late(connection: Connection, now: dt.datetime) -> int:
    """What is free on accounts of people who were merged goes on; how many had something."""
    count, after = 0, ""
    while found := [str(row[0]) for row in connection.all(_MERGED, ("", after, AT_ONCE))]:
        after = found[-1]
        for customer in found:
            person = people.find(connection, customer)
            if person is None or person.erased:
                continue
            if not any(moving.free(connection, kind, person.purse, now) for kind in moving.KINDS):
                continue
            with connection.transaction():
                people.lock(connection, customer, person.merged_into)
                merging.move_on(connection, person, now)
                feeding.touch(connection, people.root_of(connection, customer), now)
            count += 1
    return count


def unname(connection: Connection, now: dt.datetime) -> int:
    """Takes who it was out of what people looked for long ago; how many rows."""
    with connection.transaction():
        before = stamp(now - LOOKS_KEPT)
        looks = connection.run(_UNNAME_LOOKS, ("", "", *_LOOKS, before, ""))
        return looks + connection.run(_UNNAME, ("", "", stamp(now - SIGNALS_KEPT), ""))


def end_inactive(connection: Connection, now: dt.datetime) -> int:
    """Erases whom no channel saw for three years and who has nothing left; how many."""
    before, count, after = stamp(now - INACTIVE), 0, ""
    while found := connection.all(_OLD, ("", before, "", after, AT_ONCE)):
        after = str(found[-1][0])
        for customer, _seen in found:
            if _last_seen(connection, str(customer)) >= before:
                continue
            try:
                with connection.transaction():
                    privacy.erase(connection, str(customer), now, cause=privacy.INACTIVE)
                count += 1
            except Refused as refused:
                _log.debug("somebody of long ago stays: %s", refused.code)
    return count


def _last_seen(connection: Connection, customer: str) -> str:
    """When somebody, or who is one with them, was anywhere last."""
    found = [""]
    for one in people.one_with(connection, customer):
        person = people.find(connection, one)
        found.append(person.seen if person is not None else "")
        for statement in (_LAST_DOCUMENT, _LAST_ORDER):
            row = connection.one(statement, (one,))
            found.append(str(row[0]) if row is not None else "")
    return max(found)
