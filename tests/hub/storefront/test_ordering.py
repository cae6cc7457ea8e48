"""A website puts goods aside and orders them: once, all or nothing, and its customer sees how it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from pos_app.domain.pickup import code_fits
from sync.hub import right_check
from sync.hub.answers import RandomIds
from sync.hub.database import Connection, Database
from sync.hub.orders import kept
from sync.hub.storefront import keys
from sync.hub.storefront.front import Front, LookUp
from sync.hub.storefront.looked import Keeper, expire
from tests.hub.storefront.visiting import (
    Visitor,
    goods,
    offering,
    picked,
    signals_of,
    visiting,
)
from tests.hub.tills import HandClock, problem

pytestmark = pytest.mark.anyio
Books = tuple[Database, Connection, HandClock]


@pytest.fixture
def shop(database: Database, books: Connection, clock: HandClock) -> Iterator[Books]:
    """A store with two blue shirts and five red ones; its rights are right whatever was done."""
    goods(books, clock, A1=2, A2=5)
    yield database, books, clock
    assert right_check.differences(books) == []


async def band(web: Visitor, sku: str = "A1") -> str:
    told: str = (await web.look(sku))[sku][0]["band"]
    return told


async def reserve(web: Visitor, own: str = "r1", qty: int = 2_000, **said: Any) -> dict[str, Any]:
    asked = {"id": own, "store": "1", "lines": [{"sku": "A1", "qty": qty}], **said}
    answer = await web.post("reservations", **asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.both_engines
async def test_put_aside_once_however_often_it_is_asked(
    database: Database, books: Connection, clock: HandClock
) -> None:
    goods(books, clock, A1=2, A2=5)
    async with visiting(database, books, clock) as (web, _till):
        first = await reserve(web, minutes=30)
        assert (first["state"], first["until"]) == ("RESERVED", "2026-11-25T09:30:00.000Z")
        assert await reserve(web, minutes=30) == first
        assert await band(web) == "none"
        other = await web.post(
            "reservations", id="r1", store="1", lines=[{"sku": "A2", "qty": 1_000}]
        )
        assert problem(other) == "id_reused"
        late = await reserve(web, "r2", 1_000, client="b-1", consent="yes")
        assert (late["state"], late["short"]) == ("REFUSED", ["A1"])
        assert signals_of(books)[-1] == ("reservation_refused", "A1", "b-1", "yes")
        await reserve(web, "r2", 1_000, client="b-1", consent="yes")
        assert len([one for one in signals_of(books) if one[0] == "reservation_refused"]) == 1
        back = await web.post("reservations/r1/cancel")
        assert back.json()["state"] == "CANCELLED"
        assert (await web.post("reservations/r1/cancel")).json()["state"] == "CANCELLED"
        assert await band(web) == "few"


@pytest.mark.both_engines
async def test_what_nobody_fetches_in_time_is_free_again(shop: Books) -> None:
    database, books, clock = shop
    async with visiting(database, books, clock) as (web, _till):
        await reserve(web, minutes=5)
        clock.forward(minutes=4)
        assert expire(books, clock.now()) == 0
        clock.forward(minutes=2)
        assert expire(books, clock.now()) == 1
        answer = await web.client.get(
            "/v1/storefront/reservations/r1", headers={"authorization": f"Bearer {web.secret}"}
        )
        assert answer.json()["state"] == "CANCELLED"
        assert await band(web) == "few"


@pytest.mark.both_engines
async def test_a_hundred_at_once_for_the_last_two(shop: Books) -> None:
    database, books, clock = shop
    async with visiting(database, books, clock) as (web, _till):
        told = await asyncio.gather(*(reserve(web, f"r{n}", 1_000) for n in range(60)))
        assert [one["state"] for one in told].count("RESERVED") == 2


async def test_another_storefront_sees_and_ends_nothing_of_it(shop: Books) -> None:
    database, books, clock = shop
    async with visiting(database, books, clock) as (web, _till):
        with books.transaction():
            _, other = keys.add(books, "other", "", [], RandomIds(), clock.now())
        await reserve(web)
        assert problem(await web.post("reservations/r1/cancel", other)) == "reservation_unknown"
        made = await web.order(sku="A2")
        assert problem(await web.post(f"orders/{made['order']}/cancel", other)) == "order_unknown"


@pytest.mark.both_engines
async def test_ordered_priced_by_the_hub_and_known_to_the_store(shop: Books) -> None:
    database, books, clock = shop
    async with visiting(database, books, clock) as (web, _till):
        made = await web.order(
            "cart-7",
            qty=2_000,
            customer={"name": "Ada L.", "email": "ada@example.org"},
            attribution={"source": "newsletter", "referrer": "x" * 900, "client": "b-1"},
            note="ring twice",
        )
        assert (made["total"], made["due"], made["state"]) == (3_998, 3_998, "open")
        assert made["name"].startswith("W-")
        (part,) = made["parts"]
        assert (part["state"], part["store_name"]) == ("RESERVED", "Test Store")
        assert "code" not in part
        assert "qr" not in part
        (held,) = kept.parts_of(books, made["order"])
        assert (held.row.customer, held.row.due) == ("Ada L.", 3_998)
        assert held.row.history[0].who == "The web shop"
        whole = kept.find(books, made["order"])
        assert whole is not None
        assert whole.told is not None
        assert whole.told.lines[0].tax == 666
        assert len(whole.told.attribution.referrer) == 200
        again = await web.order(
            "cart-7", qty=2_000, customer={"name": "Ada L.", "email": "ada@example.org"}
        )
        assert (again["order"], again["token"]) == (made["order"], made["token"])
        assert problem(await web.ordered("cart-7", qty=1_000)) == "id_reused"
        assert books.text("SELECT count(*) FROM customer_order") == [(1,)]


async def test_all_of_it_or_nothing(shop: Books) -> None:
    database, books, clock = shop
    async with visiting(database, books, clock) as (web, _till):
        lines = [{"sku": "A2", "qty": 1_000}, {"sku": "A1", "qty": 3_000}]
        assert problem(await web.ordered(lines=lines)) == "order_not_promised"
        assert books.text("SELECT count(*) FROM customer_order") == [(0,)]
        assert await band(web, "A2") == "some"
        assert problem(await web.ordered(store="9")) == "store_unknown"
        assert problem(await web.ordered(sku="nothing")) == "product_unknown"
        offering(books, pickup=False)
        assert problem(await web.ordered()) == "pickup_off"


@pytest.mark.both_engines
async def test_what_was_put_aside_becomes_the_order(shop: Books) -> None:
    database, books, clock = shop
    async with visiting(database, books, clock) as (web, _till):
        await reserve(web)
        assert problem(await web.ordered(qty=2_000)) == "order_not_promised"
        made = await web.order(qty=2_000, reservation="r1")
        assert made["parts"][0]["state"] == "RESERVED"
        assert await band(web) == "none"
        short = await web.ordered(qty=3_000, reservation="r1")
        assert problem(short) == "order_not_promised"


@pytest.mark.both_engines
async def test_an_order_that_cannot_be_had_leaves_what_was_put_aside(shop: Books) -> None:
    database, books, clock = shop
    async with visiting(database, books, clock) as (web, _till):
        await reserve(web, qty=1_000)
        assert problem(await web.ordered(qty=5_000, reservation="r1")) == "order_not_promised"
        shown = {"authorization": f"Bearer {web.secret}"}
        answer = await web.client.get("/v1/storefront/reservations/r1", headers=shown)
        assert answer.json()["state"] == "RESERVED"


async def test_its_customer_sees_it_come_with_a_code_once_it_is_ready(shop: Books) -> None:
    database, books, clock = shop
    async with visiting(database, books, clock) as (web, till):
        made = await web.order(payment={"state": "paid", "method": "card"})
        page = (await web.status(made["order"], made["token"])).json()
        assert (page["due"], page["parts"][0]["state"]) == (0, "RESERVED")
        assert "token" not in page
        await picked(till, made)
        answer = await web.status(made["order"], made["token"])
        (part,) = answer.json()["parts"]
        assert answer.headers["cache-control"] == "no-store"
        assert part["state"] == "READY"
        (held,) = kept.parts_of(books, made["order"])
        assert code_fits(held.row.code, part["code"])
        assert part["qr"].startswith("HFP1.")
        assert [one["what"] for one in part["steps"]][-1] == "ready"
        assert b"B3" not in answer.content, "where it lies is the store's own"
        assert b"picker" not in answer.content


async def test_no_token_no_order_and_the_same_words_for_both(shop: Books) -> None:
    database, books, clock = shop
    async with visiting(database, books, clock) as (web, _till):
        one, two = await web.order("a"), await web.order("b", "A2")
        wrong = [
            await web.status(one["order"], two["token"]),
            await web.status(one["order"], ""),
            await web.status(one["order"], "ot_" + "0" * 64),
            await web.status("00000000-0000-0000-0000-000000000000", one["token"]),
            await web.status(one["name"], one["token"]),
        ]
        assert {problem(answer) for answer in wrong} == {"order_unknown"}
        assert len({answer.content for answer in wrong}) == 1


@pytest.mark.both_engines
async def test_called_off_once_and_free_again(shop: Books) -> None:
    database, books, clock = shop
    async with visiting(database, books, clock) as (web, _till):
        made = await web.order(qty=2_000)
        assert await band(web) == "none"
        clock.forward(seconds=1)
        gone = await web.post(f"orders/{made['order']}/cancel", reason="changed my mind")
        assert (gone.json()["state"], gone.json()["parts"][0]["state"]) == (
            "cancelled",
            "CANCELLED",
        )
        again = await web.post(f"orders/{made['order']}/cancel")
        assert again.json()["state"] == "cancelled"
        assert await band(web) == "few"


async def test_called_off_in_the_moment_it_was_ordered(shop: Books) -> None:
    database, books, clock = shop
    async with visiting(database, books, clock) as (web, _till):
        made = await web.order()
        gone = await web.post(f"orders/{made['order']}/cancel")
        assert gone.json()["state"] == "cancelled", "the clock stood still between the two"


async def test_a_secret_key_is_not_taken_from_a_page(shop: Books) -> None:
    database, books, clock = shop
    async with visiting(database, books, clock) as (web, _till):
        shown = {"authorization": f"Bearer {web.secret}", "origin": "https://shop.example"}
        asked = {"id": "x", "store": "1", "lines": [{"sku": "A1", "qty": 1_000}]}
        answer = await web.client.post("/v1/storefront/orders", json=asked, headers=shown)
        assert problem(answer) == "origin_refused"
        public = await web.post("orders", web.public, **asked)
        assert problem(public) == "key_unknown"


@pytest.mark.parametrize(
    "wrong",
    [
        {"qty": 0},
        {"qty": -1_000},
        {"qty": 1.5},
        {"qty": 10**18},
        {"lines": []},
        {"lines": [{"sku": "A1", "qty": 1_000, "gross": -1}]},
        {"lines": [{"sku": "A1", "qty": 1_000, "price": 1}]},
        {"own": "../../x"},
        {"payment": {"state": "given"}},
        {"way": "drone"},
        {"total": 1},
    ],
)
async def test_what_cannot_be_is_refused_whole(shop: Books, wrong: dict[str, Any]) -> None:
    database, books, clock = shop
    async with visiting(database, books, clock) as (web, _till):
        assert problem(await web.ordered(**wrong)) == "malformed"
        assert books.text("SELECT count(*) FROM customer_order") == [(0,)]


def test_the_keeper_writes_what_waits(shop: Books) -> None:
    database, books, clock = shop
    front = Front()
    for n in range(1_200):
        front.looked.add(LookUp("lookup", "1", "A1", "", "no", str(n), clock.now()))
    keeper = Keeper(database, clock, front, every_s=0.01)
    keeper.start()
    keeper.finish()
    assert len(front.looked) == 0
    assert len(signals_of(books)) == 1_200
