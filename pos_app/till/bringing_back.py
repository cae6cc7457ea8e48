"""The return that is kept with a basket: made again from it, written with its sale, or called off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused
from pos_app.domain.exchange import carried_by, payments_of
from pos_app.domain.tender import EXCHANGE, Payment
from pos_app.till import refund, return_words
from pos_app.till.returning import Returning
from pos_app.till.till import Till

if TYPE_CHECKING:
    from pos_app.store.reader import LedgerReads
    from pos_app.store.transaction import Transaction
    from pos_app.till.refund import Agreed
    from sync.protocol import Refunded


def returning_of(till: Till, basket: Basket, reads: LedgerReads | None = None) -> Returning:
    """The return in a basket, as after a start; raises Refused("sale_not_here", doc_no=)."""
    brought = basket.bringing
    if brought is None:
        raise Refused("exchange_nothing_back")
    if brought.doc:
        from pos_app.till.finding_sales import found_of
        from sync.protocol import SoldDoc

        found = found_of(till, msgspec.json.decode(brought.doc, type=SoldDoc), reads)
    else:
        found = refund.find_by_id(till, brought.sale, reads)
    return Returning(
        *(brought.refund_id, found, brought.choices, brought.tender, brought.reference),
        *(brought.auth, brought.account),
    )


@dataclass(frozen=True, slots=True)
class Coming:
    """The return of a basket, looked at and ready: written with its sale."""

    agreed: Agreed

    @property
    def kick(self) -> bool:
        """Whether money of it comes out of the drawer."""
        return self.agreed.kick

    @property
    def by_terminal(self) -> int:
        """What the till's card terminal gives back by itself."""
        return self.agreed.by_terminal

    def write(self, till: Till, tx: Transaction, sale: str) -> Refunded:
        """*In the sale's transaction*, before the sale."""
        return refund.write(till, tx, self.agreed, sale)[0]

    def count(self, till: Till) -> None:
        """After the commit."""
        refund.count(till, self.agreed)


def agree(
    till: Till, basket: Basket, payments: tuple[Payment, ...]
) -> tuple[Coming, tuple[Payment, ...]]:
    """*Ledger lane.* The return of a basket, and the payments of its sale as that will state them.

    Who may do it was settled before the customer paid; that nothing comes back twice is looked at
    again. Raises what `refund.agree` does.
    """
    brought = basket.bringing
    back = returning_of(till, basket, till.ledger)
    settled = brought.approver if brought is not None else ""
    agreed = refund.agree(till, back, carried_by(payments), settled=settled)
    others = tuple(paid for paid in payments if paid.tender != EXCHANGE)
    return Coming(agreed), (*payments_of(agreed.figures), *others)


def call_off(
    till: Till, basket: Basket, payments: tuple[Payment, ...]
) -> tuple[Basket, tuple[Payment, ...]]:
    """*Writes.* The basket without what was to come back; what goes out is to be paid in full.

    Swaps keep the price they had: a person takes them out where nothing comes back. Keep both.
    """
    brought = basket.bringing
    if brought is not None and brought.auth:
        return_words.give_back(till, brought.auth)
    left = tuple(paid for paid in payments if paid.tender != EXCHANGE)
    return replace(basket, bringing=None), left
