"""The road of pushes: what goes out at once, what is heard, and how each trouble is named."""

from __future__ import annotations

import datetime as dt
import ipaddress
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pos_app.settings import Network
from sync.engine.ports import Reply, Request
from sync.engine.shell.wire import Wire

GOOD = b"HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 3\r\n\r\nack"
PUSH = Request("POST", "/v1/sync/push", {"signature": "s"}, b"0123456789", 1.0)
Part = bytes | None
"""What a hub says; None: it hangs up."""
HANGS_UP = b"\0hangs up"
"""At the end of what it says: then it does."""


class Hub:
    """Takes connections one after the other; to each request it says what is next in its script."""

    def __init__(self, script: list[Part], tls: ssl.SSLContext | None = None) -> None:
        self.script = list(script)
        self.heard: list[bytes] = []
        self.connections = 0
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                if self._tls is not None:
                    line = self._tls.wrap_socket(line, server_side=True)
                with line:
                    self._talk(line)
            except OSError:
                continue

    def _talk(self, line: socket.socket) -> None:
        got = b""
        while True:
            more = line.recv(1 << 20)
            if not more:
                return
            got += more
            head, end, body = got.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
            if not end or len(body) < length:
                continue
            self.heard.append(got)
            got = b""
            said = self.script.pop(0) if self.script else b""
            if said is None:
                return
            line.sendall(said.removesuffix(HANGS_UP))
            if said.endswith(HANGS_UP):
                return

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@pytest.fixture
def hub_of() -> Iterator[Callable[..., Hub]]:
    hubs: list[Hub] = []

    def made(*script: Part, tls: ssl.SSLContext | None = None) -> Hub:
        hubs.append(Hub(list(script), tls))
        return hubs[-1]

    yield made
    for hub in hubs:
        hub.close()


def wire_to(hub: Hub, **patience: float) -> closing[Wire]:
    return closing(Wire(f"http://127.0.0.1:{hub.port}", None, Network(**patience)))


def test_a_request_goes_as_it_was_signed_and_the_line_is_kept(hub_of: Callable[..., Hub]) -> None:
    hub = hub_of(GOOD, GOOD, GOOD)
    with wire_to(hub) as line:
        assert line.begin(PUSH) is None, "nobody is there yet"
        answer = line.exchange(PUSH)
        assert answer == Reply(200, {"date": "today", "content-length": "3"}, b"ack")
        rest = line.begin(PUSH)
        assert rest == b"", "it is out before anybody listens"
        assert line.exchange(PUSH, rest) == answer
        assert line.exchange(PUSH) == answer
    assert hub.connections == 1
    head, _, body = hub.heard[1].partition(b"\r\n\r\n")
    assert body == PUSH.body
    assert head.split(b"\r\n") == [
        b"POST /v1/sync/push HTTP/1.1",
        b"host: 127.0.0.1:%d" % hub.port,
        b"accept-encoding: identity",
        b"user-agent: holdfast-till",
        b"content-length: 10",
        b"signature: s",
    ]
    assert hub.heard[0] == hub.heard[1] == hub.heard[2]


def test_a_large_request_is_left_to_the_lane(hub_of: Callable[..., Hub]) -> None:
    hub = hub_of(GOOD, GOOD)
    large = Request("POST", "/p", {}, bytes(4 << 20), 5.0)
    with wire_to(hub) as line:
        line.exchange(PUSH)
        assert line.begin(large) is None
        assert isinstance(line.exchange(large), Reply)
    assert hub.connections == 1
    assert hub.heard[1].endswith(large.body)


@pytest.mark.parametrize("begun", [True, False])
def test_a_line_that_the_hub_hung_up_is_opened_anew(
    hub_of: Callable[..., Hub], begun: bool
) -> None:
    hub = hub_of(GOOD.replace(b"Date", b"Connection: close\r\nDate"), GOOD, None, GOOD)
    with wire_to(hub) as line:
        assert isinstance(line.exchange(PUSH), Reply)
        assert isinstance(line.exchange(PUSH, line.begin(PUSH) if begun else None), Reply)
        assert line.exchange(PUSH, line.begin(PUSH) if begun else None) == "hub_cut_off"
        assert isinstance(line.exchange(PUSH, line.begin(PUSH) if begun else None), Reply)
    assert hub.connections == 3


