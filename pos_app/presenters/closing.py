"""Close shift: what the day was, the drawer counted without looking, and what that comes to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date as calendar_date
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import PosError
from pos_app.domain.shift import CASH, ShiftTotals
from pos_app.presenters.counting import Count, CountRow, Money, next_of
from pos_app.presenters.day_numbers import Bar, WeekBefore, bars_of, tiles_of
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.presenters.views import dotted, tender_name
from pos_app.till import shift
from pos_app.words import _, amount, clock, date, ngettext, number

N_ = str

REASONS = (N_("Miscount"), N_("Wrong change"), N_("Unknown"))
WEEK = timedelta(days=7)


class TenderRow(msgspec.Struct, frozen=True):
    """A tender's line of the Z before it is one."""

    name: str
    expected: str
    counted: str
    difference: str
    tone: str
    """plain, warn or bad."""
    hidden: bool = False
    """True while what is expected is not shown."""


class CloseState(msgspec.Struct, frozen=True):
    """Close shift."""

    title: str = ""
    place: str = ""
    number: str = ""
    tiles: tuple[Money, ...] = ()
    bars: tuple[Bar, ...] = ()
    before: str = ""
    """What the dotted line is: the weekday a week ago; empty without one."""
    scale: tuple[str, str] = ("", "")
    """Words at the chart's middle and upper line."""
    top: int = 0
    """Minor units of its upper line."""
    table: bool = False
    rows: tuple[CountRow, ...] = ()
    counted: str = ""
    tenders: tuple[TenderRow, ...] = ()
    blind: bool = True
    """True while what is expected is hidden: count first."""
    accounts: tuple[Money, ...] = ()
    verdict: str = ""
    verdict_detail: str = ""
    verdict_tone: str = "plain"
    reasons: tuple[str, ...] = ()
    reason: str = ""
    remark: str = ""
    """What else is to be known: parked sales, a day that is over."""
    remark_detail: str = ""
    sent: str = ""
    sent_detail: str = ""
    sent_tone: str = "ok"
    button: str = ""
    button_amount: str = ""
    button_reason: str = ""
    busy: bool = False


