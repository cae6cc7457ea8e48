"""The queue of what a person must settle: opened where it is seen, taken, decided, told.

A row is written in the transaction that detects it, never afterwards. Its `id` follows from what
happened (kind, fact, how many of that kind before it), so the same thing seen again, after a restore or
by the nightly look, is the same exception. Every change makes the row untold; the transaction that
changed it tells the store's tills before it ends (`untold`, or `tell` for all stores).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import bindparam, func, literal_column, select, update

from pos_app.domain.basket import AMOUNT_MAX
from pos_app.domain.day import parse_utc, utc_text
from pos_app.domain.exceptions import (
    ASSIGNED,
    OPEN,
    RESOLVED,
    SETTLED,
    WAITING,
    kind_of,
)
from sync.hub import feed, schema
from sync.hub.database import Connection, Statement, numbering
from sync.hub.exception_evidence import described, evidence_of, without_people
from sync.protocol import (
    AnyFact,
    CaseEffect,
    ExceptionAssigned,
    ExceptionResolved,
    ExceptionRow,
    Fact,
)

if TYPE_CHECKING:
    from sync.hub.booking import Booking

TOLD_AT_ONCE: Final = 200
"""Rows that are told in one go: a store that comes back after weeks floods nobody."""

_x, _dev = schema.exception.c, schema.device.c
_ADD = numbering(schema.exception)
_COLUMNS = [
    *(_x.no, _x.id, _x.kind, _x.store_id, _x.device, _x.n, _x.fact, _x.amount, _x.currency),
    *(_x.detail, _x.opened, _x.due, _x.state, _x.owner, _x.evidence, _x.resolution),
    *(_x.resolved, _x.resolved_by, _x.resolved_fact, _x.later),
]
_BY_ID = Statement("id", select(*_COLUMNS).where(_x.id == bindparam("id")))
_BY_NO = Statement("no", select(*_COLUMNS).where(_x.no == bindparam("no")))
_ALL = Statement("", select(*_COLUMNS).order_by(_x.no))
# A literal, not a parameter: else no database uses the index of the few that are untold.
_UNTOLD = Statement("", select(*_COLUMNS).where(_x.told == literal_column("0")).order_by(_x.no))
_OF_FACT = Statement(
    "kind fact device",
    select(func.count())
    .select_from(schema.exception)
    .where(
        _x.kind == bindparam("kind"),
        _x.fact == bindparam("fact"),
        _x.device == bindparam("device"),
    ),
)
_ABOUT = Statement(
    "kind device detail",
    select(_x.no, _x.state)
    .where(
        _x.kind == bindparam("kind"),
        _x.device == bindparam("device"),
        _x.detail == bindparam("detail"),
    )
    .order_by(_x.no),
)
_OF_ENTRY = Statement(
    "kind n", select(_x.no, _x.state).where(_x.kind == bindparam("kind"), _x.n == bindparam("n"))
)
_SET = Statement(
    "new_state holder way at by by_fact news put_off wanted",
    update(schema.exception)
    .where(_x.no == bindparam("wanted"))
    .values(
        state=bindparam("new_state"),
        owner=bindparam("holder"),
        resolution=bindparam("way"),
        resolved=bindparam("at"),
        resolved_by=bindparam("by"),
        resolved_fact=bindparam("by_fact"),
        told=bindparam("news"),
        later=bindparam("put_off"),
    ),
)
_TOLD = Statement(
    "done wanted",
    update(schema.exception).where(_x.no == bindparam("wanted")).values(told=bindparam("done")),
)
_NAME = Statement(
    "new_id due_by wanted",
    update(schema.exception)
    .where(_x.no == bindparam("wanted"))
    .values(id=bindparam("new_id"), due=bindparam("due_by")),
)
_TILLS = Statement("", select(_dev.device, _dev.till))


@dataclass(frozen=True, slots=True)
class Anomaly:
    """What a booking saw, before it is a row."""

    kind: str
    n: int | None
    fact: AnyFact | None
    amount: int
    currency: str
    detail: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the queue."""

    no: int
    id: str
    kind: str
    store_id: str
    device: str
    n: int | None
    fact: str
    amount: int
    currency: str
    detail: str
    opened: str
    due: str
    state: str
    owner: str
    evidence: str
    resolution: str
    resolved: str
    resolved_by: str
    resolved_fact: str
    later: str = ""

    @property
    def waiting(self) -> bool:
        """True while nobody decided."""
        return self.state in WAITING

    @property
    def facts(self) -> tuple[str, ...]:
        """Ids of the facts it stands on; the one that opened it last."""
        held = msgspec.json.decode(self.evidence, type=list[str]) if self.evidence else []
        return tuple(held or ([self.fact] if self.fact else []))


