"""Power cuts in number, for a longer run: `python -m tests.power --cuts 20000`.

Prints what each story came to as JSON (`--json`) or as a table, and the line that stands in
PROOF.md. Leaves with 1 where anything acknowledged was lost, or where the same cuts of a ledger
that does not flush lose nothing.
"""
# ruff: noqa: T201 - a command line prints

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import Final

from tests.power.recording import build_recorder, room, why_not
from tests.power.stories import STORIES, Bench, Tally

SHARES: Final = {"sell": 60, "serve": 15, "replace": 10, "create": 3, "vacuum": 5}
"""Percent of the cuts; the older files have the rest."""
STRETCH: Final = {"sell": 1_500, "serve": 600, "replace": 600, "create": 300, "vacuum": 300}
"""So many cuts are made of one recording of three lives, then another day is recorded."""
LIVES: Final = {"sell": 3, "serve": 2}
WEAK_CUTS: Final = 400


def run(cuts: int, seed: int) -> dict[str, Tally]:
    """What each story came to; `weak` is the one that has to lose something."""
    found: dict[str, Tally] = {name: Tally() for name in STORIES}
    rest = [name for name in STORIES if name not in SHARES]
    with room() as made:
        bench = Bench(made, build_recorder(made))
        for name, tally in found.items():
            share = SHARES.get(name, (100 - sum(SHARES.values())) / max(1, len(rest)))
            left, nth = round(cuts * share / 100), 0
            while left > 0:
                number = min(left, STRETCH.get(name, 300))
                tally.add(bench.play(name, seed + 1_000 * nth, number, LIVES.get(name, 1)))
                left, nth = left - number, nth + 1
            print(f"{name}: {tally.cuts} cuts, {tally.lost} lost", file=sys.stderr, flush=True)
        bench.how = "normal"
        found["weak"] = bench.play("sell", seed, WEAK_CUTS)
    return found


def main() -> int:
    """0 where nothing was lost and the harness has teeth; 1 otherwise; 3 where it cannot run."""
    parser = argparse.ArgumentParser(prog="python -m tests.power", description=__doc__)
    parser.add_argument("--cuts", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    chosen = parser.parse_args()
    if why := why_not():
        print(f"No power cuts here: {why}.")
        return 3
    found = run(chosen.cuts, chosen.seed)
    weak = found.pop("weak")
    total = Tally()
    for tally in found.values():
        total.add(tally)
    good = total.lost == total.broken == 0 < weak.lost
    line = (
        f"{total.cuts:,} power cuts in {len(found)} stories ({total.calls:,} recorded calls, "
        f"{total.acknowledged:,} things said to be durable): {total.lost} lost, {total.broken} "
        f"broken, {total.seconds:.0f} s; at synchronous=NORMAL {weak.lost} of {weak.cuts} lose."
    )
    if chosen.json:
        told = {name: asdict(tally) for name, tally in found.items()}
        print(json.dumps({"good": good, "proof": line, "weak": asdict(weak), "stories": told}))
        return int(not good)
    for name, tally in found.items():
        print(f"{name:20} {tally.cuts:7,} cuts {tally.lost:4} lost {tally.broken:4} broken")
        if tally.first:
            print(f"  first: {tally.first}")
    print(line)
    return int(not good)


if __name__ == "__main__":
    raise SystemExit(main())
