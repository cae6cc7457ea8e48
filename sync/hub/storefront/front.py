"""What a hub process remembers of websites between requests: what was looked for, how much was asked."""

from __future__ import annotations

import contextlib
import datetime as dt
import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from sync.hub.admission import Bucket
from sync.hub.answers import HubProblem

WAITING_MAX: Final = 10_000
BURST_S: Final = 10
"""A storefront may have so many seconds' worth of its reads at once."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """One, as it will be kept; `client` is empty where nobody agreed to its being kept."""

    kind: str
    store: str
    sku: str
    client: str
    consent: str
    detail: str
    at: dt.datetime


class LookUps:
    """What waits to be written; any thread may add."""

    def __init__(self) -> None:
        self._waiting: deque[LookUp] = deque(maxlen=WAITING_MAX)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, one: LookUp) -> None:
        """Keeps one; the oldest gives way where there are too many."""
        self._waiting.append(one)

    def take(self, most: int) -> list[LookUp]:
        """The next ones, and they wait no more."""
        taken: list[LookUp] = []
        with contextlib.suppress(IndexError):
            while len(taken) < most:
                taken.append(self._waiting.popleft())
        return taken


class Front:
    """One of each process; `reads` belongs to the thread that answers them."""

    def __init__(self) -> None:
        self.looked = LookUps()
        self._reads: dict[str, Bucket] = {}

    def reads(self, storefront_id: str, a_minute: int, now: dt.datetime) -> None:
        """Counts a read of all visitors of a storefront together. Raises HubProblem("slow_down")."""
        at, rate = now.timestamp(), a_minute / 60
        bucket = self._reads.get(storefront_id)
        if bucket is None or bucket.rate != rate:
            bucket = Bucket(rate, rate * BURST_S, rate * BURST_S, at)
            self._reads[storefront_id] = bucket
        wait_s = bucket.wait_s(max(at, bucket.at))
        if wait_s:
            raise HubProblem("slow_down", retry_after_s=max(1, math.ceil(wait_s)))
