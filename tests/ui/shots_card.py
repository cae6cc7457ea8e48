"""Pictures of paying by card, each moment of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest

from hardware.connect import simulated_terminal
from tests.ui.shop import Hand, opened

SCRIPT: tuple[Any, ...] = (
    "hold",
    {"do": "decline", "reason": "funds"},
    {"do": "silent", "asks": 99},
)


def card_shots(data: Path, shot: Callable[[Hand, str], None], **look: Any) -> None:
    """Waits, declined, checks, the slip typed, kept open."""
    terminal = simulated_terminal(SCRIPT)
    with opened(data, terminal=terminal, **look) as hand:
        hand.window._tick.stop()
        hand.ready()
        _basket(hand)
        hand.pause()
        QTest.keyClick(hand.window.windowHandle(), Qt.Key.Key_F11)
        _until(lambda: terminal.machine.waiting)
        _turn(hand, 14)
        shot(hand, "40_card_waits")
        hand.window.acts.do("card_cancel")
        hand.settle()
        shot(hand, "41_card_cancelled")
        hand.window.acts.do("card_again")
        hand.settle()
        shot(hand, "42_card_declined")
        hand.window.acts.do("card_part")
        hand.settle()
        hand.type("40")
        shot(hand, "43_card_part")
        hand.window.acts.do("card")
        hand.settle()
        _turn(hand, 0)
        _turn(hand, 14)
        shot(hand, "44_card_checks")
        hand.window.acts.do("card_says_approved")
        shot(hand, "45_card_slip")
        hand.window.cards.by_hand("")
        _turn(hand, 120)
        shot(hand, "46_card_open")
        hand.window.acts.do("card_keep")
        hand.settle()
        hand.window.acts.do("sync")
        hand.settle()
        shot(hand, "47_card_attention")


def _basket(hand: Hand) -> None:
    from tests.ui.shop import demo_goods

    codes = [str(int(row.barcodes[0])) for row in demo_goods().products if row.barcodes]
    for place in (0, 40, 40, 90):
        hand.scan(codes[place])


def _turn(hand: Hand, seconds: int) -> None:
    hand.clock.go(seconds)
    hand.window.tick()
    for _again in range(20):
        QCoreApplication.sendPostedEvents()
        QCoreApplication.processEvents()
        QTest.qWait(5)


def _until(true: Callable[[], bool]) -> None:
    while not true():
        QCoreApplication.processEvents()
        QTest.qWait(1)
