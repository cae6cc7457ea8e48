"""A till asks for goods of another store: all of them are promised there, or none.

What is promised is an order of the channel `till` from then on: the other store's tills see it and
pick it like any other. Its part has the id of the question, so the till that asked can take it back
by a fact, also before anybody answered.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace
from sqlalchemy import bindparam, select

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Refused
from pos_app.domain.money import MILLI
from pos_app.domain.pickup import ALPHABET
from sync.hub import accounts, atp, reservations, rights, schema, store
from sync.hub.answers import HubProblem, stamp
from sync.hub.channels.canonical import (
    PENDING,
    ChannelCustomer,
    ChannelFulfilment,
    ChannelLine,
    ChannelOrder,
    ChannelPayment,
)
from sync.hub.database import Statement
from sync.hub.orders import signals, taking
from sync.protocol import OrderAsk, RightReply
from sync.protocol.orders import BRING, PICKUP, SHIP

if TYPE_CHECKING:
    from sync.hub.right_desk import Asked
    from sync.hub.rights import Right, Wanted

WAYS: Final = frozenset({PICKUP, BRING, SHIP})
TTL_S: Final = 86_400
TTL_MAX_S: Final = 30 * 86_400
INSTEAD_MAX: Final = 5
TEXT_MAX: Final = 200
ADDRESS_MAX: Final = 8
CHANNEL: Final = "till"
NAME_SIGNS: Final = 5
ASKED_AT_ONCE: Final = 20
"""So many stores are looked at for who else has it."""

_s = schema.stock.c
_WHO_HAS = Statement(
    "sku qty",
    select(_s.store_id, _s.on_hand)
    .where(_s.sku == bindparam("sku"), _s.on_hand >= bindparam("qty"))
    .order_by(_s.on_hand.desc(), _s.store_id),
)


def wanted(asked: Asked) -> Wanted:
    """The promise that a question is about. Raises HubProblem("malformed")."""
    said: OrderAsk = asked.message
    lines = tuple((line.sku, line.qty) for line in said.lines)
    if not 0 < len(lines) <= reservations.LINES_MAX:
        raise HubProblem("malformed", "lines")
    if said.way not in WAYS or any(line.total < 0 for line in said.lines):
        raise HubProblem("malformed", "way and totals")
    texts = (said.name, said.phone, said.email, said.note, said.customer, *said.address)
    if len(said.address) > ADDRESS_MAX or any(len(text) > TEXT_MAX for text in texts):
        raise HubProblem("malformed", "texts")
    if said.way == SHIP and not said.address:
        raise HubProblem("malformed", "an address")
    try:
        store.load(asked.connection, said.store)
    except Refused as cause:
        raise HubProblem("malformed", "store") from cause
    return reservations.wanted(said.id, said.store, lines, _ttl_s(asked), asked.words)


def _ttl_s(asked: Asked) -> int:
    """For how long it is kept, from now; a day where nobody said."""
    said: OrderAsk = asked.message
    if not said.until:
        return TTL_S
    try:
        left = int((parse_utc(said.until) - asked.now).total_seconds())
    except ValueError as cause:
        raise HubProblem("malformed", "until") from cause
    return min(max(left, 60), TTL_MAX_S)


def take(asked: Asked, promise: Wanted) -> Right:
    """The goods are promised, and somebody in that store is told to get them; or neither."""
    said: OrderAsk = asked.message
    connection, now = asked.connection, asked.now
    name = order_name(said.id)
    right = reservations.reserve(connection, asked.device, promise, name, now)
    if not right.open:
        _refused(asked)
        return right
    context = taking.Context(
        name=_from(asked),
        store=said.store,
        way=said.way,
        to_store=asked.device.store_id if said.way == BRING else "",
        reservation=said.id,
        keep_until=said.until,
    )
    taking.take(connection, _order(said, name, stamp(now)), now, context)
    return right


def order_name(ask_id: str) -> str:
    """What people call the order that a question becomes: the same however often it is asked."""
    number, signs = int.from_bytes(sha256(ask_id.encode()).digest()[:8], "big"), ""
    for _ in range(NAME_SIGNS):
        number, place = divmod(number, len(ALPHABET))
        signs += ALPHABET[place]
    return f"T-{signs}"


def _from(asked: Asked) -> str:
    """Who asks, as the other store reads it."""
    shop = store.load(asked.connection, asked.device.store_id).store
    return shop.name


def _order(said: OrderAsk, name: str, at: str) -> ChannelOrder:
    """The question as an order of the channel `till`; what is paid in a sale is told by the sale."""
    lines = tuple(
        ChannelLine(
            *(str(place), line.sku, line.title[:TEXT_MAX], line.qty),
            list_unit=line.total * MILLI // line.qty,
            gross=line.total,
            variant=line.variant[:TEXT_MAX],
        )
        for place, line in enumerate(said.lines, 1)
    )
    total = sum(line.gross for line in lines)
    return ChannelOrder(
        *(CHANNEL, said.id, name, at, at, "open", said.currency),
        lines,
        ChannelPayment(PENDING, due=total),
        total=total,
        customer=ChannelCustomer(said.email, said.phone, said.name, said.customer),
        fulfilment=ChannelFulfilment(
            "ship" if said.way == SHIP else "pickup",
            said.store,
            note=said.note,
            address=said.address,
        ),
    )


def _refused(asked: Asked) -> None:
    said: OrderAsk = asked.message
    for line in said.lines:
        signals.keep(
            asked.connection,
            signals.REFUSED,
            store=said.store,
            sku=line.sku,
            customer=said.customer,
            qty=line.qty,
            value=line.total,
            detail=asked.device.store_id,
            now=asked.now,
        )


def told(asked: Asked, reply: RightReply) -> RightReply:
    """The answer with what the customer is told: until when, or who else has it."""
    said: OrderAsk = asked.message
    if reply.state == rights.REFUSED:
        return replace(reply, instead=_instead(asked))
    found = reservations.find(asked.connection, reply.id)
    return replace(reply, order=order_name(said.id), until=found.due if found is not None else "")


def _instead(asked: Asked) -> tuple[tuple[str, int], ...]:
    """Other stores that could promise the first of it now, who has most first."""
    said: OrderAsk = asked.message
    sku, qty = said.lines[0].sku, said.lines[0].qty
    free = []
    for one, _on_hand in asked.connection.all(_WHO_HAS, (sku, qty))[:ASKED_AT_ONCE]:
        if one not in (said.store, asked.device.store_id):
            name = atp.account(one, sku)
            left = accounts.available(asked.connection, "stock", name, asked.now)
            if left >= qty:
                free.append((one, left))
    return tuple(sorted(free, key=lambda each: (-each[1], each[0]))[:INSTEAD_MAX])
