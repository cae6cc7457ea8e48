"""The words of `holdfast hub promotion`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from pos_app.domain.errors import Refused
from pos_app.domain.money import minor_digits
from pos_app.domain.promotion import Kind, Promotion
from sync.hub import commands, promotions, store
from sync.hub.answers import SystemClock, stamp
from sync.hub.promotion_file import DAYS, KINDS, promotion_from, read_file
from sync.protocol import PromotionRow, promotion_of

_Words = argparse._SubParsersAction  # noqa: SLF001 - argparse names this type no other way
_EXAMPLES = """for instance:
  add "3 for 2" --kind n-for-m --buy 3 --pay 2 --department Tea
  add "Second at half price" --kind n-for-m --buy 2 --pay 1 --percent 50 --sku A1 --sku A2
  add "Happy hour" --kind percent --percent 10 --department Bakery --hours 17:00-19:00
  add "Breakfast" --kind bundle --part "COFFEE,TEA" --part "department:Bakery * 2" --price 5.90
  add "5 off from 40" --kind spend --spend 40 --amount 5
  add "Welcome" --kind percent --percent 10 --coupon WELCOME10 --single-use"""


def add_words(
    words: _Words[argparse.ArgumentParser],
    word: Callable[..., argparse.ArgumentParser],
    json_too: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Adds promotion to `holdfast hub`."""
    promotion = words.add_parser("promotion", help="what is cheaper, when and for whom")
    verbs = promotion.add_subparsers(dest="verb", required=True, metavar="add | list | end")
    add = word(verbs, "add", _add, "a promotion, or other words for one that is there")
    add.formatter_class = argparse.RawDescriptionHelpFormatter
    add.epilog = _EXAMPLES
    _what(add)
    _when(add)
    add.add_argument("--file", type=Path, metavar="TOML", help="take every [[promotion]] of a file")
    add.add_argument("--dry-run", action="store_true", help="look, change nothing")
    json_too(add)
    listed = word(verbs, "list", _list, "those that are running")
    listed.add_argument("--all", action="store_true", help="also those that have ended")
    json_too(listed)
    end = word(verbs, "end", _end, "end one now; open baskets keep it")
    end.add_argument("id", metavar="ID", help="as the list says it")
    end.add_argument("--dry-run", action="store_true", help="look, change nothing")
    for parser in (add, listed):
        commands.store_option(parser, "whose currency the amounts are in")


