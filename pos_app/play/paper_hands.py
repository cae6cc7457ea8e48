"""The steps of a play that are about paper: a copy, a gift receipt, an invoice and its copy."""

from __future__ import annotations

from typing import Any

from pos_app.play import steps as play
from pos_app.till import invoicing, reprint
from pos_app.till.permission import Approval
from pos_app.till.till import Till

PaperStep = play.Reprint | play.Gift | play.Invoice


def on_paper(till: Till, step: PaperStep, sale_id: str, agreed: Approval | None) -> dict[str, Any]:
    """Does the step for that sale; an invoice is made once, then copied."""
    if isinstance(step, play.Gift):
        return {"doc_no": reprint.gift_receipt(till, sale_id).doc_no}
    if isinstance(step, play.Invoice):
        to = invoicing.buyer(step.name, "\n".join(step.address), step.vat_id)
        made = invoicing.invoice(till, sale_id, to)
        return {"doc_no": made.invoiced.doc_no, "seq": made.position.seq}
    again = reprint.reprint_invoice if step.invoice else reprint.reprint
    copied = again(till, sale_id, step.reason, approval=agreed)
    return {"doc_no": copied.doc_no, "copy": copied.copy_no}
