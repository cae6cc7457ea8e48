"""The part of a sale that is a customer's order: with the sale it goes over the counter, or neither."""

from __future__ import annotations

from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused
from pos_app.store.transaction import Transaction
from pos_app.till import hand_over, order_book
from pos_app.till.till import Till
from sync.protocol import OrderRow


def check_in_basket(till: Till, basket: Basket) -> None:
    """Raises Refused where the order of the basket may not be handed over any more.

    Refused("order_due_changed", name=, due=) where another amount is due by now.
    """
    handing = basket.handing
    if handing is None or till.catalogue.source == "none":
        return  # without a list there is what was chosen while there was one
    order = hand_over.check(till, handing)
    own = handing.reservation
    due = sum(line.unit_price for line in basket.lines if line.order == own)
    if due != order.row.due:
        raise Refused(
            "order_due_changed", name=handing.name, due=order.row.due, currency=basket.currency
        )


def hand_over_with(till: Till, tx: Transaction, basket: Basket, sale: str) -> None:
    """The fact of the hand-over, in the transaction of the sale it is paid by."""
    handing = basket.handing
    if handing is None:
        return
    addon = any(not line.fixed for line in basket.lines)
    hand_over.append(till, tx, handing, sale=sale, addon=addon)


def handed_with(till: Till, sale_id: str) -> tuple[str, tuple[tuple[str, int], ...]]:
    """*Ledger lane.* The order handed over with a sale, and (title, thousandths) of its goods."""
    name, goods = "", []
    for fact in till.ledger.steps_of_sale(sale_id):
        row = _row(till, fact.reservation)
        name = row.name if row is not None else fact.reservation
        titles = (
            {}
            if row is None
            else {
                line.instead or line.sku: f"{line.title} {line.variant}".strip()
                for line in row.lines
            }
        )
        for sku, qty in fact.lines:
            goods.append((titles.get(sku) or _title(till, sku), qty))
    return name, tuple(goods)


def _row(till: Till, reservation: str) -> OrderRow | None:
    try:
        return order_book.get_now(till, reservation).row
    except Refused:
        return None


def _title(till: Till, sku: str) -> str:
    article = till.catalogue.by_sku(sku)
    return sku if article is None else f"{article.product.name} {article.product.variant}".strip()
