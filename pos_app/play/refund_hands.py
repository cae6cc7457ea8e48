"""The step of a play that takes goods back and gives the money for them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pos_app.domain.errors import Refused
from pos_app.domain.money import MILLI
from pos_app.play import card_hands
from pos_app.play import steps as play
from pos_app.till import refund
from pos_app.till.permission import Approval
from pos_app.till.till import Till


def take_back(till: Till, step: play.Refund, agreed: Approval | None) -> dict[str, Any]:
    """Takes back what the step says, of the sale it says; the last one made here for none."""
    number = step.code or step.doc_no or _last(till)
    back = refund.begin(till, refund.find(till, number))
    for row in refund.left(till, back):
        wanted = step.line in (0, row.line.line)
        if wanted and (row.qty or step.line):
            qty = row.qty if step.qty is None else _milli(step.qty)
            back = refund.choose(back, row.line.line, qty, step.reason, step.condition)
    back = refund.with_slip(refund.pay_by(back, step.tender), step.reference)
    done = refund.complete(till, back, approval=agreed)
    fact = done.refund
    card_hands.give_owed(till, fact.id)
    return {
        "doc_no": fact.doc_no,
        "sale": fact.sale,
        "seq": done.position.seq,
        "total": fact.total,
        "payable": fact.payable,
        "tenders": {row.tender: row.amount for row in fact.payments},
    }


def _last(till: Till) -> str:
    rows = till.view.sales(50)
    made = [row.doc_no for row in rows if not (row.void_of or row.refund_of or row.voided)]
    if not made:
        raise Refused("no_such_sale")
    return made[0]


def _milli(qty: Decimal) -> int:
    amount = qty * MILLI
    if amount != amount.to_integral_value():
        raise Refused("play_amount_not_exact", amount=str(qty))
    return int(amount)
