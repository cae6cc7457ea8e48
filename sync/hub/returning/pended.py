"""Slips: goods were taken in and nobody paid; the slip is worth something once the hub agrees.

A slip waits while its sale is not known here: the till that sold it may be silent. Once it is, R1
decides as for any return, and the hub writes its word into its own journal (`return_decided`), which
credits the slip's account. What is beyond R1 is a person's to decide, with the amount and the facts
that took the rest. Without any receipt the policy says what the goods are worth.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select, update

from pos_app.domain.errors import Refused
from pos_app.domain.exceptions import RESOLVED, Way
from pos_app.domain.returns import SELLABLE
from sync.hub import accounts, exceptions, own_journal, rights, schema
from sync.hub.answers import HubProblem, RandomIds, stamp
from sync.hub.database import Connection, Statement, adding
from sync.hub.identity import HubKeys, load_keys
from sync.hub.orders.money import shared
from sync.hub.own_journal import DEVICE
from sync.hub.returning import worth
from sync.hub.returning.worth import Worth
from sync.hub.right_desk import Asked
from sync.protocol import (
    DecidedLine,
    PendedLook,
    PendedReply,
    ReturnDecided,
    ReturnPended,
    RightPart,
    decode_fact,
)

if TYPE_CHECKING:
    from sync.hub.booking import Booking

WAITING, CONFIRMED, CONFLICT = "WAITING", "CONFIRMED", "CONFLICT"
PAID, ADJUSTED, REJECTED = "PAID", "ADJUSTED", "REJECTED"
UNKNOWN: Final = "UNKNOWN"
OVER: Final = (CONFIRMED, PAID, ADJUSTED, REJECTED)
KIND: Final = "over_return"
CREDIT: Final = "credit"
NO_RECEIPT: Final = "no_receipt"
MISSING: Final = "nobody here knows its sale"
PATIENCE: Final = dt.timedelta(days=2)
"""So long nobody is told that a slip's sale is not known; a silent till is waited for beyond it."""
AT_ONCE: Final = 200
_ROOT: Final = uuid.UUID("2f0c5d9e-3d59-5a43-9d53-7c1f5c3b1a77")

_k, _e = schema.pended_return.c, schema.event.c
_ADD = adding(schema.pended_return, ignore=True)
_ADD_LINE = adding(schema.pended_line)
_ONE = Statement("fact", select(*_k).where(_k.fact == bindparam("fact")))
_OF_SLIP = Statement("slip", select(*_k).where(_k.slip == bindparam("slip")).order_by(_k.at.desc()))
_OPEN = Statement(
    "one two",
    select(*_k).where(_k.state.in_([bindparam("one"), bindparam("two")])).order_by(_k.at, _k.fact),
)
_EVERY = Statement("", select(*_k).order_by(_k.at, _k.fact))
_SET = Statement(
    "to more by when words wanted",
    update(schema.pended_return)
    .where(_k.fact == bindparam("wanted"))
    .values(
        state=bindparam("to"),
        credited=_k.credited + bindparam("more"),
        decided=bindparam("by"),
        changed=bindparam("when"),
        detail=bindparam("words"),
    ),
)
_BODY = Statement("id", select(_e.body).where(_e.id == bindparam("id")))
_OF_TYPE = Statement(
    "type", select(_e.n, _e.body).where(_e.type == bindparam("type")).order_by(_e.n)
)
_LINES = Statement("", select(*schema.pended_line.c))


@dataclass(frozen=True, slots=True)
class Pended:
    """A slip as the hub keeps it."""

    fact: str
    n: int
    slip: str
    store_id: str
    till: str
    why: str
    sale: str
    sale_doc: str
    customer: str
    currency: str
    amount: int
    state: str
    credited: int
    decided: str
    at: str
    changed: str
    detail: str


def find(connection: Connection, wanted: str) -> Pended | None:
    """A slip by the fact that took the goods in, or by its account."""
    row = connection.one(_ONE, (wanted,)) or connection.one(_OF_SLIP, (wanted,))
    return Pended(*row) if row else None


