"""`holdfast hub suspend | resume | wipe | revoke | lost | unseal`: what a person orders of a till."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pos_app.domain.errors import Unavailable
from sync.hub.answers import RandomIds, SystemClock

_Words = Callable[..., argparse.ArgumentParser]


def add_words(
    words: Any, word: _Words, json_too: Callable[[argparse.ArgumentParser], None]
) -> None:
    """Adds them below `hub`."""
    for name, func, told in (
        ("suspend", _suspend, "lock a till; it goes on sending what it has"),
        ("resume", _resume, "let a suspended till work again"),
        ("wipe", _wipe, "have a till destroy its keys; its sales stay readable here alone"),
        ("revoke", _revoke, "take a till out of service"),
    ):
        each = word(words, name, func, told)
        each.add_argument("device", nargs="+", help="its id, or its six words")
        each.add_argument("--reason", default="", metavar="TEXT", help="why; it is kept")
        each.add_argument("--by", default="", metavar="NAME", help="who orders it; it is kept")
        if name == "wipe":
            each.add_argument(
                "--drain", action="store_true", help="only when everything of it is here"
            )
    lost = word(words, "lost", _lost, "say that what a dead till had not sent is gone")
    lost.add_argument("device", nargs="+", help="its id, or its six words")
    lost.add_argument(
        "--papers-to", default="", metavar="NUMBER", help="the last receipt number seen on paper"
    )
    lost.add_argument("--by", default="", metavar="NAME", help="who says so; it is kept")
    json_too(lost)
    unseal = word(words, "unseal", _unseal, "book what the ledger of a wiped till still holds")
    unseal.add_argument("device", nargs="+", help="its id, or its six words")
    unseal.add_argument("--ledger", type=Path, metavar="FILE", help="its ledger.sqlite")
    unseal.add_argument(
        "--sealed", type=Path, metavar="FILE", help="its keys.sealed, for a hub that has no key"
    )
    unseal.add_argument(
        "--key-out", type=Path, metavar="FILE", help="write its database key here (0600)"
    )
    unseal.add_argument("--by", default="", metavar="NAME", help="who does it; it is kept")
    json_too(unseal)


def _suspend(chosen: argparse.Namespace) -> int:
    return _ordered(chosen, "suspend", "store {store} till {till} is suspended: it is locked")


def _resume(chosen: argparse.Namespace) -> int:
    return _ordered(chosen, "resume", "store {store} till {till} may work again")


def _wipe(chosen: argparse.Namespace) -> int:
    if chosen.drain:
        told = "store {store} till {till} is locked, and wiped when everything of it is here"
        return _ordered(chosen, "drain_wipe", told)
    return _ordered(chosen, "wipe", "store {store} till {till} wipes itself when it hears of it")


def _revoke(chosen: argparse.Namespace) -> int:
    return _ordered(chosen, "revoke", "store {store} till {till} is out of service")


def _ordered(chosen: argparse.Namespace, word: str, told: str) -> int:
    from sync.hub.commands import connected
    from sync.hub.identity import load_keys
    from sync.hub.till_orders import order

    connection = connected(chosen)
    with connection.transaction():
        found = order(
            connection,
            load_keys(connection),
            " ".join(chosen.device),
            word,
            SystemClock().now(),
            RandomIds(),
            by=chosen.by,
            reason=chosen.reason,
        )
    connection.close()
    print(told.format(store=found.store_id, till=found.till))
    return 0


def _lost(chosen: argparse.Namespace) -> int:
    import msgspec

    from sync.hub import devices, losses
    from sync.hub.commands import connected, moment
    from sync.hub.identity import load_keys

    connection = connected(chosen)
    with connection.transaction():
        device = devices.choose(connection, " ".join(chosen.device))
        found = losses.declare(
            connection,
            load_keys(connection),
            device,
            SystemClock().now(),
            RandomIds(),
            papers_to=chosen.papers_to,
            by=chosen.by,
        )
    connection.close()
    if chosen.json:
        print(json.dumps(msgspec.to_builtins(found)))
        return 0
    last = found.document or "no receipt"
    print(f"held of store {found.store} till {found.till}: entry {found.epoch}/{found.seq}, {last}")
    print(f"last heard: {moment(found.seen)}")
    print("enter every receipt with a later number again, from its paper")
    return 0


def _unseal(chosen: argparse.Namespace) -> int:
    from sync.hub import devices, own_journal, unsealing
    from sync.hub.commands import connected
    from sync.hub.identity import load_keys
    from sync.protocol.facts_till_orders import TillOrdered

    connection, now, ids = connected(chosen), SystemClock().now(), RandomIds()
    keys = load_keys(connection)
    device = devices.choose(connection, " ".join(chosen.device))
    sealed = _read(chosen.sealed) if chosen.sealed is not None else ""
    key = unsealing.key_of(connection, device, keys, sealed)
    with connection.transaction():
        head = own_journal.head(now, ids, store=device.store_id, actor=chosen.by)
        own_journal.append(
            connection, keys, TillOrdered(**head, device=device.device, word="unseal"), now
        )
    if chosen.key_out is not None:
        _write_key(chosen.key_out, key)
    row: dict[str, Any] = {"device": device.device, "booked": 0}
    if chosen.ledger is not None:
        row = unsealing.recover(connection, device, chosen.ledger, key, keys, now, ids).row()
    connection.close()
    if chosen.json:
        print(json.dumps(row))
        return 0
    if chosen.ledger is None:
        print("the key is good" + (f"; it is in {chosen.key_out}" if chosen.key_out else ""))
    else:
        print(f"{row['booked']} entries booked that the till had not sent")
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, ValueError) as cause:
        raise Unavailable("file_unreadable", file=path.name) from cause


def _write_key(path: Path, key: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as cause:
        raise Unavailable("file_unreadable", file=path.name) from cause
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump({"db_key": key.hex()}, file)
