"""Everything about a person, told to them; and the end of it, so that only an id is left.

An erasure is told in the hub's own journal by the id alone, and in a list beside the database, which
is gone through again after every restore (`erasures`). What the law has kept stays where it is: what
was sold, when and for how much, and the invoices that name a buyer, in the journal that nobody can
change. Values are nobody's to let go silently: they are told first.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, select, update

from pos_app.domain.errors import Refused
from sync.hub import accounts, own_journal, rights, schema
from sync.hub.answers import RandomIds, stamp
from sync.hub.channels import keeping, shops
from sync.hub.customers import (
    clearing,
    consents,
    erasures,
    feeding,
    mailing,
    moving,
    people,
    rows,
    support,
    timeline,
    vault,
)
from sync.hub.customers.people import Person
from sync.hub.database import Connection, Database, Statement, dropping, putting
from sync.hub.identity import load_keys
from sync.hub.orders import forgetting, kept
from sync.protocol import CustomerErased, RightPart
from sync.protocol.customers import SHOP

FORFEIT, TO_CODE = "forfeit", "to_code"
ASKED, INACTIVE, AGAIN = "asked", "inactive", "again"
EVENTS_MAX: Final = 100_000
_IDS: Final = RandomIds()

_n, _r, _m, _o, _sg, _er = (
    schema.customer_note.c,
    schema.support_request.c,
    schema.customer_merge.c,
    schema.customer_order.c,
    schema.signal.c,
    schema.customer_erased.c,
)
_NOTES = Statement(
    "customer",
    select(_n.sealed, _n.at, _n.by).where(_n.customer == bindparam("customer")).order_by(_n.at),
)
_REQUESTS = Statement(
    "customer",
    select(*_r).where(_r.customer == bindparam("customer")).order_by(_r.no),
)
_MERGES = Statement(
    "kept",
    select(_m.merge, _m.other, _m.at, _m.undone).where(_m.kept == bindparam("kept")),
)
_ORDERS = Statement("customer", select(_o.order_id).where(_o.customer == bindparam("customer")))
_SIGNALS = Statement(
    "customer",
    select(_sg.kind, _sg.store_id, _sg.sku, _sg.qty, _sg.value, _sg.detail, _sg.at)
    .where(_sg.customer == bindparam("customer"))
    .order_by(_sg.no),
)
_UNNAME = Statement(
    "client_ nobody customer_",
    update(schema.signal)
    .where(_sg.customer == bindparam("customer_"))
    .values(customer=bindparam("nobody"), client=bindparam("client_")),
)
_DROPS: Final = tuple(
    dropping(table, "customer")
    for table in (
        schema.customer_token,
        schema.customer_in_group,
        schema.customer_consent,
        schema.support_request,
        schema.customer_note,
        schema.customer_document,
        schema.customer_due,
        schema.customer_store,
    )
)
_DISMISSED: Final = tuple(
    Statement("one", delete(schema.customer_dismissed).where(column == bindparam("one")))
    for column in (schema.customer_dismissed.c.first, schema.customer_dismissed.c.second)
)
_PUT_ERASED = putting(schema.customer_erased)
_ERASED = Statement(
    "customer", select(_er.at, _er.by, _er.cause).where(_er.customer == bindparam("customer"))
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of it."""

    customers: tuple[str, ...]
    orders: int = 0
    deliveries: int = 0
    forfeited: tuple[tuple[str, int], ...] = ()
    moved: int = 0

    @property
    def words(self) -> str:
        """One line for a person, without anybody's name."""
        values = ", ".join(f"{amount} {kind}" for kind, amount in self.forfeited) or "no values"
        return (
            f"{len(self.customers)} ids, {self.orders} orders and {self.deliveries} deliveries"
            f" emptied; let go: {values}; invoices stay as the law says"
        )


# --- told -------------------------------------------------------------------------------------


