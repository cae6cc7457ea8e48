"""`holdfast till enrol` and `holdfast till sync`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sync.engine.commands_rejoin import add_rejoin

if TYPE_CHECKING:
    from sync.engine.runner import Runner


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The two commands, below `till`."""
    enrol = subparsers.add_parser("enrol", help="make this machine a till of a hub")
    _data_option(enrol)
    enrol.add_argument("--hub", required=True, metavar="URL", help="the hub's address")
    enrol.add_argument(
        "--code", required=True, metavar="CODE", help="from `holdfast hub enrol-code`"
    )
    enrol.add_argument("--name", default="", metavar="NAME", help="what the hub calls this machine")
    enrol.add_argument(
        "--timeout",
        type=float,
        default=900,
        metavar="S",
        help="how many seconds to wait for the approval (900)",
    )
    enrol.add_argument(
        "--json", action="store_true", help="one JSON object a line, for a program that asks"
    )
    enrol.set_defaults(func=_enrol)
    add_rejoin(subparsers)
    sync = subparsers.add_parser("sync", help="what the window starts: talk to the hub")
    _data_option(sync)
    sync.add_argument("--once", action="store_true", help="send and fetch everything, then end")
    sync.add_argument(
        "--timeout",
        type=float,
        default=60,
        metavar="S",
        help="with --once: give up after so many seconds (60)",
    )
    sync.set_defaults(func=_sync)


def _data_option(parser: argparse.ArgumentParser) -> None:
    # `till --data DIR sync` says it too: what was said there is not taken back here.
    told = "the till's data directory"
    parser.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR", help=told)


def _enrol(chosen: argparse.Namespace) -> int:
    from pos_app.words import gettext as _
    from sync.engine.bootstrap import FIRST_PULL_S, enrol
    from sync.engine.shell.process import sync_once

    data = _data_of(chosen.data)
    if chosen.json:
        return _enrol_told(data, chosen)
    identity = enrol(
        data, chosen.hub, chosen.code, chosen.name, say=_say, patience_s=chosen.timeout
    )
    enrolled = _("Enrolled as till {till} of store {store}. Fetching everything.")
    _say(enrolled.format(till=identity.till, store=identity.store))
    shown = _Progress(lambda come: _say(_("{products} products so far.").format(products=come)))
    sync_once(data, FIRST_PULL_S, shown)
    _say(_("{products} products are here.").format(products=shown.products))
    return 0


def _enrol_told(data: Path, chosen: argparse.Namespace) -> int:
    """The same for the window: states as JSON lines, the last of them done or failed.

    An enrolment that came as far as a ledger and was broken off goes on with fetching.
    """
    from pos_app.domain.errors import PosError
    from pos_app.store.reads import LEDGER_FILE
    from sync.engine.bootstrap import FIRST_PULL_S, enrol
    from sync.engine.shell.process import sync_once

    def tell(state: str, **facts: object) -> None:
        _say(json.dumps({"state": state, **facts}, default=str))

    shown = _Progress(lambda products: tell("fetching", products=products), step=1_000)
    try:
        if not (data / LEDGER_FILE).exists():
            identity = enrol(
                data,
                chosen.hub,
                chosen.code,
                chosen.name,
                say=lambda _line: None,
                patience_s=chosen.timeout,
                show_words=lambda words: tell("waiting", words=words),
            )
            tell("enrolled", store=identity.store, till=identity.till)
        sync_once(data, FIRST_PULL_S, shown)
    except PosError as error:
        tell("failed", code=error.code, family=type(error).__name__, facts=error.facts)
        return 1
    tell("done", products=shown.products)
    return 0


def _sync(chosen: argparse.Namespace) -> int:
    from sync.engine.shell.process import sync_once, sync_until_told

    data = _data_of(chosen.data)
    if not chosen.once:
        return sync_until_told(data)
    sync_once(data, chosen.timeout)
    return 0


class _Progress:
    """Says how many products have come, in steps."""

    def __init__(self, tell: Callable[[int], None], step: int = 100_000) -> None:
        self.products = 0
        self._tell, self._step, self._said = tell, step, 0

    def __call__(self, runner: Runner) -> None:
        self.products = runner.status.products
        if self.products >= self._said + self._step:
            self._said = self.products
            self._tell(self.products)


def _data_of(given: Path | None) -> Path:
    if given is not None:
        return given
    from pos_app.settings import default_data_dir

    return default_data_dir()


def _say(text: str) -> None:
    print(text, flush=True)
