"""The words of `holdfast hub` about promises and rights: reserve, reservations, atp, rights, write-off."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Callable
from decimal import Decimal

from pos_app.domain.errors import Refused
from sync.hub import accounts, atp, commands, reservations, rights
from sync.hub.answers import RandomIds, SystemClock
from sync.hub.catalogue_values import Unreadable, thousandths
from sync.hub.identity import load_keys

_Words = argparse._SubParsersAction  # noqa: SLF001 - argparse names this type no other way


def add_words(
    words: _Words[argparse.ArgumentParser],
    word: Callable[..., argparse.ArgumentParser],
    json_too: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Adds reserve, reservations, atp, rights and write-off to `holdfast hub`."""
    made = word(words, "reserve", _reserve, "promise goods of a store, or take a promise back")
    made.add_argument("sku", nargs="?", default="", metavar="SKU", help="the product's number")
    made.add_argument("quantity", nargs="?", default="1", metavar="QUANTITY", help="1 where none")
    made.add_argument("--reference", default="", metavar="TEXT", help="an order's number, no name")
    made.add_argument("--cancel", default="", metavar="ID", help="take this one back instead")
    listed = word(words, "reservations", _reservations, "promised goods, and where they stand")
    shown = word(words, "atp", _atp, "what a store can promise of a product, and why")
    shown.add_argument("sku", nargs="?", default="", metavar="SKU", help="the product's number")
    shown.add_argument(
        "--floor-share",
        default="",
        metavar="QUANTITY",
        help="keep so much of every product from being promised",
    )
    for parser in (made, listed, shown):
        commands.store_option(parser)
    held = word(words, "rights", _rights, "grants, holds and authorised returns of the tills")
    held.add_argument("--all", action="store_true", help="the settled too")
    for parser in (made, listed, shown, held):
        json_too(parser)
    lost = word(words, "write-off", _write_off, "a lost till's right: it will never be used")
    lost.add_argument("right", metavar="ID", help="as `holdfast hub rights` lists it")
    lost.add_argument("--reason", default="", metavar="TEXT", help="why, for the journal")


def _quantity(text: str) -> int:
    try:
        found = thousandths(text, ".")
    except Unreadable as cause:
        raise Refused("option_bad", option="QUANTITY", value=text) from cause
    if found <= 0:
        raise Refused("option_bad", option="QUANTITY", value=text)
    return found


def _whole(qty: int) -> str:
    return f"{(Decimal(qty) / 1000).normalize():f}"


def _reserve(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen)
    clock = SystemClock()
    with connection.transaction():
        if chosen.cancel:
            found = reservations.cancel(connection, chosen.cancel, reservations.HUB, clock.now())
        else:
            store_id = commands.one_store(connection, chosen.store)
            lines = ((chosen.sku, _quantity(chosen.quantity)),)
            wanted = reservations.wanted(RandomIds().uuid(), store_id, lines, 86_400, b"")
            reference = chosen.reference[:80]
            reservations.reserve_here(connection, wanted, reference, clock.now())
            made = reservations.find(connection, wanted.right_id)
            if made is None:
                raise Refused("reservation_unknown", reservation=wanted.right_id)
            found = made
    connection.close()
    row = {"reservation": found.reservation_id, "state": found.state, "due": found.due}
    commands.show(chosen, [row])
    return 0 if found.state != reservations.REFUSED else 1


def _reservations(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=False)
    rows = []
    for found in reservations.every(connection, chosen.store):
        if found.state == reservations.REFUSED:
            continue
        parts = rights.parts_of(connection, found.reservation_id)
        goods = ", ".join(
            f"{part.account.partition('/')[2]} x {_whole(part.amount)}" for part in parts
        )
        rows.append(
            {
                "reservation": found.reservation_id,
                "store": found.store_id,
                "state": found.state,
                "goods": goods,
                "reference": found.reference,
                "asked by": found.asked_by,
                "due": found.due if chosen.json else commands.moment(found.due),
            }
        )
    connection.close()
    commands.show(chosen, rows)
    return 0


def _atp(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=bool(chosen.floor_share))
    if chosen.floor_share:
        share = 0 if chosen.floor_share == "0" else _quantity(chosen.floor_share)
        with connection.transaction():
            atp.set_floor_share(connection, share)
    rows = []
    if chosen.sku:
        store_id = commands.one_store(connection, chosen.store)
        name, now = atp.account(store_id, chosen.sku), SystemClock().now()
        found = atp.worked_out(connection, name, now)
        reserved = accounts.held_back(connection, "stock", name)
        rows.append(
            {
                "store": store_id,
                "sku": chosen.sku,
                "on hand": _whole(found.on_hand),
                "reserved": _whole(reserved),
                "buffer": _whole(found.buffer),
                "sold an hour": _whole(found.rate),
                "silent s": found.offline_s,
                "can promise": _whole(max(found.left - reserved, 0)),
            }
        )
    connection.close()
    commands.show(chosen, rows)
    return 0


def _rights(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=False)
    rows = []
    for right in rights.every(connection):
        if right.form == rights.RESERVATION or not (right.open or chosen.all):
            continue
        parts = rights.parts_of(connection, right.right_id)
        rows.append(
            {
                "right": right.right_id,
                "form": right.form,
                "state": right.state,
                "device": right.device,
                "epoch": right.epoch,
                "of": ", ".join(f"{part.kind} {part.account}" for part in parts),
                "amount": sum(part.amount for part in parts),
                "used": sum(part.used for part in parts),
                "made": right.made if chosen.json else commands.moment(right.made),
            }
        )
    connection.close()
    commands.show(chosen, rows)
    return 0


def _write_off(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen)
    with connection.transaction():
        risk = rights.write_off(
            connection,
            chosen.right,
            load_keys(connection),
            RandomIds(),
            SystemClock().now(),
            actor=getpass.getuser(),
            reason=chosen.reason,
        )
    connection.close()
    print(f"Written off. At risk, if it comes back: {risk}.")
    return 0
