"""Points, cards, credit, returns and exchanges in three stores, whatever breaks meanwhile."""

from __future__ import annotations

import pytest

from tests.simulation.seeds import HANDFUL, each_passes, handfuls

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PLAYED = [*handfuls("values", 20)]


@pytest.mark.parametrize(("profile", "first"), PLAYED)
def test_every_promise_holds(profile: str, first: int) -> None:
    each_passes(profile, range(first, first + HANDFUL))
