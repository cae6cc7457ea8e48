"""One till: its ledger, its copy of the catalogue, its rules, its devices and who stands at it.

Two threads may use it in a window: `ledger` belongs to the ledger lane, where the verbs that write
run one after the other, each one transaction; `catalogue` and `view` belong to the GUI thread,
where the verbs that only compute and read run. `shift`, `person` and `own` are values, set by the
lane and read by anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from hardware.devices import Devices
from pos_app.domain.day import business_date, parse_utc
from pos_app.domain.errors import Refused, Unavailable
from pos_app.domain.staff import Policy, Staff, Standing
from pos_app.domain.store import Store
from pos_app.domain.tax import TaxRules
from pos_app.settings import Settings
from pos_app.store.catalogue import Catalogue
from pos_app.store.doubt import PROVEN, ChainState
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.reader import LedgerView, ledger_file
from pos_app.store.records import Clock, Identity, Shift, SystemClock
from pos_app.store.transaction import Transaction
from pos_app.store.whereabouts import where_of
from pos_app.till import chain, reference
from pos_app.till.inquiries import Inquiry
from pos_app.till.looked import Looks
from pos_app.till.loyalty import Loyalty
from pos_app.till.offers import COUPON, Offers
from pos_app.till.printing import Printing
from sync.link import SyncStatus
from sync.protocol import Head, OrderRow
from sync.protocol.customers import CustomerReply

OFFSET_STATE = "hub_time_offset_ms"
"""Under which name sync keeps the hub's time in the replica."""
TRAINING = "training"
"""Kind under which the ledger notes that the till is in training."""
USED = "used"
"""Kind under which the ledger counts how often a person did something in a shift."""

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


def _to_nobody(ask_id: str, path: str, body: bytes) -> None:
    """Where there is no line a question stays in the ledger until there is one."""
    del ask_id, path, body


@dataclass(frozen=True, slots=True)
class Behind:
    """What a till in training goes back to (`till.training`)."""

    ledger: Ledger
    view: LedgerView
    keys: Keys
    devices: Devices
    after_commit: Callable[[], None]


