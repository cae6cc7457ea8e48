"""Who is served first: a till's sales, then what a person waits for, then what tills fetch.

Requests that write stand in one queue a rank; pages that tills fetch stand in another one, before
another thread, so that a herd of them never delays a sale.
"""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from typing import Final, Generic, TypeVar
from urllib.parse import parse_qs

from sync.hub.answers import Request

_T = TypeVar("_T")

PUSH_PATH: Final = "/v1/sync/push"
PULL_PATH: Final = "/v1/sync/pull"
SNAPSHOTS_PATH: Final = "/v1/snapshots/"
STOREFRONT_PATH: Final = "/v1/storefront/"
SHARE: Final = 8
"""Of a group one place in so many is for lower ranks: they are late, and never starved."""


class Rank(IntEnum):
    """Lower comes first."""

    PUSH = 0
    ASK = 1
    """Hello, enrolment, holds and whatever else a person waits for."""
    DEVICE = 2
    """The stream of one till: what the hub tells it alone."""
    STORE = 3
    """Prices, staff and stock of a store."""
    GLOBAL = 4
    """The catalogue."""
    SHOP = 5
    """Visitors of websites, who only read."""


def rank_of(request: Request) -> Rank:
    """Where a request stands."""
    if request.path == PUSH_PATH:
        return Rank.PUSH
    if request.path.startswith(SNAPSHOTS_PATH):
        return rank_of_stream(request.path.removeprefix(SNAPSHOTS_PATH))
    if request.path.startswith(STOREFRONT_PATH) and request.method == "GET":
        return Rank.SHOP
    if request.path != PULL_PATH:
        return Rank.ASK
    try:
        asked = parse_qs(request.query, max_num_fields=16)
    except ValueError:
        return Rank.GLOBAL
    return rank_of_stream(asked.get("stream", [""])[0])


def rank_of_stream(stream: str) -> Rank:
    """Where a question about a stream stands."""
    if stream.startswith("device:"):
        return Rank.DEVICE
    return Rank.STORE if stream.startswith("store:") else Rank.GLOBAL


class Lanes(Generic[_T]):
    """Queues by rank, together never longer than `most`. Belongs to who holds its lock."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._queues: dict[Rank, deque[_T]] = {rank: deque() for rank in Rank}

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    def depths(self) -> dict[Rank, int]:
        """How many wait in each."""
        return {rank: len(queue) for rank, queue in self._queues.items()}

    def put(self, rank: Rank, one: _T) -> bool:
        """Queues it; False where there is no room.

        The last eighth of the room is for pushes: tills that fetch cannot fill it.
        """
        room = self._most if rank is Rank.PUSH else self._most - self._most // SHARE
        if len(self) >= room:
            return False
        self._queues[rank].append(one)
        return True

    def take(self, most: int) -> list[_T]:
        """The next ones, at most so many: by rank, with a small share for those behind."""
        kept = max(1, most // SHARE) if most > 1 else 0
        taken: list[_T] = []
        for rank, queue in self._queues.items():
            behind = sum(len(self._queues[each]) for each in Rank if each > rank)
            room = most - len(taken) - (min(kept, behind) if not taken else 0)
            while queue and room > 0:
                taken.append(queue.popleft())
                room -= 1
        return taken
