"""A card is charged at most once for a sale, wherever the power goes, and no charge is forgotten."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware.connect import simulated_terminal
from hardware.devices import CardAnswer, CardResult
from hardware.terminals.machine import Book
from pos_app.domain.errors import PosError, Refused, Uncertain
from pos_app.play import card_hands
from pos_app.till import Till, card, checkout, parking, refund, void
from sync.protocol import CardNoted
from tests.hardware.terminal_process import TerminalProcess
from tests.till.conftest import Counter
from tests.till.paying_child import open_till
from tests.till.shop import CODES, COFFEE, SCARF

ROOT = Path(__file__).parents[2]
PRICE = 1_995


def plug(counter: Counter, *script: Any, log: Path | None = None) -> Any:
    """A terminal on the till's line."""
    from dataclasses import replace

    terminal = simulated_terminal(script, log)
    counter.till.devices = replace(counter.till.devices, terminal=terminal)
    return terminal


def basket_of(till: Till, *skus: str) -> checkout.Basket:
    basket = checkout.start(till)
    for sku in skus or (SCARF,):
        basket = checkout.scan(till, basket, CODES[sku])[0]
    checkout.keep(till, basket)
    return basket


def noted(till: Till) -> list[str]:
    """What the journal says of card payments that did not go the plain way."""
    rows = till.ledger.connection.execute(
        "SELECT id FROM journal WHERE type = 'card_noted' ORDER BY place"
    ).fetchall()
    facts = [till.ledger.fact(row[0]) for row in rows]
    return [fact.state for fact in facts if isinstance(fact, CardNoted)]


def test_an_attempt_is_on_the_disk_before_the_terminal_hears_of_it(counter: Counter) -> None:
    till = counter.till
    plug(counter)
    seen: list[tuple[str, int]] = []
    basket = basket_of(till)
    attempt = card.start(till, basket, ())

    def told(event: str) -> None:
        found = till.view.attempt(attempt.reference)  # another connection: what is committed
        assert found is not None
        seen.append((event, found.amount))

    card.charge(till, attempt, told)
    assert seen[0] == ("shown", PRICE)


def test_numbers_are_never_used_again(counter: Counter) -> None:
    till = counter.till
    plug(counter, "decline", "approve", "approve")
    numbers = []
    for _sale in range(2):
        basket, payments = basket_of(till), ()
        while not payments:
            attempt = card.start(till, basket, ())
            numbers.append(attempt.number)
            answer = card.charge(till, attempt, lambda _event: None)
            payments = card.settle_charge(till, attempt, answer, basket, ()).payments
        checkout.complete(till, basket, payments)
    assert numbers == [1, 2, 3]
    assert till.ledger.attempts() == []


def test_nothing_else_ends_a_basket_while_its_card_payment_runs(counter: Counter) -> None:
    till = counter.till
    plug(counter, "silent")
    basket = basket_of(till)
    with pytest.raises(Uncertain, match="terminal_silent"):
        card.charge(till, card.start(till, basket, ()), lambda _event: None)
    cash = checkout.pay(till, basket, (), "cash")
    for act in (
        lambda: checkout.complete(till, basket, cash),
        lambda: checkout.cancel(till, basket, reason="Left"),
        lambda: parking.park(till, basket),
        lambda: card.start(till, basket, ()),
    ):
        with pytest.raises(Refused, match="payment_running"):
            act()
    assert till.ledger.sales() == []


def test_a_charge_that_is_not_in_the_payments_is_not_forgotten(counter: Counter) -> None:
    till = counter.till
    plug(counter)
    basket = basket_of(till)
    attempt = card.start(till, basket, (), 500)
    answer = card.charge(till, attempt, lambda _event: None)
    payments = card.settle_charge(till, attempt, answer, basket, ()).payments
    with pytest.raises(Refused, match="payment_on_terminal"):
        checkout.take_back(payments, 0)
    cash = checkout.pay(till, basket, (), "cash")
    with pytest.raises(Refused, match="payment_left_out"):
        checkout.complete(till, basket, cash)