def id_of(kind: str, device: str, subject: str, nth: int = 0) -> str:
    """The id of an exception: the same for the same thing, whenever and wherever it is seen."""
    return sha256(f"HF-X\0{kind}\0{device}\0{subject}\0{nth}".encode()).hexdigest()[:24]


def due_of(kind: str, opened: str) -> str:
    """By when somebody should have settled it."""
    return utc_text(parse_utc(opened) + dt.timedelta(hours=kind_of(kind).due_h))


def open_exception(
    connection: Connection,
    *,
    kind: str,
    n: int | None,
    device: str,
    store: str,
    amount: int,
    detail: str,
    at: str,
    evidence: Sequence[str] = (),
    currency: str = "",
    fact: str = "",
) -> str:
    """Opens an exception in the transaction that sees it; its id.

    The same thing seen again changes nothing. Without a fact, `detail` says which one it is.
    """
    ids = tuple(dict.fromkeys([*evidence, *([fact] if fact else [])]))
    found = id_of(kind, device, fact or f"{n}:{detail}")
    if connection.one(_BY_ID, (found,)) is None:
        _insert(connection, found, kind, store, device, n, fact, amount, currency, detail, at, ids)
    return found


def open_all(
    connection: Connection, device: str, store: str, seen: Iterable[Anomaly], at: str
) -> None:
    """What a booking saw, as rows; called where the booking writes, so in its transaction."""
    counts: dict[tuple[str, str], int] = {}
    for one in seen:
        fact = one.fact.id if one.fact is not None else ""
        key = (one.kind, fact)
        if fact:
            if key not in counts:
                held = connection.one(_OF_FACT, (one.kind, fact, device))
                counts[key] = int(held[0]) if held else 0
            nth = counts[key]
            counts[key] += 1
            found = id_of(one.kind, device, fact, nth)
        else:
            found = id_of(one.kind, device, f"{one.n}:{one.detail}")
            if connection.one(_BY_ID, (found,)) is not None:
                continue
        ids = evidence_of(connection, one.kind, one.fact, one.evidence)
        _insert(
            *(connection, found, one.kind, store, device, one.n, fact, one.amount),
            *(one.currency, one.detail, at, ids),
        )


def _insert(
    connection: Connection,
    found: str,
    kind: str,
    store: str,
    device: str,
    n: int | None,
    fact: str,
    amount: int,
    currency: str,
    detail: str,
    at: str,
    evidence: Sequence[str],
) -> None:
    ids = msgspec.json.encode(evidence).decode() if evidence else ""
    connection.run(
        _ADD,
        (
            *(kind, store, device, n, fact, amount, currency, detail, at, OPEN),
            *(found, due_of(kind, at), ids, "", "", "", "", "", 0, ""),
        ),
    )


def blank_case(
    found: str, kind: str, store: str, device: str, n: int | None, amount: int, detail: str
) -> Case:
    """An exception that nobody opened yet, as it would be."""
    return Case(
        *(0, found, kind, store, device, n, "", amount, "", detail, "", "", OPEN),
        *("", "", "", "", "", ""),
    )


def open_again(connection: Connection, case: Case, at: str) -> None:
    """Opens what should have been opened when it was booked; nothing where it is there by now."""
    if connection.one(_BY_ID, (case.id,)) is None:
        _insert(
            *(connection, case.id, case.kind, case.store_id, case.device, case.n, case.fact),
            *(case.amount, case.currency, case.detail, at, case.facts),
        )


