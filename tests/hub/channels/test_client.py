"""One request to a shop: what it is told, what it is believed, and what never leaves."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from decimal import Decimal

import pytest

from sync.hub.channels import client as client_module
from sync.hub.channels.adapter import KeyRefused, Settings, ShopRefused, ShopUnreachable
from sync.hub.channels.client import HttpClient
from tests.hub.channels.fake import Answer, Call, Listening

KEY = "very-secret-key"


class Echo(Listening):
    """Says what it was told to say."""

    def began(self) -> None:
        self.reply = Answer({"ok": True})

    def answer(self, call: Call) -> Answer:
        del call
        return self.reply


@pytest.fixture
def shop() -> Iterator[Echo]:
    made = Echo()
    yield made
    made.end()


@pytest.fixture
def client(shop: Echo) -> Iterator[HttpClient]:
    settings = Settings("web", "echo", shop.url + "/api/", ("s",), KEY)
    made = HttpClient(settings, {"authorization": f"Bearer {KEY}"})
    yield made
    made.close()


def test_numbers_are_read_and_written_digit_by_digit(shop: Echo, client: HttpClient) -> None:
    shop.reply = Answer(b'{"a": 31.491, "b": 9007199254740993, "c": 1e2, "d": [0.1]}')
    found = client.call("POST", "/x", json={"amount": Decimal("31.491"), "n": 9007199254740993})
    assert found == {
        "a": Decimal("31.491"),
        "b": 9_007_199_254_740_993,
        "c": Decimal(100),
        "d": [Decimal("0.1")],
    }
    (call,) = shop.calls
    assert (call.path, call.body) == ("/api/x", b'{"amount":31.491,"n":9007199254740993}')
    assert call.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        *((400, ShopRefused), (404, ShopRefused), (422, ShopRefused), (410, ShopRefused)),
        *((401, KeyRefused), (403, KeyRefused)),
        *((408, ShopUnreachable), (409, ShopUnreachable), (429, ShopUnreachable)),
        *((500, ShopUnreachable), (502, ShopUnreachable), (301, ShopUnreachable)),
    ],
)
def test_what_a_status_means(
    shop: Echo, client: HttpClient, status: int, raised: type[Exception]
) -> None:
    shop.reply = Answer({"message": "because"}, status, {"location": "http://127.0.0.1:9/"})
    with pytest.raises(raised) as caught:
        client.call("GET", "/x")
    assert type(caught.value) is raised
    assert str(status) in str(caught.value)
    if raised is ShopRefused:
        assert "because" in str(caught.value)


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("90", 90, 90),
        ("999999", 3_600, 3_600),
        ("Fri, 31 Dec 2199 23:59:59 GMT", 3_600, 3_600),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0, 0),
        ("soon", 0, 0),
        ("-5", 0, 0),
        ("", 0, 0),
    ],
)
def test_what_it_asks_to_be_waited(
    shop: Echo, client: HttpClient, said: str, least: int, most: int
) -> None:
    shop.reply = Answer(None, 429, {"retry-after": said})
    with pytest.raises(ShopUnreachable) as caught:
        client.call("GET", "/x")
    assert least <= caught.value.retry_after_s <= most


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"[", b'{"a": NaN}', b'{"a": 1e}', b"[" * 100_000, b'{"a": ' + b"9" * 5_000 + b"}"],
)
def test_what_is_no_answer_of_a_shop(shop: Echo, client: HttpClient, body: bytes) -> None:
    shop.reply = Answer(body)
    with pytest.raises(ShopUnreachable):
        client.call("GET", "/x")


def test_nothing_is_an_answer_too(shop: Echo, client: HttpClient) -> None:
    shop.reply = Answer(None, 204)
    assert client.call("DELETE", "/x") is None


def test_only_the_shop_is_asked(shop: Echo, client: HttpClient) -> None:
    for path in ("http://127.0.0.1:9/x", "x", ""):
        with pytest.raises(ShopRefused):
            client.call("GET", path)
    client.call("GET", "//127.0.0.1:9/x")
    client.call("GET", "/@127.0.0.1:9/x")
    assert len(shop.calls) == 2, "it was the shop that heard them"


def test_a_piece_of_work_has_an_end(
    shop: Echo, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "PIECE_S", 0.0)
    client.begin()
    with pytest.raises(ShopUnreachable, match="too long"):
        client.call("GET", "/x")
    monkeypatch.setattr(client_module, "PIECE_S", 60.0)
    client.begin()
    assert client.call("GET", "/x") == {"ok": True}


def test_a_key_is_in_no_log_and_no_sentence(
    shop: Echo, client: HttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="sync")
    caplog.set_level(logging.INFO, logger="httpx")
    caplog.set_level(logging.INFO, logger="httpcore")
    for how in ("500", "key", "lost", "truncated", "html"):
        with shop.failing(how), pytest.raises((ShopRefused, ShopUnreachable)) as caught:
            client.call("GET", "/x")
        assert KEY not in repr(caught.value)
    assert KEY not in caplog.text
