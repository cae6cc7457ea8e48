"""The hub's own journal: what people decided there, chained and signed like a till's.

Who settled an exception, put a quarantined entry in again, took a till out or overrode a rule is
written in the transaction that does it, as one more entry of the `event` table: device `hub`, signed
by the hub's key. A till sends none of these, so a fact of a person at the hub can be proven like one
of a person at a till. `verify` says what of the chain does not hold.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import bindparam, select

from sync.hub import schema
from sync.hub.answers import Ids, stamp
from sync.hub.database import Connection, Statement, adding
from sync.hub.identity import HubKeys, set_value, value_of
from sync.hub.numbers import next_n
from sync.protocol import ClockReading, Fact, encode_fact, entry_hash, genesis_hash

DEVICE: Final = "hub"
"""What the entries carry where a till's carry its id; a till's is a UUID, so nobody has it."""
OWN: Final = "own"
"""What became of such an entry: it was done in the transaction that wrote it."""

_F = TypeVar("_F", bound=Fact)
_e = schema.event.c
_ADD = adding(schema.event)
_LAST = Statement(
    "device",
    select(_e.epoch, _e.seq, _e.hash)
    .where(_e.device == bindparam("device"))
    .order_by(_e.epoch.desc(), _e.seq.desc()),
)
_ALL = Statement(
    "device",
    select(_e.n, _e.epoch, _e.seq, _e.id, _e.type, _e.hash, _e.sig, _e.body)
    .where(_e.device == bindparam("device"))
    .order_by(_e.epoch, _e.seq),
)


def head(now: dt.datetime, ids: Ids, *, store: str = "", actor: str = "") -> dict[str, Any]:
    """What every fact needs, for one of the hub's own; `append` gives it its place in the chain.

    `actor` is a staff id, or the name of whoever sat at the hub.
    """
    return {
        "dev": DEVICE,
        "epoch": 0,
        "seq": 0,
        "id": ids.uuid(),
        "store": store,
        "till": "",
        "biz_date": now.date().isoformat(),
        "t": ClockReading(stamp(now)),
        "actor": actor,
    }


def append(connection: Connection, keys: HubKeys, fact: _F, now: dt.datetime) -> tuple[int, _F]:
    """Writes a fact as the chain's next entry: the hub's number of it, and the fact as it stands.

    Called inside the transaction that does what the fact tells of.
    """
    connection.lock_name(f"journal:{DEVICE}")
    epoch = _epoch(connection)
    last = connection.one(_LAST, (DEVICE,))
    if last is None or last[0] != epoch:
        seq, before = 1, _genesis(keys.public_hex, epoch, bytes(last[2]) if last else b"")
    else:
        seq, before = int(last[1]) + 1, bytes(last[2])
    placed = msgspec.structs.replace(fact, dev=DEVICE, epoch=epoch, seq=seq)
    body = encode_fact(placed)
    own = entry_hash(before, body)
    n = next_n(connection)
    kind = str(type(fact).__struct_config__.tag)
    row = (n, DEVICE, epoch, seq, placed.id, kind, own, keys.signing.sign(own), body)
    connection.run(_ADD, (*row, stamp(now), OWN, None))
    return n, placed


def begin_epoch(connection: Connection) -> int:
    """Another life of this journal, after a restore that may have lost its tail; its number."""
    epoch = _epoch(connection) + 1
    set_value(connection, "own_epoch", str(epoch))
    return epoch


def lived_before(connection: Connection) -> bool:
    """True where this hub goes on from a copy: what it did after that was made it may not know."""
    return _epoch(connection) > 1


def verify(connection: Connection, public_hex: str) -> Iterator[str]:
    """What does not hold: a hash, a signature, a gap, an index that says other than its entry."""
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex))
    epoch, seq, before = 0, 0, b""
    for n, at_epoch, at_seq, fact_id, kind, own, sig, body in connection.each(_ALL, (DEVICE,)):
        if at_epoch != epoch:
            epoch, seq, before = at_epoch, 0, _genesis(public_hex, at_epoch, before)
        where = f"entry {n} (hub {at_epoch}.{at_seq})"
        if at_seq != seq + 1:
            yield f"{where}: entries before it are missing"
        if entry_hash(before, bytes(body)) != bytes(own):
            yield f"{where}: its hash is not that of its bytes"
        try:
            key.verify(bytes(sig), bytes(own))
        except InvalidSignature:
            yield f"{where}: the hub's key did not sign it"
        if _told(bytes(body)) != (DEVICE, at_epoch, at_seq, fact_id, kind):
            yield f"{where}: its columns say other than its body"
        seq, before = at_seq, bytes(own)


def _told(body: bytes) -> tuple[object, ...]:
    try:
        fact = msgspec.json.decode(body)
        return tuple(fact[name] for name in ("dev", "epoch", "seq", "id", "type"))
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError):
        return ()


def _epoch(connection: Connection) -> int:
    return int(value_of(connection, "own_epoch") or 1)


def _genesis(public_hex: str, epoch: int, last_hash: bytes) -> bytes:
    """The hub gives itself no enrolment nonce: its key stands for it."""
    nonce = sha256(b"HF-HUB\x00" + bytes.fromhex(public_hex)).digest()[:16]
    return genesis_hash(DEVICE, epoch, nonce, last_hash)
