"""An amount spread over lines to the last minor unit, the same in whatever order they came."""

from __future__ import annotations

from collections.abc import Sequence

from pos_app.domain.basket import Line


def spread(amount: int, weights: list[int], lines: Sequence[Line]) -> list[int]:
    """`amount` over `lines` in proportion to `weights`: largest remainder, ties by content.

    No share is more than its weight as long as `amount` is not more than their sum.
    """
    total = sum(weights)
    if not amount or not total:
        return [0] * len(weights)
    shares = [amount * weight // total for weight in weights]
    missing = amount - sum(shares)
    if missing:

        def rank(place: int) -> tuple[object, ...]:
            line = lines[place]
            rest = amount * weights[place] % total
            return (
                -rest,
                line.sku,
                line.label,
                line.tax_code,
                line.unit_price,
                line.qty,
                weights[place],
                [(each.kind, each.value) for each in line.discounts],
            )

        for place in sorted(range(len(weights)), key=rank)[:missing]:
            shares[place] += 1
    return shares
