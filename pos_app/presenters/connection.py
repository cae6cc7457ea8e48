"""Connection and sync: four states that are always true, in words.

The truth is the journal's head less the hub's ack, and the hub's last answer; never the network
card. "Synced" is said of what the hub confirmed, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Refused
from pos_app.domain.staff import Standing
from pos_app.presenters import copies
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.presenters.done import Receipts
from pos_app.presenters.views import dotted, tender_name
from pos_app.till import sign_in
from pos_app.words import _, clock, date_of, has_words, listed, money, ngettext, number, since, wait

COUNT_REST_MS = 250
"""How long after a count of what waits the next one does: a backlog is confirmed many times."""
QUIET_S = 90
"""Without an answer for that long "Online" is not said any more."""
CONNECTING_S = 20
"""So long after opening nobody says "Offline" without having tried."""
CLOCK_OFF_MS = 120_000
OLD_S = 4 * 3_600
"""Unsent for that long needs a person."""
LISTED = 40
DISK_LOW_MB = 500
ASKED = 3
"""So many questions about paper are asked at once."""

_HARD = frozenset({"PAUSED", "REFUSED"})
"""States of sync in which trying again by itself does not help."""


class Waiting(msgspec.Struct, frozen=True):
    """A document the hub has not confirmed."""

    icon: str
    title: str
    detail: str
    amount: str

    @property
    def spoken(self) -> str:
        """The row as a screen reader says it."""
        told = (self.title, self.detail, self.amount, _("Saved here"))
        return ", ".join(part for part in told if part)


class Attention(msgspec.Struct, frozen=True):
    """Something a person should do."""

    title: str
    detail: str
    actions: tuple[tuple[str, str], ...] = ()
    """The act of each button, and its words."""
    short: str = ""
    """In the pill, where the title is too long for it."""


class SyncState(msgspec.Struct, frozen=True):
    """The pill and the sheet."""

    look: str = "offline"
    """online, syncing, offline or attention."""
    first: str = ""
    second: str = ""
    title: str = ""
    detail: str = ""
    works: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    waiting_count: int = 0
    waiting_amount: str = ""
    oldest: str = ""
    attention: tuple[Attention, ...] = ()
    contact: str = ""
    catalogue: str = ""
    try_now: str = ""
    can_try: bool = False


class Connection:
    """What the pill and its sheet say."""

    def __init__(self, desk: Desk, receipts: Receipts) -> None:
        self.desk, self.receipts = desk, receipts
        self.on_change: Callable[[SyncState], None] = lambda _state: None
        self.try_hub: Callable[[], None] = lambda: None
        self.of_cards: Callable[[], tuple[Attention, ...]] = tuple
        """Card payments that need somebody."""
        self.of_cases: Callable[[], tuple[Attention, ...]] = tuple
        """What head office asks, for whoever may settle it."""
        self.state = SyncState()
        self.listing = False
        """True while the sheet is open: only then each waiting document is read."""
        self._offline_since = ""
        self._began: datetime | None = None
        self._met = False
        """True once the hub has answered since the window was opened."""
        self._sales, self._amount = 0, 0
        """Sales that wait and what they come to, as counted last."""
        self._counted_of: object = None
        """At which places of journal and ack that was."""
        self._counting = False

    def refresh(self) -> None:
        """Looks again; called after each commit, each word of sync, and once a second."""
        self._count()
        self._look()

    def _look(self) -> None:
        state = self._state()
        if state != self.state:
            if state.look == "attention" != self.state.look:
                self.desk.hands.sound("attention")
            self.state = state
            self.on_change(state)

    def _count(self) -> None:
        """How many sales wait, and how much money: counted beside, for they may be thousands."""
        till = self.desk.till
        acked = till.acked()
        place = (till.guard.head(), acked)
        if self._counting or place == self._counted_of:
            return
        self._counting = True

        def rested() -> None:
            self._counting = False
            self._count()

        def counted(unsent: tuple[int, int, int]) -> None:
            self._counted_of = place
            _entries, self._sales, self._amount = unsent
            self._look()
            self.desk.hands.later(COUNT_REST_MS, rested)

        def failed(error: BaseException) -> None:
            self._counting = False
            self.desk.tell(error)

        self.desk.hands.run(LEDGER, lambda: till.guard.unsent(acked), counted, failed)

    def try_now(self) -> None:
        """A person wants it tried now."""
        self.try_hub()

    def _state(self) -> SyncState:
        till, desk = self.desk.till, self.desk
        link = till.link
        status = link.status if link is not None and link.connected else None
        acked = till.acked()
        entries = till.guard_view.unsent_entries(acked)
        sales, amount = (self._sales, self._amount) if entries else (0, 0)
        now = till.now()
        said = link.status.last_contact if link is not None else ""
        last = said or till.catalogue.state("last_contact")
        answered = parse_utc(last) if last else None
        quiet = answered is None or now - answered > timedelta(seconds=QUIET_S)
        online = status is not None and not till.offline and not quiet
        attention = (
            *self.of_cards(),
            *self._of_printer(),
            *self._of_chain(),
            *self._of_line(status.error_code if status else "", status),
            *self._of_age(acked, now),
            *self._of_limits(),
            *(Attention(*each[:2], short=each[2]) for each in copies.troubles(status, desk, now)),
            *self.of_cases(),
        )
        look = "offline"
        connecting = self._connecting(status, now) and not online
        if online:
            self._offline_since, self._met = "", True
            look = "syncing" if entries else "online"
        elif connecting:
            look = "connecting"
        elif not self._offline_since:
            moment = answered if answered is not None and quiet else now
            today = date_of(moment, desk.zone) == date_of(now, desk.zone)
            told = clock if today else date_of
            self._offline_since = told(moment, desk.zone)
        first, second = self._pill(look, sales, entries, last)
        if attention:
            second = (attention[0].short or attention[0].title) if online else first
            look, first = "attention", _("Needs attention")
        waiting, oldest = self._waiting(acked, entries - sales) if self.listing else ((), "")
        title, detail = self._headline(look, first)
        look = "syncing" if look == "connecting" else look
        next_try = status.next_try_s if status else 0
        return SyncState(
            look=look,
            first=first,
            second=second,
            title=title,
            detail=detail,
            works=(_("Cash"), _("Card, own terminal"), _("Search and prices"), _("Close shift")),
            later=() if online else (_("New prices"), _("Stock of other stores")),
            waiting=waiting,
            waiting_count=sales or entries,
            waiting_amount=desk.money(amount) if desk.currency and sales else "",
            oldest=oldest,
            attention=attention,
            contact=self._contact(answered),
            catalogue=" ".join(
                filter(None, (self._catalogue(), copies.told(status, till.guard.head(), acked)))
            ),
            try_now=(
                _("Try now \u00b7 {time}").format(time=wait(next_try)) if next_try else _("Try now")
            ),
            can_try=link is not None and not online,
        )

    def _connecting(self, status: Any, now: datetime) -> bool:
        """True right after the window was opened: nobody can say yet that the hub is away."""
        self._began = self._began or now
        tried = status is not None and bool(status.error_code)
        soon = now - self._began < timedelta(seconds=CONNECTING_S)
        return self.desk.till.link is not None and soon and not (self._met or tried)

    def _pill(self, look: str, sales: int, entries: int, last: str) -> tuple[str, str]:
        waits = ngettext(
            "{count} waiting \u00b7 saved here", "{count} waiting \u00b7 saved here", sales
        )
        waits = waits.format(count=number(sales or entries))
        if look == "online":
            time = clock(parse_utc(last), self.desk.zone)
            return _("Online"), _("All synced {time}").format(time=time)
        if look == "syncing":
            return _("Syncing {count}").format(count=number(sales or entries)), waits
        if look == "connecting":
            return _("Connecting\u2026"), waits if entries else _("Nothing is waiting")
        since_when = _("Offline since {time}").format(time=self._offline_since)
        return since_when, waits if entries else _("Nothing is waiting")

    def _headline(self, look: str, first: str) -> tuple[str, str]:
        if look == "online":
            return first, _("Head office has everything from this till.")
        if look == "syncing":
            return first, _("Sales are on their way. Keep selling.")
        if look == "connecting":
            return first, _("Head office is being asked. Keep selling.")
        if look == "attention":
            return first, _("Selling works. Everything is saved on this till.")
        return first, _("Keep selling. Everything is saved on this till.")

    def _contact(self, answered: datetime | None) -> str:
        if answered is None:
            return _("Head office has not answered this till yet.")
        time = since(answered, self.desk.till.now(), self.desk.zone)
        return _("Last answer of head office: {time}").format(time=time)

    def _catalogue(self) -> str:
        till = self.desk.till
        source = till.catalogue.source
        if source == "none":
            return _("No product list yet. It comes from head office.")
        if source == "previous":
            return _("Using the product list from before, as of {time}.").format(time=self._as_of())
        link = till.link
        if link is not None and link.connected and link.status.replica == "building":
            progress = link.status.progress
            if progress >= 0:
                return _("A new product list is being loaded: {percent} %.").format(
                    percent=progress
                )
            return _("A new product list is being loaded.")
        return ""

    def _as_of(self) -> str:
        last = self.desk.till.catalogue.state("last_contact")
        return since(parse_utc(last), self.desk.till.now(), self.desk.zone) if last else "?"

    def _of_printer(self) -> list[Attention]:
        found = [
            Attention(
                each.question,
                _("The printer went away while it printed. Look at the paper."),
                (
                    (f"came_out_{each.job_id}", _("It came out")),
                    (f"print_again_{each.job_id}", _("Print again")),
                ),
                _("Look at the paper"),
            )
            for each in self.receipts.unknown[:ASKED]
        ]
        trouble = self.receipts.trouble
        if trouble is not None:
            told = self.desk.words(trouble)
            detail = " ".join(line for line in (told.safe, told.todo) if line)
            acts = (("print_now", _("Print now")), ("trial", _("Test page")))
            found.append(Attention(told.title, detail, acts, _("See to the printer")))
        if self.receipts.shut is not None:
            told = self.desk.words(self.receipts.shut)
            detail = " ".join(line for line in (told.safe, told.todo) if line)
            again = (("done_drawer", _("Open again")),)
            found.append(Attention(told.title, detail, again, _("See to the drawer")))
        return found

    def _of_age(self, acked: Any, now: datetime) -> list[Attention]:
        """A disk that fills up, and sales that wait for too long."""
        found = []
        till = self.desk.till
        free = till.free_mb()
        if free < DISK_LOW_MB:
            title = _("Only {count} MB are free on this till's disk").format(count=number(free))
            detail = _("Every sale is saved. Make room soon, or tell support.")
            found.append(Attention(title, detail, short=_("The disk is nearly full")))
        oldest = till.guard_view.oldest_unsent(acked)
        age_s = (now - parse_utc(oldest)).total_seconds() if oldest else 0
        if age_s > OLD_S:
            time = since(parse_utc(oldest), now, self.desk.zone)
            title = _("Sales have waited since {time}").format(time=time)
            detail = _("They are saved here and will be sent. Tell head office about the line.")
            short = _("Unsent for {time}").format(time=wait(age_s))
            found.append(Attention(title, detail, short=short))
        return found

    def _of_limits(self) -> list[Attention]:
        """Limits that were not taken over or have run out, and PINs that are too short."""
        till = self.desk.till
        found = []
        if till.policy_refused:
            told = self.desk.words(Refused(till.policy_refused))
            detail = " ".join(filter(None, (told.safe, told.todo)))
            found.append(Attention(told.title, detail, short=_("Limits were not taken over")))
        if till.own.store is not None and till.standing is not Standing.VALID:
            titles = {
                Standing.EXPIRED: _("The limits for staff have run out"),
                Standing.LAPSED: _("The limits for staff ran out weeks ago"),
                Standing.MISSING: _("This till never got its limits for staff"),
            }
            detail = _("Selling works. Some things need head office again: connect this till.")
            if till.standing is Standing.EXPIRED:
                detail = _("Selling works. Offline, people may do half of what they may else.")
            short = _("Limits for staff are old")
            if till.standing is Standing.MISSING:
                short = _("No limits for staff yet")
            found.append(Attention(titles[till.standing], detail, short=short))
        weak = sign_in.short_pins(till)
        if weak:
            title = _("Too short a PIN: {names}").format(names=listed(weak))
            detail = _("It works for now. Head office gives a longer one.")
            found.append(Attention(title, detail, short=_("A PIN is too short")))
        return found

    def _of_chain(self) -> list[Attention]:
        """A till that may be a copy of itself, or that head office has stopped."""
        till = self.desk.till
        found = []
        if till.stopped:
            told = self.desk.words(Refused("device_suspended"))
            detail = " ".join(line for line in (told.safe, told.todo) if line)
            found.append(Attention(told.title, detail, short=_("Stopped by head office")))
        if till.suspect:
            told = self.desk.words(Refused(till.guard.doubt.why))
            detail = " ".join(line for line in (told.safe, told.todo) if line)
            waits = _("Returns of a receipt, pickups and points wait until then.")
            acts = (("rejoin", _("Enrol again")),) if till.needs_code else ()
            short = _("Enrol this till again") if till.needs_code else _("Is being looked into")
            found.append(Attention(told.title, f"{detail} {waits}", acts, short))
        return found

    def _of_line(self, error_code: str, status: object) -> list[Attention]:
        found = []
        state = getattr(status, "state", "")
        known = error_code == self.desk.till.guard.doubt.why
        if error_code and state in _HARD and has_words(error_code) and not known:
            told = self.desk.words(Refused(error_code))
            detail = " ".join(line for line in (told.safe, told.todo) if line)
            found.append(Attention(told.title, detail, short=_("Sync has stopped")))
        offset = getattr(status, "offset_ms", None)
        if isinstance(offset, int) and abs(offset) > CLOCK_OFF_MS:
            text = _("This till's clock is {time} off").format(time=wait(abs(offset) / 1000))
            short = _("Clock {time} off").format(time=wait(abs(offset) / 1000))
            found.append(Attention(text, _("Sales keep their order. Set the clock."), short=short))
        return found

    def _waiting(self, acked: object, others: int) -> tuple[tuple[Waiting, ...], str]:
        """Sales, oldest first, and in one row the entries that are none."""
        till, desk = self.desk.till, self.desk
        place = (getattr(acked, "epoch", 0), getattr(acked, "seq", 0))
        now = till.now()
        rows, oldest = [], ""
        for row in till.guard_view.sales(LISTED):
            if (row.epoch, row.seq) <= place:
                break
            moment = parse_utc(row.wall)
            tenders = listed(dict.fromkeys(tender_name(name) for name, _amount in row.tenders))
            title = _("Void {number}") if row.void_of else _("Sale {number}")
            title = _("Refund {number}") if row.refund_of else title
            detail = (since(moment, now, desk.zone), desk.name_of(row.actor), tenders)
            rows.append(
                Waiting(
                    "undo-2" if row.void_of or row.refund_of else "receipt-text",
                    title.format(number=row.doc_no),
                    dotted(*detail),
                    money(row.payable, row.currency),
                )
            )
            seconds = max(0.0, (now - moment).total_seconds())
            oldest = _("oldest {time}").format(time=wait(seconds))
        rows.reverse()
        if others > 0:
            title = ngettext("{count} other entry", "{count} other entries", others)
            told = _("Sign-ins, shift, drawer and the like")
            rows.append(Waiting("file-text", title.format(count=number(others)), told, ""))
        return tuple(rows), oldest
