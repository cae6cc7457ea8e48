"""The way of Tab through Sell, and the jump from zone to zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.ui.lists import List

if TYPE_CHECKING:
    from pos_app.ui.window import Window


def stops(window: Window) -> list[QWidget]:
    """Where Tab stops in Sell, in order: search, shelves, products, basket, tenders, Pay."""
    sell, cart = window.screens.sell_work, window.screens.cart
    wanted: list[QWidget] = [
        sell.search.edit,
        sell.clear,
        *(sell.chips.buttons if not sell.filter.isVisible() else ()),
        sell.chips.all,
        sell.filter,
        sell.grid,
        *cart.card.buttons.values(),
        cart.card.shut,
        cart.list,
        *cart.list.bar.buttons.values(),
        cart.strip.nobody,
        cart.strip.choice,
        cart.strip.button,
        *cart.done.buttons.values(),
        cart.cash,
        cart.by_card,
        cart.finish,
        cart.park,
        cart.more,
        *sell.bar.values(),
        sell.pill,
        *window.rail.items.values(),
        window.rail.avatar,
    ]
    return [each for each in wanted if _reachable(each)]


def _reachable(widget: QWidget) -> bool:
    if not (widget.isVisible() and widget.isEnabled()):
        return False
    if isinstance(widget, List):
        return bool(widget.model_.rows)
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)


def step(window: Window, *, forward: bool) -> bool:
    """Moves the focus one stop on; False where Qt's own order is right."""
    if window.place != "sell":
        return False
    order, focus = stops(window), QApplication.focusWidget()
    here = order.index(focus) if focus in order else -1 if forward else 0
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    order[(here + (1 if forward else -1)) % len(order)].setFocus(reason)
    return True


def jump(window: Window) -> None:
    """To the next zone: search, products, basket, payment; a sheet and the panel beside it."""
    reason, focus = Qt.FocusReason.TabFocusReason, QApplication.focusWidget()
    screens = window.screens
    if window.sheet_name:
        sheet = window.sheet_of(window.sheet_name)
        inside = focus is not None and (focus is sheet or sheet.isAncestorOf(focus))
        (screens.cart.finish if inside else sheet.first_focus()).setFocus(reason)
        return
    if window.place != "sell":
        window.focusNextChild()
        return
    zones = (screens.sell_work.search, screens.sell_work.grid, screens.cart.list, screens.cart)
    targets = (zones[0].edit, zones[1], zones[2], screens.cart.finish)
    order = [place for place, each in enumerate(targets) if _reachable(each)]
    held = [place for place, each in enumerate(zones) if _holds(each, focus)]
    here = held[0] if held else -1
    following = next((place for place in order if place > here), order[0])
    if following == 2 and not window.selling.state.selected:
        window.selling.move(-1)
    targets[following].setFocus(reason)


def _holds(zone: QWidget, focus: QWidget | None) -> bool:
    return focus is not None and (zone is focus or zone.isAncestorOf(focus))
