"""Our signatures beside an independent implementation of RFC 9421: each believes the other's."""

from __future__ import annotations

import datetime as dt
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
)
from http_message_signatures.algorithms import ED25519

from pos_app.domain.errors import Refused
from sync.signing import COVERED, LIFETIME_S, TAG, sign_request, verify_request

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
NONCE = "0123456789abcdef0123456789abcdef"
DEVICE = "0195f7d2-7c1a-7b3e-9d54-0a1b2c3d4e5f"
REQUESTS = [
    ("POST", "http://hub.example:8080/v1/sync/push", b'{"epoch":1}'),
    ("GET", "http://hub.example/v1/sync/pull?stream=store%3A1&feed=ab&after=7&wait=15", b""),
    ("POST", "https://Hub.Example:443/v1/sync/hello", b"\x28\xb5\x2f\xfd" + bytes(range(256))),
    ("GET", "http://[::1]:8080/v1/health", b""),
    ("GET", "http://hub.example", b""),
    ("GET", "http://hub.example/a%20b;c?", b""),
]


class Message:
    """What the library reads of a request."""

    def __init__(self, method: str, url: str, headers: dict[str, str]) -> None:
        self.method = method
        self.url = url
        self.headers = headers


class Keys(HTTPSignatureKeyResolver):
    def resolve_public_key(self, key_id: str):
        return KEY.public_key() if key_id == DEVICE else None


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def ours(method: str, url: str, body: bytes) -> dict[str, str]:
    return sign_request(method, url, {}, body, keyid=DEVICE, sign=KEY.sign, now=now(), nonce=NONCE)


def theirs(method: str, url: str, body: bytes) -> dict[str, str]:
    message = Message(method, url, {})
    created = now()
    prepared = HTTPMessageSigner(signature_algorithm=ED25519).prepare(
        message,
        key_id=DEVICE,
        created=created,
        expires=created + dt.timedelta(seconds=LIFETIME_S),
        nonce=NONCE,
        label=TAG,
        tag=TAG,
        covered_component_ids=COVERED,
        body=body,
    )
    signature = b64encode(KEY.sign(prepared.signature_base)).decode()
    return {
        **message.headers,
        "Signature-Input": f"{TAG}={prepared.signature_params}",
        "Signature": f"{TAG}=:{signature}:",
    }


def parts(url: str) -> tuple[str, str, str]:
    """Authority, path and query as the hub reads them off the request."""
    scheme, _, rest = url.partition("://")
    place, _, query = rest.partition("?")
    authority, slash, path = place.partition("/")
    port = {"http": ":80", "https": ":443"}[scheme]
    return authority.removesuffix(port), slash + path, query


@pytest.mark.parametrize(("method", "url", "body"), REQUESTS)
def test_the_library_believes_what_we_signed(method: str, url: str, body: bytes) -> None:
    message = Message(method, url, ours(method, url, body))
    verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=Keys())
    (found,) = verifier.verify(message, expect_tag=TAG, require_components=COVERED, body=body)
    assert (found.parameters["keyid"], found.nonce) == (DEVICE, NONCE)
    message.method = "PUT"
    with pytest.raises(InvalidSignature):
        verifier.verify(message, expect_tag=TAG, require_components=COVERED, body=body)


@pytest.mark.parametrize(("method", "url", "body"), REQUESTS)
def test_we_believe_what_the_library_signed(method: str, url: str, body: bytes) -> None:
    headers = theirs(method, url, body)
    place = parts(url)
    keys = {DEVICE: PUBLIC}
    found = verify_request(method, *place, headers, body, public_key_for=keys.get, now=now())
    assert found == (DEVICE, NONCE)
    with pytest.raises(Refused, match="signature_invalid"):
        verify_request("PUT", *place, headers, body, public_key_for=keys.get, now=now())


@pytest.mark.parametrize(("method", "url", "body"), REQUESTS)
def test_both_write_the_very_same_headers(method: str, url: str, body: bytes) -> None:
    """Within one second and with one nonce: Ed25519 signs the same text the same way."""
    for _ in range(5):
        own, other = ours(method, url, body), theirs(method, url, body)
        other = {name.lower(): value for name, value in other.items()}
        if own["signature-input"] == other["signature-input"]:  # no second ended in between
            assert own == other
            return
    pytest.fail("five times a second ended in between")
