"""What the hub knows of gift cards and credit slips beside what is on them.

A card is known from the first money that came onto it, or from a list of bought-in cards before
that. A customer's own credit has an account without a card; it is known as long as there is any.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, select, update

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Refused
from sync.hub import accounts, schema
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement, adding
from sync.hub.identity import HubKeys

if TYPE_CHECKING:
    from sync.hub.booking import Booking
    from sync.protocol import AnyFact, ValueEarned

CARD, CREDIT = "card", "credit"
KINDS: Final = (CARD, CREDIT)
BEARER: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
"""The account of a code; a customer's own is called as the customer is."""
NEW, ACTIVE, BLOCKED, EXPIRED = "new", "active", "blocked", "expired"

_v, _a = schema.value_card.c, schema.right_account.c
_ONE = Statement(
    "kind account",
    select(*_v).where(_v.kind == bindparam("kind"), _v.account == bindparam("account")),
)
_EVERY = Statement("", select(*_v).order_by(_v.issued, _v.kind, _v.account))
_ADD = adding(schema.value_card, ignore=True)
_SET = Statement(
    "state_ changed_ kind_ account_",
    update(schema.value_card)
    .where(_v.kind == bindparam("kind_"), _v.account == bindparam("account_"))
    .values(state=bindparam("state_"), changed=bindparam("changed_")),
)
_BEGIN = Statement(
    "money state_ at until again kind_ account_ was",
    update(schema.value_card)
    .where(
        _v.kind == bindparam("kind_"),
        _v.account == bindparam("account_"),
        _v.state == bindparam("was"),
    )
    .values(
        currency=bindparam("money"),
        state=bindparam("state_"),
        issued=bindparam("at"),
        expires=bindparam("until"),
        changed=bindparam("again"),
    ),
)
_EXPIRE = Statement(
    "state_ changed_ was none today",
    update(schema.value_card)
    .where(
        _v.state == bindparam("was"),
        _v.expires != bindparam("none"),
        _v.expires < bindparam("today"),
    )
    .values(state=bindparam("state_"), changed=bindparam("changed_")),
)
_OWED = Statement(
    "kind",
    select(_v.currency, func.count(), func.sum(_a.credited), func.sum(_a.burned))
    .select_from(
        schema.right_account.outerjoin(
            schema.value_card, (_v.kind == _a.kind) & (_v.account == _a.account)
        )
    )
    .where(_a.kind == bindparam("kind"))
    .group_by(_v.currency)
    .order_by(_v.currency),
)


@dataclass(frozen=True, slots=True)
class Card:
    """A card or slip; the account is the hash of its code."""

    kind: str
    account: str
    currency: str
    state: str
    issued: str
    expires: str
    pin: str = field(repr=False)
    origin: str
    changed: str

    def good(self, today: str) -> bool:
        """Whether what is on it may be spent."""
        return self.state == ACTIVE and (not self.expires or today <= self.expires)


def find(connection: Connection, kind: str, account: str) -> Card | None:
    """What is known of it."""
    row = connection.one(_ONE, (kind, account))
    return Card(*row) if row else None


def every(connection: Connection) -> list[Card]:
    """All of them, the oldest first."""
    return [Card(*row) for row in connection.all(_EVERY)]


