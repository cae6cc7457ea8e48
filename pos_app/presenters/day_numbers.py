"""The numbers of a day beside those of the same weekday a week ago: four tiles and the hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date as calendar_date

import msgspec

from pos_app.domain.money import Rounding, divide, minor_digits
from pos_app.domain.shift import ShiftTotals
from pos_app.presenters.counting import Money
from pos_app.presenters.views import dotted, short_money
from pos_app.words import _, money, ngettext, number, percent

N_ = str
_DAYS = (
    *(N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday")),
    *(N_("Friday"), N_("Saturday"), N_("Sunday")),
)
_SHORT = (
    *(N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu")),
    *(N_("Fri"), N_("Sat"), N_("Sun")),
)
WHOLE = 10_000
"""A hundred percent in basis points."""


class Bar(msgspec.Struct, frozen=True):
    """An hour of the chart."""

    hour: int
    total: int
    words: str
    best: bool
    before: int | None = None
    """What the hour brought a week ago, minor units; None where that day is not known."""
    before_words: str = ""
    short: str = ""
    """The amount in few signs, for the top of the best bar."""


@dataclass(slots=True)
class WeekBefore:
    """The same weekday a week ago, all its shifts together."""

    name: str
    """What people call the day."""
    short: str
    """The same in three letters or so."""
    sales: int = 0
    total: int = 0
    back: int = 0
    hours: dict[int, int] = field(default_factory=dict)

    @staticmethod
    def of(day: calendar_date, shifts: Sequence[ShiftTotals]) -> WeekBefore | None:
        """The numbers of `shifts`, all of the day a week before `day`; None without any."""
        if not any(each.sales for each in shifts):
            return None
        found = WeekBefore(_(_DAYS[day.weekday()]), _(_SHORT[day.weekday()]))
        for each in shifts:
            found.sales += each.sales
            found.total += each.total
            found.back += each.voided + each.refunded
            for hour, brought in each.hours.items():
                found.hours[hour] = found.hours.get(hour, 0) + brought.total
        return found


def tiles_of(totals: ShiftTotals, week: WeekBefore | None, currency: str) -> tuple[Money, ...]:
    """Sales, receipts, the average, and what came back, each beside a week ago."""
    average = divide(totals.total, totals.sales, Rounding.HALF_UP) if totals.sales else 0
    back, returns = totals.voided + totals.refunded, totals.voids + totals.refunds
    form = ngettext("{count} return", "{count} returns", returns)
    gross = totals.total + back
    share = percent(divide(back * WHOLE, gross, Rounding.HALF_UP)) if back and gross > 0 else ""
    rows = [
        (_("Sales, tax in"), money(totals.total, currency)),
        (_("Receipts"), number(totals.sales)),
        (_("Per receipt"), money(average, currency)),
    ]
    told: list[tuple[str, str]] = [("", "plain")] * 3
    if week is not None:
        before = divide(week.total, week.sales, Rounding.HALF_UP)
        told = [
            _beside(totals.total - week.total, _share(totals.total, week.total), week),
            _beside(totals.sales - week.sales, number(abs(totals.sales - week.sales)), week),
            _beside(average - before, money(abs(average - before), currency), week),
        ]
    tiles = [
        Money(label, amount, detail=detail, tone=tone)
        for (label, amount), (detail, tone) in zip(rows, told, strict=True)
    ]
    came = dotted(form.format(count=number(returns)), share)
    return (*tiles, Money(_("Returned"), money(back, currency), detail=came))


def _share(now: int, before: int) -> str:
    if before <= 0:
        return ""
    return percent(divide(abs(now - before) * WHOLE, before, Rounding.HALF_UP) // 10 * 10)


def _beside(change: int, words: str, week: WeekBefore) -> tuple[str, str]:
    """A change in words, and its tone: more is good, less is told without alarm."""
    if not change or not words:
        return _("Same as last {day}").format(day=week.short), "plain"
    if change > 0:
        return _("+{change} on last {day}").format(change=words, day=week.short), "ok"
    return _("\u2212{change} on last {day}").format(change=words, day=week.short), "plain"


def bars_of(
    totals: ShiftTotals, week: WeekBefore | None, currency: str
) -> tuple[tuple[Bar, ...], tuple[str, str], int]:
    """The hours from the first to the last one that has anything; the chart's lines; its top."""
    hours = {hour: brought.total for hour, brought in totals.hours.items()}
    known = set(hours) | (set(week.hours) if week is not None and hours else set())
    if not known:
        return (), ("", ""), 0
    best = max(hours.values())
    best_hour = next(hour for hour in sorted(hours) if hours[hour] == best)
    whole = 10 ** minor_digits(currency)
    bars = []
    for hour in range(min(known), max(known) + 1):
        total = hours.get(hour, 0)
        before = week.hours.get(hour, 0) if week is not None else None
        bars.append(
            Bar(
                hour,
                total,
                money(total, currency),
                best > 0 and hour == best_hour,
                before,
                "" if before is None else money(before, currency),
                short_money(divide(total, whole, Rounding.HALF_UP) * whole, currency),
            )
        )
    top = _round_top(max(best, *(bar.before or 0 for bar in bars), 1))
    return tuple(bars), (short_money(top // 2, currency), short_money(top, currency)), top


def _round_top(highest: int) -> int:
    """The round amount just above the highest bar, so that its half is round too."""
    power = 10
    while power * 10 <= highest:
        power *= 10
    return next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10, 20) if step * power >= highest)
