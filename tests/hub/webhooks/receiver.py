"""Somebody else's program that is told of things: a real HTTP server with an answer prepared."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SOON_S = 60


@dataclass(frozen=True, slots=True)
class Got:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def message(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    def signed_by(self, secret: str) -> bool:
        """Checked as the standard says, with nothing of ours."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        told = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        right = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
        given = self.headers["webhook-signature"].split(" ")
        return any(one == f"v1,{right}" for one in given)


@dataclass
class Receiver:
    """What came, and what is answered: the next of `answers`, then `answer` for ever."""

    url: str = ""
    answer: tuple[int, dict[str, str]] = (204, {})
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)

    def take(self, got: Got) -> tuple[int, dict[str, str]]:
        with self.came:
            self.got.append(got)
            self.came.notify_all()
            return self.answers.pop(0) if self.answers else self.answer

    def wait_for(self, count: int) -> list[Got]:
        """So many of them, or a failure after a long while."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.got) >= count, SOON_S), self.got
            return list(self.got)


@contextlib.contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            fields = {name.lower(): value for name, value in self.headers.items()}
            status, headers = receiver.take(Got(self.path, fields, body))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/in?x=1"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
