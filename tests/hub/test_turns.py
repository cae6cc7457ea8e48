"""Threads that write to one file: sales first, nobody starved, nobody waits for ever."""

from __future__ import annotations

import threading
from pathlib import Path

from sync.hub.turns import SHARE, Turns, turns_of

LONG_S = 60


class Crowd:
    """Threads that each take one turn; `order` is who had it."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []

    def waits(self, name: str, *, urgent: bool, times: int = 1) -> None:
        before = sum(self.turns._waiting.values())

        def go() -> None:
            for _ in range(times):
                with self.turns.taking(LONG_S, urgent=urgent):
                    self.order.append(name)

        self.threads.append(threading.Thread(target=go))
        self.threads[-1].start()
        with self.turns._changed:
            while sum(self.turns._waiting.values()) <= before:
                self.turns._changed.wait(0.01)

    def through(self) -> None:
        for thread in self.threads:
            thread.join(LONG_S)
            assert not thread.is_alive()


def test_who_books_sales_goes_first() -> None:
    crowd = Crowd()
    with crowd.turns.taking(LONG_S, urgent=False):
        for place in range(3):
            crowd.waits(f"other {place}", urgent=False)
        crowd.waits("sales", urgent=True)
    crowd.through()
    assert crowd.order[0] == "sales"
    assert sorted(crowd.order[1:]) == ["other 0", "other 1", "other 2"]


def test_a_hub_that_books_on_and_on_starves_nobody() -> None:
    crowd = Crowd()
    with crowd.turns.taking(LONG_S, urgent=True):
        crowd.waits("other", urgent=False)
        crowd.waits("sales", urgent=True, times=200)
    crowd.through()
    assert crowd.order.index("other") <= SHARE
    assert len(crowd.order) == 201


def test_who_waited_too_long_goes_on_without_the_turn() -> None:
    turns = Turns()
    with turns.taking(LONG_S, urgent=True):
        with turns.taking(0.01, urgent=False):
            assert turns._taken
        assert turns._taken, "it is still the first one's"
    assert not turns._taken
    with turns.taking(0.01, urgent=False):
        assert turns._taken


def test_one_file_has_one_order(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    first = turns_of(tmp_path / "hub.sqlite")
    assert turns_of(tmp_path / "a" / ".." / "hub.sqlite") is first
    assert turns_of(tmp_path / "other.sqlite") is not first
