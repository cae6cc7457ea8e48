"""Stock across stores over the real window: looked up in two actions, asked for in one more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pos_app.till import looking
from pos_app.ui import keys
from sync.protocol import (
    LookedUp,
    OrderAsk,
    ProductRow,
    ReservationStepped,
    StockElsewhereRow,
    StockRow,
)
from tests.till.shop import HUB_TIME
from tests.till.test_checkout import facts
from tests.ui.shop import Hand, demo_goods, make_data, opened
from tests.ui.shots_attention import add_rows
from tests.ui.shots_stock import CTRL, SHIRT, add_chain, answer, last_ask

pytestmark = pytest.mark.slow
LANTERN = ProductRow("LANTERN", "Storm Lantern", barcodes=("04006381333931",))
"""Nothing of it is here."""


def row(store: str, on_hand: int, *more: int) -> StockElsewhereRow:
    """What a store has of the lantern."""
    said = ((LANTERN.sku, *more, ""),) if more else ()
    return StockElsewhereRow(store, HUB_TIME, ((LANTERN.sku, on_hand),), said)


def code_of(sku: str) -> str:
    found = next(each for each in demo_goods().products if each.sku == sku)
    return found.barcodes[0][1:]


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hand]:
    """One window for all of them: each test begins in Sell with an empty basket."""
    data = make_data(tmp_path_factory.mktemp("shop") / "till", extra=[(LANTERN, 3_950)])
    add_chain(data)
    add_rows(data, "stock", [StockRow(LANTERN.sku, "1", 0, HUB_TIME)])
    add_rows(data, "stock_elsewhere", [row("2", 4_000), row("3", 0)])
    with opened(data) as hand:
        hand.ready()
        yield hand


@pytest.fixture
def hand(window: Hand, monkeypatch: pytest.MonkeyPatch) -> Hand:
    it = window.window
    monkeypatch.setattr(keys, "GUARD_MS", 20)  # its length is tested elsewhere; waits add up here
    it.close_sheet()
    window.line.connected = True
    window.line.status = replace(window.line.status, state="LIVE")
    it.acts.go_sell()
    if it.selling.open:
        it.selling.reset()
    it.stocking.reserve.another()
    it.toasts.clear()
    window.clock.go(1)  # a question's id begins with its time: the last one is the last asked
    window.settle()
    window.actions = 0
    return window


def asked(hand: Hand) -> OrderAsk:
    """The question asked last."""
    question = hand.till.ledger.last_question("/v1/orders")
    assert question is not None
    return msgspec.json.decode(question.body, type=OrderAsk)


def questions(hand: Hand) -> int:
    return len(hand.till.ledger.open_questions())


# --- looking it up: E ---------------------------------------------------------------------------


def test_another_stores_stock_is_two_actions_away_and_a_promise_one_more(hand: Hand) -> None:
    """E: Ctrl+4 and a scan. E2: F12, where the customer is known from the sale."""
    hand.key(Qt.Key.Key_4, CTRL)
    hand.scan(code_of(SHIRT))
    assert hand.actions <= 2
    state = hand.window.stocking.stock.state
    assert [(row.name, row.count) for row in state.stores] == [
        *(("Kamppi", "4"), ("Kallio", "2"), ("Itis", "3"), ("Tampere", "1")),
        ("Web warehouse", "26"),
    ], "the nearest first, less what is reserved"
    assert state.chosen == "2"
    hand.window.stocking.reserve.set_name("Sara Lindqvist")  # as an earlier wish of this sale told
    before = hand.actions
    hand.key(Qt.Key.Key_F12)
    assert hand.actions - before == 1
    said = asked(hand)
    assert (said.store, said.way, said.name) == ("2", "pickup", "Sara Lindqvist")
    assert [(line.sku, line.qty, line.total) for line in said.lines] == [(SHIRT, 1_000, 4_990)]
    answer(hand, last_ask(hand), "RESERVED")
    assert "Held until" in hand.window.stocking.reserve.state.result.title
    assert "T-7KM2Q" in hand.window.stocking.reserve.state.result.detail


def test_what_is_nearby_stands_on_the_tile_and_a_tap_on_it_is_one_action(hand: Hand) -> None:
    hand.type("storm lantern")
    (tile,) = hand.window.finding.state.tiles
    assert (tile.stock, tile.nearby) == ("0 \u00b7 4 nearby", LANTERN.sku)
    grid = hand.window.screens.sell_work.grid
    area = grid.nearby_area(grid.model_.index(0))
    assert min(area.width(), area.height()) >= 48
    before = hand.actions
    hand.actions += 1
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=area.center())
    hand.settle()
    assert (hand.window.place, hand.actions - before) == ("stock", 1)
    state = hand.window.stocking.stock.state
    assert (state.sku, state.here, state.in_all) == (LANTERN.sku, "0 here", "4 in all")
    assert [(row.name, row.count, row.none) for row in state.stores] == [
        ("Kamppi", "4", False),
        ("Kallio", "0", True),
    ]
    assert not hand.window.selling.open, "nothing was sold"


def test_a_word_finds_products_and_enter_opens_the_marked_one(hand: Hand) -> None:
    hand.key(Qt.Key.Key_4, CTRL)
    hand.type("shirt")
    found = hand.window.stocking.stock.state.found
    assert len(found) > 1
    hand.key(Qt.Key.Key_Down)
    marked = next(each for each in hand.window.stocking.stock.state.found if each.marked)
    assert marked.sku == found[1].sku
    hand.key(Qt.Key.Key_Return)
    state = hand.window.stocking.stock.state
    assert state.name == marked.name
    hand.key(Qt.Key.Key_Escape)
    assert hand.window.stocking.work.search.edit.text() == ""
    hand.key(Qt.Key.Key_Escape)
    assert hand.window.place == "sell"


def test_keys_taken_back_are_looked_for_no_more(hand: Hand) -> None:
    """They were a scan's: what was typed before them is what is found again."""
    hand.key(Qt.Key.Key_4, CTRL)
    hand.type("shirt")
    stocking = hand.window.stocking
    found = stocking.stock.state.found
    put_back = stocking.way_back()
    assert put_back is not None
    hand.type("zzz")
    assert stocking.stock.state.found == ()
    put_back()
    assert stocking.work.search.edit.text() == "shirt"
    assert [each.sku for each in stocking.stock.state.found] == [each.sku for each in found]
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_Escape)


