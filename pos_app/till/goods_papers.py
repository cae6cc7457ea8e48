"""Papers of goods in the print queue: the note of a transfer, the label of what was put aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_app.store.transaction import Transaction
from pos_app.till import goods, stores
from pos_app.till.till import Till
from sync.protocol import TransferSent

if TYPE_CHECKING:
    from pos_app.domain.receipt import Receipt


def queue_note(till: Till, tx: Transaction, fact: TransferSent) -> str:
    """*Writes.* The note that travels with the goods, in the transaction that sends them; its id."""
    from pos_app.receipts.goods_slips import transfer_note

    known = goods.products(till, [line.sku for line in fact.lines])
    shop = stores.every(till).get(fact.target)
    actor = till.staff.get(fact.actor)
    receipt = transfer_note(
        fact.name,
        (shop.name if shop is not None else "") or fact.target,
        [(_titled(known[line.sku]), line.qty, line.box) for line in fact.lines],
        fact.t.wall,
        fact.till,
        till.store,
        sender=actor.name if actor else fact.actor,
    )
    return tx.queue_print("transfer_note", _marked(till, receipt).to_dict())


def queue_aside(till: Till, tx: Transaction, order: str, lines: list[tuple[str, int]]) -> str:
    """*Writes.* The label of what lies aside for an order: (SKU, thousandths); its id."""
    from pos_app.receipts.goods_slips import aside_label

    known = goods.products(till, [sku for sku, _ in lines])
    titled = [(_titled(known[sku]), qty) for sku, qty in lines]
    return tx.queue_print(
        "aside_label", _marked(till, aside_label(order, titled, till.store)).to_dict()
    )


def _titled(product: goods.Product) -> str:
    return f"{product.name} {product.variant}".rstrip()


def _marked(till: Till, receipt: Receipt) -> Receipt:
    """Marked where it is an exercise."""
    from pos_app.receipts.build import mark_training

    return mark_training(receipt) if till.training else receipt
