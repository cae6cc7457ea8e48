"""Customers' orders in a simulated day: what a web shop sends, and what people in the stores do.

The shop sends an order until the hub has said that it has it, again now and then for no reason, and
sometimes calls it off. The tills' part are the till's own verbs (`pos_app.till.pickup`, `hand_over`),
with the customer's pass or code, also where the list never came.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources import files
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from msgspec.structs import replace

from pos_app.domain import pickup as rules
from pos_app.domain.day import utc_text
from pos_app.domain.errors import PosError
from pos_app.domain.pricing import price
from pos_app.domain.sale import figures
from pos_app.domain.staff import Policy, Role, Staff
from pos_app.domain.tender import pay
from pos_app.store.catalogue import Catalogue
from pos_app.store.ledger import Ledger
from pos_app.till import hand_over, pickup
from pos_app.till.documents import sale_fact
from pos_app.till.order_book import Order
from pos_app.till.till import Till, stamp
from sync.hub.channels import mapping, shops
from sync.hub.channels.canonical import (
    PAID,
    PENDING,
    ChannelCustomer,
    ChannelFulfilment,
    ChannelLine,
    ChannelOrder,
    ChannelPayment,
)
from sync.hub.orders import kept, passes, taking
from sync.protocol.orders import PICKUP
from sync.simulation.faults import SECOND
from sync.simulation.promises import Printed, Promises
from sync.simulation.righting import Counter
from sync.simulation.shop import RULES, SCARCE, STORE, amount_of, sku

if TYPE_CHECKING:
    from sync.simulation.world import World

CHANNEL: Final = "web"
UNIT: Final = 1_000
ORDERS: Final = 10
"""How many a generation brings."""
AGAIN_MS: Final = 20 * SECOND
PASS_DAYS: Final = 3


@dataclass(slots=True)
class Sold:
    """An order as the shop knows it."""

    order: ChannelOrder
    heard: bool = False
    """The hub has confirmed this version of it."""


class Webshop:
    """The shop at the other end: it keeps on telling until it is heard."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._dice = world.dice("shop")
        self.sold: dict[str, Sold] = {}

    def make(self) -> None:
        """The hub knows the shop."""
        made = shops.Shop(
            *(CHANNEL, "standard", "https://shop.example", "EUR", "{}", "", True),
            *("[]", shops.SELLS_MAPPED, 0, utc_text(self._world.now())),
        )
        hub = self._world.hub
        with hub.connection.transaction():
            shops.save(hub.connection, made)
            for number in range(1, SCARCE + 1):
                mapping.put(hub.connection, CHANNEL, mapping.SKU, sku(number), sku(number))

    def plan(self, until_ms: int) -> None:
        """Orders, repeats and changes of mind at times of the dice's choosing."""
        for _ in range(ORDERS):
            self._world.after(self._dice.randrange(until_ms), self._order)
        for _ in range(ORDERS // 3):
            self._world.after(self._dice.randrange(until_ms), self._again)
            self._world.after(self._dice.randrange(until_ms), self._call_off)

    def _order(self) -> None:
        number = 1_000 + len(self.sold)
        dice = self._dice
        goods = dice.sample(range(1, SCARCE + 1), dice.choice((1, 1, 2)))
        lines = tuple(
            ChannelLine(f"L{each}", sku(each), f"Article {each}", qty * UNIT, amount_of(each), 0)
            for each in goods
            for qty in (dice.choice((1, 1, 2)),)
        )
        lines = tuple(replace(one, gross=one.list_unit * one.qty // UNIT) for one in lines)
        total = sum(one.gross for one in lines)
        paid = total if dice.randrange(3) else 0
        order = ChannelOrder(
            channel=CHANNEL,
            external_id=str(number),
            external_name=f"W-{number}",
            external_version=utc_text(self._world.now()),
            placed_at=utc_text(self._world.now()),
            state="open",
            currency="EUR",
            lines=lines,
            payment=ChannelPayment(PAID if paid else PENDING, paid, total - paid),
            total=total,
            customer=ChannelCustomer(name=f"Customer {number}", external_id=f"c{number}"),
            fulfilment=ChannelFulfilment(location=dice.choice(("1", "1", "2"))),
            may_substitute=not dice.randrange(2),
        )
        self.sold[order.external_id] = Sold(order)
        self._tell(order.external_id)

    def _again(self) -> None:
        """A delivery that came before comes once more."""
        if self.sold:
            self._take(self._dice.choice(list(self.sold.values())).order)

    def _call_off(self) -> None:
        if not self.sold:
            return
        sold = self.sold[self._dice.choice(list(self.sold))]
        if sold.order.state == "open":
            at = utc_text(self._world.now())
            sold.order = replace(sold.order, state="cancelled", external_version=at)
            sold.heard = False
            self._tell(sold.order.external_id)

    def _tell(self, external_id: str) -> None:
        sold = self.sold[external_id]
        if sold.heard:
            return
        if self._take(sold.order):
            sold.heard = True
        else:
            self._world.after(AGAIN_MS, lambda: self._tell(external_id))

    def _take(self, order: ChannelOrder) -> bool:
        hub = self._world.hub

        def act() -> None:
            taking.take(hub.connection, order, hub.now())

        return hub.person(f"order {order.external_name} {order.state}", act)

    def forgotten(self) -> None:
        """The hub was put back to an earlier copy: the shop is asked for all of it again."""
        for external_id, sold in self.sold.items():
            sold.heard = False
            self._tell(external_id)

    @property
    def settled(self) -> bool:
        """The hub has heard of everything."""
        return all(sold.heard for sold in self.sold.values())


class OrderCounter(Counter):
    """As much of a till as its verbs about orders use."""

    person = Staff("s1", "Sam", Role.MANAGER, "")

    def __init__(self, ledger: Ledger, catalogue: Catalogue, stand: Callable[[], None]) -> None:
        super().__init__(ledger, lambda *_given: None, stand)
        self.view = ledger
        self.catalogue = catalogue
        self.policy = policy()
        self.store = STORE
        self.staff: dict[str, Staff] = {}
        self.settings = SimpleNamespace(hand_over_slip=False)
        self.passes: dict[str, Any] = {}
        self.orders: object = None

    def need_person(self) -> Any:
        """Somebody is always there."""
        return self.person

    def hub_now(self) -> Any:
        """The machine's clock is good enough here."""
        return self.now()


def policy() -> Policy:
    """The one that is shipped."""
    text = files("resources").joinpath("policy.toml").read_text(encoding="utf-8")
    return Policy.parse(text, "EUR")


@dataclass(slots=True)
class Ordering:
    """The part of a keeper's day that is about customers' orders."""

    name: str
    rng: Random
    promises: Promises
    coming: Callable[[], str]
    """Somebody comes to this store with their pass, or their code; empty for nobody."""
    stand: Callable[[], None]
    _seen: dict[int, OrderCounter] = field(default_factory=dict)

    def act(self, ledger: Ledger, catalogue: Catalogue | None) -> None:
        """Whatever comes next; what the till refuses is refused, and that is all."""
        if catalogue is None or ledger.current_shift() is None:
            return
        till = cast("Till", OrderCounter(ledger, catalogue, self.stand))
        names, weights = zip(*self._ACTS, strict=True)
        act = self.rng.choices(names, weights)[0]
        with contextlib.suppress(PosError):
            act(self, till)

    def _one(self, till: Till, segment: str) -> Order | None:
        found = pickup.page(till, segment, limit=4)
        return self.rng.choice(found) if found else None

    def _pick(self, till: Till) -> None:
        order = self._one(till, pickup.TO_PICK)
        if order is None:
            return
        line = order.next_line
        if line is None:
            pickup.mark_ready(till, order.reservation, "A1")
        elif self.rng.randrange(12) == 0:
            wish = self.rng.choice((pickup.RESOURCE, pickup.REFUND))
            pickup.cannot_find(till, order.reservation, line.line, wish=wish, reason="not there")
        elif order.row.picker_till not in ("", till.identity.till) and self.rng.randrange(2):
            pickup.take_over(till, order.reservation)
        else:
            pickup.pick_by_hand(till, order.reservation, line.line, reason="no scanner")

    def _pick_all(self, till: Till) -> None:
        order = self._one(till, pickup.TO_PICK)
        if order is None:
            return
        for line in order.row.lines:
            with contextlib.suppress(PosError):
                pickup.pick_by_hand(till, order.reservation, line.line, reason="no scanner")
        pickup.mark_ready(till, order.reservation, "B2", bags=2)

    def _hand_over(self, till: Till) -> None:
        code = self.coming()
        if not code:
            return
        seen = hand_over.read_code(till, code)
        row = seen.order.row
        lines = None
        if len(row.lines) > 1 and self.rng.randrange(3) == 0:
            lines = {row.lines[0].line: row.lines[0].qty}
        handing = hand_over.begin(
            till,
            row.reservation,
            proof=seen.proof,
            id_seen=True,
            lines=lines,
            bag_here=self.rng.randrange(2) == 0,
            reason="at the counter",
        )
        if not handing.due:
            self._hand_out(till, hand_over.hand_over(till, handing).fact)
            return
        self._paid(till, handing)

    def _paid(self, till: Till, handing: Any) -> None:
        basket = hand_over.put_into_basket(till, handing)
        hand_over.check(till, handing)
        priced = price(basket, RULES)
        payments = pay(priced.total, (), "cash", None, "", "EUR")
        with till.ledger.transaction() as tx:
            made = stamp(till, tx, document=True, fact_id=basket.basket_id)
            sale = sale_fact(made, basket, figures(priced, payments))
            tx.append(sale)
            fact = hand_over.append(till, tx, handing, sale=sale.id)
            tx.forget_basket(basket.basket_id)
        self._hand_out(till, sale)
        self._hand_out(till, fact)

    def _keep(self, till: Till) -> None:
        order = self._one(till, pickup.READY)
        if order is not None:
            pickup.keep_longer(till, order.reservation)

    def _put_back(self, till: Till) -> None:
        order = self._one(till, pickup.READY)
        if order is not None:
            pickup.restock(till, order.reservation)

    def _cancel(self, till: Till) -> None:
        order = self._one(till, self.rng.choice((pickup.TO_PICK, pickup.READY)))
        if order is not None:
            pickup.cancel(till, order.reservation, reason="closed for good")

    _ACTS: ClassVar = (
        (_pick, 30),
        (_pick_all, 20),
        (_hand_over, 36),
        (_keep, 4),
        (_put_back, 6),
        (_cancel, 4),
    )

    def _hand_out(self, till: Till, fact: Any) -> None:
        hashed = till.ledger.hash_of(fact.id) if fact.doc_no else ""
        kind, total = type(fact).__name__, int(getattr(fact, "total", 0))
        total -= sum(line.total for line in getattr(fact, "lines", ()) if _pays_order(line))
        self.promises.hands_out(Printed(fact.id, self.name, kind, fact.doc_no, hashed, total))


def _pays_order(line: Any) -> bool:
    """Whether a line of a fact is what was due of an order: money taken, and no turnover."""
    return bool(getattr(line, "order", ""))


def coming(world: World, dice: Random, store: str) -> str:
    """The pass or the code of somebody who comes to a store, for what was ready, or what was theirs.

    They have it from the hub's message; it is shown also where that hub is away by now.
    """
    hub = world.hub
    if hub.away:
        return ""
    rows = hub.ask(
        "SELECT reservation_id FROM order_part WHERE store_id = ? ORDER BY reservation_id LIMIT 12",
        store,
    )
    if not rows:
        return ""
    part = kept.part(hub.connection, dice.choice(rows)[0])
    if part is None or part.row.state == rules.SHORT or part.row.way != PICKUP:
        return ""
    if dice.randrange(2):
        return passes.code_of(hub.context.keys, part.row.reservation)
    until = utc_text(hub.now() + timedelta(days=PASS_DAYS))
    return passes.signed(hub.context.keys, part.row, store, until)
