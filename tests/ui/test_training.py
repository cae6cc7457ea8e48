"""Training on the real window: begun by a manager from the menu, marked, and left as it was found."""

from __future__ import annotations

from PySide6.QtCore import Qt

from sync.protocol import Overridden, Sale, TrainingBegan, TrainingEnded
from tests.till.test_checkout import facts
from tests.ui.shop import BADGES, CASHIER, MANAGER


def begin(hand):
    window = hand.window
    window.acts.do("more")
    hand.click(window.screens.more.buttons["training"])
    assert window.consent.state.needs == "reason"
    window.consent.give_reason("New colleague")
    hand.settle()
    assert window.consent.state.needs == "manager"
    hand.scan(BADGES[MANAGER])


def test_a_sale_in_training_leaves_the_open_one_and_the_ledger_as_they_were(hand, codes):
    window, till = hand.window, hand.till
    hand.scan(codes[0])
    basket, shift = window.selling.basket, till.shift
    begin(hand)
    (began,) = facts(till, TrainingBegan)
    (agreed,) = facts(till, Overridden)
    assert (began.actor, began.approver, began.method) == (CASHIER, MANAGER, "badge")
    assert (agreed.action, agreed.reason) == ("training_mode", "New colleague")
    head = till.guard.head()
    band = window.training.band
    assert band.isVisible()
    assert "Nothing here is sold" in band.accessibleName()
    assert (window.place, window.selling.basket) == ("open_shift", None)
    hand.open_shift()
    assert window.place == "sell"
    waiting = window.connection.state.waiting_count
    hand.scan(codes[1])
    hand.key(Qt.Key.Key_F10)
    hand.settle()
    assert till.ledger.sales(1)[0].doc_no == "1-T2-1.1"
    assert hand.drawer.opened == 0
    assert till.guard.head() == head
    assert window.connection.state.waiting_count == waiting, "the pill tells of the real journal"
    hand.click(band.end)
    assert (window.place, band.isVisible(), till.training) == ("lock", False, False)
    hand.sign_in()
    assert window.place == "sell"
    assert (window.selling.basket, till.shift) == (basket, shift)
    assert not facts(till, Sale)
    assert [each.reason for each in facts(till, TrainingEnded)] == ["left"]


def test_it_ends_with_the_program_and_the_next_start_sells(window_of, data, codes):
    hand = window_of(data)
    hand.ready()
    begin(hand)
    hand.cut_power()
    again = window_of(data)
    assert not again.till.training
    assert again.window.training.band is None
    assert [each.reason for each in facts(again.till, TrainingEnded)] == ["restarted"]


def test_it_does_not_begin_into_a_payment(hand, codes):
    hand.scan(codes[0])
    hand.key(Qt.Key.Key_F12)
    hand.window.acts.do("training")
    hand.settle()
    assert not hand.till.training
    assert hand.window.toasts.shown[-1].label.text().startswith("Something is still on its way.")
