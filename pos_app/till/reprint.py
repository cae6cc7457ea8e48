"""A receipt once more: marked and numbered COPY, journalled, limited by role."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.errors import Refused
from pos_app.store.records import Position
from pos_app.till.papers import sale_order
from pos_app.till.permission import Approval, reason_text, require
from pos_app.till.till import Till, stamp
from sync.protocol import ReceiptCopied


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy in the print queue."""

    doc_no: str
    copy_no: int
    job_id: str


def reprint(till: Till, sale_id: str, reason: str, *, approval: Approval | None = None) -> Copied:
    """*Writes.* Queues the next copy of a sale's receipt.

    Raises Refused("no_such_sale" | "reason_missing" | "needs_manager" …); the action is `reprint`,
    its amount the number of this copy.
    """
    sale = till.ledger.sale(sale_id)
    if sale is None:
        raise Refused("no_such_sale")
    copy_no = till.ledger.copies(sale_id) + 1
    approver = require(till, "reprint", copy_no, approval=approval, reason=reason_text(reason))
    origin = Position(
        sale.dev,
        sale.epoch,
        sale.seq,
        till.ledger.hash_of(sale_id),
        sale.doc_no,
    )
    with till.ledger.transaction() as tx:
        tx.append(
            ReceiptCopied(
                **stamp(till, tx, approver=approver),
                sale=sale_id,
                sale_doc=sale.doc_no,
                copy=copy_no,
            )
        )
        job_id = tx.queue_print(
            "copy",
            sale_order(till, sale, origin, copy_no),
            doc_no=sale.doc_no,
            sale_id=sale_id,
        )
    till.printing.retry_now()
    till.after_commit()
    return Copied(sale.doc_no, copy_no, job_id)
