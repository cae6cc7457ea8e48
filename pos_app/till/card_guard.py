"""No sale while money of it is on its way: what every verb that ends a basket looks at first."""

from __future__ import annotations

from pos_app.domain.errors import Refused
from pos_app.domain.tender import Payment
from pos_app.store.attempts import CHARGE, KEPT_OPEN, REFUND
from pos_app.till.till import Till


def refuse_running(till: Till, basket_id: str) -> None:
    """Raises Refused("payment_running", number) while a charge of the basket may come to money."""
    for attempt in till.ledger.attempts(basket_id):
        if attempt.running or attempt.state == KEPT_OPEN:
            raise Refused("payment_running", number=attempt.number)


def over(till: Till, basket_id: str) -> list[int]:
    """Numbers of a basket's attempts that took no money or gave it back: they go with it."""
    return [
        each.number
        for each in till.ledger.attempts(basket_id)
        if each.state in ("declined", "cancelled", "reversed")
        or (each.kind == REFUND and each.state == "approved")
    ]


def check_all_in(till: Till, basket_id: str, payments: tuple[Payment, ...]) -> None:
    """Refuses a sale while money of it is on its way, or was charged and is not among `payments`.

    Raises Refused("payment_running" | "payment_left_out", number).
    """
    refuse_running(till, basket_id)
    paid = {payment.reference for payment in payments}
    for attempt in till.ledger.attempts(basket_id):
        charged = attempt.kind == CHARGE and attempt.state == "approved"
        if charged and not attempt.answer.typed and attempt.reference not in paid:
            raise Refused("payment_left_out", number=attempt.number)
