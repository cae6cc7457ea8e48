"""What a till asks about an exception directly: take it, give it, settle it. And the same at the hub.

Whoever decides is named and must be of the exception's store; the hub asks its own limits. The
decision is a fact of the hub's own journal under the id that the asker made, so that a question asked
twice is one decision. A till that is offline journals the decision instead (`exceptions`).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from sqlalchemy import bindparam, select

from pos_app.domain.errors import Refused
from pos_app.domain.exceptions import Way
from sync.hub import case_effects, exceptions, feed, own_journal, schema, store
from sync.hub.answers import HubProblem, RandomIds, stamp
from sync.hub.database import Connection, Statement
from sync.hub.exception_rights import role_of, wrong
from sync.hub.exceptions import Case
from sync.hub.identity import HubKeys
from sync.hub.right_desk import Asked, Row
from sync.protocol import (
    ExceptionAssigned,
    ExceptionResolved,
    SettleReply,
    SettleRequest,
    decode_fact,
)

AT_HUB: Final = "hub:"
"""Before the name of a person who decided at the hub itself: no staff id begins so."""
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_BODY = Statement("id", select(schema.event.c.body).where(schema.event.c.id == bindparam("id")))

Decision = ExceptionAssigned | ExceptionResolved


def _resolve(asked: Asked) -> SettleReply:
    message: SettleRequest = asked.message
    if message.resolution not in tuple(Way):
        raise HubProblem("malformed", "resolution is none of the ways there are")
    return _settle(asked, message, ExceptionResolved)


def _assign(asked: Asked) -> SettleReply:
    message: SettleRequest = asked.message
    return _settle(asked, message, ExceptionAssigned)


def _settle(asked: Asked, message: SettleRequest, kind: type[Decision]) -> SettleReply:
    connection = asked.connection
    if not _ID.fullmatch(message.id):
        raise HubProblem("malformed", "id is a UUID")
    case = exceptions.by_id(connection, asked.named)
    if case is None or case.store_id != asked.device.store_id:
        raise HubProblem("exception_unknown")
    connection.lock(schema.exception, (case.no,))
    before = _decided(connection, message.id)
    case = exceptions.by_id(connection, case.id) or case
    if before is not None:
        if not _same(before, case, message, kind):
            raise HubProblem("id_reused")
        first = not isinstance(before, ExceptionResolved) or case.resolved_fact == message.id
        return SettleReply(exceptions.row_of(connection, case), first)
    if role_of(connection, case.store_id, message.staff) is None:
        raise HubProblem("not_yours_to_settle")
    decision = _fact(case, message, kind, asked.now)
    if isinstance(decision, ExceptionResolved):
        currency = store.load(connection, case.store_id).store.currency
        if wrong(connection, case, decision, currency):
            raise HubProblem("not_yours_to_settle")
    first = decide(connection, asked.keys, case, decision, asked.now)
    now = exceptions.by_id(connection, case.id) or case
    return SettleReply(exceptions.row_of(connection, now), first)


def decide(
    connection: Connection, keys: HubKeys, case: Case, decision: Decision, now: dt.datetime
) -> bool:
    """Writes a decision into the hub's own journal and does it; False where another was first.

    In one transaction, the caller's. A decision that came too late is written down all the same.
    """
    n, fact = own_journal.append(connection, keys, decision, now)
    if isinstance(fact, ExceptionAssigned):
        return exceptions.assign(connection, case, fact.to, fact.later)
    first = exceptions.resolve(connection, case, fact, stamp(now))
    if first:
        changes: dict[str, list[tuple[str, bytes]]] = {}
        for stream, row in case_effects.carry_out(connection, keys, case, fact, now):
            changes.setdefault(stream, []).append(row)
        feed.append(connection, changes)
    if not first and fact.resolution != case.resolution:
        held = case.resolution or "settled by itself"
        exceptions.open_exception(
            connection,
            kind="resolved_twice",
            n=n,
            device=own_journal.DEVICE,
            store=case.store_id,
            amount=case.amount,
            currency=case.currency,
            detail=f"E-{case.no}: {held} holds, {fact.resolution} came later",
            at=stamp(now),
            evidence=[case.resolved_fact] if case.resolved_fact else [],
            fact=fact.id,
        )
    return first


def at_hub(
    connection: Connection,
    keys: HubKeys,
    wanted: str,
    kind: type[Decision],
    now: dt.datetime,
    head: dict[str, Any],
    *,
    resolution: str = "",
    to: str = "",
    reason: str = "",
) -> tuple[Case, bool]:
    """A decision of somebody who sits at the hub; the exception as it is now, and who was first.

    `head` is `own_journal.head(…)`. Raises Refused("exception_unknown" | "way_unknown").
    """
    case = exceptions.by_id(connection, wanted)
    if case is None:
        raise Refused("exception_unknown", number=wanted)
    connection.lock(schema.exception, (case.no,))
    case = exceptions.by_id(connection, case.id or str(case.no)) or case
    if kind is ExceptionResolved:
        if resolution not in tuple(Way):
            raise Refused("way_unknown", way=resolution, ways=", ".join(Way))
        decision: Decision = ExceptionResolved(
            **{**head, "store": case.store_id},
            exception=case.id,
            kind=case.kind,
            resolution=resolution,
            amount=case.amount,
            currency=case.currency,
            reason=reason,
        )
    else:
        if to and role_of(connection, case.store_id, to) is None:
            raise Refused("staff_unknown", name=to)
        decision = ExceptionAssigned(
            **{**head, "store": case.store_id}, exception=case.id, kind=case.kind, to=to
        )
    first = decide(connection, keys, case, decision, now)
    return exceptions.by_id(connection, str(case.no)) or case, first


def _fact(case: Case, message: SettleRequest, kind: type[Decision], now: dt.datetime) -> Decision:
    head = own_journal.head(now, RandomIds(), store=case.store_id, actor=message.staff)
    head["id"] = message.id
    if kind is ExceptionAssigned:
        return ExceptionAssigned(
            **head, exception=case.id, kind=case.kind, to=message.to, later=message.later[:32]
        )
    return ExceptionResolved(
        **head,
        exception=case.id,
        kind=case.kind,
        resolution=message.resolution,
        amount=case.amount,
        currency=case.currency,
        reason=message.reason[:200],
    )


def _decided(connection: Connection, fact_id: str) -> Any:
    found = connection.one(_BODY, (fact_id,))
    return decode_fact(bytes(found[0])) if found else None


def _same(before: Any, case: Case, message: SettleRequest, kind: type[Decision]) -> bool:
    if type(before) is not kind or (before.exception, before.actor) != (case.id, message.staff):
        return False
    if isinstance(before, ExceptionResolved):
        return before.resolution == message.resolution
    return bool(before.to == message.to)


_PROBLEMS: Final = ("exception_unknown", "not_yours_to_settle", "id_reused")
ROWS: Final = (
    Row(
        "/v1/exceptions/{id}/resolve",
        "A person's decision about an exception; the first one holds.",
        SettleRequest,
        _resolve,
        _PROBLEMS,
        SettleReply,
    ),
    Row(
        "/v1/exceptions/{id}/assign",
        "Takes an exception, gives it to somebody, or gives it back.",
        SettleRequest,
        _assign,
        _PROBLEMS,
        SettleReply,
    ),
)
