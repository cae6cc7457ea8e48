from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hardware.connect import simulated
from pos_app.till import Till, sign_in
from pos_app.till.shift import open_shift
from tests.till.shop import PINS, HandClock, Line, make_shop, open_shop


@dataclass
class Counter:
    """A till with somebody at it, its clock, its line and the devices' handles."""

    till: Till
    clock: HandClock
    line: Line
    printer: Any
    drawer: Any

    def swap(self, who: str) -> None:
        sign_in.sign_in(self.till, who, PINS[who])


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_shop(tmp_path_factory.mktemp("made") / "till")


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """A fresh copy of a shop that was never opened."""
    return Path(shutil.copytree(made, tmp_path / "till"))


@pytest.fixture
def opened(data: Path) -> Iterator[Callable[..., Counter]]:
    """Opens the shop (again); everything is closed in the end."""
    tills: list[Till] = []

    def open_it(**more: Any) -> Counter:
        for each in tills:
            each.close()
        devices, printer, drawer, _ = simulated()
        clock, line = more.pop("clock", None) or HandClock(), Line()
        till = open_shop(data, devices, clock=clock, link=line, **more)
        tills.append(till)
        return Counter(till, clock, line, printer, drawer)

    yield open_it
    for each in tills:
        each.close()


@pytest.fixture
def counter(opened: Callable[..., Counter]) -> Counter:
    """Ana, a cashier, at a till with an open shift and 200 EUR in the drawer."""
    counter = opened()
    counter.swap("ana")
    open_shift(counter.till, 20_000)
    return counter
