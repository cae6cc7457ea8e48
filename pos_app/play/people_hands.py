"""Steps about people: who is at the till, who agrees, who is let in again, training."""

from __future__ import annotations

from typing import Any

from pos_app.domain.errors import Refused
from pos_app.play import steps as play
from pos_app.till import sign_in, training
from pos_app.till.permission import Approval
from pos_app.till.till import Till


def person(till: Till, who: str) -> str:
    """The id of somebody named by id or name; raises Refused("staff_unknown")."""
    for each in till.staff.values():
        if who in (each.staff_id, each.name):
            return each.staff_id
    raise Refused("staff_unknown")


def sign_in_by(till: Till, step: play.SignIn) -> dict[str, Any]:
    """By PIN, by badge, or by both."""
    if step.pin:
        who = person(till, step.who)
        found = sign_in.sign_in(till, who, step.pin, badge=step.badge)
    else:
        found = sign_in.sign_in_badge(till, step.badge)
    return {"person": found.staff_id, "role": str(found.role)}


def agreed(till: Till, agrees: play.Approver, told: Refused) -> Approval:
    """The consent of whoever a step names to what was `told`, by PIN, badge or both."""
    action, amount = str(told.facts["action"]), int(str(told.facts["amount"]))
    reason = str(told.facts.get("reason", ""))
    if not agrees.pin:
        return sign_in.approve_badge(till, agrees.badge, action, amount, reason=reason)
    who = person(till, agrees.who)
    return sign_in.approve(
        *(till, who, agrees.pin, action, amount), reason=reason, badge=agrees.badge
    )


def unlock(till: Till, step: play.Unlock, approval: Approval | None) -> dict[str, Any]:
    """Somebody who was locked out may try again."""
    if approval is None:
        raise Refused("needs_manager", action=sign_in.UNLOCK, amount=0, limit=None, unit="none")
    sign_in.unlock(till, person(till, step.who), approval)
    return {}


def train(till: Till, step: play.Training, approval: Approval | None) -> dict[str, Any]:
    """Training begins or ends."""
    if step.state == "begin":
        training.begin(till, step.reason, approval=approval)
    else:
        training.end(till)()
    return {"training": till.training}
