"""One pricing engine: every sum agrees with itself, with fractions, and with hand-made vectors."""

from __future__ import annotations

import tomllib
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.basket import AMOUNT_MAX, Basket, Discount, DiscountKind, Line
from pos_app.domain.errors import Refused
from pos_app.domain.pricing import Priced, price, tax_of
from pos_app.domain.tax import TaxRate, TaxRules
from pos_app.domain.tender import pay, settle
from tests.domain.goods import DAY, OPENED, basket, baskets, line, lines, off, rules, tax_rules

GOLDEN = Path(__file__).parents[1] / "golden" / "odd_cents.toml"
CASES = tomllib.loads(GOLDEN.read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_odd_cents_as_worked_out_by_hand(case) -> None:
    items = [
        line(sku, qty, amount, code, discounts=tuple(off(*given) for given in more))
        for sku, qty, amount, code, *more in case["items"]
    ]
    whole = basket(
        *items,
        off=tuple(off(*given) for given in case.get("off", ())),
        currency=case["currency"],
    )
    store = rules(
        case["rates"],
        included=case.get("included", True),
        rounding=case.get("rounding", "line"),
    )
    priced = price(whole, store)
    paid = settle(priced.total, (), case["currency"])
    found = {
        "net": priced.net,
        "tax": priced.tax,
        "total": priced.total,
        "cash": paid.due_cash if not paid.complete else 0,
        "lines": [row.total for row in priced.lines],
        "taxes": [[row.code, row.net, row.tax] for row in priced.taxes],
    }
    assert found == case["expect"]


def half_up(value: Fraction) -> int:
    return int((value + Fraction(1, 2)).__floor__())


def oracle_gross(item: Line) -> int:
    return half_up(Fraction(item.qty, 1_000) * item.unit_price)


def oracle_cut(amount: int, given: Discount) -> int:
    percent = given.kind is DiscountKind.PERCENT
    wanted = half_up(Fraction(amount * given.value, 10_000)) if percent else given.value
    return min(amount, wanted)


@given(baskets, tax_rules)
def test_every_sum_agrees_with_fractions(whole: Basket, store: TaxRules) -> None:
    priced = price(whole, store)
    left = []
    for item, row in zip(whole.lines, priced.lines, strict=True):
        amount = oracle_gross(item)
        assert row.gross == amount
        for each in item.discounts:
            amount -= oracle_cut(amount, each)
        assert row.line_discount == row.gross - amount == sum(row.discounts)
        left.append(amount)
    rest = sum(left)
    for each, taken in zip(whole.discounts, priced.discounts, strict=True):
        assert taken == oracle_cut(rest, each)
        rest -= taken
    assert sum(row.total for row in priced.lines) == rest
    for code, rows in by_code(whole, priced).items():
        rate = Fraction(store.rate_on(code, DAY).rate_ppm, 1_000_000)
        share = rate / (1 + rate) if store.prices_include_tax else rate
        if store.rounding == "line":
            for row in rows:
                assert row.tax == half_up(row.total * share)
        else:
            assert sum(row.tax for row in rows) == half_up(sum(row.total for row in rows) * share)


def by_code(whole: Basket, priced: Priced) -> dict[str, list]:
    found: dict[str, list] = {}
    for item, row in zip(whole.lines, priced.lines, strict=True):
        found.setdefault(item.tax_code, []).append(row)
    return found


@given(baskets, tax_rules)
def test_lines_and_tax_rows_sum_to_the_document(whole: Basket, store: TaxRules) -> None:
    priced = price(whole, store)
    assert priced.gross == sum(row.gross for row in priced.lines)
    assert priced.gross - priced.discount == sum(row.total for row in priced.lines)
    assert priced.net == sum(row.net for row in priced.lines) == sum(t.net for t in priced.taxes)
    assert priced.tax == sum(row.tax for row in priced.lines) == sum(t.tax for t in priced.taxes)
    assert priced.total == priced.net + priced.tax == sum(t.gross for t in priced.taxes)
    base = priced.total if store.prices_include_tax else priced.net
    assert base == sum(row.total for row in priced.lines)
    for row in priced.lines:
        assert row.gross == row.line_discount + row.basket_discount + row.total
        assert row.total >= 0
        assert row.basket_discount >= 0
        assert row.net + row.tax == (row.total if store.prices_include_tax else row.total + row.tax)
    rates = [row.rate_ppm for row in priced.taxes]
    assert rates == sorted(rates, reverse=True)


def per_product(whole: Basket, priced: Priced) -> Counter:
    found: Counter = Counter()
    for item, row in zip(whole.lines, priced.lines, strict=True):
        for name in ("gross", "total", "net", "tax", "basket_discount"):
            found[item.sku, item.unit_price, item.tax_code, name] += getattr(row, name)
    return found


@given(st.lists(lines, min_size=2, max_size=8), st.data(), tax_rules)
def test_the_order_of_scanning_changes_nothing(items, data, store: TaxRules) -> None:
    given_off = data.draw(st.lists(st.sampled_from([off("percent", 333), off("amount", 77)])))
    one = basket(*items, off=tuple(given_off))
    two = basket(*data.draw(st.permutations(items)), off=tuple(given_off))
    first, second = price(one, store), price(two, store)
    assert (first.total, first.net, first.tax) == (second.total, second.net, second.tax)
    assert first.taxes == second.taxes
    assert first.discounts == second.discounts
    assert per_product(one, first) == per_product(two, second)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 5_000), tax_rules)
