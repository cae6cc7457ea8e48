"""A secret sealed to the hub's public key: only the hub opens it, and nobody can change it.

X25519 with a key used once, HKDF-SHA256, ChaCha20-Poly1305. A till seals its database key at
enrolment, so that a till whose keyring is lost can be opened again with the hub's help.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from pos_app.domain.errors import Refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

_TAG: Final = b"HF-SEAL\x00"
_NONCE: Final = bytes(12)
"""May be constant: each sealing has a key of its own."""
_KEY_BYTES: Final = 32


def seal(secret: bytes, hub_key: str) -> str:
    """`secret` sealed to the hub's X25519 public key (hex), base64.

    Raises Refused("hub_key_bad") where that is no such key.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    try:
        public = bytes.fromhex(hub_key)
        once = X25519PrivateKey.generate()
        shared = once.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as cause:
        raise Refused("hub_key_bad") from cause
    mine = once.public_key().public_bytes_raw()
    return base64.b64encode(
        mine + _box(shared, mine + public).encrypt(_NONCE, secret, _TAG)
    ).decode()


def unseal(sealed: str, private: bytes) -> bytes:
    """What was sealed to the key whose private half (32 bytes) this is.

    Raises Refused("seal_broken") for anything else.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    try:
        raw = base64.b64decode(sealed, validate=True)
        key = X25519PrivateKey.from_private_bytes(private)
        theirs = raw[:_KEY_BYTES]
        shared = key.exchange(X25519PublicKey.from_public_bytes(theirs))
        public = key.public_key().public_bytes_raw()
        opened: bytes = _box(shared, theirs + public).decrypt(_NONCE, raw[_KEY_BYTES:], _TAG)
    except (InvalidTag, ValueError, binascii.Error) as cause:
        raise Refused("seal_broken") from cause
    return opened


def _box(shared: bytes, keys: bytes) -> ChaCha20Poly1305:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return ChaCha20Poly1305(HKDF(SHA256(), _KEY_BYTES, salt=None, info=_TAG + keys).derive(shared))
