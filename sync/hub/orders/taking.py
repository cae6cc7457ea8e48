"""Takes an order from wherever it came: once, whatever is told how often and in which order.

The newest version holds, an older one is dropped, an equal one changes nothing. What is cancelled
before anybody had heard of it stays cancelled. An order of which something is unknown is taken all
the same and a person is told; it goes on where that is known later (`remaking.retake`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from pos_app.domain.errors import Refused
from pos_app.domain.pickup import CANCELLING
from sync.hub import store
from sync.hub.channels import mapping
from sync.hub.channels.canonical import ChannelOrder
from sync.hub.customers import from_orders
from sync.hub.database import Connection
from sync.hub.orders import (
    ending,
    flags,
    forgetting,
    kept,
    making,
    money,
    signals,
    sourcing,
    unheard,
)
from sync.hub.orders.kept import CANCELLED, DONE, OPEN, Part, Told, Whole
from sync.hub.returning import order_returns
from sync.hub.webhooks import telling
from sync.protocol.orders import PICKUP, SHIP

NEW, CHANGED, SAME, OLDER, ENDED = "new", "changed", "same", "older", "ended"


@dataclass(frozen=True, slots=True)
class Context:
    """What the caller knows beside the order itself."""

    name: str = ""
    """What people call the channel; its id where nothing is said."""
    store: str = ""
    """Our number of the store; empty leaves it to the channel's own name of it."""
    way: str = ""
    """pickup, ship or bring; empty follows the order."""
    to_store: str = ""
    """Where goods are brought."""
    reservation: str = ""
    """A promise that was given already, for all of it: the order's one part has its id."""
    firm: bool = False
    """All of it promised, or nothing is taken: for whoever can still say no to the customer."""
    by: str = ""
    """Who took it, where that was a person."""
    keep_until: str = ""
    """Kept so long (UTC), where that was agreed; empty leaves it to the store."""


