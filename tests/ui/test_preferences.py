"""The settings sheet on the real window: what is chosen holds at once and is on the disk."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from pos_app import app, words
from pos_app.presenters.preferences import DEVICES, KEYS, LOOKS, TILL, WORK
from pos_app.settings import Settings
from pos_app.till import favourites
from pos_app.ui import keys, theme
from pos_app.ui.sounds import Sounds
from pos_app.workshop import Workshop
from tests.ui.shop import CASHIER, MANAGER, PINS, make_data, opened
from tests.ui.shots import _codes

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def hand(tmp_path):
    with opened(make_data(tmp_path / "till")) as hand:
        window = hand.window
        window.preferences.workshop = Workshop(window)
        yield hand
    keys.reset()
    theme.use("light")


def signed_in(hand, who):
    hand.window.lock.choose(who)
    hand.type(PINS[who])
    if hand.window.place == "lock":
        hand.key(Qt.Key.Key_Return)
    if hand.window.place == "open_shift":
        hand.window.opening.set(5_000, 1)
        hand.key(Qt.Key.Key_F12)
    assert hand.window.place == "sell"


def page(hand, name):
    hand.window.preferences.open(name)
    hand.settle()


def press(hand, name):
    hand.click(hand.window.screens.preferences.rows[name].button)


def choose(hand, name, value):
    hand.click(hand.window.screens.preferences.rows[name].buttons[value])


def saved(hand):
    return Settings.load(hand.till.data)


def test_looks_hold_at_once_and_the_sale_stays(hand):
    signed_in(hand, CASHIER)
    hand.scan(_codes()[0])
    total = hand.window.selling.state.total
    hand.window.acts.do("preferences")
    choose(hand, "theme", "dark")
    assert (theme.name(), saved(hand).theme) == ("dark", "dark")
    choose(hand, "volume", "0")
    assert saved(hand).volume == 0
    choose(hand, "scale", "115")
    assert saved(hand).scale == 115
    assert "start_again" in hand.window.screens.preferences.rows
    assert hand.window.selling.state.total == total


def test_devices_ask_a_manager_where_a_cashier_opens_them_and_only_once(hand):
    signed_in(hand, CASHIER)
    page(hand, DEVICES)
    assert hand.window.sheet_name == "consent"
    hand.window.consent.choose(MANAGER)
    hand.type(PINS[MANAGER])
    hand.key(Qt.Key.Key_Return)
    assert hand.window.sheet_name == "preferences"
    page(hand, KEYS)
    assert hand.window.preferences.state.page == KEYS


def test_another_printer_is_used_from_now_on_and_one_that_cannot_be_is_refused(hand, tmp_path):
    signed_in(hand, MANAGER)
    page(hand, DEVICES)
    choose(hand, "printer_kind", "none")
    assert hand.till.devices.printer is None
    choose(hand, "printer_kind", "dir")
    assert saved(hand).printer == "dir:receipts"
    assert hand.till.devices.printer.name.endswith("receipts")
    choose(hand, "printer_kind", "tcp")
    field = hand.window.screens.preferences.rows["printer_address"].field
    field.edit.setFocus()
    QTest.keyClicks(field.edit, "no host/at all")
    QTest.keyClick(field.edit, Qt.Key.Key_Return)
    hand.settle()
    assert hand.window.preferences.state.problem
    assert saved(hand).printer == "dir:receipts"
    choose(hand, "printer_kind", "none")
    assert hand.till.devices.printer is None


def test_a_key_is_given_away_and_one_that_is_taken_is_not(hand):
    signed_in(hand, MANAGER)
    page(hand, KEYS)
    press(hand, "park")
    assert hand.window.preferences.state.waiting == "park"
    hand.key(Qt.Key.Key_F12)
    assert hand.window.preferences.state.problem
    assert keys.KEYS["park"].chord == "F7"
    press(hand, "park")
    hand.key(Qt.Key.Key_J, CTRL)
    assert keys.KEYS["park"].chord == "Ctrl+J"
    assert saved(hand).shortcuts == {"park": "Ctrl+J"}
    press(hand, "park")
    hand.key(Qt.Key.Key_Escape)
    assert hand.window.sheet_name == "preferences"
    assert hand.window.preferences.state.waiting == ""
    press(hand, "keys_reset")
    assert saved(hand).shortcuts == {}


def keyed(hand, text, gap_ms):
    """A scanner with that pause between its keys."""
    handle = hand.window.windowHandle()
    now = hand.window.pace._last_ms or 0
    for mark in (*text, "\r"):
        now += gap_ms
        hand.window.pace.time_of = lambda _event, at=now: at
        key = Qt.Key.Key_Return if mark == "\r" else Qt.Key(ord(mark))
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(
                handle, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, mark)
            )
    hand.settle()


@pytest.mark.parametrize(("gap_ms", "kept"), [(2, 15), (20, 40), (90, 35)])
def test_five_scans_teach_the_till_its_scanner(hand, gap_ms, kept):
    signed_in(hand, MANAGER)
    page(hand, DEVICES)
    press(hand, "wizard")
    for done in range(5):
        assert hand.window.pace.on, done
        keyed(hand, "4006381333931", gap_ms)
    assert not hand.window.pace.on
    assert saved(hand).scan_gap_ms == kept
    assert hand.window.scans.gap_ms == kept
    assert bool(hand.window.preferences.state.problem) == (gap_ms == 90)
    assert hand.window.selling.basket is None, "what the wizard scans is not sold"


def test_what_this_till_is(hand):
    signed_in(hand, CASHIER)
    page(hand, TILL)
    shown = {item.title: item.value for item in hand.window.preferences.state.items}
    assert shown["Till"] == f"{hand.till.identity.store}-{hand.till.identity.till}"
    assert int(shown["Products"].replace(",", "")) > 100
    page(hand, LOOKS)


def test_another_language_makes_the_window_anew_with_the_same_person_and_sale(hand):
    signed_in(hand, CASHIER)
    hand.scan(_codes()[0])
    hand.window.acts.do("preferences")
    choose(hand, "locale", "de")
    assert (saved(hand).locale, hand.window.again) == ("de", "window")
    hand.settle()
    assert hand.window.ended


def typed(hand, name, text):
    field = hand.window.screens.preferences.rows[name].field
    field.edit.setFocus()
    field.edit.clear()
    QTest.keyClicks(field.edit, text)
    QTest.keyClick(field.edit, Qt.Key.Key_Return)
    hand.settle()


def test_how_the_till_is_worked_with(hand):
    signed_in(hand, MANAGER)
    page(hand, WORK)
    choose(hand, "lock_after", "300")
    choose(hand, "blind_count", "everyone")
    typed(hand, "float_amount", "150,50")
    now = saved(hand)
    assert (now.lock_after_s, now.blind_count, now.float_amount) == (300, "everyone", 15_050)
    assert hand.till.settings.float_amount == 15_050, "it holds at once"
    for wrong in ("a lot", "99999999999", "-3"):
        typed(hand, "float_amount", wrong)
        assert hand.window.preferences.state.problem
        assert saved(hand).float_amount == 15_050
    typed(hand, "float_amount", "")
    assert saved(hand).float_amount == 0


def test_a_cashier_may_not_change_how_the_till_is_worked_with(hand):
    signed_in(hand, CASHIER)
    page(hand, WORK)
    assert hand.window.sheet_name == "consent"


def test_favourites_are_taken_off_the_shelf(hand):
    signed_in(hand, MANAGER)
    page(hand, WORK)
    assert "forget_favourites" not in hand.window.screens.preferences.rows
    article = hand.till.catalogue.favourites(1)[0]
    favourites.mark(hand.till, article, on=True)
    page(hand, WORK)
    press(hand, "forget_favourites")
    assert not favourites.is_marked(hand.till, article)
    assert "forget_favourites" not in hand.window.screens.preferences.rows


def test_scanner_scale_and_terminal_have_their_addresses(hand):
    signed_in(hand, MANAGER)
    page(hand, DEVICES)
    typed(hand, "scan_prefix", "~")
    typed(hand, "scan_suffix", "#")
    assert (saved(hand).scan_prefix, saved(hand).scan_suffix) == ("~", "#")
    assert (hand.window.scans.prefix, hand.window.scans.suffix) == ("~", "#")
    choose(hand, "weighing_kind", "serial")
    typed(hand, "weighing_port", "/dev/ttyS9")
    assert saved(hand).weighing == "serial:/dev/ttyS9"
    choose(hand, "weighing_kind", "none")
    assert saved(hand).weighing == "none"
    choose(hand, "terminal_kind", "tcp")
    typed(hand, "terminal_address", "127.0.0.1:20099")
    assert saved(hand).terminal == "tcp:127.0.0.1:20099"


def test_each_sound_can_be_off(hand):
    heard = []

    class Heard:
        volume = 60

        def play(self, cue):
            heard.append(cue)

        def close(self):
            """Nothing to let go of."""

    hand.till.devices = replace(hand.till.devices, speaker=Heard())
    hand.window.sounds = Sounds(lambda: hand.till.devices.speaker, lambda: 0)
    signed_in(hand, CASHIER)
    page(hand, LOOKS)
    heard.clear()
    choose(hand, "cues", "ok")
    assert (saved(hand).quiet, heard) == ("ok", [])
    hand.window.close_sheet()
    hand.scan(_codes()[0])
    assert "ok" not in heard
    page(hand, LOOKS)
    choose(hand, "cues", "ok")
    assert (saved(hand).quiet, heard[-1]) == ("", "ok")
    button = hand.window.screens.preferences.rows["cues"].buttons["ok"]
    assert button.accessibleName() == "Which of them are heard: Scanned, on"


def test_what_needs_somebody_stands_on_the_page_of_this_till(hand):
    signed_in(hand, CASHIER)
    page(hand, TILL)
    rows = hand.window.screens.preferences.rows
    assert "attention_none" in rows
    hand.line.status = replace(hand.line.status, offset_ms=600_000)
    hand.window.tick()
    hand.settle()
    shown = [item for item in hand.window.preferences.state.items if item.kind == "attention"]
    told = hand.window.connection.state.attention
    assert [(each.title, each.detail) for each in shown] == [(a.title, a.detail) for a in told]
    assert shown
    assert "clock" in shown[0].title


def test_only_languages_that_have_texts_can_be_chosen(hand, tmp_path):
    signed_in(hand, CASHIER)
    page(hand, LOOKS)
    buttons = hand.window.screens.preferences.rows["locale"].buttons
    assert list(buttons) == ["", *words.languages()]
    assert {"en", "de", "ar"} <= set(buttons)
    words.use("en", tmp_path)
    (tmp_path / "fi.po").write_text('msgid ""\nmsgstr ""\n')
    page(hand, LOOKS)
    buttons = hand.window.screens.preferences.rows["locale"].buttons
    assert list(buttons) == ["", "en", "fi"]
    assert buttons["fi"].text() == "Suomi"
    words.use("en")


def test_another_size_starts_the_same_program_with_the_same_words(monkeypatch):
    called = ["/usr/bin/python3", "-m", "pos_app", "till", "--data", "a b"]
    monkeypatch.setattr(sys, "orig_argv", called)
    monkeypatch.setenv("QT_SCALE_FACTOR", "1.15")
    path, again, env = app.program_again(Settings(scale=130))
    assert (path, again) == (sys.executable, [sys.executable, *called[1:]])
    assert env["HOME"] == os.environ["HOME"]
    _path, _words, env = app.program_again(Settings(scale=100))
    assert "QT_SCALE_FACTOR" not in env, "back to how the machine has it"


def test_what_was_written_into_the_file_meanwhile_stays(hand):
    signed_in(hand, MANAGER)
    data, preferences = hand.till.data, hand.window.preferences
    file = data / "till.toml"
    replace(Settings.load(data), printer="tcp:10.0.0.9", float_amount=5_000).save(data)
    with file.open("a", encoding="utf-8") as more:
        more.write('later = "of another program"\n')
    preferences.choose("theme", "dark")
    held = Settings.load(data)
    assert (held.theme, held.printer, held.float_amount) == ("dark", "tcp:10.0.0.9", 5_000)
    assert "of another program" in file.read_text("utf-8")
    assert hand.till.settings.printer != "tcp:10.0.0.9"
    file.write_text("nobody [ can read this", encoding="utf-8")
    preferences.choose("theme", "light")
    assert Settings.load(data).theme == "light"
