"""The money of an order: what was paid, what is due, what goes back; each booked once.

Two things are known: what the channel says was paid and is due, and what tills took. What cannot be
given any more is `less`. A refund is asked of the shop under an id that never changes, and never
goes beyond what was paid.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import bindparam, select

from pos_app.domain.pickup import CANCELLING
from sync.hub import schema
from sync.hub.channels import outbox
from sync.hub.channels.canonical import ChannelOrder, ChannelRefund
from sync.hub.database import Connection, Statement, adding
from sync.hub.orders import flags, kept
from sync.hub.orders.kept import Told, Whole
from sync.protocol.orders import BRING

FIRST, TILL, LESS, ASKED, SEEN = "first", "till", "less", "asked", "seen"
"""Paid when the order came; paid at a till; not given after all; asked back of the shop; given back
as the shop says."""
BACK, OVER = "back", "over"
"""Paid back at a till for goods that came back; what came back beyond what was handed over, as it was
told to a person (`part` is empty, the source names the line)."""
SHOPLESS: Final = frozenset({"till", "storefront"})

_m = schema.order_money.c
_ALL = Statement(
    "order_id",
    select(_m.source, _m.kind, _m.amount, _m.part)
    .where(_m.order_id == bindparam("order_id"))
    .order_by(_m.at, _m.source),
)
_WHEN = Statement(
    "order_id",
    select(_m.source, _m.kind, _m.amount, _m.at)
    .where(_m.order_id == bindparam("order_id"))
    .order_by(_m.at, _m.source),
)
_ADD = adding(schema.order_money, ignore=True)


@dataclass(frozen=True, slots=True)
class Account:
    """What an order's money comes to."""

    owed: int
    """What the customer pays for all that they get."""
    paid: int
    due: int
    returned: int
    """Given back, as the shop says, and at tills."""
    asked: int
    """Asked back, told of or not."""
    foreign: int
    """Given back without having been asked."""
    back: int = 0
    """Paid back at tills for goods that came back."""
    at_tills: int = 0
    """What of `paid` stores took: no shop's payment service can give it back."""

    @property
    def of_shop(self) -> int:
        """The most that the shop may still be asked for."""
        held = self.paid - self.at_tills - self.asked - self.foreign
        return min(max(held, 0), self.can_go_back)

    @property
    def can_go_back(self) -> int:
        """The most that may still be asked back."""
        return max(self.paid - self.asked - self.foreign - self.back, 0)


def entries(connection: Connection, order_id: str) -> list[tuple[str, str, int, str]]:
    """(source, kind, amount, part) of an order, oldest first."""
    return [(str(a), str(b), int(c), str(d)) for a, b, c, d in connection.all(_ALL, (order_id,))]


def note(
    connection: Connection, order: Whole, source: str, kind: str, amount: int, part: str, at: str
) -> bool:
    """Books an amount, once for its source; False where it was booked before."""
    return connection.run(_ADD, (order.order_id, source, kind, amount, part, at)) > 0


def account_of(connection: Connection, order: Whole, told: ChannelOrder | None) -> Account:
    """What it comes to now."""
    sums = dict.fromkeys((FIRST, TILL, LESS, ASKED, SEEN, BACK, OVER), 0)
    asked, seen = dict[str, int](), list[tuple[str, int]]()
    for source, kind, amount, _part in entries(connection, order.order_id):
        sums[kind] += amount
        if kind == ASKED:
            asked[source] = amount
        elif kind == SEEN:
            seen.append((source, amount))
    payment = told.payment if told is not None else None
    said_paid = payment.paid if payment else 0
    owed = (payment.paid + payment.due if payment else 0) - sums[LESS]
    paid = max(said_paid, sums[FIRST] + sums[TILL])
    foreign = sum(amount for _, amount in _unasked(asked, seen, told))
    due, back = max(owed - paid, 0), sums[BACK]
    returned = sums[SEEN] + back
    return Account(
        max(owed, 0), paid, due, returned, sums[ASKED], foreign, back, at_tills=sums[TILL]
    )


def unasked(
    connection: Connection, order: Whole, told: ChannelOrder | None
) -> list[tuple[ChannelRefund, str]]:
    """(a refund that the shop made without having been asked, when it was seen here)."""
    asked, seen, at = dict[str, int](), list[tuple[str, int]](), dict[str, str]()
    for source, kind, amount, when in connection.all(_WHEN, (order.order_id,)):
        if kind == ASKED:
            asked[str(source)] = int(amount)
        elif kind == SEEN:
            seen.append((str(source), int(amount)))
            at[str(source)] = str(when)
    said = {f"seen:{one.external_id}": one for one in (told.refunds if told else ())}
    return [
        (said[source], at[source])
        for source, _amount in _unasked(asked, seen, told)
        if source in said
    ]


