"""What the Returns screen shows, as frozen values; how they are made: return_order, return_money."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pos_app.domain.returns import DAMAGED, SELLABLE, SUPPLIER, last_day
from pos_app.presenters.exception_views import WayView
from pos_app.presenters.views import Coin
from pos_app.till.till import Till
from pos_app.words import _, ngettext, number
from pos_app.words import date as day

REASONS: dict[str, Callable[[], str]] = {
    "too_small": lambda: _("Too small"),
    "too_big": lambda: _("Too big"),
    "changed_mind": lambda: _("Changed mind"),
    "faulty": lambda: _("Faulty"),
    "not_as_shown": lambda: _("Not as shown"),
    "other": lambda: _("Other"),
}
CONDITIONS: dict[str, Callable[[], str]] = {
    SELLABLE: lambda: _("Sellable"),
    DAMAGED: lambda: _("Damaged"),
    SUPPLIER: lambda: _("To supplier"),
}
REFUND, EXCHANGE, CREDIT = "refund", "exchange", "credit"
"""The three ends of a return: money, other goods, store credit."""


def reason_words(reasons: str) -> str:
    """Reasons as a person reads them; what was typed freely stays."""
    parts = reasons.split("; ")
    return ", ".join(REASONS[part]() if part in REASONS else part for part in parts)


def back_by(till: Till) -> str:
    """Until when goods sold today may come back, in words; empty where there is no end to it."""
    days = till.return_days
    if not days:
        return ""
    form = ngettext(
        "Return within {count} day, until {date}.",
        "Return within {count} days, until {date}.",
        days,
    )
    return form.format(count=number(days), date=day(last_day(till.business_date(), days)))


class ChoiceView(msgspec.Struct, frozen=True):
    """A chip: what it stands for, its words, whether it is chosen."""

    key: str
    words: str
    chosen: bool
    detail: str = ""
    """A small number behind the words."""


class StepView(msgspec.Struct, frozen=True):
    """A step of the sale's history."""

    title: str
    detail: str
    done: bool = True
    now: bool = False
    """What goes on at present; what has neither this nor a time is still to come."""


class OrderView(msgspec.Struct, frozen=True):
    """The sale it is about."""

    title: str
    pill: str
    pill_tone: str
    paid: str
    steps: tuple[StepView, ...]
    known: str
    """As of when other tills' returns are known; empty where this is certain."""
    known_tone: str = "plain"
    icon: str = "receipt-text"
    who: str = ""
    """Whose it is; empty where nobody is named."""


class ReturnLine(msgspec.Struct, frozen=True):
    """A line of the sale."""

    line: int
    name: str
    detail: str
    amount: str
    note: str
    icon: str
    chosen: bool
    current: bool
    can: bool
    """False where nothing of it can come back; `detail` says why."""
    qty: str = ""
    can_more: bool = False
    can_fewer: bool = False
    stepper: bool = False
    reasons: tuple[ChoiceView, ...] = ()
    conditions: tuple[ChoiceView, ...] = ()
    swap: ChoiceView | None = None
    """The other size that is meant most likely, with how many are here."""
    sizes: tuple[ChoiceView, ...] = ()
    """All other variants that are here, once they were asked for."""
    more_sizes: bool = False
    """True where there are more than the one of `swap`."""
    exchange: str = ""
    """What the button says that brings other goods for it; empty for no such button."""
    serial: str = ""
    """What was typed or scanned of its serial number."""
    serial_note: str = ""
    """What is to be done about the serial number; empty where it needs none."""
    serial_tone: str = "plain"

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        parts = (self.name, self.detail, self.amount, self.note)
        return ", ".join(part for part in parts if part)


class BackView(msgspec.Struct, frozen=True):
    """What comes back or goes out, in the panel."""

    name: str
    detail: str
    amount: str
    key: int = 0
    """Of what goes out: which line of the basket it is."""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return ", ".join(part for part in (self.name, self.detail, self.amount) if part)


