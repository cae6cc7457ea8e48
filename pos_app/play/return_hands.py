"""The hands of a play on goods that come back: found anywhere, swapped, paid back or taken in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused
from pos_app.domain.tender import Payment
from pos_app.play import card_hands
from pos_app.play import return_steps as play
from pos_app.play.amounts import milli, minor
from pos_app.play.order_hands import named
from pos_app.play.refund_hands import Counter
from pos_app.till import (
    checkout,
    exchange,
    finding_sales,
    inquiries,
    pending,
    refund,
    return_words,
)
from pos_app.till.permission import Approval
from pos_app.till.returning import Returning
from pos_app.till.till import Till
from sync.protocol import PendedReply

Facts = dict[str, Any]
Opened = tuple[Basket, tuple[Payment, ...]] | None
"""What is to be paid now; None where nothing is."""


def does(
    till: Till, step: play.ReturnStep, agreed: Approval | None, counter: Counter
) -> tuple[Facts, Opened]:
    """Does a step with the return that is on the counter."""
    if isinstance(step, play.FindSale):
        return _find(till, step, counter), None
    if isinstance(step, play.TakeIn):
        return _take_in(till, step, agreed, counter), None
    if isinstance(step, play.WaitSlip):
        return _wait_slip(till, step, counter), None
    if isinstance(step, play.FinishReturn):
        return _finish(till, step, agreed, counter)
    counter.now = _CHANGES[type(step)](till, _on_counter(counter), step)
    return told(till, counter.now), None


def _on_counter(counter: Counter) -> Returning:
    if counter.now is None:
        raise Refused("receipt_first")
    return counter.now


def told(till: Till, back: Returning) -> Facts:
    """How a return stands, for a line of a play."""
    facts: Facts = {"sale": back.sale.id, "of": back.sale.doc_no, "lines": len(back.choices)}
    if not back.choices:
        return facts
    worked = exchange.figures(till, back)
    return facts | {
        "back": worked.back,
        "out": worked.out,
        "to_pay": worked.to_pay,
        "paid_back": worked.paid_back,
    }


def _find(till: Till, step: play.FindSale, counter: Counter) -> Facts:
    if step.customer:
        search = finding_sales.of_customer(till, step.customer)
    else:
        search = finding_sales.find(till, step.text)
    found = [search]

    def settled() -> bool:
        found[0] = finding_sales.heard(till, found[0])
        return found[0].state != finding_sales.WAITING

    counter.wait(settled, step.patience_s)
    search = found[0]
    if search.state == finding_sales.CHOOSE:
        search = finding_sales.pick(search, step.pick - 1)
    if search.state != step.state:
        differs = f"sale: {search.state}, should be {step.state}"
        raise Refused("play_expected", differences=[differs])
    counter.now = None
    if search.found is None:
        return {"state": search.state}
    counter.now = refund.begin(till, search.found)
    return {"state": search.state, "channel": search.found.channel} | told(till, counter.now)


def _bring_back(till: Till, back: Returning, step: play.BringBack) -> Returning:
    for row in refund.left(till, back):
        line = row.line.line
        if step.line not in (0, line) or (not step.line and not row.qty):
            continue
        qty = row.qty if step.qty is None else milli(step.qty)
        back = refund.choose(back, line, qty, step.reason, step.condition)
        if step.serial:
            back = refund.with_serial(back, line, step.serial)
    return back


def _swap(till: Till, back: Returning, step: play.Swap) -> Returning:
    return exchange.swap(till, back, step.line, step.sku)


def _instead(till: Till, back: Returning, step: play.TakeInstead) -> Returning:
    qty = None if step.qty is None else milli(step.qty)
    return exchange.take_instead(till, back, step.code, qty)


def _money(till: Till, back: Returning, step: play.MoneyBack) -> Returning:
    return refund.with_slip(refund.target(till, back, step.to, step.account), step.reference)


_CHANGES: dict[type[Any], Callable[[Till, Returning, Any], Returning]] = {
    play.BringBack: _bring_back,
    play.Swap: _swap,
    play.TakeInstead: _instead,
    play.MoneyBack: _money,
}


def _finish(
    till: Till, step: play.FinishReturn, agreed: Approval | None, counter: Counter
) -> tuple[Facts, Opened]:
    back = _on_counter(counter)
    if not back.auth and refund.must_ask(till, back):
        back = counter.now = refund.authorise(till, back)
    counter.wait(lambda: not return_words.waits(till, back.auth), step.patience_s)
    if not back.exchanges:
        gone = refund.complete(till, back, approval=agreed)
        counter.now = None
        card_hands.give_owed(till, gone.refund.id)
        return _written(gone.refund), None
    basket, payments = exchange.to_pay(till, back, approval=agreed)
    checkout.keep(till, basket, payments)
    counter.now = None
    standing = checkout.settlement(till, basket, payments)
    if not standing.complete:
        return {"due": standing.due, "due_cash": standing.due_cash}, (basket, payments)
    done = checkout.complete(till, basket, payments)
    if done.refund is None:
        raise Refused("exchange_nothing_back")
    card_hands.give_owed(till, done.refund.id)
    out = {"doc_no": done.sale.doc_no, "new_sale": done.sale.id, "out": done.sale.total}
    return _written(done.refund) | {"refund": done.refund.doc_no} | out, None


def _written(fact: Any) -> Facts:
    return {
        "doc_no": fact.doc_no,
        "sale": fact.sale,
        "total": fact.total,
        "payable": fact.payable,
        "tenders": {row.tender: row.amount for row in fact.payments},
        "auth": fact.auth,
    }


def _take_in(till: Till, step: play.TakeIn, agreed: Approval | None, counter: Counter) -> Facts:
    goods = counter.goods if counter.step is step and counter.goods is not None else None
    if goods is None:
        goods = _goods(till, step, counter)
        counter.step, counter.goods = step, goods
    done = pending.pend(till, goods, approval=agreed)
    counter.now = counter.goods = None
    counter.slip = done.fact.slip
    return {
        "slip": done.fact.slip,
        "why": done.fact.why,
        "amount": done.fact.amount,
        "seq": done.position.seq,
    }


def _goods(till: Till, step: play.TakeIn, counter: Counter) -> pending.Goods:
    if step.order:
        row = named(till, step.order).row
        goods = pending.of_order(till, row)
        for line in row.lines:
            if line.handed and step.code in ("", line.sku):
                goods = pending.take(goods, row, line.line, milli(step.qty), step.reason)
        return goods
    if not step.code:
        return pending.of_return(till, _on_counter(counter))
    empty = pending.of_paper(till, step.paper) if step.paper else pending.without_receipt(till)
    amount = None if step.amount is None else minor(step.amount, till.store.currency)
    return pending.add(till, empty, step.code, milli(step.qty), step.reason, step.condition, amount)


def _wait_slip(till: Till, step: play.WaitSlip, counter: Counter) -> Facts:
    """Asks until the hub says what it should, or the time is over."""
    waiting = pending.waiting(till)
    slip = counter.slip or (waiting[-1].slip if waiting else "")
    asked, said = [pending.look(till, slip)], [PendedReply(slip, "")]

    def settled() -> bool:
        state = inquiries.state(till, asked[0])
        if state == inquiries.WAITING:
            return False
        reply = pending.told(till, slip, asked[0])
        if reply is not None:
            said[0] = reply
            if reply.state == step.state or (
                not step.state and reply.state not in ("UNKNOWN", "WAITING")
            ):
                return True
        asked[0] = pending.look(till, slip)
        return False

    counter.wait(settled, step.timeout_s)
    told = said[0]
    if step.state and told.state != step.state:
        differs = f"slip: {told.state or 'no answer'}, should be {step.state}"
        raise Refused("play_expected", differences=[differs])
    return {"state": told.state, "credited": told.credited, "why": told.why}
