"""The drawer counted twice: the float that opens a shift, and the count that closes it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from pos_app.domain.cash import denominations
from pos_app.domain.day import parse_utc
from pos_app.domain.errors import PosError
from pos_app.domain.money import minor_digits
from pos_app.domain.shift import ShiftTotals
from pos_app.presenters.desk import LEDGER, PRINTER, Desk
from pos_app.presenters.views import denomination, dotted, tender_name
from pos_app.till import shift
from pos_app.words import _, clock, date, money, ngettext, number

LARGEST_WHOLE = 200
"""Notes above this many whole units are not in a till's count."""


_PRINTER_WORDS = {
    "ready": ("Ready", "ok"),
    "paper_low": ("Paper low", "warn"),
    "paper_out": ("Out of paper", "warn"),
    "cover_open": ("Cover open", "warn"),
    "offline": ("Not answering", "warn"),
    "unknown": ("Set up", "off"),
}
"""What the printer says of itself, in words; none of it keeps a shift from opening."""


class CountRow(msgspec.Struct, frozen=True):
    """One note or coin to count."""

    worth: int
    label: str
    pieces: int
    sum: str


class Money(msgspec.Struct, frozen=True):
    """A row of an account."""

    label: str
    amount: str
    strong: bool = False


class Check(msgspec.Struct, frozen=True):
    """Whether a part of the till is ready."""

    icon: str
    title: str
    detail: str
    tone: str
    """ok, warn or off."""


class OpenState(msgspec.Struct, frozen=True):
    """Open shift."""

    title: str = ""
    place: str = ""
    number: str = ""
    checks: tuple[Check, ...] = ()
    rows: tuple[CountRow, ...] = ()
    counted: str = ""
    button_amount: str = ""
    busy: bool = False
    empty: bool = True


class TenderRow(msgspec.Struct, frozen=True):
    """A tender's line of the Z before it is one."""

    name: str
    expected: str
    counted: str
    difference: str
    tone: str
    """plain, warn or bad."""


class Bar(msgspec.Struct, frozen=True):
    """An hour of the chart."""

    hour: int
    total: int
    words: str
    best: bool


class CloseState(msgspec.Struct, frozen=True):
    """Close shift."""

    title: str = ""
    place: str = ""
    number: str = ""
    tiles: tuple[Money, ...] = ()
    bars: tuple[Bar, ...] = ()
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
    sent: str = ""
    sent_detail: str = ""
    sent_tone: str = "ok"
    button: str = ""
    button_amount: str = ""
    button_reason: str = ""
    busy: bool = False


