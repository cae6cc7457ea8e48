"""Invoices in the ledger: one a sale, found by the sale, with how often it was printed again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pos_app.domain.errors import Refused
from sync.protocol import Invoiced, ReceiptCopied

GIFT: Final = "gift"
INVOICE: Final = "invoice"
INSERT_INVOICE: Final = (
    "INSERT INTO invoice (sale_id, place, invoice_id, doc_no, copies) VALUES (?,?,?,?,0) "
    "ON CONFLICT (sale_id) DO NOTHING"
)
SELECT_INVOICE: Final = "SELECT invoice_id, doc_no, copies FROM invoice WHERE sale_id = ?"
_COPIED: Final = {
    INVOICE: "UPDATE invoice SET copies = ? WHERE sale_id = ?",
    "receipt": "UPDATE sale SET copies = ? WHERE sale_id = ?",
}
"""What was copied -> where its copies are counted; a gift receipt is no copy of anything."""


def keep(execute: Callable[..., Any], fact: Invoiced, place: int) -> None:
    """An invoice in its table; raises Refused("already_invoiced") where the sale has one."""
    made = execute(INSERT_INVOICE, (fact.sale, place, fact.id, fact.doc_no)).rowcount
    if made == 0 and fact.was is None:  # else another life of this till has made one too
        (_, doc_no, _) = execute(SELECT_INVOICE, (fact.sale,)).fetchone()
        raise Refused("already_invoiced", doc_no=doc_no)


def count_copy(execute: Callable[..., Any], fact: ReceiptCopied) -> None:
    """A copy of a receipt or an invoice, counted where it belongs."""
    statement = _COPIED.get(fact.what)
    if statement is not None:
        execute(statement, (fact.copy, fact.sale))
