"""Requests signed by a device's key, both sides: till and hub use this one module.

One fixed profile of RFC 9421 (HTTP Message Signatures) with RFC 9530 (Content-Digest), and nothing
beside it: one signature labelled `holdfast`, five covered components in one order, six parameters
in one order, Ed25519, SHA-256. Because the profile is fixed there is one right text for each
header; whatever is written in any other way is refused, also what the RFC would read as the same.
Any library of the RFC can make and check these signatures (a test has one do both).

Covered are method, authority, path, query and the digest of the body, with creation, expiry and
a nonce: a request whose body, path or query was swapped is refused. That a nonce is used once is
for the hub to see to, which has somewhere to remember it (for `REMEMBER_S` seconds).
"""

from __future__ import annotations

import binascii
import datetime as dt
import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from pos_app.domain.errors import Refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TAG: Final = "holdfast"
COVERED: Final = ("@method", "@authority", "@path", "@query", "content-digest")
LIFETIME_S: Final = 120
"""How long a signed request is good for."""
SKEW_S: Final = 180
"""How far the clocks of till and hub may differ: a till signs by the hub's time as it last
measured it, so only drift since then counts."""
REMEMBER_S: Final = LIFETIME_S + 2 * SKEW_S
"""After so many seconds a nonce may be forgotten: its request has expired for good."""

_NAME: Final = r"[A-Za-z0-9._~-]{1,128}"
_NAMED: Final = re.compile(_NAME, re.ASCII)
"""What a key id or a nonce may look like."""
_COMPONENTS: Final = " ".join(f'"{name}"' for name in COVERED)
_INPUT: Final = re.compile(
    rf"{TAG}=(?P<params>\({re.escape(_COMPONENTS)}\)"
    rf';created=(?P<created>[1-9][0-9]{{0,11}});keyid="(?P<keyid>{_NAME})";alg="ed25519"'
    rf';expires=(?P<expires>[1-9][0-9]{{0,11}});nonce="(?P<nonce>{_NAME})";tag="{TAG}")',
    re.ASCII,
)
_SIGNATURE: Final = re.compile(rf"{TAG}=:(?P<signature>[A-Za-z0-9+/]{{86}}==):", re.ASCII)
_INPUT_MAX: Final = 1024
_LINES: Final = len(COVERED)
"""Line breaks in what is signed: one between any two of its lines."""
_SIGNED_HEADERS: Final = ("content-digest", "signature-input", "signature")
_DEFAULT_PORT: Final = {"http": ":80", "https": ":443"}


class Signer(NamedTuple):
    """Who signed a request (`keyid`, the device) and the nonce it may be used with once."""

    keyid: str
    nonce: str


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
    """`headers`, their names in small letters, with the three that make it a signed request.

    `url` is absolute, as it will be sent; `body` the bytes on the wire (compressed ones if it is
    compressed); `sign` an Ed25519 signature over what it is given; `now` is aware, and the hub's
    time as well as the till knows it. Raises ValueError for what no profile of ours can hold.
    """
    if not (_NAMED.fullmatch(keyid) and _NAMED.fullmatch(nonce)):
        raise ValueError(f"not a key id and a nonce: {keyid!r} {nonce!r}")
    parts = urlsplit(url)
    port = _DEFAULT_PORT.get(parts.scheme)
    if port is None or not parts.netloc or "@" in parts.netloc:
        raise ValueError(f"not the address of a request: {url!r}")
    created = int(now.timestamp())
    params = (
        f'({_COMPONENTS});created={created};keyid="{keyid}";alg="ed25519"'
        f';expires={created + LIFETIME_S};nonce="{nonce}";tag="{TAG}"'
    )
    digest = _digest(body)
    authority = parts.netloc.lower().removesuffix(port)
    signed = _base(method.upper(), authority, parts.path, parts.query, digest, params)
    if signed is None:
        raise ValueError(f"not a text that can be signed: {method!r} {url!r}")
    given = {name.lower(): value for name, value in headers.items()}
    return {
        **given,
        "content-digest": digest,
        "signature-input": f"{TAG}={params}",
        "signature": f"{TAG}=:{b64encode(sign(signed)).decode()}:",
    }


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
    the bytes before any decompression; a header that came twice has its values joined by a comma,
    as HTTP reads it. `public_key_for` gives the raw 32 bytes of a key id, or None; a `PosError`
    that it raises comes through. Raises Refused: `signature_missing`, `signature_expired` (the
    clocks disagree or it is old), `signature_invalid` (swapped, forged, malformed, or signed by a
    stranger).
    """
    fields = {name.lower(): value for name, value in headers.items()}
    if len(fields) != len(headers):
        raise Refused("signature_invalid")
    digest, told, signature = (fields.get(name, "") for name in _SIGNED_HEADERS)
    if not told or not signature:
        raise Refused("signature_missing")
    found = _INPUT.fullmatch(told) if len(told) <= _INPUT_MAX else None
    proof = _proof(signature)
    if found is None or proof is None or digest != _digest(body):
        raise Refused("signature_invalid")
    _check_time(int(found["created"]), int(found["expires"]), int(now.timestamp()))
    signed = _base(method, authority.lower(), path, query, digest, found["params"])
    raw = public_key_for(found["keyid"])
    if signed is None or raw is None or not is_signed(raw, proof, signed):
        raise Refused("signature_invalid")
    return Signer(found["keyid"], found["nonce"])


def created_of(headers: Mapping[str, str]) -> dt.datetime | None:
    """When a request says that it was signed; for who compares no clocks. None where it does not.

    `headers` as `verify_request` takes them, their names in small letters.
    """
    found = _INPUT.fullmatch(headers.get("signature-input", "")[: _INPUT_MAX + 1])
    if found is None:
        return None
    try:
        return dt.datetime.fromtimestamp(int(found["created"]), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature by the raw `public` key is over this very message."""
    from cryptography.exceptions import InvalidSignature

    try:
        _key(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=1024)
def _key(public: bytes) -> Ed25519PublicKey:
    """Imported at the first signed request: time that a starting window does not pay."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(public)


def _digest(body: bytes) -> str:
    return f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode()}:"


def _proof(header: str) -> bytes | None:
    """The 64 bytes of the signature, None for anything but their one spelling."""
    found = _SIGNATURE.fullmatch(header)
    if found is None:
        return None
    text = found["signature"]
    try:
        proof = b64decode(text, validate=True)
    except binascii.Error:
        return None
    return proof if b64encode(proof).decode() == text else None


def _check_time(created: int, expires: int, now: int) -> None:
    if not 0 < expires - created <= LIFETIME_S:
        raise Refused("signature_invalid")
    if not created - SKEW_S <= now <= expires + SKEW_S:
        raise Refused("signature_expired")


def _base(
    method: str, authority: str, path: str, query: str, digest: str, params: str
) -> bytes | None:
    """What is signed (RFC 9421, 2.5): a line for each component, the parameters last.

    None where a value is no plain line of ASCII: it could pass for two.
    """
    text = (
        f'"@method": {method}\n"@authority": {authority}\n"@path": {path or "/"}\n'
        f'"@query": ?{query}\n"content-digest": {digest}\n"@signature-params": {params}'
    )
    plain = text.isascii() and text.count("\n") == _LINES
    return text.encode() if plain and text.replace("\n", "").isprintable() else None