def _unasked(
    asked: dict[str, int], seen: Sequence[tuple[str, int]], told: ChannelOrder | None
) -> list[tuple[str, int]]:
    """Refunds of the shop's that are not the answer to one of ours."""
    reasons = {f"seen:{one.external_id}": one.reason for one in (told.refunds if told else ())}
    open_ones, left = dict(asked), list[tuple[str, int]]()
    for source, amount in seen:
        named = next((op for op in open_ones if op in reasons.get(source, "")), "")
        if named:
            del open_ones[named]
        else:
            left.append((source, amount))
    foreign = []
    for source, amount in left:
        same = next((op for op, wanted in open_ones.items() if wanted == amount), "")
        if same:
            del open_ones[same]
        else:
            foreign.append((source, amount))
    return foreign


def seen_since(
    connection: Connection, order: Whole, told: ChannelOrder, since: str
) -> list[tuple[ChannelRefund, str]]:
    """(a refund that the shop told of, when it was seen here), of those seen since then."""
    at = {
        str(source): str(when)
        for source, kind, _amount, when in connection.all(_WHEN, (order.order_id,))
        if kind == SEEN and str(when) >= since
    }
    said = ((one, f"seen:{one.external_id}") for one in told.refunds)
    return [(one, at[source]) for one, source in said if source in at]


def see(
    connection: Connection, order: Whole, refunds: Sequence[ChannelRefund], at: str
) -> list[ChannelRefund]:
    """Books what the shop says it gave back; those that are new."""
    return [
        one
        for one in refunds
        if note(connection, order, f"seen:{one.external_id}", SEEN, one.amount, "", at)
    ]


def tell_paid(
    connection: Connection, order: Whole, source: str, amount: int, store: str, now: dt.datetime
) -> None:
    """The shop hears that a store took what was due."""
    outbox.tell(
        *(connection, order.channel, order.external_id, outbox.PAID, f"paid:{source}"),
        amount=amount,
        currency=order.currency,
        location=store,
        now=now,
    )


def settle(connection: Connection, order: Whole, told: Told, at: str) -> Whole:
    """Brings the order's figures, and what its open parts say is due, to what was booked."""
    said = order.told
    found = account_of(connection, order, said)
    order = kept.put(
        connection, replace(order, paid=found.paid, due=found.due, returned=found.returned)
    )
    parts = kept.parts_of(connection, order.order_id)
    handing = [
        one for one in parts if one.open and one.row.state != CANCELLING and one.row.way != BRING
    ]
    for one in parts:
        if one.row.due and (one.row.state == CANCELLING or not one.open):
            told.save(connection, one, at, due=0)  # whoever gets the rest pays the rest
    sums = [max(one.row.total, 0) for one in handing]
    for one, due in zip(handing, shared(found.due, sums), strict=True):
        if one.row.due != due:
            told.save(connection, one, at, due=due)
    return order


def shared(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount over weights to the penny: cumulative rounding, the last takes what is left."""
    total, given, before, found = sum(weights), 0, 0, list[int]()
    for place, weight in enumerate(weights):
        before += weight
        last = place == len(weights) - 1
        upto = amount if last or not total else amount * before // total
        found.append(upto - given)
        given = upto
    return found


def give_back(
    connection: Connection,
    order: Whole,
    part: str,
    source: str,
    value: int,
    why: str,
    now: dt.datetime,
    *,
    lines: tuple[tuple[str, int], ...] = (),
    store: str = "",
) -> int:
    """Goods of that value are not given after all: less is due, and the rest is asked back, once.

    What was asked of the shop. `source` names what happened and never changes.
    """
    at = kept.at_of(now)
    before = account_of(connection, order, order.told)
    if value <= 0 or not note(connection, order, f"less:{source}", LESS, value, part, at):
        return 0
    after = account_of(connection, order, order.told)
    wanted = min(value - (before.due - after.due), before.can_go_back)
    op_id = f"refund:{source}"
    if wanted <= 0 or not note(connection, order, op_id, ASKED, wanted, part, at):
        return 0
    asked = min(wanted, before.of_shop)
    heard = asked > 0 and outbox.tell(
        *(connection, order.channel, order.external_id, outbox.REFUND, op_id),
        lines=lines,
        amount=asked,
        currency=order.currency,
        location=store,
        reason=why,
        now=now,
    )
    rest = wanted - asked if heard else wanted
    if rest:  # nobody to be told, or it was paid at a till: a person gives it back
        detail = f"{order.external_name}: {why}"
        flags.open_one(connection, "order_refund_due", order, store, detail, now, amount=rest)
    return wanted
