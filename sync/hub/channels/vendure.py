"""Vendure 3: GraphQL Admin API, whole minor units; its plug-in sends Standard Webhooks.

What its own times say is not enough: an order's `updatedAt` stays as it is when the order is paid,
delivered or refunded, so its version is the latest of all that belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sync.hub.channels import reading as read
from sync.hub.channels import vendure_words as words
from sync.hub.channels.adapter import (
    Capabilities,
    Client,
    Delivery,
    KeyRefused,
    Operation,
    Settings,
    ShopRefused,
    ShopUnreachable,
    StockLevel,
)
from sync.hub.channels.canonical import ChannelOrder
from sync.hub.channels.hints import hinted
from sync.hub.channels.vendure_order import canonical

BEFORE_PLACED: Final = ("Created", "Draft", "AddingItems", "ArrangingPayment")
_PAGE: Final = 100
_PAGES_MAX: Final = 1_000
_KEY_CODES: Final = ("FORBIDDEN", "UNAUTHORIZED", "UNAUTHENTICATED")
_ASKED_WRONGLY: Final = ("GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED")


class Vendure:
    """The platform `vendure`.

    Its options, all with the shop's usual names: `pickup_method` (`store-pickup`), `pay_in_store`
    (`pay-in-store`), `api_path` (`/admin-api`), `channel_token`, `field_pickup`, `field_source` and
    the others of `vendure_words.FIELDS` (`-` for one that the shop has not), `field_state` for a
    custom field of the order that is told `ready`.
    """

    platform = "vendure"
    capabilities = Capabilities(
        locations=True,
        pickup_ready=True,
        idempotency_keys=False,
        reservations_apart=True,
        refunds_with_lines=True,
    )

    def auth(self, settings: Settings) -> Mapping[str, str]:
        """The API key, and the shop's channel where it has several."""
        token = settings.options.get("channel_token", "")
        return {"vendure-api-key": settings.api_key} | ({"vendure-token": token} if token else {})

    def verify(
        self, headers: Mapping[str, str], raw: bytes, settings: Settings, now_s: int
    ) -> Delivery:
        """By Standard Webhooks; the message's id is the key."""
        delivery, data = hinted(headers, raw, settings.secrets, now_s)
        about = read.text(data.get("orderId"), 200)
        if delivery.topic == "order.state_transition" and data.get("toState") in BEFORE_PLACED:
            about = ""
        return Delivery(delivery.key, delivery.topic, about, delivery.occurred_at)

    def carried(self, topic: str, raw: bytes) -> Any | None:
        """Nothing: a delivery is a hint."""
        return None

    def fetch_order(self, client: Client, settings: Settings, external_id: str) -> Any:
        """The order with its payments, refunds and fulfilments."""
        found = _ask(client, settings, words.order_query(settings.options), {"id": external_id})
        order = read.mapping(found, "order")
        if not order:
            raise ShopRefused(f"the shop has no order {external_id}")
        return order

    def to_canonical(self, found: Any, settings: Settings) -> ChannelOrder:
        """Its lines as they are prorated: discounts of the whole order are in them."""
        return canonical(read.mapping(found), settings)

    def list_changed(
        self, client: Client, settings: Settings, since: str
    ) -> Iterator[tuple[str, str]]:
        """What was written or placed since, and of what is open whatever belongs to it since.

        The second part is needed: paying, refunding or fulfilling leaves no mark on the order.
        """
        told: set[str] = set()
        recent: dict[str, Any] = {"after": since} if since else {}
        written = {"_or": [{"updatedAt": recent}, {"orderPlacedAt": recent}]}
        still_open: dict[str, Any] = {"state": {"in": list(words.OPEN)}}
        for wanted in (written, still_open) if since else (still_open,):
            for row in _pages(client, settings, {**wanted, "active": {"eq": False}}):
                external_id, version = read.text(row.get("id"), 200), words.version(row)
                if external_id not in told and row.get("orderPlacedAt") and version >= since:
                    told.add(external_id)
                    yield external_id, version

    def mark_ready(self, client: Client, settings: Settings, op: Operation) -> None:
        """A custom field where the shop has one for it, else a note that its staff sees.

        Never a fulfilment: with it the shop takes the goods off its stock while they still stand on
        ours, and the next number we tell it would count them twice.
        """
        name = settings.options.get("field_state", "")
        if name:
            custom = {words.name_of(name): "ready"}
            given = {"i": {"id": op.external_id, "customFields": custom}}
            _done(client, settings, words.SET_FIELDS, given)
        elif not _noted(client, settings, op):
            _note(client, settings, op, "Ready to be fetched")

    def mark_collected(self, client: Client, settings: Settings, op: Operation) -> None:
        """A fulfilment with our id as its tracking code, delivered (or shipped, with a carrier)."""
        order = _state(client, settings, op)
        if order.get("state") == "Cancelled":
            raise ShopRefused("the shop has cancelled this order")
        to = "Shipped" if op.carrier or op.tracking else "Delivered"
        marker = op.tracking or op.op_id
        _capture(client, settings, order)
        wanted = _wanted(order, op)
        for one in read.rows(order, "fulfillments"):
            if one.get("state") in ("Created", "Pending") and (
                one.get("trackingCode") == marker or _within(one, wanted)
            ):
                _deliver(client, settings, one, to)
                for line, count in words.counted(one):
                    wanted[line] = wanted.get(line, 0) - count
        mine = [
            one for one in read.rows(order, "fulfillments") if one.get("trackingCode") == marker
        ]
        left = [(line, count) for line, count in wanted.items() if count > 0]
        if left and not any(one.get("state") != "Cancelled" for one in mine):
            made = _done(client, settings, words.FULFIL, words.fulfilment(op, left, marker))
            _deliver(client, settings, made, to)

    def take_payment(self, client: Client, settings: Settings, op: Operation) -> None:
        """Settles what was to be paid in the store.

        A part of it cannot be settled: parts are noted until they are all of it.
        """
        order = _state(client, settings, op)
        open_ = [one for one in read.rows(order, "payments") if one.get("state") == "Authorized"]
        due = sum(words.amount(one) for one in open_)
        if open_ and op.amount and op.amount < due:
            before = words.noted_amounts(order)
            if op.op_id not in before:
                _note(client, settings, op, f"Paid in the store: {op.amount}")
            if sum(before.values()) + (0 if op.op_id in before else op.amount) < due:
                return
        for one in open_:
            _done(client, settings, words.SETTLE, {"id": one["id"]})
        if not open_ and not any(
            one.get("state") == "Settled" for one in read.rows(order, "payments")
        ):
            raise ShopRefused("the shop has no payment that could be settled")
        _finish(client, settings, op)

    def refund(self, client: Client, settings: Settings, op: Operation) -> None:
        """Gives back of what was settled; the reason carries our id, and is read back first."""
        order = _state(client, settings, op)
        left = op.amount
        for payment in read.rows(order, "payments"):
            for one in read.rows(payment, "refunds"):
                if op.op_id in read.text(one.get("reason")) and one.get("state") != "Failed":
                    left -= words.total_of(one)
                    _settle_refund(client, settings, payment, one, op)
        for payment in read.rows(order, "payments"):
            take = min(left, words.refundable(payment))
            if payment.get("state") == "Settled" and take > 0:
                given = words.refund(op, payment, take, with_lines=left == op.amount)
                made = _done(client, settings, words.REFUND, given)
                _settle_refund(client, settings, payment, made, op)
                left -= take
        if left > 0:
            raise ShopRefused("the shop has not that much to give back")

    def cancel(self, client: Client, settings: Settings, op: Operation) -> None:
        """Calls it off, or lines of it. Money stays where it is: that is a refund of its own."""
        order = _state(client, settings, op)
        if order.get("state") == "Cancelled":
            return
        history = read.rows(read.mapping(order, "history"), "items")
        if any(op.op_id in read.text(read.mapping(one, "data").get("reason")) for one in history):
            return
        _done(client, settings, words.CANCEL, words.cancelling(op))

    def push_stock(
        self, client: Client, settings: Settings, levels: list[StockLevel]
    ) -> tuple[str, ...]:
        """What is on hand in each location; its own open orders it keeps apart."""
        if not levels:
            return ()
        given = {"skus": sorted({one.sku for one in levels})}
        found = _ask(client, settings, words.VARIANTS, given)
        ids = {
            read.text(one.get("sku")): read.text(one.get("id"))
            for one in read.rows(read.mapping(found, "productVariants"), "items")
        }
        places = words.places(read.mapping(found, "stockLocations"))
        numbers: dict[str, dict[str, int]] = {}
        unplaced = set()
        for level in levels:
            if level.location not in places:
                unplaced.add(level.location)
            elif level.sku in ids:
                count = level.number(reservations_apart=True) // 1_000
                numbers.setdefault(ids[level.sku], {})[places[level.location]] = count
        if numbers:
            told = [
                {
                    "id": variant,
                    "stockLevels": [
                        {"stockLocationId": place, "stockOnHand": count}
                        for place, count in sorted(counts.items())
                    ],
                }
                for variant, counts in sorted(numbers.items())
            ]
            _ask(client, settings, words.SET_STOCK, {"i": told})
        if unplaced:
            raise ShopRefused(f"the shop has no stock location {', '.join(sorted(unplaced))}")
        return tuple(sorted({one.sku for one in levels} - ids.keys()))

    def health(self, client: Client, settings: Settings, address: str) -> str:
        """Whether it answers us, and keeps to the conventions; its plug-in tells by itself."""
        _ask(client, settings, words.orders_query(settings.options), {"options": {"take": 1}})
        found = _ask(client, settings, words.METHODS, {})
        methods = read.rows(read.mapping(found, "shippingMethods"), "items")
        wanted = words.listed(settings.options, "pickup_method", "store-pickup")
        if not {read.text(one.get("code")) for one in methods} & set(wanted):
            raise ShopRefused(f"the shop has no shipping method {wanted[0]}")
        return ""


