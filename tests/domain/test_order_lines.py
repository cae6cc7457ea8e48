"""What is due of an order stands beside the goods of a sale: the one never changes the other."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from pos_app.domain.basket import Basket, Discount, DiscountKind, Line, add_line, order_line
from pos_app.domain.errors import Refused
from pos_app.domain.handing import Handing
from pos_app.domain.pricing import Priced, price
from pos_app.domain.tax import TaxRate, TaxRounding, TaxRules

RATES = (TaxRate("standard", 200_000), TaxRate("reduced", 100_000))
DUE = Handing("res-1", "ord-1", "W-1", (), due=4_739)


def rules(included: bool, rounding: TaxRounding) -> TaxRules:
    return TaxRules(RATES, included, rounding)


def basket(draw: random.Random) -> Basket:
    made = Basket("b", "EUR", "2026-11-25T10:00:00.000Z", "2026-11-25")
    for nth in range(draw.randint(1, 6)):
        code = draw.choice(("standard", "reduced"))
        cut = Discount(DiscountKind.PERCENT, draw.randint(1, 3_000), "x", "ana")
        line = Line(
            0, f"S{nth}", "A thing", draw.randint(1, 9) * 1_000, draw.randint(1, 9_999), code
        )
        made, _ = add_line(made, replace(line, discounts=(cut,) if draw.random() < 0.3 else ()))
    if draw.random() < 0.5:
        whole = Discount(DiscountKind.PERCENT, draw.randint(1, 3_000), "y", "ana")
        made = replace(made, discounts=(whole,))
    return made


@pytest.mark.parametrize("included", [True, False])
@pytest.mark.parametrize("rounding", list(TaxRounding))
def test_the_goods_cost_what_they_cost_without_it(included: bool, rounding: TaxRounding) -> None:
    draw = random.Random(20261125)
    for _ in range(300):
        goods = basket(draw)
        place = draw.randint(0, len(goods.lines))
        line = replace(order_line(DUE), line_id=99)
        both = replace(goods, lines=(*goods.lines[:place], line, *goods.lines[place:]))
        alone = price(goods, rules(included, rounding))
        found = price(both, rules(included, rounding))
        assert found.lines[place].total == found.lines[place].net == DUE.due
        assert found.lines[place].tax == 0
        assert (*found.lines[:place], *found.lines[place + 1 :]) == alone.lines
        assert (found.taxes, found.tax, found.discount) == (alone.taxes, alone.tax, alone.discount)
        assert _beside(found) == (alone.gross, alone.net, alone.total)
        assert found.net + found.tax == found.total
        assert found.gross - found.discount == sum(each.total for each in found.lines)


def _beside(found: Priced) -> tuple[int, int, int]:
    return found.gross - DUE.due, found.net - DUE.due, found.total - DUE.due


def test_a_document_that_takes_something_off_it_is_not_computable() -> None:
    line = replace(order_line(DUE), discounts=(Discount(DiscountKind.PERCENT, 1, "x", "ana"),))
    made = Basket("b", "EUR", "", "2026-11-25", (line,))
    with pytest.raises(Refused, match="order_line_fixed"):
        price(made, rules(True, TaxRounding.LINE))
    taxed = replace(made, lines=(replace(order_line(DUE), tax_code="standard"),))
    with pytest.raises(Refused, match="order_line_fixed"):
        price(taxed, rules(True, TaxRounding.LINE))


def test_it_never_joins_another_line() -> None:
    made = Basket("b", "EUR", "", "2026-11-25")
    made, first = add_line(made, order_line(DUE))
    made, second = add_line(made, order_line(DUE))
    assert first != second
