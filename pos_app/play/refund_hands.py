"""The step of a play that takes goods back and gives the money for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pos_app.domain.value_code import ValueCode
from pos_app.play import card_hands
from pos_app.play import steps as play
from pos_app.play.amounts import milli
from pos_app.play.made_sales import last_made
from pos_app.till import pending, refund, return_words
from pos_app.till.permission import Approval
from pos_app.till.refund import Returning
from pos_app.till.till import Till

Wait = Callable[[Callable[[], bool], float], None]
"""Hears what sync says until something is so, so many seconds at most."""


@dataclass(slots=True)
class Counter:
    """What is on the counter between two tries of a step: a manager was asked for in between."""

    wait: Wait = lambda _so, _timeout_s: None
    step: object = None
    back: Returning | None = None
    now: Returning | None = None
    """What `find_sale` found, with what was chosen since."""
    goods: pending.Goods | None = None
    slip: str = ""
    """The account of the slip given last."""
    cards: dict[str, ValueCode] = field(default_factory=dict)
    """Gift cards that were sold in this play, by the names it gave them."""
    new_card: str = ""
    """The name of the one that the open sale makes."""

    def word(self, till: Till, step: play.Refund) -> Returning:
        """The return of a step, with the hub's word where that comes in time."""
        if self.step is not step or self.back is None:
            if self.back is not None and self.back.auth:
                return_words.give_back(till, self.back.auth)  # a step that was refused: put away
            self.step, self.back = step, _chosen(till, step)
            if refund.must_ask(till, self.back):
                self.back = refund.authorise(till, self.back)
        asked = self.back
        self.wait(lambda: not return_words.waits(till, asked.auth), step.patience_s)
        return asked


def take_back(
    till: Till, step: play.Refund, agreed: Approval | None, counter: Counter
) -> dict[str, Any]:
    """Takes back what the step says, of the sale it says; the last one made here for none."""
    back = counter.word(till, step)
    done = refund.complete(till, back, approval=agreed)
    counter.back = None
    fact = done.refund
    card_hands.give_owed(till, fact.id)
    return {
        "doc_no": fact.doc_no,
        "sale": fact.sale,
        "seq": done.position.seq,
        "total": fact.total,
        "payable": fact.payable,
        "tenders": {row.tender: row.amount for row in fact.payments},
        "auth": fact.auth,
    }


def _chosen(till: Till, step: play.Refund) -> Returning:
    number = step.code or step.doc_no or last_made(till)[1]
    back = refund.begin(till, refund.find(till, number))
    for row in refund.left(till, back):
        wanted = step.line in (0, row.line.line)
        if wanted and (row.qty or step.line):
            qty = row.qty if step.qty is None else milli(step.qty)
            back = refund.choose(back, row.line.line, qty, step.reason, step.condition)
    return refund.with_slip(refund.pay_by(back, step.tender), step.reference)
