"""Who the hub is: its keys and its feed's name, and how one-time codes are kept."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import bindparam, select

from sync.hub import schema
from sync.hub.answers import Ids
from sync.hub.database import Connection, Statement, putting

_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Letters and digits nobody mistakes for another when read aloud."""
_NAMES_KEPT: Final = 100
_CODE_LENGTH: Final = 12
"""12 of 31 signs: 59 bits, asked for again only after a wait."""

_META = Statement(
    "name", select(schema.meta.c.value).where(schema.meta.c.name == bindparam("name"))
)
_SET_META = putting(schema.meta)


def value_of(connection: Connection, name: str) -> str:
    """A value the hub keeps about itself, or an empty text."""
    found = connection.one(_META, (name,))
    return str(found[0]) if found else ""


def set_value(connection: Connection, name: str, value: str) -> None:
    """Keeps a value about the hub itself."""
    connection.run(_SET_META, (name, value))


@dataclass(frozen=True, slots=True)
class HubKeys:
    """The hub's own keys: one signs acks, one opens what tills sealed to it."""

    signing: Ed25519PrivateKey
    sealing: X25519PrivateKey

    @property
    def public_hex(self) -> str:
        """The Ed25519 public key, hex."""
        return self.signing.public_key().public_bytes_raw().hex()

    @property
    def sealing_hex(self) -> str:
        """The X25519 public key that a till's database key is sealed to, hex."""
        return self.sealing.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """A signature, base64."""
        return base64.b64encode(self.signing.sign(message)).decode()


def make_identity(connection: Connection, ids: Ids) -> None:
    """Gives a new hub its keys and its feed a name nobody has used."""
    set_value(connection, "signing_key", ids.token(32).hex())
    set_value(connection, "sealing_key", ids.token(32).hex())
    name_feed(connection, ids)


def name_feed(connection: Connection, ids: Ids) -> str:
    """Gives the hub's feed a name nobody has used."""
    name = ids.token(8).hex()
    set_value(connection, "feed", name)
    given = [*feed_names(connection), name][-_NAMES_KEPT:]
    set_value(connection, "feeds", " ".join(given))
    return name


def feed_names(connection: Connection) -> list[str]:
    """The names this hub's feed has had; none where an earlier version did not note them."""
    return value_of(connection, "feeds").split()


def load_keys(connection: Connection) -> HubKeys:
    """The keys made by `make_identity`."""
    return HubKeys(
        Ed25519PrivateKey.from_private_bytes(bytes.fromhex(value_of(connection, "signing_key"))),
        X25519PrivateKey.from_private_bytes(bytes.fromhex(value_of(connection, "sealing_key"))),
    )


def feed_name(connection: Connection) -> str:
    """The random name of this hub's feed; another one means: start from the beginning."""
    return value_of(connection, "feed")


def new_code(ids: Ids) -> str:
    """A one-time code in three groups, for instance `K7QM-2XPD-9RTA`."""
    signs: list[str] = []
    while len(signs) < _CODE_LENGTH:
        # Bytes beyond the last whole multiple are thrown away: every sign is equally likely.
        signs += [_ALPHABET[byte % 31] for byte in ids.token(16) if byte < 248]
    text = "".join(signs[:_CODE_LENGTH])
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def code_hash(code: str) -> str:
    """What is kept of a code; case, hyphens and spaces do not matter."""
    bare = "".join(sign for sign in code.upper() if sign.isalnum())
    return sha256(b"HF-CODE\x00" + bare.encode()).hexdigest()
