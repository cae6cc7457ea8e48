"""A till asks for goods of another store: all of them are promised there, or none.

What is promised is an order of the channel `till` from then on: the other store's tills see it and
pick it like any other. Its part has the id of the question, so the till that asked can take it back
by a fact, also before anybody answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace
from sqlalchemy import bindparam, select

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Refused
from sync.hub import accounts, atp, reservations, rights, schema, store
from sync.hub.answers import HubProblem
from sync.hub.database import Statement
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
    reference = said.id
    return reservations.reserve(asked.connection, asked.device, promise, reference, asked.now)


def told(asked: Asked, reply: RightReply) -> RightReply:
    """The answer with what the customer is told: until when, or who else has it."""
    said: OrderAsk = asked.message
    if reply.state == rights.REFUSED:
        return replace(reply, instead=_instead(asked))
    found = reservations.find(asked.connection, reply.id)
    return replace(reply, order=said.id, until=found.due if found is not None else "")


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
