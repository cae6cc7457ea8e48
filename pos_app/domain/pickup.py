"""Customers' orders as both sides see them: states and what may follow, codes, passes, opening hours.

A *part* is what one store does of an order. Nothing here refuses what has happened: the table says
what a person is offered, and what the hub takes for the usual way.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

RESERVED, PICKING, READY, PARTLY = "RESERVED", "PICKING", "READY", "PARTLY"
COLLECTED, SHORT, LAPSED = "COLLECTED", "SHORT", "LAPSED"
CANCELLED, CANCELLING, RESTOCKED = "CANCELLED", "CANCELLING", "RESTOCKED"
PICKED, KEPT = "PICKED", "KEPT"
"""Steps that are no states: a piece was found or put back; kept longer."""

OPEN: Final = frozenset({RESERVED, PICKING, READY, PARTLY, LAPSED, CANCELLING})
ENDED: Final = frozenset({COLLECTED, SHORT, CANCELLED, RESTOCKED})
WAITS_FOR_CUSTOMER: Final = frozenset({READY, PARTLY})
TO_PICK: Final = frozenset({RESERVED, PICKING})
NEXT: Final[dict[str, frozenset[str]]] = {
    RESERVED: frozenset({PICKING, READY, PARTLY, COLLECTED, SHORT, LAPSED, CANCELLED}),
    PICKING: frozenset({READY, PARTLY, COLLECTED, SHORT, LAPSED, CANCELLED}),
    READY: frozenset({PICKING, PARTLY, COLLECTED, SHORT, LAPSED, CANCELLED}),
    PARTLY: frozenset({PARTLY, COLLECTED, LAPSED, CANCELLED}),
    LAPSED: frozenset({READY, PARTLY, COLLECTED, RESTOCKED, CANCELLED}),
    CANCELLING: frozenset({CANCELLED}),
    COLLECTED: frozenset(),
    SHORT: frozenset(),
    CANCELLED: frozenset(),
    RESTOCKED: frozenset(),
}
"""State of a part -> where it may go. Goods are fetched early and late: from whatever is open."""

# --- the code that a customer says or types ---------------------------------------------------

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Letters and digits nobody mistakes for another when read aloud."""
CODE_SIGNS: Final = 6


