"""The limits by role as tills get them: a text, signed by the hub for some days, signed anew in time.

A till asks at every hello and pull; the first that asks a day after the last signing has it renewed
for all. So a till that was online yesterday can be without the hub for as long as the text says.
"""

from __future__ import annotations

import datetime as dt
from importlib import resources as packaged
from typing import Final

from msgspec.structs import replace
from sqlalchemy import bindparam, select, update

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Refused
from pos_app.domain.staff import Policy
from sync.hub import feed, schema
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement, adding
from sync.hub.identity import HubKeys
from sync.protocol import PolicyRow, policy_signing_bytes

RENEW_AFTER: Final = dt.timedelta(days=1)

_c = schema.policy.c
_CURRENT = Statement(
    "",
    select(_c.version, _c.text, _c.issued, _c.valid_until, _c.sig).order_by(_c.version.desc()),
)
_ISSUED = Statement("", select(_c.issued).order_by(_c.version.desc()))
_ADD = adding(schema.policy)
_SIGN = Statement(
    "issued valid_until sig version",
    update(schema.policy)
    .where(_c.version == bindparam("version"))
    .values(issued=bindparam("issued"), valid_until=bindparam("valid_until"), sig=bindparam("sig")),
)


def shipped_policy() -> str:
    """The limits that come with the program."""
    return packaged.files("resources").joinpath("policy.toml").read_text(encoding="utf-8")


def current(connection: Connection) -> PolicyRow:
    """The limits in force, as they were signed last; raises Refused("policy_missing")."""
    found = connection.one(_CURRENT)
    if found is None:
        raise Refused("policy_missing")
    return PolicyRow(int(found[0]), *(str(each) for each in found[1:]))


def put(connection: Connection, text: str, keys: HubKeys, now: dt.datetime) -> PolicyRow:
    """Makes a text the limits in force, for every store; raises Refused("policy_unreadable")."""
    Policy.parse(text)
    found = connection.one(_CURRENT)
    row = _signed(PolicyRow((int(found[0]) if found else 0) + 1, text), keys, now)
    connection.run(_ADD, (row.version, row.text, row.issued, row.valid_until, row.sig))
    feed.publish(connection, feed.GLOBAL, "policy", [row])
    return row


def sign(connection: Connection, keys: HubKeys, now: dt.datetime) -> PolicyRow:
    """Signs the text in force anew, and tells the tills; raises Refused("policy_missing")."""
    row = _signed(current(connection), keys, now)
    connection.run(_SIGN, (row.issued, row.valid_until, row.sig, row.version))
    feed.publish(connection, feed.GLOBAL, "policy", [row])
    return row


def renew(connection: Connection, keys: HubKeys, now: dt.datetime) -> bool:
    """Signs it anew where that was a day ago; True where it did. A point lookup otherwise."""
    found = connection.one(_ISSUED)
    if found is None or (found[0] and now - parse_utc(found[0]) < RENEW_AFTER):
        return False
    sign(connection, keys, now)
    return True


def _signed(row: PolicyRow, keys: HubKeys, now: dt.datetime) -> PolicyRow:
    days = Policy.parse(row.text).valid_days
    until = stamp(now + dt.timedelta(days=days))
    row = replace(row, issued=stamp(now), valid_until=until, sig="")
    return replace(row, sig=keys.sign(policy_signing_bytes(row)))
