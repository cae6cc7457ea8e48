"""The step of a play that takes goods back and gives the money for them."""

from __future__ import annotations

from typing import Any

from pos_app.play import card_hands
from pos_app.play import steps as play
from pos_app.play.amounts import milli
from pos_app.play.made_sales import last_made
from pos_app.till import refund
from pos_app.till.permission import Approval
from pos_app.till.till import Till


def take_back(till: Till, step: play.Refund, agreed: Approval | None) -> dict[str, Any]:
    """Takes back what the step says, of the sale it says; the last one made here for none."""
    number = step.code or step.doc_no or last_made(till)[1]
    back = refund.begin(till, refund.find(till, number))
    for row in refund.left(till, back):
        wanted = step.line in (0, row.line.line)
        if wanted and (row.qty or step.line):
            qty = row.qty if step.qty is None else milli(step.qty)
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
