"""An invoice for a sale that was paid: made out to who asked for it, journalled, printed.

It is a document of its own, with the next number of this till's one series of documents, and points
back at its sale. A sale has at most one; a wrong name is put right by taking the sale back.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.errors import Refused
from pos_app.domain.text import plain
from pos_app.domain.vat_id import vat_id as checked_vat_id
from pos_app.store.records import Position
from pos_app.till.card_numbers import refuse_card_number
from pos_app.till.papers import invoice_order
from pos_app.till.till import Till, stamp
from sync.protocol import FactBuyer, Invoiced

NAME_MAX = 120
ADDRESS_LINES = 5
ADDRESS_MAX = 80


@dataclass(frozen=True, slots=True)
class Invoicing:
    """An invoice that is a fact."""

    invoiced: Invoiced
    position: Position
    job_id: str


def buyer(name: str, address: str = "", vat_id: str = "") -> FactBuyer:
    """Who an invoice is made out to; lines of `address` as they were typed.

    Raises Refused("buyer_missing" | "vat_id_unlikely", country | "text_is_card_number").
    """
    name = plain(name, NAME_MAX)
    if not name:
        raise Refused("buyer_missing")
    lines = [plain(line, ADDRESS_MAX) for line in address.splitlines()]
    kept = tuple(line for line in lines if line)[:ADDRESS_LINES]
    for text in (name, *kept):
        refuse_card_number(text)
    return FactBuyer(name, kept, checked_vat_id(vat_id))


def invoice(till: Till, sale_id: str, to: FactBuyer) -> Invoicing:
    """*Writes.* The invoice of a sale of this till, journalled and queued for the printer.

    Raises Refused("no_such_sale" | "already_voided" | "already_invoiced", doc_no |
    "nobody_signed_in" …).
    """
    till.need_person()
    sale = till.ledger.sale(sale_id)
    if sale is None:
        raise Refused("no_such_sale")
    if all(line.order or line.value for line in sale.lines):
        raise Refused("order_invoiced_by_shop")
    row = till.ledger.sale_row(sale_id)
    if row is not None and row.voided:
        raise Refused("already_voided", doc_no=sale.doc_no)
    with till.ledger.transaction() as tx:
        invoiced = Invoiced(
            **stamp(till, tx, document=True),
            sale=sale.id,
            sale_doc=sale.doc_no,
            sale_date=sale.biz_date,
            currency=sale.currency,
            total=sale.total,
            buyer=to,
        )
        position = tx.append(invoiced)
        job_id = tx.queue_print(
            "invoice",
            invoice_order(till, invoiced, position),
            doc_no=invoiced.doc_no,
            sale_id=sale.id,
        )
    till.printing.retry_now()
    till.after_commit()
    return Invoicing(invoiced, position, job_id)
