"""What the panel shows that asks another store for its goods."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from pos_app.domain.day import utc_text
from pos_app.presenters.elsewhere import day_words
from pos_app.till.stores import Shop
from pos_app.words import _, clock, ngettext, number
from sync.protocol.orders import BRING, PICKUP, SHIP

SOON: Final = timedelta(minutes=30)
"""A store that closes sooner keeps nothing for today."""
NOON: Final = 12


class Choice(msgspec.Struct, frozen=True):
    """One of a few."""

    key: str
    words: str
    icon: str = ""
    chosen: bool = False
    why_not: str = ""
    """Why it cannot be chosen; empty where it can."""


class Told(msgspec.Struct, frozen=True):
    """What came of the question, or what is to be known before."""

    title: str = ""
    detail: str = ""
    tone: str = "info"
    icon: str = "bell"


class ReserveState(msgspec.Struct, frozen=True):
    """The whole panel; without a title nothing is chosen yet."""

    title: str = ""
    detail: str = ""
    ways: tuple[Choice, ...] = ()
    qty: str = ""
    qty_note: str = ""
    can_more: bool = False
    can_fewer: bool = False
    name: str = ""
    phone: str = ""
    address: str = ""
    tag: str = ""
    """Where the customer is known from; empty where somebody has to type who it is."""
    missing: str = ""
    """What has to be typed first, in words."""
    parcel: bool = False
    """True where an address is needed."""
    holds: tuple[Choice, ...] = ()
    notice: Told = Told()
    price: str = ""
    pays: str = ""
    sell: str = ""
    """Of the second button; empty where there is none."""
    go: str = ""
    why_not: str = ""
    """Why the first button cannot be pressed; empty where it can."""
    stage: str = ""
    """Empty while it is put together; then waits, held or refused."""
    result: Told = Told()
    can_take_back: bool = False


def ways(shop: Shop, chosen: str, mine: str) -> tuple[Choice, ...]:
    """How a customer gets what a store has."""
    no_pickup = "" if shop.pickup else _("Nothing can be fetched there.")
    no_sending = "" if shop.ships else _("That store sends nothing.")
    return (
        Choice(PICKUP, _("Collect there"), "store", chosen == PICKUP, no_pickup),
        Choice(BRING, _("Bring it here"), "truck", chosen == BRING, no_sending or mine),
        Choice(SHIP, _("Ship home"), "house", chosen == SHIP, no_sending),
    )


def holds(shop: Shop, zone: str, now: datetime, chosen: str) -> tuple[tuple[Choice, str], ...]:
    """Until when goods may be kept there, each with its instant (UTC): today, tomorrow, later."""
    place = ZoneInfo(shop.hours.zone if shop.hours is not None else zone)
    today = now.astimezone(place).date()
    found: list[tuple[str, str, datetime]] = []
    if shop.hours is not None:
        closes = shop.hours.end_of_day(today)
        if closes.astimezone(place).date() == today and closes - now > SOON:
            words = _("Today {time}").format(time=clock(closes, place.key))
            found.append(("today", words, closes))
    noon = datetime.combine(today + timedelta(days=1), datetime.min.time(), place)
    noon = noon.replace(hour=NOON)
    if shop.hours is not None and not shop.hours.is_open(noon):
        opens = shop.hours.next_open(noon)
        noon = max(noon, shop.hours.after_open_minutes(opens, 120))
    at = clock(noon, place.key)
    if noon.astimezone(place).date() == today + timedelta(days=1):
        words = _("Tomorrow {time}").format(time=at)
    else:
        day = day_words(noon, now, place.key)
        words = _("{day} {time}").format(day=day, time=at)
    found.append(("tomorrow", words, noon))
    for days in (2, 4):
        if len(found) < 3:
            later = noon + timedelta(days=days - 1)
            if shop.hours is not None:
                later = shop.hours.end_of_day(today + timedelta(days=days))
            words = ngettext("{count} day", "{count} days", days).format(count=number(days))
            found.append((str(days), words, later))
    keys = [key for key, _words, _at in found]
    chosen = chosen if chosen in keys else "tomorrow"
    return tuple(
        (Choice(key, words, "", key == chosen), utc_text(at.astimezone(ZoneInfo("UTC"))))
        for key, words, at in found
    )
