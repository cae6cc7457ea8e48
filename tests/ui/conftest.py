from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pos_app import words
from pos_app.ui import theme
from tests.ui.shop import Hand, make_data, opened

GARBAGE_MAX = 100_000
"""So many objects more than at the last search, and another is made after the test."""


@pytest.fixture(autouse=True, scope="module")
def searched_here() -> Iterator[None]:
    """Closed windows end on this thread: Python's own search would begin on any, an engine's too."""
    gc.collect()
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def not_too_many() -> Iterator[None]:
    """What tests leave behind is searched between two of them."""
    yield
    if gc.get_count()[0] > GARBAGE_MAX:
        gc.collect()


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """A window in another language leaves it to nobody after it."""
    yield
    if words.current() != "en":
        words.use("en")
        theme.load_fonts()
        theme.direction(rtl=False)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_data(tmp_path_factory.mktemp("shop") / "till")


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """A fresh copy of the demo's shop, never opened."""
    return Path(shutil.copytree(made, tmp_path / "till"))


@pytest.fixture
def window_of(qapp: Any) -> Iterator[Callable[..., Hand]]:
    """Opens a till's window, and closes it in the end."""
    with ExitStack() as stack:
        yield lambda data, **more: stack.enter_context(opened(data, **more))


@pytest.fixture
def hand(window_of: Callable[..., Hand], data: Path) -> Hand:
    """Anna, a cashier, in Sell with an open shift."""
    hand = window_of(data)
    hand.ready()
    return hand


@pytest.fixture
def codes() -> list[str]:
    """Barcodes of goods under 50 EUR without an age limit, as a scanner sends them."""
    from tests.ui.shop import demo_goods

    goods = demo_goods()
    return [
        str(int(product.barcodes[0])).zfill(13)
        for product, price in zip(goods.products, goods.prices, strict=True)
        if product.barcodes and not product.age_limit and price.prices[0][2] < 5_000
    ]
