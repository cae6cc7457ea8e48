"""Customers' orders for the tests of a till: rows as the hub tells them, and passes it signs."""

from __future__ import annotations

from typing import Any

import msgspec

from pos_app.domain import pickup
from pos_app.domain.handing import Handing
from pos_app.receipts.plain_text import as_text
from pos_app.store import projections
from pos_app.store.replica import ReplicaWriter
from pos_app.till import Till, hand_over, papers
from sync.protocol import OrderLine, OrderRow, PickupPass, ReflectedRow
from tests.till.shop import COFFEE, HUB, SCARF, feed

CODE = "K7Q2XP"
NOW = "2026-11-25T10:00:00.000Z"


def line(number: int, sku: str = SCARF, qty: int = 1_000, **more: Any) -> OrderLine:
    titles = {SCARF: "Wool scarf", COFFEE: "Coffee 500 g"}
    variant = "Navy" if sku == SCARF else ""
    values = {"title": titles.get(sku, sku), "variant": variant, "walk": number, "total": 1_995}
    return OrderLine(line=f"l{number}", sku=sku, qty=qty, **{**values, **more})


def row(number: int = 10_482, **changes: Any) -> OrderRow:
    """An order of two scarves and a coffee, paid, to be picked."""
    made = OrderRow(
        reservation=f"res-{number}",
        order=f"ord-{number}",
        name=f"W-{number}",
        channel="web",
        state="RESERVED",
        version=1,
        lines=(line(1, SCARF, 2_000), line(2, COFFEE)),
        currency="EUR",
        placed="2026-11-25T09:00:00.000Z",
        promised="2026-11-25T11:00:00.000Z",
        customer="Lena Berger",
        phone="+43 660 1234567",
        total=4_739,
        paid_by="Visa •1180",
        code=pickup.code_kept("salt", CODE),
        code_end=CODE[-3:],
    )
    return msgspec.structs.replace(made, **changes)


def tell(till: Till, *rows: OrderRow, reflected: int = 0) -> None:
    """The hub tells the till's store of orders; with `reflected` also what it knows of this till."""
    changes: list[tuple[str, list[Any]]] = [("order", list(rows))]
    if reflected:
        identity = till.identity
        changes.append(("reflected", [ReflectedRow(identity.device, identity.epoch, reflected)]))
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        start = writer.cursors().get("store:1", ("", 0))[1]
        writer.apply(feed("store:1", start, *changes))


def passed(number: int = 10_482, **changes: Any) -> str:
    """A signed pass of an order."""
    made = PickupPass(
        reservation=f"res-{number}",
        order=f"ord-{number}",
        name=f"W-{number}",
        store="1",
        lines=((SCARF, 2_000), (COFFEE, 1_000)),
        exp="2026-11-30T00:00:00.000Z",
        currency="EUR",
    )
    body = msgspec.json.encode(msgspec.structs.replace(made, **changes))
    return pickup.pass_text(body, HUB.sign(pickup.pass_signed(body)))


READY_LINES = (line(1, SCARF, 2_000, picked=2_000), line(2, COFFEE, picked=1_000))


def ready(number: int = 10_482, **changes: Any) -> OrderRow:
    """The same on its shelf."""
    return row(number, **{"state": "READY", "shelf": "B3", "lines": READY_LINES, **changes})


def begun(till: Till, **more: Any) -> Handing:
    """It is about to be handed over, and the customer's ID was looked at."""
    return hand_over.begin(till, "res-10482", id_seen=True, **more)


def whole(till: Till) -> None:
    """The tables are what the journal says."""
    assert projections.differences(till.ledger.connection) == []


def printed(till: Till) -> str:
    """All that waits for the printer, as text; it is printed."""
    said = []
    while (work := till.printing.take()) is not None:
        if work.ordered is not None and work.prints:
            said.append(as_text(papers.receipt_of(till, work.ordered)))
        till.printing.settle(work, till.printing.perform(work))
    return "\n".join(said)
