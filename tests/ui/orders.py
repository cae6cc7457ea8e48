"""Customers' orders of the demo's shop, as the hub's feed brings them to a till."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from pos_app.domain.day import utc_text
from pos_app.domain.pickup import code_kept, pass_signed, pass_text
from pos_app.store.keys import Keys
from pos_app.store.replica import ReplicaWriter
from sync.protocol import PickupPass
from sync.protocol.orders import OrderEvent, OrderLine, OrderRow
from tests.till.shop import HUB, HandClock
from tests.ui.shop import SENIOR, demo_goods
from tests.ui.shots_attention import add_rows

NOW = HandClock().moment
CODE = "K7Q731"
"""The pickup code of every order here; its salt is the order's own."""
PLACES = ("Aisle 2 · Wall C", "Aisle 4 · B2", "Aisle 5 · Rail 3", "Behind the counter")


def at(minutes: int, *, days: int = 0) -> str:
    """So many minutes from now."""
    return utc_text(NOW + timedelta(minutes=minutes, days=days))


def goods(*skus: str, picked: bool = False) -> tuple[OrderLine, ...]:
    """A piece of each, one after the other on the way."""
    demo = demo_goods()
    known = {row.sku: row for row in demo.products}
    prices = {row.sku: row.prices[0][2] for row in demo.prices}
    return tuple(
        OrderLine(
            str(nth + 1),
            sku,
            known[sku].name,
            1_000,
            prices[sku],
            known[sku].variant,
            PLACES[nth % len(PLACES)],
            nth,
            picked=1_000 if picked else 0,
            icon=known[sku].icon,
        )
        for nth, sku in enumerate(skus)
    )


def order(number: int, customer: str, lines: tuple[OrderLine, ...], **more: Any) -> OrderRow:
    """A row of the feed, paid on the web an hour ago unless said."""
    total = sum(line.total for line in lines)
    told: dict[str, Any] = {
        "channel": "web",
        "state": "RESERVED",
        "version": 1,
        "currency": "EUR",
        "placed": at(-60),
        "promised": at(40),
        "phone": "+43 660 123 45 67",
        "email": "somebody@example.com",
        "total": total,
        "paid_by": "Visa \u2022\u202f1180",
        "code": code_kept(f"salt{number}", CODE),
        "code_end": CODE[-3:],
        "history": (OrderEvent(at(-60), "ordered"), OrderEvent(at(-59), "reached")),
    }
    told |= more
    if told["state"] in ("READY", "PARTLY", "LAPSED") and "ready" not in more:
        told["ready"] = at(-50)
        told["packed_by"] = "Leo Brandt"
        told["bags"] = 1
        told.setdefault("keep_until", at(0, days=5))
        told["keep_until"] = more.get("keep_until", at(0, days=5))
        told["history"] = (*told["history"], OrderEvent(at(-50), "ready", "Leo Brandt"))
    return OrderRow(
        f"r-{number}", f"o-{number}", f"W-{number}", lines=lines, customer=customer, **told
    )


def to_pick() -> list[OrderRow]:
    """Four orders: one late and in other hands, one soon, two later."""
    picking = (OrderEvent(at(-20), "picking", "Leo Brandt"),)
    first = order(
        *(10479, "Jonas Berg", goods("W110-WHT-M", "O610-NVY-M")),
        promised=at(-4),
        state="PICKING",
        picker=SENIOR,
        picker_name="Leo Brandt",
        picker_till="1",
    )
    return [
        msgspec.structs.replace(first, history=(*first.history, *picking)),
        order(
            *(10482, "Mia Korhonen", goods("O610-NVY-M", "W110-WHT-M", "W110-WHT-S", "W110-WHT-L")),
            channel="app",
            promised=at(12),
            note="Please leave the boots in the box.",
        ),
        order(10485, "Ibrahim Farah", goods("W110-WHT-L"), promised=at(38), may_substitute=True),
        order(10486, "Elin Sj\u00f6berg", goods("O610-NVY-M", "W110-WHT-S"), promised=at(80)),
    ]


def ready() -> list[OrderRow]:
    """Six bags on their shelves, two of them not for long."""
    two = goods("O610-NVY-M", "W110-WHT-M", picked=True)
    one = goods("W110-WHT-L", picked=True)
    return [
        order(10471, "Petra Novak", two, state="READY", shelf="B3", collector="Emil Novak"),
        order(10468, "Oskar Lind", one, state="READY", shelf="A1"),
        order(10466, "Aino Heikkil\u00e4", two, state="READY", shelf="A2", due=two[0].total),
        order(10460, "Daniel Roos", one, state="READY", shelf="C2"),
        order(10451, "Hanna M\u00e4ki", two, state="READY", shelf="C4", keep_until=at(0, days=2)),
        order(10448, "Ville Saari", one, state="READY", shelf="D1", keep_until=at(200)),
    ]


def over() -> list[OrderRow]:
    """What was fetched, called off and put back."""
    one = goods("W110-WHT-L", picked=True)
    gone = (OrderEvent(at(-90), "ready", "Leo Brandt"), OrderEvent(at(-30), "collected", "Anna"))
    return [
        order(10440, "Sara Lund", one, state="COLLECTED", history=gone),
        order(
            10439,
            "Noah Virtanen",
            one,
            state="CANCELLED",
            history=(OrderEvent(at(-99), "cancelled"),),
        ),
    ]


def everything() -> list[OrderRow]:
    """The pictures' morning."""
    return [*to_pick(), *ready(), *over()]


def add_orders(data: Path, rows: Iterable[OrderRow]) -> None:
    """Orders that the hub tells of."""
    add_rows(data, "order", list(rows))


def sells(data: Path) -> None:
    """What this store sells best: there is something to offer with an order."""
    with ReplicaWriter.open(data, Keys.load(data).db_key) as writer:
        writer.renew_search({"W130-BLK-M": 9_000, "W130-MOS-L": 8_000, "W140-DNM-30": 7_000})


def pass_of(row: OrderRow, *, store: str = "1", exp: str = "", due: int | None = None) -> str:
    """The signed text of a customer's code, as the hub makes it."""
    told = PickupPass(
        *(row.reservation, row.order, row.name, store),
        tuple((line.sku, line.qty) for line in row.lines),
        exp or at(0, days=9),
        row.due if due is None else due,
        row.currency,
    )
    payload = msgspec.json.encode(told)
    return pass_text(payload, HUB.sign(pass_signed(payload)))


def many(count: int, now: datetime = NOW) -> list[OrderRow]:
    """So many open orders, due one after the other."""
    lines = goods("O610-NVY-M", "W110-WHT-M", "W110-WHT-L")
    return [
        order(
            *(20_000 + place, f"Customer {place:05}", lines),
            promised=utc_text(now + timedelta(minutes=5 + place)),
        )
        for place in range(count)
    ]
