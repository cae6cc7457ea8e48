"""`holdfast hub webhook …`: whom the hub tells of what happens, and what never reached them."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Callable
from typing import Any

from sync.hub.answers import RandomIds, SystemClock
from sync.hub.commands import connected, moment, show
from sync.hub.webhooks import subscriptions, telling
from sync.hub.webhooks.posting import post
from sync.hub.webhooks.signing import headers

Word = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
JsonToo = Callable[[argparse.ArgumentParser], None]


def add_words(words: Any, word: Word, json_too: JsonToo) -> None:
    """Adds `webhook` to the hub's words."""
    hooks = words.add_parser("webhook", help="other people's programs that are told of things")
    verbs = hooks.add_subparsers(
        dest="verb",
        required=True,
        metavar="add | list | types | test | dead | replay | rotate-secret | resume | remove",
    )
    made = word(verbs, "add", _add, "tell an address of what happens; shows its secret once")
    made.add_argument("--url", required=True, help="where to, for instance https://shop.example/in")
    made.add_argument(
        "--type",
        action="append",
        default=[],
        metavar="TYPE",
        help="of what, for instance order.ready or stock.*; again for more (everything)",
    )
    made.add_argument(
        "--private-ok", action="store_true", help="the address is in a network of your own"
    )
    listed = word(verbs, "list", _list, "who is told, and how that goes")
    types = word(verbs, "types", _types, "what there is to be told of")
    tried = word(verbs, "test", _test, "send one message now and say what came of it")
    dead = word(verbs, "dead", _dead, "what never arrived")
    again = word(verbs, "replay", _replay, "send again what never arrived")
    again.add_argument("--event", default="", metavar="ID", help="only this one, arrived or not")
    again.add_argument(
        "--since", default="", metavar="MOMENT", help="everything since, as 2026-11-25T08:00"
    )
    turned = word(verbs, "rotate-secret", _rotate, "another secret; the old one signs for a day")
    resumed = word(verbs, "resume", _resume, "tell one again that was disabled")
    gone = word(verbs, "remove", _remove, "tell it nothing any more")
    for parser in (made, tried, dead, again, turned, resumed, gone):
        parser.add_argument("name", metavar="NAME", help="what it is called here")
    for parser in (made, listed, types, tried, dead, again, turned):
        json_too(parser)


def _add(chosen: argparse.Namespace) -> int:
    with contextlib.closing(connected(chosen)) as connection, connection.transaction():
        found, secret = subscriptions.add(
            connection,
            chosen.name,
            chosen.url,
            chosen.type or ["*"],
            RandomIds(),
            SystemClock().now(),
            private_ok=chosen.private_ok,
        )
    told = {"name": found.name, "url": found.url, "types": found.types, "secret": secret}
    if chosen.json:
        print(json.dumps(told))
    else:
        print(f"{found.name} is told of {found.types} at {found.url}")
        print(f"its secret, shown this once: {secret}")
    return 0


def _list(chosen: argparse.Namespace) -> int:
    with contextlib.closing(connected(chosen, write=False)) as connection:
        counts = subscriptions.counts(connection)
        rows = [
            {
                "name": one.name,
                "url": one.url,
                "types": one.types,
                "state": one.state,
                **{
                    name: counts.get(one.subscription_id, {}).get(state, 0)
                    for name, state in (("waiting", telling.DUE), ("dead", telling.DEAD))
                },
                "delivered": one.delivered if chosen.json else moment(one.delivered),
                "failed": one.failed if chosen.json else moment(one.failed),
                "why": one.why,
            }
            for one in subscriptions.every(connection)
        ]
    show(chosen, rows)
    return 0


def _types(chosen: argparse.Namespace) -> int:
    show(chosen, [{"type": name, "means": told} for name, told in telling.TYPES.items()])
    return 0


def _test(chosen: argparse.Namespace) -> int:
    """Sent from here and now, so that whoever sets it up sees what came of it."""
    now = SystemClock().now()
    with contextlib.closing(connected(chosen)) as connection:
        found = subscriptions.named(connection, chosen.name)
        secrets = found.secrets(connection, now)
    event, body = telling.composed("test.ping", {"subscription": found.name}, now)
    signed = headers(secrets, event, int(now.timestamp()), body)
    answer = post(found.url, signed, body, private_ok=found.private_ok)
    arrived = 200 <= answer.status < 300
    if chosen.json:
        told = {"arrived": arrived, "status": answer.status, "detail": answer.detail, "id": event}
        print(json.dumps(told))
    elif answer.status:
        print(f"{found.url} answered {answer.status}: {'it works' if arrived else 'not a yes'}")
    else:
        print(f"{found.url} did not answer: {answer.detail}")
    return 0 if arrived else 1


def _dead(chosen: argparse.Namespace) -> int:
    with contextlib.closing(connected(chosen, write=False)) as connection:
        rows = [
            {
                "event": one.event_id,
                "type": one.type,
                "at": one.at if chosen.json else moment(one.at),
                "tries": one.tries,
                "status": one.status,
                "detail": one.detail,
            }
            for one in subscriptions.deliveries(connection, chosen.name)
            if one.state == telling.DEAD
        ]
    show(chosen, rows)
    return 0


def _replay(chosen: argparse.Namespace) -> int:
    with contextlib.closing(connected(chosen)) as connection, connection.transaction():
        count = subscriptions.replay(
            connection,
            chosen.name,
            SystemClock().now(),
            event=chosen.event,
            since=chosen.since,
        )
    print(json.dumps({"queued": count}) if chosen.json else f"{count} are sent again")
    return 0


def _rotate(chosen: argparse.Namespace) -> int:
    with contextlib.closing(connected(chosen)) as connection, connection.transaction():
        secret = subscriptions.rotate(connection, chosen.name, SystemClock().now())
    if chosen.json:
        print(json.dumps({"name": chosen.name, "secret": secret}))
    else:
        print(f"its new secret, shown this once: {secret}")
        print("the one before signs beside it for a day")
    return 0


def _resume(chosen: argparse.Namespace) -> int:
    with contextlib.closing(connected(chosen)) as connection, connection.transaction():
        subscriptions.resume(connection, chosen.name)
    print(f"{chosen.name} is told again")
    return 0


def _remove(chosen: argparse.Namespace) -> int:
    with contextlib.closing(connected(chosen)) as connection, connection.transaction():
        subscriptions.remove(connection, chosen.name)
    print(f"{chosen.name} is told nothing any more")
    return 0
