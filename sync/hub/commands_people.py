"""`holdfast hub staff …` and `holdfast hub policy …`: the people at the tills, and what they may do."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pos_app.domain.errors import Refused, Unavailable
from pos_app.domain.staff import Role
from sync.hub.answers import RandomIds, SystemClock
from sync.hub.commands import (
    connected,
    moment,
    one_store,
    pin_option,
    show,
    store_option,
    typed_pin,
)

Word = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
JsonToo = Callable[[argparse.ArgumentParser], None]


def add_words(words: Any, word: Word, json_too: JsonToo) -> None:
    """Adds `staff` and `policy` to the hub's words."""
    _add_staff(words, word, json_too)
    _add_policy(words, word, json_too)


def _add_staff(words: Any, word: Word, json_too: JsonToo) -> None:
    staff = words.add_parser("staff", help="the people at the tills")
    verbs = staff.add_subparsers(
        dest="verb", required=True, metavar="add | list | pin | badge | deactivate"
    )
    add = word(verbs, "add", _staff_add, "a new person")
    store_option(add)
    add.add_argument("--name", required=True, help="as the till and receipts say it")
    add.add_argument(
        "--role",
        choices=[role.value for role in Role],
        default=Role.CASHIER.value,
        help="what the person may do (%(default)s)",
    )
    pin_option(add)
    listed = word(verbs, "list", _staff_list, "everybody")
    store_option(listed)
    json_too(listed)
    pin = word(verbs, "pin", _staff_pin, "a new PIN for a person")
    badge = word(verbs, "badge", _staff_badge, "a new badge for a person: its code, shown once")
    badge.add_argument("--take-away", action="store_true", help="their badge opens nothing more")
    json_too(badge)
    off = word(verbs, "deactivate", _staff_off, "take a person off the tills")
    for parser in (pin, badge, off):
        store_option(parser)
        parser.add_argument("staff", metavar="NUMBER", help="the person's; `staff list` shows it")
    pin_option(pin)


def _staff_add(chosen: argparse.Namespace) -> int:
    from sync.hub import people

    pin = typed_pin(chosen)
    connection = connected(chosen)
    with connection.transaction():
        store_id = one_store(connection, chosen.store)
        person = people.add(connection, store_id, chosen.name, Role(chosen.role), pin)
    connection.close()
    print(f"{person.staff_id}  {person.name}, {person.role.value}")
    return 0


def _staff_list(chosen: argparse.Namespace) -> int:
    from sync.hub import store

    connection = connected(chosen, write=False)
    people = store.people(connection, one_store(connection, chosen.store))
    rows = [
        {
            "staff": one.staff_id,
            "name": one.name,
            "role": one.role.value,
            "active": one.active,
            "badge": bool(one.badge),
        }
        for one in people
    ]
    show(chosen, rows)
    connection.close()
    return 0


def _staff_pin(chosen: argparse.Namespace) -> int:
    from sync.hub import people

    pin = typed_pin(chosen)
    connection = connected(chosen)
    with connection.transaction():
        store_id = one_store(connection, chosen.store)
        person = people.set_pin(connection, store_id, chosen.staff, pin)
    connection.close()
    print(f"{person.name} has a new PIN")
    return 0


def _staff_badge(chosen: argparse.Namespace) -> int:
    from sync.hub import people

    connection = connected(chosen)
    with connection.transaction():
        store_id = one_store(connection, chosen.store)
        if chosen.take_away:
            person, code = people.take_badge(connection, store_id, chosen.staff), ""
        else:
            person, code = people.give_badge(connection, store_id, chosen.staff, RandomIds())
    connection.close()
    if chosen.json:
        print(json.dumps({"staff": person.staff_id, "code": code}))
    elif code:
        print(f"{code}  {person.name}: print it as Code 128; it is shown only now")
    else:
        print(f"{person.name}: that badge opens nothing any more")
    return 0


def _staff_off(chosen: argparse.Namespace) -> int:
    from sync.hub import people

    connection = connected(chosen)
    with connection.transaction():
        store_id = one_store(connection, chosen.store)
        person = people.deactivate(connection, store_id, chosen.staff)
    connection.close()
    print(f"{person.name} is off the tills")
    return 0


def _add_policy(words: Any, word: Word, json_too: JsonToo) -> None:
    policy = words.add_parser("policy", help="who may do how much, as the tills are told it")
    verbs = policy.add_subparsers(dest="verb", required=True, metavar="show | set | sign")
    json_too(word(verbs, "show", _policy_show, "the limits in force, and how long they are signed"))
    change = word(verbs, "set", _policy_set, "other limits for every store")
    change.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="a text like resources/policy.toml"
    )
    change.add_argument("--shipped", action="store_true", help="the limits this program came with")
    word(verbs, "sign", _policy_sign, "sign the limits in force anew, now; tills ask for it daily")


def _policy_show(chosen: argparse.Namespace) -> int:
    from sync.hub import policies

    connection = connected(chosen, write=False)
    row = policies.current(connection)
    connection.close()
    if chosen.json:
        told = {"version": row.version, "issued": row.issued, "valid_until": row.valid_until}
        print(json.dumps({**told, "text": row.text}, ensure_ascii=False))
        return 0
    print(
        f"# version {row.version}, signed until {moment(row.valid_until) or 'the first till asks'}"
    )
    print(row.text, end="")
    return 0


def _policy_set(chosen: argparse.Namespace) -> int:
    from sync.hub import policies
    from sync.hub.identity import load_keys

    if bool(chosen.file) == chosen.shipped:
        raise Refused("policy_which")
    text = policies.shipped_policy() if chosen.shipped else _text_of(chosen.file)
    connection = connected(chosen)
    with connection.transaction():
        keys = load_keys(connection)
        row = policies.put(connection, text, keys, SystemClock().now())
    connection.close()
    print(f"limits version {row.version} in force, signed until {moment(row.valid_until)}")
    return 0


def _policy_sign(chosen: argparse.Namespace) -> int:
    from sync.hub import policies
    from sync.hub.identity import load_keys

    connection = connected(chosen)
    with connection.transaction():
        row = policies.sign(connection, load_keys(connection), SystemClock().now())
    connection.close()
    print(f"limits version {row.version} signed until {moment(row.valid_until)}")
    return 0


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as cause:
        raise Refused("policy_unreadable", where=str(cause)) from cause
    except OSError as cause:
        raise Unavailable("file_unreadable", file=path.name) from cause
