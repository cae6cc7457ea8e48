"""What facts about goods do to the books, each once, in any order in which the hub hears of them.

Everything stands on sums: what was sent, what was counted, what of it was sent straight back. So a
receipt that arrives before the sender's word, or a second till's part after the last, comes to the
same. Goods that came beyond what was sent are taken off the sender's stock, because the sender has not
got them; its later word puts that right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sync.hub import case_effects, exceptions, feed, schema
from sync.hub.database import adding
from sync.hub.logistics import counting, transit
from sync.hub.logistics.effects import sent_back, told_at
from sync.hub.logistics.transit import Transit
from sync.hub.stock import move_stock
from sync.protocol import (
    AnyFact,
    GoodsReceived,
    StockCounted,
    TransferCalledOff,
    TransferRequested,
    TransferSent,
)
from sync.protocol.facts_logistics import DAMAGED, TRANSFER
from sync.protocol.logistics import CALLED_OFF, COUNTING, RECEIVED, REQUESTED, SENT

if TYPE_CHECKING:
    from sync.hub.booking import Booking

OUT, IN, BACK, TAKEN = "sent", "received", "called_off", "extra"
LOST, STRAIGHT = "missing", "sent_back"
"""Reasons of movements."""

_ADD_MOVE = adding(schema.goods_move)


class GoodsBooks:
    """The facts about goods of one batch, booked in their order before its stock is written."""

    def __init__(self, books: Booking) -> None:
        self._books = books
        self._connection = books.connection
        self._facts: list[tuple[int, AnyFact]] = []
        self._moves: list[tuple[object, ...]] = []
        self._place = 0
        self._elsewhere: defaultdict[str, defaultdict[str, int]] = defaultdict(
            lambda: defaultdict(int)
        )
        self._changed: dict[str, Transit] = {}

    def add(self, n: int, fact: AnyFact) -> None:
        """Gathers one."""
        self._facts.append((n, fact))

    def write(self) -> None:
        """Books what was gathered; this store's movements go into the batch's own."""
        for n, fact in self._facts:
            self._place = 0
            _EFFECTS[type(fact)](self, n, fact)
        connection = self._connection
        connection.many(_ADD_MOVE, self._moves)
        told = self._books.told
        for store_id, moved in sorted(self._elsewhere.items()):
            kept = {sku: qty for sku, qty in moved.items() if qty}
            rows = move_stock(connection, store_id, kept, self._books.at)
            if feed.feed_of(connection, feed.store_stream(store_id)):
                told[feed.store_stream(store_id)] += [
                    ("stock", data) for data in feed.batches(rows)
                ]
        for found in self._changed.values():
            found.save(connection)
            for stream, row in transit.rows_for(connection, found):
                told[stream].append(row)

    # ---- each kind of fact

    def _requested(self, n: int, fact: TransferRequested) -> None:
        del n
        found = self._of(fact.transfer, fact.name, TRANSFER)
        found.source, found.target = found.source or fact.source, fact.store
        found.asked = found.asked or told_at(fact)
        found.note = fact.note or found.note
        for line in fact.lines:
            found.line(line.sku).asked += line.qty

    def _sent(self, n: int, fact: TransferSent) -> None:
        found = self._of(fact.transfer, fact.name, TRANSFER)
        if found.source and found.source != fact.store:
            detail = f"{found.name} was asked of store {found.source}"
            self._books.flag("transfer_difference", n, fact, detail)
        found.source, found.target = fact.store, fact.target
        found.name = fact.name or found.name
        found.sent, found.sent_by = found.sent or told_at(fact), fact.actor
        found.note = fact.note or found.note
        if found.state in (REQUESTED, CALLED_OFF):
            found.state = SENT
        for line in fact.lines:
            found.line(line.sku).sent += line.qty
            self._move(n, fact, line.sku, -line.qty, OUT, found.transit_id)
        transit.keep_boxes(
            self._connection,
            n,
            found.transit_id,
            [(one.sku, one.qty, one.box, one.order, one.reservation) for one in fact.lines],
        )
        self._level(n, fact, found)
        if found.final_n:
            self._judge_again(found)

    def _called_off(self, n: int, fact: TransferCalledOff) -> None:
        found = self._of(fact.transfer, "", TRANSFER)
        if found.sent and fact.store != found.source:
            return  # it is on its way: who waits for it receives it
        for sku, line in found.lines.items():
            back = line.short
            if back:
                line.sent -= back
                self._move(n, fact, sku, back, BACK, found.transit_id)
        if not found.final_n and not found.began:
            found.state, found.ended = CALLED_OFF, told_at(fact)
        found.note = fact.reason or found.note

    def _received(self, n: int, fact: GoodsReceived) -> None:
        found = self._of(fact.delivery, fact.name, fact.kind)
        late = bool(found.final_n)
        if not found.target:
            found.target = fact.store
        if fact.kind == TRANSFER and not found.source:
            found.source = fact.source
        found.began = found.began or told_at(fact)
        if found.state != RECEIVED:
            found.state = COUNTING
        self._take_in(n, fact, found)
        if fact.final and not found.final_n:
            found.state, found.ended = RECEIVED, told_at(fact)
            found.final_n, found.final_device = n, fact.dev
        self._level(n, fact, found)
        if found.final_n == n:
            problem = _problem(found)
            if problem:
                self._flag(n, fact, found, problem)
        elif late:
            self._judge_again(found)
        if fact.store != found.target:
            self._flag(n, fact, found, f"{found.name} is for store {found.target}")

    def _take_in(self, n: int, fact: GoodsReceived, found: Transit) -> None:
        """Each line, once: what goes into the stock for sale, and what does not."""
        back = sent_back(fact)
        counted = {line.sku: line for line in fact.lines}
        for sku in sorted(counted.keys() | back.keys()):
            line, straight = counted.get(sku), back.get(sku, 0)
            qty, damaged = (line.qty, line.damaged) if line is not None else (0, 0)
            one = found.line(sku)
            one.received += qty - straight
            one.damaged += damaged
            self._move(n, fact, sku, qty - damaged - straight, IN, found.transit_id)
            if straight:
                self._note(n, fact, sku, 0, STRAIGHT, found.transit_id, straight)
        for told in fact.differences:
            if told.kind == DAMAGED:
                reason = f"damaged_{told.reason}"[:40]
                self._note(n, fact, told.sku, 0, reason, found.transit_id, told.qty)

    def _counted(self, n: int, fact: StockCounted) -> None:
        if not self._books.anew:
            counting.book(self._books, n, fact)
            self._books.at_last.append((n, partial(self._done_by, fact)))

    def _done_by(self, fact: StockCounted) -> None:
        """A count that a person asked for is done by it."""
        case_effects.counted(self._connection, fact, self._books.at)

    # ---- what they have in common

    def _of(self, transit_id: str, name: str, kind: str) -> Transit:
        found = self._changed.get(transit_id)
        if found is None:
            self._connection.lock_name(f"transit:{transit_id}")
            found = transit.find(self._connection, transit_id)
            if found is None:
                found = transit.expected(self._connection, transit_id)
            if found is None:
                found = Transit(transit_id, kind, name, "", "", REQUESTED)
            self._changed[transit_id] = found
        found.version += 1
        return found

    def _level(self, n: int, fact: AnyFact, found: Transit) -> None:
        """The sender's stock is lower by what came beyond its word; and what never came is noted."""
        for sku, line in sorted(found.lines.items()):
            wanted = line.extra if found.kind == TRANSFER and found.source else 0
            if wanted != line.taken:
                self._move(
                    *(n, fact, sku, line.taken - wanted, TAKEN, found.transit_id),
                    store_id=found.source,
                )
                line.taken = wanted
            missing = line.short if found.final_n else 0
            if missing != line.missing:
                self._note(
                    *(n, fact, sku, 0, LOST, found.transit_id, missing - line.missing),
                    store_id=found.target,
                )
                line.missing = missing

    def _move(
        self,
        n: int,
        fact: AnyFact,
        sku: str,
        qty: int,
        reason: str,
        doc: str,
        store_id: str = "",
    ) -> None:
        own = self._books.device.store_id
        moved, at = qty, ""
        if reason in (TAKEN, BACK):
            # What was sent left when it was sent: a count since then has seen it.
            found = self._changed[doc]
            at = (found.sent or told_at(fact)) if reason == TAKEN else told_at(fact)
            if not self._books.anew:
                place = store_id or own
                moved = counting.even_out(self._connection, place, sku, qty, at)
        if store_id in ("", own):
            self._books.stock[sku] += moved
        else:
            self._elsewhere[store_id][sku] += moved
        self._note(n, fact, sku, qty, reason, doc, 0, store_id, at)

    def _note(
        self,
        n: int,
        fact: AnyFact,
        sku: str,
        qty: int,
        reason: str,
        doc: str,
        aside: int = 0,
        store_id: str = "",
        at: str = "",
    ) -> None:
        store_id, at = store_id or self._books.device.store_id, at or told_at(fact)
        self._moves.append(
            (n, self._place, store_id, sku, qty, aside, reason, doc, at, fact.biz_date)
        )
        self._place += 1

    def _flag(self, n: int, fact: GoodsReceived, found: Transit, detail: str) -> None:
        if found.kind == TRANSFER:
            self._books.flag("transfer_difference", n, fact, detail, fact.value)
        else:
            self._books.flag("delivery_difference", n, fact, detail, fact.value)

    def _judge_again(self, found: Transit) -> None:
        """Somebody's later word changed what a delivery that had ended comes to."""
        connection, at = self._connection, self._books.at
        exceptions.settle_entry(connection, _kind(found), found.final_n, at)
        problem = _problem(found)
        if problem:
            exceptions.open_exception(
                connection,
                kind=_kind(found),
                n=found.final_n,
                device=found.final_device,
                store=found.target,
                amount=0,
                detail=problem,
                at=at,
            )


