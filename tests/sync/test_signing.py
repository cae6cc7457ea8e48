"""A signed request is believed as it was signed and no other way."""

from __future__ import annotations

import datetime as dt
from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pos_app.domain.errors import Refused
from sync.signing import (
    COVERED,
    LIFETIME_S,
    REMEMBER_S,
    SKEW_S,
    TAG,
    is_signed,
    sign_request,
    verify_request,
)

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


def signed_over(told: str, covered: tuple[str, ...] = COVERED) -> dict[str, str]:
    """A request whose parameters are `told`, truly signed over just the components `covered`."""
    values = {
        "@method": "POST",
        "@authority": "hub.example:8080",
        "@path": "/v1/sync/pull",
        "@query": "?stream=store%3A1&after=7",
        "content-digest": signed()["content-digest"],
    }
    lines = [f'"{name}": {values[name.lower()]}' for name in covered]
    base = "\n".join([*lines, f'"@signature-params": {told}'])
    return {
        "content-digest": values["content-digest"],
        "signature-input": f"{TAG}={told}",
        "signature": f"{TAG}=:{b64encode(KEY.sign(base.encode())).decode()}:",
    }


def told_with(was: str = "", becomes: str = "") -> str:
    told = signed()["signature-input"].removeprefix(f"{TAG}=")
    assert was in told
    return told.replace(was, becomes, 1)


def test_the_profile_is_what_is_signed_byte_for_byte() -> None:
    assert verify(signed_over(told_with())) == verify(signed())
    assert signed_over(told_with()) | {"content-type": "application/json"} == signed()


@pytest.mark.parametrize("left_out", COVERED)
def test_a_component_left_out_is_refused_though_truly_signed(left_out: str) -> None:
    covered = tuple(name for name in COVERED if name != left_out)
    listed = " ".join(f'"{name}"' for name in covered)
    told = told_with(" ".join(f'"{name}"' for name in COVERED), listed)
    with pytest.raises(Refused, match="signature_invalid"):
        verify(signed_over(told, covered))


OUTSIDE = {
    "components in another order": ('"@method" "@authority"', '"@authority" "@method"'),
    "a component twice": ('("@method"', '("@method" "@method"'),
    "a component more": ('"content-digest")', '"content-digest" "content-type")'),
    "a component in capitals": ('"content-digest"', '"Content-Digest"'),
    "a method in capitals": ('"@method"', '"@METHOD"'),
    "a component with a parameter": ('"@query"', '"@query";req'),
    "a space more": ('"@method" ', '"@method"  '),
    "a space in the list": ('("@method"', '( "@method"'),
    "a tab": ('"@method" ', '"@method"\t'),
    "a space after a semicolon": (";keyid", "; keyid"),
    "a parameter in capitals": (";keyid", ";KeyId"),
    "a parameter twice": (";alg", ';keyid="dev2";alg'),
    "a parameter more": (";tag", ";more;tag"),
    "no algorithm": (';alg="ed25519"', ""),
    "parameters in another order": (';keyid="dev1";alg="ed25519"', ';alg="ed25519";keyid="dev1"'),
    "no nonce": (';nonce="n1"', ""),
    "an empty nonce": ('"n1"', '""'),
    "a nonce too long": ('"n1"', f'"{"n" * 129}"'),
    "an escape": ('"n1"', '"n\\"1"'),
    "no expiry": (f";expires={int(NOW.timestamp()) + LIFETIME_S}", ""),
    "no creation": (f";created={int(NOW.timestamp())}", ""),
    "another algorithm": ("ed25519", "hmac-sha256"),
    "another tag": (f'tag="{TAG}"', 'tag="other"'),
    "no tag": (f';tag="{TAG}"', ""),
    "a number as text": (f"created={int(NOW.timestamp())}", f'created="{int(NOW.timestamp())}"'),
    "a number with a point": (f"{int(NOW.timestamp())};", f"{int(NOW.timestamp())}.0;"),
    "a leading zero": ("created=", "created=0"),
    "figures of another script": ("expires=1", "expires=\u0661"),
    "valid too long": (
        f"expires={int(NOW.timestamp()) + LIFETIME_S}",
        f"expires={int(NOW.timestamp()) + LIFETIME_S + 1}",
    ),
    "expired when made": (
        f"expires={int(NOW.timestamp()) + LIFETIME_S}",
        f"expires={int(NOW.timestamp())}",
    ),
}


