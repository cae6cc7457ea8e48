"""Charged, and no room on the disk for its sale: the charge is kept, shown, and becomes its sale."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from tests.ui.card_counter import Counter, Opened, words
from tests.ui.offers import with_offers
from tests.ui.shop import CASHIER
from tests.ui.test_offers import TEE

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(data: Path) -> Iterator[Callable[[int | None], None]]:
    """Room on the disk for so many more pages of the journal's file; None for plenty."""
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]

    def room(pages: int | None) -> None:
        size = (data / "ledger.sqlite-wal").stat().st_size
        limit = most if pages is None else size + pages * 4_120
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))

    yield room
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize(
    ("pages", "phase"), [(0, ""), (6, "checking"), (8, "unsaved"), (10, "unsaved"), (22, "unsaved")]
)
def test_charged_and_the_disk_is_full_the_charge_is_kept_shown_and_becomes_its_sale(
    window_of: Opened,
    data: Path,
    disk: Callable[[int | None], None],
    pages: int,
    phase: str,
    restart: bool,
) -> None:
    counter = Counter(window_of, with_offers(data))
    hand, window = counter.hand, counter.window
    hand.type("3*")
    hand.scan(TEE)
    hand.settle()
    disk(pages)
    hand.key(Qt.Key.Key_F11)
    assert (counter.phase, counter.sales()) == (phase, [])
    assert counter.charged() == ([3_980] if phase else [])
    if phase:
        told = words(counter)
        assert "Nothing is charged twice" in told
        assert "Nothing was sold" not in told
        assert "No answer from the terminal" not in told
    for _try in range(3):
        counter.tick(13)
    assert (counter.phase, counter.sales()) == (phase, [])
    for act in ("back", "park", "sell", "lock") if phase else ():
        window.acts.do(act)
        hand.settle()
    disk(None)
    if restart:
        hand.cut_power()
        counter = Counter(window_of, data, ready=False)
    if counter.window.place == "lock":
        counter.hand.sign_in(CASHIER)
    counter.tick(13)
    if not phase:
        counter.hand.key(Qt.Key.Key_F11)
    (sale,) = counter.sales()
    assert (sale.total, [row.label for row in sale.promo]) == (3_980, ["3 for 2"])
    assert counter.charged() == [3_980]
    assert counter.till.ledger.attempts() == []
    assert counter.window.place == "sell"
    assert not counter.window.cards.view
