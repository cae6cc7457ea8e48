"""What a person may have to settle: the kinds as one table, and the ways to settle each.

An exception says that what happened and what should have happened differ. Nothing is undone by it:
the goods and the money are where they are. A decision moves what it says, at once and once (`does`):
a cost is booked, a debt opened, an account put right, goods counted once; what a person's hands have
to do (a count, a counter-document, a card) becomes something to be done, which waits until it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pos_app.domain.staff import Policy


class Way(StrEnum):
    """How something is settled."""

    WRITE_OFF = "write_off"
    """Taken as it is; what it costs is a cost."""
    CUSTOMER_DEBT = "customer_debt"
    """Somebody owes it."""
    REVERSAL = "reversal"
    """A counter-document puts it right."""
    RECOUNT = "recount"
    """Counted anew; the count decides."""
    REISSUE = "reissue"
    """A paper or an entry is made again, rightly."""
    DUPLICATE = "duplicate_confirmed"
    """The same thing was told twice; once is right."""


OPEN: Final = "open"
ASSIGNED: Final = "assigned"
RESOLVED: Final = "resolved"
SETTLED: Final = "settled"
"""By itself: the next word of a till answered it."""
WAITING: Final = (OPEN, ASSIGNED)

MONEY, STOCK, SYNC = "money", "stock", "sync"
MANAGER, HQ, IT = "manager", "hq", "it"


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of the table."""

    name: str
    group: str
    """money, stock or sync."""
    owner: str
    """Whose it is: manager, hq or it."""
    due_h: int
    """Hours until somebody should have settled it."""
    ways: tuple[Way, ...]
    """What fits; the first is what is suggested."""
    derived: bool = True
    """True where it follows from the journal and dated data alone, so that it can be found again."""
    paid_out: bool = False
    """True where the amount has left the drawer already."""
    loses: bool = False
    """True where the amount is what the store loses when it is left as it is."""


_ACCEPT, _OWED, _BACK, _COUNT, _AGAIN, _TWICE = (
    Way.WRITE_OFF,
    Way.CUSTOMER_DEBT,
    Way.REVERSAL,
    Way.RECOUNT,
    Way.REISSUE,
    Way.DUPLICATE,
)


def _money(name: str, due_h: int, *ways: Way, owner: str = MANAGER, paid: bool = False) -> Kind:
    return Kind(name, MONEY, owner, due_h, ways, paid_out=paid, loses=paid)


def _told(name: str, group: str, owner: str, due_h: int, *ways: Way, loses: bool = False) -> Kind:
    """One that only the moment of booking can tell: it is not found again from the journal."""
    return Kind(name, group, owner, due_h, ways, derived=False, loses=loses)


