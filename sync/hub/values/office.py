"""What a person at the hub does with cards and credit: made, put right, blocked; each a fact.

Money is put on an account, or taken off it, by the same facts a till writes, in the hub's own
journal: so an account is always the sum of its entries.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, select

from pos_app.domain.errors import Refused
from pos_app.domain.value_code import CARD, ValueCode, account_of, new_code, pin_proof
from sync.hub import accounts, own_journal, rights, schema
from sync.hub.answers import Ids, stamp
from sync.hub.customers import feeding
from sync.hub.database import Connection, Statement
from sync.hub.identity import HubKeys
from sync.hub.values import cards
from sync.hub.values.cards import Card
from sync.protocol import CreditGiven, EarnReversed, RightPart, ValueEarned

OFFICE: Final = "hub"
ISSUED_MAX: Final = 10_000
_n = schema.right_burn.c
_MOVES = Statement(
    "kind account",
    select(_n.booked, _n.amount, _n.device, _n.fact, _n.right_id, _n.unsecured)
    .where(_n.kind == bindparam("kind"), _n.account == bindparam("account"))
    .order_by(_n.booked, _n.fact),
)


@dataclass(frozen=True, slots=True)
class Office:
    """Who does it, and when."""

    connection: Connection
    keys: HubKeys
    ids: Ids
    now: dt.datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Move:
    """One entry of an account; `amount` above 0 came onto it."""

    at: str
    amount: int
    by: str
    fact: str
    right: str
    unsecured: bool


def moves(connection: Connection, kind: str, account: str) -> list[Move]:
    """What came onto an account and was spent of it, the oldest first."""
    rows = connection.all(_MOVES, (kind, account))
    return [
        Move(str(at), -int(amount), str(device), str(fact), str(right), bool(unsecured))
        for at, amount, device, fact, right, unsecured in rows
    ]


def issue(
    office: Office, kind: str, amount: int, currency: str, *, expires: str = "", reason: str = ""
) -> ValueCode:
    """Another card, with money on it that nobody paid; its code is known to the caller alone."""
    _check(amount)
    code = new_code(kind)
    account = account_of(code)
    cards.add(
        *(office.connection, kind, account),
        currency=currency,
        state=cards.ACTIVE,
        expires=expires,
        pin="",
        origin=OFFICE,
        now=office.now,
    )
    put_on(office, kind, account, amount, currency, reason or "issued at head office")
    return code


def take_in(office: Office, code: ValueCode, currency: str, *, expires: str = "") -> bool:
    """A card that was bought in: known, and empty until a till puts money on it."""
    account = account_of(code)
    return cards.add(
        *(office.connection, CARD, account),
        currency=currency,
        state=cards.NEW,
        expires=expires,
        pin=cards.pin_mark(office.keys, account, pin_proof(code)),
        origin=OFFICE,
        now=office.now,
    )


def adjust(office: Office, card: Card, amount: int, reason: str) -> int:
    """Puts so much on an account, or takes it off, never below what is free; what is free then.

    Raises Refused("reason_missing" | "amount_out_of_range" | "right_not_enough", left=).
    """
    if not reason.strip():
        raise Refused("reason_missing", action="value_adjust")
    connection, kind, account = office.connection, card.kind, card.account
    if amount > 0:
        put_on(office, kind, account, amount, card.currency, reason)
    else:
        _check(-amount)
        accounts.lock(connection, [(kind, account)])
        free = accounts.available(connection, kind, account, office.now)
        if free < -amount:
            raise Refused("right_not_enough", left=max(0, free))
        given = _given(office, kind, account, amount, card.currency, reason)
        fact = EarnReversed(
            **_head(office), kind=kind, account=account, amount=-amount, of=given.id
        )
        own_journal.append(connection, office.keys, fact, office.now)
        _note(office, fact.id, kind, account, -amount)
        accounts.move_account(connection, kind, account, credit=amount)
    return accounts.available(connection, kind, account, office.now)


def put_on(
    office: Office, kind: str, account: str, amount: int, currency: str, reason: str
) -> ValueEarned:
    """Money onto an account, for a reason; in the caller's transaction."""
    _check(amount)
    connection = office.connection
    accounts.lock(connection, [(kind, account)])
    given = _given(office, kind, account, amount, currency, reason)
    fact = ValueEarned(
        **_head(office),
        kind=kind,
        account=account,
        amount=amount,
        of=given.id,
        currency=currency,
    )
    own_journal.append(connection, office.keys, fact, office.now)
    _note(office, fact.id, kind, account, -amount)
    accounts.move_account(connection, kind, account, credit=amount)
    return fact


def _given(
    office: Office, kind: str, account: str, amount: int, currency: str, reason: str
) -> CreditGiven:
    fact = CreditGiven(
        **_head(office),
        kind=kind,
        account=account,
        amount=amount,
        currency=currency,
        reason=reason.strip()[:200],
    )
    own_journal.append(office.connection, office.keys, fact, office.now)
    return fact


def _head(office: Office) -> dict[str, Any]:
    return own_journal.head(office.now, office.ids, actor=office.actor)


def _note(office: Office, fact: str, kind: str, account: str, amount: int) -> None:
    part = RightPart(kind, account, amount)
    rights.note(office.connection, fact, "", part, own_journal.DEVICE, stamp(office.now))
    if kind == cards.CREDIT and not cards.BEARER.fullmatch(account):
        feeding.touch_account(office.connection, account, office.now)


def _check(amount: int) -> None:
    if type(amount) is not int or not 0 < amount < accounts.AMOUNT_MAX:
        raise Refused("amount_out_of_range", limit=accounts.AMOUNT_MAX)
