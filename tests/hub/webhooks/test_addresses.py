"""Where a webhook may go: to a public address, the very one that was looked at, and no further."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from pos_app.domain.errors import PosError, Refused
from sync.hub.webhooks import addresses, posting
from sync.hub.webhooks.addresses import may_be_asked, target
from sync.hub.webhooks.posting import post
from tests.hub.webhooks.receiver import Receiver, listening

OWN = (
    *("127.0.0.1", "127.8.9.1", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.1"),
    *("192.168.0.1", "100.64.0.1", "100.127.255.255", "::1", "fd00::1", "fc00::1", "198.18.0.1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:192.168.1.1", "192.0.2.1", "203.0.113.9"),
)
NEVER = (
    *("0.0.0.0", "169.254.169.254", "169.254.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255"),
    *("240.0.0.1", "::", "fe80::1", "fe80::1%lo", "ff02::1", "::ffff:169.254.169.254"),
    *("::ffff:0.0.0.0", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a9fe:a9fe::"),
    *("2001:0:7f00:1::", "::7f00:1", "::a9fe:a9fe", "nonsense", "", "127.1", "0x7f.1"),
)
PUBLIC = ("93.184.216.34", "8.8.8.8", "2606:4700::1111", "2a00:1450:4001:80b::200e", "1.1.1.1")


@pytest.mark.parametrize("address", OWN)
def test_a_network_of_ones_own_only_when_that_was_said(address: str) -> None:
    assert not may_be_asked(address, private_ok=False)
    assert may_be_asked(address, private_ok=True)


@pytest.mark.parametrize("address", NEVER)
def test_groups_nowhere_and_a_clouds_own_secrets_never(address: str) -> None:
    assert not may_be_asked(address, private_ok=False)
    assert not may_be_asked(address, private_ok=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_world_may_be_asked(address: str) -> None:
    assert may_be_asked(address, private_ok=False)


@pytest.mark.parametrize(
    "url",
    [
        *("http://shop.example/in", "ftp://shop.example", "file:///etc/passwd", "gopher://x:70/_x"),
        *("https://", "https:///x", "https://user@shop.example", "https://u:p@shop.example"),
        *("https://shop.example\r\nx: y", "https://shop.example/a b", "https://shop.example:0"),
        *(
            "https://shop.example:99999",
            "https://shop.example:x",
            "https://[::1",
            "https://[fe80::1%25lo]/",
        ),
        *(
            "https://ünïcode.example",
            "https://shop.example/" + "x" * 2_000,
            "javascript:alert(1)",
            "",
        ),
    ],
)
def test_what_is_no_address_for_a_webhook(url: str) -> None:
    with pytest.raises(Refused, match="webhook_url_bad"):
        target(url, private_ok=False)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001"),
        *("0177.0.0.1", "127.1", "0", "10.1.2.3", "169.254.169.254", "[fd00::1]", "192.168.1.1"),
        *("[::ffff:10.0.0.1]", "100.64.1.1", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[ff02::1]"),
    ],
)
def test_nothing_is_connected_to_ones_neighbours(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the address is written. Whoever connects after all fails this."""

    def connected(*_: object, **__: object) -> socket.socket:
        raise AssertionError("connected")

    monkeypatch.setattr(socket, "create_connection", connected)
    answer = post(f"https://{host}/", {}, b"{}", private_ok=False, patience_s=5)
    assert (answer.status, answer.detail) in {(0, "address_private"), (0, "host_unknown")}


Found = list[tuple[object, ...]]


def resolver(*answers: list[str]) -> Callable[..., Found]:
    """A name server that says something else each time."""
    left = list(answers)

    def asked(_host: str, port: int, **_: object) -> Found:
        given = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (one, port)) for one in given]

    return asked


def test_a_name_with_one_private_address_among_others_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver(["93.184.216.34", "10.0.0.1"]))
    with pytest.raises(Refused, match="address_private"):
        addresses.resolved(target("https://shop.example", private_ok=False), private_ok=False)


def test_a_name_that_means_something_else_a_moment_later_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Looked up once; the connection goes to the number that was looked at."""
    monkeypatch.setattr(socket, "getaddrinfo", resolver(["93.184.216.34"], ["127.0.0.1"]))
    reached: list[object] = []

    def connecting(where: object, **_: object) -> socket.socket:
        reached.append(where)
        raise ConnectionRefusedError

    monkeypatch.setattr(posting.socket, "create_connection", connecting)
    post("https://rebinds.example/", {}, b"{}", private_ok=False)
    assert reached == [("93.184.216.34", 443)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as one:
        yield one


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(receiver: Receiver, status: int) -> None:
    with listening() as inner:
        receiver.answer = (status, {"location": inner.url})
        answer = post(receiver.url, {}, b"{}", private_ok=True)
        assert answer.status == status
        assert inner.got == []


def test_no_proxy_of_the_environment_is_taken(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert post(receiver.url, {}, b"{}", private_ok=True).status == 204


def answering(said: bytes, *, hold: bool = False) -> tuple[str, threading.Thread, socket.socket]:
    """A server that says these bytes to whoever comes, and perhaps goes silent then."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        line, _ = listener.accept()
        with line:
            line.recv(65_536)
            line.sendall(said)
            if hold:
                line.settimeout(60)
                line.recv(1)

    thread = threading.Thread(target=serve)
    thread.start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/", thread, listener


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 200),
        (b"HTTP/1.0 200\r\n\r\n", 200),
        (b"HTTP/1.1 200 OK\r\n", 0),
        (b"HTTP/1.1 9999 OK\r\n\r\n", 0),
        (b"HTTP/1.1 \xc2\xb2\xc2\xb2\xc2\xb2 OK\r\n\r\n", 0),
        (b"SSH-2.0-OpenSSH\r\n\r\n", 0),
        (b"", 0),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000, 0),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 50, 0),
    ],
)
def test_whatever_answers_costs_a_status_and_no_more(said: bytes, status: int) -> None:
    url, thread, listener = answering(said)
    assert post(url, {}, b"{}", private_ok=True, patience_s=30).status == status
    thread.join()
    listener.close()


def test_a_server_that_goes_silent_is_left_in_time() -> None:
    url, thread, listener = answering(b"HTTP/1.1 200 OK\r\n", hold=True)
    answer = post(url, {}, b"{}", private_ok=True, patience_s=0.3)
    assert (answer.status, answer.detail) == (0, "timeout")
    thread.join()
    listener.close()


@pytest.mark.parametrize(
    ("told", "wait_s"), [("7", 7), ("999999999", 0), ("99999999", 86_400), ("soon", 0), ("-1", 0)]
)
def test_retry_after_is_read_with_care(receiver: Receiver, told: str, wait_s: int) -> None:
    receiver.answer = (503, {"retry-after": told})
    assert post(receiver.url, {}, b"{}", private_ok=True).retry_after_s == wait_s


def test_nobody_there_is_told_and_not_raised() -> None:
    with listening() as gone:
        url = gone.url
    answer = post(url, {}, b"{}", private_ok=True)
    assert (answer.status, answer.detail) == (0, "connectionrefusederror")
    assert post("https://no-such-host.invalid/", {}, b"", private_ok=False).detail == "host_unknown"
    with pytest.raises(PosError):
        target("no url", private_ok=True)
