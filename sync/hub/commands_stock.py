"""The words of `holdfast hub` about goods and figures: price, stock, import-catalogue, report."""

from __future__ import annotations

import argparse
import csv
import gc
import itertools
import json
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pos_app.domain.errors import Refused
from pos_app.domain.money import minor_digits
from sync.hub import catalogue, commands, importing, store
from sync.hub.answers import SystemClock, stamp
from sync.hub.catalogue import Changes
from sync.hub.catalogue_file import CatalogueFile
from sync.hub.catalogue_rows import Options, RowError
from sync.hub.catalogue_values import Unreadable, amount, day, thousandths
from sync.protocol import PriceRow

FAULTS_SHOWN: Final = 20
_Words = argparse._SubParsersAction  # noqa: SLF001 - argparse names this type no other way


def add_words(
    words: _Words[argparse.ArgumentParser],
    word: Callable[..., argparse.ArgumentParser],
    json_too: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Adds price, stock, import-catalogue and report to `holdfast hub`."""
    price = words.add_parser("price", help="dated prices of a product")
    verbs = price.add_subparsers(dest="verb", required=True, metavar="set | list")
    change = word(verbs, "set", _price_set, "a price, from a day on if one is given")
    change.add_argument("sku", metavar="SKU", help="the product's number")
    change.add_argument("amount", metavar="AMOUNT", help="for instance 12.90")
    commands.store_option(change, "whose currency and price list it is")
    change.add_argument(
        "--list", dest="price_list", default="", metavar="NAME", help="another list"
    )
    change.add_argument(
        "--from", dest="valid_from", default="", metavar="DAY", help="its first, as 2026-11-25"
    )
    change.add_argument("--until", default="", metavar="DAY", help="last day it holds")
    change.add_argument(
        "--was", default="0", metavar="AMOUNT", help="the price before, to be shown struck"
    )
    listed = word(verbs, "list", _price_list, "all prices of a product")
    listed.add_argument("sku", metavar="SKU", help="the product's number")
    json_too(listed)
    stock = words.add_parser("stock", help="what a store has")
    verbs = stock.add_subparsers(dest="verb", required=True, metavar="set | list")
    change = word(verbs, "set", _stock_set, "what was counted")
    change.add_argument("sku", metavar="SKU", help="the product's number")
    change.add_argument(
        "quantity", metavar="QUANTITY", help="pieces or kilograms, for instance 12 or 3.5"
    )
    listed = word(verbs, "list", _stock_list, "all of it")
    json_too(listed)
    for parser in (change, listed):
        commands.store_option(parser)
    _import_words(word(words, "import-catalogue", _import, "products out of a CSV file"))
    json_too(word(words, "report", _report, "sales, money, stock, exceptions"))


def _import_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a CSV file, its first row headers")
    commands.store_option(parser, "whose stock, currency and price list the file states")
    parser.add_argument("--dry-run", action="store_true", help="look, change nothing")
    parser.add_argument("--set-stock", action="store_true", help="also where stock is known")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=HEADER",
        help="under which header a field stands, for instance name=Title; again for more",
    )
    parser.add_argument("--encoding", default="", metavar="NAME", help="where it is not found out")
    parser.add_argument("--delimiter", default="", metavar="MARK", help="where it is not found out")
    parser.add_argument(
        "--decimal", choices=[".", ","], default="", metavar="MARK", help="prices' mark: . or ,"
    )
    parser.add_argument(
        "--tax-code",
        default="standard",
        metavar="CODE",
        help="for rows that say none (%(default)s)",
    )
    parser.add_argument(
        "--tax-map",
        action="append",
        default=[],
        metavar="TEXT=CODE",
        help="which code a text of the file means, for instance 20%%=standard; again for more",
    )
    parser.add_argument(
        "--faults", type=Path, metavar="CSV", help="write every fault with its row to this file"
    )
    parser.add_argument("--json", action="store_true", help="the report as one JSON document")


def _pairs(given: list[str], option: str) -> dict[str, str]:
    """`NAME=VALUE`s; the text of a file may hold an equals sign itself: a field or a code has none."""
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=") if option == "--map" else text.rpartition("=")
        if not (equals and name and value):
            raise Refused("option_bad", option=option, value=text)
        pairs[name] = value
    return pairs


def _import(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=not chosen.dry_run)
    shop = store.load(connection, commands.one_store(connection, chosen.store)).store
    options = Options(
        currency=shop.currency,
        price_list=shop.price_list,
        columns=_pairs(chosen.map, "--map"),
        encoding=chosen.encoding,
        delimiter=chosen.delimiter,
        decimal=chosen.decimal,
        tax_code=chosen.tax_code,
        tax_codes=_pairs(chosen.tax_map, "--tax-map"),
    )
    if chosen.faults is not None:
        _refuse_unwritable(chosen.faults)
    run = importing.Run(shop.store_id, chosen.dry_run, chosen.set_stock)
    # Rows are made and thrown away by the hundred thousand, and none of them is part of a cycle.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    began = time.monotonic()
    bar = ProgressBar()
    with CatalogueFile(chosen.file, options) as file:
        done = importing.import_catalogue(connection, file, run, SystemClock(), bar.show)
    bar.clear()
    connection.close()
    if chosen.faults is not None:
        _write_faults(chosen.faults, done.faults)
    if chosen.json:
        print(json.dumps(_as_json(done)))
        return 0
    _tell(done, chosen.dry_run, time.monotonic() - began)
    return 0


def _as_json(done: importing.ImportReport) -> dict[str, Any]:
    told: dict[str, Any] = {
        name: getattr(done, name)
        for name in (
            "rows",
            "added",
            "changed",
            "unchanged",
            "prices",
            "stock",
            "stock_left",
            "without_price",
            "left_out",
            "warnings",
        )
    }
    told["faults"] = [fault._asdict() for fault in done.faults[:1_000]]
    return told


def _tell(done: importing.ImportReport, dry_run: bool, seconds: float) -> None:
    print("Dry run: nothing was changed." if dry_run else f"Done in {seconds:.1f} s.")
    print(f"{done.rows:>10,} rows")
    for count, told in (
        (done.added, "new products"),
        (done.changed, "changed products"),
        (done.unchanged, "as they were"),
        (done.prices, "products with new prices"),
        (done.stock, "products with new stock"),
        (done.stock_left, "products whose stock was left: it moved here since"),
        (done.without_price, "products without a price in this file"),
        (done.left_out, "rows left out"),
        (done.warnings, "values left out or doubtful"),
    ):
        if count:
            print(f"{count:>10,} {told}")
    for fault in done.faults[:FAULTS_SHOWN]:
        print(f"  row {fault.row_no}: {_worded(fault)}")
    more = done.left_out + done.warnings - FAULTS_SHOWN
    if more > 0:
        print(f"  and {more:,} more; --faults FILE keeps them all")


def _worded(fault: RowError) -> str:
    from pos_app.words import text_of

    told = text_of(Refused(fault.code, value=fault.value, column=fault.column)).title
    where = f"{fault.column}: " if fault.column else ""
    value = f" ({fault.value})" if fault.value else ""
    return f"{where}{told}{value}"


def _refuse_unwritable(path: Path) -> None:
    try:
        path.open("a", encoding="utf-8").close()
    except OSError as cause:
        raise Refused("faults_unwritable", file=path.name, reason=cause.strerror) from cause


def _write_faults(path: Path, faults: list[RowError]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("row", "column", "what", "value", "left_out"))
        for fault in faults:
            told = _worded(fault)
            out.writerow(
                (
                    fault.row_no,
                    *map(_not_a_formula, (fault.column, told, fault.value)),
                    int(fault.left_out),
                )
            )


def _not_a_formula(text: str) -> str:
    """A text that a spreadsheet shows and never runs."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


class ProgressBar:
    """How far a long work has come, on standard error and only for a person."""

    WIDTH: Final = 30

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._last = 0.0

    def show(self, done: int, size: int, rows: int) -> None:
        """Draws it anew, ten times a second at most."""
        if not self._shown or time.monotonic() - self._last < 0.1:
            return
        self._last = time.monotonic()
        part = min(done / size, 1.0) if size else 1.0
        full = int(part * self.WIDTH)
        bar = "#" * full + "-" * (self.WIDTH - full)
        sys.stderr.write(f"\r[{bar}] {part:4.0%} {rows:,} rows")
        sys.stderr.flush()

    def clear(self) -> None:
        """Takes it away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _price_set(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen)
    with connection.transaction():
        shop = store.load(connection, commands.one_store(connection, chosen.store)).store
        digits = minor_digits(shop.currency)
        try:
            one = (
                day(chosen.valid_from) if chosen.valid_from else "",
                day(chosen.until) if chosen.until else "",
                amount(chosen.amount, digits, "."),
                amount(chosen.was, digits, "."),
            )
        except Unreadable as cause:
            raise Refused(str(cause)) from cause
        if one[1] and one[1] < one[0]:
            raise Refused("dates_reversed")
        if catalogue.product(connection, chosen.sku) is None:
            raise Refused("product_unknown", sku=chosen.sku)
        name = chosen.price_list or shop.price_list
        kept = [
            tuple(row[3:])
            for row in catalogue.prices(connection, chosen.sku)
            if row[1:3] == (name, shop.currency) and row[3:5] != one[:2]
        ]
        row = PriceRow(chosen.sku, name, shop.currency, tuple(sorted([*kept, one])))
        at = stamp(SystemClock().now())
        Changes(prices=[row]).write(connection, shop.store_id, at, "price")
    connection.close()
    print(f"{chosen.sku} costs {chosen.amount} {shop.currency}")
    return 0


def _point(whole: int, digits: int) -> str:
    """A whole number of small units with its decimal point, as `price set` and `stock set` read it."""
    return f"{Decimal(whole).scaleb(-digits):f}"


def _price_list(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=False)
    names = ("sku", "list", "currency", "from", "until", "amount", "was")
    rows = [dict(zip(names, row, strict=True)) for row in catalogue.prices(connection, chosen.sku)]
    if not rows and catalogue.product(connection, chosen.sku) is None:
        raise Refused("product_unknown", sku=chosen.sku)
    if not chosen.json:
        shown = [(row, minor_digits(row["currency"])) for row in rows]
        rows = [
            {**row, "amount": _point(row["amount"], digits), "was": _point(row["was"], digits)}
            for row, digits in shown
        ]
    commands.show(chosen, rows)
    connection.close()
    return 0


def _stock_set(chosen: argparse.Namespace) -> int:
    try:
        counted = thousandths(chosen.quantity, ".")
    except Unreadable as cause:
        raise Refused(str(cause), value=chosen.quantity) from cause
    connection = commands.connected(chosen)
    with connection.transaction():
        number = commands.one_store(connection, chosen.store)
        if catalogue.product(connection, chosen.sku) is None:
            raise Refused("product_unknown", sku=chosen.sku)
        known = catalogue.stock_known(connection, number, [chosen.sku])
        moved = counted - known.get(chosen.sku, 0)
        at = stamp(SystemClock().now())
        Changes(stock={chosen.sku: moved}).write(connection, number, at, "count")
    connection.close()
    print(f"store {number} has {chosen.quantity} of {chosen.sku}")
    return 0


def _stock_list(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=False)
    number = commands.one_store(connection, chosen.store)
    rows = [
        {"sku": sku, "on_hand": on_hand, "as_of": as_of}
        for sku, on_hand, as_of in catalogue.stock_rows(connection, number)
    ]
    if not chosen.json:
        rows = [
            {
                **row,
                "on_hand": _point(row["on_hand"], 3).removesuffix(".000"),
                "as_of": commands.moment(row["as_of"]),
            }
            for row in rows
        ]
    commands.show(chosen, rows)
    connection.close()
    return 0


def _report(chosen: argparse.Namespace) -> int:
    from sync.hub.report import report

    connection = commands.connected(chosen, write=False)
    told = report(connection)
    told["devices"] = commands.device_rows(connection)
    connection.close()
    if chosen.json:
        print(json.dumps(told, ensure_ascii=False))
        return 0
    _print_report(told)
    return 0


def _print_report(told: dict[str, Any]) -> None:
    from pos_app.words import money, tender_name

    print(f"{told['sales']:,} sales, {told['voids']:,} voids, {told['events']:,} journal entries")
    for number, sums in told["by_store"].items():
        total, tax = (money(sums[name], sums["currency"]) for name in ("total", "tax"))
        print(f"  store {number}: {total}, of it {tax} tax")
    currency = told["currency"]
    for tender, taken in told["by_tender"].items():
        code, _, own = tender.partition(" ")
        print(f"  {tender_name(code)} ({code}): {money(taken, currency or own)}")
    for one in told["cash"]["moves"]:
        print(f"  cash {one['kind']}: {one['count']}, {money(one['amount'], one['currency'])}")
    moved = told["stock"]
    print(f"{len(moved):,} products moved; {told['products']:,} in the catalogue")
    print(f"{len(told['exceptions'])} to settle, {told['quarantined']} in quarantine")
    for one in told["not_posted"]:
        code = one["currency"] or currency
        about = money(one["amount"], code) if code else str(one["amount"])
        unread = f" and {one['amount_unknown']} without an amount" if one["amount_unknown"] else ""
        print(f"  store {one['store']}: sales not yet posted: {one['count']}, {about}{unread}")
    if told["recovering"]["since"]:
        waits = len(told["recovering"]["awaited"])
        print(
            f"RECOVERING since {commands.moment(told['recovering']['since'])}: {waits} tills awaited"
        )
    print(f"last verified backup: {commands.moment(told['last_backup']) or 'none'}")
    for one in itertools.islice(told["exceptions"], FAULTS_SHOWN):
        print(f"  {one['no']} {one['kind']} store {one['store']}: {one['detail']}")
    for one in told["devices"]:
        print(
            f"  store {one['store']} till {one['till']} {one['state']}: entry {one['epoch']}.{one['seq']}"
        )
