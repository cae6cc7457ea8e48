"""The till's two secrets: the key its databases are encrypted with, and the one it signs with.

They live in `keys.json` (readable by its owner alone) or, where `till.toml` says
`keys = "keyring"`, in the system's keyring. They are made once; a signing key that follows is kept
beside the one before, and nothing but a wipe takes one away.
"""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pos_app.domain.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEYS_FILE: Final = "keys.json"
SEALED_FILE: Final = "keys.sealed"
"""The database key, sealed to the hub: of no use to anybody else."""
WIPED_FILE: Final = "wiped"
"""Says that the keys were destroyed by order, and when."""
KEY_BYTES: Final = 32
_KEYRING_SERVICE: Final = "holdfast"


class Keys:
    """A database key and an Ed25519 signing key; the latter is loaded at its first use.

    While a till changes its key, or was enrolled as another device, `others` are held too: the one
    to come and those of before.
    """

    __slots__ = ("_others", "_private", "_sign_key", "db_key")

    def __init__(self, db_key: bytes, sign_key: bytes, others: tuple[bytes, ...] = ()) -> None:
        if {len(key) for key in (db_key, sign_key, *others)} != {KEY_BYTES}:
            raise ValueError("every key is 32 bytes")
        self.db_key = db_key
        self._sign_key = sign_key
        self._others = others
        self._private: Ed25519PrivateKey | None = None

    @staticmethod
    def create(data: Path) -> Keys:
        """New keys, kept where the till's settings say.

        Raises Refused("keys_exist") and Unavailable("keys_unreadable").
        """
        keys = Keys(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES))
        if kept_in_keyring(data):
            _to_keyring(data, keys._text())
        else:
            _to_file(data / KEYS_FILE, keys._text())
        return keys

    def with_another(self, data: Path) -> Keys:
        """Beside these a new signing key, kept where they are; it signs: `for_public` finds any.

        Durable when this returns. Raises Unavailable("keys_unreadable").
        """
        made = Keys(self.db_key, secrets.token_bytes(KEY_BYTES), (self._sign_key, *self._others))
        if kept_in_keyring(data):
            _to_keyring(data, made._text(), anew=True)
        else:
            _to_file(data / KEYS_FILE, made._text(), anew=True)
        return made

    def for_public(self, public_hex: str) -> Keys | None:
        """The same keys with the signing key of that public half first; None where it is not held."""
        if public_hex == self.public_hex:
            return self
        held = (self._sign_key, *self._others)
        for key in self._others:
            rest = tuple(one for one in held if one != key)
            found = Keys(self.db_key, key, rest)
            if found.public_hex == public_hex:
                return found
        return None

    @property
    def publics(self) -> frozenset[str]:
        """The public halves (hex) of every signing key that is held."""
        return frozenset(
            Keys(self.db_key, key).public_hex for key in (self._sign_key, *self._others)
        )

    @property
    def signers(self) -> tuple[Callable[[bytes], bytes], ...]:
        """What signs with each key that is held, the present one first."""
        return (self.sign, *(Keys(self.db_key, key).sign for key in self._others))

    def _text(self) -> str:
        held: dict[str, object] = {"db_key": self.db_key.hex(), "sign_key": self._sign_key.hex()}
        if self._others:
            held["other_sign_keys"] = [key.hex() for key in self._others]
        return json.dumps(held)

    @staticmethod
    def load(data: Path) -> Keys:
        """The till's keys.

        Raises Refused("keys_missing") for a till that has none, Refused("till_wiped") for one that
        was wiped, Unavailable("keys_unreadable"), and Refused("settings_unreadable") where nobody
        can tell where the keys are.
        """
        try:
            if kept_in_keyring(data):
                return Keys._parsed(_from_keyring(data))
            return Keys.read(data / KEYS_FILE)
        except Refused as error:
            if error.code == "keys_missing" and (data / WIPED_FILE).exists():
                raise Refused("till_wiped") from error
            raise

    @staticmethod
    def read(path: Path) -> Keys:
        """The keys in a file, whatever its name; raises what `load` raises."""
        return Keys._parsed(_from_file(path))

    @staticmethod
    def _parsed(text: str) -> Keys:
        try:
            held = json.loads(text)
            others = tuple(bytes.fromhex(key) for key in held.get("other_sign_keys", ()))
            return Keys(bytes.fromhex(held["db_key"]), bytes.fromhex(held["sign_key"]), others)
        except (ValueError, KeyError, TypeError, AttributeError) as cause:
            raise Unavailable("keys_unreadable") from cause

    def warm(self) -> None:
        """Loads the signing library now, so that the first sale does not wait for it."""
        self._key()

    def sign(self, digest: bytes) -> bytes:
        """The 64-byte Ed25519 signature over a hash."""
        return (self._private or self._key()).sign(digest)

    @property
    def public_hex(self) -> str:
        """The public half of the signing key, hex."""
        return self._key().public_key().public_bytes_raw().hex()

    def _key(self) -> Ed25519PrivateKey:
        if self._private is None:
            from cryptography.hazmat.primitives.asymmetric import ed25519

            self._private = ed25519.Ed25519PrivateKey.from_private_bytes(self._sign_key)
        return self._private