def test_a_silent_store_is_violet_and_as_old_as_its_silence(hand: Hand) -> None:
    hand.window.stocking.go(SHIRT)
    hand.settle()
    tampere = next(row for row in hand.window.stocking.stock.state.stores if row.store == "5")
    assert (tampere.old, tampere.as_of) == (True, "09:05")
    assert "not reachable since 09:05" in tampere.detail
    hand.window.stocking.stock.choose_store("5")
    assert hand.window.stocking.reserve.state.notice.tone == "off"
    warehouse = next(row for row in hand.window.stocking.stock.state.stores if row.store == "9")
    assert (warehouse.reserved, warehouse.coming, warehouse.detail) == (
        "9",
        "+40 Fri",
        "Sends only",
    )


# --- asking for it: E2 and everything that may go wrong -------------------------------------------


def open_panel(hand: Hand, store: str = "2", name: str = "Ada") -> None:
    hand.window.stocking.go(SHIRT)
    hand.window.stocking.stock.choose_store(store)
    hand.window.stocking.reserve.set_name(name)
    hand.settle()


def test_nobody_is_asked_for_a_stranger_and_the_caret_is_where_the_name_goes(hand: Hand) -> None:
    hand.window.stocking.go(SHIRT)
    hand.settle()
    before = questions(hand)
    hand.key(Qt.Key.Key_F12)
    panel = hand.window.stocking.panel
    assert questions(hand) == before
    assert panel.who.missing.text() == "Type a name or a phone number first."
    assert panel.who.name.edit.hasFocus()
    hand.type("Ada")
    hand.key(Qt.Key.Key_F12)
    assert asked(hand).name == "Ada"


def test_the_way_the_number_and_the_time_go_with_the_question(hand: Hand) -> None:
    open_panel(hand)
    hand.key(Qt.Key.Key_F6)
    assert hand.window.stocking.reserve.state.title == "Bring from Kamppi"
    hand.window.setFocus()
    hand.key(Qt.Key.Key_Plus)
    panel = hand.window.stocking.panel
    for _more in range(6):
        panel.pieces.more.click()
    assert panel.pieces.count.text() == "4", "never more than is free"
    hand.click(panel.holds.buttons[2])
    hand.key(Qt.Key.Key_F12)
    said = asked(hand)
    assert (said.way, said.lines[0].qty, said.lines[0].total) == ("bring", 4_000, 19_960)
    assert said.until == "2026-11-27T20:00:00.000Z", "closing time of Kamppi, two days on"


def test_a_parcel_needs_an_address(hand: Hand) -> None:
    open_panel(hand, "9")
    reserve, panel = hand.window.stocking.reserve, hand.window.stocking.panel
    assert not panel.ways.buttons["pickup"].isEnabled(), "the warehouse hands nothing over"
    reserve.choose_way("ship")
    before = questions(hand)
    hand.key(Qt.Key.Key_F12)
    assert questions(hand) == before
    assert panel.who.address.edit.hasFocus()
    hand.type("Ring 1, 10115 Berlin")
    hand.key(Qt.Key.Key_F12)
    said = asked(hand)
    assert (said.way, said.address, said.until) == ("ship", ("Ring 1", "10115 Berlin"), "")


