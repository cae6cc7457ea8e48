"""One request to a shop: short times, small replies, exact numbers, never to another host.

Nothing of it is logged: headers carry keys, replies carry people.
"""

from __future__ import annotations

import datetime as dt
import json as jsonlib
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final, NoReturn

import httpx
import msgspec

from sync.hub.channels.adapter import KeyRefused, Settings, ShopRefused, ShopUnreachable

AT_ONCE: Final = 3
"""Calls under way to one shop: they are small servers."""
CONNECT_S: Final = 3.0
READ_S: Final = 8.0
"""Of silence; a reply that drips has `WHOLE_S`."""
WHOLE_S: Final = 20.0
PIECE_S: Final = 60.0
"""For all calls of one piece of work: longer, and another process may take it up."""
REPLY_MAX: Final = 8 << 20
RETRY_MAX_S: Final = 3_600
"""A shop that asks for more is asked again all the same."""
_DIGITS_MAX: Final = 60
"""Of a number in a reply; none that means anything has more."""
_encode = msgspec.json.Encoder(decimal_format="number").encode
"""Decimals digit by digit, as they are: never as a float."""


class HttpClient:
    """A shop's API over HTTP; used by several threads."""

    def __init__(self, settings: Settings, auth: Mapping[str, str]) -> None:
        self._base = settings.url.rstrip("/")
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._piece = threading.local()
        self.asked = 0
        self._client = httpx.Client(
            headers={"accept": "application/json", "user-agent": "holdfast-hub", **auth},
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S, pool=WHOLE_S),
            limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE),
            follow_redirects=False,
            verify=_trusted(),
            trust_env=False,
        )

    def begin(self) -> None:
        """Another piece of work of this thread begins: its calls have `PIECE_S` together."""
        self._piece.until = time.monotonic() + PIECE_S

    def close(self) -> None:
        """Its connections are given up."""
        self._client.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The reply's JSON. Raises ShopUnreachable, ShopRefused, KeyRefused."""
        if not path.startswith("/"):
            raise ShopRefused(f"{path[:80]!r} is no path of the shop")
        given = dict(headers or {})
        if json is not None:
            body = _encode(json)
            given.setdefault("content-type", "application/json")
        with self._turns:
            self.asked += 1
            try:
                status, told, raw = self._send(method, path, body, query, given)
            except httpx.HTTPError as cause:
                # Its own words may hold the address, and with it a key.
                raise ShopUnreachable(f"no answer ({type(cause).__name__})") from None
            except (httpx.InvalidURL, UnicodeError) as cause:
                raise ShopRefused("the shop's address cannot be used") from cause
        if not HTTPStatus(200) <= status < 300:
            _refused(status, told, raw)
        if not raw.strip():
            return None
        return _read(raw)

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str],
    ) -> tuple[int, httpx.Headers, bytes]:
        until = min(time.monotonic() + WHOLE_S, getattr(self._piece, "until", float("inf")))
        if time.monotonic() >= until:
            raise ShopUnreachable("its answers take too long together")
        parts: list[bytes] = []
        size = 0
        url = self._base + path
        with self._client.stream(
            method, url, content=body, params=dict(query) if query else None, headers=dict(headers)
        ) as reply:
            for part in reply.iter_bytes(64 << 10):
                size += len(part)
                if size > REPLY_MAX:
                    raise ShopUnreachable(f"a reply of more than {REPLY_MAX >> 20} MiB")
                if time.monotonic() > until:
                    raise ShopUnreachable("a reply without an end")
                parts.append(part)
        return reply.status_code, reply.headers, b"".join(parts)


@lru_cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates hold; a tenth of a second to read, so it is read once."""
    return httpx.create_ssl_context()


def _read(raw: bytes) -> Any:
    """The JSON, numbers with a point as Decimal. Raises ShopUnreachable for anything else."""
    try:
        return jsonlib.loads(raw, parse_float=Decimal, parse_int=_whole, parse_constant=_never)
    except (ValueError, RecursionError) as cause:
        raise ShopUnreachable("the reply is no JSON") from cause


def _whole(text: str) -> int:
    if len(text) > _DIGITS_MAX:
        raise ValueError("a number of too many digits")
    return int(text)


def _never(text: str) -> NoReturn:
    raise ValueError(text)


def _refused(status: int, headers: httpx.Headers, raw: bytes) -> NoReturn:
    told = f"HTTP {status}"
    if status in (401, 403):
        raise KeyRefused(told)
    if 300 <= status < 400:
        raise ShopUnreachable(f"{told}: it sends us elsewhere")
    if status in (408, 409, 423, 425, 429) or status >= 500:
        raise ShopUnreachable(told, retry_after_s=_retry_after(headers.get("retry-after", "")))
    raise ShopRefused(f"{told} {_words(raw)}".strip())


def _words(raw: bytes) -> str:
    """What a shop says why, where it says it in one short text; nothing of a customer's."""
    with suppress(ValueError, RecursionError):
        found = jsonlib.loads(raw[: 64 << 10])
        for name in ("message", "code", "type", "error"):
            if isinstance(found, dict) and isinstance(found.get(name), str):
                return str(found[name])[:200]
    return ""


def _retry_after(text: str) -> int:
    """Seconds that a shop asks us to wait: a number or a date."""
    if text.isascii() and text.isdigit() and len(text) < 9:
        return min(int(text), RETRY_MAX_S)
    with suppress(ValueError, TypeError, IndexError):
        at = parsedate_to_datetime(text)
        if at.tzinfo is not None:
            left = (at - dt.datetime.now(dt.UTC)).total_seconds()
            return max(0, min(int(left) + 1, RETRY_MAX_S))
    return 0