def pin_mark(keys: HubKeys, account: str, proof: str) -> str:
    """What is kept of a PIN: a hash under the hub's own key, of this account alone."""
    secret = hmac.digest(keys.sealing.private_bytes_raw(), b"holdfast value pin", "sha256")
    return hmac.new(secret, f"{account}|{proof}".encode(), "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account is for somebody who shows a code, or names it, and perhaps a PIN."""

    good: bool
    free: int = 0
    currency: str = ""
    expires: str = ""


def standing(
    connection: Connection, keys: HubKeys, kind: str, account: str, pin: str, now: dt.datetime
) -> Standing:
    """Whether it is there and may be spent; the same work is done whatever the answer is."""
    card = find(connection, kind, account)
    credited, _burned = accounts.account_of(connection, kind, account)
    free = accounts.available(connection, kind, account, now)
    shown = pin_mark(keys, account, pin)
    none = pin_mark(keys, account, "")
    wanted = (card.pin if card is not None else "") or none
    fits = hmac.compare_digest(shown, wanted)
    if card is None:
        there = kind == CREDIT and credited > 0
        return Standing(there and fits, max(0, free) if there and fits else 0)
    good = card.good(now.date().isoformat()) and fits
    return Standing(good, max(0, free), card.currency, card.expires) if good else Standing(False)


# --- what happens to one ------------------------------------------------------------------------


def put_on(books: Booking, n: int, fact: ValueEarned) -> None:
    """Money came onto an account: the card is known from now on, and keeps its currency."""
    connection, at = books.connection, books.at
    _touch(books, fact.kind, fact.account)
    row = (
        *(fact.kind, fact.account, fact.currency, ACTIVE, fact.t.wall, fact.expires, ""),
        *(fact.store, at),
    )
    connection.run(_ADD, row)
    card = find(connection, fact.kind, fact.account)
    if card is None:
        return
    if card.state == NEW:
        until = card.expires or fact.expires
        words = (fact.currency, ACTIVE, at, until, at, fact.kind, fact.account, NEW)
        connection.run(_BEGIN, words)
        return
    if fact.currency and card.currency and fact.currency != card.currency:
        told = f"{fact.kind} {fact.account} is of {card.currency}"
        books.flag("value_currency", n, fact, told, fact.amount)
    _tell_state(books, n, fact, card, fact.amount)


def spent(
    books: Booking, n: int | None, fact: AnyFact, kind: str, account: str, amount: int
) -> None:
    """It was spent, by whatever right: a person is told where it was blocked or over."""
    card = find(books.connection, kind, account)
    _touch(books, kind, account)
    if card is not None:
        _tell_state(books, n, fact, card, amount)


def _touch(books: Booking, kind: str, account: str) -> None:
    """The tills of a customer's stores are told anew what credit is left."""
    if kind == CREDIT and not BEARER.fullmatch(account) and not books.anew:
        from sync.hub.customers import feeding  # it knows the feed, which a booking need not

        feeding.touch_account(books.connection, account, parse_utc(books.at))


def _tell_state(books: Booking, n: int | None, fact: AnyFact, card: Card, amount: int) -> None:
    if card.state in (BLOCKED, EXPIRED):
        books.flag("value_blocked", n, fact, f"{card.kind} {card.account} is {card.state}", amount)


def add(
    connection: Connection,
    kind: str,
    account: str,
    *,
    currency: str,
    state: str,
    expires: str,
    pin: str,
    origin: str,
    now: dt.datetime,
) -> bool:
    """A card is known; False where it was."""
    at = stamp(now)
    row = (kind, account, currency, state, at, expires, pin, origin, at)
    return connection.run(_ADD, row) > 0


def set_state(
    connection: Connection, kind: str, account: str, state: str, now: dt.datetime
) -> Card:
    """Blocks it or lets it go on. Raises Refused("value_unknown")."""
    card = find(connection, kind, account)
    if card is None:
        raise Refused("value_unknown", account=account)
    connection.run(_SET, (state, stamp(now), kind, account))
    return card


def expire(connection: Connection, now: dt.datetime) -> int:
    """Cards whose last day is over are over; how many."""
    words = (EXPIRED, stamp(now), ACTIVE, "", now.date().isoformat())
    return connection.run(_EXPIRE, words)


def owed(connection: Connection) -> dict[str, list[dict[str, object]]]:
    """Kind -> what the shop owes its customers on such accounts, by currency: no turnover."""
    found: dict[str, list[dict[str, object]]] = {}
    for kind in KINDS:
        rows = connection.all(_OWED, (kind,))
        found[kind] = [
            {
                "currency": str(currency or ""),
                "accounts": int(count),
                "put_on": int(put_on or 0),
                "spent": int(spent or 0),
                "owed": int(put_on or 0) - int(spent or 0),
            }
            for currency, count, put_on, spent in rows
        ]
    return found


def names(cards: Iterable[Card], account: str) -> list[Card]:
    """Those whose account begins so."""
    return [card for card in cards if card.account.startswith(account)]
