"""Whether a document and what it says it did to stored value are the same thing.

A till writes both in one commit: a sale that was paid with a card, and the burn of that card; a sale
that put money on one, and the credit. A document without the other is a gift, or a theft.

A batch may end inside a commit. What was not there then is looked for later (`unmoved`): a till that
lost its disk in between never sends it, and a person is told of the amount.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, or_, select

from pos_app.domain.tender import ACCOUNT_KINDS
from sync.hub import exceptions, rights, schema
from sync.hub.answers import stamp
from sync.hub.customers.moving import MOVED
from sync.hub.database import Connection, Statement, dropping, putting
from sync.hub.values.cards import BEARER, CARD, KINDS
from sync.protocol import (
    AnyFact,
    EarnReversed,
    GrantReleased,
    HoldCaptured,
    HoldVoided,
    Refunded,
    RightUsed,
    Sale,
    ValueEarned,
    Voided,
    decode_fact,
)

if TYPE_CHECKING:
    from sync.hub.booking import Booking

Document = Sale | Refunded | Voided
Moved = tuple[str, str, int]
"""(kind, account, what came onto it; below nothing what was spent of it)."""
PATIENCE: Final = dt.timedelta(minutes=10)
"""So long after a batch the rest of its last commit may still be on its way."""
SILENCE: Final = dt.timedelta(days=1)
"""So long a till that sent nothing more is believed to be only away."""
_e, _cut = schema.event.c, schema.value_cut.c
_b, _d = schema.right_burn.c, schema.device.c
_TYPE_OF = Statement("id", select(_e.type).where(_e.id == bindparam("id")))
_KEEP = putting(schema.value_cut)
_OVER = dropping(schema.value_cut, "document")
_WAITING = Statement(
    "upto silent",
    select(_cut.document, _cut.n)
    .select_from(
        schema.value_cut.join(schema.event, _e.n == _cut.n).join(
            schema.device, _d.device == _e.device
        )
    )
    .where(
        _cut.booked <= bindparam("upto"),
        or_(
            _cut.booked <= bindparam("silent"),
            _d.last_seq > _e.seq,
            _d.epoch > _e.epoch,
        ),
    )
    .order_by(_cut.booked, _cut.document),
)
_DOCUMENT = Statement(
    "id",
    select(_e.n, _e.device, _d.store_id, _e.body)
    .select_from(schema.event.join(schema.device, _d.device == _e.device))
    .where(_e.id == bindparam("id")),
)
_ENTRY = Statement(
    "n",
    select(_e.id, _e.device, _d.store_id, _e.body)
    .select_from(schema.event.join(schema.device, _d.device == _e.device))
    .where(_e.n == bindparam("n")),
)
_MOVED_BY = Statement(
    "about moved",
    select(_b.kind, _b.account, func.sum(_b.amount))
    .where(_b.about == bindparam("about"), _b.reason != bindparam("moved"))
    .group_by(_b.kind, _b.account),
)
_DOCUMENTS: Final = frozenset({"sale", "refunded", "voided"})
_GIVES: Final = frozenset({*_DOCUMENTS, "credit_given", "return_decided"})
"""Facts that may put money on a card or on credit."""


def of_document(fact: Document) -> Counter[Moved]:
    """What a document says it did."""
    found: Counter[Moved] = Counter()
    for paid in fact.payments:
        if paid.account and paid.tender in ACCOUNT_KINDS:
            found[ACCOUNT_KINDS[paid.tender], paid.account, -paid.amount] += 1
    if not isinstance(fact, Refunded):
        for line in fact.lines:
            if line.value:
                kind, _, account = line.value.partition("/")
                found[kind, account, line.total] += 1
    return found


def check(books: Booking) -> None:
    """Tells of each document of the batch whose other half is not there, and the other way round."""
    batch = _Batch(books)
    for of in sorted(batch.said.keys() | batch.done.keys()):
        wanted, found = batch.said.get(of, Counter()), batch.done.get(of, Counter())
        if wanted != found and not _is_cut(books, batch, of, found <= wanted):
            n, fact = batch.where[of]
            worth = _worth(wanted) or _worth(found)
            books.flag("value_differs", n, fact, _told(wanted, found), worth)


class _Batch:
    """What the documents of a batch say, and what its entries did."""

    def __init__(self, books: Booking) -> None:
        self.said: dict[str, Counter[Moved]] = {}
        self.done: dict[str, Counter[Moved]] = {}
        self.where: dict[str, tuple[int, AnyFact]] = {}
        self.types: dict[str, str] = {}
        """Fact that is no document -> what it is: while it is booked the journal has none of it."""
        self.last = ""
        """The document whose commit may go on in the next batch."""
        for n, fact in books.facts:
            if not isinstance(fact, Sale | Refunded | Voided):
                self.types[fact.id] = str(type(fact).__struct_config__.tag)
            self._gather(books.connection, n, fact)

    def _gather(self, connection: Connection, n: int, fact: AnyFact) -> None:
        if isinstance(fact, Sale | Refunded | Voided):
            moved = of_document(fact)
            if moved:
                self.said[fact.id], self.where[fact.id] = moved, (n, fact)
            self.last = fact.id
            return
        of, other = str(getattr(fact, "of", "")), _of_fact(connection, fact)
        if other is not None:
            self.done.setdefault(of, Counter())[other] += 1
            self.where.setdefault(of, (n, fact))
        # What is let go of in the same commit names no document.
        elif not isinstance(fact, GrantReleased | HoldVoided) and of != self.last:
            self.last = ""


def _is_cut(books: Booking, batch: _Batch, of: str, is_part: bool) -> bool:
    """True where nothing is wrong as yet: the rest may be in another batch, or nothing is said."""
    if of in batch.said:
        if of != batch.last or not is_part:
            return False
        _look_later(books, of, books.facts[-1][0])
        return True
    made_by = batch.types.get(of) or _type_of(books.connection, of)
    if made_by not in _DOCUMENTS and not (of and not made_by and _own_only(batch.done[of])):
        return not _strange(made_by, batch.done[of])
    _look_later(books, of, batch.where[of][0])
    return True


def _of_fact(connection: Connection, fact: AnyFact) -> Moved | None:
    if isinstance(fact, ValueEarned) and fact.kind in KINDS:
        return fact.kind, fact.account, fact.amount
    if isinstance(fact, EarnReversed | RightUsed) and fact.kind in KINDS:
        return fact.kind, fact.account, -fact.amount
    if isinstance(fact, HoldCaptured):
        parts = rights.parts_of(connection, fact.right)
        if parts and parts[0].kind in KINDS:
            return parts[0].kind, parts[0].account, -fact.amount
    return None


def _type_of(connection: Connection, fact: str) -> str:
    row = connection.one(_TYPE_OF, (fact,)) if fact else None
    return str(row[0]) if row else ""


def _strange(made_by: str, found: Counter[Moved]) -> bool:
    """True where money came onto an account by nothing that may bring it."""
    return made_by not in _GIVES and any(amount > 0 for _, _, amount in found)


def _own_only(found: Counter[Moved]) -> bool:
    """True where it came onto people's own credit: what brought it may be on its way."""
    made = [(kind, account) for kind, account, amount in found if amount > 0]
    bearer = any(kind == CARD or BEARER.fullmatch(account) for kind, account in made)
    return bool(made) and not bearer