class _Count:
    """Pieces by what they are worth."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        top = LARGEST_WHOLE * int(10 ** minor_digits(currency))
        worths = [worth for worth in denominations(currency) if worth <= top]
        self.pieces: dict[int, int] = dict.fromkeys(worths or denominations(currency)[-12:], 0)
        self.touched = False

    @property
    def total(self) -> int:
        return sum(worth * pieces for worth, pieces in self.pieces.items())

    def rows(self) -> tuple[CountRow, ...]:
        return tuple(
            CountRow(
                worth,
                denomination(worth, self.currency),
                pieces,
                money(worth * pieces, self.currency),
            )
            for worth, pieces in self.pieces.items()
        )


class Opening:
    """Opens a shift with a counted float."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.on_change: Callable[[OpenState], None] = lambda _state: None
        self.on_opened: Callable[[], None] = lambda: None
        self.state = OpenState()
        self._count: _Count | None = None
        self._busy = False
        self._printer = ""

    def open(self) -> None:
        """Shows an empty count, and asks the printer how it is."""
        self._count = _Count(self.desk.currency)
        self._show()
        printer = self.desk.till.devices.printer
        if printer is not None:
            self.desk.hands.run(PRINTER, printer.status, self._printer_said)

    def _printer_said(self, status: str) -> None:
        self._printer = str(status)
        self._show()

    def set(self, worth: int, pieces: int) -> None:
        """That many of one note or coin."""
        if self._count is not None:
            self._count.pieces[worth] = pieces
            self._count.touched = True
            self._show()

    def _checks(self) -> tuple[Check, ...]:
        till = self.desk.till
        detail, tone = _PRINTER_WORDS.get(self._printer, (_("Asking\u2026"), "off"))
        if till.devices.printer is None:
            detail, tone = _("None here"), "warn"
        products = till.catalogue.counts().get("products", 0)
        goods = ngettext("{count} product", "{count} products", products)
        unsent = till.view.unsent(till.acked())
        waits = ngettext("{count} sale waits", "{count} sales wait", unsent.sales)
        link = till.link
        offset = link.status.offset_ms if link is not None else None
        drift = _("Not compared yet")
        if offset is not None:
            drift = _("{seconds} s off").format(seconds=f"{abs(offset) / 1000:.1f}")
        return (
            Check("printer", _("Printer"), _(detail), tone),
            Check(
                "tag",
                _("Products"),
                goods.format(count=number(products)) if products else _("No list yet"),
                "ok" if products else "warn",
            ),
            Check(
                "cloud-check" if not unsent.sales else "cloud-off",
                _("Last sales"),
                waits.format(count=number(unsent.sales)) if unsent.sales else _("All sent"),
                "off" if unsent.sales else "ok",
            ),
            Check("clock", _("Clock"), drift, "off" if offset is None else "ok"),
        )

    def finish(self) -> None:
        """Opens it."""
        count, till = self._count, self.desk.till
        if count is None or self._busy:
            return
        self._busy = True
        self._show()
        counts = {worth: pieces for worth, pieces in count.pieces.items() if pieces}
        self.desk.attempt(
            lambda _consent: shift.open_shift(till, count.total, counts or None),
            lambda _shift: self._opened(),
            self._refused,
            title=_("Open shift"),
            lane=LEDGER,
        )

    def _opened(self) -> None:
        self._busy = False
        self.on_opened()

    def _refused(self, error: PosError) -> None:
        self._busy = False
        self._show()
        self.desk.tell(error)

    def _show(self) -> None:
        count, till, desk = self._count, self.desk.till, self.desk
        if count is None:
            return
        person = till.person.name if till.person else ""
        place = dotted(person, date(till.business_date()))
        total = desk.money(count.total)
        self.state = OpenState(
            _("Open shift"),
            place,
            _("Shift {number:04d}").format(number=till.view.next_shift_number()),
            self._checks(),
            count.rows(),
            total,
            _("Float {amount}").format(amount=total),
            self._busy,
            not count.total,
        )
        self.on_change(self.state)


