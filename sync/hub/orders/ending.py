"""Ends of a part that are no hand-over: the shop calls it off, the store does, or nobody comes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sqlalchemy import bindparam, select

from pos_app.domain.pickup import (
    CANCELLED,
    CANCELLING,
    COLLECTED,
    ENDED,
    PARTLY,
    READY,
    RESERVED,
    RESTOCKED,
)
from sync.hub import reservations, schema
from sync.hub.channels import outbox
from sync.hub.database import Connection, Statement
from sync.hub.orders import flags, kept, money, rows, service, signals
from sync.hub.orders.kept import Part, Told, Whole
from sync.hub.webhooks import telling

_s = schema.reservation_step.c
_HANDED_BY = Statement(
    "id one two",
    select(_s.fact)
    .where(_s.reservation_id == bindparam("id"), _s.after.in_([bindparam("one"), bindparam("two")]))
    .order_by(_s.no),
)


def handed_by(connection: Connection, reservation: str) -> tuple[str, ...]:
    """Ids of the facts by which goods of a part were handed over."""
    rows_ = connection.all(_HANDED_BY, (reservation, COLLECTED, PARTLY))
    return tuple(str(row[0]) for row in rows_ if row[0])


def step(
    connection: Connection,
    part: Part,
    after: str,
    *,
    by: str,
    at: str,
    sale: str = "",
    fact: str = "",
) -> bool:
    """Brings the promise of a part to a state; False where it cannot go there."""
    found = reservations.find(connection, part.row.reservation)
    if found is None:
        return False
    return reservations.step(connection, found, after, by=by, at=at, sale=sale, fact=fact)


def let_go(
    connection: Connection, part: Part, told: Told, now: dt.datetime, *, who: str, why: str
) -> Part:
    """A part on which nobody began is over: its goods and its hour are free again."""
    at = kept.at_of(now)
    step(connection, part, CANCELLED, by=reservations.HUB, at=at)
    if part.row.state == RESERVED:
        service.lock(connection, part.store_id)
        service.give_back(connection, part.store_id, part.row.promised)
    history = kept.event(part.row, at, "cancelled", who, why)
    return told.save(connection, part, at, state=CANCELLED, due=0, history=history)


# --- the shop calls it off ----------------------------------------------------------------------


def cancelled_by_shop(
    connection: Connection, order: Whole, told: Told, now: dt.datetime, who: str = ""
) -> tuple[str, ...]:
    """Every part as far as it still can; what is out of the door is told to a person."""
    flagged = []
    for part in kept.parts_of(connection, order.order_id):
        if any(line.handed for line in part.row.lines):
            flagged.append(late(connection, order, part, now))
        if part.row.state in ENDED or part.row.state == CANCELLING:
            continue
        if any(line.picked > line.handed for line in part.row.lines) or part.row.state == READY:
            at = kept.at_of(now)
            step(connection, part, CANCELLING, by=reservations.HUB, at=at)
            history = kept.event(part.row, at, "cancelled", who or order.channel)
            told.save(connection, part, at, state=CANCELLING, due=0, history=history)
        else:
            let_go(connection, part, told, now, who=who or order.channel, why="")
    telling.tell(connection, "order.cancelled", named(order, ""), now)
    return tuple(dict.fromkeys(flagged))


def late(connection: Connection, order: Whole, part: Part, now: dt.datetime) -> str:
    """The shop called off what the customer has: the money of it is a person's matter."""
    detail = f"{part.row.name}: {part.row.reservation[:8]} was handed over, the shop cancelled it"
    flags.open_one(
        *(connection, "late_capture", order, part.store_id, detail, now),
        amount=rows.worth_in_hand(part.row),
        evidence=handed_by(connection, part.row.reservation),
    )
    return "late_capture"


# --- the store does, or nobody comes ------------------------------------------------------------


