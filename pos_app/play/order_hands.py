"""The hands of a play on customers' orders: picked, put on a shelf, handed over, waited for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused
from pos_app.domain.handing import NAME
from pos_app.play import order_steps as play
from pos_app.play.amounts import milli
from pos_app.till import hand_over, pickup
from pos_app.till.order_book import Order
from pos_app.till.permission import Approval
from pos_app.till.till import Till

Facts = dict[str, Any]
_Does = Callable[[Till, str, Any, Approval | None], Order]


def named(till: Till, name: str) -> Order:
    """The order that is called so; raises Refused("order_unknown", name=)."""
    for order in pickup.find(till, name):
        if name in (order.row.name, order.row.reservation, order.row.order):
            return order
    raise Refused("order_unknown", name=name)


def does(till: Till, step: play.OrderStep, agreed: Approval | None) -> Facts:
    """Does what the step says with its order; how it stands then."""
    order = named(till, step.order)
    if isinstance(step, play.OrderPaper):
        paper = pickup.print_slip if step.what == "slip" else pickup.print_label
        return {"order": order.row.name, "job": paper(till, order.reservation)}
    return told(_DOES[type(step)](till, order.reservation, step, agreed))


def told(order: Order) -> Facts:
    """How an order stands, for a line of a play."""
    row = order.row
    return {
        "order": row.name,
        "state": row.state,
        "picked": [line.picked for line in row.lines],
        "handed": [line.handed for line in row.lines],
        "to_find": order.to_find,
        "waits": order.waits,
    }


def _start(till: Till, order: str, step: play.StartOrder, _: Approval | None) -> Order:
    return (pickup.take_over if step.take_over else pickup.start)(till, order)


def _pick(till: Till, order: str, step: play.Pick, _: Approval | None) -> Order:
    qty = _qty(step.qty)
    if step.by_hand:
        done = pickup.pick_by_hand(till, order, step.by_hand, qty, reason=step.reason)
    else:
        done = pickup.pick(till, order, step.code, qty)
    return done.order


def _unpick(till: Till, order: str, step: play.Unpick, _: Approval | None) -> Order:
    return pickup.unpick(till, order, step.line, _qty(step.qty))


def _cannot_find(till: Till, order: str, step: play.CannotFind, agreed: Approval | None) -> Order:
    return pickup.cannot_find(
        till,
        order,
        step.line,
        _qty(step.qty),
        wish=step.wish,
        instead=step.instead,
        reason=step.reason,
        approval=agreed,
    )


def _ready(till: Till, order: str, step: play.MarkReady, _: Approval | None) -> Order:
    return pickup.mark_ready(till, order, step.shelf, step.bags)


def _keep(till: Till, order: str, step: play.KeepOrder, _: Approval | None) -> Order:
    return pickup.keep_longer(till, order, step.days)


def _cancel(till: Till, order: str, step: play.CancelOrder, agreed: Approval | None) -> Order:
    return pickup.cancel(till, order, reason=step.reason, approval=agreed)


def _restock(till: Till, order: str, _step: play.RestockOrder, _: Approval | None) -> Order:
    return pickup.restock(till, order)


def _send(till: Till, order: str, step: play.SendOrder, _: Approval | None) -> Order:
    return pickup.send(till, order, step.carrier, step.tracking)


_DOES: Final[dict[type, _Does]] = {
    play.StartOrder: _start,
    play.Pick: _pick,
    play.Unpick: _unpick,
    play.CannotFind: _cannot_find,
    play.MarkReady: _ready,
    play.KeepOrder: _keep,
    play.CancelOrder: _cancel,
    play.RestockOrder: _restock,
    play.SendOrder: _send,
}


def hand(
    till: Till, step: play.HandOver, agreed: Approval | None, open_basket: Basket | None
) -> tuple[Facts, Basket | None]:
    """What became of it, and the basket it stands in where something is to be paid."""
    seen = hand_over.read_code(till, step.code)
    handing = hand_over.begin(
        till,
        seen.order.reservation,
        proof=seen.proof,
        collector=step.collector,
        id_seen=step.id_seen or seen.proof == NAME,
        lines={line: milli(qty) for line, qty in step.lines.items()} or None,
        bag_here=step.bag_here,
        reason=step.reason,
        approval=agreed,
    )
    if handing.due or step.extras:
        basket = hand_over.put_into_basket(till, handing, open_basket)
        return {"order": handing.name, "proof": seen.proof, "due": handing.due}, basket
    done = hand_over.hand_over(till, handing)
    return {**told(done.order), "proof": seen.proof, "goods": dict(done.fact.lines)}, None


def known(till: Till, step: play.WaitOrder) -> Facts | None:
    """How it stands once it is as it should be; None while it is not."""
    try:
        order = named(till, step.order)
    except Refused:
        return None
    if step.state not in ("", order.row.state) or (step.told and order.waits):
        return None
    if step.to_find not in (None, order.to_find):
        return None
    return told(order)


def states(till: Till, wanted: dict[str, str]) -> dict[str, str]:
    """Order -> its state, of those that are asked about; "" for one nobody here knows."""
    found = {}
    for name in wanted:
        try:
            found[name] = named(till, name).row.state
        except Refused:
            found[name] = ""
    return found


def _qty(qty: Decimal | None) -> int | None:
    return None if qty is None else milli(qty)