@pytest.mark.parametrize(
    ("changes", "strange"),
    [
        ({}, False),
        ({"amount": PRICE + 1}, True),
        ({"amount": PRICE - 1}, True),
        ({"currency": "USD"}, True),
        ({"amount": 500, "partial": True}, False),
        ({"amount": PRICE, "partial": True}, True),
        ({"amount": PRICE + 1, "partial": True}, True),
    ],
)
def test_only_what_was_asked_or_a_part_that_is_called_so_is_a_payment(
    counter: Counter, changes: dict[str, Any], strange: bool
) -> None:
    till = counter.till
    plug(counter)
    basket = basket_of(till)
    attempt = card.start(till, basket, ())
    said = {"amount": PRICE, "currency": "EUR", **changes}
    answer = CardAnswer(attempt.reference, CardResult.APPROVED, **said)
    settled = card.settle_charge(till, attempt, answer, basket, ())
    assert bool(settled.payments) is not strange
    assert settled.attempt.state == ("unknown" if strange else "approved")


def test_by_hand_needs_the_slip_and_is_marked(counter: Counter) -> None:
    till = counter.till
    plug(counter, "silent")
    basket = basket_of(till)
    attempt = card.start(till, basket, ())
    for slip, code in (("  ", "reference_missing"), ("4111 1111 1111 1111", "card_number")):
        with pytest.raises(Refused, match=code):
            card.settle_by_hand(till, attempt, basket, (), approved=True, slip=slip)
    settled = card.settle_by_hand(till, attempt, basket, (), approved=True, slip="0815")
    done = checkout.complete(till, basket, settled.payments)
    assert done.sale.payments[0].ref == f"{attempt.reference} 0815"
    assert noted(till) == ["typed_charged"]


def test_kept_open_with_cash_on_it_and_charged_after_all(counter: Counter) -> None:
    till = counter.till
    terminal = plug(counter, {"do": "silent", "asks": 5})
    basket = basket_of(till, SCARF, COFFEE)
    cash = checkout.pay(till, basket, (), "cash", 500)
    checkout.keep(till, basket, cash)
    with pytest.raises(Uncertain, match="card_unknown"):
        card_hands.charge(till, basket, cash, None)
    attempt = card_hands.running(till, basket)
    assert attempt is not None
    card.keep_open(till, basket, cash, attempt, label="Payment unknown")
    assert checkout.restored(till) is None
    other = basket_of(till)
    checkout.complete(till, other, checkout.pay(till, other, (), "cash"))
    assert card_hands.settle_kept(till)["charged"] == 1
    sale = till.ledger.sale(basket.basket_id)
    assert sale is not None
    assert [each.tender for each in sale.payments] == ["cash", "card"]
    assert [each.reference for each in terminal.machine.book.charged()] == [sale.payments[1].ref]
    assert noted(till) == ["kept_open", "charged"]
    assert till.ledger.attempts() == []


def test_recalled_it_is_asked_again_with_the_cash_still_on_it(counter: Counter) -> None:
    till = counter.till
    plug(counter, {"do": "silent", "charged": False, "asks": 5})
    basket = basket_of(till)
    cash = checkout.pay(till, basket, (), "cash", 500)
    checkout.keep(till, basket, cash)
    with pytest.raises(Uncertain):
        card_hands.charge(till, basket, cash, None)
    attempt = card_hands.running(till, basket)
    assert attempt is not None
    card.keep_open(till, basket, cash, attempt, label="")
    (row,) = parking.parked(till)
    back = parking.recall(till, row.park_id)
    found = checkout.restored(till)
    assert found is not None
    assert found[1] == cash
    with pytest.raises(Refused, match="card_not_charged"):
        card_hands.ask_running(till, back, cash)
    checkout.complete(till, back, checkout.pay(till, back, cash, "cash"))


