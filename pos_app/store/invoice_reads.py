"""What a till's ledger holds of invoices, and of any document by its number."""

from __future__ import annotations

from typing import Final

from pos_app.store.invoices import SELECT_INVOICE
from pos_app.store.journal import SELECT_BODY
from pos_app.store.reads import Reads, whole
from sync.protocol import Invoiced, decode_fact

_DOCUMENT: Final = "SELECT id FROM journal WHERE doc_no = ?"
_CLOSED: Final = (
    "SELECT body FROM journal WHERE type = 'shift_closed' AND shift IN "
    "(SELECT shift_id FROM shift WHERE z_no = ?)"
)


class InvoiceReads(Reads):
    """The part of a ledger's reads that is about invoices."""

    def invoice_of(self, sale_id: str) -> tuple[Invoiced, int] | None:
        """A sale's invoice and how often it was printed again; None where it has none."""
        row = self._row(SELECT_INVOICE, (sale_id,))
        if row is None:
            return None
        (body,) = self._row(SELECT_BODY, (row[0],))
        fact = whole(decode_fact, body)
        return (fact, int(row[2])) if isinstance(fact, Invoiced) else None

    def document_id(self, doc_no: str) -> str:
        """The id of the document of any kind with that number; empty for none. Reads it all."""
        row = self._row(_DOCUMENT, (doc_no,)) if doc_no else None
        return "" if row is None else str(row[0])

    def z_of(self, z_no: int) -> str:
        """The id of the Z with that number; empty for none."""
        row = self._row(_CLOSED, (z_no,))
        return "" if row is None else whole(decode_fact, row[0]).id
