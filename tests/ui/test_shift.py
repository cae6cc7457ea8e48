"""Both ends of a shift at the window: checks, the float, cash in and out, the X, the blind count."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from hardware.simulator import Fault
from pos_app.settings import Settings
from pos_app.till import shift
from sync.protocol import CashMoved, ShiftOpened
from tests.till.test_checkout import facts
from tests.ui.shop import CASHIER, MANAGER, PINS, SENIOR, make_data
from tests.ui.shots_shift import count, shift_shots

pytestmark = pytest.mark.slow

CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
F6, F10, F11, F12 = Qt.Key.Key_F6, Qt.Key.Key_F10, Qt.Key.Key_F11, Qt.Key.Key_F12


@pytest.fixture
def with_float(data):
    Settings(theme="light", lock_after_s=0, float_amount=20_000).save(data)
    return data


def closing(hand, who=MANAGER):
    """`who` at Close shift, nothing counted yet."""
    hand.window.acts.lock()
    hand.sign_in(who)
    hand.key(Qt.Key.Key_3, CTRL)
    hand.actions = 0


def approve(hand, who=MANAGER):
    hand.type(PINS[who])
    hand.settle()
    if hand.window.sheet_name == "consent":
        hand.key(Qt.Key.Key_Return)


# The float.


def test_without_a_count_it_opens_only_after_saying_that_there_is_no_float(window_of, data):
    hand = window_of(data)
    hand.sign_in()
    hand.key(F12)
    assert hand.till.shift is None
    assert hand.window.screens.open_panel.finish.reason
    hand.click(hand.window.screens.open_panel.no_float)
    hand.key(F12)
    assert hand.till.shift.float_amount == 0


def test_a_count_takes_no_float_today_back(window_of, data):
    hand = window_of(data)
    hand.sign_in()
    hand.window.opening.say_no_float()
    hand.window.opening.set(1_000, 1)
    hand.window.opening.set(1_000, 0)
    assert hand.window.opening.state.button_reason


def test_a_float_within_the_limit_opens_alone_and_over_it_needs_a_reason_and_a_manager(
    window_of, with_float
):
    hand = window_of(with_float)
    hand.sign_in()
    opening = hand.window.opening
    opening.set(5_000, 4)
    assert (opening.state.verdict_tone, opening.state.difference) == ("ok", "€0.00")
    opening.set(100, 5)
    assert (opening.state.verdict_tone, opening.state.verdict) == ("warn", "€5.00 over")
    opening.set(1, 1)
    assert (opening.state.verdict_tone, opening.state.verdict) == ("bad", "€5.01 over")
    hand.key(F6)
    assert opening.state.reason == "Miscount"
    hand.key(F12)
    assert hand.window.sheet_name == "consent"
    approve(hand)
    fact = facts(hand.till, ShiftOpened)[0]
    assert (fact.float_amount, fact.reason, fact.approver) == (20_501, "Miscount", MANAGER)
    assert hand.window.place == "sell"


def test_nobody_agrees_and_the_count_goes_on(window_of, with_float):
    hand = window_of(with_float)
    hand.sign_in()
    hand.window.opening.set(5_000, 1)
    hand.key(F6)
    hand.key(F12)
    assert hand.window.sheet_name == "consent"
    hand.key(Qt.Key.Key_Escape)
    assert not hand.window.opening.state.busy
    hand.window.opening.set(5_000, 4)
    hand.key(F12)
    assert hand.till.shift.float_amount == 20_000


def test_same_as_last_close_fills_the_count_and_is_undone(window_of, with_float):
    hand = window_of(with_float)
    hand.sign_in(MANAGER)
    hand.window.opening.set(5_000, 4)
    hand.key(F12)
    hand.key(Qt.Key.Key_3, CTRL)
    for worth, pieces in ((10_000, 1), (5_000, 1), (2_000, 2), (1_000, 1)):
        hand.window.closing.set(worth, pieces)
    hand.key(F12)
    hand.sign_in(MANAGER)
    opening, button = hand.window.opening, hand.window.screens.open_work.grid.same_button
    opening.set(1, 7)
    hand.click(button)
    assert opening.state.counted == "€200.00"
    assert opening.state.verdict_tone == "ok"
    hand.click(button)
    assert opening.state.counted == "€0.07"
    assert "Left at last close" in opening.state.lines[0].label


def test_a_note_goes_into_the_books(window_of, data):
    hand = window_of(data)
    hand.sign_in()
    hand.window.opening.set(1_000, 1)
    hand.window.screens.open_panel.field.edit.setFocus()
    hand.type("new roll")
    hand.key(F12)
    assert facts(hand.till, ShiftOpened)[0].note == "new roll"


# What is ready.


def tile(hand, title):
    return next(each for each in hand.window.screens.open_work.checks if each.check.title == title)


def test_a_clock_that_is_minutes_off_stops_the_shift_with_its_words(window_of, data):
    hand = window_of(data)
    hand.line.status = replace(hand.line.status, offset_ms=185_000)
    hand.sign_in()
    hand.window.opening.set(1_000, 1)
    hand.key(F12)
    assert hand.till.shift is None
    assert hand.window.screens.open_panel.finish.reason == "Set the clock first: it is 4 min off"
    assert tile(hand, "Clock").check.tone == "bad"
    hand.line.status = replace(hand.line.status, offset_ms=-200)
    hand.click(tile(hand, "Clock"))
    assert tile(hand, "Clock").check.tone == "ok"
    hand.key(F12)
    assert hand.till.shift is not None


def test_a_journal_that_was_changed_stops_the_shift(window_of, data, monkeypatch):
    from pos_app.till import readiness

    hand = window_of(data)
    hand.sign_in()
    assert readiness.journal_agrees(hand.till)
    hand.till.ledger.connection.execute("DROP TRIGGER IF EXISTS journal_stays")
    for (name,) in hand.till.ledger.connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'journal'"
    ).fetchall():
        hand.till.ledger.connection.execute(f"DROP TRIGGER {name}")
    hand.till.ledger.connection.execute("UPDATE journal SET hash = zeroblob(32) WHERE seq = 1")
    hand.window.opening.check()
    hand.settle()
    hand.window.opening.set(1_000, 1)
    hand.key(F12)
    assert hand.till.shift is None
    assert tile(hand, "This till").check.tone == "bad"


def test_a_printer_out_of_paper_stops_nothing_and_its_tile_prints_a_test(window_of, data):
    hand = window_of(data)
    hand.printer.fault = Fault.PAPER_OUT
    hand.sign_in()
    assert tile(hand, "Printer").check.tone == "warn"
    hand.printer.fault = Fault.NONE
    hand.click(tile(hand, "Printer"))
    assert len(hand.printer.documents) == 1
    hand.window.opening.set(1_000, 1)
    hand.key(F12)
    assert hand.till.shift is not None


def test_a_scan_shows_that_the_scanner_works(window_of, data, codes):
    hand = window_of(data)
    hand.sign_in()
    assert tile(hand, "Scanner").check.tone == "off"
    hand.scan(codes[0])
    assert tile(hand, "Scanner").check.tone == "ok"
    assert hand.window.opening.state.rows[0].pieces == 0
    assert not hand.window.selling.open


def test_looking_around_sells_nothing_and_ends_with_the_float(window_of, data, codes):
    hand = window_of(data)
    hand.sign_in()
    hand.click(hand.window.screens.open_work.top.buttons["look_only"][0])
    assert hand.window.place == "sell"
    finish = hand.window.screens.cart.finish
    assert finish.reason == "Look only: open the shift to sell"
    hand.scan(codes[0])
    assert hand.window.sheet_name == "product"
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_Escape)
    hand.scan(codes[0])
    hand.window.selling.scan(codes[1])
    hand.window.selling.add_custom("Gift wrap", 100, "standard")
    hand.key(F12)
    hand.key(F10)
    assert not hand.window.selling.open
    assert hand.till.ledger.open_basket() is None
    hand.window.close_sheet()
    hand.key(Qt.Key.Key_3, CTRL)
    assert hand.window.place == "open_shift"
    hand.window.opening.set(1_000, 1)
    hand.key(F12)
    hand.scan(codes[0])
    assert hand.window.selling.open
    assert not finish.reason


# Cash in and out.


def test_cash_out_is_four_actions_and_opens_the_drawer(hand):
    closing(hand)
    hand.key(F11)
    hand.type("12.50")
    hand.key(F6)
    hand.key(F12)
    assert hand.actions == 4
    (fact,) = facts(hand.till, CashMoved)
    assert (fact.kind, fact.amount, fact.reason) == ("out", 1_250, "Bill paid at the door")
    assert hand.drawer.opened == 1
    assert len(hand.printer.documents) == 1
    assert hand.window.sheet_name == ""
    accounts = {row.label: row.amount for row in hand.window.closing.state.accounts}
    assert accounts["Cash out"] == "\N{MINUS SIGN}€12.50"


def test_the_sheet_is_in_the_list_of_commands_while_selling_too(hand):
    hand.key(Qt.Key.Key_K, CTRL)
    hand.type("safe")
    hand.key(Qt.Key.Key_Return)
    assert hand.window.sheet_name == "cash_move"
    assert not hand.window.shifts.cash.state.before, "a cashier does not see what is in it"


def test_the_sheet_is_under_more_too(hand):
    hand.window.acts.more()
    hand.settle()
    hand.click(hand.window.screens.more.buttons["cash_move"])
    assert hand.window.sheet_name == "cash_move"
    opener = hand.till.staff[hand.till.shift.opened_by].name
    told = hand.window.screens.cash_move.detail.text()
    assert told.startswith(f"{opener} opened this drawer at ")


def test_a_cashier_needs_a_manager_who_is_named(hand):
    cash = hand.window.shifts.cash
    hand.window.acts.do("cash_move")
    hand.settle()
    cash.choose_kind("in")
    hand.type("50")
    cash.choose_reason("Change brought")
    hand.key(F12)
    assert hand.window.sheet_name == "consent"
    approve(hand)
    (fact,) = facts(hand.till, CashMoved)
    assert (fact.kind, fact.actor, fact.approver) == ("in", CASHIER, MANAGER)


def test_more_than_the_drawer_holds_takes_a_second_press(hand):
    closing(hand)
    cash = hand.window.shifts.cash
    hand.key(F11)
    cash.choose_kind("drop")
    hand.type("300")
    cash.choose_reason("Drawer full")
    hand.key(F12)
    assert facts(hand.till, CashMoved) == []
    assert "More than the drawer" in cash.state.problem
    hand.type("0")
    assert not cash.state.problem, "another amount is another question"
    cash.type("300")
    hand.key(F12)
    hand.key(F12)
    assert [fact.amount for fact in facts(hand.till, CashMoved)] == [30_000]
    assert shift.summary(hand.till).expected_cash == -10_000


def test_a_bags_label_is_scanned_into_its_field(hand):
    closing(hand)
    cash = hand.window.shifts.cash
    hand.key(F11)
    cash.choose_kind("drop")
    cash.type("20")
    cash.choose_reason("Drawer full")
    hand.scan("BAG-000417")
    hand.key(F12)
    (fact,) = facts(hand.till, CashMoved)
    assert (fact.amount, fact.reference) == (2_000, "BAG-000417")


@pytest.mark.parametrize("text", ["0", "-5", "abc", "1.234", "99999999999999"])
def test_what_is_no_amount_moves_nothing(hand, text):
    closing(hand)
    cash = hand.window.shifts.cash
    hand.key(F11)
    cash.type(text)
    cash.choose_reason("Small purchase")
    hand.key(F12)
    assert facts(hand.till, CashMoved) == []


# X.


def test_an_x_is_two_actions_and_changes_nothing(hand):
    closing(hand)
    before = hand.till.ledger.head()
    hand.key(F10)
    parts = hand.window.shifts.cash.x.parts
    rows = {row.label: row.amount for _name, part in parts for row in part}
    assert rows["Expected in the drawer"] == "€200.00"
    opener = hand.till.staff[hand.till.shift.opened_by].name
    assert f"Opened by {opener}" in rows
    hand.key(F12)
    assert hand.actions == 2
    assert len(hand.printer.documents) == 1
    assert hand.till.ledger.head() == before
    assert hand.till.shift is not None
    assert hand.drawer.opened == 0


def test_who_may_not_see_what_is_expected_sees_no_x(hand):
    closing(hand, SENIOR)
    hand.key(F10)
    assert hand.window.sheet_name == ""


# Close.


def test_a_blind_count_shows_nothing_from_which_the_cash_follows(hand, codes):
    for nth in (0, 1):
        hand.scan(codes[nth])
        hand.key(F10 if nth else F11)
    closing(hand, SENIOR)
    for row in hand.window.closing.state.tenders:
        assert not any(sign.isdigit() for sign in row.expected + row.counted + row.difference)
    assert hand.window.closing.state.accounts == ()
    count(hand)
    hand.key(F12)
    assert hand.window.closing.state.verdict_tone == "ok"
    assert [row.difference for row in hand.window.closing.state.tenders] == ["0.00", "0.00"]


def test_over_the_limit_a_senior_needs_a_reason_and_a_manager(hand):
    closing(hand, SENIOR)
    hand.window.closing.set(5_000, 3)
    hand.key(F12)
    state = hand.window.closing.state
    assert (state.verdict_tone, state.verdict) == ("bad", "€50.00 short")
    hand.key(F6)
    hand.key(F12)
    assert hand.window.sheet_name == "consent"
    approve(hand)
    assert hand.till.shift is None
    z = hand.till.view.last_z()
    assert (z.actor, z.approver, z.reason) == (SENIOR, MANAGER, "Miscount")


def test_what_stands_in_the_way_and_what_does_not_is_said(hand, codes):
    hand.scan(codes[0])
    closing(hand)
    hand.window.closing.set(5_000, 4)
    assert hand.window.closing.state.button_reason == "Finish or park the open sale first"
    hand.key(Qt.Key.Key_1, CTRL)
    hand.key(Qt.Key.Key_F7)
    hand.key(Qt.Key.Key_3, CTRL)
    state = hand.window.closing.state
    assert "1 parked sale stays" in state.remark
    hand.clock.go(20 * 3_600)
    hand.window.closing.set(5_000, 4)
    state = hand.window.closing.state
    assert "belongs to" in state.remark
    assert "1 parked sale stays" in state.remark_detail
    hand.key(F12)
    z = hand.till.view.last_z()
    assert (z.parked, z.late) == (1, True)


def test_a_late_shift_is_told_of_when_somebody_comes(hand):
    hand.window.acts.lock()
    hand.clock.go(20 * 3_600)
    hand.window.toasts.clear()
    hand.sign_in(MANAGER)
    assert hand.window.place == "sell"
    assert any("still open" in toast.label.text() for toast in hand.window.toasts.shown)


def test_seven_digits_are_not_cut(window_of, with_float):
    hand = window_of(with_float, size=(1024, 768))
    hand.sign_in()
    hand.window.opening.set(20_000, 99_999)
    hand.settle()
    grid, panel = hand.window.screens.open_work.grid, hand.window.screens.open_panel
    for label in (grid.counted, panel.amount, *grid.sums.values()):
        if label.isVisible():
            assert label._needs(label.font().pixelSize()) <= label.width(), label.text()
    assert panel.amount.text() == "€19,999,600.00"


def test_a_currency_of_large_numbers_counts_its_notes(tmp_path, window_of):
    hand = window_of(make_data(tmp_path / "yen", currency="JPY", zone="Asia/Tokyo"))
    hand.sign_in()
    assert hand.window.opening.state.rows[0].worth == 10_000
    hand.window.opening.set(10_000, 3)
    assert hand.window.opening.state.counted.endswith("¥30,000")
    hand.key(F12)
    assert hand.till.shift.float_amount == 30_000


# From the float to the Z.


def test_a_day_of_a_shift_in_pictures_hours_and_a_table(data):
    states = {}

    def shot(hand, name):
        hand.settle()
        states[name] = hand.window.closing.state
        if name == "71_close_within":
            the_hours_stand_beside_those_of_a_week_ago(hand)

    shift_shots(data, shot, size=(1366, 768))
    assert not states["71_close_within"].table
    assert states["72_close_table"].table


def the_hours_stand_beside_those_of_a_week_ago(hand):
    state, chart = hand.window.closing.state, hand.window.screens.close_work.chart
    assert state.before == "Wednesday"
    assert sum(bar.best for bar in state.bars) == 1
    assert max(state.bars, key=lambda bar: bar.total).best
    assert any(bar.before for bar in state.bars)
    assert state.tiles[0].detail.endswith("on last Wed")
    assert state.bars[0].words in chart.bars.accessibleName()
    assert state.verdict_tone == "warn"
