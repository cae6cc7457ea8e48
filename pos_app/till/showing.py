"""A document of the journal as its receipt, to look at: on the screen, in a file, for support.

Nothing is journalled: what is shown here is no copy for a customer. `reprint` makes those.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pos_app.domain.errors import Refused, Unavailable
from pos_app.store.keys import Keys
from pos_app.store.reader import LedgerReads
from pos_app.till.papers import Source, receipt_from
from pos_app.till.reference import Reference
from sync.protocol import Invoiced, Sale

if TYPE_CHECKING:
    from pos_app.domain.receipt import Receipt
    from pos_app.till.till import Till


def shown(till: Till, fact_id: str, *, gift: bool = False) -> Receipt:
    """The receipt of a fact of this till, as it is or would be printed.

    Raises Refused("no_such_document" | "receipt_unreadable").
    """
    return _marked(
        till, document(till.view, till.ledger.signing_keys(), till.own, fact_id, gift=gift)
    )


def prepared(till: Till, fact_id: str) -> Receipt:
    """*Ledger lane.* The same, with its codes drawn already: what a window then only paints."""
    from pos_app.domain.receipt import Barcode, Qr
    from pos_app.receipts.raster import barcode_bars, qr_modules

    receipt = _marked(till, document(till.ledger, till.ledger.signing_keys(), till.own, fact_id))
    for block in receipt.blocks:
        if isinstance(block, Qr):
            qr_modules(block.data)
        elif isinstance(block, Barcode):
            barcode_bars(block.data)
    return receipt


def _marked(till: Till, receipt: Receipt) -> Receipt:
    from pos_app.receipts.build import mark_training

    return mark_training(receipt) if till.training else receipt


def document(
    ledger: LedgerReads, keys: Keys, own: Reference, fact_id: str, *, gift: bool = False
) -> Receipt:
    """The same of a ledger that nobody opened as a till: sale, void, refund, invoice, Z.

    Raises Refused("no_such_document" | "receipt_unreadable"), Unavailable("till_not_ready").
    """
    fact = ledger.fact(fact_id)
    if fact is None:
        raise Refused("no_such_document")
    if own.store is None:
        raise Unavailable("till_not_ready")
    actor = own.staff.get(fact.actor)
    source = Source(
        fact,
        own.store,
        ledger.hash_of(fact.id),
        keys.sign,
        gift=gift and isinstance(fact, Sale),
        cashier=actor.name if actor else fact.actor,
        return_days=(own.policy.return_days or 0) if own.policy is not None else 0,
    )
    if isinstance(fact, Invoiced):
        sale = ledger.sale(fact.sale)
        source = replace(source, sale=sale, sale_hash=ledger.hash_of(fact.sale))
    return receipt_from(source)
