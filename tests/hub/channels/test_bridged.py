"""What only Vendure and Medusa do: seen on their live servers, kept here in their shapes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from sync.hub.channels import lanes, outbox
from sync.hub.channels.adapter import (
    Adapter,
    KeyRefused,
    Operation,
    Settings,
    ShopRefused,
    ShopUnreachable,
)
from sync.hub.channels.adapters import adapter_of
from sync.hub.channels.canonical import ChannelOrder
from sync.hub.channels.client import HttpClient
from sync.hub.database import Database
from tests.hub.channels.channelled import Channelled
from tests.hub.channels.fake import Answer, Basket, Sold
from tests.hub.channels.shops.bridged import BridgedShop
from tests.hub.channels.shops.medusa import MedusaShop
from tests.hub.channels.shops.vendure import VendureShop
from tests.hub.tills import HandClock

TWO = Basket(lines=(Sold("A1", 2, "12.50", "22.50"), Sold("B2", 1, "9.99", "8.991")))


class Desk:
    """An adapter and its shop, without a hub."""

    def __init__(self, shop: BridgedShop, api_secret: str = "") -> None:
        self.shop: Any = shop
        self.options: dict[str, str] = {}
        self.adapter: Adapter = adapter_of(shop.platform)
        self.settings = Settings(
            *("web", shop.platform, shop.url, (shop.secret,), shop.api_key, api_secret),
            currency=shop.currency,
            options=self.options,
        )
        self.client = HttpClient(self.settings, self.adapter.auth(self.settings))

    def read(self, own: str) -> ChannelOrder:
        found = self.adapter.fetch_order(self.client, self.settings, own)
        return self.adapter.to_canonical(found, self.settings)

    def do(self, what: str, op: Operation) -> None:
        getattr(self.adapter, what)(self.client, self.settings, op)

    def changed(self, since: str) -> list[str]:
        return [own for own, _ in self.adapter.list_changed(self.client, self.settings, since)]


@pytest.fixture
def vendure() -> Iterator[Desk]:
    desk = Desk(VendureShop())
    yield desk
    desk.client.close()
    desk.shop.end()


@pytest.fixture
def medusa() -> Iterator[Desk]:
    desk = Desk(MedusaShop())
    yield desk
    desk.client.close()
    desk.shop.end()


@pytest.fixture(params=["vendure", "medusa"])
def desk(request: pytest.FixtureRequest) -> Desk:
    return request.getfixturevalue(request.param)


# --- both ----------------------------------------------------------------------------------------


def test_paying_makes_an_order_newer_although_the_shop_does_not_say_so(desk: Desk) -> None:
    """Neither moves the order's own time when it is paid: the hub would take it for the same."""
    own = desk.shop.order(Basket(paid=False))
    before = desk.read(own)
    assert (before.payment.state, before.payment.due) == ("authorized", 1_000)
    stood = desk.shop.version(own)
    desk.do("take_payment", Operation("paid", own, amount=1_000, currency="EUR"))
    after = desk.read(own)
    assert (after.payment.state, after.payment.paid, after.payment.due) == ("paid", 1_000, 0)
    assert after.external_version > before.external_version
    assert desk.shop.version(own) == stood or desk.shop.platform == "medusa", "it wrote a note"


def test_what_was_paid_at_the_shop_meanwhile_is_found_by_asking(desk: Desk) -> None:
    own, _ = desk.shop.order(Basket(paid=False)), desk.shop.order(Basket())
    since = desk.shop._now()
    assert desk.changed(since) == []
    payment = _payment(desk, own)
    payment["updated_at" if desk.shop.platform == "medusa" else "updatedAt"] = desk.shop._now()
    assert desk.changed(since) == [own]


def _payment(desk: Desk, own: str) -> dict[str, Any]:
    if desk.shop.platform == "medusa":
        return desk.shop._held(own)[0]
    return desk.shop.orders[own]["payments"][0]


def test_what_a_card_only_authorized_is_not_asked_for_again_in_the_store(desk: Desk) -> None:
    own = desk.shop.order(Basket(paid=False))
    if desk.shop.platform == "medusa":
        desk.shop.orders[own]["metadata"]["payment_method"] = "card-online"
    else:
        desk.shop.orders[own]["payments"][0]["method"] = "card-online"
    told = desk.read(own)
    assert (told.payment.state, told.payment.paid, told.payment.due) == ("authorized", 1_000, 0)


def test_a_part_is_handed_over_and_then_the_rest_each_once(desk: Desk) -> None:
    own = desk.shop.order(TWO)
    line = desk.read(own).lines[0].external_line_id
    for repeated in (False, True):
        some = Operation("one", own, ((line, 1_000),), location="here", repeated=repeated)
        desk.do("mark_collected", some)
    assert [(one.sku, one.fulfilled) for one in desk.read(own).lines] == [("A1", 1_000), ("B2", 0)]
    assert desk.read(own).fulfilled == "partial"
    for _ in range(2):
        desk.do("mark_collected", Operation("two", own, location="here", repeated=True))
    assert [one.fulfilled for one in desk.read(own).lines] == [2_000, 1_000]
    assert desk.shop.done(own)["collected"] == 2
    assert desk.read(own).fulfilled == "fulfilled"


