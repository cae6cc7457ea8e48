"""Playing seeds: one, many on several cores, and what is kept of one that failed."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from sync.simulation.faults import Broken
from sync.simulation.plan import Plan, plan_of, seed_of_dice, stores_of
from sync.simulation.plants import planted
from sync.simulation.templates import TILLS_MOST, rooms, template
from sync.simulation.world import World

REPLAYED: Final = 50
"""One seed in so many is played twice, and both must be the same to the last byte."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a seed is played with, beside its number."""

    profile: str = "swarm"
    plant: str = ""
    keep: Path | None = None
    """Where the files of failing seeds go; None keeps nothing."""


@dataclass(slots=True)
class Outcome:
    """How a seed ended; it passed where `broken` is empty."""

    seed: int
    profile: str
    digest: str = ""
    broken: str = ""
    plan: str = ""
    steps: int = 0
    facts: int = 0
    writes: int = 0
    writes_by: dict[str, int] = field(default_factory=dict)
    """Of the first till's window and sync, and of the hub."""
    seconds: float = 0
    """Of one core."""
    replayed: bool = False
    kept: str = ""
    trace: list[str] = field(default_factory=list)


def command_of(seed: int, options: Options) -> str:
    """The line that plays this seed again."""
    words = ["python -m pos_app simulate", f"--seeds {seed}:{seed + 1}"]
    words.append(f"--profile {options.profile}")
    if options.plant:
        words.append(f"--plant {options.plant}")
    return " ".join(words)


@contextmanager
def room() -> Iterator[Path]:
    """Where the files of one run are."""
    with tempfile.TemporaryDirectory(dir=rooms(), prefix="holdfast-") as made:
        yield Path(made)


@contextmanager
def silence() -> Iterator[None]:
    """What hub and engine log is expected here: the trace says more."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def play(seed: int, options: Options, plan: Plan | None = None) -> Outcome:
    """One seed, once; whatever goes wrong in it is in the outcome."""
    plan = plan or plan_of(options.profile, seed)
    outcome = Outcome(seed, options.profile, plan=plan.told())
    template(TILLS_MOST, stores_of(plan))  # by the program as it is, whatever is planted
    began = time.process_time()
    with ExitStack() as stack:
        stack.enter_context(silence())
        files = stack.enter_context(room())
        stack.enter_context(planted(options.plant))
        world = World(seed_of_dice(options.profile, seed), files, plan)
        try:
            with world.running():
                try:
                    world.day()
                    outcome.digest = world.digest()
                except Exception as cause:  # noqa: BLE001 - whatever it is, the seed has failed
                    outcome.broken = _told(cause)
                    outcome.trace = [*world.tail]
                    if not isinstance(cause, Broken):
                        outcome.trace += traceback.format_exception(cause)
                    if options.keep is not None:
                        outcome.kept = str(_keep(world, outcome, options))
        except Exception as cause:  # noqa: BLE001 - it broke before it began
            outcome.broken = outcome.broken or _told(cause)
        outcome.steps, outcome.facts = world.steps, len(world.promises.printed)
        outcome.writes_by = world.writes_by()
        outcome.writes = world.writes()
    outcome.seconds = time.process_time() - began
    return outcome


def _told(cause: Exception) -> str:
    if isinstance(cause, Broken):
        return str(cause)
    where = traceback.extract_tb(cause.__traceback__)[-1]
    return f"{type(cause).__name__}: {cause} ({Path(where.filename).name}:{where.lineno})"


def play_checked(seed: int, options: Options, *, twice: bool | None = None) -> Outcome:
    """A seed; one in fifty is played again and must be the same run."""
    outcome = play(seed, options)
    again = seed % REPLAYED == 0 if twice is None else twice
    if again and not outcome.broken:
        other = play(seed, options)
        outcome.replayed = True
        if other.broken or other.digest != outcome.digest:
            outcome.broken = f"not the same again: {other.broken or other.digest}"
    return outcome


def _keep(world: World, outcome: Outcome, options: Options) -> Path:
    """The files of a run that failed, with what is needed to look at it again."""
    kept = (
        Path(options.keep or ".")
        / f"{options.profile}-{outcome.seed}{options.plant and '-'}{options.plant}"
    )
    shutil.rmtree(kept, ignore_errors=True)
    world.close()
    shutil.copytree(world.room, kept / "files", ignore=shutil.ignore_patterns("*-shm"))
    report = {
        "seed": outcome.seed,
        "command": command_of(outcome.seed, options),
        "broken": outcome.broken,
        "plan": outcome.plan,
        "keys": {till.name: till.keys.db_key.hex() for till in world.tills},
    }
    (kept / "run.json").write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    (kept / "trace.txt").write_text("\n".join(outcome.trace) + "\n", encoding="utf-8")
    return kept


def play_many(seeds: Iterable[int], options: Options, jobs: int = 1) -> Iterator[Outcome]:
    """Seeds in any order, on so many cores."""
    if jobs <= 1:
        for seed in seeds:
            yield play_checked(seed, options)
        return
    import multiprocessing
    from functools import partial

    context = multiprocessing.get_context("spawn")
    with context.Pool(jobs) as pool:
        yield from pool.imap_unordered(partial(play_checked, options=options), seeds)
