"""Cash that moves without a sale: change brought, a bill paid, the day's money into the safe.

One fact, one slip; the drawer opens once the fact is durable. Taking out more than the drawer can
hold is nearly always a typing mistake, so it has to be said twice; it is never forbidden, because
the drawer, not the books, says what is in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.basket import AMOUNT_MAX, TEXT_MAX
from pos_app.domain.cash import round_to_step
from pos_app.domain.errors import Refused
from pos_app.domain.money import cash_step
from pos_app.domain.text import plain
from pos_app.store.records import CashRow, Position
from pos_app.till.card_numbers import refuse_card_number
from pos_app.till.papers import cash_order
from pos_app.till.permission import Approval, reason_text, require
from pos_app.till.till import Till, stamp
from sync.protocol import CashMoved

IN, OUT, DROP = "in", "out", "drop"
ACTIONS = {IN: "cash_in_out", OUT: "cash_in_out", DROP: "safe_drop"}
"""Kind of movement -> the policy's action; its amount is what moves."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement that is durable."""

    fact: CashMoved
    position: Position
    job_id: str


def move_cash(
    till: Till,
    kind: str,
    amount: int,
    reason: str,
    *,
    reference: str = "",
    sure: bool = False,
    approval: Approval | None = None,
) -> Moved:
    """*Writes.* `amount` (minor units, above zero) in, out, or dropped into the safe.

    `reference` names a drop's bag. Its slip is queued and opens the drawer. Raises
    Refused("no_open_shift" | "cash_kind" | "amount_out_of_range" | "cash_step" |
    "reason_missing" | "needs_manager" …), and Refused("more_than_drawer", amount=) unless `sure`.
    """
    shift = till.need_shift()
    if kind not in ACTIONS:
        raise Refused("cash_kind", kind=kind)
    if type(amount) is not int or not 0 < amount <= AMOUNT_MAX:
        raise Refused("amount_out_of_range", limit=AMOUNT_MAX)
    step = cash_step(shift.currency)
    if round_to_step(amount, step) != amount:
        raise Refused("cash_step", step=step, currency=shift.currency)
    refuse_card_number(reference)
    reason, reference = reason_text(reason), plain(reference, TEXT_MAX)
    totals = till.ledger.shift_totals(shift.shift_id)
    if kind != IN and amount > totals.expected_cash and not sure:
        raise Refused("more_than_drawer", amount=amount)
    approver = require(till, ACTIONS[kind], amount, approval=approval, reason=reason)
    with till.ledger.transaction() as tx:
        fact = CashMoved(
            **stamp(till, tx, approver=approver),
            kind=kind,
            amount=amount,
            currency=shift.currency,
            reason=reason,
            reference=reference,
        )
        position = tx.append(fact)
        job_id = tx.queue_print("cash", cash_order(till, fact, position), kick=True)
    till.printing.committed(job_id)
    till.after_commit()
    return Moved(fact, position, job_id)


def moves(till: Till) -> list[CashRow]:
    """Cash that moved in the open shift, oldest first; raises Refused("no_open_shift")."""
    return till.view.cash_moves(till.need_shift().shift_id)