class TargetView(msgspec.Struct, frozen=True):
    """Where the money goes."""

    icon: str
    title: str
    detail: str
    other: str = ""
    """What the button says that opens the other ways; empty where nobody here may."""
    slip: bool = False
    """True where a card terminal has a slip."""
    tone: str = "plain"


class FactView(msgspec.Struct, frozen=True):
    """Two lines with an icon: what happens to points, what waits for the hub."""

    icon: str
    title: str
    detail: str
    tone: str = "plain"


class OfferView(msgspec.Struct, frozen=True):
    """A fact with what can be done about it right there."""

    title: str
    detail: str
    tone: str = "off"
    acts: tuple[tuple[str, str], ...] = ()
    """(act, words), the first one first."""


class DocView(msgspec.Struct, frozen=True):
    """A sale or an order in the list of those that were found."""

    key: str
    title: str
    detail: str
    amount: str
    icon: str
    state: str = ""
    tone: str = "plain"

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        parts = (self.title, self.detail, self.amount, self.state)
        return ", ".join(part for part in parts if part)

    @property
    def shown(self) -> tuple[str, str, str, str, str, str]:
        """For the delegate that paints it."""
        return (self.icon, self.title, self.detail, self.amount, self.state, self.tone)


class FormView(msgspec.Struct, frozen=True):
    """What a card payment is found by."""

    last4: str = ""
    day: str = ""
    amount: str = ""
    why_not: str = ""
    """What is missing or cannot be read; empty where it can be looked for."""


class FindView(msgspec.Struct, frozen=True):
    """The work area while no sale is chosen."""

    title: str = ""
    detail: str = ""
    icon: str = "undo-2"
    asking: str = ""
    """What is being waited for; never empty while it is."""
    docs: tuple[DocView, ...] = ()
    heading: str = ""
    """Over the list of what was found."""
    marked: str = ""
    form: FormView | None = None
    """Open where somebody looks by card."""
    customer: str = ""
    """Words of the button that looks for the goods of who is in the open sale; else to search."""
    no_receipt: str = ""
    """Words of the button for goods without a receipt; empty where nobody here may."""


class DoneRefund(msgspec.Struct, frozen=True):
    """The refund just made."""

    title: str
    amount: str
    detail: str
    coins: tuple[Coin, ...] = ()
    tone: str = "ok"
    """ok, or off where nothing is paid yet."""
    rows: tuple[tuple[str, str], ...] = ()
    """(where it went, how much), a row each where it went several ways."""
    again: str = ""
    """What the button says that prints its paper once more."""
    paper: str = ""
    """What became of its paper."""
    paper_tone: str = "plain"


class ReturnsState(msgspec.Struct, frozen=True):
    """The whole screen."""

    text: str = ""
    note: str = ""
    """What the text in the search field names: Online order, Receipt."""
    hint: str = ""
    """What the search field is for now."""
    refused: str = ""
    refused_detail: str = ""
    offer: OfferView | None = None
    find: FindView = FindView()
    order: OrderView | None = None
    lines: tuple[ReturnLine, ...] = ()
    heading: str = ""
    heading_hint: str = ""
    goods: tuple[DocView, ...] = ()
    """What the catalogue has for what was typed, while something is chosen to go out."""
    title: str = ""
    detail: str = ""
    ends: tuple[ChoiceView, ...] = ()
    """Refund, exchange, store credit; empty where there is no choice."""
    back: tuple[BackView, ...] = ()
    out: tuple[BackView, ...] = ()
    net: str = ""
    """Refund, To pay or Even."""
    amount: str = ""
    targets: tuple[TargetView, ...] = ()
    ways: tuple[WayView, ...] = ()
    """All ways to pay back, while they are shown."""
    facts: tuple[FactView, ...] = ()
    approval: str = ""
    approval_tone: str = "plain"
    button: str = ""
    button_amount: str = ""
    button_reason: str = ""
    busy: bool = False
    done: DoneRefund | None = None