def _what(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("label", nargs="?", default="", metavar="LABEL", help="as receipts say it")
    parser.add_argument("--id", default="", help="its name at the hub (made of the label)")
    parser.add_argument("--kind", choices=KINDS, help="what it does")
    parser.add_argument("--percent", help="off each piece, off the basket, or off the free ones")
    parser.add_argument("--amount", help="off each piece, or off the basket")
    parser.add_argument("--price", help="of a piece, or of the whole bundle")
    for name, told in (("buy", "how many must be taken"), ("pay", "how many of them are paid")):
        parser.add_argument(f"--{name}", metavar="N", help=told)
    parser.add_argument("--spend", metavar="AMOUNT", help="from how much on, before promotions")
    parser.add_argument("--sku", action="append", help="a product; again for more")
    parser.add_argument("--department", action="append", help="all of it; again for more")
    parser.add_argument(
        "--part", action="append", metavar="GOODS", help='a bundle\'s, for instance "A1,A2 * 2"'
    )


def _when(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="from_", metavar="DAY", help="its first, as 2026-11-25")
    parser.add_argument("--until", metavar="DAY", help="its last")
    parser.add_argument("--weekdays", metavar="DAYS", help=f"some of {','.join(DAYS)}")
    parser.add_argument("--hours", metavar="HH:MM-HH:MM", help="when the basket must be opened")
    parser.add_argument(
        "--only-store", action="append", metavar="NUMBER", help="not in every store; again for more"
    )
    parser.add_argument(
        "--price-list", action="append", metavar="NAME", help="only these; again for more"
    )
    parser.add_argument("--coupon", metavar="CODE", help="only with this code on the basket")
    parser.add_argument(
        "--single-use",
        action="store_true",
        help="the coupon is good once: sure while tills are online, else once at each till",
    )
    parser.add_argument("--limit", metavar="N", help="how often in one basket")
    parser.add_argument(
        "--priority", metavar="N", help="the lower wins of two that cost the same (100)"
    )
    parser.add_argument("--exclusive", action="store_true", help="never beside another one")


def _table(chosen: argparse.Namespace) -> dict[str, Any]:
    """The options as a table of a file."""
    given = {
        "from": chosen.from_,
        "store": chosen.only_store,
        "weekdays": chosen.weekdays.split(",") if chosen.weekdays else None,
        "exclusive": chosen.exclusive or None,
        "single_use": chosen.single_use or None,
    }
    for name in ("label", "id", "kind", "percent", "amount", "price", "buy", "pay", "spend"):
        given[name] = getattr(chosen, name) or None
    for name in ("sku", "department", "part", "until", "hours", "price_list", "coupon"):
        given[name] = getattr(chosen, name)
    for name in ("limit", "priority"):
        given[name] = getattr(chosen, name)
    return {name: value for name, value in given.items() if value is not None}


def _add(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=not chosen.dry_run)
    shop = store.load(connection, commands.one_store(connection, chosen.store)).store
    if chosen.file is not None:
        wanted = read_file(chosen.file, shop.currency)
    else:
        wanted = [promotion_from(_table(chosen), shop.currency)]
    _check_stores(wanted, {one.store.store_id for one in store.every(connection)})
    before = promotions.latest(connection)
    at = stamp(SystemClock().now())
    rows: list[dict[str, Any]] = []
    for each in wanted:
        known = before.get(each.promotion_id)
        done = "new" if known is None else "changed"
        if known is not None and promotions.same(each, known.row):
            done = "as it was"
        rows.append({"done": done, **_shown(each, promotions.unknown_goods(connection, each))})
    if not chosen.dry_run:
        with connection.transaction():
            for each in wanted:
                promotions.put(connection, each, at)
    connection.close()
    if chosen.dry_run and not chosen.json:
        print("Dry run: nothing was changed.")
    commands.show(chosen, rows)
    return 0


def _check_stores(wanted: list[Promotion], known: set[str]) -> None:
    for each in wanted:
        for number in each.stores:
            if number not in known:
                raise Refused("store_unknown", store=number)


def _list(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=False)
    kept = promotions.latest(connection).values()
    rows = [
        {**_shown(promotion_of(each.row)), **_state(each.row)}
        for each in kept
        if each.row.active or chosen.all
    ]
    connection.close()
    commands.show(chosen, rows)
    return 0


def _end(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=not chosen.dry_run)
    known = promotions.latest(connection).get(chosen.id)
    if known is None or not known.row.active:
        raise Refused("promotion_unknown", promotion=chosen.id)
    if chosen.dry_run:
        print("Dry run: nothing was changed.")
    else:
        with connection.transaction():
            promotions.end(connection, chosen.id, stamp(SystemClock().now()))
    connection.close()
    print(f"{chosen.id} ends: {known.row.label}")
    return 0


def _state(row: PromotionRow) -> dict[str, Any]:
    return {"running": row.active, "used_on": row.used_on}


def _shown(rule: Promotion, unknown: list[str] | None = None) -> dict[str, Any]:
    """A promotion as one row."""
    row: dict[str, Any] = {
        "id": rule.promotion_id,
        "version": rule.version,
        "label": rule.label,
        "what": _does(rule),
        "goods": "; ".join(_part(part.skus, part.departments, part.count) for part in rule.goods)
        or "the whole basket",
        "when": _span(rule),
        "coupon": rule.coupon,
    }
    if unknown is not None:
        row["not in the catalogue"] = ", ".join(unknown)
        del row["version"]
    return row


def _part(skus: frozenset[str], departments: frozenset[str], count: int) -> str:
    names = [*sorted(skus), *(f"department:{name}" for name in sorted(departments))]
    return ",".join(names) + (f" * {count}" if count > 1 else "")


def _does(rule: Promotion) -> str:
    percent = f"{Decimal(rule.value) / 100:f} %"
    digits = minor_digits(rule.currency) if rule.currency else 2
    amount = f"{Decimal(rule.value).scaleb(-digits):f} {rule.currency}"
    spend = f"{Decimal(rule.spend).scaleb(-digits):f} {rule.currency}"
    more = {
        Kind.N_FOR_M: f"{rule.buy} for {rule.pay}"
        + ("" if rule.value == 10_000 else f", {percent} off"),
        Kind.PERCENT: f"{percent} off",
        Kind.AMOUNT: f"{amount} off",
        Kind.FIXED: f"for {amount}",
        Kind.BUNDLE: f"together {amount}",
        Kind.SPEND_AMOUNT: f"{amount} off from {spend}",
        Kind.SPEND_PERCENT: f"{percent} off from {spend}",
    }[rule.kind]
    if rule.limit:
        more += f", {rule.limit} times"
    return more + (", alone" if rule.exclusive else "")


def _span(rule: Promotion) -> str:
    days = f"{rule.valid_from or '…'} - {rule.valid_to or '…'}"
    parts = [days] if rule.valid_from or rule.valid_to else []
    if rule.weekdays:
        parts.append(",".join(DAYS[each - 1] for each in rule.weekdays))
    if rule.from_minute != rule.to_minute:
        both = (divmod(each, 60) for each in (rule.from_minute, rule.to_minute))
        parts.append("-".join(f"{hours:02}:{minutes:02}" for hours, minutes in both))
    if rule.stores:
        parts.append(f"store {','.join(rule.stores)}")
    return " ".join(parts)
