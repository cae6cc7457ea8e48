"""Paying on a card terminal in the real window: every answer, every silence, every power cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest

from hardware.devices import CardAnswer, CardResult
from pos_app.domain.errors import Uncertain
from pos_app.till import card, checkout, void
from tests.ui.card_counter import Counter, Opened, until, words
from tests.ui.shop import CASHIER, MANAGER

CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def test_three_scans_and_f11_are_a_sale(window_of: Opened, data: Path, codes: list[str]) -> None:
    counter = Counter(window_of, data)
    for code in codes[:3]:
        counter.hand.scan(code)
    counter.hand.key(Qt.Key.Key_F11)
    assert counter.hand.actions == 4
    assert counter.window.place == "sell"
    (sale,) = counter.sales()
    (payment,) = sale.payments
    assert counter.charged() == [payment.amount] == [sale.payable]
    assert payment.ref == "1-2-1.P1"
    assert (len(payment.auth), len(payment.last4), payment.terminal) == (6, 4, "T-1")
    assert counter.till.ledger.attempts() == [], "the sale's commit took the attempt away"
    counter.hand.scan(codes[4])
    assert counter.window.selling.open


def test_everything_is_locked_until_the_terminal_answers(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data, "hold")
    hand, window = counter.hand, counter.window
    hand.scan(codes[0])
    counter.press(Qt.Key.Key_F11, "waiting")
    until(lambda: "Terminal shows" in words(counter))
    work, state = window.screens.pay_work, window.paying.state
    assert state.second == "Waiting"
    enabled = [code for code, tile in work.tenders.items() if tile.isEnabled()]
    assert enabled == ["card"]
    assert not work.back.isEnabled()
    assert work.locked.text() == "Locked until the terminal answers"
    assert not window.screens.cart.finish.isEnabled()
    for act in ("back", "cash", "card", "finish", "tender_cash", "sell", "lock", "park", "shift"):
        window.acts.do(act)
    hand.pause()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_F12)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Escape)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_L, CTRL)
    QCoreApplication.processEvents()
    hand.clock.go(10_000)  # nobody touches it: the lock waits
    window.tick()
    assert window.place == "pay"
    assert counter.phase == "waiting"
    (attempt,) = counter.till.ledger.attempts()
    assert attempt.running
    counter.terminal.machine.customer_pays()
    hand.settle()
    assert window.place == "sell"
    assert len(counter.sales()) == len(counter.charged()) == 1


def test_del_cancels_on_the_terminal(window_of: Opened, data: Path, codes: list[str]) -> None:
    counter = Counter(window_of, data, "hold")
    counter.hand.scan(codes[0])
    counter.press(Qt.Key.Key_F11, "waiting")
    until(lambda: counter.terminal.machine.waiting)
    counter.press(Qt.Key.Key_Delete, "cancelled")
    assert "Nothing was charged" in words(counter)
    assert counter.charged() == []
    counter.hand.key(Qt.Key.Key_F10)
    assert counter.sales()[0].payments[0].tender == "cash"


def test_declined_or_unplugged_opens_the_other_ways(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data, {"do": "decline", "reason": "funds"})
    counter.hand.scan(codes[0])
    counter.hand.key(Qt.Key.Key_F11)
    assert counter.phase == "declined"
    assert "Card declined. Nothing was charged. Not enough on the card." in words(counter)
    assert all(tile.isEnabled() for tile in counter.window.screens.pay_work.tenders.values())
    counter.terminal.unplugged = True
    counter.do("card_again")
    assert "Terminal not connected. Cash still works." in words(counter)
    assert counter.window.screens.pay_work.card_wait.buttons[0].text() == "Try again"
    counter.terminal.unplugged = False
    counter.do("card_again")
    assert len(counter.sales()) == len(counter.charged()) == 1


@pytest.mark.parametrize(
    ("entry", "sold"),
    [
        ("silent", True),
        ({"do": "silent", "charged": False}, False),
        ("garbage", True),
    ],
)
def test_no_answer_is_asked_before_anything_is_charged_again(
    window_of: Opened, data: Path, codes: list[str], entry: Any, sold: bool
) -> None:
    counter = Counter(window_of, data, entry)
    counter.hand.scan(codes[0])
    counter.hand.key(Qt.Key.Key_F11)
    assert counter.phase == "checking"
    assert "Checking before you charge again" in words(counter)
    counter.hand.key(Qt.Key.Key_F12)
    counter.hand.key(Qt.Key.Key_F10)
    assert counter.sales() == []
    counter.tick(1)
    assert len(counter.sales()) == len(counter.charged()) == int(sold)
    assert counter.phase == ("" if sold else "never")
    if not sold:
        assert "Not charged. Try again or another way." in words(counter)


def test_five_asks_in_a_minute_and_after_two_the_sale_can_be_put_aside(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data, {"do": "silent", "asks": 12})
    machine, window = counter.terminal.machine, counter.window
    counter.hand.scan(codes[0])
    counter.hand.key(Qt.Key.Key_F11)
    asked = []
    for second in range(60):
        counter.tick(1 if second else 0)
        asked.append(12 - machine.deaf)
    assert asked[-1] == 5
    assert "Try 5 of 5" in words(counter)
    counter.do("card_keep")
    assert window.selling.open, "not yet: it is only asked"
    for _second in range(61):
        counter.tick(1)
    assert counter.phase == "open"
    assert window.screens.pay_work.card_wait.buttons[2].isVisible()
    counter.do("card_keep")
    assert window.place == "sell"
    assert not window.selling.open
    (row,) = counter.till.ledger.parked()
    assert row.label == "Payment unknown \u00b7 P-1"
    rows = [each.title for each in window.connection.state.attention]
    assert any("Payment unknown" in title and "P-1" in title for title in rows)
    counter.hand.scan(codes[1])  # the next customer
    counter.hand.key(Qt.Key.Key_F10)
    assert len(counter.sales()) == 1
    machine.deaf = 0
    for _time in range(2):
        counter.tick(31)
    assert len(counter.sales()) == 2, "it settled itself"
    assert counter.charged() == [
        payment.amount
        for sale in counter.sales()
        for payment in sale.payments
        if payment.tender == "card"
    ]
    assert counter.till.ledger.parked() == []
    assert counter.till.ledger.attempts() == []
    assert not window.connection.state.attention


def kept_open(counter: Counter, code: str) -> None:
    counter.hand.scan(code)
    counter.hand.key(Qt.Key.Key_F11)
    counter.tick(0)
    counter.tick(121)
    counter.do("card_keep")
    assert not counter.window.selling.open


def test_what_was_kept_open_and_not_charged_is_a_parked_sale(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data, {"do": "silent", "charged": False, "asks": 99})
    kept_open(counter, codes[0])
    counter.terminal.machine.deaf = 0
    counter.tick(31)
    (row,) = counter.till.ledger.parked()
    assert row.label == "Not charged \u00b7 P-1"
    counter.window.parked.recall(row.park_id)
    counter.hand.settle()
    counter.hand.key(Qt.Key.Key_F10)
    assert counter.sales()[0].payments[0].tender == "cash"
    assert counter.charged() == []


def test_what_was_kept_open_can_be_looked_at_and_settled_by_hand(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data, {"do": "silent", "asks": 99})
    kept_open(counter, codes[0])
    counter.do("card_look_1")
    assert counter.window.place == "pay"
    assert counter.phase == "checking"
    counter.do("card_says_approved")
    slip = counter.window.screens.pay_work.card_wait.number.edit
    assert slip.isVisible()
    slip.setText("004711")
    counter.hand.key(Qt.Key.Key_Return)
    (sale,) = counter.sales()
    assert sale.payments[0].ref == "1-2-1.P1 004711"
    assert not sale.payments[0].terminal, "typed, not said by the terminal"
    assert counter.till.ledger.attempts(), "the terminal has not said so yet"
    counter.terminal.machine.deaf = 0
    counter.tick(31)
    assert counter.till.ledger.attempts() == []


def test_a_slip_read_wrongly_is_found_and_given_back_by_a_person(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data, {"do": "silent", "asks": 99})
    counter.hand.scan(codes[0])
    counter.hand.key(Qt.Key.Key_F11)
    counter.tick(0)
    counter.do("card_says_declined")
    counter.window.cards.by_hand("0815")
    counter.hand.settle()
    counter.hand.key(Qt.Key.Key_F10)
    assert counter.sales()[0].payments[0].tender == "cash"
    assert len(counter.charged()) == 1, "and charged on the terminal all the same"
    counter.terminal.machine.deaf = 0
    counter.tick(31)
    counter.tick(31)
    (row,) = counter.window.connection.state.attention
    assert "no sale has it" in row.title
    assert len(counter.charged()) == 1, "nothing goes back by itself"
    counter.do(row.actions[0][0])
    assert counter.charged() == []
    assert counter.till.ledger.attempts() == []
    assert not counter.window.connection.state.attention


def test_a_part_by_card_and_the_rest_in_cash(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data)
    counter.hand.scan(codes[0])
    counter.hand.key(Qt.Key.Key_F12)
    counter.do("tender_card")
    counter.hand.type("2")
    counter.hand.key(Qt.Key.Key_F12)
    assert counter.charged() == [200]
    assert counter.window.place == "pay"
    counter.hand.key(Qt.Key.Key_F10)
    assert [each.tender for each in counter.sales()[0].payments] == ["card", "cash"]


def test_a_card_part_taken_out_goes_back_on_the_terminal_or_stays(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data, "approve", "decline")
    counter.hand.scan(codes[0])
    counter.hand.key(Qt.Key.Key_F12)
    counter.do("tender_card")
    counter.hand.type("2")
    counter.hand.key(Qt.Key.Key_F12)
    counter.do("take_back_0")
    assert "The payment stays in this sale" in words(counter)
    assert [each.amount for each in counter.window.selling.payments] == [200]
    counter.do("take_back_0")
    assert counter.charged() == []
    assert counter.window.selling.payments == ()
    counter.do("back")
    assert counter.window.place == "sell"


def test_a_void_goes_back_on_the_terminal_by_itself(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data, "approve", "decline", "approve")
    counter.hand.scan(codes[0])
    counter.hand.key(Qt.Key.Key_F11)
    (sale,) = counter.sales()
    counter.till.person = counter.till.staff[MANAGER]
    counter.window.run("ledger", lambda: void.void_sale(counter.till, sale.id, "Wrong size"))
    counter.hand.settle()
    counter.tick(1)
    (row,) = counter.window.connection.state.attention
    assert "did not give" in row.title
    assert len(counter.charged()) == 1
    counter.do(row.actions[0][0])
    counter.tick(1)
    assert counter.charged() == []
    assert not counter.window.connection.state.attention


def test_partial_approval_leaves_the_rest_to_pay(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data, {"do": "partial", "amount": 300})
    counter.hand.scan(codes[0])
    counter.hand.key(Qt.Key.Key_F11)
    assert counter.phase == "partial"
    assert [each.amount for each in counter.window.selling.payments] == [300]
    counter.hand.key(Qt.Key.Key_F10)
    assert [each.tender for each in counter.sales()[0].payments] == ["card", "cash"]


def test_another_amount_than_asked_is_no_payment(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data, {"do": "wrong_amount", "amount": 9})
    counter.hand.scan(codes[0])
    counter.hand.key(Qt.Key.Key_F11)
    assert counter.phase == "wrong"
    assert "0.09" in words(counter)
    assert counter.window.selling.payments == ()
    counter.do("card_keep")
    assert "Payment unknown" in counter.till.ledger.parked()[0].label


def test_a_power_cut_while_waiting_comes_back_to_the_same_state(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data, {"do": "silent", "asks": 1})
    counter.hand.scan(codes[0])
    counter.hand.key(Qt.Key.Key_F11)
    counter.hand.cut_power()
    again = Counter(window_of, data, ready=False, plug=False)
    assert again.phase == "checking"
    card = again.window.selling.state.card
    assert card is not None
    assert "P-1" in card.title
    assert "Nothing was charged" not in card.detail
    again.hand.sign_in(CASHIER)
    assert again.window.place == "pay"
    assert "No answer for 30 seconds" in words(again)
    again.terminal.unplugged = False
    again.tick(13)
    assert len(again.sales()) == len(again.charged()) == 1


def test_a_power_cut_after_the_charge_ends_the_sale_at_the_next_sign_in(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data, "drop")
    counter.hand.scan(codes[0])
    counter.hand.key(Qt.Key.Key_F11)
    counter.hand.cut_power()
    again = Counter(window_of, data, ready=False)
    assert again.sales() == [], "nobody is here yet"
    again.hand.sign_in(CASHIER)
    assert len(again.sales()) == len(again.charged()) == 1


def test_a_return_goes_back_on_the_terminal_by_itself_and_says_so(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data)
    hand, window = counter.hand, counter.window
    hand.scan(codes[0])
    hand.key(Qt.Key.Key_F11)
    (sale,) = counter.sales()
    hand.key(Qt.Key.Key_F8)
    hand.scan(sale.doc_no)
    hand.scan(codes[0])
    hand.key(Qt.Key.Key_1, ALT)
    panel = window.returning.panels["returns"]
    (target,) = window.returns.state.targets
    assert target.detail.startswith("The terminal gives it back by itself")
    assert not panel.slip.isVisible()
    hand.key(Qt.Key.Key_F12)
    detail = window.returns.state.done.detail
    assert "The card terminal gives" in detail
    assert "Refund" not in detail
    assert len(counter.charged()) == 1
    counter.tick(1)
    assert counter.charged() == []
    assert counter.till.ledger.attempts() == []
    assert not window.connection.state.attention


def test_what_is_owed_to_a_card_can_be_settled_where_no_terminal_is_any_more(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data)
    counter.hand.scan(codes[0])
    counter.hand.key(Qt.Key.Key_F11)
    (sale,) = counter.sales()
    counter.terminal.unplugged = True
    counter.till.person = counter.till.staff[MANAGER]
    counter.window.run("ledger", lambda: void.void_sale(counter.till, sale.id, "Wrong size"))
    counter.hand.settle()
    counter.tick(1)
    (row,) = counter.window.connection.state.attention
    assert not row.actions
    counter.hand.cut_power()
    hand = window_of(data)
    hand.sign_in(CASHIER)
    hand.window.tick()
    hand.settle()
    (row,) = hand.window.connection.state.attention
    assert "No terminal" in row.detail
    hand.window.acts.do(row.actions[0][0])
    hand.settle()
    assert hand.till.ledger.attempts() == []
    assert not hand.window.connection.state.attention


def test_a_sale_charged_in_part_waits_for_the_rest_and_holds_no_other_up(
    window_of: Opened, data: Path, codes: list[str]
) -> None:
    counter = Counter(window_of, data, *[{"do": "silent", "asks": 1}] * 2)
    till = counter.till
    kept = []
    for code in codes[:2]:
        basket = checkout.scan(till, checkout.start(till), code)[0]
        checkout.keep(till, basket)
        attempt = card.start(till, basket, ())
        with pytest.raises(Uncertain):
            card.charge(till, attempt, lambda _event: None)
        kept.append(card.keep_open(till, basket, (), attempt, label="Payment unknown"))
    part = CardAnswer(
        kept[0].reference, CardResult.APPROVED, amount=300, currency="EUR", partial=True
    )
    held = card.kept_basket(till, kept[0])
    assert held is not None
    card.settle_charge(till, kept[0], part, *held)
    counter.window.kept.refresh()
    for _ask in range(3):
        counter.tick(31)
    (sale,) = counter.sales()
    assert sale.id == kept[1].basket_id
    (row,) = counter.window.connection.state.attention
    assert ("€3.00" in row.title, "The rest has to be paid" in row.detail) == (True, True)
    counter.do(row.actions[0][0])
    assert [each.amount for each in counter.window.selling.payments] == [300]
    counter.hand.key(Qt.Key.Key_F10)
    assert [each.tender for each in counter.sales()[0].payments] == ["card", "cash"]
