"""The epochs and the keys of a till, as its enrolments and its own facts make them follow each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select, update

from pos_app.domain.day import parse_utc
from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement, adding, putting
from sync.protocol import KeyRotated, Rejoined

if TYPE_CHECKING:
    from sync.hub.booking import Booking
    from sync.hub.devices import Device

KEY_DAYS: Final = 7
"""How long a till's requests may still be signed by the key before."""

_l, _k, _d = schema.life.c, schema.former_key.c, schema.device.c
_ADD_LIFE = adding(schema.life)
_LIFE = Statement(
    "device epoch",
    select(_l.attempt, _l.sealed_at).where(
        _l.device == bindparam("device"), _l.epoch == bindparam("epoch")
    ),
)
_SEAL = Statement(
    "at device_is epoch_is",
    update(schema.life)
    .where(_l.device == bindparam("device_is"), _l.epoch == bindparam("epoch_is"))
    .values(sealed_at=bindparam("at")),
)
_KEEP_KEY = putting(schema.former_key)
_KEYS = Statement(
    "device now",
    select(_k.pubkey).where(_k.device == bindparam("device"), _k.until > bindparam("now")),
)
_EVER = Statement("device", select(_k.pubkey).where(_k.device == bindparam("device")))
_WHOSE = Statement(
    "pubkey now",
    select(_k.device).where(_k.pubkey == bindparam("pubkey"), _k.until > bindparam("now")),
)
_SET_KEY = Statement(
    "new_key wanted",
    update(schema.device)
    .where(_d.device == bindparam("wanted"))
    .values(pubkey=bindparam("new_key")),
)

# --- enrolment ------------------------------------------------------------------------------


def begun(connection: Connection, device: str, epoch: int, attempt: str) -> None:
    """Notes which try of the till began this epoch."""
    connection.run(_ADD_LIFE, (device, epoch, attempt[:64], ""))


def attempt_of(connection: Connection, device: str, epoch: int) -> str:
    """The try that began an epoch, as the till called it; empty for a first one."""
    row = connection.one(_LIFE, (device, epoch))
    return str(row[0]) if row else ""


# --- booking --------------------------------------------------------------------------------


def book_rejoined(booking: Booking, n: int, fact: Rejoined) -> None:
    """Nothing more comes of the epoch before: it is sealed, and what was lost is told."""
    from sync.hub import rights

    connection, device, at = booking.connection, booking.device, booking.at

    def seal() -> None:
        connection.run(_SEAL, (at, device.device, device.epoch))
        rights.seal(connection, device.device, fact.old_epoch, at)

    lost = fact.seen.seq - max(fact.agreed + fact.brought, 0) if fact.seen is not None else 0
    if fact.seen is not None and fact.seen.epoch == fact.old_epoch and lost > 0:
        first, last = fact.agreed + fact.brought + 1, fact.seen.seq
        booking.flag("rollback", n, fact, f"entries {first} to {last} of {fact.old_epoch} are lost")
    if fact.old_dev == device.device:
        booking.afterwards.append(seal)


def book_rotated(booking: Booking, n: int, fact: KeyRotated) -> None:
    """From here on the till signs by another key; its requests may come by both for some days."""
    connection, device = booking.connection, booking.device
    try:
        good = len(bytes.fromhex(fact.pubkey)) == 32
    except ValueError:
        good = False
    if not good:
        booking.flag("entry_signature", n, fact, "the key that is to follow is none")
        return
    from sync.hub import devices  # it works with epochs itself

    keep_key(connection, device, fact.pubkey.lower(), parse_utc(booking.at))
    booking.afterwards.append(lambda: devices.tell_tills(connection, device))


def changed_key(connection: Connection, device: Device, pubkey: str, now: dt.datetime) -> None:
    """A till that is enrolled again goes on with a key of before; the others are told."""
    from sync.hub import devices  # it works with epochs itself

    keep_key(connection, device, pubkey, now)
    devices.tell_tills(connection, device)


def keep_key(connection: Connection, device: Device, pubkey: str, now: dt.datetime) -> None:
    """From here on a till has that key; its requests may come by the one it had for some days."""
    until = stamp(now + dt.timedelta(days=KEY_DAYS))
    connection.run(_KEEP_KEY, (device.pubkey, device.device, until))
    connection.run(_SET_KEY, (pubkey, device.device))


def had_key(connection: Connection, pubkey: str, now: dt.datetime) -> str:
    """The till whose key that was until a few days ago; empty for none."""
    row = connection.one(_WHOSE, (pubkey, stamp(now)))
    return str(row[0]) if row else ""


def all_former_keys(connection: Connection, device: str) -> tuple[str, ...]:
    """Every key that a till had before (hex): its older receipts stay true."""
    return tuple(sorted(str(row[0]) for row in connection.all(_EVER, (device,))))


def former_keys(connection: Connection, device: str, now: dt.datetime) -> Iterable[bytes]:
    """Keys of before by which a till's requests may still be signed."""
    for (pubkey,) in connection.all(_KEYS, (device, stamp(now))):
        yield bytes.fromhex(pubkey)
