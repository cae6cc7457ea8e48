"""S11: whoever guesses at cards is answered a hundred times at most, and a person is told at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from pos_app.domain.value_code import CARD, account_of, new_code
from sync.hub.answers import HubProblem, RandomIds
from sync.hub.database import Connection, Database
from sync.hub.identity import load_keys
from sync.hub.storefront import keys
from sync.hub.values import cards, guesses
from tests.hub.processes import serving
from tests.hub.tills import HandClock

ANSWERED_MOST = 100
WORKERS = 8


def test_ten_thousand_guesses_over_http(database: Database, books: Connection) -> None:
    with books.transaction():
        now = HandClock().now()
        _, secret = keys.add(books, "web", "", ["https://shop.example"], RandomIds(), now)
    shown = {"authorization": f"Bearer {secret}"}
    codes = [new_code(CARD).qr for _ in range(100)]

    def guess(worker: int) -> list[int]:
        told = []
        with httpx.Client(base_url=hub.url, headers=shown, timeout=60) as client:
            for nth in range(10_000 // WORKERS):
                said = {"code": codes[nth % 100], "visitor": f"{worker}.{nth % 125}"}
                told.append(client.post("/v1/storefront/values/look", json=said).status_code)
        return told

    began = time.monotonic()
    with serving(database) as hub, ThreadPoolExecutor(WORKERS) as pool:
        told = [status for each in pool.map(guess, range(WORKERS)) for status in each]
        rows = books.text("SELECT kind FROM exception WHERE kind = 'value_guessing'")
        assert rows, "a person is told while it goes on"
    assert len(told) == 10_000
    assert set(told) <= {200, 409, 429}
    assert told.count(200) <= ANSWERED_MOST
    assert time.monotonic() - began < 120


@pytest.mark.slow
def test_a_million_guesses_from_a_thousand_visitors_and_five_tills(
    books: Connection, clock: HandClock
) -> None:
    hub_keys, answered = load_keys(books), 0
    account = account_of(new_code(CARD))
    asked = [guesses.of_shop("web", f"10.0.{nth % 250}.{nth}", CARD, "") for nth in range(1_000)]
    asked += [guesses.of_till(f"till-{nth}", CARD, "") for nth in range(5)]
    own = [tuple(one for one in each if not one.name.startswith("account/")) for each in asked]
    with books.transaction():
        for nth in range(1_000_000):
            buckets = own[nth % len(own)]
            try:
                guesses.check(books, buckets, clock.now())
            except HubProblem:
                continue
            answered += 1
            found = cards.standing(books, hub_keys, CARD, account, "", clock.now())
            assert not found.good
            guesses.wrong(books, buckets, clock.now())
    assert answered <= ANSWERED_MOST
    told = books.text("SELECT detail FROM exception WHERE kind = 'value_guessing'")
    assert {str(row[0]).partition(":")[0] for row in told} >= {"tills", "shop"}
