"""The same day with other clocks ends in the same books, but for the times in them."""

from __future__ import annotations

import pytest

from sync.simulation.differential import i27_clocks_decide_nothing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("seed", range(12))
def test_clocks_decide_nothing(seed: int) -> None:
    i27_clocks_decide_nothing(seed)