@pytest.mark.parametrize("how", OUTSIDE)
def test_what_is_outside_the_profile_is_refused_though_truly_signed(how: str) -> None:
    told = told_with(*OUTSIDE[how])
    with pytest.raises(Refused, match="signature_invalid"):
        verify(signed_over(told))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("signature-input", lambda text: f"{text}, {text}"),
        ("signature-input", lambda text: f"{text}, other={text.partition('=')[2]}"),
        ("signature-input", lambda text: f"other={text.partition('=')[2]}"),
        ("signature-input", lambda text: f" {text}"),
        ("signature-input", lambda text: f"{text} "),
        ("signature-input", lambda text: f"{text}\n"),
        ("signature", lambda text: f"{text}, {text}"),
        ("signature", lambda text: text.replace("=:", "= :", 1)),
        ("signature", lambda text: text.replace("==:", ":")),
        ("signature", lambda text: text[:20] + " " + text[20:]),
        ("signature", lambda text: f"{text}\n"),
        ("signature", lambda text: text.upper()),
        ("content-digest", lambda text: f"{text}, {text}"),
        ("content-digest", lambda text: f"{text}, sha-512=:{'A' * 86}==:"),
        ("content-digest", lambda text: text.replace("sha-256", "SHA-256")),
        ("content-digest", lambda text: f" {text}"),
        ("content-digest", lambda text: text.replace("=:", ":")),
        ("content-digest", lambda _: ""),
    ],
)
def test_headers_written_any_other_way_are_refused(name: str, change) -> None:
    headers = signed()
    changed = change(headers[name])
    assert changed != headers[name]
    with pytest.raises(Refused, match="signature_invalid"):
        verify({**headers, name: changed})


def test_a_second_spelling_of_a_signature_is_refused() -> None:
    """Four bits of its last letter mean nothing: a lax reader takes sixteen texts for one."""
    headers = signed()
    text = headers["signature"]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = letters[letters.index(text[-4]) ^ 1]
    twin = f"{text[:-4]}{other}{text[-3:]}"
    assert b64decode(twin[10:-1]) == b64decode(text[10:-1])
    with pytest.raises(Refused, match="signature_invalid"):
        verify({**headers, "signature": twin})


def test_a_header_in_two_spellings_is_refused() -> None:
    headers = signed()
    with pytest.raises(Refused, match="signature_invalid"):
        verify({**headers, "Signature-Input": headers["signature-input"]})


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "post"},
        {"path": "/v1/sync/Pull"},
        {"path": "/v1/sync/pull "},
        {"path": '/v1/sync/pull\n"@query": ?stream=store%3A1&after=7'},
        {"path": "/v1/sync/%70ull"},
        {"query": "stream=store:1&after=7"},
        {"query": "stream=store%3a1&after=7"},
        {"query": "after=7&stream=store%3A1"},
        {"query": "?stream=store%3A1&after=7"},
        {"authority": "hub.example"},
        {"authority": "hub.example:8080 "},
        {"authority": "hub.example:8080, hub.example:8080"},
        {"body": BODY + b"\n"},
    ],
    ids=str,
)
def test_what_reads_nearly_the_same_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(Refused, match="signature_invalid"):
        verify(signed(), **changed)


def test_a_request_without_body_query_or_path_has_its_lines_all_the_same() -> None:
    headers = sign_request(
        "get",
        "HTTP://Hub.Example:80",
        {"Accept": "*/*"},
        b"",
        keyid="dev1",
        sign=KEY.sign,
        now=NOW,
        nonce="n1",
    )
    assert headers["accept"] == "*/*"
    bare = {"method": "GET", "authority": "hub.example", "query": "", "body": b""}
    assert verify(headers, **bare, path="/").nonce == "n1"
    assert verify(headers, **bare, path="").nonce == "n1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"keyid": 'a";b'},
        {"keyid": ""},
        {"nonce": "n 1"},
        {"url": "/v1/sync/pull"},
        {"url": "ftp://hub.example/"},
        {"url": "http://user@hub.example/"},
        {"url": "http://hüb.example/"},
        {"method": "PO\nST"},
    ],
    ids=str,
)
def test_nothing_is_signed_that_the_profile_cannot_hold(wrong: dict[str, str]) -> None:
    given = {"method": "POST", "url": URL, "keyid": "dev1", "nonce": "n1", **wrong}
    with pytest.raises(ValueError, match=r"^not "):
        sign_request(
            given["method"],
            given["url"],
            {},
            BODY,
            keyid=given["keyid"],
            sign=KEY.sign,
            now=NOW,
            nonce=given["nonce"],
        )


def test_a_key_that_is_none_signs_nothing() -> None:
    assert not is_signed(b"short", bytes(64), b"x")
    assert not is_signed(PUBLIC, b"", b"x")


@pytest.mark.parametrize("name", ["signature", "signature-input"])
def test_a_missing_header_is_said_to_be_missing(name: str) -> None:
    headers = signed()
    del headers[name]
    with pytest.raises(Refused, match="signature_missing"):
        verify(headers)


@pytest.mark.parametrize(
    "text", ["x", "holdfast=1", 'holdfast=("@method");created=1', "=", "\x00", "é", "h" * 5000]
)
@pytest.mark.parametrize("name", ["signature", "signature-input", "content-digest"])
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
