"""The customers of the hub: read, found, kept, recognised. Who they are is sealed (`vault`)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, select

from pos_app.domain.errors import Refused
from pos_app.domain.text import plain
from sync.hub import schema
from sync.hub.answers import RandomIds, stamp
from sync.hub.customers import contacts, feeding, finding, people, rows, vault
from sync.hub.customers.people import NOBODY, Person, Who
from sync.hub.database import Connection, Statement, dropping, putting
from sync.protocol import Contact, CustomerFields, CustomerRow
from sync.protocol.customers import EMAIL, PHONE, SHOP

NAME_MAX: Final = 120
GROUPS_MAX: Final = 20
_IDS: Final = RandomIds()

_g = schema.customer_group.c
_GROUPS = Statement("", select(*_g).order_by(_g.group_id))
_MEMBERS = Statement(
    "group_id",
    select(schema.customer_in_group.c.customer).where(
        schema.customer_in_group.c.group_id == bindparam("group_id")
    ),
)
_PUT_GROUP = putting(schema.customer_group)
_DROP_GROUP = dropping(schema.customer_group, "group_id")
_LOCALE = Statement(
    "store_id",
    select(schema.store.c.locale).where(schema.store.c.store_id == bindparam("store_id")),
)


_LOCALES = Statement("", select(schema.store.c.locale).distinct())


# --- read -------------------------------------------------------------------------------------


def row(connection: Connection, customer: str, now: dt.datetime) -> CustomerRow | None:
    """A customer as tills have them, made of what is known now; None for nobody."""
    person = people.find(connection, customer)
    return rows.fresh(connection, person, now) if person is not None else None


def of_contact(connection: Connection, kind: str, value: str, channel: str = "") -> tuple[str, ...]:
    """Who has that address, number, card, or id in a shop; of people who are one the kept one."""
    return finding.of_contact(connection, kind, value, channel)


def account_of(connection: Connection, customer: str) -> str:
    """The account of points and store credit of a customer, who may have been merged since."""
    return people.account_of(connection, customer)


def contacts_of(connection: Connection, customer: str) -> tuple[Contact, ...]:
    """How to reach somebody, with the ways to who is one with them."""
    person = people.find(connection, customer)
    return rows.fresh_contacts(connection, person) if person is not None else ()


def groups_of(connection: Connection, customer: str) -> tuple[str, ...]:
    """The groups a customer is in: for prices and promotions."""
    found: set[str] = set()
    for one in people.one_with(connection, people.root_of(connection, customer)):
        person = people.find(connection, one)
        found |= set(person.groups) if person is not None else set()
    return tuple(sorted(found))


def country_of(connection: Connection, store: str) -> str:
    """The country whose way of writing telephone numbers a store has.

    Without a store that of all stores, where it is one.
    """
    if store:
        found = connection.one(_LOCALE, (store,))
        return contacts.country_of(str(found[0])) if found is not None else ""
    countries = {contacts.country_of(str(row[0])) for row in connection.all(_LOCALES)}
    return countries.pop() if len(countries) == 1 else ""


# --- kept -------------------------------------------------------------------------------------


def save(
    connection: Connection,
    customer: str,
    fields: CustomerFields,
    now: dt.datetime,
    *,
    base: int = 0,
    store: str = "",
    guest: bool = False,
) -> tuple[Person, tuple[str, ...]]:
    """Keeps what is said of a customer: of the version that `base` is, field by field.

    A field that somebody else changed since stays as it is here and is named. A new customer is
    made. Raises Refused("customer_erased" | "customer_id_bad" | "group_unknown").
    """
    if not 8 <= len(customer) <= 64 or not customer.isascii() or not customer.isprintable():
        raise Refused("customer_id_bad")
    customer = people.root_of(connection, customer)
    people.lock(connection, customer)
    keys, held = vault.load(connection), people.find(connection, customer)
    if held is not None and held.erased:
        raise Refused("customer_erased")
    at = stamp(now)
    person = held or Person(customer, home_store=store, made=at, seen=at, guest=guest)
    if held is not None and held.guest and not guest and fields.name:
        person = replace(person, guest=False)
    wanted = _wanted(connection, fields, store)
    later = person.changed_after(base) if held is not None else frozenset()
    changed, kept = dict(person.changed_in), []
    version = person.version + 1
    for name, value in wanted.items():
        if _of(connection, person, name) == value:
            continue
        if name in later:
            kept.append(name)
            continue
        person = _with(connection, person, name, value, keys)
        changed[name] = version
    person = replace(person, version=version, changed=at, changed_in=tuple(sorted(changed.items())))
    people.put(connection, person, keys)
    if store:
        feeding.needed(connection, customer, store, at)
    feeding.touch(connection, customer, now)
    return person, tuple(kept)


def _wanted(connection: Connection, fields: CustomerFields, store: str) -> dict[str, Any]:
    """What is said, cleaned; only fields that are said."""
    found: dict[str, Any] = {}
    if fields.name is not None:
        found["name"] = plain(fields.name, NAME_MAX)
    if fields.contacts is not None:
        found["contacts"] = contacts.cleaned(fields.contacts, country_of(connection, store))
    if fields.language is not None:
        found["language"] = plain(fields.language, 20)
    if fields.birthday is not None:
        found["birthday"] = birthday(fields.birthday)
    if fields.groups is not None:
        known = {one.group_id for one in groups(connection)}
        unknown = [one for one in fields.groups if one not in known]
        if unknown:
            raise Refused("group_unknown", group=unknown[0])
        found["groups"] = tuple(sorted(set(fields.groups)))[:GROUPS_MAX]
    if fields.member is not None:
        found["member"] = fields.member
    return found


def birthday(text: str) -> str:
    """MM-DD of what was said, with a year or without; empty for no day."""
    tail = text.strip()[-5:]
    try:
        return dt.date.fromisoformat(f"2024-{tail}").strftime("%m-%d")
    except ValueError:
        return ""


def _of(connection: Connection, person: Person, name: str) -> Any:
    if name == "contacts":
        return _contacts(connection, person)
    return getattr(person.who, name) if hasattr(person.who, name) else getattr(person, name)


def _contacts(connection: Connection, person: Person) -> tuple[Contact, ...]:
    """Theirs, and of those who are one with them: what a till has and sends back."""
    found = rows.fresh_contacts(connection, person)
    return contacts.cleaned(found)


def _with(
    connection: Connection, person: Person, name: str, value: Any, keys: vault.Vault
) -> Person:
    if name == "contacts":
        own = _kept_by_others(connection, person, value, keys)
        return replace(person, who=msgspec.structs.replace(person.who, contacts=own))
    if name in Who.__struct_fields__:
        return replace(person, who=msgspec.structs.replace(person.who, **{name: value}))
    fields: dict[str, Any] = {name: value}
    return replace(person, **fields)


def _kept_by_others(
    connection: Connection, person: Person, given: tuple[Contact, ...], keys: vault.Vault
) -> tuple[Contact, ...]:
    """Contacts of people who were merged into this one stay theirs; those taken away go there too."""
    wanted = {(one.kind, one.value) for one in given}
    own = {(one.kind, one.value) for one in person.who.contacts}
    theirs: set[tuple[str, str]] = set()
    for customer in people.one_with(connection, person.customer)[1:]:
        other = people.find(connection, customer, keys)
        if other is None:
            continue
        left = tuple(one for one in other.who.contacts if (one.kind, one.value) in wanted)
        theirs |= {(one.kind, one.value) for one in left}
        if left != other.who.contacts:
            who = msgspec.structs.replace(other.who, contacts=left)
            people.put(connection, replace(other, who=who), keys)
    return tuple(
        one for one in given if (one.kind, one.value) in own or (one.kind, one.value) not in theirs
    )


# --- recognised -------------------------------------------------------------------------------


def known(
    connection: Connection,
    kind: str,
    value: str,
    channel: str = "",
    *,
    now: dt.datetime,
    who: Who = NOBODY,
    store: str = "",
) -> str:
    """Whose contact that is, for a channel; a guest is made of somebody nobody knows.

    Empty where nothing can be made of it. In the caller's transaction.
    """
    found = finding.of_contact(connection, kind, value, channel, country_of(connection, store))
    if found:
        return found[0]
    more = Contact(kind, value, channel)
    given = contacts.cleaned((more, *who.contacts), country_of(connection, store))
    if not any(one.kind == kind for one in given):
        return ""
    return _guest(connection, msgspec.structs.replace(who, contacts=given), now, store)


def _guest(connection: Connection, who: Who, now: dt.datetime, store: str) -> str:
    """Somebody of whom nothing is known but what an order says."""
    made = _IDS.uuid()
    fields = CustomerFields(
        name=who.name or None, contacts=who.contacts, language=who.language or None
    )
    save(connection, made, fields, now, store=store, guest=True)
    return made


def recognise(
    connection: Connection,
    channel: str,
    said: tuple[str, str, str, str],
    now: dt.datetime,
    *,
    language: str = "",
    store: str = "",
) -> str:
    """Whose order it is by (mail, phone, name, id in the shop): of a shop's customer or a guest.

    The id in the shop counts before the mail, the mail before the phone. A phone alone names nobody
    with another first name: households share them. Empty where nothing was told of anybody.
    """
    mail, phone, name, external = said
    country = country_of(connection, store)
    account = bool(external)
    given = contacts.cleaned(
        (
            *((Contact(SHOP, external, channel, verified=True),) if external else ()),
            *((Contact(EMAIL, mail, channel, verified=account),) if mail else ()),
            *((Contact(PHONE, phone, channel),) if phone else ()),
        ),
        country,
    )
    if not given:
        return ""
    keys = vault.load(connection)
    marks = [people.mark_of(keys, one.kind, one.value, one.channel) for one in given]
    connection.lock_name(*(f"contact:{mark}" for mark in marks))
    customer = _whose(connection, given, name)
    who = Who(plain(name, NAME_MAX), given, plain(language, 20))
    if not customer:
        return _guest(connection, who, now, store)
    _learn(connection, customer, who, now, store)
    return customer


def _whose(connection: Connection, given: tuple[Contact, ...], name: str) -> str:
    for one in given:
        channel = one.channel if one.kind == SHOP else ""
        for customer in finding.of_contact(connection, one.kind, one.value, channel):
            person = people.find(connection, customer)
            if person is None or person.erased:
                continue
            if one.kind == PHONE and _others(person.who.name, name):
                continue
            return customer
    return ""


def _others(one: str, other: str) -> bool:
    first, second = contacts.first_name(one), contacts.first_name(other)
    return bool(first and second and first != second)


def _learn(connection: Connection, customer: str, who: Who, now: dt.datetime, store: str) -> None:
    """What a shop says of somebody who is known is added, and changes nothing."""
    person = people.find(connection, customer)
    if person is None:
        return
    held = {(one.kind, one.value): one for one in rows.fresh_contacts(connection, person)}
    more = tuple(
        one
        for one in who.contacts
        if (one.kind, one.value) not in held
        or (one.verified and not held[one.kind, one.value].verified)
    )
    name = "" if person.who.name else who.name
    if more or name:
        keys = vault.load(connection)
        fresh = contacts.cleaned((*person.who.contacts, *more))
        said = msgspec.structs.replace(person.who, name=name or person.who.name, contacts=fresh)
        changed = dict(person.changed_in)
        version = person.version + 1
        changed.update({"contacts": version} if more else {})
        changed.update({"name": version} if name else {})
        people.put(
            connection,
            replace(person, who=said, version=version, changed_in=tuple(sorted(changed.items()))),
            keys,
        )
    if store:
        feeding.needed(connection, customer, store, stamp(now))
    feeding.touch(connection, customer, now)


# --- groups -----------------------------------------------------------------------------------


class Group(msgspec.Struct, frozen=True):
    """A group of customers and what they pay by; promotions name it by its id."""

    group_id: str
    name: str
    price_list: str = ""


def groups(connection: Connection) -> list[Group]:
    """All of them."""
    return [Group(*map(str, one)) for one in connection.all(_GROUPS)]


def put_group(connection: Connection, group: Group) -> None:
    """Keeps a group. Raises Refused("group_id_bad")."""
    own = group.group_id
    if not (0 < len(own) <= 40 and own.isascii() and own.replace("-", "").isalnum()):
        raise Refused("group_id_bad", group=own)
    connection.run(_PUT_GROUP, (own, plain(group.name, 60) or own, plain(group.price_list, 40)))


def drop_group(connection: Connection, group_id: str) -> None:
    """There is no such group any more; who was in it stays, and pays as everybody."""
    connection.run(_DROP_GROUP, (group_id,))


def members_of(connection: Connection, group_id: str) -> list[str]:
    """Who is in a group."""
    return [str(row[0]) for row in connection.all(_MEMBERS, (group_id,))]
