"""What a decision about an exception does: it moves what it says, once, by a fact of the hub's own.

Whoever was first decides; in the same transaction the hub writes `case_done` into its own journal,
whose id follows from the exception's, and does what it says. So a decision that comes again, from
another till or after a restore, finds it done. What only hands can do (a count, a counter-document)
stands there as not done until a fact or a person says that it was.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import bindparam, select, update

from pos_app.domain.day import parse_utc, utc_text
from pos_app.domain.exceptions import (
    AGAIN,
    BY_HAND,
    COST,
    COUNT,
    CREDIT,
    DEBT,
    PAPER,
    POINTS,
    STOCK_MOVE,
    VALUE_KINDS,
    Way,
    kind_of,
    unit_of,
)
from pos_app.domain.returns import SELLABLE
from sync.hub import accounts, feed, own_journal, rights, schema, stock
from sync.hub.answers import RandomIds
from sync.hub.database import Connection, Statement, adding, numbering
from sync.hub.exceptions import Case, by_id
from sync.hub.identity import HubKeys, load_keys
from sync.protocol import (
    CaseDone,
    CaseEffect,
    CaseStepped,
    ExceptionResolved,
    HoldCaptured,
    Refunded,
    ReturnPended,
    RightPart,
    StockCounted,
    Voided,
    decode_fact,
)

CAUSE: Final = "case"
"""Begins the cause of a movement of stock that a decision made; the exception's id follows."""
SKUS_MAX: Final = 20
READ_AGAIN: Final = frozenset({"quarantine", "refund_failed", "channel_act"})
"""Kinds that the hub itself tries again (`again`)."""
_NO_COUNT: Final = frozenset({"cash_strange", "variance", "z_differs"})
"""Kinds whose count is the drawer's."""

_c, _e = schema.case_effect.c, schema.event.c
_ADD = adding(schema.case_effect, ignore=True)
_ADD_MOVE = numbering(schema.stock_move)
_OF = Statement(
    "exception",
    select(_c.what, _c.amount, _c.currency, _c.kind, _c.account, _c.sku, _c.qty, _c.done)
    .where(_c.exception == bindparam("exception"))
    .order_by(_c.place),
)
_WAITING = Statement(
    "is_done",
    select(_c.exception, _c.place, _c.store_id, _c.what, _c.amount, _c.currency, _c.sku, _c.at)
    .where(_c.done == bindparam("is_done"))
    .order_by(_c.at, _c.exception, _c.place),
)
_TO_COUNT = Statement(
    "store_id what is_done",
    select(_c.exception, _c.place, _c.sku).where(
        _c.store_id == bindparam("store_id"),
        _c.what == bindparam("what"),
        _c.done == bindparam("is_done"),
    ),
)
_STEP = Statement(
    "now_done at_ by_fact_ wanted place_ was",
    update(schema.case_effect)
    .where(
        _c.exception == bindparam("wanted"),
        _c.place == bindparam("place_"),
        _c.done == bindparam("was"),
    )
    .values(done=bindparam("now_done"), by_fact=bindparam("by_fact_"), at=bindparam("at_")),
)
_NEWS = Statement(
    "news wanted",
    update(schema.exception)
    .where(schema.exception.c.id == bindparam("wanted"))
    .values(told=bindparam("news")),
)
_DONE = Statement("type", select(_e.body).where(_e.type == bindparam("type")).order_by(_e.n))
_ROWS = Statement(
    "",
    select(
        *(_c.exception, _c.place, _c.store_id, _c.what, _c.amount, _c.currency, _c.kind),
        *(_c.account, _c.sku, _c.qty, _c.done, _c.fact),
    ).order_by(_c.exception, _c.place),
)
_SUMS = Statement("", select(_c.store_id, _c.what, _c.currency, _c.amount, _c.done))
_BODY = Statement("id", select(_e.body).where(_e.id == bindparam("id")))


def done_id(exception: str) -> str:
    """The id of what was done about an exception: always the same one."""
    return str(uuid.UUID(bytes=sha256(f"HF-DONE\0{exception}".encode()).digest()[:16], version=5))


