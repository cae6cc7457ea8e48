"""The row that tills have of a customer, made of everything that is known here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import bindparam, select

from sync.hub import accounts, schema
from sync.hub.answers import stamp
from sync.hub.customers import consents, contacts, figures, people, support, vault
from sync.hub.customers.people import Person, Who
from sync.hub.customers.vault import Vault
from sync.hub.database import Connection, Statement
from sync.hub.loyalty.standing import standing as standing_of
from sync.protocol import Contact, CustomerRow, Proposal
from sync.protocol.customers import CARD, EMAIL, PHONE, SHOP, TIPS, YES

PROPOSALS_MAX: Final = 5
PROPOSED_BY: Final = (EMAIL, PHONE, CARD)
"""What two must have the same, verified, to be proposed as one."""

_s, _g, _t, _x = (
    schema.store.c,
    schema.customer_group.c,
    schema.customer_token.c,
    schema.customer_dismissed.c,
)
_STORE = Statement(
    "store_id", select(_s.name, _s.currency).where(_s.store_id == bindparam("store_id"))
)
_FIRST = Statement("", select(_s.currency).order_by(_s.store_id))
_LIST = Statement("group_id", select(_g.price_list).where(_g.group_id == bindparam("group_id")))
_other = schema.customer_token.alias("other")
_SAME = Statement(
    "customer ok also",
    select(_other.c.customer, _t.kind)
    .select_from(schema.customer_token.join(_other, _other.c.token == _t.token))
    .where(
        _t.customer == bindparam("customer"),
        _t.verified == bindparam("ok"),
        _other.c.verified == bindparam("also"),
        _other.c.customer != _t.customer,
    )
    .order_by(_t.kind, _other.c.customer),
)
_DISMISSED = Statement(
    "first second",
    select(_x.at).where(_x.first == bindparam("first"), _x.second == bindparam("second")),
)


def fresh(connection: Connection, person: Person, now: dt.datetime) -> CustomerRow:
    """The row as it is now, under the version that the person has."""
    if person.erased:
        return CustomerRow(person.customer, person.version, erased=True)
    if person.merged_into:
        root = people.root_of(connection, person.merged_into)
        return CustomerRow(person.customer, person.version, merged_into=root)
    one_with = people.one_with(connection, person.customer)
    keys = vault.opened(connection)
    others = [people.find(connection, each, keys) for each in one_with[1:]]
    who, groups, member = _together(person, [each for each in others if each is not None])
    name, currency = _home(connection, person)
    found = figures.of(connection, one_with, currency)
    last, last_place = person.seen, name
    if found.last >= last:
        last = found.last
        last_place = found.last_channel or _store(connection, found.last_store)[0]
    favourite, share = found.favourite_store
    said = consents.current(connection, one_with)
    standing = standing_of(connection, person.purse, now)
    tips = any(one.purpose == TIPS and one.state == YES for one in said)
    return CustomerRow(
        person.customer,
        person.version,
        name=who.name,
        contacts=who.contacts,
        language=who.language,
        birthday=who.birthday,
        groups=groups,
        price_list=_price_list(connection, groups),
        account=person.account,
        member=member,
        tier=standing.tier,
        points=standing.points,
        points_pending=standing.pending,
        points_to_next=standing.to_next,
        credit=max(accounts.available(connection, "credit", person.purse, now), 0),
        currency=currency,
        as_of=stamp(now),
        consents=said,
        since=person.made[:10],
        last_seen=last,
        last_store=last_place,
        favourite_store=_store(connection, favourite)[0],
        favourite_share=share,
        favourite_channel=found.favourite_channel,
        value=found.value,
        basket=found.basket,
        visits=found.visits,
        visits_web=found.visits_web,
        gap_days=found.gap_days,
        proposals=_proposals(connection, one_with, who.name, keys),
        favourites=figures.favourites(connection, one_with) if tips else (),
        note=support.newest_note(connection, one_with, keys),
        guest=person.guest,
    )


def fresh_contacts(connection: Connection, person: Person) -> tuple[Contact, ...]:
    """Their contacts, with those of everybody who is one with them."""
    keys = vault.opened(connection)
    one_with = people.one_with(connection, person.customer)[1:]
    others = [people.find(connection, each, keys) for each in one_with]
    who, _, _ = _together(person, [each for each in others if each is not None])
    return who.contacts


def same(one: CustomerRow, other: CustomerRow) -> bool:
    """Whether two rows tell a till the same."""
    return replace(one, version=0, as_of="") == replace(other, version=0, as_of="")


def _together(person: Person, others: Sequence[Person]) -> tuple[Who, tuple[str, ...], bool]:
    """Who they are with what those add who were merged into them."""
    who, groups, member = person.who, set(person.groups), person.member
    for other in others:
        own = {_spelled(one) for one in who.contacts}
        more = tuple(one for one in other.who.contacts if _spelled(one) not in own)
        who = replace(
            who,
            name=who.name or other.who.name,
            contacts=(*who.contacts, *more),
            language=who.language or other.who.language,
            birthday=who.birthday or other.who.birthday,
        )
        groups |= set(other.groups)
        member = member or other.member
    return who, tuple(sorted(groups)), member


def _spelled(one: Contact) -> tuple[str, str, str]:
    return one.kind, one.value, one.channel if one.kind == SHOP else ""


def _home(connection: Connection, person: Person) -> tuple[str, str]:
    """(name, currency) of where they were entered; of who came by a shop the first store's money."""
    if person.home_store:
        return _store(connection, person.home_store)
    first = connection.one(_FIRST)
    return "", str(first[0]) if first is not None else ""