class Closing:
    """Closes a shift after a blind count."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.on_change: Callable[[CloseState], None] = lambda _state: None
        self.on_closed: Callable[[shift.Closed], None] = lambda _closed: None
        self.state = CloseState()
        self._count: Count | None = None
        self._totals: ShiftTotals | None = None
        self._week: WeekBefore | None = None
        self._parked = 0
        self._reason = ""
        self._busy = False
        self._basket_open = False
        self._compared = False
        self._table = False

    def open(self, *, basket_open: bool) -> None:
        """Begins a count; what the shift brought is read once."""
        desk, till = self.desk, self.desk.till
        current = till.need_shift()
        self._count = Count(desk.currency)
        self._reason = ""
        self._basket_open = basket_open
        self._compared = shift.sees_expected(till)
        self._totals = shift.summary(till)
        self._parked = len(till.view.parked())
        day = calendar_date.fromisoformat(current.business_date)
        past = till.view.day_totals((day - WEEK).isoformat(), current.currency)
        self._week = WeekBefore.of(day, past)
        self._show()

    def refresh(self) -> None:
        """Cash moved, or the hub confirmed something: the count stays as it is."""
        if self._count is not None and self.desk.till.shift is not None and not self._busy:
            self._totals = shift.summary(self.desk.till)
            self._show()

    def set(self, worth: int, pieces: int) -> None:
        """That many of one note or coin."""
        if self._count is not None:
            self._count.set(worth, pieces)
            self._show()

    def choose_reason(self, reason: str) -> None:
        """Why it differs."""
        self._reason = "" if reason == self._reason else reason
        self._show()

    def next_reason(self) -> None:
        """The reason after the chosen one, for the keyboard."""
        self._reason = next_of(self.state.reasons, self._reason)
        self._show()

    def turn_table(self) -> None:
        """The chart as a table, and back."""
        self._table = not self._table
        self._show()

    def finish(self) -> None:
        """Compares a blind count with what is expected; then the Z."""
        count, totals, till = self._count, self._totals, self.desk.till
        if count is None or totals is None or self._busy or self.state.button_reason:
            return
        if not self._compared:
            self._compared = True
            self._show()
            self.desk.hands.announce(dotted(self.state.verdict, self.state.verdict_detail))
            return
        self._busy = True
        counted = dict(totals.expected())  # a slip's sum is what the terminal said: not recounted
        counted.pop(CASH, None)
        counts = count.counted()
        reason = self._reason
        self.desk.attempt(
            lambda consent: shift.close_shift(
                till, counted, counts, consent.reason or reason, approval=consent.approval
            ),
            self._closed,
            self._refused,
            title=_("Close shift"),
            lane=LEDGER,
        )
        self._show()

    def _closed(self, closed: shift.Closed) -> None:
        self._busy = False
        self._count = self._totals = None
        self.on_closed(closed)

    def _refused(self, error: PosError) -> None:
        self._busy = False
        self._show()
        self.desk.tell(error)

    def unlock(self) -> None:
        """Nobody agreed: the button works again."""
        if self._busy:
            self._busy = False
            self._show()

    # ---- what is shown

    def _show(self) -> None:
        count, totals = self._count, self._totals
        current = self.desk.till.shift
        if count is None or totals is None or current is None:
            return
        desk = self.desk
        blind = not self._compared
        opened = clock(parse_utc(current.opened), desk.zone)
        who = desk.name_of(current.opened_by)
        variance = count.total - totals.expected_cash
        bars, scale, top = bars_of(totals, self._week, desk.currency)
        state = CloseState(
            title=_("Close shift"),
            place=dotted(who, _("opened {time}").format(time=opened), date(current.business_date)),
            number=_("Z report {number:04d}").format(number=current.number),
            tiles=tiles_of(totals, self._week, desk.currency),
            bars=bars,
            before=self._week.name if self._week is not None else "",
            scale=scale,
            top=top,
            table=self._table,
            rows=count.rows(),
            counted=count.words(),
            tenders=self._tenders(totals, count, blind=blind),
            blind=blind,
            accounts=() if blind else self._accounts(totals),
            reason=self._reason,
            button=_("Compare the count") if blind else _("Close shift"),
            button_amount=(
                "" if blind else _("Print Z {number:04d}").format(number=current.number)
            ),
            button_reason=self._why_not(count),
            busy=self._busy,
        )
        shown = count.touched and not blind
        state = self._verdict(state, variance, touched=shown)
        self.state = self._sent(self._remark(state))
        self.on_change(self.state)

    def _why_not(self, count: Count) -> str:
        if self._busy:
            return _("Closing the shift\u2026")
        if self._basket_open:
            return _("Finish or park the open sale first")
        return "" if count.touched else _("Count the drawer first")

    def _tenders(self, totals: ShiftTotals, count: Count, *, blind: bool) -> tuple[TenderRow, ...]:
        currency = self.desk.currency
        rows = []
        for tender, expected in totals.expected().items():
            cash = tender == CASH
            counted = count.total if cash else expected
            gap = counted - expected
            # What the others brought is hidden too: the day's sales less these are the cash.
            unknown = blind or (cash and not count.touched)
            unsaid = (cash and not count.touched) or (blind and not cash)
            rows.append(
                TenderRow(
                    tender_name(tender),
                    _("after count") if blind else amount(expected, currency),
                    "\u2013" if unsaid else amount(counted, currency),
                    "" if unknown else amount(gap, currency),
                    self._tone(gap) if gap and not unknown else "plain",
                    blind,
                )
            )
        return tuple(rows)

    def _limit(self) -> int:
        return self.desk.till.policy.action("close_shift").reason_above or 0

    def _tone(self, gap: int) -> str:
        return "warn" if abs(gap) <= self._limit() else "bad"

    def _accounts(self, totals: ShiftTotals) -> tuple[Money, ...]:
        desk = self.desk
        rows = [
            (_("Float at open"), totals.float_amount, True),
            (_("Cash sales"), totals.cash_sales, True),
            (_("Given back in cash"), -totals.cash_back, False),
            (_("Cash in"), totals.cash_in, False),
            (_("Cash out"), -totals.cash_out, False),
            (_("Safe drops"), -totals.drops, False),
        ]
        return tuple(
            Money(name, desk.money(minor)) for name, minor, always in rows if always or minor
        )

    def _verdict(self, state: CloseState, variance: int, *, touched: bool) -> CloseState:
        if not touched:
            return state
        desk = self.desk
        if not variance:
            return replace(
                state,
                verdict=_("The drawer is right"),
                verdict_detail=_("Nothing to explain."),
                verdict_tone="ok",
            )
        limit = self._limit()
        form = _("{amount} short") if variance < 0 else _("{amount} over")
        within = abs(variance) <= limit
        detail = _("within the {limit} limit") if within else _("over the {limit} limit: say why")
        return replace(
            state,
            verdict=form.format(amount=desk.money(abs(variance))),
            verdict_detail=detail.format(limit=desk.money(limit)),
            verdict_tone="warn" if within else "bad",
            reasons=tuple(_(each) for each in REASONS),
        )

    def _remark(self, state: CloseState) -> CloseState:
        current = self.desk.till.shift
        told = []
        if current is not None and shift.late(self.desk.till):
            day = date(current.business_date)
            told.append(
                _("This shift belongs to {day}. Its Z says that it is late.").format(day=day)
            )
        if self._parked:
            form = ngettext(
                "{count} parked sale stays for the next shift.",
                "{count} parked sales stay for the next shift.",
                self._parked,
            )
            told.append(form.format(count=number(self._parked)))
        return replace(
            state,
            remark=told[0] if told else "",
            remark_detail=told[1] if len(told) > 1 else "",
        )

    def _sent(self, state: CloseState) -> CloseState:
        till = self.desk.till
        unsent = till.view.unsent(till.acked())
        if not unsent.sales and unsent.entries:
            return replace(
                state,
                sent=_("Syncing {count}").format(count=number(unsent.entries)),
                sent_detail=_("Saved here. You can close; they are sent by themselves."),
                sent_tone="off",
            )
        if not unsent.entries:
            return replace(
                state,
                sent=_("Everything has reached head office"),
                sent_detail=_("Nothing is waiting on this till."),
                sent_tone="ok",
            )
        words = ngettext(
            "{count} sale waits to be sent", "{count} sales wait to be sent", unsent.sales
        )
        return replace(
            state,
            sent=words.format(count=number(unsent.sales)),
            sent_detail=_("Saved here. You can close; they are sent by themselves."),
            sent_tone="off",
        )
