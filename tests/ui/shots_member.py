"""Pictures of Sell with a member: the strip, points in use, the chooser, paid, offline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from tests.ui.membering import CARD_CODE, answer, join
from tests.ui.shop import Hand, opened
from tests.ui.shots_returns import codes_of

Shot = Callable[[Hand, str], None]


def member_shots(data: Path, shot: Shot, **look: Any) -> None:
    """The pictures, in their order."""
    with opened(data, **look) as hand:
        hand.ready()
        shot(hand, "150_member_nobody")
        join(hand)
        codes = codes_of(hand, 2)
        for code in codes:
            hand.scan(code)
        hand.scan(CARD_CODE)
        answer(hand)
        shot(hand, "151_member")
        hand.key(Qt.Key.Key_F4)
        shot(hand, "152_member_points_used")
        hand.key(Qt.Key.Key_F4)
        hand.click(hand.window.screens.cart.strip.choice)
        shot(hand, "153_member_rewards")
        hand.window.close_sheet()
        hand.settle()
        hand.key(Qt.Key.Key_F4)
        hand.key(Qt.Key.Key_F12)
        shot(hand, "154_member_pay")
        hand.key(Qt.Key.Key_F10)
        shot(hand, "155_member_done")
        for code in codes[:1]:
            hand.scan(code)
        hand.line.connected = False
        hand.scan(CARD_CODE)
        hand.key(Qt.Key.Key_F4)
        shot(hand, "156_member_offline")
