"""What happened between a customer and the shop: the hub's answer, and what this till did itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pos_app.presenters.customer_profile import at_words, day_words, purpose_title
from pos_app.presenters.customer_views import (
    ALL,
    ORDERS,
    POINTS,
    RETURNS,
    SUPPORT,
    History,
    MomentRow,
)
from pos_app.presenters.desk import Desk
from pos_app.presenters.views import dotted
from pos_app.till import customers, inquiries
from pos_app.words import _, money, ngettext, number
from sync.protocol import ConsentNoted, Refunded, ReturnPended, Sale
from sync.protocol.customers import CustomerRow, Moment, Timeline, TimelineAsk

PAGE: Final = 50
OWN: Final = 50
FEW: Final = 3
"""So many visits a cashier sees."""
FIGURES = "customer_figures"
_KINDS: Final = {
    ALL: (),
    ORDERS: ("sale", "order"),
    RETURNS: ("return",),
    SUPPORT: ("support", "note"),
    POINTS: ("points", "credit"),
}
_LOOKS: Final = {
    "sale": ("shopping-bag", "info"),
    "order": ("globe", "info"),
    "return": ("undo-2", "plain"),
    "support": ("headphones", "warn"),
    "note": ("sticky-note", "plain"),
    "points": ("award", "gold"),
    "credit": ("wallet", "info"),
    "consent": ("shield-check", "plain"),
    "look": ("smartphone", "info"),
    "merge": ("git-merge", "plain"),
}


class Moments:
    """The history of one customer: asked page by page, and shown with what is known here."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.kind = ALL
        self.customer = ""
        self._told: list[Moment] = []
        self._cursor = self._complete = self._asked = ""
        self._own: list[Moment] = []
        self._answered = False

    def open_here(self, customer: str) -> None:
        """What this till did with somebody; nobody else is asked yet."""
        self.customer = customer
        self._told, self._cursor, self._complete, self._asked = [], "", "", ""
        self._answered = False
        self._own = own_moments(self.desk, customer) if customer else []

    def open(self, customer: str) -> None:
        """Somebody else's, or the same looked at anew; the hub is asked for the rest."""
        self.open_here(customer)
        self._ask()

    def choose(self, kind: str) -> None:
        """Orders, returns, support, points or all."""
        if kind != self.kind:
            self.kind = kind
            self.open(self.customer)

    def more(self) -> None:
        """The page after."""
        if self._cursor and not self._asked:
            self._ask()

    def _ask(self) -> None:
        if not self.customer:
            return
        message = TimelineAsk(self.customer, self.kind, self._cursor, PAGE)
        self._asked = inquiries.ask(self.desk.till, inquiries.TIMELINE, message)
        if inquiries.state(self.desk.till, self._asked) != inquiries.WAITING:
            self._asked = ""

    def heard(self, ask_id: str) -> bool:
        """An answer came; True where it was to the question of here."""
        if not ask_id or ask_id != self._asked:
            return False
        told = inquiries.answer(self.desk.till, ask_id, Timeline)
        self._asked = ""
        if told is not None:
            self._told += told.moments
            self._cursor, self._complete = told.cursor, told.complete_to
            self._answered = True
        return True

    def state(self, row: CustomerRow | None) -> History:
        """As it is shown."""
        till = self.desk.till
        refs = {each.ref for each in self._told}
        own = [each for each in self._own if each.ref not in refs and _is(each, self.kind)]
        found = sorted([*self._told, *own], key=lambda each: each.at, reverse=True)
        sees_all = customers.may_alone(till, FIGURES)
        if not sees_all:
            found = [each for each in found if each.kind not in ("support", "note", "look")]
            visits = [each for each in found if each.kind in ("sale", "order", "return")][:FEW]
            found = [each for each in found if each in visits or each.kind == "points"]
        rows = [self._row(each) for each in found]
        if rows:
            rows[-1] = _ended(rows[-1])
        return History(
            self.kind,
            tuple(rows),
            self._note(row),
            more=bool(self._cursor) and sees_all,
            busy=bool(self._asked),
            empty="" if rows else self._empty(row),
        )

    def _note(self, row: CustomerRow | None) -> str:
        if self._answered and self._complete:
            return ""
        at = at_words(self.desk, row.as_of if row is not None else "")
        if self.desk.till.offline and at:
            return _("Online orders up to {time}").format(time=at)
        return ""

    def _empty(self, row: CustomerRow | None) -> str:
        if self._asked:
            return _("Looking in all stores \u2026")
        if self.kind != ALL:
            return _("Nothing of this kind yet.")
        if row is not None and (row.last_seen or row.visits):
            return _("Nothing is known of it here. Back when online.")
        return _("First visit. Ask about the receipt by mail?")

    def _row(self, moment: Moment) -> MomentRow:
        icon, tone = _LOOKS.get(moment.kind, ("circle-check", "plain"))
        title, detail = self._words(moment)
        amount = ""
        if moment.kind == "points":
            amount = _("{points} pts").format(points=_signed(moment.points))
        elif moment.amount:
            amount = money(moment.amount, moment.currency or self.desk.currency)
        elif moment.kind == "support":
            amount = moment.name
        return MomentRow(
            *(icon, tone, title, detail, amount, day_words(self.desk, moment.at)),
            sale=moment.ref if moment.kind in ("sale", "return") else "",
        )

    def _words(self, moment: Moment) -> tuple[str, str]:
        items = ""
        if moment.items:
            form = ngettext("{count} item", "{count} items", moment.items)
            items = form.format(count=number(moment.items))
        words = {
            "sale": self._sale_words,
            "order": self._order_words,
            "return": self._return_words,
            "support": self._support_words,
        }.get(moment.kind)
        return words(moment, items) if words is not None else self._other_words(moment)

    @staticmethod
    def _sale_words(moment: Moment, items: str) -> tuple[str, str]:
        place = moment.place
        title = _("Bought at {place}").format(place=place) if place else _("Bought here")
        return title, dotted(items, moment.name, moment.detail)

    @staticmethod
    def _order_words(moment: Moment, items: str) -> tuple[str, str]:
        title = _("Online order {name}").format(name=moment.name)
        return title, dotted(items, _order_state(moment.state), moment.detail or moment.place)

    @staticmethod
    def _return_words(moment: Moment, items: str) -> tuple[str, str]:
        place = moment.place
        title = _("Return at {place}").format(place=place) if place else _("Returned here")
        return title, dotted(moment.detail, items, moment.name)

    @staticmethod
    def _support_words(moment: Moment, _items: str) -> tuple[str, str]:
        title = _("Support: {words}").format(words=moment.detail or moment.name)
        return title, dotted(_support_state(moment.state), moment.place)

    @staticmethod
    def _other_words(moment: Moment) -> tuple[str, str]:
        place, name = moment.place, moment.name
        if moment.kind == "points":
            title = {
                "earned": _("Points earned"),
                "spent": _("Points used"),
                "expired": _("Points expired"),
                "reversed": _("Points taken back"),
            }.get(moment.state, _("Points changed"))
            return title, dotted(place, name)
        if moment.kind == "consent":
            return purpose_title(name), dotted(moment.detail or _said(moment.state), place)
        title = {
            "note": _("Note"),
            "credit": _("Store credit"),
            "look": _("Looked at {name}").format(name=name),
            "merge": _("Two customers became one"),
        }.get(moment.kind, name)
        return title, dotted(moment.detail, place)


