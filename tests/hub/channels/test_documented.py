"""What only Shopify and WooCommerce do, on the shapes of their documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sync.hub.channels.adapter import BadSignature, Operation, ShopRefused, ShopUnreachable
from tests.hub.channels.fake import Answer, Basket, Sold
from tests.hub.channels.shops.shopify import ShopifyShop, gid
from tests.hub.channels.shops.woocommerce import WooShop
from tests.hub.channels.test_bridged import Desk

TWO = Basket(lines=(Sold("A1", 2, "10.00", "20.00"),))


@pytest.fixture
def woo() -> Iterator[Desk]:
    desk = Desk(WooShop(), api_secret=WooShop.api_secret)
    yield desk
    desk.client.close()
    desk.shop.end()


@pytest.fixture
def shopify() -> Iterator[Desk]:
    desk = Desk(ShopifyShop())
    yield desk
    desk.client.close()
    desk.shop.end()


# --- WooCommerce ---------------------------------------------------------------------------------


def test_processing_is_not_paid(woo: Desk) -> None:
    own = woo.shop.order(Basket(paid=False))
    assert woo.shop.orders[own]["status"] == "processing"
    payment = woo.read(own).payment
    assert (payment.state, payment.paid, payment.due) == ("pending", 0, 1_000)


def test_two_events_of_one_second_are_two(woo: Desk) -> None:
    one, other = woo.shop.order(Basket()), woo.shop.order(Basket())
    sent = [woo.shop.sent(own, 1_000) for own in (one, other)]
    keys = [
        woo.adapter.verify(
            {k.lower(): v for k, v in each.headers.items()}, each.body, woo.settings, 0
        )
        for each in sent
    ]
    assert (
        sent[0].headers["X-WC-Webhook-Delivery-ID"] == sent[1].headers["X-WC-Webhook-Delivery-ID"]
    )
    assert keys[0].key != keys[1].key
    assert [each.external_id for each in keys] == [one, other]


def test_a_hello_that_is_too_long_is_a_forgery(woo: Desk) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert not woo.adapter.verify(form, b"webhook_id=3", woo.settings, 0).kept
    with pytest.raises(BadSignature):
        woo.adapter.verify(form, b"webhook_id=" + b"3" * 80, woo.settings, 0)
    with pytest.raises(BadSignature):
        woo.adapter.verify({}, b"webhook_id=3", woo.settings, 0)


def test_the_classic_pickup_names_no_place(woo: Desk) -> None:
    own = woo.shop.order(Basket())
    woo.shop.orders[own]["shipping_lines"] = [
        {"id": 1, "method_id": "local_pickup", "total": "0.00", "total_tax": "0.00"}
    ]
    assert woo.read(own).fulfilment.location == ""
    woo.options["pickup_location"] = "here"
    assert woo.read(own).fulfilment.location == "here"


def test_what_is_shipped_has_an_address(woo: Desk) -> None:
    own = woo.shop.order(Basket())
    woo.shop.orders[own]["shipping_lines"] = [{"id": 1, "method_id": "flat_rate", "total": "4.90"}]
    woo.shop.orders[own]["shipping"] = {"first_name": "Ada", "city": "Graz", "postcode": "8010"}
    told = woo.read(own)
    assert (told.fulfilment.kind, told.shipping) == ("ship", 490)
    assert told.fulfilment.address == ("Ada", "8010", "Graz")


def test_an_order_is_completed_once_all_of_it_is_fetched(woo: Desk) -> None:
    own = woo.shop.order(TWO)
    for place in (1, 2):
        assert woo.shop.orders[own]["status"] == "processing"
        woo.do("mark_collected", Operation(f"op{place}", own, (("1", 1_000),)))
    assert woo.shop.orders[own]["status"] == "completed"
    woo.do("mark_collected", Operation("op1", own, (("1", 1_000),), repeated=True))
    assert woo.shop.done(own)["collected"] == 1


def test_what_came_back_is_told_line_by_line(woo: Desk) -> None:
    own = woo.shop.order(TWO)
    woo.shop.orders[own]["refunds"] = [
        {
            "id": 9,
            "amount": "10.00",
            "reason": "too small",
            "line_items": [
                {
                    "id": 44,
                    "quantity": -1,
                    "meta_data": [{"key": "_refunded_item_id", "value": "1"}],
                }
            ],
        }
    ]
    told = woo.read(own)
    assert (told.payment.state, told.refunds[0].lines) == ("partially_refunded", (("1", 1_000),))
    assert told.lines[0].returned == 1_000


def test_somebody_spoiled_the_notes_of_what_was_done(woo: Desk) -> None:
    own = woo.shop.order(Basket())
    woo.shop.orders[own]["meta_data"].append({"key": "_holdfast_done", "value": "{"})
    with pytest.raises(ShopRefused):
        woo.do("mark_ready", Operation("op", own))


def test_over_https_the_key_goes_as_a_password(woo: Desk) -> None:
    settings = type(woo.settings)(
        *("web", "woocommerce", "https://shop.example", ("s",), "ck", "cs")
    )
    assert woo.adapter.auth(settings) == {"authorization": "Basic Y2s6Y3M="}
    assert woo.adapter.auth(woo.settings) == {}


# --- Shopify -------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["PICK_UP", "pick_up", "pickup"])
def test_pickup_has_three_spellings(shopify: Desk, said: str) -> None:
    own = shopify.shop.order(Basket())
    to_do = shopify.shop.orders[own]["fulfillmentOrders"]["nodes"][0]
    to_do["deliveryMethod"]["methodType"] = said
    told = shopify.read(own).fulfilment
    assert (told.kind, told.location) == ("pickup", "here")


def test_tax_that_is_not_in_the_price_is_added(shopify: Desk) -> None:
    own = shopify.shop.order(Basket())
    order: dict[str, Any] = shopify.shop.orders[own]
    order["taxesIncluded"] = False
    line = order["lineItems"]["nodes"][0]
    line["taxLines"] = [{"rate": 0.2, "priceSet": {"shopMoney": {"amount": "2.00"}}}]
    order["totalPriceSet"]["shopMoney"]["amount"] = "12.00"
    told = shopify.read(own)
    assert (told.lines[0].gross, told.lines[0].list_unit, told.rounding) == (1_200, 1_200, 0)


def test_where_the_customer_came_from_is_told_once_it_is_known(shopify: Desk) -> None:
    own = shopify.shop.order(Basket(utm="news"))
    assert shopify.read(own).attribution.source == "news"
    shopify.shop.orders[own]["customerJourneySummary"]["ready"] = False
    assert shopify.read(own).attribution.source == ""


def test_an_empty_bucket_is_a_pause(shopify: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    own = shopify.shop.order(Basket())
    told = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
    monkeypatch.setattr(shopify.shop, "answer", lambda _call: Answer({"errors": [told]}))
    with pytest.raises(ShopUnreachable) as caught:
        shopify.read(own)
    assert caught.value.retry_after_s > 0


def test_a_refusal_is_told_in_the_shops_words(shopify: Desk) -> None:
    own = shopify.shop.order(Basket())
    shopify.do("mark_collected", Operation("op1", own))
    with pytest.raises(ShopRefused, match="no number"):
        shopify.do("refund", Operation("op2", "gid://shopify/Order/1", amount=1))
    shopify.shop.orders[own]["transactions"] = []
    with pytest.raises(ShopRefused, match="no payment"):
        shopify.do("refund", Operation("op3", own, amount=1_000, currency="EUR"))


def test_some_of_a_line_is_handed_over_and_the_rest_stays(shopify: Desk) -> None:
    own = shopify.shop.order(TWO)
    line = shopify.shop.orders[own]["lineItems"]["nodes"][0]["id"].rpartition("/")[2]
    shopify.do("mark_collected", Operation("op1", own, ((line, 1_000),)))
    shopify.do("mark_collected", Operation("op1", own, ((line, 1_000),), repeated=True))
    assert shopify.shop.orders[own]["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
    shopify.do("mark_collected", Operation("op2", own, ((line, 1_000),)))
    assert shopify.shop.orders[own]["displayFulfillmentStatus"] == "FULFILLED"
    assert shopify.shop.done(own)["collected"] == 2


def test_the_customer_is_mailed_once(shopify: Desk) -> None:
    own = shopify.shop.order(Basket())
    for repeated in (False, True):
        shopify.do("mark_ready", Operation("part-1", own, repeated=repeated))
    assert shopify.shop.done(own)["ready"] == 1


def test_a_body_that_nobody_can_read_is_kept(shopify: Desk) -> None:
    own = shopify.shop.order(Basket())
    sent = shopify.shop.sent(own, 0)
    headers = {name.lower(): value for name, value in sent.headers.items()}
    told = shopify.adapter.verify(headers, sent.body, shopify.settings, 0)
    assert (told.topic, told.external_id) == ("orders/create", own)
    assert json.loads(sent.body)["id"] > 1 << 53
    assert gid("Order", own) == shopify.shop.orders[own]["id"]
