"""Less than the price: discounts by hand, and another price than the catalogue's."""

from __future__ import annotations

from pos_app.domain import basket as baskets
from pos_app.domain.basket import Basket, Discount, DiscountKind, Override, line_gross
from pos_app.till.permission import Approval, basis_points, reason_text, require, times_used
from pos_app.till.till import Till

DISCOUNT = "discount"
OVERRIDE = "price_override"


def discount_line(
    till: Till,
    basket: Basket,
    line_id: int,
    kind: DiscountKind,
    value: int,
    reason: str,
    *,
    approval: Approval | None = None,
) -> Basket:
    """The basket with one discount on a line: basis points (PERCENT) or minor units (AMOUNT).

    `value` 0 takes it away. Raises Refused("needs_manager", …) over the person's limit; the action
    is `discount`, its amount basis points of the line.
    """
    if value == 0:
        return baskets.discount_line(basket, line_id, None)
    gross = line_gross(basket.line(line_id))
    given = _discount(till, basket, kind, value, gross, reason, approval)
    return baskets.discount_line(basket, line_id, given)


def discount_basket(
    till: Till,
    basket: Basket,
    kind: DiscountKind,
    value: int,
    reason: str,
    *,
    approval: Approval | None = None,
) -> Basket:
    """The basket with one discount on the whole; as `discount_line`."""
    if value == 0:
        return baskets.discount_basket(basket, None)
    gross = sum(line_gross(line) for line in basket.lines)
    given = _discount(till, basket, kind, value, gross, reason, approval)
    return baskets.discount_basket(basket, given)


def override_price(
    till: Till,
    basket: Basket,
    line_id: int,
    price: int,
    reason: str,
    *,
    approval: Approval | None = None,
) -> Basket:
    """The basket with another price on a line: minor units a piece or kilogram.

    Its own price again takes the override away. The action is `price_override`, its amount how
    far that is from the catalogue's price, in basis points, up or down; Refused("needs_manager" |
    "not_allowed" | "reason_missing" …).
    """
    line = basket.line(line_id)
    before = line.override.price_from if line.override else line.unit_price
    if price == before:
        return baskets.override_price(basket, line_id, None, price)
    reason = reason_text(reason)
    by = till.need_person().staff_id
    used = times_used(till, OVERRIDE) + overridden(basket, by, but=line_id)
    approver = require(
        till,
        OVERRIDE,
        max(1, basis_points(abs(before - price), before)),
        approval=approval,
        reason=reason,
        used=used,
    )
    given = Override(before, reason, by, approver)
    return baskets.override_price(basket, line_id, given, price)


def _discount(
    till: Till,
    basket: Basket,
    kind: DiscountKind,
    value: int,
    gross: int,
    reason: str,
    approval: Approval | None,
) -> Discount:
    """A discount the policy allows; out of range is left to the domain, which says it better."""
    reason = reason_text(reason)
    points = value if kind is DiscountKind.PERCENT else basis_points(value, gross)
    by = till.need_person().staff_id
    used = times_used(till, DISCOUNT) + discounted(basket, by)
    approver = require(
        till,
        DISCOUNT,
        min(max(points, 1), baskets.PERCENT_WHOLE),
        approval=approval,
        reason=reason,
        used=used,
    )
    return Discount(kind, value, reason, by, approver)


def discounted(basket: Basket, staff_id: str) -> int:
    """How many discounts that person gave in this basket."""
    everywhere = [*basket.discounts, *(each for line in basket.lines for each in line.discounts)]
    return sum(each.given_by == staff_id for each in everywhere)


def overridden(basket: Basket, staff_id: str, *, but: int = 0) -> int:
    """How many prices that person changed in this basket, a line aside."""
    return sum(
        line.override is not None and line.override.given_by == staff_id
        for line in basket.lines
        if line.line_id != but
    )
