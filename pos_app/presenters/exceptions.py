"""What needs attention: the queue, one case with what is known of it, and a person's decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import PosError
from pos_app.domain.exceptions import MONEY, SETTLED, STOCK, SYNC, unit_of
from pos_app.presenters import exception_later
from pos_app.presenters.connection import Attention
from pos_app.presenters.desk import LEDGER, Consent, Desk
from pos_app.presenters.exception_views import AttentionState, CaseView, ChoiceView
from pos_app.presenters.patterns import Patterns
from pos_app.presenters.views import dotted
from pos_app.till import exceptions
from pos_app.till.exceptions import Case
from pos_app.words import _, money, ngettext, number

if TYPE_CHECKING:
    from pos_app.domain.exceptions import Way

WAITING, MINE, DONE = "waiting", "mine", "done"
ALL = "all"
WEEK = timedelta(days=7)


class Exceptions:
    """The cases of the store, for whoever may settle them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.patterns = Patterns(desk)
        self.on_change: Callable[[AttentionState], None] = lambda _state: None
        self.on_count: Callable[[int], None] = lambda _count: None
        self.state = AttentionState()
        self.count = 0
        """How many wait, for who is signed in; 0 for whoever may not look."""
        self._cases: list[Case] = []
        self._group, self._tab, self._text = ALL, WAITING, ""
        self._chosen = ""
        self._ways: dict[str, str] = {}
        self._reason = ""
        self._busy = False

    # ---- how many there are

    def recount(self) -> None:
        """The hub told something, something was journalled, or somebody else is here."""
        self._read()
        if self.state.title:
            self._show()

    def _read(self) -> None:
        till = self.desk.till
        may = exceptions.may_look(till)
        self._cases = exceptions.cases(till) if may else []
        count = sum(case.waiting for case in self._cases)
        if count != self.count:
            self.count = count
            self.on_count(count)

    def attention(self) -> tuple[Attention, ...]:
        """For the pill and its sheet."""
        if not self.count:
            return ()
        form = ngettext("{count} case to settle", "{count} cases to settle", self.count)
        words = form.format(count=number(self.count))
        detail = _("Selling goes on. Somebody should look at it.")
        return (Attention(words, detail, (("cases_show_all", _("Show them")),), words),)

    # ---- moving about

    def open(self) -> bool:
        """The queue as it is now; False for whoever may not look."""
        if not exceptions.may_look(self.desk.till):
            self.desk.hands.toast(_("A manager settles what needs attention."))
            return False
        self._group, self._tab, self._text, self._chosen = ALL, WAITING, "", ""
        self._read()
        self._show()
        return True

    def leave(self) -> None:
        """Another screen is shown."""
        self.state = AttentionState()

    def type(self, text: str) -> None:
        """Another text in the search field."""
        self._text = text.strip()
        self._show()

    def choose_group(self, group: str) -> None:
        """All, money, stock or sync."""
        self._group = group
        self._show()

    def choose_tab(self, tab: str) -> None:
        """What waits, what I have, what is settled."""
        self._tab = tab
        self._show()

    def choose(self, case_id: str) -> None:
        """Opens a case."""
        if case_id != self._chosen:
            self._chosen, self._reason = case_id, ""
        self._show()

    def move(self, step: int) -> None:
        """The next case of the queue, or the one before."""
        ids = [row.case_id for row in self.state.rows]
        if ids:
            here = ids.index(self._chosen) if self._chosen in ids else 0
            self.choose(ids[max(0, min(len(ids) - 1, here + step))])

    def choose_way(self, way: str) -> None:
        """Another way to settle the case that is open: nothing happens yet."""
        if self._chosen:
            self._ways[self._chosen] = way
            self._show()

    def choose_nth(self, place: int) -> None:
        """The first, second or third way."""
        shown = self.state.shown
        if shown is not None and place < len(shown.ways):
            self.choose_way(shown.ways[place].way)

    def set_reason(self, text: str) -> None:
        """What somebody wrote beside the decision."""
        self._reason = text

    @property
    def open_case(self) -> Case | None:
        """The case that is open."""
        return next((case for case in self._cases if case.row.id == self._chosen), None)

    # ---- deciding

    def take(self) -> None:
        """Takes it, or gives it back to all."""
        case, person = self.open_case, self.desk.till.person
        if case is None or not case.waiting or person is None or self._busy:
            return
        to = "" if case.owner == person.staff_id else person.staff_id
        self._assign(case, to)

    def later(self) -> tuple[ChoiceView, ...]:
        """When it may come again, for whoever has the case that is open: (UTC, words)."""
        case, person = self.open_case, self.desk.till.person
        if case is None or person is None or not case.waiting or case.owner != person.staff_id:
            return ()
        return exception_later.choices(self.desk, case)

    def put_off(self, until: str) -> None:
        """Puts it off until then; nothing said gives it back to all."""
        case, person = self.open_case, self.desk.till.person
        if case is not None and case.waiting and person is not None and not self._busy:
            self._assign(case, person.staff_id if until else "", until)

    def _assign(self, case: Case, to: str, later: str = "") -> None:
        till = self.desk.till
        self._busy = True
        self.desk.hands.run(
            *(LEDGER, lambda: exceptions.assign(till, case.row.id, to, later)),
            *(self._done, self._failed),
        )

    def settle(self) -> None:
        """The decision as it is chosen, in the journal; asks for consent where somebody must agree."""
        from pos_app.presenters import exception_case
        from pos_app.words.exception_ways import of_way

        shown, case = self.state.shown, self.open_case
        if shown is None or case is None or not shown.button or shown.why_not or self._busy:
            return
        way = exception_case.way_of(case, self._ways.get(case.row.id, ""))
        self._busy = True
        till, reason = self.desk.till, self._reason

        def act(consent: Consent) -> Any:
            said = consent.reason or reason
            return exceptions.settle(till, case.row.id, way, said, approval=consent.approval)

        self.desk.attempt(
            act,
            lambda _position: self._settled(case, way),
            self._refused,
            title=of_way(case.row.kind, way).button,
            lane=LEDGER,
        )

    def unlock(self) -> None:
        """Nobody agreed: the buttons work again."""
        self._busy = False

    def _settled(self, case: Case, way: Way) -> None:
        self._busy = False
        self._reason = ""
        from pos_app.words.exception_ways import of_way

        words = of_way(case.row.kind, way).title
        ids = [row.case_id for row in self.state.rows]
        place = ids.index(case.row.id) if case.row.id in ids else 0
        self._read()
        rest = [each for each in ids if each != case.row.id]
        self._chosen = rest[min(place, len(rest) - 1)] if rest and self._tab != DONE else ""
        self._show()
        self.desk.hands.sound("ok")
        offline = self.desk.till.offline
        form = _("{way}. Written down; told when online.") if offline else _("{way}. Written down.")
        self.desk.hands.toast(form.format(way=words))

    def _done(self, _position: Any) -> None:
        self._busy = False
        self._read()
        self._show()

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        self.desk.tell(error)

    def _refused(self, error: PosError) -> None:
        self._failed(error)
        self._read()
        self._show()

    # ---- what is shown

    def _show(self) -> None:
        from pos_app.presenters import exception_case  # not before somebody looks

        person = self.desk.till.person
        mine = person.staff_id if person else ""
        fitting = [case for case in self._cases if self._in_tab(case, self._tab, mine)]
        counted = fitting
        if self._group != ALL:
            fitting = [case for case in fitting if case.kind.group == self._group]
        rows = [exception_case.row(self.desk, case) for case in fitting]
        if self._text:
            wanted = self._text.casefold().split()
            rows = [row for row in rows if _found(row, wanted)]
        ids = [row.case_id for row in rows]
        if self._chosen not in ids:
            self._chosen = ids[0] if ids else ""
        case = self.open_case
        shown = None
        if case is not None:
            chosen = self._ways.get(case.row.id, "")
            shown = exception_case.shown(self.desk, case, chosen)
        self.state = AttentionState(
            title=_("Needs attention"),
            detail=self._headline(),
            groups=self._groups(counted),
            tabs=self._tabs(mine),
            rows=tuple(rows),
            text=self._text,
            empty=self._empty(),
            empty_detail=_("Try another word.") if self._text else self._lately(),
            foot=self._lately() if rows else "",
            patterns=_("Out of the ordinary") if self.patterns.may else "",
            shown=shown,
        )
        self.on_change(self.state)

    @staticmethod
    def _in_tab(case: Case, tab: str, mine: str) -> bool:
        if tab == DONE:
            return not case.waiting
        return case.waiting and (tab == WAITING or case.owner == mine)

    def _headline(self) -> str:
        waiting = [case for case in self._cases if case.waiting]
        form = ngettext("{count} open", "{count} open", len(waiting))
        words = form.format(count=number(len(waiting)))
        stakes: dict[str, int] = {}
        for case in waiting:
            if case.row.amount:
                currency = case.row.currency or self.desk.currency
                if unit_of(case.row.kind, case.row.detail, currency) == currency:
                    stakes[currency] = stakes.get(currency, 0) + abs(case.row.amount)
        told = [money(minor, currency) for currency, minor in sorted(stakes.items()) if currency]
        if not told:
            return words
        return _("{open} \u00b7 {amount} at stake").format(open=words, amount=" + ".join(told))

    def _groups(self, cases: list[Case]) -> tuple[ChoiceView, ...]:
        words = {ALL: _("All"), MONEY: _("Money"), STOCK: _("Stock"), SYNC: _("Tills")}
        return tuple(
            ChoiceView(
                *(key, text),
                number(sum(key in (ALL, case.kind.group) for case in cases)),
                key == self._group,
            )
            for key, text in words.items()
        )

    def _tabs(self, mine: str) -> tuple[ChoiceView, ...]:
        words = {WAITING: _("Open"), MINE: _("Mine"), DONE: _("Settled")}
        return tuple(
            ChoiceView(
                *(key, text),
                number(sum(self._in_tab(case, key, mine) for case in self._cases)),
                key == self._tab,
            )
            for key, text in words.items()
        )

    def _empty(self) -> str:
        if self._text:
            return _("Nothing found")
        return {
            WAITING: _("All settled"),
            MINE: _("You have taken none"),
            DONE: _("Nothing was settled lately"),
        }[self._tab]

    def _lately(self) -> str:
        """How many were settled within a week, and how many of them by themselves."""
        since = self.desk.till.now() - WEEK
        done = [
            case
            for case in self._cases
            if not case.waiting and case.resolved and parse_utc(case.resolved) >= since
        ]
        alone = sum(case.state == SETTLED for case in done)
        form = ngettext("{count} settled this week", "{count} settled this week", len(done))
        words = form.format(count=number(len(done)))
        if not alone:
            return words
        form = ngettext("{count} by itself", "{count} by themselves", alone)
        return dotted(words, form.format(count=number(alone)))


def _found(row: CaseView, wanted: list[str]) -> bool:
    told = row.spoken.casefold()
    return all(each in told for each in wanted)