def _ended(row: MomentRow) -> MomentRow:
    from msgspec.structs import replace

    return replace(row, last=True)


def _signed(points: int) -> str:
    return f"\u2212{number(-points)}" if points < 0 else f"+{number(points)}"


def _order_state(state: str) -> str:
    return {
        "shipped": _("shipped"),
        "collected": _("collected"),
        "cancelled": _("cancelled"),
        "open": _("open"),
        "ready": _("ready"),
    }.get(state.casefold(), "")


def _support_state(state: str) -> str:
    return {
        "open": _("Open"),
        "solved": _("Solved"),
        "waiting": _("Waits for the customer"),
    }.get(state.casefold(), "")


def _said(state: str) -> str:
    return {"yes": _("Yes"), "no": _("No"), "later": _("Ask later")}.get(state, "")


def _is(moment: Moment, kind: str) -> bool:
    return kind == ALL or moment.kind in _KINDS[kind]


def own_moments(desk: Desk, customer: str) -> list[Moment]:
    """What this till did with them, newest first; also what nobody else has heard of."""
    store = desk.till.own.store
    place = store.name if store is not None else ""
    return list(_moments(desk.till.view.customer_facts(customer, OWN), place))


def _moments(facts: Iterable[object], place: str) -> Iterable[Moment]:
    for fact in facts:
        if isinstance(fact, Sale):
            yield Moment(
                fact.t.wall,
                "sale",
                name=fact.doc_no,
                ref=fact.id,
                place=place,
                amount=fact.payable,
                currency=fact.currency,
                items=sum(max(1, line.qty // 1_000) for line in fact.lines),
            )
        elif isinstance(fact, Refunded):
            yield Moment(
                fact.t.wall,
                "return",
                name=fact.doc_no,
                ref=fact.id,
                place=place,
                amount=fact.payable,
                currency=fact.currency,
            )
        elif isinstance(fact, ReturnPended):
            yield Moment(
                fact.t.wall, "return", ref=fact.id, place=place, detail=_("Waits for head office")
            )
        elif isinstance(fact, ConsentNoted):
            yield Moment(fact.t.wall, "consent", fact.state, fact.purpose, fact.id, place)
