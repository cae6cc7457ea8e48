"""The quick check of a sale's figures beside the whole one: it never passes what that would not."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_app.domain.basket import Basket, Discount, DiscountKind, Line
from pos_app.domain.sale import basket_of, differences, figures_of
from sync.hub.checks import DETAIL_MAX, Checker, told
from sync.protocol import EnrolReply, Sale
from tests.hub.journals import DAY, RULES, Journal, sale_of

OWN = EnrolReply("device", "active", "", "1", "1", 1, "00" * 16)
KEY = Ed25519PrivateKey.generate()


def journal() -> Journal:
    return Journal(KEY, OWN, rnd=random.Random(3), now=dt.datetime(2026, 11, 25, tzinfo=dt.UTC))


LINES = st.lists(
    st.tuples(
        st.integers(1, 9_999),
        st.integers(0, 99_999),
        st.sampled_from(["standard", "reduced"]),
        st.sampled_from([(), (Discount(DiscountKind.PERCENT, 500, "r", "1"),)]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(lines=LINES, data=st.data())
def test_what_the_quick_check_passes_the_whole_one_passes(lines: Any, data: Any) -> None:
    basket = Basket(
        "b",
        "EUR",
        "2026-11-25T09:00:00.000Z",
        DAY,
        tuple(
            Line(place, f"S{place}", f"L{place}", qty, amount, tax, discounts=cuts)
            for place, (qty, amount, tax, cuts) in enumerate(lines, 1)
        ),
    )
    sale = sale_of(journal(), basket)
    checker = Checker(RULES)
    assert checker.sale(sale) == []
    if all(not cuts for *_, cuts in lines):
        assert checker.plainly_right(sale)
    wrong = _changed(sale, data)
    whole = differences(basket_of(wrong), RULES, figures_of(wrong))
    if checker.plainly_right(wrong):
        assert whole == []
    assert bool(checker.sale(wrong)) == bool(whole)


def _changed(sale: Sale, data: Any) -> Sale:
    """A sale with one of its figures off by a little."""
    by = data.draw(st.sampled_from([-1, 1, 100, -1_000_000]))
    kinds = ["sale", "line", "tax", "shifted", *(["payment"] if sale.payments else [])]
    where = data.draw(st.sampled_from(kinds))
    if where == "shifted":
        return _shifted(sale, by)
    rows: dict[str, tuple[str, list[Any], list[str]]] = {
        "line": (
            "lines",
            sale.lines,
            ["qty", "unit_price", "gross", "total", "net", "tax", "rate_ppm", "basket_disc"],
        ),
        "tax": ("taxes", sale.taxes, ["rate_ppm", "net", "tax", "gross"]),
        "payment": ("payments", sale.payments, ["amount", "given", "change"]),
    }
    if where == "sale":
        name = data.draw(
            st.sampled_from(
                ["gross", "discount", "net", "tax", "total", "payable", "rounding", "change"]
            )
        )
        return msgspec.structs.replace(sale, **{name: getattr(sale, name) + by})
    field, found, names = rows[where]
    place = data.draw(st.integers(0, len(found) - 1))
    name = data.draw(st.sampled_from(names))
    new = msgspec.structs.replace(found[place], **{name: getattr(found[place], name) + by})
    return msgspec.structs.replace(sale, **{field: [*found[:place], new, *found[place + 1 :]]})


def _shifted(sale: Sale, by: int) -> Sale:
    """Net and tax of one line moved, and every sum with them: only the line itself is wrong."""
    moved = msgspec.structs.replace
    line = sale.lines[0]
    lines = [moved(line, net=line.net - by, tax=line.tax + by), *sale.lines[1:]]
    taxes = [
        moved(row, net=row.net - by, tax=row.tax + by) if row.code == line.tax_code else row
        for row in sale.taxes
    ]
    return moved(sale, lines=lines, taxes=taxes, net=sale.net - by, tax=sale.tax + by)


def test_a_rate_the_store_never_had_is_told() -> None:
    one = journal().sale()
    lines = [msgspec.structs.replace(line, tax_code="luxury") for line in one.lines]
    assert any(
        "no such code" in text
        for text in Checker(RULES).sale(msgspec.structs.replace(one, lines=lines))
    )


def test_many_differences_are_counted_not_listed() -> None:
    text = told([f"d{number}" for number in range(DETAIL_MAX + 3)])
    assert text.endswith("; and 3 more")
