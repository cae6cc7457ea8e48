"""Whether a document and what it says it did to stored value are the same thing.

A till writes both in one commit: a sale that was paid with a card, and the burn of that card; a sale
that put money on one, and the credit. A document without the other is a gift, or a theft.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select

from pos_app.domain.tender import ACCOUNT_KINDS
from sync.hub import rights, schema
from sync.hub.database import Connection, Statement
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
)

if TYPE_CHECKING:
    from sync.hub.booking import Booking

Document = Sale | Refunded | Voided
Moved = tuple[str, str, int]
"""(kind, account, what came onto it; below nothing what was spent of it)."""
_e = schema.event.c
_TYPE_OF = Statement("id", select(_e.type).where(_e.id == bindparam("id")))
_GIVES: Final = frozenset({"sale", "refunded", "voided", "credit_given", "return_decided"})
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
    said: dict[str, Counter[Moved]] = {}
    where: dict[str, tuple[int, AnyFact]] = {}
    done: dict[str, Counter[Moved]] = {}
    last = ""
    for n, fact in books.facts:
        if isinstance(fact, Sale | Refunded | Voided):
            moved = of_document(fact)
            if moved:
                said[fact.id], where[fact.id] = moved, (n, fact)
            last = fact.id
            continue
        other = _of_fact(books.connection, fact)
        if other is None:
            # What is let go of in the same commit names no document.
            same = isinstance(fact, GrantReleased | HoldVoided) or getattr(fact, "of", "") == last
            last = last if same else ""
            continue
        of = str(getattr(fact, "of", ""))
        done.setdefault(of, Counter())[other] += 1
        where.setdefault(of, (n, fact))
    for of in sorted(said.keys() | done.keys()):
        wanted, found = said.get(of, Counter()), done.get(of, Counter())
        n, fact = where[of]
        if of in said and of == last and found <= wanted:
            continue  # the batch ends with it: the rest of its commit comes in the next one
        if of not in said and not _strange(books.connection, of, found):
            continue
        if wanted != found:
            worth = _worth(wanted) or _worth(found)
            books.flag("value_differs", n, fact, _told(wanted, found), worth)


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


def _strange(connection: Connection, of: str, found: Counter[Moved]) -> bool:
    """True where money came onto an account by nothing that may bring it.

    What was spent by a document of an earlier batch was looked at with that one.
    """
    made = [(kind, account) for kind, account, amount in found if amount > 0]
    if not any(kind == CARD or BEARER.fullmatch(account) for kind, account in made):
        return False
    row = connection.one(_TYPE_OF, (of,)) if of else None
    return row is None or str(row[0]) not in _GIVES


def _worth(moved: Counter[Moved]) -> int:
    return sum(abs(amount) * times for (_, _, amount), times in moved.items())


def _told(wanted: Counter[Moved], found: Counter[Moved]) -> str:
    parts = []
    for title, more, less in (("missing", wanted, found), ("without document", found, wanted)):
        for (kind, account, amount), _times in sorted((more - less).items()):
            parts.append(f"{title}: {kind} {account[:8]} {amount}")
    return "; ".join(parts)[:300]
