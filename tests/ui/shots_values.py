"""Pictures of gift cards: the sheet, the balance, Pay with one, and what is said offline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt

from pos_app.domain.value_code import new_code
from tests.ui.shop import Hand, opened
from tests.ui.shots_returns import codes_of
from tests.ui.valuing import answering

Shot = Callable[[Hand, str], None]


def value_shots(data: Path, shot: Shot, **look: object) -> None:
    """The pictures, in their order."""
    with opened(data, **look) as hand, answering(hand, data.parent / f"{data.name}-hub") as hub:  # type: ignore[arg-type]
        hand.ready()
        hand.window.acts.do("gift_card")
        hand.settle()
        shot(hand, "160_value_sheet")
        hand.click(hand.window.screens.values.presets[2])
        known = hub.world.issued(2_500)
        hand.scan(known.qr)
        hub.answer()
        shot(hand, "161_value_top_up")
        hand.window.acts.do("value_new")
        hand.window.acts.do("value_sell")
        hand.settle()
        shot(hand, "162_value_in_sale")
        for code in codes_of(hand, 2):
            hand.scan(code)
        hand.scan(known.qr)
        hub.answer()
        shot(hand, "163_value_balance")
        hand.key(Qt.Key.Key_F12)
        hand.key(Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
        shot(hand, "164_value_pay")
        hand.scan(known.qr)
        shot(hand, "165_value_asking")
        hub.answer()
        shot(hand, "166_value_paid")
        hand.scan(new_code("card").qr)
        hub.answer()
        shot(hand, "167_value_nothing")
        hand.key(Qt.Key.Key_F10)
        hand.settle()
        shot(hand, "168_value_done")
        hand.line.connected = False
        for code in codes_of(hand, 1):
            hand.scan(code)
        hand.key(Qt.Key.Key_F12)
        hand.key(Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
        shot(hand, "169_value_offline")
