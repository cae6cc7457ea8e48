"""The command `holdfast`: one table of sub-commands, each loaded only when it is the one asked.

A till that starts must not pay for what a hub needs, so the table names modules and nothing of
them is imported before its word stands on the command line.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pos_app.domain.errors import PosError, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = "0.1.0"

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("pos_app.demo", "a hub, a store, two tills: open one, or play the tour"),
    "till": ("pos_app.cli", "open a till's window; enrol it; run its sync"),
    "play": ("pos_app.play", "play a trading day from a file"),
    "journal": ("pos_app.store.verify", "verify, export or show the head of a journal"),
    "hub": ("sync.hub.commands", "the central server and what it administers"),
    "terminal-simulator": ("hardware.connect", "a card terminal to try a till with"),
    "receipt": (
        "pos_app.till.receipt_command",
        "a document of a till as text, PDF, HTML, picture or printer bytes",
    ),
    "simulate": (
        "sync.simulation.commands",
        "trading days in which everything goes wrong, from seeds",
    ),
    "doctor": ("pos_app.doctor", "what is ready on this till and what is not"),
}

_BEFORE_QT = tuple(
    f"pos_app.presenters.{name}"
    for name in ("connection", "consent", "discounting", "finding", "lock", "paying", "opening")
)

PARTS = {"PySide6": "till", "escpos": "till", "starlette": "hub", "uvicorn": "hub"}
"""Libraries that come only with a part of the program, and with which."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command `till`: with no further word it opens the window."""
    till = subparsers.add_parser("till", help=COMMANDS["till"][1])
    till.set_defaults(func=_open_window)
    till.add_argument("--data", type=Path, default=None, help="the till's data directory")
    engine = importlib.import_module("sync.engine.commands")
    engine.add_parser(till.add_subparsers(dest="action", metavar="enrol | rejoin | …"))


def _open_window(chosen: argparse.Namespace) -> int:
    from pos_app import display

    display.check()  # before Qt, which would end the process where it stands
    return int(program().run_window(_data_of(chosen.data)))


def program() -> Any:
    """`pos_app.app`, loaded as fast as it goes.

    Without a search for cycles, while thousands of objects come and none goes (the window takes it
    over); and what knows no Qt before Qt, whose binding looks at each import after its own.
    """
    gc.disable()
    for name in ("hardware.connect", "sync.link", *_BEFORE_QT):
        importlib.import_module(name)
    return importlib.import_module("pos_app.app")


def _data_of(given: Path | None) -> Path:
    if given is not None:
        return given
    from pos_app.settings import default_data_dir

    return default_data_dir()


def _window_asked(argv: Sequence[str]) -> bool:
    """True for `till` and `till --data DIR`: the way that must be fast."""
    match argv:
        case ["till"] | ["till", "--data", _]:
            return True
        case ["till", one]:
            return one.startswith("--data=")
    return False


def _done(chosen: argparse.Namespace) -> int:
    try:
        return int(chosen.func(chosen))
    except ModuleNotFoundError as cause:
        part = PARTS.get((cause.name or "").partition(".")[0])
        if part is None:
            raise
        raise Refused("part_missing", part=part) from cause


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status. A `PosError` is one plain sentence and status 1."""
    given = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="holdfast", description="An offline-first point of sale: till, hub and their tools."
    )
    parser.add_argument("--version", action="version", version=f"holdfast {VERSION}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    word = next((part for part in given if not part.startswith("-")), "")
    if _window_asked(given):
        till = subparsers.add_parser("till")
        till.add_argument("--data", type=Path, default=None)
        till.set_defaults(func=_open_window)
    elif word in COMMANDS:
        importlib.import_module(COMMANDS[word][0]).add_parser(subparsers)
    else:
        for name, (_, told) in COMMANDS.items():
            subparsers.add_parser(name, help=told)
    chosen = parser.parse_args(given)
    try:
        return _done(chosen)
    except PosError as told:
        from pos_app.words import text_of

        print(text_of(told), file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever reads the output (`| head`) has seen enough; what is left goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
