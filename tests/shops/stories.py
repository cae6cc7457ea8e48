"""What a shop, a hub and a till do together, whichever shop it is: each story against the real one."""

from __future__ import annotations

import datetime as dt
import os
import signal
import statistics
import sys
import time
from typing import Any

from pos_app.till import pickup
from sync.hub.channels import outbox
from sync.proxy import Fault
from tests.shops.world import CHANNEL, SECRET, STORE, World

PRICES = {"BOOT": 1_250, "SOCK": 999, "GONE": 500, "LAST": 2_000, "MANY": 300}
GOODS = {
    "BOOT": (1_250, 60),
    "SOCK": (999, 60),
    "GONE": (500, 20),
    "LAST": (2_000, 1),
    "MANY": (300, 200),
}
STOCK_S = 5.0
"""By when a shop shows what a store sold."""
ROUNDS = 12


def stock_is(world: World, sku: str, on_hand: int, put_aside: int = 0) -> None:
    """The shop counts so many, however it came to that."""

    def right() -> bool:
        found = world.shop.stock(sku)
        return sum(one[0] for one in found.values()) == on_hand and (
            sum(one[1] for one in found.values()) == put_aside
        )

    try:
        world.until(right, "counted")
    except AssertionError:
        raise AssertionError(
            f"{sku}: {world.shop.stock(sku)}, not {on_hand}, {put_aside}"
        ) from None


def on_hand(world: World, sku: str) -> int:
    """What the hub's books say of store 1, pieces."""
    with world.books() as books:
        said = "SELECT on_hand FROM stock WHERE store_id = ? AND sku = ?"
        return int(next(iter(books.text(said, (STORE, sku))))[0]) // 1_000


def exceptions(world: World) -> list[str]:
    with world.books() as books:
        return [str(kind) for (kind,) in books.text("SELECT kind FROM exception ORDER BY no")]


