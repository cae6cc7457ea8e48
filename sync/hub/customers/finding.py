"""Somebody looked for in all stores: by an address, a number, a card, an id, or words of a name.

What is looked for is compared by keyed tokens, so nothing needs to be opened to be found; and nobody
goes through the customers by trying: less than three signs find nobody, and a till may ask so often
a minute (`allow`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, delete, literal_column, select

from sync.hub import schema
from sync.hub.answers import HubProblem, stamp
from sync.hub.customers import contacts, people, vault
from sync.hub.customers.vault import Vault
from sync.hub.database import Connection, Statement, putting
from sync.protocol.customers import CARD, EMAIL, PHONE, SHOP

A_MINUTE: Final = 40
"""So often a till may look for somebody at the hub; tills ask when somebody typed to the end."""
LIMIT_MAX: Final = 20
CANDIDATES: Final = 2_000
"""A beginning that so many have says too little by itself."""
WORDS_LEAST: Final = contacts.SHORTEST

_t, _l = schema.customer_token.c, schema.customer_look.c
_BY_TOKEN = Statement(
    "token most",
    select(_t.customer)
    .where(_t.token == bindparam("token"))
    .order_by(_t.customer.desc())
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_COUNT = putting(schema.customer_look, summing=("times",))
_TIMES = Statement(
    "device minute",
    select(_l.times).where(_l.device == bindparam("device"), _l.minute == bindparam("minute")),
)
_TIDY = Statement("before", delete(schema.customer_look).where(_l.minute < bindparam("before")))


def allow(connection: Connection, device: str, now: dt.datetime) -> None:
    """Counts a look of a till. Raises HubProblem("slow_down") for one too many in this minute."""
    minute = stamp(now)[:16]
    row = connection.one(_TIMES, (device, minute))
    if row is not None and int(row[0]) >= A_MINUTE:
        raise HubProblem("slow_down", retry_after_s=60 - now.second)
    connection.run(_COUNT, (device, minute, 1))
    if row is None:
        connection.run(_TIDY, (stamp(now - dt.timedelta(minutes=10))[:16],))


def of_contact(
    connection: Connection, kind: str, value: str, channel: str = "", country: str = ""
) -> tuple[str, ...]:
    """Who has that address, number, card, or id in a shop; of people who are one the kept one."""
    keys = vault.opened(connection)
    spelled = contacts.normal(kind, value, country)
    if keys is None or not spelled:
        return ()
    return _roots(connection, [one for one, _ in _marked(connection, keys, kind, spelled, channel)])


def _marked(
    connection: Connection, keys: Vault, kind: str, value: str, channel: str
) -> list[tuple[str, bool]]:
    return people.marked(connection, people.mark_of(keys, kind, value, channel))


def _roots(connection: Connection, customers: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(people.root_of(connection, one) for one in customers))


def search(connection: Connection, text: str, country: str, most: int) -> tuple[str, ...]:
    """Who is meant by what was typed: exactly a contact, or all the words of a name.

    One more than `most`, so that the caller can say that there are more.
    """
    keys = vault.opened(connection)
    if keys is None:
        return ()
    exact: list[str] = []
    for kind in (EMAIL, PHONE, CARD):
        spelled = contacts.normal(kind, text, country)
        if spelled:
            exact += [one for one, _ in _marked(connection, keys, kind, spelled, "")]
    if exact:
        return _roots(connection, exact)[: most + 1]
    return _by_name(connection, keys, contacts.words(text), most)


def _by_name(
    connection: Connection, keys: Vault, words: Sequence[str], most: int
) -> tuple[str, ...]:
    if not any(len(word) >= WORDS_LEAST for word in words):
        return ()
    sets = []
    for word in sorted(words, key=len, reverse=True):
        mark = keys.mark(contacts.WORD, word[: contacts.WORD_MAX])
        sets.append({str(row[0]) for row in connection.all(_BY_TOKEN, (mark, CANDIDATES))})
        if not sets[-1]:
            return ()
    both = set.intersection(*sets)
    return _roots(connection, sorted(both, reverse=True))[: most + 1]


def by_code(connection: Connection, code: str) -> tuple[str, ...]:
    """Whose card or member code it is."""
    return of_contact(connection, CARD, code)


def by_shop(connection: Connection, channel: str, external_id: str) -> tuple[str, ...]:
    """Who has that id in a shop."""
    return of_contact(connection, SHOP, external_id, channel)
