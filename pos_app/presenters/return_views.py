"""What the Returns screen shows: a sale, its lines with what comes back, and where the money goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec
from msgspec.structs import replace

from pos_app.domain.catalogue import PIECE
from pos_app.domain.day import parse_utc
from pos_app.domain.errors import PosError
from pos_app.domain.money import MILLI
from pos_app.domain.returns import DAMAGED, SELLABLE, Left, RefundFigures, last_day
from pos_app.domain.staff import Decision, Outcome
from pos_app.domain.tender import tender_of
from pos_app.presenters.desk import Desk
from pos_app.presenters.views import Coin, coin_views, dotted, tender_name
from pos_app.till import refund
from pos_app.till.permission import decide
from pos_app.till.refund import RefundDone, Returning
from pos_app.till.till import Till
from pos_app.words import _, ngettext, number, quantity, since
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
}


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

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return ", ".join(part for part in (self.name, self.detail, self.amount) if part)


class BackView(msgspec.Struct, frozen=True):
    """What comes back, in the panel."""

    name: str
    detail: str
    amount: str


class TargetView(msgspec.Struct, frozen=True):
    """Where the money goes."""

    icon: str
    title: str
    detail: str
    other: str = ""
    """What the button says that pays it another way; empty where nobody here may."""
    slip: bool = False
    """True where a card terminal has a slip."""


class DoneRefund(msgspec.Struct, frozen=True):
    """The refund just made."""

    title: str
    amount: str
    detail: str
    coins: tuple[Coin, ...] = ()


class ReturnsState(msgspec.Struct, frozen=True):
    """The whole screen."""

    text: str = ""
    refused: str = ""
    refused_detail: str = ""
    order: OrderView | None = None
    lines: tuple[ReturnLine, ...] = ()
    title: str = ""
    detail: str = ""
    back: tuple[BackView, ...] = ()
    amount: str = ""
    targets: tuple[TargetView, ...] = ()
    approval: str = ""
    approval_tone: str = "plain"
    button: str = ""
    button_amount: str = ""
    button_reason: str = ""
    busy: bool = False
    done: DoneRefund | None = None


def approval_words(desk: Desk, back: Returning, figures: RefundFigures) -> tuple[str, str, str]:
    """What the policy says: words, tone, and why it cannot be done at all."""
    try:
        action, decision = refund.standing(desk.till, back, figures)
    except PosError as error:
        return "", "plain", desk.words(error).title
    if decision.allowed:
        if decision.limit is None:
            return _("No approval needed"), "plain", ""
        text = _("No approval needed up to {limit}")
        return text.format(limit=desk.money(decision.limit)), "plain", ""
    if decision.outcome is Outcome.NEEDS_APPROVAL:
        text = _("A manager has to agree.")
        if action == refund.LATE:
            text = _("{late} A manager can allow it.").format(late=window_words(desk, back)[0])
        elif decision.limit:
            text = _("Over {limit} a manager has to agree.")
            text = text.format(limit=desk.money(decision.limit))
        return text, "warn", ""
    return "", "off", _why_refused(desk, decision)


def _why_refused(desk: Desk, decision: Decision) -> str:
    if decision.doubtful:
        return _("Waits until the hub has looked at this till")
    if not decision.online_only:
        return _("You may not pay this back. Ask a manager.")
    if decision.limit:
        text = _("Up to {limit} while offline")
        return text.format(limit=desk.money(decision.limit))
    return _("Only while online")


def target_views(desk: Desk, back: Returning, figures: RefundFigures) -> tuple[TargetView, ...]:
    """Where the money goes: a card for each way it goes back."""
    money = desk.money
    views = []
    other = other_way(desk, back)
    itself = refund.by_terminal(desk.till, back, figures)
    for place, paid in enumerate(figures.payments):
        kind = tender_of(paid.tender).kind
        title = _("Back in cash") if kind == "cash" else _("Back to the card")
        alone = kind == "card" and itself == -paid.amount
        detail = _("From the drawer") if kind == "cash" else _("Refund it on the card terminal")
        if alone:
            detail = _("The terminal gives it back by itself")
        elif kind == "card" and itself:
            form = _("The terminal gives {amount} back by itself, refund {rest} on it")
            detail = form.format(amount=money(itself), rest=money(-paid.amount - itself))
        limit = sum(row.amount for row in back.sale.payments if row.tender == paid.tender)
        if limit and not back.tender:
            detail = dotted(detail, _("{limit} was paid so").format(limit=money(limit)))
        words = ""
        if place == 0 and back.tender:
            words = _("As it was paid")
        elif place == 0 and other:
            words = _("Pay {tender}").format(tender=tender_name(other))
        title = dotted(title, money(-paid.amount)) if len(figures.payments) > 1 else title
        icon = "banknote" if kind == "cash" else "credit-card"
        views.append(TargetView(icon, title, detail, words, slip=kind == "card" and not alone))
    return tuple(views)


def other_way(desk: Desk, back: Returning) -> str:
    """Cash where a card paid, the card where cash did; empty where nobody here may."""
    try:
        decision = decide(desk.till, refund.OTHER_TENDER, 1)
    except PosError:
        return ""
    if decision.outcome is Outcome.REFUSED:
        return ""
    paid = [row.tender for row in back.sale.payments]
    return "card" if paid == ["cash"] else "cash"


def order_view(desk: Desk, back: Returning) -> OrderView:
    """The card of the sale."""
    till, sale = desk.till, back.sale
    wall = sale.wall if hasattr(sale, "wall") else sale.t.wall
    sold = since(parse_utc(wall), till.now(), desk.zone)
    days = (date.fromisoformat(till.business_date()) - date.fromisoformat(sale.biz_date)).days
    age, tone = _("Sold today"), "ok"
    if days > 0:
        age = ngettext("Sold {count} day ago", "Sold {count} days ago", days).format(count=days)
    if refund.days_left(till, back) is not None:
        sold = dotted(sold, age)
        age, tone = window_words(desk, back)
    tenders = " + ".join(dict.fromkeys(tender_name(row.tender) for row in sale.payments))
    paid = _("Paid {tender}").format(tender=tenders) if tenders else ""
    place = _("Till {number}").format(number=sale.till)
    steps = [StepView(_("Sold"), dotted(sold, place, desk.name_of(sale.actor)))]
    before = refund.before(till.view, back)
    if before.total:
        steps.append(StepView(_("Came back"), desk.money(-before.total)))
    steps.append(StepView(_("Return"), _("now"), done=False))
    known, known_tone = _known(desk, back)
    return OrderView(
        _("Sale {number}").format(number=sale.doc_no),
        age,
        tone,
        dotted(paid, desk.money(sale.payable)),
        tuple(steps),
        known,
        known_tone,
    )


def window_words(desk: Desk, back: Returning) -> tuple[str, str]:
    """How long it may still come back, or how late it is; and a tone."""
    left = refund.days_left(desk.till, back)
    if left is None:
        return "", "ok"
    if left < 0:
        form = ngettext("{count} day past the window.", "{count} days past the window.", -left)
        return form.format(count=number(-left)), "warn"
    if not left:
        return _("Last day to return"), "ok"
    form = ngettext("{count} day left", "{count} days left", left)
    return form.format(count=number(left)), "ok"


def _known(desk: Desk, back: Returning) -> tuple[str, str]:
    till, known = desk.till, back.found.known
    if not known:
        return _("What other tills took back is not known here."), "off"
    if not till.offline:
        return "", "plain"
    text = _("Other tills' returns as of {time}")
    return text.format(time=since(parse_utc(known), till.now(), desk.zone)), "off"


def line_view(desk: Desk, back: Returning, row: Left, current: int) -> ReturnLine:
    """A line of the sale, with what of it comes back."""
    line, money = row.line, desk.money
    chosen = back.choice(line.line)
    bought = _("{quantity} bought").format(quantity=quantity(line.qty, line.unit))
    gone = line.qty - row.qty
    came = _("{quantity} came back").format(quantity=quantity(gone, line.unit)) if gone else ""
    amount = money(row.amount if row.qty else line.net + line.tax)
    if chosen is not None and chosen.qty <= row.qty:
        trial = refund.choose(refund.begin_again(back), line.line, chosen.qty, "other")
        amount = money(-refund.figures_of(desk.till, trial).total)
    listed = money(line.gross) if line.gross != line.total else ""
    note = _("paid · list {amount}").format(amount=listed) if listed else ""
    article = desk.till.catalogue.by_sku(line.sku) if line.sku else None
    return ReturnLine(
        line=line.line,
        name=line.label,
        detail=dotted(line.variant, bought, came if row.qty else _("All of it came back")),
        amount=amount,
        note=note,
        icon=(article.product.icon if article else "") or "package",
        chosen=chosen is not None,
        current=line.line == current,
        can=row.qty > 0,
        qty=quantity(chosen.qty, line.unit) if chosen else "",
        can_more=chosen is not None and chosen.qty + MILLI <= row.qty,
        can_fewer=chosen is not None and chosen.qty > MILLI,
        stepper=chosen is not None and line.unit == PIECE and row.qty > MILLI,
        reasons=_chips(REASONS, chosen.reason if chosen else ""),
        conditions=_chips(CONDITIONS, chosen.condition if chosen else ""),
    )


def with_done(desk: Desk, state: ReturnsState, done: RefundDone) -> ReturnsState:
    """The screen after a refund: what to give, and what comes next."""
    fact = done.refund
    cash = -sum(row.amount for row in fact.payments if tender_of(row.tender).kind == "cash")
    card = -sum(row.amount for row in fact.payments if tender_of(row.tender).kind != "cash")
    words = []
    if cash:
        words.append(_("Give {amount} from the drawer.").format(amount=desk.money(cash)))
    if done.by_terminal:
        text = _("The card terminal gives {amount} back by itself.")
        words.append(text.format(amount=desk.money(done.by_terminal)))
    if card > done.by_terminal:
        rest = desk.money(card - done.by_terminal)
        words.append(_("Refund {amount} on the card terminal.").format(amount=rest))
    words.append(_("Its receipt goes to the printer."))
    return replace(
        state,
        title=_("Refund {number}").format(number=fact.doc_no),
        detail=_("Of sale {number}").format(number=fact.sale_doc),
        done=DoneRefund(
            _("Refunded"),
            desk.money(-fact.payable),
            " ".join(words),
            coin_views(cash, fact.currency),
        ),
        button=_("Next sale"),
        button_reason="",
    )


def _chips(words: dict[str, Callable[[], str]], chosen: str) -> tuple[ChoiceView, ...]:
    return tuple(ChoiceView(key, say(), key == chosen) for key, say in words.items())
