"""Reservations and orders of a website: asked again under the same id, answered the same."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from pos_app.domain.day import utc_text
from pos_app.domain.errors import Refused
from pos_app.domain.pickup import PARTLY, READY, code_from
from sync.hub import recovering, reservations, store
from sync.hub.answers import HubProblem
from sync.hub.channels.canonical import (
    PAID,
    ChannelAttribution,
    ChannelFulfilment,
    ChannelLine,
    ChannelOrder,
    ChannelPayment,
)
from sync.hub.database import Connection
from sync.hub.identity import HubKeys
from sync.hub.orders import kept, passes, service, signals, taking
from sync.hub.orders.kept import Part, Whole
from sync.hub.reservations import Reservation
from sync.hub.storefront import shelf
from sync.hub.storefront.keys import Storefront, order_token
from sync.hub.storefront.levels import levels
from sync.hub.storefront.messages import (
    LineAsked,
    LineTold,
    OrderReply,
    OrderRequest,
    PartTold,
    ReservationReply,
    ReserveRequest,
    StepTold,
)

CHANNEL: Final = "storefront"
STRANGE_MAX: Final = 200
_ROOT: Final = uuid.UUID("0d2b1c6e-8d0e-5a7c-9b55-3f2c8e7a4d11")
_SHOWN: Final = frozenset(
    (
        *("ordered", "reached", "picking", "picked", "short", "ready", "reminded", "kept"),
        *("partly", "collected", "lapsed", "restocked", "cancelled", "sent", "paid", "refunded"),
        *("moved", "substituted"),
    )
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who asks, and by what it is answered."""

    connection: Connection
    storefront: Storefront
    keys: HubKeys
    now: dt.datetime


def mark_of(storefront_id: str) -> str:
    """How a reservation says whose it is."""
    return f"storefront:{storefront_id}"


def reservation_id(storefront_id: str, asked: str) -> str:
    """The hub's id of what a website calls by an id of its own."""
    return str(uuid.uuid5(_ROOT, f"{storefront_id}\0{asked}"))


# --- reservations --------------------------------------------------------------------------------


def reserve(desk: Desk, asked: ReserveRequest) -> ReservationReply:
    """Goods put aside until a moment; REFUSED where there is too little of something.

    Raises HubProblem("id_reused" | "store_unknown" | "product_unknown" | "hub_recovering").
    """
    connection = desk.connection
    _begin(desk, asked.store, asked.lines)
    made = reservation_id(desk.storefront.storefront_id, asked.id)
    words = msgspec.json.encode((asked.store, asked.lines, asked.minutes))
    wanted = reservations.wanted(made, asked.store, _goods(asked.lines), asked.minutes * 60, words)
    known = reservations.find(connection, made) is not None
    reservations.reserve_here(connection, wanted, mark_of(desk.storefront.storefront_id), desk.now)
    found = reservations.find(connection, made)
    if found is None:
        raise HubProblem("internal")
    short = _short(desk, found, asked.lines) if found.state == reservations.REFUSED else ()
    if short and not known:
        _note_refused(desk, asked, short)
    return _told(found, asked.id, short)


def _note_refused(desk: Desk, asked: ReserveRequest, short: tuple[str, ...]) -> None:
    consent = asked.consent
    for line in asked.lines:
        if line.sku in short:
            signals.keep(
                desk.connection,
                signals.REFUSED,
                store=asked.store,
                sku=line.sku,
                client=asked.client if consent == "yes" else "",
                qty=line.qty,
                consent=consent,
                now=desk.now,
            )


def reservation(desk: Desk, asked: str) -> ReservationReply:
    """One of one's own, by one's own id. Raises HubProblem("reservation_unknown")."""
    return _told(_own(desk, asked), asked)


def give_back(desk: Desk, asked: str) -> ReservationReply:
    """It is not wanted any more; said twice it is once. Raises HubProblem."""
    found = _own(desk, asked)
    if found.state != reservations.REFUSED:
        try:
            reservations.cancel(desk.connection, found.reservation_id, CHANNEL, desk.now)
        except Refused as refused:
            raise HubProblem("right_over") from refused
    return _told(_own(desk, asked), asked)


def _own(desk: Desk, asked: str) -> Reservation:
    made = reservation_id(desk.storefront.storefront_id, asked)
    found = reservations.find(desk.connection, made)
    if found is None or found.reference != mark_of(desk.storefront.storefront_id):
        raise HubProblem("reservation_unknown")
    return found


def _told(found: Reservation, asked: str, short: tuple[str, ...] = ()) -> ReservationReply:
    return ReservationReply(
        asked, found.reservation_id, found.state, found.store_id, found.due, short
    )


