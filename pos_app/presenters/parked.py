"""Baskets put aside: what they are called, how old they are, and the way back."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pos_app.domain.basket import Basket
from pos_app.domain.day import parse_utc
from pos_app.domain.errors import PosError
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.presenters.selling import Selling
from pos_app.presenters.views import dotted
from pos_app.till import parking
from pos_app.words import _, money, ngettext, since

OLD_MIN = 60
"""From so many minutes on a parked sale is marked: somebody may have forgotten it."""


class ParkedView(msgspec.Struct, frozen=True):
    """A basket put aside."""

    park_id: str
    title: str
    detail: str
    amount: str
    age: str
    tone: str
    """plain, or warn where it has waited long."""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return f"{self.title}, {self.detail}, {self.age}, {self.amount}"


class ParkedState(msgspec.Struct, frozen=True):
    """The sheet of parked baskets."""

    rows: tuple[ParkedView, ...] = ()


class Parked:
    """Puts the basket aside, and gives one back."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        self.desk, self.selling = desk, selling
        self.on_change: Callable[[ParkedState], None] = lambda _state: None
        self.state = ParkedState()

    def refresh(self) -> None:
        """Reads the list."""
        till = self.desk.till
        now = till.now()
        rows = []
        for each in parking.parked(till):
            then = parse_utc(each.parked_at)
            lines = ngettext("{count} line", "{count} lines", each.lines).format(count=each.lines)
            time = since(then, now, self.desk.zone)
            minutes = max(0, int((now - then).total_seconds()) // 60)
            rows.append(
                ParkedView(
                    each.park_id,
                    each.label or _("Parked at {time}").format(time=time),
                    dotted(lines, time, self.desk.name_of(each.parked_by)),
                    money(each.total, each.currency),
                    _age(minutes),
                    "warn" if minutes >= OLD_MIN else "plain",
                )
            )
        self.state = ParkedState(tuple(rows))
        self.on_change(self.state)

    def park_or_recall(self) -> None:
        """F7: parks what is open; recalls when nothing is."""
        if self.selling.open:
            self.park()
        elif len(self.state.rows) == 1:
            self.recall(self.state.rows[0].park_id)
        else:
            self.refresh()
            self.desk.hands.open_sheet("parked")

    def park(self, label: str = "") -> None:
        """Puts the open basket aside, named after its first product where nobody names it."""
        basket, payments, till = self.selling.basket, self.selling.payments, self.desk.till
        if basket is None or not basket.lines or self.selling.state.busy:
            return
        named = label or basket.lines[0].label

        def parked(park_id: str) -> None:
            self.selling.reset()
            self.refresh()
            self.desk.hands.toast(_("Sale parked."), lambda: self.recall(park_id))

        def refused(error: BaseException) -> None:
            self.selling.keep_open()
            self.desk.tell(error)

        self.selling.hand_over()
        self.desk.hands.run(
            LEDGER, lambda: parking.park(till, basket, payments, label=named), parked, refused
        )

    def recall(self, park_id: str) -> None:
        """A parked basket becomes the open one; an open one is parked first."""
        till = self.desk.till
        if self.selling.open:
            self.desk.hands.toast(_("Park or finish the open sale first."))
            return

        def recalled(basket: Basket) -> None:
            self.selling.take_over(basket)
            self.desk.hands.close_sheet()
            self.refresh()

        def refused(error: BaseException) -> None:
            self.refresh()
            if isinstance(error, PosError):
                self.desk.tell(error)
            else:
                raise error

        self.desk.hands.run(LEDGER, lambda: parking.recall(till, park_id), recalled, refused)


def _age(minutes: int) -> str:
    """How long it has waited: Just now, 12 min, 3 h, 2 days."""
    if minutes < 1:
        return _("Just now")
    if minutes < 60:
        return _("{count} min").format(count=minutes)
    if minutes < 24 * 60:
        return _("{count} h").format(count=minutes // 60)
    days = minutes // (24 * 60)
    return ngettext("{count} day", "{count} days", days).format(count=days)
