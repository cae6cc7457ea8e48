"""What a lane of a shop's work has at hand, and what it says where the shop does not do its part."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from pos_app.domain.day import parse_utc
from sync.hub.answers import Clock, stamp
from sync.hub.channels import inbox, lanes, outbox, shops
from sync.hub.channels.adapter import Adapter, Client, Settings, ShopUnreachable
from sync.hub.channels.canonical import ChannelOrder
from sync.hub.channels.shops import Shop
from sync.hub.database import Again, Connection
from sync.hub.exceptions import open_exception, settle_about

AWAY_FOR: Final = dt.timedelta(minutes=15)
"""A shop that does not answer for so long is a matter for a person."""
GIVEN_UP: Final = dt.timedelta(days=7)
"""What could not be said or read for so long is left to a person."""
TRIES: Final = 8
PAUSES_S: Final = (5, 15, 45, 135, 405, 600)
"""After the first, second … failure; the last for all that follow."""
ORDER_KIND, ACT_KIND, SHOP_KIND = "channel_order", "channel_act", "channel_away"
AWAY, KEY = "no answer", "the key is not taken"

_T = TypeVar("_T")


class Pausing(Exception):
    """Nothing more can be said to the shop for so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Piecewise(Client, Protocol):
    """A client that gives each piece of work so much time."""

    asked: int
    """Calls so far."""

    def begin(self) -> None:
        """A piece begins."""

    def close(self) -> None:
        """No more calls."""


@dataclass(frozen=True, slots=True)
class Work:
    """One lane of one shop."""

    connection: Connection
    shop: Shop
    settings: Settings
    adapter: Adapter
    client: Piecewise
    clock: Clock
    take: Callable[[Connection, ChannelOrder, dt.datetime], object]
    """Books an order, inside the transaction that is open."""
    holder: str
    lane: str

    @property
    def channel(self) -> str:
        """The shop's name."""
        return self.shop.channel

    def begin(self) -> bool:
        """Before each piece: False where another process has the lane."""
        if not lanes.take(self.connection, self.channel, self.lane, self.holder, self.clock.now()):
            return False
        self.client.begin()
        return True

    def booked(self, do: Callable[[], _T]) -> _T:
        """What `do` gives inside a transaction; tried again where others stood in its way."""
        for left in range(TRIES, 0, -1):
            try:
                with self.connection.transaction():
                    return do()
            except Again:
                if left == 1:
                    raise
                time.sleep(random.uniform(0, 0.05))
        raise AssertionError


def pause_s(tries: int, asked_s: int = 0) -> float:
    """How long to wait after so many tries (the first is 0), or as long as the shop asked."""
    grown = PAUSES_S[min(tries, len(PAUSES_S) - 1)]
    return max(grown * random.uniform(0.8, 1.2), asked_s)


def next_try(now: dt.datetime, tries: int, cause: ShopUnreachable) -> dt.datetime:
    """When to ask again."""
    return now + dt.timedelta(seconds=pause_s(tries, cause.retry_after_s))


# --- how it goes with the shop -----------------------------------------------------------------


def shop_answers(work: Work) -> None:
    """It does its part (again): what stood against it is settled, what waits is tried at once."""
    said = shops.state(work.connection, work.channel).health
    if not said:
        return
    now = work.clock.now()
    at = stamp(now)

    def write() -> None:
        settle_about(work.connection, SHOP_KIND, "", _about(work, said), at)
        shops.note(work.connection, work.channel, health="", health_at=at, poll_at=at)
        inbox.at_once(work.connection, work.channel, now)
        outbox.at_once(work.connection, work.channel, now)

    work.booked(write)


def shop_fails(work: Work, what: str) -> None:
    """It does not: shown at once, told to a person in time (a refused key at once)."""
    now = work.clock.now()
    said = shops.state(work.connection, work.channel).health
    kind, _, since = said.rpartition(" since ")
    same = kind == what
    if not same:
        since = stamp(now)
    text = f"{what} since {since}"
    late = what != AWAY or now - parse_utc(since) >= AWAY_FOR
    if same and not late:
        return

    def write() -> None:
        if said and not same:
            settle_about(work.connection, SHOP_KIND, "", _about(work, said), stamp(now))
        if not same:
            shops.note(work.connection, work.channel, health=text, health_at=stamp(now))
        if late:
            tell_person(work, SHOP_KIND, _about(work, text))

    work.booked(write)


def _about(work: Work, said: str) -> str:
    return f"{work.channel}: {said}"


def tell_person(work: Work, kind: str, detail: str, *, amount: int = 0, currency: str = "") -> None:
    """Opens an exception, once for the same detail; in the transaction that is open."""
    open_exception(
        work.connection,
        kind=kind,
        n=None,
        device="",
        store="",
        amount=amount,
        currency=currency,
        detail=detail[:200],
        at=stamp(work.clock.now()),
    )
