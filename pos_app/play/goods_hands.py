"""The steps of a play about goods: asked for, sent, received, counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pos_app.domain.errors import Refused
from pos_app.play import goods_steps as play
from pos_app.play.amounts import milli
from pos_app.store.goods_work import COUNTING, RECEIVING
from pos_app.till import counting, goods, lookup, receiving, transfers
from pos_app.till.delivery import Receiving
from pos_app.till.permission import Approval
from pos_app.till.till import Till

Facts = dict[str, Any]


def does(till: Till, step: play.GoodsStep, agreed: Approval | None) -> Facts:
    """What the step did."""
    return _DOES[type(step)](till, step, agreed)


def known(till: Till, step: play.WaitDelivery) -> Facts | None:
    """The delivery that is waited for; None while this till does not know it."""
    for row in sorted(goods.rows(till).values(), key=lambda row: row.name):
        if step.delivery in ("", row.name) and step.state in ("", row.state):
            return {"delivery": row.name, "state": row.state, "version": row.version}
    return None


def _sku(till: Till, code: str) -> str:
    found = lookup.by_sku(till, code) or lookup.by_code(till, code)
    if found is None:
        raise Refused("product_unknown", sku=code)
    return found.product.sku


def _request(till: Till, step: play.RequestGoods, agreed: Approval | None) -> Facts:
    lines = ((_sku(till, step.code), milli(step.qty)),)
    fact = transfers.request(till, step.store, lines, step.note, approval=agreed)
    return {"transfer": fact.name}


def _send(till: Till, step: play.SendGoods, agreed: Approval | None) -> Facts:
    if step.transfer:
        rows = [row for row in transfers.going(till) if row.name == step.transfer]
        if not rows:
            raise Refused("delivery_unknown", name=step.transfer)
        held = transfers.begin_asked(till, rows[0].delivery)
        counted = list(held.work.wanted) if not step.code else []
    else:
        held, counted = transfers.begin(till, step.store), []
    if step.code:
        counted = [(_sku(till, step.code), milli(step.qty) if step.qty is not None else 1_000)]
    for sku, qty in counted:
        goods.put(till, held.work_id, sku, qty)
    boxes = {sku: step.box for sku, _ in counted} if step.box else None
    fact = transfers.send(till, held.work_id, boxes=boxes, approval=agreed)
    return {"transfer": fact.name, "lines": len(fact.lines)}


def _call_off(till: Till, step: play.CallOffTransfer, agreed: Approval | None) -> Facts:
    rows = [row for row in goods.rows(till).values() if row.name == step.transfer]
    if not rows:
        raise Refused("delivery_unknown", name=step.transfer)
    transfers.call_off(till, rows[0].delivery, step.reason, approval=agreed)
    return {"transfer": step.transfer}


def _begun(till: Till, name: str, *, unlisted: bool = False) -> str:
    """Id of the work on a delivery, begun where it is not open."""
    for held in goods.works(till, RECEIVING):
        if held.work.name == name:
            return held.work_id
    if unlisted:
        return receiving.begin_unlisted(till, name).open.work_id
    row = receiving.find(till, name)
    if row is None:
        raise Refused("delivery_unknown", name=name)
    return receiving.begin(till, row.delivery).open.work_id


def _receive(till: Till, step: play.Receive, _: Approval | None) -> Facts:
    delivery = _begun(till, step.delivery, unlisted=step.unlisted)
    if step.box:
        receiving.box(till, delivery, step.box)
    if step.code:
        sku = _sku(till, step.code)
        if step.qty:
            receiving.scan(till, delivery, sku, milli(step.qty))
        if step.damaged is not None:
            receiving.damage(till, delivery, sku, milli(step.damaged))
        if step.no_more:
            receiving.done(till, delivery, sku)
    if step.rest:
        receiving.rest_as_listed(till, delivery)
    return _stands(receiving.show(till, delivery))


def _stands(held: Receiving) -> Facts:
    return {"counted": held.counted, "expected": held.expected, "left": held.left}


def _decide(till: Till, step: play.DecideDifference, _: Approval | None) -> Facts:
    delivery = _begun(till, step.delivery)
    held = receiving.reason(till, delivery, _sku(till, step.code), step.kind, step.reason)
    return {"undecided": held.undecided}


def _pause(till: Till, step: play.PauseReceiving, _: Approval | None) -> Facts:
    fact = receiving.pause(till, _begun(till, step.delivery))
    return {"told": len(fact.lines) if fact is not None else 0}


def _finish(till: Till, step: play.FinishReceiving, agreed: Approval | None) -> Facts:
    fact = receiving.finish(till, _begun(till, step.delivery), approval=agreed)
    return {"final": fact.final, "differences": len(fact.differences), "value": fact.value}


def _count(till: Till, step: play.Count, _: Approval | None) -> Facts:
    held = goods.works(till, COUNTING)
    work_id = held[0].work_id if held else counting.begin(till, name=step.name).open.work_id
    counting.put(till, work_id, _sku(till, step.code), milli(step.qty))
    return {"lines": len(counting.show(till, work_id).lines)}


def _finish_count(till: Till, step: play.FinishCount, agreed: Approval | None) -> Facts:
    held = goods.works(till, COUNTING)
    if not held:
        raise Refused("nothing_counted")
    fact = counting.finish(till, held[0].work_id, step.reason, approval=agreed)
    return {"lines": len(fact.lines), "value": fact.value}


_DOES: Final[dict[type, Callable[[Till, Any, Approval | None], Facts]]] = {
    play.RequestGoods: _request,
    play.SendGoods: _send,
    play.CallOffTransfer: _call_off,
    play.Receive: _receive,
    play.DecideDifference: _decide,
    play.PauseReceiving: _pause,
    play.FinishReceiving: _finish,
    play.Count: _count,
    play.FinishCount: _finish_count,
}
