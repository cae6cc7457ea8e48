"""Who is told of what: made, listed, given another secret, sent something again, taken away."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import bindparam, func, select, update

from pos_app.domain.day import utc_text
from pos_app.domain.errors import Refused
from sync.hub.answers import Ids
from sync.hub.channels import keeping
from sync.hub.database import Connection, Statement, adding, dropping
from sync.hub.webhooks import telling
from sync.hub.webhooks.addresses import target
from sync.hub.webhooks.signing import new_secret
from sync.hub.webhooks.tables import webhook_delivery, webhook_event, webhook_subscription

OVERLAP: Final = dt.timedelta(days=1)
"""For so long both secrets sign after one was replaced."""
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch

_s, _d, _e = webhook_subscription.c, webhook_delivery.c, webhook_event.c
_ADD = adding(webhook_subscription)
_EVERY = Statement("", select(*_s).order_by(_s.name))
_NAMED = Statement("name", select(*_s).where(_s.name == bindparam("name")))
_DROP = dropping(webhook_subscription, "subscription_id")
_DROP_DELIVERIES = dropping(webhook_delivery, "subscription_id")
_TURN = Statement(
    "new former until wanted",
    update(webhook_subscription)
    .where(_s.subscription_id == bindparam("wanted"))
    .values(secret=bindparam("new"), old_secret=bindparam("former"), old_until=bindparam("until")),
)
_SET_STATE = Statement(
    "state_ why_ wait wanted",
    update(webhook_subscription)
    .where(_s.subscription_id == bindparam("wanted"))
    .values(state=bindparam("state_"), why=bindparam("why_"), wait_until=bindparam("wait")),
)
_COUNTS = Statement(
    "",
    select(_d.subscription_id, _d.state, func.count()).group_by(_d.subscription_id, _d.state),
)
_OF = Statement(
    "subscription",
    select(_d.event_id, _d.state, _e.type, _e.at, _d.tries, _d.status, _d.detail, _d.done_at)
    .select_from(webhook_delivery.join(webhook_event, _e.event_id == _d.event_id))
    .where(_d.subscription_id == bindparam("subscription"))
    .order_by(_e.at, _d.event_id),
)
_AGAIN = Statement(
    "state_ tries_ first next claimed status_ detail_ done subscription event",
    update(webhook_delivery)
    .where(
        _d.subscription_id == bindparam("subscription"),
        _d.event_id == bindparam("event"),
    )
    .values(
        state=bindparam("state_"),
        tries=bindparam("tries_"),
        first_at=bindparam("first"),
        next_at=bindparam("next"),
        claimed_until=bindparam("claimed"),
        status=bindparam("status_"),
        detail=bindparam("detail_"),
        done_at=bindparam("done"),
    ),
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody who is told; the secrets are sealed."""

    subscription_id: str
    name: str
    url: str
    types: str
    secret: str = field(repr=False)
    old_secret: str = field(repr=False)
    old_until: str
    private_ok: bool
    state: str
    why: str
    wait_until: str
    made: str
    delivered: str
    failed: str

    def secrets(self, connection: Connection, now: dt.datetime) -> tuple[str, ...]:
        """What signs now, the present secret first. Raises what `keeping.unseal` raises."""
        sealed = [self.secret]
        if self.old_secret and utc_text(now) < self.old_until:
            sealed.append(self.old_secret)
        purpose = about(self.subscription_id)
        return tuple(str(keeping.unseal(connection, purpose, one)) for one in sealed)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far one event has come for one subscription."""

    event_id: str
    state: str
    type: str
    at: str
    tries: int
    status: int
    detail: str
    done_at: str


def about(subscription_id: str) -> str:
    """What its secrets are sealed for."""
    return f"webhook {subscription_id}"


def every(connection: Connection) -> list[Subscription]:
    """All of them, by name."""
    return [_read(row) for row in connection.all(_EVERY)]


def named(connection: Connection, name: str) -> Subscription:
    """The one of that name. Raises Refused("webhook_unknown")."""
    row = connection.one(_NAMED, (name,))
    if row is None:
        raise Refused("webhook_unknown", name=name)
    return _read(row)


def _read(row: tuple[object, ...]) -> Subscription:
    return Subscription(*row)  # type: ignore[arg-type]


def add(
    connection: Connection,
    name: str,
    url: str,
    types: list[str],
    ids: Ids,
    now: dt.datetime,
    *,
    private_ok: bool = False,
) -> tuple[Subscription, str]:
    """A new one and its secret, which is shown once.

    Raises Refused("webhook_exists" | "webhook_url_bad" | "webhook_type_unknown").
    """
    if not _NAME(name) or connection.one(_NAMED, (name,)) is not None:
        raise Refused("webhook_exists", name=name)
    target(url, private_ok=private_ok)
    kinds = {known.partition(".")[0] + ".*" for known in telling.TYPES}
    for one in types:
        if one != "*" and one not in telling.TYPES and one not in kinds:
            raise Refused("webhook_type_unknown", type=one)
    made, secret = ids.uuid(), new_secret()
    subscription = Subscription(
        *(made, name, url, " ".join(dict.fromkeys(types))),
        *(keeping.seal(connection, about(made), secret), "", "", private_ok),
        *(telling.ACTIVE, "", "", utc_text(now), "", ""),
    )
    row = tuple(getattr(subscription, slot) for slot in Subscription.__slots__)
    connection.run(_ADD, row)
    telling.forget(connection)
    return subscription, secret


def rotate(connection: Connection, name: str, now: dt.datetime) -> str:
    """Another secret; the one before signs beside it for a day. Raises Refused("webhook_unknown")."""
    found, secret = named(connection, name), new_secret()
    sealed = keeping.seal(connection, about(found.subscription_id), secret)
    until = utc_text(now + OVERLAP)
    connection.run(_TURN, (sealed, found.secret, until, found.subscription_id))
    return secret


def resume(connection: Connection, name: str) -> None:
    """One that was disabled is told again. Raises Refused("webhook_unknown")."""
    found = named(connection, name)
    connection.run(_SET_STATE, (telling.ACTIVE, "", "", found.subscription_id))
    telling.forget(connection)


def remove(connection: Connection, name: str) -> None:
    """It is told nothing any more, and what waited for it is let go. Raises Refused."""
    found = named(connection, name)
    connection.run(_DROP, (found.subscription_id,))
    connection.run(_DROP_DELIVERIES, (found.subscription_id,))
    telling.forget(connection)


def counts(connection: Connection) -> dict[str, dict[str, int]]:
    """Subscription -> state -> how many."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for subscription, state, count in connection.all(_COUNTS):
        found[subscription][state] = int(count)
    return found


def deliveries(connection: Connection, name: str) -> list[Delivery]:
    """Everything that is kept of what it was told, oldest first. Raises Refused."""
    found = named(connection, name)
    return [Delivery(*row) for row in connection.all(_OF, (found.subscription_id,))]


def replay(
    connection: Connection, name: str, now: dt.datetime, *, event: str = "", since: str = ""
) -> int:
    """Sends again: one event, or everything since a moment, or else what never arrived; how many.

    Under the same ids, so who had them already drops them. Raises Refused("webhook_unknown").
    """
    found, at = named(connection, name), utc_text(now)
    chosen = [
        one.event_id
        for one in deliveries(connection, name)
        if (
            one.event_id == event
            if event
            else one.at >= since
            if since
            else one.state == telling.DEAD
        )
    ]
    connection.many(
        _AGAIN,
        [
            (*(telling.DUE, 0, at, at, "", 0, "", ""), found.subscription_id, event_id)
            for event_id in chosen
        ],
    )
    return len(chosen)
