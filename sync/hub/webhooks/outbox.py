"""The outbox as its sender sees it: what is due, who is at it, what came of it, what may go.

Every function is part of a transaction of whoever calls it.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import bindparam, delete, exists, literal_column, select, update

from pos_app.domain.day import parse_utc, utc_text
from pos_app.domain.errors import Refused
from sync.hub.database import Connection, Statement
from sync.hub.webhooks import telling
from sync.hub.webhooks.posting import PATIENCE_S, Answer
from sync.hub.webhooks.subscriptions import Subscription, every
from sync.hub.webhooks.tables import webhook_delivery, webhook_event, webhook_subscription

AT_ONCE_EACH: Final = 4
"""Of one subscription: a slow server holds up its own messages and nobody else's."""
FIRST_PAUSE_S: Final = 5.0
FACTOR: Final = 4
PAUSE_MAX_S: Final = 6 * 3_600.0
JITTER: Final = 0.25
"""A pause is longer or shorter by up to this part of it: who failed together comes back apart."""
GIVEN_UP_AFTER: Final = dt.timedelta(hours=24)
CLAIMED_FOR: Final = dt.timedelta(seconds=PATIENCE_S * 4)
GONE: Final = 410
THROTTLED: Final = frozenset({429, 502, 504})
THROTTLE_S: Final = 60
"""For so long a server that says it has too much to do is left alone, where it does not say."""
KEPT_DONE: Final = dt.timedelta(days=7)
KEPT_DEAD: Final = dt.timedelta(days=30)

Pause = Callable[[float, float], float]

