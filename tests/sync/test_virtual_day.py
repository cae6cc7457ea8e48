"""One whole virtual day, till and hub in one thread, played twice.

One till: its sync asks every five seconds, which is what a day costs here. What tills do to each
other within an hour, and the books at the end of it, `test_simulation` plays.
"""

from __future__ import annotations

import pytest

from sync.simulation.faults import Faults
from tests.sync.worlds import day

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]


def test_a_day_played_twice_is_the_same_day() -> None:
    faults = Faults(request_lost=5, reply_lost=5, doubled=5, slow=10, sync_crash=2, outages=1)
    first, again = (day(7, faults, actions=80, hours=24, tills=1) for _ in range(2))
    assert first == again


def test_an_hour_of_two_tills_is_the_same_again_and_another_with_another_seed() -> None:
    faults = Faults(request_lost=5, reply_lost=5, doubled=5, slow=10, sync_crash=2, outages=1)
    first, again, other = (day(seed, faults, actions=40, hours=1) for seed in (7, 7, 8))
    assert first == again != other
