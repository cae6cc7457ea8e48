"""`holdfast hub quarantine …`: entries the hub could not read, and what becomes of them."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from typing import Any, Final

from pos_app.domain.errors import Refused
from sync.hub import quarantine
from sync.hub.answers import RandomIds, SystemClock
from sync.hub.booking import QUARANTINED
from sync.hub.commands import connected, moment, pin_option, show
from sync.hub.database import Connection
from sync.hub.identity import load_keys
from sync.hub.quarantine import Kept

STILL: Final = 1
"""Exit status where something waits on."""

Word = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
JsonToo = Callable[[argparse.ArgumentParser], None]


def add_words(words: Any, word: Word, json_too: JsonToo) -> None:
    """Adds `quarantine` to the hub's words."""
    kept = words.add_parser("quarantine", help="entries the hub could not read, and kept")
    verbs = kept.add_subparsers(
        dest="verb", required=True, metavar="list | show | replay | correct | waive"
    )
    listed = word(verbs, "list", _list, "what waits")
    listed.add_argument("--all", action="store_true", help="settled ones too")
    shown = word(verbs, "show", _show, "one of them, with its bytes")
    again = word(verbs, "replay", _replay, "try to read them again; without a number, all")
    again.add_argument("number", type=int, nargs="?", metavar="NUMBER", help="as the list has it")
    put = word(verbs, "correct", _correct, "another entry did what it would have done")
    put.add_argument("--with", dest="fact", required=True, metavar="ID", help="that entry's id")
    let = word(verbs, "waive", _waive, "it will not be booked; two managers of the store agree")
    let.add_argument("--second", required=True, metavar="STAFF", help="the other one's number")
    pin_option(let)
    for parser in (shown, put, let):
        parser.add_argument("number", type=int, metavar="NUMBER", help="as the list has it")
    for parser in (put, let):
        parser.add_argument("--reason", default="", metavar="TEXT", help="why")
    for parser in (again, put):
        parser.add_argument("--by", default="", metavar="NAME", help="who decides (you)")
    let.add_argument("--by", required=True, metavar="STAFF", help="one manager's number")
    for parser in (listed, shown, again, put, let):
        json_too(parser)


def _row(kept: Kept) -> dict[str, Any]:
    return {
        "n": kept.n,
        "state": kept.state,
        "device": kept.device,
        "entry": f"{kept.epoch}.{kept.seq}",
        "type": kept.says("type"),
        "doc_no": kept.says("doc_no"),
        "amount": kept.amount,
        "currency": kept.says("currency"),
        "since": kept.since,
        "reason": kept.reason,
    }


def _list(chosen: argparse.Namespace) -> int:
    connection = connected(chosen, write=False)
    rows = [_row(kept) for kept in quarantine.every(connection) if chosen.all or kept.waiting]
    connection.close()
    if not chosen.json:
        rows = [{**row, "since": moment(row["since"])} for row in rows]
    show(chosen, rows)
    return 0


def _show(chosen: argparse.Namespace) -> int:
    connection = connected(chosen, write=False)
    kept = quarantine.find(connection, chosen.number)
    connection.close()
    told = _row(kept)
    told |= {"hash": kept.hash.hex(), "bytes": len(kept.body), "ended": kept.ended or ""}
    told |= {"by": kept.actor or "", "second": kept.second or "", "why": kept.why or ""}
    told |= {"fact": kept.fact or "", "body": kept.body.decode("utf-8", "backslashreplace")}
    if chosen.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        width = max(map(len, told))
        for name, value in told.items():
            print(f"{name.ljust(width)}  {value}".rstrip())
    return 0


def _replay(chosen: argparse.Namespace) -> int:
    now, ids, actor = SystemClock().now(), RandomIds(), chosen.by or getpass.getuser()
    connection = connected(chosen)
    try:
        keys = load_keys(connection)
        with connection.transaction():
            if chosen.number is None:
                became = quarantine.try_all(connection, keys, now, ids, actor=actor)
            else:
                told = quarantine.replay(connection, chosen.number, keys, now, ids, actor=actor)
                became = {told: 1}
    finally:
        connection.close()
    if chosen.json:
        print(json.dumps(became))
    else:
        print(", ".join(f"{count} {name}" for name, count in became.items()) or "nothing waits")
    return STILL if became.get(QUARANTINED) else 0


def _correct(chosen: argparse.Namespace) -> int:
    now, ids, actor = SystemClock().now(), RandomIds(), chosen.by or getpass.getuser()
    connection = connected(chosen)
    try:
        keys = load_keys(connection)
        with connection.transaction():
            quarantine.correct(
                *(connection, chosen.number, chosen.fact, keys, now, ids),
                actor=actor,
                reason=chosen.reason,
            )
    finally:
        connection.close()
    return _ended(chosen, quarantine.CORRECTED)


def _waive(chosen: argparse.Namespace) -> int:
    now, ids = SystemClock().now(), RandomIds()
    pins = [_pin(chosen, staff) for staff in (chosen.by, chosen.second)]
    connection = connected(chosen)
    try:
        keys = load_keys(connection)
        with connection.transaction():
            _check_two(connection, chosen, pins)
            quarantine.waive(
                *(connection, chosen.number, keys, now, ids),
                actor=chosen.by,
                second=chosen.second,
                reason=chosen.reason,
            )
    finally:
        connection.close()
    return _ended(chosen, quarantine.WAIVED)


def _check_two(connection: Connection, chosen: argparse.Namespace, pins: list[str]) -> None:
    """Both are managers of the entry's store, and proved it."""
    from sync.hub import devices, people

    kept = quarantine.find(connection, chosen.number)
    device = devices.find(connection, kept.device)
    if device is None:
        raise Refused("quarantine_unknown", number=chosen.number)
    for staff, pin in zip((chosen.by, chosen.second), pins, strict=True):
        people.check_manager(connection, device.store_id, staff, pin)


def _pin(chosen: argparse.Namespace, staff: str) -> str:
    """A PIN never stands on a command line: others can read those. Raises Refused("pin_not_typed").

    From standard input there are two lines, the first of `--by`.
    """
    if chosen.pin_stdin:
        return sys.stdin.readline().strip()
    if not sys.stdin.isatty():
        raise Refused("pin_not_typed")
    return getpass.getpass(f"PIN of {staff}: ")


def _ended(chosen: argparse.Namespace, state: str) -> int:
    told = {"n": chosen.number, "state": state}
    print(json.dumps(told) if chosen.json else f"{chosen.number} {state}; its bytes are kept")
    return 0
