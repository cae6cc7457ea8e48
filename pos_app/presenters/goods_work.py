"""A delivery, a gathering or a count while it is open: its rows, its differences, what is left."""

from __future__ import annotations

from pos_app.presenters.desk import Desk
from pos_app.presenters.goods_list import moment
from pos_app.presenters.goods_views import (
    ALL,
    CHIPS,
    COMPLETE,
    DIFFERENCES,
    TO_COUNT,
    CountRow,
    DifferenceView,
    HeaderView,
    PanelView,
    ReasonView,
    TabView,
)
from pos_app.presenters.return_views import StepView
from pos_app.presenters.views import dotted
from pos_app.till import counting, delivery
from pos_app.till.counting import Counting
from pos_app.till.delivery import AGAIN, REASONS, Found, Line, Receiving, Waiting
from pos_app.till.goods import COUNTING, RECEIVING, Open
from pos_app.till.till import Till
from pos_app.words import _, ngettext, number, quantity
from sync.protocol.facts_logistics import (
    DAMAGED,
    IN_BOX,
    KEEP,
    MISSING,
    SELL_CHEAPER,
    SEND_BACK,
    SHORT,
    THROW_AWAY,
    TRANSFER,
)

SHOWN = 40
"""Rows that are drawn: a scan brings any other to the top."""
Parts = tuple[HeaderView, tuple[TabView, ...], tuple[CountRow, ...], str, PanelView]


def read_again(till: Till, held: Open) -> Receiving | Counting | Open | None:
    """The same work as it is now; None where it is over."""
    work = till.view.work(held.work_id)
    if work is None:
        return None
    found = Open(held.work_id, work, tuple(till.view.work_lines(held.work_id)))
    if work.kind == RECEIVING:
        return delivery.shown(till, found)
    return counting.shown(till, found) if work.kind == COUNTING else found


def waits_for(held: Receiving, sku: str) -> Waiting | None:
    """Who waits for the product that was scanned last, and has it not lying aside."""
    line = held.open.line(sku)
    if line is None or not line.counted:
        return None
    return next((one for one in held.waiting if one.sku == sku and not one.aside), None)


# ---- what comes


def receiving_state(desk: Desk, held: Receiving, chip: str, line: str) -> Parts:
    """A delivery."""
    chosen = line or (held.lines[0].sku if held.lines and held.lines[0].nth else "")
    groups = {
        ALL: list(held.lines),
        TO_COUNT: [one for one in held.lines if one.left],
        DIFFERENCES: [
            one for one in held.lines if (one.done and one.short) or one.damaged or one.extra
        ],
        COMPLETE: [one for one in held.lines if not one.short and not one.extra],
    }
    blind = desk.till.settings.blind_count == "everyone"
    lines = groups[chip if chip in groups else ALL]
    rows = [_delivery_row(desk, one, one.sku == chosen, blind=blind) for one in lines[:SHOWN]]
    return (
        _delivery_header(desk, held),
        _chips(groups, chip),
        tuple(rows),
        more_words(len(lines)),
        _delivery_panel(desk, held, chosen),
    )


def _chips(groups: dict[str, list[Line]], chosen: str) -> tuple[TabView, ...]:
    words = {
        ALL: _("All lines"),
        TO_COUNT: _("To count"),
        DIFFERENCES: _("Differences"),
        COMPLETE: _("Complete"),
    }
    return tuple(
        TabView(key, words[key], number(len(groups[key])), key == chosen)
        for key in CHIPS
        if key in groups
    )


def more_words(count: int) -> str:
    """How many lines are not drawn."""
    if count <= SHOWN:
        return ""
    form = ngettext("{count} more line", "{count} more lines", count - SHOWN)
    return dotted(form.format(count=number(count - SHOWN)), _("A scan brings it up."))


