"""Seeds as tests play them: in handfuls, so that one that fails names its own command line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sync.simulation.runs import Options, Outcome, command_of, play, play_checked

HANDFUL = 10
KEPT = Path("build/simulation")


def handfuls(profile: str, count: int) -> list[tuple[str, int]]:
    """(profile, first seed) of each handful."""
    return [(profile, first) for first in range(0, count, HANDFUL)]


def each_passes(profile: str, seeds: Iterable[int]) -> None:
    """Every seed ends as it must; what fails is kept under build/ and can be played again."""
    options = Options(profile, keep=KEPT)
    broken = [one for one in (play_checked(seed, options) for seed in seeds) if one.broken]
    told = [f"{one.broken}\n  {command_of(one.seed, options)}\n  {one.plan}" for one in broken]
    assert not broken, "\n".join(told)


def first_broken(plant: str, profile: str, seeds: int) -> Outcome | None:
    """The first of so many seeds in which a planted bug shows itself."""
    for seed in range(seeds):
        outcome = play(seed, Options(profile, plant))
        if outcome.broken:
            return outcome
    return None