def by_id(connection: Connection, wanted: str) -> Case | None:
    """An exception by its id, or by the number people call it (`71`, `E-71`)."""
    found = connection.one(_BY_ID, (wanted,)) if wanted else None
    if found is None:
        number = wanted.upper().removeprefix("E-")
        if number.isascii() and number.isdigit() and len(number) < 16:
            found = connection.one(_BY_NO, (int(number),))
    return Case(*found) if found is not None else None


def every(connection: Connection, *, waiting: bool = False) -> list[Case]:
    """All of them, or those that wait, oldest first."""
    cases = [Case(*row) for row in connection.all(_ALL)]
    return [case for case in cases if case.waiting] if waiting else cases


# --- what changes one ----------------------------------------------------------------------


def _set(
    connection: Connection,
    case: Case,
    state: str,
    *,
    owner: str = "",
    way: str = "",
    at: str = "",
    by: str = "",
    fact: str = "",
    later: str = "",
) -> None:
    connection.run(_SET, (state, owner, way, at, by, fact, 0, later, case.no))


def assign(connection: Connection, case: Case, to: str, later: str = "") -> bool:
    """Gives it to a person, or back to all where `to` is empty; False where it is decided.

    `later` is until when that person put it off.
    """
    if not case.waiting:
        return False
    until = later if to and _is_moment(later) else ""
    _set(connection, case, ASSIGNED if to else OPEN, owner=to, later=until)
    return True


def _is_moment(text: str) -> bool:
    try:
        return utc_text(parse_utc(text)) == text
    except ValueError:
        return False


def resolve(connection: Connection, case: Case, fact: ExceptionResolved, at: str) -> bool:
    """Settles it by a decision that is in a journal; False where it was settled before."""
    if not case.waiting:
        return False
    way, by = fact.resolution, fact.actor
    _set(connection, case, RESOLVED, owner=case.owner or by, way=way, at=at, by=by, fact=fact.id)
    return True


def settle_about(connection: Connection, kind: str, device: str, detail: str, at: str) -> None:
    """What a device asked about is known now: nobody has to look any more."""
    for no, state in connection.all(_ABOUT, (kind, device, detail)):
        if state in WAITING:
            connection.run(_SET, (SETTLED, "", "", at, "", "", 0, "", no))


def settle_entry(connection: Connection, kind: str, n: int, at: str, way: str = "") -> None:
    """The same about an entry: it was read after all, or a person let it be."""
    for no, state in connection.all(_OF_ENTRY, (kind, n)):
        if state in WAITING:
            connection.run(_SET, (SETTLED, "", way, at, "", "", 0, "", no))


def book_assigned(booking: Booking, n: int, fact: ExceptionAssigned) -> None:
    """A till's word that somebody took one: of no effect where it was decided meanwhile."""
    del n
    booking.decided.append((None, fact))


def book_resolved(booking: Booking, n: int, fact: ExceptionResolved) -> None:
    """A till's decision, kept until the batch is written: it may settle what the batch opened."""
    booking.decided.append((n, fact))


def apply_decisions(
    booking: Booking, connection: Connection, decided: Iterable[tuple[int | None, Fact]], at: str
) -> list[Anomaly]:
    """Decisions of one batch in their order; what of them a person must be told.

    The first that is booked holds. A second that says other is told, and changes nothing.
    """
    from sync.hub.exception_rights import wrong

    told: list[Anomaly] = []
    for n, fact in decided:
        if isinstance(fact, ExceptionAssigned):
            case = by_id(connection, fact.exception)
            if case is not None and case.id == fact.exception:
                assign(connection, case, fact.to, fact.later)
            continue
        if not isinstance(fact, ExceptionResolved):
            continue
        case = by_id(connection, fact.exception)
        if case is None or case.id != fact.exception:
            detail = f"{fact.kind} {fact.exception[:8]} is not known here"
            told.append(Anomaly("position_differs", n, fact, fact.amount, fact.currency, detail))
            continue
        objection = wrong(connection, case, fact, booking.currency)
        if objection:
            told.append(
                Anomaly("resolved_without_right", n, fact, case.amount, case.currency, objection)
            )
        first = resolve(connection, case, fact, at)
        if first and not objection and not booking.anew:
            _carry_out(booking, n or 0, case, fact, at)
        elif not first and fact.resolution != case.resolution:
            held = case.resolution or "settled by itself"
            detail = f"E-{case.no}: {held} holds, {fact.resolution} came later"
            told.append(
                Anomaly(
                    *("resolved_twice", n, fact, case.amount, case.currency, detail),
                    (case.resolved_fact,) if case.resolved_fact else (),
                )
            )
    return told


