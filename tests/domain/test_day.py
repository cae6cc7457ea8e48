"""The business day of an event: the store's wall clock less its cut-off, across clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.day import business_date, local_time, parse_utc, zone_of
from pos_app.domain.errors import Refused
from pos_app.domain.store import Store

_YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)
instants = st.integers(0, 40 * 366 * 86_400).map(lambda s: _YEAR_2000 + timedelta(seconds=s))
ZONES = [
    "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "Asia/Kolkata",
    "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Africa/Casablanca",
]  # fmt: skip


def store(zone: str = "Europe/Berlin", cut_off: int = 240) -> Store:
    return Store("1", "S", "EUR", zone, cut_off_minutes=cut_off)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-03-07T23:30:00Z", "2026-03-07"),
        ("2026-03-29T02:30:00Z", "2026-03-29"),  # 04:30 on the day that has no 02:30
        ("2026-03-29T01:59:59Z", "2026-03-28"),  # 03:59:59
        ("2026-03-29T02:00:00Z", "2026-03-29"),  # 04:00
        ("2026-10-25T02:30:00Z", "2026-10-24"),  # 03:30 after the hour that came twice
        ("2026-10-25T02:59:59Z", "2026-10-24"),
        ("2026-10-25T03:00:00Z", "2026-10-25"),
        ("2026-12-31T23:30:00Z", "2026-12-31"),
        ("2027-01-01T02:59:00Z", "2026-12-31"),
        ("2027-01-01T03:00:00Z", "2027-01-01"),
        ("2028-02-29T12:00:00Z", "2028-02-29"),
    ],
)
def test_berlin_with_a_day_that_begins_at_four(instant, day) -> None:
    assert business_date(parse_utc(instant), store()) == day


def test_elapsed_hours_would_be_wrong_twice_a_year() -> None:
    spring, autumn = parse_utc("2026-03-29T02:30:00Z"), parse_utc("2026-10-25T02:30:00Z")
    zone = ZoneInfo("Europe/Berlin")
    elapsed = [(at - timedelta(hours=4)).astimezone(zone).date() for at in (spring, autumn)]
    assert [day.isoformat() for day in elapsed] == ["2026-03-28", "2026-10-25"]
    assert [business_date(at, store()) for at in (spring, autumn)] == ["2026-03-29", "2026-10-24"]


@given(
    instants,
    st.sampled_from(ZONES),
    st.integers(0, 23 * 60),
)
def test_the_day_is_the_wall_clocks_own_or_the_one_before(now, zone, cut_off) -> None:
    shop = store(zone, cut_off)
    wall = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    past = wall.hour * 60 + wall.minute >= cut_off
    day = wall.date() if past else wall.date() - timedelta(days=1)
    assert business_date(now, shop) == day.isoformat()


@given(
    instants,
    st.integers(-12 * 60, 12 * 60),
)
def test_an_instant_is_the_same_whatever_zone_it_is_told_in(now, offset) -> None:  # fmt: skip
    told = now.astimezone(timezone(timedelta(minutes=offset)))
    assert business_date(told, store()) == business_date(now, store())
    assert parse_utc(told.isoformat()) == now


def test_a_time_without_a_zone_is_no_instant() -> None:
    with pytest.raises(ValueError, match="zone"):
        local_time(datetime(2026, 1, 1), store())  # noqa: DTZ001 - that is the point
    assert parse_utc("2026-11-25T13:00:00.000Z").tzinfo is UTC
    assert parse_utc("2026-11-25T13:00:00") == parse_utc("2026-11-25T14:00:00+01:00")
    with pytest.raises(ValueError, match="isoformat"):
        parse_utc("yesterday")


@pytest.mark.parametrize(
    "zone",
    ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe", "Europe/\x00", "é" * 300],
)
def test_a_zone_nobody_knows_is_refused(zone) -> None:
    with pytest.raises(Refused, match="zone_unknown"):
        zone_of(store(zone))
