"""The loyalty programme as this till has it, in memory; and what it asked of the hub for baskets.

A basket keeps the programme it began with, as it keeps its promotions: nobody's points move while
they look for their purse.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import msgspec

from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused
from pos_app.domain.loyalty import Programme
from pos_app.domain.loyalty_rules import read
from pos_app.domain.member import Attached
from pos_app.domain.store import Store
from pos_app.store.catalogue import Catalogue
from sync.protocol import ProgrammeRow

PINNED_MAX = 64
MOVED_MAX = 50
_row = msgspec.json.Decoder(ProgrammeRow)


@dataclass(slots=True)
class Loyalty:
    """The programme now, those that open baskets began with, and what is asked for them."""

    now: Programme | None = None
    asked: dict[str, str] = field(default_factory=dict)
    """Basket -> the question about its customer's points that was sent last."""
    fewer: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Basket -> how many points there were instead of what was known, and as of when that was."""
    _moved: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    """Account -> (hub's time, points) of what was done here; more than the hub told of yet."""
    _pinned: dict[str, Programme] = field(default_factory=dict)
    _known: object = None

    def look(self, catalogue: Catalogue, store: Store | None) -> bool:
        """Reads what the replica has now; True where it is another one than before."""
        rows = catalogue.rows("programme")
        known = (rows, store)
        if store is None or known == self._known:
            return False
        self._known = known
        before, self.now = self.now, None
        for _, body in sorted(rows):
            try:
                row = _row.decode(body)
                if row.active and row.currency == store.currency:
                    self.now = read(row.rules)
            except (Refused, msgspec.MsgspecError):
                continue  # of a newer hub: rules this program does not know give nothing
        return self.now != before

    def of(self, basket: Basket) -> Programme | None:
        """The rules of a basket: those it began with."""
        pinned = self._pinned.get(basket.basket_id)
        if pinned is not None or self.now is None or not basket.lines:
            return pinned or self.now
        while len(self._pinned) >= PINNED_MAX:
            self._pinned.pop(next(iter(self._pinned)))
        self._pinned[basket.basket_id] = self.now
        return self.now

    def did(self, account: str, points: int, at: str) -> None:
        """Points came (above 0) or went here; `at` is the hub's time, UTC."""
        rows = self._moved.setdefault(account, [])
        rows.append((at, points))
        del rows[:-MOVED_MAX]

    def with_own(self, customer: Attached) -> Attached:
        """A customer as the hub told of them, with what was done here since."""
        rows = self._moved.get(customer.account, ())
        own = sum(points for at, points in rows if at > customer.as_of)
        return replace(customer, points=max(customer.points + own, 0)) if own else customer

    def forget(self, basket_id: str) -> str:
        """The basket is over, or its customer another one: what was asked for it last."""
        self._pinned.pop(basket_id, None)
        self.fewer.pop(basket_id, None)
        return self.asked.pop(basket_id, "")
