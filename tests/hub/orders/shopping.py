"""A store with tills, a shop beside it, and an order on its way through both: for the tests."""

from __future__ import annotations

from typing import Any

import msgspec

from pos_app.domain.basket import Basket, Line
from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.channels.canonical import ChannelOrder
from sync.hub.channels.outbox import Told
from sync.hub.database import Connection, adding
from sync.hub.orders import kept, money
from sync.protocol import Handling, OrderRow, ReservationStepped, Sale
from tests.hub.journals import DAY, sale_of
from tests.hub.orders.ordering import SHOP, took
from tests.hub.righting import Asking, new_id
from tests.hub.tills import HandClock

_ADD_CHANNEL = adding(schema.channel, ignore=True)


def shop(books: Connection, name: str = SHOP) -> None:
    """A shop that is told of its orders."""
    with books.transaction():
        row = (name, "standard", "https://shop.example", "EUR", "{}", "", True, "[]", "all")
        books.run(_ADD_CHANNEL, (*row, 0, "2026-11-25T08:00:00.000Z"))


def heard(books: Connection) -> list[tuple[str, int, tuple[tuple[str, int], ...]]]:
    """(act, amount, lines) of everything the shops are told, in its order."""
    found = []
    for act, body in books.text("SELECT act, body FROM channel_outbox ORDER BY made, place"):
        told = msgspec.json.decode(body, type=Told)
        found.append((str(act), told.amount, told.lines))
    return found


def acts(books: Connection) -> list[str]:
    return [act for act, _, _ in heard(books)]


class Ordered:
    """One order and the till that does it."""

    def __init__(self, till: Asking, books: Connection, clock: HandClock, told: ChannelOrder):
        self.till, self.books, self.clock = till, books, clock
        self.order_id = took(books, told, clock).order_id

    @property
    def rows(self) -> list[OrderRow]:
        return [part.row for part in kept.parts_of(self.books, self.order_id)]

    @property
    def row(self) -> OrderRow:
        return self.rows[0]

    @property
    def state(self) -> str:
        return self.row.state

    @property
    def whole(self) -> kept.Whole:
        found = kept.find(self.books, self.order_id)
        assert found is not None
        return found

    @property
    def account(self) -> money.Account:
        return money.account_of(self.books, self.whole, self.whole.told)

    def fact(self, step: str, *lines: tuple[str, int], sale: str = "", **said: Any) -> None:
        """Journals a step; nothing is sent."""
        own = said.pop("reservation", self.row.reservation)
        by = said.pop("by", self.till)
        how = Handling(self.order_id, **said)
        stamped = by.journal.stamp()
        fact = ReservationStepped(
            **stamped, reservation=own, step=step, lines=lines, sale=sale, handling=how
        )
        by.journal.append(fact)

    async def step(
        self, step: str, *lines: tuple[str, int], sale: str = "", **said: Any
    ) -> list[str]:
        """The same, and the hub hears it."""
        by = said.get("by", self.till)
        self.fact(step, *lines, sale=sale, **said)
        return await by.push()

    async def ready(self, *lines: tuple[str, int]) -> None:
        goods = lines or tuple((line.sku, line.qty) for line in self.row.lines)
        for name, some in (("PICKING", ()), ("PICKED", goods), ("READY", goods)):
            self.fact(name, *some, shelf="B3" if name == "READY" else "")
        assert set(await self.till.push()) == {"applied"}

    def paying(self, due: int = -1, by: Asking | None = None, *, extra: bool = False) -> Sale:
        """Journals the sale that pays what is due; with an extra it is a sale besides."""
        journal = (by or self.till).journal
        amount = self.row.due if due < 0 else due
        goods = Line(2, "SKU-00001", "Article", 1_000, 500, "reduced") if extra else None
        lines = [Line(1, "", self.row.name, 1_000, amount, "", order=self.row.reservation)]
        basket = Basket(
            new_id(), "EUR", stamp(journal.now), DAY, tuple(lines + ([goods] if goods else []))
        )
        sale = sale_of(journal, basket)
        journal.append(sale)
        return sale


def flagged(books: Connection, kind: str) -> list[tuple[int, str]]:
    """(amount, detail) of the exceptions of a kind."""
    rows = books.text("SELECT amount, detail FROM exception WHERE kind = ? ORDER BY no", (kind,))
    return [(int(amount), str(detail)) for amount, detail in rows]
