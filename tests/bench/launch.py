"""Row 11: from the launch of the program to the first scanned line painted.

Checking a PIN costs what it costs on purpose and is told apart. "Cold" means that Python's, Qt's
and the till's files are no longer in the system's memory, as after switching on.
"""

from __future__ import annotations

import compileall
import json
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from statistics import median

from sync.simulation.shop import PIN
from tests.bench import goods
from tests.bench.big_shop import big_shop
from tests.bench.measure import Row, sized


def run() -> list[Row]:
    """Medians of several starts, warm and cold."""
    shop = big_shop()
    _compile()
    code = next(code for code, _ in goods.products()[100:] if code.isdigit() and len(code) == 13)
    _once(shop.data, code)
    bare = [_bare() for _ in range(sized(7, 1))]
    warm = [_once(shop.data, code) for _ in range(sized(7, 1))]
    cold = []
    for _ in range(sized(3, 1)):
        _forget(shop.data)
        cold.append(_once(shop.data, code))
    gate = {"gate": 800.0, "on": "measured"}
    floor, beside = median(bare), "an empty window of the same toolkit"
    what = "launch -> first scan painted"
    return [
        Row(11, f"{what}, warm", _ms(warm, "scan"), "ms", floor, beside, goal=300.0, **gate),
        Row(11, f"{what}, cold files", _ms(cold, "scan"), "ms", goal=600.0, **gate),
        Row(0, "launch -> lock painted, warm", _ms(warm, "lock"), "ms", floor, beside),
        Row(0, "of which left out: checking the PIN", _ms(warm, "pin"), "ms"),
    ]


def _compile() -> None:
    """The set-up compiles the program; a working tree may have been changed since."""
    root = Path(__file__).parents[2]
    for room in ("pos_app", "sync", "hardware", "resources"):
        compileall.compile_dir(root / room, quiet=2)


def _ms(starts: list[dict[str, float]], part: str) -> float:
    return median(start[part] for start in starts) * 1e3


def _once(data: Path, code: str) -> dict[str, float]:
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.at_launch", str(data), code],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "BENCH_PIN": PIN},
    )
    told = json.loads(ran.stdout.splitlines()[-1])
    if not told["lines"]:
        raise RuntimeError("the scanned line is not in the basket")
    return {
        "lock": told["shown"] - began,
        "pin": told["checked"],
        "scan": told["painted"] - began - told["checked"],
    }


_EMPTY = (
    "import sys, time; from PySide6 import QtWidgets as W; a = W.QApplication(['x']);"
    "w = W.QWidget(); w.resize(1024, 768); w.show(); a.processEvents();"
    "print(time.monotonic()); sys.stdout.flush(); import os; os._exit(0)"
)


def _bare() -> float:
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", _EMPTY],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    return (float(ran.stdout.split()[-1]) - began) * 1e3


def _forget(data: Path) -> None:
    """Asks the system to drop the files of the program and the till from its memory."""
    if not hasattr(os, "posix_fadvise"):
        return
    paths = sysconfig.get_paths()
    files = [Path(sys.executable).resolve(), *data.glob("*.sqlite")]
    for root in {paths["stdlib"], paths["purelib"]}:
        files += [file for file in Path(root).rglob("*") if file.suffix in (".pyc", ".so", ".py")]
        files += Path(root).rglob("*.so.*")
    for file in files:
        try:
            handle = os.open(file, os.O_RDONLY)
        except OSError:
            continue
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)
