"""What a till does with what the hub finds: goods of other stores and of online shops come back."""

from __future__ import annotations

from typing import Any

import msgspec

from pos_app.domain.returns import Before, Choice, refund
from pos_app.till.documents import refunded_fact
from sync.hub.channels.canonical import ChannelOrder
from sync.hub.database import Connection
from sync.hub.returning import shop_refunds
from sync.protocol import Refunded, SalesFound, SoldDoc
from tests.hub.orders.shopping import Ordered
from tests.hub.righting import Asking
from tests.hub.tills import HandClock


async def found(till: Asking, **said: Any) -> SalesFound:
    answer = await till.till.send("POST", "/v1/sales/find", msgspec.json.encode(said))
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=SalesFound)


async def one(till: Asking, **said: Any) -> SoldDoc:
    """The only document there is to it."""
    told = await found(till, **said)
    assert len(told.docs) == 1, told
    return told.docs[0]


def back(till: Asking, doc: SoldDoc, qty: dict[int, int], **more: Any) -> Refunded:
    """A refund journalled at a till by what it was told; nothing is sent."""
    condition, tender = more.pop("condition", "sellable"), more.pop("tender", "")
    choices = [Choice(line, amount, "too_small", condition) for line, amount in qty.items()]
    figures = refund(doc.sale, Before.of(doc.back), choices, tender)
    stamp = till.journal.stamp(document=True)
    fact = refunded_fact(
        stamp, doc.sale, figures, **{"channel": doc.channel, "other_tender": tender, **more}
    )
    till.journal.append(fact)
    return fact


def everything(doc: SoldDoc) -> dict[int, int]:
    return {line.line: line.qty for line in doc.sale.lines}


async def fetched(
    till: Asking, books: Connection, clock: HandClock, told: ChannelOrder, **by: Any
) -> Ordered:
    """An order that was picked and handed over, all of it."""
    order = Ordered(till, books, clock, told)
    await order.ready()
    goods = tuple((line.sku, line.qty) for line in order.row.lines)
    assert await order.step("COLLECTED", *goods, **by) == ["applied"]
    return order


def states(books: Connection) -> list[tuple[int, int, str]]:
    """(line, amount, state) of what shops are to give back."""
    return [(row.no, row.amount, row.state) for row in shop_refunds.every(books)]


def held(till: Asking, books: Connection, clock: HandClock, order_id: str) -> Ordered:
    """An order that is here already, with the till that does it."""
    own = Ordered.__new__(Ordered)
    own.till, own.books, own.clock, own.order_id = till, books, clock, order_id
    return own


async def hand_over(own: Ordered) -> None:
    """All of it is picked and given to the customer."""
    await own.ready()
    goods = tuple((line.sku, line.qty) for line in own.row.lines)
    assert await own.step("COLLECTED", *goods) == ["applied"]
