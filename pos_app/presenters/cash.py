"""Cash in, cash out, safe drop while it is typed; and the X, a look at the shift so far."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import PosError
from pos_app.presenters.counting import Money, next_of
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.presenters.typed import amount_typed
from pos_app.presenters.views import dotted, tender_name
from pos_app.till import cash, shift, x_report
from pos_app.words import _, clock, number

IN, OUT, DROP = cash.IN, cash.OUT, cash.DROP
N_ = str

REASONS: dict[str, tuple[str, ...]] = {
    IN: (N_("Change brought"), N_("Float topped up"), N_("Found in the drawer")),
    OUT: (N_("Bill paid at the door"), N_("Small purchase"), N_("Change fetched")),
    DROP: (N_("Drawer full"), N_("Regular drop"), N_("End of the day")),
}
"""What is usually said; anything else can be typed."""
LISTED = 6
"""Movements of the shift that the sheet shows, newest first."""


class CashState(msgspec.Struct, frozen=True):
    """The sheet."""

    kind: str = OUT
    opened: str = ""
    """Whose drawer it is: who opened the shift, and when."""
    text: str = ""
    reasons: tuple[str, ...] = ()
    reason: str = ""
    reference: bool = False
    """True where a bag's number is asked for."""
    before: str = ""
    """What the drawer should hold; empty for those who may not see it."""
    after: str = ""
    problem: str = ""
    button: str = ""
    button_amount: str = ""
    button_reason: str = ""
    ready: bool = False
    moves: tuple[Money, ...] = ()


class XState(msgspec.Struct, frozen=True):
    """The X, as rows under headings."""

    title: str = ""
    detail: str = ""
    parts: tuple[tuple[str, tuple[Money, ...]], ...] = ()


def kind_names() -> dict[str, str]:
    """What each movement is called."""
    return {IN: _("Cash in"), OUT: _("Cash out"), DROP: _("Safe drop")}


