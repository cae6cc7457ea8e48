"""Old copies of disks come to life; programs of several versions talk."""

from __future__ import annotations

import pytest

from tests.simulation.seeds import HANDFUL, each_passes, handfuls

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PLAYED = [
    *handfuls("restore", 20),
    *handfuls("clone", 20),
    *handfuls("hub-restore", 20),
    *handfuls("mixed", 30),
]


@pytest.mark.parametrize(("profile", "first"), PLAYED)
def test_every_promise_holds(profile: str, first: int) -> None:
    each_passes(profile, range(first, first + HANDFUL))
