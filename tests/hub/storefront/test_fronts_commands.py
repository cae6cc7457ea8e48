"""Websites and webhooks as a person at the hub administers them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pos_app.cli import main
from sync.hub.answers import SystemClock
from sync.hub.database import Connection, Database
from sync.hub.storefront import keys
from sync.hub.webhooks import subscriptions, telling
from tests.hub.webhooks.receiver import listening


class Person:
    """Types commands and reads what they print."""

    def __init__(self, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
        self.url, self._capsys = database.url, capsys

    def types(self, *words: str) -> tuple[int, str, str]:
        status = main(["hub", *words, "--database", self.url])
        told = self._capsys.readouterr()
        return status, told.out, told.err


@pytest.fixture
def person(database: Database, capsys: pytest.CaptureFixture[str]) -> Person:
    return Person(database, capsys)


def test_a_storefront_from_its_keys_to_its_end(person: Person, books: Connection) -> None:
    status, out, _ = person.types(
        "storefront", "add", "web", "--origin", "https://Shop.example", "--json"
    )
    made = json.loads(out)
    assert (status, made["name"]) == (0, "web")
    assert keys.by_secret(books, made["secret_key"], SystemClock().now()) is not None
    for words in (("storefront", "list"), ("storefront", "list", "--json")):
        _, out, _ = person.types(*words)
        assert made["public_key"] in out
        assert "https://shop.example" in out
        assert "sk_" not in out
    _, out, _ = person.types("storefront", "rotate-secret", "web")
    assert "sk_" in out
    assert made["secret_key"] not in out
    assert person.types("storefront", "set", "web", "--stop", "--reads", "60")[0] == 0
    found = keys.named(books, "web")
    assert (found.state, found.reads_a_minute, found.origins) == (
        "stopped",
        60,
        "https://shop.example",
    )
    assert "already" in person.types("storefront", "add", "web")[2]
    assert "no address of a website" in person.types("storefront", "add", "b", "--origin", "x")[2]
    assert person.types("storefront", "remove", "web")[0] == 0
    assert "No storefront is called web" in person.types("storefront", "remove", "web")[2]


def test_a_webhook_from_its_secret_to_its_end(person: Person, books: Connection) -> None:
    with listening() as receiver:
        words = ("webhook", "add", "mine", "--url", receiver.url, "--type", "order.*")
        assert "no address for a webhook" in person.types(*words)[2], "plain and private"
        _, out, _ = person.types(*words, "--private-ok", "--json")
        secret = json.loads(out)["secret"]
        status, out, _ = person.types("webhook", "test", "mine")
        assert (status, "it works" in out) == (0, True)
        assert receiver.got[0].signed_by(secret)
        assert receiver.got[0].message["type"] == "test.ping"
        receiver.answer = (500, {})
        assert person.types("webhook", "test", "mine", "--json")[0] == 1
    status, out, _ = person.types("webhook", "test", "mine")
    assert (status, "did not answer" in out) == (1, True)
    for words in (("webhook", "list"), ("webhook", "list", "--json")):
        assert "whsec_" not in person.types(*words)[1]
    with books.transaction():
        event = telling.tell(books, "order.ready", {}, SystemClock().now())
        books.text("UPDATE webhook_delivery SET state = 'dead', status = 500")
    assert event in person.types("webhook", "dead", "mine")[1]
    assert person.types("webhook", "replay", "mine")[1] == "1 are sent again\n"
    assert "nothing yet" in person.types("webhook", "dead", "mine")[1]
    assert (
        person.types("webhook", "replay", "mine", "--event", event, "--json")[1]
        == '{"queued": 1}\n'
    )
    _, out, _ = person.types("webhook", "rotate-secret", "mine")
    assert "whsec_" in out
    assert secret not in out
    assert len(subscriptions.named(books, "mine").secrets(books, SystemClock().now())) == 2
    assert person.types("webhook", "resume", "mine")[0] == 0
    assert person.types("webhook", "remove", "mine")[0] == 0
    assert "No webhook is called mine" in person.types("webhook", "remove", "mine")[2]
    assert (
        "ever told"
        in person.types("webhook", "add", "x", "--url", "https://a.b", "--type", "no")[2]
    )


def test_every_type_is_in_the_page_and_in_the_list(person: Person) -> None:
    page = (Path(__file__).parents[3] / "packaging/STOREFRONT.md").read_text(encoding="utf-8")
    out = person.types("webhook", "types")[1]
    for kind in telling.TYPES:
        assert f"`{kind}`" in page
        assert kind in out
