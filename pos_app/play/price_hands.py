"""Steps about what is paid for a line: discounts, another price, coupons."""

from __future__ import annotations

from pos_app.domain.basket import Basket, DiscountKind
from pos_app.play import steps as play
from pos_app.till import checkout
from pos_app.till.permission import Approval
from pos_app.till.till import Till


def discount(
    till: Till,
    basket: Basket,
    line_id: int,
    step: play.Discount,
    value: int,
    agreed: Approval | None,
) -> Basket:
    """A discount of basis points or minor units; `line_id` 0 is the whole basket."""
    kind = DiscountKind.AMOUNT if step.percent is None else DiscountKind.PERCENT
    if not line_id:
        return checkout.discount_basket(till, basket, kind, value, step.reason, approval=agreed)
    return checkout.discount_line(till, basket, line_id, kind, value, step.reason, approval=agreed)


def override(
    till: Till,
    basket: Basket,
    line_id: int,
    step: play.Override,
    price: int,
    agreed: Approval | None,
) -> Basket:
    """Another price, minor units."""
    return checkout.override_price(till, basket, line_id, price, step.reason, approval=agreed)


def coupon(till: Till, basket: Basket, step: play.Coupon) -> Basket:
    """A coupon's code, as it is typed."""
    return checkout.attach_coupon(till, basket, step.code)
