"""The code on a receipt: read back to the last field, believed only from the till that signed it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.proof import SaleProof, read

KEY = Ed25519PrivateKey.generate()
OTHER = Ed25519PrivateKey.generate()
DEVICE = "0197a1c2-0000-7000-8000-000000000001"
PROOF = SaleProof(
    DEVICE, 3, 4711, "1-2-3.2035", "EUR", "2026-11-25", "9f86d081884c7d65", total=12_345
)
GIFT = replace(PROOF, total=None)


def known(device: str, signature: bytes, message: bytes) -> bool:
    assert device == DEVICE
    try:
        KEY.public_key().verify(signature, message)
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("proof", [PROOF, GIFT, replace(PROOF, total=0), replace(PROOF, total=-5)])
def test_what_was_printed_is_read_back_and_believed(proof):
    found = read(proof.text(KEY.sign))
    assert found is not None
    assert replace(found, signature=b"") == proof
    assert found.believed(known)
    assert found.gift == (proof.total is None)


def test_it_fits_a_small_code():
    """221 signs is what a code of 49 modules holds in its letters-and-digits mode at level M."""
    text = replace(PROOF, total=123_456_789).text(KEY.sign)
    assert set(text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    assert len(text) <= 221


def test_another_key_is_not_believed():
    found = read(PROOF.text(OTHER.sign))
    assert found is not None
    assert not found.believed(known)


@pytest.mark.parametrize(
    ("from_", "to"),
    [
        (":12345:", ":92345:"),
        ("1-2-3.2035", "1-2-3.2036"),
        (":4711:", ":4712:"),
        ("20261125", "20261126"),
        (":EUR:", ":USD:"),
        ("9F86D081884C7D65", "9F86D081884C7D66"),
        ("HF1:S:", "HF1:G:"),
        (":12345:", "::"),
    ],
)
def test_a_changed_code_is_not_believed(from_, to):
    text = PROOF.text(KEY.sign)
    assert from_ in text
    found = read(text.replace(from_, to))
    assert found is None or not found.believed(known)


def test_a_gift_receipts_code_tells_no_price_and_is_no_receipts_code():
    text = GIFT.text(KEY.sign)
    assert "12345" not in text.replace(DEVICE.upper(), "")
    forged = text.replace("HF1:G", "HF1:S").replace("2035::EUR", "2035:1:EUR")
    found = read(forged)
    assert found is not None
    assert not found.believed(known)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HF1",
        "https://example.test/HF1:S:",
        PROOF.text(KEY.sign)[:-1],
        PROOF.text(KEY.sign) + "A",
        PROOF.text(KEY.sign).lower(),
        PROOF.text(KEY.sign) + "\n",
        PROOF.text(KEY.sign).replace(":4711:", ":04711:"),
        PROOF.text(KEY.sign).replace(":4711:", ":\u0664\u0667\u0661\u0661:"),
        "HF1:S:" + "A" * 100_000,
    ],
)
def test_what_is_no_code_of_ours_is_none(text):
    assert read(text) is None


@given(st.text(max_size=400))
def test_any_text_is_read_without_harm(text):
    found = read(text)
    assert found is None or not found.believed(known)
