"""The words of `holdfast hub value`: cards and credit shown, made, blocked, put right."""

from __future__ import annotations

import argparse
import contextlib
import csv
import getpass
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pos_app.domain.errors import Refused
from pos_app.domain.money import minor_digits
from pos_app.domain.value_code import account_of, read_code
from sync.hub import accounts, commands, store
from sync.hub.answers import RandomIds, SystemClock
from sync.hub.catalogue_values import Unreadable, amount
from sync.hub.database import Connection
from sync.hub.identity import load_keys
from sync.hub.values import cards, guesses, office
from sync.hub.values.cards import Card

Word = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
JsonToo = Callable[[argparse.ArgumentParser], None]
BEGINS = 8
"""So much of an account must be typed at least."""


def add_words(words: Any, word: Word, json_too: JsonToo) -> None:
    """Adds `value` to the hub's words."""
    of = words.add_parser("value", help="gift cards and store credit")
    verbs = of.add_subparsers(
        dest="verb",
        required=True,
        metavar="list | show | block | unblock | issue | take-in | adjust",
    )
    listed = word(verbs, "list", _list, "all cards and slips, and what is on them")
    listed.add_argument("--owed", action="store_true", help="only what is owed, in sum")
    listed.add_argument(
        "--guesses", action="store_true", help="who asked about cards that are none"
    )
    shown = word(verbs, "show", _show, "one of them with all that came onto it and was spent")
    stop = word(verbs, "block", _block, "nothing of it can be spent for now")
    go = word(verbs, "unblock", _unblock, "it can be spent again")
    put = word(verbs, "adjust", _adjust, "put money on one, or take it off (below 0)")
    for parser in (shown, stop, go, put):
        parser.add_argument(
            "card", metavar="CARD", help=f"its code, or {BEGINS} signs of its account"
        )
    put.add_argument("amount", metavar="AMOUNT", help="for instance 25.00 or -25.00")
    put.add_argument("--reason", required=True, metavar="TEXT", help="why, for the journal")
    made = word(verbs, "issue", _issue, "new cards with money on them; shows each code once")
    made.add_argument("amount", metavar="AMOUNT", help="on each, for instance 25.00")
    made.add_argument("--count", type=_count, default=1, metavar="N", help="1 where none")
    made.add_argument("--credit", action="store_true", help="credit slips, not gift cards")
    made.add_argument("--reason", default="", metavar="TEXT", help="why, for the journal")
    taken = word(verbs, "take-in", _take_in, "cards that were bought in: empty until they are sold")
    taken.add_argument("file", type=Path, metavar="FILE", help="CSV: number, PIN")
    for parser in (made, taken):
        parser.add_argument("--expires", type=_day, default="", metavar="DAY", help="last good day")
        commands.store_option(parser, "the store whose currency it is")
    for parser in (listed, shown, made, put):
        json_too(parser)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= office.ISSUED_MAX):
        raise argparse.ArgumentTypeError(f"{text}: 1 to {office.ISSUED_MAX}")
    return int(text)


def _day(text: str) -> str:
    try:
        return text and date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no day: 2027-12-31") from None


def _minor(text: str, currency: str) -> int:
    below = text.startswith("-")
    try:
        found = amount(text.removeprefix("-"), minor_digits(currency), ".")
    except Unreadable as cause:
        raise Refused("option_bad", option="AMOUNT", value=text) from cause
    return -found if below else found


def _money(minor: int, currency: str) -> str:
    digits = minor_digits(currency) if currency else 2
    whole, rest = divmod(abs(minor), 10**digits)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"


def _find(connection: Connection, said: str) -> Card:
    """By its code, or by how its account begins. Raises Refused("value_unknown")."""
    with contextlib.suppress(Refused):
        code = read_code(said)
        found = cards.find(connection, code.kind, account_of(code))
        if found is not None:
            return found
    some = cards.names(cards.every(connection), said) if len(said) >= BEGINS else []
    if len(some) != 1:
        raise Refused("value_unknown")
    return some[0]