def _short(desk: Desk, found: Reservation, lines: tuple[LineAsked, ...]) -> tuple[str, ...]:
    goods = dict(_goods(lines))
    left = {
        one.sku: one.left for one in levels(desk.connection, found.store_id, list(goods), desk.now)
    }
    return tuple(sorted(sku for sku, qty in goods.items() if left[sku] < qty)) or tuple(
        sorted(goods)
    )


def _begin(desk: Desk, store_id: str, lines: tuple[LineAsked, ...]) -> None:
    if recovering.is_recovering(desk.connection):
        raise HubProblem("hub_recovering")
    try:
        store.load(desk.connection, store_id)
    except Refused as refused:
        raise HubProblem("store_unknown") from refused
    skus = sorted({line.sku for line in lines})
    if len(shelf.known_skus(desk.connection, skus)) < len(skus):
        raise HubProblem("product_unknown")


def _goods(lines: tuple[LineAsked, ...]) -> tuple[tuple[str, int], ...]:
    goods: dict[str, int] = {}
    for line in lines:
        goods[line.sku] = goods.get(line.sku, 0) + line.qty
    return tuple(sorted(goods.items()))


# --- orders --------------------------------------------------------------------------------------


def order(desk: Desk, asked: OrderRequest) -> OrderReply:
    """All of it can be had there and is ordered, or nothing is.

    Raises HubProblem("order_not_promised" | "id_reused" | "pickup_off" | "store_unknown" |
    "product_unknown" | "price_missing" | "reservation_unknown" | "hub_recovering").
    """
    connection = desk.connection
    external = f"{desk.storefront.storefront_id}:{asked.id}"
    order_id = kept.order_id_of(CHANNEL, external)
    kept.lock(connection, order_id)
    held = kept.find(connection, order_id)
    if held is not None:
        if not _same(held, asked):
            raise HubProblem("id_reused")
        return told(desk, held)
    _begin(desk, asked.store, asked.lines)
    offers = service.of(connection, asked.store)
    if not (offers.pickup if asked.way == "pickup" else offers.ships):
        raise HubProblem("pickup_off")
    canonical = _canonical(desk, asked, external, order_id)
    context = taking.Context(name=desk.storefront.name, store=asked.store, way=asked.way, firm=True)
    try:
        with connection.savepoint("firm"):
            _free_reservation(desk, asked)
            taking.take(connection, canonical, desk.now, context)
    except Refused as refused:
        raise HubProblem("order_not_promised") from refused
    found = kept.find(connection, order_id)
    if found is None:
        raise HubProblem("internal")
    return told(desk, found)


def _free_reservation(desk: Desk, asked: OrderRequest) -> None:
    """What was put aside for it is free for it: in this transaction nobody else gets it."""
    if not asked.reservation:
        return
    found = _own(desk, asked.reservation)
    if found.store_id != asked.store:
        raise HubProblem("reservation_unknown")
    if found.state == reservations.RESERVED:
        reservations.cancel(desk.connection, found.reservation_id, CHANNEL, desk.now)


def _same(held: Whole, asked: OrderRequest) -> bool:
    before = held.told
    if before is None:
        return False
    lines = [(line.sku, line.qty) for line in before.lines]
    same = lines == [(line.sku, line.qty) for line in asked.lines]
    whose = before.customer == asked.customer and before.fulfilment.location == asked.store
    return same and whose and before.payment.method == asked.payment.method


def _canonical(desk: Desk, asked: OrderRequest, external: str, order_id: str) -> ChannelOrder:
    shop = store.load(desk.connection, asked.store)
    lines = tuple(_line(desk, shop, place, line) for place, line in enumerate(asked.lines, 1))
    total = sum(line.gross for line in lines) + asked.shipping
    paid = total if asked.payment.state == PAID else 0
    at = utc_text(desk.now)
    return ChannelOrder(
        channel=CHANNEL,
        external_id=external,
        external_name=asked.name or f"W-{code_from(uuid.UUID(order_id).bytes)}",
        external_version=at,
        placed_at=at,
        state="open",
        currency=shop.store.currency,
        lines=lines,
        payment=ChannelPayment(
            *(asked.payment.state, paid, total - paid),
            *(asked.payment.method, asked.payment.transaction),
        ),
        shipping=asked.shipping,
        total=total,
        tax_total=sum(line.tax for line in lines),
        customer=asked.customer,
        consent=asked.consent,
        fulfilment=ChannelFulfilment(
            asked.way, asked.store, asked.person, asked.note, asked.address
        ),
        attribution=_clipped(asked.attribution),
        coupons=asked.coupons,
        may_substitute=asked.may_substitute,
        language=asked.language,
    )


