"""Pictures of both ends of a shift: two days a week apart, the drawer moved, counted, off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from pos_app.settings import Settings
from tests.ui.shop import CASHIER, MANAGER, Hand, demo_goods, opened

CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
WEEK = timedelta(days=7)


def shift_shots(data: Path, shot: Callable[[Hand, str], None], **look: Any) -> None:
    """A week ago, then today from the float to just before the Z."""
    Settings(theme="light", lock_after_s=0, float_amount=20_000).save(data)
    with opened(data, **look) as hand:
        hand.clock.moment -= WEEK
        _week_ago(hand)
        confirm(hand)
        hand.clock.moment += WEEK - timedelta(hours=4)
        _float(hand, shot)
        _day(hand, (1, 2, 3, 2, 1))
        _drawer(hand, shot)
        _count(hand, shot)


def count(hand: Hand, off: int = 0) -> None:
    """The drawer counted to what it should hold, and `off` minor units beside it."""
    from pos_app.till import shift

    rest = shift.summary(hand.till).expected_cash + off
    for row in hand.window.closing.state.rows:
        hand.window.closing.set(row.worth, rest // row.worth)
        rest %= row.worth
    hand.settle()


def confirm(hand: Hand) -> None:
    """The hub has everything: as sync writes it down."""
    from pos_app.store.replica import ReplicaWriter

    hand.settle()
    with ReplicaWriter.open(hand.till.data, hand.till.keys.db_key) as writer:
        writer.set_ack(hand.till.ledger.head(), "", "2026-11-18T17:00:00.000Z")


def _week_ago(hand: Hand) -> None:
    hand.sign_in(MANAGER)
    hand.window.opening.set(2_000, 10)
    hand.key(Qt.Key.Key_F12)
    _day(hand, (1, 2, 3, 1))
    hand.window.acts.go_shift()
    count(hand, -300)
    hand.window.closing.choose_reason("Miscount")
    hand.key(Qt.Key.Key_F12)


def _day(hand: Hand, hours: tuple[int, ...]) -> None:
    codes = [
        str(int(each.barcodes[0]))
        for each in demo_goods().products
        if each.barcodes and not each.age_limit
    ]
    for nth, sales in enumerate(hours):
        for sale in range(sales):
            hand.window.selling.scan(codes[(nth * 17 + sale * 5) % 90])
            hand.window.selling.pay("card" if sale % 3 else "cash", None, "4711")
            hand.settle()
        hand.clock.go(3_600)


def _float(hand: Hand, shot: Callable[[Hand, str], None]) -> None:
    window = hand.window
    hand.sign_in(CASHIER)
    hand.settle()
    shot(hand, "60_open_empty")
    window.opening.same()
    hand.settle()
    shot(hand, "61_open_matches")
    window.opening.set(100, 2)
    hand.settle()
    shot(hand, "62_open_within")
    window.opening.set(5_000, 9)
    hand.settle()
    shot(hand, "63_open_over")
    hand.line.status = _with(hand.line.status, offset_ms=185_000)
    window.opening.refresh()
    hand.settle()
    shot(hand, "64_open_stopped")
    hand.line.status = _with(hand.line.status, offset_ms=120)
    window.opening.open()
    window.opening.same()
    hand.key(Qt.Key.Key_F12)


def _with(status: Any, **changed: Any) -> Any:
    from dataclasses import replace

    return replace(status, **changed)


def _drawer(hand: Hand, shot: Callable[[Hand, str], None]) -> None:
    window, cash = hand.window, hand.window.shifts.cash
    window.acts.lock()
    hand.sign_in(MANAGER)
    window.acts.go_shift()
    hand.settle()
    hand.key(Qt.Key.Key_F11)
    shot(hand, "65_cash_empty")
    hand.type("12.50")
    cash.choose_reason("Small purchase")
    hand.settle()
    shot(hand, "66_cash_out")
    hand.key(Qt.Key.Key_F12)
    hand.key(Qt.Key.Key_F11)
    cash.choose_kind("drop")
    cash.type("90000")
    cash.choose_reason("Drawer full")
    hand.key(Qt.Key.Key_F12)
    shot(hand, "67_drop_too_much")
    cash.type("100")
    cash.set_reference("B-0417")
    hand.key(Qt.Key.Key_F12)
    window.toasts.clear()
    hand.key(Qt.Key.Key_F10)
    shot(hand, "68_x")
    hand.key(Qt.Key.Key_Escape)


def _count(hand: Hand, shot: Callable[[Hand, str], None]) -> None:
    window = hand.window
    shot(hand, "70_close")
    count(hand, -200)
    shot(hand, "71_close_within")
    hand.key(Qt.Key.Key_T, ALT)
    shot(hand, "72_close_table")
    hand.key(Qt.Key.Key_T, ALT)
    count(hand, 1_234_567_00)
    shot(hand, "73_close_over")
    window.acts.lock()
    hand.settle()
    hand.clock.go(16 * 3_600)
    hand.sign_in("tomas")
    window.acts.go_shift()
    hand.settle()
    window.toasts.clear()
    shot(hand, "74_close_blind_late")
