"""Pictures of Sales history and of Returns in each of their states."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import Qt

from tests.ui.returned import ORDER, SHOE, TEE, answer, authorise, order
from tests.ui.shop import Hand, demo_goods, opened

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
    hand.key(Qt.Key.Key_Escape)
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
        order_shots(hand, settled)
        other_shots(hand, settled)


def order_shots(hand: Hand, shot: Shot) -> None:
    """A web order that comes back: found, swapped, exchanged for more, taken in without the line."""
    window = hand.window
    hand.key(Qt.Key.Key_F8)
    hand.type("W-10391")
    shot("70_order_typed")
    hand.key(Qt.Key.Key_Return)
    shot("71_order_asking")
    answer(hand, order())
    shot("72_order")
    hand.scan(code_of(SHOE))
    hand.key(Qt.Key.Key_1, ALT)
    cards = window.returning.works["returns"].cards
    hand.click(cards[1].swap)
    hand.scan(code_of(TEE))
    hand.key(Qt.Key.Key_3, ALT)
    shot("73_order_swapped")
    hand.click(cards[1].other)
    shot("74_order_sizes")
    hand.click(cards[1].other)
    hand.click(window.returning.panels["returns"].targets[0].other)
    shot("75_order_ways")
    hand.key(Qt.Key.Key_Escape)
    hand.click(cards[2].exchange if cards[2].exchange.isVisible() else cards[2].other)
    shot("76_order_instead")
    window.returns.going.arm(2)
    hand.type("linen")
    shot("77_order_goods")
    window.returns.choose_row(0)
    hand.settle()
    shot("78_order_to_pay")
    hand.scan(code_of("O620-BLK-M"))
    authorise(hand)
    hand.key(Qt.Key.Key_F12)
    shot("79_order_pay")
    hand.key(Qt.Key.Key_Escape)
    shot("79_order_back")
    hand.key(Qt.Key.Key_F12)
    hand.key(Qt.Key.Key_F10)
    shot("79_order_paid")


def other_shots(hand: Hand, shot: Shot) -> None:
    """By card, several found, nothing found, and without the line."""
    window = hand.window
    hand.key(Qt.Key.Key_F8)
    while window.returns.cancel():
        hand.settle()
    window.acts.do("return_card_form")
    hand.settle()
    for field, text in (("last4", "4242"), ("day", "12.11."), ("amount", "126.30")):
        window.returns.finder.type_form(field, text)
    hand.settle()
    shot("80_by_card")
    window.acts.do("return_by_card")
    old = order(sale=replace(order().sale, id=ORDER[:-1] + "2", doc_no="W-10114"))
    answer(hand, order(), old)
    shot("81_several")
    hand.key(Qt.Key.Key_Down)
    hand.key(Qt.Key.Key_Return)
    hand.settle()
    shot("82_of_several")
    while window.returns.cancel():
        hand.settle()
    hand.scan("1-9-1.7")
    answer(hand)
    shot("83_nobody_knows")
    hand.key(Qt.Key.Key_Escape)
    hand.line.connected = False
    hand.type("W-7777")
    hand.key(Qt.Key.Key_Return)
    shot("84_no_copy")
    window.acts.do("return_take_in")
    hand.scan(code_of(SHOE))
    hand.key(Qt.Key.Key_4, ALT)
    shot("85_take_in")
    hand.key(Qt.Key.Key_F12)
    shot("86_taken_in")
    hand.line.connected = True
    window.acts.go_sell()
    hand.settle()


def code_of(sku: str) -> str:
    """What is scanned on a product of the demo."""
    (found,) = (each for each in demo_goods().products if each.sku == sku)
    return found.barcodes[0].removeprefix("0")
