"""A hundred tills that have nothing to say: what their long polls cost the hub."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tests.bench.measure import Row, sized, workplace
from tests.bench.tills import Crowd, hub_of, make_till

PERCENT = 2.0
PAUSE = threading.Event()


@dataclass(frozen=True)
class Idle:
    """What an idle hub costs."""

    percent: float
    """Of one core."""
    hub_mb: float
    troubles: list[str]


def run() -> list[Row]:
    """The goal's hundred tills, for a minute."""
    tills = sized(100, 3)
    found = idle(workplace() / "idle", tills, seconds=sized(60, 2))
    if found.troubles:
        raise RuntimeError(f"not all were connected: {found}")
    return [
        Row(
            11,
            f"{tills} connected tills, idle: of one core at the hub",
            found.percent,
            "%",
            gate=PERCENT,
            goal=PERCENT,
            on="measured",
        ),
        Row(11, f"{tills} connected tills: memory of the hub", found.hub_mb, "MB"),
    ]


def idle(folder: Path, tills: int, seconds: float) -> Idle:
    """So many tills, connected and caught up, for so long."""
    with hub_of(folder) as hub:
        made = [make_till(folder, hub, number) for number in range(1, tills + 1)]
        with Crowd(made, 2, live=True) as crowd:
            crowd.go()
            reached = crowd.until_reached()
            PAUSE.wait(min(20.0, seconds))  # what comes after a herd: policies, first pages
            began, before = perf_counter(), hub.cpu_s()
            PAUSE.wait(seconds)
            spent, took = hub.cpu_s() - before, perf_counter() - began
        return Idle(
            percent=100 * spent / took,
            hub_mb=hub.peak_mb(),
            troubles=sorted({code for _, code in reached if code}),
        )
