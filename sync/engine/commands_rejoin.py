"""`holdfast till rejoin` and `holdfast till rotate-key`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_rejoin(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The two commands, below `till`."""
    told = "the till's data directory"
    again = subparsers.add_parser(
        "rejoin", help="enrol a till again that was put back, copied, or that the hub asks to"
    )
    again.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR", help=told)
    again.add_argument(
        "--code", required=True, metavar="CODE", help="from `holdfast hub enrol-code`"
    )
    again.add_argument(
        "--timeout",
        type=float,
        default=900,
        metavar="S",
        help="how many seconds to wait for an approval, and for everything to be sent (900)",
    )
    again.add_argument(
        "--json", action="store_true", help="one JSON object a line, for a program that asks"
    )
    again.set_defaults(func=_rejoin)
    rotate = subparsers.add_parser("rotate-key", help="give a till another signing key")
    rotate.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR", help=told)
    rotate.set_defaults(func=_rotate)


def _rejoin(chosen: argparse.Namespace) -> int:
    from pos_app.domain.errors import PosError
    from pos_app.words import gettext as _
    from pos_app.words import ngettext
    from sync.engine.shell.joining import join_again
    from sync.engine.shell.process import sync_once

    data = _data_of(chosen)

    def tell(state: str, **facts: object) -> None:
        if chosen.json:
            _say(json.dumps({"state": state, **facts}, default=str))

    def words(text: str) -> None:
        tell("waiting", words=text)
        if not chosen.json:
            _say(_("This till's words: {words}").format(words=text))
            _say(_("Waiting for a person at the hub to approve them."))

    try:
        settled, joined = join_again(data, chosen.code, patience_s=chosen.timeout, show_words=words)
        identity = settled.identity
        tell("enrolled", store=identity.store, till=identity.till, epoch=identity.epoch)
        if not chosen.json:
            told = _("Enrolled again as till {till} of store {store}. Sending what is here.")
            _say(told.format(till=identity.till, store=identity.store))
        sync_once(data, chosen.timeout)
    except PosError as error:
        if not chosen.json:
            raise
        tell("failed", code=error.code, family=type(error).__name__, facts=error.facts)
        return 1
    tell("done", again=joined.again, brought=joined.brought, kept=joined.kept_as)
    if not chosen.json:
        sent = ngettext(
            "{count} entry of this till was told again under its new epoch.",
            "{count} entries of this till were told again under its new epoch.",
            joined.again,
        )
        got = ngettext(
            "{count} entry came back from the hub.",
            "{count} entries came back from the hub.",
            joined.brought,
        )
        _say(sent.format(count=joined.again))
        _say(got.format(count=joined.brought))
        _say(_("The ledger of before is kept as {file}.").format(file=joined.kept_as))
    return 0


def _rotate(chosen: argparse.Namespace) -> int:
    from pos_app.domain.day import utc_text
    from pos_app.store.keys import Keys
    from pos_app.store.ledger import Ledger
    from pos_app.store.reader import ledger_file
    from pos_app.store.rotation import rotate
    from pos_app.store.whereabouts import where_of
    from pos_app.words import gettext as _
    from sync.protocol.fingerprint import fingerprint

    data = _data_of(chosen)
    ledger_file(data)
    with Ledger.open(data, Keys.load(data), where=where_of(data)) as ledger:
        day = utc_text(ledger.clock.now())[:10]
        made = rotate(ledger, data, business_date=day)
    words = fingerprint(made).replace("-", " ")
    _say(_("This till signs by another key now. Its words: {words}").format(words=words))
    return 0


def _data_of(chosen: argparse.Namespace) -> Path:
    given: Path | None = chosen.data
    if given is not None:
        return given
    from pos_app.settings import default_data_dir

    return default_data_dir()


def _say(text: str) -> None:
    print(text, flush=True)
