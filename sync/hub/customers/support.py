"""Notes about customers and their support requests: sealed under the key of whom they are about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, func, literal_column, select, update

from pos_app.domain.errors import Refused
from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.customers import people, vault
from sync.hub.customers.vault import Vault
from sync.hub.database import Connection, Statement, numbering

OPEN, WAITING, SOLVED = "open", "waiting", "solved"
STATES: Final = frozenset({OPEN, WAITING, SOLVED})
TEXT_MAX: Final = 2_000
ABOUT_MAX: Final = 80
_NOTE, _REQUEST = "note", "request"

_n, _r = schema.customer_note.c, schema.support_request.c
_ADD_NOTE = numbering(schema.customer_note)
_LAST_NOTE = Statement(
    "customer",
    select(_n.sealed, _n.at)
    .where(_n.customer == bindparam("customer"))
    .order_by(_n.at.desc(), _n.no.desc())
    .limit(literal_column("1"))
    .offset(literal_column("0")),
)
_ADD_REQUEST = numbering(schema.support_request)
_NEWEST = Statement(
    "customer opened",
    select(func.max(_r.no)).where(
        _r.customer == bindparam("customer"), _r.opened == bindparam("opened")
    ),
)
_ONE = Statement("no", select(*_r).where(_r.no == bindparam("no")))
_SET = Statement(
    "state_ at no_",
    update(schema.support_request)
    .where(_r.no == bindparam("no_"))
    .values(state=bindparam("state_"), changed=bindparam("at")),
)


@dataclass(frozen=True, slots=True)
class Request:
    """A support request, opened."""

    no: int
    customer: str
    state: str
    about: str
    text: str
    opened: str
    changed: str
    by: str
    store_id: str

    @property
    def name(self) -> str:
        """What people call it."""
        return f"T-{self.no}"


def add_note(
    connection: Connection,
    keys: Vault,
    customer: str,
    text: str,
    now: dt.datetime,
    *,
    by: str = "",
    store: str = "",
) -> None:
    """Keeps what somebody wrote about a person. Raises Refused("note_empty")."""
    sealed = vault.seal(keys.make_key(connection, customer), _NOTE, _checked(text).encode())
    connection.run(_ADD_NOTE, (customer, sealed, stamp(now), by, store))


def newest_note(connection: Connection, customers: Iterable[str], keys: Vault | None) -> str:
    """What was written last about a person; empty for nothing."""
    found = []
    for one in customers:
        row = connection.one(_LAST_NOTE, (one,))
        if row is not None:
            found.append((str(row[1]), one, str(row[0])))
    if not found:
        return ""
    _, one, sealed = max(found)
    return opened(connection, keys, one, sealed)


def opened(
    connection: Connection, keys: Vault | None, customer: str, sealed: str, what: str = _NOTE
) -> str:
    """A note or a request's text; empty where the key is gone."""
    key = keys.key_of(connection, customer) if keys is not None else None
    return vault.unseal(key, what, sealed).decode() if key is not None else ""


def open_request(
    connection: Connection,
    keys: Vault,
    customer: str,
    text: str,
    now: dt.datetime,
    *,
    about: str = "",
    by: str = "",
    store: str = "",
) -> Request:
    """A new request; its number is what people call it. Raises Refused("note_empty")."""
    said, at = _checked(text), stamp(now)
    connection.lock_name(f"customer:{customer}")
    sealed = vault.seal(keys.make_key(connection, customer), _REQUEST, said.encode())
    values = (customer, OPEN, about[:ABOUT_MAX], sealed, at, at, by, store)
    connection.run(_ADD_REQUEST, values)
    row = connection.one(_NEWEST, (customer, at))
    no = int(row[0]) if row is not None else 0
    return Request(no, customer, OPEN, about[:ABOUT_MAX], said, at, at, by, store)


def set_state(
    connection: Connection,
    keys: Vault | None,
    customers: Sequence[str],
    name: str,
    state: str,
    now: dt.datetime,
) -> Request:
    """Where a request of one of these stands from now on.

    Raises Refused("request_unknown" | "request_state_unknown").
    """
    found = find(connection, keys, name)
    if found is None or (customers and found.customer not in customers):
        raise Refused("request_unknown", request=name)
    if state not in STATES:
        raise Refused("request_state_unknown", state=state)
    connection.run(_SET, (state, stamp(now), found.no))
    again = find(connection, keys, name)
    return again if again is not None else found


def find(connection: Connection, keys: Vault | None, name: str) -> Request | None:
    """The request that people call so."""
    digits = name.strip().upper().removeprefix("T-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):
        return None
    row = connection.one(_ONE, (int(digits),))
    return read(connection, keys, row) if row is not None else None


def read(connection: Connection, keys: Vault | None, row: Sequence[Any]) -> Request:
    """A row of `support_request`, opened."""
    no, customer, state, about, sealed, made, changed, by, store = row
    text = opened(connection, keys, str(customer), str(sealed), _REQUEST)
    return Request(int(no), str(customer), state, about, text, made, changed, by, store)


def _checked(text: str) -> str:
    said = people.lines_of(text, TEXT_MAX)
    if not said:
        raise Refused("note_empty")
    return said
