"""`holdfast hub customer …` and `holdfast hub mail …`: people at the hub, by who sits there."""
# ruff: noqa: T201 - a command line prints

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from pos_app.domain import value_code
from pos_app.domain.errors import Refused
from sync.hub.answers import RandomIds, SystemClock
from sync.hub.commands import connected, moment, one_store, show, store_option
from sync.hub.customers import (
    book,
    feeding,
    finding,
    importing,
    mail_settings,
    mailing,
    merging,
    people,
    privacy,
)
from sync.hub.customers.book import Group
from sync.hub.customers.mail_settings import PORTS, STARTTLS, WAYS, Settings
from sync.hub.customers.mailing import TRIAL, Letter
from sync.hub.database import Connection
from sync.protocol import CustomerRow

Word = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
JsonToo = Callable[[argparse.ArgumentParser], None]
SHOWN: Final = 100


def add_words(words: Any, word: Word, json_too: JsonToo) -> None:
    """Adds `customer` and `mail` to the hub's words."""
    _add_customer(words, word, json_too)
    _add_mail(words, word, json_too)


def _add_customer(words: Any, word: Word, json_too: JsonToo) -> None:
    customer = words.add_parser("customer", help="customers: found, joined, told, erased")
    verbs = customer.add_subparsers(
        dest="verb",
        required=True,
        metavar="list | show | find | merge | unmerge | export | erase | groups | import | keep",
    )
    json_too(word(verbs, "list", _list, "who was seen last, by their ids alone"))
    shown = word(verbs, "show", _show, "everything a till has of somebody")
    found = word(verbs, "find", _find, "by an address, a number, a card or words of a name")
    found.add_argument("text", nargs="+", metavar="TEXT", help="what they say of themselves")
    merged = word(verbs, "merge", _merge, "two are one; the first stays")
    apart = word(verbs, "unmerge", _unmerge, "two again, within 30 days")
    told = word(verbs, "export", _export, "all there is about somebody, as one JSON document")
    told.add_argument("--out", type=Path, metavar="FILE", help="there, for its owner alone")
    gone = word(verbs, "erase", _erase, "nothing is left of somebody but the id")
    gone.add_argument("--forfeit", action="store_true", help="they let go of points and credit")
    gone.add_argument("--to-code", action="store_true", help="their credit on a slip's code")
    for parser in (shown, merged, apart, told, gone):
        parser.add_argument("customer", metavar="ID", help="the customer's id")
    for parser in (merged, apart):
        parser.add_argument("other", metavar="OTHER", help="the other one's id")
    for parser in (merged, apart, gone):
        parser.add_argument("--by", default="hub", metavar="NAME", help="who says so")
    groups = word(verbs, "groups", _groups, "groups; with an id one is made, changed or dropped")
    groups.add_argument("group", nargs="?", default="", metavar="ID", help="the group's id")
    groups.add_argument("--name", default="", help="what people call it")
    groups.add_argument("--price-list", default="", metavar="LIST", help="what they pay by")
    groups.add_argument("--drop", action="store_true", help="there is no such group any more")
    come = word(verbs, "import", _import, "customers from a CSV file with a head line")
    come.add_argument("file", type=Path, metavar="FILE.csv", help="name, email, phone, card …")
    store_option(come, "the store that knows them; a hub with one store needs none")
    keep = word(verbs, "keep", _keep, "for how long a store keeps whom it does not see")
    keep.add_argument("--months", type=int, required=True, metavar="N", help="1 to 120")
    for parser in (shown, found, merged, apart, gone, groups, come):
        json_too(parser)


def _add_mail(words: Any, word: Word, json_too: JsonToo) -> None:
    mail = words.add_parser("mail", help="how receipts and other mail leave the hub")
    verbs = mail.add_subparsers(
        dest="verb", required=True, metavar="set | show | test | list | off"
    )
    kept = word(verbs, "set", _mail_set, "the server that takes the hub's mail")
    kept.add_argument("--host", required=True, help="its name")
    kept.add_argument("--from", dest="sender", required=True, metavar="ADDRESS", help="the sender")
    kept.add_argument("--way", choices=WAYS, default=STARTTLS, help="(%(default)s)")
    kept.add_argument("--port", type=int, default=0, help="what the way has otherwise")
    kept.add_argument("--user", default="", help="by which the server knows us")
    kept.add_argument("--password", default="", metavar="-", help="- asks for it")
    kept.add_argument("--name", default="", help="whom people read as its sender")
    kept.add_argument("--reply-to", default="", metavar="ADDRESS", help="where answers go")
    json_too(word(verbs, "show", _mail_show, "how it is set, without the password"))
    tried = word(verbs, "test", _mail_test, "sends one mail now")
    tried.add_argument("address", metavar="ADDRESS", help="whom it goes to")
    json_too(word(verbs, "list", _mail_list, "the newest mails, without whom they are for"))
    word(verbs, "off", _mail_off, "no mail leaves the hub; what waits goes on waiting")


