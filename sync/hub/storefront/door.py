"""The way in for websites: how much one address may ask, who guesses, and what pages are told.

Everybody knows a public key, so what it opens is bounded by where the asker is; whoever shows keys
or tokens that are none may soon ask no more for a while. Pages of other addresses are told what
browsers want to know (CORS): nothing here goes by cookies, so an origin that any storefront names is
enough, and the key itself decides.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from sync.hub.admission import Bucket
from sync.hub.answers import HubProblem
from sync.hub.database import Connection
from sync.hub.storefront import keys

PREFIX: Final = "/v1/storefront/"
RATE: Final = 20.0
"""Requests a second of one address, after `BURST` at once."""
BURST: Final = 100.0
SERVER_RATE: Final = 100.0
"""The same of a website's own server, which asks for all its customers."""
SERVER_BURST: Final = 400.0
MISS_RATE: Final = 0.2
"""Wrong keys and tokens a second, after `MISS_BURST` of them."""
MISS_BURST: Final = 20.0
ADDRESSES_MAX: Final = 20_000
AT_ONCE: Final = 8
"""Reads of all storefronts that stand before the thread for reading: tills are before them."""
ORIGINS_FOR_S: Final = 5.0
_ORDERS: Final = PREFIX + "orders/"
_PREFLIGHT: Final = {
    "access-control-allow-methods": "GET",
    "access-control-allow-headers": "authorization",
    "access-control-max-age": "7200",
}


@dataclass(slots=True)
class _Visitor:
    asks: Bucket
    serves: Bucket
    misses: Bucket


class Door:
    """Belongs to the loop. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._visitors: OrderedDict[str, _Visitor] = OrderedDict()
        self._origins: frozenset[str] = frozenset()
        self._origins_at = -ORIGINS_FOR_S
        self.refused = 0

    def enter(self, address: str, now: float, *, server: bool) -> None:
        """Counts a request; `server` where it is one of a website's own server.

        Raises HubProblem("slow_down").
        """
        visitor = self._visitor(address, now)
        wait_s = (visitor.serves if server else visitor.asks).wait_s(now)
        guesses = visitor.misses
        guesses.tokens = min(guesses.burst, guesses.tokens + (now - guesses.at) * guesses.rate)
        guesses.at = now
        if guesses.tokens < 1:
            wait_s = max(wait_s, (1 - guesses.tokens) / guesses.rate)
        if wait_s:
            self.refused += 1
            raise HubProblem("slow_down", retry_after_s=max(1, math.ceil(wait_s)))

    def guessed(self, address: str, now: float) -> None:
        """Notes that somebody showed a key or a token that is none."""
        self._visitor(address, now).misses.wait_s(now)

    def _visitor(self, address: str, now: float) -> _Visitor:
        name = _network(address)
        found = self._visitors.get(name)
        if found is None:
            found = _Visitor(
                Bucket(RATE, BURST, BURST, now),
                Bucket(SERVER_RATE, SERVER_BURST, SERVER_BURST, now),
                Bucket(MISS_RATE, MISS_BURST, MISS_BURST, now),
            )
            self._visitors[name] = found
            if len(self._visitors) > ADDRESSES_MAX:
                self._visitors.popitem(last=False)
        self._visitors.move_to_end(name)
        return found

    # --- pages ---------------------------------------------------------------------------------

    def knows_origins(self, now: float) -> bool:
        """Whether what is known of origins is fresh."""
        return now - self._origins_at < ORIGINS_FOR_S

    def learn(self, origins: Iterable[str], now: float) -> None:
        """The origins that storefronts name."""
        self._origins, self._origins_at = frozenset(origins), now

    def cors(self, origin: str, *, preflight: bool = False) -> dict[str, str]:
        """What a page from there is told; nothing where no storefront names it."""
        if not origin:
            return {}
        told = {"vary": "origin"}
        if origin in self._origins or "*" in self._origins:
            told["access-control-allow-origin"] = origin
            told["access-control-expose-headers"] = "retry-after"
            if preflight:
                told |= _PREFLIGHT
        return told


def _network(address: str) -> str:
    """An address; of the new kind its network, for one asker has all of it."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return address


def origins_of(connection: Connection) -> list[str]:
    """Every origin that a storefront names."""
    found = keys.every(connection)
    return [origin for one in found if one.state == keys.ACTIVE for origin in one.origins.split()]


def of_a_server(headers: Mapping[str, str]) -> bool:
    """Whether a website's own server says that it asks; a wrong key soon ends that."""
    return headers.get("authorization", "").lower().startswith(f"bearer {keys.SECRET}")


def is_guess(method: str, path: str, status: int) -> bool:
    """Whether a request showed a key or an order's token that is none."""
    if status == HTTPStatus.UNAUTHORIZED:
        return True
    return status == HTTPStatus.NOT_FOUND and method == "GET" and path.startswith(_ORDERS)