NOTHING: Final = Context()


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it."""

    order_id: str
    outcome: str
    """new, changed, same, older, or ended (it was cancelled or done before anything was made)."""
    parts: tuple[Part, ...] = ()
    flagged: tuple[str, ...] = ()
    """Kinds of exceptions that were opened."""


def take(
    connection: Connection, order: ChannelOrder, now: dt.datetime, context: Context = NOTHING
) -> Taken:
    """Books an order as its channel tells it now, inside the caller's transaction.

    Tells the stores' tills, so it is among the last things that the transaction does. Raises
    Refused("order_not_promised", left=) where it had to be `firm`, and then the caller rolls back.
    """
    order = _told_apart(order)
    order_id = kept.order_id_of(order.channel, order.external_id)
    kept.lock(connection, order_id)
    held = kept.find(connection, order_id)
    told = Told()
    if held is None:
        taken = _new(connection, order_id, order, told, now, context)
    elif order.external_version <= held.external_version:
        same = order.external_version == held.external_version
        parts = tuple(kept.parts_of(connection, order_id))
        return Taken(order_id, SAME if same else OLDER, parts)
    else:
        taken = _newer(connection, held, order, told, now, context)
    told.publish(connection)
    early = taken.outcome == NEW and unheard.book(connection, taken.parts, now)
    if taken.flagged or early:
        flags.tell(connection)
    return taken


def _told_apart(order: ChannelOrder) -> ChannelOrder:
    """The order with an id for each line: some shops have none, or the same one twice."""
    seen: dict[str, int] = {}
    lines = []
    for line in order.lines:
        own = line.external_line_id
        seen[own] = seen.get(own, 0) + 1
        apart = own if seen[own] == 1 else f"{own}#{seen[own]}"
        lines.append(msgspec.structs.replace(line, external_line_id=apart))
    return order if len(seen) == len(lines) else msgspec.structs.replace(order, lines=tuple(lines))


def _row(
    order_id: str, order: ChannelOrder, at: str, taken: str, state: str, customer: str
) -> Whole:
    return Whole(
        order_id=order_id,
        channel=order.channel,
        external_id=order.external_id,
        external_name=order.external_name,
        external_version=order.external_version,
        state=state,
        placed=order.placed_at,
        taken=taken,
        changed=at,
        currency=order.currency,
        total=order.total,
        paid=order.payment.paid,
        due=order.payment.due,
        returned=0,
        customer=customer,
        body=msgspec.json.encode(order).decode(),
    )


def _new(
    connection: Connection,
    order_id: str,
    order: ChannelOrder,
    told: Told,
    now: dt.datetime,
    context: Context,
) -> Taken:
    at = kept.at_of(now)
    state = {"cancelled": CANCELLED, "completed": DONE}.get(order.state, OPEN)
    if state == OPEN and not any(line.qty > line.fulfilled for line in order.lines):
        state = DONE  # nothing that a store could do
    who = from_orders.whose(connection, order, now)
    whole = kept.put(connection, _row(order_id, order, at, at, state, who))
    money.note(connection, whole, "first", money.FIRST, order.payment.paid, "", at)
    money.see(connection, whole, order.refunds, at)
    if state != OPEN:
        money.settle(connection, whole, told, at)
        from_orders.note(connection, who, order, order_id, (), now)
        return Taken(order_id, ENDED)
    flagged = make(connection, whole, order, told, now, context)
    if context.firm and flagged:
        raise Refused("order_not_promised", left=0)
    money.settle(connection, whole, told, at)
    parts = tuple(kept.parts_of(connection, order_id))
    from_orders.note(connection, who, order, order_id, [one.store_id for one in parts], now)
    _remember(connection, order, parts, whole, now)
    telling.tell(connection, "order.received", _event(whole, order, parts), now)
    return Taken(order_id, NEW, parts, flagged)


def make(
    connection: Connection,
    whole: Whole,
    order: ChannelOrder,
    told: Told,
    now: dt.datetime,
    context: Context,
) -> tuple[str, ...]:
    """Makes the parts of an order that has none; the kinds of exceptions that it opened."""
    way = context.way or (PICKUP if order.fulfilment.kind == "pickup" else SHIP)
    place = order.fulfilment.location
    store_id = context.store or mapping.store_of(connection, order.channel, place)
    needs = needs_of(connection, order)
    flagged = unknown(connection, whole, order, needs, store_id, now)
    if way != SHIP and not store_id:
        detail = f"{order.external_name}: {place or 'no store'}"[:120]
        flags.open_one(
            connection, "order_unknown_store", whole, "", detail, now, amount=order.total
        )
        return (*flagged, "order_unknown_store")
    if store_id and order.payment.due and not context.firm:
        flagged += _other_currency(connection, whole, order, store_id, now)
    promised = context.reservation
    own = kept.reservation_id_of(whole.order_id, 0)
    if not promised and store_id and unheard.handed_over(connection, own):
        # They left the stock before this hub knew of the order: nothing is promised a second time.
        sourcing.promise(connection, own, store_id, (), whole.order_id, now)
        promised = own
    if promised:
        plan = sourcing.Plan(store_id, way, context.to_store)
        plan.goods = {need.line: need.qty for need in needs}
        plans = [plan]
    else:
        plans = sourcing.plans(
            *(connection, needs, store_id, way, now),
            to_store=context.to_store,
            split=False if context.firm else None,
        )
    if context.firm and (flagged or any(plan.short for plan in plans)):
        raise Refused("order_not_promised", left=sum(sum(p.goods.values()) for p in plans))
    made = making.Making(
        *(connection, whole, order, told, now, context.name or order.channel, context.by),
        context.keep_until,
    )
    short = made.parts(plans, {n.line: n.sku for n in needs}, promised)
    return (*flagged, *short)


def _other_currency(
    connection: Connection, whole: Whole, order: ChannelOrder, store_id: str, now: dt.datetime
) -> tuple[str, ...]:
    """Tells a person of what is due in a currency that the store's tills cannot take."""
    if order.currency == store.load(connection, store_id).store.currency:
        return ()
    detail, due = f"{order.external_name}: {order.currency}", order.payment.due
    flags.open_one(connection, "currency_differs", whole, store_id, detail, now, amount=due)
    return ("currency_differs",)


def needs_of(connection: Connection, order: ChannelOrder) -> list[sourcing.Need]:
    """What is to be got: each line with the catalogue's number, empty where nobody knows it."""
    return [
        sourcing.Need(
            line.external_line_id,
            mapping.sku_of(connection, order.channel, line.sku, line.barcode),
            line.qty - line.fulfilled,
        )
        for line in order.lines
        if line.qty > line.fulfilled
    ]


