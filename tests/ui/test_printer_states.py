"""What printer and drawer need from a person, on the card of the sale, in the pill and its sheet."""

from __future__ import annotations

import threading
import time

import pytest
from PySide6.QtCore import Qt

from hardware.simulator import Fault
from pos_app.receipts.plain_text import as_text

SAID = {
    Fault.PAPER_OUT: "Printer out of paper.",
    Fault.COVER_OPEN: "The printer's cover is open.",
    Fault.OFFLINE: "The printer does not answer.",
    Fault.SILENT: "The printer takes data but says nothing.",
}


def done(hand):
    return hand.window.selling.state.done


def shown(hand) -> list[str]:
    card = hand.window.screens.cart.done
    return [name for name, button in card.buttons.items() if button.isVisible()]


def sell(hand, code: str) -> None:
    hand.scan(code)
    hand.key(Qt.Key.Key_F10)


def numbers(hand) -> list[str]:
    return [receipt.title for receipt in hand.printer.documents]


@pytest.mark.parametrize("fault", list(SAID))
def test_a_printer_that_does_not_print_is_told_of_and_recovers_in_order(hand, codes, fault):
    """The sale is made, the drawer opens, selling goes on; back again, each prints once."""
    hand.printer.fault = fault
    before = len(hand.printer.documents)
    sell(hand, codes[0])
    assert done(hand).receipt == SAID[fault]
    assert done(hand).waits
    assert "saved" in done(hand).trouble or "waits" in done(hand).trouble
    assert hand.window.screens.cart.done.buttons["print"].text() == "Print now"
    assert hand.window.connection.state.look == "attention"
    opened = hand.window.till.devices.drawer.opened
    sell(hand, codes[40])
    assert (done(hand).receipt, done(hand).waits) == (SAID[fault], True), "the next one waits too"
    assert hand.window.till.devices.drawer.opened == opened + 1, "no drawer waits for paper"
    [row] = hand.window.connection.state.attention
    assert row.title == SAID[fault]
    assert [words for _act, words in row.actions] == ["Print now", "Test page"]
    hand.printer.fault = Fault.NONE
    hand.click(hand.window.screens.cart.done.buttons["print"])
    assert numbers(hand)[before:] == ["1-2-1.1", "1-2-1.2"]
    assert done(hand).receipt == "Receipt printed"
    assert not hand.window.connection.state.attention
    assert hand.window.screens.cart.done.buttons["print"].text() == "Print again"


def test_printing_what_is_owed_makes_no_copy_of_it(hand, codes):
    hand.printer.fault = Fault.PAPER_OUT
    sell(hand, codes[0])
    hand.printer.fault = Fault.NONE
    hand.click(hand.window.screens.cart.done.buttons["print"])
    assert "COPY" not in as_text(hand.printer.documents[-1])
    assert hand.till.view.copies(done(hand).sale_id) == 0


def test_a_roll_that_ends_soon_is_said_once(hand, codes):
    told = []
    hand.window.desk.hands.toast = lambda text, *_: told.append(text)
    hand.printer.fault = Fault.PAPER_LOW
    sell(hand, codes[0])
    sell(hand, codes[0])
    assert told.count("The paper roll ends soon. Have a new one ready.") == 1
    assert done(hand).receipt == "Receipt printed \u00b7 the roll ends soon"
    assert hand.window.connection.state.look != "attention"


def test_a_drawer_that_did_not_open_can_be_opened_again(hand, codes):
    drawer = hand.till.devices.drawer
    drawer.stuck = True
    sell(hand, codes[0])
    assert (done(hand).receipt, done(hand).shut) == ("Drawer did not open.", True)
    assert "Use the key if needed." in done(hand).trouble
    assert shown(hand)[0] == "drawer"
    [row] = hand.window.connection.state.attention
    assert row.actions == (("done_drawer", "Open again"),)
    drawer.stuck, opened = False, drawer.opened
    hand.click(hand.window.screens.cart.done.buttons["drawer"])
    assert drawer.opened == opened + 1
    assert not done(hand).trouble
    assert not hand.window.connection.state.attention
    assert "drawer" not in shown(hand)