def test_pieces_scanned_one_by_one_cost_what_they_cost_together(
    first, second, amount, store
) -> None:
    singles = basket(*[line("A", 1_000, amount)] * (first + second))
    together = basket(line("A", first * 1_000, amount), line("A", second * 1_000, amount))
    assert price(singles, store) == price(together, store)


@given(baskets, tax_rules, st.data())
def test_the_basket_of_more_goods_never_costs_less(whole, store, data) -> None:
    plain = basket(*(data.draw(st.lists(lines, min_size=2, max_size=6))))
    fewer = Basket("b1", "EUR", OPENED, DAY, plain.lines[:-1])
    assert price(fewer, store).total <= price(plain, store).total
    assert price(whole, store).total >= 0


@given(baskets, tax_rules, st.data())
def test_splitting_the_payment_sums_to_the_total(whole, store, data) -> None:
    total = price(whole, store).total
    payments: tuple = ()
    for _ in range(5):
        standing = settle(total, payments, "EUR")
        if standing.complete:
            break
        given_now = data.draw(st.integers(1, standing.due))
        tender = data.draw(st.sampled_from(["cash", "card"]))
        payments = pay(total, payments, tender, given_now, "", "EUR")
    standing = settle(total, payments, "EUR")
    if not standing.complete:
        payments = pay(total, payments, "card", None, "", "EUR")
    assert sum(payment.amount for payment in payments) == total
    assert settle(total, payments, "EUR").complete


def test_a_cent_goes_by_what_a_line_is_not_by_its_place() -> None:
    names = ["C", "A", "B"]
    store = rules({"a": 0})
    for turn in range(3):
        order = names[turn:] + names[:turn]
        whole = basket(*(line(name, 1_000, 33) for name in order), off=(off("percent", 1_000),))
        priced = price(whole, store)
        shares = {
            item.sku: row.basket_discount
            for item, row in zip(whole.lines, priced.lines, strict=True)
        }
        assert shares == {"A": 4, "B": 3, "C": 3}


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (line("A", 0, 100), "quantity_out_of_range"),
        (line("A", -1_000, 100), "quantity_out_of_range"),
        (line("A", 10_000_000, 100), "quantity_out_of_range"),
        (line("A", 1_000, -1), "amount_out_of_range"),
        (line("A", 1_000, 10**11), "amount_out_of_range"),
        (line("A", 1_000, 100, discounts=(off("amount", -5),)), "discount_out_of_range"),
        (line("A", 1_000, 100, "unheard"), "tax_rate_missing"),
    ],
)
def test_figures_no_till_can_have_made_are_refused(broken, code) -> None:
    whole = Basket("b1", "EUR", OPENED, DAY, (broken,))
    with pytest.raises(Refused) as caught:
        price(whole, rules({"a": 200_000}))
    assert caught.value.code == code


