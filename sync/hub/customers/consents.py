"""What customers said to each purpose: a ledger that is only ever added to, and what holds of it.

The newest statement holds, so a no from anywhere ends an older yes; of two at the same moment the
stricter. Where two people turned out to be one, the stricter of what each had said holds until they
say something again. Nobody who was not asked has said anything: unknown stays unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import bindparam, select

from pos_app.domain.text import plain
from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement, numbering
from sync.protocol import Consent
from sync.protocol.customers import LATER, NO, PURPOSES, UNKNOWN, YES

STRICTNESS: Final = {YES: 1, LATER: 2, NO: 3}
TEXT_MAX: Final = 500
SOURCE_MAX: Final = 80

_k, _m = schema.customer_consent.c, schema.customer_merge.c
_ADD = numbering(schema.customer_consent)
_OF = Statement(
    "customer",
    select(_k.purpose, _k.state, _k.at, _k.source, _k.text, _k.proof)
    .where(_k.customer == bindparam("customer"))
    .order_by(_k.at, _k.no),
)
_MERGED = Statement(
    "kept undone",
    select(_m.at)
    .where(_m.kept == bindparam("kept"), _m.undone == bindparam("undone"))
    .order_by(_m.at.desc()),
)


def note(
    connection: Connection,
    customer: str,
    said: Consent,
    proof: str,
    now: dt.datetime,
) -> bool:
    """Adds a statement, once; False for one that is there, or that says nothing.

    A clock that is ahead moves nobody's word into the future: nothing later could end it.
    """
    if said.purpose not in PURPOSES or said.state not in STRICTNESS:
        return False
    at = min(said.at or stamp(now), stamp(now))
    for purpose, state, when, _source, _text, before in connection.all(_OF, (customer,)):
        same = (purpose, state) == (said.purpose, said.state)
        if same and (when == at or (proof and before == proof)):
            return False
    texts = (plain(said.source, SOURCE_MAX), plain(said.text, TEXT_MAX), proof)
    connection.run(_ADD, (customer, said.purpose, said.state, at, *texts))
    return True


def history(connection: Connection, customers: Iterable[str]) -> list[tuple[str, Consent, str]]:
    """(customer, statement, proof) of everything that was said, oldest first."""
    found = [
        (one, Consent(*map(str, row[:5])), str(row[5]))
        for one in customers
        for row in connection.all(_OF, (one,))
    ]
    return sorted(found, key=lambda each: each[1].at)


def current(connection: Connection, one_with: Sequence[str]) -> tuple[Consent, ...]:
    """What holds of a person now, by purpose; `one_with` begins with who is kept."""
    merged = connection.one(_MERGED, (one_with[0], "")) if len(one_with) > 1 else None
    since = str(merged[0]) if merged is not None else ""
    own = history(connection, one_with)
    found = []
    for purpose in PURPOSES:
        about = [(who, said) for who, said, _ in own if said.purpose == purpose]
        again = [said for _, said in about if since and said.at > since]
        last = _newest(again) or _strictest(about)
        if last is not None:
            found.append(last)
    return tuple(found)


def state(connection: Connection, one_with: Sequence[str], purpose: str) -> str:
    """What holds of one purpose: yes, no, later or unknown."""
    for said in current(connection, one_with):
        if said.purpose == purpose:
            return said.state
    return UNKNOWN


def _newest(said: Iterable[Consent]) -> Consent | None:
    return max(said, key=lambda one: (one.at, STRICTNESS[one.state]), default=None)


def _strictest(about: Sequence[tuple[str, Consent]]) -> Consent | None:
    """Of what each of them said last, what permits least."""
    each = {who: _newest(said for one, said in about if one == who) for who, _ in about}
    lasts = [said for said in each.values() if said is not None]
    return max(lasts, key=lambda one: (STRICTNESS[one.state], one.at), default=None)
