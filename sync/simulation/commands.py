"""`holdfast simulate`: trading days of the real till and the real hub, in which everything goes wrong.

    holdfast simulate --seeds 0:500
    holdfast simulate --seeds 17:18 --profile crash --keep build/simulation
    holdfast simulate --seeds 0:40 --plant ack_before_commit

Exit status 0: every seed ended as it must. 1: one did not; its command line is printed. With a
planted bug it is the other way round for whoever reads it: a run that ends with 1 has found it.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from pos_app.domain.errors import Refused
from sync.simulation.plan import PROFILES
from sync.simulation.plants import PLANTS
from sync.simulation.runs import Options, Outcome, command_of, play_many

EVERY = "all"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command `simulate`."""
    parser = subparsers.add_parser(
        "simulate", help="trading days in which everything goes wrong, from seeds"
    )
    parser.set_defaults(func=_simulate)
    parser.add_argument("--seeds", metavar="A:B", default="0:20", help="from A up to B (0:20)")
    parser.add_argument(
        "--profile",
        default="swarm",
        metavar="NAME",
        help="the kind of trouble; `list` names them, `all` takes each in turn (swarm)",
    )
    parser.add_argument(
        "--plant", default="", metavar="BUG", help="put a bug into the program; `list` names them"
    )
    parser.add_argument("--json", action="store_true", help="a JSON object a seed, then a sum")
    parser.add_argument(
        "--brief", action="store_true", help="only the seeds that failed, and the sum"
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="cores to use (1)")
    parser.add_argument(
        "--keep",
        type=Path,
        default=Path("build/simulation"),
        metavar="DIR",
        help="where the files of a failing seed are kept (build/simulation)",
    )


def _simulate(chosen: argparse.Namespace) -> int:
    if chosen.plant == "list" or chosen.profile == "list":
        _list(plants=chosen.plant == "list", as_json=chosen.json)
        return 0
    if chosen.plant and chosen.plant not in PLANTS:
        raise Refused("simulation_unknown", name=chosen.plant)
    if chosen.profile not in (*PROFILES, EVERY):
        raise Refused("simulation_unknown", name=chosen.profile)
    first, last = _seeds(chosen.seeds)
    profiles = [*PROFILES] if chosen.profile == EVERY else [chosen.profile]
    began = time.perf_counter()
    failed: list[Outcome] = []
    totals = {"seeds": 0, "steps": 0, "facts": 0, "writes": 0, "replayed": 0}
    for profile in profiles:
        options = Options(profile, chosen.plant, chosen.keep)
        for outcome in play_many(range(first, last), options, chosen.jobs):
            totals["seeds"] += 1
            totals["replayed"] += outcome.replayed
            for name in ("steps", "facts", "writes"):
                totals[name] += getattr(outcome, name)
            if outcome.broken:
                failed.append(outcome)
            if outcome.broken or not chosen.brief:
                _tell(outcome, options, as_json=chosen.json)
    seconds = time.perf_counter() - began
    _sum_up(totals, failed, seconds, as_json=chosen.json)
    return 1 if failed else 0


def _seeds(text: str) -> tuple[int, int]:
    first, colon, last = text.partition(":")
    if not (first.isdigit() and (last.isdigit() if colon else True)):
        raise Refused("simulation_seeds", seeds=text)
    begin = int(first)
    end = int(last) if colon else begin + 1
    if end <= begin:
        raise Refused("simulation_seeds", seeds=text)
    return begin, end


def _list(*, plants: bool, as_json: bool) -> None:
    rows = (
        [(plant.name, plant.told, plant.profile) for plant in PLANTS.values()]
        if plants
        else [(profile.name, profile.told, "") for profile in PROFILES.values()]
    )
    if as_json:
        print(json.dumps([_row(*row) for row in rows]))
        return
    width = max(len(name) for name, *_ in rows)
    for name, told, _ in rows:
        print(f"{name:<{width}}  {told}")


def _row(name: str, told: str, profile: str) -> dict[str, str]:
    row = {"name": name, "told": told}
    return {**row, "profile": profile} if profile else row


def _tell(outcome: Outcome, options: Options, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(told_of(outcome, options)), flush=True)
    elif outcome.broken:
        print(f"seed {outcome.seed} of {outcome.profile}: {outcome.broken}")
        print(f"  plan:    {outcome.plan}")
        print(f"  again:   {command_of(outcome.seed, options)}")
        if outcome.kept:
            print(f"  files:   {outcome.kept}", flush=True)


def told_of(outcome: Outcome, options: Options) -> dict[str, Any]:
    """A seed's outcome as `--json` prints it."""
    told: dict[str, Any] = {
        "seed": outcome.seed,
        "profile": outcome.profile,
        "plant": options.plant,
        "passed": not outcome.broken,
        "digest": outcome.digest,
        "plan": outcome.plan,
        "steps": outcome.steps,
        "facts": outcome.facts,
        "writes": outcome.writes,
        "seconds": round(outcome.seconds, 3),
        "replayed": outcome.replayed,
    }
    if outcome.broken:
        told |= {"broken": outcome.broken, "kept": outcome.kept}
        told["again"] = command_of(outcome.seed, options)
    return told


def _sum_up(
    totals: dict[str, int], failed: list[Outcome], seconds: float, *, as_json: bool
) -> None:
    if as_json:
        print(json.dumps({**totals, "failed": len(failed), "seconds": round(seconds, 3)}))
        return
    speed = totals["seeds"] / seconds if seconds else 0
    print(
        f"{totals['seeds']} seeds, {len(failed)} failed, {totals['facts']} facts, "
        f"{totals['writes']} writes, {totals['replayed']} played twice, {speed:.1f} seeds/s"
    )
