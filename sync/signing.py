"""Requests signed by a device's key (RFC 9421), both sides: till and hub use this one module.

Covered are method, authority, path, query and the digest of the body, with creation, expiry and
a nonce: a request whose body, path or query was swapped is refused. That a nonce is used once is
for the hub to see to, which has somewhere to remember it (for `REMEMBER_S` seconds).
"""

from __future__ import annotations

import datetime as dt
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from pos_app.domain.errors import PosError, Refused

COVERED: Final = ("@method", "@authority", "@path", "@query", "content-digest")
TAG: Final = "holdfast"
LIFETIME_S: Final = 120
"""How long a signed request is good for."""
SKEW_S: Final = 180
"""How far the clocks of till and hub may differ: a till signs by the hub's time as it last
measured it, so only drift since then counts."""
REMEMBER_S: Final = LIFETIME_S + 2 * SKEW_S
"""After so many seconds a nonce may be forgotten: its request has expired for good."""
_HEADERS_MAX: Final = 4096
_ID_MAX: Final = 128


class Signer(NamedTuple):
    """Who signed a request (`keyid`, the device) and the nonce it may be used with once."""

    keyid: str
    nonce: str


class _Message:
    """The little that the library reads of a request."""

    def __init__(self, method: str, url: str, headers: Mapping[str, str]) -> None:
        self.method = method
        self.url = url
        self.headers: dict[str, str] = dict(headers)


def sign_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    keyid: str,
    sign: Callable[[bytes], bytes],
    now: dt.datetime,
    nonce: str,
) -> dict[str, str]:
    """`headers` with Content-Digest, Signature-Input and Signature added.

    `url` is absolute, as it will be sent; `body` the bytes on the wire (compressed ones if it is
    compressed); `sign` an Ed25519 signature over what it is given; `now` is aware, and the hub's
    time as well as the till knows it.
    """
    signer, _ = _library()
    message = _Message(method.upper(), url, headers)
    prepared = signer.prepare(
        message,
        key_id=keyid,
        created=now,
        expires=now + dt.timedelta(seconds=LIFETIME_S),
        nonce=nonce,
        label=TAG,
        tag=TAG,
        covered_component_ids=COVERED,
        body=body,
    )
    # As the library's own `apply`, which would resolve every component once more to find out
    # whether somebody changed the message meanwhile.
    signature = b64encode(sign(prepared.signature_base)).decode()
    message.headers["Signature-Input"] = f"{TAG}={prepared.signature_params}"
    message.headers["Signature"] = f"{TAG}=:{signature}:"
    return message.headers


def verify_request(
    method: str,
    authority: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    public_key_for: Callable[[str], bytes | None],
    now: dt.datetime,
) -> Signer:
    """The device that signed this very request; nothing of it may be trusted before.

    `path` and `query` are as they stood on the request line (percent-encoded, no `?`), `body`
    the bytes before any decompression, `public_key_for` the raw 32 bytes of a key id, or None; a
    `PosError` that it raises comes through. Raises Refused: `signature_missing`,
    `signature_expired` (the clocks disagree or it is old), `signature_invalid` (swapped, forged,
    malformed, or signed by a stranger).
    """
    fields = {name.lower(): value for name, value in headers.items()}
    given = fields.get("signature-input", ""), fields.get("signature", "")
    if not all(given):
        raise Refused("signature_missing")
    if sum(map(len, given)) > _HEADERS_MAX:
        raise Refused("signature_invalid")
    _, verifier_class = _library()
    target = f"{path}?{query}" if query else path
    message = _Message(method.upper(), f"http://{authority}{target}", headers)
    try:
        found = verifier_class(public_key_for, now).verify(
            message, max_age=None, expect_tag=TAG, require_components=COVERED, body=body
        )
    except PosError:
        raise
    except Exception as error:
        if isinstance(error.__cause__, PosError):
            raise error.__cause__ from None  # what `public_key_for` said
        # The library and what lies under it raise many kinds for bytes from a stranger; each
        # of them means the same: this request is not proven to come from a device.
        raise Refused("signature_invalid") from error
    if len(found) != 1:
        raise Refused("signature_invalid")
    keyid, nonce = str(found[0].parameters["keyid"]), found[0].nonce
    if not nonce or len(nonce) > _ID_MAX:
        raise Refused("signature_invalid")
    return Signer(keyid, nonce)


@cache
def _library() -> tuple[Any, Any]:
    """A signer, and a verifier class that takes its time from a parameter.

    Imported at the first signed request: 45 ms that a starting window does not pay.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from http_message_signatures import (
        HTTPMessageSigner,
        HTTPMessageVerifier,
        HTTPSignatureKeyResolver,
    )
    from http_message_signatures.algorithms import ED25519

    class KeyById(HTTPSignatureKeyResolver):
        def __init__(self, public_key_for: Callable[[str], bytes | None]) -> None:
            self._public_key_for = public_key_for

        def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
            raw = self._public_key_for(key_id) if len(key_id) <= _ID_MAX else None
            return None if raw is None else Ed25519PublicKey.from_public_bytes(raw)

    class Verifier(HTTPMessageVerifier):
        """The library's, but `now` is a parameter and an expiry is asked for."""

        def __init__(self, public_key_for: Callable[[str], bytes | None], now: dt.datetime) -> None:
            super().__init__(signature_algorithm=ED25519, key_resolver=KeyById(public_key_for))
            self._now_s = int(now.timestamp())

        def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
            """Refused("signature_expired") outside the window, by our own clock."""
            del max_age
            created = sig_input.params.get("created")
            expires = sig_input.params.get("expires")
            if type(created) is not int or type(expires) is not int:
                raise Refused("signature_invalid")
            if not 0 < expires - created <= LIFETIME_S:
                raise Refused("signature_invalid")
            if not created - SKEW_S <= self._now_s <= expires + SKEW_S:
                raise Refused("signature_expired")

    return HTTPMessageSigner(signature_algorithm=ED25519), Verifier
