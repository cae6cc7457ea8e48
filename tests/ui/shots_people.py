"""Pictures of people at the till: the lock in its states, consents, training, the warning strip."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt

from tests.ui.shop import BADGES, CASHIER, MANAGER, PINS, Hand

Shot = Callable[[str], None]


def crowd(hand: Hand) -> None:
    """More people than there are tiles."""
    till, some = hand.till, hand.till.staff[CASHIER]
    names = ("Elin Hart", "Omar Tahir", "Kaisa Salo", "Jonas Pohl", "Leo Nieminen", "Ida Berg")
    more = {
        name: type(some)(name, name, some.role, some.pin, pin_digits=4, badge="") for name in names
    }
    own = till.own
    till.own = type(own)(
        *(own.store, own.rules, own.policy, {**own.staff, **more}, own.tills),
        signed=own.signed,
        policy_issued=own.policy_issued,
        policy_until=own.policy_until,
    )


def people(hand: Hand, shot: Shot) -> None:
    """With an open sale: locks, comes back, trains."""
    window = hand.window
    if window.place == "lock":
        hand.sign_in()
    if hand.till.shift is None:
        hand.open_shift()
    hand.scan("2041000000377")
    crowd(hand)
    hand.key(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    hand.type("14")
    shot("60_lock_waiting_sale")
    hand.type("99")
    shot("61_lock_wrong")
    for _ in range(4):
        hand.type("0000")
    shot("62_lock_wait")
    for _ in range(5):
        hand.clock.go(1_000)
        window.lock.tick()
        hand.type("0000")
    shot("63_lock_locked")
    window.acts.do("unlock")
    hand.settle()
    shot("64_unlock_consent")
    hand.scan(BADGES[MANAGER])
    window.acts.do("others")
    hand.settle()
    shot("65_others")
    hand.key(Qt.Key.Key_Escape)
    hand.scan(BADGES[MANAGER])
    shot("66_lock_badge_wants_pin")
    hand.type(PINS[MANAGER])
    hand.scan(BADGES[CASHIER])
    shot("67_switched")
    window.people.warn(24)
    shot("68_warn_strip")
    window.people.strip.hide()
    window.acts.do("training")
    hand.settle()
    window.consent.give_reason("Practice")
    hand.settle()
    shot("69_training_consent")
    hand.scan(BADGES[MANAGER])
    shot("70_training_float")
    hand.open_shift()
    hand.scan("2041000000377")
    shot("71_training_sell")
    hand.key(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    shot("72_training_lock")
    window.acts.do("training")
    hand.settle()
    hand.sign_in()
