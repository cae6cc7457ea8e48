"""Messages to the hub as signed HTTP requests: the only place that knows addresses and headers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from pos_app.settings import Network
from pos_app.store.records import Entry, Identity
from sync.engine.copy_state import SendChunk, SendList
from sync.engine.ports import Request, Rng
from sync.engine.state import SendPull
from sync.protocol import Hello, Push, encode
from sync.signing import sign_request

POLL_GRACE_S: Final = 4.0
"""How much longer than the agreed wait a long poll may stay silent."""
PAGE_ROWS: Final = 2_000
_PACK_FROM: Final = 1_024
"""Bytes from which packing a body pays."""

HELLO_PATH: Final = "/v1/sync/hello"
PUSH_PATH: Final = "/v1/sync/push"
PULL_PATH: Final = "/v1/sync/pull"
ENROL_PATH: Final = "/v1/devices/enrol"
SNAPSHOTS_PATH: Final = "/v1/snapshots/"


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries ready to be sent: the body as it goes out, and what it holds."""

    after: int
    last: int
    body: bytes
    packed: bool


def batch_of(entries: list[Entry], prev_hash: str) -> Batch:
    """The push that holds these entries (of one epoch, in order, at least one)."""
    first, last = entries[0], entries[-1]
    push = Push(first.epoch, first.seq, prev_hash, [entry.pushed() for entry in entries])
    body = encode(push)
    packed = len(body) >= _PACK_FROM
    return Batch(first.seq - 1, last.seq, _packer().compress(body) if packed else body, packed)


@cache
def _packer() -> Any:
    import zstandard

    return zstandard.ZstdCompressor(level=1)


class Desk:
    """Makes requests in the name of a device."""

    def __init__(
        self,
        url: str,
        identity: Identity,
        sign: Callable[[bytes], bytes],
        rng: Rng,
        patience: Network = Network(),  # noqa: B008 - frozen
    ) -> None:
        self._url = url
        self._identity = identity
        self._sign = sign
        self._rng = rng
        self._soon_s = patience.answer_s
        self._poll_s = int(patience.poll_s)

    def hello(self, message: Hello, now: dt.datetime) -> Request:
        """`now` in each of these is the hub's time, as well as the till knows it."""
        return self._signed("POST", HELLO_PATH, encode(message), {}, self._soon_s, now)

    def push(self, batch: Batch, now: dt.datetime) -> Request:
        """A batch of journal entries."""
        headers = {"content-encoding": "zstd"} if batch.packed else {}
        return self._signed("POST", PUSH_PATH, batch.body, headers, self._soon_s, now)

    def ask(self, path: str, body: bytes, now: dt.datetime) -> Request:
        """A question about rights, as the window worded it."""
        return self._signed("POST", path, body, {}, self._soon_s, now)

    def pull(self, asked: SendPull, now: dt.datetime) -> Request:
        """A page of a stream; with `wait_s` the hub may hold the question that long."""
        wait_s = min(asked.wait_s, self._poll_s)
        query = urlencode(
            {
                "stream": asked.stream,
                "feed": asked.feed,
                "after": asked.after,
                "limit": PAGE_ROWS,
                "wait": wait_s,
            }
        )
        patience = wait_s + POLL_GRACE_S if wait_s else self._soon_s
        return self._signed("GET", f"{PULL_PATH}?{query}", b"", {}, patience, now)

    def snapshot(self, asked: SendList | SendChunk, now: dt.datetime) -> Request:
        """The list of a stream's pieces, or one of them."""
        target = f"{SNAPSHOTS_PATH}{asked.stream}"
        if isinstance(asked, SendChunk):
            target += f"/chunks/{asked.sha}"
        return self._signed("GET", target, b"", {}, self._soon_s, now)

    def _signed(
        self,
        method: str,
        target: str,
        body: bytes,
        headers: dict[str, str],
        patience_s: float,
        now: dt.datetime,
    ) -> Request:
        if body:
            headers = {"content-type": "application/json", **headers}
        signed = sign_request(
            method,
            self._url + target,
            headers,
            body,
            keyid=self._identity.device,
            sign=self._sign,
            now=now,
            nonce=f"{self._rng.getrandbits(128):032x}",
        )
        return Request(method, target, signed, body, patience_s)
