"""The main screens in looks that cover every pair of theme, direction, size and line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from hardware.connect import simulated_terminal
from pos_app.domain.day import utc_text
from pos_app.ui.customer_display import CustomerDisplay
from tests.ui.orders import add_orders, everything, pass_of, ready
from tests.ui.returned import SHOE, TEE, answer, order
from tests.ui.shop import CASHIER, MANAGER, Hand, demo_goods, opened
from tests.ui.shots_card import _turn, _until
from tests.ui.shots_pickup import barcode
from tests.ui.shots_shift import confirm, count

CODE = tuple("".join("01"[(across * down) % 3 == 0] for across in range(41)) for down in range(41))
"""Stands where the receipt's code does."""
Take = Callable[[str, "Look", QImage], None]


@dataclass(frozen=True)
class Look:
    """One row of the covering set."""

    size: tuple[int, int]
    line: str
    theme: str
    locale: str

    @property
    def name(self) -> str:
        """For a file."""
        return "-".join((str(self.size[0]), self.theme, self.locale or "en", self.line))


SMALL, USUAL, WIDE = (1024, 768), (1366, 768), (1920, 1080)
LOOKS = (
    Look(SMALL, "online", "light", ""),
    Look(SMALL, "offline", "dark", "ar"),
    Look(SMALL, "attention", "light", "ar"),
    Look(USUAL, "online", "dark", "ar"),
    Look(USUAL, "offline", "light", ""),
    Look(USUAL, "attention", "dark", ""),
    Look(WIDE, "online", "light", "ar"),
    Look(WIDE, "offline", "dark", ""),
    Look(WIDE, "attention", "light", ""),
)


class Easel:
    """Takes the window's picture in every look of its language."""

    def __init__(self, hand: Hand, locale: str, take: Take) -> None:
        self.hand, self.take = hand, take
        self.looks = [look for look in LOOKS if look.locale == locale]
        self.acked = False

    def paint(self, name: str, widget: QWidget | None = None, *, wide: bool = True) -> None:
        """All looks of what is shown now; a sheet is as wide on the widest screen, so not there."""
        window = self.hand.window
        keys_shown = window.key_table.isVisible()
        confirm(self.hand)
        for look in self.looks:
            if look.size == WIDE and not wide:
                continue
            line(self.hand, look.line)
            window.set_theme(look.theme)
            (widget or window).resize(*look.size)
            if keys_shown and not window.key_table.isVisible():
                window.key_table.open()
            self.hand.settle()
            window.screens.cart.list._flash_over()
            self.take(name, look, picture(widget or window))
        line(self.hand, "online")


def picture(widget: QWidget) -> QImage:
    """What is seen, without transparency."""
    pixmap: QPixmap = widget.grab()
    return pixmap.toImage().convertToFormat(QImage.Format.Format_RGB888)


def line(hand: Hand, state: str) -> None:
    """Up, down since 27 minutes, or up with a clock that is three minutes off."""
    now = hand.clock.now()
    answered = now - timedelta(minutes=27) if state == "offline" else now
    hand.line.connected = state != "offline"
    offset = 185_000 if state == "attention" else 0
    hand.line.status = replace(hand.line.status, last_contact=utc_text(answered), offset_ms=offset)
    hand.window.connection._offline_since = ""
    hand.window.connection.refresh()
    hand.settle()


def every(fresh: Callable[[str], Path], take: Take) -> None:
    """All pictures; `fresh` gives a till that was never opened."""
    QApplication.setCursorFlashTime(0)
    for locale in dict.fromkeys(look.locale for look in LOOKS):
        with still(fresh(f"day{locale}"), locale) as hand:
            day(hand, Easel(hand, locale, take))
        terminal = simulated_terminal(("hold",))
        with still(fresh(f"card{locale}"), locale, terminal=terminal) as hand:
            card(hand, Easel(hand, locale, take), terminal)


def still(data: Path, locale: str, **more: Any) -> Any:
    """A window whose clock stands."""
    return opened(data, locale=locale, size=USUAL, **more)


def codes() -> list[str]:
    """Barcodes of goods without an age limit."""
    return [
        str(int(row.barcodes[0]))
        for row in demo_goods().products
        if row.barcodes and not row.age_limit
    ]


