"""The return that is kept with a basket: made again from it, written with its sale, or called off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused
from pos_app.domain.exchange import carried_by, carried_over, payments_of
from pos_app.domain.tender import EXCHANGE, Payment
from pos_app.till import checkout, papers, refund, return_words
from pos_app.till.returning import Returning
from pos_app.till.till import Till

if TYPE_CHECKING:
    from pos_app.store.reader import LedgerReads
    from pos_app.store.transaction import Transaction
    from pos_app.till.checkout import Completed
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

    def write(self, till: Till, tx: Transaction, basket: Basket) -> Refunded:
        """*In the sale's transaction*, before the sale, and on its day."""
        return refund.write(till, tx, self.agreed, basket.basket_id, basket.business_date)[0]

    def paper(self, wanted: str, *, kick: bool) -> tuple[str, bool]:
        """What is printed, and whether the drawer opens: what came back is signed for."""
        paper = papers.RECEIPT if wanted == papers.NONE else wanted
        return paper, kick or self.agreed.kick

    def done(self, till: Till, sold: Completed) -> Completed:
        """After the commit: what was given without the hub is counted, what a terminal owes told."""
        refund.count(till, self.agreed)
        return replace(sold, by_terminal=self.agreed.by_terminal)


def agree(
    till: Till, basket: Basket, payments: tuple[Payment, ...]
) -> tuple[Coming, tuple[Payment, ...]]:
    """*Ledger lane.* The return of a basket, and the payments of its sale as that will state them.

    Who may do it was settled before the customer paid, unless more money goes out by now than then;
    that nothing comes back twice is looked at again. Raises what `refund.agree` does.
    """
    brought = basket.bringing
    back = returning_of(till, basket, till.ledger)
    carried = min(carried_by(payments), checkout.priced(till, basket).total)
    settled = brought is not None and carried >= brought.carried
    by = brought.approver if settled and brought is not None else None
    agreed = refund.agree(till, back, carried, settled=by)
    others = tuple(paid for paid in payments if paid.tender != EXCHANGE)
    return Coming(agreed), (*payments_of(agreed.figures), *others)


def again(till: Till, basket: Basket, payments: tuple[Payment, ...]) -> tuple[Payment, ...]:
    """The payments after what goes out was changed: what comes back pays as much of it as it can."""
    if basket.bringing is None:
        return payments
    others = tuple(paid for paid in payments if paid.tender != EXCHANGE)
    amount = carried_over(basket.bringing.worth, checkout.priced(till, basket).total)
    return (Payment(EXCHANGE, amount), *others) if amount else others


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