class Story:
    """Run in this order against one shop, one hub and one till."""

    def test_the_shop_answers_and_is_told_what_the_store_has(self, world: World) -> None:
        world.hub.command("channel", "test", CHANNEL)
        for sku, (_, pieces) in GOODS.items():
            stock_is(world, sku, pieces)

    def test_an_order_is_picked_and_handed_over_and_the_shop_says_so_once(
        self, world: World
    ) -> None:
        made = world.shop.order({"BOOT": 2, "SOCK": 1}, STORE, coupon="TEN")
        order = world.on_the_till(made)
        assert [(one.sku, one.qty) for one in sorted(order.row.lines, key=lambda one: one.sku)] == [
            ("BOOT", 2_000),
            ("SOCK", 1_000),
        ]
        assert (order.row.total, order.row.due) == (3_149, 0)
        world.hand_over(world.pick(order))
        seen = world.at_the_shop(made, lambda seen: seen.over, "said to be over")
        assert (seen.hand_overs, seen.pieces, seen.refunds) == (1, 3, 0)
        assert on_hand(world, "BOOT") == 58
        stock_is(world, "BOOT", 58)
        stock_is(world, "SOCK", 59)

    def test_an_order_whose_webhook_is_lost_is_found_by_asking(self, world: World) -> None:
        world.to_hub.off()
        made = world.shop.order({"BOOT": 1}, STORE)
        world.ask_now()
        order = world.on_the_till(made)
        world.to_hub.on()
        world.hand_over(world.pick(order))
        seen = world.at_the_shop(made, lambda seen: seen.over, "said to be over")
        assert (seen.hand_overs, seen.pieces) == (1, 1)

    def test_an_order_lives_its_whole_life_while_the_till_is_offline(self, world: World) -> None:
        made = world.shop.order({"BOOT": 1, "SOCK": 1}, STORE)
        order = world.on_the_till(made)
        world.line.off()
        world.hand_over(world.pick(order))
        assert world.shop.seen(made["id"]).hand_overs == 0
        world.line.on()
        seen = world.at_the_shop(made, lambda seen: seen.over, "said to be over")
        assert (seen.hand_overs, seen.pieces) == (1, 2)

    def test_what_is_paid_in_the_store_is_taken_at_the_shop_when_it_is_handed_over(
        self, world: World
    ) -> None:
        made = world.shop.order({"BOOT": 1}, STORE, "pay-in-store")
        order = world.on_the_till(made)
        assert order.row.due == 1_250
        assert world.shop.seen(made["id"]).taken == 0
        world.hand_over(world.pick(order))
        seen = world.at_the_shop(made, lambda seen: seen.over and seen.taken, "paid and over")
        assert (seen.taken, seen.hand_overs, seen.given_back) == (1_250, 1, 0)

    def test_the_last_piece_sold_in_the_store_is_gone_from_the_shop(self, world: World) -> None:
        stock_is(world, "LAST", 1)
        world.sell("LAST")
        stock_is(world, "LAST", 0)

    def test_what_the_shop_calls_off_before_is_not_handed_over(self, world: World) -> None:
        made = world.shop.order({"GONE": 1}, STORE)
        order = world.on_the_till(made)
        world.shop.cancel(made["id"])

        def called_off() -> bool:
            now = pickup.get(world.till, order.row.reservation)
            return now.row.state in ("CANCELLED", "CANCELLING")

        world.until(called_off, "called off on the till")
        assert world.shop.seen(made["id"]).hand_overs == 0

    def test_called_off_at_the_shop_while_it_is_handed_over_offline(self, world: World) -> None:
        made = world.shop.order({"GONE": 1}, STORE)
        order = world.pick(world.on_the_till(made))
        before = len(exceptions(world))
        world.line.off()
        world.shop.cancel(made["id"])
        world.hand_over(order)
        world.line.on()
        world.until(lambda: len(exceptions(world)) > before, "told to a person")
        seen = world.shop.seen(made["id"])
        assert seen.hand_overs == 0
        assert seen.refunds <= 1, "given back once at most"

    def test_a_refund_whose_answer_is_lost_is_paid_once(self, world: World) -> None:
        made = world.shop.order({"SOCK": 1}, STORE)
        world.on_the_till(made)
        assert world.to_shop is not None
        hits = world.to_shop.hits
        world.to_shop.fault = Fault("reset_answer", world.shop.REFUNDING)
        with world.books() as books, books.transaction():
            outbox.tell(
                books,
                CHANNEL,
                made["id"],
                outbox.REFUND,
                f"refund-{made['id']}",
                amount=999,
                currency=world.shop.currency,
                now=dt.datetime.now(dt.UTC),
            )
        world.until(lambda: world.to_shop and world.to_shop.hits > hits, "asked for")
        world.to_shop.on()
        wanted = (made["id"], outbox.REFUND, outbox.DONE)
        world.until(lambda: wanted in [row[:3] for row in world.outbox()], "known to be done")
        seen = world.shop.seen(made["id"])
        assert (seen.refunds, seen.given_back) == (1, 999)

    def test_a_refund_of_what_came_back_to_a_till_is_paid_by_the_shop_once(
        self, world: World
    ) -> None:
        made = world.shop.order({"SOCK": 2, "BOOT": 1}, STORE)
        order = world.on_the_till(made)
        world.hand_over(world.pick(order))
        world.at_the_shop(made, lambda seen: seen.over, "said to be over")
        before = on_hand(world, "SOCK")
        assert world.to_shop is not None
        hits = world.to_shop.hits
        world.to_shop.fault = Fault("reset_answer", world.shop.REFUNDING)
        refund = world.bring_back(order.row.name, "SOCK", 1_000)
        assert (refund.total, [paid.tender for paid in refund.payments]) == (-999, ["shop"])
        world.until(lambda: world.to_shop and world.to_shop.hits > hits, "asked for")
        world.to_shop.on()
        world.until(lambda: world.refunds() == [("REFUNDED", 999)], "refunded")
        seen = world.shop.seen(made["id"])
        assert (seen.refunds, seen.given_back) == (1, 999)
        assert on_hand(world, "SOCK") == before + 1, "on sale in the store that took it back"
        now = pickup.get(world.till, order.row.reservation)
        assert [one.what for one in now.row.history][-2:] == ["returned", "refunded"]
        assert not [kind for kind in exceptions(world) if kind in ("over_return", "refund_failed")]

    def test_a_hub_that_is_killed_after_its_answer_has_lost_nothing(self, world: World) -> None:
        assert world.to_shop is not None
        world.to_shop.off()
        made = world.shop.order({"BOOT": 1}, STORE)
        world.until(lambda: _waits(world), "kept")
        assert world.hub.process is not None
        world.hub.process.send_signal(signal.SIGKILL)
        world.hub.stop(kill=True)
        world.to_shop.on()
        world.hub.serve(world.port)
        order = world.on_the_till(made)
        with world.books() as books:
            said = "SELECT COUNT(*) FROM customer_order WHERE external_id = ?"
            assert next(iter(books.text(said, (made["id"],))))[0] == 1
        world.hand_over(world.pick(order))
        seen = world.at_the_shop(made, lambda seen: seen.over, "said to be over")
        assert (seen.hand_overs, seen.pieces) == (1, 1)

    def test_how_long_it_takes(self, world: World) -> None:
        """Held against what is promised, unless others keep the machine busy."""
        before = os.getloadavg()[0]
        arrived, told, counted = [], [], []
        for _ in range(ROUNDS):
            made = world.shop.order({"MANY": 1}, STORE)
            began = time.monotonic()
            order = world.on_the_till(made)
            arrived.append(time.monotonic() - began)
            ready = world.pick(order)
            began = time.monotonic()
            world.hand_over(ready)
            world.at_the_shop(made, lambda seen: seen.over, "said to be over")
            told.append(time.monotonic() - began)
            pieces = on_hand(world, "MANY")
            began = time.monotonic()
            world.sell("MANY")
            stock_is(world, "MANY", pieces - 1)
            counted.append(time.monotonic() - began)
        busy = max(before, os.getloadavg()[0]) > 2 * (os.cpu_count() or 1)
        for name, taken, most in (
            ("order at the shop to the till's row", arrived, 5.0),
            ("hand-over to the shop's state", told, 10.0),
            ("sale in the store to the shop's stock", counted, STOCK_S),
        ):
            load = "busy machine" if busy else "quiet machine"
            sys.stdout.write(f"\n{world.shop.PLATFORM}, {load}: {name}: {_shown(taken)}")
            assert busy or statistics.quantiles(taken, n=20)[-1] <= most, name


def _waits(world: World) -> bool:
    with world.books() as books:
        said = "SELECT COUNT(*) FROM channel_inbox WHERE state = 'new'"
        return bool(next(iter(books.text(said)))[0])


def _shown(taken: list[float]) -> str:
    middle, late = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    return f"median {middle:.2f} s, p95 {late:.2f} s, most {max(taken):.2f} s of {len(taken)}"


def opened(folder: Any, kind: Any, postgres: Any, prices: Any) -> tuple[World, Any]:
    """A hub with its till, and the shop with the same goods, joined."""
    world = World(folder, GOODS)
    try:
        shop = kind(folder, postgres, hub=world.address, secret=SECRET, currency="EUR")
    except BaseException:
        world.close()
        raise
    shop.store(STORE)
    for sku, price in PRICES.items():
        shop.goods(sku, prices(price), {})
    shop.coupon("TEN", 10)
    world.join(shop)
    return world, shop