def export(connection: Connection, customer: str, now: dt.datetime) -> dict[str, Any]:
    """Everything about a person that is kept here, as JSON has it.

    Raises Refused("customer_unknown").
    """
    root = people.root_of(connection, customer)
    person = people.find(connection, root)
    if person is None or person.erased:
        raise Refused("customer_unknown")
    one_with, keys = people.one_with(connection, root), vault.opened(connection)
    row = rows.fresh(connection, person, now)
    found = timeline.everything(connection, root, now, EVENTS_MAX)
    return {
        "made": stamp(now),
        "customer": msgspec.to_builtins(row),
        "ids": list(one_with),
        "consents": [
            {"customer": who, **msgspec.to_builtins(said), "proof": proof}
            for who, said, proof in consents.history(connection, one_with)
        ],
        "notes": [
            {"at": at, "by": by, "text": support.opened(connection, keys, one, str(sealed))}
            for one in one_with
            for sealed, at, by in connection.all(_NOTES, (one,))
        ],
        "requests": [
            {
                "name": asked.name,
                "state": asked.state,
                "about": asked.about,
                "opened": asked.opened,
                "text": asked.text,
            }
            for one in one_with
            for asked in (
                support.read(connection, keys, each) for each in connection.all(_REQUESTS, (one,))
            )
        ],
        "merges": [
            {"merge": merge, "other": other, "at": at, "undone": undone}
            for one in one_with
            for merge, other, at, undone in connection.all(_MERGES, (one,))
        ],
        "orders": [
            order.told
            for one in one_with
            for (own,) in connection.all(_ORDERS, (one,))
            if (order := kept.find(connection, str(own))) is not None
        ],
        "looked_for": [
            dict(zip(("kind", "store", "sku", "qty", "value", "detail", "at"), each, strict=True))
            for one in one_with
            for each in connection.all(_SIGNALS, (one,))
        ],
        "history": [msgspec.to_builtins(moment) for moment in found],
    }


# --- ended ------------------------------------------------------------------------------------


def values_of(connection: Connection, customers: Iterable[str], now: dt.datetime) -> dict[str, int]:
    """What is left on the accounts of somebody: kind -> amount, of those that have something."""
    found: dict[str, int] = {}
    for customer in customers:
        person = people.find(connection, customer)
        if person is None:
            continue
        for kind in moving.KINDS:
            left = moving.free(connection, kind, person.purse, now)
            left += accounts.held_back(connection, kind, person.purse)
            if left:
                found[kind] = found.get(kind, 0) + left
    return found


def erase(
    connection: Connection,
    customer: str,
    now: dt.datetime,
    *,
    cause: str,
    by: str = "",
    forfeit: bool = False,
    to_code: str = "",
) -> Erased:
    """Ends a person, with everybody who is one with them. In the caller's transaction.

    `to_code` is the account of a code that gets their store credit; `forfeit` lets go of what is
    left. Raises Refused("customer_unknown" | "customer_has_value" | "customer_has_orders").
    """
    root = people.root_of(connection, customer)
    one_with = people.one_with(connection, root)
    people.lock(connection, *one_with)
    person = people.find(connection, root)
    if person is None or person.erased:
        raise Refused("customer_unknown")
    _refuse_open(connection, one_with)
    moved = 0
    if to_code:
        for each in _all(connection, one_with):
            moved += moving.move(
                connection,
                "credit",
                moving.free(connection, "credit", each.purse, now),
                (each.purse, to_code),
                about=each.customer,
                why=moving.TO_CODE,
                now=now,
            )
    left = values_of(connection, one_with, now)
    if left and not forfeit:
        raise Refused("customer_has_value", **left)
    orders = deliveries = 0
    let_go: dict[str, int] = {}
    for each in _all(connection, one_with):
        given = _let_go(connection, each, now, cause, by)
        for kind, amount in given:
            let_go[kind] = let_go.get(kind, 0) + amount
        some, more = _end(connection, each, now, cause, by)
        orders, deliveries = orders + some, deliveries + more
    return Erased(one_with, orders, deliveries, tuple(sorted(let_go.items())), moved)


def again(connection: Connection, customer: str, now: dt.datetime, by: str, cause: str) -> bool:
    """Ends one id that was ended before this copy of the hub was made; False where it is ended.

    What is left on its account stays there: what became of it is not known to this copy.
    """
    people.lock(connection, customer)
    person = people.find(connection, customer)
    if person is not None and person.erased:
        return False
    if person is None and connection.one(_ERASED, (customer,)) is not None:
        return False
    fact = CustomerErased(
        **own_journal.head(now, _IDS, actor=by), customer=customer, cause=cause or AGAIN
    )
    own_journal.append(connection, load_keys(connection), fact, now)
    _end(connection, person or Person(customer), now, cause, by)
    return True


