"""The window's process is killed in the middle of a sale; what the next one finds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def child(data: Path, mode: str, *codes: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.ui.window_child", str(data), mode, *codes],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    line = process.stdout.readline() if process.stdout else ""
    assert line, process.communicate()[1]
    return json.loads(line)


def killed(data: Path, mode: str, *codes: str) -> dict[str, Any]:
    """What the window showed just before its process was gone."""
    process = child(data, mode, *codes)
    try:
        return told(process)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()


def found(data: Path) -> dict[str, Any]:
    """What the next window shows after somebody signed in."""
    process = child(data, "look")
    seen = told(process)
    assert process.communicate(timeout=60) == ("", "")
    return seen


def test_the_basket_is_back_and_nothing_was_charged(data, codes):
    before = killed(data, "sell", codes[0], codes[40], codes[40])
    after = found(data)
    assert after["place"] == "sell"
    assert after["lines"] == before["lines"]
    assert after["total"] == before["total"]
    time = before["opened"].split(" ")[-1]
    assert after["card"] == [
        f"The basket of {time} ({before['total']}) was kept.",
        "Nothing was charged.",
    ]
    assert after["shown"]
    assert after["sales"] == 0


def test_what_was_tendered_is_back_too(data, codes):
    before = killed(data, "tender", codes[0], codes[40])
    assert before["payments"] == [["cash", 500]]
    after = found(data)
    assert after["place"] == "pay"
    for kept in ("lines", "total", "payments", "due"):
        assert after[kept] == before[kept]
    assert after["card"][1] == "\u20ac5.00 were already taken. Go on paying."
    assert after["shown"]
    assert after["sales"] == 0
