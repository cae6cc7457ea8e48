"""Cards on the till's own terminal, in a play: what the window does, without a screen.

Nobody waits between the asks: a play's terminal is a simulated one, and it answers or it does not.
"""

from __future__ import annotations

from typing import Any

from hardware.devices import CardResult
from pos_app.domain.basket import Basket
from pos_app.domain.errors import PosError, Refused, Unavailable, Uncertain
from pos_app.domain.tender import Payment
from pos_app.till import card
from pos_app.till.card import Attempt, Settled
from pos_app.till.till import Till

Facts = dict[str, Any]
Payments = tuple[Payment, ...]


def charge(till: Till, basket: Basket, payments: Payments, amount: int | None) -> Payments:
    """`payments` with the card's; asked where the terminal did not answer.

    Raises what `till.card.start` does, Unavailable("terminal_offline" | "terminal_busy"),
    Refused("card_declined" | "card_not_charged"), Uncertain("card_unknown") where it stays unknown.
    """
    attempt = card.start(till, basket, payments, amount)
    try:
        answer = card.charge(till, attempt, lambda _event: None)
    except Unavailable as error:
        card.not_sent(till, attempt, error)
        raise
    except Uncertain as error:
        return ask(till, card.doubt(till, attempt, error), basket, payments)
    return _payments(card.settle_charge(till, attempt, answer, basket, payments))


def ask(till: Till, attempt: Attempt, basket: Basket, payments: Payments) -> Payments:
    """What became of an attempt, asked as often as the window asks in its first minute."""
    for _ask in range(card.ASKS):
        try:
            answer = card.ask(till, attempt)
        except PosError:
            continue
        if answer.result is not CardResult.RUNNING:
            return _payments(card.settle_charge(till, attempt, answer, basket, payments))
    raise Uncertain("card_unknown", number=attempt.number)


def ask_running(till: Till, basket: Basket, payments: Payments) -> Payments:
    """The same after a restart: the attempt of this basket that nobody knows the end of."""
    attempt = running(till, basket)
    return payments if attempt is None else ask(till, attempt, basket, payments)


def running(till: Till, basket: Basket) -> Attempt | None:
    """The attempt of this basket that may still come to money."""
    left = [each for each in till.ledger.attempts(basket.basket_id) if each.running]
    return left[-1] if left else None


def _payments(settled: Settled) -> Payments:
    attempt = settled.attempt
    if attempt.state == "approved":
        return settled.payments
    if attempt.state == "unknown":
        raise Uncertain("card_unknown", number=attempt.number)
    code = "card_declined" if attempt.state == "declined" else "card_not_charged"
    raise Refused(code, number=attempt.number)


def give_back(till: Till, basket: Basket, payments: Payments, place: int) -> Payments:
    """`payments` without the card payment at `place`, given back on the terminal.

    Raises Refused("card_not_given_back") and what `till.card.give_back` does.
    """
    payment = payments[place]
    attempt = card.start_refund(
        till, payment.reference, basket.basket_id, basket.currency, payment.amount
    )
    answer = card.give_back(till, attempt)
    settled = card.settle_refund(till, attempt, answer, basket, payments)
    if settled.attempt.state != "approved":
        raise Refused("card_not_given_back", number=attempt.number)
    return settled.payments


def give_owed(till: Till, document: str) -> int:
    """Sends what a void or refund owes to cards, as the window does; what went back.

    What the terminal does not answer or refuses stays owed, and is told at the till.
    """
    back = 0
    for attempt in till.ledger.attempts(document):
        try:
            answer = card.give_back(till, attempt)
        except PosError:
            continue
        settled = card.settle_refund(till, attempt, answer)
        back += attempt.amount if settled.attempt.state == "approved" else 0
    return back


def settle_kept(till: Till) -> Facts:
    """Every sale put aside is asked about; those that were charged become sales."""
    facts: Facts = {"charged": 0, "not_charged": 0, "unknown": 0, "sales": []}
    for attempt in till.ledger.attempts():
        kept = card.kept_basket(till, attempt)
        if attempt.state != "kept_open" or kept is None:
            continue
        try:
            answer = card.ask(till, attempt)
        except PosError:
            facts["unknown"] += 1
            continue
        if answer.result is CardResult.APPROVED:
            facts["charged"] += 1
            settled = card.settle_charge(till, attempt, answer, *kept)
            done = card.finish_kept(till, settled.attempt)
            if done is not None:
                facts["sales"].append(done.sale.doc_no)
        elif answer.result is not CardResult.RUNNING:
            facts["not_charged"] += 1
            card.release(till, attempt, answer, label=f"P-{attempt.number}")
    return facts


def tell_terminal(till: Till, script: list[Any], plugged: bool | None) -> Facts:
    """Only a simulated terminal can be told what to do."""
    terminal: Any = till.devices.terminal
    if not hasattr(terminal, "plan"):
        raise Refused("play_terminal_not_simulated")
    if script:
        terminal.plan(script)
    if plugged is not None:
        terminal.unplugged = not plugged
        terminal.revive()
    return {"charged": len(terminal.machine.book.charged())}
