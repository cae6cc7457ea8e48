"""Stock to the shops: what moved is told once, soon, and costs a sale nothing where nobody sells it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pos_app.domain.store import Store
from sync.hub import reservations
from sync.hub.answers import stamp
from sync.hub.channels import due, lanes, mapping, running, shops, stock_push
from sync.hub.channels.adapter import StockLevel
from sync.hub.channels.shops import Secrets
from sync.hub.channels.stock_push import _levels, _places
from sync.hub.database import Connection, Database
from sync.hub.setting_up import add_store
from sync.hub.stock import move_stock
from sync.hub.store import Shop
from tests.hub.channels.channelled import CHANNEL, Channelled
from tests.hub.channels.fake import Answer, Basket, FakeShop
from tests.hub.channels.shops.standard import StandardShop
from tests.hub.channels.test_deliveries import waited
from tests.hub.journals import RULES
from tests.hub.orders.ordering import stocked
from tests.hub.processes import serving
from tests.hub.righting import new_id
from tests.hub.tills import HandClock


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    made = StandardShop()
    yield made
    made.end()


def second_store(hub: Channelled) -> None:
    store = Store("2", "Other", "EUR", "Europe/Vienna", "de_AT", ("Street 2",), "ATU1")
    with hub.books.transaction():
        add_store(hub.books, Shop(store, RULES))


def move(hub: Channelled, qty: int, sku: str = "A1", store: str = "1") -> None:
    due.forget()
    with hub.books.transaction():
        move_stock(hub.books, store, {sku: qty}, stamp(hub.clock.now()))


def pushes(shop: FakeShop) -> list[list[dict[str, str]]]:
    told = [json.loads(call.body) for call in shop.calls if call.path == "/holdfast"]
    return [one["data"]["levels"] for one in told if one["type"] == "stock.levels"]


def settled(hub: Channelled) -> None:
    hub.clock.forward(seconds=2)
    hub.run(lanes.OUT)
    hub.shop.calls.clear()


def test_what_moves_within_a_moment_is_told_once_and_the_latest_wins(
    hub: Channelled, shop: FakeShop
) -> None:
    settled(hub)
    for _ in range(5):
        move(hub, -1_000)
    hub.run(lanes.OUT)
    assert pushes(shop) == [], "the moment is not over"
    hub.clock.forward(seconds=1)
    hub.run(lanes.OUT)
    assert pushes(shop) == [[{"sku": "A1", "location": "here", "quantity": "15"}]]
    hub.clock.forward(minutes=1)
    hub.run(lanes.OUT)
    assert len(pushes(shop)) == 1, "nothing moved since"


def test_what_moves_without_a_pause_is_told_all_the_same(hub: Channelled, shop: FakeShop) -> None:
    settled(hub)
    for _ in range(6):
        move(hub, -1_000)
        hub.clock.forward(milliseconds=400)
        hub.run(lanes.OUT)
    assert len(pushes(shop)) >= 1


def test_what_moves_goes_before_a_whole_catalogue(
    hub: Channelled, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock_push, "AT_ONCE", 5)
    stocked(hub.books, hub.clock, **{f"S{no:02}": 3 for no in range(30)})
    settled(hub)
    hub.shop.numbers.clear()
    hub.all_stock()
    move(hub, -1_000, "B2")
    hub.clock.forward(seconds=2)
    with hub.lane(lanes.OUT) as work:
        running.one_round(work)
    assert [one["sku"] for one in pushes(shop)[0]] == ["B2"]
    hub.run(lanes.OUT)
    assert hub.books.text("SELECT count(*) FROM channel_due") == [(0,)]
    assert shop.stock("S29", "here") == 3


def test_what_moves_while_it_is_told_stays_due(hub: Channelled, shop: FakeShop) -> None:
    settled(hub)
    move(hub, -1_000)
    hub.clock.forward(seconds=2)
    answer = shop.answer

    def meanwhile(call):
        if shop.stock("A1", "here") == 20:
            move(hub, -1_000)
        return answer(call)

    shop.answer = meanwhile
    hub.run(lanes.OUT)
    hub.clock.forward(seconds=2)
    hub.run(lanes.OUT)
    assert shop.stock("A1", "here") == 18


def test_a_promise_is_told_like_a_movement(hub: Channelled, shop: FakeShop) -> None:
    """Goods promised to somebody else are not the shop's to sell."""
    settled(hub)
    due.forget()
    with hub.books.transaction():
        asked = reservations.wanted(new_id(), "1", (("A1", 3_000),), 86_400, b"")
        reservations.reserve_here(hub.books, asked, "", hub.clock.now())
    settled(hub)
    assert shop.stock("A1", "here") == 17
    with hub.books.transaction():
        reservations.cancel(hub.books, asked.right_id, reservations.HUB, hub.clock.now())
    settled(hub)
    assert shop.stock("A1", "here") == 20


