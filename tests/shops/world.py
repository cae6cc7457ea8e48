"""A real shop, a real hub process and a real till with its sync, joined over real HTTP.

Between shop and hub, hub and shop, till and hub stands a proxy each, so that each of these ways can
break alone.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hardware.connect import simulated
from pos_app.settings import Settings
from pos_app.till import (
    Till,
    checkout,
    finding_sales,
    hand_over,
    open_till,
    pickup,
    refund,
    return_words,
)
from pos_app.till.order_book import Order
from pos_app.till.shift import open_shift
from sync.hub.database import Connection, Database
from sync.link import LinkClient, SyncSupervisor
from sync.protocol import Refunded
from sync.proxy import FaultProxy
from tests.scenarios import hub as scenario
from tests.shops.running import free_port

CHANNEL = "web"
STORE = "1"
PATIENCE_S = 120
SECRET = "whsec_" + "c2VjcmV0" * 4


def barcode(number: int) -> str:
    """An EAN-13 of our own."""
    digits = f"2{900_000_000_00 + number:011d}"
    odd, even = (sum(int(one) for one in digits[start::2]) for start in (0, 1))
    return f"{digits}{-(odd + 3 * even) % 10}"


class Hub(scenario.Hub):
    """With goods of the tests' own."""

    goods: str = ""

    def lay(self) -> None:
        super().lay()
        path = self.folder / "shop-goods.csv"
        path.write_text(self.goods)
        self.command("import-catalogue", str(path), "--store", STORE)