def of(connection: Connection, exception: str) -> tuple[CaseEffect, ...]:
    """What the decision about it did, and what waits."""
    if not exception:
        return ()
    rows = connection.all(_OF, (exception,))
    return tuple(replace(CaseEffect(*row[:-1]), done=bool(row[-1])) for row in rows)


# --- what a decision means -------------------------------------------------------------------


def planned(connection: Connection, case: Case, way: str) -> tuple[CaseEffect, ...]:
    """What deciding so will do, as the books are now; nothing where only a word is said."""
    meant = _MEANING.get(way)
    return tuple(meant(connection, case, _fact(connection, case.fact))) if meant else ()


def _borne(connection: Connection, case: Case, fact: Any) -> Iterator[CaseEffect]:
    amount = abs(case.amount)
    if case.kind in VALUE_KINDS:
        kind, account = _account(case)
        credited, burned = accounts.account_of(connection, kind, account)
        amount = min(amount, max(burned - credited, 0))
        # What the account itself covered was the customer's own, and costs nobody anything.
        if not amount:
            return
        yield CaseEffect(CREDIT, amount, _unit(case), kind, account)
    elif case.kind == "over_return" and isinstance(fact, ReturnPended):
        yield CaseEffect(CREDIT, amount, case.currency, "credit", fact.slip)
    elif case.kind == "variance":
        amount = -case.amount
    elif case.kind == "payment_unmatched":
        amount = -amount  # somebody paid, and nobody asks for it
    elif not kind_of(case.kind).loses:
        return
    if amount:
        yield CaseEffect(COST, amount, _unit(case))


def _owed(_connection: Connection, case: Case, fact: Any) -> Iterator[CaseEffect]:
    if not case.amount:
        return
    if case.kind in VALUE_KINDS:  # the account is below nothing already: that is the debt
        yield CaseEffect(DEBT, abs(case.amount), _unit(case), *_account(case))
        return
    customer = str(getattr(fact, "customer", ""))
    kind = "credit" if customer else ""
    yield CaseEffect(DEBT, abs(case.amount), _unit(case), kind, customer)


def _reversed(connection: Connection, case: Case, fact: Any) -> Iterator[CaseEffect]:
    if case.kind == "late_capture" and isinstance(fact, HoldCaptured):
        parts = rights.parts_of(connection, fact.right)
        if parts and fact.amount > 0:
            unit = POINTS if parts[0].kind == POINTS else case.currency
            yield CaseEffect(CREDIT, fact.amount, unit, parts[0].kind, parts[0].account)
    elif case.kind == "points_differ":
        _kind, account = _account(case)
        if account and case.amount:  # above nothing: so many too many were given
            what = DEBT if case.amount > 0 else CREDIT
            yield CaseEffect(what, abs(case.amount), POINTS, POINTS, account)
    else:
        yield CaseEffect(PAPER, abs(case.amount), _unit(case), done=False)


def _counted(_connection: Connection, case: Case, fact: Any) -> Iterator[CaseEffect]:
    skus = [] if case.kind in _NO_COUNT else list(dict.fromkeys(_skus(fact)))[:SKUS_MAX]
    for sku in skus or [""]:
        yield CaseEffect(COUNT, sku=sku, done=False)


def _once(_connection: Connection, case: Case, fact: Any) -> Iterator[CaseEffect]:
    """Goods that came back by two papers came back once; value that was told twice is none."""
    if case.kind not in ("over_return", "voided_twice"):
        return
    moved: dict[str, int] = {}
    if isinstance(fact, Refunded | ReturnPended):
        for line in fact.lines:
            if line.condition == SELLABLE and not getattr(line, "custom", False):
                moved[line.sku] = moved.get(line.sku, 0) - abs(line.qty)
    elif isinstance(fact, Voided):
        for sold in fact.lines:
            if not (sold.custom or sold.order or sold.value):
                moved[sold.sku] = moved.get(sold.sku, 0) + sold.qty
    for sku, qty in sorted(moved.items()):
        if sku and qty:
            yield CaseEffect(STOCK_MOVE, sku=sku, qty=qty)


def _anew(_connection: Connection, case: Case, _fact: Any) -> Iterator[CaseEffect]:
    yield CaseEffect(AGAIN if case.kind in READ_AGAIN else PAPER, done=False)


