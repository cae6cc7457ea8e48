"""A signed request is believed as it was signed and no other way."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pos_app.domain.errors import Refused
from sync.signing import LIFETIME_S, REMEMBER_S, SKEW_S, sign_request, verify_request

NOW = dt.datetime(2026, 11, 25, 13, 0, tzinfo=dt.UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
URL = "http://hub.example:8080/v1/sync/pull?stream=store%3A1&after=7"
BODY = b'{"a":1}'


def signed(url: str = URL, body: bytes = BODY, now: dt.datetime = NOW) -> dict[str, str]:
    return sign_request(
        "POST",
        url,
        {"Content-Type": "application/json"},
        body,
        keyid="dev1",
        sign=KEY.sign,
        now=now,
        nonce="n1",
    )


def verify(headers: dict[str, str], **changed: object):
    request = {
        "method": "POST",
        "authority": "hub.example:8080",
        "path": "/v1/sync/pull",
        "query": "stream=store%3A1&after=7",
        "body": BODY,
        "now": NOW,
        "public_key_for": {"dev1": PUBLIC}.get,
        **changed,
    }
    return verify_request(headers=headers, **request)


def test_what_was_signed_is_believed() -> None:
    assert verify(signed()) == ("dev1", "n1")
    assert verify({name.lower(): value for name, value in signed().items()}).keyid == "dev1"


@pytest.mark.parametrize("body", [b"", b"\x00\xff" * 1000])
def test_any_body_may_be_signed(body: bytes) -> None:
    assert verify(signed(body=body), body=body).nonce == "n1"


@pytest.mark.parametrize(
    "swapped",
    [
        {"method": "PUT"},
        {"authority": "other.example"},
        {"path": "/v1/sync/push"},
        {"query": "stream=store%3A2&after=7"},
        {"query": ""},
        {"body": b'{"a":2}'},
        {"body": b""},
        {"public_key_for": {"dev1": bytes(32)}.get},
        {"public_key_for": {}.get},
    ],
    ids="-".join,
)
def test_anything_swapped_is_refused(swapped: dict[str, object]) -> None:
    with pytest.raises(Refused, match="signature_invalid"):
        verify(signed(), **swapped)


def test_a_component_left_out_is_refused() -> None:
    headers = signed()
    headers["Signature-Input"] = headers["Signature-Input"].replace(' "content-digest"', "")
    with pytest.raises(Refused, match="signature_invalid"):
        verify(headers)


@pytest.mark.parametrize("name", ["Signature", "Signature-Input"])
def test_a_missing_header_is_said_to_be_missing(name: str) -> None:
    headers = signed()
    del headers[name]
    with pytest.raises(Refused, match="signature_missing"):
        verify(headers)


@pytest.mark.parametrize(
    "text", ["x", "holdfast=1", 'holdfast=("@method");created=1', "=", "\x00", "é", "h" * 5000]
)
@pytest.mark.parametrize("name", ["Signature", "Signature-Input", "Content-Digest"])
def test_malformed_headers_are_refused_plainly(name: str, text: str) -> None:
    with pytest.raises(Refused, match="signature_invalid"):
        verify({**signed(), name: text})


def test_the_window_is_the_hubs_own_time() -> None:
    at = dt.timedelta
    assert verify(signed(), now=NOW + at(seconds=LIFETIME_S + SKEW_S)).keyid == "dev1"
    assert verify(signed(), now=NOW - at(seconds=SKEW_S)).keyid == "dev1"
    for late in (LIFETIME_S + SKEW_S + 1, -SKEW_S - 1):
        with pytest.raises(Refused, match="signature_expired"):
            verify(signed(), now=NOW + at(seconds=late))
    assert LIFETIME_S + 2 * SKEW_S <= REMEMBER_S


def test_what_the_key_store_says_comes_through() -> None:
    def unknown(_keyid: str) -> bytes:
        raise Refused("device_unknown")

    with pytest.raises(Refused, match="device_unknown"):
        verify(signed(), public_key_for=unknown)
