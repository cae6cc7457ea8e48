from __future__ import annotations

from unittest.mock import patch

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from pos_app.presenters.views import LineView

pytestmark = pytest.mark.slow


def keys(hand, text: str, step_ms: int, *, end: bool = False) -> None:
    """Keys at a pace, without waiting in between."""
    hand.pace.now_ms += 500
    hand.pace.step_ms = step_ms
    with patch.object(hand.window.scans, "patience", 400 if end else 4):
        for mark in text:
            QTest.keyClick(hand.window.windowHandle(), mark)
        if end:
            QTest.keyClick(hand.window.windowHandle(), Qt.Key.Key_Return)
    hand.pace.step_ms = 200
    hand.settle()


def heard(hand) -> list[str]:
    found: list[str] = []
    hand.window.scans.scanned.connect(found.append)
    return found


def test_a_burst_is_a_scan_and_leaves_the_field_as_it_was(hand, codes):
    found = heard(hand)
    edit = hand.window.screens.sell_work.search.edit
    hand.type("wool sock")
    edit.setCursorPosition(4)
    hand.scan(codes[0])
    assert found == [codes[0]]
    assert (edit.text(), edit.cursorPosition()) == ("wool sock", 4)
    assert hand.window.finding.state.text == "wool sock"


def test_typing_is_no_scan(hand, codes):
    found = heard(hand)
    keys(hand, codes[0], 90)
    assert found == []
    assert hand.window.screens.sell_work.search.edit.text() == codes[0]


def test_the_edge_of_the_pace(hand, codes):
    found = heard(hand)
    keys(hand, codes[0], 35, end=True)
    assert found == [codes[0]]
    keys(hand, codes[1], 36)
    assert found == [codes[0]]


def test_short_bursts_are_typing(hand):
    found = heard(hand)
    keys(hand, "12345", 4, end=True)
    assert found == []


def test_a_burst_without_an_end_is_typed_in_the_end(hand):
    found = heard(hand)
    keys(hand, "scarf", 4)
    hand.be_sure()
    assert found == []
    assert hand.window.screens.sell_work.search.edit.text() == "scarf"


def test_a_focused_button_is_not_pressed_by_the_end_of_a_scan(hand, codes):
    hand.scan(codes[0])
    hand.window.screens.cart.finish.setFocus(Qt.FocusReason.TabFocusReason)
    hand.scan(codes[1])
    assert hand.window.place == "sell"
    assert len(hand.window.selling.state.lines) == 2
    assert hand.window.screens.cart.finish.hasFocus()


def test_two_scans_in_flight_keep_their_order(hand, codes):
    found = heard(hand)
    handle = hand.window.windowHandle()
    hand.pace.now_ms += 500
    hand.pace.step_ms = 3
    for code in (codes[0], codes[1], codes[2]):
        for mark in code:
            QTest.keyClick(handle, mark)
        QTest.keyClick(handle, Qt.Key.Key_Return)
    hand.pace.step_ms = 200
    hand.settle()
    assert found == codes[:3]
    assert len(hand.window.selling.state.lines) == 3


def test_scans_during_the_commit_start_the_next_sale(hand, codes):
    hand.scan(codes[0])
    hand.pause()
    window = hand.window
    window.selling.pay("cash", None)  # the commit runs on its lane
    assert window.selling.state.busy
    window.scanned(codes[1])
    hand.settle()
    assert [line.name for line in window.selling.state.lines] == [
        window.selling.basket.lines[0].label
    ]
    assert len(hand.till.ledger.sales(5)) == 1


def test_a_scan_in_pay_changes_no_amount(hand, codes):
    hand.scan(codes[0])
    hand.key(Qt.Key.Key_F12)
    hand.type("7")
    hand.scan(codes[1])
    assert hand.window.paying.typed == "7"
    assert len(hand.window.selling.state.lines) == 1
    assert hand.window.place == "pay"


def test_a_scan_at_the_lock_leaves_the_dots(window_of, data, codes):
    hand = window_of(data)
    hand.window.lock.choose("anna")
    hand.type("1")
    hand.scan(codes[0])
    assert hand.window.lock.pin == "1"
    assert hand.till.ledger.tries("anna")[0] == 0


def test_a_scan_into_a_count_leaves_the_count(window_of, data, codes):
    hand = window_of(data)
    hand.sign_in()
    hand.type("7")
    hand.scan(codes[0])
    assert hand.window.opening.state.rows[0].pieces == 7


def test_letters_typed_in_a_hurry_are_no_count(window_of, data):
    hand = window_of(data)
    hand.sign_in()
    hand.type("7")
    hand.pace.step_ms = 20  # too slow for a scanner, fast enough to be held back until it is sure
    hand.type("jacket")
    hand.be_sure()
    assert hand.window.opening.state.rows[0].pieces == 7
    hand.key(Qt.Key.Key_Down)
    hand.type("3")
    assert hand.window.opening.state.rows[1].pieces == 3


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("9999999999994", "Not in the catalogue."),
        ("A" * 200, "too long"),
        ("12345\x1d\x1d\x1d", "Not in the catalogue."),
    ],
)
def test_what_cannot_be_sold_is_said_on_top_of_the_list(hand, codes, code, said):
    hand.scan(codes[0])
    hand.window.scanned(code)
    hand.settle()
    card = hand.window.selling.state.card
    assert said in card.title
    assert len(hand.window.selling.state.lines) == 1
    hand.scan(codes[1])  # gone at the next good scan
    assert hand.window.selling.state.card is None


