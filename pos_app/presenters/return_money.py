"""The money of a return, in words: who has to agree, which ways it goes, what it does to points."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from pos_app.domain.basket import Basket, Line
from pos_app.domain.catalogue import PIECE
from pos_app.domain.errors import PosError
from pos_app.domain.exchange import EVEN, UP, ExchangeFigures, swapped
from pos_app.domain.money import MILLI
from pos_app.domain.returns import DAMAGED, SELLABLE, SUPPLIER, RefundFigures
from pos_app.domain.staff import Decision, Outcome
from pos_app.domain.tender import tender_of
from pos_app.presenters.desk import Desk
from pos_app.presenters.exception_views import WayView
from pos_app.presenters.return_order import window_words
from pos_app.presenters.return_views import (
    CREDIT,
    EXCHANGE,
    REFUND,
    BackView,
    ChoiceView,
    DoneRefund,
    ReturnsState,
    TargetView,
)
from pos_app.presenters.views import coin_views, dotted, tender_name
from pos_app.till import exchange, refund, refund_rules, refund_targets
from pos_app.till.returning import RefundDone, Returning
from pos_app.words import _

ICONS = {
    "cash": "banknote",
    "card": "credit-card",
    "gift_card": "gift",
    "credit": "wallet",
    "shop": "globe",
}
TITLES: dict[str, Callable[[], str]] = {
    "cash": lambda: _("Back in cash"),
    "card": lambda: _("Back to the card"),
    "gift_card": lambda: _("On a gift card"),
    "credit": lambda: _("As store credit"),
    "shop": lambda: _("Back the way it was paid"),
}


def approval_words(desk: Desk, back: Returning, sums: ExchangeFigures) -> tuple[str, str, str]:
    """What the policy says: words, tone, and why it cannot be done at all."""
    try:
        action, decision = exchange.decided(desk.till, back, sums)
    except PosError as error:
        return "", "plain", desk.words(error).title
    if decision.allowed:
        if decision.limit is None:
            return _("No approval needed"), "plain", ""
        text = _("No approval needed up to {limit}")
        return text.format(limit=desk.money(decision.limit)), "plain", ""
    if decision.outcome is Outcome.NEEDS_APPROVAL:
        text = _("A manager has to agree.")
        if action == refund_rules.LATE:
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


# ---- what comes back, what goes out


def end_views(back: Returning, *, exchanging: bool) -> tuple[ChoiceView, ...]:
    """Refund, exchange or store credit, with the one that is meant."""
    now = EXCHANGE if exchanging else CREDIT if back.tender == "credit" else REFUND
    words = {REFUND: _("Refund"), EXCHANGE: _("Exchange"), CREDIT: _("Store credit")}
    return tuple(ChoiceView(key, text, key == now) for key, text in words.items())


CONDITION_WORDS: dict[str, Callable[[], str]] = {
    SELLABLE: lambda: _("Back into stock here"),
    DAMAGED: lambda: _("Damaged · not into stock"),
    SUPPLIER: lambda: _("Goes back to the supplier"),
}


def back_views(desk: Desk, figures: RefundFigures) -> tuple[BackView, ...]:
    """What comes back, and where it goes."""
    return tuple(
        BackView(
            named(row.source.label, row.source.variant, -row.qty, row.source.unit),
            CONDITION_WORDS[row.condition](),
            desk.money(row.net + row.tax),
        )
        for row in figures.lines
    )


def out_views(
    desk: Desk, back: Returning, basket: Basket, sums: ExchangeFigures
) -> tuple[BackView, ...]:
    """What goes out instead; a swap goes by the line it is for, below 0."""
    if sums.priced is None:
        return ()
    swaps = {each.sku: -each.line for each in back.swaps}
    rows = []
    for line, priced in zip(basket.lines, sums.priced.lines, strict=True):
        name = named(line.label, line.variant, line.qty, line.unit)
        key = swaps.get(line.sku, 0) if swapped(line) else line.line_id
        words = _out_words(line, channel=bool(back.found.channel))
        rows.append(BackView(name, words, desk.money(priced.net + priced.tax), key))
    return tuple(rows)


def _out_words(line: Line, *, channel: bool) -> str:
    if swapped(line):
        return _("Size swap keeps the web price") if channel else _("Size swap keeps the price")
    return _("Price of today")


def named(label: str, variant: str, qty: int, unit: str) -> str:
    """A line in few words: how many of several, its name, and the size alone of its variant."""
    name = dotted(label, variant.rpartition("\u00b7")[2].strip())
    return f"{qty // MILLI} \u00d7 {name}" if unit == PIECE and qty > MILLI else name


def net_words(sums: ExchangeFigures) -> tuple[str, int]:
    """What it comes to: words and amount."""
    if sums.way == UP:
        return _("To pay"), sums.to_pay
    if sums.way == EVEN:
        return _("Even"), 0
    return _("Refund"), sums.paid_back


def button_words(desk: Desk, sums: ExchangeFigures, *, out: bool) -> tuple[str, str]:
    """What the blue button says, and the amount at its end."""
    if not out:
        return _("Refund"), desk.money(sums.paid_back)
    if sums.way == UP:
        return _("Go on to pay"), _("Pay {amount}").format(amount=desk.money(sums.to_pay))
    if sums.way == EVEN:
        return _("Finish exchange"), _("Even")
    words = _("Refund {amount}").format(amount=desk.money(sums.paid_back))
    return _("Finish exchange"), words


# ---- where the money goes


def target_views(
    desk: Desk, back: Returning, sums: ExchangeFigures, ways: tuple[WayView, ...]
) -> tuple[TargetView, ...]:
    """A card for each way the money goes back; empty where none does."""
    paid = [each for each in sums.refund.payments if tender_of(each.tender).kind != "exchange"]
    itself = refund.by_terminal(desk.till, back, sums.refund)
    views = [
        _target(desk, back, each.tender, -each.amount, itself, many=len(paid) > 1) for each in paid
    ]
    if views and len(ways) > 1:
        views[0] = replace(views[0], other=_("Change…"))
    card = [each for each in paid if tender_of(each.tender).kind == "card"]
    if not back.tender and card and paid[-1].tender == "credit":
        words = _("Card refund limit is {limit}; the rest goes to store credit.")
        words = words.format(limit=desk.money(-sum(each.amount for each in card)))
        views[-1] = replace(views[-1], detail=words)
    return tuple(views)


def _target(
    desk: Desk, back: Returning, tender: str, amount: int, itself: int, *, many: bool
) -> TargetView:
    kind = tender_of(tender).kind
    title = TITLES.get(tender, lambda: tender_name(tender))()
    by = back.found.paid_by
    if by and not back.tender and kind in ("card", "shop"):
        title = _("Back to {card}").format(card=by)
    limit = sum(row.amount for row in back.sale.payments if row.tender == tender)
    told = _("limit {amount}").format(amount=desk.money(limit)) if limit and not back.tender else ""
    alone = kind == "card" and itself == amount
    if kind == "cash":
        detail = _("From the drawer")
    elif tender == "shop":
        detail = _("2 to 5 banking days")
        if back.found.by_hand:
            detail = _("A person gives it back in the shop")
    elif tender == "credit":
        detail = _("On the customer's account") if back.account else _("A slip with a code")
    elif tender == "gift_card":
        detail = _("On the card that was read") if back.account else _("A new card, printed here")
    elif alone:
        detail = _("The terminal gives it back by itself")
    elif itself:
        form = _("The terminal gives {amount} back by itself, refund {rest} on it")
        detail = form.format(amount=desk.money(itself), rest=desk.money(amount - itself))
    else:
        detail = _("Refund it on the card terminal")
    title = dotted(title, desk.money(amount)) if many else title
    icon = ICONS.get(tender, "banknote")
    return TargetView(icon, title, dotted(detail, told), slip=kind == "card" and not alone)


WAYS: dict[str, Callable[[], str]] = {
    refund_targets.ORIGINAL: lambda: _("The way it was paid"),
    refund_targets.CREDIT: lambda: _("Store credit"),
    refund_targets.GIFT_CARD: lambda: _("Gift card"),
    refund_targets.CASH: lambda: _("Cash"),
}


def way_views(desk: Desk, back: Returning, sums: ExchangeFigures) -> tuple[WayView, ...]:
    """Every way it may be paid back now by whoever is signed in, the way it was paid first."""
    found = refund_targets.targets(desk.till, back, sums.refund)
    return tuple(
        WayView(each.code, WAYS[each.code](), _way_words(desk, back, each), each.chosen)
        for each in found
        if not each.locked or each.chosen
    )


def _way_words(desk: Desk, back: Returning, each: refund_targets.Target) -> str:
    limit = _("limit {amount}").format(amount=desk.money(each.limit))
    asks = each.decision is not None and each.decision.outcome is Outcome.NEEDS_APPROVAL
    asks_words = _("a manager has to agree") if asks else ""
    if each.code == refund_targets.ORIGINAL:
        tenders = " + ".join(dict.fromkeys(tender_name(row.tender) for row in each.payments))
        return dotted(back.found.paid_by or tenders, limit, asks_words)
    if each.code == refund_targets.CREDIT:
        where = _("On the customer's account") if back.found.customer else _("A slip with a code")
        return dotted(where, asks_words)
    if each.code == refund_targets.GIFT_CARD:
        return dotted(_("A new card, printed here"), asks_words)
    return dotted(_("From the drawer"), limit, asks_words)


# ---- after it


def with_done(desk: Desk, state: ReturnsState, done: RefundDone) -> ReturnsState:
    """The screen after a refund: what to give, where the rest went, and what comes next."""
    fact = done.refund
    sums: dict[str, int] = {}
    for paid in fact.payments:
        sums[paid.tender] = sums.get(paid.tender, 0) - paid.amount
    carried = sum(part for name, part in sums.items() if tender_of(name).kind == "exchange")
    ways = {name: part for name, part in sums.items() if tender_of(name).kind != "exchange"}
    cash = sum(part for name, part in ways.items() if tender_of(name).kind == "cash")
    rows = tuple((tender_name(name), desk.money(part)) for name, part in ways.items() if part)
    title = _("Exchanged") if carried else _("Refunded")
    paid_back = sum(ways.values())
    return replace(
        state,
        title=_("Refund {number}").format(number=fact.doc_no),
        detail=_("Of {number}").format(number=fact.sale_doc),
        done=DoneRefund(
            title,
            desk.money(paid_back) if paid_back or not carried else _("Even"),
            " ".join(_to_do(desk, ways, done.by_terminal)),
            coin_views(cash, fact.currency) if cash else (),
            rows=rows if len(rows) > 1 else (),
            again=_("Print again"),
            paper=_("Its receipt goes to the printer."),
        ),
        button=_("Next sale"),
        button_reason="",
    )


def _to_do(desk: Desk, ways: dict[str, int], by_terminal: int) -> list[str]:
    """What a person still does, one sentence a way."""
    words = []
    cash = sum(part for name, part in ways.items() if tender_of(name).kind == "cash")
    card = sum(part for name, part in ways.items() if tender_of(name).kind == "card")
    if cash:
        words.append(_("Give {amount} from the drawer.").format(amount=desk.money(cash)))
    if by_terminal:
        text = _("The card terminal gives {amount} back by itself.")
        words.append(text.format(amount=desk.money(by_terminal)))
    if card > by_terminal:
        rest = desk.money(card - by_terminal)
        words.append(_("Refund {amount} on the card terminal.").format(amount=rest))
    if ways.get("shop"):
        text = _("Head office gives {amount} back through the web shop.")
        words.append(text.format(amount=desk.money(ways["shop"])))
    if ways.get("credit"):
        text = _("{amount} is store credit now.")
        words.append(text.format(amount=desk.money(ways["credit"])))
    if ways.get("gift_card"):
        text = _("{amount} is on the gift card now.")
        words.append(text.format(amount=desk.money(ways["gift_card"])))
    return words
