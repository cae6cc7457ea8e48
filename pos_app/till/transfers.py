"""Goods for another store: asked for, sent, called off. What is sent leaves this store's stock."""

from __future__ import annotations

from typing import Any, Final

from pos_app.domain.basket import QTY_MAX, TEXT_MAX
from pos_app.domain.errors import Refused
from pos_app.domain.text import plain
from pos_app.store.goods_work import SENDING
from pos_app.till import goods, goods_papers, stores
from pos_app.till.goods import Open
from pos_app.till.permission import Approval, reason_text
from pos_app.till.till import Till, stamp
from sync.protocol import (
    DeliveryRow,
    GoodsLine,
    TransferCalledOff,
    TransferRequested,
    TransferSent,
)
from sync.protocol.facts_logistics import LINES_MAX
from sync.protocol.logistics import COUNTING, REQUESTED, SENT

ACTION: Final = "send_goods"
REQUEST: Final = "request"
"""What gathered goods are that only stand on a list for another store."""


def going(till: Till) -> list[DeliveryRow]:
    """Transfers that other stores asked this one for, and those on their way from here."""
    own = till.identity.store
    found = [
        row
        for row in goods.rows(till).values()
        if row.source == own and row.state in (REQUESTED, SENT, COUNTING)
    ]
    return sorted(found, key=lambda row: (row.state != REQUESTED, row.sent or row.asked, row.name))


def asked_for(till: Till) -> list[DeliveryRow]:
    """What this store asked of others and nobody sent yet."""
    own = till.identity.store
    return [
        row for row in goods.rows(till).values() if row.target == own and row.state == REQUESTED
    ]


def targets(till: Till) -> list[tuple[str, str]]:
    """(store, what it is called) of the other stores."""
    own = till.identity.store
    found = [(shop.store, shop.name or shop.store) for shop in stores.every(till).values()]
    return sorted((each for each in found if each[0] != own), key=lambda each: each[1])


def request(
    till: Till,
    source: str,
    lines: tuple[tuple[str, int], ...],
    note: str = "",
    *,
    approval: Approval | None = None,
) -> TransferRequested:
    """*Writes.* Asks another store for (SKU, thousandths); it is told when the hub hears of it.

    Raises Refused("transfer_own_store" | "quantity_out_of_range"), and what `permission.require`
    raises.
    """
    approver = goods.allowed(till, ACTION, approval=approval)
    _check(till, source, lines)
    with till.ledger.transaction() as tx:
        fields = stamp(till, tx, approver=approver)
        fact = TransferRequested(
            **fields,
            transfer=fields["id"],
            name=_name(till, fields),
            source=source,
            lines=[GoodsLine(sku, qty) for sku, qty in lines],
            note=reason_text(note),
        )
        tx.append(fact)
    till.after_commit()
    return fact


def begin(till: Till, target: str) -> Open:
    """*Writes.* Goods for another store are gathered, by scanning them."""
    goods.allowed(till, ACTION)
    if target == till.identity.store or not target:
        raise Refused("transfer_own_store")
    named = dict(targets(till)).get(target, target)
    return goods.begin(
        till, goods.made_id(till), goods.new_work(till, SENDING, named, target=target)
    )


def begin_request(till: Till, source: str) -> Open:
    """*Writes.* A list of what another store is asked for, by scanning or typing it."""
    goods.allowed(till, ACTION)
    if source == till.identity.store or not source:
        raise Refused("transfer_own_store")
    named = dict(targets(till)).get(source, source)
    work = goods.new_work(till, SENDING, named, source=source, of_kind=REQUEST)
    return goods.begin(till, goods.made_id(till), work)


def ask(till: Till, work_id: str, *, approval: Approval | None = None) -> TransferRequested:
    """*Writes.* The other store is asked for what was listed.

    Raises Refused("nothing_counted" | "work_unknown"), and what `request` raises.
    """
    held = goods.find(till, work_id)
    lines = tuple((line.sku, line.counted) for line in held.lines if line.counted)
    if not lines:
        raise Refused("nothing_counted")
    fact = request(till, held.work.source, lines, approval=approval)
    goods.give_up(till, work_id)
    return fact


