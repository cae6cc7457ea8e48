"""What tills ask about gift cards and credit, and whether a right to one may be given at all.

An account that is not there, one whose PIN is another, and one that is blocked or over are the same
for whoever asks: in what is said, and in the work that is done before it is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from sync.hub import accounts, rights
from sync.hub.answers import HubProblem, stamp
from sync.hub.values import cards, guesses
from sync.protocol import RightAsk, RightReply, ValueLook, ValueReply

if TYPE_CHECKING:
    from sync.hub.right_desk import Asked

PATH: Final = "/v1/values/look"
TOLD: Final = "What is free on a gift card or credit; counted where there is none."
PROBLEMS: Final = ("value_limited",)
ACCOUNT: Final = re.compile(r"[!-~]{1,100}", re.ASCII)


def look(asked: Asked) -> ValueReply:
    """What is on an account. Raises HubProblem("malformed" | "value_limited")."""
    said: ValueLook = asked.message
    if said.kind not in cards.KINDS or not ACCOUNT.fullmatch(said.account):
        raise HubProblem("malformed", "kind and account")
    found = _standing(asked, said.kind, said.account, said.pin)
    if not found.good:
        return ValueReply(found=False)
    return ValueReply(True, found.free, found.currency, stamp(asked.now), found.expires)


def admits(asked: Asked) -> bool:
    """Whether a right to the account may be asked for; counted where not.

    Raises HubProblem("value_limited").
    """
    said: RightAsk = asked.message
    if said.kind not in cards.KINDS:
        return True
    found = _standing(asked, said.kind, said.account, said.pin)
    other = said.currency and found.currency and said.currency != found.currency
    return found.good and not other


def with_rest(asked: Asked, told: RightReply) -> RightReply:
    """A hold on stored value as its till is told of it: with what is free beside it."""
    part = told.parts[0]
    if told.form != rights.HOLD or part.kind not in cards.KINDS or told.state == rights.REFUSED:
        return told
    free = accounts.available(asked.connection, part.kind, part.account, asked.now)
    return msgspec.structs.replace(told, left=max(0, free))


def _standing(asked: Asked, kind: str, account: str, pin: str) -> cards.Standing:
    """Counted where it is none that may be spent; a customer's own credit is nobody's guess."""
    if kind == cards.CREDIT and not cards.BEARER.fullmatch(account):
        return cards.standing(asked.connection, asked.keys, kind, account, pin, asked.now)
    buckets = guesses.of_till(asked.device.device, kind, account)
    guesses.check(asked.connection, buckets, asked.now)
    found = cards.standing(asked.connection, asked.keys, kind, account, pin, asked.now)
    if not found.good:
        device = asked.device
        guesses.wrong(
            asked.connection, buckets, asked.now, device=device.device, store=device.store_id
        )
    return found
