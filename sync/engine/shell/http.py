"""Requests over HTTP: the only module that knows httpx.

One thread and one connection per lane, so that a push never waits behind a long poll (and goes by
a road of its own, `wire.py`). Every phase has a time limit, an answer has a largest size and a
longest duration: a hub that drips one byte a second costs one lane a minute, and nothing else.
"""

from __future__ import annotations

import contextlib
import queue
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import httpx

from sync.engine.ports import Reply, Request
from sync.engine.shell.wire import (
    ANSWER_MAX_BYTES,
    ANSWER_S,
    CONNECT_S,
    KEEP_ALIVE_S,
    WRITE_S,
    Rest,
    Wire,
)
from sync.engine.state import PUSH

_Lane = queue.SimpleQueue[tuple[Request, Rest] | None]
Deliver = Callable[[str, "Reply | str"], None]
"""Called with a lane and its answer, or the code of what went wrong, on the lane's thread."""

_FAILURES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (httpx.ConnectTimeout, "hub_unreachable"),
    (httpx.ConnectError, "hub_unreachable"),
    (httpx.TimeoutException, "hub_silent"),
    (httpx.UnsupportedProtocol, "hub_address_bad"),
    (httpx.InvalidURL, "hub_address_bad"),
    (httpx.HTTPError, "hub_cut_off"),
)
"""What the library raises -> what a person is told; the first that fits."""


class HttpNet:
    """The port Net over real connections."""

    def __init__(self, url: str, deliver: Deliver) -> None:
        self.url = url.rstrip("/")
        self._deliver = deliver
        self._lanes: dict[str, _Lane] = {}
        tls = ssl.create_default_context() if self.url.startswith("https:") else None
        self._verify: Any = tls or False
        self._wire = Wire(self.url, tls)

    def send(self, lane: str, request: Request) -> None:
        """Start a request on its lane; the answer comes to `deliver`."""
        requests = self._lanes.get(lane)
        if requests is None:
            requests = self._lanes[lane] = queue.SimpleQueue()
            work = self._push if lane == PUSH else self._work
            threading.Thread(target=work, args=(lane, requests), name=lane, daemon=True).start()
        requests.put((request, self._wire.begin(request) if lane == PUSH else None))

    def close(self) -> None:
        """End the lanes when their present request is done; answers are no longer awaited."""
        for requests in self._lanes.values():
            requests.put(None)

    def _push(self, lane: str, requests: _Lane) -> None:
        with contextlib.closing(self._wire) as wire:
            while (asked := requests.get()) is not None:
                self._deliver(lane, wire.exchange(*asked))

    def _work(self, lane: str, requests: _Lane) -> None:
        with self._client() as client:
            while (asked := requests.get()) is not None:
                self._deliver(lane, exchange(client, self.url, asked[0]))

    def _client(self) -> httpx.Client:
        return httpx.Client(
            verify=self._verify,
            trust_env=False,
            follow_redirects=False,
            headers={"accept-encoding": "identity", "user-agent": "holdfast-till"},
            limits=httpx.Limits(max_connections=1, keepalive_expiry=KEEP_ALIVE_S),
        )


def exchange(client: httpx.Client, url: str, request: Request) -> Reply | str:
    """One request and its answer, or the code of why there is none."""
    timeout = httpx.Timeout(
        connect=CONNECT_S, read=request.read_timeout_s, write=WRITE_S, pool=CONNECT_S
    )
    try:
        with client.stream(
            request.method,
            url + request.target,
            headers=dict(request.headers),
            content=request.body or None,
            timeout=timeout,
        ) as answer:
            until = time.monotonic() + ANSWER_S
            parts: list[bytes] = []
            size = 0
            for part in answer.iter_raw():
                size += len(part)
                if size > ANSWER_MAX_BYTES or time.monotonic() > until:
                    return "hub_silent"
                parts.append(part)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Reply(answer.status_code, headers, b"".join(parts))
    except Exception as error:  # noqa: BLE001 - whatever a stranger's bytes make the library raise
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return "hub_certificate_bad"
        return next((code for kind, code in _FAILURES if isinstance(error, kind)), "hub_cut_off")


def ask(url: str, request: Request) -> Reply | str:
    """One request on a connection of its own: enrolment, before there is an engine."""
    net = HttpNet(url, lambda _lane, _reply: None)
    with net._client() as client:  # noqa: SLF001 - same module
        return exchange(client, net.url, request)