def every(connection: Connection, *, waiting: bool = False) -> list[Pended]:
    """All slips, oldest first; or those that nobody has decided on."""
    rows = connection.all(_OPEN, (WAITING, CONFLICT)) if waiting else connection.all(_EVERY)
    return [Pended(*row) for row in rows]


# --- booking --------------------------------------------------------------------------------------


def book(books: Booking, n: int, fact: ReturnPended) -> None:
    """Goods are in at once; what they are worth is decided behind the batch's own entries."""
    for line in fact.lines:
        if line.sku and line.condition == SELLABLE and line.qty > 0:
            books.stock[line.sku] += line.qty
    if books.anew:
        return
    connection, device = books.connection, books.device
    row = (
        *(fact.id, n, fact.slip, device.store_id, device.till, fact.why, fact.sale, fact.sale_doc),
        *(fact.customer, fact.currency, fact.amount, WAITING, 0, "", books.at, books.at, ""),
    )
    connection.run(_ADD, row)
    books.at_last.append((n, lambda: _at_once(books, fact)))


def _at_once(books: Booking, fact: ReturnPended) -> None:
    from pos_app.domain.day import parse_utc

    settle(books.connection, load_keys(books.connection), fact.id, parse_utc(books.at))


def settle(connection: Connection, keys: HubKeys, fact_id: str, now: dt.datetime) -> str:
    """Decides on a slip where that can be done now; its state. In the caller's transaction."""
    connection.lock_name(f"pended:{fact_id}")
    pended = find(connection, fact_id)
    if pended is None or pended.state in OVER:
        return pended.state if pended is not None else UNKNOWN
    decided = _by_person(connection, keys, pended, now)
    if decided:
        return decided
    if pended.state == CONFLICT and pended.decided:
        return CONFLICT  # what R1 allowed is on it already: the rest is a person's
    fact = _fact(connection, fact_id)
    if fact is None:
        return pended.state
    found = worth.of(connection, fact, now)
    if found is None:
        return _wait(connection, pended, fact, now)
    return _decide(connection, keys, pended, fact, found, now)


def _fact(connection: Connection, fact_id: str) -> ReturnPended | None:
    row = connection.one(_BODY, (fact_id,))
    fact = decode_fact(bytes(row[0])) if row else None
    return fact if isinstance(fact, ReturnPended) else None


def _wait(connection: Connection, pended: Pended, fact: ReturnPended, now: dt.datetime) -> str:
    """Its sale is not known: a silent till may bring it. Later a person hears of it too."""
    since = stamp(now - PATIENCE)
    if pended.at < since and not worth.may_come(connection, pended.sale_doc, pended.at):
        _open(connection, pended, fact.amount, f"{_name(pended)}: {MISSING}", now)
        return _put(connection, pended, CONFLICT, stamp(now), MISSING)
    if pended.detail != MISSING:
        _put(connection, pended, pended.state, stamp(now), MISSING)
    return pended.state


def _decide(
    connection: Connection,
    keys: HubKeys,
    pended: Pended,
    fact: ReturnPended,
    found: Worth,
    now: dt.datetime,
) -> str:
    if found.busy:
        return _put(connection, pended, pended.state, stamp(now), found.why)
    if found.amount or found.lines or not found.over:
        head = _head(pended, now, actor="")
        decision = ReturnDecided(
            **head,
            pended=pended.fact,
            slip=pended.slip,
            state=CONFLICT if found.over else CONFIRMED,
            currency=pended.currency,
            amount=found.amount,
            lines=found.lines,
            sale=found.sale,
            why=found.why,
        )
        do(connection, keys, decision, now)
        worth.remember(connection, fact, found, now)
    if found.over:
        detail = f"{_name(pended)}: {found.why}"
        _open(connection, pended, found.over, detail, now, found.evidence)
        if not found.amount:
            _put(connection, pended, CONFLICT, stamp(now), found.why)
        return CONFLICT
    exceptions.settle_about(connection, KIND, DEVICE, _asked(connection, pended), stamp(now))
    return CONFIRMED


def _name(pended: Pended) -> str:
    return f"slip {pended.slip[:8]} of {pended.store_id}-{pended.till}"