def _clipped(told: ChannelAttribution) -> ChannelAttribution:
    """Strings of strangers: so long and no longer."""
    short = {name: getattr(told, name)[:STRANGE_MAX] for name in told.__struct_fields__}
    return ChannelAttribution(**short)


def _line(desk: Desk, shop: store.Shop, place: int, line: LineAsked) -> ChannelLine:
    found = shelf.product(desk.connection, line.sku)
    price = shelf.price_of(
        desk.connection, line.sku, shop.store.price_list, shop.store.currency, desk.now
    )
    if line.gross is None and price is None:
        raise HubProblem("price_missing")
    rate = _rate(shop, found.tax_code, desk.now)
    each = price[0] if price else 0
    if price and not shop.rules.prices_include_tax:
        each += _rounded(each * rate, 1_000_000)
    gross = _rounded(each * line.qty, 1_000) if line.gross is None else line.gross
    listed = each or _rounded(gross * 1_000, line.qty)
    full = _rounded(listed * line.qty, 1_000)
    return ChannelLine(
        external_line_id=line.line or str(place),
        sku=line.sku,
        title=line.title or found.name,
        qty=line.qty,
        list_unit=listed,
        gross=gross,
        discount=max(full - gross, 0),
        tax=_rounded(gross * rate, 1_000_000 + rate),
        tax_rate_ppm=rate,
        variant=found.variant,
    )


def _rounded(amount: int, by: int) -> int:
    """The nearest whole, a half upwards."""
    return (2 * amount + by) // (2 * by)


def _rate(shop: store.Shop, code: str, now: dt.datetime) -> int:
    day = now.date().isoformat()
    for rate in shop.rules.rates:
        begun = not rate.valid_from or str(rate.valid_from) <= day
        if rate.code == code and begun and (not rate.valid_to or day <= str(rate.valid_to)):
            return rate.rate_ppm
    return 0


def cancel(desk: Desk, order_id: str, reason: str) -> OrderReply:
    """Called off as far as it still can be; said twice it is once.

    Raises HubProblem("order_unknown" | "right_over").
    """
    connection = desk.connection
    kept.lock(connection, order_id)
    found = own(desk, order_id)
    before = found.told
    if found.state == kept.OPEN and before is not None:
        version = max(utc_text(desk.now), before.external_version + "+")
        changed = msgspec.structs.replace(before, state="cancelled", external_version=version)
        context = taking.Context(name=desk.storefront.name, by=reason)
        taking.take(connection, changed, desk.now, context)
    elif found.state == kept.DONE:
        raise HubProblem("right_over")
    return told(desk, own(desk, order_id))


def own(desk: Desk, order_id: str) -> Whole:
    """An order of this very storefront. Raises HubProblem("order_unknown")."""
    found = kept.find(desk.connection, order_id)
    mine = f"{desk.storefront.storefront_id}:"
    if found is None or found.channel != CHANNEL or not found.external_id.startswith(mine):
        raise HubProblem("order_unknown")
    return found


def told(desk: Desk, found: Whole) -> OrderReply:
    """The whole of it for whoever ordered it, with the token for its customer's page."""
    reply = page(desk.connection, found, desk.keys)
    return msgspec.structs.replace(reply, token=order_token(desk.keys, found.order_id))


def page(connection: Connection, found: Whole, keys: HubKeys) -> OrderReply:
    """What the customer's page shows: how it stands, never who did it."""
    parts = kept.parts_of(connection, found.order_id)
    return OrderReply(
        *(found.order_id, found.external_name, found.state, found.placed, found.currency),
        *(found.total, sum(part.row.due for part in parts)),
        tuple(_part(connection, part, keys) for part in parts),
    )


def _part(connection: Connection, part: Part, keys: HubKeys) -> PartTold:
    row = part.row
    here = store.load(connection, part.store_id).store
    shown: dict[str, Any] = {}
    if row.way == "pickup" and row.state in (READY, PARTLY):
        shown["code"] = passes.code_of(keys, row.reservation)
        shown["qr"] = passes.signed(keys, row, part.store_id, row.keep_until)
    return PartTold(
        part.store_id,
        here.name,
        here.zone,
        row.state,
        row.way,
        tuple(
            LineTold(
                *(line.sku, line.title, line.qty, line.total, line.variant),
                *(line.short, line.handed, line.instead),
            )
            for line in row.lines
        ),
        tuple(StepTold(one.at, one.what) for one in row.history if one.what in _SHOWN),
        here.address,
        row.promised,
        row.ready,
        row.keep_until,
        row.due,
        carrier=row.carrier,
        tracking=row.tracking,
        **shown,
    )
