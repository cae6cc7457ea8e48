"""What stored value does in the commit of a document: put on a card, spent, gone back on one.

A card's code is made here, when nothing can go wrong with it any more, and from here it goes to the
printer's queue, which forgets it once it is on paper. The journal has the account alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused
from pos_app.domain.tender import ACCOUNT_KINDS, Payment
from pos_app.domain.value_code import CARD, CREDIT, ValueCode, account_of, new_code
from pos_app.store.transaction import Transaction
from pos_app.till import papers, rights, unsecured
from pos_app.till.till import Till
from sync.protocol import FactPayment, Refunded, Sale, Voided

KINDS: Final = (CARD, CREDIT)


@dataclass(frozen=True, slots=True)
class Made:
    """A card that comes into being with a sale."""

    code: ValueCode
    line_id: int
    amount: int

    @property
    def account(self) -> str:
        """What the books call it."""
        return account_of(self.code)


def split(value: str) -> tuple[str, str]:
    """(kind, account) of a line's `value`."""
    kind, _, account = value.partition("/")
    return kind, account


def made(basket: Basket) -> tuple[Basket, tuple[Made, ...]]:
    """The basket with a code for each card that is to be made, and those codes."""
    lines, found = [], []
    for line in basket.lines:
        kind, account = split(line.value) if line.value else ("", "-")
        if account:
            lines.append(line)
            continue
        code = new_code(kind)
        found.append(Made(code, line.line_id, line.unit_price))
        lines.append(replace(line, value=f"{kind}/{account_of(code)}", variant=code.last4))
    return (replace(basket, lines=tuple(lines)), tuple(found)) if found else (basket, ())


def book(
    till: Till,
    tx: Transaction,
    sale: Sale,
    payments: Sequence[Payment],
) -> None:
    """What a sale spent of stored value and put on it, in the transaction of the sale.

    Raises Refused("right_over" | "right_not_enough" | "rights_not_now" | "unsecured_too_much").
    """
    for paid, meant in zip(sale.payments, payments, strict=True):
        if paid.account and paid.amount > 0:
            _spend(till, tx, paid, sale.id, meant.approved_by)
    ends = till_expiry(till)
    for line in sale.lines:
        if line.value:
            kind, account = split(line.value)
            rights.earn(
                *(till, tx, kind, account, line.total, sale.id),
                currency=sale.currency,
                expires=ends if kind == CARD else "",
            )


def book_back(till: Till, tx: Transaction, back: Refunded | Voided) -> None:
    """What goes back on cards and credit with a counter-document, and what a void takes off again."""
    for paid in back.payments:
        if paid.account and paid.amount < 0:
            kind = ACCOUNT_KINDS[paid.tender]
            rights.earn(till, tx, kind, paid.account, -paid.amount, back.id, currency=back.currency)
    if isinstance(back, Voided):
        for line in back.lines:
            if line.value and line.total < 0:
                kind, account = split(line.value)
                _give_up_own(till, tx, kind, account, back.sale)
                rights.reverse(till, tx, kind, account, -line.total, back.id)


def slips(till: Till, tx: Transaction, sale: Sale, new: Sequence[Made]) -> None:
    """The papers of the cards that came into being with a sale, after its receipt."""
    for card in new:
        slip(till, tx, card.code, card.amount, sale.currency, doc_no=sale.doc_no, of=sale.id)


def slip(
    till: Till,
    tx: Transaction,
    code: ValueCode,
    amount: int,
    currency: str,
    *,
    doc_no: str = "",
    of: str = "",
    pending: bool = False,
) -> str:
    """*Writes.* The paper that is the card, or the credit slip, queued; its job's id.

    `pending`: it has no value yet, the hub looks first. The code is in the queue until it is
    printed, and nowhere else.
    """
    order: dict[str, Any] = {
        "v": papers.ORDER,
        "of": papers.VALUE,
        "code": code.qr,
        "amount": amount,
        "currency": currency,
        "expires": till_expiry(till) if code.kind == CARD else "",
        "at": till.business_date(),
        "doc_no": doc_no,
        "pending": pending,
        "store": till.store,
        **({"training": True} if till.training else {}),
    }
    return tx.queue_print(papers.VALUE, order, doc_no=doc_no, sale_id=of)


def till_expiry(till: Till) -> str:
    """The last day of a card that is sold today (ISO date); empty where cards do not end."""
    months = till.policy.card_months
    if not months:
        return ""
    day = till.business_date()
    year, month = divmod(int(day[:4]) * 12 + int(day[5:7]) - 1 + months, 12)
    last = (31, 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28, 31, 30, 31, 30)
    ends = (*last, 31, 31, 30, 31, 30, 31)[month]
    return f"{year:04d}-{month + 1:02d}-{min(int(day[8:10]), ends):02d}"


def _spend(till: Till, tx: Transaction, paid: FactPayment, sale_id: str, agreed: str) -> None:
    kind = ACCOUNT_KINDS[paid.tender]
    if not paid.right:
        unsecured.burn(till, tx, kind, paid.account, paid.amount, of=sale_id, approver=agreed)
        return
    right = till.ledger.held_right(paid.right)
    if right is None or (right.kind, right.account) != (kind, paid.account):
        raise Refused("right_over")
    if right.form == "hold":
        rights.capture(till, tx, paid.right, paid.amount, sale_id)
    else:
        rights.spend(till, tx, paid.right, paid.amount, sale_id)


def _give_up_own(till: Till, tx: Transaction, kind: str, account: str, sale: str) -> None:
    """The right that came with what is taken off again is over before that."""
    for right in till.ledger.held_rights():
        own = (right.form, right.kind, right.account) == (rights.SELF, kind, account)
        if own and right.document == sale:
            rights.let_go(till, tx, right, "reversed")
