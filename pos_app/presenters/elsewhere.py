"""A product in the stores: how many each could sell, how far it is, and how old that number is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from pos_app.domain.catalogue import PIECE
from pos_app.domain.day import parse_utc
from pos_app.domain.money import MILLI
from pos_app.presenters.views import dotted
from pos_app.till import lookup
from pos_app.words import _, clock, date, date_of, distance, number, quantity, since, weekday

if TYPE_CHECKING:
    from pos_app.presenters.desk import Desk
    from pos_app.till.lookup import Article, Elsewhere
    from pos_app.till.stores import Shop

FAR: Final = 1 << 40
"""Metres to a place nobody named: behind all others."""
SHOWN: Final = 12
"""More stores than that are a list for head office."""
WEEK: Final = timedelta(days=7)


class StoreView(msgspec.Struct, frozen=True):
    """A store and what it could sell."""

    name: str
    detail: str
    count: str
    as_of: str
    old: bool = False
    """True where the store is silent: its number is as old as the silence."""
    none: bool = False
    here: bool = False
    store: str = ""
    reserved: str = ""
    coming: str = ""
    """What is on its way there, and when: +6 Thu."""
    short: str = ""
    """The detail without what `as_of` says too, for where there is little room."""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        words = _("as of {time}").format(time=self.as_of) if self.as_of else ""
        held = _("{count} reserved").format(count=self.reserved) if self.reserved else ""
        coming = _("coming: {what}").format(what=self.coming) if self.coming else ""
        parts = (self.name, self.count, held, coming, words, self.detail)
        return ", ".join(part for part in parts if part)


def stores(desk: Desk, article: Article) -> tuple[StoreView, ...]:
    """Our own store first, then the nearest that has some; nothing where no other is known."""
    others = others_of(desk, article)
    return (_here(article), *(view(desk, article, each) for each in others)) if others else ()


def others_of(desk: Desk, article: Article, limit: int = SHOWN) -> list[Elsewhere]:
    """What the other stores have, the nearest that has some first."""
    return sorted(lookup.elsewhere(desk.till, article.product.sku), key=nearest)[:limit]


def nearest(each: Elsewhere) -> tuple[bool, int, bool, int, str]:
    """Who has some comes first, the nearest of them, then a store that nobody said is where.

    Of those that are as near, one that is heard, then who has most.
    """
    far = each.shop.distance_m
    return (each.free <= 0, FAR if far is None else far, each.silent, -each.free, each.store)


def _here(article: Article) -> StoreView:
    count = "?" if article.on_hand is None else count_of(article, article.on_hand)
    none = article.on_hand is not None and article.on_hand <= 0
    return StoreView(_("This store"), "", count, _("now"), none=none, here=True)


def name_of(store: str, name: str) -> str:
    """What a store is called, also where nobody said."""
    return name or _("Store {number}").format(number=store)


def view(desk: Desk, article: Article, each: Elsewhere) -> StoreView:
    """A store in words."""
    now = desk.till.hub_now()
    moment = now - timedelta(seconds=each.age_s)
    today = date_of(moment, desk.zone) == date_of(now, desk.zone)
    return StoreView(
        name_of(each.store, each.name),
        detail(desk, each),
        count_of(article, each.free),
        (clock if today else date_of)(moment, desk.zone),
        each.silent,
        each.free <= 0,
        store=each.store,
        reserved=count_of(article, each.reserved) if each.reserved > 0 else "",
        coming=_coming(article, each, now) if each.coming > 0 else "",
        short=dotted(_where(each), _("not reachable")) if each.silent else "",
    )


def detail(desk: Desk, each: Elsewhere) -> str:
    """How far it is or where, and when it is open; or that nobody hears it."""
    shop, now = each.shop, desk.till.hub_now()
    where = _where(each)
    if not each.silent:
        return dotted(where, opening(shop, now))
    if not shop.silent:
        return dotted(where, _("not reachable"))
    told = since(parse_utc(shop.silent), now, desk.zone)
    return dotted(where, _("not reachable since {time}").format(time=told))


def _where(each: Elsewhere) -> str:
    far = each.shop.distance_m
    return distance(far) if far is not None else each.place if each.name else ""


def opening(shop: Shop, now: datetime) -> str:
    """Until when a store is open, or when it opens; empty where it did not say."""
    hours = shop.hours
    if hours is None:
        return "" if shop.pickup else _("Sends only")
    start, end = next(hours.open_spans(now), (now, now))
    if end <= now:
        return ""
    if start <= now:
        return _("open to {time}").format(time=clock(end, hours.zone))
    at = clock(start, hours.zone)
    if date_of(start, hours.zone) == date_of(now, hours.zone):
        return _("opens at {time}").format(time=at)
    day = day_words(start, now, hours.zone)
    return _("opens {day} {time}").format(day=day, time=at)


def day_words(moment: datetime, now: datetime, zone: str) -> str:
    """A day near enough to be known by its name: Thu; else its date."""
    from zoneinfo import ZoneInfo

    local = moment.astimezone(ZoneInfo(zone)).date()
    return weekday(local) if moment - now < WEEK else date(local)


def _coming(article: Article, each: Elsewhere, now: datetime) -> str:
    count = count_of(article, each.coming)
    if not each.coming_day:
        return f"+{count}"
    try:
        moment = datetime.fromisoformat(f"{each.coming_day[:10]}T12:00:00+00:00")
    except ValueError:
        return f"+{count}"
    day = weekday(moment.date()) if moment - now < WEEK else date(moment.date())
    return f"+{count} {day}"


def count_of(article: Article, on_hand: int) -> str:
    """A quantity as this product is counted, never below nothing."""
    left = max(0, on_hand)
    if article.product.unit == PIECE:
        return number(left // MILLI)
    return quantity(left, article.product.unit)