class Cash:
    """Fills the sheet and moves the cash."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.on_change: Callable[[CashState], None] = lambda _state: None
        self.on_moved: Callable[[cash.Moved], None] = lambda _moved: None
        self.on_x: Callable[[XState], None] = lambda _state: None
        self.state, self.x = CashState(), XState()
        self._kind, self._text, self._reason, self._reference = OUT, "", "", ""
        self._over, self._sure, self._busy = False, False, False
        self._seen: x_report.XReport | None = None

    def open(self) -> bool:
        """An empty sheet; False where no shift is open, which is told."""
        if self.desk.till.shift is None:
            self.desk.hands.toast(_("Open a shift first."))
            return False
        self._kind, self._text, self._reason, self._reference = OUT, "", "", ""
        self._over = self._sure = self._busy = False
        self._show()
        return True

    def choose_kind(self, kind: str) -> None:
        """In, out, or into the safe."""
        if kind != self._kind:
            self._kind, self._reason = kind, ""
            self._over = self._sure = False
            self._show()

    def type(self, text: str) -> None:
        """The amount."""
        self._text = text
        self._over = self._sure = False
        self._show()

    def choose_reason(self, reason: str) -> None:
        """Why: a usual reason, or a few words."""
        self._reason = reason
        self._show()

    def next_reason(self) -> None:
        """The usual reason after the chosen one, for the keyboard."""
        self._reason = next_of(self.state.reasons, self._reason)
        self._show()

    def set_reference(self, text: str) -> None:
        """The bag of a drop."""
        self._reference = text
        self._show()

    def finish(self) -> None:
        """Moves it; more than the drawer should hold is done at the second press."""
        till, value = self.desk.till, self._value()
        if not value or not self.state.ready or self._busy:
            return
        kind, reason, reference = self._kind, self._reason, self._reference
        self._sure = self._over
        sure = self._sure
        self._busy = True
        self._show()
        self.desk.attempt(
            lambda consent: cash.move_cash(
                till,
                kind,
                value,
                consent.reason or reason,
                reference=reference if kind == DROP else "",
                sure=sure,
                approval=consent.approval,
            ),
            self._moved,
            self._refused,
            title=kind_names()[kind],
            lane=LEDGER,
        )

    def _moved(self, moved: cash.Moved) -> None:
        self._busy = False
        self.desk.hands.close_sheet()
        amount = self.desk.money(moved.fact.amount)
        told = {
            IN: _("{amount} put in. The slip goes into the drawer."),
            OUT: _("{amount} taken out. The slip goes into the drawer."),
            DROP: _("{amount} go to the safe. The slip goes with the bag."),
        }[moved.fact.kind].format(amount=amount)
        self.desk.hands.toast(told)
        self.desk.hands.announce(told)
        self.on_moved(moved)

    def _refused(self, error: PosError) -> None:
        self._busy = False
        if error.code == "more_than_drawer":
            self._over = True
            self._show()
            self.desk.hands.announce(self.state.problem, at_once=True)
            return
        self._show()
        self.desk.tell(error)

    def unlock(self) -> None:
        """Nobody agreed: the button works again."""
        if self._busy:
            self._busy = False
            self._show()

    def _value(self) -> int | None:
        return amount_typed(self._text, self.desk.currency) if self._text else None

    def _show(self) -> None:
        desk, value, kind = self.desk, self._value(), self._kind
        sees = shift.sees_expected(desk.till)
        due = shift.summary(desk.till).expected_cash
        after = due + (value or 0) * (1 if kind == IN else -1)
        problem = ""
        if self._text and not value:
            problem = _("Type an amount above zero, for example 20 or 12.50.")
        elif self._over:
            problem = _("More than the drawer should hold. Press again if it is right.")
        missing = ""
        if not value:
            missing = _("Type the amount")
        elif not self._reason.strip():
            missing = _("Say why")
        if self._busy:
            missing = _("Saving\u2026")
        self.state = CashState(
            kind=kind,
            opened=self._opened(),
            text=self._text,
            reasons=tuple(_(each) for each in REASONS[kind]),
            reason=self._reason,
            reference=kind == DROP,
            before=desk.money(due) if sees else "",
            after=desk.money(after) if sees and value else "",
            problem=problem,
            button=kind_names()[kind],
            button_amount=desk.money(value) if value else "",
            button_reason=missing,
            ready=not missing,
            moves=self._moves(),
        )
        self.on_change(self.state)

    def _opened(self) -> str:
        desk, opened = self.desk, self.desk.till.need_shift()
        return _("{name} opened this drawer at {time}.").format(
            name=desk.name_of(opened.opened_by), time=clock(parse_utc(opened.opened), desk.zone)
        )

    def _moves(self) -> tuple[Money, ...]:
        desk, names = self.desk, kind_names()
        rows = cash.moves(desk.till)[: -LISTED - 1 : -1]
        return tuple(
            Money(
                dotted(clock(parse_utc(row.wall), desk.zone), names.get(row.kind, row.kind)),
                desk.money(row.amount if row.kind == IN else -row.amount),
                detail=dotted(row.reason, row.reference, desk.name_of(row.actor)),
            )
            for row in rows
        )

    # ---- the X

    def look(self) -> bool:
        """Reads the X; False where it may not be seen, which is told."""
        try:
            self._seen = seen = x_report.look(self.desk.till)
        except PosError as error:
            self.desk.tell(error)
            return False
        self.x = self._x(seen)
        self.on_x(self.x)
        return True

    def print_x(self, done: Callable[[], None]) -> None:
        """What was looked at, on paper."""
        till, seen = self.desk.till, self._seen
        if seen is not None:
            self.desk.hands.run(
                LEDGER, lambda: x_report.print_x(till, seen), lambda _job: done(), self.desk.tell
            )

    def _x(self, seen: x_report.XReport) -> XState:
        desk, totals, names = self.desk, seen.totals, kind_names()
        when = clock(seen.at, desk.zone)
        trade = [
            Money(_("Receipts"), number(totals.sales)),
            Money(_("Voids"), number(totals.voids)),
            Money(_("Discounts"), desk.money(-totals.discount)),
            Money(_("Tax"), desk.money(totals.tax)),
            Money(_("Sales, tax in"), desk.money(totals.total), strong=True),
        ]
        if totals.refunds:
            trade.insert(2, Money(_("Refunds"), number(totals.refunds)))
        drawer = [
            Money(_("Float at open"), desk.money(totals.float_amount)),
            Money(_("Cash sales"), desk.money(totals.cash_sales)),
        ]
        if totals.cash_back:
            drawer.append(Money(_("Given back in cash"), desk.money(-totals.cash_back)))
        drawer += [
            Money(
                names.get(row.kind, row.kind),
                desk.money(row.amount if row.kind == IN else -row.amount),
                detail=dotted(row.reason, row.reference),
            )
            for row in seen.moves
        ]
        expected = desk.money(totals.expected_cash)
        drawer.append(Money(_("Expected in the drawer"), expected, strong=True))
        tenders = [
            Money(tender_name(tender), desk.money(totals.tenders[tender]))
            for tender in totals.expected()
            if tender in totals.tenders
        ]
        opened = desk.name_of(seen.shift.opened_by)
        at = clock(parse_utc(seen.shift.opened), desk.zone)
        drawer.insert(0, Money(_("Opened by {name}").format(name=opened), at))
        parts = [(_("Sales"), tuple(trade)), (_("Drawer"), tuple(drawer))]
        if tenders:
            parts.insert(1, (_("Paid by"), tuple(tenders)))
        return XState(
            _("X report"),
            _("Shift {number:04d} at {time}. Not a document; it changes nothing.").format(
                number=seen.shift.number, time=when
            ),
            tuple(parts),
        )
