"""`holdfast hub import-journal`: what a dead till had not sent, out of the copy of its journal."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pos_app.domain.errors import Refused, Unavailable
from pos_app.words import gettext as _
from pos_app.words import ngettext, number, text_of
from sync.hub import commands
from sync.hub.answers import RandomIds, SystemClock
from sync.hub.identity import load_keys
from sync.hub.journal_import import Chain, chains_in, import_chain


def add_words(
    words: argparse._SubParsersAction[argparse.ArgumentParser],
    word: Callable[..., argparse.ArgumentParser],
    json_too: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Adds import-journal to `holdfast hub`."""
    parser = word(words, "import-journal", _import, "book what a dead till had not sent")
    parser.add_argument(
        "place", type=Path, metavar="FILE|DIR", help="the copy of its journal, or where it is"
    )
    parser.add_argument("--dry-run", action="store_true", help="look, change nothing")
    json_too(parser)


def _import(chosen: argparse.Namespace) -> int:
    try:
        chains = chains_in(chosen.place)
    except OSError as cause:
        raise Unavailable("copy_unreadable", path=str(chosen.place)) from cause
    connection = commands.connected(chosen, write=not chosen.dry_run)
    try:
        keys = load_keys(connection)
        for chain in chains:
            now, ids = SystemClock().now(), RandomIds()
            import_chain(connection, chain, keys, now, ids, dry=chosen.dry_run)
    finally:
        connection.close()
    if chosen.json:
        print(json.dumps([chain.row() for chain in chains]))
    else:
        for chain in chains:
            print(_told(chain, dry=chosen.dry_run))
            if chain.told:
                print(text_of(Refused(chain.told, **_facts(chain))), file=sys.stderr)
    return 1 if any(chain.told for chain in chains) else 0


def _facts(chain: Chain) -> dict[str, Any]:
    return {"count": chain.beyond, "epoch": chain.epoch, "device": chain.device}


def _told(chain: Chain, *, dry: bool) -> str:
    booked = ngettext("{count} entry booked", "{count} entries booked", chain.booked)
    if dry:
        booked = ngettext(
            "{count} entry would be booked", "{count} entries would be booked", chain.booked
        )
    told = _("Store {store} till {till}, epoch {epoch}: {booked}, {held} were here before.")
    return told.format(
        store=chain.store or "?",
        till=chain.till or chain.device,
        epoch=chain.epoch,
        booked=booked.format(count=number(chain.booked)),
        held=number(chain.held),
    )
