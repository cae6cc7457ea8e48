"""The rows of customers that a till reads: opened when they are fetched, from what was told last.

A position of the feed names a customer and nothing of them. So what stands in the feed of somebody
who was erased is empty at once, wherever it was copied.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Final

import msgspec
from sqlalchemy import bindparam, select

from sync.hub import schema
from sync.hub.customers import people, vault
from sync.hub.customers.people import Person
from sync.hub.database import Connection, Statement
from sync.protocol import CustomerRow

KIND: Final = "customer"

_c, _s = schema.customer.c, schema.customer_store.c
_OPEN = Statement(
    "customer",
    select(_c.version, _c.told, _c.erased).where(_c.customer == bindparam("customer")),
)
_OF_STORE = Statement(
    "store none",
    select(_s.customer)
    .where(_s.store_id == bindparam("store"), _s.told > bindparam("none"))
    .order_by(_s.customer),
)
_log = logging.getLogger(__name__)


class Ref(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands in the feed: whose row, and which it was when it was told."""

    customer: str
    version: int
    erased: bool = False
    """The store needs them no more."""


_refs = msgspec.json.Decoder(list[Ref])
_row_of = msgspec.json.Decoder(CustomerRow).decode
_encode = msgspec.json.Encoder().encode


def opened_row(key: bytes, told: str) -> CustomerRow | None:
    """The row that was sealed; None for none."""
    return _row_of(vault.unseal(key, people.TOLD, told)) if told else None


def told_row(connection: Connection, person: Person) -> CustomerRow | None:
    """The row as it was told last; None where none was."""
    keys = vault.opened(connection)
    return _row(connection, keys, Ref(person.customer, person.version))


def opened(connection: Connection, stored: bytes) -> bytes:
    """The rows of a position as a till takes them: as they are now, whenever they were told."""
    keys = vault.opened(connection)
    found = []
    for ref in _refs.decode(stored):
        row = _row(connection, keys, ref)
        if row is not None:
            found.append(row)
    return _encode(found)


def _row(connection: Connection, keys: vault.Vault | None, ref: Ref) -> CustomerRow | None:
    if ref.erased:
        return CustomerRow(ref.customer, ref.version, erased=True)
    held = connection.one(_OPEN, (ref.customer,))
    if held is None or held[2]:
        version = max(ref.version, int(held[0]) if held else 0)
        return CustomerRow(ref.customer, version, erased=True)
    if keys is None:
        _log.warning("rows of customers cannot be opened: the key of the hub's secrets is missing")
        return None
    key = keys.key_of(connection, ref.customer)
    row = opened_row(key, str(held[1])) if key is not None else None
    return row if row is None or not row.proposals else _without_gone(connection, keys, row)


def _without_gone(connection: Connection, keys: vault.Vault, row: CustomerRow) -> CustomerRow:
    """The row without those who were proposed with it and erased since."""
    left = tuple(one for one in row.proposals if keys.key_of(connection, one.other) is not None)
    return row if left == row.proposals else msgspec.structs.replace(row, proposals=left)


def of_store(connection: Connection, store: str) -> Iterator[tuple[str, CustomerRow]]:
    """Every row that a store's tills have, by id: for a snapshot."""
    keys = vault.opened(connection)
    if keys is None:
        return
    for (customer,) in connection.all(_OF_STORE, (store, 0)):
        row = _row(connection, keys, Ref(str(customer), 0))
        if row is not None and not row.erased:
            yield str(customer), row
