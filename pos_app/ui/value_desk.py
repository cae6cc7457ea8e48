"""What buttons, keys and scans do about gift cards and credit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pos_app.domain.value_code import looks_like
from pos_app.presenters.paying import Paying
from pos_app.presenters.values import Values

if TYPE_CHECKING:
    from pos_app.presenters.card import Cards
    from pos_app.presenters.desk import Desk
    from pos_app.presenters.selling import Selling
    from pos_app.ui.window import Window

SHEET = "values"


def presenters(desk: Desk, selling: Selling, cards: Cards) -> tuple[Values, Paying]:
    """What the window holds of gift cards, and of paying."""
    values = Values(desk, selling)
    return values, Paying(desk, selling, cards, values)


def bind(window: Window) -> None:
    """Ties the presenter to the screens."""
    values = window.values
    values.on_change = window.screens.shows(SHEET)
    values.on_enter_pay = window.acts.enter_pay


def acts(window: Window) -> dict[str, Callable[[], object]]:
    """The acts, by name."""
    values = window.values

    def open_sheet() -> None:
        window.open_sheet(SHEET)
        values.begin_sheet()

    return {
        "gift_card": open_sheet,
        "value_sell": values.sell,
        "value_new": values.new_card,
        "value_pay": values.pay_with_it,
        "use_credit": lambda: values.use_credit(window.paying.amount),
        "tender_3": lambda: window.acts.tender("gift_card"),
        "tender_4": lambda: window.acts.tender("credit"),
        "tender_gift_card": lambda: window.acts.tender("gift_card"),
        "tender_credit": lambda: window.acts.tender("credit"),
    }


def scanned(window: Window, code: str) -> bool:
    """True for a gift card's code: it pays, is topped up, or its balance is shown."""
    if window.place == "pay":
        return window.paying.scanned(code)
    if window.place != "sell":
        return False
    if window.sheet_name == SHEET and (looks_like(code) or code.isdigit()):
        window.values.take_card(code)
        return True
    if not looks_like(code):
        return False
    window.values.balance(code)
    return True
