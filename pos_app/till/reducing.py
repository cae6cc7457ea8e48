"""Less than the price: discounts by hand, and another price than the catalogue's."""

from __future__ import annotations

from collections.abc import Sequence

from pos_app.domain import basket as baskets
from pos_app.domain.basket import Basket, Discount, DiscountKind, Override, line_gross
from pos_app.domain.errors import Refused
from pos_app.domain.promotion import swapped
from pos_app.domain.staff import Outcome
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
    is `discount`, its amount basis points of the line together with what the basket is reduced by:
    two small discounts are one large one.
    """
    if value == 0:
        return baskets.discount_line(basket, line_id, None)
    gross = line_gross(basket.line(line_id))
    beside = points_off(basket.discounts, _worth(basket))
    given = _discount(till, basket, kind, value, gross, reason, approval, beside)
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
    """The basket with one discount on the whole; as `discount_line`, by the line reduced most."""
    if value == 0:
        return baskets.discount_basket(basket, None)
    most = max((points_off(line.discounts, line_gross(line)) for line in basket.lines), default=0)
    given = _discount(till, basket, kind, value, _worth(basket), reason, approval, most)
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
    beside: int,
) -> Discount:
    """A discount the policy allows; out of range is left to the domain, which says it better."""
    reason = reason_text(reason)
    points = value if kind is DiscountKind.PERCENT else basis_points(value, gross)
    points = together(min(max(points, 1), baskets.PERCENT_WHOLE), beside)
    by = till.need_person().staff_id
    used = times_used(till, DISCOUNT) + discounted(basket, by)
    approver = require(
        till,
        DISCOUNT,
        points,
        approval=approval,
        reason=reason,
        used=used,
    )
    return Discount(kind, value, reason, by, approver)


def check_amounts_off(till: Till, basket: Basket) -> None:
    """An amount off may have become a larger part, when quantity or lines were taken away.

    Somebody who gave or approved one of a line's discounts must be allowed all of them together.
    Raises Refused("needs_manager" | "not_allowed").
    """
    everywhere = [*basket.discounts, *(each for line in basket.lines for each in line.discounts)]
    if all(each.kind is not DiscountKind.AMOUNT for each in everywhere):
        return
    beside = points_off(basket.discounts, _worth(basket))
    for line in basket.lines:
        given = [] if line.fixed else [*line.discounts, *basket.discounts]
        points = together(points_off(line.discounts, line_gross(line)), beside)
        if given and not any(_may_give(till, each, points) for each in given):
            who = till.staff.get(given[0].approved_by or given[0].given_by)
            if who is None:
                raise Refused("not_allowed", action=DISCOUNT, limit=None)
            limit = till.policy.limit(who.role, DISCOUNT, offline=till.offline) or 0
            raise Refused(
                "needs_manager", action=DISCOUNT, amount=points, limit=limit, unit="percent"
            )


def _may_give(till: Till, given: Discount, points: int) -> bool:
    who = till.staff.get(given.approved_by or given.given_by)
    if who is None:
        return False
    if given.approved_by:
        return till.policy.may_approve(who.role, DISCOUNT, points, offline=till.offline)
    answer = till.policy.decide(who.role, DISCOUNT, points, offline=till.offline)
    return answer.outcome is Outcome.ALLOWED


def points_off(discounts: Sequence[Discount], gross: int) -> int:
    """What these take off `gross` together, in basis points, rounded up."""
    points = 0
    for each in discounts:
        amount = each.kind is DiscountKind.AMOUNT
        one = basis_points(min(each.value, gross), gross) if amount else each.value
        points = together(points, one)
    return points


def together(one: int, other: int) -> int:
    """Two reductions after each other, in basis points of the whole, rounded up."""
    whole = baskets.PERCENT_WHOLE
    return whole - (whole - one) * (whole - other) // whole


def _worth(basket: Basket) -> int:
    return sum(line_gross(line) for line in basket.lines if not line.fixed)


def discounted(basket: Basket, staff_id: str) -> int:
    """How many discounts that person gave in this basket."""
    everywhere = [*basket.discounts, *(each for line in basket.lines for each in line.discounts)]
    return sum(each.given_by == staff_id for each in everywhere)


def overridden(basket: Basket, staff_id: str, *, but: int = 0) -> int:
    """How many prices that person changed in this basket, a line aside; a swap changes none."""
    return sum(
        line.override is not None and line.override.given_by == staff_id and not swapped(line)
        for line in basket.lines
        if line.line_id != but
    )
