"""Processes end at any write; much comes down while they do."""

from __future__ import annotations

import pytest

from tests.simulation.seeds import HANDFUL, each_passes, handfuls

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CRASHES = handfuls("crash", 60)
OTHERS = [*handfuls("feed", 30), *handfuls("disk", 20)]


class TestCrashes:
    """Processes end."""

    @pytest.mark.parametrize(("profile", "first"), CRASHES)
    def test_every_promise_holds(self, profile: str, first: int) -> None:
        each_passes(profile, range(first, first + HANDFUL))


class TestFeedAndDisk:
    """Pages come, commits fail."""

    @pytest.mark.parametrize(("profile", "first"), OTHERS)
    def test_every_promise_holds(self, profile: str, first: int) -> None:
        each_passes(profile, range(first, first + HANDFUL))