def unknown(
    connection: Connection,
    whole: Whole,
    order: ChannelOrder,
    needs: list[sourcing.Need],
    store_id: str,
    now: dt.datetime,
) -> tuple[str, ...]:
    """Tells a person of lines that nobody knows."""
    lines = {line.external_line_id: line for line in order.lines}
    bad = [lines[need.line] for need in needs if not need.sku]
    for line in bad:
        flags.open_one(
            *(connection, "order_unknown_sku", whole, store_id),
            unknown_detail(order, line.external_line_id),
            now,
            amount=line.gross,
        )
    return ("order_unknown_sku",) if bad else ()


def unknown_detail(order: ChannelOrder, line: str) -> str:
    """How such a line is named, the same whenever it is named."""
    found = next(one for one in order.lines if one.external_line_id == line)
    return f"{order.external_name}: {found.sku or found.barcode or found.title}"[:120]


def _remember(
    connection: Connection,
    order: ChannelOrder,
    parts: tuple[Part, ...],
    whole: Whole,
    now: dt.datetime,
) -> None:
    said = order.attribution
    came = {
        name: getattr(said, name)
        for name in ("source", "medium", "campaign", "content", "term", "device")
        if getattr(said, name)
    }
    signals.keep(
        connection,
        signals.ORDER,
        store=parts[0].store_id if parts else "",
        client=said.client,
        customer=whole.customer,
        order=whole.order_id,
        qty=sum(line.qty for line in order.lines),
        value=order.total,
        consent=order.consent.email,
        detail=msgspec.json.encode(came).decode() if came else "",
        now=now,
    )


def _event(whole: Whole, order: ChannelOrder, parts: tuple[Part, ...]) -> dict[str, Any]:
    return {
        "order": whole.order_id,
        "name": order.external_name,
        "channel": order.channel,
        "external_id": order.external_id,
        "currency": order.currency,
        "total": order.total,
        "parts": [
            {
                "reservation": part.row.reservation,
                "store": part.store_id,
                "way": part.row.way,
                "promised": part.row.promised,
            }
            for part in parts
        ],
    }


# --- an order that is known -------------------------------------------------------------------


def _newer(
    connection: Connection,
    held: Whole,
    order: ChannelOrder,
    told: Told,
    now: dt.datetime,
    context: Context,
) -> Taken:
    at = kept.at_of(now)
    before = held.told
    if forgetting.is_forgotten(held):
        order, who = forgetting.bare(order), ""
    else:
        who = held.customer or from_orders.whose(connection, order, now)
    fresh = _row(held.order_id, order, at, held.taken, held.state, who)
    whole = kept.put(
        connection, replace(fresh, paid=held.paid, due=held.due, returned=held.returned)
    )
    seen = money.see(connection, whole, order.refunds, at)
    flagged: tuple[str, ...] = ()
    if order.state == "cancelled":
        if held.state != CANCELLED:
            flagged = ending.cancelled_by_shop(connection, whole, told, now)
            whole = kept.put(connection, replace(whole, state=CANCELLED))
    elif held.state == CANCELLED and order.state == "open":
        if before is not None and before.state == "cancelled":
            whole, flagged = _opened(connection, whole, order, told, now, context)
    elif order.state == "open" and before is not None:
        flagged = _edited(connection, whole, before, order, told, now, context)
    elif order.state == "completed" and before is not None and before.state == "open":
        flagged = _done_elsewhere(connection, whole, now)
    flagged += order_returns.seen(connection, whole, now, len(seen))
    _contact(connection, whole, order, told, at)
    money.settle(connection, whole, told, at)
    parts = tuple(kept.parts_of(connection, held.order_id))
    from_orders.note(connection, who, order, held.order_id, [one.store_id for one in parts], now)
    return Taken(held.order_id, CHANGED, parts, flagged)


def _wanted(order: ChannelOrder) -> dict[str, tuple[str, int, int]]:
    return {
        line.external_line_id: (line.sku, line.qty, line.gross)
        for line in order.lines
        if line.qty > 0
    }


