"""A web shop sells what two stores pick, keep and hand over, whatever breaks meanwhile."""

from __future__ import annotations

import pytest

from tests.simulation.seeds import HANDFUL, each_passes, handfuls

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PLAYED = [*handfuls("orders", 20)]


@pytest.mark.parametrize(("profile", "first"), PLAYED)
def test_every_promise_holds(profile: str, first: int) -> None:
    each_passes(profile, range(first, first + HANDFUL))
