"""A sale or an order that comes back, in words: its card, its lines, what goes out for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from pos_app.domain.catalogue import PIECE
from pos_app.domain.day import parse_utc
from pos_app.domain.money import MILLI
from pos_app.domain.returns import Left, SoldLine
from pos_app.presenters import variants
from pos_app.presenters.desk import Desk
from pos_app.presenters.return_views import (
    CONDITIONS,
    REASONS,
    ChoiceView,
    DocView,
    OrderView,
    ReturnLine,
    StepView,
)
from pos_app.presenters.views import dotted, tender_name
from pos_app.till import lookup, refund, stores
from pos_app.till.lookup import Article
from pos_app.till.returning import Found, Returning
from pos_app.words import _, money, ngettext, number, quantity, short_date, since

SHOWN_SIZES = 12
"""Variants that are offered in exchange: more is not read by anybody."""
STEPS: dict[str, Callable[[], str]] = {
    "ordered": lambda: _("Ordered"),
    "ready": lambda: _("Ready"),
    "shipped": lambda: _("Shipped"),
    "sent": lambda: _("Shipped"),
    "partly": lambda: _("Part of it collected"),
    "delivered": lambda: _("Delivered"),
    "collected": lambda: _("Collected"),
}


def title_of(found: Found) -> str:
    """What people call it: a sale, or a shop's order."""
    form = _("Online order {number}") if found.channel else _("Sale {number}")
    return form.format(number=found.sale.doc_no)


def place_of(desk: Desk, store: str) -> str:
    """What a store is called; its number where nobody said."""
    if not store:
        return _("the web shop")
    own = desk.till.own.store
    if store == desk.till.identity.store and own is not None:
        return own.name
    shop = stores.every(desk.till).get(store)
    return (shop.name if shop else "") or _("store {number}").format(number=store)


def order_view(desk: Desk, back: Returning) -> OrderView:
    """The card of the sale."""
    till, found, sale = desk.till, back.found, back.sale
    age, tone = _age(desk, back)
    tenders = " + ".join(dict.fromkeys(tender_name(row.tender) for row in sale.payments))
    by = found.paid_by or tenders
    paid = _("Paid {tender}").format(tender=by) if by else ""
    steps = list(_happened(desk, back))
    before = refund.before(till.view, back)
    if before.total and len(steps) < STEPS_MOST - 1:
        steps.append(StepView(_("Came back"), desk.money(-before.total)))
    left = refund.days_left(till, back)
    if left is None:
        steps.append(StepView(_("Return"), _("any time"), done=False))
    else:
        end = date.fromisoformat(till.business_date()) + timedelta(days=left)
        steps.append(StepView(_("Return by"), _day(desk, end.isoformat()), done=False))
    known, known_tone = _known(desk, back)
    return OrderView(
        title_of(found),
        age,
        tone,
        dotted(paid, money(sale.payable, sale.currency)),
        tuple(steps),
        known,
        known_tone,
        icon="globe" if found.channel else "receipt-text",
    )


STEPS_MOST = 4


def _age(desk: Desk, back: Returning) -> tuple[str, str]:
    till, sale = desk.till, back.sale
    if refund.days_left(till, back) is not None:
        return window_words(desk, back)
    days = (date.fromisoformat(till.business_date()) - date.fromisoformat(sale.biz_date)).days
    if days <= 0:
        return _("Sold today"), "ok"
    form = ngettext("Sold {count} day ago", "Sold {count} days ago", days)
    return form.format(count=number(days)), "ok"


def _happened(desk: Desk, back: Returning) -> tuple[StepView, ...]:
    till, found, sale = desk.till, back.found, back.sale
    if found.steps:
        rows = [
            StepView(STEPS[what](), _moment(desk, at)) for what, at in found.steps if what in STEPS
        ]
        return tuple(rows[:1] + rows[1:][-(STEPS_MOST - 2) :])
    wall = sale.wall if hasattr(sale, "wall") else sale.t.wall
    place = _("Till {number}").format(number=sale.till)
    if sale.store != till.identity.store:
        place = place_of(desk, sale.store)
    sold = dotted(_moment(desk, wall), place, desk.name_of(sale.actor))
    return (StepView(_("Sold"), sold),)


def _moment(desk: Desk, at: str) -> str:
    """The time of today; else the day alone."""
    moment, now = parse_utc(at), desk.till.now()
    local = moment.astimezone(ZoneInfo(desk.zone))
    if local.date() == now.astimezone(ZoneInfo(desk.zone)).date():
        return since(moment, now, desk.zone)
    return _day(desk, local.date().isoformat())


