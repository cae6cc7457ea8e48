"""`holdfast hub storefront …`: the websites and apps that may ask, and their keys."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Callable
from typing import Any

from sync.hub.answers import RandomIds, SystemClock
from sync.hub.commands import connected, moment, show
from sync.hub.storefront import keys

Word = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
JsonToo = Callable[[argparse.ArgumentParser], None]


def add_words(words: Any, word: Word, json_too: JsonToo) -> None:
    """Adds `storefront` to the hub's words."""
    fronts = words.add_parser("storefront", help="websites and apps that ask for stock and order")
    verbs = fronts.add_subparsers(
        dest="verb", required=True, metavar="add | list | set | rotate-secret | remove"
    )
    made = word(verbs, "add", _add, "another one; shows its secret key once")
    made.add_argument("--told", default="", metavar="TEXT", help="what people call it")
    listed = word(verbs, "list", _list, "all of them, without their secrets")
    changed = word(verbs, "set", _set, "change one; what is not given stays")
    changed.add_argument(
        "--reads", type=_rate, default=0, metavar="N", help="questions a minute of all its visitors"
    )
    state = changed.add_mutually_exclusive_group()
    for name, value, told in (
        ("--stop", keys.STOPPED, "it may ask nothing for now"),
        ("--start", keys.ACTIVE, "it may ask again"),
    ):
        state.add_argument(name, action="store_const", const=value, dest="state", help=told)
    turned = word(verbs, "rotate-secret", _rotate, "another secret key; the old one for a day more")
    gone = word(verbs, "remove", _remove, "it may ask nothing any more")
    for parser in (made, changed):
        parser.add_argument(
            "--origin",
            action="append",
            metavar="ADDRESS",
            help="of pages that may ask, for instance https://shop.example; again for more, * for"
            " any",
        )
    for parser in (made, changed, turned, gone):
        parser.add_argument("name", metavar="NAME", help="small letters, digits and hyphens")
    for parser in (made, listed, turned):
        json_too(parser)


def _rate(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 600_000):
        raise argparse.ArgumentTypeError(f"{text}: 1 to 600000 a minute")
    return int(text)


def _add(chosen: argparse.Namespace) -> int:
    with contextlib.closing(connected(chosen)) as connection, connection.transaction():
        found, secret = keys.add(
            connection,
            chosen.name,
            chosen.told,
            chosen.origin or [],
            RandomIds(),
            SystemClock().now(),
        )
    if chosen.json:
        told = {"name": found.storefront_id, "public_key": found.public_key, "secret_key": secret}
        print(json.dumps(told))
    else:
        print(f"public key, for its pages: {found.public_key}")
        print(f"secret key, for its server, shown this once: {secret}")
    return 0


def _list(chosen: argparse.Namespace) -> int:
    with contextlib.closing(connected(chosen, write=False)) as connection:
        rows = [
            {
                "name": one.storefront_id,
                "told": one.name,
                "state": one.state,
                "public_key": one.public_key,
                "origins": one.origins,
                "reads_a_minute": one.reads_a_minute,
                "made": one.made if chosen.json else moment(one.made),
            }
            for one in keys.every(connection)
        ]
    show(chosen, rows)
    return 0


def _set(chosen: argparse.Namespace) -> int:
    with contextlib.closing(connected(chosen)) as connection, connection.transaction():
        keys.change(
            connection,
            chosen.name,
            origins=chosen.origin,
            state=chosen.state or "",
            reads_a_minute=chosen.reads,
        )
    print(f"{chosen.name} changed")
    return 0


def _rotate(chosen: argparse.Namespace) -> int:
    with contextlib.closing(connected(chosen)) as connection, connection.transaction():
        secret = keys.rotate(connection, chosen.name, RandomIds(), SystemClock().now())
    if chosen.json:
        print(json.dumps({"name": chosen.name, "secret_key": secret}))
    else:
        print(f"its new secret key, shown this once: {secret}")
        print("the one before is good for a day more")
    return 0


def _remove(chosen: argparse.Namespace) -> int:
    with contextlib.closing(connected(chosen)) as connection, connection.transaction():
        keys.remove(connection, chosen.name)
    print(f"{chosen.name} may ask nothing any more")
    return 0
