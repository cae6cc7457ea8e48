"""The bottom bar of the lock: looking at a price, text size and language, with nobody signed in."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from pos_app.presenters.preferences import DEVICES, LOOKS
from pos_app.settings import Settings
from pos_app.workshop import Workshop
from tests.ui.shop import BADGES, CASHIER, opened
from tests.ui.shots import _codes


@pytest.fixture
def hand(data):
    with opened(data) as hand:
        yield hand


def press(hand, act):
    hand.click(hand.window.screens.lock_work.bar[act])


def test_a_price_is_looked_at_and_nothing_can_be_sold(hand):
    code = _codes()[0]
    press(hand, "lock_look")
    assert hand.window.sheet_name == "ask"
    hand.scan(code)
    assert hand.window.sheet_name == "product"
    state = hand.window.about.state
    assert (state.price[0], state.can_sell, state.look_only, state.checking) == (
        "€",
        False,
        True,
        True,
    )
    assert not hand.window.screens.product.star.isVisible()
    hand.window.about.add()
    hand.window.about.favourite()
    assert hand.window.selling.basket is None
    assert not hand.window.about.state.favourite
    hand.scan(_codes()[1])
    assert hand.window.about.state.sku != state.sku, "the next one"
    hand.scan("96385074000")
    assert hand.window.about.state.unknown
    hand.key(Qt.Key.Key_Escape)
    assert (hand.window.sheet_name, hand.window.place) == ("", "lock")


def test_a_code_may_be_typed_as_well(hand):
    press(hand, "lock_look")
    QTest.keyClicks(QApplication.focusWidget(), hand.till.catalogue.favourites(1)[0].product.sku)
    assert hand.window.lock.state.typed == 0, "no digit of it is a PIN's"
    hand.key(Qt.Key.Key_Return)
    assert hand.window.about.state.sku


def test_a_badge_signs_in_over_the_price(hand):
    press(hand, "lock_look")
    hand.scan(BADGES[CASHIER])
    assert hand.till.person is not None
    assert (hand.window.place, hand.window.sheet_name) == ("open_shift", "")


def test_size_and_language_are_the_same_settings_and_no_others(hand):
    hand.window.preferences.workshop = Workshop(hand.window)
    press(hand, "lock_size")
    sheet = hand.window.screens.preferences
    assert hand.window.sheet_name == "preferences"
    assert not sheet.segment.isVisible()
    assert QApplication.focusWidget() is sheet.rows["scale"].buttons["100"]
    hand.window.preferences.open(DEVICES)
    assert hand.window.preferences.state.page == LOOKS
    hand.key(Qt.Key.Key_Escape)
    press(hand, "lock_language")
    hand.click(sheet.rows["locale"].buttons["ar"])
    assert Settings.load(hand.till.data).locale == "ar"
    assert hand.window.again == "window"


def test_behind_the_lock_of_an_open_shift_nothing_is_sold_either(hand):
    hand.ready()
    hand.window.acts.lock()
    hand.settle()
    press(hand, "lock_look")
    hand.scan(_codes()[0])
    state = hand.window.about.state
    assert (state.can_sell, state.add) == (False, "Sign in to sell it")
    hand.window.about.add()
    hand.window.acts.do("add_product")
    hand.settle()
    assert hand.window.selling.basket is None
    assert hand.window.place == "lock"
