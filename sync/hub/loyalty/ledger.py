"""The ledger of points: each movement of an account, why and for what; and those the hub itself makes.

`right_burn` is the ledger. What a person, the clock or a shop does here is an entry of the hub's own
journal and booked in the same transaction, so the sum of an account's entries is always the account.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, select

from pos_app.domain.points_age import (
    ADJUSTED,
    BIRTHDAY,
    EARNED,
    EXPIRED,
    GIVEN_BACK,
    MOVED,
    ORDER,
    REVERSED,
    SPENT,
    Entry,
)
from sync.hub import accounts, own_journal, rights, schema
from sync.hub.answers import RandomIds, stamp
from sync.hub.customers import feeding
from sync.hub.database import Connection, Statement
from sync.hub.identity import load_keys
from sync.protocol import EarnReversed, RightPart, ValueEarned

POINTS: Final = "points"
REASONS: Final = (
    *(EARNED, GIVEN_BACK, ORDER, REVERSED, EXPIRED, BIRTHDAY, ADJUSTED, SPENT, MOVED),
)
_IDS: Final = RandomIds()
_LAST: Final = 1 << 62
_b, _e = schema.right_burn.c, schema.event.c
_ENTRIES = Statement(
    "kind account",
    select(_b.fact, _b.amount, _b.booked, _b.about, _b.reason, _b.device, _b.unsecured, _e.n)
    .select_from(schema.right_burn.outerjoin(schema.event, _e.id == _b.fact))
    .where(_b.kind == bindparam("kind"), _b.account == bindparam("account")),
)
_REFUND_OF = Statement(
    "id",
    select(schema.refund.c.sale)
    .select_from(schema.refund.join(schema.event, schema.event.c.n == schema.refund.c.n))
    .where(schema.event.c.id == bindparam("id")),
)


_sold = schema.event.alias("sold")
_VOID_OF = Statement(
    "id",
    select(_sold.c.id)
    .select_from(
        schema.event.join(schema.document, schema.document.c.n == _e.n).join(
            _sold, _sold.c.n == schema.document.c.reverses
        )
    )
    .where(_e.id == bindparam("id")),
)


def sale_of(connection: Connection, document: str) -> str:
    """The sale or order that a refund or a void takes back; the document itself where it is none."""
    found = connection.one(_REFUND_OF, (document,)) or connection.one(_VOID_OF, (document,))
    return str(found[0]) if found else document


@dataclass(frozen=True, slots=True)
class Moved:
    """One entry of a statement."""

    fact: str
    at: str
    points: int
    """Above 0 came in."""
    reason: str
    about: str
    """The document or order it happened for."""
    device: str
    unsecured: bool


def statement(connection: Connection, account: str) -> list[Moved]:
    """Everything that moved an account of points, oldest first."""
    rows = connection.all(_ENTRIES, (POINTS, account))
    rows.sort(key=lambda row: (str(row[2]), _LAST if row[7] is None else int(row[7]), str(row[0])))
    return [
        Moved(
            *(str(fact), str(at), -int(amount), _reason(str(reason), int(amount), str(fact))),
            *(str(about), str(device), bool(unsecured)),
        )
        for fact, amount, at, about, reason, device, unsecured, _ in rows
    ]


def _reason(reason: str, amount: int, fact: str) -> str:
    """Of entries of before they had one, and of those that others make."""
    if reason:
        return reason
    if fact.endswith((":in", ":out")):
        return MOVED
    return SPENT if amount > 0 else EARNED


def entries(connection: Connection, account: str) -> Iterator[Entry]:
    """The same as the arithmetic of age needs it: what was taken back names what had brought it."""
    for one in statement(connection, account):
        of = one.about
        if one.reason == REVERSED and of:
            of = sale_of(connection, of)
        yield Entry(one.at, one.points, one.reason, of)


def move(
    connection: Connection,
    account: str,
    points: int,
    *,
    reason: str,
    about: str = "",
    now: dt.datetime,
    actor: str = "",
    store: str = "",
) -> str:
    """Books points that came (above 0) or went, by an entry of the hub's own journal; its id.

    In the caller's transaction. What goes is never more than is free, except where goods came back
    (`reversed`): the caller looks.
    """
    if not points:
        return ""
    key = (POINTS, account)
    accounts.lock(connection, [key])
    head: dict[str, Any] = own_journal.head(now, _IDS, store=store, actor=actor)
    kind = ValueEarned if points > 0 else EarnReversed
    fact = kind(**head, kind=POINTS, account=account, amount=abs(points), of=about, reason=reason)
    own_journal.append(connection, load_keys(connection), fact, now)
    part = RightPart(*key, -points)
    rights.note(
        *(connection, fact.id, "", part, own_journal.DEVICE, stamp(now)),
        about=about,
        reason=reason,
    )
    accounts.move_account(connection, *key, credit=points)
    feeding.touch_account(connection, account, now)
    return fact.id


def free(connection: Connection, account: str, now: dt.datetime) -> int:
    """What may be taken off an account: nothing that a right holds."""
    return max(accounts.available(connection, POINTS, account, now), 0)
