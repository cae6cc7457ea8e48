"""Whose row the tills of which stores have: noted when something happens, sent a moment later.

What stands in the feed says nothing of anybody: `reading` opens it when a till fetches it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, literal_column, select, update

from pos_app.domain.errors import Refused
from sync.hub import feed, schema
from sync.hub.answers import stamp
from sync.hub.customers import merging, people, rows, vault
from sync.hub.customers.people import Person
from sync.hub.customers.reading import KIND, Ref, opened_row
from sync.hub.database import Connection, Statement, putting
from sync.hub.identity import set_value, value_of
from sync.protocol import CustomerRow

MONTHS: Final = 24
"""So long a store's tills have somebody whom it did not see; see `months_of`."""
AT_ONCE: Final = 25
"""So many rows in one transaction: a sale that comes meanwhile waits for no more of them."""
A_POSITION: Final = 200

_c, _s, _due = schema.customer.c, schema.customer_store.c, schema.customer_due.c
_DUE = putting(schema.customer_due, summing=("times",))
_OF_ACCOUNT = Statement("account", select(_c.customer).where(_c.account == bindparam("account")))
_NEXT = Statement(
    "most",
    select(_due.customer, _due.times)
    .order_by(_due.since, _due.customer)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_DONE = Statement(
    "customer times",
    delete(schema.customer_due).where(
        _due.customer == bindparam("customer"), _due.times == bindparam("times")
    ),
)
_STORES = Statement(
    "customer",
    select(_s.store_id, _s.at, _s.told)
    .where(_s.customer == bindparam("customer"))
    .order_by(_s.store_id),
)
_PUT_STORE = putting(schema.customer_store)
_TOLD = Statement(
    "told customer_ store",
    update(schema.customer_store)
    .where(_s.customer == bindparam("customer_"), _s.store_id == bindparam("store"))
    .values(told=bindparam("told")),
)
_SET = Statement(
    "version_ told_ last wanted",
    update(schema.customer)
    .where(_c.customer == bindparam("wanted"))
    .values(version=bindparam("version_"), told=bindparam("told_"), seen=bindparam("last")),
)
_NEWER = Statement(
    "version_ wanted",
    update(schema.customer)
    .where(_c.customer == bindparam("wanted"))
    .values(version=bindparam("version_")),
)
_OLD = Statement(
    "before most",
    select(_s.customer, _s.store_id, _s.told)
    .where(_s.at < bindparam("before"))
    .order_by(_s.at)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_DROP = Statement(
    "customer store",
    delete(schema.customer_store).where(
        _s.customer == bindparam("customer"), _s.store_id == bindparam("store")
    ),
)
_MONTHS: Final = "customer_months"
_encode = msgspec.json.Encoder().encode


# --- what is noted ----------------------------------------------------------------------------


def touch(connection: Connection, customer: str, now: dt.datetime) -> None:
    """Something about a customer moved: their row is made anew and goes down soon.

    One statement, in the caller's transaction; an id that nobody knows costs nothing more.
    """
    touch_all(connection, (customer,), now)


def touch_all(connection: Connection, customers: Iterable[str], now: dt.datetime) -> None:
    """The same of many."""
    at = stamp(now)
    connection.many(_DUE, [(each, 1, at) for each in sorted(set(customers)) if each])


def touch_account(connection: Connection, account: str, now: dt.datetime) -> None:
    """The same of whose account of points or credit it is."""
    found = [str(row[0]) for row in connection.all(_OF_ACCOUNT, (account,))]
    touch_all(connection, (account, *found), now)


def needed(connection: Connection, customer: str, store: str, at: str) -> None:
    """A store's tills need somebody: created, bought, ordered or looked up there, at that time."""
    if not store:
        return
    held = {str(one): (str(when), int(told)) for one, when, told in _stores(connection, customer)}
    when, told = held.get(store, ("", 0))
    if at[:10] > when[:10]:
        connection.run(_PUT_STORE, (customer, store, at, told))


def _stores(connection: Connection, customer: str) -> list[tuple[Any, ...]]:
    return connection.all(_STORES, (customer,))


def stores_of(connection: Connection, customer: str) -> dict[str, int]:
    """Store -> the version that its tills have of somebody, who is one with others."""
    found: dict[str, int] = {}
    for one in people.one_with(connection, customer):
        for store, _at, told in _stores(connection, one):
            own = int(told) if one == customer else 0
            found[str(store)] = max(found.get(str(store), 0), own)
    return found


# --- what is sent -----------------------------------------------------------------------------


def renew(connection: Connection, person: Person, now: dt.datetime) -> tuple[Person, CustomerRow]:
    """The row made anew: under the next version where it says something else than was told."""
    keys = vault.load(connection)
    made = rows.fresh(connection, person, now)
    key = keys.key_of(connection, person.customer)
    if person.erased or key is None:
        return person, made
    before = opened_row(key, person.told)
    if before is not None and rows.same(before, made) and before.version == person.version:
        return person, before
    version = person.version if before is None and not person.told else person.version + 1
    version = max(version, 1)
    made = msgspec.structs.replace(made, version=version)
    last = max(person.seen, made.last_seen)
    person = replace(person, version=version, told=rows.sealed(key, made), seen=last)
    connection.run(_SET, (version, person.told, last, person.customer))
    return person, made


def send(connection: Connection, now: dt.datetime, most: int = AT_ONCE) -> int:
    """Makes the rows that are due and tells the stores; how many. In its own transaction."""
    with connection.transaction():
        connection.lock_name("customer-rows")
        due = connection.all(_NEXT, (most,))
        told: defaultdict[str, list[Ref]] = defaultdict(list)
        for customer, times in due:
            for store, ref in _told(connection, str(customer), now):
                told[store].append(ref)
            connection.run(_DONE, (customer, times))
        _publish(connection, told)
    return len(due)


def _told(connection: Connection, customer: str, now: dt.datetime) -> Iterator[tuple[str, Ref]]:
    people.lock(connection, customer)
    person = people.find(connection, customer)
    if person is None:
        return
    if person.merged_into:
        merging.move_on(connection, person, now)
        touch(connection, people.root_of(connection, customer), now)
    person, _ = renew(connection, person, now)
    for store, told in stores_of(connection, customer).items():
        if told != person.version:
            if not told:
                _adopt(connection, customer, store, now)
            connection.run(_TOLD, (person.version, customer, store))
            yield store, Ref(customer, person.version)


def _adopt(connection: Connection, customer: str, store: str, now: dt.datetime) -> None:
    """A store that knows who was merged into somebody knows them from now on."""
    held = [str(one) for one, _at, _told in _stores(connection, customer)]
    if store not in held:
        connection.run(_PUT_STORE, (customer, store, stamp(now), 0))


def _publish(connection: Connection, told: dict[str, list[Ref]]) -> None:
    changes = {}
    for store, refs in sorted(told.items()):
        stream = feed.store_stream(store)
        if feed.feed_of(connection, stream):
            parts = [refs[at : at + A_POSITION] for at in range(0, len(refs), A_POSITION)]
            changes[stream] = [(KIND, _encode(part)) for part in parts]
    feed.append(connection, changes)


def tell_erased(connection: Connection, customer: str, version: int) -> list[str]:
    """Every store that has somebody forgets them; the last thing that a transaction does."""
    stores = [str(store) for store, _at, _told in _stores(connection, customer)]
    refs = {store: [Ref(customer, version, erased=True)] for store in stores}
    _publish(connection, refs)
    return stores


def months_of(connection: Connection) -> int:
    """For how many months a store keeps whom it does not see."""
    said = value_of(connection, _MONTHS)
    return int(said) if said else MONTHS


def set_months(connection: Connection, months: int) -> None:
    """Changes that. Raises Refused("months_bad")."""
    if not 1 <= months <= 120:
        raise Refused("months_bad", months=months)
    set_value(connection, _MONTHS, str(months))


def let_go(connection: Connection, now: dt.datetime) -> int:
    """Stores forget whom they did not see for so long; how many. In its own transaction."""
    before = stamp(now - dt.timedelta(days=months_of(connection) * 365 // 12))
    with connection.transaction():
        connection.lock_name("customer-rows")
        old = connection.all(_OLD, (before, 1_000))
        told: defaultdict[str, list[Ref]] = defaultdict(list)
        for customer, store, version in old:
            if int(version):
                told[str(store)].append(_goodbye(connection, str(customer)))
            connection.run(_DROP, (customer, store))
        _publish(connection, told)
    return len(old)


def _goodbye(connection: Connection, customer: str) -> Ref:
    """The row that makes a store forget; under a version of its own, so that they can come back."""
    person = people.find(connection, customer)
    version = person.version + 1 if person is not None else 1
    connection.run(_NEWER, (version, customer))
    return Ref(customer, version, erased=True)


def is_due(connection: Connection) -> bool:
    """Whether somebody's row is to be made anew."""
    return connection.one(_NEXT, (1,)) is not None