def _delivery_header(desk: Desk, held: Receiving) -> HeaderView:
    work, row = held.open.work, held.row
    name = work.name
    if work.of_kind == TRANSFER:
        store = (row.source_name or row.source) if row is not None else work.source
        title = _("Transfer {name} from {store}").format(name=name, store=store)
    elif work.source:
        title = _("Delivery {name} from {supplier}").format(name=name, supplier=work.source)
    else:
        title = _("Delivery {name}").format(name=name)
    boxes = len(row.boxes) if row is not None else 0
    box_words = ngettext("{count} box", "{count} boxes", boxes).format(count=number(boxes))
    sender = ""
    if row is not None and row.sent_by:
        sender = _("sent by {who}").format(who=desk.name_of(row.sent_by))
    waits = len({one.order for one in held.waiting})
    waiting = ngettext("for {count} pickup", "for {count} pickups", waits)
    steps = [
        StepView(_("Sent"), moment(desk, row.sent) if row is not None and row.sent else ""),
        StepView(_("Counting"), since_words(desk, delivery.since(held)), done=False, now=True),
        StepView(_("On the shelf"), "", done=False),
    ]
    if row is None or not row.sent:
        del steps[0]
    whole = held.expected
    return HeaderView(
        icon="truck" if work.of_kind == TRANSFER else "package-open",
        title=title,
        detail=dotted(
            box_words if boxes else "", sender, waiting.format(count=number(waits)) if waits else ""
        ),
        count=(
            _("{count} of {all}").format(count=quantity(held.counted), all=quantity(whole))
            if whole
            else quantity(held.counted)
        ),
        count_words=_("items counted"),
        part_ppm=min(1_000_000, held.counted * 1_000_000 // whole) if whole else 0,
        has_whole=whole > 0,
        steps=tuple(steps),
    )


def since_words(desk: Desk, at: str) -> str:
    """Since when, where it is known."""
    return _("since {time}").format(time=moment(desk, at)) if at else ""


def _delivery_row(desk: Desk, line: Line, marked: bool, *, blind: bool) -> CountRow:
    pill, tone, icon = _delivery_pill(line, marked)
    by = ", ".join(_initials(desk.name_of(who)) for who in line.by)
    others = ""
    if line.others:
        others = _("{who} {count}").format(who=by, count=quantity(line.others))
    about = line.product
    unlisted = _("not on the list") if not line.expected else ""
    return CountRow(
        sku=line.sku,
        name=about.name,
        detail=dotted(about.variant, "" if unlisted else line.sku, others, unlisted),
        icon=about.icon or "package",
        tint=line.sku,
        count=quantity(line.here),
        expected="" if blind else quantity(line.expected) if line.expected else "\u2013",
        expected_words="" if blind else _("Expected"),
        pill=pill,
        tone=tone,
        pill_icon=icon,
        marked=marked,
        whole=about.by_piece,
        done=line.done,
        can_finish=line.done or (bool(line.short) and bool(line.counted)),
    )


def _initials(name: str) -> str:
    return "".join(part[0] for part in name.split()[:2]).upper()


def _delivery_pill(line: Line, marked: bool) -> tuple[str, str, str]:
    left, short = _("{count} left"), _("{count} short")
    looks = (
        (line.damaged, _("{count} damaged"), line.damaged, "warn", "triangle-alert"),
        (line.extra, _("{count} extra"), line.extra, "info", "plus"),
        (line.short and line.done, short, line.short, "warn", "circle-alert"),
        (line.listed and not line.short, _("As listed"), 0, "plain", "check"),
        (not line.short, _("Complete"), 0, "ok", "check"),
        (marked and line.nth, _("Just scanned"), 0, "info", "scan-barcode"),
        (line.counted, left, line.short, "plain", "clock"),
        (True, _("Not yet"), 0, "plain", "clock"),
    )
    words, qty, tone, icon = next(look[1:] for look in looks if look[0])
    return words.format(count=quantity(qty)), tone, icon


def _delivery_panel(desk: Desk, held: Receiving, chosen: str) -> PanelView:
    work = held.open.work
    wait = waits_for(held, chosen)
    orders = {one.order for one in held.waiting if not one.aside}
    banner = detail = button = ""
    if wait is not None:
        banner = _("Put aside for {order}").format(order=wait.order)
        detail = _("A customer waits for {count} of it.").format(count=quantity(wait.qty))
        button = _("It lies aside: print its label")
    elif orders:
        form = ngettext(
            "{count} customer waits for this delivery",
            "{count} customers wait for this delivery",
            len(orders),
        )
        banner = form.format(count=number(len(orders)))
        named = ", ".join(sorted(orders)[:3])
        detail = _("The till says so at the scan: put aside for {order}.").format(order=named)
    pieces = sum(one.qty for one in held.differences)
    value = sum(one.value for one in held.differences)
    form = ngettext("{count} piece", "{count} pieces", max(1, pieces // 1_000))
    left, listed = held.left, len(work.listed)
    why = left_words(left) if left else ""
    if not why and held.undecided:
        form_ = ngettext("{count} reason left", "{count} reasons left", held.undecided)
        why = form_.format(count=number(held.undecided))
    if not why and not held.lines:
        why = _("Nothing counted yet")
    as_listed = ngettext("{count} as listed", "{count} as listed", listed)
    line = next((one for one in held.lines if one.sku == chosen), None)
    return PanelView(
        title=_("Receiving {name}").format(name=work.name),
        detail=dotted(desk.name_of(work.by), since_words(desk, work.began)),
        pill=_("Finished elsewhere") if held.over else _("Counting"),
        pill_tone="warn" if held.over else "info",
        banner=banner,
        banner_detail=detail,
        banner_button=button,
        head=_("Differences"),
        head_detail=(
            dotted(form.format(count=quantity(pieces)), desk.money(value)) if pieces else ""
        ),
        differences=tuple(_difference(held, one) for one in held.differences),
        empty=_("No differences so far"),
        empty_detail=_("Say what is damaged, or that no more comes."),
        damaged=_("Damaged") if line is not None and line.here else "",
        pause=_("Pause"),
        rest=_("Count the rest") if listed else _("Rest is as listed"),
        finish=_("Finish receiving"),
        finish_amount=as_listed.format(count=number(listed)) if listed else "",
        why_not=why,
    )


def left_words(count: int) -> str:
    """Why the blue button does nothing yet."""
    form = ngettext("{count} line left", "{count} lines left", count)
    return form.format(count=number(count))


def _difference(held: Receiving, one: Found) -> DifferenceView:
    name, count = one.product.name, quantity(one.qty)
    if one.kind == SHORT:
        icon, tone = "circle-alert", "warn"
        title = _("{count} short: {name}").format(count=count, name=name)
        detail = _("{sent} sent, {counted} counted").format(
            sent=quantity(one.expected), counted=quantity(one.counted)
        )
    elif one.kind == DAMAGED:
        icon, tone = "triangle-alert", "warn"
        title = _("{count} damaged: {name}").format(count=count, name=name)
        detail = _("Not put into stock for sale")
    else:
        icon, tone = "plus", "info"
        title = _("{count} extra: {name}").format(count=count, name=name)
        store = held.row.source_name if held.row is not None else ""
        if held.open.work.of_kind == TRANSFER and store and one.reason != SEND_BACK:
            detail = _("{store}'s stock goes down by {count}").format(store=store, count=count)
        else:
            detail = _("Not on the list")
    words = {
        MISSING: _("Missing"),
        IN_BOX: _("Still in a box"),
        AGAIN: _("Count again"),
        SEND_BACK: _("Send back"),
        SELL_CHEAPER: _("Sell cheaper"),
        THROW_AWAY: _("Throw away"),
        KEEP: _("Keep it"),
    }
    reasons = tuple(
        ReasonView(key, words[key], key == one.reason) for key in REASONS.get(one.kind, ())
    )
    detail = dotted(one.product.variant, detail)
    return DifferenceView(one.product.sku, one.kind, icon, tone, title, detail, reasons)