@dataclass(slots=True)
class Till:
    """Everything a verb works with. Made by `open_till`, closed by `close`."""

    data: Path
    settings: Settings
    keys: Keys
    ledger: Ledger
    view: LedgerView
    """The same ledger, read-only, what is committed."""
    catalogue: Catalogue
    devices: Devices
    clock: Clock
    link: Link | None
    after_commit: Callable[[], None] = _nothing
    """Called after each commit that sync should know of. The window puts a signal to its GUI
    thread here, because the link belongs to that thread; alone it is the link's `nudge`."""
    to_hub: Callable[[str, str, bytes], None] = _to_nobody
    """Hands a question to the link, on the link's own thread; set by who has the link."""
    person: Staff | None = None
    """Who is signed in."""
    shift: Shift | None = None
    """The open shift; `Till.look_again` reads it."""
    used: dict[str, int] = field(default_factory=dict)
    """How often who did what in which shift (`permission.times_used`), as the ledger counts it."""
    own: reference.Reference = field(default_factory=reference.Reference)
    offers: Offers = field(default_factory=Offers)
    """Promotions, coupons and labels' patterns, as the replica has them."""
    loyalty: Loyalty = field(default_factory=Loyalty)
    """The loyalty programme, as the replica has it."""
    counted: Mapping[str, int] | None = None
    """What `count_moves` found last, where somebody calls it; None: counted when it is asked for."""
    behind: Behind | None = None
    """What waits while the till is in training."""
    opened_ms: int = 0
    """Monotonic time of opening: lock-outs that were running begin again there."""
    offset_ms: int = 0
    """Hub time minus this clock, as sync wrote it down last; for before it says so again."""
    inquiries: dict[str, Inquiry] = field(default_factory=dict)
    """What was asked of the hub and is kept nowhere else (`pos_app.till.inquiries`)."""
    customer_replies: dict[str, CustomerReply] = field(default_factory=dict)
    """What the hub answered about customers just now (`pos_app.till.customer_answers`)."""
    passes: dict[str, OrderRow] = field(default_factory=dict)
    """Orders that a signed pass told of just now, and nothing was done for yet."""
    orders: object = None
    """What was done here for customers' orders, as `order_book` laid it over the hub's rows."""
    short_pins: frozenset[str] = frozenset()
    """Ids of those whose PIN is shorter than it has to be by now."""
    order: str = ""
    """What a person at the hub ordered last: suspend, drain_wipe, wipe, wiped; empty for nothing."""
    policy_refused: str = ""
    """Why limits that came were not taken over, as a code; empty where all is well."""
    looks: Looks = field(default_factory=Looks)
    """What people looked for here that the hub has not been told of (`looking`)."""
    printing: Printing = field(init=False)
    _stands: tuple[int, Mapping[str, int]] = field(init=False, default=(0, {}))
    """Which copy of the catalogue, as sync spoke of how far, the ledger's basis was read from."""
    _moves: Mapping[str, int] = field(init=False, default_factory=dict)
    _moves_of: object = field(init=False, default=None)
    """At which places of feed and journal `_moves` was counted."""

    def __post_init__(self) -> None:
        self.printing = Printing(self)

    @property
    def training(self) -> bool:
        """True while this till practises: its ledger is another file, nothing of it is sent."""
        return self.behind is not None

    @property
    def chain_state(self) -> ChainState:
        """What is known of this till's chain: healthy, or perhaps not its only life."""
        return self.guard.doubt.state

    @property
    def suspect(self) -> bool:
        """True while what only one life of the till may do has to wait for the hub."""
        return self.guard.doubt.state is not ChainState.HEALTHY

    @property
    def needs_code(self) -> bool:
        """True where only enrolling this till again settles the doubt."""
        found = self.guard.doubt
        return self.suspect and (found.state is not ChainState.SUSPECT or found.why in PROVEN)

    @property
    def stopped(self) -> bool:
        """True where a person at the hub keeps people from this till."""
        return chain.is_stop(self.order)

    @property
    def guard(self) -> Ledger:
        """The till's own ledger also while it is in training: it counts wrong PINs, and what waits."""
        return self.behind.ledger if self.behind else self.ledger

    @property
    def guard_view(self) -> LedgerView:
        """The same, read-only, for the thread that shows it."""
        return self.behind.view if self.behind else self.view

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
    def return_days(self) -> int:
        """How many days after a sale goods may come back; 0 where there is no end to it."""
        policy = self.own.policy
        return (policy.return_days or 0) if policy is not None else 0

    @property
    def policy(self) -> Policy:
        """Who may do how much, as it counts now; raises Unavailable("till_not_ready")."""
        return _needed(self.own.policy).at(self.standing)

    @property
    def standing(self) -> Standing:
        """How far the limits held here are good, by the hub's time."""
        own = self.own
        if not own.signed:
            return Standing.MISSING
        if own.policy_until is None or own.policy is None:
            return Standing.EXPIRED
        over = self.hub_now() - own.policy_until
        if over <= timedelta(0):
            return Standing.VALID
        plain = timedelta(days=own.policy.plain_sales_after_days)
        return Standing.EXPIRED if over <= plain else Standing.LAPSED

    def hub_now(self) -> datetime:
        """The hub's time as far as this till can tell: its own, corrected by what the hub said last.

        Never before the limits were signed: a clock set back does not make them last longer.
        """
        offset_ms, _age = self.ledger.hub_offset(self.clock.monotonic_ms())
        if offset_ms is None:
            offset_ms = self.offset_ms
        now = self.now() + timedelta(milliseconds=offset_ms)
        issued = self.own.policy_issued
        return now if issued is None else max(now, issued)

    @property
    def staff(self) -> Mapping[str, Staff]:
        """Staff id -> person, the inactive too."""
        return self.own.staff

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
        return max(today, self.shift.business_date) if self.shift else today

    def need_person(self) -> Staff:
        """Who is signed in; raises Refused("nobody_signed_in")."""
        if self.person is None:
            raise Refused("nobody_signed_in")
        return self.person

    def need_shift(self) -> Shift:
        """The open shift; raises Refused("no_open_shift")."""
        if self.shift is None:
            raise Refused("no_open_shift")
        return self.shift

    def look_again(self) -> None:
        """Reads from the ledger what is held here as values; on its lane."""
        self.own = reference.read(self.ledger)
        self.shift = self.ledger.current_shift()
        self.used = {key: int(times) for key, times in self.ledger.reference(USED).items()}
        used_up = self.ledger.reference(COUPON)
        self.offers.used = {key: day.decode() for key, day in used_up.items()}
        self.short_pins = frozenset(self.guard.reference(reference.SHORT_PIN))
        self.order = chain.order_of(self.guard)
        self._person_again()

    def _person_again(self) -> None:
        """Who is signed in has the role they have by now; whoever works here no more is not."""
        if self.person is not None and self.staff:
            known = self.staff.get(self.person.staff_id)
            self.person = known if known is not None and known.active else None

    def free_mb(self) -> int:
        """What is free on the disk the till's files are on, in MB of 10**6."""
        from shutil import disk_usage

        return disk_usage(self.data).free // 1_000_000

    def acked(self) -> Head | None:
        """Up to where the hub holds this till's journal, as sync last wrote it down."""
        return self.catalogue.ack()

    def own_moves(self) -> Mapping[str, int]:
        """SKU -> thousandths this till moved that the hub's stock does not contain yet."""
        if self.counted is not None:
            return self.counted
        reflected = self.catalogue.reflected(self.identity.device)
        head = self.ledger.head()
        key = (reflected, (head.epoch, head.seq))
        if self._moves_of != key:
            self._moves, self._moves_of = self.view.own_stock_moves(reflected), key
        return self._moves

    def count_moves(self, reflected: tuple[int, int]) -> bool:
        """*Ledger lane.* Counts `own_moves` beside the selling; True where they are others now.

        For a window: after days offline they are so many that a scan must not wait for them.
        `reflected` is what `catalogue.reflected` said of this device on its own thread.
        """
        moves = dict(self.ledger.own_stock_moves(reflected))
        changed = moves != self.counted
        self.counted = moves
        return changed

    def refresh_reference(self) -> bool:
        """Copies staff, policy, taxes and store from the replica into the ledger where they changed.

        So a till whose replica is lost still signs people in, sells and closes. True where
        something changed. One transaction; a policy nobody can read leaves the old one in force.
        """
        copied = reference.copy(self.ledger, self.catalogue, self.identity.store, self.own)
        self.policy_refused = copied.refused
        if copied.changed:
            self.look_again()
        changed = self.loyalty.look(self.catalogue, self.own.store)
        return self.offers.look(self.catalogue, self.own.store) or changed or copied.changed

    def stand(self, told: Mapping[str, int] | None = None) -> None:
        """What is journalled from now on names how far the catalogue in use has come.

        `told` is what sync said of the copy that it feeds: that may be another one, which it is
        making; it only says when to look. Without it, after another copy was taken in use.
        """
        catalogue = self.catalogue
        key = (catalogue.opened, self._stands[1] if told is None else told)
        if key == self._stands or catalogue.source == "none":
            return
        found = {stream: pos for stream, (_, pos) in catalogue.cursors().items()}
        self._stands = key
        self.ledger.set_basis(found)

    def hear(self, message: Mapping[str, Any]) -> bool:
        """Does what sync asks or tells over the link; True where the screen may show other data.

        Where `message` came from answers `release` with `released` itself, after this returned.
        `changed` and `swapped` may write (`refresh_reference`), so they belong on the ledger lane.
        """
        told = message.get("op")
        if told == "answer":
            from pos_app.till import inquiries, rights

            return inquiries.heard(self, message) or rights.heard(self, message)
        if told == "status":
            status = SyncStatus.of(message)
            if chain.news(self.guard, status, self.order):
                chain.settle(self.guard, status)
                self.order = chain.order_of(self.guard)
            if status.offset_ms is not None:
                self.ledger.set_hub_offset(status.offset_ms, self.now())
            self.stand(status.cursors)
            return False
        if told == "release":
            self.catalogue.close()
            return False
        if told not in ("swapped", "changed"):
            return False
        if told == "swapped" or self.catalogue.source != "current":
            self.catalogue.reopen()
        self.refresh_reference()
        from pos_app.till import customer_answers

        customer_answers.settle(self)
        return True

    def close(self) -> None:
        """Lets go of devices, catalogue and ledger; what is open in it is kept."""
        (self.behind or self).devices.close()
        self.catalogue.close()
        for each in (self, self.behind):
            if each is not None:
                each.view.close()
                each.ledger.close()


