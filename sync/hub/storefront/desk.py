"""The storefront's requests: who may ask, what they are told, what is kept of their asking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from pos_app.domain.day import utc_text
from pos_app.domain.near import MICRO, Place
from sync.hub.answers import HubProblem, Reply, Request
from sync.hub.database import Connection
from sync.hub.identity import HubKeys
from sync.hub.orders import kept, signals
from sync.hub.storefront import keys, ordering, points, shelf, values
from sync.hub.storefront.front import Front, LookUp
from sync.hub.storefront.keys import Storefront
from sync.hub.storefront.messages import (
    AvailabilityReply,
    CancelRequest,
    OrderReply,
    OrderRequest,
    ProductsReply,
    ReservationReply,
    ReserveRequest,
    StoresReply,
)
from sync.hub.storefront.ordering import Desk
from sync.hub.storefront.value_messages import (
    ValueAsked,
    ValueHeld,
    ValueHold,
    ValueLetGo,
    ValueTaken,
    ValueTold,
)

PREFIX: Final = "/v1/storefront/"
PUBLIC, SECRET, TOKEN = "public", "secret", "token"
SKUS_MAX: Final = 20
BODY_MAX: Final = 64 << 10
SHORT_CACHE: Final = {"cache-control": "public, max-age=5"}
NEVER_CACHED: Final = {"cache-control": "no-store"}
_CONSENTS: Final = frozenset({"yes", "no", "unknown"})
_QUERY_MAX: Final = 4_096


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, and by what it is answered."""

    connection: Connection
    request: Request
    now: dt.datetime
    keys: HubKeys
    front: Front


@dataclass(frozen=True, slots=True)
class Row:
    """An endpoint; `key` is what it wants to be shown."""

    method: str
    path: str
    key: str
    told: str
    answer: Callable[[Asked], tuple[msgspec.Struct, Mapping[str, str]]]
    body: type[msgspec.Struct] | None
    reply: type[msgspec.Struct]
    problems: tuple[str, ...]
    query: tuple[tuple[str, str, bool], ...] = ()


# --- who asks ------------------------------------------------------------------------------------


def bearer(request: Request) -> str:
    """The key or token a request shows; empty for none."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    return shown.strip() if scheme.lower() == "bearer" else ""


def asked_for(request: Request) -> dict[str, str]:
    """The query's fields. Raises HubProblem("malformed") for one that comes twice."""
    if len(request.query) > _QUERY_MAX:
        raise HubProblem("malformed", "the query is too long")
    try:
        pairs = parse_qsl(request.query, keep_blank_values=True, max_num_fields=24, errors="strict")
    except ValueError as cause:
        raise HubProblem("malformed", "the query cannot be read") from cause
    found = dict(pairs)
    if len(found) != len(pairs):
        raise HubProblem("malformed", "a field comes twice")
    return found


def who_asks(connection: Connection, request: Request, now: dt.datetime, key: str) -> Storefront:
    """The storefront whose key is shown, from a page that may ask.

    Raises HubProblem("key_unknown" | "origin_refused"). A secret key is never taken from a page:
    it would stand there for everybody to read.
    """
    origin = request.headers.get("origin", "")
    if key == SECRET:
        found = keys.by_secret(connection, bearer(request), now)
        if found is not None and origin:
            raise HubProblem("origin_refused", "a secret key does not belong into a page")
    else:
        shown = asked_for(request).get("key", "") or bearer(request)
        found = keys.by_public(connection, shown)
    if found is None:
        raise HubProblem("key_unknown")
    if not found.allows(origin):
        raise HubProblem("origin_refused")
    return found


def _public(asked: Asked) -> tuple[Storefront, dict[str, str]]:
    found = who_asks(asked.connection, asked.request, asked.now, PUBLIC)
    asked.front.reads(found.storefront_id, found.reads_a_minute, asked.now)
    return found, asked_for(asked.request)


def _secret(asked: Asked) -> Desk:
    found = who_asks(asked.connection, asked.request, asked.now, SECRET)
    return Desk(asked.connection, found, asked.keys, asked.now)


