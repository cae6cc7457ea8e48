"""What every measurement shares: its row in the table, percentiles, sizes, a place for files.

A benchmark is a module here with `run() -> list[Row]`, named in `__main__.BENCHES`. It takes its
floor in the same run, the variants in turns, and asks `quick()` for a size that a test can bear.
Only ratios within one run mean anything.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter

QUICK = "HOLDFAST_BENCH_QUICK"
KEY = bytes(range(32))
"""The database key of every file made here."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `number` is the goal's number; 0 for a figure without a goal."""

    number: int
    what: str
    measured: float
    unit: str
    floor: float | None = None
    """The same in the same unit at its barest, measured in this run."""
    beside: str = ""
    """What the floor is."""
    gate: float | None = None
    goal: float | None = None
    on: str = "ratio"
    """What gate and goal speak of: `ratio` (measured to floor) or `measured`."""
    high: bool = False
    """True where more is better (a rate): gate and goal are then lower bounds."""

    @property
    def ratio(self) -> float | None:
        """Measured over floor."""
        return self.measured / self.floor if self.floor else None

    def holds(self, bound: float | None) -> bool | None:
        """Whether a gate or goal is kept; None where there is none."""
        value = self.ratio if self.on == "ratio" else self.measured
        if bound is None or value is None:
            return None
        return value >= bound if self.high else value <= bound


def quick() -> bool:
    """True where only the way is to be tested, at a size of seconds."""
    return os.environ.get(QUICK, "") == "1"


def sized(full: int, small: int) -> int:
    """A number of rounds or rows: `full`, or `small` in a quick run."""
    return small if quick() else full


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` percent of them do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part / 100))]


def steadiness() -> tuple[float, float]:
    """(median, p99) in milliseconds of one computing done again and again.

    What this machine gives to others in between: any p99 of milliseconds is read beside it.
    """
    times = [timed_ms(lambda: sum(range(30_000))) for _ in range(sized(1_000, 50))]
    return percentile(times, 50), percentile(times, 99)


def timed_ms(job: Callable[[], object]) -> float:
    """How long one call takes, milliseconds."""
    began = perf_counter()
    job()
    return (perf_counter() - began) * 1e3


@cache
def workplace() -> Path:
    """A directory for this run's files, on the disk of the build directory, gone at its end."""
    root = Path(os.environ.get("HOLDFAST_BENCH_DIR", "build/bench"))
    root.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="run-", dir=root))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made.resolve()


def own_peak_mb() -> float:
    """The most memory this process ever held, in MB of 2**20; 0 where the system does not say."""
    return _status_mb("self", "VmHWM")


def memory_mb(pid: str) -> float:
    """What a process holds now; `pid` may be "self"."""
    return _status_mb(pid, "VmRSS")


def _status_mb(process: str, field: str) -> float:
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    found = [line.split()[1] for line in lines if line.startswith(f"{field}:")]
    return int(found[0]) / 1024 if found else 0.0
