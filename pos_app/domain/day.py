"""Which business day an event belongs to: decided once, when it is written, then kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pos_app.domain.errors import Refused
from pos_app.domain.store import Store


def zone_of(store: Store) -> ZoneInfo:
    """The store's time zone; raises Refused("zone_unknown")."""
    try:
        return ZoneInfo(store.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as cause:
        raise Refused("zone_unknown", zone=store.zone) from cause


def local_time(now_utc: datetime, store: Store) -> datetime:
    """`now_utc` on the store's wall clock, with its zone. Raises ValueError for a naive time."""
    if now_utc.tzinfo is None:
        raise ValueError("a time without a zone is no instant")
    return now_utc.astimezone(zone_of(store))


def business_date(now_utc: datetime, store: Store) -> str:
    """The business day of an instant, as an ISO date.

    The cut-off is subtracted on the *wall clock*: with a day that begins at 04:00, half past
    four is a new day on every date. Subtracting elapsed hours is wrong twice a year.
    """
    wall = local_time(now_utc, store).replace(tzinfo=None)
    return (wall - timedelta(minutes=store.cut_off_minutes)).date().isoformat()


def utc_text(moment: datetime) -> str:
    """`moment` (aware) as the product writes it: UTC, ISO 8601, milliseconds, Z."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


def parse_utc(text: str) -> datetime:
    """An instant from ISO 8601 text; no offset means UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
