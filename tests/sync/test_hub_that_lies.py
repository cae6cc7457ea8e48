"""A hub that answers what no hub would: the till's sync waits, says so, and loses nothing."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.sync.conftest import Pair

pytestmark = pytest.mark.slow


class Liar(BaseHTTPRequestHandler):
    """A hub that answers whatever it was told to."""

    answer = (200, b"")

    def _reply(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        status, body = self.answer
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.send_header("retry-after", "1")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _reply  # noqa: N815 - the library's names

    def log_message(self, *_args: object) -> None:
        pass


HELLO = {
    "verdict": "ok",
    "hub_time": "2099-01-01T00:00:00.000Z",
    "head": {"epoch": 1, "seq": 0, "hash": ""},
    "streams": {},
}


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        ((500, b"<html>oops</html>"), "OFFLINE", "hub_error"),
        ((503, b'{"type":"/problems/hub_busy","title":"","status":503}'), "OFFLINE", "hub_busy"),
        ((200, b"\x00\xff not json"), "OFFLINE", "hub_garbled"),
        ((200, b"[" * 100_000), "OFFLINE", "hub_garbled"),
        ((200, json.dumps(HELLO | {"verdict": "ok"}).encode()), "PAUSED", "fork"),
        (
            (200, json.dumps(HELLO | {"head": {"epoch": 9, "seq": 7, "hash": "00"}}).encode()),
            "ROLLED_BACK",
            "rolled_back",
        ),
        (
            (403, b'{"type":"/problems/device_revoked","title":"","status":403}'),
            "REFUSED",
            "device_revoked",
        ),
        (
            (401, b'{"type":"/problems/device_unknown","title":"","status":401}'),
            "REFUSED",
            "device_unknown",
        ),
        ((302, b"elsewhere"), "OFFLINE", "hub_error"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_hub_that_lies_costs_only_retries(
    pair: Pair, answer: tuple[int, bytes], state: str, code: str
) -> None:
    liar = ThreadingHTTPServer(("127.0.0.1", 0), type("ThisLiar", (Liar,), {"answer": answer}))
    threading.Thread(target=liar.serve_forever, daemon=True).start()
    try:
        pair.point_to(f"http://127.0.0.1:{liar.server_port}")
        pair.sync.ensure()
        pair.sell(5)
        told = pair.until(lambda now: now.error_code == code, code)
        assert told.state in (state, "HELLO")
        assert told.acked == (0, 0) or told.acked[1] < pair.ledger.head().seq
    finally:
        liar.shutdown()
        liar.server_close()
    pair.sync.stop()
    pair.point_to(pair.hub.url)
    pair.restart()
    pair.until_synced()
    pair.check()
