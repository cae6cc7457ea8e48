"""Goods that come: counted against a transfer or a supplier's note, by scanner, at one till or two.

What other tills counted comes down with the list; what this till counted is its own until it is told.
So the sum is right on every screen, and nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from pos_app.domain.errors import Refused
from pos_app.store.goods_work import RECEIVING, WorkLine
from pos_app.store.transaction import Transaction
from pos_app.till import goods, goods_papers
from pos_app.till.delivery import AGAIN, REASONS, Receiving, shown
from pos_app.till.permission import Approval
from pos_app.till.till import Till, stamp
from sync.protocol import (
    DeliveryRow,
    Difference,
    GoodsReceived,
    ReceivedLine,
)
from sync.protocol.facts_logistics import (
    IN_BOX,
    SUPPLY,
    TRANSFER,
)
from sync.protocol.logistics import COUNTING, ENDED, EXPECTED, SENT

ACTION: Final = "receive_goods"


def expected(till: Till) -> list[DeliveryRow]:
    """Deliveries and transfers that this store waits for, the one that is due first first."""
    own = till.identity.store
    found = [
        row
        for row in goods.rows(till).values()
        if row.target == own and row.state in (SENT, COUNTING, EXPECTED)
    ]
    return sorted(found, key=lambda row: (row.due or row.sent or row.asked, row.name))


def find(till: Till, text: str) -> DeliveryRow | None:
    """The delivery to this store of that number, or with a box of that label."""
    wanted = goods.filed(text)
    own = till.identity.store
    rows = [row for row in goods.rows(till).values() if row.target == own]
    rows.sort(key=lambda row: row.state in ENDED)
    for row in rows:
        if wanted in (goods.filed(row.name), row.delivery):
            return row
    for row in rows:
        if any(goods.filed(box.label) == wanted for box in row.boxes):
            return row
    return None


def begin(till: Till, delivery: str) -> Receiving:
    """*Writes.* Begins to count it, or goes on.

    Raises Refused("delivery_unknown" | "delivery_over" | "nobody_signed_in" | "not_allowed" …).
    """
    goods.allowed(till, ACTION)
    if till.ledger.work(delivery) is not None:
        return show(till, delivery)
    row = goods.row_of(till, delivery)
    if row is None or row.target != till.identity.store:
        raise Refused("delivery_unknown", name=delivery)
    if row.state in ENDED:
        raise Refused("delivery_over", name=row.name)
    work = goods.new_work(
        *(till, RECEIVING, row.name), source=row.source or row.source_name, of_kind=row.kind
    )
    goods.begin(till, delivery, work)
    return show(till, delivery)


def begin_unlisted(till: Till, name: str, supplier: str = "") -> Receiving:
    """*Writes.* Receives what nobody announced: everything that is scanned is not on the list."""
    goods.allowed(till, ACTION)
    delivery = goods.made_id(till)
    work = goods.new_work(till, RECEIVING, name or supplier, source=supplier, of_kind=SUPPLY)
    goods.begin(till, delivery, work)
    return show(till, delivery)


def show(till: Till, delivery: str) -> Receiving:
    """How it stands; raises Refused("work_unknown")."""
    return shown(till, goods.find(till, delivery))


# ---- counting


def scan(till: Till, delivery: str, sku: str, qty: int = goods.PIECE) -> Receiving:
    """*Writes.* One more of it, or so many."""
    goods.add(till, delivery, sku, qty)
    return show(till, delivery)


def box(till: Till, delivery: str, label: str) -> Receiving:
    """*Writes.* A box with all that is in it; raises Refused("box_unknown" | "box_twice")."""
    held = goods.find(till, delivery)
    row = goods.row_of(till, delivery)
    wanted = goods.filed(label)
    boxes = [box for box in row.boxes if goods.filed(box.label) == wanted] if row else []
    if not boxes:
        raise Refused("box_unknown", label=label)
    if boxes[0].label in held.work.boxes:
        raise Refused("box_twice", label=boxes[0].label)
    sums: dict[str, int] = {}
    for sku, qty in boxes[0].lines:
        sums[sku] = sums.get(sku, 0) + qty
    goods.add_all(till, delivery, list(sums.items()), boxes[0].label)
    return show(till, delivery)


def put(till: Till, delivery: str, sku: str, counted: int) -> Receiving:
    """*Writes.* So many were counted here."""
    goods.put(till, delivery, sku, counted)
    return show(till, delivery)


def damage(till: Till, delivery: str, sku: str, damaged: int) -> Receiving:
    """*Writes.* So many of them are damaged."""
    goods.damage(till, delivery, sku, damaged)
    return show(till, delivery)


def take_back(till: Till, delivery: str) -> Receiving:
    """*Writes.* The last scan was none."""
    goods.take_back(till, delivery)
    return show(till, delivery)


def done(till: Till, delivery: str, sku: str, *, on: bool = True) -> Receiving:
    """*Writes.* No more comes of it: what is missing is a difference now."""
    work = goods.find(till, delivery).work
    rest = tuple(each for each in work.done if each != sku)
    goods.change(till, delivery, done=(*rest, sku) if on else rest)
    return show(till, delivery)


def rest_as_listed(till: Till, delivery: str) -> Receiving:
    """*Writes.* Whatever nobody counted is taken as the list says; the record says so."""
    held = show(till, delivery)
    rest = tuple(line.sku for line in held.lines if line.left)
    goods.change(till, delivery, listed=(*held.open.work.listed, *rest))
    return show(till, delivery)


def count_rest(till: Till, delivery: str) -> Receiving:
    """*Writes.* Nothing is taken as listed after all."""
    goods.change(till, delivery, listed=())
    return show(till, delivery)


def all_done(till: Till, delivery: str) -> Receiving:
    """*Writes.* No more comes of any line: everything that is missing is a difference."""
    held = show(till, delivery)
    rest = tuple(line.sku for line in held.lines if line.left)
    goods.change(till, delivery, done=(*held.open.work.done, *rest))
    return show(till, delivery)


def reason(till: Till, delivery: str, sku: str, kind: str, why: str) -> Receiving:
    """*Writes.* What becomes of a difference; `again` opens the line for counting once more.

    Raises Refused("way_unknown").
    """
    if why not in REASONS.get(kind, ()):
        raise Refused("way_unknown", way=why, ways=", ".join(REASONS.get(kind, ())))
    work = goods.find(till, delivery).work
    kept = tuple(one for one in work.reasons if one[:2] != (sku, kind))
    if why == AGAIN:
        goods.put(till, delivery, sku, 0)
        rest = tuple(each for each in work.done if each != sku)
        goods.change(till, delivery, reasons=kept, done=rest)
    else:
        goods.change(till, delivery, reasons=(*kept, (sku, kind, why)))
    return show(till, delivery)


def put_aside(till: Till, delivery: str, order: str) -> Receiving:
    """*Writes.* The piece somebody waits for lies aside; its label is in the print queue."""
    held = show(till, delivery)
    work = held.open.work
    lines = [(one.sku, one.qty) for one in held.waiting if one.order == order]
    aside = tuple(dict.fromkeys((*work.aside, order)))
    with till.ledger.transaction() as tx:
        tx.keep_work(delivery, msgspec.structs.replace(work, aside=aside))
        job_id = goods_papers.queue_aside(till, tx, order, lines)
    till.printing.committed(job_id)
    return show(till, delivery)


# ---- telling


def pause(till: Till, delivery: str) -> GoodsReceived | None:
    """*Writes.* Tells what was counted since the last word; None where that is nothing.

    Whoever goes on, here or at another till, sees it.
    """
    goods.allowed(till, ACTION)
    held = show(till, delivery)
    lines = _untold(held.open.lines)
    if not lines:
        return None
    with till.ledger.transaction() as tx:
        fact = _fact(stamp(till, tx), held, lines)
        tx.append(fact)
        for line in held.open.lines:
            tx.keep_work_line(
                delivery,
                msgspec.structs.replace(line, told=line.counted, told_damaged=line.damaged),
            )
    till.after_commit()
    return fact


def finish(till: Till, delivery: str, *, approval: Approval | None = None) -> GoodsReceived:
    """*Writes.* That was all: the delivery ends, or stays open for what is still in a box.

    Raises Refused("lines_left", count=), Refused("reason_left", count=),
    Refused("nothing_counted"), and what `permission.require` raises.
    """
    approver = goods.allowed(till, ACTION, approval=approval)
    held = show(till, delivery)
    if held.left:
        raise Refused("lines_left", count=held.left)
    if held.undecided:
        raise Refused("reason_left", count=held.undecided)
    lines = _untold(held.open.lines)
    if not lines and not held.lines:
        raise Refused("nothing_counted")
    lines += [
        ReceivedLine(line.sku, line.expected - line.counted, listed=True)
        for line in held.lines
        if line.listed and line.expected > line.counted
    ]
    in_box = {one.product.sku for one in held.differences if one.reason == IN_BOX}
    told = [
        Difference(one.product.sku, one.kind, one.qty, one.reason, one.value)
        for one in held.differences
        if not in_box or one.reason == IN_BOX  # the rest is told when it ends, once
    ]
    with till.ledger.transaction() as tx:
        fact = _fact(
            stamp(till, tx, approver=approver),
            held,
            lines,
            differences=told,
            final=not in_box,
            currency=till.store.currency,
            value=sum(one.value for one in told),
        )
        tx.append(fact)
        if in_box:
            _stay_open(tx, held, in_box)
        else:
            tx.forget_work(delivery)
    till.after_commit()
    return fact


def _stay_open(tx: Transaction, held: Receiving, in_box: set[str]) -> None:
    """What is still in a box is counted another time: the rest is told."""
    delivery, work = held.open.work_id, held.open.work
    tx.keep_work(
        delivery,
        msgspec.structs.replace(
            work,
            done=tuple(sku for sku in work.done if sku not in in_box),
            reasons=tuple(one for one in work.reasons if one[0] not in in_box),
        ),
    )
    for line in held.open.lines:
        kept = msgspec.structs.replace(line, told=line.counted, told_damaged=line.damaged)
        tx.keep_work_line(delivery, kept)


def _untold(lines: Iterable[WorkLine]) -> list[ReceivedLine]:
    return [
        ReceivedLine(line.sku, line.counted - line.told, line.damaged - line.told_damaged)
        for line in sorted(lines, key=lambda line: line.sku)
        if (line.counted, line.damaged) != (line.told, line.told_damaged)
    ]


def _fact(
    stamped: dict[str, object], held: Receiving, lines: list[ReceivedLine], **more: object
) -> GoodsReceived:
    work, row = held.open.work, held.row
    return GoodsReceived(
        **stamped,  # type: ignore[arg-type]  # what every fact begins with
        delivery=held.open.work_id,
        name=work.name,
        kind=work.of_kind or TRANSFER,
        lines=lines,
        source=work.source,
        known=row.version if row is not None else 0,
        **more,  # type: ignore[arg-type]  # its own fields
    )


def coming(till: Till) -> dict[str, int]:
    """SKU -> thousandths on their way to this store, or counted here and not booked yet."""
    sums: dict[str, int] = {}
    for row in expected(till):
        for line in row.lines:
            left = line.qty - line.received - line.missing
            if left > 0:
                sums[line.sku] = sums.get(line.sku, 0) + left
    known = goods.rows(till)
    for fact in till.view.goods_facts(till.catalogue.reflected(till.identity.device)):
        if isinstance(fact, GoodsReceived) and fact.delivery not in known:
            for got in fact.lines:
                sums[got.sku] = sums.get(got.sku, 0) + got.qty - got.damaged
    return sums