def _carry_out(booking: Booking, n: int, case: Case, fact: ExceptionResolved, at: str) -> None:
    """A decision of a till does what it says, behind the entries of the batch that brings it."""
    from sync.hub.case_effects import carry_out
    from sync.hub.identity import load_keys

    connection = booking.connection

    def act() -> None:
        for stream, row in carry_out(connection, load_keys(connection), case, fact, parse_utc(at)):
            booking.told[stream].append(row)

    booking.at_last.append((n, act))


def amount_in(body: bytes) -> int:
    """What bytes that nobody could read say they are about, where they are JSON at all."""
    try:
        told = msgspec.json.decode(body)
        amount = told.get("total", told.get("amount", 0))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, AttributeError):
        return 0
    return amount if type(amount) is int and abs(amount) <= AMOUNT_MAX else 0


# --- what tills are told ---------------------------------------------------------------------


def untold(connection: Connection, store: str | None = None) -> dict[str, list[ExceptionRow]]:
    """Store -> its rows that changed, now counted as told: to be appended to its stream at once."""
    waiting = [Case(*row) for row in connection.all(_UNTOLD)]
    waiting = [case for case in waiting if store in (None, case.store_id)][:TOLD_AT_ONCE]
    if not waiting:
        return {}
    tills = dict(connection.all(_TILLS))
    rows: dict[str, list[ExceptionRow]] = {}
    for case in waiting:
        named = case if case.id else _named(connection, case)
        connection.run(_TOLD, (1, case.no))
        rows.setdefault(case.store_id, []).append(row_of(connection, named, tills))
    return rows


def tell(connection: Connection) -> None:
    """Tells every store what changed of its own; among the last things a transaction does."""
    changes = {
        feed.store_stream(store): [("exception", data) for data in feed.batches(rows)]
        for store, rows in untold(connection).items()
        if store and feed.feed_of(connection, feed.store_stream(store))
    }
    feed.append(connection, changes)


def row_of(connection: Connection, case: Case, tills: dict[str, str] | None = None) -> ExceptionRow:
    """An exception as tills see it: free text of people stays here."""
    till = (tills if tills is not None else dict(connection.all(_TILLS))).get(case.device, "")
    return ExceptionRow(
        id=case.id,
        no=case.no,
        kind=case.kind,
        state=case.state,
        amount=case.amount,
        currency=case.currency,
        opened=case.opened,
        due=case.due,
        device=case.device,
        till=till,
        detail=without_people(case.kind, case.detail),
        owner=case.owner,
        evidence=described(connection, case.facts),
        resolution=case.resolution,
        resolved=case.resolved,
        resolved_by=case.resolved_by,
        resolved_fact=case.resolved_fact,
        later=case.later,
        effects=_effects(connection, case),
    )


def _effects(connection: Connection, case: Case) -> tuple[CaseEffect, ...]:
    """What was done about it; whose account it was stays here."""
    if case.state != RESOLVED:
        return ()
    from sync.hub.case_effects import of

    return tuple(msgspec.structs.replace(each, account="") for each in of(connection, case.id))


def _named(connection: Connection, case: Case) -> Case:
    """A row of an older program gets the id that it would have today, and its time."""
    held = connection.one(_OF_FACT, (case.kind, case.fact, case.device)) if case.fact else None
    found = id_of(case.kind, case.device, case.fact or f"{case.n}:{case.detail}")
    nth = 0
    while connection.one(_BY_ID, (found,)) is not None and held:
        nth += 1
        found = id_of(case.kind, case.device, case.fact, nth)
    due = due_of(case.kind, case.opened)
    connection.run(_NAME, (found, due, case.no))
    fields: dict[str, Any] = {name: getattr(case, name) for name in case.__slots__}
    return Case(**{**fields, "id": found, "due": due})