class Closing:
    """Closes a shift after a blind count."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.on_change: Callable[[CloseState], None] = lambda _state: None
        self.on_closed: Callable[[shift.Closed], None] = lambda _closed: None
        self.state = CloseState()
        self._count: _Count | None = None
        self._totals: ShiftTotals | None = None
        self._reason = ""
        self._busy = False
        self._basket_open = False
        self._compared = False

    def open(self, *, basket_open: bool) -> None:
        """Begins a count; what the shift brought is read once."""
        self._count = _Count(self.desk.currency)
        self._reason = ""
        self._basket_open = basket_open
        self._compared = shift.sees_expected(self.desk.till)
        self._totals = shift.summary(self.desk.till)
        self._show()

    def set(self, worth: int, pieces: int) -> None:
        """That many of one note or coin."""
        if self._count is not None:
            self._count.pieces[worth] = pieces
            self._count.touched = True
            self._show()

    def nothing_in_drawer(self) -> None:
        """Counted, and it was empty."""
        if self._count is not None:
            self._count.touched = True
            self._show()

    def choose_reason(self, reason: str) -> None:
        """Why it differs."""
        self._reason = "" if reason == self._reason else reason
        self._show()

    def finish(self) -> None:
        """Compares a blind count with what is expected; then the Z."""
        count, totals, till = self._count, self._totals, self.desk.till
        if count is None or totals is None or self._busy or self.state.button_reason:
            return
        if not self._compared:
            self._compared = True
            self._show()
            return
        self._busy = True
        counted = dict(totals.expected())  # a slip's sum is what the terminal said: not recounted
        counted.pop("cash", None)
        counts = {worth: pieces for worth, pieces in count.pieces.items() if pieces}
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
        self._busy = False
        self._show()

    def _show(self) -> None:
        count, totals = self._count, self._totals
        current = self.desk.till.shift
        if count is None or totals is None or current is None:
            return
        desk = self.desk
        blind = not self._compared
        opened = clock(parse_utc(current.opened), desk.zone)
        place = dotted(desk.name_of(current.opened_by), _("opened {time}").format(time=opened))
        variance = count.total - totals.expected_cash
        state = CloseState(
            title=_("Close shift"),
            place=place,
            number=_("Z report {number:04d}").format(number=current.number),
            tiles=self._tiles(totals),
            bars=_bars(totals, desk),
            rows=count.rows(),
            counted=desk.money(count.total),
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
        self.state = self._sent(self._verdict(state, variance, touched=shown))
        self.on_change(self.state)

    def _why_not(self, count: _Count) -> str:
        if self._busy:
            return _("Closing the shift\u2026")
        if self._basket_open:
            return _("Finish or park the open sale first")
        return "" if count.touched else _("Count the drawer first")

    def _tiles(self, totals: ShiftTotals) -> tuple[Money, ...]:
        average = totals.total // totals.sales if totals.sales else 0
        return (
            Money(_("Sales, tax in"), self.desk.money(totals.total)),
            Money(_("Receipts"), number(totals.sales)),
            Money(_("Per receipt"), self.desk.money(average)),
            Money(_("Taken back"), self.desk.money(totals.voided)),
        )

    def _tenders(self, totals: ShiftTotals, count: _Count, *, blind: bool) -> tuple[TenderRow, ...]:
        desk = self.desk
        rows = []
        for tender, expected in totals.expected().items():
            cash = tender == "cash"
            counted = count.total if cash else expected
            gap = counted - expected
            hidden = blind and cash
            rows.append(
                TenderRow(
                    tender_name(tender),
                    _("after count") if hidden else desk.money(expected),
                    "\u2013" if cash and not count.touched else desk.money(counted),
                    "" if hidden or (not count.touched and cash) else desk.money(gap),
                    self._tone(gap) if gap and not hidden else "plain",
                )
            )
        return tuple(rows)

    def _tone(self, gap: int) -> str:
        limit = self.desk.till.policy.action("close_shift").reason_above or 0
        return "warn" if abs(gap) <= limit else "bad"

    def _accounts(self, totals: ShiftTotals) -> tuple[Money, ...]:
        desk = self.desk
        rows = [
            Money(_("Float at open"), desk.money(totals.float_amount)),
            Money(_("Cash sales"), desk.money(totals.tenders.get("cash", 0))),
        ]
        if totals.cash_in:
            rows.append(Money(_("Put in"), desk.money(totals.cash_in)))
        if totals.cash_out:
            rows.append(Money(_("Taken out"), desk.money(-totals.cash_out)))
        return tuple(rows)

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
        limit = desk.till.policy.action("close_shift").reason_above or 0
        amount = desk.money(abs(variance))
        form = _("{amount} short") if variance < 0 else _("{amount} over")
        within = abs(variance) <= limit
        detail = _("within the {limit} limit") if within else _("over the {limit} limit: say why")
        return replace(
            state,
            verdict=form.format(amount=amount),
            verdict_detail=detail.format(limit=desk.money(limit)),
            verdict_tone="warn" if within else "bad",
            reasons=(_("Miscount"), _("Wrong change"), _("Unknown")),
        )

    def _sent(self, state: CloseState) -> CloseState:
        till = self.desk.till
        unsent = till.view.unsent(till.acked())
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


def _bars(totals: ShiftTotals, desk: Desk) -> tuple[Bar, ...]:
    if not totals.hours:
        return ()
    best = max(totals.hours.values(), key=lambda hour: hour.total).total
    first, last = min(totals.hours), max(totals.hours)
    bars = []
    for hour in range(first, last + 1):
        found = totals.hours.get(hour)
        total = found.total if found else 0
        bars.append(Bar(hour, total, desk.money(total), bool(total) and total == best))
    return tuple(bars)
