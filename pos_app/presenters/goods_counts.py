"""A stock count, and goods that are gathered for another store, while they are open."""

from __future__ import annotations

from pos_app.presenters.desk import Desk
from pos_app.presenters.goods_views import (
    ALL,
    COMPLETE,
    DIFFERENCES,
    TO_COUNT,
    CountRow,
    DifferenceView,
    HeaderView,
    PanelView,
    TabView,
)
from pos_app.presenters.goods_work import (
    SHOWN,
    Parts,
    left_words,
    more_words,
    since_words,
)
from pos_app.presenters.views import dotted
from pos_app.till import counting, goods, transfers
from pos_app.till.counting import Counting
from pos_app.till.goods import Open
from pos_app.words import _, ngettext, number, quantity


def counting_state(desk: Desk, held: Counting, chip: str, line: str) -> Parts:
    """A stock count."""
    chosen = line or (held.lines[0].product.sku if held.lines else "")
    groups: dict[str, list[counting.Line]] = {
        ALL: list(held.lines),
        TO_COUNT: [one for one in held.lines if not one.seen or one.again],
    }
    if not held.blind:
        groups[DIFFERENCES] = list(held.off)
        groups[COMPLETE] = [one for one in held.lines if one.seen and not one.off]
    lines = groups[chip if chip in groups else ALL]
    rows = [_count_row(one, one.product.sku == chosen, held) for one in lines[:SHOWN]]
    work = held.open.work
    total = len(held.lines)
    header = HeaderView(
        icon="scan-barcode",
        title=work.name or _("Stock count"),
        detail=dotted(desk.name_of(work.by), since_words(desk, work.began)),
        count=_("{count} of {all}").format(count=number(held.counted), all=number(total)),
        count_words=_("lines counted"),
        part_ppm=held.counted * 1_000_000 // total if total else 0,
    )
    return (
        header,
        _count_chips(groups, chip),
        tuple(rows),
        more_words(len(lines)),
        _count_panel(desk, held),
    )


def _count_chips(groups: dict[str, list[counting.Line]], chosen: str) -> tuple[TabView, ...]:
    words = {
        ALL: _("All lines"),
        TO_COUNT: _("To count"),
        DIFFERENCES: _("Differences"),
        COMPLETE: _("Fits"),
    }
    return tuple(
        TabView(key, words[key], number(len(groups[key])), key == chosen) for key in groups
    )


def _count_row(line: counting.Line, marked: bool, held: Counting) -> CountRow:
    about = line.product
    pill, tone, icon = _count_pill(line, held)
    return CountRow(
        sku=about.sku,
        name=about.name,
        detail=dotted(about.variant, about.sku),
        icon=about.icon or "package",
        tint=about.sku,
        count=quantity(line.counted),
        expected="" if held.blind else quantity(line.book),
        expected_words="" if held.blind else _("Books"),
        pill=pill,
        tone=tone,
        pill_icon=icon,
        marked=marked,
        whole=about.by_piece,
    )


def _count_pill(line: counting.Line, held: Counting) -> tuple[str, str, str]:
    if line.again:
        return _("Count again"), "warn", "rotate-ccw"
    if not line.seen:
        return _("Not yet"), "plain", "clock"
    if held.blind:
        return _("Counted"), "ok", "check"
    if not line.off:
        return _("Fits"), "ok", "check"
    if line.off < 0:
        return _("{count} less").format(count=quantity(-line.off)), "warn", "circle-alert"
    return _("{count} more").format(count=quantity(line.off)), "info", "plus"


def _count_panel(desk: Desk, held: Counting) -> PanelView:
    again = sum(line.again for line in held.lines)
    unseen = sum(not line.seen for line in held.lines)
    off = () if held.blind else held.off
    work = held.open.work
    form = ngettext("{count} line", "{count} lines", max(1, len(off)))
    why = left_words(held.left) if held.left else ""
    if not held.lines:
        why = _("Nothing counted yet")
    banner = detail = ""
    if again:
        words = ngettext("{count} line is far off", "{count} lines are far off", again)
        banner = words.format(count=number(again))
        detail = ngettext(
            "Count it once more. Then it is believed.",
            "Count them once more. Then they are believed.",
            again,
        )
    return PanelView(
        title=work.name or _("Stock count"),
        detail=dotted(desk.name_of(work.by), since_words(desk, work.began)),
        pill=_("Counting"),
        banner=banner,
        banner_detail=detail,
        head="" if held.blind else _("Differences"),
        head_detail=(
            dotted(form.format(count=number(len(off))), desk.money(held.value)) if off else ""
        ),
        differences=tuple(
            DifferenceView(
                *(one.product.sku, "count", "circle-alert" if one.off < 0 else "plus"),
                "warn" if one.off < 0 else "info",
                one.product.name,
                dotted(
                    one.product.variant,
                    _("{counted} counted, {book} in the books").format(
                        counted=quantity(one.counted), book=quantity(one.book)
                    ),
                ),
            )
            for one in off[:8]
        ),
        empty=_("Differences come after counting") if held.blind else _("No differences so far"),
        empty_detail=_("Selling goes on while you count."),
        pause=_("Later"),
        rest=_("Nothing of the rest") if unseen else "",
        finish=_("Finish the count"),
        why_not=why,
    )