def begin_asked(till: Till, transfer: str) -> Open:
    """*Writes.* What another store asked for is gathered, or gone on with.

    Raises Refused("delivery_unknown" | "transfer_over").
    """
    goods.allowed(till, ACTION)
    if till.ledger.work(transfer) is not None:
        return goods.find(till, transfer)
    row = goods.row_of(till, transfer)
    if row is None or row.source != till.identity.store:
        raise Refused("delivery_unknown", name=transfer)
    if row.state != REQUESTED:
        raise Refused("transfer_over", name=row.name)
    wanted = tuple((line.sku, line.asked) for line in row.lines if line.asked)
    work = goods.new_work(till, SENDING, row.name, target=row.target, wanted=wanted)
    return goods.begin(till, transfer, work)


def send(
    till: Till,
    work_id: str,
    *,
    boxes: dict[str, str] | None = None,
    note: str = "",
    approval: Approval | None = None,
) -> TransferSent:
    """*Writes.* What was gathered leaves the store; `boxes`: SKU -> label of its box.

    Raises Refused("nothing_counted" | "work_unknown"), and what `permission.require` raises.
    """
    held = goods.find(till, work_id)
    approver = goods.allowed(till, ACTION, approval=approval)
    lines = [
        GoodsLine(line.sku, line.counted, (boxes or {}).get(line.sku, ""))
        for line in sorted(held.lines, key=lambda line: line.nth)
        if line.counted
    ]
    if not lines:
        raise Refused("nothing_counted")
    row = goods.row_of(till, work_id)
    return _send(till, work_id, held.work.target, lines, note, row, approver)


def send_for_order(
    till: Till, target: str, order: str, reservation: str, lines: tuple[tuple[str, int], ...]
) -> TransferSent:
    """*Writes.* Picked goods of a customer's order go to the store that hands them over."""
    _check(till, target, lines)
    approver = goods.allowed(till, ACTION)
    told = [GoodsLine(sku, qty, order=order, reservation=reservation) for sku, qty in lines]
    return _send(till, "", target, told, "", None, approver)


def _send(
    till: Till,
    work_id: str,
    target: str,
    lines: list[GoodsLine],
    note: str,
    row: DeliveryRow | None,
    approver: str,
) -> TransferSent:
    with till.ledger.transaction() as tx:
        fields = stamp(till, tx, approver=approver)
        fact = TransferSent(
            **fields,
            transfer=work_id or fields["id"],
            name=row.name if row is not None else _name(till, fields),
            target=target,
            lines=lines,
            note=reason_text(note),
        )
        tx.append(fact)
        job_id = goods_papers.queue_note(till, tx, fact)
        if work_id:
            tx.forget_work(work_id)
    till.printing.committed(job_id)
    till.after_commit()
    return fact


def call_off(
    till: Till, transfer: str, reason: str = "", *, approval: Approval | None = None
) -> TransferCalledOff:
    """*Writes.* It does not take place; what was sent is back in the sender's stock.

    Raises Refused("delivery_unknown" | "transfer_over"), and what `permission.require` raises.
    """
    approver = goods.allowed(till, ACTION, approval=approval)
    row = goods.row_of(till, transfer)
    if row is None:
        raise Refused("delivery_unknown", name=transfer)
    own = till.identity.store
    theirs = row.target == own and row.state == REQUESTED
    if not theirs and not (row.source == own and row.state in (REQUESTED, SENT)):
        raise Refused("transfer_over", name=row.name)
    with till.ledger.transaction() as tx:
        fact = TransferCalledOff(
            **stamp(till, tx, approver=approver),
            transfer=transfer,
            reason=plain(reason, TEXT_MAX),
        )
        tx.append(fact)
        tx.forget_work(transfer)
    till.after_commit()
    return fact


def _check(till: Till, store: str, lines: tuple[tuple[str, int], ...]) -> None:
    till.need_person()
    if store == till.identity.store or not store:
        raise Refused("transfer_own_store")
    if not 0 < len(lines) <= LINES_MAX or not all(0 < qty <= QTY_MAX for _, qty in lines):
        raise Refused("quantity_out_of_range", limit=QTY_MAX)


def _name(till: Till, fields: dict[str, Any]) -> str:
    """What people call it: no two tills ever give one name."""
    own, epoch = till.identity, int(fields["epoch"])
    life = f"-{epoch}" if epoch > 1 else ""
    return f"T-{own.store}-{own.till}{life}-{fields['seq']}"