_MEANING: Final[dict[str, Callable[[Connection, Case, Any], Iterator[CaseEffect]]]] = {
    Way.WRITE_OFF: _borne,
    Way.CUSTOMER_DEBT: _owed,
    Way.REVERSAL: _reversed,
    Way.RECOUNT: _counted,
    Way.DUPLICATE: _once,
    Way.REISSUE: _anew,
}


def _skus(fact: Any) -> Iterator[str]:
    for line in getattr(fact, "lines", ()) or ():
        sku = line[0] if isinstance(line, tuple) else getattr(line, "sku", "")
        if sku:
            yield str(sku)


def _unit(case: Case) -> str:
    return unit_of(case.kind, case.detail, case.currency)


def _account(case: Case) -> tuple[str, str]:
    kind, _, account = case.detail.partition(" ")
    return kind, account.partition(" ")[0].rstrip(":,;")


def _fact(connection: Connection, fact_id: str) -> Any:
    found = connection.one(_BODY, (fact_id,)) if fact_id else None
    try:
        return decode_fact(bytes(found[0])) if found else None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


# --- doing it --------------------------------------------------------------------------------


def carry_out(
    connection: Connection, keys: HubKeys, case: Case, decision: ExceptionResolved, now: dt.datetime
) -> list[tuple[str, tuple[str, bytes]]]:
    """Does what the decision means, where it was not done: rows for the feeds, (stream, row).

    In the transaction in which the decision is booked.
    """
    if not case.id or _fact(connection, done_id(case.id)) is not None:
        return []
    if case.kind == "resolved_without_right":
        return _after_all(connection, keys, case, decision, now)
    connection.lock_name(f"case:{case.id}")
    effects = planned(connection, case, decision.resolution)
    if not effects:
        return []
    head = own_journal.head(now, RandomIds(), store=case.store_id, actor=decision.actor)
    head["id"] = done_id(case.id)
    fact = CaseDone(
        **head,
        exception=case.id,
        decision=decision.id,
        kind=case.kind,
        resolution=decision.resolution,
        effects=effects,
    )
    _n, fact = own_journal.append(connection, keys, fact, now)
    return _book(connection, fact, utc_text(now))


def _after_all(
    connection: Connection, keys: HubKeys, case: Case, decision: ExceptionResolved, now: dt.datetime
) -> list[tuple[str, tuple[str, bytes]]]:
    """Who may leaves the decision of somebody who might not: only now it does what it said."""
    first = _fact(connection, case.fact)
    if decision.resolution != Way.WRITE_OFF or not isinstance(first, ExceptionResolved):
        return []
    original = by_id(connection, first.exception)
    if original is None or original.resolved_fact != first.id:
        return []
    return carry_out(connection, keys, original, first, now)


def _book(connection: Connection, fact: CaseDone, at: str) -> list[tuple[str, tuple[str, bytes]]]:
    moved: dict[str, int] = {}
    for place, effect in enumerate(fact.effects):
        connection.run(_ADD, row_of(fact, place, effect, at))
        if effect.account and effect.what in (CREDIT, DEBT):
            _move(connection, fact, effect, at)
        elif effect.what == STOCK_MOVE:
            moved[effect.sku] = moved.get(effect.sku, 0) + effect.qty
            cause = f"{CAUSE} {fact.exception}"
            connection.run(_ADD_MOVE, (fact.store, effect.sku, effect.qty, cause, at))
    if not moved:
        return []
    rows = stock.move_stock(connection, fact.store, moved, at)
    stream = feed.store_stream(fact.store)
    return [(stream, ("stock", data)) for data in feed.batches(rows)]


def row_of(fact: CaseDone, place: int, effect: CaseEffect, at: str) -> tuple[object, ...]:
    """The row of an effect as it is when it was just done."""
    return (
        *(fact.exception, place, fact.store, effect.what, effect.amount, effect.currency),
        *(effect.kind, effect.account, effect.sku, effect.qty),
        *(effect.what not in BY_HAND and effect.done, fact.id, at, ""),
    )


def moves(fact: CaseDone) -> CaseEffect | None:
    """The effect by which an account moved; there is one at most."""
    wanted = (each for each in fact.effects if each.account and each.what in (CREDIT, DEBT))
    return next((each for each in wanted if each.what == CREDIT or not _below(fact)), None)