def test_a_no_names_the_nearest_who_has_it_and_f12_goes_there(hand: Hand) -> None:
    open_panel(hand, "3")
    hand.key(Qt.Key.Key_F12)
    assert hand.window.stocking.reserve.state.result.title.startswith("Asking Kallio")
    instead = (("9", 26_000), ("4", 3_000))
    answer(hand, last_ask(hand), "REFUSED", why="not_enough", instead=instead)
    result = hand.window.stocking.reserve.state.result
    assert (result.title, result.detail) == ("Kallio said no.", "Itis has 3.")
    hand.key(Qt.Key.Key_F12)
    assert hand.window.stocking.stock.state.chosen == "4"
    hand.clock.go(1)
    hand.key(Qt.Key.Key_F12)
    assert asked(hand).store == "4"


def test_a_promise_is_taken_back_by_a_fact(hand: Hand) -> None:
    open_panel(hand)
    hand.key(Qt.Key.Key_F12)
    own = last_ask(hand)
    answer(hand, own, "RESERVED")
    hand.click(hand.window.stocking.panel.back)
    told = facts(hand.till, ReservationStepped)[-1]
    assert (told.reservation, told.step) == (own, "CANCELLED")
    assert hand.window.stocking.reserve.state.stage == ""


def test_without_the_hub_nothing_is_promised_and_the_answer_is_told_later(hand: Hand) -> None:
    hand.line.connected = False
    open_panel(hand)
    assert hand.window.stocking.reserve.state.go == "Ask when online"
    hand.key(Qt.Key.Key_F12)
    result = hand.window.stocking.reserve.state.result
    assert (result.title, result.tone) == ("Kept here, not asked yet", "off")
    own = last_ask(hand)
    assert hand.till.ledger.question(own).open, "asked by itself when there is a line"
    hand.key(Qt.Key.Key_F12)
    assert hand.window.place == "sell"
    hand.line.connected = True
    hand.window.stocking.go("A570-OLV-L")
    answer(hand, own, "RESERVED")
    told = [each.label.text() for each in hand.window.toasts.shown]
    assert any(text.startswith("Held until") for text in told), told


# --- what is remembered for the reports -----------------------------------------------------------


def test_what_was_looked_up_in_vain_is_one_fact_with_each_once(hand: Hand) -> None:
    looking.tell(hand.till)
    hand.till.looks.known.clear()
    before = len(facts(hand.till, LookedUp))
    for _again in range(3):
        hand.window.stocking.go(SHIRT)
        hand.window.stocking.stock.type("no such thing")
        hand.window.stocking.stock.type("")
    assert len(facts(hand.till, LookedUp)) == before, "nothing is written while people look"
    assert looking.tell(hand.till) == 2
    (told,) = facts(hand.till, LookedUp)[before:]
    assert [(each.kind, each.sku, each.value, each.detail) for each in told.looks] == [
        ("lookup_no_stock", SHIRT, 4_990, ""),
        ("search_no_hit", "", 0, "no such thing"),
    ]
    assert looking.tell(hand.till) == 0


# --- the sheet about a product ------------------------------------------------------------------


def test_what_is_out_here_is_sold_from_the_nearest_store_and_anyway_if_somebody_has_it_in_hand(
    hand: Hand,
) -> None:
    hand.window.about.show(SHIRT)
    hand.settle()
    sheet = hand.window.screens.product
    assert (sheet.go.text(), sheet.second.text()) == (
        "Sell from Kamppi",
        "Sell anyway \u00b7 stock says 0",
    )
    hand.key(Qt.Key.Key_Return)
    assert (hand.window.place, hand.window.stocking.stock.state.chosen) == ("stock", "2")
    hand.window.acts.go_sell()
    hand.window.about.show(SHIRT)
    hand.settle()
    row = next(each for each in sheet.stores.rows if each.store == "4")
    assert min(row.go.width(), row.go.height()) >= 48
    hand.click(row.go)
    assert hand.window.stocking.stock.state.chosen == "4"
    hand.window.acts.go_sell()
    hand.window.about.show(SHIRT)
    hand.settle()
    hand.click(sheet.second)
    assert [line.sku for line in hand.window.selling.basket.lines] == [SHIRT]


