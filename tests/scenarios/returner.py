"""A till in a process of its own that asks about a return, waits to be told, and then pays it back.

    python -m tests.scenarios.returner FILE DATA      the last step of FILE is the refund

It prints `asked` when the hub has answered, reads a line, and plays the rest.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pos_app.play import Player
from pos_app.play.steps import Refund, read_play


def main(file: Path, data: Path) -> int:
    steps = read_play(file).step
    refund = steps.pop()
    assert isinstance(refund, Refund)

    def say(line: object) -> None:
        sys.stdout.write(json.dumps(line, default=str) + "\n")
        sys.stdout.flush()

    with Player(data) as player:
        assert player.run(steps, say)
        player.counter.word(player.till, refund)
        say("asked")
        sys.stdin.readline()
        player.run([refund], say)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])))
