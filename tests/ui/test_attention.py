"""The screen of what needs attention: who sees it, keys, decisions, with and without the hub."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from sync.protocol import (
    CaseEffect,
    ExceptionResolved,
    ExceptionRow,
    PatternRow,
    PatternsReply,
    StoreNameRow,
)
from tests.ui.shop import CASHIER, MANAGER, PINS, SENIOR, Hand
from tests.ui.shots_attention import NAMES, SHIRT, add_cases, add_rows, add_stores, cases, sold_here

_KAMPPI, LONG, DOWNTOWN = NAMES
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def queue(data, window_of) -> Hand:
    add_cases(data, cases())
    add_stores(data)
    hand = window_of(data)
    hand.ready(MANAGER)
    return hand


def state(hand: Hand):
    return hand.window.casework.cases.state


def rows(hand: Hand) -> list[str]:
    return [row.case_id for row in state(hand).rows]


def decided(hand: Hand) -> list[ExceptionResolved]:
    found = hand.till.view.decisions((0, 0))
    return [fact for fact in found if isinstance(fact, ExceptionResolved)]


def test_a_badge_counts_for_who_may_and_is_not_there_for_others(queue) -> None:
    rail, connection = queue.window.rail, queue.window.connection
    assert rail.items["attention"].isVisible()
    assert rail.items["attention"].count == 6
    assert connection.state.look == "attention"
    queue.window.acts.lock()
    queue.settle()
    assert not rail.items["attention"].isVisible()
    queue.sign_in(CASHIER)
    assert not rail.items["attention"].isVisible()
    assert connection.state.look != "attention"
    queue.window.acts.do("attention")
    assert queue.window.place == "sell"


def test_three_keys_settle_a_case(queue) -> None:
    """Ctrl+9, another way, F12: the queue goes on with the next."""
    queue.actions = 0
    queue.key(Qt.Key.Key_9, CTRL)
    first = rows(queue)[0]
    assert state(queue).shown.case_id == first == "e3"
    queue.key(Qt.Key.Key_2, ALT)
    assert state(queue).shown.button == "Leave as it is"
    queue.key(Qt.Key.Key_F12)
    assert queue.actions == 3
    (fact,) = decided(queue)
    assert (fact.exception, fact.resolution, fact.actor) == ("e3", "write_off", MANAGER)
    assert first not in rows(queue)
    assert state(queue).shown.case_id == rows(queue)[0]
    assert queue.window.rail.items["attention"].count == 5


def test_changing_the_way_says_what_it_means_before_anything_happens(queue) -> None:
    queue.key(Qt.Key.Key_9, CTRL)
    queue.window.casework.cases.choose("e1")
    panel = queue.window.casework.panel
    said = set()
    for row in panel.ways.rows[:3]:
        queue.click(row)
        said.add((state(queue).shown.button, *(each.value for each in state(queue).shown.changes)))
    assert len(said) == 3
    assert decided(queue) == []


def test_arrows_search_groups_and_tabs(queue) -> None:
    queue.key(Qt.Key.Key_9, CTRL)
    every = rows(queue)
    queue.key(Qt.Key.Key_Down)
    assert state(queue).shown.case_id == every[1]
    queue.key(Qt.Key.Key_Up)
    queue.type("payment")
    assert rows(queue) == ["e2"]
    queue.key(Qt.Key.Key_Escape)
    assert rows(queue) == every
    queue.click(queue.window.casework.work.groups.buttons["stock"])
    assert rows(queue) == ["e4"]
    queue.click(queue.window.casework.work.groups.buttons["all"])
    queue.click(queue.window.casework.work.tabs.buttons["mine"])
    assert rows(queue) == ["e3"]
    queue.click(queue.window.casework.work.tabs.buttons["done"])
    assert rows(queue) == ["d2", "d1"]
    assert state(queue).shown.settled == "Settled by itself"
    queue.key(Qt.Key.Key_F12)
    assert decided(queue) == []
    queue.key(Qt.Key.Key_Escape)
    queue.key(Qt.Key.Key_Escape)
    assert queue.window.place == "sell"


def test_taken_and_given_back(queue) -> None:
    queue.key(Qt.Key.Key_9, CTRL)
    queue.window.casework.cases.choose("e1")
    queue.key(Qt.Key.Key_F7)
    assert "Mira Sandoval has it" in state(queue).shown.number
    queue.key(Qt.Key.Key_F7)
    sheet = queue.window.casework.later_sheet
    queue.click([row for row in sheet.ways.rows if row.isVisible()][-1])
    assert "has it" not in state(queue).shown.number


def test_without_the_hub_it_is_written_down_and_told_later(queue) -> None:
    queue.line.connected = False
    queue.key(Qt.Key.Key_9, CTRL)
    assert "told when online" in state(queue).shown.signer
    queue.key(Qt.Key.Key_F12)
    assert len(decided(queue)) == 1
    queue.click(queue.window.casework.work.tabs.buttons["done"])
    assert state(queue).rows[0].note == "not sent yet"


def test_a_senior_asks_a_manager_and_nobody_settles_what_they_did(data, window_of) -> None:
    add_cases(data, cases())
    hand = window_of(data)
    hand.ready(SENIOR)
    hand.key(Qt.Key.Key_9, CTRL)
    hand.window.casework.cases.choose("e1")
    assert state(hand).shown.why_not  # Tomas took it back himself
    hand.key(Qt.Key.Key_F12)
    assert hand.window.sheet_name == ""
    hand.window.casework.cases.choose("e4")
    hand.key(Qt.Key.Key_F12)
    assert hand.window.sheet_name == "consent"
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_F12)
    assert hand.window.sheet_name == "consent", "the button works again"
    hand.type(PINS[MANAGER])
    hand.be_sure()
    (fact,) = decided(hand)
    assert (fact.actor, fact.approver) == (SENIOR, MANAGER)


def test_the_evidence_opens_in_the_history_and_the_details_are_copied(queue) -> None:
    sold_here(queue)
    queue.key(Qt.Key.Key_9, CTRL)
    queue.window.casework.cases.choose("e7")
    work = queue.window.casework.work
    queue.click(work.case.copy)
    assert "clock_skew" in QApplication.clipboard().text()
    queue.click(work.case.sale)
    assert queue.window.place == "sales"
    assert queue.window.sales.state.chosen == state(queue).shown.sale


def test_a_scan_while_the_queue_is_open_leaves_no_digits_in_the_search(queue) -> None:
    queue.key(Qt.Key.Key_9, CTRL)
    before = rows(queue)
    queue.scan("4006381333931")
    assert state(queue).text == ""
    assert queue.window.casework.work.search.edit.text() == ""
    assert rows(queue) == before


def test_what_the_hub_tells_meanwhile_is_shown_at_once(queue) -> None:
    queue.key(Qt.Key.Key_9, CTRL)
    new = cases()[0]
    add_cases(queue.till.data, [type(new)("n1", 90, "fork", "open", 0, "EUR", new.opened, new.due)])
    queue.window.stock_moved()
    queue.settle()
    assert "n1" in rows(queue)
    assert queue.window.rail.items["attention"].count == 7


def test_the_stores_that_have_a_product_and_how_old_that_is(queue) -> None:
    queue.window.about.show(SHIRT)
    queue.settle()
    found = [(row.name, row.count, row.old) for row in queue.window.about.state.stores]
    assert [name for name, _count, _old in found] == [
        *("This store", LONG.name, "Kamppi", DOWNTOWN.name, "Store 9")
    ]
    assert (LONG.name, "26", False) in found
    assert (DOWNTOWN.name, "1", True) in found
    details = [row.detail for row in queue.window.about.state.stores]
    since = "not reachable since 24 Nov 2026 09:05"
    assert details == ["", "", "00100 Helsinki", f"{DOWNTOWN.place} · {since}", ""]
    silent = queue.window.about.state.stores[3]
    assert "24 Nov" in silent.as_of
    cell = queue.window.about.state.matrix
    notes = [each.note for _row, line in cell.rows for each in line if each is not None]
    assert "31 in all" in notes


def test_a_store_has_the_name_it_was_given_last(queue) -> None:
    renamed = StoreNameRow("2", "Kamppi II", "00100 Helsinki")
    add_rows(queue.till.data, "store_name", [renamed])
    queue.window.about.show(SHIRT)
    queue.settle()
    assert "Kamppi II" in [row.name for row in queue.window.about.state.stores]


def test_whoever_has_a_case_puts_it_off_until_a_time_and_it_comes_after_the_rest(queue) -> None:
    """F7 takes it, F7 again says until when: two keys and a choice."""
    queue.key(Qt.Key.Key_9, CTRL)
    queue.window.casework.cases.choose("e2")
    before = rows(queue).index("e2")
    queue.key(Qt.Key.Key_F7)
    assert queue.window.sheet_name == ""
    queue.key(Qt.Key.Key_F7)
    sheet = queue.window.casework.later_sheet
    assert queue.window.sheet_name == "later"
    said = [row.text() for row in sheet.ways.rows if row.isVisible()]
    assert said[-2:] == ["Tomorrow morning", "Give it back"]
    queue.click(sheet.ways.rows[len(said) - 2])
    assert queue.window.sheet_name == ""
    assert rows(queue).index("e2") > before
    (note,) = [row.note for row in state(queue).rows if row.case_id == "e2"]
    assert "later" in note
    queue.window.casework.cases.choose("e2")
    queue.key(Qt.Key.Key_F7)
    queue.click(sheet.ways.rows[len(said) - 1])
    assert "later" not in "".join(row.note for row in state(queue).rows)


def test_what_is_paid_out_above_a_limit_says_that_a_second_person_is_needed(queue) -> None:
    queue.key(Qt.Key.Key_9, CTRL)
    cases = queue.window.casework.cases
    cases.choose("e1")
    assert "second person" not in state(queue).shown.signer
    cases.choose_way("write_off")
    assert "second person" in state(queue).shown.signer
    cases.set_reason("both had goods")
    queue.key(Qt.Key.Key_F12)
    assert decided(queue) == []
    assert queue.window.sheet_name == "consent"


def test_points_are_never_told_as_money_and_a_decision_says_what_it_did(queue) -> None:
    made = ExceptionRow(
        *("p1", 80, "grant_overrun", "open", 300, "EUR"),
        *("2026-11-25T09:50:00.000Z", "2026-11-27T09:50:00.000Z"),
        till="1",
        detail="points",
    )
    done = ExceptionRow(
        *("p2", 81, "over_return", "resolved", 11_900, "EUR"),
        *("2026-11-25T09:50:00.000Z", "2026-11-27T09:50:00.000Z"),
        resolution="recount",
        resolved="2026-11-25T09:55:00.000Z",
        resolved_by=MANAGER,
        effects=(
            CaseEffect("cost", 11_900, "EUR"),
            CaseEffect("count", sku=SHIRT, done=False),
            CaseEffect("credit", 300, "points", "points"),
        ),
    )
    add_cases(queue.till.data, [made, done])
    queue.window.stock_moved()
    queue.key(Qt.Key.Key_9, CTRL)
    (row,) = [row for row in state(queue).rows if row.case_id == "p1"]
    assert row.amount == "300 points"
    queue.window.casework.cases.choose_tab("done")
    queue.window.casework.cases.choose("p2")
    told = state(queue).shown.settled_detail
    assert "Cost of the store: €119.00" in told
    assert "To be counted: " in told
    assert SHIRT not in told
    assert "Put on the account: 300 points" in told


def test_a_manager_asks_what_is_out_of_the_ordinary(queue) -> None:
    queue.key(Qt.Key.Key_9, CTRL)
    work = queue.window.casework.work
    assert work.patterns.isVisible()
    asked: list[tuple[str, str]] = []
    queue.till.to_hub = lambda ask_id, path, _body: asked.append((ask_id, path))
    queue.click(work.patterns)
    assert queue.window.sheet_name == "patterns"
    sheet = queue.window.casework.pattern_sheet
    ((ask_id, path),) = asked
    assert path == "/v1/patterns"
    assert "Asking" in sheet.empty.accessibleName() or sheet.empty.isVisible()
    answered(queue, ask_id)
    (card,) = [card for card in sheet.cards if card.isVisible()]
    assert "Drawer opened without a sale" in card.accessibleName()
    assert "30 times" in card.accessibleName()
    queue.window.close_sheet()
    queue.line.connected = False
    queue.window.connection.refresh()
    queue.click(work.patterns)
    assert not [card for card in sheet.cards if card.isVisible()]
    assert sheet.ask.isVisible()


def answered(hand: Hand, ask_id: str) -> None:
    """The hub's answer, as sync brings it."""
    row = PatternRow("no_sales", 1, 30, 600, "sales", 50_000, 12_000, 6_100, CASHIER)
    reply = PatternsReply("2026-10-28T09:00:00.000Z", "EUR", 6, (row,))
    body = msgspec.json.encode(reply).decode()
    hand.till.hear({"op": "answer", "id": ask_id, "status": 200, "body": body})
    hand.window.casework.heard(ask_id)
    hand.settle()
