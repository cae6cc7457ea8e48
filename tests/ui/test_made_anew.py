"""The window made anew for another language, by the loop that a till runs: all that was there stays."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from pos_app import app, words
from pos_app.settings import Settings
from pos_app.ui.window import Window
from tests.ui.shop import CASHIER, PINS, make_data
from tests.ui.shots import _codes

PATIENCE_MS = 20_000


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    hook = sys.excepthook
    yield
    sys.excepthook = hook
    app.dress(Settings(theme="light", locale="en"), "")


class Story:
    """Steps for the windows that are open one after the other: each when the one before is done."""

    def __init__(self, *steps: Callable[[Window], object]) -> None:
        self.steps = list(steps)
        self.faults: list[BaseException] = []
        self.windows: list[Window] = []
        self.timer = QTimer()
        self.timer.setInterval(5)
        self.timer.timeout.connect(self.step)
        self.timer.start()
        self.late = QTimer()
        self.late.setSingleShot(True)
        self.late.timeout.connect(self.give_up)
        self.late.start(PATIENCE_MS)

    def window(self) -> Window | None:
        shown = [each for each in QApplication.topLevelWidgets() if isinstance(each, Window)]
        return next((each for each in shown if not each.ended and each.isVisible()), None)

    def step(self) -> None:
        window = self.window()
        if window is None or window.busy or not self.steps:
            return
        if window not in self.windows:
            self.windows.append(window)
        try:
            self.steps.pop(0)(window)
        except BaseException as error:  # noqa: BLE001 - told by the test, outside of Qt
            self.faults.append(error)
            self.give_up()

    def give_up(self) -> None:
        self.timer.stop()
        window = self.window()
        if window is not None:
            window.again = ""
            window.close()
        QApplication.quit()


def test_another_language_keeps_person_basket_and_payments(tmp_path) -> None:
    data = make_data(tmp_path / "till", locale="en")
    app.application(data, offscreen=True)
    was: dict[str, object] = {}

    def signs_in(window: Window) -> None:
        window.lock.choose(CASHIER)
        for mark in PINS[CASHIER]:
            window.lock.digit(mark)

    def opens_shift(window: Window) -> None:
        assert window.place == "open_shift"
        window.opening.set(5_000, 2)
        window.acts.do("finish")

    def scans(window: Window) -> None:
        window.scanned(_codes()[0])

    def scans_more(window: Window) -> None:
        window.scanned(_codes()[1])

    def pays_a_part(window: Window) -> None:
        window.acts.do("finish")
        window.selling.pay("cash", 500)

    def chooses_german(window: Window) -> None:
        assert window.place == "pay"
        state = window.selling
        was.update(basket=state.basket, payments=state.payments, total=state.state.total)
        assert len(state.payments) == 1
        assert window.till.person is not None
        was["person"] = window.till.person.staff_id
        window.preferences.open()
        window.preferences.choose("locale", "de")

    def looks(window: Window) -> None:
        assert window.till.person is not None
        assert window.till.person.staff_id == was["person"]
        assert window.place == "pay", "where the payments are"
        assert (window.selling.basket, window.selling.payments) == (was["basket"], was["payments"])
        assert words.current() == "de"
        assert window.screens.pay_work.isVisible()
        window.close()

    story = Story(signs_in, opens_shift, scans, scans_more, pays_a_part, chooses_german, looks)
    assert app.run_window(data) == 0
    story.timer.stop()
    story.late.stop()
    assert not story.faults, story.faults
    assert not story.steps
    assert len(story.windows) == 2
    assert Settings.load(data).locale == "de"
