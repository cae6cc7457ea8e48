"""Each planted bug of values is found in the one seed that the table names.

That the same seed passes without the bug is what `test_values` plays.
"""

from __future__ import annotations

import pytest

from sync.simulation.plants import PLANTS
from sync.simulation.plants_values import FOUND, ROWS
from sync.simulation.runs import Options, play
from tests.simulation.test_values import SEEDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_each_has_its_seed_and_that_one_is_played_without_it() -> None:
    assert FOUND.keys() == {row[0] for row in ROWS}
    assert set(FOUND.values()) <= set(SEEDS)
    assert all(seed < PLANTS[name].seeds for name, seed in FOUND.items())


@pytest.mark.parametrize("name", FOUND)
def test_is_found(name: str) -> None:
    outcome = play(FOUND[name], Options("values", name))
    assert outcome.broken.startswith("I"), f"{name} lives: {outcome.broken or 'nothing is broken'}"
