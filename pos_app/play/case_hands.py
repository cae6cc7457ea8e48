"""The hands of a play on what needs attention: taken, settled, waited for."""

from __future__ import annotations

from typing import Any

from pos_app.domain.errors import Refused
from pos_app.play import steps as play
from pos_app.till import exceptions
from pos_app.till.exceptions import Case
from pos_app.till.permission import Approval
from pos_app.till.till import Till


def most_urgent(till: Till, kind: str) -> Case:
    """The waiting case of that kind that comes first; raises Refused("exception_unknown")."""
    for case in exceptions.cases(till):
        if case.waiting and case.row.kind == kind:
            return case
    raise Refused("exception_unknown", number=kind)


def decided(
    till: Till, step: play.TakeCase | play.SettleCase, agreed: Approval | None
) -> dict[str, Any]:
    """What the step says, in the till's journal."""
    case = most_urgent(till, step.kind)
    told = {"case": case.row.id, "no": case.row.no, "amount": case.row.amount}
    if isinstance(step, play.TakeCase):
        person = till.need_person().staff_id
        position = exceptions.assign(till, case.row.id, "" if step.back else person)
        return {**told, "seq": position.seq}
    way = step.way or case.kind.ways[0].value
    position = exceptions.settle(till, case.row.id, way, step.reason, approval=agreed)
    return {**told, "way": way, "seq": position.seq}


def known(till: Till, step: play.WaitCase) -> dict[str, Any] | None:
    """So many of them as they should be; None while there are not."""
    found = [
        case
        for case in exceptions.cases(till)
        if (case.row.kind, case.row.state) == (step.kind, step.state)
    ]
    return {"count": len(found)} if len(found) >= step.count else None


def waiting(till: Till, wanted: dict[str, int]) -> dict[str, int]:
    """How many of each kind wait."""
    kinds = [case.row.kind for case in exceptions.cases(till) if case.waiting]
    return {kind: kinds.count(kind) for kind in wanted}
