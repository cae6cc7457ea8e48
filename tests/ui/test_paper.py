"""A printer pulled in the middle of a receipt: the person looks at the paper and says."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from hardware.simulator import Fault
from pos_app.receipts.plain_text import as_text


@pytest.fixture
def torn(hand, codes):
    """A sale whose receipt was cut off by the printer's plug; the printer is back."""
    hand.scan(codes[0])
    hand.printer.pull_after = 200
    hand.key(Qt.Key.Key_F10)
    hand.printer.fault = Fault.NONE
    return hand


def text(hand) -> str:
    return as_text(hand.printer.documents[-1])


def states(hand) -> list[tuple[str, str]]:
    jobs = hand.till.view.print_jobs(("queued", "printing", "unknown", "printed", "cancelled"))
    return [(job.doc_no, job.state) for job in jobs]


def test_the_sale_is_made_and_the_card_asks(torn):
    done = torn.window.selling.state.done
    assert done.receipt == "Did the receipt come out?"
    card = torn.window.screens.cart.done
    assert card.buttons["came_out"].isVisible()
    assert card.buttons["print"].isVisible()
    assert not card.buttons["undo"].isVisible()
    assert states(torn) == [("1-2-1.1", "unknown")]


def test_the_line_sheet_asks_too(torn):
    torn.window.acts.sync()
    torn.settle()
    [row] = torn.window.connection.state.attention
    assert row.title == "Did receipt 1-2-1.1 come out?"
    assert [words for _act, words in row.actions] == ["It came out", "Print again"]
    torn.click(torn.window.screens.sync.attention[0].buttons[0])
    assert states(torn) == [("1-2-1.1", "printed")]
    assert not torn.window.connection.state.attention


def test_it_came_out(torn):
    printed = len(torn.printer.documents)
    torn.click(torn.window.screens.cart.done.buttons["came_out"])
    assert states(torn) == [("1-2-1.1", "printed")]
    assert torn.window.selling.state.done.receipt == "Receipt printed"
    assert torn.window.screens.cart.done.buttons["undo"].isVisible()
    assert len(torn.printer.documents) == printed


def test_print_again_is_marked(torn):
    torn.click(torn.window.screens.cart.done.buttons["print"])
    assert states(torn) == [("1-2-1.1", "cancelled"), ("1-2-1.1", "printed")]
    assert torn.window.selling.state.done.receipt == "Receipt printed"
    assert "duplicate" in text(torn).lower()
    assert not torn.window.connection.state.attention


def test_the_question_survives_the_power(torn, window_of):
    data = torn.till.data
    torn.cut_power()
    again = window_of(data)
    assert [each.doc_no for each in again.window.receipts.unknown] == ["1-2-1.1"]
    assert again.window.connection.state.look == "attention"


def test_a_page_to_try_the_printer(hand):
    hand.window.acts.more()
    hand.settle()
    hand.click(hand.window.screens.more.buttons["trial"])
    assert "Test page" in text(hand)


def test_a_printer_that_is_out_offers_both(hand, codes):
    hand.printer.fault = Fault.OFFLINE
    hand.scan(codes[0])
    hand.key(Qt.Key.Key_F10)
    [row] = hand.window.connection.state.attention
    assert [act for act, _words in row.actions] == ["print_now", "trial"]
