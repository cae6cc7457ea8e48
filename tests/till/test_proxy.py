from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from urllib.parse import urlsplit

import pytest

from sync.proxy import FaultProxy

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