def _store(connection: Connection, store_id: str) -> tuple[str, str]:
    row = connection.one(_STORE, (store_id,)) if store_id else None
    return (str(row[0]), str(row[1])) if row is not None else ("", "")


def _price_list(connection: Connection, groups: Sequence[str]) -> str:
    """The price list of the first group that has one."""
    for group in groups:
        row = connection.one(_LIST, (group,))
        if row is not None and row[0]:
            return str(row[0])
    return ""


def _proposals(
    connection: Connection, one_with: Sequence[str], name: str, keys: Vault | None
) -> tuple[Proposal, ...]:
    """Who else has the same verified mail, number or card, and nobody said that it is another."""
    found: dict[str, str] = {}
    for one in one_with:
        for other, kind in connection.all(_SAME, (one, True, True)):
            if kind in PROPOSED_BY:
                found.setdefault(people.root_of(connection, str(other)), str(kind))
    proposals = []
    for other, why in found.items():
        if other in one_with or is_dismissed(connection, one_with, other):
            continue
        person = people.find(connection, other, keys)
        if person is None or person.erased:
            continue
        first, second = contacts.first_name(name), contacts.first_name(person.who.name)
        differs = bool(first and second and first != second)
        proposals.append(Proposal(other, person.who.name, why, differs, _detail(person, why)))
    return tuple(proposals[:PROPOSALS_MAX])


def proposed_with(connection: Connection, customer: str) -> list[str]:
    """Whose rows may name somebody as perhaps the same person."""
    return [str(other) for other, _ in connection.all(_SAME, (customer, True, True))]


def _detail(person: Person, why: str) -> str:
    """Where the other one comes from."""
    ways = [one.channel for one in person.who.contacts if one.kind == why and one.channel]
    return ways[0] if ways else ""


def is_dismissed(connection: Connection, one_with: Sequence[str], other: str) -> bool:
    """Whether a person said that these are two."""
    return any(
        connection.one(_DISMISSED, tuple(sorted((one, other)))) is not None for one in one_with
    )


def decode(text: bytes) -> CustomerRow:
    """A row as it was sealed."""
    return msgspec.json.decode(text, type=CustomerRow)


def sealed(key: bytes, row: CustomerRow) -> str:
    """A row under its person's key."""
    return vault.seal(key, people.TOLD, msgspec.json.encode(row))
