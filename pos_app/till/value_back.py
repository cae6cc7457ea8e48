"""Money that goes back as stored value: where it came from, where somebody says, or on a new slip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pos_app.domain.returns import RefundFigures
from pos_app.domain.tender import ACCOUNT_KINDS, Payment, tender_of
from pos_app.domain.value_code import ValueCode, account_of, new_code
from pos_app.store.reader import LedgerReads
from pos_app.till import value_books
from pos_app.till.returning import Returning

if TYPE_CHECKING:
    from pos_app.store.transaction import Transaction
    from pos_app.till.till import Till
    from sync.protocol import Refunded

Codes = tuple[tuple[ValueCode, int], ...]
"""Slips that come into being with a refund, and what is on each."""


def placed(reads: LedgerReads, back: Returning, paid: Payment) -> list[Payment]:
    """A payment back, as payments to accounts; one without an account becomes a slip."""
    if back.tender == paid.tender:
        return [replace(paid, account=back.account)]
    found, rest = [], -paid.amount
    for account, still in _still(reads, back, paid.tender).items():
        part = min(rest, max(0, still))
        if part:
            found.append(replace(paid, amount=-part, account=account))
            rest -= part
    return [*found, replace(paid, amount=-rest)] if rest else found


def _still(reads: LedgerReads, back: Returning, tender: str) -> dict[str, int]:
    """Account -> what was paid from it for the sale and did not go back to it yet."""
    documents = [back.sale, *reads.refunds_of(back.sale.id)]
    found: dict[str, int] = {}
    for document in documents:
        for row in document.payments:
            account = getattr(row, "account", "")
            if row.tender == tender and account:
                found[account] = found.get(account, 0) + row.amount
    return found


def with_codes(figures: RefundFigures) -> tuple[RefundFigures, Codes]:
    """The figures with an account for each slip that has to be made, and the codes of those."""
    payments, codes = [], []
    for paid in figures.payments:
        if tender_of(paid.tender).kind != "value" or paid.account:
            payments.append(paid)
            continue
        code = new_code(ACCOUNT_KINDS[paid.tender])
        codes.append((code, -paid.amount))
        payments.append(replace(paid, account=account_of(code), last4=code.last4))
    return replace(figures, payments=tuple(payments)), tuple(codes)


def book(
    till: Till, tx: Transaction, fact: Refunded, codes: Sequence[tuple[ValueCode, int]]
) -> None:
    """*In the transaction of the refund.* What its payments put on accounts, and the slips."""
    if any(paid.account for paid in fact.payments):
        value_books.book_back(till, tx, fact)
    for code, amount in codes:
        value_books.slip(till, tx, code, amount, fact.currency, doc_no=fact.doc_no, of=fact.id)