def test_only_what_it_sells_and_has(hub: Channelled, shop: FakeShop) -> None:
    stocked(hub.books, hub.clock, GONE=5, OURS=7)
    hub.all_stock()
    settled(hub)
    assert shop.stock("GONE", "here") is None
    hub.all_stock()
    hub.clock.forward(seconds=2)
    hub.run(lanes.OUT)
    assert {one["sku"] for each in pushes(shop) for one in each} == {"A1", "B2", "OURS"}
    hub.change(sells=shops.SELLS_MAPPED)
    with hub.books.transaction():
        mapping.put(hub.books, CHANNEL, mapping.SKU, "their-a1", "A1")
    settled(hub)
    move(hub, -1_000, "A1")
    move(hub, -1_000, "OURS")
    hub.clock.forward(seconds=2)
    hub.run(lanes.OUT)
    assert pushes(shop) == [[{"sku": "their-a1", "location": "here", "quantity": "19"}]]


def test_a_store_that_has_less_than_nothing_takes_nothing_from_the_others(
    hub: Channelled, shop: FakeShop
) -> None:
    """Two of our stores are one place of the shop: it is told their sum."""
    second_store(hub)
    with hub.books.transaction():
        mapping.drop(hub.books, CHANNEL, mapping.STORE, "here")
    settled(hub)
    move(hub, -25_000)
    move(hub, 4_000, store="2")
    settled(hub)
    assert (shop.stock("A1", "1"), shop.stock("A1", "2")) == (0, 4)
    sums = type(
        "OneNumber",
        (),
        {"capabilities": type("Caps", (), {"locations": False, "reservations_apart": False})},
    )
    with hub.lane(lanes.OUT) as work:
        one = replace(work, adapter=sums)
        assert _places(one) == {"": ("1", "2")}
        ((_, level),) = _levels(one, ["A1"], _places(one), hub.clock.now())
        assert level.number(reservations_apart=False) == 4_000
        chosen = replace(one, shop=replace(one.shop, stores='["1"]'))
        ((_, level),) = _levels(chosen, ["A1"], _places(chosen), hub.clock.now())
        assert level.number(reservations_apart=False) == 0


def test_a_shop_that_takes_no_numbers_is_left_alone_and_told_of_once(
    hub: Channelled, shop: FakeShop
) -> None:
    settled(hub)
    stocked(hub.books, hub.clock, **{f"S{no}": 3 for no in range(30)})
    hub.all_stock()
    hub.clock.forward(seconds=2)
    answer = shop.answer
    shop.answer = lambda _: Answer({"message": "gone"}, 404)
    for _ in range(2):
        assert hub.run(lanes.OUT) >= 600
    assert len(shop.calls) <= 8
    assert hub.waiting() == ["channel_act"]
    shop.answer = lambda call: Answer(None, 422) if b'"S7"' in call.body else answer(call)
    hub.run(lanes.OUT)
    assert (shop.stock("S8", "here"), shop.stock("S7", "here")) == (3, None)
    assert hub.books.text("SELECT count(*) FROM channel_due") == [(0,)]


@pytest.mark.parametrize(
    ("level", "apart", "free"),
    [
        (StockLevel("A", "", 8_000, 2_000), True, 8_000),
        (StockLevel("A", "", 8_000, 2_000), False, 6_000),
        (StockLevel("A", "", 8_000, 3_000, elsewhere=1_000), True, 7_000),
        (StockLevel("A", "", 8_000, 2_000, safety=7_000), False, 0),
        (StockLevel("A", "", -3_000, 0), True, 0),
    ],
)
def test_the_number_is_the_platforms_own(level: StockLevel, apart: bool, free: int) -> None:
    """8 on hand, 2 of them ordered there: who keeps that apart is told 8, never 6."""
    assert level.number(reservations_apart=apart) == free


def test_an_echo_of_our_own_number_moves_nothing(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(Basket())
    settled(hub)
    before = hub.books.text("SELECT on_hand FROM stock ORDER BY sku")
    assert hub.told(own, what="other") == 200
    settled(hub)
    assert hub.books.text("SELECT on_hand FROM stock ORDER BY sku") == before
    assert hub.books.text("SELECT count(*) FROM channel_due") == [(0,)]


def test_where_there_is_no_shop_a_movement_writes_nothing(
    database: Database, books: Connection, clock: HandClock
) -> None:
    """Neither a row nor, but for a look every two seconds, a question."""
    stocked(books, clock, A1=5)
    asked: list[str] = []
    books._raw.set_trace_callback(asked.append)
    for _ in range(10):
        with books.transaction():
            move_stock(books, "1", {"A1": -100}, stamp(clock.now()))
    books._raw.set_trace_callback(None)
    assert sum("channel" in one for one in asked) <= 1
    assert books.text("SELECT count(*) FROM channel_due") == [(0,)]


def test_a_sale_is_at_the_shop_within_seconds(
    database: Database, books: Connection, shop: FakeShop
) -> None:
    """A hub that serves: from a movement in its books to the shop's own number."""
    stocked(books, HandClock(), A1=5)
    with books.transaction():
        shops.make(
            *(books, CHANNEL, shop.platform, shop.url, "EUR"),
            Secrets(((shop.secret, ""),), shop.api_key),
            dt.datetime.now(dt.UTC),
            options=shop.options,
        )
    with serving(database):
        waited(lambda: any(call.path == "/orders" for call in shop.calls))
        began = dt.datetime.now(dt.UTC)
        due.forget()
        with books.transaction():
            move_stock(books, "1", {"A1": -1_000}, stamp(began))
        waited(lambda: shop.stock("A1", "1") == 4)
        took = dt.datetime.now(dt.UTC) - began
    assert took < dt.timedelta(seconds=30), "the goal is 5; a busy machine proves nothing"
