"""A card terminal that lives and hears nothing: it can be given up, and is asked then."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from hardware.terminals.lines import packed
from hardware.terminals.network import NetworkTerminal
from pos_app.ui import keys
from tests.ui.card_counter import until
from tests.ui.shop import Hand


class Deaf:
    """Says that it is alive, and does nothing else; asked for a payment, it knows of none."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.over = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while not self.over.is_set():
            try:
                line, _from = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(line,), daemon=True).start()

    def answer(self, line: socket.socket) -> None:
        with suppress(OSError), line:
            said = json.loads(line.makefile().readline())
            if said["op"] == "ask":
                line.sendall(packed(reference=said["reference"], result="never"))
            while said["op"] == "pay" and not self.over.wait(0.02):
                line.sendall(packed(reference=said["reference"], event="alive"))


@pytest.fixture
def deaf() -> Iterator[Deaf]:
    terminal = Deaf()
    yield terminal
    terminal.over.set()
    terminal.server.close()


def test_after_a_cancellation_nobody_heard_it_is_hung_up_and_asked(
    window_of: Callable[..., Hand],
    data: Path,
    codes: list[str],
    deaf: Deaf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keys, "GUARD_MS", 0)
    terminal = NetworkTerminal("127.0.0.1", deaf.server.getsockname()[1])
    hand = window_of(data, terminal=terminal)
    hand.ready()
    window = hand.window
    window._tick.stop()

    def phase() -> str:
        return window.cards.view.phase if window.cards.view else ""

    hand.scan(codes[0])
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_F11)
    until(lambda: phase() == "waiting")
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Delete)
    until(lambda: phase() == "stopping")
    hand.clock.go(29)
    window.tick()
    assert phase() == "stopping"
    hand.clock.go(2)
    window.tick()
    until(lambda: phase() == "checking")
    window.tick()
    until(lambda: phase() == "never")
    hand.settle()
    hand.key(Qt.Key.Key_F10)
    assert [row.payable for row in hand.till.ledger.sales()] == [4_990]