# --- asked --------------------------------------------------------------------------------------


def _ask(client: Client, settings: Settings, query: str, variables: Any) -> Mapping[str, Any]:
    # What is asked stands in the address too: for whoever reads the shop's log.
    path = f"{settings.options.get('api_path', '/admin-api')}?{words.name_of_query(query)}"
    told = read.mapping(client.call("POST", path, json={"query": query, "variables": variables}))
    errors = read.rows(told, "errors")
    if errors:
        code = read.text(read.mapping(errors[0], "extensions").get("code"))
        said = read.text(errors[0].get("message"), 200)
        if code in _KEY_CODES:
            raise KeyRefused(said)
        if code in _ASKED_WRONGLY:
            raise ShopRefused(said)
        raise ShopUnreachable(said)
    if not isinstance(told.get("data"), dict):
        raise ShopUnreachable("the reply is no answer")
    return read.mapping(told, "data")


def _done(client: Client, settings: Settings, query: str, variables: Any) -> Mapping[str, Any]:
    """What a mutation made. Raises ShopRefused with what the shop says."""
    found = read.mapping(next(iter(_ask(client, settings, query, variables).values()), None))
    if found.get("errorCode"):
        why = found.get("transitionError") or found.get("paymentErrorMessage") or ""
        said = f"{found['errorCode']} {found.get('message', '')} {why}".strip()
        raise ShopRefused(read.text(said, 200))
    return found


