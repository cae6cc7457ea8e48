"""A delivery that only says that something happened: what it is about has to be fetched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pos_app.domain.day import utc_text
from sync.hub.channels import reading as read
from sync.hub.channels.adapter import Delivery
from sync.hub.channels.standard_webhooks import checked

UNREADABLE: Final = "unreadable"


def hinted(
    headers: Mapping[str, str], raw: bytes, secrets: Iterable[str], now_s: int
) -> tuple[Delivery, Mapping[str, Any]]:
    """The delivery, and its `data`. Raises BadSignature; what cannot be read is kept all the same."""
    key, at = checked(headers, raw, secrets, now_s)
    occurred = utc_text(dt.datetime.fromtimestamp(at, dt.UTC))
    try:
        body = read.mapping(read.parsed(raw))
    except ValueError:
        body = {}
    topic = read.text(body.get("type"), 80) or UNREADABLE
    return Delivery(key, topic, occurred_at=occurred), read.mapping(body, "data")
