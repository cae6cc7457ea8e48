"""The hands of a play on gift cards: each waits for the hub as a person does, where it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused
from pos_app.domain.tender import Payment
from pos_app.domain.value_code import CARD, CREDIT, ValueCode, read_code
from pos_app.play import card_hands
from pos_app.play import value_steps as play
from pos_app.play.amounts import minor
from pos_app.till import checkout, inquiries, values
from pos_app.till.papers import VALUE
from pos_app.till.permission import Approval
from pos_app.till.till import Till

if TYPE_CHECKING:
    from pos_app.play.refund_hands import Counter

Facts = dict[str, Any]
ValueStep = play.ValueStep


def sell(
    till: Till, step: play.SellCard, agreed: Approval | None, basket: Basket, counter: Counter
) -> tuple[Basket, int]:
    """The basket with money that goes on a card."""
    code = counter.cards[step.name].qr if step.name in counter.cards else step.code
    amount = minor(step.amount, basket.currency)
    counter.new_card = "" if code else step.name
    return values.sell(till, basket, CARD, amount, code, approval=agreed)


def sold(till: Till, counter: Counter) -> None:
    """The customer has the paper of a new card in the hand: the play remembers its code."""
    if counter.new_card:
        for job in till.ledger.print_jobs(("queued",)):
            if job.kind == VALUE:
                counter.cards[counter.new_card] = read_code(str(job.receipt["code"]))
        counter.new_card = ""


def pay(
    till: Till,
    step: play.PayByCard,
    agreed: Approval | None,
    basket: Basket,
    paid: tuple[Payment, ...],
    counter: Counter,
) -> tuple[Payment, ...]:
    """The payments with one more; without the hub and without a right at the shop's risk (E5)."""
    amount = minor(step.amount, basket.currency) if step.amount is not None else 0
    code = None if step.credit or step.account else _code(step, counter)
    customer = basket.customer
    own = step.account or (customer.account or customer.customer if customer is not None else "")
    kind, account = (code.kind, values.account_of(code)) if code is not None else (CREDIT, own)
    last4 = code.last4 if code is not None else ""
    try:
        if code is not None:
            asked = values.begin(till, basket, paid, code, amount)
        else:
            asked = values.begin_account(till, basket, paid, CREDIT, own, amount=amount)
    except Refused as told:
        if told.code != "value_needs_hub" or step.approver is None:
            raise
        amount = amount or values.payable(till, basket, paid)
        return values.pay(till, basket, paid, kind, account, amount, last4=last4, approval=agreed)
    counter.wait(lambda: values.standing(till, asked)[0] != values.WAITING, step.timeout_s)
    try:
        return values.pay_with(till, basket, paid, asked)
    except BaseException:
        values.give_up(till, asked)
        raise


def take_back(
    till: Till, basket: Basket, paid: tuple[Payment, ...], place: int
) -> tuple[Payment, ...]:
    """The payments without one, which goes back where it came from."""
    if 0 <= place < len(paid) and paid[place].terminal:
        return card_hands.give_back(till, basket, paid, place)
    held = 0 <= place < len(paid) and paid[place].account != ""
    return values.take_back(till, paid, place) if held else checkout.take_back(paid, place)


@dataclass(slots=True)
class Deal:
    """The open sale, and what a step makes of it."""

    basket: Callable[[], Basket]
    paid: tuple[Payment, ...]
    sold: tuple[Basket, int] | None = None
    paper: str = "receipt"


def does(
    till: Till, step: play.ValueStep, agreed: Approval | None, counter: Counter, deal: Deal
) -> Facts:
    """Does what the step says."""
    if isinstance(step, play.SellCard):
        deal.sold = sell(till, step, agreed, deal.basket(), counter)
        return {}
    if isinstance(step, play.PayByCard):
        deal.paper, basket = step.paper, deal.basket()
        deal.paid = pay(till, step, agreed, basket, deal.paid, counter)
        checkout.keep(till, basket, deal.paid)
        return {"paid": deal.paid[-1].amount}
    if isinstance(step, play.GiveCredit):
        return give(till, step, agreed)
    if isinstance(step, play.WaitFree):
        return free(till, step, counter)
    return look(till, step, counter)


def look(till: Till, step: play.CardBalance, counter: Counter) -> Facts:
    """What is on it, as a person reads it."""
    code = _code(step, counter)
    asked = values.ask_balance(till, code)
    counter.wait(lambda: inquiries.state(till, asked) != inquiries.WAITING, step.timeout_s)
    found = values.balance(till, code, asked)
    here = found.here if found.state == "unanswered" else found.amount
    if step.amount is not None and here != minor(step.amount, till.store.currency):
        wanted = minor(step.amount, till.store.currency)
        raise Refused("play_expected", differences={"amount": [wanted, here]})
    return {"state": found.state, "found": found.found, "amount": here, "here": found.here}


def give(till: Till, step: play.GiveCredit, agreed: Approval | None) -> Facts:
    """Credit by hand."""
    amount = minor(step.amount, till.store.currency)
    given = values.give_credit(till, "", step.account, amount, reason=step.reason, approval=agreed)
    return {"account": given.account, "amount": given.amount}


def free(till: Till, step: play.WaitFree, counter: Counter) -> Facts:
    """What was put on cards here is everybody's."""
    given = 0

    def booked() -> bool:
        nonlocal given
        given += values.settle_booked(till)
        return not any(
            right.form == "self" and right.kind in (CARD, CREDIT)
            for right in till.ledger.held_rights()
        )

    if not booked():
        counter.wait(booked, step.timeout_s)
    return {"freed": given}


def _code(step: play.PayByCard | play.CardBalance, counter: Counter) -> ValueCode:
    if step.name in counter.cards:
        return counter.cards[step.name]
    return read_code(step.code)
