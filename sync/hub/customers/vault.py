"""How people's data is sealed and found: a key for each person, keyed tokens for looking them up.

The hub's own two keys stand sealed in the database, and what opens those stands apart from it
(`channels.keeping`). So who has a copy of the database alone can neither read a name nor try whether
an address is in it; and whose key was deleted is gone from every copy of the rows.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from sqlalchemy import bindparam, select

from pos_app.domain.errors import Refused
from sync.hub import schema
from sync.hub.channels import keeping
from sync.hub.database import Connection, Statement, adding, dropping
from sync.hub.identity import set_value, value_of

_NAME: Final = "customer_keys"
_NONCE: Final = 12
_KEY: Final = 32

_k = schema.customer_key.c
_WRAPPED = Statement("customer", select(_k.wrapped).where(_k.customer == bindparam("customer")))
_ADD = adding(schema.customer_key, ignore=True)
_DROP = dropping(schema.customer_key, "customer")


@dataclass(frozen=True, slots=True)
class Vault:
    """The hub's keys of customers' data, opened."""

    wrapping: bytes
    marking: bytes

    def key_of(self, connection: Connection, customer: str) -> bytes | None:
        """The key of a person; None for somebody who has none: unknown, or erased."""
        found = connection.one(_WRAPPED, (customer,))
        return None if found is None else _open(self.wrapping, customer, str(found[0]))

    def make_key(self, connection: Connection, customer: str) -> bytes:
        """A key for a new person; the one there is for a known one."""
        wrapped = _seal(self.wrapping, customer, os.urandom(_KEY))
        connection.run(_ADD, (customer, wrapped))
        made = self.key_of(connection, customer)
        if made is None:
            raise Refused("secrets_key_bad")
        return made

    def mark(self, kind: str, text: str) -> str:
        """A keyed hash: the same for the same text, and nobody without the key can try texts."""
        return hmac.digest(self.marking, f"{kind}\0{text}".encode(), sha256)[:16].hex()


def load(connection: Connection) -> Vault:
    """The keys, made where there are none; in a transaction then.

    Raises Refused("secrets_key_missing" | "secrets_key_bad").
    """
    sealed = value_of(connection, _NAME)
    if not sealed:
        connection.lock_name("customer-keys")
        sealed = value_of(connection, _NAME)
    if not sealed:
        fresh = {name: os.urandom(_KEY).hex() for name in ("wrapping", "marking")}
        sealed = keeping.seal(connection, _NAME, fresh)
        set_value(connection, _NAME, sealed)
    told = keeping.unseal(connection, _NAME, sealed)
    return Vault(bytes.fromhex(told["wrapping"]), bytes.fromhex(told["marking"]))


def opened(connection: Connection) -> Vault | None:
    """The keys for who only reads; None where there are none, or they cannot be opened."""
    sealed = value_of(connection, _NAME)
    if not sealed:
        return None
    try:
        told = keeping.unseal(connection, _NAME, sealed)
    except Refused:
        return None
    return Vault(bytes.fromhex(told["wrapping"]), bytes.fromhex(told["marking"]))


def forget(connection: Connection, customer: str) -> None:
    """A person's key goes: whatever was sealed under it says nothing any more."""
    connection.run(_DROP, (customer,))


def seal(key: bytes, what: str, text: bytes) -> str:
    """A text sealed under a person's key, for one purpose."""
    return _seal(key, what, text)


def unseal(key: bytes, what: str, sealed: str) -> bytes:
    """What was sealed so; empty for an empty text. Raises Refused("secrets_key_bad")."""
    return _open(key, what, sealed) if sealed else b""


def unseal_json(key: bytes, what: str, sealed: str) -> dict[str, str]:
    """The same of an object of texts."""
    text = unseal(key, what, sealed)
    return dict(json.loads(text)) if text else {}


def _seal(key: bytes, what: str, text: bytes) -> str:
    nonce = os.urandom(_NONCE)
    return base64.b64encode(
        nonce + ChaCha20Poly1305(key).encrypt(nonce, text, what.encode())
    ).decode()


def _open(key: bytes, what: str, sealed: str) -> bytes:
    try:
        raw = base64.b64decode(sealed, validate=True)
        opened_: bytes = ChaCha20Poly1305(key).decrypt(raw[:_NONCE], raw[_NONCE:], what.encode())
    except (InvalidTag, ValueError, binascii.Error) as cause:
        raise Refused("secrets_key_bad") from cause
    return opened_
