"""Any mix of faults: whatever goes wrong, every promise holds."""

from __future__ import annotations

import pytest

from tests.simulation.seeds import HANDFUL, each_passes, handfuls

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SOME = handfuls("swarm", 50)
MORE = handfuls("swarm", 110)[len(SOME) :]


class TestSome:
    """Half of them: a group of tests is a class, and two cores share the groups."""

    @pytest.mark.parametrize(("profile", "first"), SOME)
    def test_every_promise_holds(self, profile: str, first: int) -> None:
        each_passes(profile, range(first, first + HANDFUL))


class TestMore:
    """The other half."""

    @pytest.mark.parametrize(("profile", "first"), MORE)
    def test_every_promise_holds(self, profile: str, first: int) -> None:
        each_passes(profile, range(first, first + HANDFUL))