def test_what_nobody_has_is_asked_for_and_told_with_what_it_costs(hand: Hand) -> None:
    add_rows(hand.till.data, "stock_elsewhere", [row("2", 0)])
    looking.tell(hand.till)
    hand.till.looks.known.clear()
    hand.window.about.show(LANTERN.sku)
    hand.settle()
    sheet = hand.window.screens.product
    assert sheet.go.text() == "Tell me when it is back"
    hand.click(sheet.go)
    assert looking.tell(hand.till) == 2
    told = facts(hand.till, LookedUp)[-1]
    assert [(each.kind, each.sku) for each in told.looks] == [
        ("lookup_no_stock", LANTERN.sku),
        ("asked_for", LANTERN.sku),
    ]
    assert told.looks[1].value == 3_950
    assert not hand.window.selling.open
    add_rows(hand.till.data, "stock_elsewhere", [row("2", 4_000)])


def test_who_was_named_once_is_known_for_the_rest_of_the_sale(hand: Hand) -> None:
    """E2 as it is meant: the customer comes from the open sale."""
    hand.scan(code_of("A570-OLV-L"))
    open_panel(hand, "2", "Sara Lindqvist")
    hand.key(Qt.Key.Key_F12)
    answer(hand, last_ask(hand), "RESERVED")
    hand.window.acts.go_sell()
    hand.clock.go(1)
    hand.actions = 0
    hand.key(Qt.Key.Key_4, CTRL)
    hand.scan(code_of(SHIRT))
    assert hand.window.stocking.reserve.state.tag == "From this sale"
    hand.key(Qt.Key.Key_F12)
    assert hand.actions == 3
    assert asked(hand).name == "Sara Lindqvist"
    hand.window.acts.go_sell()
    hand.key(Qt.Key.Key_F10)
    hand.window.stocking.go(SHIRT)
    hand.settle()
    assert hand.window.stocking.reserve.state.name == "", "the next customer is another"


# --- paid now -------------------------------------------------------------------------------------


def test_promised_goods_are_paid_with_the_open_sale_and_no_stock_of_ours_moves(hand: Hand) -> None:
    hand.scan(code_of("A570-OLV-L"))
    before = hand.window.selling.settlement.due
    open_panel(hand)
    panel = hand.window.stocking.panel
    assert panel.sell.text() == "Add to the sale and pay now"
    hand.click(panel.sell)
    assert len(hand.window.selling.basket.lines) == 1, "not before it is promised"
    own = last_ask(hand)
    answer(hand, own, "RESERVED")
    assert hand.window.place == "sell"
    line = hand.window.selling.basket.lines[1]
    assert (line.order, line.label, line.note) == (own, "T-7KM2Q", "Collect at Kamppi")
    assert hand.window.selling.settlement.due == before + 4_990
    hand.key(Qt.Key.Key_F10)
    sale = hand.till.view.sale(hand.window.selling.state.done.sale_id)
    paid = sale.lines[1]
    assert (paid.order, paid.total, paid.tax, paid.sku) == (own, 4_990, 0, "")
    assert paid.variant == "1 \u00d7 Ostrelle Linen Shirt \u00b7 White \u00b7 M"
    assert SHIRT not in hand.till.own_moves()
    assert sum(each.amount for each in sale.payments) == before + 4_990


def test_what_is_not_promised_is_never_paid_and_the_line_can_be_taken_out(hand: Hand) -> None:
    hand.scan(code_of("A570-OLV-L"))
    open_panel(hand)
    hand.click(hand.window.stocking.panel.sell)
    answer(hand, last_ask(hand), "REFUSED", why="not_enough", instead=())
    assert len(hand.window.selling.basket.lines) == 1
    assert hand.window.place == "stock"
    hand.clock.go(1)
    hand.key(Qt.Key.Key_F12)
    hand.click(hand.window.stocking.panel.sell)
    hand.window.acts.go_sell()
    hand.key(Qt.Key.Key_F10)  # sold meanwhile: the next sale is another customer's
    hand.scan(code_of("A570-OLV-L"))
    answer(hand, last_ask(hand), "RESERVED")
    assert [line.order for line in hand.window.selling.basket.lines] == [""]


def test_a_parcel_is_paid_before_it_leaves(hand: Hand) -> None:
    open_panel(hand, "9")
    reserve = hand.window.stocking.reserve
    reserve.choose_way("ship")
    reserve.set_address("Ring 1, 10115 Berlin")
    assert (reserve.state.go, reserve.state.pays) == (
        "Sell 1 from Web warehouse",
        "Now, with this sale",
    )
    hand.key(Qt.Key.Key_F12)
    answer(hand, last_ask(hand), "RESERVED")
    (line,) = hand.window.selling.basket.lines
    assert (line.note, line.unit_price) == ("Ship home from Web warehouse", 4_990)
    hand.key(Qt.Key.Key_Delete)
    assert not hand.window.selling.open
    hand.line.connected = False
    hand.window.stocking.go(SHIRT)
    reserve.choose_way("ship")
    assert reserve.state.why_not == "A parcel is paid first: wait for the line"