def _kind(found: Transit) -> str:
    return "transfer_difference" if found.kind == TRANSFER else "delivery_difference"


def _problem(found: Transit) -> str:
    """What of a delivery that ended is not as it was sent, in words; empty where all of it is."""
    if found.kind == TRANSFER and not found.sent:
        return f"{found.name}: nobody has told of sending it"
    said = []
    for name, part in (
        ("short", [line.short for line in found.lines.values()]),
        ("extra", [line.extra for line in found.lines.values()]),
    ):
        lines = sum(1 for qty in part if qty)
        if lines:
            said.append(f"{sum(part)} {name} in {lines} lines")
    return f"{found.name}: {', '.join(said)}" if said else ""


def book(books: Booking, n: int, fact: AnyFact) -> None:
    """Gathers a fact about goods; what it does is written with the batch."""
    if books.goods is None:
        books.goods = GoodsBooks(books)
    books.goods.add(n, fact)


_EFFECTS: Final[dict[type, Callable[[GoodsBooks, int, Any], None]]] = {
    TransferRequested: GoodsBooks._requested,  # noqa: SLF001 - the table of the class's own effects
    TransferSent: GoodsBooks._sent,  # noqa: SLF001 - the same
    TransferCalledOff: GoodsBooks._called_off,  # noqa: SLF001 - the same
    GoodsReceived: GoodsBooks._received,  # noqa: SLF001 - the same
    StockCounted: GoodsBooks._counted,  # noqa: SLF001 - the same
}