def bare_code(text: str) -> str:
    """A code as it is compared: case, spaces and hyphens do not matter."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def looks_like_code(text: str) -> bool:
    """Whether somebody may have typed a pickup code."""
    bare = bare_code(text)
    return len(bare) == CODE_SIGNS and all(sign in ALPHABET for sign in bare)


def code_from(secret: bytes) -> str:
    """Six signs out of at least 16 bytes that nobody can guess, each equally likely."""
    number = int.from_bytes(secret, "big")
    signs = []
    for _ in range(CODE_SIGNS):
        number, place = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[place])
    return "".join(signs)


def shown_code(code: str) -> str:
    """As it is written for people: `K7Q 2XP`."""
    return f"{code[:3]} {code[3:]}"


def code_kept(salt: str, code: str) -> str:
    """What is kept of a code, `salt:sha256(salt + code)`, hex."""
    return f"{salt}:{sha256((salt + bare_code(code)).encode()).hexdigest()}"


def code_fits(kept: str, typed: str) -> bool:
    """Whether what somebody typed is the code that was kept."""
    salt, _, _hash = kept.partition(":")
    return bool(salt) and hmac.compare_digest(kept, code_kept(salt, typed))


# --- the signed pass in a QR code -------------------------------------------------------------

PASS_TAG: Final = "HFP1"  # noqa: S105 - what a text begins with, no secret
PASS_MAX: Final = 4_096


@dataclass(frozen=True, slots=True)
class PassText:
    """A pass as it was read: nothing of it is believed before the signature is checked."""

    payload: bytes
    """JSON of a PickupPass."""
    signed: bytes
    """The bytes that the signature is over."""
    signature: bytes


def pass_signed(payload: bytes) -> bytes:
    """The bytes of a pass that are signed: `HFP1.` and the payload, base64url."""
    return f"{PASS_TAG}.{_url64(payload)}".encode()


def pass_text(payload: bytes, signature: bytes) -> str:
    """The whole text of a pass: `HFP1.<payload>.<signature>`."""
    return f"{PASS_TAG}.{_url64(payload)}.{_url64(signature)}"


def read_pass(text: str) -> PassText | None:
    """The parts of a scanned text; None where it is no pass."""
    parts = text.strip().split(".")
    if len(text) > PASS_MAX or len(parts) != 3 or parts[0] != PASS_TAG:
        return None
    try:
        payload, signature = (_bytes(part) for part in parts[1:])
    except (ValueError, binascii.Error):
        return None
    signed = f"{parts[0]}.{parts[1]}".encode()
    return PassText(payload, signed, signature) if len(signature) == 64 else None


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    told = text.encode("ascii") + b"=" * (-len(text) % 4)
    return base64.b64decode(told, altchars=b"-_", validate=True)


# --- opening hours ----------------------------------------------------------------------------

DAY_MINUTES: Final = 1_440
DAYS_AHEAD: Final = 400
"""A store that opens on none of them is taken as never closed: an order has to have a time."""
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """When a store is open, in minutes of its own day; days that differ by their date."""

    zone: str = "UTC"
    week: tuple[Spans, ...] = (((0, DAY_MINUTES),),) * 7
    """Monday first; each a row of (opens, closes)."""
    days: Mapping[str, Spans] = field(default_factory=dict)
    """`2026-12-25` -> its own hours, none for closed."""

    def spans(self, day: date) -> Spans:
        """The hours of a day."""
        own = self.days.get(day.isoformat())
        return self.week[day.weekday()] if own is None else own

    def open_spans(self, after: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Spans of opening that end after an instant, in order, as UTC; the first may have begun."""
        zone = _zone(self.zone)
        first = after.astimezone(zone).date() - timedelta(days=1)
        for ahead in range(DAYS_AHEAD):
            day = first + timedelta(days=ahead)
            for opens, closes in self.spans(day):
                start, end = _instant(day, opens, zone), _instant(day, closes, zone)
                if end > after and end > start:
                    yield start, end

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there."""
        return any(start <= at for start, _ in _first(self.open_spans(at)))

    def next_open(self, at: datetime) -> datetime:
        """The instant itself where the store is open, else when it opens next."""
        return next((max(start, at) for start, _ in self.open_spans(at)), at)

    def after_open_minutes(self, at: datetime, minutes: int) -> datetime:
        """So many minutes of opening after an instant."""
        left = timedelta(minutes=minutes)
        for start, end in self.open_spans(at):
            begin = max(start, at)
            if end - begin >= left:
                return begin + left
            left -= end - begin
        return at + timedelta(minutes=minutes)

    def end_of_day(self, day: date) -> datetime:
        """When the store closes on the first day from `day` on on which it is open, UTC."""
        zone = _zone(self.zone)
        for ahead in range(DAYS_AHEAD):
            spans = self.spans(day + timedelta(days=ahead))
            if spans:
                return _instant(day + timedelta(days=ahead), max(end for _, end in spans), zone)
        return _instant(day, DAY_MINUTES, zone)

    def kept_until(self, ready: datetime, days: int) -> datetime:
        """The closing time so many days after goods were ready."""
        return self.end_of_day(ready.astimezone(_zone(self.zone)).date() + timedelta(days=days))


def _first(spans: Iterator[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    found = next(spans, None)
    return [] if found is None else [found]


@lru_cache(64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    more, of_day = divmod(minutes, DAY_MINUTES)
    midnight = datetime.combine(day + timedelta(days=more), datetime.min.time(), zone)
    wall = midnight.replace(hour=of_day // 60, minute=of_day % 60)
    return wall.astimezone(UTC)
