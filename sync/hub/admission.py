"""How many may come at once: what keeps a herd of tills from taking the hub's memory and time.

After an outage every till of a chain says hello in the same second. A token bucket lets them in at
a pace; who has to wait is told for how long (`Retry-After`), and a till obeys in all it does. Bodies
are let in by their bytes, so memory is bounded by a number and not by the number of tills.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Final

from sync.hub.answers import HubProblem

HELLO_RATE: Final = 50.0
"""Hellos a second that are let in, after `HELLO_BURST` at once."""
HELLO_BURST: Final = 100.0
DEVICE_RATE: Final = 100.0
"""Requests a second of one till; it needs some three a second while it sells."""
DEVICE_BURST: Final = 400.0
DEVICE_OPEN: Final = 32
"""Requests of one till that are under way; it has some five lanes."""
DEVICES_MAX: Final = 20_000
"""Tills remembered; the one that was silent longest is forgotten."""
BODY_BYTES: Final = 64 << 20
"""Bodies in memory at once."""
PAGE_SLOTS: Final = 32
"""Pages of a catalogue on their way to slow tills at once, 1 MiB each."""
BULK_BYTES: Final = 64 << 10
"""A page below it needs no place: the system's buffers take it."""


@dataclass(slots=True)
class Bucket:
    """A token bucket; times are seconds of a monotonic clock."""

    rate: float
    burst: float
    tokens: float
    at: float

    def wait_s(self, now: float) -> float:
        """Takes a token: 0, or takes none and says how long until there is one."""
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / self.rate


class Gate:
    """Who may come in now."""

    def __init__(self, hello_rate: float = HELLO_RATE, hello_burst: float = HELLO_BURST) -> None:
        self._hello = Bucket(hello_rate, hello_burst, hello_burst, 0.0)
        self._waiting_until = 0.0
        self._devices: OrderedDict[tuple[str, str], Bucket] = OrderedDict()
        self._open: dict[tuple[str, str], int] = {}
        self.refused = 0

    def hello(self, now: float) -> None:
        """Raises HubProblem("slow_down") with a pause of its own for each that has to wait.

        Whoever is told to wait is counted into the pause of the next, so that a thousand tills
        come back one after the other and not all in two seconds.
        """
        if not self._hello.wait_s(now):
            return
        self.refused += 1
        step = 1 / self._hello.rate
        self._waiting_until = max(self._waiting_until, now) + step
        raise HubProblem(
            "slow_down",
            retry_after_s=min(60, max(1, math.ceil(round(self._waiting_until - now, 6)))),
        )

    @contextlib.contextmanager
    def device(self, keyid: str, address: str, now: float) -> Iterator[None]:
        """A request of a till while it is under way. Raises HubProblem("slow_down").

        Counted by what claims to be the till *and* where it comes from: somebody who knows a
        till's id spends nothing of what the till itself may do.
        """
        who = (keyid, address)
        bucket = self._devices.get(who)
        if bucket is None:
            bucket = self._devices[who] = Bucket(DEVICE_RATE, DEVICE_BURST, DEVICE_BURST, now)
            if len(self._devices) > DEVICES_MAX:
                self._devices.popitem(last=False)
        self._devices.move_to_end(who)
        wait_s = bucket.wait_s(now)
        if wait_s or self._open.get(who, 0) >= DEVICE_OPEN:
            self.refused += 1
            raise HubProblem("slow_down", retry_after_s=max(1, math.ceil(wait_s)))
        self._open[who] = self._open.get(who, 0) + 1
        try:
            yield
        finally:
            left = self._open.pop(who) - 1
            if left:
                self._open[who] = left

    @property
    def connected(self) -> int:
        """Tills that have a request under way (a long poll, mostly)."""
        return len({keyid for keyid, _address in self._open})


class Room:
    """So many bytes, or places, for all together; who finds none waits in order."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._size = size
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def taken(self) -> int:
        """How much of it is in use."""
        return self._size - self._left

    @contextlib.asynccontextmanager
    async def taking(self, count: int) -> AsyncIterator[None]:
        """So much of it, until the end of the block."""
        count = min(count, self._size)
        await self.take(count)
        try:
            yield
        finally:
            self.give(count)

    async def take(self, count: int = 1) -> None:
        """So much of it, until it is given back."""
        if not self._waiting and self._left >= count:
            self._left -= count
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((count, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(count)
            else:
                self._waiting.remove((count, turn))
                self._pass_on()
            raise

    def give(self, count: int = 1) -> None:
        """So much of it is free again."""
        self._left += count
        self._pass_on()

    def _pass_on(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._left:
            count, turn = self._waiting.popleft()
            if not turn.done():
                self._left -= count
                turn.set_result(None)
