"""Card payments on a terminal of the till's own, which is a process beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from pos_app.demo.doing import KEY, Doing
from pos_app.domain.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT: tuple[dict[str, Any], ...] = (
    {"do": "slow", "ms": 1_500},
    {"do": "silent", "asks": 1},
)
"""What its first two payments do: one takes its time, one is charged and never answered."""
SILENT_S = 5
LISTENS = "listening on "


class Terminal:
    """`holdfast terminal-simulator` with that script; its log is what was really charged."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "terminal.jsonl"
        script = folder / "terminal.json"
        script.write_text(json.dumps(SCRIPT), encoding="utf-8")
        words = ["terminal-simulator", "--script", str(script), "--log", str(self.log)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pos_app", *words], stdout=subprocess.PIPE, text=True
        )
        said = self._process.stdout.readline() if self._process.stdout else ""
        if not said.startswith(LISTENS):
            raise Unavailable("demo_step_failed", step="terminal-simulator", told=said.strip())
        self.address = said.removeprefix(LISTENS).strip()

    def charged(self) -> int:
        """What it took and did not give back, by its own log, minor units."""
        return charged(self.log)

    def close(self) -> None:
        """It is switched off."""
        self._process.terminate()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def charged(log: Path) -> int:
    """Charges without what was given back, minor units, of a terminal's log."""
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    kinds = {row["reference"]: row["kind"] for row in rows if row["what"] == "begun"}
    total = 0
    for row in rows:
        answer = row.get("answer")
        if answer and answer["result"] == "approved":
            sign = 1 if kinds[row["reference"]] == "pay" else -1
            total += sign * answer["amount"]
    return total


def approved(doing: Doing) -> None:
    """The customer takes a moment."""
    hand, window = doing.hand, doing.window
    hand.wait_for("keys of money", lambda: not window.guarded)
    hand.press(KEY.Key_F11)
    hand.wait_for("the terminal", lambda: phase(doing) == "waiting")
    hand.picture("card_waits")
    doing.done()
    hand.picture("card_approved")


def no_answer(doing: Doing) -> None:
    """The terminal falls silent: it is asked by reference, and what it charged is the payment."""
    hand, window = doing.hand, doing.window
    doing.sell("T741", "G1426")
    hand.wait_for("keys of money", lambda: not window.guarded)
    hand.press(KEY.Key_F11)
    hand.wait_for("the silence", lambda: phase(doing) == "checking")
    hand.picture("card_no_answer")
    doing.done()
    hand.picture("card_charged_once")


def phase(doing: Doing) -> str:
    """How far the payment by card is."""
    view = doing.window.cards.view
    return view.phase if view is not None else ""
