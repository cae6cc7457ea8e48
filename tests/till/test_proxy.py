from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from urllib.parse import urlsplit

import pytest

from sync.proxy import Fault, FaultProxy

BODY = b"0123456789" * 1_000


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    between = FaultProxy("127.0.0.1", server.server_address[1])
    yield between
    between.close()
    server.shutdown()
    thread.join()
    server.server_close()


def line_to(proxy: FaultProxy, timeout: float = 5) -> http.client.HTTPConnection:
    where = urlsplit(proxy.url)
    return http.client.HTTPConnection(where.hostname or "", where.port, timeout=timeout)


def get(line: http.client.HTTPConnection) -> bytes:
    line.request("GET", "/")
    return line.getresponse().read()


GONE = (OSError, http.client.HTTPException)


def test_it_passes_everything_on(proxy):
    line = line_to(proxy)
    assert get(line) == BODY
    assert get(line) == BODY
    line.close()
    assert proxy.connections == 1
    assert proxy.bytes_down > 2 * len(BODY)


def test_off_cuts_what_is_open_and_what_comes_and_on_heals(proxy):
    line = line_to(proxy)
    assert get(line) == BODY
    proxy.off()
    for attempt in (line, line_to(proxy)):
        with pytest.raises(GONE):
            get(attempt)
        attempt.close()
    proxy.on()
    again = line_to(proxy)
    assert get(again) == BODY
    again.close()


def test_a_black_hole_answers_nothing_until_it_is_over(proxy):
    proxy.black_hole = True
    line = line_to(proxy, timeout=0.3)
    with pytest.raises(TimeoutError):
        get(line)
    line.close()
    proxy.on()
    line = line_to(proxy)
    assert get(line) == BODY
    line.close()


def test_an_answer_is_cut_once(proxy):
    proxy.reset_mid_body = 5_000
    line = line_to(proxy)
    with pytest.raises(GONE):
        get(line)
    line.close()
    line = line_to(proxy)
    assert get(line) == BODY
    line.close()


def test_it_is_as_slow_as_it_is_told(proxy):
    proxy.latency_ms = 50
    proxy.bytes_per_s = 100_000
    line = line_to(proxy)
    began = monotonic()
    assert get(line) == BODY
    assert monotonic() - began > 0.2, "twice the latency, and 10 kB at 100 kB/s"
    line.close()


def test_a_hub_that_is_not_there_is_a_cut():
    proxy = FaultProxy("127.0.0.1", 1)
    line = line_to(proxy)
    with pytest.raises(GONE):
        get(line)
    line.close()
    proxy.close()


def test_a_fault_is_for_one_kind_of_request(proxy):
    proxy.fault = Fault("reset_answer", b"GET /broken")
    line = line_to(proxy)
    assert get(line) == BODY
    line.request("GET", "/broken?n=1")
    with pytest.raises(GONE):
        line.getresponse().read()
    assert proxy.hits == 1
    line.close()


def within(seconds: float, line: http.client.HTTPConnection) -> bytes:
    """The whole answer, if it comes in time."""
    until, found = monotonic() + seconds, b""
    line.request("GET", "/")
    answer = line.getresponse()
    while len(found) < len(BODY):
        more = answer.read1(100)
        if not more:
            raise http.client.IncompleteRead(found)
        if monotonic() > until:
            raise TimeoutError
        found += more
    return found


@pytest.mark.parametrize("kind", ["black_hole", "half_open", "reset_request", "truncated"])
def test_an_answer_that_does_not_come_or_not_whole(proxy, kind):
    proxy.fault = Fault(kind, b"GET /")
    line = line_to(proxy, timeout=0.5)
    with pytest.raises(GONE):
        within(1, line)
    assert proxy.hits == 1
    line.close()
    proxy.on()
    line = line_to(proxy)
    assert within(60, line) == BODY
    line.close()


def test_an_answer_may_be_the_one_before(proxy):
    line = line_to(proxy)
    get(line)
    proxy.fault = Fault("replayed", b"GET /")
    line.request("GET", "/?other")
    assert line.getresponse().read() == BODY
    line.close()
