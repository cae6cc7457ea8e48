"""A wiped till's ledger opened with the key that it sealed to this hub when it was enrolled.

What it had not sent is booked as if it had been pushed: each entry must continue the chain that the
hub holds, and carry the till's signature.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlcipher3 import dbapi2

from pos_app.domain.errors import Refused, Unavailable
from sync.hub import schema
from sync.hub.answers import Ids
from sync.hub.database import Connection, Statement
from sync.hub.devices import Device
from sync.hub.identity import HubKeys
from sync.hub.journal_import import Chain, import_chain
from sync.journal_copy import Entry, Frame, Key, Place
from sync.sealing import unseal

_RUN: Final = 200
_SEALED = Statement(
    "device",
    select(schema.device.c.sealed_key).where(schema.device.c.device == bindparam("device")),
)
_ENTRIES: Final = (
    "SELECT seq, body, hash, sig FROM journal WHERE epoch = ? AND seq > ? ORDER BY place LIMIT ?"
)


def key_of(connection: Connection, device: Device, keys: HubKeys, sealed: str = "") -> bytes:
    """The database key of a till; `sealed` is its own copy, for a hub that has none.

    Raises Refused("seal_broken") where neither opens.
    """
    held = connection.one(_SEALED, (device.device,))
    private = keys.sealing.private_bytes_raw()
    if held is not None and held[0] and not sealed:
        return unseal(str(held[0]), private)
    return unseal(sealed, private)


def recover(
    connection: Connection,
    device: Device,
    path: Path,
    key: bytes,
    keys: HubKeys,
    now: dt.datetime,
    ids: Ids,
) -> Chain:
    """Books what the ledger at `path` holds of a till's present epoch and the hub does not.

    Raises Unavailable("file_unreadable") and Refused("seal_broken") where the key is not of it.
    """
    chain = Chain(device.device, device.epoch)
    chain.frames = list(_frames(path, key, device))
    chain.first = chain.frames[0].place.first if chain.frames else 0
    chain.last = chain.frames[-1].place.last if chain.frames else device.last_seq
    import_chain(connection, chain, keys, now, ids)
    return chain


def _frames(path: Path, key: bytes, device: Device) -> Iterator[Frame]:
    """What follows the hub's last entry, in runs."""
    if not path.is_file():
        raise Unavailable("file_unreadable", file=path.name)
    frames = Key(key)
    after, before = device.last_seq, device.last_hash.hex()
    with closing(_opened(path, key)) as connection:
        while rows := _page(connection, (device.epoch, after, _RUN)):
            entries = [
                Entry(bytes(body), bytes(digest), bytes(sig)) for _, body, digest, sig in rows
            ]
            last, reached = rows[-1][0], entries[-1].hash.hex()
            place = Place(device.device, device.epoch, rows[0][0], last, before, reached)
            yield frames.frame(place, entries)
            after, before = last, reached


def _page(connection: dbapi2.Connection, values: tuple[int, int, int]) -> list[Any]:
    return list(connection.execute(_ENTRIES, values).fetchall())


def _opened(path: Path, key: bytes) -> dbapi2.Connection:
    connection = dbapi2.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        connection.execute(f"PRAGMA key=\"x'{key.hex()}'\"")
        connection.execute("PRAGMA cipher_log_level=NONE")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except dbapi2.Error as cause:
        connection.close()
        raise Refused("seal_broken") from cause
    return connection