def _row(connection: Connection, card: Card) -> dict[str, Any]:
    free = accounts.available(connection, card.kind, card.account, SystemClock().now())
    held = accounts.held_back(connection, card.kind, card.account)
    return {
        "account": card.account,
        "kind": card.kind,
        "state": card.state,
        "free": _money(free, card.currency),
        "held": _money(held, card.currency),
        "currency": card.currency,
        "issued": card.issued[:10],
        "expires": card.expires,
        "origin": card.origin,
    }


def _list(chosen: argparse.Namespace) -> int:
    with contextlib.closing(commands.connected(chosen, write=False)) as connection:
        if chosen.guesses:
            names = ("bucket", "since", "wrong")
            rows = [dict(zip(names, one, strict=True)) for one in guesses.every(connection)]
        elif chosen.owed:
            rows = [
                {"kind": kind, **one}
                for kind, some in cards.owed(connection).items()
                for one in some
            ]
        else:
            rows = [_row(connection, card) for card in cards.every(connection)]
    commands.show(chosen, rows)
    return 0


def _show(chosen: argparse.Namespace) -> int:
    with contextlib.closing(commands.connected(chosen, write=False)) as connection:
        card = _find(connection, chosen.card)
        row = _row(connection, card)
        told = [
            {
                "at": commands.moment(move.at),
                "amount": _money(move.amount, card.currency),
                "by": move.by,
                "entry": move.fact,
                "unsecured": move.unsecured,
            }
            for move in office.moves(connection, card.kind, card.account)
        ]
    if chosen.json:
        print(json.dumps({**row, "moves": told}))
        return 0
    for name, value in row.items():
        print(f"{name}: {value}")
    commands.show(chosen, told)
    return 0


def _set(chosen: argparse.Namespace, state: str) -> int:
    with contextlib.closing(commands.connected(chosen)) as connection, connection.transaction():
        card = _find(connection, chosen.card)
        cards.set_state(connection, card.kind, card.account, state, SystemClock().now())
    print(f"{card.account} is {state}.")
    return 0


def _block(chosen: argparse.Namespace) -> int:
    return _set(chosen, cards.BLOCKED)


def _unblock(chosen: argparse.Namespace) -> int:
    return _set(chosen, cards.ACTIVE)


def _office(connection: Connection) -> office.Office:
    now = SystemClock().now()
    return office.Office(connection, load_keys(connection), RandomIds(), now, getpass.getuser())


def _adjust(chosen: argparse.Namespace) -> int:
    with contextlib.closing(commands.connected(chosen)) as connection, connection.transaction():
        card = _find(connection, chosen.card)
        minor = _minor(chosen.amount, card.currency)
        office.adjust(_office(connection), card, minor, chosen.reason)
        row = _row(connection, card)
    commands.show(chosen, [row])
    return 0


def _currency(connection: Connection, given: str) -> str:
    return store.load(connection, commands.one_store(connection, given)).store.currency


def _issue(chosen: argparse.Namespace) -> int:
    kind = cards.CREDIT if chosen.credit else cards.CARD
    with contextlib.closing(commands.connected(chosen)) as connection, connection.transaction():
        currency = _currency(connection, chosen.store)
        minor, desk = _minor(chosen.amount, currency), _office(connection)
        codes = [
            office.issue(desk, kind, minor, currency, expires=chosen.expires, reason=chosen.reason)
            for _ in range(chosen.count)
        ]
    rows = [
        {"code": code.typed, "qr": code.qr, "account": account_of(code), "amount": minor}
        for code in codes
    ]
    commands.show(chosen, rows)
    return 0


def _take_in(chosen: argparse.Namespace) -> int:
    with chosen.file.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if row and row[0].strip()[:1].isdigit()]
    with contextlib.closing(commands.connected(chosen)) as connection, connection.transaction():
        currency, desk = _currency(connection, chosen.store), _office(connection)
        count = 0
        for place, row in enumerate(rows, 1):
            code = read_code(row[0], row[1] if len(row) > 1 else "")
            if not (code.bought_in and code.pin):
                raise Refused("value_file_bad", line=place)
            count += office.take_in(desk, code, currency, expires=chosen.expires)
    print(f"{count} cards are known now; {len(rows) - count} were known before.")
    return 0
