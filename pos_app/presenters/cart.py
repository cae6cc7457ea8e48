"""The decision panel as a value: the basket's lines, its totals, and what must be seen first."""

from __future__ import annotations

from datetime import date as calendar_date

import msgspec
from msgspec.structs import replace

from pos_app.domain.basket import Basket, Line
from pos_app.domain.day import parse_utc
from pos_app.domain.pricing import Priced, PricedLine
from pos_app.domain.tender import Payment, settle
from pos_app.presenters.done import DoneView
from pos_app.presenters.member import MemberView
from pos_app.presenters.views import (
    LineView,
    PaymentView,
    Row,
    items_text,
    line_view,
    payment_view,
    total_rows,
)
from pos_app.words import Wording, _, clock, date, money


class Card(msgspec.Struct, frozen=True):
    """Something the person must see, on top of the list; gone at the next good scan."""

    kind: str
    """unknown, price, age, told or kept."""
    title: str
    detail: str = ""
    tone: str = "warn"
    code: str = ""
    line_id: int = 0


class CartState(msgspec.Struct, frozen=True):
    """The decision panel."""

    title: str = ""
    subtitle: str = ""
    lines: tuple[LineView, ...] = ()
    selected: int = 0
    fresh: int = 0
    """The line that was just added or changed, 0 for none."""
    rows: tuple[Row, ...] = ()
    total: str = ""
    payments: tuple[PaymentView, ...] = ()
    card: Card | None = None
    done: DoneView | None = None
    busy: bool = False
    paying: bool = False
    times: int = 1
    """How many pieces the next scan is."""
    member: MemberView | None = None
    """Whose sale it is; None where nobody is named."""

    @property
    def empty(self) -> bool:
        """True where nothing is in the basket."""
        return not self.lines


Views = dict[int, tuple[Line, PricedLine, LineView]]
"""Line id -> the view made for that line and that arithmetic: a scan makes one new view."""


def filled(
    base: CartState,
    basket: Basket,
    priced: Priced,
    payments: tuple[Payment, ...],
    views: Views,
    zone: str,
) -> CartState:
    """The panel for a basket with something in it; `views` keeps what did not change."""
    shown = []
    for line, row in zip(basket.lines, priced.lines, strict=True):
        known = views.get(line.line_id)
        if known is None or known[0] is not line or known[1] != row:
            known = (line, row, line_view(basket, line, row))
            views[line.line_id] = known
        shown.append(known[2])
    form = _("{items} \u00b7 locked while paying") if base.paying else "{items}"
    started = clock(parse_utc(basket.opened_at), zone)
    rows = total_rows(basket, priced)
    rounding = settle(priced.total, payments, basket.currency).rounding
    if rounding:
        rows = (*rows, Row(_("Cash rounding"), money(rounding, basket.currency), "faint"))
    return replace(
        base,
        title=_("New sale \u00b7 {time}").format(time=started),
        subtitle=form.format(items=items_text(basket)),
        lines=tuple(shown),
        rows=rows,
        total=money(priced.total + rounding, basket.currency),
        payments=tuple(payment_view(each, basket.currency) for each in payments),
    )


def age_question(line: Line, business_date: str) -> Card:
    """What to check before this line may be paid."""
    today = calendar_date.fromisoformat(business_date)
    try:
        born = today.replace(year=today.year - line.age_limit)
    except ValueError:  # 29 February
        born = today.replace(year=today.year - line.age_limit, day=28)
    title = _("Check age: born on or before {day}").format(day=date(born))
    return Card("age", title, line.label, line_id=line.line_id)


def old_goods(basket: Basket, line: Line) -> Card | None:
    """Goods past their best-before date may be sold; somebody should know."""
    if not line.expiry or line.expiry >= basket.business_date:
        return None
    title = _("Best before {day}").format(day=date(line.expiry))
    detail = _("{name}. Tell the customer, or take another one.").format(name=line.label)
    return Card("told", title, detail, line_id=line.line_id)


def told_card(told: Wording) -> Card:
    """A fault in three lines: what happened, what is safe, what to do."""
    detail = " ".join(line for line in (told.safe, told.todo) if line)
    return Card("told", told.title, detail, "bad")


def charged_card(told: Wording, amount: str) -> Card:
    """The card is charged and the sale could not be written: nobody must think nothing happened."""
    title = _("{amount} was charged to the card. The sale is not saved yet.").format(amount=amount)
    detail = _("The payment is kept and nothing is charged twice. Try again, or call support.")
    return Card("told", title, f"{told.title} {detail}", "bad")


def kept_card(time: str, total: str, taken: str) -> Card:
    """The basket that was open when the program ended; `taken` is what was already paid on it."""
    title = _("The basket of {time} ({amount}) was kept.").format(time=time, amount=total)
    detail = _("Nothing was charged.")
    if taken:
        detail = _("{amount} were already taken. Go on paying.").format(amount=taken)
    return Card("kept", title, detail, "info")