def day(hand: Hand, easel: Easel) -> None:
    """From the lock to the close."""
    window, goods = hand.window, codes()
    window._tick.stop()
    window.lock.choose(CASHIER)
    hand.type("14")
    easel.paint("lock")
    window.lock.not_me()
    hand.sign_in()
    window.opening.set(5_000, 2)
    window.opening.set(2_000, 4)
    window.opening.set(1_000, 2)
    easel.paint("open_shift")
    hand.key(Qt.Key.Key_F12)
    easel.paint("sell_empty", wide=False)
    for code in (goods[0], goods[40], goods[40], goods[90]):
        hand.scan(code)
    easel.paint("sell")
    hand.type("linen")
    easel.paint("sell_results")
    hand.key(Qt.Key.Key_Escape)
    sheets(hand, easel)
    pay(hand, easel)
    back(hand, easel, goods)
    orders(hand, easel)
    window.acts.lock()
    hand.sign_in(MANAGER)
    window.acts.go_shift()
    count(hand, -200)
    easel.paint("close_shift")


def sheets(hand: Hand, easel: Easel) -> None:
    """What lies over the basket."""
    window = hand.window
    window.about.show("O610-NVY-M")
    hand.settle()
    easel.paint("product")
    window.close_sheet()
    window.acts.sync()
    hand.settle()
    easel.paint("sync", wide=False)
    window.close_sheet()
    window.preferences.open()
    hand.settle()
    easel.paint("settings", wide=False)
    window.close_sheet()
    window.key_table.open()
    easel.paint("help", wide=False)
    window.key_table.hide()


def pay(hand: Hand, easel: Easel) -> None:
    """Cash, what the customer sees meanwhile, and the sale done."""
    window = hand.window
    shown = CustomerDisplay(window.customer)
    hand.settle()
    easel.paint("customer", shown)
    hand.key(Qt.Key.Key_F12)
    window.paying.set_amount(window.paying.state.quick[2].amount)
    hand.settle()
    easel.paint("pay")
    hand.key(Qt.Key.Key_F12)
    easel.paint("done")
    shown.view = structs.replace(shown.view, code=CODE)  # a signature is another on every till
    easel.paint("customer_paid", shown)
    window.customer.on_change = lambda _view: None
    shown.close()
    shown.deleteLater()


def orders(hand: Hand, easel: Easel) -> None:
    """A customer's order on its way from the shelves to its owner."""
    window = hand.window
    add_orders(hand.till.data, everything())
    window.orders.moved_orders()
    hand.key(Qt.Key.Key_F9)
    window.orders.pickup.choose("r-10482")
    for sku in ("O610-NVY-M", "W110-WHT-M"):
        hand.scan(barcode(hand, sku))
    if window.orders.work.narrow:
        window.orders.work.open_detail(on=True)
    easel.paint("pickup")
    hand.scan(pass_of(ready()[0]))
    window.orders.pickup.choose_who("named")
    easel.paint("hand_over")
    window.acts.go_sell()
    hand.settle()


def back(hand: Hand, easel: Easel, goods: list[str]) -> None:
    """Part of the sale comes back."""
    window = hand.window
    hand.scan(window.till.view.sale(window.selling.state.done.sale_id).doc_no)
    hand.scan(goods[40])
    easel.paint("returns")
    while window.returns.cancel():
        hand.settle()
    web_order(hand, easel)
    window.acts.go_sell()
    hand.settle()


def web_order(hand: Hand, easel: Easel) -> None:
    """Two things of a web order come back, one of them for another size; offline they are taken in."""
    window = hand.window
    window.acts.do("returns")
    hand.scan("W-10391")
    answer(hand, order())
    for code in (barcode(hand, SHOE), barcode(hand, TEE)):
        hand.scan(code)
        window.returns.reason_by_number(1)
    window.returns.going.swap(1, "K360-TEA-29")
    easel.paint("exchange", wide=False)
    while window.returns.cancel():
        hand.settle()


def card(hand: Hand, easel: Easel, terminal: Any) -> None:
    """A payment that waits for the card."""
    window, goods = hand.window, codes()
    window._tick.stop()
    hand.ready()
    for code in (goods[0], goods[40]):
        hand.scan(code)
    window.acts.do("card")
    _until(lambda: terminal.machine.waiting)
    _turn(hand, 0)  # so that the answer is noted before the clock goes on
    _turn(hand, 14)
    easel.looks = [look for look in easel.looks if look.line != "attention"]
    easel.paint("pay_card")
    window.acts.do("card_cancel")
    hand.settle()
