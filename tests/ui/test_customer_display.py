"""The customer's screen beside the real window: what it says at each step of a sale."""

from __future__ import annotations

import pytest
import zxingcpp
from msgspec.structs import replace
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from pos_app.presenters.card_view import CardView
from pos_app.presenters.customer import SHOWN_LINES
from pos_app.till.papers import code_of
from pos_app.ui.customer_display import CustomerDisplay
from tests.ui.shop import CASHIER, PINS, make_data, opened
from tests.ui.shots import _codes
from tests.ui.test_training import begin


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


def paid(hand):
    signed_in(hand)
    hand.scan(_codes()[0])
    hand.window.acts.exact("cash")
    hand.settle()


def test_after_paying_the_receipts_code_can_be_read_off_the_screen(both):
    hand, shown = both
    paid(hand)
    view = shown.view
    assert view.place == "paid"
    assert view.card_detail.startswith("Return within 30 days, until ")
    sale = hand.till.ledger.sales(1)[0]
    assert view.code
    for size in ((1024, 600), (1920, 1080)):
        shown.resize(*size)
        image = shown.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        bits = bytes(image.constBits())
        seen = Image.frombytes(
            "RGB", (image.width(), image.height()), bits, "raw", "RGB", image.bytesPerLine()
        )
        texts = [each.text for each in zxingcpp.read_barcodes(seen)]
        assert texts == [code_of(hand.till, sale.sale_id)], size
    assert texts[0].startswith("HF1:S:")


def test_an_exercise_has_no_code(both):
    hand, shown = both
    signed_in(hand)
    begin(hand)
    hand.open_shift()
    hand.scan(_codes()[0])
    hand.window.acts.exact("cash")
    hand.settle()
    assert hand.till.training
    assert (shown.view.place, shown.view.code) == ("paid", ())


def test_while_a_card_payment_is_checked_the_customer_is_told(both):
    hand, shown = both
    signed_in(hand)
    hand.scan(_codes()[0])
    hand.key(Qt.Key.Key_F12)
    paying = hand.window.paying
    for phase, place in (("waiting", "pay"), ("checking", "checking"), ("open", "checking")):
        card = CardView(phase, True, "info", "", "", "", (), "", "", ())
        paying.state = replace(paying.state, chosen="card", card=card)
        hand.window.customer.refresh("pay")
        assert shown.view.place == place
    assert shown.view.card == "One moment, we check your payment"
    assert "offline" not in repr(shown.view).casefold()


def test_another_theme_reaches_it(both):
    hand, shown = both
    shown.show()
    hand.settle()
    light = shown.grab().toImage().pixel(5, 5)
    painted = []
    shown.paintEvent = lambda event, was=shown.paintEvent: (painted.append(1), was(event))
    hand.window.set_theme("dark")
    hand.settle()
    assert painted
    assert shown.grab().toImage().pixel(5, 5) != light
    hand.window.set_theme("light")
