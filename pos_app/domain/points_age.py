"""How old points are: which of an account's credits are left, which of them end, and what is a tier.

An account is its entries, oldest first. What goes out takes the oldest that are left, but what is
taken back with goods takes those that these goods brought, if they are still there. So nobody loses
points early because they returned something later.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pos_app.domain.loyalty import Programme, Tier

EARNED, GIVEN_BACK, ORDER = "earned", "given_back", "order"
REVERSED, EXPIRED, BIRTHDAY = "reversed", "expired", "birthday"
ADJUSTED, SPENT, MOVED = "adjusted", "spent", "moved"
COUNT_FOR_TIER = frozenset({EARNED, ORDER, REVERSED})
"""Why points came or went that say how good a customer somebody is; a present does not."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of an account."""

    day: str
    """ISO date or UTC time: when it was booked."""
    points: int
    """Above 0 came in."""
    reason: str = ""
    of: str = ""
    """What it came from; of what was taken back, what the points had come from."""


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of one credit."""

    day: str
    of: str
    left: int


def lots(entries: Iterable[Entry]) -> tuple[Lot, ...]:
    """What is left of each credit, oldest first; what was spent beyond all is taken off later ones."""
    held: list[Lot] = []
    owed = 0
    for entry in entries:
        if entry.points > 0:
            kept = max(entry.points - owed, 0)
            owed = max(owed - entry.points, 0)
            if kept:
                held.append(Lot(entry.day, entry.of, kept))
            continue
        out = -entry.points
        if entry.reason == REVERSED and entry.of:
            held, out = _take(held, out, entry.of)
        held, out = _take(held, out, "")
        owed += out
    return tuple(held)


def _take(held: list[Lot], out: int, of: str) -> tuple[list[Lot], int]:
    """The lots with `out` taken off the oldest (of those that came from `of`), and what is short."""
    left = []
    for lot in held:
        part = min(lot.left, out) if not of or lot.of == of else 0
        out -= part
        if lot.left > part:
            left.append(replace(lot, left=lot.left - part))
    return left, out


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < 1:
        return date.min
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def ending(programme: Programme, entries: Sequence[Entry], today: date) -> int:
    """Points whose time is over by `today`: what is left of credits of before the months."""
    if not programme.expiry_months:
        return 0
    last = months_before(today, programme.expiry_months).isoformat()
    return sum(lot.left for lot in lots(entries) if lot.day[:10] <= last)


def next_end(programme: Programme, entries: Sequence[Entry]) -> tuple[str, int]:
    """The day on which the next points end, and how many; ("", 0) where none do."""
    if not programme.expiry_months:
        return "", 0
    days: dict[str, int] = {}
    for lot in lots(entries):
        ends = months_before(date.fromisoformat(lot.day[:10]), -programme.expiry_months)
        days[ends.isoformat()] = days.get(ends.isoformat(), 0) + lot.left
    first = min(days, default="")
    return first, days.get(first, 0)


def reached(entries: Iterable[Entry], since: str) -> int:
    """Points that count for a tier, earned less taken back, from a day on."""
    return sum(
        entry.points for entry in entries if entry.reason in COUNT_FOR_TIER and entry.day >= since
    )


def ever(entries: Iterable[Entry]) -> int:
    """The most that somebody can have reached for a tier at any time: all that was earned."""
    return sum(
        entry.points for entry in entries if entry.points > 0 and entry.reason in COUNT_FOR_TIER
    )


def tier_of(programme: Programme, amount: int) -> Tier | None:
    """The tier of who has reached so much; None where the programme has none."""
    held = [tier for tier in programme.tiers if tier.reached <= max(amount, 0)]
    return held[-1] if held else None


def to_next(programme: Programme, amount: int) -> int:
    """How much is missing to the next tier; 0 for who has the highest."""
    missing = [tier.reached - amount for tier in programme.tiers if tier.reached > max(amount, 0)]
    return missing[0] if missing else 0


def is_birthday(birthday: str, today: date) -> bool:
    """Whether MM-DD is today; the 29th of February is the 28th in other years."""
    if birthday == "02-29" and not calendar.isleap(today.year):
        birthday = "02-28"
    return birthday == today.strftime("%m-%d")
