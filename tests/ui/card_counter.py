"""A till with a card terminal that does what its script says, in the real window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest

from hardware.connect import simulated_terminal
from tests.ui.shop import Hand

Opened = Callable[..., Hand]


def until(true: Callable[[], bool]) -> None:
    """Turns the event loop until something is so: lanes may still be waiting for a customer."""
    for _turn in range(3_000):
        QCoreApplication.sendPostedEvents()
        QCoreApplication.processEvents()
        if true():
            return
        QTest.qWait(1)
    raise AssertionError("it never came")


class Counter:
    """A till with a terminal that does what its script says."""

    def __init__(
        self, window_of: Opened, data: Path, *script: Any, ready: bool = True, plug: bool = True
    ) -> None:
        self.log = data.parent / "terminal.jsonl"
        self.terminal = simulated_terminal(script, self.log)
        self.terminal.unplugged = not plug
        self.hand = window_of(data, terminal=self.terminal)
        if ready:
            self.hand.ready()
        self.window, self.till = self.hand.window, self.hand.till
        self.window._tick.stop()  # time goes by when a test says so

    @property
    def phase(self) -> str:
        view = self.window.cards.view
        return view.phase if view is not None else ""

    def press(self, key: Qt.Key, phase: str) -> None:
        """One key; until the card's page is there."""
        self.hand.actions += 1
        self.hand.pause()
        QTest.keyClick(self.window.windowHandle(), key)
        until(lambda: self.phase == phase)

    def tick(self, seconds: float) -> None:
        """Time goes by."""
        self.hand.clock.go(seconds)
        self.window.tick()
        self.hand.settle()

    def charged(self) -> list[int]:
        """What the terminal's own log says was taken and not given back."""
        book = self.terminal.machine.book
        return [
            each.answer.amount
            for each in book.charged()
            if each.answer and not book.given_back(each.reference)
        ]

    def sales(self) -> list[Any]:
        return [self.till.ledger.sale(row.sale_id) for row in self.till.ledger.sales()]

    def do(self, act: str) -> None:
        self.window.acts.do(act)
        self.hand.settle()


def words(counter: Counter) -> str:
    """All that the card's page says."""
    view = counter.window.screens.pay_work.card_wait
    lines = (f"{line.title} {line.proof}" for line in view.evidence.lines)
    return " ".join((view.banner.title, view.banner.detail, *lines))