def test_a_void_gives_back_what_the_terminal_charged(counter: Counter) -> None:
    till = counter.till
    terminal = plug(counter, "approve", "decline", "approve")
    basket = basket_of(till)
    done = checkout.complete(till, basket, card_hands.charge(till, basket, (), None))
    counter.swap("mia")
    voided = void.void_sale(till, done.sale.id, "Wrong size").void
    (owed,) = till.ledger.attempts()
    assert (owed.kind, owed.state, owed.amount) == ("refund", "begun", PRICE)
    assert card.owed(till, owed)
    refused = card.settle_refund(till, owed, card.give_back(till, owed)).attempt
    assert refused.state == "unknown", "its document is written: it is not forgotten"
    again = card.send_again(till, refused)
    card.settle_refund(till, again, card.give_back(till, again))
    assert till.ledger.attempts() == []
    assert terminal.machine.book.given_back(done.sale.payments[0].ref) == PRICE
    assert noted(till) == ["given_back"]
    assert voided.sale == done.sale.id


def test_parts_of_a_sale_on_two_cards_go_back_charge_by_charge(counter: Counter) -> None:
    """The second part does not ask the first charge for more than it was."""
    till = counter.till
    terminal = plug(counter)
    basket = basket_of(till, SCARF, SCARF, COFFEE)
    paid = card_hands.charge(till, basket, (), 2_500)
    paid = card_hands.charge(till, basket, paid, None)
    sale = checkout.complete(till, basket, paid).sale
    counter.swap("mia")
    for line, qty in ((1, 1_000), (1, 1_000), (2, 1_000)):
        back = refund.begin(till, refund.find(till, sale.doc_no))
        back = refund.choose(back, line, qty, "faulty")
        figures = refund.figures_of(till, back)
        assert refund.by_terminal(till, back, figures) == -figures.total
        done = refund.complete(till, back)
        assert done.by_terminal == -done.refund.total
        again = refund.complete(till, back)
        assert (again.again, again.by_terminal) == (True, done.by_terminal)
        assert card_hands.give_owed(till, done.refund.id) == done.by_terminal
    book = terminal.machine.book
    assert [book.given_back(each.ref) for each in sale.payments] == [2_500, 4_739 - 2_500]
    assert till.ledger.attempts() == []


def test_a_slip_beside_the_terminal_is_given_back_by_a_person(counter: Counter) -> None:
    till = counter.till
    plug(counter)
    basket = basket_of(till, SCARF, COFFEE)
    paid = card_hands.charge(till, basket, (), 1_000)
    paid = checkout.pay(till, basket, paid, "card", None, "slip 7")
    sale = checkout.complete(till, basket, paid).sale
    counter.swap("mia")
    back = refund.begin(till, refund.find(till, sale.doc_no))
    for line in (1, 2):
        back = refund.choose(back, line, 1_000, "faulty")
    done = refund.complete(till, back)
    assert (-done.refund.total, done.by_terminal) == (2_744, 1_000)
    assert [each.amount for each in till.ledger.attempts()] == [1_000]


STEPS = ("begun", "shown", "answered", "settled", "completed")
BEHAVIOURS: tuple[Any, ...] = (
    "approve",
    "decline",
    "silent",
    {"do": "silent", "charged": False},
    "drop",
    "garbage",
    "twice",
    "die_before_charging",
    "die_after_charging",
)


class PowerCut(BaseException):
    """Nothing after this line happens."""


def cut_at(wanted: str, here: str) -> None:
    if wanted == here:
        raise PowerCut