def test_an_unknown_code_becomes_a_custom_item(hand):
    hand.scan("9999999999994")
    hand.click(hand.window.screens.cart.card.buttons["custom"])
    hand.type("Scarf without a label")
    hand.key(Qt.Key.Key_Return)
    hand.type("9.90")
    hand.key(Qt.Key.Key_Return)
    view = hand.window.selling.state.lines[0]
    assert isinstance(view, LineView)
    assert view.name == "Scarf without a label"


def test_price_check_sells_nothing(hand, codes):
    hand.window.acts.look()
    hand.scan(codes[0])
    assert hand.window.sheet_name == "product"
    assert hand.window.about.state.price
    assert hand.window.selling.state.empty
    hand.key(Qt.Key.Key_Escape)
    hand.window.acts.look()
    hand.scan(codes[0])
    assert len(hand.window.selling.state.lines) == 1


def configured(window_of, data, **settings):
    from dataclasses import replace

    from pos_app.settings import Settings

    replace(Settings.load(data), **settings).save(data)
    hand = window_of(data)
    hand.ready()
    return hand


def test_a_scanner_with_a_prefix_is_known_by_it(window_of, data, codes):
    hand = configured(window_of, data, scan_prefix="~", scan_suffix="#")
    found = heard(hand)
    keys(hand, f"~{codes[0]}#", 4, end=True)
    assert found == [codes[0]]
    assert not hand.window.screens.sell_work.search.text
    keys(hand, codes[1], 4)  # fast, but not the scanner's
    hand.be_sure()
    assert found == [codes[0]]
    assert hand.window.screens.sell_work.search.text == codes[1]
    hand.key(Qt.Key.Key_Escape)
    keys(hand, "~7#", 4, end=True)  # marked, so it may be short; the first keys are taken back
    assert found == [codes[0], "7"]
    assert not hand.window.screens.sell_work.search.text


def test_a_suffix_ends_a_scan_without_enter(window_of, data, codes):
    hand = configured(window_of, data, scan_suffix="#")
    found = heard(hand)
    keys(hand, f"{codes[0]}#", 4)
    keys(hand, f"{codes[1]}#", 4, end=True)  # this scanner sends Enter too: it presses nothing
    assert found == codes[:2]
    assert hand.window.place == "sell"
    assert not hand.window.screens.sell_work.search.text


@pytest.mark.parametrize("gap_ms", [15, 80])
def test_the_pace_of_the_settings_is_the_limit(window_of, data, codes, gap_ms):
    hand = configured(window_of, data, scan_gap_ms=gap_ms)
    found = heard(hand)
    keys(hand, codes[0], gap_ms, end=True)
    keys(hand, codes[1], gap_ms + 1)
    assert found == [codes[0]]
    assert hand.window.screens.sell_work.search.text == codes[1]


def test_two_scanners_at_once(hand, codes):
    """One that types and one with a line of its own: both codes, each once, in order."""
    window = hand.window
    handle = window.windowHandle()
    hand.pace.now_ms += 500
    hand.pace.step_ms = 4
    for mark in codes[0][:7]:
        QTest.keyClick(handle, mark)
    window.scanned(codes[40])  # the serial one, in the middle of the burst
    for mark in codes[0][7:]:
        QTest.keyClick(handle, mark)
    QTest.keyClick(handle, Qt.Key.Key_Return)
    hand.pace.step_ms = 200
    hand.settle()
    sold = [hand.till.catalogue.by_sku(line.sku) for line in window.selling.basket.lines]
    barcodes = [str(int(each.product.barcodes[0])) for each in sold]
    assert barcodes == [codes[40].lstrip("0"), codes[0].lstrip("0")]
    assert not window.screens.sell_work.search.text


def test_two_that_type_into_each_other_sell_nothing_wrong(hand, codes):
    """Letter by letter the system mixes them: the check digit and the length say so."""
    found = heard(hand)
    mixed = "".join(one + other for one, other in zip(codes[0], codes[40], strict=True))
    keys(hand, mixed, 3, end=True)
    assert found == [mixed]
    assert hand.window.selling.state.empty
    assert hand.window.selling.state.card is not None
    assert not hand.window.screens.sell_work.search.text


@pytest.mark.parametrize("sheet", ["custom", "ask", "discount", "parked", "more", "sync"])
def test_a_scan_over_a_sheet_sells_and_leaves_what_was_typed(hand, codes, sheet):
    hand.scan(codes[0])
    acts = {
        "custom": lambda: hand.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier),
        "ask": lambda: hand.key(Qt.Key.Key_F5),
        "discount": lambda: hand.key(Qt.Key.Key_F6),
        "parked": lambda: hand.window.open_sheet("parked"),
        "more": hand.window.acts.more,
        "sync": hand.window.acts.sync,
    }
    acts[sheet]()
    typed = sheet in ("custom", "ask", "discount")
    if typed:
        hand.type("1")
    field = QApplication.focusWidget()
    hand.scan(codes[40])
    assert len(hand.window.selling.state.lines) == 2
    assert hand.window.sheet_name == sheet
    assert QApplication.focusWidget() is field
    if typed:
        assert field.text() == "1"
    assert hand.window.selling.basket.lines[0].qty == 1_000


def test_a_scan_in_pay_says_what_to_do(hand, codes):
    hand.scan(codes[0])
    hand.key(Qt.Key.Key_F12)
    hand.scan(codes[1])
    assert hand.window.toasts.shown[-1].label.text() == "Finish or go back to add items."
