"""A person as the hub keeps them: what is sealed, what stands beside it, who is one with whom.

Nothing moves when two are merged: `merged_into` points to who is kept, so what belongs to whom is
known for ever and both can be told apart again. Whoever changes a person has their lock (`lock`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, literal_column, select

from pos_app.domain.text import plain
from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.customers import contacts, vault
from sync.hub.customers.vault import Vault
from sync.hub.database import Connection, Statement, adding, dropping, putting
from sync.protocol import Contact

FIELDS: Final = ("name", "contacts", "language", "birthday", "groups", "member")
WHO: Final = "who"
TOLD: Final = "told"
"""What the sealed texts of a person are for."""

_c, _g, _t = schema.customer.c, schema.customer_in_group.c, schema.customer_token.c
_ONE = Statement("customer", select(*_c).where(_c.customer == bindparam("customer")))
_MERGED = Statement(
    "into", select(_c.customer).where(_c.merged_into == bindparam("into")).order_by(_c.customer)
)
_SEEN = Statement(
    "most",
    select(_c.customer, _c.version, _c.seen, _c.member, _c.merged_into, _c.erased)
    .order_by(_c.seen.desc(), _c.customer)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_PUT = putting(schema.customer)
_GROUPS = Statement(
    "customer",
    select(_g.group_id).where(_g.customer == bindparam("customer")).order_by(_g.group_id),
)
_DROP_GROUPS = dropping(schema.customer_in_group, "customer")
_ADD_GROUP = adding(schema.customer_in_group, ignore=True)
_DROP_TOKENS = dropping(schema.customer_token, "customer")
_ADD_TOKEN = adding(schema.customer_token, ignore=True)
_BY_TOKEN = Statement(
    "token", select(_t.customer, _t.verified).where(_t.token == bindparam("token"))
)


class Who(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sealed of a person."""

    name: str = ""
    contacts: tuple[Contact, ...] = ()
    language: str = ""
    birthday: str = ""


NOBODY: Final = Who()
_who = msgspec.json.Decoder(Who).decode
_versions = msgspec.json.Decoder(dict[str, int]).decode


@dataclass(frozen=True, slots=True)
class Person:
    """A row of `customer`, opened."""

    customer: str
    version: int = 0
    who: Who = NOBODY
    told: str = ""
    """The row as it was told last, sealed."""
    changed_in: tuple[tuple[str, int], ...] = ()
    """(field, version in which it was changed last)."""
    account: str = ""
    home_store: str = ""
    made: str = ""
    changed: str = ""
    seen: str = ""
    merged_into: str = ""
    erased: str = ""
    member: bool = False
    guest: bool = False
    groups: tuple[str, ...] = ()

    @property
    def purse(self) -> str:
        """Their own account of points and of store credit."""
        return self.account or self.customer

    def changed_after(self, version: int) -> frozenset[str]:
        """The fields that were changed later than in that version."""
        return frozenset(name for name, at in self.changed_in if at > version)


def lock(connection: Connection, *customers: str) -> None:
    """Nobody else changes these people until the commit."""
    connection.lock_name(*(f"customer:{each}" for each in customers if each))


def find(connection: Connection, customer: str, keys: Vault | None = None) -> Person | None:
    """The person of that id; an erased one is no more than the id.

    What cannot be opened, where the hub's secrets key is missing, is empty.
    """
    row = connection.one(_ONE, (customer,)) if customer else None
    return None if row is None else _opened(connection, row, keys or vault.opened(connection))


def _opened(connection: Connection, row: Sequence[Any], keys: Vault | None) -> Person:
    (customer, version, sealed, told, fields, account, home, made, changed, seen, into, *more) = row
    erased, member, guest = more
    key = keys.key_of(connection, customer) if keys is not None and not erased else None
    text = vault.unseal(key, WHO, sealed) if key is not None else b""
    groups = tuple(str(one[0]) for one in connection.all(_GROUPS, (customer,)))
    return Person(
        *(str(customer), int(version), _who(text) if text else NOBODY, str(told)),
        tuple(sorted(_versions(fields).items())) if fields else (),
        *(str(account), str(home), str(made), str(changed), str(seen), str(into), str(erased)),
        *(bool(member), bool(guest), groups),
    )


