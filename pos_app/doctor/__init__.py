"""`holdfast doctor --data DIR [--json]`: what is ready on this till, what is not, what to do.

It reads, asks and says; it changes nothing, and may run beside the window. Exit status: 0 all is
ready, 1 something is not, 2 there is no till to look at.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pos_app.doctor import copies, devices, files, hub
from pos_app.doctor.line import Line, Patient, State, bad, wrong
from pos_app.domain.errors import PosError
from pos_app.words import gettext as _

READY_STATUS, NOT_READY_STATUS, CANNOT_STATUS = 0, 1, 2

_LOOKS: Final[tuple[tuple[str, Callable[[Patient], Iterator[Line]]], ...]] = (
    ("settings", files.settings),
    ("sqlite", files.sqlite),
    ("disk", files.disk),
    ("keys", files.keys),
    ("ledger", files.ledger),
    ("catalogue", files.replica),
    ("hub", hub.hub),
    ("clock", hub.clock),
    ("sync", hub.sync),
    ("copies", copies.copies),
    ("devices", devices.devices),
)
"""In this order: later looks use what earlier ones found."""


def check_up(data: Path, now: datetime) -> list[Line]:
    """Every line about the till in `data`; `now` is UTC and aware. Raises nothing of a till's."""
    patient = Patient(data, now)
    found: list[Line] = []
    for name, look in _LOOKS:
        try:
            found += look(patient)
        except PosError as error:
            found.append(wrong(name, error))
        except OSError as cause:
            told = _("This could not be looked at: {cause}.").format(cause=cause.strerror or cause)
            found.append(bad(name, told, _("Check who may read the till's files, and its disk.")))
    return found


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command `doctor`."""
    parser = subparsers.add_parser("doctor", help="what is ready on this till and what is not")
    parser.add_argument(
        "--data", type=Path, default=None, metavar="DIR", help="the till's data directory"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object for machines")
    parser.set_defaults(func=_run)


def _run(chosen: argparse.Namespace) -> int:
    from pos_app.settings import default_data_dir

    data = chosen.data or default_data_dir()
    if not data.is_dir():
        sys.stderr.write(_("There is no till in {data}.").format(data=data) + "\n")
        return CANNOT_STATUS
    found = check_up(data, datetime.now(UTC))
    ready = all(line.state is not State.NOT_READY for line in found)
    if chosen.json:
        rows = [
            {
                "name": line.name,
                "state": line.state.value,
                "told": line.told,
                "todo": line.todo,
                "facts": line.facts,
            }
            for line in found
        ]
        sys.stdout.write(json.dumps({"ready": ready, "checks": rows}, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(_shown(line) for line in found))
    return READY_STATUS if ready else NOT_READY_STATUS


def _shown(line: Line) -> str:
    mark = {State.READY: "ok", State.NOT_READY: "NOT READY", State.NOTE: "-"}[line.state]
    text = f"{line.told} {line.todo}".strip()
    return f"{mark:<10} {line.name:<10} {text}\n"
