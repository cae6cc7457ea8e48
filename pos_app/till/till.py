"""One till: its ledger, its copy of the catalogue, its rules, its devices and who stands at it.

Reads (`catalogue`, prices, limits) may be used on any thread that opened them. Verbs that write run
one after the other on the window's ledger lane; each is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from hardware.devices import Devices
from pos_app.domain.day import business_date, parse_utc
from pos_app.domain.errors import Refused, Unavailable
from pos_app.domain.staff import Policy, Staff
from pos_app.domain.store import Store
from pos_app.domain.tax import TaxRules
from pos_app.settings import Settings
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger, Transaction
from pos_app.store.records import Clock, Identity, Shift, SystemClock
from pos_app.store.replica import Catalogue
from pos_app.till import reference
from pos_app.till.printing import Printing
from sync.link import SyncStatus
from sync.protocol import Head

_T = TypeVar("_T")

ONLINE_STATES = frozenset({"DRAIN", "PULL", "LIVE"})
"""States of the sync engine in which the hub answers this till."""


class Link(Protocol):
    """What a verb needs of the line to sync; `sync.link.LinkClient` is one."""

    @property
    def connected(self) -> bool:
        """True while the sync process is at the other end."""

    @property
    def status(self) -> SyncStatus:
        """What sync last said."""

    def nudge(self) -> None:
        """Something was journalled."""


def _nothing() -> None:
    """What is told of a commit where nobody listens."""


@dataclass(slots=True)
class Till:
    """Everything a verb works with. Made by `open_till`, closed by `close`."""

    data: Path
    settings: Settings
    keys: Keys
    ledger: Ledger
    catalogue: Catalogue
    devices: Devices
    clock: Clock
    link: Link | None
    after_commit: Callable[[], None] = _nothing
    """Called after each commit that sync should know of. The window puts a signal to its GUI
    thread here, because the link belongs to that thread; alone it is the link's `nudge`."""
    person: Staff | None = None
    """Who is signed in."""
    own: reference.Reference = field(default_factory=reference.Reference)
    opened_ms: int = 0
    """Monotonic time of opening: lock-outs that were running begin again there."""
    locked_since_ms: dict[str, int] = field(default_factory=dict)
    """Staff id -> monotonic time of the last wrong PIN in this process."""
    printing: Printing = field(init=False)
    _moves: Mapping[str, int] = field(init=False, default_factory=dict)
    _moves_of: object = field(init=False, default=None)
    """At which places of feed and journal `_moves` was counted."""

    def __post_init__(self) -> None:
        self.printing = Printing(self)

    @property
    def identity(self) -> Identity:
        """Which device of which store this is."""
        return self.ledger.identity

    @property
    def store(self) -> Store:
        """The shop; raises Unavailable("till_not_ready") before its first data came."""
        return _needed(self.own.store)

    @property
    def rules(self) -> TaxRules:
        """The store's taxes; raises Unavailable("till_not_ready")."""
        return _needed(self.own.rules)

    @property
    def policy(self) -> Policy:
        """Who may do how much; raises Unavailable("till_not_ready")."""
        return _needed(self.own.policy)

    @property
    def staff(self) -> Mapping[str, Staff]:
        """Staff id -> person, the inactive too."""
        return self.own.staff

    @property
    def shift(self) -> Shift | None:
        """The open shift, or None."""
        return self.ledger.current_shift()

    @property
    def offline(self) -> bool:
        """True unless the hub answers now: the tighter column of the policy counts."""
        link = self.link
        return link is None or not link.connected or link.status.state not in ONLINE_STATES

    def now(self) -> datetime:
        """The machine's wall clock, UTC."""
        return self.clock.now()

    def business_date(self) -> str:
        """Today, by the store's zone and cut-off.

        Never before the open shift's day: a clock set back moves no sale into a day that is over.
        """
        today = business_date(self.now(), self.store)
        shift = self.shift
        return max(today, shift.business_date) if shift else today

    def need_person(self) -> Staff:
        """Who is signed in; raises Refused("nobody_signed_in")."""
        if self.person is None:
            raise Refused("nobody_signed_in")
        return self.person

    def need_shift(self) -> Shift:
        """The open shift; raises Refused("no_open_shift")."""
        shift = self.shift
        if shift is None:
            raise Refused("no_open_shift")
        return shift

    def acked(self) -> Head | None:
        """Up to where the hub holds this till's journal, as sync last wrote it down."""
        return self.catalogue.ack()

    def own_moves(self) -> Mapping[str, int]:
        """SKU -> thousandths this till moved that the hub's stock does not contain yet."""
        reflected = self.catalogue.reflected(self.identity.device)
        head = self.ledger.head()
        key = (reflected, (head.epoch, head.seq))
        if self._moves_of != key:
            self._moves, self._moves_of = self.ledger.own_stock_moves(reflected), key
        return self._moves

    def refresh_reference(self) -> bool:
        """Copies staff, policy, taxes and store from the replica into the ledger where they changed.

        So a till whose replica is lost still signs people in, sells and closes. True where
        something changed. One transaction; a policy nobody can read leaves the old one in force.
        """
        changed = reference.copy(self.ledger, self.catalogue, self.identity.store, self.own)
        if changed:
            self.own = reference.read(self.ledger)
        return changed

    def close(self) -> None:
        """Lets go of devices, catalogue and ledger; what is open in it is kept."""
        self.devices.close()
        self.catalogue.close()
        self.ledger.close()


def _needed(value: _T | None) -> _T:
    if value is None:
        raise Unavailable("till_not_ready")
    return value


def open_till(
    data: Path,
    *,
    devices: Devices,
    link: Link | None = None,
    clock: Clock | None = None,
) -> Till:
    """The till in `data`, with whatever copy of the catalogue is there.

    Jobs that were at the printer when the program ended are now "unknown" (`Till.printing`). Raises
    Refused("ledger_in_use" | "ledger_missing" | "sqlite_too_old" | "pragma_refused" |
    "settings_unreadable"), Unavailable("ledger_corrupt" | "file_locked" | "disk_full" | …).
    """
    settings = Settings.load(data)
    clock = clock or SystemClock()
    keys = Keys.load(data)
    ledger = Ledger.open(data, keys, clock)
    try:
        catalogue = Catalogue.open(data, keys.db_key)
        till = Till(
            data=data,
            settings=settings,
            keys=keys,
            ledger=ledger,
            catalogue=catalogue,
            devices=devices,
            clock=clock,
            link=link,
            after_commit=_nothing if link is None else link.nudge,
            own=reference.read(ledger),
            opened_ms=clock.monotonic_ms(),
        )
        till.refresh_reference()
        till.printing.recover()
    except BaseException:
        ledger.close()
        raise
    return till


def stamp(
    till: Till,
    tx: Transaction,
    *,
    approver: str = "",
    document: bool = False,
    fact_id: str | None = None,
    business_date: str = "",
    shift: str | None = None,
) -> dict[str, Any]:
    """What every fact begins with, for who is signed in, the open shift and today.

    `business_date` and `shift` (an id) are said where they are others than now's.
    """
    open_shift = till.shift if shift is None else None
    fields: dict[str, Any] = tx.stamp(
        actor=till.person.staff_id if till.person else "",
        shift=open_shift.shift_id if open_shift else shift or "",
        business_date=business_date or till.business_date(),
        document=document,
        fact_id=fact_id,
        approver=approver,
    )
    return fields


def age_s(moment: str, now: datetime) -> float:
    """Seconds from a kept moment to `now`; negative where the clock was set back."""
    return (now - parse_utc(moment)).total_seconds()
