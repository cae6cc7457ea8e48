"""What shops are to be told of orders: written where it happens, told afterwards, in order.

`tell` belongs to the transaction that books the fact; `telling` is who speaks to the shop.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import msgspec
from sqlalchemy import bindparam, func, literal_column, select, update

from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement, adding

READY, COLLECTED, PAID, REFUND, CANCEL = "ready", "collected", "paid", "refund", "cancel"
ACTS: Final = (READY, COLLECTED, PAID, REFUND, CANCEL)
NEW, SENT, DONE, REFUSED = "new", "sent", "done", "refused"

_c, _o = schema.channel.c, schema.channel_outbox.c
_KNOWN = Statement("channel", select(_c.channel).where(_c.channel == bindparam("channel")))
_HELD = Statement(
    "channel op_id",
    select(_o.place).where(_o.channel == bindparam("channel"), _o.op_id == bindparam("op_id")),
)
_LAST = Statement(
    "channel external_id",
    select(func.max(_o.place)).where(
        _o.channel == bindparam("channel"), _o.external_id == bindparam("external_id")
    ),
)
_ADD = adding(schema.channel_outbox, ignore=True)
_AGAIN = Statement(
    "at channel_",
    update(schema.channel_outbox)
    .where(
        _o.channel == bindparam("channel_"),
        _o.state.in_([literal_column("'new'"), literal_column("'sent'")]),
    )
    .values(next_at=bindparam("at")),
)
_REFUSED = Statement(
    "after at channel_ state_",
    update(schema.channel_outbox)
    .where(_o.channel == bindparam("channel_"), _o.state == bindparam("state_"))
    .values(state=bindparam("after"), next_at=bindparam("at")),
)


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """The words of one act, as they are kept until the shop has heard them."""

    lines: tuple[tuple[str, int], ...] = ()
    """(the shop's id of the line, thousandths); none for the whole order."""
    amount: int = 0
    currency: str = ""
    store: str = ""
    """Our number of the store; the shop's own name of it is looked up when it is told."""
    reason: str = ""
    tracking: str = ""
    carrier: str = ""


def tell(
    connection: Connection,
    channel: str,
    external_id: str,
    act: str,
    op_id: str,
    *,
    lines: tuple[tuple[str, int], ...] = (),
    amount: int = 0,
    currency: str = "",
    location: str = "",
    reason: str = "",
    tracking: str = "",
    carrier: str = "",
    now: dt.datetime,
) -> bool:
    """Notes an act for the shop, in the transaction that booked it; False where there is none.

    `location` is our store's number. The same `op_id` is noted once, whatever is said the second
    time. Channels without a shop (`till`, `storefront`) are told nothing. Raises ValueError for an
    act that no shop knows.
    """
    if act not in ACTS:
        raise ValueError(act)
    if connection.one(_KNOWN, (channel,)) is None:
        return False
    connection.lock_name(f"channel:{channel}:{external_id}")
    if connection.one(_HELD, (channel, op_id)) is not None:
        return False
    last = connection.one(_LAST, (channel, external_id))
    place = int(last[0] or 0) + 1 if last else 1
    told = Told(lines, amount, currency, location, reason, tracking, carrier)
    at = stamp(now)
    connection.run(
        _ADD,
        (
            *(channel, op_id, external_id, place, act, msgspec.json.encode(told).decode()),
            *(at, NEW, 0, at, "", ""),
        ),
    )
    return True


def at_once(connection: Connection, channel: str, now: dt.datetime) -> None:
    """All that waits is tried now: the shop is there again, or a person said so."""
    connection.run(_AGAIN, (stamp(now), channel))


def refused_again(connection: Connection, channel: str, now: dt.datetime) -> int:
    """What the shop refused is asked once more, read back first: how many."""
    return connection.run(_REFUSED, (SENT, stamp(now), channel, REFUSED))
