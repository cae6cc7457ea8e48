"""Shops asked what changed: beside what they tell, at start, after an outage, when a person says so.

What the list shows goes the way of a delivery: a hint in the inbox, once for each version.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Final

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Unavailable
from sync.hub.answers import stamp
from sync.hub.channels import inbox, shops
from sync.hub.channels.adapter import KeyRefused, ShopRefused, ShopUnreachable
from sync.hub.channels.work import (
    AWAY,
    KEY,
    SHOP_KIND,
    Pausing,
    Work,
    pause_s,
    shop_answers,
    shop_fails,
    tell_person,
)
from sync.hub.channels.worker import KEY_PAUSE_S
from sync.hub.database import storage_error

EVERY: Final = dt.timedelta(minutes=5)
OVERLAP: Final = dt.timedelta(minutes=10)
"""What a shop writes late, or two of its machines in the wrong order, is seen all the same."""
AHEAD: Final = dt.timedelta(days=1)
"""An order that says it changed later than that is taken, and does not move the cursor: one wrong
year would hide all that come after."""
TOGETHER: Final = 100
"""Hints of one transaction."""
MOST: Final = 50_000
"""Orders of one list; a longer one goes on at the next time."""

_log = logging.getLogger(__name__)


def poll(work: Work) -> int:
    """Where it is time: how many orders had a version that was not seen. Raises Pausing."""
    known = shops.state(work.connection, work.channel)
    now = work.clock.now()
    if known.poll_at > stamp(now) or not work.begin():
        return 0
    since = stamp(parse_utc(known.cursor) - OVERLAP) if known.cursor else ""
    try:
        found, newest = _listed(work, since, known.cursor)
        _subscribed(work)
    except KeyRefused:
        shop_fails(work, KEY)
        raise Pausing(KEY_PAUSE_S) from None
    except ShopUnreachable as cause:
        shop_fails(work, AWAY)
        raise Pausing(pause_s(1, cause.retry_after_s)) from None
    except (Unavailable, storage_error):
        raise
    except Exception as cause:  # noqa: BLE001 - a list that cannot be read is told, webhooks go on
        _log.warning("the list of %s cannot be read: %s", work.channel, type(cause).__name__)
        said = str(cause) if isinstance(cause, ShopRefused) else type(cause).__name__
        detail = f"{work.channel} {stamp(now)[:10]}: its list cannot be read: {said}"
        work.booked(lambda: tell_person(work, SHOP_KIND, detail))
        found, newest = 0, known.cursor
    shop_answers(work)

    def write() -> None:
        at = {"cursor": newest, "polled": stamp(now), "poll_at": stamp(now + EVERY)}
        shops.note(work.connection, work.channel, **at)

    work.booked(write)
    return found


def _listed(work: Work, since: str, newest: str) -> tuple[int, str]:
    """(how many are new, the latest version of all), the hints written as the pages come."""
    found = 0
    latest = stamp(work.clock.now() + AHEAD)
    seen: list[tuple[str, str]] = []

    def write() -> int:
        now = work.clock.now()
        return sum(inbox.hint(work.connection, work.channel, *one, now) for one in seen)

    for count, (external_id, version) in enumerate(
        work.adapter.list_changed(work.client, work.settings, since), 1
    ):
        if external_id:
            seen.append((external_id, version))
            if version <= latest:
                newest = max(newest, version)
        if len(seen) >= TOGETHER:
            found += work.booked(write)
            seen.clear()
            if not work.begin():
                break
        if count >= MOST:
            break
    if seen:
        found += work.booked(write)
    return found, newest


def _subscribed(work: Work) -> None:
    """Whether the shop still tells us; what was found and put right is a person's to know."""
    try:
        said = work.adapter.health(work.client, work.settings, work.shop.address)
    except KeyRefused:
        raise
    except ShopRefused as cause:
        said = str(cause)
    if said:
        detail = f"{work.channel} {stamp(work.clock.now())[:10]}: {said}"
        work.booked(lambda: tell_person(work, SHOP_KIND, detail))


def at_once(work: Work) -> None:
    """The next look is now."""
    now = stamp(work.clock.now())
    work.booked(lambda: shops.note(work.connection, work.channel, poll_at=now))
