"""Whatever is sent by whoever has a storefront's keys: a problem with a 4xx, and nothing half done."""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode

from sync.hub import right_check
from sync.hub.answers import RandomIds, SystemClock
from sync.hub.database import Connection, Database
from sync.hub.storefront import keys
from sync.hub.storefront.desk import KEY_OF, PUBLIC
from tests.hub.processes import serving
from tests.hub.storefront.visiting import goods
from tests.hub.test_hostile import HOSTILE, OPERATIONS, prepared, spots, with_another

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
FRONT = {name: op for name, op in OPERATIONS.items() if "/v1/storefront/" in name}
attack = settings(max_examples=25, deadline=None, database=None, derandomize=True)
GOOD = {
    "reservations": {
        "id": "r",
        "store": "1",
        "lines": [{"sku": "A1", "qty": 1_000, "gross": 100, "title": "x", "line": "1"}],
        "minutes": 5,
        "client": "c",
        "consent": "yes",
    },
    "orders": {
        "id": "o",
        "store": "1",
        "lines": [{"sku": "A1", "qty": 1_000, "gross": 1_999, "title": "x", "line": "1"}],
        "payment": {"state": "paid", "method": "card", "transaction": "t"},
        "name": "W-1",
        "way": "pickup",
        "shipping": 0,
        "customer": {"email": "a@b.c", "phone": "1", "name": "Ada", "external_id": "7"},
        "consent": {"email": "yes", "sms": "no", "at": "", "source": "page"},
        "attribution": {"source": "s", "medium": "m", "landing": "l", "client": "c"},
        "person": "Eve",
        "note": "n",
        "address": ["Street 1"],
        "coupons": ["TEN"],
        "may_substitute": True,
        "language": "de",
    },
}


class Insider:
    """Somebody with both keys, who comes from another address each time."""

    def __init__(self, client: httpx.Client, public: str, secret: str, books: Connection) -> None:
        self.client, self.public, self.secret, self.books = client, public, secret, books
        self._addresses = itertools.count(1)
        self.tried: dict[int, int] = {}

    def say(self, method: str, target: str, body: bytes = b"", *, public: bool) -> httpx.Response:
        if public and "key=" not in target:
            target += ("&" if "?" in target else "?") + f"key={self.public}"
        at = next(self._addresses)
        headers = {
            "content-type": "application/json",
            "x-forwarded-for": f"10.{at >> 16 & 255}.{at >> 8 & 255}.{at & 255}",
        }
        if not public:
            headers["authorization"] = f"Bearer {self.secret}"
        request = self.client.build_request(method, "/", content=body, headers=headers)
        request.url = self.client.base_url.copy_with(raw_path=target.encode())
        answer = self.client.send(request)
        self.tried[answer.status_code] = self.tried.get(answer.status_code, 0) + 1
        assert 200 <= answer.status_code < 500, (answer.status_code, target, body[:500])
        assert answer.status_code != 429, "its limits are looked at elsewhere"
        return answer

    def orders(self) -> int:
        return int(self.books.text("SELECT count(*) FROM customer_order")[0][0])


@pytest.fixture(scope="module")
def insider(new_hub: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Insider]:
    path = tmp_path_factory.mktemp("insider") / "hub.sqlite"
    shutil.copy(new_hub, path)
    database = Database(f"sqlite:///{path}")
    books, clock = database.connect(write=True), SystemClock()
    goods(books, clock, A1=100_000, A2=5)  # type: ignore[arg-type]
    with books.transaction():
        found, secret = keys.add(books, "web", "", [], RandomIds(), clock.now())
        keys.change(books, "web", reads_a_minute=600_000)
    with serving(database) as hub, httpx.Client(base_url=hub.url, timeout=30) as client:
        yield Insider(client, found.public_key, secret, books)
    books.close()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", FRONT)
def test_what_is_made_up_from_the_document(
    insider: Insider, name: str, mode: GenerationMode
) -> None:
    method, _, path = name.partition(" ")
    public = KEY_OF[method, path] == PUBLIC

    @attack
    @given(FRONT[name].as_strategy(generation_mode=mode))
    def story(case: Case) -> None:
        asked, target, body = prepared(case)
        insider.say(asked, target, body, public=public)

    with contextlib.suppress(Unsatisfiable):
        story()


@pytest.mark.parametrize("what", GOOD)
def test_a_good_message_with_something_else_in_one_place(insider: Insider, what: str) -> None:
    numbers = itertools.count()
    places = [where for where in spots(GOOD[what]) if where != ("id",)]
    taken = 0

    @settings(attack, max_examples=200)
    @given(st.sampled_from(places), HOSTILE)
    def story(where: tuple[Any, ...], value: Any) -> None:
        nonlocal taken
        told = with_another(GOOD[what], where, value)
        if isinstance(told, dict):
            told["id"] = f"{what}-{next(numbers)}"
        before = insider.orders()
        answer = insider.say(
            "POST", f"/v1/storefront/{what}", json.dumps(told).encode(), public=False
        )
        made = insider.orders() - before
        assert made == (answer.status_code == 200 and what == "orders")
        taken += answer.status_code == 200

    story()
    assert taken, "some of it is harmless"
    assert right_check.differences(insider.books) == []


@pytest.mark.parametrize(
    "query",
    [
        *("lat=1e5&lon=1", "lat=--1&lon=1", "lat=%00&lon=%00", "lat=٣&lon=1", "lat=nan&lon=nan"),
        *("lat=999999999999999999999&lon=1", "near=%ff%fe", "near=%F0%9F%92%A9", "near=%00"),
        *(
            "limit=0",
            "limit=-1",
            "limit=1e3",
            "limit=99999999999",
            "limit=%EF%BC%91",
            "store=%27%20OR",
        ),
        *("sku=" + "a" * 65, "sku=,,,", "sku=" + ",".join("abcdefghijklmnopqrstuvwxyz"), "sku=%00"),
        *("q=%25%25%25", "q=" + "x" * 101, "q=%00", "q=\\", "&" * 100, "=" * 50, "key=1&key=2"),
    ],
)
@pytest.mark.parametrize("what", ["stores", "availability", "products"])
def test_questions_that_were_made_to_hurt(insider: Insider, what: str, query: str) -> None:
    target = f"/v1/storefront/{what}?{query}".encode().decode("latin-1")
    answer = insider.say(
        "GET", target.encode("latin-1", "ignore").decode("ascii", "ignore"), public=True
    )
    assert answer.status_code in (200, 400, 401, 404)
