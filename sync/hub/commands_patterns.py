"""`holdfast hub patterns`: who does something far more often than the others of the store."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from sync.hub import store
from sync.hub.answers import SystemClock
from sync.hub.commands import connected, show
from sync.hub.pattern_report import of_store

DAYS: Final = 28
DAYS_MAX: Final = 3_660

Word = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
JsonToo = Callable[[argparse.ArgumentParser], None]


def add_words(words: Any, word: Word, json_too: JsonToo) -> None:
    """Adds `patterns` to the hub's words."""
    shown = word(words, "patterns", _show, "who does something far more often than the others")
    shown.add_argument("--store", default="", metavar="NUMBER", help="of one store only")
    shown.add_argument("--days", type=int, default=DAYS, metavar="N", help="how many days (28)")
    json_too(shown)


def _show(chosen: argparse.Namespace) -> int:
    connection = connected(chosen, write=False)
    now = SystemClock().now()
    days = max(1, min(chosen.days, DAYS_MAX))
    rows: list[dict[str, Any]] = []
    for one in store.every(connection):
        if chosen.store in ("", one.store.store_id):
            found, _people = of_store(connection, one.store.store_id, days, now)
            rows += [{"store": one.store.store_id, **asdict(each)} for each in found]
    connection.close()
    if chosen.json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    show(chosen, [_plain(row) for row in rows])
    return 0


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """As a person reads it: shares in per cent, the distance with one digit."""
    return {
        "store": row["store"],
        "person": row["staff"],
        "pattern": row["pattern"],
        "count": row["count"],
        "of": row["per"],
        "here": f"{row['rate'] // 1_000 / 10:.1f} %",
        "others": f"{row['others'] // 1_000 / 10:.1f} %",
        "z": f"{row['z'] / 1_000:.1f}",
    }
