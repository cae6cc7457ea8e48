"""After an outage: tills that sold offline reconnect in the same moment, to one hub process.

The tills are the real engine with its real connections, driven by two processes; the hub is
`holdfast hub serve`. Measured is from the moment the hub can be reached to the last till's proof
that everything is there, and the most memory the hub ever held.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measure import Row, percentile, sized, workplace
from tests.bench.tills import Crowd, hub_of, make_till, sell

DRAINED_S = 10.0
HUB_MB = 512.0


@dataclass(frozen=True)
class Drained:
    """What a herd did."""

    seconds: float
    each: list[float]
    hub_mb: float
    sales: int
    total: int
    sold: int
    """What the tills took, minor units."""
    exceptions: int
    troubles: list[str]


def run() -> list[Row]:
    """The goal's herd: 50 tills with 200 sales each."""
    tills, sales = sized(50, 4), sized(200, 10)
    found = herd(workplace() / "herd", tills, sales, processes=2)
    if found.troubles or found.sales != tills * sales:
        raise RuntimeError(f"not all arrived: {found}")
    of = f"{tills} tills x {sales} sales"
    return [
        Row(
            11,
            f"{of} reconnect at once: all at the hub",
            found.seconds,
            "s",
            gate=DRAINED_S,
            goal=DRAINED_S,
            on="measured",
        ),
        Row(11, f"{of}: half of the tills are through", percentile(found.each, 50), "s"),
        Row(
            11,
            f"{of}: memory of the hub, at its most",
            found.hub_mb,
            "MB",
            gate=HUB_MB,
            goal=HUB_MB,
            on="measured",
        ),
    ]


def herd(folder: Path, tills: int, sales: int, processes: int) -> Drained:
    """So many tills with so many sales each, at once."""
    with hub_of(folder) as hub:
        made = [make_till(folder, hub, number) for number in range(1, tills + 1)]
        with Crowd(made, processes, whole=True) as first:  # the catalogue, as a till in use has it
            first.go()
            first.until_reached()
        sold = sum(sell(data, sales, seed) for seed, data in enumerate(made))
        with Crowd(made, processes) as back:
            back.go()
            reached = back.until_reached()
        report = _report(hub.database.url)
        return Drained(
            seconds=max(at for at, _ in reached),
            each=[at for at, _ in reached],
            hub_mb=hub.peak_mb(),
            sales=report["sales"],
            total=report["total"],
            sold=sold,
            exceptions=len(report["exceptions"]),
            troubles=sorted({code for _, code in reached if code}),
        )


def _report(database_url: str) -> dict[str, object]:
    command = [sys.executable, "-m", "pos_app", "hub", "report", "--json"]
    done = subprocess.run(
        [*command, "--database", database_url], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)