def _day(desk: Desk, iso: str) -> str:
    return short_date(iso, int(desk.till.business_date()[:4]))


def window_words(desk: Desk, back: Returning) -> tuple[str, str]:
    """How long it may still come back, or how late it is; and a tone."""
    left = refund.days_left(desk.till, back)
    if left is None:
        return "", "ok"
    if left < 0:
        form = ngettext("{count} day past the window.", "{count} days past the window.", -left)
        return form.format(count=number(-left)), "bad"
    if not left:
        return _("Last day to return"), "warn"
    form = ngettext("{count} day left to return", "{count} days left to return", left)
    return form.format(count=number(left)), "ok" if left > SOON_DAYS else "warn"


SOON_DAYS = 3


def _known(desk: Desk, back: Returning) -> tuple[str, str]:
    till, known = desk.till, back.found.known
    if not known:
        return _("What other tills took back is not known here."), "off"
    if not till.offline:
        return "", "plain"
    text = _("Other tills' returns as of {time}")
    return text.format(time=since(parse_utc(known), till.now(), desk.zone)), "off"


# ---- lines


def line_view(
    desk: Desk,
    back: Returning,
    row: Left,
    article: Article | None,
    current: int,
    *,
    sizes_open: bool = False,
) -> ReturnLine:
    """A line of the sale, with what of it comes back; `article` as the catalogue has it now."""
    line = row.line
    chosen = back.choice(line.line)
    why_not = _why_not(desk, back, row)
    gone = line.qty - row.qty
    came = _("{quantity} came back").format(quantity=quantity(gone, line.unit)) if gone else ""
    bought = _("{quantity} bought").format(quantity=quantity(line.qty, line.unit))
    amount = money(row.amount if row.qty else line.net + line.tax, back.sale.currency)
    if chosen is not None and 0 < chosen.qty <= row.qty:
        amount = money(_worth(desk, back, line.line, chosen.qty), back.sale.currency)
    listed = money(line.gross, back.sale.currency) if line.gross != line.total else ""
    view = ReturnLine(
        line=line.line,
        name=line.label,
        detail=why_not or dotted(line.variant, bought, came),
        amount=amount,
        note=_("paid · list {amount}").format(amount=listed) if listed and not why_not else "",
        icon=(article.product.icon if article else "") or "package",
        chosen=chosen is not None,
        current=line.line == current,
        can=row.qty > 0 and not why_not,
    )
    if chosen is None:
        return view
    return _opened(desk, back, row, view, article, sizes_open=sizes_open)


def _worth(desk: Desk, back: Returning, line: int, qty: int) -> int:
    """What is paid back for so much of one line."""
    trial = refund.choose(refund.begin_again(back), line, qty, "other")
    return -refund.figures_of(desk.till, trial).total


def _opened(
    desk: Desk,
    back: Returning,
    row: Left,
    view: ReturnLine,
    article: Article | None,
    *,
    sizes_open: bool,
) -> ReturnLine:
    from msgspec.structs import replace

    line, chosen = row.line, back.choice(row.line.line)
    if chosen is None:
        return view
    out = sku_out(back, line)
    sizes = size_views(desk, line, article, chosen.reason, out)
    first = next((each for each in sizes if each.chosen), sizes[0] if sizes else None)
    swap = None
    if first is not None:
        words = _("Swap size: {size} · {count} here")
        words = words.format(size=first.words, count=first.detail)
        swap = ChoiceView(first.key, words, first.chosen)
    others = len(sizes) > 1
    bring = "" if swap is not None and not (sizes_open and others) else _("Exchange for…")
    serial = back.found.serial(line.line)
    right = bool(serial) and chosen.serial.upper() == serial.upper()
    said = _("This is the one that was sold") if right else _("Comes back only with its number")
    return replace(
        view,
        qty=quantity(chosen.qty, line.unit),
        can_more=chosen.qty + MILLI <= row.qty,
        can_fewer=chosen.qty > MILLI,
        stepper=line.unit == PIECE and row.qty > MILLI,
        reasons=chips(REASONS, chosen.reason),
        conditions=chips(CONDITIONS, chosen.condition),
        swap=None if sizes_open and others else swap,
        sizes=sizes if sizes_open and others else (),
        more_sizes=others,
        exchange=bring,
        serial=chosen.serial,
        serial_note=said if serial else "",
        serial_tone="ok" if right else "warn",
    )


def sku_out(back: Returning, line: SoldLine) -> str:
    """Which other size goes out for a line of the sale; empty where none does."""
    return next((each.sku for each in back.swaps if each.line == line.line), "")


