"""One day, again and again; each time one process ends before another one of its writes.

Every tenth write of the day here, another tenth with each decade of seeds; `holdfast simulate
--profile every-write --seeds 0:1460` takes them all.
"""

from __future__ import annotations

import pytest

from sync.simulation.plan import SWEEP, SWEPT, plan_of
from sync.simulation.runs import Options, play
from tests.simulation.seeds import each_passes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

EVERY = 17
"""A prime: no kind of statement comes back in that rhythm."""
SEEDS = range(3, SWEEP, EVERY)
GROUP = 10


@pytest.mark.parametrize("first", range(0, len(SEEDS), GROUP))
def test_a_process_may_end_at_this_write(first: int) -> None:
    each_passes("every-write", SEEDS[first : first + GROUP])


@pytest.mark.parametrize("process", SWEPT)
def test_the_sweep_reaches_to_the_end_of_the_day(process: str) -> None:
    """A sweep that stops long before the process does would look at half of the day."""
    outcome = play(0, Options("every-write"), plan_of("every-write", SWEEP * 10))
    assert outcome.writes_by[process] >= SWEPT[process] * 9 // 10
