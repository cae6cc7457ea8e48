"""The whole of the Returns screen, made from what its presenters hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from pos_app.domain.catalogue import PIECE
from pos_app.domain.errors import PosError
from pos_app.domain.exchange import ExchangeFigures
from pos_app.domain.money import MILLI
from pos_app.presenters.return_money import (
    approval_words,
    back_views,
    button_words,
    end_views,
    net_words,
    out_views,
    target_views,
    way_views,
    with_done,
)
from pos_app.presenters.return_order import line_view, order_view, title_of, waiting_views
from pos_app.presenters.return_pend import slip_target
from pos_app.presenters.return_points import points_view
from pos_app.presenters.return_views import ReturnsState
from pos_app.presenters.views import dotted
from pos_app.till import exchange, lookup, refund
from pos_app.till.returning import Returning
from pos_app.words import _, ngettext, number

if TYPE_CHECKING:
    from pos_app.domain.basket import Basket
    from pos_app.presenters.returns import Returns


def screen(held: Returns) -> ReturnsState:
    """What is shown now."""
    till = held.desk.till
    state = ReturnsState(
        text=held.text,
        note=held.finder.note(held.text),
        hint=_("Scan a receipt or an order"),
        refused=held.refused[0],
        refused_detail=held.refused[1],
        offer=held.finder.offer,
        find=held.slips.view() or held.finder.view(),
        title=_("Return"),
        detail=_("Scan a receipt or an order"),
        button=_("Refund"),
        button_reason=_("Scan a receipt, or type its number"),
        busy=held.busy,
    )
    if held.done is not None:
        return _with_paper(held, with_done(held.desk, state, held.done))
    if till.own.store is None:
        return state
    if held.pending.open or held.pending.done is not None:
        return held.pending.screen(state)
    if held.back is None:
        if held.finder.waits:
            return replace(state, button_reason=_("Asking head office…"))
        return state
    return _with_sale(held, state, held.back)


def _with_paper(held: Returns, state: ReturnsState) -> ReturnsState:
    words, tone = held.paper
    if state.done is None or not words:
        return state
    return replace(state, done=replace(state.done, paper=words, paper_tone=tone))


def _with_sale(held: Returns, state: ReturnsState, back: Returning) -> ReturnsState:
    desk, going = held.desk, held.going
    rows = refund.left(desk.till, back)
    known = lookup.by_skus(desk.till, [row.line.sku for row in rows if row.line.sku])
    lines = tuple(
        line_view(
            *(desk, back, row, known.get(row.line.sku), held.line),
            sizes_open=row.line.line in going.sizes,
        )
        for row in rows
    )
    if held.pends:  # nothing goes out for what nobody has decided on
        lines = tuple(
            replace(row, swap=None, sizes=(), more_sizes=False, exchange="") for row in lines
        )
    order = order_view(desk, back)
    whose = held.finder.name_of(back.found.customer)
    armed = going.armed
    state = replace(
        state,
        order=replace(order, who=whose),
        lines=(*lines, *waiting_views(back)),
        heading=_("What is coming back?"),
        heading_hint=_("Scan or search what goes out") if armed else _("Scan the item or tap it"),
        hint=_("Scan or search what goes out") if armed else state.hint,
        goods=going.goods,
        title=_("Return of {number}").format(number=back.sale.doc_no),
        detail=title_of(back.found),
        button_reason=_("Choose what comes back"),
    )
    if not back.choices:
        return state
    return _with_figures(held, state, back)


def _with_figures(held: Returns, state: ReturnsState, back: Returning) -> ReturnsState:
    desk = held.desk
    why = ""
    if any(not each.reason for each in back.choices):
        why = _("Choose why")
    trial = back
    for each in back.choices:
        reason = each.reason or "other"
        trial = refund.choose(trial, each.line, each.qty, reason, each.condition)
    try:
        sums = exchange.figures(desk.till, trial)
    except PosError as error:
        return replace(state, button_reason=desk.words(error).title)
    return _with_money(held, state, trial, sums, why)


def _with_money(
    held: Returns, state: ReturnsState, back: Returning, sums: ExchangeFigures, why: str
) -> ReturnsState:
    desk, going = held.desk, held.going
    net, amount = net_words(sums)
    ways = way_views(desk, back, sums)
    basket = exchange.basket_of(desk.till, back) if back.exchanges else None
    told, tone, blocked = approval_words(desk, back, sums)
    exchanging = back.exchanges or going.on
    if going.on and not back.exchanges:
        blocked = _("Scan what goes out")
    words, end = button_words(desk, sums, out=back.exchanges)
    if held.pends:
        return _taken_in(held, state, back, sums, why)
    return replace(
        state,
        detail=_counted(sums, basket),
        ends=end_views(back, exchanging=exchanging),
        back=back_views(desk, sums.refund),
        out=out_views(desk, back, basket, sums) if basket is not None else (),
        net=net,
        amount=desk.money(amount),
        targets=target_views(desk, back, sums, ways),
        ways=ways if held.ways_open else (),
        facts=points_view(desk, back, sums),
        approval=told,
        approval_tone=tone,
        button=words,
        button_amount=end,
        button_reason=_now(held, back) or why or _serials(back) or blocked,
    )


def _taken_in(
    held: Returns, state: ReturnsState, back: Returning, sums: ExchangeFigures, why: str
) -> ReturnsState:
    """Without head office the goods come in and a slip is given; it has no value yet."""
    told, tone, blocked = held.pending.approval(back)
    return replace(
        state,
        detail=_counted(sums, None),
        back=back_views(held.desk, sums.refund),
        net=_("Slip, up to"),
        amount=held.desk.money(-sums.refund.total),
        targets=(slip_target(),),
        approval=told,
        approval_tone=tone,
        button=_("Take in"),
        button_amount=_("Print slip"),
        button_reason=_now(held, back) or why or _serials(back) or blocked,
    )


def _serials(back: Returning) -> str:
    from pos_app.till.returning import serials_missing

    return _("Scan the serial number") if serials_missing(back) else ""


def _counted(sums: ExchangeFigures, basket: Basket | None) -> str:
    """2 items back · 1 out."""
    pieces = sum(-row.qty // MILLI if row.source.unit == PIECE else 1 for row in sums.refund.lines)
    words = ngettext("{count} item back", "{count} items back", pieces)
    words = words.format(count=number(pieces))
    if basket is None:
        return words
    out = sum(row.qty // MILLI if row.unit == PIECE else 1 for row in basket.lines)
    form = ngettext("{count} out", "{count} out", out)
    return dotted(words, form.format(count=number(out)))


def _now(held: Returns, back: Returning) -> str:
    """Why it cannot be finished just now, before what the limits say."""
    if held.word.waits:
        return _("Asking head office…")
    if held.busy:
        return _("One moment…")
    no = held.word.refusal(back)
    return held.desk.words(no).title if no is not None else ""
