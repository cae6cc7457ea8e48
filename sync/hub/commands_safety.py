"""The words of `holdfast hub` about its own safety: backup, restore, verify, recovered."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sync.hub.answers import RandomIds, SystemClock
from sync.hub.commands import connected, moment
from sync.hub.database import Database

NOT_WHOLE: Final = 1
"""Exit status where something was found that does not hold."""
SHOWN: Final = 20

Word = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
JsonToo = Callable[[argparse.ArgumentParser], None]


def add_words(words: Any, word: Word, json_too: JsonToo) -> None:
    """Adds `backup`, `restore`, `verify` and `recovered` to the hub's words."""
    kept = word(words, "backup", _backup, "a verified copy of the hub, made while it serves")
    kept.add_argument("file", type=Path, metavar="FILE", help="where the copy goes")
    kept.add_argument("--replace", action="store_true", help="in the place of an older copy")
    back = word(words, "restore", _restore, "go on from a copy; the hub must not serve")
    back.add_argument(
        "file",
        type=Path,
        nargs="?",
        metavar="FILE",
        help="the copy; without one, the database itself was put back by other means",
    )
    looked = word(words, "verify", _verify, "whether the books are what the tills signed")
    over = word(words, "recovered", _recovered, "whom a hub that was put back still waits for")
    over.add_argument(
        "--override", action="store_true", help="the tills still awaited will not come"
    )
    over.add_argument("--by", default="", metavar="NAME", help="who says so")
    over.add_argument("--reason", default="", metavar="TEXT", help="why")
    for parser in (kept, back, looked, over):
        json_too(parser)


def _say(chosen: argparse.Namespace, told: dict[str, Any], lines: list[str]) -> None:
    print(json.dumps(told, ensure_ascii=False) if chosen.json else "\n".join(lines))


def _found(told: dict[str, Any]) -> list[str]:
    findings: list[str] = told["findings"]
    more = len(findings) - SHOWN + told["more"]
    return findings[:SHOWN] + ([f"and {more} more"] if more > 0 else [])


def _backup(chosen: argparse.Namespace) -> int:
    from sync.hub.backups import backup

    made = backup(
        Database(chosen.database), chosen.file, SystemClock().now(), replace=chosen.replace
    )
    told = {"file": str(made.path), "bytes": made.size, **made.verdict.told()}
    if made.verdict.whole:
        counted = f"{made.verdict.entries:,} entries of {made.verdict.chains:,} chains"
        lines = [f"{made.path}: whole, {counted}, {made.size:,} bytes"]
        key = Path(f"{Database(chosen.database).path}.key")
        if key.exists():
            lines += [f"{key.name} opens what is sealed in it, and is not in it: keep it apart"]
    else:
        lines = [*_found(told), f"{made.path}: NOT whole; it is kept under this name"]
    _say(chosen, told, lines)
    return 0 if made.verdict.whole else NOT_WHOLE


def _restore(chosen: argparse.Namespace) -> int:
    from sync.hub.backups import put_back, restore
    from sync.hub.customers import privacy

    now, ids, database = SystemClock().now(), RandomIds(), Database(chosen.database)
    if chosen.file is None:
        tills = put_back(database, now, ids)
        told: dict[str, Any] = {"tills": tills, "erased": privacy.replay(database, now)}
        lines = [f"the hub goes on from what is there, and waits for {tills} tills"]
    else:
        done = restore(database, chosen.file, now, ids)
        before = str(done.before) if done.before else ""
        told = {"tills": done.tills, "before": before, "erased": done.erased}
        told |= done.verdict.told()
        lines = [f"restored: {done.verdict.entries:,} entries, waits for {done.tills} tills"]
        lines += [f"{done.erased} people were erased again"] if done.erased else []
        lines += [f"what was there before is {before}"] if before else []
    _say(chosen, told, [*lines, "now: holdfast hub serve"])
    return 0


def _verify(chosen: argparse.Namespace) -> int:
    from sync.hub.verifying import verify

    connection = connected(chosen, write=False)
    verdict = verify(connection)
    connection.close()
    told = verdict.told()
    looked = (
        f"{verdict.entries:,} entries of {verdict.chains:,} chains,"
        f" {verdict.streams:,} streams: {'whole' if verdict.whole else 'NOT whole'}"
    )
    _say(chosen, told, [*_found(told), looked])
    return 0 if verdict.whole else NOT_WHOLE


def _recovered(chosen: argparse.Namespace) -> int:
    from sync.hub import recovering
    from sync.hub.identity import load_keys

    connection = connected(chosen, write=chosen.override)
    try:
        if chosen.override:
            with connection.transaction():
                missing = recovering.end(
                    connection,
                    load_keys(connection),
                    SystemClock().now(),
                    RandomIds(),
                    actor=chosen.by,
                    reason=chosen.reason,
                )
            _say(
                chosen,
                {"missing": missing},
                [f"recovered without {len(missing)} tills: rights are given again", *missing],
            )
            return 0
        state = recovering.state(connection)
    finally:
        connection.close()
    lines = [f"recovering since {moment(state['since'])}" if state["since"] else "not recovering"]
    lines += [
        f"  {one['device']}: {'its entries are on their way' if one['said_hello'] else 'silent'}"
        for one in state["awaited"]
    ]
    _say(chosen, state, lines)
    return 0
