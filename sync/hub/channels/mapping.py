"""What a shop calls a store, a product, a rate or a means of payment, and what we call it.

A name that is in no table is taken as ours where it is one of ours; else nothing is known of it, and
whoever asked goes on without: an order is taken all the same, and a person is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import bindparam, select

from sync.hub import schema
from sync.hub.database import Connection, Statement, dropping, putting

STORE, SKU, BARCODE, TAX, TENDER, UNSOLD = "store", "sku", "barcode", "tax", "tender", "unsold"
KINDS: Final = (STORE, SKU, BARCODE, TAX, TENDER)

_m, _s, _p = schema.channel_map.c, schema.store.c, schema.product.c
_OURS = Statement(
    "channel kind theirs",
    select(_m.ours).where(
        _m.channel == bindparam("channel"),
        _m.kind == bindparam("kind"),
        _m.theirs == bindparam("theirs"),
    ),
)
_THEIRS = Statement(
    "channel kind ours",
    select(_m.theirs)
    .where(
        _m.channel == bindparam("channel"),
        _m.kind == bindparam("kind"),
        _m.ours == bindparam("ours"),
    )
    .order_by(_m.theirs),
)
_ALL = Statement(
    "channel",
    select(_m.kind, _m.theirs, _m.ours)
    .where(_m.channel == bindparam("channel"))
    .order_by(_m.kind, _m.theirs),
)
_PUT = putting(schema.channel_map)
_DROP = dropping(schema.channel_map, "channel", "kind", "theirs")
_STORE = Statement("store_id", select(_s.store_id).where(_s.store_id == bindparam("store_id")))
_PRODUCT = Statement("sku", select(_p.sku).where(_p.sku == bindparam("sku")))


def ours(connection: Connection, channel: str, kind: str, theirs: str) -> str:
    """What we call it, by the table alone; empty where it does not say."""
    row = connection.one(_OURS, (channel, kind, theirs)) if theirs else None
    return str(row[0]) if row else ""


def theirs(connection: Connection, channel: str, kind: str, ours: str) -> list[str]:
    """What the shop calls it: none, or several where several names mean one of ours."""
    return [str(row[0]) for row in connection.all(_THEIRS, (channel, kind, ours))]


def store_of(connection: Connection, channel: str, location: str) -> str:
    """The store a shop's location is; empty where nobody knows."""
    found = ours(connection, channel, STORE, location)
    if found or not location:
        return found
    row = connection.one(_STORE, (location,))
    return str(row[0]) if row else ""


def location_of(connection: Connection, channel: str, store_id: str) -> str:
    """What the shop calls a store; its own number where no table says."""
    return next(iter(theirs(connection, channel, STORE, store_id)), store_id)


def sku_of(connection: Connection, channel: str, sku: str, barcode: str) -> str:
    """The catalogue's number of a product that a shop sold; empty where nobody knows it.

    Of a barcode only what the table says is found: `learn_barcodes` puts there what the catalogue
    knows, outside of any transaction, because that is a look at all products.
    """
    found = ours(connection, channel, SKU, sku)
    if found:
        return found
    row = connection.one(_PRODUCT, (sku,)) if sku else None
    return str(row[0]) if row else ours(connection, channel, BARCODE, barcode)


def theirs_of_sku(connection: Connection, channel: str, sku: str) -> str:
    """What the shop calls a product; our own number where no table says."""
    return next(iter(theirs(connection, channel, SKU, sku)), sku)


def tax_of(connection: Connection, channel: str, name: str) -> str:
    """Our code for a rate of the shop's (its name, or ppm as digits); empty where unknown."""
    return ours(connection, channel, TAX, name)


def tender_of(connection: Connection, channel: str, method: str) -> str:
    """Our code for a means of payment of the shop's; empty where unknown."""
    return ours(connection, channel, TENDER, method)


def put(connection: Connection, channel: str, kind: str, theirs: str, ours: str) -> None:
    """Notes what the shop calls something of ours."""
    connection.run(_PUT, (channel, kind, theirs, ours))


def drop(connection: Connection, channel: str, kind: str, theirs: str) -> bool:
    """Forgets it; False where it was not known."""
    return connection.run(_DROP, (channel, kind, theirs)) > 0


def every(connection: Connection, channel: str) -> Iterator[tuple[str, str, str]]:
    """(kind, theirs, ours) of all that is known of a shop."""
    for kind, name, mine in connection.all(_ALL, (channel,)):
        yield str(kind), str(name), str(mine)