def replay(database: Database, now: dt.datetime) -> int:
    """Ends everybody who was ended since this copy of the hub was made; before it serves. How many."""
    if not erasures.is_there(database):
        return 0
    with contextlib.closing(database.connect(write=True)) as connection:
        return erasures.replay(
            connection,
            lambda entry: again(connection, entry.customer, now, entry.by, entry.cause),
        )


def _all(connection: Connection, customers: Sequence[str]) -> list[Person]:
    found = [people.find(connection, each) for each in customers]
    return [each for each in found if each is not None]


def _refuse_open(connection: Connection, customers: Iterable[str]) -> None:
    """Somebody still waits for goods: they are handed over or called off first."""
    waiting = [
        whole.external_name
        for customer in customers
        for (own,) in connection.all(_ORDERS, (customer,))
        if (whole := kept.find(connection, str(own))) is not None
        and (
            whole.state == kept.OPEN
            or any(part.open for part in kept.parts_of(connection, whole.order_id))
        )
    ]
    if waiting:
        raise Refused("customer_has_orders", orders=", ".join(waiting[:5]))


def _let_go(
    connection: Connection, person: Person, now: dt.datetime, cause: str, by: str
) -> tuple[tuple[str, int], ...]:
    """The erasure as a fact, with what of the values goes with it: each an entry of its account."""
    given = []
    for kind in moving.KINDS:
        accounts.lock(connection, [(kind, person.purse)])
        amount = moving.free(connection, kind, person.purse, now)
        if amount:
            given.append((kind, amount))
    fact = CustomerErased(
        **own_journal.head(now, _IDS, store=person.home_store, actor=by),
        customer=person.customer,
        cause=cause,
        account=person.purse,
        forfeited=tuple(given),
    )
    own_journal.append(connection, load_keys(connection), fact, now)
    for kind, amount in given:
        part = RightPart(kind, person.purse, amount)
        note = moving.entry(fact.id, kind)
        rights.note(connection, note, "", part, own_journal.DEVICE, stamp(now))
        accounts.move_account(connection, kind, person.purse, credit=-amount)
    return tuple(given)


def _end(
    connection: Connection, person: Person, now: dt.datetime, cause: str, by: str
) -> tuple[int, int]:
    """Nothing of a person is left but the id; how many orders and deliveries were emptied."""
    feeding.touch_all(connection, rows.proposed_with(connection, person.customer), now)
    orders = _forget_orders(connection, person, now)
    deliveries = _forget_deliveries(connection, person, orders)
    version, customer = person.version + 1, person.customer
    stores = feeding.tell_erased(connection, customer, version)
    parts = [part for own in orders for part in kept.parts_of(connection, own)]
    clearing.clear(connection, stores, customer, parts)
    mailing.drop_of(connection, customer, now)
    connection.run(_UNNAME, ("", "", customer))
    for statement in (*_DROPS, *_DISMISSED):
        connection.run(statement, (customer,))
    vault.forget(connection, customer)
    bare = Person(
        customer,
        version,
        account=person.account,
        merged_into=person.merged_into,
        erased=stamp(now),
        home_store=person.home_store,
    )
    people.write(connection, bare, "")
    connection.run(_PUT_ERASED, (customer, stamp(now), by, cause))
    erasures.note(connection, erasures.Entry(customer, stamp(now), by, cause))
    return len(orders), deliveries


def _forget_orders(connection: Connection, person: Person, now: dt.datetime) -> list[str]:
    """Their orders, those too that only say the same address or number, say nobody any more."""
    found = [str(own) for (own,) in connection.all(_ORDERS, (person.customer,))]
    for one in person.who.contacts:
        found += forgetting.of_person(connection, one.value)
    return [own for own in dict.fromkeys(found) if forgetting.forget(connection, own, now)]


def _forget_deliveries(connection: Connection, person: Person, orders: Sequence[str]) -> int:
    """What shops sent of them, word for word."""
    told = [kept.find(connection, own) for own in orders]
    count = 0
    for shop in shops.every(connection):
        of_shop = tuple(
            one.external_id for one in told if one is not None and one.channel == shop.channel
        )
        if of_shop:
            count += keeping.erase(connection, shop.channel, "", of_shop)
        for one in person.who.contacts:
            if one.kind != SHOP:
                count += keeping.erase(connection, shop.channel, one.value)
    return count