def _put(connection: Connection, pended: Pended, state: str, at: str, why: str) -> str:
    if (state, why) != (pended.state, pended.detail):
        words = why[:200]
        connection.run(_SET, (state, 0, pended.decided, at, words, pended.fact))
    return state


def _open(
    connection: Connection,
    pended: Pended,
    amount: int,
    detail: str,
    now: dt.datetime,
    evidence: tuple[str, ...] = (),
) -> None:
    exceptions.open_exception(
        connection,
        kind=KIND,
        n=pended.n,
        device=DEVICE,
        store=pended.store_id,
        amount=amount,
        currency=pended.currency,
        detail=detail[:160],
        at=stamp(now),
        evidence=evidence,
        fact=pended.fact,
    )


def _case(connection: Connection, pended: Pended) -> exceptions.Case | None:
    return exceptions.by_id(connection, exceptions.id_of(KIND, DEVICE, pended.fact))


def _asked(connection: Connection, pended: Pended) -> str:
    case = _case(connection, pended)
    return case.detail if case is not None else ""


# --- the word -------------------------------------------------------------------------------------


def _head(pended: Pended, now: dt.datetime, actor: str) -> dict[str, Any]:
    head = own_journal.head(now, RandomIds(), store=pended.store_id, actor=actor)
    head["id"] = str(uuid.uuid5(_ROOT, f"{pended.fact}\0{'person' if actor else 'hub'}"))
    return head


def do(connection: Connection, keys: HubKeys, fact: ReturnDecided, now: dt.datetime) -> None:
    """Writes a word into the hub's journal and does it: once, its id follows from the slip's."""
    if connection.one(_BODY, (fact.id,)) is not None:
        return
    n, fact = own_journal.append(connection, keys, fact, now)
    at = stamp(now)
    if fact.amount > 0:
        from sync.hub.values import cards  # beside the accounts, and below this room

        key = (CREDIT, fact.slip)
        accounts.lock(connection, [key])
        part = RightPart(*key, -fact.amount)
        rights.note(connection, fact.id, "", part, DEVICE, at, about=fact.pended, reason="returned")
        accounts.move_account(connection, *key, credit=fact.amount)
        cards.add(
            *(connection, CREDIT, fact.slip),
            currency=fact.currency,
            state=cards.ACTIVE,
            expires="",
            pin="",
            origin=fact.store,
            now=now,
        )
    connection.many(_ADD_LINE, list(_line_rows(n, fact)))
    connection.run(_SET, (fact.state, fact.amount, fact.id, at, fact.why[:200], fact.pended))


def _line_rows(n: int, fact: ReturnDecided) -> Iterator[tuple[object, ...]]:
    for place, line in enumerate(fact.lines, 1):
        if fact.sale and line.of:
            row = (fact.sale, line.of, line.sku, line.qty, line.amount)
            yield (n, place, fact.pended, *row)


# --- a person -------------------------------------------------------------------------------------


def _by_person(connection: Connection, keys: HubKeys, pended: Pended, now: dt.datetime) -> str:
    """What the decision about its exception made of it; empty where nobody decided."""
    case = _case(connection, pended)
    if case is None or case.state != RESOLVED:
        return ""
    paid = case.resolution == Way.WRITE_OFF
    state = PAID if paid else REJECTED
    more = abs(case.amount) if paid else 0
    lines = _unseen(connection, pended, more)
    if lines:  # the credit is the case's own; that the goods came back is said here
        word = ReturnDecided(
            **_head(pended, now, case.resolved_by or "hub"),
            pended=pended.fact,
            slip=pended.slip,
            state=state,
            currency=pended.currency,
            amount=0,
            lines=lines,
            sale=pended.sale,
        )
        do(connection, keys, word, now)
    words = (state, more, case.resolved_fact, stamp(now), pended.detail, pended.fact)
    connection.run(_SET, words)
    return state


def _unseen(connection: Connection, pended: Pended, amount: int) -> tuple[DecidedLine, ...]:
    """The goods of a slip that is paid before R1 could be asked: they come back no second time.

    None where R1 was asked: what fits is in the books, and what does not was told.
    """
    looked = pended.state == CONFLICT and pended.detail != MISSING
    fact = None if looked or not amount or not pended.sale else _fact(connection, pended.fact)
    goods = [line for line in fact.lines if line.of and line.qty > 0] if fact is not None else []
    parts = shared(amount, [max(line.amount, 1) for line in goods]) if goods else ()
    pairs = zip(goods, parts, strict=True)
    return tuple(DecidedLine(line.of, line.sku, line.qty, part) for line, part in pairs)


