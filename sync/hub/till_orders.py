"""What a person wants of a till: suspended, let work again, drained and wiped, wiped, out of service.

A suspended till is locked and keeps sending what it has; one that is to be wiped destroys its
database key, and what it had not sent stays in its ledger, sealed to this hub's key. Every order is
an entry of the hub's own journal, and the till hears of it at once: its long poll ends.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import msgspec
from sqlalchemy import bindparam, select, update

from pos_app.domain.errors import Refused
from sync.hub import devices, feed, own_journal, rights, schema
from sync.hub.answers import HubProblem, Ids, stamp
from sync.hub.database import Connection, Statement, putting
from sync.hub.devices import ACTIVE, DRAINING, PENDING, REVOKED, SUSPENDED, WIPED, WIPING, Device
from sync.hub.identity import HubKeys
from sync.hub.right_desk import Asked, Row
from sync.protocol import WipedNote, WipedReply
from sync.protocol.facts_till_orders import TillOrdered

ORDERED: Final = {SUSPENDED: "suspend", DRAINING: "drain_wipe", WIPING: "wipe"}
"""State of a till -> what hello tells it."""
_STATES: Final = {
    "suspend": (SUSPENDED, frozenset({ACTIVE, SUSPENDED})),
    "resume": (ACTIVE, frozenset({SUSPENDED, DRAINING})),
    "drain_wipe": (DRAINING, frozenset({ACTIVE, SUSPENDED, DRAINING})),
    "wipe": (WIPING, frozenset({ACTIVE, SUSPENDED, DRAINING, WIPING})),
    "revoke": (REVOKED, frozenset({PENDING, ACTIVE, SUSPENDED, DRAINING, WIPING, WIPED, REVOKED})),
}
"""Order -> the state it makes, and the states it may be given in."""
_ASKS_ALWAYS: Final = frozenset({"/v1/sync/hello", "/v1/devices/wiped"})
_SENDS: Final = frozenset({"/v1/sync/push", "/v1/chain/compare", "/v1/chain/entries"})

_d, _o = schema.device.c, schema.device_order.c
_SET = Statement(
    "new_state wanted",
    update(schema.device)
    .where(_d.device == bindparam("wanted"))
    .values(state=bindparam("new_state")),
)
_KEEP = putting(schema.device_order)
_GIVEN = Statement(
    "device",
    select(_o.word, _o.by, _o.reason, _o.at, _o.done, _o.unsent).where(
        _o.device == bindparam("device")
    ),
)


class Given(msgspec.Struct, frozen=True):
    """The last order of a till, and when it was carried out (empty: not known to be)."""

    word: str
    by: str
    reason: str
    at: str
    done: str
    unsent: int


def refusal(state: str, path: str) -> str:
    """Why a till in this state may not ask at that address; empty where it may."""
    if state == ACTIVE:
        return ""
    if state == PENDING:
        return "device_pending"
    if state in ORDERED and path in _ASKS_ALWAYS:
        return ""
    if state in (SUSPENDED, DRAINING):
        return "" if path in _SENDS else "device_suspended"
    return "device_suspended" if state == WIPING else "device_revoked"


def order(
    connection: Connection,
    keys: HubKeys,
    wanted: str,
    word: str,
    now: dt.datetime,
    ids: Ids,
    *,
    by: str = "",
    reason: str = "",
) -> Device:
    """Gives a till an order; the till as it is then.

    Raises Refused("till_unknown" | "order_not_now").
    """
    device = devices.choose(connection, wanted)
    devices.hold_store(connection, device.store_id)
    state, fits = _STATES[word]
    if device.state not in fits:
        raise Refused("order_not_now", state=device.state)
    at = stamp(now)
    connection.run(_SET, (state, device.device))
    connection.run(_KEEP, (device.device, word, by, reason, at, "", 0))
    head = own_journal.head(now, ids, store=device.store_id, actor=by)
    fact = TillOrdered(**head, device=device.device, word=word, reason=reason)
    own_journal.append(connection, keys, fact, now)
    if word == "revoke":
        devices.tell_tills(connection, device)
    # Whoever waits for rows of its own stream is answered, asks again, and hears the order.
    feed.publish(connection, feed.device_stream(device.device), "till_order", [[word]])
    return devices.choose(connection, device.device)


def given(connection: Connection, device: str) -> Given | None:
    """The last order of a till."""
    row = connection.one(_GIVEN, (device,))
    return Given(*row) if row else None


def wiped(asked: Asked) -> WipedReply:
    """A till says that its key is gone."""
    said: WipedNote = asked.message
    device, connection = asked.device, asked.connection
    last = given(connection, device.device)
    if last is None or device.state not in (WIPING, DRAINING):
        raise HubProblem("malformed", "nobody ordered that")
    at = stamp(asked.now)
    connection.run(_SET, (WIPED, device.device))
    unsent = min(max(said.unsent, 0), 1 << 40)
    connection.run(_KEEP, (device.device, last.word, last.by, last.reason, last.at, at, unsent))
    rights.freeze(connection, device.device, at)
    devices.tell_tills(connection, device)
    return WipedReply(WIPED)


ROWS: Final = (
    Row(
        "/v1/devices/wiped",
        "The last thing a till says that was ordered to wipe itself.",
        WipedNote,
        wiped,
        (),
        WipedReply,
    ),
)