def test_what_the_shop_cancelled_is_not_handed_over(desk: Desk) -> None:
    own = desk.shop.order(Basket())
    desk.shop.cancel(own)
    with pytest.raises(ShopRefused, match="cancelled"):
        desk.do("mark_collected", Operation("one", own, location="here"))
    assert desk.shop.done(own)["collected"] == 0


def test_what_is_paid_in_two_parts_is_taken_whole_and_once(desk: Desk) -> None:
    own = desk.shop.order(Basket(paid=False))
    for op_id, amount in (("first", 400), ("first", 400), ("second", 600), ("second", 600)):
        op = Operation(op_id, own, amount=amount, currency="EUR", repeated=True)
        desk.do("take_payment", op)
    told = desk.read(own)
    assert (told.payment.state, told.payment.paid, told.payment.due) == ("paid", 1_000, 0)


def test_more_than_was_taken_is_not_given_back(desk: Desk) -> None:
    own = desk.shop.order(Basket())
    with pytest.raises(ShopRefused, match="not that much"):
        desk.do("refund", Operation("much", own, amount=1_001, currency="EUR"))


def test_a_cancelled_order_keeps_what_it_was_worth(desk: Desk) -> None:
    own = desk.shop.order(TWO)
    total = desk.read(own).total
    desk.shop.cancel(own)
    told = desk.read(own)
    assert (told.state, told.total, told.payment.due) == ("cancelled", total, 0)
    assert [(one.sku, one.qty) for one in told.lines] == [("A1", 2_000), ("B2", 1_000)]


def test_health_says_what_the_shop_lacks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.adapter.health(desk.client, desk.settings, "") == ""
    if desk.shop.platform == "vendure":
        nothing = {"shippingMethods": {"items": [{"code": "by-post"}]}}
        monkeypatch.setattr(desk.shop, "_shippingMethods", lambda *_: nothing)
    else:
        empty = Answer({"shipping_options": []})
        monkeypatch.setattr(desk.shop, "_shipping_options", lambda *_: empty)
    with pytest.raises(ShopRefused):
        desk.adapter.health(desk.client, desk.settings, "")


def test_a_payment_is_hinted_at_by_its_own_id(medusa: Desk) -> None:
    body = json.dumps({"type": "payment.captured", "timestamp": "", "data": {"id": "pay_7"}})
    told = _verified(medusa, body)
    assert (told.topic, told.external_id) == ("payment.captured", "payment:pay_7")


def _verified(desk: Desk, body: str) -> Any:
    at = dt.datetime.fromtimestamp(1_700_000_000, dt.UTC)
    headers = {
        "webhook-id": "m1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": Webhook(desk.shop.secret).sign("m1", at, body),
    }
    return desk.adapter.verify(headers, body.encode(), desk.settings, 1_700_000_001)


# --- Vendure -------------------------------------------------------------------------------------


def test_a_basket_that_is_not_yet_an_order_is_about_none(vendure: Desk) -> None:
    moved = {"orderId": "7", "fromState": "AddingItems", "toState": "ArrangingPayment"}
    body = json.dumps({"type": "order.state_transition", "data": moved})
    assert _verified(vendure, body).external_id == ""
    moved["toState"] = "PaymentSettled"
    body = json.dumps({"type": "order.state_transition", "data": moved})
    assert _verified(vendure, body).external_id == "7"


def test_an_order_paid_after_it_was_delivered_is_moved_on(vendure: Desk) -> None:
    """Vendure leaves such an order where it was when it is settled."""
    own = vendure.shop.order(Basket(paid=False))
    vendure.do("mark_collected", Operation("goods", own, location="here"))
    assert vendure.shop.orders[own]["state"] == "PaymentAuthorized"
    vendure.do("take_payment", Operation("money", own, amount=1_000, currency="EUR"))
    assert vendure.shop.orders[own]["state"] == "Delivered"


def test_a_card_that_was_only_authorized_is_taken_when_the_goods_go(vendure: Desk) -> None:
    own = vendure.shop.order(Basket(paid=False))
    vendure.shop.orders[own]["payments"][0]["method"] = "card-online"
    vendure.do("mark_collected", Operation("goods", own, location="here"))
    assert vendure.shop.orders[own]["payments"][0]["state"] == "Settled"


def test_being_ready_takes_nothing_off_the_shops_stock(vendure: Desk) -> None:
    """A fulfilment that only waits is a sale for Vendure: our next number would count it twice."""
    own = vendure.shop.order(Basket())
    vendure.do("mark_ready", Operation("ready", own))
    assert vendure.shop.orders[own]["fulfillments"] == []
    assert vendure.shop.done(own)["ready"] == 1