_s, _d, _e = webhook_subscription.c, webhook_delivery.c, webhook_event.c
_this_one = (
    _d.subscription_id == bindparam("subscription"),
    _d.event_id == bindparam("event"),
)
_ANY = Statement(
    "state now",
    select(_d.event_id)
    .where(_d.state == bindparam("state"), _d.next_at <= bindparam("now"))
    .limit(literal_column("1"))
    .offset(literal_column("0")),
)
_DUE = Statement(
    "subscription state now free most",
    select(_d.event_id)
    .where(
        _d.subscription_id == bindparam("subscription"),
        _d.state == bindparam("state"),
        _d.next_at <= bindparam("now"),
        _d.claimed_until < bindparam("free"),
    )
    .order_by(_d.next_at, _d.event_id)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_CLAIM = Statement(
    "until subscription event state free",
    update(webhook_delivery)
    .where(*_this_one, _d.state == bindparam("state"), _d.claimed_until < bindparam("free"))
    .values(claimed_until=bindparam("until")),
)
_READ = Statement(
    "subscription event",
    select(_d.tries, _d.first_at, _e.body)
    .select_from(webhook_delivery.join(webhook_event, _e.event_id == _d.event_id))
    .where(*_this_one),
)
_NOTE = Statement(
    "state_ tries_ next claimed status_ detail_ done subscription event until",
    update(webhook_delivery)
    .where(*_this_one, _d.claimed_until == bindparam("until"))
    .values(
        state=bindparam("state_"),
        tries=bindparam("tries_"),
        next_at=bindparam("next"),
        claimed_until=bindparam("claimed"),
        status=bindparam("status_"),
        detail=bindparam("detail_"),
        done_at=bindparam("done"),
    ),
)
_BURY = Statement(
    "dead detail_ done subscription state",
    update(webhook_delivery)
    .where(_d.subscription_id == bindparam("subscription"), _d.state == bindparam("state"))
    .values(state=bindparam("dead"), detail=bindparam("detail_"), done_at=bindparam("done")),
)
_is_it = _s.subscription_id == bindparam("wanted")
_DISABLE = Statement(
    "state_ why_ wanted",
    update(webhook_subscription)
    .where(_is_it)
    .values(state=bindparam("state_"), why=bindparam("why_")),
)
_WAIT = Statement(
    "until wanted",
    update(webhook_subscription).where(_is_it).values(wait_until=bindparam("until")),
)
_ARRIVED = Statement(
    "at wanted", update(webhook_subscription).where(_is_it).values(delivered=bindparam("at"))
)
_FAILED = Statement(
    "at wanted", update(webhook_subscription).where(_is_it).values(failed=bindparam("at"))
)
_FORGET = Statement(
    "state before",
    delete(webhook_delivery).where(
        _d.state == bindparam("state"), _d.done_at < bindparam("before")
    ),
)
_LET_GO = Statement(
    "before",
    delete(webhook_event).where(
        _e.at < bindparam("before"),
        ~exists().where(webhook_delivery.c.event_id == webhook_event.c.event_id),
    ),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One event on its way to one subscription."""

    subscription: Subscription
    event_id: str
    body: bytes
    tries: int
    first_at: str
    until: str
    """Of the claim: who notes what came of it has to have it still."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    unopened: str = ""
    """Why there are none."""


def waits(connection: Connection, now: dt.datetime) -> bool:
    """Whether anything at all is due."""
    return connection.one(_ANY, (telling.DUE, utc_text(now))) is not None


def claim(
    connection: Connection, now: dt.datetime, busy: Counter[str], *, most: int, turn: int = 0
) -> list[Letter]:
    """Up to `most` letters that nobody else is at; `busy` has how many of each are under way.

    `turn` says with whom to begin: each is first at some time.
    """
    at, until = utc_text(now), utc_text(now + CLAIMED_FOR)
    listening = [
        one for one in every(connection) if one.state == telling.ACTIVE and one.wait_until <= at
    ]
    begin = turn % len(listening) if listening else 0
    taken: list[Letter] = []
    for one in (*listening[begin:], *listening[:begin]):
        left = min(AT_ONCE_EACH - busy[one.subscription_id], most - len(taken))
        if left <= 0:
            continue
        secrets, unopened = _secrets(connection, one, now)
        asked = (one.subscription_id, telling.DUE, at, at, left)
        for (event_id,) in connection.all(_DUE, asked):
            mine = (until, one.subscription_id, event_id, telling.DUE, at)
            row = connection.one(_READ, (one.subscription_id, event_id))
            if row is not None and connection.run(_CLAIM, mine):
                tries, first_at, body = row
                place = (one, event_id, bytes(body), int(tries), first_at, until)
                taken.append(Letter(*place, secrets, unopened))
    return taken


def _secrets(
    connection: Connection, one: Subscription, now: dt.datetime
) -> tuple[tuple[str, ...], str]:
    try:
        return one.secrets(connection, now), ""
    except Refused as refused:
        return (), refused.code


def note(
    connection: Connection,
    letter: Letter,
    answer: Answer,
    now: dt.datetime,
    pause: Pause = random.uniform,
) -> str:
    """What came of a try; the state that the delivery has now."""
    at, who = utc_text(now), letter.subscription.subscription_id
    tries = letter.tries + 1
    key = (who, letter.event_id, letter.until)
    if 200 <= answer.status < 300:
        connection.run(_NOTE, (telling.DONE, tries, "", "", answer.status, "", at, *key))
        connection.run(_ARRIVED, (at, who))
        return telling.DONE
    connection.run(_FAILED, (at, who))
    told = (answer.status, answer.detail[:200])
    if answer.status == GONE:
        connection.run(_NOTE, (telling.DEAD, tries, "", "", *told, at, *key))
        connection.run(_DISABLE, (telling.DISABLED, "its server said that it is gone (410)", who))
        connection.run(_BURY, (telling.DEAD, "gone", at, who, telling.DUE))
        telling.forget(connection)
        return telling.DEAD
    next_at = now + dt.timedelta(seconds=pause_s(tries, pause))
    if answer.status in THROTTLED or answer.retry_after_s:
        until = now + dt.timedelta(seconds=answer.retry_after_s or THROTTLE_S)
        connection.run(_WAIT, (utc_text(until), who))
        next_at = max(next_at, until)
    end = parse_utc(letter.first_at) + GIVEN_UP_AFTER
    if now >= end:
        connection.run(_NOTE, (telling.DEAD, tries, "", "", *told, at, *key))
        return telling.DEAD
    connection.run(_NOTE, (telling.DUE, tries, utc_text(min(next_at, end)), "", *told, "", *key))
    return telling.DUE


def pause_s(tries: int, pause: Pause = random.uniform) -> float:
    """How long until the next try, after so many: 5 s, 20 s, 80 s … six hours, each a bit off."""
    plain = min(FIRST_PAUSE_S * FACTOR ** min(tries - 1, 12), PAUSE_MAX_S)
    return pause(plain * (1 - JITTER), plain * (1 + JITTER))


def tidy(connection: Connection, now: dt.datetime) -> None:
    """Lets go of what arrived a week ago, what is dead for a month, and what nobody has."""
    connection.run(_FORGET, (telling.DONE, utc_text(now - KEPT_DONE)))
    connection.run(_FORGET, (telling.DEAD, utc_text(now - KEPT_DEAD)))
    connection.run(_LET_GO, (utc_text(now - dt.timedelta(hours=1)),))