@pytest.mark.parametrize("begun", [True, False])
def test_a_line_that_was_hung_up_without_a_word_is_noticed_before_it_is_used(
    hub_of: Callable[..., Hub], begun: bool
) -> None:
    hub = hub_of(GOOD + HANGS_UP, GOOD)
    with wire_to(hub) as line:
        assert isinstance(line.exchange(PUSH), Reply)
        assert select.select([line._line], [], [], 10)[0], "the end has arrived"
        rest = line.begin(PUSH) if begun else None
        assert rest is None
        assert isinstance(line.exchange(PUSH, rest), Reply)
    assert hub.connections == 2


def test_what_comes_unasked_is_never_taken_for_an_answer(hub_of: Callable[..., Hub]) -> None:
    hub = hub_of(GOOD, GOOD + GOOD, GOOD)
    with wire_to(hub) as line:
        line.exchange(PUSH)
        line.exchange(PUSH)
        rest = line.begin(PUSH)
        assert isinstance(line.exchange(PUSH, rest), Reply)
    assert len(hub.heard) == 3


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (None, "hub_cut_off"),
        (b"", "hub_silent"),
        (b"HTTP/1.1 200 OK\r\n", "hub_silent"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nack", "hub_silent"),
        (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "hub_cut_off",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nack" + HANGS_UP, "hub_cut_off"),
        (b"HTTP/1.1 200 OK\r\nContent-Le" + HANGS_UP, "hub_cut_off"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "hub_cut_off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "hub_silent"),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n", "hub_cut_off"),
        (b"x" * 100_000, "hub_cut_off"),
    ],
)
def test_each_trouble_has_its_name(hub_of: Callable[..., Hub], said: Part, code: str) -> None:
    hub = hub_of(said, GOOD)
    impatient = Request("POST", "/p", {}, b"x", 0.1)
    with wire_to(hub) as line:
        began = time.perf_counter()
        assert line.exchange(impatient) == code
        assert time.perf_counter() - began < 3
        assert isinstance(line.exchange(PUSH), Reply), "the next has a line of its own"


def test_a_hub_that_drips_is_given_up() -> None:
    stop = threading.Event()

    class Dripping(Hub):
        def _talk(self, line: socket.socket) -> None:
            line.recv(1 << 16)
            while not stop.wait(0.05):
                line.sendall(b"H")

    hub = Dripping([])
    try:
        with wire_to(hub, whole_s=0.2) as line:
            assert line.exchange(Request("POST", "/p", {}, b"x", 0.3)) == "hub_silent"
    finally:
        stop.set()
        hub.close()


def test_a_body_in_pieces_is_put_together(hub_of: Callable[..., Hub]) -> None:
    pieces = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nac\r\n1\r\nk\r\n0\r\n\r\n"
    hub = hub_of(pieces, GOOD)
    with wire_to(hub) as line:
        first = line.exchange(PUSH)
        assert isinstance(first, Reply)
        assert first.body == b"ack"
        line.exchange(PUSH)
    assert hub.connections == 1


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with closing(Wire(f"http://127.0.0.1:{port}/", None)) as line:
        assert line.exchange(PUSH) == "hub_unreachable"


def test_by_tls_the_hub_has_to_be_the_one_of_its_certificate(
    hub_of: Callable[..., Hub], tmp_path: Path
) -> None:
    place = certificate(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(place)
    hub = hub_of(GOOD, GOOD, tls=server)
    url = f"https://127.0.0.1:{hub.port}"
    with closing(Wire(url, ssl.create_default_context())) as stranger:
        assert stranger.exchange(PUSH) == "hub_certificate_bad"
    with closing(Wire(url, ssl.create_default_context(cafile=str(place)))) as line:
        assert isinstance(line.exchange(PUSH), Reply)
        rest = line.begin(PUSH)
        assert isinstance(line.exchange(PUSH, rest), Reply)
    assert [one.endswith(PUSH.body) for one in hub.heard] == [True, True]
    assert hub.connections == 2


def certificate(folder: Path) -> Path:
    """A key and a certificate for 127.0.0.1, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hub")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "hub.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