def _worth(moved: Counter[Moved]) -> int:
    return sum(abs(amount) * times for (_, _, amount), times in moved.items())


def _told(wanted: Counter[Moved], found: Counter[Moved]) -> str:
    parts = []
    for title, more, less in (("missing", wanted, found), ("without document", found, wanted)):
        for (kind, account, amount), _times in sorted((more - less).items()):
            parts.append(f"{title}: {kind} {account[:8]} {amount}")
    return "; ".join(parts)[:300]


# --- later ----------------------------------------------------------------------------------


def _look_later(books: Booking, document: str, n: int) -> None:
    if not books.anew:
        books.connection.run(_KEEP, (document, n, books.at))


def unmoved(connection: Connection, now: dt.datetime) -> int:
    """Compares documents whose commit was cut with what moved for them; how many differed.

    Each once, when its till has gone on, or has said nothing for a day. In the caller's transaction,
    under a lock: several hubs share a database.
    """
    count = 0
    for row in connection.all(_WAITING, (stamp(now - PATIENCE), stamp(now - SILENCE))):
        document, n = str(row[0]), int(row[1])
        connection.run(_OVER, (document,))
        if _type_of(connection, document) in _DOCUMENTS:
            count += _compare(connection, document, now)
        else:
            count += _unknown(connection, document, n, now)
    if count:
        exceptions.tell(connection)
    return count


def _compare(connection: Connection, document: str, now: dt.datetime) -> bool:
    """Tells of a document of which less, or more, moved than it says; True where it is so."""
    row = connection.one(_DOCUMENT, (document,))
    fact = decode_fact(row[3]) if row else None
    if row is None or not isinstance(fact, Sale | Refunded | Voided):
        return False
    said = of_document(fact)
    apart: Counter[tuple[str, str]] = Counter()
    for (kind, account, amount), times in said.items():
        apart[kind, account] += amount * times
    for kind, account, burned in connection.all(_MOVED_BY, (document, MOVED)):
        if kind in KINDS:
            apart[kind, account] += int(burned)
    named = {(kind, account) for kind, account, _ in said}
    parts = [
        f"missing: {kind} {account[:8]} {amount}"
        if (kind, account) in named
        else f"without document: {kind} {account[:8]} {-amount}"
        for (kind, account), amount in sorted(apart.items())
        if amount
    ]
    if not parts:
        return False
    exceptions.open_exception(
        connection,
        kind="value_differs",
        n=int(row[0]),
        device=str(row[1]),
        store=str(row[2]),
        amount=sum(map(abs, apart.values())),
        detail="; ".join(parts)[:300],
        at=stamp(now),
        evidence=(document,),
        currency=fact.currency,
        fact=document,
    )
    return True


def _unknown(connection: Connection, document: str, n: int, now: dt.datetime) -> bool:
    """Tells of money that came onto an account by what nobody knows still; True where it is so."""
    row = connection.one(_ENTRY, (n,))
    came = [
        (kind, account, -int(moved))
        for kind, account, moved in connection.all(_MOVED_BY, (document, MOVED))
        if kind in KINDS and moved < 0
    ]
    if row is None or not came or _type_of(connection, document) in _GIVES:
        return False
    exceptions.open_exception(
        connection,
        kind="value_differs",
        n=n,
        device=str(row[1]),
        store=str(row[2]),
        amount=sum(amount for _, _, amount in came),
        detail="; ".join(f"without document: {k} {a[:8]} {m}" for k, a, m in sorted(came))[:300],
        at=stamp(now),
        currency=str(getattr(decode_fact(row[3]), "currency", "")),
        fact=str(row[0]),
    )
    return True
