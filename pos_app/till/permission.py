"""Who may do what at this till, now: the policy asked, and a second person's word for the rest."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.basket import PERCENT_WHOLE, TEXT_MAX
from pos_app.domain.errors import Refused, Unavailable
from pos_app.domain.staff import Decision, Outcome, Role
from pos_app.domain.text import plain
from pos_app.till.card_numbers import refuse_card_number
from pos_app.till.till import Till


@dataclass(frozen=True, slots=True)
class Approval:
    """A second person's consent, proven by PIN or badge (`sign_in.approve`); good for one verb."""

    staff_id: str
    role: Role
    action: str
    amount: int
    method: str = "pin"


def decide(
    till: Till,
    action: str,
    amount: int = 0,
    *,
    used: int = 0,
    spent: int = 0,
    offline: bool | None = None,
) -> Decision:
    """What the policy says to the person signed in, with or without the hub as it is now.

    `offline` True is for what the hub was asked about and did not answer.

    `amount` is minor units, basis points or a count, as the action counts. For a button's state;
    the verbs ask again. Raises Refused("nobody_signed_in" | "action_unknown").
    """
    role = till.need_person().role
    without = till.offline if offline is None else offline
    return till.policy.decide(
        *(role, action, amount),
        offline=without,
        used=used,
        spent=spent,
        suspect=till.suspect and not till.training,
    )


def require(
    till: Till,
    action: str,
    amount: int = 0,
    *,
    approval: Approval | None = None,
    reason: str = "",
    used: int = 0,
    spent: int = 0,
    offline: bool | None = None,
) -> str:
    """Id of the person who approved, "" where nobody had to.

    A missing reason is asked for first, so that whoever agrees can be told it. Raises
    Refused("reason_missing"), Refused("needs_manager", action, amount, limit, unit) when somebody
    must agree, Refused("approval_not_enough") when the one who did may not,
    Refused("not_allowed" | "policy_lapsed" | "chain_in_doubt"), Unavailable("needs_hub", limit=…).
    """
    person = till.need_person()
    without = till.offline if offline is None else offline
    decision = decide(till, action, amount, used=used, spent=spent, offline=without)
    if decision.outcome is Outcome.REFUSED:
        if decision.online_only:
            raise Unavailable("needs_hub", action=action, limit=decision.limit)
        if decision.lapsed:
            raise Refused("policy_lapsed", action=action)
        if decision.doubtful:
            raise Refused("chain_in_doubt", action=action)
        raise Refused("not_allowed", action=action, limit=decision.limit)
    if decision.needs_reason and not plain(reason, TEXT_MAX):
        raise Refused("reason_missing", action=action)
    approver = ""
    if decision.outcome is Outcome.NEEDS_APPROVAL:
        unit = till.policy.action(action).unit
        if approval is None:
            limit = decision.limit
            raise Refused(
                "needs_manager",
                action=action,
                amount=amount,
                limit=limit,
                unit=unit,
                reason=reason,
            )
        agreed = till.policy.may_approve(approval.role, action, amount, offline=without)
        agreed = agreed and approval.action == action and approval.amount >= amount
        if not agreed or approval.staff_id == person.staff_id:
            raise Refused("approval_not_enough", action=action, amount=amount, unit=unit)
        approver = approval.staff_id
    return approver


def reason_text(reason: str) -> str:
    """A reason as it is kept; raises Refused("text_is_card_number")."""
    refuse_card_number(reason)
    return plain(reason, TEXT_MAX)


def basis_points(part: int, whole: int) -> int:
    """`part` of `whole` in basis points, rounded up: a limit is never passed by a fraction."""
    return -(-part * PERCENT_WHOLE // whole) if whole > 0 else PERCENT_WHOLE


def times_used(till: Till, action: str) -> int:
    """How often the person signed in did this in the open shift."""
    return till.used.get(used_key(till, action), 0)


def used_key(till: Till, action: str) -> str:
    """Where that is counted: the shift, the person and the action."""
    return f"{till.need_shift().shift_id}/{till.need_person().staff_id}/{action}"
