"""Deliveries, transfers and counts in the window, by scanner and keys; how many actions each takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from sync.protocol import (
    DeliveryLine,
    GoodsReceived,
    StockCounted,
    TransferCalledOff,
    TransferRequested,
    TransferSent,
)
from tests.ui.receiving_data import chosen, told, transfer
from tests.ui.shop import MANAGER, Hand, make_data, opened

GOODS = chosen()
SKUS = [sku for sku, _ in GOODS]
CODES = [code for _, code in GOODS]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_data(tmp_path_factory.mktemp("made") / "till")


@pytest.fixture
def hand(made: Path, tmp_path: Path):
    import shutil

    data = Path(shutil.copytree(made, tmp_path / "till"))
    with opened(data) as found:
        found.ready(MANAGER)
        found.window.acts.do("goods")
        found.settle()
        yield found


def facts(hand: Hand, kind: type) -> list:
    return [fact for fact in hand.till.view.goods_facts((0, 0)) if isinstance(fact, kind)]


def state(hand: Hand):
    return hand.window.goods.goods.state


def row(hand: Hand, place: int):
    return next(row for row in state(hand).rows if row.sku == SKUS[place])


def small(**changes):
    lines = tuple(DeliveryLine(sku, qty=1_000) for sku in SKUS[:3])
    return transfer(lines=lines, boxes=(), waits=(), **changes)


def test_three_items_are_received_in_five_actions(hand: Hand) -> None:
    """The note, three scans, F12."""
    told(hand, small())
    hand.actions = 0
    hand.scan("T-2-1-318")
    for code in CODES[:3]:
        hand.scan(code)
    hand.key(Qt.Key.Key_F12)
    assert hand.actions == 5
    fact = facts(hand, GoodsReceived)[0]
    assert [line.qty for line in fact.lines] == [1_000] * 3
    assert (fact.final, fact.differences) == (True, [])
    assert state(hand).stage == "list"


def test_any_item_of_it_opens_the_delivery_and_counts(hand: Hand) -> None:
    told(hand, small())
    hand.scan(CODES[1])
    assert state(hand).stage == "work"
    assert row(hand, 1).count == "1"


def test_twelve_times_a_box_and_del(hand: Hand) -> None:
    told(hand)
    hand.scan("T-2-1-318")
    hand.type("12*")
    assert state(hand).times == "12 \u00d7"
    hand.scan(CODES[1])
    assert (row(hand, 1).count, row(hand, 1).pill, state(hand).times) == ("12", "Complete", "")
    assert state(hand).rows[0].sku == SKUS[1]
    hand.scan("T-2-1-318/2")
    assert row(hand, 4).count == "12"
    hand.scan("T-2-1-318/2")
    assert row(hand, 4).count == "12"
    hand.key(Qt.Key.Key_Delete)
    assert row(hand, 4).count == "0"


def test_differences_get_their_reasons_and_the_button_says_what_is_left(hand: Hand) -> None:
    told(hand)
    hand.scan("T-2-1-318")
    panel = hand.window.goods.panel
    hand.type("10*")
    hand.scan(CODES[1])
    assert (panel.finish.isEnabled(), state(hand).panel.why_not) == (False, "5 lines left")
    line = next(each for each in hand.window.goods.work.lines if each.row.sku == SKUS[1])
    hand.click(line.pill)
    assert [one.title.split(":")[0] for one in state(hand).panel.differences] == ["2 short"]
    card = panel.cards[0]
    hand.click(card.buttons[1])
    assert [one.chosen for one in state(hand).panel.differences[0].reasons] == [False, True, False]
    hand.click(card.buttons[0])
    hand.scan(CODES[2])
    hand.key(Qt.Key.Key_F3)
    assert row(hand, 2).pill == "1 damaged"
    hand.click(panel.rest)
    assert state(hand).panel.why_not == "1 reason left"
    hand.key(Qt.Key.Key_F6)
    damaged = next(each for each in panel.cards if each.view.kind == "damaged")
    assert damaged.buttons[0].hasFocus()
    hand.click(damaged.buttons[2])
    hand.key(Qt.Key.Key_F12)
    fact = facts(hand, GoodsReceived)[0]
    assert sorted((one.kind, one.reason) for one in fact.differences) == [
        ("damaged", "throw_away"),
        ("short", "missing"),
    ]
    assert sum(line.listed for line in fact.lines) == 4


def test_a_piece_somebody_waits_for_is_put_aside_by_one_tap(hand: Hand) -> None:
    told(hand)
    hand.scan("T-2-1-318")
    hand.scan(CODES[0])
    assert state(hand).panel.banner == "Put aside for W-10502"
    hand.click(hand.window.goods.panel.aside)
    assert state(hand).panel.banner == ""


def test_after_a_power_cut_every_scan_is_there(made: Path, tmp_path: Path) -> None:
    import shutil

    data = Path(shutil.copytree(made, tmp_path / "till"))
    with opened(data) as hand:
        hand.ready(MANAGER)
        hand.window.acts.do("goods")
        told(hand)
        hand.scan("T-2-1-318")
        hand.scan(CODES[0])
        hand.scan(CODES[0])
        hand.cut_power()
    with opened(data) as hand:
        hand.sign_in(MANAGER)
        hand.window.acts.do("goods")
        hand.settle()
        hand.scan("T-2-1-318")
        assert row(hand, 0).count == "2"


def test_paused_is_told_and_offline_says_when_it_is_booked(hand: Hand) -> None:
    told(hand)
    hand.scan("T-2-1-318")
    hand.scan(CODES[0])
    hand.key(Qt.Key.Key_F7)
    assert state(hand).stage == "list"
    assert [line.qty for line in facts(hand, GoodsReceived)[0].lines] == [1_000]
    hand.line.connected = False
    told_words = []
    hand.window.desk.hands.toast = lambda text, *_: told_words.append(text)
    hand.scan("T-2-1-318")
    hand.click(hand.window.goods.panel.rest)
    hand.key(Qt.Key.Key_F12)
    assert told_words == ["Counted here \u00b7 booked when online"]
    assert len(facts(hand, GoodsReceived)) == 2


def test_a_count_by_scans_and_f12_and_again_where_it_is_far_off(hand: Hand) -> None:
    hand.window.goods.goods.choose_tab("count")
    hand.settle()
    hand.key(Qt.Key.Key_F12)
    assert state(hand).header.title == "Stock count"
    here = hand.till.catalogue.by_sku(SKUS[0]).on_hand // 1_000
    hand.type(f"{here}*")
    hand.scan(CODES[0])
    assert row(hand, 0).pill == "Fits"
    hand.scan(CODES[1])
    hand.key(Qt.Key.Key_F12)
    assert row(hand, 1).pill == "Count again"
    hand.scan(CODES[1])
    hand.window.consent.on_change = lambda _state: None
    hand.key(Qt.Key.Key_F12)
    assert hand.window.sheet_name == "consent"
    hand.window.consent.give_reason("a box was stolen")
    hand.settle()
    fact = facts(hand, StockCounted)[0]
    times = {line.sku: line.times for line in fact.lines}
    assert (fact.reason, times) == ("a box was stolen", {SKUS[0]: 1, SKUS[1]: 2})


def test_goods_are_gathered_and_sent_to_a_store(hand: Hand) -> None:
    told(hand, small())
    hand.window.goods.goods.choose_tab("go")
    hand.settle()
    assert [entry.title for entry in state(hand).entries] == ["Send goods to Kamppi"]
    hand.key(Qt.Key.Key_F12)
    hand.scan(CODES[0])
    hand.scan(CODES[0])
    assert state(hand).panel.finish_amount == "2 pieces"
    hand.key(Qt.Key.Key_F12)
    assert [(line.sku, line.qty) for line in facts(hand, TransferSent)[0].lines] == [
        (SKUS[0], 2_000)
    ]


def test_escape_leaves_the_work_then_the_screen_and_it_is_still_there(hand: Hand) -> None:
    told(hand)
    hand.scan("T-2-1-318")
    hand.scan(CODES[0])
    hand.key(Qt.Key.Key_Escape)
    assert state(hand).stage == "list"
    assert state(hand).entries[0].state == "Counting here"
    hand.key(Qt.Key.Key_Escape)
    assert hand.window.place == "sell"
    hand.key(Qt.Key.Key_8, Qt.KeyboardModifier.ControlModifier)
    hand.key(Qt.Key.Key_F12)
    assert row(hand, 0).count == "1"


def test_what_another_till_counted_shows_at_once(hand: Hand) -> None:
    from sync.protocol import DeliveryPart

    hub = told(hand)
    hand.scan("T-2-1-318")
    hand.scan(CODES[0])
    parts = (DeliveryPart("1", "anna", "2026-11-25T10:05:00.000Z", ((SKUS[0], 3_000),)),)
    hub.tell(transfer(state="counting", version=2, parts=parts))
    hand.window.stock_moved()
    hand.settle()
    assert (row(hand, 0).pill, row(hand, 0).count) == ("Complete", "1")
    assert "AK 3" in row(hand, 0).detail


def test_another_store_is_asked_from_a_list_and_a_transfer_is_called_off(hand: Hand) -> None:
    hub = told(hand, small())
    goods = hand.window.goods.goods
    goods.pick("ask:2")
    hand.settle()
    hand.type("3*")
    hand.scan(CODES[0])
    hand.key(Qt.Key.Key_F12)
    asked = facts(hand, TransferRequested)[0]
    assert (asked.source, [(line.sku, line.qty) for line in asked.lines]) == (
        "2",
        [(SKUS[0], 3_000)],
    )
    lines = (DeliveryLine(SKUS[0], asked=3_000),)
    hub.tell(
        small(),
        transfer(
            delivery="t-9", name=asked.name, state="requested", sent="", lines=lines, boxes=()
        ),
    )
    goods.refresh()
    for _ in range(len(state(hand).entries)):
        if state(hand).marked == "hoped:t-9":
            break
        hand.key(Qt.Key.Key_Up)
    panel = hand.window.goods.panel
    assert (panel.rest.text(), panel.finish.isVisible()) == ("Call off", False)
    hand.click(panel.rest)
    assert facts(hand, TransferCalledOff)[0].transfer == "t-9"
