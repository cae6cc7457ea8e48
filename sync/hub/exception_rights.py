"""Who may settle what, asked again at the hub of what a till says somebody decided."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import bindparam, select

from pos_app.domain.errors import Refused
from pos_app.domain.exceptions import SECOND, SYNC, Way, action_of, kind_of, second_needed
from pos_app.domain.staff import Policy, Role
from sync.hub import policies, schema
from sync.hub.database import Connection, Statement
from sync.hub.exception_evidence import described
from sync.hub.exceptions import Case
from sync.protocol import ExceptionResolved

_s = schema.staff.c
_ROLE = Statement(
    "store_id staff_id",
    select(_s.role, _s.active).where(
        _s.store_id == bindparam("store_id"), _s.staff_id == bindparam("staff_id")
    ),
)


@lru_cache(maxsize=16)
def policy_of(text: str, currency: str) -> Policy:
    """The limits in force, with what an older text does not say as it was shipped."""
    shipped = Policy.parse(policies.shipped_policy(), currency)
    try:
        return Policy.parse(text, currency).with_rows_of(shipped)
    except Refused:
        return shipped


def in_force(connection: Connection, currency: str) -> Policy:
    """The limits of the hub as they are now; those that are shipped where it has none."""
    try:
        text = policies.current(connection).text
    except Refused:
        text = policies.shipped_policy()
    return policy_of(text, currency)


def role_of(connection: Connection, store: str, staff: str) -> Role | None:
    """What a person of a store is; None for nobody who works there."""
    found = connection.one(_ROLE, (store, staff)) if staff else None
    return Role(found[0]) if found and found[1] and found[0] in tuple(Role) else None


def wrong(connection: Connection, case: Case, fact: ExceptionResolved, currency: str) -> str:
    """Why that person should not have decided that, in a few words; empty where it was right."""
    if fact.resolution not in tuple(Way):
        return f"{fact.resolution[:40]} is no way to settle anything"
    policy, action = in_force(connection, currency), action_of(case.kind)
    role = role_of(connection, case.store_id, fact.actor)
    if role is None:
        return f"{fact.actor or 'nobody'} is not of this store"
    if own_case(connection, case, fact.actor):
        return f"{fact.actor} did it: somebody else settles it"
    if second_needed(policy, case.kind, fact.resolution, case.amount):
        action = SECOND
    if policy.decide(role, action, case.amount).allowed:
        return ""
    agreed = role_of(connection, case.store_id, fact.approver)
    other = agreed is not None and fact.approver != fact.actor
    other = other and not own_case(connection, case, fact.approver)
    if agreed is not None and other and policy.may_approve(agreed, action, case.amount):
        return ""
    return f"{fact.actor} ({role}) may not settle that alone"


def own_case(connection: Connection, case: Case, staff: str) -> bool:
    """True where that person did what the exception is about."""
    if not case.fact or kind_of(case.kind).group == SYNC:
        return False  # who was at the till when its clock was off did nothing
    told = described(connection, (case.fact,))
    return any(one.actor == staff for one in told)
