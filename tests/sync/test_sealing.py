"""What is sealed to the hub only the hub opens."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from pos_app.domain.errors import Refused
from sync.sealing import seal, unseal

HUB = X25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = HUB.public_key().public_bytes_raw().hex()


def test_only_the_hub_opens_it() -> None:
    sealed = seal(b"secret" * 6, PUBLIC)
    assert unseal(sealed, bytes(range(32))) == b"secret" * 6
    with pytest.raises(Refused, match="seal_broken"):
        unseal(sealed, bytes(range(1, 33)))


def test_two_sealings_of_one_secret_look_different() -> None:
    assert seal(b"x", PUBLIC) != seal(b"x", PUBLIC)


def test_a_changed_byte_is_noticed() -> None:
    raw = base64.b64decode(seal(b"secret", PUBLIC))
    for place in range(len(raw)):
        bad = bytearray(raw)
        bad[place] ^= 1
        with pytest.raises(Refused, match="seal_broken"):
            unseal(base64.b64encode(bad).decode(), bytes(range(32)))


@pytest.mark.parametrize("text", ["", "!", "AAAA", "é"])
def test_garbage_is_no_seal(text: str) -> None:
    with pytest.raises(Refused, match="seal_broken"):
        unseal(text, bytes(range(32)))


@pytest.mark.parametrize("key", ["", "zz", "00" * 31, "00" * 32])
def test_a_bad_hub_key_is_told(key: str) -> None:
    with pytest.raises(Refused, match="hub_key_bad"):
        seal(b"x", key)
