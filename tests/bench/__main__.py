"""`python -m tests.bench [names] [--quick] [--data FILE.csv]`: the table of measured speed.

A failed gate is marked and does not change the exit status: a busy machine proves nothing. Rows
without a number are figures without a goal.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import traceback
from pathlib import Path

from tests.bench import goods, hubs
from tests.bench.measure import QUICK, Row, steadiness

BENCHES = {
    "sale_commit": "a sale through the whole path, durable",
    "shift_close": "a shift of 5,000 sales closed",
    "hub_away": "a sale while the hub is down, slow, lying or failing",
    "hub_ingest": "the hub books pushed sales",
    "hub_import": "a product file into the hub",
    "drain": "a backlog of sales, and one sale live, to the hub",
    "herd": "fifty tills come back at once",
    "last_units": "the last units of a product, asked for by many at once",
    "deliveries": "a shop's deliveries answered while tills sync",
    "storefronts": "visitors of a website while tills sync, and an event's way out",
    "copy_lag": "an entry to its second copy",
    "idle": "a hundred tills with nothing to say",
    "scale": "what a sale, an idle till and a change cost the hub",
    "lookup": "barcode to article",
    "typed": "search, key by key",
    "customers": "half a million customers, key by key",
    "window": "scan and key to painted, while sync works",
    "gui_day": "a day in the window while hub and printer die: its longest pauses",
    "launch": "launch to the first scan painted",
    "load": "a whole catalogue onto a till",
    "first_copy": "the same over the wire by a snapshot, while the till sells",
    "change_seen": "a change at the hub until a till shows it",
    "encode": "a sale encoded and hashed",
    "memory": "memory of a till's two processes",
    "fsyncs": "durability of a sale, counted",
}
"""Name of the module -> what it measures, in the order of the table."""
_COLUMNS = ("#", "what", "measured", "floor", "ratio", "gate", "goal", "beside")


def main(arguments: list[str] | None = None) -> int:
    """Runs the chosen benchmarks and prints their rows; 1 where one broke, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help="tiny sizes: only the way is tested")
    parser.add_argument("--data", metavar="FILE", help="CSV of barcode,name (.xz too)")
    parser.add_argument(
        "--database",
        metavar="URL",
        help="the hub's books on a PostgreSQL server; `postgres` starts one for the run",
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="keep the rows as JSON as well")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.names) - BENCHES.keys()
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    if chosen.quick:
        os.environ[QUICK] = "1"
    if chosen.data:
        os.environ[goods.DATA] = chosen.data
    if chosen.database:
        os.environ[hubs.DATABASE] = chosen.database
    sys.stdout.write(f"{_machine()}\n")
    rows, broken = [], 0
    for name in chosen.names or BENCHES:
        sys.stderr.write(f"… {name}: {BENCHES[name]}\n")
        try:
            rows += importlib.import_module(f"tests.bench.{name}").run()
        except Exception:  # noqa: BLE001 - one that broke must not hide the others' figures
            traceback.print_exc()
            broken += 1
    sys.stdout.write(f"{table(sorted(rows, key=lambda row: row.number or 99))}\n")
    if chosen.json:
        kept = [{**{n: getattr(r, n) for n in Row.__slots__}, "ratio": r.ratio} for r in rows]
        chosen.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return 1 if broken else 0


def _machine() -> str:
    load = ", ".join(f"{each:.2f}" for each in os.getloadavg())
    usual, worst = steadiness()
    return (
        f"{os.cpu_count()} cores, load {load}, {usual:.2f} ms of computing take {worst:.2f} ms at"
        f" p99; Python {platform.python_version()},"
        f" {platform.system()} {platform.release()}; catalogue: {goods.source()}"
    )


def table(rows: list[Row]) -> str:
    """The rows as text; `ok` or `FAILS` at each gate, `reached` or `not yet` at each goal."""
    lines = [_COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS) - 1)]
    return "\n".join(
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]
        )
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        str(row.number or ""),
        row.what,
        _amount(row.measured, row.unit),
        _amount(row.floor, row.unit) if row.floor else "",
        f"{row.ratio:.2f}x" if row.ratio else "",
        _bound(row, row.gate, "ok", "FAILS"),
        _bound(row, row.goal, "reached", "not yet"),
        row.beside,
    )


def _amount(value: float, unit: str) -> str:
    shown = f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:.3g}"
    return f"{shown} {unit}"


def _bound(row: Row, bound: float | None, kept: str, missed: str) -> str:
    holds = row.holds(bound)
    if bound is None or holds is None:
        return ""
    sign = ">=" if row.high else "<="
    unit = "x" if row.on == "ratio" else f" {row.unit}"
    return f"{sign} {bound:g}{unit} {kept if holds else missed}"


if __name__ == "__main__":
    sys.exit(main())
