"""Gift cards at tills with their hub: sold, spent anywhere once, given back, never counted as cash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pos_app.domain.errors import PosError
from pos_app.domain.value_code import CARD, CREDIT, ValueCode, account_of, new_code, read_code
from pos_app.play import steps, value_steps
from pos_app.play.hands import Hands
from pos_app.till import checkout, rights, shift, values, void
from sync.hub import right_check
from sync.protocol import CreditGiven, HoldCaptured, HoldVoided, RightUsed, Sale, ValueEarned
from tests.till.valuing import Counter, World, hub_file, worlds


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_file(tmp_path_factory.mktemp("hub"))


@pytest.fixture
def world(template: Path, tmp_path: Path) -> Iterator[World]:
    yield from worlds(template, tmp_path)


def code_of(job: Any) -> ValueCode:
    return read_code(job.receipt["code"])


def sold(counter: Counter, amount: int, code: str = "") -> ValueCode:
    """A card is sold for cash, alone, and its paper is in the queue."""
    till = counter.till
    basket = checkout.start(till)
    basket, _ = values.sell(till, basket, CARD, amount, code)
    payments = checkout.pay(till, basket, (), "cash")
    checkout.complete(till, basket, payments)
    if code:
        return read_code(code)
    return code_of(next(job for job in till.printing.open_jobs() if job.kind == "value"))


def paid(counter: Counter, basket: Any, code: ValueCode, payments: Any = ()) -> Any:
    asked = values.begin(counter.till, basket, payments, code)
    return values.pay_with(counter.till, basket, payments, asked)


def sound(world: World) -> bool:
    """What the journal gives is what the accounts say."""
    return right_check.differences(world.hub) == []


def refused(code: str) -> Any:
    return pytest.raises(PosError, match=f"^{code}")


# --- selling -------------------------------------------------------------------------------------


def test_a_card_that_is_sold_is_money_on_an_account_and_no_turnover(world: World) -> None:
    counter = world.counters[0]
    code = sold(counter, 5_000)
    sale = counter.facts(Sale)[-1]
    earned = counter.facts(ValueEarned)[-1]
    assert (sale.total, sale.tax, sale.lines[0].value) == (5_000, 0, f"card/{account_of(code)}")
    assert (earned.kind, earned.account, earned.amount) == (CARD, account_of(code), 5_000)
    assert (earned.of, earned.currency) == (sale.id, "EUR")
    totals = counter.till.view.shift_totals(counter.till.need_shift().shift_id)
    assert (totals.total, totals.values, totals.tenders["cash"]) == (0, 5_000, 5_000)
    counter.deliver()
    assert world.exceptions() == []
    assert (world.free(CARD, account_of(code)), sound(world)) == (0, True)
    assert values.settle_booked(counter.till) == 1, "the hub has it: everybody may spend it"
    sold(counter, 1_000)
    assert values.settle_booked(counter.till) == 0, "not this one yet"
    counter.deliver()
    assert world.free(CARD, account_of(code)) == 5_000


def test_a_card_that_is_scanned_gets_the_money_and_needs_no_paper(world: World) -> None:
    counter, code = world.counters[0], new_code(CARD)
    assert sold(counter, 2_000, code.typed.lower()) == code
    assert [job.kind for job in counter.till.printing.open_jobs()] == ["receipt"]
    assert counter.facts(Sale)[-1].lines[0].variant == code.last4


@pytest.mark.parametrize(
    ("amount", "code"),
    [(0, "amount_out_of_range"), (-500, "amount_out_of_range"), (1 << 60, "amount_out_of_range")],
)
def test_strange_amounts_are_refused(world: World, amount: int, code: str) -> None:
    till = world.counters[0].till
    with refused(code):
        values.sell(till, checkout.start(till), CARD, amount)


def test_more_than_the_role_may_sell_needs_somebody(world: World) -> None:
    till = world.counters[0].till
    basket, _ = values.sell(till, checkout.start(till), CARD, 20_000)
    with refused("needs_manager"):
        values.sell(till, basket, CARD, 20_001)


def test_a_card_is_in_a_sale_once_and_has_no_discount(world: World) -> None:
    till, code = world.counters[0].till, new_code(CARD)
    basket, line = values.sell(till, checkout.start(till), CARD, 1_000, code.qr)
    with refused("value_in_sale"):
        values.sell(till, basket, CARD, 1_000, code.qr)
    with refused("value_line_fixed"):
        checkout.set_quantity(basket, line, 2_000)


# --- paying --------------------------------------------------------------------------------------


def test_a_card_pays_what_is_on_it_and_the_rest_is_paid_otherwise(world: World) -> None:
    one, two = world.counters
    code = world.issued(1_500)
    basket = one.basket()
    payments = paid(one, basket, code)
    assert (payments[0].amount, payments[0].left, payments[0].last4) == (1_500, 0, code.last4)
    with refused("value_nothing_on_it"):
        paid(two, two.basket(), code)
    payments = checkout.pay(one.till, basket, payments, "cash")
    checkout.complete(one.till, basket, payments)
    one.deliver()
    assert (world.free(CARD, account_of(code)), world.exceptions()) == (0, [])
    captured = one.facts(HoldCaptured)[-1]
    assert (captured.amount, captured.of) == (1_500, one.facts(Sale)[-1].id)
    assert sound(world)


def test_what_is_left_stays_on_it(world: World) -> None:
    one, two = world.counters
    code = world.issued(10_000)
    basket = one.basket()
    payments = paid(one, basket, code)
    assert (payments[0].amount, payments[0].left) == (1_995, 8_005)
    checkout.complete(one.till, basket, payments)
    other = two.basket()
    assert paid(two, other, code)[0].left == 8_005 - 1_995
    one.deliver()
    assert world.free(CARD, account_of(code)) == 8_005 - 1_995


def test_two_tills_share_a_card_to_the_cent_and_no_further(world: World) -> None:
    one, two = world.counters
    code = world.issued(3_000)
    first, second = one.basket(), two.basket()
    payments = [paid(one, first, code), paid(two, second, code)]
    assert [each[0].amount for each in payments] == [1_995, 1_005]
    checkout.complete(one.till, first, payments[0])
    rest = checkout.pay(two.till, second, payments[1], "cash")
    checkout.complete(two.till, second, rest)
    for counter in world.counters:
        counter.deliver()
    assert (world.free(CARD, account_of(code)), world.exceptions()) == (0, [])


def test_a_payment_taken_back_lets_the_money_go(world: World) -> None:
    one, two = world.counters
    code = world.issued(1_000)
    payments = paid(one, one.basket(), code)
    assert values.take_back(one.till, payments, 0) == ()
    with refused("payment_is_held"):
        checkout.take_back(payments, 0)
    one.deliver()
    assert paid(two, two.basket(), code)[0].amount == 1_000


def test_the_same_card_twice_in_one_sale(world: World) -> None:
    one = world.counters[0]
    code = world.issued(1_000)
    basket = one.basket()
    payments = paid(one, basket, code)
    with refused("value_nothing_on_it"):
        paid(one, basket, code, payments)


def test_cards_do_not_pay_for_cards(world: World) -> None:
    one = world.counters[0]
    code = world.issued(9_000)
    basket, _ = values.sell(one.till, one.basket(), CARD, 2_000)
    payments = paid(one, basket, code)
    assert payments[0].amount == 1_995, "only the scarf"
    with refused("value_pays_value"):
        values.begin(one.till, basket, payments, code)


def test_another_currency_is_refused_as_if_nothing_were_there(world: World) -> None:
    one = world.counters[0]
    code = world.issued(5_000, currency="CHF")
    with refused("value_nothing_on_it"):
        paid(one, one.basket(), code)


def test_a_customers_credit_pays_in_one_step(world: World) -> None:
    one = world.counters[0]
    one.swap("mia")
    given = values.give_credit(one.till, "c-7781", "", 1_200, reason="late parcel")
    assert (given.customer, one.facts(CreditGiven)[-1].reason) == ("c-7781", "late parcel")
    one.deliver()
    values.settle_booked(one.till)
    one.deliver()
    basket = one.basket()
    asked = values.begin_account(one.till, basket, (), CREDIT, "c-7781")
    payments = values.pay_with(one.till, basket, (), asked)
    assert (payments[0].tender, payments[0].amount) == ("credit", 1_200)
    assert world.exceptions() == []


def test_credit_by_hand_has_limits_a_reason_and_needs_the_hub(world: World) -> None:
    one = world.counters[0]
    with refused("not_allowed"):
        values.give_credit(one.till, "c-1", "", 500, reason="nice")
    one.swap("mia")
    with refused("reason_missing"):
        values.give_credit(one.till, "c-1", "", 500, reason="")
    with refused("needs_manager"):
        values.give_credit(one.till, "c-1", "", 5_001, reason="nice")
    one.line.connected = False
    with refused("needs_hub"):
        values.give_credit(one.till, "c-1", "", 500, reason="nice")


# --- without the hub -----------------------------------------------------------------------------


def test_offline_a_card_is_spent_where_it_was_sold_and_nowhere_else(world: World) -> None:
    one, two = world.counters
    one.line.connected = two.line.connected = False
    code = sold(one, 3_000)
    with refused("value_needs_hub"):
        values.begin(two.till, two.basket(), (), code)
    basket = one.basket()
    payments = paid(one, basket, code)
    assert (payments[0].amount, payments[0].left) == (1_995, 1_005)
    checkout.complete(one.till, basket, payments)
    assert one.facts(RightUsed)[-1].amount == 1_995
    one.line.connected = two.line.connected = True
    one.deliver()
    values.settle_booked(one.till)
    one.deliver()
    assert (world.free(CARD, account_of(code)), world.exceptions()) == (1_005, [])
    assert paid(two, two.basket(), code)[0].amount == 1_005


def test_offline_a_grant_is_spent_up_to_what_it_is(world: World) -> None:
    one = world.counters[0]
    code = world.issued(1_000)
    rights.grant(one.till, CARD, account_of(code), 700)
    one.line.connected = False
    basket = one.basket()
    payments = paid(one, basket, code)
    assert payments[0].amount == 700
    payments = checkout.pay(one.till, basket, payments, "cash")
    checkout.complete(one.till, basket, payments)
    one.line.connected = True
    one.deliver()
    assert (world.free(CARD, account_of(code)), world.exceptions()) == (300, [])


def test_balance_says_what_is_known(world: World) -> None:
    one = world.counters[0]
    code = world.issued(4_200)
    told = values.balance(one.till, code, values.ask_balance(one.till, code))
    assert (told.state, told.found, told.amount, told.currency) == ("answered", True, 4_200, "EUR")
    nobody = new_code(CARD)
    told = values.balance(one.till, nobody, values.ask_balance(one.till, nobody))
    assert (told.state, told.found, told.amount) == ("answered", False, 0)
    one.line.connected = False
    own = sold(one, 2_500)
    told = values.balance(one.till, own, values.ask_balance(one.till, own))
    assert (told.state, told.found, told.here) == ("unanswered", True, 2_500)
    told = values.balance(one.till, code, values.ask_balance(one.till, code))
    assert (told.state, told.found, told.here) == ("unanswered", False, 0)


# --- when something breaks -----------------------------------------------------------------------


def test_a_hold_whose_payment_was_never_kept_is_let_go_at_the_next_start(world: World) -> None:
    one, two = world.counters
    code = world.issued(1_000)
    paid(one, one.basket(), code)
    one.reopen()
    assert values.release_left(one.till, ()) == 1
    one.deliver()
    assert one.facts(HoldVoided)[-1].reason == "sale_over"
    assert paid(two, two.basket(), code)[0].amount == 1_000


def test_a_kept_payment_goes_on_after_a_start_and_is_over_after_a_reboot(world: World) -> None:
    one = world.counters[0]
    code = world.issued(1_000)
    basket = one.basket()
    payments = paid(one, basket, code)
    checkout.keep(one.till, basket, payments)
    one.reopen()
    kept = checkout.restored(one.till)
    assert kept is not None
    assert kept[1] == payments
    assert values.release_left(one.till, kept[1]) == 0
    assert values.still_good(one.till, kept[1]) == payments
    one.reopen(boot="boot-2")
    assert values.still_good(one.till, payments) == ()


def test_a_hold_whose_answer_is_lost_is_given_up_and_free_again(world: World) -> None:
    one, two = world.counters
    code = world.issued(1_000)
    one.instant = False
    asked = values.begin(one.till, one.basket(), (), code)
    one.answer(lost=True)
    assert values.standing(one.till, asked)[0] == "waiting"
    values.give_up(one.till, asked)
    assert paid_is_refused(two, code)
    one.deliver()
    assert paid(two, two.basket(), code)[0].amount == 1_000


def paid_is_refused(counter: Counter, code: ValueCode) -> bool:
    with refused("value_nothing_on_it"):
        paid(counter, counter.basket(), code)
    return True


def test_a_sale_that_is_taken_back_puts_the_money_back_on_the_card(world: World) -> None:
    one = world.counters[0]
    code = world.issued(5_000)
    basket = one.basket()
    done = checkout.complete(one.till, basket, paid(one, basket, code))
    one.swap("mia")
    void.void_sale(one.till, done.sale.id, "wrong")
    one.deliver()
    values.settle_booked(one.till)
    one.deliver()
    assert (world.free(CARD, account_of(code)), world.exceptions()) == (5_000, [])


def test_a_card_that_was_sold_by_mistake_is_worth_nothing_after_it_was_taken_back(
    world: World,
) -> None:
    one = world.counters[0]
    code = sold(one, 5_000)
    one.swap("mia")
    void.void_sale(one.till, one.facts(Sale)[-1].id, "wrong")
    one.deliver()
    assert (world.free(CARD, account_of(code)), world.exceptions()) == (0, [])
    assert sound(world)


# --- papers --------------------------------------------------------------------------------------


def test_the_z_has_what_was_sold_and_redeemed_and_the_drawer_does_not(world: World) -> None:
    one = world.counters[0]
    sold(one, 5_000)
    code = world.issued(1_995)
    basket = one.basket()
    checkout.complete(one.till, basket, paid(one, basket, code))
    one.swap("mia")
    closed = shift.close_shift(one.till, {"cash": 25_000}, reason="")
    z = closed.z
    assert (z.total, z.values) == (1_995, 5_000)
    told = {row.tender: row.expected for row in z.tenders}
    assert told == {"cash": 25_000, "gift_card": 1_995}
    one.deliver()
    assert world.exceptions() == []


def test_the_code_is_on_the_paper_and_nowhere_else(world: World) -> None:
    one = world.counters[0]
    code = sold(one, 5_000)
    while one.till.printing.run_once() is not None:
        pass
    assert any(code.code in str(document) for document in one.printer.documents)
    one.deliver()
    for source in (one.till.ledger.connection, world.hub):
        assert code.code not in everything(source)


def everything(source: Any) -> str:
    """All rows of all tables of a database, as text."""
    run = source.execute if hasattr(source, "execute") else source.text
    names = [row[0] for row in run("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = []
    for name in names:
        for row in run(f"SELECT * FROM {name}"):
            found += [
                cell.decode("latin-1") if isinstance(cell, bytes) else str(cell) for cell in row
            ]
    return "\n".join(found)


def test_a_receipt_shows_the_card_masked(world: World) -> None:
    one = world.counters[0]
    code = world.issued(5_000)
    basket = one.basket()
    checkout.complete(one.till, basket, paid(one, basket, code))
    job = one.till.printing.open_jobs()[0]
    text = str(one.till.printing.receipt_of(job))
    assert code.last4 in text
    assert code.code not in text


def test_a_till_without_a_printer_makes_no_card(world: World) -> None:
    one = world.counters[0]
    one.till.devices = replace(one.till.devices, printer=None)
    with refused("no_printer"):
        values.sell(one.till, checkout.start(one.till), CARD, 1_000)


def test_training_touches_no_card(world: World) -> None:
    from pos_app.till import training

    one = world.counters[0]
    code = world.issued(5_000)
    one.swap("mia")
    training.begin(one.till, "new colleague")
    shift.open_shift(one.till, 0)
    with refused("value_needs_hub"):
        values.begin(one.till, one.basket(), (), code)


# --- a play ---------------------------------------------------------------------------------------


def test_a_play_sells_a_card_looks_at_it_and_pays_with_it(world: World) -> None:
    one = world.counters[0]
    hands = Hands(one.till)
    told = [
        hands.does(step)
        for step in (
            value_steps.SellCard(amount=Decimal("50.00"), name="gift"),
            steps.Pay(tender="cash"),
        )
    ]
    assert told[0] is not None
    assert told[0]["total"] == 5_000
    one.deliver()
    for step in (
        value_steps.WaitFree(),
        value_steps.CardBalance(name="gift", amount=Decimal(0)),
    ):
        hands.does(step)
    one.deliver()
    hands.does(value_steps.CardBalance(name="gift", amount=Decimal("50.00")))
    hands.does(steps.Add(sku="SCARF"))
    paid = hands.does(value_steps.PayByCard(name="gift"))
    assert paid is not None
    assert paid["paid"] == 1_995
    one.swap("mia")
    given = hands.does(
        value_steps.GiveCredit(account="c-1", amount=Decimal("5.00"), reason="late parcel")
    )
    assert given == {"account": "c-1", "amount": 500}