_ROWS: Final = (
    # Money and goods that came back.
    _money("over_return", 24, _TWICE, _OWED, _ACCEPT, paid=True),
    _money("refund_differs", 24, _ACCEPT, _OWED, _BACK, paid=True),
    _money("refund_without_sale", 48, _ACCEPT, _OWED, _BACK, paid=True),
    _money("void_without_sale", 48, _ACCEPT, _AGAIN, _BACK, paid=True),
    _money("voided_twice", 24, _TWICE, _OWED, _ACCEPT, paid=True),
    # Money that came in, or should have.
    _money("payment_unmatched", 8, _BACK, _AGAIN, _ACCEPT),
    _money("figures_differ", 48, _ACCEPT, _BACK, _AGAIN),
    _told("promotion_differs", MONEY, MANAGER, 48, _ACCEPT, _BACK),
    _money("coupon_twice", 48, _ACCEPT, _TWICE, _OWED),
    _money("currency_differs", 24, _BACK, _ACCEPT, owner=HQ),
    _told("price_basis_stale", MONEY, MANAGER, 72, _ACCEPT, _OWED),
    # The drawer.
    _told("variance", MONEY, MANAGER, 24, _COUNT, _ACCEPT, _OWED, loses=True),
    _money("z_differs", 24, _COUNT, _ACCEPT, owner=HQ),
    _money("z_without_shift", 24, _ACCEPT, _AGAIN, owner=HQ),
    _money("cash_strange", 24, _COUNT, _ACCEPT),
    # Points, cards and credit.
    _told("grant_overrun", MONEY, MANAGER, 48, _ACCEPT, _OWED, loses=True),
    _told("unsecured_burn", MONEY, MANAGER, 48, _OWED, _ACCEPT, loses=True),
    _told("value_debt", MONEY, HQ, 72, _OWED, _ACCEPT, loses=True),
    _told("right_differs", MONEY, HQ, 48, _ACCEPT, _BACK),
    _told("right_unknown", MONEY, HQ, 48, _ACCEPT, _OWED),
    _told("right_strange", SYNC, IT, 24, _ACCEPT, _AGAIN),
    _told("late_capture", MONEY, MANAGER, 24, _ACCEPT, _BACK),
    _told("value_differs", MONEY, HQ, 24, _ACCEPT, _OWED, _BACK),
    _told("value_currency", MONEY, HQ, 24, _BACK, _ACCEPT),
    _told("value_blocked", MONEY, MANAGER, 24, _OWED, _ACCEPT),
    _told("value_guessing", SYNC, IT, 4, _ACCEPT),
    _told("points_differ", MONEY, HQ, 72, _ACCEPT, _BACK),
    _told("refund_failed", MONEY, HQ, 8, _AGAIN, _BACK, _ACCEPT),
    # Goods.
    _told("oversell", STOCK, MANAGER, 4, _AGAIN, _BACK, _COUNT),
    _told("negative_stock", STOCK, MANAGER, 48, _COUNT, _ACCEPT),
    _told("reservation_short", STOCK, MANAGER, 4, _AGAIN, _COUNT, _ACCEPT),
    _told("reservation_over_picked", STOCK, MANAGER, 8, _COUNT, _ACCEPT),
    _told("reservation_strange", STOCK, HQ, 24, _ACCEPT, _AGAIN),
    _told("pickup_twice", STOCK, MANAGER, 8, _TWICE, _OWED, _ACCEPT),
    Kind("transfer_difference", STOCK, MANAGER, 48, (_COUNT, _ACCEPT, _AGAIN)),
    Kind("delivery_difference", STOCK, MANAGER, 72, (_COUNT, _ACCEPT, _OWED)),
    _told("count_difference", STOCK, MANAGER, 48, _COUNT, _ACCEPT),
    # Customers' orders.
    _told("order_unknown_sku", STOCK, HQ, 4, _AGAIN, _ACCEPT),
    _told("order_unknown_store", STOCK, HQ, 4, _AGAIN, _ACCEPT),
    _told("order_short", STOCK, MANAGER, 4, _AGAIN, _BACK, _ACCEPT),
    _told("order_changed", STOCK, MANAGER, 4, _AGAIN, _ACCEPT),
    _told("order_stuck", STOCK, HQ, 4, _AGAIN, _ACCEPT),
    _told("channel_order", STOCK, HQ, 4, _AGAIN, _ACCEPT),
    _told("channel_act", MONEY, HQ, 8, _AGAIN, _BACK, _ACCEPT),
    _told("channel_away", SYNC, IT, 4, _AGAIN, _ACCEPT),
    _told("order_unpaid", MONEY, MANAGER, 8, _OWED, _BACK, _ACCEPT, loses=True),
    _told("order_refund_due", MONEY, HQ, 24, _BACK, _ACCEPT),
    _told("age_not_checked", STOCK, MANAGER, 24, _ACCEPT),
    # Papers.
    _money("invoice_without_sale", 48, _AGAIN, _BACK, owner=HQ),
    _money("number_gap", 24, _ACCEPT, _AGAIN, owner=HQ),
    _money("number_twice", 24, _AGAIN, _TWICE, owner=HQ),
    # Chains, clocks and devices.
    _told("clock_skew", SYNC, IT, 72, _ACCEPT),
    _told("rollback", SYNC, IT, 8, _AGAIN, _ACCEPT),
    _told("fork", SYNC, IT, 8, _AGAIN, _TWICE),
    _told("tail_lost", SYNC, IT, 24, _AGAIN, _ACCEPT),
    _told("quarantine", SYNC, HQ, 24, _AGAIN, _BACK, _ACCEPT),
    Kind("position_differs", SYNC, IT, 24, (_ACCEPT, _AGAIN)),
    Kind("store_differs", SYNC, IT, 24, (_ACCEPT, _AGAIN)),
    _told("entry_signature", SYNC, IT, 8, _AGAIN, _ACCEPT),
    _told("id_reused", SYNC, IT, 8, _TWICE, _AGAIN),
    # Decisions.
    _told("resolved_twice", SYNC, HQ, 48, _TWICE, _ACCEPT),
    _told("resolved_without_right", SYNC, HQ, 24, _ACCEPT, _BACK),
)
KINDS: Final[dict[str, Kind]] = {row.name: row for row in _ROWS}


def kind_of(name: str) -> Kind:
    """The row of a kind; one that a newer hub knows goes to head office, with every way open."""
    return KINDS.get(name) or Kind(name, SYNC, HQ, 24, tuple(Way), derived=False)


def action_of(kind: str) -> str:
    """The policy's row for settling that kind: money and goods, or chains, clocks and devices."""
    return "settle_technical" if kind_of(kind).group == SYNC else "settle_exception"


# --- what a decision does --------------------------------------------------------------------

COST: Final = "cost"
"""The store bears so much; below nothing where it keeps what is nobody's."""
DEBT: Final = "debt"
"""Somebody owes so much: on the account where one is known."""
CREDIT: Final = "credit"
"""So much is put on an account."""
STOCK_MOVE: Final = "stock"
"""So much of a product is counted once, not twice."""
COUNT: Final = "count"
"""A product, or the drawer where none is named, is to be counted: waits until it is."""
PAPER: Final = "paper"
"""A counter-document, a card, a paper: a person's hands do it, and say so."""
AGAIN: Final = "again"
"""An entry was read again, or an online shop is told again."""
BY_HAND: Final = frozenset({COUNT, PAPER})
"""What waits after the decision until somebody did it."""
POINTS: Final = "points"
"""Stands for a currency where points are counted."""

VALUE_KINDS: Final = frozenset({"grant_overrun", "unsecured_burn", "value_debt"})
"""Kinds about an account, which their detail names (`points ACCOUNT`)."""
SECOND: Final = "settle_paid_out"
"""The policy's row for bearing what was paid out: beyond its limit two people agree."""


def bears(kind: str, way: str) -> bool:
    """True where that decision makes money that left the drawer a cost of the store."""
    return kind_of(kind).paid_out and way == Way.WRITE_OFF


def unit_of(kind: str, detail: str, currency: str) -> str:
    """What the amount of an exception counts in: a currency, or points."""
    of_points = kind == "points_differ" or (kind in VALUE_KINDS and detail.startswith(POINTS))
    return POINTS if of_points else currency


def second_needed(policy: Policy, kind: str, way: str, amount: int) -> bool:
    """True where so much left the drawer that two people must agree to bear it."""
    found = policy.actions.get(SECOND)
    alone = found.reason_above if found is not None else None
    return bears(kind, way) and alone is not None and abs(amount) > alone
