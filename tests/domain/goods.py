"""Baskets, rules and hypothesis strategies the domain's tests share."""

from __future__ import annotations

from hypothesis import strategies as st

from pos_app.domain.basket import Basket, Discount, DiscountKind, Line, add_line
from pos_app.domain.tax import TaxRate, TaxRounding, TaxRules

DAY = "2026-11-25"
OPENED = "2026-11-25T13:00:00.000Z"


def line(sku: str, qty: int = 1_000, unit_price: int = 100, tax_code: str = "a", **more) -> Line:
    unit = more.pop("unit", "piece" if qty % 1_000 == 0 else "kg")
    return Line(0, sku, f"Article {sku}", qty, unit_price, tax_code, unit=unit, **more)


def basket(*lines: Line, off: tuple[Discount, ...] = (), currency: str = "EUR") -> Basket:
    whole = Basket("b1", currency, OPENED, DAY)
    for one in lines:
        whole, _ = add_line(whole, one)
    return Basket("b1", currency, OPENED, DAY, whole.lines, off, whole.next_line)


def off(kind: str, value: int) -> Discount:
    return Discount(DiscountKind(kind), value, "a reason", "s1")


def rules(rates: dict[str, int], *, included: bool = True, rounding: str = "line") -> TaxRules:
    rows = tuple(TaxRate(code, rate, f"{rate} ppm") for code, rate in rates.items())
    return TaxRules(rows, included, TaxRounding(rounding))


discounts = st.one_of(
    st.builds(off, st.just("percent"), st.integers(1, 10_000)),
    st.builds(off, st.just("amount"), st.integers(1, 20_000)),
)

lines = st.builds(
    lambda sku, count, weight, price, code, given: line(
        sku if count else f"{sku}kg",
        count * 1_000 or weight,
        price,
        code,
        discounts=tuple(given),
        unit="piece" if count else "kg",
    ),
    st.sampled_from("ABCDE"),
    st.integers(0, 12),
    st.integers(1, 5_000),
    st.one_of(st.integers(0, 500), st.integers(0, 200_000)),
    st.sampled_from("abx"),
    st.lists(discounts, max_size=2),
)

tax_rules = st.builds(
    lambda one, two, included, rounding: rules(
        {"a": one, "b": two, "x": 0}, included=included, rounding=rounding
    ),
    st.sampled_from([200_000, 190_000, 88_750, 255_000, 1]),
    st.sampled_from([100_000, 70_000, 55_000, 26_000, 0]),
    st.booleans(),
    st.sampled_from(["line", "receipt"]),
)

baskets = st.builds(
    lambda chosen, given: basket(*chosen, off=tuple(given)),
    st.lists(lines, min_size=1, max_size=9),
    st.lists(discounts, max_size=2),
)