def _read(asked: Asked, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(asked.request.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise HubProblem("malformed", str(cause)[:200]) from cause


# --- what may be read ----------------------------------------------------------------------------


def _stores(asked: Asked) -> tuple[StoresReply, Mapping[str, str]]:
    _, fields = _public(asked)
    shops = _shops(asked, fields)
    told = tuple(shelf.store_told(asked.connection, one, asked.now) for one in shops)
    return StoresReply(utc_text(asked.now), told), SHORT_CACHE


def _availability(asked: Asked) -> tuple[AvailabilityReply, Mapping[str, str]]:
    _, fields = _public(asked)
    skus = tuple(dict.fromkeys(one for one in fields.get("sku", "").split(",") if one))
    if not 1 <= len(skus) <= SKUS_MAX or any(len(one) > 64 for one in skus):
        raise HubProblem("malformed", f"1 to {SKUS_MAX} products")
    shops = _shops(asked, fields)
    client, consent = _person(fields)
    items = shelf.available(asked.connection, skus, shops, asked.now)
    only = fields.get("store", "")
    for item in items:
        there = any(one.band != "none" for one in item.stores)
        kind = signals.LOOKUP if there else signals.NO_STOCK
        if not item.known:
            kind = signals.NO_HIT
        detail = "" if item.known else item.sku
        sku = item.sku if item.known else ""
        asked.front.looked.add(LookUp(kind, only, sku, client, consent, detail, asked.now))
    return AvailabilityReply(utc_text(asked.now), items), SHORT_CACHE


def _products(asked: Asked) -> tuple[ProductsReply, Mapping[str, str]]:
    _, fields = _public(asked)
    text, most = fields.get("q", ""), _number(fields, "limit", 20, shelf.PRODUCTS_MAX)
    if len(text) > 100:
        raise HubProblem("malformed", "at most 100 signs")
    store_id, (client, consent) = fields.get("store", ""), _person(fields)
    found = shelf.search(asked.connection, text, store_id, most, asked.now)
    if not found and text.strip():
        gone = LookUp(signals.NO_HIT, store_id, "", client, consent, text.strip(), asked.now)
        asked.front.looked.add(gone)
    return ProductsReply(found), SHORT_CACHE


def _shops(asked: Asked, fields: dict[str, str]) -> list[shelf.Shop]:
    only = tuple(one for one in fields.get("store", "").split(",") if one)
    most = _number(fields, "limit", 20, shelf.STORES_MAX)
    found = shelf.near(asked.connection, _place(fields), fields.get("near", "")[:100], only)
    if only and not found:
        raise HubProblem("store_unknown")
    return found[:most]


def _place(fields: dict[str, str]) -> Place | None:
    given = [fields.get(name, "") for name in ("lat", "lon")]
    if not any(given):
        return None
    lat, lon = (_micro(one) for one in given)
    if not (abs(lat) <= 90 * MICRO and abs(lon) <= 180 * MICRO):
        raise HubProblem("malformed", "no such place")
    return lat, lon


def _micro(text: str) -> int:
    """Millionths of a degree out of `48.2082`. Raises HubProblem("malformed")."""
    sign, plain = (-1, text[1:]) if text[:1] == "-" else (1, text)
    whole, _, part = plain.partition(".")
    if not (whole + part).isascii() or not whole.isdigit() or len(plain) > 24:
        raise HubProblem("malformed", "no such place")
    if part and not part.isdigit():
        raise HubProblem("malformed", "no such place")
    return sign * (int(whole) * MICRO + int(part[:6].ljust(6, "0")))


def _number(fields: dict[str, str], name: str, otherwise: int, most: int) -> int:
    text = fields.get(name, "")
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= most):
        raise HubProblem("malformed", f"{name} is 1 to {most}")
    return int(text)


def _person(fields: dict[str, str]) -> tuple[str, str]:
    """(client, consent): who a browser is, is kept only where they agreed to it."""
    consent = fields.get("consent", "unknown") or "unknown"
    if consent not in _CONSENTS:
        raise HubProblem("malformed", "consent is yes, no or unknown")
    return (fields.get("client", "")[:64] if consent == "yes" else ""), consent


# --- what may be wanted --------------------------------------------------------------------------


def _reserve(asked: Asked) -> tuple[ReservationReply, Mapping[str, str]]:
    desk = _secret(asked)
    return ordering.reserve(desk, _read(asked, ReserveRequest)), NEVER_CACHED


def _reserved(asked: Asked) -> tuple[ReservationReply, Mapping[str, str]]:
    return ordering.reservation(_secret(asked), asked.request.named["id"]), NEVER_CACHED


def _give_back(asked: Asked) -> tuple[ReservationReply, Mapping[str, str]]:
    desk = _secret(asked)
    _read(asked, CancelRequest)
    return ordering.give_back(desk, asked.request.named["id"]), NEVER_CACHED


def _order(asked: Asked) -> tuple[OrderReply, Mapping[str, str]]:
    desk = _secret(asked)
    return ordering.order(desk, _read(asked, OrderRequest)), NEVER_CACHED


def _cancel(asked: Asked) -> tuple[OrderReply, Mapping[str, str]]:
    desk = _secret(asked)
    why = _read(asked, CancelRequest).reason
    return ordering.cancel(desk, asked.request.named["id"], why), NEVER_CACHED


def _value(asked: Asked) -> tuple[ValueTold, Mapping[str, str]]:
    return values.look(_secret(asked), _read(asked, ValueAsked)), NEVER_CACHED


def _hold(asked: Asked) -> tuple[ValueHeld, Mapping[str, str]]:
    return values.hold(_secret(asked), _read(asked, ValueHold)), NEVER_CACHED


def _capture(asked: Asked) -> tuple[ValueHeld, Mapping[str, str]]:
    desk = _secret(asked)
    said = _read(asked, ValueTaken)
    return values.capture(desk, asked.request.named["id"], said), NEVER_CACHED


def _void(asked: Asked) -> tuple[ValueHeld, Mapping[str, str]]:
    desk = _secret(asked)
    said = _read(asked, ValueLetGo)
    return values.void(desk, asked.request.named["id"], said), NEVER_CACHED


def _status(asked: Asked) -> tuple[OrderReply, Mapping[str, str]]:
    """By the order's own token. A wrong one and an order that never was are told alike."""
    order_id, shown = asked.request.named["id"], bearer(asked.request)
    fits = keys.is_token(asked.keys, order_id, shown)
    found = kept.find(asked.connection, order_id)
    if not fits or found is None or found.channel != ordering.CHANNEL:
        raise HubProblem("order_unknown")
    return ordering.page(asked.connection, found, asked.keys), NEVER_CACHED


_READ: Final = ("malformed", "key_unknown", "origin_refused", "slow_down", "hub_busy")
_WROTE: Final = (*_READ, "body_too_large", "slow_request")
_KEY: Final = (("key", "string", False),)
_PAGE: Final = (("store", "string", False), ("limit", "integer", False))
_PLACE: Final = (
    ("lat", "string", False),
    ("lon", "string", False),
    ("near", "string", False),
    *_PAGE,
)
_WHO: Final = (("client", "string", False), ("consent", "string", False))


def _of_points(one: points.Ask) -> Row:
    """An endpoint of points: for a website's own server only."""

    def answer(asked: Asked) -> tuple[msgspec.Struct, Mapping[str, str]]:
        desk = _secret(asked)
        said = asked_for(asked.request) if one.body is None else _read(asked, one.body)
        return one.answer(desk, asked.request.named.get("id", ""), said), NEVER_CACHED

    rest = _READ if one.body is None else _WROTE
    problems = (*rest, *one.problems)
    path = PREFIX + one.path
    about = (one.method, path, SECRET, one.told, answer, one.body, one.reply, problems, one.query)
    return Row(*about)


ROWS: Final = (
    Row(
        "GET",
        PREFIX + "stores",
        PUBLIC,
        "Stores, the nearest first: hours, pickup, and when an order would be ready.",
        _stores,
        None,
        StoresReply,
        (*_READ, "store_unknown"),
        (*_KEY, *_PLACE),
    ),
    Row(
        "GET",
        PREFIX + "availability",
        PUBLIC,
        "How likely products are to be had, store by store, with age and confidence.",
        _availability,
        None,
        AvailabilityReply,
        (*_READ, "store_unknown"),
        (*_KEY, ("sku", "string", True), *_PLACE, *_WHO),
    ),
    Row(
        "GET",
        PREFIX + "products",
        PUBLIC,
        "Products whose name says it, with a store's prices.",
        _products,
        None,
        ProductsReply,
        _READ,
        (*_KEY, ("q", "string", False), *_PAGE, *_WHO),
    ),
    Row(
        "POST",
        PREFIX + "reservations",
        SECRET,
        "Goods put aside until a moment; asked again under the same id, the same answer.",
        _reserve,
        ReserveRequest,
        ReservationReply,
        (*_WROTE, "store_unknown", "product_unknown", "id_reused", "hub_recovering"),
    ),
    Row(
        "GET",
        PREFIX + "reservations/{id}",
        SECRET,
        "How a reservation stands, by the asker's own id.",
        _reserved,
        None,
        ReservationReply,
        (*_READ, "reservation_unknown"),
    ),
    Row(
        "POST",
        PREFIX + "reservations/{id}/cancel",
        SECRET,
        "A reservation given back.",
        _give_back,
        CancelRequest,
        ReservationReply,
        (*_WROTE, "reservation_unknown", "right_over"),
    ),
    Row(
        "POST",
        PREFIX + "orders",
        SECRET,
        "An order: all of it can be had there, or nothing is ordered.",
        _order,
        OrderRequest,
        OrderReply,
        (
            *(*_WROTE, "store_unknown", "product_unknown", "id_reused", "hub_recovering"),
            *("order_not_promised", "pickup_off", "price_missing", "reservation_unknown"),
        ),
    ),
    Row(
        "POST",
        PREFIX + "orders/{id}/cancel",
        SECRET,
        "An order called off, as far as it still can be.",
        _cancel,
        CancelRequest,
        OrderReply,
        (*_WROTE, "order_unknown", "right_over"),
    ),
    Row(
        "POST",
        PREFIX + "values/look",
        SECRET,
        "What is on a gift card or a credit slip; counted where there is none.",
        _value,
        ValueAsked,
        ValueTold,
        (*_WROTE, "value_limited"),
    ),
    Row(
        "POST",
        PREFIX + "values/holds",
        SECRET,
        "So much of a gift card or credit kept for an order; asked again, the same answer.",
        _hold,
        ValueHold,
        ValueHeld,
        (*_WROTE, "value_limited", "id_reused", "hub_recovering"),
    ),
    Row(
        "POST",
        PREFIX + "values/holds/{id}/capture",
        SECRET,
        "What was held is spent, or a part of it; the rest is free again.",
        _capture,
        ValueTaken,
        ValueHeld,
        (*_WROTE, "right_unknown", "right_over", "id_reused"),
    ),
    Row(
        "POST",
        PREFIX + "values/holds/{id}/void",
        SECRET,
        "What was held is let go.",
        _void,
        ValueLetGo,
        ValueHeld,
        (*_WROTE, "right_unknown", "right_over"),
    ),
    Row(
        "GET",
        PREFIX + "orders/{id}",
        TOKEN,
        "How an order stands, for its customer's page: by the order's own token.",
        _status,
        None,
        OrderReply,
        ("malformed", "order_unknown", "origin_refused", "slow_down", "hub_busy"),
    ),
    *map(_of_points, points.ASKS),
)
KEY_OF: Final = {(row.method, row.path): row.key for row in ROWS}
"""What each wants to be shown: for the API document."""


def body_max(row: Row) -> int:
    """What its body may hold, bytes."""
    return 0 if row.body is None else BODY_MAX


def handler_of(row: Row) -> Callable[..., Reply]:
    """The row as the hub's desk has handlers."""

    def handler(connection: Connection, request: Request, now: dt.datetime, context: Any) -> Reply:
        asked = Asked(connection, request, now, context.keys, context.front)
        told, headers = row.answer(asked)
        return Reply(msgspec.json.encode(told), headers=headers)

    return handler