def _say(chosen: argparse.Namespace, told: Any, lines: list[str]) -> int:
    if getattr(chosen, "json", False):
        print(json.dumps(msgspec.to_builtins(told), ensure_ascii=False))
    else:
        print("\n".join(lines))
    return 0


# --- customers --------------------------------------------------------------------------------


def _list(chosen: argparse.Namespace) -> int:
    connection = connected(chosen, write=False)
    told = people.seen_last(connection, SHOWN)
    connection.close()
    show(chosen, told)
    return 0


def _found(connection: Connection, customer: str) -> CustomerRow:
    row = book.row(connection, customer, SystemClock().now())
    if row is None:
        raise Refused("customer_unknown", customer=customer)
    return row


def _lines(row: CustomerRow) -> list[str]:
    head = f"{row.customer}  {row.name}"
    if row.erased:
        return [f"{row.customer}  erased"]
    if row.merged_into:
        return [f"{row.customer}  is {row.merged_into}"]
    contacts = [f"  {one.kind}: {one.value}" for one in row.contacts]
    said = [f"  {one.purpose}: {one.state} ({moment(one.at)})" for one in row.consents]
    sums = f"  value {row.value}, {row.visits} visits, {row.points} points, credit {row.credit}"
    same = [f"  perhaps {one.other} {one.name}, same {one.why}" for one in row.proposals]
    return [head, *contacts, sums, *said, *same]


def _show(chosen: argparse.Namespace) -> int:
    connection = connected(chosen, write=False)
    row = _found(connection, chosen.customer)
    connection.close()
    return _say(chosen, row, _lines(row))


def _find(chosen: argparse.Namespace) -> int:
    connection = connected(chosen, write=False)
    ids = finding.search(connection, " ".join(chosen.text), "", finding.LIMIT_MAX)
    found = [_found(connection, one) for one in ids]
    connection.close()
    return _say(chosen, found, [line for row in found for line in _lines(row)] or ["nobody"])


def _merge(chosen: argparse.Namespace) -> int:
    return _joined(chosen, merging.merge)


def _unmerge(chosen: argparse.Namespace) -> int:
    return _joined(chosen, merging.unmerge)


def _joined(chosen: argparse.Namespace, how: Callable[..., merging.Merge]) -> int:
    connection, now = connected(chosen), SystemClock().now()
    with connection.transaction():
        done = how(connection, chosen.customer, chosen.other, now, by=chosen.by)
        root = people.root_of(connection, done.kept)
        feeding.touch_all(connection, (done.kept, done.other, root), now)
    connection.close()
    moved = ", ".join(f"{amount} {kind}" for kind, amount in done.moved) or "nothing"
    told = {"kept": done.kept, "other": done.other, "moved": dict(done.moved)}
    return _say(chosen, told, [f"{done.kept} and {done.other}: {moved} of theirs moved"])


def _export(chosen: argparse.Namespace) -> int:
    connection = connected(chosen, write=False)
    told = privacy.export(connection, chosen.customer, SystemClock().now())
    connection.close()
    text = msgspec.json.format(msgspec.json.encode(told), indent=2)
    if chosen.out is None:
        print(text.decode())
        return 0
    chosen.out.touch(mode=0o600)
    chosen.out.write_bytes(text)
    print(f"{chosen.out}: {len(text)} bytes")
    return 0


