"""Pictures of promotions, coupons, weights and other prices: `python -m tests.ui.shots`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from hardware.scales.simulated import SimulatedScale
from tests.ui.offers import CHEESE, LABEL, with_offers
from tests.ui.shop import SENIOR, Hand, opened


def offer_shots(data: Path, shot: Callable[[Hand, str], None], **look: Any) -> None:
    """A basket with everything that makes it cheaper."""
    with opened(with_offers(data), **look) as hand:
        hand.ready(SENIOR)
        basket(hand, shot)
        coupon(hand, shot)
        weight(hand, shot)
        another_price(hand, shot)


def basket(hand: Hand, shot: Callable[[Hand, str], None]) -> None:
    """3 for 2, a bundle, a label, something past its best."""
    selling = hand.window.selling
    for sku in ("W130-WHT-S", "W130-WHT-M", "W130-BLK-L", "G1510", "G1207"):
        selling.scan(sku, code=False)
    hand.settle()
    shot(hand, "60_promotions")
    hand.scan(LABEL)
    shot(hand, "61_weighed_label")
    hand.scan("010204100000037715261101" + "10L-2231")
    shot(hand, "62_best_before")
    hand.scan("010204100000037717261101")
    shot(hand, "63_expired")


def coupon(hand: Hand, shot: Callable[[Hand, str], None]) -> None:
    """Typed wrongly, then rightly."""
    hand.window.acts.do("coupon")
    hand.settle()
    hand.type("WELCOME")
    hand.key(Qt.Key.Key_Return)
    shot(hand, "64_coupon_unknown")
    hand.type("welcome-10")
    hand.key(Qt.Key.Key_Return)
    shot(hand, "65_coupon_given")


def weight(hand: Hand, shot: Callable[[Hand, str], None]) -> None:
    """Asked for, with and without a scale."""
    hand.window.selling.scan(CHEESE, code=False)
    hand.settle()
    shot(hand, "66_weigh")
    hand.key(Qt.Key.Key_Escape)
    plain = hand.till.devices
    hand.till.devices = replace(plain, scale=SimulatedScale())
    hand.window.selling.scan(CHEESE, code=False)
    hand.settle()
    shot(hand, "67_weigh_scale_empty")
    hand.key(Qt.Key.Key_Escape)
    hand.till.devices = plain


def another_price(hand: Hand, shot: Callable[[Hand, str], None]) -> None:
    """The sheet, and the line it makes."""
    window = hand.window
    window.selling.select(window.selling.state.lines[0].line_id)
    hand.key(Qt.Key.Key_F6)
    window.discounting.choose_kind("price")
    hand.settle()
    hand.type("18")
    window.discounting.choose_reason("Wrong label")
    hand.settle()
    shot(hand, "68_new_price")
    window.discounting.give()
    hand.settle()
    shot(hand, "69_new_price_given")
    hand.key(Qt.Key.Key_F12)
    shot(hand, "70_pay_with_promotions")