def decide(
    connection: Connection,
    keys: HubKeys,
    wanted: str,
    amount: int,
    now: dt.datetime,
    *,
    actor: str,
    why: str,
) -> Pended:
    """Somebody at the hub says what a slip is worth beyond what it has: all, some, or nothing.

    Raises Refused("slip_unknown" | "slip_is_decided", state= | "amount_out_of_range", limit=).
    """
    pended = find(connection, wanted)
    if pended is None:
        raise Refused("slip_unknown")
    connection.lock_name(f"pended:{pended.fact}")
    pended = find(connection, pended.fact) or pended
    case = _case(connection, pended)
    if pended.state in OVER or (case is not None and case.state == RESOLVED):
        raise Refused("slip_is_decided", state=pended.state)
    if not 0 <= amount < accounts.AMOUNT_MAX:
        raise Refused("amount_out_of_range", limit=accounts.AMOUNT_MAX)
    rest = max(pended.amount - pended.credited, 0)
    state = REJECTED if not amount else PAID if amount == rest else ADJUSTED
    decision = ReturnDecided(
        **_head(pended, now, actor or "hub"),
        pended=pended.fact,
        slip=pended.slip,
        state=state,
        currency=pended.currency,
        amount=amount,
        lines=_unseen(connection, pended, amount),
        sale=pended.sale,
        why=why,
    )
    do(connection, keys, decision, now)
    if case is not None:
        exceptions.settle_about(connection, KIND, DEVICE, case.detail, stamp(now))
        exceptions.tell(connection)
    return find(connection, pended.fact) or pended


# --- what a till is told --------------------------------------------------------------------------


def look(asked: Asked) -> PendedReply:
    """What became of a slip. Raises HubProblem("malformed")."""
    said: PendedLook = asked.message
    if not 0 < len(said.slip) <= 100:
        raise HubProblem("malformed", "slip")
    pended = find(asked.connection, said.slip)
    if pended is None:
        return PendedReply(said.slip, UNKNOWN)
    state = settle(asked.connection, asked.keys, pended.fact, asked.now)
    exceptions.tell(asked.connection)
    pended = find(asked.connection, pended.fact) or pended
    return PendedReply(
        *(said.slip, state, pended.amount, pended.credited, pended.currency, pended.store_id),
        *(pended.changed, pended.detail),
    )


# --- whether it is what the journals say ----------------------------------------------------------


def differences(connection: Connection) -> Iterator[str]:
    """Where slips are not what the tills' entries and the hub's words give."""
    wanted: dict[str, int] = {}
    for _n, body in connection.all(_OF_TYPE, (_tag(ReturnPended),)):
        wanted[decode_fact(bytes(body)).id] = 0
    lines: set[tuple[object, ...]] = set()
    for n, body in connection.all(_OF_TYPE, (_tag(ReturnDecided),)):
        fact = decode_fact(bytes(body))
        if isinstance(fact, ReturnDecided):
            wanted[fact.pended] = wanted.get(fact.pended, 0) + fact.amount
            lines |= set(_line_rows(int(n), fact))
    for pended in every(connection):
        case = _case(connection, pended)
        by_case = case is not None and pended.decided == case.resolved_fact != ""
        more = abs(case.amount) if case is not None and by_case and pended.state == PAID else 0
        right = wanted.pop(pended.fact, None)
        if right is None:
            yield f"slip {pended.slip}: comes from no entry"
        elif pended.credited != right + more:
            yield f"slip {pended.slip}: {pended.credited} credited, the words give {right + more}"
    for fact_id in wanted:
        yield f"slip of entry {fact_id}: is not kept"
    for row in {tuple(row) for row in connection.all(_LINES)} ^ lines:
        yield f"slip line {row[0]}/{row[1]}: is not what the hub's word says"


def _tag(kind: type[Any]) -> str:
    return str(kind.__struct_config__.tag)
