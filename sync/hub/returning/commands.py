"""`holdfast hub returns …`: slips that wait for a decision, and money that shops are to give back."""
# ruff: noqa: T201 - a command line prints

from __future__ import annotations

import argparse
import getpass
from collections.abc import Callable
from typing import Any

from pos_app.domain.errors import Refused
from sync.hub import exceptions
from sync.hub.answers import SystemClock
from sync.hub.commands import connected, moment, show
from sync.hub.identity import load_keys
from sync.hub.orders import kept
from sync.hub.returning import pended, shop_refunds
from sync.hub.returning.pended import Pended
from sync.hub.returning.shop_refunds import ShopRefund

Word = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
JsonToo = Callable[[argparse.ArgumentParser], None]


def add_words(words: Any, word: Word, json_too: JsonToo) -> None:
    """Adds `returns` to the hub's words."""
    back = words.add_parser("returns", help="slips that wait, and refunds that shops are to make")
    verbs = back.add_subparsers(
        dest="verb", required=True, metavar="slips | decide | refunds | again | otherwise"
    )
    slips = word(verbs, "slips", _slips, "goods taken in without money, and what became of them")
    decide = word(verbs, "decide", _decide, "say what a slip is worth beyond what it has")
    decide.add_argument("slip", metavar="SLIP", help="its account, or the start of it, as listed")
    worth = decide.add_mutually_exclusive_group(required=True)
    worth.add_argument("--pay", action="store_true", help="all that was said to be its worth")
    worth.add_argument("--reject", action="store_true", help="nothing")
    worth.add_argument("--amount", type=int, metavar="N", help="so much, in minor units")
    refunds = word(verbs, "refunds", _refunds, "what shops were asked to give back")
    again = word(verbs, "again", _again, "ask the shop once more, read back first")
    other = word(verbs, "otherwise", _otherwise, "the customer got the money another way")
    for parser in (slips, refunds):
        parser.add_argument("--all", action="store_true", help="those that are over too")
        json_too(parser)
    for parser in (again, other):
        parser.add_argument("refund", metavar="ID", help="as the list has it")
    for parser in (decide, other):
        parser.add_argument("--reason", default="", metavar="TEXT", help="why")
    decide.add_argument("--by", default="", metavar="NAME", help="who decides (you)")


def _slips(chosen: argparse.Namespace) -> int:
    connection = connected(chosen, write=False)
    found = pended.every(connection, waiting=not chosen.all)
    connection.close()
    show(chosen, [_slip(one, json=chosen.json) for one in found])
    return 0


def _slip(one: Pended, *, json: bool) -> dict[str, Any]:
    return {
        "slip": one.slip if json else one.slip[:8],
        "state": one.state,
        "till": f"{one.store_id}-{one.till}",
        "since": one.at if json else moment(one.at),
        "why": one.why,
        "sale": one.sale_doc or one.sale,
        "amount": one.amount,
        "credited": one.credited,
        "currency": one.currency,
        "detail": one.detail,
    }


def _decide(chosen: argparse.Namespace) -> int:
    now = SystemClock().now()
    connection = connected(chosen)
    try:
        keys = load_keys(connection)
        with connection.transaction():
            same = [each for each in pended.every(connection) if each.slip.startswith(chosen.slip)]
            if len(same) != 1:
                raise Refused("slip_unknown", slip=chosen.slip)
            rest = max(same[0].amount - same[0].credited, 0)
            amount = rest if chosen.pay else chosen.amount or 0
            by = chosen.by or getpass.getuser()
            found = pended.decide(
                *(connection, keys, same[0].fact, amount, now),
                actor=f"hub:{by}",
                why=chosen.reason,
            )
    finally:
        connection.close()
    print(f"{found.slip[:8]} {found.state}: {found.credited} {found.currency}")
    return 0


def _refunds(chosen: argparse.Namespace) -> int:
    connection = connected(chosen, write=False)
    rows = []
    for one in shop_refunds.every(connection, waiting=not chosen.all):
        whole = kept.find(connection, one.order_id)
        rows.append(_refund(one, whole.external_name if whole else "", json=chosen.json))
    connection.close()
    show(chosen, rows)
    return 0


def _refund(one: ShopRefund, name: str, *, json: bool) -> dict[str, Any]:
    return {
        "id": one.op_id,
        "order": name,
        "shop": one.channel,
        "line": one.no,
        "amount": one.amount,
        "currency": one.currency,
        "state": one.state,
        "since": one.made if json else moment(one.made),
        "why": one.why,
    }


def _again(chosen: argparse.Namespace) -> int:
    return _one(chosen, lambda books, now: shop_refunds.again(books, chosen.refund, now))


def _otherwise(chosen: argparse.Namespace) -> int:
    def do(books: Any, now: Any) -> bool:
        return shop_refunds.otherwise(books, chosen.refund, chosen.reason or "by hand", now)

    return _one(chosen, do)


def _one(chosen: argparse.Namespace, do: Callable[[Any, Any], bool]) -> int:
    connection = connected(chosen)
    try:
        with connection.transaction():
            if not do(connection, SystemClock().now()):
                raise Refused("shop_refund_unknown", refund=chosen.refund)
            exceptions.tell(connection)
            found = shop_refunds.find(connection, chosen.refund)
    finally:
        connection.close()
    print(found.state if found is not None else "")
    return 0
