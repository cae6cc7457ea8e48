"""The words of `holdfast hub` about goods: deliveries, transfers, counts."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from pos_app.domain.errors import Refused
from sync.hub import commands
from sync.hub.answers import RandomIds, SystemClock, stamp
from sync.hub.catalogue_values import Unreadable, day, thousandths
from sync.hub.logistics import counting, supply, transit

_Words = argparse._SubParsersAction  # noqa: SLF001 - argparse names this type no other way


def add_words(
    words: _Words[argparse.ArgumentParser],
    word: Callable[..., argparse.ArgumentParser],
    json_too: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Adds delivery, transfers and counts to `holdfast hub`."""
    delivery = words.add_parser("delivery", help="what suppliers announce")
    verbs = delivery.add_subparsers(
        dest="verb", required=True, metavar="add | import | list | call-off"
    )
    made = word(verbs, "add", _add, "a delivery that is expected")
    made.add_argument("note", metavar="NOTE", help="the number of the delivery note")
    made.add_argument("--supplier", default="", metavar="NAME", help="who sends it")
    made.add_argument("--due", default="", metavar="DAY", help="when it comes, as 2026-11-25")
    made.add_argument(
        "--line",
        action="append",
        default=[],
        required=True,
        metavar="SKU=QUANTITY[@BOX]",
        help="a product, how many, and the label of its box; again for more",
    )
    read = word(verbs, "import", _import, "deliveries out of a CSV file: note, sku, qty, box …")
    read.add_argument("file", type=Path, metavar="FILE", help="a CSV file, its first row headers")
    for parser in (made, read):
        commands.store_option(parser)
    listed = word(verbs, "list", _list, "all of them, and how far each has come")
    gone = word(verbs, "call-off", _call_off, "a delivery that does not come")
    gone.add_argument("delivery", metavar="ID", help="as `holdfast hub delivery list` lists it")
    moved = word(words, "transfers", _transfers, "goods between stores, and where they are")
    counted = word(words, "counts", _counts, "what was counted, and how far it was off")
    for parser in (listed, moved, counted):
        json_too(parser)


def _line(text: str) -> supply.Announced:
    sku, equals, rest = text.rpartition("=")
    qty, _, box = rest.partition("@")
    try:
        found = thousandths(qty, ".") if sku and equals else 0
    except Unreadable as cause:
        raise Refused("option_bad", option="--line", value=text) from cause
    if found <= 0:
        raise Refused("option_bad", option="--line", value=text)
    return supply.Announced(sku, found, box)


def _add(chosen: argparse.Namespace) -> int:
    lines = [_line(text) for text in chosen.line]
    try:
        due = day(chosen.due) if chosen.due else ""
    except Unreadable as cause:
        raise Refused(str(cause)) from cause
    return _announce(chosen, lambda _c: [supply.Note(chosen.note, chosen.supplier, due, lines)])


def _import(chosen: argparse.Namespace) -> int:
    try:
        data = chosen.file.read_bytes()
    except OSError as cause:
        raise Refused("file_unreadable", file=chosen.file.name) from cause
    return _announce(chosen, lambda connection: supply.read_file(connection, data))


def _announce(chosen: argparse.Namespace, read: Callable[..., list[supply.Note]]) -> int:
    connection = commands.connected(chosen)
    ids = RandomIds()
    with connection.transaction():
        store_id = commands.one_store(connection, chosen.store)
        notes = read(connection)
        unknown = supply.known_skus(connection, notes)
        at = stamp(SystemClock().now())
        new = [
            supply.announce(connection, store_id, note, ids.uuid(), at) is not None
            for note in notes
        ]
    connection.close()
    print(f"{sum(new)} deliveries for store {store_id}; {len(new) - sum(new)} were known")
    for sku in unknown:
        print(f"  {sku} is not in the catalogue")
    return 0


def _list(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=False)
    commands.show(chosen, [_pieces(row) for row in supply.every(connection)])
    connection.close()
    return 0


def _pieces(row: dict[str, object]) -> dict[str, object]:
    """Thousandths as pieces, for people and programs alike."""
    return {
        name: _whole(value) if name in ("expected", "received", "net", "off") else value
        for name, value in row.items()
    }


def _whole(qty: object) -> object:
    whole, rest = divmod(int(str(qty)), 1_000)
    return whole if not rest else int(str(qty)) / 1_000


def _call_off(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen)
    with connection.transaction():
        supply.call_off(connection, chosen.delivery)
    connection.close()
    print("called off")
    return 0


def _transfers(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=False)
    rows: list[dict[str, object]] = [
        {
            "transfer": one.transit_id,
            "name": one.name,
            "from": one.source,
            "to": one.target,
            "state": one.state,
            "sent": one.sent,
            "lines": len(one.lines),
            "pieces": _whole(sum(line.sent for line in one.lines.values())),
            "received": _whole(sum(line.received for line in one.lines.values())),
            "missing": _whole(sum(line.missing for line in one.lines.values())),
        }
        for one in transit.every(connection)
        if one.kind == "transfer"
    ]
    commands.show(chosen, rows)
    connection.close()
    return 0


def _counts(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=False)
    commands.show(chosen, [_pieces(row) for row in counting.every(connection)])
    connection.close()
    return 0