# ---- what goes


def sending_state(desk: Desk, held: Open, line: str) -> Parts:
    """Goods that are gathered for another store."""
    work = held.work
    wanted = dict(work.wanted)
    counted = {one.sku: one for one in held.lines}
    skus = [*counted, *(sku for sku in wanted if sku not in counted)]
    chosen = line or (skus[0] if skus else "")
    rows = []
    known = goods.products(desk.till, skus[:SHOWN])
    for sku in skus[:SHOWN]:
        about = known[sku]
        here = counted[sku].counted if sku in counted else 0
        asked = wanted.get(sku, 0)
        pill, tone, icon = _sending_pill(here, asked)
        rows.append(
            CountRow(
                sku=sku,
                name=about.name,
                detail=dotted(about.variant, sku),
                icon=about.icon or "package",
                tint=sku,
                count=quantity(here),
                expected=quantity(asked) if asked else "",
                expected_words=_("Asked for") if asked else "",
                pill=pill,
                tone=tone,
                pill_icon=icon,
                marked=sku == chosen,
                whole=about.by_piece,
            )
        )
    header = _sending_header(desk, held)
    return header, (), tuple(rows), more_words(len(skus)), _sending_panel(desk, held)


def _other_store(desk: Desk, held: Open) -> tuple[bool, str]:
    """Whether goods are asked for there, not sent; and what that store is called."""
    work = held.work
    asking = work.of_kind == transfers.REQUEST
    return asking, _store_name(desk, work.source if asking else work.target)


def _sending_header(desk: Desk, held: Open) -> HeaderView:
    work, total = held.work, held.counted
    asking, store = _other_store(desk, held)
    whole = sum(dict(work.wanted).values())
    return HeaderView(
        icon="arrow-left-right",
        title=(_("Ask {store} for goods") if asking else _("Goods for {store}")).format(
            store=store
        ),
        detail=dotted(work.name if work.wanted else "", since_words(desk, work.began)),
        count=(
            _("{count} of {all}").format(count=quantity(total), all=quantity(whole))
            if whole
            else quantity(total)
        ),
        count_words=_("items on the list") if asking else _("items gathered"),
        has_whole=whole > 0,
        part_ppm=min(1_000_000, total * 1_000_000 // whole) if whole else 0,
    )


def _sending_panel(desk: Desk, held: Open) -> PanelView:
    work, total = held.work, held.counted
    asking, store = _other_store(desk, held)
    why = ""
    if not total:
        why = _("Nothing on the list yet") if asking else _("Nothing gathered yet")
    return PanelView(
        title=(_("Ask {store}") if asking else _("Send to {store}")).format(store=store),
        detail=dotted(desk.name_of(work.by), since_words(desk, work.began)),
        pill=_("Listing") if asking else _("Gathering"),
        empty=(_("Scan what is missing here") if asking else _("Scan what goes to {store}")).format(
            store=store
        ),
        empty_detail=(
            _("That store decides what it sends.")
            if asking
            else _("When it is sent it is out of this store's stock.")
        ),
        pause=_("Later"),
        rest=_("Give up"),
        finish=_("Ask for it") if asking else _("Send"),
        finish_amount=_pieces(total) if total else "",
        why_not=why,
    )


def _pieces(qty: int) -> str:
    form = ngettext("{count} piece", "{count} pieces", max(1, qty // 1_000))
    return form.format(count=quantity(qty))


def _sending_pill(here: int, asked: int) -> tuple[str, str, str]:
    if not asked:
        return "", "plain", ""
    if here >= asked:
        return _("Complete"), "ok", "check"
    return _("{count} left").format(count=quantity(asked - here)), "plain", "clock"


def _store_name(desk: Desk, store: str) -> str:
    return dict(transfers.targets(desk.till)).get(store, store)
