"""Whether a delivery is genuine by Standard Webhooks 1.0.0: what most platforms are made to send."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Final

from sync.hub.channels.adapter import TOLERANCE_S, BadSignature

PREFIX: Final = "whsec_"
_SIGNATURES_MAX: Final = 16
_ID_MAX: Final = 256


def checked(
    headers: Mapping[str, str], raw: bytes, secrets: Iterable[str], now_s: int
) -> tuple[str, int]:
    """(webhook-id, webhook-timestamp) of a genuine delivery. Raises BadSignature.

    Every signature of version 1 is held against every secret, each time in the same time, whatever
    of it fits; other versions are left alone.
    """
    message_id = headers.get("webhook-id", "")
    at = headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split()[:_SIGNATURES_MAX]
    if not message_id or len(message_id) > _ID_MAX or not (at.isascii() and at.isdigit()):
        raise BadSignature
    if len(at) > 12:
        raise BadSignature
    signed = f"{message_id}.{at}.".encode("utf-8", "surrogateescape") + raw
    fits = False
    for secret in secrets:
        key = key_of(secret)
        if not key:
            continue
        wanted = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        for one in given:
            fits |= hmac.compare_digest(wanted, one.encode("utf-8", "surrogateescape"))
    if not fits or abs(int(at) - now_s) > TOLERANCE_S:
        raise BadSignature
    return message_id, int(at)


def key_of(secret: str) -> bytes:
    """The bytes of a secret; none for what is no secret, with which nothing is genuine."""
    try:
        bare = secret.removeprefix(PREFIX).rstrip("=")
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (ValueError, binascii.Error):
        return b""