def _state(client: Client, settings: Settings, op: Operation) -> Mapping[str, Any]:
    found = read.mapping(_ask(client, settings, words.STATE, {"id": op.external_id}), "order")
    if not found:
        raise ShopRefused(f"the shop has no order {op.external_id}")
    return found


def _pages(
    client: Client, settings: Settings, wanted: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    query = words.orders_query(settings.options)
    for page in range(_PAGES_MAX):
        options = {
            "take": _PAGE,
            "skip": page * _PAGE,
            "filter": wanted,
            "sort": {"updatedAt": "ASC"},
        }
        found = read.mapping(_ask(client, settings, query, {"options": options}), "orders")
        rows = read.rows(found, "items")
        yield from rows
        if len(rows) < _PAGE:
            return


# --- done ---------------------------------------------------------------------------------------


def _noted(client: Client, settings: Settings, op: Operation) -> bool:
    if not op.repeated:
        return False
    return op.op_id in words.notes(_state(client, settings, op))


def _note(client: Client, settings: Settings, op: Operation, text: str) -> None:
    said = f"{text} ({words.MARK}{op.op_id})"
    given = {"i": {"id": op.external_id, "note": said, "isPublic": False}}
    _done(client, settings, words.NOTE, given)


def _wanted(order: Mapping[str, Any], op: Operation) -> dict[str, int]:
    """How many of which line go, as far as the shop does not say already that they went."""
    gone = words.fulfilled(order, words.GONE)
    left = {
        read.text(one.get("id")): int(one.get("quantity") or 0) - gone.get(str(one.get("id")), 0)
        for one in read.rows(order, "lines")
    }
    if not op.lines:
        return left
    return {line: min(qty // 1_000, left.get(line, 0)) for line, qty in op.lines}


def _within(fulfilment: Mapping[str, Any], wanted: Mapping[str, int]) -> bool:
    return all(count <= wanted.get(line, 0) for line, count in words.counted(fulfilment))


def _deliver(client: Client, settings: Settings, one: Mapping[str, Any], to: str) -> None:
    if one.get("state") == "Created":
        _done(client, settings, words.MOVE, {"id": one["id"], "to": "Pending"})
    if one.get("state") != to:
        _done(client, settings, words.MOVE, {"id": one["id"], "to": to})


def _capture(client: Client, settings: Settings, order: Mapping[str, Any]) -> None:
    """Takes what was only authorized online: the goods go now, and it can go no further without."""
    if settings.options.get("capture") == "no":
        return
    store = words.listed(settings.options, "pay_in_store", "pay-in-store")
    for one in read.rows(order, "payments"):
        if one.get("state") == "Authorized" and one.get("method") not in store:
            _done(client, settings, words.SETTLE, {"id": one["id"]})


def _settle_refund(
    client: Client,
    settings: Settings,
    payment: Mapping[str, Any],
    refund: Mapping[str, Any],
    op: Operation,
) -> None:
    """What is paid in the store is given back in the store: that is done by now."""
    store = words.listed(settings.options, "pay_in_store", "pay-in-store")
    if refund.get("state") == "Pending" and payment.get("method") in store:
        given = {"i": {"id": refund["id"], "transactionId": op.op_id}}
        _done(client, settings, words.SETTLE_REFUND, given)


def _finish(client: Client, settings: Settings, op: Operation) -> None:
    """An order paid after it was delivered stays behind in its state: it is moved on."""
    order = _state(client, settings, op)
    after = order.get("nextStates")
    gone = words.fulfilled(order, ("Delivered",))
    whole = all(
        int(one.get("quantity") or 0) <= gone.get(str(one.get("id")), 0)
        for one in read.rows(order, "lines")
    )
    if isinstance(after, list) and "Delivered" in after and whole and gone:
        _done(client, settings, words.MOVE_ORDER, {"id": op.external_id, "to": "Delivered"})
