"""Pictures of deliveries, transfers and counts, in each of their states."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.ui.receiving_data import chosen, told, transfer
from tests.ui.shop import MANAGER, Hand, opened

Shot = Callable[[Hand, str], None]


def goods_shots(data: Path, visit: Shot, **look: Any) -> None:
    """The list, a delivery with each kind of difference, a gathering, a count."""
    with opened(data, **look) as hand:
        hand.ready(MANAGER)
        goods = hand.window.goods.goods
        hand.window.acts.do("goods")
        visit(hand, "goods_nothing")
        hub = told(hand)
        goods.open()
        visit(hand, "goods_list")
        _receiving(hand, visit)
        hand.line.connected = False
        hand.window.tick()
        visit(hand, "receiving_offline")
        hand.line.connected = True
        hand.window.tick()
        hub.tell(transfer(state="received", version=9, ended="2026-11-25T10:30:00.000Z"))
        goods.refresh()
        hand.settle()
        visit(hand, "receiving_over")
        goods.leave()
        goods.choose_tab("count")
        visit(hand, "counts_list")
        _counting(hand, visit)
        goods.leave()
        goods.choose_tab("go")
        visit(hand, "sending_list")
        goods.pick("send:2")
        hand.settle()
        visit(hand, "sending_nothing")
        hand.scan(chosen()[0][1])
        visit(hand, "sending")
        goods.leave()
        goods.pick("ask:2")
        hand.settle()
        visit(hand, "asking")


def _receiving(hand: Hand, visit: Shot) -> None:
    goods, codes = hand.window.goods.goods, [code for _, code in chosen()]
    skus = [sku for sku, _ in chosen()]
    hand.scan("T-2-1-318")
    visit(hand, "receiving_begun")
    hand.type("10*")
    visit(hand, "receiving_times")
    hand.scan(codes[1])
    hand.type("3*")
    hand.scan(codes[2])
    goods.damage()
    hand.settle()
    hand.scan("T-2-1-318/1")
    hand.scan(codes[6])
    goods.done(skus[1])
    hand.settle()
    hand.scan(codes[0])
    hand.scan(codes[0])
    visit(hand, "receiving")
    goods.put_aside()
    hand.settle()
    goods.rest()
    hand.settle()
    visit(hand, "receiving_as_listed")


def _counting(hand: Hand, visit: Shot) -> None:
    goods, codes = hand.window.goods.goods, [code for _, code in chosen()]
    goods.pick("free:")
    hand.settle()
    visit(hand, "counting_begun")
    hand.scan(codes[0])
    hand.type("5*")
    hand.scan(codes[1])
    visit(hand, "counting")
    goods.finish()
    hand.settle()
    visit(hand, "counting_again")
