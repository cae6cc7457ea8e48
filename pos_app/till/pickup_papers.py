"""Papers of customers' orders: the pick slip, the label of a bag, the slip of a hand-over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_app.domain.handing import Handing
from pos_app.store.transaction import Transaction
from pos_app.till.order_book import Order, walked
from pos_app.till.till import Till
from sync.protocol import ReservationStepped

if TYPE_CHECKING:
    from pos_app.domain.receipt import Receipt


def queue_slip(till: Till, order: Order) -> str:
    """*Writes.* The pick slip in the print queue; its id there."""
    from pos_app.receipts.order_slips import pick_slip

    return _queue(till, "pick_slip", pick_slip(order.row, walked(order.row), till.store))


def queue_label(till: Till, order: Order) -> str:
    """*Writes.* The bag's label in the print queue; its id there."""
    from pos_app.receipts.order_slips import bag_label

    return _queue(till, "bag_label", bag_label(order.row, till.store))


def queue_handed(till: Till, tx: Transaction, handing: Handing, fact: ReservationStepped) -> str:
    """The slip of a hand-over in the print queue, where the store wants one; its id there."""
    from pos_app.receipts.order_slips import hand_over_slip

    if not till.settings.hand_over_slip:
        return ""
    actor = till.staff.get(fact.actor)
    receipt = hand_over_slip(
        handing.name,
        [(line.label, line.qty) for line in handing.lines],
        fact.t.wall,
        fact.till,
        till.store,
        cashier=actor.name if actor else fact.actor,
        paid_by=handing.paid_by,
    )
    return tx.queue_print("handed", _marked(till, receipt).to_dict())


def _queue(till: Till, kind: str, receipt: Receipt) -> str:
    with till.ledger.transaction() as tx:
        job_id = tx.queue_print(kind, _marked(till, receipt).to_dict())
    till.printing.committed(job_id)
    return job_id


def _marked(till: Till, receipt: Receipt) -> Receipt:
    """Marked where it is an exercise."""
    from pos_app.receipts.build import mark_training

    return mark_training(receipt) if till.training else receipt
