"""Old copies of disks come to life; programs of several versions talk."""

from __future__ import annotations

import pytest

from tests.simulation.seeds import HANDFUL, each_passes, handfuls

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

TILLS = [*handfuls("restore", 20), *handfuls("clone", 20)]
OTHERS = [*handfuls("hub-restore", 20), *handfuls("mixed", 30)]


class TestTills:
    """Tills' disks."""

    @pytest.mark.parametrize(("profile", "first"), TILLS)
    def test_every_promise_holds(self, profile: str, first: int) -> None:
        each_passes(profile, range(first, first + HANDFUL))


class TestHubAndVersions:
    """The hub's disk, and other versions."""

    @pytest.mark.parametrize(("profile", "first"), OTHERS)
    def test_every_promise_holds(self, profile: str, first: int) -> None:
        each_passes(profile, range(first, first + HANDFUL))
