"""What a person at the hub does about an order: plans it again, moves it, calls it off."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from msgspec.structs import replace as changed
from sqlalchemy import bindparam, select

from pos_app.domain import pickup
from pos_app.domain.errors import Refused
from pos_app.domain.exceptions import WAITING
from sync.hub import reservations, schema
from sync.hub.channels import mapping, outbox
from sync.hub.channels.canonical import ChannelLine, ChannelOrder
from sync.hub.database import Connection, Statement
from sync.hub.orders import ending, flags, kept, making, money, rows, sourcing, taking
from sync.hub.orders.kept import Part, Told, Whole
from sync.hub.webhooks import telling
from sync.protocol import OrderLine
from sync.protocol.orders import SHIP

ANEW: Final = "planned again"

_x, _o, _p = schema.exception.c, schema.customer_order.c, schema.order_part.c
_ASKED = Statement(
    "sku store open assigned",
    select(_x.no).where(
        _x.kind.in_([bindparam("sku"), bindparam("store")]),
        _x.state.in_([bindparam("open"), bindparam("assigned")]),
    ),
)
_HOMELESS = Statement(
    "state",
    select(_o.order_id)
    .select_from(schema.customer_order.outerjoin(schema.order_part, _p.order_id == _o.order_id))
    .where(_o.state == bindparam("state"), _p.order_id.is_(None)),
)
_UNKNOWN = Statement(
    " ".join(f"state{n}" for n in range(len(pickup.OPEN))) + " like",
    select(_p.order_id).where(
        _p.state.in_([bindparam(f"state{n}") for n in range(len(pickup.OPEN))]),
        _p.body.like(bindparam("like")),
    ),
)


def find(connection: Connection, wanted: str) -> Whole:
    """An order by its id, or by what the shop calls it. Raises Refused("order_not_here", name=)."""
    found = kept.find(connection, wanted) or kept.find_named(connection, wanted)
    if found is None:
        raise Refused("order_not_here", name=wanted)
    return found


def _locked(connection: Connection, order_id: str) -> tuple[Whole, ChannelOrder]:
    kept.lock(connection, order_id)
    whole = kept.find(connection, order_id)
    order = whole.told if whole is not None else None
    if whole is None or order is None:
        raise Refused("order_not_here", name=order_id)
    if whole.state == kept.CANCELLED:
        raise Refused("order_is_over", name=whole.external_name, state=whole.state)
    return whole, order


def retake(connection: Connection, order_id: str, now: dt.datetime, who: str) -> tuple[str, ...]:
    """Plans what could not be planned before: unknown goods, an unknown store, what was short.

    Kinds of exceptions that are still open about it. Raises Refused("order_not_here" |
    "order_is_over").
    """
    whole, order = _locked(connection, order_id)
    told = Told()
    parts = kept.parts_of(connection, order_id)
    if not parts:
        place = order.fulfilment.location or "no store"
        flagged = taking.make(connection, whole, order, told, now, taking.Context(by=who))
        if "order_unknown_store" not in flagged:
            flags.settle(
                connection, "order_unknown_store", f"{order.external_name}: {place}"[:120], now
            )
    elif _only_old_bags(whole, order, parts):
        # The shop opened it again and its bag is still out: a person says that it is done anyway.
        flags.settle(connection, "order_changed", taking.bag_detail(whole), now)
        flagged = taking.make(connection, whole, order, told, now, taking.Context(by=who))
    else:
        flagged = _again(connection, whole, order, parts, told, now, who)
    if whole.state == kept.DONE and not ending.over(connection, whole):
        whole = kept.put(connection, replace(whole, state=kept.OPEN))
    money.settle(connection, whole, told, kept.at_of(now))
    flags.tell(connection)
    told.publish(connection)
    return flagged


def _only_old_bags(whole: Whole, order: ChannelOrder, parts: list[Part]) -> bool:
    """True of an open order of which nothing is to be picked but bags that are to be put back."""
    left = [part for part in parts if part.open]
    bags = bool(left) and all(part.row.state == pickup.CANCELLING for part in left)
    return bags and whole.state == kept.OPEN and order.state == "open" and not taking.given(parts)


def waiting(connection: Connection) -> list[str]:
    """Orders with goods or a store that nobody knew; none without a look at them all."""
    if connection.one(_ASKED, ("order_unknown_sku", "order_unknown_store", *WAITING)) is None:
        return []
    homeless = connection.all(_HOMELESS, (kept.OPEN,))
    unknown = connection.all(_UNKNOWN, (*sorted(pickup.OPEN), '%"sku":"","title"%'))
    return sorted({str(row[0]) for row in (*homeless, *unknown)})


def can_go_on(connection: Connection, order_id: str) -> bool:
    """True where something of what was unknown about an order is known by now."""
    whole = kept.find(connection, order_id)
    order = whole.told if whole is not None else None
    if order is None:
        return False
    parts = kept.parts_of(connection, order_id)
    if not parts:
        return bool(mapping.store_of(connection, order.channel, order.fulfilment.location))
    lines = {line.line for part in parts if part.open for line in part.row.lines if not line.sku}
    return any(
        mapping.sku_of(connection, order.channel, line.sku, line.barcode)
        for line in order.lines
        if line.external_line_id in lines
    )


def _again(
    connection: Connection,
    whole: Whole,
    order: ChannelOrder,
    parts: list[Part],
    told: Told,
    now: dt.datetime,
    who: str,
) -> tuple[str, ...]:
    asked = {line.external_line_id: line for line in order.lines}
    refunded = {
        part
        for source, kind, _, part in money.entries(connection, whole.order_id)
        if kind == money.LESS and source.startswith("short:")
    }
    flagged: tuple[str, ...] = ()
    for part in parts:
        if part.row.state in pickup.ENDED and part.row.state != pickup.SHORT:
            continue
        if part.row.state == pickup.CANCELLING or part.row.reservation in refunded:
            continue
        needs, known = [], {}
        for line in part.row.lines:
            said = asked.get(line.line)
            sku = line.sku or (
                mapping.sku_of(connection, order.channel, said.sku, said.barcode) if said else ""
            )
            missing = line.qty if sku and not line.sku else line.short
            if sku and missing:
                needs.append(sourcing.Need(line.line, sku, missing))
                known[line.line] = sku
                if not line.sku:
                    flags.settle(
                        *(connection, "order_unknown_sku"),
                        taking.unknown_detail(order, line.line),
                        now,
                    )
        if needs:
            flagged += _replan(connection, whole, order, part, needs, known, told, now, who)
    return flagged


def _replan(
    connection: Connection,
    whole: Whole,
    order: ChannelOrder,
    part: Part,
    needs: list[sourcing.Need],
    known: dict[str, str],
    told: Told,
    now: dt.datetime,
    who: str,
) -> tuple[str, ...]:
    """These lines go out of a part and are planned as if they were new; not where nobody has any."""
    plans = sourcing.plans(
        *(connection, needs, "" if part.row.way == SHIP else part.store_id, part.row.way, now),
        to_store=part.row.to_store,
    )
    new = any(line.line in known and not line.sku for line in part.row.lines)
    if not new and not any(plan.goods for plan in plans):
        return ("order_short",)
    names = ", ".join(asked.sku or asked.title for asked in _lines(order, needs))
    flags.settle(connection, "order_short", f"{order.external_name}: {names}"[:120], now)
    wanted = {need.line: need.qty for need in needs}
    lines = tuple(
        one for line in part.row.lines if (one := _less(line, wanted.get(line.line, 0))).qty
    )
    gone = sum(line.total for line in part.row.lines) - sum(line.total for line in lines)
    at = kept.at_of(now)
    part = told.save(connection, part, at, lines=lines, total=part.row.total - gone)
    if not lines and part.open:
        ending.let_go(connection, part, told, now, who=who, why=ANEW)
    made = making.Making(connection, whole, order, told, now, who)
    return made.parts(plans, known)


def _lines(order: ChannelOrder, needs: list[sourcing.Need]) -> list[ChannelLine]:
    wanted = {need.line for need in needs}
    return [line for line in order.lines if line.external_line_id in wanted]


def _less(line: OrderLine, qty: int) -> OrderLine:
    """A line without so much of it, which was not there; and without what that costs."""
    if not qty:
        return line
    worth = line.total - rows.worth(line, line.qty - qty)
    short = max(line.short - qty, 0)
    return changed(line, qty=line.qty - qty, short=short, total=line.total - worth)


def move(
    connection: Connection,
    order_id: str,
    store_id: str,
    now: dt.datetime,
    who: str,
    reservation: str = "",
) -> tuple[str, ...]:
    """Another store does a part that nobody began; kinds of exceptions that were opened.

    Raises Refused("order_not_here" | "order_is_over" | "part_needed", count=),
    Refused("order_not_begun", name=, state=) for one that somebody is at.
    """
    whole, order = _locked(connection, order_id)
    parts = [one for one in kept.parts_of(connection, order_id) if one.open]
    if reservation:
        parts = [one for one in parts if one.row.reservation.startswith(reservation)]
    told = Told()
    if not parts and not kept.parts_of(connection, order_id):
        context = taking.Context(store=store_id, by=who)
        flagged = taking.make(connection, whole, order, told, now, context)
    else:
        if len(parts) != 1:
            raise Refused("part_needed", name=whole.external_name, count=len(parts))
        flagged = _moved(connection, whole, order, parts[0], store_id, told, now, who)
    money.settle(connection, whole, told, kept.at_of(now))
    flags.tell(connection)
    told.publish(connection)
    return flagged


def _moved(
    connection: Connection,
    whole: Whole,
    order: ChannelOrder,
    part: Part,
    store_id: str,
    told: Told,
    now: dt.datetime,
    who: str,
) -> tuple[str, ...]:
    row = part.row
    if row.state not in pickup.TO_PICK or any(line.picked for line in row.lines):
        raise Refused("order_not_begun", name=row.name, state=row.state)
    ending.let_go(connection, part, told, now, who=who, why=f"moved to {store_id}")
    needs = [sourcing.Need(line.line, line.sku, line.qty) for line in row.lines]
    to_store = "" if row.to_store == store_id else row.to_store
    plans = sourcing.plans(
        connection, needs, store_id, row.way, now, to_store=to_store, split=False
    )
    made = making.Making(connection, whole, order, told, now, who)
    return made.parts(plans, {line.line: line.sku for line in row.lines})


def take_back(connection: Connection, reservation: str, by: str, now: dt.datetime) -> bool:
    """The promise of a part is taken back by whoever asked for it; False where it is no order's.

    Raises Refused("reservation_over", state=) for one that somebody is at, or that is over.
    """
    part = kept.part(connection, reservation)
    if part is None:
        return False
    kept.lock(connection, part.row.order)
    part = kept.part(connection, reservation) or part
    whole = kept.find(connection, part.row.order)
    if whole is None or part.row.state == pickup.CANCELLED:
        return True
    if part.row.state not in pickup.TO_PICK or any(line.picked for line in part.row.lines):
        raise Refused("reservation_over", state=part.row.state)
    told = Told()
    ending.step(connection, part, pickup.CANCELLED, by=by, at=kept.at_of(now))
    ending.cancelled_by_store(
        connection, whole, part, told, now, who=by, why="taken back", source=reservation
    )
    flags.tell(connection)
    told.publish(connection)
    return True


def cancel(connection: Connection, order_id: str, now: dt.datetime, who: str, why: str) -> Whole:
    """Nothing more of an order is given: what was paid for it goes back, and the shop is told.

    Goods that lie ready are to be put back by their store. Raises Refused("order_not_here" |
    "order_is_over").
    """
    whole, _ = _locked(connection, order_id)
    told, at = Told(), kept.at_of(now)
    parts = [one for one in kept.parts_of(connection, order_id) if one.open]
    if not parts and whole.state == kept.DONE:
        raise Refused("order_is_over", name=whole.external_name, state=whole.state)
    given = any(
        line.handed for one in kept.parts_of(connection, order_id) for line in one.row.lines
    )
    for part in parts:
        value = rows.worth_not_given(part.row)
        lines = tuple(
            (line.line, rows.to_hand(line)) for line in part.row.lines if rows.to_hand(line)
        )
        begun = part.row.state in (pickup.READY, pickup.PARTLY, pickup.LAPSED) or any(
            line.picked > line.handed for line in part.row.lines
        )
        if begun:
            ending.step(connection, part, pickup.CANCELLING, by=reservations.HUB, at=at)
            history = kept.event(part.row, at, "cancelled", who, why)
            told.save(connection, part, at, state=pickup.CANCELLING, due=0, history=history)
        else:
            ending.let_go(connection, part, told, now, who=who, why=why)
        money.give_back(
            *(connection, whole, part.row.reservation, f"cancelled:{part.row.reservation}"),
            *(value, why or "cancelled", now),
            lines=lines,
            store=part.store_id,
        )
    said = whole.told
    if not given and said is not None:
        _rest(connection, whole, said, why, now)
    whole = kept.find(connection, order_id) or whole
    whole = kept.put(connection, replace(whole, state=kept.CANCELLED, changed=at))
    whole = money.settle(connection, whole, told, at)
    telling.tell(connection, "order.cancelled", ending.named(whole, ""), now)
    told.publish(connection)
    return whole


def _rest(
    connection: Connection, whole: Whole, order: ChannelOrder, why: str, now: dt.datetime
) -> None:
    """Nothing of it was ever given: what is left of the price goes back too, and the shop hears."""
    found = money.account_of(connection, whole, order)
    rest = max(found.owed, 0)
    source = f"cancelled:{whole.order_id}"
    money.give_back(connection, whole, "", source, rest, why or "cancelled", now)
    outbox.tell(
        *(connection, whole.channel, whole.external_id, outbox.CANCEL),
        f"cancel:{whole.order_id}",
        reason=why,
        now=now,
    )
