"""Gift cards and credit in a website's checkout: balance, hold, capture, void, by code.

The same accounts and the same rights as a till's, so nothing is spent in both. Only a website's own
server may ask, and it says for which of its visitors: who guesses is soon answered no more.
"""

from __future__ import annotations

import uuid
from typing import Final

import msgspec

from pos_app.domain.day import utc_text
from pos_app.domain.errors import Refused
from pos_app.domain.value_code import ValueCode, account_of, pin_proof, read_code
from sync.hub import accounts, recovering, rights
from sync.hub.answers import HubProblem, stamp
from sync.hub.rights import Right, Wanted
from sync.hub.storefront.ordering import Desk
from sync.hub.storefront.value_messages import (
    ValueAsked,
    ValueHeld,
    ValueHold,
    ValueLetGo,
    ValueTaken,
    ValueTold,
)
from sync.hub.values import cards, guesses
from sync.protocol import RightPart

OWNER: Final = "storefront:"
"""How a right says which website has it."""
NOBODY: Final = "0" * 32
"""The account that is looked at where a code cannot be read: nobody's."""
_ROOT: Final = uuid.UUID("5f6f0c52-6a0b-5d0c-9c1e-71d0a9f2b6e3")


def look(desk: Desk, asked: ValueAsked) -> ValueTold:
    """What is on it. Raises HubProblem("value_limited")."""
    _code, _account, found = _standing(desk, asked.code, asked.pin, asked.visitor)
    if not found.good:
        return ValueTold(found=False)
    return ValueTold(True, found.free, found.currency, utc_text(desk.now), found.expires)


def hold(desk: Desk, asked: ValueHold) -> ValueHeld:
    """So much is kept, or refused. Raises HubProblem("value_limited" | "id_reused" | …)."""
    connection = desk.connection
    if recovering.is_recovering(connection):
        raise HubProblem("hub_recovering")
    if asked.amount < 1:
        raise HubProblem("malformed", "amount is above 0")
    owner, right_id = _owner(desk), _right_id(desk, asked.id)
    words = msgspec.json.encode((asked.code, asked.amount, asked.currency, asked.least))
    known = rights.find(connection, right_id)
    if known is not None:
        probe = Wanted(right_id, rights.HOLD, (), 0, words, "")
        if known.payload != probe.payload:
            raise HubProblem("id_reused")
        return _told(desk, known, asked.id)
    code, account, found = _standing(desk, asked.code, asked.pin, asked.visitor)
    kind = code.kind if code is not None else cards.CARD
    part = RightPart(kind, account, asked.amount)
    least = asked.least if 0 < asked.least <= asked.amount else 0
    wanted = Wanted(right_id, rights.HOLD, (part,), asked.minutes * 60, words, "", least)
    if not found.good or (found.currency and found.currency != asked.currency):
        made = rights.refuse_to(connection, owner, 0, wanted, desk.now)
    else:
        made = rights.grant_to(connection, owner, 0, wanted, desk.now)
    return _told(desk, made, asked.id)


def capture(desk: Desk, named: str, asked: ValueTaken) -> ValueHeld:
    """It is spent, once. Raises HubProblem("right_unknown" | "right_over" | "id_reused")."""
    right = _own(desk, named)
    part = rights.parts_of(desk.connection, right.right_id)[0]
    if right.state == rights.CAPTURED:
        if part.used != asked.amount:
            raise HubProblem("id_reused")
        return _told(desk, right, named)
    if right.state != rights.FIRST_STATE[rights.HOLD]:
        raise HubProblem("right_over", right.state)
    if not 0 < asked.amount <= part.amount:
        raise HubProblem("malformed", f"amount is 1 to {part.amount}")
    rights.capture(desk.connection, right, part, asked.amount, stamp(desk.now))
    return _told(desk, right, named)


def void(desk: Desk, named: str, asked: ValueLetGo) -> ValueHeld:
    """It is free again; said twice it is once. Raises HubProblem("right_unknown" | "right_over")."""
    right = _own(desk, named)
    if right.state == rights.CAPTURED:
        raise HubProblem("right_over", right.state)
    if right.open:
        accounts.lock(desk.connection, rights.accounts_of(desk.connection, right))
        rights.set_state(desk.connection, right, rights.VOIDED, stamp(desk.now), asked.reason[:40])
    return _told(desk, right, named)


def _standing(
    desk: Desk, text: str, pin: str, visitor: str
) -> tuple[ValueCode | None, str, cards.Standing]:
    try:
        code = read_code(text, pin)
        kind, account, proof = code.kind, account_of(code), pin_proof(code)
    except Refused:
        code, kind, account, proof = None, cards.CARD, NOBODY, ""
    shop = desk.storefront.storefront_id
    buckets = guesses.of_shop(shop, visitor, kind, account if code is not None else "")
    guesses.check(desk.connection, buckets, desk.now)
    found = cards.standing(desk.connection, desk.keys, kind, account, proof, desk.now)
    if not found.good:
        guesses.wrong(desk.connection, buckets, desk.now)
    return code, account, found


def _owner(desk: Desk) -> str:
    return f"{OWNER}{desk.storefront.storefront_id}"


def _right_id(desk: Desk, asked: str) -> str:
    return str(uuid.uuid5(_ROOT, f"{desk.storefront.storefront_id}\0{asked}"))


def _own(desk: Desk, named: str) -> Right:
    right = rights.find(desk.connection, _right_id(desk, named))
    if right is None or right.device != _owner(desk):
        raise HubProblem("right_unknown")
    return right


def _told(desk: Desk, right: Right, named: str) -> ValueHeld:
    now_known = rights.find(desk.connection, right.right_id) or right
    part = rights.parts_of(desk.connection, right.right_id)[0]
    refused = now_known.state == rights.REFUSED
    return ValueHeld(named, now_known.state, 0 if refused else part.amount, part.used)
