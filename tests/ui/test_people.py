"""Who is at the till: badge and PIN on the real window, consents beside the basket, the way back."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt

from pos_app.domain.badge import badge_code
from pos_app.store.replica import ReplicaWriter
from sync.protocol import Overridden, SignedIn, SignInRefused, StaffUnlocked
from tests.till.shop import feed
from tests.till.test_checkout import facts
from tests.ui.shop import BADGES, CASHIER, MANAGER, PEOPLE, PINS, SENIOR


def wrong_pins(hand, who, count, pin="0000"):
    hand.window.lock.choose(who)
    for _ in range(count):
        hand.type(pin)
        hand.clock.go(1)
        while hand.window.lock._open_again_ms:
            hand.clock.go(60)
            hand.window.lock.tick()


def test_one_scan_of_a_badge_signs_its_owner_in_at_the_lock(window_of, data):
    hand = window_of(data)
    hand.scan(BADGES[CASHIER])
    assert hand.window.place == "open_shift"
    assert hand.till.person.staff_id == CASHIER
    (fact,) = facts(hand.till, SignedIn)
    assert fact.method == "badge"
    assert hand.actions == 1


@pytest.mark.parametrize("place", ["sell", "pay", "close_shift"])
def test_one_scan_of_a_badge_hands_the_till_over_with_the_open_sale_kept(hand, codes, place):
    """Row F: one action, whatever screen is shown, and the next lines carry the new name."""
    window = hand.window
    hand.scan(codes[0])
    if place == "pay":
        hand.key(Qt.Key.Key_F12)
    elif place == "close_shift":
        window.acts.go_shift()
        hand.settle()
    before, hand.actions = window.selling.basket, 0
    hand.scan(BADGES[SENIOR])
    assert hand.actions == 1
    assert hand.till.person.staff_id == SENIOR
    assert (window.place, window.selling.basket) == (place, before)
    if place == "sell":
        hand.scan(codes[1])
        lines = window.selling.basket.lines
        assert [line.by for line in lines] == [CASHIER, SENIOR]
        hand.key(Qt.Key.Key_F10)
        sale = hand.till.ledger.sales(1)[0]
        assert sale.actor == SENIOR


def test_a_badge_of_nobody_is_refused_as_a_badge_and_never_as_goods(hand):
    hand.scan(badge_code(b"x" * 20))
    assert hand.window.selling.state.card is None, "not: unknown product"
    assert hand.window.toasts.shown[-1].label.text().startswith("This badge opens nothing here.")
    (fact,) = facts(hand.till, SignInRefused)
    assert (fact.staff, fact.method) == ("", "badge")


def test_a_managers_badge_alone_does_not_sign_in_it_asks_for_the_pin(hand, codes):
    window = hand.window
    hand.scan(codes[0])
    hand.scan(BADGES[MANAGER])
    assert window.place == "lock"
    assert (window.lock.state.chosen, window.lock.state.digits) == (MANAGER, 6)
    assert "badge of Mira" in window.lock.state.badge
    hand.type(PINS[MANAGER])
    assert hand.till.person.staff_id == MANAGER
    assert facts(hand.till, SignedIn)[-1].method == "badge_pin"
    assert window.place == "sell"
    assert len(window.selling.basket.lines) == 1


def ask_for_a_large_discount(hand, codes):
    window = hand.window
    hand.scan(codes[0])
    hand.key(Qt.Key.Key_F6)
    hand.type("30")
    window.discounting.choose_reason("Damaged")
    window.discounting.give()
    hand.settle()
    assert window.consent.state.needs == "manager"


def test_a_managers_badge_agrees_beside_the_basket_and_the_journal_says_all_of_it(hand, codes):
    ask_for_a_large_discount(hand, codes)
    window = hand.window
    assert window.place == "sell", "the basket stays in view"
    assert "Anna Keller asks." in window.consent.state.detail
    assert "Give a discount by hand" in window.consent.state.detail
    assert "Damaged" in window.consent.state.detail
    hand.scan(BADGES[MANAGER])
    assert window.sheet_name == ""
    (fact,) = facts(hand.till, Overridden)
    assert (fact.actor, fact.approver, fact.action) == (CASHIER, MANAGER, "discount")
    assert (fact.amount, fact.unit, fact.limit) == (3_000, "percent", 500)
    assert (fact.reason, fact.method) == ("Damaged", "badge")
    assert fact.basket == window.selling.basket.basket_id
    discount = window.selling.basket.lines[0].discounts[0]
    assert (discount.given_by, discount.approved_by) == (CASHIER, MANAGER)
    assert hand.till.person.staff_id == CASHIER, "who agreed did not take over"


def test_a_managers_pin_agrees_and_a_cashiers_badge_does_not(hand, codes):
    ask_for_a_large_discount(hand, codes)
    window = hand.window
    hand.scan(BADGES["leyla"])
    assert window.consent.state.wrong.startswith("This badge cannot agree to that.")
    assert window.consent.state.needs == "manager"
    hand.scan(BADGES[CASHIER])
    assert window.consent.state.wrong.startswith("Somebody else must agree.")
    window.consent.choose(MANAGER)
    hand.type(PINS[MANAGER])
    (fact,) = facts(hand.till, Overridden)
    assert (fact.approver, fact.method) == (MANAGER, "pin")


def test_a_badge_burst_never_lands_in_the_dots(window_of, data):
    hand = window_of(data)
    hand.window.lock.choose(MANAGER)
    hand.type("25")
    hand.scan(BADGES[CASHIER])
    assert hand.till.person.staff_id == CASHIER
    assert not facts(hand.till, SignInRefused)


def test_whoever_locked_it_finds_the_same_screen_and_somebody_else_the_sale(hand, codes):
    window = hand.window
    hand.scan(codes[0])
    hand.key(Qt.Key.Key_F12)
    assert window.place == "pay"
    hand.key(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    state = window.lock.state
    assert (window.place, state.waiting) == ("lock", "A sale is waiting")
    assert "started" in state.waiting_detail
    hand.type(PINS[CASHIER])
    assert window.place == "pay", "the same person: the same screen"
    hand.key(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    hand.sign_in(SENIOR)
    assert window.place == "sell"
    assert len(window.selling.basket.lines) == 1


def test_tries_left_waits_and_the_lock_are_said_and_a_manager_lets_in(window_of, data):
    hand = window_of(data)
    lock = hand.window.lock
    lock.choose(CASHIER)
    hand.type("0000")
    assert lock.state.wrong == "Not this PIN. 4 tries left."
    for _ in range(4):
        hand.type("0000")
    assert lock.state.wrong.startswith("Wait 30")
    hand.type(PINS[CASHIER])
    assert lock.state.typed == 0, "nothing is typed into a wait"
    hand.clock.go(10)
    hand.window.tick()
    assert lock.state.wrong.startswith("Wait 20")
    hand.clock.go(20)
    hand.window.tick()
    assert lock.state.wrong == ""
    wrong_pins(hand, CASHIER, 5)
    assert lock.state.wrong == "Locked for Anna Keller. A manager can open it."
    lock.choose(SENIOR)
    lock.choose(CASHIER)
    assert lock.state.can_unlock, "said before anything is typed"
    hand.click(hand.window.screens.lock_panel.unlock)
    assert hand.window.sheet_name == "consent"
    hand.scan(BADGES[MANAGER])
    assert (hand.window.sheet_name, lock.state.wrong) == ("", "")
    (fact,) = facts(hand.till, StaffUnlocked)
    assert (fact.staff, fact.approver, fact.tries, fact.method) == (CASHIER, MANAGER, 10, "badge")
    hand.type(PINS[CASHIER])
    assert hand.till.person.staff_id == CASHIER


def test_more_than_seven_people_stand_behind_a_tile_of_their_own(window_of, data):
    hand = window_of(data)
    some = hand.till.staff[CASHIER]
    crowd = {
        f"p{n}": type(some)(f"p{n}", f"Person {n}", some.role, some.pin, pin_digits=4)
        for n in range(9)
    }
    own = hand.till.own
    hand.till.own = type(own)(
        own.store, own.rules, own.policy, {**own.staff, **crowd}, own.tills, signed=True
    )
    hand.window.lock.open()
    hand.settle()
    state = hand.window.lock.state
    assert (len(state.people), state.more, len(state.others)) == (7, 6, 13)
    tile = hand.window.screens.lock_work.people[7]
    assert tile.accessibleName() == "Others, 6 more people"
    hand.click(tile)
    assert hand.window.sheet_name == "people"
    hand.type("son 8")
    hand.key(Qt.Key.Key_Return)
    assert (hand.window.sheet_name, hand.window.lock.state.chosen) == ("", "p8")


def test_a_strip_warns_half_a_minute_before_it_locks_and_any_key_keeps_it_open(window_of, data):
    from pos_app.settings import Settings

    Settings(theme="light", lock_after_s=180, speaker="none").save(data)
    hand = window_of(data)
    hand.ready()
    strip = hand.window.people.strip
    hand.clock.go(151)
    hand.window.tick()
    assert strip.isVisible()
    assert "29" in strip.label.text()
    hand.type("a")
    assert not strip.isVisible()
    hand.clock.go(200)
    hand.window.tick()
    assert hand.window.place == "lock"
    assert not strip.isVisible()


def test_whoever_works_here_no_more_finds_the_lock_and_the_sale_is_kept(hand, codes):
    hand.scan(codes[0])
    (anna,) = [each for each in PEOPLE if each.staff_id == CASHIER]
    with ReplicaWriter.open(hand.till.data, hand.till.keys.db_key) as writer:
        pos = writer.cursors()["store:1"][1]
        gone = msgspec.structs.replace(anna, active=False)
        writer.apply(feed("store:1", pos, ("staff", [gone])))
    hand.till.refresh_reference()
    hand.window.catalogue_changed()
    hand.settle()
    assert hand.window.place == "lock"
    assert [each.name for each in hand.window.lock.state.people if each.staff_id == CASHIER] == []
    hand.sign_in(SENIOR)
    assert hand.window.place == "sell"
    assert len(hand.window.selling.basket.lines) == 1
