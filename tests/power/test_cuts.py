"""The power goes, anywhere: what was said to be durable is there, and nothing is half."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.power.recording import build_recorder, room, why_not
from tests.power.stories import STORIES, Bench, Tally

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]

CUTS = {"sell": 1_500, "orders": 400, "replace": 300, "serve": 300, "create": 250, "vacuum": 170}
"""The others are short: each of their calls is cut at about once."""
LIVES = {"sell": 3, "serve": 2}
OTHERS = 120


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with room() as made:
        yield Bench(made, build_recorder(made))


@pytest.fixture
def weak(bench: Bench) -> Iterator[Bench]:
    yield bench
    bench.how = "full"


@pytest.mark.parametrize("name", STORIES)
def test_whenever_the_power_goes_nothing_acknowledged_is_lost(
    bench: Bench, name: str, record_property: Callable[[str, object], None]
) -> None:
    found = bench.play(name, 20261125, CUTS.get(name, OTHERS), LIVES.get(name, 1))
    record_property("cuts", found.cuts)
    assert (found.lost, found.broken) == (0, 0), found.first
    assert found.acknowledged


def test_there_are_two_thousand_of_them() -> None:
    assert sum(CUTS.get(name, OTHERS) for name in STORIES) >= 2_000


@pytest.mark.parametrize("name", ["sell", "serve"])
def test_without_a_flush_at_each_commit_sales_are_lost(weak: Bench, name: str) -> None:
    """The same cuts of a ledger at synchronous=NORMAL: were nothing lost, they would prove nothing."""
    weak.how = "normal"
    found: Tally = weak.play(name, 3, 150)
    assert found.lost > 5
    assert found.broken == 0, found.first


def test_without_a_flush_of_the_directory_files_are_lost(weak: Bench) -> None:
    weak.how = "names"
    assert weak.play("create", 3, 250).lost > 0