def _below(fact: CaseDone) -> bool:
    """True where the debt is what the account is below nothing by: nothing more is taken off it."""
    return fact.kind in VALUE_KINDS


def _move(connection: Connection, fact: CaseDone, effect: CaseEffect, at: str) -> None:
    if moves(fact) is not effect:
        return
    key = (effect.kind, effect.account)
    accounts.lock(connection, [key])
    owes = effect.what == DEBT
    part = RightPart(*key, effect.amount if owes else -effect.amount)
    rights.note(connection, fact.id, "", part, own_journal.DEVICE, at)
    if owes:
        accounts.move_account(connection, *key, burn=effect.amount)
    else:
        accounts.move_account(connection, *key, credit=effect.amount)


# --- what waits for hands --------------------------------------------------------------------


def waiting(connection: Connection) -> list[dict[str, Any]]:
    """What is still to be done after a decision, oldest first."""
    names = ("exception", "place", "store", "what", "amount", "currency", "sku", "at")
    return [dict(zip(names, row, strict=True)) for row in connection.all(_WAITING, (False,))]


def step(
    connection: Connection,
    keys: HubKeys,
    exception: str,
    place: int,
    now: dt.datetime,
    *,
    store: str,
    actor: str,
    by_fact: str = "",
) -> bool:
    """It was done: by a fact, or as a person says. False where it was done before."""
    values = (True, utc_text(now), by_fact, exception, place, False)
    if not connection.run(_STEP, values):
        return False
    head = own_journal.head(now, RandomIds(), store=store, actor=actor)
    told = CaseStepped(**head, exception=exception, place=place, by_fact=by_fact)
    own_journal.append(connection, keys, told, now)
    connection.run(_NEWS, (0, exception))
    return True


def counted(connection: Connection, fact: StockCounted, at: str) -> int:
    """Somebody counted: how many of the counts that decisions asked for are done by it."""
    skus = {line.sku for line in fact.lines}
    wanted = [
        (str(exception), int(place))
        for exception, place, sku in connection.all(_TO_COUNT, (fact.store, COUNT, False))
        if sku in skus
    ]
    if not wanted:
        return 0
    keys, said = load_keys(connection), {"store": fact.store, "actor": fact.actor}
    for exception, place in wanted:
        step(connection, keys, exception, place, parse_utc(at), by_fact=fact.id, **said)
    return len(wanted)


def sums(connection: Connection) -> list[dict[str, Any]]:
    """What decisions cost and what is owed, by store."""
    total: dict[tuple[str, str, str], int] = {}
    for store, what, currency, amount, _done in connection.all(_SUMS):
        if what in (COST, DEBT):
            key = (str(store), str(what), str(currency))
            total[key] = total.get(key, 0) + int(amount)
    return [
        {"store": store, "what": what, "currency": currency, "amount": amount}
        for (store, what, currency), amount in sorted(total.items())
    ]


def differences(connection: Connection) -> Iterator[str]:
    """Where what is kept of decisions is not what the hub's own journal gives."""
    wanted: dict[tuple[str, int], list[Any]] = {}
    for fact in _facts(connection, CaseDone):
        for place, effect in enumerate(fact.effects):
            row = list(row_of(fact, place, effect, ""))
            wanted[fact.exception, place] = row[:-2]
    for fact in _facts(connection, CaseStepped):
        if (fact.exception, fact.place) in wanted:
            wanted[fact.exception, fact.place][-2] = True
    for kept in connection.all(_ROWS):
        found = [*kept[:10], bool(kept[10]), kept[11]]
        right = wanted.pop((str(kept[0]), int(kept[1])), None)
        if right is None:
            yield f"decision {kept[0]}: {kept[3]} comes from no entry"
        elif [*right[:10], bool(right[10]), right[11]] != found:
            yield f"decision {kept[0]}: {kept[3]} is not what its entry says"
    for exception, place in wanted:
        yield f"decision {exception}: effect {place} was not done"


def _facts(connection: Connection, kind: type[Any]) -> Iterator[Any]:
    for (body,) in connection.all(_DONE, (str(kind.__struct_config__.tag),)):
        yield decode_fact(bytes(body))