class World:
    """All of it; `goods` is SKU -> (price in minor units, pieces in store 1)."""

    def __init__(self, folder: Path, goods: dict[str, tuple[int, int]]) -> None:
        self.folder = folder
        self.codes = {sku: barcode(number) for number, sku in enumerate(goods)}
        self.hub = Hub(folder)
        self.hub.goods = "sku,name,price,tax,barcode,stock\n" + "".join(
            f"{sku},Goods {sku},{price / 100:.2f},standard,{self.codes[sku]},{pieces}\n"
            for sku, (price, pieces) in goods.items()
        )
        self.hub.lay()
        self.port = free_port()
        try:
            self.hub.serve(self.port)
        except BaseException:
            self.hub.stop(kill=True)
            raise
        self.to_hub = FaultProxy("127.0.0.1", self.port)
        """The way that the shop's webhooks go."""
        self.line = FaultProxy("127.0.0.1", self.port)
        """The till's line."""
        self.to_shop: FaultProxy | None = None
        try:
            self._till()
        except BaseException:
            self._close_ways()
            raise

    @property
    def address(self) -> str:
        """Where the shop delivers."""
        return f"{self.to_hub.url}/v1/channels/{CHANNEL}/deliveries"

    def _till(self) -> None:
        (self.data,) = self.hub.enrol(1)
        Settings(hub_url=self.line.url).save(self.data)
        devices, *_ = simulated()
        self.link = LinkClient(self.data)
        self.till: Till = open_till(self.data, devices=devices, link=self.link)
        self.till.to_hub = self.link.ask
        self.till.person = next(
            person for person in self.till.staff.values() if person.role == "manager"
        )
        open_shift(self.till, 20_000)
        self.sync = SyncSupervisor(self.data)
        assert self.sync.ensure()

    def join(self, shop: Any) -> None:
        """The hub is told of the shop, as a person tells it."""
        self.shop = shop
        self.to_shop = FaultProxy("127.0.0.1", shop.port)
        self.hub.command(
            *("channel", "add", CHANNEL, "--platform", shop.PLATFORM, "--url", self.to_shop.url),
            *("--public", self.to_hub.url, "--currency", shop.currency),
            *("--api-key", shop.api_key, "--webhook-secret", SECRET),
        )
        if shop.place_of(STORE) != STORE:
            self.hub.command("channel", "map", CHANNEL, "store", shop.place_of(STORE), STORE)

    @contextlib.contextmanager
    def books(self) -> Iterator[Connection]:
        with contextlib.closing(Database(self.hub.database).connect(write=True)) as books:
            yield books

    def close(self) -> None:
        self.sync.stop()
        self.link.close()
        self.till.close()
        self._close_ways()

    def _close_ways(self) -> None:
        for proxy in (self.to_hub, self.line, self.to_shop):
            if proxy is not None:
                proxy.close()
        self.hub.stop()

    # --- waiting ------------------------------------------------------------------------------

    def until(self, what: Callable[[], Any], told: str, patience_s: float = PATIENCE_S) -> Any:
        """What `what` gives as soon as it is something; fails with the last it gave."""
        deadline = time.monotonic() + patience_s
        waiting = threading.Event()
        while time.monotonic() < deadline:
            self.sync.ensure()
            for message in self.link.poll():
                if message.get("op") == "answer":
                    self.till.hear(message)
            if found := what():
                return found
            waiting.wait(0.02)
        raise AssertionError(f"never {told}: {found}")

    def on_the_till(self, order: dict[str, Any]) -> Order:
        """The order's part, as soon as the till has it."""
        name = self.shop.name_of(order)

        def there() -> Order | None:
            return next((one for one in pickup.find(self.till, name) if one.row.name == name), None)

        return self.until(there, f"{name} on the till")

    def at_the_shop(self, order: dict[str, Any], what: Callable[[Any], bool], told: str) -> Any:
        """What the shop says of the order, as soon as `what` holds of it."""
        last: Any = None

        def said() -> Any:
            nonlocal last
            last = self.shop.seen(order["id"])
            return last if what(last) else None

        try:
            return self.until(said, told)
        except AssertionError:
            raise AssertionError(f"never {told}: {last}; {self.outbox()}") from None

    def outbox(self) -> list[tuple[Any, ...]]:
        """What the shop is to be told, and what became of it."""
        with self.books() as books:
            said = "SELECT external_id, act, state, tries, detail FROM channel_outbox"
            return list(books.text(said))

    def ask_now(self) -> None:
        """The hub asks the shop what changed, now."""
        self.hub.command("channel", "sync-now", CHANNEL)

    # --- what people do -----------------------------------------------------------------------

    def pick(self, order: Order) -> Order:
        """Every piece by its barcode, then onto a shelf."""
        for line in order.row.lines:
            for _ in range(line.qty // 1_000):
                pickup.pick(self.till, order.row.reservation, self.codes[line.sku])
        return pickup.mark_ready(self.till, order.row.reservation, "A1")

    def hand_over(self, order: Order) -> None:
        """To the customer, whose ID was seen; with cash where something is due."""
        handing = hand_over.begin(
            self.till, order.row.reservation, proof="name", id_seen=True, reason="no code"
        )
        if handing.due:
            basket = hand_over.put_into_basket(self.till, handing)
            self.pay(basket)
        else:
            hand_over.hand_over(self.till, handing)

    def bring_back(self, name: str, sku: str, qty: int) -> Refunded:
        """Goods of an order come back to the store's till, as the hub tells it of the order."""
        search = finding_sales.find(self.till, name)

        def found() -> Any:
            nonlocal search
            search = finding_sales.heard(self.till, search)
            if search.state == finding_sales.AWAY:
                search = finding_sales.again(self.till, search)
            asked = self.till.inquiries.get(search.ask_id)
            assert search.state != finding_sales.NONE, (search, asked)
            return search.found

        back = refund.begin(self.till, self.until(found, f"{name} found"))
        line = next(row.line for row in back.sale.lines if row.sku == sku)
        back = refund.choose(back, line, qty, "too_small")
        back = refund.authorise(self.till, back)
        self.until(lambda: not return_words.waits(self.till, back.auth), "the hub's word")
        return refund.complete(self.till, back).refund

    def refunds(self) -> list[tuple[str, int]]:
        """(state, minor units) of what the shop is to give back for what came back to tills."""
        with self.books() as books:
            said = "SELECT state, amount FROM shop_refund ORDER BY made"
            return [(str(state), int(amount)) for state, amount in books.text(said)]

    def pay(self, basket: Any) -> None:
        payments = checkout.pay(self.till, basket, (), "cash", None)
        checkout.complete(self.till, basket, payments)

    def sell(self, sku: str, count: int = 1) -> None:
        """A sale in the store, paid in cash."""
        basket, _ = checkout.scan(
            self.till, checkout.start(self.till), self.codes[sku], count * 1_000
        )
        self.pay(basket)
