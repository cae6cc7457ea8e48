"""The steps of a play that are about the drawer: cash in, cash out, safe drop, and the X."""

from __future__ import annotations

from typing import Any

from pos_app.play import steps as play
from pos_app.till import cash, x_report
from pos_app.till.permission import Approval
from pos_app.till.till import Till

CashStep = play.CashIn | play.CashOut | play.SafeDrop
_KINDS = {play.CashIn: cash.IN, play.CashOut: cash.OUT, play.SafeDrop: cash.DROP}


def move_cash(till: Till, step: CashStep, amount: int, agreed: Approval | None) -> dict[str, Any]:
    """Moves `amount` minor units as the step says."""
    moved = cash.move_cash(
        till,
        _KINDS[type(step)],
        amount,
        step.reason,
        reference=step.reference if isinstance(step, play.SafeDrop) else "",
        sure=not isinstance(step, play.CashIn) and step.sure,
        approval=agreed,
    )
    return {"kind": moved.fact.kind, "amount": moved.fact.amount, "seq": moved.position.seq}


def look(till: Till, *, printed: bool) -> dict[str, Any]:
    """What the open shift is now."""
    seen = x_report.look(till)
    if printed:
        x_report.print_x(till, seen)
    totals = seen.totals
    return {
        "sales": totals.sales,
        "total": totals.total,
        "cash_in": totals.cash_in,
        "cash_out": totals.cash_out,
        "drops": totals.drops,
        "expected": totals.expected(),
    }
