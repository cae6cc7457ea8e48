"""The hub's own chain: appended, verified, and what a hand in the database leaves to see."""

from __future__ import annotations

import pytest

from sync.hub import own_journal
from sync.hub.answers import HubProblem, RandomIds
from sync.hub.database import Connection
from sync.hub.desk import ENDPOINTS, Endpoint, find
from sync.hub.identity import load_keys
from sync.protocol import DrawerOpened
from tests.hub.journals import T0


def _grown(books: Connection, count: int) -> str:
    keys = load_keys(books)
    with books.transaction():
        for _ in range(count):
            head = own_journal.head(T0, RandomIds(), store="1", actor="mira")
            own_journal.append(books, keys, DrawerOpened(**head, reason="look"), T0)
    return keys.public_hex


def test_a_chain_of_its_own_over_several_lives(books: Connection) -> None:
    public = _grown(books, 3)
    with books.transaction():
        assert own_journal.begin_epoch(books) == 2
    _grown(books, 2)
    assert list(own_journal.verify(books, public)) == []
    rows = books.text("SELECT n, epoch, seq FROM event WHERE device = 'hub' ORDER BY n")
    assert rows == [(1, 1, 1), (2, 1, 2), (3, 1, 3), (4, 2, 1), (5, 2, 2)]


@pytest.mark.parametrize(
    ("hand", "seen"),
    [
        ("UPDATE event SET body = CAST(replace(body, 'look', 'loot') AS BLOB) WHERE n = 2", "hash"),
        ("DELETE FROM event WHERE n = 2", "missing"),
        ("UPDATE event SET sig = x'00' WHERE n = 2", "sign"),
        ("UPDATE event SET type = 'sale' WHERE n = 2", "columns"),
    ],
)
def test_what_a_hand_changed_is_seen(books: Connection, hand: str, seen: str) -> None:
    public = _grown(books, 3)
    for (name,) in books.text("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        books.text(f"DROP TRIGGER {name}")
    books.text(hand)
    told = list(own_journal.verify(books, public))
    assert any(seen in line for line in told), told


def test_another_key_signed_none_of_it(books: Connection) -> None:
    _grown(books, 1)
    assert len(list(own_journal.verify(books, "11" * 32))) >= 1


def test_addresses_with_names_in_them() -> None:
    row = Endpoint("POST", "/v1/things/{id}/{verb}", ENDPOINTS[0].handler, "", None, None, True)
    assert row.values("/v1/things/E-71/settle") == {"id": "E-71", "verb": "settle"}
    for other in ("/v1/things/E-71", "/v1/things//settle", "/v1/things/a%2Fb/c", "/v1/x/1/2"):
        assert row.values(other) is None
    assert row.values("/v1/things/" + "a" * 65 + "/c") is None
    with pytest.raises(HubProblem):
        find("GET", "/v1/things/1/settle")
