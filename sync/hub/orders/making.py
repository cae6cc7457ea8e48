"""Makes the parts of an order out of what was planned: the promise, the time, the row of the tills."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select

from pos_app.domain.pickup import CANCELLING, COLLECTED, PARTLY, RESERVED
from sync.hub import schema
from sync.hub.channels.canonical import ChannelLine, ChannelOrder
from sync.hub.database import Connection, Statement
from sync.hub.identity import load_keys
from sync.hub.orders import flags, kept, money, passes, places, service, sourcing
from sync.hub.orders.kept import Part, Told, Whole
from sync.hub.orders.rows import worth
from sync.hub.orders.sourcing import Plan
from sync.protocol import OrderEvent, OrderLine, OrderRow
from sync.protocol.orders import BRING, PICKUP

TEXT_MAX: Final = 200

_p, _st = schema.product.c, schema.store.c
_PRODUCT = Statement("sku", select(_p.name, _p.variant, _p.icon).where(_p.sku == bindparam("sku")))


@dataclass(frozen=True, slots=True)
class Making:
    """One order's parts, in one transaction."""

    connection: Connection
    whole: Whole
    order: ChannelOrder
    told: Told
    now: dt.datetime
    who: str
    """What people call the channel."""
    by: str = ""
    keep_until: str = ""

    def parts(
        self, plans: Sequence[Plan], skus: Mapping[str, str], reservation: str = ""
    ) -> tuple[str, ...]:
        """Makes a part of each plan; kinds of exceptions that were opened for what is short.

        `reservation` is a promise that was given before: the first part has it.
        """
        connection = self.connection
        held = kept.parts_of(connection, self.whole.order_id)
        place, count = len(held), len(held) + len([plan for plan in plans if plan.store_id])
        lines = {line.external_line_id: line for line in self.order.lines}
        paid_for = _Paid(lines, held)
        flagged = []
        # What is no goods (bringing it, the penny of rounding) stands with the first part.
        extra = 0 if held else self.order.shipping + self.order.rounding
        real = [plan for plan in plans if plan.store_id]
        bears = next((plan for plan in real if plan.way != BRING), real[0] if real else None)
        for plan in plans:
            if plan.short:
                self._flag(plan, lines)
                flagged.append("order_short")
            if not plan.store_id or not (plan.goods or plan.short):
                continue
            made = [
                self._line(plan, lines[line], skus[line], paid_for)
                for line in dict.fromkeys((*plan.goods, *plan.short))
            ]
            mine = reservation if place == 0 else ""
            self._part(plan, made, place, count, mine, extra=extra if plan is bears else 0)
            place += 1
        for one in held:
            if one.open and one.row.parts != place:
                self.told.save(connection, one, kept.at_of(self.now), parts=place)
        return tuple(dict.fromkeys(flagged))

    def _flag(self, plan: Plan, lines: Mapping[str, ChannelLine]) -> None:
        worth = sum(
            lines[line].gross * qty // max(lines[line].qty, 1) for line, qty in plan.short.items()
        )
        names = ", ".join(lines[line].sku or lines[line].title for line in plan.short)
        detail = f"{self.order.external_name}: {names}"[:120]
        flags.open_one(
            *(self.connection, "order_short", self.whole, plan.store_id, detail, self.now),
            amount=worth,
        )

    def _line(self, plan: Plan, line: ChannelLine, sku: str, paid_for: _Paid) -> OrderLine:
        row = self.connection.one(_PRODUCT, (sku,)) if sku else None
        place, walk = places.place_of(self.connection, plan.store_id, sku)
        short = plan.short.get(line.external_line_id, 0)
        qty = plan.goods.get(line.external_line_id, 0) + short
        return OrderLine(
            *(line.external_line_id, sku, (line.title or (row[0] if row else ""))[:TEXT_MAX], qty),
            total=paid_for.take(line, qty),
            variant=(line.variant or (row[1] if row else ""))[:TEXT_MAX],
            place=place,
            walk=walk,
            short=short,
            icon=row[2] if row else "",
        )

    def _part(
        self,
        plan: Plan,
        lines: Sequence[OrderLine],
        place: int,
        count: int,
        reservation: str,
        *,
        extra: int,
    ) -> Part:
        connection, order, now = self.connection, self.order, self.now
        own = reservation or kept.reservation_id_of(self.whole.order_id, place)
        if not reservation:
            goods = [(line.sku, line.qty - line.short) for line in lines]
            reference = self.whole.order_id
            sourcing.promise(connection, own, plan.store_id, goods, reference, now)
        service.lock(connection, plan.store_id)
        ready_by = service.promise(
            connection, service.of(connection, plan.store_id), now, order.promised
        )
        total = sum(line.total for line in lines) + extra
        code, end = "", ""
        if plan.way == PICKUP:
            code, end = passes.kept_of(load_keys(connection), own)
        at = kept.at_of(now)
        row = OrderRow(
            *(own, self.whole.order_id, order.external_name[:60], order.channel, RESERVED, 1),
            tuple(sorted(lines, key=lambda line: (line.walk or 1 << 30, line.title))),
            currency=order.currency,
            way=plan.way,
            placed=order.placed_at,
            promised=ready_by,
            keep_until=self.keep_until,
            customer=order.customer.name[:TEXT_MAX],
            phone=order.customer.phone[:TEXT_MAX],
            email=order.customer.email[:TEXT_MAX],
            collector=order.fulfilment.person[:TEXT_MAX],
            note=order.fulfilment.note[:TEXT_MAX],
            total=total,
            paid_by=order.payment.method[:60] if order.payment.paid else "",
            code=code,
            code_end=end,
            may_substitute=order.may_substitute,
            parts=count,
            address=tuple(text[:TEXT_MAX] for text in order.fulfilment.address),
            to_store=plan.to_store,
            consent=order.consent.email,
            history=(
                OrderEvent(order.placed_at, "ordered", self.by or self.who),
                OrderEvent(at, "reached", self.who),
            ),
        )
        return self.told.add(connection, Part(place, plan.store_id, row))


class _Paid:
    """What each line costs, over the parts that do it: to the penny, by cumulative rounding."""

    def __init__(self, lines: Mapping[str, ChannelLine], held: Sequence[Part]) -> None:
        self._lines = lines
        self._done: dict[str, tuple[int, int]] = {}
        for part in held:
            whole = part.open and part.row.state != CANCELLING
            whole = whole or part.row.state in (COLLECTED, PARTLY)
            for line in part.row.lines:
                qty, total = self._done.get(line.line, (0, 0))
                # Of a part that was called off only what somebody got all the same is paid for.
                more = (line.qty, line.total) if whole else (line.handed, worth(line, line.handed))
                self._done[line.line] = (qty + more[0], total + more[1])

    def take(self, line: ChannelLine, qty: int) -> int:
        """The share of so much of a line that nobody took before."""
        before, given = self._done.get(line.external_line_id, (0, 0))
        upto = before + qty
        whole = upto >= line.qty - line.fulfilled
        left = (
            line.gross - line.gross * line.fulfilled // line.qty if line.fulfilled else line.gross
        )
        share = left if whole else money.shared(left, [upto, line.qty - line.fulfilled - upto])[0]
        self._done[line.external_line_id] = (upto, share)
        return share - given
