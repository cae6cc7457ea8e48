"""Whose row the tills of which stores have: noted when something happens, sent a moment later.

A position of the feed names a customer and nothing of them; the row is opened when a till fetches
it. So what stands in the feed of somebody who was erased is empty at once, at every copy of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import bindparam, select

from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement, putting

_c = schema.customer.c
_DUE = putting(schema.customer_due, summing=("times",))
_OF_ACCOUNT = Statement("account", select(_c.customer).where(_c.account == bindparam("account")))


def touch(connection: Connection, customer: str, now: dt.datetime) -> None:
    """Something about a customer moved: their row is made anew and goes down soon.

    One statement, in the caller's transaction; an id that nobody knows costs nothing more.
    """
    touch_all(connection, (customer,), now)


def touch_all(connection: Connection, customers: Iterable[str], now: dt.datetime) -> None:
    """The same of many."""
    at = stamp(now)
    connection.many(_DUE, [(each, 1, at) for each in sorted(set(customers)) if each])


def touch_account(connection: Connection, account: str, now: dt.datetime) -> None:
    """The same of whose account of points or credit it is."""
    found = [str(row[0]) for row in connection.all(_OF_ACCOUNT, (account,))]
    touch_all(connection, (account, *found), now)
