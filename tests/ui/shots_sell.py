"""Pictures of Sell in all its states, beside those of the day: `python -m tests.ui.shots sell`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt

from tests.ui.shop import Hand

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def sell(hand: Hand, shot: Callable[[str], None]) -> None:
    """From an empty basket to a parked one, with each sheet of Sell over it."""
    from tests.ui.shots import _codes

    window, codes = hand.window, _codes()
    for code in (codes[0], codes[40], codes[40], codes[200]):
        hand.scan(code)
    product_sheet(hand, shot)
    hand.key(Qt.Key.Key_K, CTRL)
    shot("44_commands")
    hand.type("pr")
    shot("45_commands_found")
    hand.key(Qt.Key.Key_Escape)
    window.acts.do("help")
    hand.settle()
    shot("46_help")
    window.key_table.hide()
    hand.type("3*")
    shot("47_three_times")
    hand.key(Qt.Key.Key_Escape)
    window.acts.look()
    hand.scan(codes[12])
    shot("48_price_check")
    hand.scan("9999999999994")
    shot("49_price_check_unknown")
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_Escape)
    hand.scan("9999999999994")
    shot("50_unknown")
    hand.scan(codes[0])
    hand.key(Qt.Key.Key_Delete)
    hand.key(Qt.Key.Key_F7, SHIFT)
    hand.type("Mrs Virtanen")
    shot("51_park_named")
    hand.key(Qt.Key.Key_Return)
    hand.scan(codes[60])
    hand.clock.go(40 * 60)
    hand.key(Qt.Key.Key_F7)
    hand.clock.go(25 * 60)
    hand.key(Qt.Key.Key_F7)
    shot("52_parked")
    hand.key(Qt.Key.Key_Escape)
    window.acts.all_shelves()
    hand.settle()
    shot("53_shelves")
    hand.key(Qt.Key.Key_Escape)


def product_sheet(hand: Hand, shot: Callable[[str], None]) -> None:
    """A style with a matrix, one with many sizes, one product alone."""
    window = hand.window
    for number, sku in (
        ("40", "O610-NVY-M"),
        ("41", "W110-WHT-M"),
        ("42", _alone()),
        ("43", _many()),
    ):
        window.about.show(sku)
        hand.settle()
        shot(f"{number}_product")
        hand.key(Qt.Key.Key_Escape)


def _alone() -> str:
    from tests.ui.shop import demo_goods

    return next(each.sku for each in demo_goods().products if not each.style)


def _many() -> str:
    """A style with more variants than any other."""
    from tests.ui.shop import demo_goods

    styles: dict[str, list[str]] = {}
    for each in demo_goods().products:
        if each.style:
            styles.setdefault(each.style, []).append(each.sku)
    return max(styles.values(), key=len)[0]
