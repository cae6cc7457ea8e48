"""Labels with weight or price, GS1 goods, and what strangers print, at a real till."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pos_app.domain.barcode import FNC1
from pos_app.domain.errors import PosError, Refused
from pos_app.domain.sale import basket_of, differences, figures_of
from pos_app.till import checkout
from pos_app.till.checkout import add, complete, pay, priced, scan, start
from sync.protocol import PriceRow, ProductRow
from tests.till.offering import CHEESE, HAM, MILK, code_of, deli, labels, line_of, tell
from tests.till.shop import SCARF

# ---- labels


def test_a_label_with_a_weight_by_the_stores_own_pattern(counter) -> None:
    till = counter.till
    deli(till)
    with pytest.raises(Refused, match="unknown_code"):
        scan(till, start(till), "2112345012506")
    labels(till, "21IIIIIWWWWWC")
    for sent in ("2112345012506", "02112345012506"):
        basket, _line = scan(till, start(till), sent)
        line = line_of(basket)
        assert (line.sku, line.qty, line.unit_price) == (CHEESE, 1_250, 2_399)
        assert priced(till, basket).total == 2_999
    with pytest.raises(Refused, match="unknown_code"):
        scan(till, start(till), "2112345012507")  # a wrong check digit is no label
    with pytest.raises(Refused, match="label_times"):
        scan(till, start(till), "2112345012506", 3_000)


def test_a_label_with_a_price_costs_just_that(counter) -> None:
    till = counter.till
    deli(till)
    labels(till, "22IIIIIPPPPPC", "23IIIPPP.PPC")
    basket, line_id = scan(till, start(till), "221234500499" + check("221234500499"))
    line = line_of(basket)
    assert (line.qty, priced(till, basket).total) == (208, 499)
    with pytest.raises(Refused, match="label_fixed"):
        checkout.set_quantity(basket, line_id, 500)
    basket, _line = scan(till, basket, "2377703456" + check("2377703456"))
    assert priced(till, basket).total == 499 + 3_456
    done = complete(till, basket, pay(till, basket, (), "cash", None))
    assert [row.label_price for row in done.sale.lines] == [499, 3_456]
    assert differences(basket_of(done.sale), till.rules, figures_of(done.sale)) == []


def check(payload: str) -> str:
    from pos_app.domain.barcode import check_digit

    return str(check_digit(payload))


def test_two_labels_of_one_price_are_two(counter) -> None:
    till = counter.till
    deli(till)
    labels(till, "23IIIPPP.PPC")
    code = "2377703456" + check("2377703456")
    basket, _line = scan(till, scan(till, start(till), code)[0], code)
    assert (len(basket.lines), priced(till, basket).total) == (2, 2 * 3_456)


def test_a_label_with_a_weight_is_refused_for_pieces(counter) -> None:
    till = counter.till
    deli(till)
    labels(till, "24IIIWWWWWC")
    code = "2477701250"
    tell(till, ("price", [PriceRow(HAM, "retail", "EUR", (("", "", 300, 0),))]))
    with pytest.raises(Refused, match="label_not_weighed"):
        scan(till, start(till), code + check(code))


def test_the_countrys_own_rules_read_labels_too(counter) -> None:
    till = counter.till
    tell(
        till,
        ("product", [ProductRow("C", "Juusto", unit="kg", barcodes=("02388060100006",))]),
        ("price", [PriceRow("C", "retail", "EUR", (("", "", 1_000, 0),))]),
    )
    with pytest.raises(Refused, match="unknown_code"):
        scan(till, start(till), "2388060112344")
    labels(till, locale="fi-FI")
    basket, _line = scan(till, start(till), "2388060112344")
    assert line_of(basket).qty == 1_234


def test_what_is_sold_by_weight_asks_for_it(counter) -> None:
    till = counter.till
    deli(till)
    with pytest.raises(Refused) as caught:
        add(till, start(till), CHEESE)
    assert (code_of(caught), caught.value.facts["name"]) == ("weight_needed", "Mountain cheese")
    basket, _line = add(till, start(till), CHEESE, 350)
    assert priced(till, basket).total == 840


# ---- GS1


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("17261125" + "10AB-1", {"expiry": "2026-11-25", "lot": "AB-1"}),
        ("15261120" + "21XY", {"expiry": "2026-11-20", "serial": "XY"}),
        ("10L1" + FNC1 + "21S9" + FNC1 + "17261231", {"lot": "L1", "serial": "S9"}),
    ],
)
def test_lot_day_and_serial_number_are_kept_to_the_fact(counter, more, found) -> None:
    till = counter.till
    basket, _line = scan(till, start(till), "]d201" + MILK + more)
    line = line_of(basket)
    assert line.sku == SCARF
    for name, value in found.items():
        assert getattr(line, name) == value
    done = complete(till, basket, pay(till, basket, (), "cash", None))
    for name, value in found.items():
        assert getattr(done.sale.lines[0], name) == value


@pytest.mark.parametrize(
    "code",
    [
        "]d201" + MILK + "17261124",
        "01" + MILK + "17261124",  # a reader that says nothing of GS1
        f"(01){MILK}(17)261124",
        f"https://id.gs1.org/01/{MILK}/10/ABC?17=261124",
    ],
)
def test_what_has_expired_is_refused_on_the_business_day(counter, code) -> None:
    till, clock = counter.till, counter.clock
    with pytest.raises(Refused) as caught:
        scan(till, start(till), code)
    assert code_of(caught) == "goods_expired"
    assert caught.value.facts["day"] == "2026-11-24"
    clock.moment = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # 03:00 in Vienna: still the 24th
    counter.till.shift = None
    assert till.business_date() == "2026-11-24"
    basket, _line = scan(till, start(till), code)
    assert line_of(basket).expiry == "2026-11-24"


def test_gs1_weight_and_price(counter) -> None:
    till = counter.till
    key = "02112345000008"
    tell(
        till,
        ("product", [ProductRow("K", "Cheese", unit="kg", barcodes=(key,))]),
        ("price", [PriceRow("K", "retail", "EUR", (("", "", 1_000, 0),))]),
    )
    weighed, _line = scan(till, start(till), f"]C101{key}3103000750")
    assert (line_of(weighed).qty, priced(till, weighed).total) == (750, 750)
    both, _line = scan(till, start(till), f"]C101{key}31030007503922799")
    assert (line_of(both).qty, priced(till, both).total) == (750, 799)
    with pytest.raises(Refused, match="weight_needed"):
        scan(till, start(till), f"]C101{key}10LOT")


def test_one_serial_number_is_there_once(counter) -> None:
    till = counter.till
    code = "]d201" + MILK + "21S9"
    basket, line_id = scan(till, start(till), code)
    with pytest.raises(Refused, match="serial_twice"):
        scan(till, basket, code)
    with pytest.raises(Refused, match="label_fixed"):
        checkout.set_quantity(basket, line_id, 2_000)
    basket, other = scan(till, basket, "]d201" + MILK + "21S10")
    assert other != line_id
    with pytest.raises(Refused, match="label_times"):
        scan(till, basket, "]d201" + MILK + "21S11", 2_000)


_ais = st.sampled_from(["10", "15", "17", "21", "30", "3100", "3103", "3106", "3920", "3922", "01"])
_hostile = st.one_of(
    st.text(max_size=140),
    st.text(alphabet="0123456789", max_size=40),
    st.text(alphabet="2", min_size=1, max_size=2).flatmap(
        lambda first: st.text(alphabet="0123456789", min_size=9, max_size=16).map(first.__add__)
    ),
    st.builds(
        lambda head, parts: head + "01" + MILK + "".join(ai + value for ai, value in parts),
        st.sampled_from(["]d2", "]C1", "", "(01)", "http://x/01/"]),
        st.lists(
            st.tuples(_ais, st.text(alphabet="0123456789AZ-%()\x1d/?=&", max_size=22)), max_size=4
        ),
    ),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_hostile)
@example("2" * 13)
@example("]d201" + MILK + "3922" + "9" * 15)
@example("]d201" + MILK + "30" + "9" * 8)
@example("]d201" + MILK + "17000000")
def test_no_code_of_a_stranger_does_more_than_be_refused(counter_of_deli, raw) -> None:
    till = counter_of_deli
    try:
        basket, line_id = scan(till, start(till), raw)
    except PosError:
        return
    if line_id:
        worth = priced(till, basket)
        assert worth.total >= 0
        line = basket.line(line_id)
        assert 0 < line.qty <= 9_999_999
        assert not line.expiry or line.expiry >= till.business_date() or "15" in raw


@pytest.fixture
def counter_of_deli(counter):
    deli(counter.till)
    labels(counter.till, "21IIIIIWWWWWC", "22IIIIIPPPPPC", "2IIIIVPPPPC", locale="fi-FI")
    return counter.till
