"""What is kept of shops and for how long: secrets sealed, raw bodies for a month, people forgotten.

The key that opens the secrets stands apart from the database: in a file beside it that only its
owner reads, or in the environment. Who has a copy of the database alone has none of them.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_plus

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from sqlalchemy import bindparam, delete, func, literal_column, select, update

from pos_app.domain.errors import Refused
from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement

KEY_VARIABLE: Final = "HOLDFAST_SECRETS_KEY"
"""64 hex digits; for a hub whose database is a server, and for whoever keeps keys elsewhere."""
RAW_DAYS: Final = 30
"""How long what a shop sent is kept word for word: it holds names and addresses."""
ROW_DAYS: Final = 400
"""How long it is known that something came; longer than any shop repeats itself."""
_NONCE: Final = 12
_FORM: Final = "1:"

_i, _o = schema.channel_inbox.c, schema.channel_outbox.c
_EMPTY = Statement(
    "nothing channel_ before",
    update(schema.channel_inbox)
    .where(
        _i.channel == bindparam("channel_"),
        _i.received < bindparam("before"),
        _i.state != literal_column("'new'"),
        func.length(_i.raw) > literal_column("0"),
    )
    .values(raw=bindparam("nothing")),
)
_FORGET = Statement(
    "channel before",
    delete(schema.channel_inbox).where(
        _i.channel == bindparam("channel"),
        _i.received < bindparam("before"),
        _i.state != literal_column("'new'"),
    ),
)
_FORGET_TOLD = Statement(
    "channel before",
    delete(schema.channel_outbox).where(
        _o.channel == bindparam("channel"),
        _o.made < bindparam("before"),
        _o.state == literal_column("'done'"),
    ),
)
_RAW = Statement(
    "channel",
    select(_i.delivery, _i.body_hash, _i.external_id, _i.raw).where(
        _i.channel == bindparam("channel"), func.length(_i.raw) > literal_column("0")
    ),
)
_WIPE = Statement(
    "nothing channel_ delivery_ hash_",
    update(schema.channel_inbox)
    .where(
        _i.channel == bindparam("channel_"),
        _i.delivery == bindparam("delivery_"),
        _i.body_hash == bindparam("hash_"),
    )
    .values(raw=bindparam("nothing")),
)


# --- secrets ----------------------------------------------------------------------------------


def seal(connection: Connection, purpose: str, secret: Any) -> str:
    """Something that JSON can say, sealed for `purpose`; the key is made where there is none.

    Raises Refused("secrets_key_missing" | "secrets_key_bad").
    """
    nonce = os.urandom(_NONCE)
    text = json.dumps(secret, ensure_ascii=False).encode()
    box = ChaCha20Poly1305(_key(connection, make=True))
    return _FORM + base64.b64encode(nonce + box.encrypt(nonce, text, purpose.encode())).decode()


def unseal(connection: Connection, purpose: str, sealed: str) -> Any:
    """What was sealed. Raises Refused("secrets_key_missing" | "secrets_key_bad")."""
    return json.loads(_opened(_key(connection, make=False), purpose, sealed))


@lru_cache(maxsize=256)
def _opened(key: bytes, purpose: str, sealed: str) -> str:
    try:
        raw = base64.b64decode(sealed.removeprefix(_FORM), validate=True)
        opened = ChaCha20Poly1305(key).decrypt(raw[:_NONCE], raw[_NONCE:], purpose.encode())
    except (InvalidTag, ValueError, binascii.Error) as cause:
        raise Refused("secrets_key_bad") from cause
    return opened.decode()


def _key(connection: Connection, *, make: bool) -> bytes:
    given = os.environ.get(KEY_VARIABLE, "")
    if given:
        return _read(given)
    path = None if connection.shared else _beside(connection)
    if path is None:
        raise Refused("secrets_key_missing", name=KEY_VARIABLE)
    try:
        return _read(path.read_text(encoding="ascii").strip())
    except FileNotFoundError as cause:
        if not make:
            raise Refused("secrets_key_missing", name=KEY_VARIABLE) from cause
    _make(path)
    return _read(path.read_text(encoding="ascii").strip())


def _make(path: Path) -> None:
    """A key on the disk before anything is sealed with it; one that another made is left."""
    half = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.write(handle, os.urandom(32).hex().encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(half, path)
    except FileExistsError:
        pass
    finally:
        half.unlink()


def _beside(connection: Connection) -> Path | None:
    """Where the key of a database that is a file is kept."""
    for _, name, path in connection.text("PRAGMA database_list"):
        if name == "main" and path:
            return Path(f"{path}.key")
    return None


def _read(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise Refused("secrets_key_bad")
    return key


# --- what is let go ---------------------------------------------------------------------------


def tidy(connection: Connection, channel: str, now: dt.datetime) -> None:
    """Empties and drops what was kept long enough; what still waits is kept, however old."""
    connection.run(_EMPTY, (b"", channel, stamp(now - dt.timedelta(days=RAW_DAYS))))
    before = stamp(now - dt.timedelta(days=ROW_DAYS))
    connection.run(_FORGET, (channel, before))
    connection.run(_FORGET_TOLD, (channel, before))


def erase(connection: Connection, channel: str, person: str, orders: tuple[str, ...] = ()) -> int:
    """Empties every body that names a person (an address, a number, an id), or one of `orders`.

    How many those were. What was booked of the orders is not here.
    """
    wanted = _written(person)
    found = [
        (str(delivery), str(body_hash))
        for delivery, body_hash, external_id, raw in connection.all(_RAW, (channel,))
        if external_id in orders or any(one in bytes(raw).lower() for one in wanted)
    ]
    connection.many(_WIPE, [(b"", channel, *each) for each in found])
    return len(found)


def wipe(connection: Connection, channel: str, delivery: str, body_hash: str) -> None:
    """Empties one body."""
    connection.run(_WIPE, (b"", channel, delivery, body_hash))


def empty(connection: Connection, channel: str) -> int:
    """Empties every body that a shop sent and that was read: it is gone for good. How many."""
    rows = connection.all(_RAW, (channel,))
    connection.many(_WIPE, [(b"", channel, str(row[0]), str(row[1])) for row in rows])
    return len(rows)


def _written(person: str) -> tuple[bytes, ...]:
    """How a body may spell it: as it is, as JSON escapes it, as a form does."""
    plain = person.strip().lower()
    if not plain:
        return ()
    ways = {plain, json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1]}
    ways |= {quote_plus(plain).lower(), json.dumps(plain)[1:-1].replace("/", "\\/")}
    return tuple(way.encode() for way in sorted(ways))
