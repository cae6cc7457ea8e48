"""A receipt once more: a copy, marked and numbered, limited by role; or as a gift, without prices."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.errors import Refused
from pos_app.store.invoices import GIFT, INVOICE
from pos_app.till.papers import gift_order, invoice_order, position_of, refund_order, sale_order
from pos_app.till.permission import Approval, reason_text, require
from pos_app.till.till import Till, stamp
from sync.protocol import ReceiptCopied, Refunded, Sale


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy in the print queue."""

    doc_no: str
    copy_no: int
    """0 where it is no copy."""
    job_id: str


def reprint(till: Till, sale_id: str, reason: str, *, approval: Approval | None = None) -> Copied:
    """*Writes.* Queues the next copy of a receipt, or of a refund's paper; the one not wanted first.

    Raises Refused("no_such_sale" | "reason_missing" | "needs_manager" …); the action is `reprint`,
    its amount the number of this copy.
    """
    refund = till.ledger.refund(sale_id)
    if refund is not None and till.ledger.sale(sale_id) is None:
        return _reprint_refund(till, refund, reason, approval)
    sale = _sale(till, sale_id)
    if till.printing.was_without_paper(sale_id):
        with till.ledger.transaction() as tx:
            order = sale_order(till, sale, position_of(till, sale))
            job_id = tx.queue_print("receipt", order, doc_no=sale.doc_no, sale_id=sale_id)
        return _queued(till, Copied(sale.doc_no, 0, job_id))
    copy_no = till.ledger.copies(sale_id) + 1
    approver = require(till, "reprint", copy_no, approval=approval, reason=reason_text(reason))
    with till.ledger.transaction() as tx:
        tx.append(
            ReceiptCopied(
                **stamp(till, tx, approver=approver),
                sale=sale_id,
                sale_doc=sale.doc_no,
                copy=copy_no,
            )
        )
        order = sale_order(till, sale, position_of(till, sale), copy_no)
        job_id = tx.queue_print("copy", order, doc_no=sale.doc_no, sale_id=sale_id)
    return _queued(till, Copied(sale.doc_no, copy_no, job_id))


def _reprint_refund(till: Till, refund: Refunded, reason: str, approval: Approval | None) -> Copied:
    """The paper of a refund once more: counted and limited as a receipt's copies are."""
    copy_no = till.ledger.copies(refund.id) + 1
    approver = require(till, "reprint", copy_no, approval=approval, reason=reason_text(reason))
    with till.ledger.transaction() as tx:
        fields = stamp(till, tx, approver=approver)
        tx.append(ReceiptCopied(**fields, sale=refund.id, sale_doc=refund.doc_no, copy=copy_no))
        order = {**refund_order(till, refund, position_of(till, refund)), "duplicate": True}
        job_id = tx.queue_print("copy", order, doc_no=refund.doc_no, sale_id=refund.id)
    return _queued(till, Copied(refund.doc_no, copy_no, job_id))


def reprint_invoice(
    till: Till, sale_id: str, reason: str, *, approval: Approval | None = None
) -> Copied:
    """*Writes.* Queues the next copy of a sale's invoice; the action is `reprint` too.

    Raises Refused("no_invoice" | "reason_missing" | "needs_manager" …).
    """
    found = till.ledger.invoice_of(sale_id)
    if found is None:
        raise Refused("no_invoice")
    invoiced, copies = found
    approver = require(till, "reprint", copies + 1, approval=approval, reason=reason_text(reason))
    with till.ledger.transaction() as tx:
        tx.append(
            ReceiptCopied(
                **stamp(till, tx, approver=approver),
                sale=sale_id,
                sale_doc=invoiced.doc_no,
                copy=copies + 1,
                what=INVOICE,
            )
        )
        order = invoice_order(till, invoiced, position_of(till, invoiced), copies + 1)
        job_id = tx.queue_print("copy", order, doc_no=invoiced.doc_no, sale_id=sale_id)
    return _queued(till, Copied(invoiced.doc_no, copies + 1, job_id))


def gift_receipt(till: Till, sale_id: str) -> Copied:
    """*Writes.* Queues the receipt that goes with a present; it tells no price and is no copy.

    Raises Refused("no_such_sale" | "nobody_signed_in").
    """
    till.need_person()
    sale = _sale(till, sale_id)
    with till.ledger.transaction() as tx:
        tx.append(
            ReceiptCopied(**stamp(till, tx), sale=sale_id, sale_doc=sale.doc_no, copy=0, what=GIFT)
        )
        order = gift_order(till, sale, position_of(till, sale))
        job_id = tx.queue_print(GIFT, order, doc_no=sale.doc_no, sale_id=sale_id)
    return _queued(till, Copied(sale.doc_no, 0, job_id))


def _sale(till: Till, sale_id: str) -> Sale:
    sale = till.ledger.sale(sale_id)
    if sale is None:
        raise Refused("no_such_sale")
    return sale


def _queued(till: Till, copied: Copied) -> Copied:
    till.printing.retry_now()
    till.after_commit()
    return copied
