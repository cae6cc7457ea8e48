"""The patterns of a store's people, read from the journal; and what its tills may ask of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

import msgspec
from sqlalchemy import bindparam, select

from pos_app.domain.day import utc_text
from pos_app.domain.staff import Role
from sync.hub import exception_rights, patterns, schema, store
from sync.hub.answers import HubProblem
from sync.hub.database import Connection, Statement
from sync.hub.exception_evidence import described
from sync.hub.orders import service
from sync.hub.patterns import BY_NAME, Finding
from sync.hub.right_desk import Asked, Row
from sync.protocol import AnyFact, PatternRow, PatternsAsk, PatternsReply, decode_fact

ASKED_MAX: Final = 28
"""So many days a till may ask for: what it asks is read while others wait to write."""
_TYPES: Final = (
    *("sale", "voided", "refunded", "line_removed", "basket_cancelled", "drawer_opened"),
    *("receipt_copied", "signed_in", "overridden", "shift_closed"),
)
_NAMED: Final = frozenset({Role.MANAGER, Role.HQ})
_MASKED: Final = frozenset({Role.AUDITOR})

_e, _d, _s = schema.event.c, schema.device.c, schema.staff.c
_DEVICES = Statement(
    "store_id",
    select(_d.device).where(_d.store_id == bindparam("store_id")).order_by(_d.till, _d.device),
)
_FACTS = Statement(
    "device since " + " ".join(f"type{place}" for place in range(len(_TYPES))),
    select(_e.body)
    .where(
        _e.device == bindparam("device"),
        _e.received >= bindparam("since"),
        _e.id.is_not(None),
        _e.type.in_([bindparam(f"type{place}") for place in range(len(_TYPES))]),
    )
    .order_by(_e.epoch, _e.seq),
)
_PEOPLE = Statement(
    "store_id", select(_s.staff_id, _s.role).where(_s.store_id == bindparam("store_id"))
)


def of_store(
    connection: Connection, store_id: str, days: int, now: dt.datetime
) -> tuple[list[Finding], int]:
    """Who of a store stands out in the last days, and of how many people.

    What a till told late counts by when it happened: looked at is what came since then.
    """
    since = utc_text(now - dt.timedelta(days=days))
    facts = sorted(_facts(connection, store_id, since), key=lambda fact: fact.t.wall)
    held = service.of(connection, store_id).hours
    said = held.is_open if any(held.week) or held.days else None
    look = patterns.Look(_limits(connection, store_id), said)
    for fact in facts:
        if fact.t.wall >= since:
            look.add(fact)
    found = look.findings()
    return found, len(look.people)


def _facts(connection: Connection, store_id: str, since: str) -> Iterator[AnyFact]:
    for (device,) in connection.all(_DEVICES, (store_id,)):
        for (body,) in connection.each(_FACTS, (device, since, *_TYPES)):
            yield decode_fact(bytes(body))


def _limits(connection: Connection, store_id: str) -> dict[str, int]:
    """Basis points of discount that each may give alone."""
    policy = exception_rights.in_force(connection, store.load(connection, store_id).store.currency)
    limits = {}
    for staff, role in connection.all(_PEOPLE, (store_id,)):
        limit = policy.limit(Role(role), "discount") if role in tuple(Role) else None
        if limit:
            limits[str(staff)] = limit
    return limits


# --- for tills -------------------------------------------------------------------------------


def _answer(asked: Asked) -> PatternsReply:
    message: PatternsAsk = asked.message
    connection, store_id = asked.connection, asked.device.store_id
    role = exception_rights.role_of(connection, store_id, message.staff)
    if role not in _NAMED | _MASKED:
        raise HubProblem("not_yours_to_settle")
    if not 0 < message.days <= ASKED_MAX:
        raise HubProblem("malformed", f"days is 1 to {ASKED_MAX}")
    found, people = of_store(connection, store_id, message.days, asked.now)
    numbers: dict[str, int] = {}
    rows = []
    for one in found:
        person = numbers.setdefault(one.staff, len(numbers) + 1)
        rows.append(_row(connection, one, person, named=role in _NAMED))
    since = utc_text(asked.now - dt.timedelta(days=message.days))
    currency = store.load(connection, store_id).store.currency
    return PatternsReply(since, currency, people, tuple(rows))


def _row(connection: Connection, found: Finding, person: int, *, named: bool) -> PatternRow:
    evidence = described(connection, found.facts)
    if not named:
        evidence = tuple(msgspec.structs.replace(each, actor="") for each in evidence)
    return PatternRow(
        pattern=found.pattern,
        person=person,
        count=found.count,
        per=found.per,
        of=BY_NAME[found.pattern].per,
        rate=found.rate,
        others=found.others,
        z=found.z,
        staff=found.staff if named else "",
        value=found.value,
        evidence=evidence,
    )


ROWS: Final = (
    Row(
        "/v1/patterns",
        "Who of the store does something far more often than the others.",
        PatternsAsk,
        _answer,
        ("not_yours_to_settle",),
        PatternsReply,
    ),
)