def test_a_printer_that_takes_its_time_keeps_no_one_waiting(hand, codes):
    """Its lane waits; the window answers every scan."""
    let_go = threading.Event()
    send = hand.printer.send
    hand.printer.send = lambda data, **more: (let_go.wait(20), send(data, **more))
    try:
        hand.scan(codes[0])
        hand.window.acts.do("cash")
        begun = time.perf_counter()
        for code in codes[1:4]:
            hand.window.scanned(code)
        took = time.perf_counter() - begun
        assert took < 1.0, "three scans beside a printer that does not answer"
    finally:
        let_go.set()
        hand.settle()
    assert numbers(hand)[-1] == "1-2-1.1"


def test_pay_offers_print_none_and_a_gift_receipt(hand, codes):
    hand.scan(codes[0])
    hand.key(Qt.Key.Key_F12)
    row = hand.window.screens.pay_work.receipt
    assert row.segment.value == "receipt"
    hand.click(row.segment.buttons["none"])
    assert hand.window.selling.paper == "none"
    hand.click(row.gift)
    assert hand.window.selling.paper == "gift"
    assert row.segment.value == "receipt", "a gift receipt comes with the receipt"
    hand.click(row.segment.buttons["none"])
    assert not row.gift.isChecked()
    before = len(hand.printer.documents)
    hand.key(Qt.Key.Key_F10)
    assert done(hand).receipt == "No receipt wanted"
    assert len(hand.printer.documents) == before
    hand.click(hand.window.screens.cart.done.buttons["print"])
    assert "COPY" not in as_text(hand.printer.documents[-1])
    hand.scan(codes[0])
    hand.key(Qt.Key.Key_F12)
    assert row.segment.value == "receipt", "the next customer is asked anew"


def test_a_gift_receipt_and_an_invoice_of_the_sale_just_done(hand, codes):
    sell(hand, codes[0])
    assert shown(hand) == ["print", "gift", "invoice", "undo"]
    hand.click(hand.window.screens.cart.done.buttons["gift"])
    assert "GIFT RECEIPT" in as_text(hand.printer.documents[-1])
    assert done(hand).receipt == "Receipt printed", "the card speaks of the receipt alone"
    hand.click(hand.window.screens.cart.done.buttons["invoice"])
    sheet = hand.window.screens.invoice
    assert sheet.isVisible()
    assert hand.window.focusWidget() is sheet.fields["name"].edit
    hand.key(Qt.Key.Key_F12)
    assert sheet.isVisible(), "F12 pays nothing behind a sheet"
    hand.click(sheet.go)
    assert hand.window.papers.state.fault == "name"
    hand.type("Muller & Co KG")
    sheet.fields["vat_id"].edit.setText("ATU12")
    hand.click(sheet.go)
    assert hand.window.papers.state.fault == "vat_id"
    assert sheet.fields["name"].text == "Muller & Co KG", "what was typed is kept"
    sheet.fields["vat_id"].edit.setText("ATU87654321")
    hand.click(sheet.go)
    text = as_text(hand.printer.documents[-1])
    assert "Muller & Co KG" in text
    assert "1-2-1.2" in text
    assert not hand.window.sheet_name
    hand.click(hand.window.screens.cart.done.buttons["invoice"])
    assert hand.window.papers.state.made
    assert sheet.go.text() == "Print again"


def test_a_receipt_is_shown_as_it_was_printed(hand, codes):
    from pos_app.ui.receipt_view import ReceiptView

    sell(hand, codes[0])
    found = []
    hand.window.papers.look(done(hand).sale_id, found.append)
    hand.settle()
    assert found == [hand.printer.documents[-1]]
    view = ReceiptView()
    view.resize(360, 400)
    view.show_receipt(found[0])
    view.show()
    hand.settle()
    assert "1-2-1.1" in view.paper.accessibleDescription()
    assert not view.grab().isNull()
    assert view.paper.height() > 400, "as long as the receipt"
    view.close()
