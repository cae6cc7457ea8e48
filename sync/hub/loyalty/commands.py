"""The words of `holdfast hub loyalty`: the programme, members' points and their statement."""
# ruff: noqa: T201 - a command line prints

from __future__ import annotations

import argparse
import getpass
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pos_app.domain.errors import Refused
from pos_app.domain.loyalty import Programme
from pos_app.domain.loyalty_rules import read
from pos_app.domain.points_age import ADJUSTED
from sync.hub import commands
from sync.hub.answers import SystemClock, stamp
from sync.hub.customers import finding, people
from sync.hub.database import Connection
from sync.hub.loyalty import jobs, ledger, programmes
from sync.hub.loyalty.standing import standing
from sync.protocol.customers import CARD, EMAIL, PHONE

_Words = argparse._SubParsersAction  # noqa: SLF001 - argparse names this type no other way
_EXAMPLE = "packaging/LOYALTY.md says what a programme's file may hold, with an example."


def add_words(
    words: _Words[argparse.ArgumentParser],
    word: Callable[..., argparse.ArgumentParser],
    json_too: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Adds loyalty to `holdfast hub`."""
    loyalty = words.add_parser("loyalty", help="the programme, and members' points")
    verbs = loyalty.add_subparsers(
        dest="verb", required=True, metavar="set | show | list | end | statement | adjust | run"
    )
    made = word(verbs, "set", _set, "a programme, or other rules for the one that runs")
    made.epilog = _EXAMPLE
    made.add_argument("file", type=Path, metavar="FILE.toml", help="the programme's rules")
    made.add_argument("--dry-run", action="store_true", help="look, change nothing")
    shown = word(verbs, "show", _show, "the rules that run, as they are kept")
    listed = word(verbs, "list", _list, "every version of every programme")
    end = word(verbs, "end", _end, "end a programme: nothing is earned from now on")
    end.add_argument("programme", metavar="ID", help="as `list` names it")
    told = word(verbs, "statement", _statement, "all that moved a customer's points, oldest first")
    told.add_argument("customer", metavar="ID", help="their id, card or mail")
    moved = word(verbs, "adjust", _adjust, "give points, or take them off, by hand")
    moved.add_argument("customer", metavar="ID", help="their id, card or mail")
    moved.add_argument("points", type=int, metavar="POINTS", help="below 0 takes off")
    moved.add_argument("--reason", required=True, metavar="TEXT", help="why, for the journal")
    done = word(verbs, "run", _run, "do now what the clock does: orders, ends, birthdays")
    for parser in (made, shown, listed, told, moved, done):
        json_too(parser)


def _read(path: Path) -> Programme:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        where = cause.strerror or "?"
        raise Refused("programme_file_unreadable", file=path.name, where=where) from cause
    except ValueError as cause:
        where = str(cause)[:120]
        raise Refused("programme_file_unreadable", file=path.name, where=where) from cause
    return read(table)


def _set(chosen: argparse.Namespace) -> int:
    wanted = _read(chosen.file)
    connection = commands.connected(chosen, write=not chosen.dry_run)
    done = "dry run: nothing was changed"
    if not chosen.dry_run:
        with connection.transaction():
            row = programmes.put(connection, wanted, stamp(SystemClock().now()))
        done = "as it was" if row is None else f"version {row.version}"
    connection.close()
    commands.show(chosen, [{"done": done, **_shown(wanted)}])
    return 0


def _shown(programme: Programme) -> dict[str, Any]:
    return {
        "programme": programme.programme,
        "name": programme.name,
        "earns": f"{programme.points} for {programme.per} minor units {programme.currency}",
        "tiers": ", ".join(f"{tier.name} from {tier.reached}" for tier in programme.tiers),
        "rewards": ", ".join(f"{rule.label} ({rule.points})" for rule in programme.rewards),
        "ends after": f"{programme.expiry_months} months" if programme.expiry_months else "never",
    }


def _show(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=False)
    rows = [row for row in programmes.latest(connection).values() if row.active]
    connection.close()
    if chosen.json:
        print("[" + ",".join(row.rules for row in rows) + "]")
        return 0
    commands.show(chosen, [_shown(programmes.of_row(row)) for row in rows])
    return 0


def _list(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=False)
    rows = [
        {
            "programme": row.programme,
            "version": row.version,
            "name": row.name,
            "currency": row.currency,
            "running": row.active,
        }
        for row in programmes.every(connection)
    ]
    connection.close()
    commands.show(chosen, rows)
    return 0


def _end(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen)
    with connection.transaction():
        row = programmes.end(connection, chosen.programme, stamp(SystemClock().now()))
    connection.close()
    print(f"{row.name} ends with version {row.version}: nothing is earned from now on.")
    return 0


def _account(connection: Connection, said: str) -> str:
    """The account that is meant: by a card, a mail, a customer's id, or an account's own."""
    for kind in (CARD, EMAIL, PHONE):
        for customer in finding.of_contact(connection, kind, said):
            return people.account_of(connection, customer)
    return people.account_of(connection, said)


def _statement(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=False)
    account = _account(connection, chosen.customer)
    total, rows = 0, []
    for each in ledger.statement(connection, account):
        total += each.points
        rows.append(
            {
                "when": each.at,
                "points": each.points,
                "why": each.reason,
                "for": each.about,
                "sum": total,
                "fact": each.fact,
            }
        )
    now = standing(connection, account, datetime.now(UTC))
    connection.close()
    commands.show(chosen, rows)
    if not chosen.json:
        tier = f", {now.tier_name}" if now.tier_name else ""
        ends = f"; {now.ending} end on {now.ends}" if now.ending else ""
        print(f"{now.points} to spend, {now.pending} on their way{tier}{ends}")
    return 0


def _adjust(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen)
    clock = SystemClock()
    with connection.transaction():
        account = _account(connection, chosen.customer)
        free = ledger.free(connection, account, clock.now())
        if chosen.points < 0 and free < -chosen.points:
            raise Refused("points_not_enough", left=free)
        fact = ledger.move(
            *(connection, account, chosen.points),
            reason=ADJUSTED,
            about=chosen.reason[:80],
            now=clock.now(),
            actor=getpass.getuser(),
        )
        after = standing(connection, account, clock.now()).points
    connection.close()
    commands.show(chosen, [{"points": chosen.points, "now": after, "fact": fact}])
    return 0


def _run(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen)
    jobs.one_look(connection, SystemClock().now(), again=True)
    connection.close()
    commands.show(chosen, [{"done": "orders, ends of points, birthdays, what documents say"}])
    return 0
