"""Times, dates and durations as people of a locale read them: 24 hours, the locale's marks."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

from pos_app.words.language import current, gettext, normal
from pos_app.words.language import ngettext as _n

_AT_START = ("en", "en_US", "en_GB", "en_IE", "de", "de_DE", "de_AT", "de_CH", "ar")
_CLOCKS = dict.fromkeys(_AT_START, "HH:mm")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
N_ = str
"""Marks a text for translation that is read when it is shown."""
_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_DATES = {
    **dict.fromkeys(("en", "en_US"), "{name} {day}, {year}"),
    **dict.fromkeys(("en_GB", "en_IE"), "{day} {name} {year}"),
    **dict.fromkeys(("de", "de_DE", "de_AT", "de_CH"), "{day:02d}.{month:02d}.{year}"),
    "ar": "{day:02d}\u200f/{month:02d}\u200f/{year}",
}
"""Known by heart for the first frame; a test compares them with CLDR."""


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def clock(moment: dt.datetime, zone: str, locale: str = "", *, seconds: bool = False) -> str:
    """The time of day of an instant on a zone's wall clock: 14:05; 14.05 in Finland."""
    local = moment.astimezone(_zone(zone))
    pattern = _clock_pattern(normal(locale) if locale else current())
    text = pattern.replace("HH", f"{local.hour:02d}").replace("H", str(local.hour))
    text = text.replace("mm", f"{local.minute:02d}")
    if seconds:
        mark = pattern[pattern.index("m") - 1]
        text += f"{mark}{local.second:02d}"
    return text


@lru_cache(maxsize=64)
def _clock_pattern(locale: str) -> str:
    known = _CLOCKS.get(locale)
    if known:
        return known
    from babel import Locale

    from pos_app.words.amounts import cldr_name

    pattern = str(Locale.parse(cldr_name(locale)).datetime_skeletons.get("Hm", "HH:mm"))
    plain = "".join(mark for mark in pattern if mark in "Hm:. ").strip()
    return plain if "H" in plain and "mm" in plain else "HH:mm"


def date(day: dt.date | str, locale: str = "") -> str:
    """A calendar day (a date, or its ISO text): Nov 25, 2026; 25.11.2026.

    Raises ValueError for text that is no ISO date.
    """
    if isinstance(day, str):
        day = dt.date.fromisoformat(day)
    return _date(day.year, day.month, day.day, normal(locale) if locale else current())


@lru_cache(maxsize=512)
def _date(year: int, month: int, day: int, locale: str) -> str:
    known = _DATES.get(locale)
    if known:
        name = "Sept" if month == 9 and locale in ("en_GB", "en_IE") else _MONTHS[month - 1]
        return known.format(day=day, month=month, name=name, year=year)
    from babel.dates import format_date

    from pos_app.words.amounts import cldr_name

    return str(format_date(dt.date(year, month, day), "medium", locale=cldr_name(locale)))


def short_date(day: dt.date | str, year: int, locale: str = "") -> str:
    """A calendar day without its year where that is `year`: Nov 25; 25. Nov."""
    if isinstance(day, str):
        day = dt.date.fromisoformat(day)
    if day.year != year:
        return date(day, locale)
    return _short(day.month, day.day, normal(locale) if locale else current())


@lru_cache(maxsize=512)
def _short(month: int, day: int, locale: str) -> str:
    from babel.dates import format_skeleton

    from pos_app.words.amounts import cldr_name

    leap = dt.datetime(2024, month, day)  # noqa: DTZ001 - a calendar day, nobody's instant
    return str(format_skeleton("MMMd", leap, locale=cldr_name(locale)))


def weekday(day: dt.date | str, locale: str = "") -> str:
    """The short name of a day of the week: Thu."""
    if isinstance(day, str):
        day = dt.date.fromisoformat(day)
    return gettext(_DAYS[day.weekday()], locale)


def date_of(moment: dt.datetime, zone: str, locale: str = "") -> str:
    """The calendar day of an instant on a zone's wall clock."""
    return date(moment.astimezone(_zone(zone)).date(), locale)


def wait(seconds: float, locale: str = "") -> str:
    """How long something takes, rounded up to what a person waits for: 30 s, 2 min, 3 h."""
    whole = max(0, int(-(-seconds // 1)))
    if whole <= 90:
        return _n("{count} s", "{count} s", whole, locale).format(count=whole)
    minutes = -(-whole // 60)
    if minutes <= 90:
        return _n("{count} min", "{count} min", minutes, locale).format(count=minutes)
    hours = -(-minutes // 60)
    return _n("{count} h", "{count} h", hours, locale).format(count=hours)


def since(then: dt.datetime, now: dt.datetime, zone: str, locale: str = "") -> str:
    """An instant for people who live in `now`: the time today, the day before that."""
    here = _zone(zone)
    if then.astimezone(here).date() == now.astimezone(here).date():
        return clock(then, zone, locale)
    return f"{date_of(then, zone, locale)} {clock(then, zone, locale)}"
