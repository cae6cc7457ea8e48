"""A machine becomes a till in its own window, with a real hub in a process at the other end."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from pos_app import app
from pos_app.presenters.first_start import FirstStart, hub_address
from pos_app.store.reader import LEDGER_FILE
from pos_app.ui.first_start import FirstStartWindow
from tests.scenarios.hub import hub_in

PATIENCE_MS = 30_000


def opened(data, address=""):
    app.application(data, offscreen=True)
    window = FirstStartWindow(data, address)
    window.show()
    QApplication.processEvents()
    return window


def until(qtbot, window, step):
    qtbot.waitUntil(lambda: window.presenter.state.step == step, timeout=PATIENCE_MS)


def test_address_code_six_words_and_it_is_a_till(tmp_path, qtbot):
    with hub_in(tmp_path) as hub:
        code = json.loads(hub.command("enrol-code", "--till", "3", "--json"))["code"]
        window = opened(tmp_path / "till")
        assert not window.button.isEnabled()
        assert window.button.reason == "Type the address of the hub"
        QTest.keyClicks(window.address.edit, hub.url.removeprefix("http://"))
        QTest.keyClick(window.address.edit, Qt.Key.Key_Return)
        assert window.code.edit.hasFocus()
        QTest.keyClicks(window.code.edit, "WRONG-WRONG")
        QTest.keyClick(window.code.edit, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.presenter.state.problem is not None, timeout=PATIENCE_MS)
        assert window.presenter.state.problem.code == "code_wrong"
        assert window.presenter.state.step == "ask"
        window.code.edit.selectAll()
        QTest.keyClicks(window.code.edit, code)
        assert window.presenter.state.problem is None
        QTest.mouseClick(window.button, Qt.MouseButton.LeftButton)
        until(qtbot, window, "words")
        words = "-".join(window.presenter.state.words)
        assert len(window.presenter.state.words) == 6
        assert words in hub.command("devices")
        hub.command("approve", words)
        until(qtbot, window, "done")
        assert (tmp_path / "till" / LEDGER_FILE).exists()
        assert window.detail.text() == "2 products are here."
        QTest.keyClick(window, Qt.Key.Key_F12)
        assert window.done
        window.close()


def test_no_hub_there_is_a_sentence_and_everything_typed_stays(tmp_path, qtbot):
    window = opened(tmp_path / "till", "http://127.0.0.1:9")
    QTest.keyClicks(window.code.edit, "AAAA-BBBB")
    QTest.mouseClick(window.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.presenter.state.problem is not None, timeout=PATIENCE_MS)
    assert window.presenter.state.problem.code == "enrol_no_hub"
    assert (window.address.text, window.code.text) == ("http://127.0.0.1:9", "AAAA-BBBB")
    assert window.button.isEnabled()
    assert not (tmp_path / "till" / LEDGER_FILE).exists()
    window.close()


def test_a_window_closed_while_it_waits_leaves_no_process_behind(tmp_path, qtbot):
    with hub_in(tmp_path) as hub:
        code = json.loads(hub.command("enrol-code", "--till", "4", "--json"))["code"]
        window = opened(tmp_path / "till", hub.url)
        QTest.keyClicks(window.code.edit, code)
        window.presenter.go()
        until(qtbot, window, "words")
        process = window._process
        window.close()
        assert process.state() == process.ProcessState.NotRunning
        again = opened(tmp_path / "till", hub.url)
        QTest.keyClicks(again.code.edit, code)
        again.presenter.go()
        until(qtbot, again, "words")
        again.close()


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("hub.local:8080", "http://hub.local:8080"),
        (" https://hub.example/ ", "https://hub.example"),
        ("", ""),
        ("two words", ""),
        ("http://", ""),
        ("ftp://hub", ""),
        ("http://who:pin@hub", ""),
        ("http://hub:99999", ""),
    ],
)
def test_what_a_person_types_as_an_address(typed, address):
    assert hub_address(typed) == address


def test_lines_that_are_none_change_nothing_and_a_silent_end_can_be_begun_again():
    asked = []
    first = FirstStart(lambda address, code: asked.append((address, code)))
    first.type("hub:1", "AAAA-BBBB")
    first.go()
    assert asked == [("http://hub:1", "AAAA-BBBB")]
    for line in ("", "no json", "[]", '{"state": "news"}', "null"):
        first.hear(line)
    assert first.state.step == "asking"
    first.hear('{"state": "fetching", "products": "many"}')
    first.ended(1)
    assert first.state.problem.code == "enrol_broken_off"
    assert (first.state.step, first.state.ready) == ("ask", True)