def destroy(data: Path, at: str) -> None:
    """The till's keys, written over and gone; `at` (UTC) is what says later that this was meant.

    What is in its files opens with the key that the hub holds, sealed, and with nothing else.
    Raises Unavailable("keys_unreadable").
    """
    from pos_app.store.schema import flush_directory

    path = data / KEYS_FILE
    try:
        mark = data / WIPED_FILE
        mark.write_text(at, "ascii")
        mark.chmod(0o600)
        if kept_in_keyring(data):
            _from_keyring_away(data)
        for each in (path, path.with_name(path.name + ".new")):
            if each.exists():
                with each.open("r+b") as file:
                    file.write(secrets.token_bytes(max(1, each.stat().st_size)))
                    file.flush()
                    os.fsync(file.fileno())
                each.unlink()
        flush_directory(data)
    except OSError as cause:
        raise Unavailable("keys_unreadable") from cause


def signed_by(public_hex: str, signature: bytes, message: bytes) -> bool:
    """Whether the key with that public half made the Ed25519 signature over `message`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex)).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def kept_in_keyring(data: Path) -> bool:
    """True where the till's settings say that its keys are in the system's keyring."""
    try:
        settings = tomllib.loads((data / "till.toml").read_text("utf-8"))
    except FileNotFoundError:
        return False
    except ValueError as cause:
        raise Refused("settings_unreadable", file="till.toml", where=str(cause)) from cause
    except OSError as cause:
        raise Unavailable("settings_unreadable_now", file="till.toml") from cause
    return bool(settings.get("keys") == "keyring")


def _to_file(path: Path, text: str, *, anew: bool = False) -> None:
    """Whole and durable under its own name, or not there at all: half a key opens nothing."""
    from pos_app.store.schema import flush_directory

    half = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half.unlink(missing_ok=True)  # of a try that the power ended
        if path.exists() and not anew:
            raise Refused("keys_exist")
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        flush_directory(path.parent)
    except OSError as cause:
        raise Unavailable("keys_unreadable") from cause


def _from_file(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except FileNotFoundError:
        raise Refused("keys_missing") from None
    except (OSError, ValueError) as cause:
        raise Unavailable("keys_unreadable") from cause


def _to_keyring(data: Path, text: str, *, anew: bool = False) -> None:
    import keyring
    import keyring.errors

    name = str(data.resolve())
    try:
        if not anew and keyring.get_password(_KEYRING_SERVICE, name) is not None:
            raise Refused("keys_exist")
        keyring.set_password(_KEYRING_SERVICE, name, text)
    except keyring.errors.KeyringError as cause:
        raise Unavailable("keys_unreadable") from cause


def _from_keyring_away(data: Path) -> None:
    import keyring
    import keyring.errors

    try:
        keyring.delete_password(_KEYRING_SERVICE, str(data.resolve()))
    except keyring.errors.PasswordDeleteError:
        return  # it is not there: somebody was quicker
    except keyring.errors.KeyringError as cause:
        raise Unavailable("keys_unreadable") from cause


def _from_keyring(data: Path) -> str:
    import keyring
    import keyring.errors

    try:
        held = keyring.get_password(_KEYRING_SERVICE, str(data.resolve()))
    except keyring.errors.KeyringError as cause:
        raise Unavailable("keys_unreadable") from cause
    if held is None:
        raise Refused("keys_missing")
    return held
