"""What shops send: proven genuine on its very bytes, kept, then answered; read afterwards.

The row is committed and flushed before the 2xx leaves (the thread that writes does that for every
request), so a shop that was told yes never has to say it again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import bindparam, literal_column, select, update

from sync.hub import schema
from sync.hub.answers import HubProblem, Reply, Request, stamp
from sync.hub.channels import shops
from sync.hub.channels.adapter import BadSignature, Delivery
from sync.hub.channels.adapters import adapter_of
from sync.hub.channels.reading import text
from sync.hub.database import Connection, Statement, adding

if TYPE_CHECKING:
    from sync.hub.desk import Context

PATH: Final = "/v1/channels/{channel}/deliveries"
BODY_MAX: Final = 1 << 20
"""An order of a thousand lines has half of it."""
NEW, DONE, KEPT, FLAGGED = "new", "done", "kept", "flagged"
POLLED: Final = "polled"
"""Topic of a hint that the hub found itself."""
_KEY_MAX: Final = 200

_i = schema.channel_inbox.c
_ADD = adding(schema.channel_inbox, ignore=True)
_DUE = Statement(
    "channel state now most",
    select(_i.delivery, _i.body_hash, _i.topic, _i.external_id, _i.raw, _i.received, _i.tries)
    .where(
        _i.channel == bindparam("channel"),
        _i.state == bindparam("state"),
        _i.next_at <= bindparam("now"),
    )
    .order_by(_i.next_at, _i.received)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_SETTLE = Statement(
    "after said channel_ delivery_ hash_",
    update(schema.channel_inbox)
    .where(
        _i.channel == bindparam("channel_"),
        _i.delivery == bindparam("delivery_"),
        _i.body_hash == bindparam("hash_"),
    )
    .values(state=bindparam("after"), detail=bindparam("said")),
)
_FETCHED = Statement(
    "after channel_ state_ about upto",
    update(schema.channel_inbox)
    .where(
        _i.channel == bindparam("channel_"),
        _i.state == bindparam("state_"),
        _i.external_id == bindparam("about"),
        _i.received <= bindparam("upto"),
    )
    .values(state=bindparam("after")),
)
_LATER = Statement(
    "tried at said channel_ delivery_ hash_",
    update(schema.channel_inbox)
    .where(
        _i.channel == bindparam("channel_"),
        _i.delivery == bindparam("delivery_"),
        _i.body_hash == bindparam("hash_"),
    )
    .values(tries=bindparam("tried"), next_at=bindparam("at"), detail=bindparam("said")),
)
_AGAIN = Statement(
    "at channel_ state_",
    update(schema.channel_inbox)
    .where(_i.channel == bindparam("channel_"), _i.state == bindparam("state_"))
    .values(next_at=bindparam("at")),
)


_HEARD = Statement(
    "channel topic",
    select(_i.received)
    .where(_i.channel == bindparam("channel"), _i.topic != bindparam("topic"))
    .order_by(_i.received.desc())
    .limit(literal_column("1"))
    .offset(literal_column("0")),
)


_FLAGGED = Statement(
    "after at channel_ state_",
    update(schema.channel_inbox)
    .where(_i.channel == bindparam("channel_"), _i.state == bindparam("state_"))
    .values(state=bindparam("after"), next_at=bindparam("at")),
)


class Delivered(msgspec.Struct, frozen=True):
    """The answer to a delivery: it is kept, and need not come again."""

    kept: bool


class ToldByShop(msgspec.Struct, frozen=True):
    """What a shop of the platform `standard` posts (`packaging/CHANNELS.md`); others post theirs."""

    type: str
    timestamp: str
    data: dict[str, Any]
    """The order as it is now, or its `id`."""


class Row(msgspec.Struct, frozen=True):
    """A delivery that waits to be read."""

    delivery: str
    body_hash: str
    topic: str
    external_id: str
    raw: bytes
    received: str
    tries: int


def deliver(connection: Connection, request: Request, now: dt.datetime, context: Context) -> Reply:
    """Keeps a genuine delivery. Raises HubProblem("channel_unknown" | "signature_invalid")."""
    del context
    channel = request.named["channel"]
    shop = shops.find(connection, channel)
    if shop is None:
        raise HubProblem("channel_unknown")
    settings = shops.settings_of(connection, shop, now)
    try:
        delivery = adapter_of(shop.platform).verify(
            request.headers, request.body, settings, int(now.timestamp())
        )
    except BadSignature as cause:
        raise HubProblem("signature_invalid") from cause
    if delivery.kept:
        keep(connection, channel, delivery, request.body, now)
    return Reply(msgspec.json.encode(Delivered(delivery.kept)), delivered=channel)


def keep(
    connection: Connection, channel: str, delivery: Delivery, raw: bytes, now: dt.datetime
) -> bool:
    """Puts it into the inbox; False for the very same that is there. Another body is another row."""
    at = stamp(now)
    key = text(delivery.key, 1_000)
    if len(key) > _KEY_MAX:
        key = hashlib.sha256(key.encode()).hexdigest()
    row = (
        *(channel, key, hashlib.sha256(raw).hexdigest(), text(delivery.topic, 80)),
        *(text(delivery.external_id, 200), text(delivery.occurred_at, 40), raw),
        *(at, NEW, 0, at, ""),
    )
    return connection.run(_ADD, row) > 0


def hint(
    connection: Connection, channel: str, external_id: str, version: str, now: dt.datetime
) -> bool:
    """The same of an order that the shop's list showed; False where that version was seen."""
    delivery = Delivery(f"{POLLED}:{external_id}:{version}", POLLED, external_id, version)
    return keep(connection, channel, delivery, b"", now)


def heard(connection: Connection, channel: str) -> str:
    """When the shop delivered something last; empty for never."""
    row = connection.one(_HEARD, (channel, POLLED))
    return str(row[0]) if row else ""


def due(connection: Connection, channel: str, now: dt.datetime, most: int) -> list[Row]:
    """What waits and may be read now, the oldest first."""
    return [Row(*row) for row in connection.all(_DUE, (channel, NEW, stamp(now), most))]


def settle(connection: Connection, channel: str, row: Row, after: str, detail: str = "") -> None:
    """It is over: done, kept or flagged."""
    connection.run(_SETTLE, (after, text(detail), channel, row.delivery, row.body_hash))


def settle_fetched(connection: Connection, channel: str, external_id: str, upto: str) -> None:
    """All hints of an order that came before it was fetched are answered by that."""
    connection.run(_FETCHED, (DONE, channel, NEW, external_id, upto))


def later(connection: Connection, channel: str, row: Row, at: dt.datetime, detail: str) -> None:
    """It is looked at again then."""
    values = (row.tries + 1, stamp(at), text(detail), channel, row.delivery, row.body_hash)
    connection.run(_LATER, values)


def at_once(connection: Connection, channel: str, now: dt.datetime) -> None:
    """All that waits is looked at now: the shop is there again, or a person said so."""
    connection.run(_AGAIN, (stamp(now), channel, NEW))


def flagged_again(connection: Connection, channel: str, now: dt.datetime) -> int:
    """What could not be read is read once more: how many. A person says so, knowing why."""
    return connection.run(_FLAGGED, (NEW, stamp(now), channel, FLAGGED))