def put(connection: Connection, person: Person, keys: Vault) -> Person:
    """Keeps a person as they are now: sealed, found by their tokens, in their groups."""
    key = keys.make_key(connection, person.customer)
    sealed = vault.seal(key, WHO, msgspec.json.encode(person.who))
    write(connection, person, sealed)
    connection.run(_DROP_GROUPS, (person.customer,))
    connection.many(_ADD_GROUP, [(person.customer, group) for group in person.groups])
    connection.run(_DROP_TOKENS, (person.customer,))
    connection.many(
        _ADD_TOKEN,
        [(mark, person.customer, kind, ok) for mark, kind, ok in _tokens(person.who, keys)],
    )
    return person


def write(connection: Connection, person: Person, sealed: str) -> None:
    """The row alone."""
    fields = msgspec.json.encode(dict(person.changed_in)).decode() if person.changed_in else ""
    connection.run(
        _PUT,
        (
            *(person.customer, person.version, sealed, person.told, fields, person.account),
            *(person.home_store, person.made, person.changed, person.seen, person.merged_into),
            *(person.erased, person.member, person.guest),
        ),
    )


def _tokens(who: Who, keys: Vault) -> Iterator[tuple[str, str, bool]]:
    for one in who.contacts:
        yield mark_of(keys, one.kind, one.value, one.channel), one.kind, one.verified
    for part in contacts.named(who.name):
        yield keys.mark(contacts.WORD, part), contacts.WORD, False


def mark_of(keys: Vault, kind: str, value: str, channel: str = "") -> str:
    """The token of a contact in its one spelling; an id in a shop is the shop's own."""
    return keys.mark(kind, f"{channel}/{value}" if kind == "shop" else value)


def marked(connection: Connection, mark: str) -> list[tuple[str, bool]]:
    """(customer, whether it is verified) of everybody whom a token finds."""
    return [(str(one), bool(ok)) for one, ok in connection.all(_BY_TOKEN, (mark,))]


def root_of(connection: Connection, customer: str) -> str:
    """Who is kept of those who are one with this one: itself, where it was never merged."""
    seen: set[str] = set()
    while customer not in seen:
        seen.add(customer)
        row = connection.one(_ONE, (customer,))
        customer = (str(row[10]) if row is not None else "") or customer
    return customer


def one_with(connection: Connection, customer: str) -> tuple[str, ...]:
    """Somebody and everybody who was merged into them, the kept one first."""
    found, todo = [customer], [customer]
    while todo:
        for (other,) in connection.all(_MERGED, (todo.pop(),)):
            if str(other) not in found:
                found.append(str(other))
                todo.append(str(other))
    return tuple(found)


def account_of(connection: Connection, customer: str) -> str:
    """The account of points and of store credit of who is kept; the id itself for a stranger."""
    root = root_of(connection, customer)
    row = connection.one(_ONE, (root,))
    return str(row[5]) if row is not None and row[5] else root


def seen_last(connection: Connection, most: int) -> list[dict[str, object]]:
    """Who was seen last, without who they are."""
    found = []
    for customer, version, seen, member, into, erased in connection.all(_SEEN, (most,)):
        state = "erased" if erased else f"is {into}" if into else ""
        found.append(
            {
                "customer": str(customer),
                "version": int(version),
                "seen": str(seen),
                "member": bool(member),
                "state": state,
            }
        )
    return found


def seen_at(person: Person, at: str) -> Person:
    """The same, seen then where that is later."""
    return replace(person, seen=at) if at > person.seen else person


def at_of(now: dt.datetime) -> str:
    """An instant as rows have it."""
    return stamp(now)


def lines_of(text: str, limit: int) -> str:
    """What somebody wrote: its lines without hidden signs, at most so long."""
    lines = [plain(line, limit) for line in text[: limit * 2].splitlines()]
    return "\n".join(lines).strip()[:limit]