def attempt_sale(till: Till, cut: str) -> None:
    """One sale by card, cut off at a step; what was not committed by then never was."""
    basket = basket_of(till)
    attempt = card.start(till, basket, ())
    cut_at(cut, "begun")
    try:
        answer = card.charge(till, attempt, lambda event: cut_at(cut, event))
    except PosError as error:
        card.doubt(till, attempt, error)
        cut_at(cut, "answered")
        answer = card.ask(till, attempt)
    cut_at(cut, "answered")
    payments = card.settle_charge(till, attempt, answer, basket, ()).payments
    cut_at(cut, "settled")
    if payments:
        checkout.complete(till, basket, payments)
    cut_at(cut, "completed")


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=str)
def test_wherever_it_is_cut_no_card_is_charged_twice_and_no_charge_is_forgotten(
    counter: Counter, tmp_path: Path, behaviour: Any
) -> None:
    till, log = counter.till, tmp_path / "terminal.jsonl"
    for cut in STEPS:
        terminal = plug(counter, *["approve"] * len(Book(log).charges), behaviour, log=log)
        with contextlib.suppress(PowerCut, PosError):
            attempt_sale(till, cut)
        # The terminal starts again with its log, the till with its ledger: what is held in memory
        # is gone, and what the ledger says is all there is.
        terminal = plug(counter, *["approve"] * 99, log=log)
        found = checkout.restored(till)
        if found is not None:
            basket, payments = found[0], found[1]
            try:
                payments = card_hands.ask_running(till, basket, payments)
            except Refused:
                payments = checkout.restored(till)[1]  # type: ignore[index]  # it is still open
            if not checkout.settlement(till, basket, payments).complete:
                payments = card_hands.charge(till, basket, payments, None)
            checkout.complete(till, basket, payments)
        assert_books_agree(till, terminal.machine.book)
    assert len(till.ledger.sales()) == len(STEPS)


def assert_books_agree(till: Till, book: Book) -> None:
    """Each sale at most one charge, each charge in a sale or named as open."""
    paid: dict[str, str] = {}
    for row in till.ledger.sales(10_000):
        sale = till.ledger.sale(row.sale_id)
        assert sale is not None
        by_card = [each for each in sale.payments if each.tender == "card"]
        assert len(by_card) <= 1
        for payment in by_card:
            assert payment.ref not in paid
            paid[payment.ref] = sale.id
    named = {each.reference for each in till.ledger.attempts()}
    for charge in book.charged():
        assert charge.reference in paid or charge.reference in named, charge
    for reference in paid:
        charge = book.charges[reference]
        assert charge.answer is not None
        assert charge.answer.result is CardResult.APPROVED, "sold without a charge"


def killed_child(data: Path, address: str, lines: int) -> list[str]:
    """The seller, killed right after so many words of it."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.till.paying_child", str(data), address],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    said = []
    for line in child.stdout:
        said.append(line.strip())
        if len(said) == lines:
            child.kill()
            break
    child.stdout.close()
    child.wait(30)
    return said


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[TerminalProcess]:
    draw = random.Random(20261125)
    script = [
        draw.choice(["approve", "drop", "decline", "die_before_charging", "die_after_charging"])
        for _payment in range(200)
    ]
    process = TerminalProcess(tmp_path / "terminal", *script)
    process.start()
    yield process
    process.kill()


@pytest.mark.slow
def test_till_and_terminal_killed_again_and_again(
    data: Path, terminal: TerminalProcess, opened: Callable[..., Counter]
) -> None:
    draw = random.Random(25112026)
    steps: set[str] = set()
    for _kill in range(9):
        if terminal.process is None or terminal.process.poll() is not None:
            terminal.start()
        steps.update(killed_child(data, f"tcp:127.0.0.1:{terminal.port}", draw.randrange(1, 14)))
    assert {"begun", "shown", "answered", "settled", "sold"} <= steps
    if terminal.process is None or terminal.process.poll() is not None:
        terminal.start()
    till = open_till(data, f"tcp:127.0.0.1:{terminal.port}")
    try:
        found = checkout.restored(till)
        named = {each.reference for each in till.ledger.attempts()}
        assert not named or found is not None
        assert_books_agree(till, terminal.book())
        assert len(terminal.book().charged()) > 3
    finally:
        till.close()
