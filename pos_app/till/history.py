"""What was sold and what came back: this till's documents, and those of the store's other tills.

Reads only; belongs on the GUI thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pos_app.store.records import SaleRow
from pos_app.till.papers import Source, receipt_from
from pos_app.till.till import Till
from sync.protocol import Refunded, Sale, SaleRefRow, Voided

if TYPE_CHECKING:
    from pos_app.domain.receipt import Receipt

LIMIT: Final = 120
"""More documents than that are found by searching, not by scrolling."""
TODAY, SHIFT, EVERYTHING = "today", "shift", "everything"


@dataclass(frozen=True, slots=True)
class Document:
    """A document in the history."""

    id: str
    kind: str
    """sale, void or refund."""
    doc_no: str
    wall: str
    business_date: str
    actor: str
    till: str
    payable: int
    currency: str
    tenders: tuple[str, ...]
    voided: bool = False
    refunded: int = 0
    """What came back of it as far as this till knows, positive."""
    copies: int = 0
    own: bool = True


def documents(
    till: Till, text: str = "", amount: int | None = None, span: str = TODAY
) -> list[Document]:
    """Documents of today, of this shift or of all days, newest first.

    With `text` or `amount` those whose number holds it or that came to it.
    """
    day = till.business_date() if span == TODAY else ""
    shift = till.shift.shift_id if span == SHIFT and till.shift else ""
    own = [
        _own(till, row)
        for row in till.view.find_documents(text, amount, day=day, shift=shift, limit=LIMIT)
    ]
    if span == SHIFT:
        return own
    known = {each.id for each in own}
    others = [
        _told(till, row)
        for row in till.catalogue.recent_refs(day, till.identity.till, text, amount)
        if row.id not in known
    ]
    return sorted([*own, *others], key=lambda each: each.wall, reverse=True)[:LIMIT]


def document(till: Till, document_id: str) -> Document | None:
    """One document by its id."""
    row = till.view.sale_row(document_id)
    if row is not None:
        return _own(till, row)
    told = till.catalogue.sale_ref_by_id(document_id)
    return None if told is None else _told(till, told)


def _own(till: Till, row: SaleRow) -> Document:
    kind = "void" if row.void_of else "refund" if row.refund_of else "sale"
    return Document(
        *(row.sale_id, kind, row.doc_no, row.wall, row.business_date, row.actor),
        *(till.identity.till, row.payable, row.currency),
        tuple(dict.fromkeys(tender for tender, _amount in row.tenders)),
        row.voided,
        row.refunded,
        row.copies,
    )


def _told(till: Till, row: SaleRefRow) -> Document:
    refs = till.catalogue.refs_of(row.id) if row.kind == "sale" else []
    back = {ref.id: -ref.total for ref in refs if ref.kind == "refund"}
    back |= {fact.id: -fact.total for fact in till.view.refunds_of(row.id)}
    return Document(
        *(row.id, row.kind, row.doc_no, row.wall, row.biz_date, row.actor, row.till),
        *(row.payable, row.currency),
        tuple(dict.fromkeys(paid.tender for paid in row.payments)),
        any(ref.kind == "void" for ref in refs),
        sum(back.values()),
        own=False,
    )


def paper(till: Till, document_id: str) -> Receipt | None:
    """What a document of this till looks like on paper, without its code; None for others."""
    fact = till.view.fact(document_id)
    if not isinstance(fact, Sale | Voided | Refunded):
        return None
    cashier, agreed = till.staff.get(fact.actor), till.staff.get(fact.approver)
    return receipt_from(
        Source(
            fact,
            till.store,
            "",
            None,
            cashier=cashier.name if cashier else "",
            approver=agreed.name if agreed else fact.approver,
            return_days=till.return_days,
        )
    )


def told_lines(till: Till, document_id: str) -> SaleRefRow | None:
    """What is known here of a document of another till."""
    return till.catalogue.sale_ref_by_id(document_id)
