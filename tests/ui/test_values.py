"""Gift cards at the window: sold, scanned, paid with, taken back; said plainly where they cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from pos_app.domain.value_code import CREDIT, new_code, read_code
from pos_app.till import values
from sync.protocol import HoldCaptured, HoldVoided, Sale, decode_fact
from tests.ui.shop import MANAGER, Hand, opened
from tests.ui.shots_returns import codes_of
from tests.ui.valuing import Answering, answering

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def hub(data: Path, tmp_path: Path) -> Iterator[Answering]:
    with opened(data) as hand, answering(hand, tmp_path / "hub") as found:
        hand.ready()
        yield found


def facts(hand: Hand, kind: type) -> list[object]:
    rows = hand.till.ledger.connection.execute("SELECT body FROM journal ORDER BY place")
    found = (decode_fact(bytes(body)) for (body,) in rows.fetchall())
    return [fact for fact in found if isinstance(fact, kind)]


def test_a_card_is_sold_in_four_actions(hub: Answering) -> None:
    hand = hub.hand
    hand.click(hand.window.screens.sell_work.bar["gift_card"])
    hand.click(hand.window.screens.values.presets[1])
    hand.key(Qt.Key.Key_Return)
    assert hand.window.sheet_name == ""
    hand.key(Qt.Key.Key_F10)
    assert hand.actions == 4
    sale = facts(hand, Sale)[0]
    assert (sale.total, sale.lines[0].value[:5]) == (2_500, "card/")  # type: ignore[attr-defined]
    papers = [document.title for document in hand.printer.documents]
    assert papers == [sale.doc_no, "Gift card"]  # type: ignore[attr-defined]
    text = str(hand.printer.documents[1])
    code = next(part for part in text.split("'") if part.startswith("HFG1."))
    assert read_code(code).code not in str(hand.till.ledger.print_jobs(("printed",)))


def test_a_card_pays_by_one_scan_and_the_sale_ends(hub: Answering) -> None:
    hand, card = hub.hand, hub.world.issued(50_000)
    hand.scan(codes_of(hand, 1)[0])
    hand.key(Qt.Key.Key_F12)
    hand.scan(card.qr)
    assert hand.window.paying.state.value is not None
    assert hand.window.paying.state.value.busy
    hub.answer()
    assert hand.actions == 3
    assert len(facts(hand, HoldCaptured)) == len(facts(hand, Sale)) == 1


def test_what_is_short_is_paid_otherwise_and_the_card_can_be_taken_back(hub: Answering) -> None:
    hand, card = hub.hand, hub.world.issued(500)
    hand.scan(codes_of(hand, 1)[0])
    hand.key(Qt.Key.Key_F12)
    hand.scan(card.qr)
    hub.answer()
    state = hand.window.paying.state
    assert (state.chosen, state.due_label) == ("cash", "Still due")
    hand.window.acts.do("take_back_0")
    hand.settle()
    assert hand.window.selling.payments == ()
    assert len(facts(hand, HoldVoided)) == 1


def test_in_sell_a_scan_shows_what_is_on_it_and_pays_by_one_press(hub: Answering) -> None:
    hand, card = hub.hand, hub.world.issued(50_000)
    hand.scan(codes_of(hand, 1)[0])
    hand.scan(card.qr)
    hub.answer()
    told = hand.window.selling.state.card
    assert told is not None
    assert (told.kind, told.title) == ("value", "€500.00 on it")
    assert card.code not in str(hand.window.selling.state)
    hand.window.acts.do("value_pay")
    hub.answer()
    assert len(facts(hand, Sale)) == 1


def test_unknown_cards_are_said_plainly_and_nothing_is_paid(hub: Answering) -> None:
    hand = hub.hand
    hand.scan(codes_of(hand, 1)[0])
    hand.key(Qt.Key.Key_F12)
    hand.scan(new_code(CREDIT).qr)
    hub.answer()
    view = hand.window.paying.state.value
    assert view is not None
    assert view.title == "There is nothing on this card that can be spent."
    hand.key(Qt.Key.Key_F10)
    assert len(facts(hand, Sale)) == 1


def test_offline_the_tile_says_when(hub: Answering) -> None:
    hand = hub.hand
    hand.scan(codes_of(hand, 1)[0])
    hand.line.connected = False
    hand.key(Qt.Key.Key_F12)
    tiles = {view.code: view.reason for view in hand.window.paying.state.tenders}
    assert tiles == {
        "cash": "",
        "card": "",
        "gift_card": "Back when online",
        "credit": tiles["credit"],
    }
    assert tiles["credit"] == "Back when online"
    hand.key(Qt.Key.Key_3, ALT)
    view = hand.window.paying.state.value
    assert view is not None
    assert (view.title, view.tone) == ("Back when online", "off")


def test_the_line_goes_down_while_a_card_is_asked_about(hub: Answering) -> None:
    hand, card = hub.hand, hub.world.issued(50_000)
    hand.scan(codes_of(hand, 1)[0])
    hand.key(Qt.Key.Key_F12)
    hand.scan(card.qr)
    hand.line.connected = False
    hand.window.values.heard()
    hand.settle()
    view = hand.window.paying.state.value
    assert view is not None
    assert not view.busy
    assert hand.till.ledger.open_questions() == []


def test_a_bought_in_card_asks_for_its_pin(hub: Answering) -> None:
    hand = hub.hand
    hand.scan(codes_of(hand, 1)[0])
    hand.key(Qt.Key.Key_F12)
    hand.key(Qt.Key.Key_3, ALT)
    hand.scan("6006491234567890123")
    view = hand.window.paying.state.value
    assert view is not None
    assert view.pin
    hand.window.paying.typed_code("123456")
    hub.answer()
    view = hand.window.paying.state.value
    assert view is not None
    assert not view.pin


def test_a_big_card_needs_a_manager(hub: Answering) -> None:
    hand = hub.hand
    hand.window.acts.do("gift_card")
    hand.window.values.choose(30_000)
    hand.window.acts.do("value_sell")
    hand.settle()
    assert hand.window.sheet_name == "consent"
    assert MANAGER
    assert values.SALE == "gift_card_sale"