def cancelled_by_store(
    connection: Connection,
    order: Whole,
    part: Part,
    told: Told,
    now: dt.datetime,
    *,
    who: str,
    why: str,
    source: str,
) -> Part:
    """It will not be done: what was paid for it goes back, and the shop is told once."""
    at = kept.at_of(now)
    lines, value = _not_given(part), rows.worth_not_given(part.row)
    history = kept.event(part.row, at, "cancelled", who, why)
    ended = told.save(
        connection,
        part,
        at,
        state=CANCELLED,
        due=0,
        lines=rows.restocked(part.row.lines),
        history=history,
    )
    _give_back(connection, order, ended, told, value, lines, f"cancelled:{source}", why, now)
    telling.tell(connection, "order.cancelled", named(order, part.store_id, ended), now)
    return ended


def restocked(
    connection: Connection,
    order: Whole,
    part: Part,
    told: Told,
    now: dt.datetime,
    *,
    who: str,
    source: str,
) -> Part:
    """Nobody came and the goods are on sale again: what was paid goes back, once."""
    at = kept.at_of(now)
    lines, value = _not_given(part), rows.worth_not_given(part.row)
    history = kept.event(part.row, at, "restocked", who)
    ended = told.save(
        connection,
        part,
        at,
        state=RESTOCKED,
        due=0,
        lines=rows.restocked(part.row.lines),
        history=history,
    )
    _give_back(
        connection, order, ended, told, value, lines, f"restocked:{source}", "not fetched", now
    )
    said = order.told
    signals.keep(
        connection,
        signals.EXPIRED,
        store=part.store_id,
        client=said.attribution.client if said else "",
        customer=order.customer,
        order=order.order_id,
        qty=sum(qty for _, qty in lines),
        value=value,
        consent=part.row.consent,
        now=now,
    )
    telling.tell(connection, "order.expired", named(order, part.store_id, ended), now)
    return ended


def _not_given(part: Part) -> tuple[tuple[str, int], ...]:
    return tuple((line.line, rows.to_hand(line)) for line in part.row.lines if rows.to_hand(line))


def _give_back(
    connection: Connection,
    order: Whole,
    part: Part,
    told: Told,
    value: int,
    lines: tuple[tuple[str, int], ...],
    source: str,
    why: str,
    now: dt.datetime,
) -> None:
    money.give_back(
        *(connection, order, part.row.reservation, source, value, why, now),
        lines=lines,
        store=part.store_id,
    )
    finish(connection, order, told, now)


def over(connection: Connection, order: Whole) -> bool:
    """True where nothing of it is left to do."""
    return not any(one.open for one in kept.parts_of(connection, order.order_id))


def _any_handed(connection: Connection, order: Whole) -> bool:
    parts = kept.parts_of(connection, order.order_id)
    return any(line.handed for one in parts for line in one.row.lines)


def finish(connection: Connection, order: Whole, told: Told, now: dt.datetime) -> Whole:
    """After a part ended: the order is done, or nothing of it was ever given and the shop hears."""
    at = kept.at_of(now)
    order = money.settle(connection, order, told, at)
    if order.state != kept.OPEN or not over(connection, order):
        return order
    if _any_handed(connection, order):
        return kept.put(connection, replace(order, state=kept.DONE, changed=at))
    said = order.told
    extra = said.shipping + said.rounding if said is not None else 0
    if money.account_of(connection, order, said).owed > max(extra, 0):
        return order  # something was short, and a person has not decided yet
    # Nothing of it was ever given: what it costs to bring goes back as well.
    source = f"rest:{order.order_id}"
    money.give_back(connection, order, "", source, max(extra, 0), "not fulfilled", now)
    outbox.tell(
        *(connection, order.channel, order.external_id, outbox.CANCEL),
        f"cancel:{order.order_id}",
        reason="not fulfilled",
        now=now,
    )
    order = money.settle(connection, order, told, at)
    return kept.put(connection, replace(order, state=kept.CANCELLED, changed=at))


def named(order: Whole, store: str, part: Part | None = None) -> dict[str, object]:
    """What a webhook says about an order, and about one part of it."""
    said: dict[str, object] = {
        "order": order.order_id,
        "name": order.external_name,
        "channel": order.channel,
        "external_id": order.external_id,
    }
    if part is not None:
        said |= {"reservation": part.row.reservation, "store": store, "state": part.row.state}
    return said