def _erase(chosen: argparse.Namespace) -> int:
    connection, now = connected(chosen), SystemClock().now()
    code = value_code.new_code(value_code.CREDIT) if chosen.to_code else None
    with connection.transaction():
        done = privacy.erase(
            connection,
            chosen.customer,
            now,
            cause=privacy.ASKED,
            by=chosen.by,
            forfeit=chosen.forfeit,
            to_code=value_code.account_of(code) if code is not None else "",
        )
    connection.close()
    lines = [done.words]
    told: dict[str, Any] = {"erased": list(done.customers), "forfeited": dict(done.forfeited)}
    if code is not None and done.moved:
        lines.append(f"{done.moved} are on this code, shown this once: {code.qr}")
        told |= {"moved": done.moved, "code": code.qr}
    return _say(chosen, told, lines)


def _groups(chosen: argparse.Namespace) -> int:
    connection = connected(chosen)
    if chosen.group:
        with connection.transaction():
            if chosen.drop:
                book.drop_group(connection, chosen.group)
            else:
                group = Group(chosen.group, chosen.name or chosen.group, chosen.price_list)
                book.put_group(connection, group)
            feeding.touch_all(
                connection, book.members_of(connection, chosen.group), SystemClock().now()
            )
    found = book.groups(connection)
    connection.close()
    lines = [f"{one.group_id}  {one.name}  {one.price_list}" for one in found]
    return _say(chosen, found, lines or ["no groups"])


def _import(chosen: argparse.Namespace) -> int:
    connection = connected(chosen)
    store = one_store(connection, chosen.store)
    done = importing.read(connection, chosen.file, store, SystemClock().now())
    connection.close()
    line = f"{done.made} customers entered, {done.changed} known before, {done.skipped} left out"
    return _say(chosen, done, [line])


def _keep(chosen: argparse.Namespace) -> int:
    connection = connected(chosen)
    with connection.transaction():
        feeding.set_months(connection, chosen.months)
    connection.close()
    print(f"A store keeps whom it does not see for {chosen.months} months.")
    return 0


# --- mail -------------------------------------------------------------------------------------


def _mail_set(chosen: argparse.Namespace) -> int:
    password = chosen.password
    if password == "-":  # noqa: S105 - it says where the password comes from
        typed = sys.stdin.isatty()
        password = getpass.getpass("Password: ") if typed else sys.stdin.readline().rstrip("\n")
    connection = connected(chosen)
    with connection.transaction():
        done = mail_settings.put(
            connection,
            Settings(
                host=chosen.host,
                port=chosen.port or PORTS[chosen.way],
                way=chosen.way,
                sender=chosen.sender,
                name=chosen.name,
                user=chosen.user,
                password=password,
                reply_to=chosen.reply_to,
            ),
        )
        waiting = mailing.again(connection, SystemClock().now())
    connection.close()
    print(f"Mail goes out by {done.host}:{done.port} as {done.sender}; {waiting} wait.")
    return 0


def _settings(connection: Connection) -> Settings:
    found = mail_settings.load(connection)
    if found is None:
        raise Refused("mail_not_set")
    return found


def _mail_show(chosen: argparse.Namespace) -> int:
    connection = connected(chosen, write=False)
    found = _settings(connection)
    connection.close()
    told = {**msgspec.to_builtins(found), "password": "set" if found.password else ""}
    return _say(chosen, told, [f"{name}: {value}" for name, value in told.items() if value])


def _mail_test(chosen: argparse.Namespace) -> int:
    from sync.hub.customers import posting
    from sync.hub.customers.contacts import normal

    connection, clock = connected(chosen), SystemClock()
    settings, to = _settings(connection), normal("email", chosen.address)
    if not to:
        raise Refused("mail_address_bad")
    mail = mailing.Waiting(RandomIds().uuid(), "", TRIAL, Letter(to), "", 1)
    try:
        posting.send(connection, settings, mail, clock.now())
    except (posting.Unreachable, posting.Hopeless) as cause:
        raise Refused("mail_not_sent", why=str(cause)) from cause
    finally:
        connection.close()
    print(f"The server took a mail for {to}.")
    return 0


def _mail_list(chosen: argparse.Namespace) -> int:
    connection = connected(chosen, write=False)
    told = mailing.listed(connection)
    connection.close()
    show(chosen, told)
    return 0


def _mail_off(chosen: argparse.Namespace) -> int:
    connection = connected(chosen)
    with connection.transaction():
        mail_settings.drop(connection)
    connection.close()
    print("No mail leaves the hub until mail set names a server.")
    return 0
