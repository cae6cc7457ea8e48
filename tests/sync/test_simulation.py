"""Virtual trading days: the books agree to the cent, whatever the wire and the processes do."""

from __future__ import annotations

from random import Random

import pytest

from sync.simulation.faults import Faults
from tests.sync.worlds import day

pytestmark = pytest.mark.slow

SEEDS = range(100, 120)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_goes_wrong_the_books_agree(seed: int) -> None:
    day(seed, Faults.drawn(Random(seed)), actions=20, hours=1)