def size_views(
    desk: Desk, line: SoldLine, article: Article | None, reason: str, out: str
) -> tuple[ChoiceView, ...]:
    """The other sizes of the same thing that are here, the likeliest first."""
    if article is None or not article.product.style or line.unit != PIECE:
        return ()
    every = lookup.variants(desk.till, article.product.style)
    group = _group(article.product.variant)
    names = [_size(each.product.variant) for each in every if _group(each.product.variant) == group]
    rail = variants.by_size(names)
    own = _size(article.product.variant)
    here = rail.index(own) if own in rail else 0

    def far(each: Article) -> tuple[int, int]:
        """What the reason asks for first, then the nearest."""
        step = rail.index(_size(each.product.variant)) - here
        wanted = {"too_small": step > 0, "too_big": step < 0}.get(reason, True)
        return (0 if wanted else 1, abs(step))

    kept = [
        each
        for each in every
        if each.product.sku != line.sku
        and _group(each.product.variant) == group
        and (each.on_hand or 0) >= MILLI
    ]
    return tuple(
        ChoiceView(
            each.product.sku,
            _size(each.product.variant),
            each.product.sku == out,
            variants.count_here(each),
        )
        for each in sorted(kept, key=far)[:SHOWN_SIZES]
    )


def _group(variant: str) -> str:
    """What stays the same where the size changes: the colour."""
    return variant.rpartition(variants.DOT)[0].strip()


def _size(variant: str) -> str:
    return variant.rpartition(variants.DOT)[2].strip()


def _why_not(desk: Desk, back: Returning, row: Left) -> str:
    """Why nothing of a line can come back; empty where something can."""
    found, line = back.found, row.line
    if line.line in found.fixed:
        return _("Made to order · cannot be returned")
    if row.qty:
        busy = next((each for each in found.underway if each.line == line.line), None)
        if busy is None or busy.qty < row.qty:
            return ""
        place = place_of(desk, busy.store)
        if busy.kind == "pended":
            return _("Taken in at {place}. Head office has not decided yet.").format(place=place)
        return _("Till {till} at {place} is taking it back.").format(till=busy.till, place=place)
    return _returned(desk, back, line.line) or _("All of it came back")


def _returned(desk: Desk, back: Returning, line: int) -> str:
    """When and where it came back last: "Returned on 18 May at Kallio."."""
    made = desk.till.view.refunds_of(back.sale.id)
    rows = [
        (each.biz_date, each.store) for each in made if any(row.of == line for row in each.lines)
    ]
    told = back.found.elsewhere
    rows += [(ref.biz_date, ref.store) for ref in told if any(row.of == line for row in ref.lines)]
    if not rows:
        return ""
    when, store = max(rows)
    if when == desk.till.business_date():
        text = _("Returned today at {place}.")
    else:
        text = _("Returned on {day} at {place}.")
    return text.format(day=_day(desk, when), place=place_of(desk, store))


def waiting_views(back: Returning) -> tuple[ReturnLine, ...]:
    """What of an order nobody got yet: called off, not returned."""
    return tuple(
        ReturnLine(
            line=-place,
            name=name,
            detail=_("Not handed over yet · call it off under Pickup"),
            amount=quantity(qty, PIECE),
            note="",
            icon="package",
            chosen=False,
            current=False,
            can=False,
        )
        for place, (name, qty) in enumerate(back.found.waiting, 1)
    )


def doc_view(desk: Desk, found: Found) -> DocView:
    """A sale or an order in the list of what was found."""
    sale = found.sale
    wall = sale.wall if hasattr(sale, "wall") else sale.t.wall
    when = since(parse_utc(wall), desk.till.now(), desk.zone)
    first = sale.lines[0].label if sale.lines else ""
    more = len(sale.lines) - 1
    goods = first
    if more > 0:
        form = ngettext("{name} and {count} more", "{name} and {count} more", more)
        goods = form.format(name=first, count=number(more))
    state, tone = "", "plain"
    if found.voided:
        state, tone = _("Taken back"), "warn"
    elif found.elsewhere:
        state, tone = _("Part came back"), "warn"
    return DocView(
        sale.id,
        title_of(found),
        dotted(when, place_of(desk, sale.store), goods),
        money(sale.payable, sale.currency),
        "globe" if found.channel else "receipt-text",
        state,
        tone,
    )


def chips(words: dict[str, Callable[[], str]], chosen: str) -> tuple[ChoiceView, ...]:
    """A chip for each of some words; one of them is chosen."""
    return tuple(ChoiceView(key, say(), key == chosen) for key, say in words.items())