def test_what_the_shops_staff_fulfilled_is_delivered_and_not_made_again(vendure: Desk) -> None:
    own = vendure.shop.order(Basket())
    line = vendure.read(own).lines[0].external_line_id
    made = {"orderLineId": line, "quantity": 1}
    vendure.shop.orders[own]["fulfillments"].append(
        {"id": "f-1", "state": "Pending", "updatedAt": "", "trackingCode": "", "lines": [made]}
    )
    vendure.do("mark_collected", Operation("goods", own, location="here"))
    (only,) = vendure.shop.orders[own]["fulfillments"]
    assert only["state"] == "Delivered"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("FORBIDDEN", KeyRefused),
        ("GRAPHQL_VALIDATION_FAILED", ShopRefused),
        ("INTERNAL_SERVER_ERROR", ShopUnreachable),
    ],
)
def test_an_error_of_graphql_is_what_it_means(
    vendure: Desk, monkeypatch: pytest.MonkeyPatch, code: str, kind: type[Exception]
) -> None:
    said = Answer({"errors": [{"message": "no", "extensions": {"code": code}}], "data": None})
    monkeypatch.setattr(vendure.shop, "answer", lambda *_: said)
    with pytest.raises(kind) as raised:
        vendure.read("1")
    assert type(raised.value) is kind


def test_a_field_that_the_shop_has_not_is_not_asked_for(vendure: Desk) -> None:
    own = vendure.shop.order(Basket())
    vendure.options.update(field_consent="-", field_pickup="store")
    vendure.read(own)
    asked = vendure.shop.calls[-1].json["query"]
    assert "pickup: store" in asked
    assert "consent" not in asked
    vendure.options.update(field_pickup="x { y }")
    with pytest.raises(ShopRefused):
        vendure.read(own)


# --- Medusa --------------------------------------------------------------------------------------


def test_a_refund_lowers_the_shops_total_but_not_the_orders(medusa: Desk) -> None:
    own = medusa.shop.order(TWO)
    medusa.do("refund", Operation("back", own, amount=1_125, currency="EUR"))
    told = medusa.read(own)
    assert (told.total, told.rounding, [one.amount for one in told.refunds]) == (3_149, 0, [1_125])
    assert told.payment.state == "partially_refunded"


def test_the_shop_gives_back_by_itself_what_it_cancels(medusa: Desk) -> None:
    own = medusa.shop.order(Basket())
    medusa.do("cancel", Operation("off", own))
    medusa.do("refund", Operation("back", own, amount=1_000, currency="EUR"))
    assert medusa.shop.refunds(own) == [1_000]


def test_fractions_of_a_penny_are_taken_with_the_last_part(medusa: Desk) -> None:
    own = medusa.shop.order(Basket(lines=(Sold("A1", 1, "9.99", "8.991"),), paid=False))
    for op_id, amount in (("first", 400), ("second", 499)):
        medusa.do("take_payment", Operation(op_id, own, amount=amount, currency="EUR"))
    (payment,) = medusa.shop._held(own)
    assert [one["amount"] for one in payment["captures"]] == [4.0, 4.991]
    assert medusa.read(own).payment.paid == 899


def test_goods_of_which_a_part_goes_are_put_aside_where_they_are_fetched(
    medusa: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Medusa puts them aside anywhere, and counts wrongly when only some of them go elsewhere."""
    own = medusa.shop.order(TWO)
    line = medusa.read(own).lines[0].external_line_id
    aside = {"id": "res_1", "line_item_id": line, "inventory_item_id": "item_A1"}
    rows = [{**aside, "location_id": "there", "quantity": 2}]
    seen = []

    def reservations(call: Any, more: list[str]) -> Answer:
        seen.append((call.method, *more, (call.json or {}).get("location_id", "")))
        return Answer({"reservations": rows})

    monkeypatch.setattr(medusa.shop, "_reservations", reservations)
    medusa.do("mark_collected", Operation("one", own, ((line, 1_000),), location="here"))
    assert seen == [("GET", ""), ("DELETE", "res_1", ""), ("POST", "here")]
    seen.clear()
    medusa.do("mark_collected", Operation("two", own, location="here"))
    assert seen == []


# --- with a hub ----------------------------------------------------------------------------------


def test_a_number_told_before_the_hand_over_was_heard_is_told_again(
    database: Database, clock: HandClock
) -> None:
    """The shop takes the goods off its own number when it hears of them: off ours, by then."""
    shop = VendureShop()
    hub = Channelled(database, clock, shop)
    own = shop.order(Basket())
    hub.told(own)
    hub.clock.forward(seconds=2)
    hub.run(lanes.OUT)
    with hub.books.transaction():
        outbox.tell(*(hub.books, "web", own, outbox.COLLECTED, "op"), location="1", now=clock.now())
    shop.failing_paths["addFulfillmentToOrder"] = "500"
    hub.run(lanes.OUT)
    assert [state for _, state in hub.outbox()] == ["sent"]
    shop.failing_paths.clear()
    hub.clock.forward(minutes=1)
    hub.run(lanes.OUT)
    assert [state for _, state in hub.outbox()] == ["done"]
    shop.numbers.clear()
    hub.clock.forward(seconds=2)
    hub.run(lanes.OUT)
    assert shop.numbers == {("A1", "here"): 20}
    hub.close()
    shop.end()
