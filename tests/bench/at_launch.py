"""`python -m tests.bench.at_launch DATA CODE`: a till from its start to the first scanned line.

The same imports and the same window as `holdfast till`; the person at it takes no time. Prints
JSON of monotonic seconds: when the lock was painted, how long the PIN was checked, when the line
was painted.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def main(data: Path, code: str) -> None:
    """Plays it once."""
    from pos_app import cli

    app = cli.program()
    from PySide6.QtCore import QCoreApplication

    from pos_app.till import sign_in

    window = app.build_window(data, offscreen=True)
    window.show()
    QCoreApplication.processEvents()
    shown = time.monotonic()
    manager = sign_in.people(window.till)[0]
    person = sign_in.sign_in(window.till, manager.staff_id, os.environ["BENCH_PIN"])
    checked = time.monotonic() - shown
    window.lock.on_signed_in(person)
    QCoreApplication.processEvents()
    window.scanned(code)
    window.screens.cart.list.viewport().repaint()
    lines = len(window.selling.state.lines)
    painted = time.monotonic()
    window.close()
    told = {"shown": shown, "checked": checked, "painted": painted, "lines": lines}
    sys.stdout.write(f"\n{json.dumps(told)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
