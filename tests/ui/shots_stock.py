"""Stock across stores: looked up, chosen, asked for; what the hub said, and without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt

from sync.protocol import RightPart, RightReply, StockElsewhereRow, StoreHeardRow, StoreNameRow
from sync.protocol.rights import right_signing_bytes
from tests.till.shop import HUB_TIME
from tests.ui.shop import Hand, demo_goods, opened
from tests.ui.shots_attention import add_rows

Shot = Callable[[Hand, str], None]
CTRL = Qt.KeyboardModifier.ControlModifier
SHIRT = "W110-WHT-M"
WEEK = (((540, 1_260),),) * 5 + (((600, 1_260),), ())
HERE = StoreNameRow("1", "Linden", "Berlin", 52_520_000, 13_405_000, "Europe/Berlin", WEEK)
SHOPS = (
    HERE,
    StoreNameRow("2", "Kamppi", "Berlin", 52_526_000, 13_412_000, "Europe/Berlin", WEEK),
    StoreNameRow("3", "Kallio", "Berlin", 52_537_000, 13_391_000, "Europe/Berlin", WEEK),
    StoreNameRow("4", "Itis", "Berlin", 52_470_000, 13_520_000, "Europe/Berlin", WEEK),
    StoreNameRow("5", "Tampere", "Leipzig", 51_340_000, 12_375_000, "Europe/Berlin", WEEK),
    StoreNameRow("9", "Web warehouse", "", pickup=False),
)
FREE = {"2": 5, "3": 2, "4": 5, "5": 1, "9": 35}
MORE = {"2": (1, 0, ""), "4": (2, 6, "2026-11-26"), "9": (9, 40, "2026-11-27")}
SILENT = "2026-11-25T08:05:00.000Z"


def variants_of(sku: str) -> list[str]:
    """All numbers of a style."""
    goods = demo_goods().products
    style = next(each.style for each in goods if each.sku == sku)
    return [each.sku for each in goods if each.style == style]


def add_chain(data: Path, sku: str = SHIRT) -> None:
    """Other stores, near and far, open and closed, one that nobody hears, with goods of a style."""
    add_rows(data, "store_name", list(SHOPS))
    add_rows(data, "store_heard", [StoreHeardRow("5", SILENT)])
    others = [each for each in variants_of(sku) if each != sku]
    for place, (store, pieces) in enumerate(FREE.items()):
        stock = [(sku, pieces * 1_000)]
        stock += [(each, (n + place) % 4 * 1_000) for n, each in enumerate(others)]
        reserved, coming, day = MORE.get(store, (0, 0, ""))
        more = ((sku, reserved * 1_000, coming * 1_000, day),) if store in MORE else ()
        add_rows(data, "stock_elsewhere", [StockElsewhereRow(store, HUB_TIME, tuple(stock), more)])


def answer(hand: Hand, ask_id: str, state: str, **more: Any) -> None:
    """What the hub says to a question, as sync brings it to the window."""
    identity = hand.till.identity
    until = "2026-11-26T11:00:00.000Z"
    reply = RightReply(
        *(ask_id, "reservation", state, identity.device, identity.epoch, 86_400),
        (RightPart("stock", f"2/{SHIRT}", 1_000),),
        "2026-11-25T10:00:00.000Z",
        **{"order": "T-7KM2Q", "until": until if state == "RESERVED" else "", **more},
    )
    assert right_signing_bytes(reply)
    body = msgspec.json.encode(reply).decode()
    hand.till.hear({"op": "answer", "id": ask_id, "status": 200, "body": body})
    hand.window.stocking.reserve.heard(ask_id)
    hand.settle()


def last_ask(hand: Hand) -> str:
    """The id of the question asked last."""
    question = hand.till.ledger.last_question("/v1/orders")
    assert question is not None
    return question.ask_id


def stock_shots(data: Path, shot: Shot, **look: Any) -> None:
    """The screen from nothing to a promise, and to a no."""
    add_chain(data)
    with opened(data, **look) as hand:
        window = hand.window
        hand.ready()
        hand.key(Qt.Key.Key_4, CTRL)
        shot(hand, "90_stock_empty")
        hand.type("shirt")
        shot(hand, "91_stock_found")
        window.stocking.go(SHIRT)
        hand.settle()
        shot(hand, "92_stock")
        hand.key(Qt.Key.Key_F12)
        shot(hand, "93_stock_who")
        hand.type("Sara Lindqvist")
        window.stocking.reserve.choose_way("ship")
        hand.settle()
        shot(hand, "94_stock_ship")
        window.stocking.reserve.choose_way("pickup")
        hand.key(Qt.Key.Key_F12)
        shot(hand, "95_stock_asking")
        answer(hand, last_ask(hand), "RESERVED")
        shot(hand, "96_stock_held")
        window.stocking.stock.choose_store("3")
        hand.clock.go(1)
        hand.key(Qt.Key.Key_F12)
        answer(hand, last_ask(hand), "REFUSED", left=0, instead=(("4", 3_000), ("9", 26_000)))
        shot(hand, "97_stock_refused")
        hand.line.status = replace(hand.line.status, state="OFFLINE")
        hand.line.connected = False
        window.tick()
        window.stocking.stock.choose_store("5")
        hand.settle()
        shot(hand, "98_stock_offline")
