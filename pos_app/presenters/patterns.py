"""Patterns of the store's people for a manager: asked of the hub, shown in words, proof of nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import msgspec

from pos_app.domain.day import parse_utc
from pos_app.domain.staff import Role
from pos_app.presenters.views import dotted
from pos_app.till import inquiries
from pos_app.words import _, date_of, money, number, percent
from pos_app.words.patterns import of_pattern
from sync.protocol import PatternRow, PatternsAsk, PatternsReply

if TYPE_CHECKING:
    from pos_app.presenters.desk import Desk

DAYS: Final = 28
MAY: Final = frozenset({Role.MANAGER, Role.HQ, Role.AUDITOR})


class PatternView(msgspec.Struct, frozen=True):
    """Somebody stands out."""

    title: str
    who: str
    figures: str
    papers: str
    tone: str = "warn"

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        told = (self.title, self.who, self.figures, self.papers)
        return ", ".join(part for part in told if part)


class PatternState(msgspec.Struct, frozen=True):
    """The sheet."""

    title: str
    detail: str
    rows: tuple[PatternView, ...] = ()
    empty: str = ""
    empty_detail: str = ""
    again: bool = False
    """True where it may be asked once more."""


class Patterns:
    """One question at a time, of whoever may look."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.on_change: Callable[[PatternState], None] = lambda _state: None
        self.asked = ""
        """Id of the question that is shown."""

    @property
    def may(self) -> bool:
        """True for whoever may look at what others do."""
        person = self.desk.till.person
        return person is not None and person.role in MAY and not self.desk.till.training

    def open(self) -> bool:
        """Asks anew; False for whoever may not."""
        till = self.desk.till
        if not self.may or till.person is None:
            self.desk.hands.toast(_("A manager looks at this."))
            return False
        message = PatternsAsk(till.person.staff_id, DAYS)
        self.asked = inquiries.ask(till, inquiries.PATTERNS, message)
        self.show()
        return True

    def heard(self, ask_id: str) -> None:
        """The hub answered something."""
        if ask_id and ask_id == self.asked:
            self.show()

    def show(self) -> None:
        """As it is now."""
        self.on_change(self.state())

    def state(self) -> PatternState:
        """The sheet as it is now."""
        title = _("Out of the ordinary")
        state = inquiries.state(self.desk.till, self.asked)
        if state == inquiries.WAITING:
            return PatternState(title, "", empty=_("Asking head office"))
        told = inquiries.answer(self.desk.till, self.asked, PatternsReply)
        if told is None:
            return PatternState(
                *(title, ""),
                empty=_("Head office cannot be asked now"),
                empty_detail=_("Nothing is lost. Ask again when the till is online."),
                again=True,
            )
        since = date_of(parse_utc(told.since), self.desk.zone)
        detail = _("Since {day}, beside the others of the store. A reason to look, no proof.")
        return PatternState(
            title,
            detail.format(day=since),
            tuple(self._row(told, row) for row in told.rows),
            empty=_("Nothing out of the ordinary"),
            again=True,
        )

    def _row(self, told: PatternsReply, row: PatternRow) -> PatternView:
        words = of_pattern(row.pattern)
        who = self.desk.name_of(row.staff) if row.staff else ""
        who = who or _("Person {number}").format(number=number(row.person))
        usual = _("usual {share}").format(share=_share(row.others))
        value = money(row.value, told.currency) if row.value and told.currency else ""
        figures = dotted(words.times(row.count), _share(row.rate), usual, value)
        papers = dotted(*(each.doc_no for each in row.evidence if each.doc_no))
        tone = "bad" if row.z > 2 * 2_500 else "warn"
        return PatternView(words.title, who, figures, papers, tone)


def _share(millionths: int) -> str:
    """Of all that it is counted by."""
    return percent(millionths // 100)
