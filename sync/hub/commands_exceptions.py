"""`holdfast hub exceptions …` and `holdfast hub check`: what people settle, at the hub."""

from __future__ import annotations

import argparse
import getpass
import json
from collections.abc import Callable
from typing import Any, Final

import msgspec

from pos_app.domain.exceptions import RESOLVED, SETTLED, Way, kind_of
from sync.hub import exceptions, own_journal
from sync.hub.answers import RandomIds, SystemClock
from sync.hub.commands import connected, moment, show
from sync.hub.database import Connection
from sync.hub.exceptions import Case
from sync.protocol import ExceptionAssigned, ExceptionResolved

NOT_WHOLE: Final = 1

Word = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
JsonToo = Callable[[argparse.ArgumentParser], None]


def add_words(words: Any, word: Word, json_too: JsonToo) -> None:
    """Adds `exceptions` and `check` to the hub's words."""
    queue = words.add_parser("exceptions", help="what a person must settle")
    verbs = queue.add_subparsers(dest="verb", required=True, metavar="list | show | assign | …")
    listed = word(verbs, "list", _list, "what waits, the most urgent first")
    listed.add_argument("--all", action="store_true", help="settled ones too")
    listed.add_argument("--store", default="", metavar="NUMBER", help="of one store only")
    listed.add_argument("--kind", default="", metavar="KIND", help="of one kind only")
    shown = word(verbs, "show", _show, "one of them, and what it stands on")
    given = word(verbs, "assign", _assign, "give it to somebody; without --to, back to all")
    given.add_argument("--to", default="", metavar="STAFF", help="the person's number")
    settled = word(verbs, "resolve", _resolve, "settle it; the first decision holds")
    settled.add_argument("--reason", default="", metavar="TEXT", help="why")
    for parser in (shown, given, settled):
        parser.add_argument("number", metavar="NUMBER", help="as the list has it, for instance 71")
    settled.add_argument("way", choices=[way.value for way in Way], help="how")
    for parser in (given, settled):
        parser.add_argument("--by", default="", metavar="NAME", help="who decides (you)")
    looked = word(words, "check", _check, "whether the queue holds all that the journal gives")
    for parser in (listed, shown, given, settled, looked):
        json_too(parser)


def _urgency(case: Case) -> tuple[bool, str, int]:
    return not case.waiting, case.due, -abs(case.amount)


def _row(case: Case) -> dict[str, Any]:
    return {
        "no": case.no,
        "kind": case.kind,
        "store": case.store_id,
        "state": case.state,
        "amount": case.amount,
        "currency": case.currency,
        "opened": case.opened,
        "due": case.due,
        "owner": case.owner,
        "detail": case.detail,
    }


def _list(chosen: argparse.Namespace) -> int:
    connection = connected(chosen, write=False)
    cases = exceptions.every(connection, waiting=not chosen.all)
    connection.close()
    wanted = [
        case
        for case in cases
        if chosen.store in ("", case.store_id) and chosen.kind in ("", case.kind)
    ]
    rows = [_row(case) for case in sorted(wanted, key=_urgency)]
    if not chosen.json:
        rows = [{**row, "opened": moment(row["opened"]), "due": moment(row["due"])} for row in rows]
    show(chosen, rows)
    return 0


def _told(connection: Connection, case: Case) -> dict[str, Any]:
    kind = kind_of(case.kind)
    row = exceptions.row_of(connection, case)
    return {
        **_row(case),
        "id": case.id,
        "device": case.device,
        "till": row.till,
        "group": kind.group,
        "whose": kind.owner,
        "ways": [way.value for way in kind.ways],
        "resolution": case.resolution,
        "resolved": case.resolved,
        "resolved_by": case.resolved_by,
        "resolved_fact": case.resolved_fact,
        "evidence": msgspec.to_builtins(row.evidence),
    }


def _say(chosen: argparse.Namespace, told: dict[str, Any]) -> None:
    if chosen.json:
        print(json.dumps(told, ensure_ascii=False))
        return
    print(f"E-{told['no']} {told['kind']}: {told['amount']} {told['currency']}, {told['state']}")
    print(f"store {told['store']} till {told['till']}, opened {moment(told['opened'])}")
    print(told["detail"])
    for one in told["evidence"]:
        what = one.get("doc_no") or one["fact"]
        print(f"  {moment(one['wall'])}  {one['type']} {what}: {one.get('amount', 0)}")
    if told["state"] in (RESOLVED, SETTLED):
        print(f"{told['resolution'] or 'settled by itself'} on {moment(told['resolved'])}")
    else:
        print("ways: " + ", ".join(told["ways"]))


def _show(chosen: argparse.Namespace) -> int:
    from pos_app.domain.errors import Refused

    connection = connected(chosen, write=False)
    case = exceptions.by_id(connection, chosen.number)
    if case is None:
        connection.close()
        raise Refused("exception_unknown", number=chosen.number)
    _say(chosen, _told(connection, case))
    connection.close()
    return 0


def _decide(
    chosen: argparse.Namespace, kind: type[ExceptionAssigned | ExceptionResolved], **how: str
) -> int:
    from sync.hub.exception_desk import AT_HUB, at_hub
    from sync.hub.identity import load_keys

    connection = connected(chosen)
    now = SystemClock().now()
    who = AT_HUB + (chosen.by or getpass.getuser())
    with connection.transaction():
        head = own_journal.head(now, RandomIds(), actor=who)
        case, first = at_hub(
            connection, load_keys(connection), chosen.number, kind, now, head, **how
        )
        exceptions.tell(connection)
        told = {**_told(connection, case), "first": first}
    connection.close()
    _say(chosen, told)
    if not first and not chosen.json:
        print("It was decided before: that decision holds, and yours is written down.")
    return 0


def _assign(chosen: argparse.Namespace) -> int:
    return _decide(chosen, ExceptionAssigned, to=chosen.to)


def _resolve(chosen: argparse.Namespace) -> int:
    return _decide(chosen, ExceptionResolved, resolution=chosen.way, reason=chosen.reason)


def _check(chosen: argparse.Namespace) -> int:
    from sync.hub.exception_check import check

    connection = connected(chosen)
    told = check(connection, SystemClock().now()).told()
    connection.close()
    if chosen.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(f"{told['anomalies']} anomalies in the journal, {told['exceptions']} exceptions")
        for one in told["opened"]:
            print(f"  opened: {one['kind']} {one['amount']}, {one['detail']}")
        for line in (*told["differing"], *told["unproven"], *told["faults"], *told["rights"]):
            print(f"  {line}")
        print("all there is to settle is in the queue" if told["whole"] else "see above")
    return 0 if told["whole"] else NOT_WHOLE
