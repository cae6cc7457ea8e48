"""Points at a website: looked at, kept, spent, given back, earned; every id once, never twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from sync.hub import accounts, right_check
from sync.hub.answers import stamp
from sync.hub.customers import book
from sync.hub.database import Connection, Database
from sync.hub.loyalty import jobs, ledger, programmes
from sync.protocol import Contact, CustomerFields
from sync.protocol.customers import SHOP
from tests.hub.righting import free
from tests.hub.storefront.visiting import Visitor, visiting
from tests.hub.tills import HandClock, problem
from tests.till.membering import CLUB

pytestmark = pytest.mark.anyio
MIRA = "0197a1c2-0000-7000-8000-00000000c11a"


@pytest.fixture(autouse=True)
def checked(books: Connection) -> Iterator[None]:
    yield
    assert right_check.differences(books) == []


def member(books: Connection, clock: HandClock, points: int = 500) -> None:
    with books.transaction():
        programmes.put(books, replace(CLUB, version=0), stamp(clock.now()))
        contacts = (Contact(SHOP, "cust-77", "web", verified=True),)
        fields = CustomerFields(name="Mira", member=True, contacts=contacts)
        book.save(books, MIRA, fields, clock.now())
        ledger.move(books, MIRA, points, reason="adjusted", now=clock.now())


async def look(web: Visitor, customer: str = "cust-77", **query: Any) -> Any:
    shown = {"authorization": f"Bearer {web.secret}"}
    return await web.client.get(f"/v1/storefront/points/{customer}", params=query, headers=shown)


async def test_a_hold_is_kept_spent_in_part_and_the_rest_is_free(
    database: Database, books: Connection, clock: HandClock
) -> None:
    member(books, clock)
    async with visiting(database, books, clock) as (web, _):
        asked = {"id": "cart-1", "customer": "cust-77", "points": 300}
        for _again in range(2):
            answer = await web.post("points/holds", **asked)
            assert (answer.status_code, answer.json()["state"]) == (200, "HELD"), answer.text
        assert (await look(web)).json()["points"] == 200
        more = await web.post("points/holds", id="cart-2", customer="cust-77", points=300)
        assert (more.json()["state"], more.json()["left"]) == ("REFUSED", 200)
        for _again in range(2):
            done = await web.post("points/holds/cart-1/capture", points=250, about="W-1")
            assert (done.json()["state"], done.json()["used"]) == ("CAPTURED", 250)
        assert problem(await web.post("points/holds/cart-1/capture", points=100)) == "id_reused"
        assert problem(await web.post("points/holds/cart-1/void")) == "right_over"
        told = (await look(web)).json()
    assert (told["points"], told["tier"], told["to_next"]) == (250, "basic", 1_000)
    newest = told["moved"][0]
    assert (newest["points"], newest["why"], newest["about"]) == (-250, "spent", "W-1")


async def test_a_hold_is_let_go_by_the_shop_or_by_its_end(
    database: Database, books: Connection, clock: HandClock
) -> None:
    member(books, clock)
    async with visiting(database, books, clock) as (web, _):
        for cart in ("a", "b"):
            await web.post("points/holds", id=cart, customer="cust-77", points=200)
        for _again in range(2):
            assert (await web.post("points/holds/a/void")).json()["state"] == "VOIDED"
        assert free(books, clock, MIRA, "points") == 300
        clock.forward(minutes=16)
        assert jobs.let_go_holds(books, clock.now()) == 1
        assert free(books, clock, MIRA, "points") == 500
        assert problem(await web.post("points/holds/b/capture", points=1)) == "right_over"


async def test_a_shops_own_points_are_given_once(
    database: Database, books: Connection, clock: HandClock
) -> None:
    member(books, clock)
    async with visiting(database, books, clock) as (web, _):
        for _again in range(2):
            got = await web.post(
                "points/earn", id="review-9", customer="cust-77", points=20, about="review"
            )
            assert got.json() == {"id": "review-9", "points": 520}
    assert accounts.account_of(books, "points", MIRA) == (520, 0)


async def test_strangers_and_other_shops_learn_nothing(
    database: Database, books: Connection, clock: HandClock
) -> None:
    member(books, clock)
    async with (
        visiting(database, books, clock) as (web, _),
    ):
        assert problem(await look(web, "nobody")) == "customer_unknown"
        assert problem(await look(web, channel="shopify")) == "customer_unknown"
        await web.post("points/holds", id="mine", customer="cust-77", points=10)
        assert problem(await web.post("points/holds/other/void")) == "hold_unknown"
        wrong = await web.post("points/holds", "sk_" + "x" * 40, id="x", customer="c", points=1)
        assert problem(wrong) == "key_unknown"
        public = await web.get("points/cust-77")
        assert problem(public) in ("key_unknown", "origin_refused")
        again = await web.post("points/holds", id="mine", customer="cust-77", points=11)
        assert problem(again) == "id_reused"
        for bad in ({"points": 0}, {"points": 1, "more": 2}, {"points": "1"}):
            answer = await web.post("points/holds", id="y", customer="cust-77", **bad)
            assert problem(answer) == "malformed"
