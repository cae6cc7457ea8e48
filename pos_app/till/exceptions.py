"""What needs attention in this store: what the hub told of, and what was decided here since.

A decision is a fact in this till's journal, also without the hub: it is sent when the line is back.
Where somebody decided other before, that holds, and the hub tells a person of both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pos_app.domain.errors import PosError, Refused
from pos_app.domain.exceptions import (
    ASSIGNED,
    OPEN,
    RESOLVED,
    SECOND,
    SYNC,
    WAITING,
    Kind,
    Way,
    action_of,
    kind_of,
    second_needed,
)
from pos_app.domain.staff import Outcome
from pos_app.store import exception_rows
from pos_app.store.exception_rows import Decision
from pos_app.store.records import Position
from pos_app.till.permission import Approval, decide, reason_text, require
from pos_app.till.till import Till, stamp
from sync.protocol import ExceptionAssigned, ExceptionResolved, ExceptionRow

ACTION = "settle_exception"


@dataclass(frozen=True, slots=True)
class Case:
    """An exception as this till sees it."""

    row: ExceptionRow
    state: str
    owner: str
    resolution: str = ""
    resolved: str = ""
    resolved_by: str = ""
    later: str = ""
    """Put off until then (UTC) by whoever has it."""
    unsent: bool = False
    """True where it was decided here and the hub has not said so yet."""

    @property
    def waiting(self) -> bool:
        """True while nobody decided."""
        return self.state in WAITING

    @property
    def kind(self) -> Kind:
        """Its row in the table of kinds."""
        return kind_of(self.row.kind)


@dataclass(frozen=True, slots=True)
class Known:
    """What a Z says of this till: as far as is known here, and since when."""

    count: int
    amount: int
    set_aside: int
    set_aside_amount: int
    as_of: str


def cases(till: Till) -> list[Case]:
    """All of the store that wait or were settled lately, the most urgent first."""
    if till.training:
        return []
    rows = exception_rows.read(till.catalogue.rows(exception_rows.KIND))
    if not rows:
        return []
    found = {row.id: _case(row) for row in rows}
    for fact in till.view.decisions(till.catalogue.reflected(till.identity.device)):
        case = found.get(fact.exception)
        if case is not None:
            found[fact.exception] = _decided(case, fact)
    return sorted(found.values(), key=urgency)


def urgency(case: Case) -> tuple[bool, str, int, str]:
    """What comes first: what waits, what is due, what is dear; settled ones the latest first."""
    if case.waiting:
        return False, max(case.row.due, case.later), -abs(case.row.amount), case.row.id
    backwards = "".join(chr(0x10FFFF - ord(sign)) for sign in case.resolved)
    return True, backwards, 0, case.row.id


def _case(row: ExceptionRow) -> Case:
    told = (row.resolution, row.resolved, row.resolved_by, row.later)
    return Case(row, row.state, row.owner, *told)


def _decided(case: Case, fact: Decision) -> Case:
    """The case with a decision that the hub has not told of; whoever was first holds."""
    if not case.waiting:
        return case
    if isinstance(fact, ExceptionAssigned):
        state = ASSIGNED if fact.to else OPEN
        return replace(case, state=state, owner=fact.to, later=fact.later, unsent=True)
    return replace(
        case,
        state=RESOLVED,
        owner=case.owner or fact.actor,
        resolution=fact.resolution,
        resolved=fact.t.wall,
        resolved_by=fact.actor,
        unsent=True,
    )


def may_look(till: Till) -> bool:
    """True for whoever may settle, also with somebody's consent, or may read what others do."""
    if till.person is None or till.own.policy is None or till.training:
        return False
    for action in (ACTION, "settle_technical"):
        try:
            if till.policy.action(action).cells[till.person.role].word == "read":
                return True
            if decide(till, action).outcome is not Outcome.REFUSED:
                return True
        except PosError:
            continue
    return False


def may_settle(till: Till, case: Case) -> bool:
    """True where who is signed in may settle it, also with somebody's consent."""
    try:
        return decide(till, action_of(case.row.kind), abs(case.row.amount)).outcome is not (
            Outcome.REFUSED
        )
    except PosError:
        return False


def needs_second(till: Till, case: Case, way: str) -> bool:
    """True where two people must agree to decide so."""
    try:
        return second_needed(till.policy, case.row.kind, way, case.row.amount)
    except PosError:
        return False


def is_own(case: Case, staff_id: str) -> bool:
    """True where that person did what it is about."""
    if case.kind.group == SYNC or not case.row.evidence:
        return False
    return case.row.evidence[-1].actor == staff_id


def settle(
    till: Till,
    exception_id: str,
    way: str,
    reason: str = "",
    *,
    approval: Approval | None = None,
) -> Position:
    """*Writes.* A person's decision, in the journal.

    Raises Refused("exception_unknown" | "exception_settled" | "exception_own" | "way_unknown"), and
    what `permission.require` raises for the kind's action.
    """
    case = _waiting(till, exception_id)
    if way not in tuple(Way):
        raise Refused("way_unknown", way=way, ways=", ".join(Way))
    person = till.need_person()
    if is_own(case, person.staff_id):
        raise Refused("exception_own")
    reason = reason_text(reason)
    if approval is not None and is_own(case, approval.staff_id):
        raise Refused("exception_own")
    action = action_of(case.row.kind)
    if second_needed(till.policy, case.row.kind, way, case.row.amount):
        action = SECOND
    approver = require(till, action, abs(case.row.amount), approval=approval, reason=reason)
    with till.ledger.transaction() as tx:
        position = tx.append(
            ExceptionResolved(
                **stamp(till, tx, approver=approver),
                exception=case.row.id,
                resolution=way,
                kind=case.row.kind,
                amount=case.row.amount,
                currency=case.row.currency,
                reason=reason,
                method=approval.method if approval is not None and approver else "",
            )
        )
    till.after_commit()
    return position


def assign(till: Till, exception_id: str, to: str, later: str = "") -> Position:
    """*Writes.* Takes it, gives it to a colleague, or back to all where `to` is empty.

    `later` (UTC) puts it off until then, for whoever has it. Raises Refused("exception_unknown" | "exception_settled" | "staff_unknown" | "not_allowed" …).
    """
    case = _waiting(till, exception_id)
    if to and to not in till.staff:
        raise Refused("staff_unknown", name=to)
    if not may_settle(till, case):
        raise Refused("not_allowed", action=action_of(case.row.kind), limit=None)
    with till.ledger.transaction() as tx:
        fact = ExceptionAssigned(
            **stamp(till, tx),
            exception=case.row.id,
            kind=case.row.kind,
            to=to,
            later=later if to else "",
        )
        position = tx.append(fact)
    till.after_commit()
    return position


def _waiting(till: Till, exception_id: str) -> Case:
    wanted = [case for case in cases(till) if case.row.id == exception_id]
    if not wanted:
        raise Refused("exception_unknown", number=exception_id[:8])
    if not wanted[0].waiting:
        raise Refused("exception_settled")
    return wanted[0]


def known_of_this_till(till: Till) -> Known:
    """What waits of this till's own, for its Z."""
    own = [case for case in cases(till) if case.waiting and case.row.till == till.identity.till]
    aside = [case for case in own if case.row.kind == "quarantine"]
    rest = [case for case in own if case.row.kind != "quarantine"]
    return Known(len(rest), _sum(rest), len(aside), _sum(aside), till.catalogue.as_of)


def _sum(found: Iterable[Case]) -> int:
    return sum(abs(case.row.amount) for case in found)
