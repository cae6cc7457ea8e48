"""What the first frame costs, and what a till says that cannot be opened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from pos_app import app
from pos_app.domain.errors import Refused
from pos_app.ui.plain import PlainWindow
from tests.ui.shop import make_data

HEAVY = (
    *("sqlalchemy", "httpx", "babel", "biip", "escpos", "argon2", "structlog", "apscheduler"),
    *("keyring", "cryptography", "starlette", "asyncio", "PIL", "fpdf", "segno", "serial"),
    *("pydantic", "sync.engine", "sync.hub", "PySide6.QtNetwork", "PySide6.QtPrintSupport"),
)

FIRST_FRAME = """
import json, sys
from pathlib import Path
from pos_app.app import build_window
window = build_window(Path(sys.argv[1]), offscreen=True)
window.show()
from PySide6.QtWidgets import QApplication
QApplication.processEvents()
window.grab()
print(json.dumps(sorted(sys.modules)))
window.close()
"""


def run(script: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        cwd=Path(__file__).parent.parent.parent,
    )


@pytest.mark.parametrize("locale", ["en", "de_AT", "ar"])
def test_nothing_heavy_before_the_first_frame(tmp_path, locale):
    data = make_data(tmp_path / "till", locale=locale)
    first = run(FIRST_FRAME, str(data))  # new limits of the hub: their signature is checked once
    assert first.returncode == 0, first.stderr
    done = run(FIRST_FRAME, str(data))
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout)
    assert "PySide6.QtWidgets" in loaded
    found = [
        name for name in loaded if any(name == one or name.startswith(f"{one}.") for one in HEAVY)
    ]
    assert not found


def test_a_second_window_is_told_so(window_of, data):
    window_of(data)
    done = run(FIRST_FRAME, str(data))
    assert done.returncode != 0
    assert "ledger_in_use" in done.stderr


def test_the_second_window_says_it_in_a_sentence(qapp, window_of, data, monkeypatch):
    window_of(data)
    shown: list[PlainWindow] = []
    monkeypatch.setattr(app, "_show", lambda _app, window, status=0: shown.append(window) or status)
    assert app.run_window(data) == 1
    words = _words(shown[0])
    assert "This till is already open in another window." in words


def test_a_machine_that_is_no_till_yet_is_asked_for_a_hub_and_nothing_is_written(
    qapp, tmp_path, monkeypatch
):
    shown: list[PlainWindow] = []
    monkeypatch.setattr(app, "_show", lambda _app, window, status=0: shown.append(window) or status)
    assert app.run_window(tmp_path / "nothing") == 0
    words = _words(shown[0])
    assert "Set up this till" in words
    assert "one-time code" in words
    assert not (tmp_path / "nothing").exists()


def test_a_damaged_ledger_is_a_clear_stop_and_left_as_it_is(qapp, data, monkeypatch):
    ledger = data / "ledger.sqlite"
    ledger.write_bytes(b"not a database at all" * 400)
    before = ledger.read_bytes()
    shown: list[PlainWindow] = []
    monkeypatch.setattr(app, "_show", lambda _app, window, status=0: shown.append(window) or status)
    assert app.run_window(data) == 1
    assert ledger.read_bytes() == before
    assert _words(shown[0])


def _words(window: PlainWindow) -> str:
    from PySide6.QtWidgets import QLabel

    return " ".join(label.text() for label in window.findChildren(QLabel))


def test_a_fault_of_ours_leaves_a_file_and_the_basket(hand, codes, tmp_path):
    hand.scan(codes[0])
    net = app.CrashNet(hand.window.till.data)
    told: list[str] = []
    net.tell = told.append
    reference = net.caught(ValueError("planted"))
    file = hand.window.till.data / "log" / f"crash-{reference}.txt"
    assert "planted" in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o600
    assert reference in told[0]
    assert "kept" in told[0]
    assert hand.till.ledger.open_basket() is not None


def test_a_fault_in_a_lane_reaches_the_net(hand):
    caught: list[BaseException] = []
    hand.window.lanes._lost = caught.append
    hand.window.run("ledger", lambda: 1 // 0)
    hand.settle()
    assert isinstance(caught[0], ZeroDivisionError)


def test_a_window_opens_and_gives_its_till_back(qapp, data):
    window = app.build_window(data, offscreen=True)
    window.show()
    window.close()
    again = app.build_window(data, offscreen=True)  # the lock was given back
    again.close()


def test_a_store_without_its_data_says_what_it_waits_for(window_of, tmp_path):
    from pos_app.store.keys import Keys
    from pos_app.store.ledger import Ledger
    from pos_app.store.records import Identity
    from tests.till.shop import HandClock

    data = tmp_path / "bare"
    data.mkdir()
    keys = Keys.create(data)
    identity = Identity(
        device="d1", epoch=1, store="1", till="2", nonce="00" * 16, pubkey=keys.public_hex
    )
    Ledger.create(data, keys, identity, HandClock()).close()
    hand = window_of(data)
    assert hand.window.place == "lock"
    assert not hand.window.lock.state.people
    assert "Head office sends" in hand.window.screens.lock_work.trouble.text()


def test_the_money_of_a_store_without_decimals(window_of, tmp_path):
    data = make_data(tmp_path / "yen", currency="JPY", locale="ja")
    hand = window_of(data)
    hand.sign_in()
    hand.window.opening.set(10_000, 1)
    hand.key(Qt.Key.Key_F12)
    hand.window.finding.open()
    hand.window.selling.scan("W110-WHT-M", code=False)
    hand.settle()
    assert (
        hand.window.selling.state.total.replace(",", "").replace("\uffe5", "\u00a5") == "\u00a54990"
    )
    hand.window.acts.finish()
    hand.settle()
    assert not hand.window.paying.state.point


def test_settings_that_cannot_be_read_are_a_sentence(qapp, data, monkeypatch):
    (data / "till.toml").write_text("theme = [", encoding="utf-8")
    with pytest.raises(Refused, match="settings_unreadable"):
        app.build_window(data, offscreen=True)