def _whole(text: str) -> int:
    bare = text.removeprefix("-")
    return int(text) if bare.isascii() and bare.isdigit() else 0


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
    ledger_file(data)  # a folder that is no till has no keys either: the former is to be said
    keys = Keys.load(data)
    ledger = Ledger.open(data, keys, clock, where=where_of(data))
    try:
        view = ledger.reader()
    except BaseException:
        ledger.close()
        raise
    try:
        till = Till(
            data=data,
            settings=settings,
            keys=keys,
            ledger=ledger,
            view=view,
            catalogue=Catalogue.open(data, keys.db_key, marks=True),
            devices=devices,
            clock=clock,
            link=link,
            after_commit=_nothing if link is None else link.nudge,
            opened_ms=clock.monotonic_ms(),
        )
        till.offset_ms = _whole(till.catalogue.state(OFFSET_STATE))
        till.look_again()
        till.refresh_reference()
        till.printing.recover()
        if ledger.reference(TRAINING):
            from pos_app.till import training

            training.settle(till)
    except BaseException:
        view.close()
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
    if shift is None:
        shift = till.shift.shift_id if till.shift else ""
    till.stand()
    return tx.stamp(
        actor=till.person.staff_id if till.person else "",
        shift=shift,
        business_date=business_date or till.business_date(),
        document=document,
        fact_id=fact_id,
        approver=approver,
    )


def age_s(moment: str, now: datetime) -> float:
    """Seconds from a kept moment to `now`; negative where the clock was set back."""
    return (now - parse_utc(moment)).total_seconds()
