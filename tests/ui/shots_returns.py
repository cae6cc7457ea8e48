"""Pictures of Sales history and of Returns in each of their states."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from tests.ui.shop import Hand, opened

ALT = Qt.KeyboardModifier.AltModifier
Shot = Callable[[str], None]


def return_shots(hand: Hand, shot: Shot) -> None:
    """A sale looked at in the history, and part of it taken back."""
    window = hand.window
    window.acts.go_sell()
    hand.settle()
    codes = codes_of(hand, 4)
    hand.key(Qt.Key.Key_F8)
    shot("60_returns_empty")
    window.acts.go_sell()
    for code in (codes[0], codes[1], codes[1], codes[1], codes[2]):
        hand.scan(code)
    hand.key(Qt.Key.Key_F10)
    sale = window.selling.state.done.sale_id
    number = window.till.view.sale(sale).doc_no
    hand.scan(number)
    shot("61_sales_history")
    hand.scan(codes[1])
    shot("62_return_scanned")
    hand.key(Qt.Key.Key_1, ALT)
    hand.scan(codes[1])
    hand.scan(codes[2])
    hand.key(Qt.Key.Key_4, ALT)
    cards = window.returning.works["returns"].cards
    line = window.returns.state.lines[-1].line
    hand.click(cards[line].buttons["condition", "damaged"])
    shot("63_return_two_lines")
    hand.scan("4006381333931")
    shot("64_return_wrong_item")
    hand.key(Qt.Key.Key_F12)
    if window.sheet_name == "consent":
        shot("65_return_consent")
        window.close_sheet()
        hand.settle()
        window.returns.step(window.returns.state.lines[1].line, -1)
        window.returns.toggle(line)
        window.returns.toggle(line)
        window.returns.choose_reason(line, "faulty")
        hand.settle()
        hand.key(Qt.Key.Key_F12)
    shot("66_return_done")
    hand.scan(number)
    shot("67_return_rest")
    hand.scan("1-9-1.7")
    shot("68_return_not_here")
    window.acts.do("sales")
    shot("69_sales_after")
    window.acts.go_sell()
    hand.settle()


def codes_of(hand: Hand, count: int) -> list[str]:
    """Codes of cheap products that anybody may buy."""
    found = []
    for article in hand.till.catalogue.favourites(60):
        product = article.product
        price = article.price("2026-11-25", "retail", "EUR")
        cheap = price is not None and price.amount < 2_500
        if cheap and product.barcodes and not product.age_limit and product.unit == "piece":
            found.append(product.barcodes[0].removeprefix("0"))
    return found[:count]


def returns_of(data: Path, shot: Callable[[Hand, str], None], **look: Any) -> None:
    """The same in a window of its own."""
    with opened(data, **look) as hand:
        hand.ready()

        def settled(name: str) -> None:
            hand.settle()
            shot(hand, name)

        return_shots(hand, settled)