def test_too_many_lines_and_too_much_money_are_refused() -> None:
    store = rules({"a": 0})
    many = Basket("b1", "EUR", OPENED, DAY, (line("A"),) * 5_001)
    with pytest.raises(Refused, match="basket_full"):
        price(many, store)
    dear = Basket("b1", "EUR", OPENED, DAY, (line("A", 9_999_999, 99_999_999_999),) * 2)
    assert 2 * price(basket(line("A", 9_999_999, 99_999_999_999)), store).total > AMOUNT_MAX
    with pytest.raises(Refused, match="amount_out_of_range"):
        price(dear, store)


def test_a_basket_of_a_thousand_lines_adds_up() -> None:
    whole = basket(
        *(line(f"S{n}", 1_000, n * 7 % 997) for n in range(1_000)), off=(off("percent", 777),)
    )
    priced = price(whole, rules({"a": 88_750}, rounding="receipt"))
    assert len(priced.lines) == 1_000
    assert sum(row.total for row in priced.lines) == priced.total
    assert sum(row.tax for row in priced.lines) == priced.tax


def test_an_empty_basket_costs_nothing() -> None:
    priced = price(Basket("b1", "EUR", OPENED, DAY), rules({}))
    assert (priced.total, priced.taxes, priced.lines) == (0, (), ())


def test_rates_change_with_the_day_and_old_days_keep_theirs() -> None:
    rows = (
        TaxRate("a", 190_000, "19 %", "", "2026-06-30"),
        TaxRate("a", 160_000, "16 %", "2026-07-01", "2026-12-31"),
        TaxRate("a", 200_000, "20 %", "2027-01-01"),
        TaxRate("free", 0, "exempt", exempt=True),
    )
    store = TaxRules(rows)
    days = ["2026-06-30", "2026-07-01", "2026-12-31", "2027-01-01"]
    assert [store.rate_on("a", day).rate_ppm for day in days] == [
        190_000, 160_000, 160_000, 200_000,
    ]  # fmt: skip
    assert store.rate_on("free", "1999-01-01").exempt
    with pytest.raises(Refused, match="tax_rate_missing"):
        store.rate_on("b", "2026-07-01")
    with pytest.raises(Refused, match="tax_rate_missing"):
        TaxRules(rows[1:2]).rate_on("a", "2026-06-30")


@given(st.permutations([
    TaxRate("a", 200_000), TaxRate("a", 100_000, valid_to="2026-12-31"),
    TaxRate("a", 70_000, valid_to="2026-12-31"), TaxRate("a", 50_000, valid_to="2027-12-31"),
]))  # fmt: skip
def test_rates_that_overlap_do_not_depend_on_their_order(rows) -> None:
    assert TaxRules(tuple(rows)).rate_on("a", DAY).rate_ppm == 100_000


@given(st.integers(0, 10**12), st.integers(0, 3_000_000), st.booleans())
def test_tax_is_half_up_to_the_unit(amount, rate, included) -> None:
    exact = Fraction(amount * rate, 1_000_000 + (rate if included else 0))
    assert tax_of(amount, rate, included) == half_up(exact)


def test_the_steps_between_prices_never_jump_more_than_a_unit() -> None:
    taxes = [tax_of(amount, 200_000, True) for amount in range(2_000)]
    assert all(0 <= later - sooner <= 1 for sooner, later in pairwise(taxes))
