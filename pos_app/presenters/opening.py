"""Open shift: what is ready, the float counted, and what it is off from the one that is set."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import PosError
from pos_app.presenters.checks import Check, all_checks, blocking
from pos_app.presenters.counting import Count, CountRow, Money, next_of
from pos_app.presenters.desk import LEDGER, PRINTER, Desk
from pos_app.presenters.views import dotted
from pos_app.till import readiness, shift
from pos_app.words import _, clock, date, ngettext, number
from sync.protocol import ShiftClosed

N_ = str

REASONS = (N_("Miscount"), N_("Change brought"), N_("Unknown"))
"""Why a float is not the set one, as it is usually said."""


class Told(msgspec.Struct, frozen=True):
    """Something to know before the day begins."""

    icon: str
    title: str
    detail: str
    tone: str = "info"


class OpenState(msgspec.Struct, frozen=True):
    """Open shift."""

    title: str = ""
    place: str = ""
    number: str = ""
    checks: tuple[Check, ...] = ()
    today: tuple[Told, ...] = ()
    rows: tuple[CountRow, ...] = ()
    counted: str = ""
    lines: tuple[Money, ...] = ()
    difference: str = ""
    """Empty where no float is set."""
    verdict: str = ""
    verdict_detail: str = ""
    verdict_tone: str = "plain"
    """plain, ok, warn or bad."""
    reasons: tuple[str, ...] = ()
    reason: str = ""
    same: str = ""
    """Words of the button that fills the count from the last close, or takes that back."""
    empty: bool = True
    no_float: bool = False
    """Somebody said that there is none today."""
    footer: str = ""
    button_amount: str = ""
    button_reason: str = ""
    busy: bool = False


class Opening:
    """Opens a shift with a counted float."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.on_change: Callable[[OpenState], None] = lambda _state: None
        self.on_opened: Callable[[], None] = lambda: None
        self.state = OpenState()
        self._count: Count | None = None
        self._before: dict[int, int] | None = None
        """The count as it was before it was filled from the last close."""
        self._left: tuple[int, str, dict[int, int]] | None = None
        """What the last close left: amount, who and when, pieces."""
        self._today: tuple[Told, ...] = ()
        self._reason, self.note, self._code = "", "", ""
        self._busy, self._no_float = False, False
        self._devices: readiness.DeviceStates | None = None
        self._journal = True

    def open(self) -> None:
        """Shows an empty count, and asks everything how it is."""
        self._count = Count(self.desk.currency)
        self._before, self._reason, self.note = None, "", ""
        self._no_float = False
        self._read_last()
        self._show()
        self.check()

    def check(self) -> None:
        """Asks devices and journal again; the tiles follow."""
        till, hands = self.desk.till, self.desk.hands
        hands.run(PRINTER, lambda: readiness.ask_devices(till), self._devices_said)
        hands.run(LEDGER, lambda: readiness.journal_agrees(till), self._journal_said)

    def _devices_said(self, states: readiness.DeviceStates) -> None:
        self._devices = states
        self._show()

    def _journal_said(self, agrees: bool) -> None:
        self._journal = agrees
        self._show()

    def scanned(self, code: str) -> None:
        """A code was read: the scanner works."""
        self._code = code
        self.desk.hands.sound("ok")
        self._show()

    def refresh(self) -> None:
        """The line or the clock changed."""
        if self._count is not None and not self._busy and self.desk.till.shift is None:
            self._show()

    def _read_last(self) -> None:
        z = self.desk.till.view.last_z()
        self._left, self._today = None, self._to_know(z)
        if z is not None:
            who = dotted(self.desk.name_of(z.actor), clock(parse_utc(z.t.wall), self.desk.zone))
            pieces = {int(worth): count for worth, count in z.left_counts.items()}
            self._left = (z.left, who, pieces)

    def _to_know(self, z: ShiftClosed | None) -> tuple[Told, ...]:
        desk = self.desk
        told = []
        parked = len(desk.till.view.parked())
        if parked:
            form = ngettext("{count} parked sale waits", "{count} parked sales wait", parked)
            title = form.format(count=number(parked))
            told.append(Told("pause", title, _("Recall it in Sell once the shift is open.")))
        off = sum(row.difference for row in z.tenders) if z is not None else 0
        if z is not None and off:
            form = (
                _("Last close was {amount} short") if off < 0 else _("Last close was {amount} over")
            )
            detail = dotted(desk.name_of(z.actor), z.reason)
            told.append(
                Told("circle-alert", form.format(amount=desk.money(abs(off))), detail, "warn")
            )
        if z is not None and z.late:
            detail = _("Close each shift on its own day, so that the days add up.")
            told.append(Told("clock", _("The last shift was closed late"), detail, "warn"))
        return tuple(told)

    # ---- the count

    def set(self, worth: int, pieces: int) -> None:
        """That many of one note or coin."""
        if self._count is not None:
            self._count.set(worth, pieces)
            self._before, self._no_float = None, False
            self._show()

    def same(self) -> None:
        """The pieces that the last close left; again: the count as it was before."""
        count, left = self._count, self._left
        if count is None or self._busy:
            return
        if self._before is not None:
            count.fill(self._before)
            self._before = None
        elif left is not None and left[2]:
            self._before = dict(count.pieces)
            count.fill(left[2])
            self._no_float = False
        self._show()

    def say_no_float(self) -> None:
        """There is none today: said once, taken back by saying it again."""
        if self._count is not None and not self._count.total:
            self._no_float = not self._no_float
            self._show()

    def choose_reason(self, reason: str) -> None:
        """Why it is not the set float."""
        self._reason = "" if reason == self._reason else reason
        self._show()

    def next_reason(self) -> None:
        """The reason after the chosen one, for the keyboard."""
        self._reason = next_of(self.state.reasons, self._reason)
        self._show()

    # ---- opening

    def finish(self) -> None:
        """Opens it."""
        count, till = self._count, self.desk.till
        if count is None or self._busy or self.state.button_reason:
            return
        self._busy = True
        self._show()
        counts, reason, note = count.counted(), self._reason, self.note
        self.desk.attempt(
            lambda consent: shift.open_shift(
                till,
                count.total,
                counts or None,
                reason=consent.reason or reason,
                note=note,
                approval=consent.approval,
            ),
            lambda _shift: self._opened(),
            self._refused,
            title=_("Open shift"),
            lane=LEDGER,
        )

    def _opened(self) -> None:
        self._busy = False
        self._count = None
        self.on_opened()

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
        count, till, desk = self._count, self.desk.till, self.desk
        if count is None:
            return
        person = till.person.name if till.person else ""
        checks = all_checks(desk, self._devices, self._code, journal=self._journal)
        nth = till.view.next_shift_number()
        state = OpenState(
            title=_("Open shift"),
            place=dotted(person, date(till.business_date())),
            number=_("Shift {number:04d}").format(number=nth),
            checks=checks,
            today=self._today,
            rows=count.rows(),
            counted=count.words(),
            lines=self._lines(count),
            reason=self._reason,
            same=self._same_words(),
            empty=not count.total,
            no_float=self._no_float,
            button_amount=_("Float {amount}").format(amount=count.words()),
            button_reason=self._why_not(count, checks),
            busy=self._busy,
        )
        self.state = self._verdict(state, count)
        self.on_change(self.state)

    def _same_words(self) -> str:
        if self._before is not None:
            return _("Undo")
        return _("Same as last close") if self._left is not None and self._left[2] else ""

    def _why_not(self, count: Count, checks: tuple[Check, ...]) -> str:
        if self._busy:
            return _("Opening\u2026")
        stopping = blocking(checks)
        if stopping:
            return stopping
        if not count.total and not self._no_float:
            return _("Count the float, or say there is none")
        return ""

    def _lines(self, count: Count) -> tuple[Money, ...]:
        desk, wanted = self.desk, self.desk.till.settings.float_amount
        lines = []
        if self._left is not None:
            left, who, _pieces = self._left
            lines.append(Money(_("Left at last close, {who}").format(who=who), desk.money(left)))
        if wanted:
            lines.append(Money(_("Set for this till"), desk.money(wanted)))
        lines.append(Money(_("Counted now"), count.words(), strong=True))
        return tuple(lines)

    def _verdict(self, state: OpenState, count: Count) -> OpenState:
        desk, till = self.desk, self.desk.till
        if not till.settings.float_amount:
            return state
        off = shift.float_off(till, count.total)
        limit = till.policy.action("open_shift").reason_above or 0
        limit_words = desk.money(limit)
        footer = _("More than {limit} off needs a manager").format(limit=limit_words)
        state = replace(state, footer=footer)
        if not count.total and not self._no_float:
            return state
        if not off:
            return replace(
                state,
                difference=desk.money(0),
                verdict=_("Matches the set float"),
                verdict_detail=_("Nothing to explain."),
                verdict_tone="ok",
            )
        form = _("{amount} short") if off < 0 else _("{amount} over")
        within = abs(off) <= limit
        detail = _("within the {limit} limit") if within else _("over the {limit} limit: say why")
        return replace(
            state,
            difference=desk.money(off),
            verdict=form.format(amount=desk.money(abs(off))),
            verdict_detail=detail.format(limit=limit_words),
            verdict_tone="warn" if within else "bad",
            reasons=tuple(_(each) for each in REASONS),
        )
