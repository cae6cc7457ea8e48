"""Nobody at the till: it locks, and the sale is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt


@pytest.fixture
def timed(hand):
    """Locks after three minutes; the window's own tick is called by the test."""
    hand.window._tick.stop()
    hand.till.settings = replace(hand.till.settings, lock_after_s=180)
    return hand


def after(hand, seconds: float) -> None:
    hand.clock.go(seconds)
    hand.window.tick()
    hand.settle()


def test_it_warns_then_locks_and_keeps_the_sale(timed, codes):
    timed.scan(codes[0])
    after(timed, 149)
    assert not timed.window.people.strip.isVisible()
    after(timed, 2)
    assert "locks in 29" in timed.window.people.strip.label.text()
    after(timed, 30)
    assert timed.window.place == "lock"
    assert timed.till.person is None
    timed.sign_in()
    assert timed.window.place == "sell"
    assert len(timed.window.selling.state.lines) == 1


def test_a_touch_begins_anew(timed):
    after(timed, 170)
    assert timed.window.people.strip.isVisible()
    timed.key(Qt.Key.Key_F2)
    assert not timed.window.people.strip.isVisible()
    after(timed, 100)
    assert timed.window.place == "sell"


def test_a_payment_by_card_is_not_cut(timed, codes):
    timed.scan(codes[0])
    timed.key(Qt.Key.Key_F12)
    timed.key(Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    after(timed, 500)
    assert timed.window.place == "pay"
    timed.key(Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    after(timed, 500)
    assert timed.window.place == "lock"


def test_never_where_the_settings_say_so(timed):
    timed.till.settings = replace(timed.till.settings, lock_after_s=0)
    after(timed, 10_000)
    assert timed.window.place == "sell"