def _opened(
    connection: Connection,
    whole: Whole,
    order: ChannelOrder,
    told: Told,
    now: dt.datetime,
    context: Context,
) -> tuple[Whole, tuple[str, ...]]:
    """The shop opens again what it had called off: anew, unless goods or money went meanwhile.

    While its bag is not on the shelf again nothing is promised a second time (`bags`). What the hub
    itself called off stays so: until the shop hears of it, it goes on saying "open".
    """
    parts = kept.parts_of(connection, whole.order_id)
    if given(parts) or money.account_of(connection, whole, order).asked:
        return whole, _for_a_person(
            connection, whole, order, parts[0].store_id if parts else "", now
        )
    whole = kept.put(connection, replace(whole, state=OPEN))
    bag = next((part for part in parts if part.row.state == CANCELLING), None)
    if bag is not None:
        detail = bag_detail(whole)
        flags.open_one(
            connection, "order_changed", whole, bag.store_id, detail, now, amount=order.total
        )
        return whole, ("order_changed",)
    return whole, make(connection, whole, order, told, now, context)


def bag_detail(whole: Whole) -> str:
    """How it is told that an order waits for its own old bag."""
    return f"{whole.external_name}: open again, and its first bag is not back"


def given(parts: list[Part]) -> bool:
    """True where somebody has goods of it."""
    return any(line.handed for part in parts for line in part.row.lines)


def _for_a_person(
    connection: Connection, whole: Whole, order: ChannelOrder, store_id: str, now: dt.datetime
) -> tuple[str, ...]:
    detail = f"{order.external_name}: {order.external_version}"
    flags.open_one(connection, "order_changed", whole, store_id, detail, now, amount=order.total)
    return ("order_changed",)


def _edited(
    connection: Connection,
    whole: Whole,
    before: ChannelOrder,
    order: ChannelOrder,
    told: Told,
    now: dt.datetime,
    context: Context,
) -> tuple[str, ...]:
    """Other goods, or another store: done anew where nobody began, else a person decides."""
    same_place = before.fulfilment.location == order.fulfilment.location
    if _wanted(before) == _wanted(order) and same_place:
        return ()
    every = kept.parts_of(connection, whole.order_id)
    parts = [one for one in every if one.open]
    begun = [one for one in parts if one.row.state != "RESERVED"]
    if same_place and _is_ours(before, order, every):
        return ()
    if not parts and given(every) and _is_less(before, order):
        return ()  # it has been fetched, and comes back in part
    if begun or given(every):
        return _for_a_person(connection, whole, order, (begun or every)[0].store_id, now)
    for part in parts:
        ending.let_go(connection, part, told, now, who=context.name or order.channel, why="changed")
    return make(connection, whole, order, told, now, context)


def _is_ours(before: ChannelOrder, order: ChannelOrder, parts: list[Part]) -> bool:
    """True where the shop only took off what a store could not find, and asked back itself."""
    short: dict[str, int] = {}
    for part in parts:
        for line in part.row.lines:
            short[line.line] = short.get(line.line, 0) + line.short
    old = {line.external_line_id: line for line in before.lines if line.qty > 0}
    new = {line.external_line_id: line for line in order.lines if line.qty > 0}
    return (
        any(short.values())
        and new.keys() <= old.keys()
        and all(
            old[own].qty - short.get(own, 0) <= (new[own].qty if own in new else 0) <= old[own].qty
            and (own not in new or new[own].sku == old[own].sku)
            for own in old
        )
    )


def _is_less(before: ChannelOrder, order: ChannelOrder) -> bool:
    """True where nothing was added to what had been ordered."""
    old, new = _wanted(before), _wanted(order)
    return all(
        own in old and sku == old[own][0] and qty <= old[own][1]
        for own, (sku, qty, _gross) in new.items()
    )


def _done_elsewhere(connection: Connection, whole: Whole, now: dt.datetime) -> tuple[str, ...]:
    """The shop says that the customer has it, and no store does: a person looks who is right."""
    left = [one for one in kept.parts_of(connection, whole.order_id) if one.open]
    if not left:
        return ()
    detail = f"{whole.external_name}: the shop says that it is done"
    store_id, worth = left[0].store_id, sum(one.row.total for one in left)
    flags.open_one(connection, "order_changed", whole, store_id, detail, now, amount=worth)
    return ("order_changed",)


def _contact(
    connection: Connection, whole: Whole, order: ChannelOrder, told: Told, at: str
) -> None:
    """Who they are may be said anew: the tills hear it."""
    person = {
        "customer": order.customer.name,
        "phone": order.customer.phone,
        "email": order.customer.email,
        "collector": order.fulfilment.person,
        "consent": order.consent.email,
    }
    for part in kept.parts_of(connection, whole.order_id):
        if part.open and any(getattr(part.row, name) != said for name, said in person.items()):
            told.save(connection, part, at, **person)
