"""`holdfast hub …`: the central server, and everything a person administers there."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from pos_app.domain.errors import Refused
from pos_app.domain.store import Store
from pos_app.domain.tax import TaxRate, TaxRounding, TaxRules
from sync.hub.answers import RandomIds, SystemClock
from sync.hub.database import Connection, Database

DATABASE: Final = "sqlite:///./hub.sqlite"
PORT: Final = 8470
_Parsers = argparse._SubParsersAction  # noqa: SLF001 - argparse names this type no other way


def add_parser(subparsers: _Parsers[argparse.ArgumentParser]) -> None:
    """Adds `hub` and its words to the command line."""
    from sync.hub import (
        commands_channel,
        commands_database,
        commands_exceptions,
        commands_goods,
        commands_journal,
        commands_patterns,
        commands_people,
        commands_promotion,
        commands_quarantine,
        commands_rights,
        commands_safety,
        commands_snapshot,
        commands_stock,
        commands_storefront,
        commands_tills,
        commands_values,
        commands_webhook,
    )
    from sync.hub.customers import commands as commands_customer
    from sync.hub.loyalty import commands as commands_loyalty
    from sync.hub.orders import commands as commands_orders
    from sync.hub.returning import commands as commands_returns

    hub = subparsers.add_parser("hub", help="the central server and what it administers")
    words = hub.add_subparsers(dest="word", required=True, metavar="WORD")
    _add_init(words)
    _add_serve(words)
    code = _word(words, "enrol-code", _enrol_code, "a one-time code for a new till")
    store_option(code)
    code.add_argument("--till", required=True, help="its number, part of every receipt number")
    code.add_argument("--replace", action="store_true", help="the till takes an old one's place")
    _json_too(code)
    _json_too(_word(words, "devices", _devices, "the tills, and how far each has come"))
    approve = _word(words, "approve", _approve, "let a till in whose six words you have compared")
    approve.add_argument("device", nargs="+", help="its id, or its six words")
    commands_tills.add_words(words, _word, _json_too)
    commands_people.add_words(words, _word, _json_too)
    _add_store(words)
    _add_tax(words)
    commands_stock.add_words(words, _word, _json_too)
    commands_goods.add_words(words, _word, _json_too)
    commands_promotion.add_words(words, _word, _json_too)
    commands_rights.add_words(words, _word, _json_too)
    commands_exceptions.add_words(words, _word, _json_too)
    commands_patterns.add_words(words, _word, _json_too)
    commands_safety.add_words(words, _word, _json_too)
    commands_quarantine.add_words(words, _word, _json_too)
    commands_database.add_words(words, _word)
    commands_snapshot.add_words(words, _word, _json_too)
    commands_journal.add_words(words, _word, _json_too)
    commands_channel.add_words(words, _word, _json_too)
    commands_customer.add_words(words, _word, _json_too)
    commands_orders.add_words(words, _word, _json_too)
    commands_returns.add_words(words, _word, _json_too)
    commands_webhook.add_words(words, _word, _json_too)
    commands_storefront.add_words(words, _word, _json_too)
    commands_values.add_words(words, _word, _json_too)
    commands_loyalty.add_words(words, _word, _json_too)


def _add_serve(words: _Parsers[argparse.ArgumentParser]) -> None:
    serve = _word(words, "serve", _serve, "answer tills")
    serve.add_argument(
        "--host", default="127.0.0.1", help="the address it answers on (%(default)s)"
    )
    serve.add_argument(
        "--port", type=_port, default=PORT, help="its port (%(default)s); 0 takes a free one"
    )
    serve.add_argument(
        "--slow",
        type=_slow,
        default=20,
        metavar="S",
        help="hang up on a slower request (%(default)s)",
    )
    serve.add_argument(
        "--log-format",
        choices=("text", "json", "none"),
        default="none",
        help="a line a request on standard error, as text or JSON (%(default)s)",
    )
    serve.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes at that address; PostgreSQL"
    )
    serve.add_argument(
        "--demo-shop", action="store_true", help="a small web shop beside it, to try things with"
    )


def _word(
    words: _Parsers[argparse.ArgumentParser],
    name: str,
    func: Callable[[argparse.Namespace], int],
    told: str,
) -> argparse.ArgumentParser:
    parser = words.add_parser(name, help=told, description=told)
    parser.add_argument(
        "--database", default=DATABASE, metavar="URL", help="the hub's database (%(default)s)"
    )
    parser.set_defaults(func=func)
    return parser


def store_option(parser: argparse.ArgumentParser, told: str = "") -> None:
    """Adds `--store`, which a hub with one store does without."""
    told = told or "the store's number; a hub with one store needs none"
    parser.add_argument("--store", default="", metavar="NUMBER", help=told)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text} is no port: 0 to 65535")
    return int(text)


def _slow(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 600):
        raise argparse.ArgumentTypeError(f"{text}: 1 to 600 seconds")
    return int(text)


def _json_too(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document, for programs")


def show(chosen: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    """Rows for a person, or as JSON where that was asked."""
    if chosen.json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        print("nothing yet")
        return
    names = list(rows[0])
    table = [names, *([_cell(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[place]) for line in table) for place in range(len(names))]
    for line in table:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())


def _cell(value: object) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def moment(text: str) -> str:
    """A stored moment to the minute, for a person: `2026-11-25 14:43 UTC`."""
    return f"{text[:10]} {text[11:16]} UTC" if text else ""


def connected(chosen: argparse.Namespace, *, write: bool = True) -> Connection:
    """A connection to the hub that `--database` names."""
    return Database(chosen.database).connect(write=write)


def one_store(connection: Connection, given: str) -> str:
    """The store that is meant: the one named, or the only one there is.

    Raises Refused("store_unknown" | "store_needed").
    """
    from sync.hub import store

    if given:
        return store.load(connection, given).store.store_id
    known = store.every(connection)
    if len(known) != 1:
        raise Refused("store_needed", count=len(known))
    return known[0].store.store_id


def _add_init(words: _Parsers[argparse.ArgumentParser]) -> None:
    init = _word(words, "init", _init, "make a hub: one store, its tax set, its manager")
    init.add_argument(
        "--store",
        default="1",
        metavar="NUMBER",
        help="the store's number, part of every receipt number (%(default)s)",
    )
    store_options(init, required=True)
    init.add_argument(
        "--tax",
        action="append",
        default=[],
        metavar="CODE=PERCENT",
        help="a tax rate, for instance standard=20; again for more",
    )
    _tax_ways(init)
    init.add_argument("--manager", required=True, metavar="NAME", help="the first manager's name")
    pin_option(init)


def _tax_ways(parser: argparse.ArgumentParser, taken: str = "") -> None:
    either = parser.add_mutually_exclusive_group()
    for word, included in (("inclusive", True), ("exclusive", False)):
        told = f"prices are {'with' if included else 'without'} tax"
        either.add_argument(
            f"--tax-{word}",
            action="store_const",
            const=included,
            dest="tax_included",
            help=told if taken or not included else f"{told} (so unless said)",
        )
    _rounding_option(parser, taken or "line")


def _rounding_option(parser: argparse.ArgumentParser, otherwise: str) -> None:
    parser.add_argument(
        "--tax-rounding",
        choices=[one.value for one in TaxRounding],
        help=f"where tax is rounded: at every line, or once a receipt ({otherwise})",
    )


def tax_ways(chosen: argparse.Namespace, rules: TaxRules) -> TaxRules:
    """`rules` as the options say; what they do not say stays."""
    if chosen.tax_included is not None:
        rules = replace(rules, prices_include_tax=chosen.tax_included)
    if chosen.tax_rounding is not None:
        rules = replace(rules, rounding=TaxRounding(chosen.tax_rounding))
    return rules


def store_options(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """What a store is; `required` where it is made and not changed."""
    default = "" if required else None
    parser.add_argument("--name", required=required, help="as receipts say it")
    parser.add_argument(
        "--address", action="append", metavar="LINE", help="a line of it; again for more"
    )
    parser.add_argument("--vat-id", default=default, help="as receipts say it")
    parser.add_argument("--currency", required=required, metavar="CODE", help="for instance EUR")
    parser.add_argument("--zone", required=required, help="for instance Europe/Vienna")
    parser.add_argument(
        "--locale",
        default="en" if required else None,
        help="how amounts and dates are written, for instance de-AT",
    )
    parser.add_argument("--footer", default=default, metavar="TEXT", help="last lines of a receipt")
    parser.add_argument("--cut-off", metavar="HH:MM", help="when a new business day begins (00:00)")
    parser.add_argument("--price-list", metavar="NAME", help="whose prices it takes (retail)")
    parser.add_argument(
        "--label-pattern",
        action="append",
        metavar="WORD",
        help="how the store's own labels carry weight or price, for instance 21IIIIIWWWWWC: I item,"
        " W grams, P price, V verifier, C check digit; again for more, empty for none",
    )


def pin_option(parser: argparse.ArgumentParser) -> None:
    """Adds `--pin-stdin`."""
    parser.add_argument("--pin-stdin", action="store_true", help="read the PIN from standard input")


def typed_pin(chosen: argparse.Namespace) -> str:
    """A PIN never stands on a command line: others can read those. Raises Refused("pin_…")."""
    if chosen.pin_stdin:
        return sys.stdin.readline().strip()
    if not sys.stdin.isatty():
        raise Refused("pin_not_typed")
    pin = getpass.getpass("PIN: ")
    if getpass.getpass("PIN again: ") != pin:
        raise Refused("pin_not_repeated")
    return pin


def minutes(text: str | None) -> int:
    """Minutes after midnight of `HH:MM`, 0 for none. Raises Refused("time_bad")."""
    if not text:
        return 0
    hours, _, minutes = text.partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        raise Refused("time_bad", time=text)
    return int(hours) * 60 + int(minutes)


def percent_ppm(text: str) -> int:
    """Parts per million of a percentage such as `8.875`. Raises Refused("tax_rate_bad")."""
    whole, _, part = text.strip().removesuffix("%").replace(",", ".").partition(".")
    if not whole.isdigit() or (part and not part.isdigit()) or len(part) > 4 or len(whole) > 2:
        raise Refused("tax_rate_bad", tax_code=text)
    return int(whole) * 10_000 + int(part.ljust(4, "0"))


def code_and_ppm(text: str) -> tuple[str, int]:
    """A tax code and its rate out of `standard=20`. Raises Refused("tax_rate_bad")."""
    code, _, percent = text.partition("=")
    try:
        if code.strip():
            return code.strip(), percent_ppm(percent)
    except Refused:
        pass
    raise Refused("tax_rate_bad", tax_code=text)


def store_of(chosen: argparse.Namespace) -> Store:
    """The store that the options of `init` and `store add` describe."""
    return Store(
        store_id=chosen.store,
        name=chosen.name,
        currency=chosen.currency,
        zone=chosen.zone,
        locale=chosen.locale,
        address=tuple(chosen.address or ()),
        vat_id=chosen.vat_id,
        cut_off_minutes=minutes(chosen.cut_off),
        footer=chosen.footer,
        price_list=chosen.price_list or "retail",
        label_patterns=tuple(filter(None, chosen.label_pattern or ())),
    )


def _init(chosen: argparse.Namespace) -> int:
    from sync.hub.setting_up import set_up
    from sync.hub.store import Shop

    rates = tuple(TaxRate(*code_and_ppm(given)) for given in chosen.tax)
    shop = Shop(store_of(chosen), tax_ways(chosen, TaxRules(rates)))
    set_up(Database(chosen.database), shop, chosen.manager, typed_pin(chosen), RandomIds())
    print(f"hub ready: store {shop.store.store_id}, {chosen.manager} is its manager")
    return 0


def _serve(chosen: argparse.Namespace) -> int:
    from sync.hub.serving import serve

    return serve(
        chosen.database,
        chosen.host,
        chosen.port,
        slow_s=chosen.slow,
        log_format=chosen.log_format,
        workers=chosen.workers,
        demo_shop=chosen.demo_shop,
    )


def _enrol_code(chosen: argparse.Namespace) -> int:
    from sync.hub import devices
    from sync.hub.identity import new_code

    connection = connected(chosen)
    code = new_code(RandomIds())
    with connection.transaction():
        store_id = one_store(connection, chosen.store)
        expires = devices.issue_code(
            connection, store_id, chosen.till, code, SystemClock().now(), replaces=chosen.replace
        )
    connection.close()
    told = {"code": code, "store": store_id, "till": chosen.till, "expires": expires}
    print(json.dumps(told) if chosen.json else f"{code}  good once, until {moment(expires)}")
    return 0


def device_rows(connection: Connection) -> list[dict[str, Any]]:
    """The tills, as the commands show them."""
    from sync.hub import devices, recovering

    awaited = recovering.awaited_devices(connection)
    return [
        {
            "device": one.device,
            "store": one.store_id,
            "till": one.till,
            "state": one.state,
            "fingerprint": one.fingerprint,
            "name": one.name,
            "epoch": one.epoch,
            "seq": one.last_seq,
            "last_seen": one.last_seen,
            "program": one.program,
            **({"awaited": awaited.get(one.device, "")} if awaited else {}),
        }
        for one in devices.every(connection)
    ]


def _devices(chosen: argparse.Namespace) -> int:
    connection = connected(chosen, write=False)
    rows = device_rows(connection)
    if not chosen.json:
        rows = [{**row, "last_seen": moment(row["last_seen"])} for row in rows]
    show(chosen, rows)
    connection.close()
    return 0


def _approve(chosen: argparse.Namespace) -> int:
    from sync.hub import devices, losses
    from sync.hub.identity import load_keys

    connection, now = connected(chosen), SystemClock().now()
    with connection.transaction():
        wanted = " ".join(chosen.device)
        gone = devices.replaced_by(connection, wanted)
        found = devices.approve(connection, wanted, now)
        keys = load_keys(connection)
        ends = [losses.declare(connection, keys, old, now, RandomIds()) for old in gone]
    connection.close()
    print(f"store {found.store_id} till {found.till} may work: {found.fingerprint}")
    for end in ends:
        last = end.document or "no receipt"
        print(f"the till before it is out of service; the hub holds it up to {last}")
        print("enter every receipt with a later number again, from its paper")
    return 0


def _add_store(words: _Parsers[argparse.ArgumentParser]) -> None:
    from sync.hub import commands_store

    store = words.add_parser("store", help="stores: name, address, VAT id, currency, zone")
    verbs = store.add_subparsers(dest="verb", required=True, metavar="add | set | list")
    add = _word(verbs, "add", commands_store.add, "another store")
    add.add_argument(
        "--store", required=True, metavar="NUMBER", help="part of every receipt number"
    )
    store_options(add, required=True)
    add.add_argument("--tax-from", required=True, metavar="NUMBER", help="whose tax set it takes")
    _tax_ways(add, "as there")
    change = _word(verbs, "set", commands_store.change, "change a store; what is not given stays")
    store_option(change)
    store_options(change, required=False)
    _rounding_option(change, "as it is")
    _json_too(_word(verbs, "list", commands_store.listed, "all stores"))


def _add_tax(words: _Parsers[argparse.ArgumentParser]) -> None:
    from sync.hub import commands_store

    tax = words.add_parser("tax", help="dated tax rates")
    verbs = tax.add_subparsers(dest="verb", required=True, metavar="set | drop | list")
    change = _word(verbs, "set", commands_store.tax_set, "a rate from a day on")
    change.add_argument("rate", metavar="CODE=PERCENT", help="for instance standard=20")
    change.add_argument("--label", default="", help="as receipts say it")
    change.add_argument("--until", default="", metavar="DAY", help="last day it holds")
    change.add_argument("--exempt", action="store_true", help="exempt rather than a zero rate")
    drop = _word(verbs, "drop", commands_store.tax_drop, "take a dated rate back")
    drop.add_argument("code", metavar="CODE", help="the rate's code, for instance standard")
    for parser in (change, drop):
        parser.add_argument(
            "--from", dest="valid_from", default="", metavar="DAY", help="its first, as 2026-11-25"
        )
        store_option(parser)
    listed = _word(verbs, "list", commands_store.tax_list, "the tax set")
    store_option(listed)
    _json_too(listed)
