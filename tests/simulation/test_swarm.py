"""Any mix of faults: whatever goes wrong, every promise holds."""

from __future__ import annotations

import pytest

from tests.simulation.seeds import HANDFUL, each_passes, handfuls

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PLAYED = [
    *handfuls("swarm", 160),
]


@pytest.mark.parametrize(("profile", "first"), PLAYED)
def test_every_promise_holds(profile: str, first: int) -> None:
    each_passes(profile, range(first, first + HANDFUL))
