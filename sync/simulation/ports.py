"""The real program with a simulation's clock, disk and chance in the places of the machine's.

Engine and hub take their ports as arguments. What draws identities, opens files or encodes a fact
deeper inside is given its stand-in here, for as long as the world runs, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from pos_app.domain import value_code
from pos_app.store import journal, ledger, rejoin, transaction
from pos_app.till import (
    checkout,
    hand_over,
    inquiries,
    pending,
    refund,
    return_words,
    rights,
    values,
)
from sync.engine import lanes
from sync.hub import feed
from sync.hub.answers import RandomIds
from sync.hub.channels import work
from sync.protocol import Fact, encode_fact
from sync.simulation.chance import fresh_id
from sync.simulation.keeper import extended, reduced

if TYPE_CHECKING:
    from random import Random

    from sync.simulation.world import World

OF_VALUES: Final = (checkout, refund, pending, values, inquiries, return_words)
"""Verbs that make identities of their own."""


class SeededSecrets:
    """Codes out of a seed."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice

    def randbits(self, bits: int) -> int:
        """As `secrets.randbits`."""
        return self._dice.getrandbits(bits)


@contextmanager
def replaced(owner: Any, name: str, stand_in: Any) -> Iterator[None]:
    """`owner.name` is something else in here."""
    before = owner.__dict__[name]
    setattr(owner, name, stand_in)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextmanager
def installed(world: World) -> Iterator[None]:
    """Everything of the machine that the program reaches without being given it."""

    def encoded(fact: Fact) -> bytes:
        body = encode_fact(fact)
        if fact.dev in world.later:
            return extended(body)
        return reduced(body) if fact.dev in world.older else body

    def new_id(moment: datetime) -> str:
        return fresh_id(moment, world.ids)

    with ExitStack() as stack:
        stack.enter_context(world.disk.installed())
        stack.enter_context(replaced(ledger, "new_id", new_id))
        stack.enter_context(replaced(transaction, "new_id", new_id))
        stack.enter_context(replaced(rejoin, "new_id", new_id))
        stack.enter_context(replaced(rights, "new_id", new_id))
        stack.enter_context(replaced(hand_over, "new_id", new_id))
        for module in OF_VALUES if world.plan.values else ():
            stack.enter_context(replaced(module, "new_id", new_id))
        if world.plan.values:
            dice = world.dice("codes")
            stack.enter_context(replaced(value_code, "secrets", SeededSecrets(dice)))
            stack.enter_context(replaced(RandomIds, "uuid", lambda _self: new_id(world.now())))
            stack.enter_context(replaced(work, "pause_s", lambda *_given: 5.0))
        stack.enter_context(replaced(journal, "encode_fact", encoded))
        stack.enter_context(replaced(feed, "PAGE_ROWS_MAX", world.plan.page_rows))
        if world.plan.batch:
            stack.enter_context(replaced(lanes, "PUSH_MAX_EVENTS", world.plan.batch))
        yield
