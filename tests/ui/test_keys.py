"""The table of keys: what it says is what works, and a person may change it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QDeadlineTimer, Qt
from PySide6.QtTest import QTest

from pos_app.domain.errors import Refused
from pos_app.settings import Settings
from pos_app.ui import keys
from pos_app.words import text_of

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(autouse=True)
def first_table():
    keys.reset()
    yield
    keys.reset()


def test_no_key_means_two_things_on_a_screen():
    for place in ("lock", "open_shift", "sell", "pay", "close_shift"):
        meant: dict[str, str] = {}
        for action, key in keys.KEYS.items():
            if key.at(place):
                assert meant.setdefault(key.chord, action) == action, (place, key.chord)


def test_every_key_and_command_has_an_act_and_words(hand):
    acts = hand.window.acts._acts
    for action, key in keys.KEYS.items():
        assert action in acts
        assert key.words
    assert set(keys.COMMANDS) <= set(acts)
    shown = dict(row for group in keys.explained() for row in group.rows)
    assert {key.shown for key in keys.KEYS.values()} <= set(shown)


def test_another_key_for_an_action():
    keys.remap("park", "ctrl+b")
    assert keys.cap("park") == "Ctrl B"
    assert keys.action_of("Ctrl+B", "sell") == "park"
    assert keys.action_of("F7", "sell") == ""
    assert keys.changed() == {"park": "Ctrl+B"}
    keys.reset("park")
    assert keys.changed() == {}


def test_a_key_that_is_taken_is_refused_in_words():
    with pytest.raises(Refused) as told:
        keys.remap("park", "F6")
    said = text_of(told.value)
    assert said.title == "F6 is already used: Discount on the line."
    assert keys.cap("park") == "F7"


def test_a_key_may_mean_something_else_where_the_other_does_not_work():
    keys.remap("tender_1", "F6")
    assert keys.action_of("F6", "pay") == "tender_1"
    assert keys.action_of("F6", "sell") == "discount"


@pytest.mark.parametrize(
    "chord", ["a", "7", "Shift+A", "Return", "Up", "Ctrl+C", "Ctrl+K, Ctrl+B", "", "nothing at all"]
)
def test_a_key_that_a_scan_would_press_is_refused(chord):
    with pytest.raises(Refused, match="key_unfit"):
        keys.remap("park", chord)


def test_the_settings_keep_keys_and_two_may_change_places(tmp_path):
    wanted = {"cash": "F11", "card": "F10", "drawer": "Ctrl+E"}
    replace(Settings(), shortcuts=wanted).save(tmp_path)
    kept = Settings.load(tmp_path).shortcuts
    assert kept == wanted
    assert keys.use(kept) == []
    assert keys.action_of("F10", "sell") == "card"
    refused = keys.use({"cash": "F12", "no_such_action": "F3"})
    assert [error.code for error in refused] == ["key_taken"]
    assert keys.action_of("F10", "sell") == "cash"


@pytest.mark.parametrize(
    "text", ["shortcuts = 1", "[shortcuts]\ncash = 5", '[shortcuts]\n"A b"="F3"']
)
def test_keys_that_cannot_be_meant_are_refused_with_the_place(tmp_path, text):
    (tmp_path / "till.toml").write_text(text)
    with pytest.raises(Refused, match="settings_unreadable"):
        Settings.load(tmp_path)


def test_a_changed_key_works_and_is_drawn(window_of, data, codes):
    settings = Settings.load(data)
    replace(settings, shortcuts={"cash": "Ctrl+B", "help": "F13"}).save(data)
    hand = window_of(data)
    hand.ready()
    hand.scan(codes[0])
    assert hand.window.screens.cart.cash.key == "Ctrl B"
    hand.key(Qt.Key.Key_F10)
    assert not hand.till.ledger.sales(1)
    hand.key(Qt.Key.Key_B, CTRL)
    assert len(hand.till.ledger.sales(1)) == 1
    handle = hand.window.windowHandle()
    QTest.keyPress(handle, Qt.Key.Key_F13)
    assert hand.window.key_table.isVisible()
    QTest.keyRelease(handle, Qt.Key.Key_F13)
    assert gone(hand.window.key_table)


def gone(table) -> bool:
    """Within a second."""
    left = QDeadlineTimer(1_000)
    while table.isVisible() and not left.hasExpired():
        QTest.qWait(5)
    return not table.isVisible()


def test_help_is_held_or_tapped_and_tells_a_whole_day(hand):
    handle, table = hand.window.windowHandle(), hand.window.key_table
    QTest.keyPress(handle, Qt.Key.Key_F1)
    assert table.isVisible()
    for _repeated_by_the_display in range(3):
        QTest.keyRelease(handle, Qt.Key.Key_F1)
        assert table.isVisible()
        QTest.keyPress(handle, Qt.Key.Key_F1)
    QTest.keyRelease(handle, Qt.Key.Key_F1)
    assert gone(table)
    hand.click(hand.window.rail.items["help"])
    assert table.isVisible()
    QTest.keyPress(handle, Qt.Key.Key_F1)
    QTest.keyRelease(handle, Qt.Key.Key_F1)
    assert table.isVisible()  # opened by a tap: letting a key go does not take it away
    spoken = table.accessibleDescription()
    for word in ("PIN", "opens the shift", "exact cash", "gives change", "closes the shift"):
        assert word in spoken
    hand.key(Qt.Key.Key_Escape)
    assert not table.isVisible()
    assert hand.window.place == "sell"


def test_a_day_by_the_steps_of_the_help_alone(window_of, data, codes):
    """Every key pressed here is one that a step names; the drawer is counted by typing."""
    hand = window_of(data)
    hand.click(hand.window.screens.lock_work.people[0])  # 1
    from tests.ui.shop import PINS

    hand.type(PINS["anna"])
    hand.type("2")  # 2: count, then open
    hand.key(Qt.Key.Key_F12)
    hand.scan(codes[0])  # 3
    hand.key(Qt.Key.Key_F10)
    hand.scan(codes[1])  # 4
    hand.key(Qt.Key.Key_F12)
    hand.type("100")
    hand.key(Qt.Key.Key_F12)
    assert len(hand.till.ledger.sales(5)) == 2
    assert hand.window.selling.state.done.amount
    hand.key(Qt.Key.Key_3, CTRL)  # 5
    assert hand.window.place == "close_shift"


def test_the_list_of_commands_finds_and_does(hand, codes):
    hand.scan(codes[0])
    hand.key(Qt.Key.Key_K, CTRL)
    sheet = hand.window.screens.commands
    assert {"cash", "lock", "look", "theme"} <= {view.action for view in sheet.rows}
    assert next(view for view in sheet.rows if view.action == "cash").cap == "F10"
    hand.type("price ch")
    assert [view.action for view in sheet.rows] == ["look"]
    hand.key(Qt.Key.Key_Return)
    assert hand.window.finding.state.looking
    assert not hand.window.sheet_name
    hand.key(Qt.Key.Key_K, CTRL)
    hand.type("zzzz")
    assert not sheet.rows
    assert "zzzz" in sheet.empty.title.text()
    hand.key(Qt.Key.Key_Return)  # nothing there: nothing happens
    assert hand.window.sheet_name == "commands"
    hand.key(Qt.Key.Key_Escape)
    assert len(hand.window.selling.state.lines) == 1


def test_a_scan_in_the_list_of_commands_is_a_scan(hand, codes):
    hand.key(Qt.Key.Key_K, CTRL)
    hand.type("pa")
    hand.scan(codes[0])
    assert len(hand.window.selling.state.lines) == 1
    assert hand.window.screens.commands.field.text == "pa"


def test_the_rail_goes_where_it_says(hand, codes):
    items = hand.window.rail.items
    hand.click(items["shift"])
    assert hand.window.place == "close_shift"
    hand.click(items["sell"])
    assert hand.window.place == "sell"
    hand.click(items["sales"])
    assert items["sell"].isChecked() or hand.window.place != "sell"
    hand.click(hand.window.rail.avatar)
    assert hand.window.place == "lock"
