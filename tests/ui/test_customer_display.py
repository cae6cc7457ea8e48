"""The customer's screen beside the real window: what it says at each step of a sale."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from pos_app.presenters.customer import SHOWN_LINES
from pos_app.ui.customer_display import CustomerDisplay
from tests.ui.shop import CASHIER, PINS, make_data, opened
from tests.ui.shots import _codes


@pytest.fixture
def both(tmp_path):
    with opened(make_data(tmp_path / "till")) as hand:
        shown = CustomerDisplay(hand.window.customer)
        yield hand, shown
        shown.close()


def signed_in(hand):
    hand.window.lock.choose(CASHIER)
    hand.type(PINS[CASHIER])
    hand.window.opening.set(5_000, 1)
    hand.key(Qt.Key.Key_F12)
    assert hand.window.place == "sell"


def test_a_sale_from_the_first_scan_to_the_thanks(both):
    hand, shown = both
    hand.window.customer.refresh("lock")
    assert shown.view.place == "closed"
    signed_in(hand)
    assert (shown.view.place, shown.view.detail) == ("idle", "Anna serves you")
    codes = _codes()
    for code in (codes[0], codes[40], codes[40]):
        hand.scan(code)
    view = shown.view
    assert view.place == "cart"
    assert [line.qty for line in view.lines] == ["", "2"]
    assert view.amount == hand.window.selling.state.total
    hand.key(Qt.Key.Key_F12)
    assert (shown.view.place, shown.view.card) == ("pay", "")
    hand.window.acts.tender("card")
    assert shown.view.card == "Pay at the terminal"
    hand.window.acts.tender("cash")
    hand.type("900")
    assert shown.view.amount == view.amount
    hand.key(Qt.Key.Key_F12)
    assert shown.view.place == "paid"
    assert shown.view.change == hand.window.selling.state.done.amount
    shown._thanks.timeout.emit()
    assert shown.view.place == "idle"
    hand.scan(codes[0])
    assert shown.view.place == "cart"


def test_it_names_nobody_and_shows_no_sale_behind_the_lock(both):
    hand, shown = both
    signed_in(hand)
    hand.scan(_codes()[0])
    hand.key(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert (shown.view.place, shown.view.lines) == ("idle", ())
    assert "Keller" not in repr(shown.view)


def test_more_lines_than_fit_roll_off_at_the_top(both):
    hand, shown = both
    signed_in(hand)
    for code in _codes()[: SHOWN_LINES + 3]:
        hand.scan(code)
    assert len(shown.view.lines) == SHOWN_LINES
    hidden = len(hand.window.selling.state.lines) - SHOWN_LINES
    assert shown.view.above == f"{hidden} more above"


def test_it_takes_no_focus_and_paints_on_any_screen(both):
    hand, shown = both
    signed_in(hand)
    hand.scan(_codes()[0])
    focus = QApplication.focusWidget()
    shown.show()
    for width, height in ((1024, 600), (1920, 1080), (800, 480), (600, 1024)):
        shown.resize(width, height)
        picture = shown.grab().toImage()
        assert picture.width() == width
        colours = {picture.pixel(x, y) for x in range(0, width, 7) for y in range(0, height, 7)}
        assert len(colours) > 8
    assert QApplication.focusWidget() is focus


def test_without_a_second_screen_nothing_is_computed(tmp_path):
    with opened(make_data(tmp_path / "till")) as hand:
        signed_in(hand)
        hand.scan(_codes()[0])
        assert hand.window.customer.state.place == "idle"
        assert not hand.window.customer.state.title
