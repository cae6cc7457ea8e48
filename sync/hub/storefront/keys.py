"""A website's two keys: one that stands in its pages, one that only its own server knows."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import bindparam, select, update

from pos_app.domain.day import utc_text
from pos_app.domain.errors import Refused
from sync.hub.answers import Ids
from sync.hub.database import Connection, Statement, adding, dropping
from sync.hub.identity import HubKeys
from sync.hub.storefront.tables import storefront

ACTIVE, STOPPED = "active", "stopped"
PUBLIC, SECRET, ORDER = "pk_", "sk_", "ot_"
"""How a public key, a secret key and an order's token begin."""
READS_A_MINUTE: Final = 6_000
"""Of one storefront, all its visitors together."""
OVERLAP: Final = dt.timedelta(days=1)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}").fullmatch
_KEY: Final = re.compile(r"(?:pk|sk|ot)_[A-Za-z0-9]{32,80}").fullmatch

_s = storefront.c
_ADD = adding(storefront)
_EVERY = Statement("", select(*_s).order_by(_s.storefront_id))
_ONE = Statement("id", select(*_s).where(_s.storefront_id == bindparam("id")))
_PUBLIC = Statement("key", select(*_s).where(_s.public_key == bindparam("key")))
_DROP = dropping(storefront, "storefront_id")
_TURN = Statement(
    "new former until wanted",
    update(storefront)
    .where(_s.storefront_id == bindparam("wanted"))
    .values(
        secret_hash=bindparam("new"),
        old_secret_hash=bindparam("former"),
        old_until=bindparam("until"),
    ),
)
_SET = Statement(
    "pages rate state_ wanted",
    update(storefront)
    .where(_s.storefront_id == bindparam("wanted"))
    .values(
        origins=bindparam("pages"), state=bindparam("state_"), reads_a_minute=bindparam("rate")
    ),
)


@dataclass(frozen=True, slots=True)
class Storefront:
    """A website or an app; of its secret key there is only a hash."""

    storefront_id: str
    name: str
    public_key: str
    secret_hash: str = field(repr=False)
    old_secret_hash: str = field(repr=False)
    old_until: str
    origins: str
    reads_a_minute: int
    state: str
    made: str

    def allows(self, origin: str) -> bool:
        """Whether a page from there may ask; somebody who is no page says no origin."""
        return not origin or "*" in self.origins.split() or origin in self.origins.split()


def every(connection: Connection) -> list[Storefront]:
    """All of them."""
    return [_read(row) for row in connection.all(_EVERY)]


def named(connection: Connection, name: str) -> Storefront:
    """The one that is called so. Raises Refused("storefront_unknown")."""
    row = connection.one(_ONE, (name,))
    if row is None:
        raise Refused("storefront_unknown", name=name)
    return _read(row)


def _read(row: tuple[object, ...]) -> Storefront:
    return Storefront(*row)  # type: ignore[arg-type]


def by_public(connection: Connection, key: str) -> Storefront | None:
    """Whose public key that is; None where nobody's, or one that was stopped."""
    row = connection.one(_PUBLIC, (key,)) if _KEY(key) and key.startswith(PUBLIC) else None
    found = _read(row) if row is not None else None
    return found if found is not None and found.state == ACTIVE else None


def by_secret(connection: Connection, key: str, now: dt.datetime) -> Storefront | None:
    """Whose secret key that is. Every hash is looked at, so time says nothing."""
    if not (_KEY(key) and key.startswith(SECRET)):
        return None
    told, at, fits = _hash(key), utc_text(now), None
    for one in every(connection):
        same = hmac.compare_digest(told, one.secret_hash)
        former = hmac.compare_digest(told, one.old_secret_hash or "-") and at < one.old_until
        if (same or former) and one.state == ACTIVE:
            fits = one
    return fits


def _hash(key: str) -> str:
    """128 bits and more of chance need no salt."""
    return hashlib.sha256(b"HF-STOREFRONT\x00" + key.encode()).hexdigest()


def add(
    connection: Connection, name: str, told: str, origins: list[str], ids: Ids, now: dt.datetime
) -> tuple[Storefront, str]:
    """A new one, and its secret key, which is shown once.

    Raises Refused("storefront_exists" | "origin_bad").
    """
    if not _NAME(name) or connection.one(_ONE, (name,)) is not None:
        raise Refused("storefront_exists", name=name)
    secret = SECRET + ids.token(32).hex()
    made = Storefront(
        *(name, told or name, PUBLIC + ids.token(16).hex(), _hash(secret), "", ""),
        *(" ".join(checked(one) for one in origins), READS_A_MINUTE, ACTIVE, utc_text(now)),
    )
    connection.run(_ADD, tuple(getattr(made, slot) for slot in Storefront.__slots__))
    return made, secret


def given(connection: Connection, name: str, told: str, secret: str) -> Storefront:
    """One whose secret its maker knows beforehand: made where there is none, its key as said."""
    row = connection.one(_ONE, (name,))
    if row is None:
        public = PUBLIC + hashlib.sha256(b"HF-PUBLIC\x00" + secret.encode()).hexdigest()[:32]
        texts = (name, told, public, _hash(secret), "", "", "")
        connection.run(_ADD, (*texts, READS_A_MINUTE, ACTIVE, ""))
    return named(connection, name)


def checked(origin: str) -> str:
    """An origin as browsers say it. Raises Refused("origin_bad")."""
    if origin == "*":
        return origin
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError as cause:
        raise Refused("origin_bad", origin=origin[:200]) from cause
    plain = parts.scheme in ("http", "https") and parts.hostname and origin.isascii()
    whole = f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port else "")
    if not plain or origin.rstrip("/").lower() != whole:
        raise Refused("origin_bad", origin=origin[:200])
    return whole


def rotate(connection: Connection, name: str, ids: Ids, now: dt.datetime) -> str:
    """Another secret key; the one before is good for a day. Raises Refused("storefront_unknown")."""
    found, secret = named(connection, name), SECRET + ids.token(32).hex()
    until = utc_text(now + OVERLAP)
    connection.run(_TURN, (_hash(secret), found.secret_hash, until, found.storefront_id))
    return secret


def change(
    connection: Connection,
    name: str,
    *,
    origins: list[str] | None = None,
    state: str = "",
    reads_a_minute: int = 0,
) -> Storefront:
    """What is given is changed, the rest stays. Raises Refused."""
    found = named(connection, name)
    pages = found.origins if origins is None else " ".join(checked(one) for one in origins)
    rate = reads_a_minute or found.reads_a_minute
    connection.run(_SET, (pages, rate, state or found.state, found.storefront_id))
    return named(connection, name)


def remove(connection: Connection, name: str) -> None:
    """It may ask nothing any more; what was ordered there stays. Raises Refused."""
    connection.run(_DROP, (named(connection, name).storefront_id,))


# --- the token of one order --------------------------------------------------------------------


def order_token(keys: HubKeys, order_id: str) -> str:
    """What lets a customer's page see one order; it follows from the hub's own key."""
    own = hashlib.sha256(b"HF-ORDER-TOKEN\x00" + keys.signing.private_bytes_raw()).digest()
    return ORDER + hmac.digest(own, order_id.encode(), "sha256").hex()


def is_token(keys: HubKeys, order_id: str, given: str) -> bool:
    """Whether it is that order's."""
    return hmac.compare_digest(order_token(keys, order_id).encode(), given.encode())
