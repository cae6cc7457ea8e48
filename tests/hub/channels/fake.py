"""A shop that answers over real HTTP as its platform does, and every way in which one fails.

A platform's shop is a `FakeShop` in `shops/` with the shapes that were recorded of the real one. The
suite in `test_adapters.py` runs each of them through the same faults.
"""

from __future__ import annotations

import contextlib
import json
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

NEVER_S = 60
HUGE = 9 << 20


@dataclass(frozen=True)
class Sold:
    """A line of a basket, in the shop's currency, tax in.

    `gross` is after discounts and, where the platform does that, not rounded.
    """

    sku: str
    qty: int
    unit: str
    gross: str
    rate: str = "20"
    title: str = ""
    barcode: str = ""


@dataclass(frozen=True)
class Basket:
    """What a customer orders, whatever the platform calls it."""

    lines: tuple[Sold, ...] = (Sold("A1", 1, "10.00", "10.00"),)
    location: str = "here"
    """The shop's own name of the store."""
    paid: bool = True
    shipping: str = "0"
    name: str = "Ada L."
    email: str = "ada@example.org"
    phone: str = "+43 1"
    coupon: str = ""
    utm: str = ""
    consent: str = ""
    """yes, no or nothing said."""

    @property
    def total(self) -> Decimal:
        return sum((Decimal(line.gross) for line in self.lines), Decimal(self.shipping))


@dataclass(frozen=True)
class Sent:
    """A delivery as it goes to the hub."""

    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Call:
    """What the hub asked the shop."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Answer:
    """What the shop says."""

    body: Any = None
    """JSON; bytes go out as they are."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Listening(ABC):
    """A server that answers, or fails in one of many ways."""

    def __init__(self) -> None:
        self.broken = ""
        """How it fails until it is mended: see `_fail`."""
        self.failures: list[str] = []
        """How it fails at the next requests, one after the other."""
        self.failing_paths: dict[str, str] = {}
        """How it fails where an address holds that text."""
        self.calls: list[Call] = []
        self.seen: Counter[str] = Counter()
        self.at = "2026-11-25T09:00:00.000Z"
        """Its own clock."""
        self._open = threading.Event()
        shop = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *given: Any) -> None:
                """Nothing."""

            def _any(self) -> None:
                shop._serve(self)

        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            setattr(Handler, f"do_{method}", Handler._any)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *given: Any) -> None:
                """A hub that hung up on a shop that hangs."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()
        self.began()

    @abstractmethod
    def began(self) -> None:
        """Before the first request: its own tables."""

    @abstractmethod
    def answer(self, call: Call) -> Answer:
        """Its API."""

    @contextlib.contextmanager
    def failing(self, how: str) -> Iterator[None]:
        """Every request fails in that way meanwhile."""
        self.broken = how
        try:
            yield
        finally:
            self.broken = ""
            self._open.set()
            self._open = threading.Event()

    def end(self) -> None:
        self._open.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(NEVER_S)

    def _serve(self, http: BaseHTTPRequestHandler) -> None:
        split = urlsplit(http.path)
        size = int(http.headers.get("content-length", "0"))
        headers = {name.lower(): value for name, value in http.headers.items()}
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        call = Call(http.command, split.path, query, headers, http.rfile.read(size))
        self.calls.append(call)
        how = self.failures.pop(0) if self.failures else self.broken
        for piece, fault in self.failing_paths.items():
            if piece in http.path or piece.encode() in call.body:
                how = fault
        if how == "lost":
            self.answer(call)  # done, and nobody hears of it
        if how and self._fail(http, how):
            return
        self._say(http, self.answer(call))

    def _fail(self, http: BaseHTTPRequestHandler, how: str) -> bool:
        http.close_connection = True
        if how == "lost":
            return True
        if how == "hang":
            self._open.wait(NEVER_S)
            return True
        if how == "truncated":
            http.send_response(200)
            http.send_header("content-type", "application/json")
            http.send_header("content-length", "1000")
            http.end_headers()
            http.wfile.write(b'{"orders": [')
            return True
        told = {
            "500": Answer({"message": "no"}, 500),
            "503": Answer(None, 503, {"retry-after": "120"}),
            "429": Answer(None, 429, {"retry-after": "90"}),
            "key": Answer({"message": "key revoked"}, 401),
            "html": Answer(b"<html>We are back soon</html>", 200, {"content-type": "text/html"}),
            "redirect": Answer(None, 302, {"location": "http://127.0.0.1:9/stolen"}),
            "huge": Answer(b'"' + b"x" * HUGE + b'"'),
            "list": Answer([1, 2, 3]),
        }[how]
        self._say(http, told)
        return True

    def _say(self, http: BaseHTTPRequestHandler, told: Answer) -> None:
        body = told.body
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        http.send_response(told.status)
        for name, value in {"content-type": "application/json", **told.headers}.items():
            http.send_header(name, value)
        http.send_header("content-length", str(len(raw)))
        http.end_headers()
        with contextlib.suppress(OSError):
            http.wfile.write(raw)


class FakeShop(Listening):
    """The server, and what may go wrong with it; a platform says the rest."""

    platform = ""
    api_key = "key-of-the-hub"
    api_secret = ""
    currency = "EUR"
    secret = "whsec_" + "c2VjcmV0" * 4
    other_secret = "whsec_" + "b3RoZXJz" * 4
    """Of another channel, or of nobody."""
    fetched = True
    """False where its deliveries carry the whole order and nothing can be asked."""
    timed = True
    """True where its signature says when it was made."""
    reservations_apart = False
    """True where it keeps what its own orders hold apart from its number."""
    large_id = "9007199254740993"
    """An id past what a float can say; where ids are texts, one of its own kind."""
    lines_of_three = (2_250, 899)
    """How it rounds the lines of the basket of the suite."""

    @property
    def options(self) -> dict[str, str]:
        """The channel's options for it."""
        return {}

    @abstractmethod
    def order(self, basket: Basket, order_id: str = "") -> str:
        """A customer orders: the platform's id of it."""

    @abstractmethod
    def touch(self, order_id: str) -> None:
        """It has a newer version of the same."""

    @abstractmethod
    def cancel(self, order_id: str) -> None:
        """The customer calls it off."""

    @abstractmethod
    def add_unknown_fields(self, order_id: str) -> None:
        """The order has members that nobody has heard of, here and in its lines."""

    @abstractmethod
    def spoil(self, order_id: str) -> None:
        """The order is one that nobody can read."""

    @abstractmethod
    def sent(
        self,
        order_id: str,
        now_s: int,
        *,
        secret: str = "",
        delivery: str = "",
        what: str = "created",
    ) -> Sent:
        """What the platform posts of it: `what` is created, updated, cancelled or other.

        The same `delivery` is the platform's own repeat.
        """

    def ping(self) -> Sent | None:
        """What it posts unsigned to see whether somebody is there; None where it does not."""
        return None

    @abstractmethod
    def refunds(self, order_id: str) -> list[int]:
        """What it gave back, minor units."""

    @abstractmethod
    def done(self, order_id: str) -> Counter[str]:
        """How often it did ready, collected, paid, cancelled for an order."""

    def place(self, location: str) -> str:
        """What `stock` calls a location: empty where it has one number for all."""
        return location

    @abstractmethod
    def stock(self, sku: str, location: str) -> int | None:
        """Its number of a product, pieces; None where it was never told."""

    def subscribe(self, address: str) -> None:
        """Its owner made the hub known to it, as its own pages say."""
        self.hub = address

    def unsubscribe(self) -> bool:
        """It stops telling the hub; False where its API does not know of that."""
        return False
