"""Paying: split, change, coins, and the amounts nobody can have meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.errors import Refused
from pos_app.domain.money import cash_step
from pos_app.domain.tender import PAYMENTS_MAX, TENDERS, Payment, pay, settle, tender_of

CURRENCIES = ["EUR", "CHF", "SEK", "DKK", "JPY", "KWD"]


def code_of(*args, reference: str = "", currency: str = "EUR") -> str:
    with pytest.raises(Refused) as caught:
        pay(*args, reference, currency)
    return caught.value.code


def test_the_table_of_tenders_is_whole() -> None:
    assert set(TENDERS) == {"cash", "card", "gift_card", "credit", "exchange", "shop"}
    assert {code for code, one in TENDERS.items() if not one.offered} == {"exchange", "shop"}
    for code, tender in TENDERS.items():
        assert tender.code == code
        assert tender.kind in ("cash", "card", "value", "exchange", "shop")
    keys = [tender.key for tender in TENDERS.values() if tender.key]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("currency", "total", "given", "payment", "rounding"),
    [
        ("EUR", 1_920, 5_000, Payment("cash", 1_920, 5_000, 3_080), 0),
        ("EUR", 1_920, None, Payment("cash", 1_920, 1_920, 0), 0),
        ("EUR", 1_920, 1_920, Payment("cash", 1_920, 1_920, 0), 0),
        ("CHF", 1_233, 2_000, Payment("cash", 1_235, 2_000, 765), 2),
        ("CHF", 1_232, 2_000, Payment("cash", 1_230, 2_000, 770), -2),
        ("CHF", 2, None, Payment("cash", 0, 0, 0), -2),
        ("CHF", 2, 100, Payment("cash", 0, 100, 100), -2),
        ("SEK", 9_950, 10_000, Payment("cash", 10_000, 10_000, 0), 50),
        ("SEK", 9_949, 10_000, Payment("cash", 9_900, 10_000, 100), -49),
        ("DKK", 1_025, 2_000, Payment("cash", 1_050, 2_000, 950), 25),
        ("JPY", 1_987, 2_000, Payment("cash", 1_987, 2_000, 13), 0),
        ("KWD", 1_318, 5_000, Payment("cash", 1_318, 5_000, 3_682), 0),
    ],
)
def test_cash_gives_change_and_is_rounded_to_coins(
    currency, total, given, payment, rounding
) -> None:
    payments = pay(total, (), "cash", given, "", currency)
    assert payments == (payment,)
    standing = settle(total, payments, currency)
    assert standing.complete
    assert (standing.rounding, standing.payable) == (rounding, total + rounding)
    assert (standing.due, standing.due_cash) == (0, 0)
    assert standing.change == payment.change


def test_the_card_takes_the_exact_amount_whatever_the_coins() -> None:
    payments = pay(1_233, (), "card", None, "slip 7", "CHF")
    assert payments == (Payment("card", 1_233, 0, 0, "slip 7"),)
    assert settle(1_233, payments, "CHF").rounding == 0


def test_only_the_cash_part_of_a_split_is_rounded() -> None:
    card_first = pay(1_233, (), "card", 500, "", "CHF")
    standing = settle(1_233, card_first, "CHF")
    assert (standing.due, standing.due_cash, standing.complete) == (733, 735, False)
    both = pay(1_233, card_first, "cash", 1_000, "", "CHF")
    assert both[1] == Payment("cash", 735, 1_000, 265)
    assert settle(1_233, both, "CHF").payable == 1_235

    cash_first = pay(1_233, (), "cash", 500, "", "CHF")
    assert settle(1_233, cash_first, "CHF").due == 733
    both = pay(1_233, cash_first, "card", None, "", "CHF")
    assert both[1].amount == 733
    assert settle(1_233, both, "CHF").rounding == 0


def test_nothing_is_due_for_nothing() -> None:
    assert settle(0, (), "EUR").complete
    assert code_of(0, (), "cash", 100) == "already_paid"


@pytest.mark.parametrize(
    ("tender", "given", "code"),
    [
        ("card", 1_001, "overpaid"),
        ("card", 0, "amount_out_of_range"),
        ("card", -1, "amount_out_of_range"),
        ("cash", 0, "amount_out_of_range"),
        ("cash", -500, "amount_out_of_range"),
        ("cash", 4_006_381_333_931, "amount_out_of_range"),  # a code scanned into the amount
        ("card", 4_006_381_333_931, "overpaid"),
        ("cash", 10**16, "amount_out_of_range"),
        ("cash", 10.0, "amount_out_of_range"),
        ("cash", True, "amount_out_of_range"),
        ("voucher", 100, "tender_unknown"),
        ("", 100, "tender_unknown"),
    ],
)
def test_amounts_nobody_can_have_meant_are_refused(tender, given, code) -> None:
    assert code_of(1_000, (), tender, given) == code


def test_cash_that_no_coins_make_is_refused() -> None:
    assert code_of(1_233, (), "cash", 1_001, currency="CHF") == "cash_step"
    assert code_of(9_950, (), "cash", 50, currency="SEK") == "cash_step"


def test_a_paid_sale_takes_no_more_and_a_sale_takes_twenty_payments() -> None:
    assert code_of(100, pay(100, (), "card", None, "", "EUR"), "cash", 5) == "already_paid"
    payments: tuple[Payment, ...] = ()
    for _ in range(PAYMENTS_MAX):
        payments = pay(10_000, payments, "card", 1, "", "EUR")
    assert code_of(10_000, payments, "card", 1) == "too_many_payments"


@pytest.mark.parametrize(
    "reference", ["4111 1111 1111 1111", "4111-1111-1111-1111", "5500005555555559"]
)
def test_a_card_number_is_no_reference(reference) -> None:
    assert code_of(100, (), "card", None, reference=reference) == "reference_is_card_number"


def test_references_are_kept_plain_and_short() -> None:
    (payment,) = pay(100, (), "card", None, "  slip\x1b[2J\n 77 " + "x" * 100, "EUR")
    assert payment.reference.startswith("slip[2J 77 xxx")
    assert len(payment.reference) <= 64
    with pytest.raises(Refused, match="tender_unknown"):
        tender_of("points")


@given(
    st.integers(1, 10**7), st.sampled_from(CURRENCIES),
    st.lists(st.tuples(st.sampled_from(["cash", "card"]), st.integers(1, 10**7)), max_size=6),
)  # fmt: skip
def test_whatever_is_handed_over_the_sums_agree(total, currency, handed) -> None:
    payments: tuple[Payment, ...] = ()
    step = cash_step(currency)
    for tender, given_now in handed:
        before = settle(total, payments, currency)
        if before.complete:
            break
        try:
            payments = pay(total, payments, tender, given_now, "", currency)
        except Refused:
            assert settle(total, payments, currency) == before
            continue
        last = payments[-1]
        assert last.amount >= 0
        assert last.given == (last.amount + last.change if tender == "cash" else 0)
    if not settle(total, payments, currency).complete:
        payments = pay(total, payments, "cash", None, "", currency)
    done = settle(total, payments, currency)
    assert done.complete
    assert done.payable == total + done.rounding == sum(payment.amount for payment in payments)
    assert 2 * abs(done.rounding) <= step
    assert done.rounding == 0 or any(payment.tender == "cash" for payment in payments)
    cash = [payment for payment in payments if payment.tender == "cash"]
    assert all((each.amount % step, each.change % step) == (0, 0) for each in cash)


@given(st.integers(1, 10**7), st.sampled_from(CURRENCIES))
def test_money_back_settles_as_money_in(total, currency) -> None:
    there = settle(total, pay(total, (), "cash", None, "", currency), currency)
    back = settle(-total, pay(-total, (), "cash", None, "", currency), currency)
    assert (back.payable, back.rounding) == (-there.payable, -there.rounding)
