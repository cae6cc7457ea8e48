"""One whole virtual day, tills and hub in one thread, played twice."""

from __future__ import annotations

import pytest

from sync.simulation.faults import Faults
from tests.sync.worlds import day

pytestmark = pytest.mark.slow


def test_a_day_played_twice_is_the_same_day() -> None:
    faults = Faults(request_lost=5, reply_lost=5, doubled=5, slow=10, sync_crash=2, outages=1)
    assert day(7, faults, actions=40, hours=24) == day(7, faults, actions=40, hours=24)


def test_another_seed_is_another_day() -> None:
    faults = Faults(request_lost=5, reply_lost=5, doubled=5, slow=10, sync_crash=2, outages=1)
    assert day(7, faults, actions=40, hours=1) != day(8, faults, actions=40, hours=1)
