"""How a message is signed: Standard Webhooks 1.0.0, version 1."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A secret as both sides keep it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and what proves that whoever holds the secret sent this very body then."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    told = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()


def headers(
    secrets_now: Iterable[str], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The headers of one try: signed by every secret that holds, the present one first."""
    signed = " ".join(signature(one, message_id, timestamp, body) for one in secrets_now)
    return {
        "content-type": "application/json",
        "user-agent": "Holdfast-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signed,
    }
