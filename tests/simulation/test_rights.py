"""Two stores want what is scarce: values, the last pieces, the hub's word for returns."""

from __future__ import annotations

import pytest

from tests.simulation.seeds import HANDFUL, each_passes, handfuls

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PLAYED = [*handfuls("rights", 50)]


@pytest.mark.parametrize(("profile", "first"), PLAYED)
def test_every_promise_holds(profile: str, first: int) -> None:
    each_passes(profile, range(first, first + HANDFUL))
