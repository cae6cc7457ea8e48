"""A Vendure server with goods, stores and a way to pay; and what a customer does in it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.shops.running import Postgres, Process, Seen, free_port, installed

PERMISSIONS = (
    *("ReadOrder", "UpdateOrder", "ReadCatalog", "ReadProduct", "UpdateCatalog", "UpdateProduct"),
    *("ReadStockLocation", "ReadShippingMethod", "ReadPaymentMethod", "ReadCustomer"),
)
"""What the hub's key may do in the shop."""


class Said(AssertionError):
    """The shop answered with something else than what was asked for."""


@dataclass
class VendureShop:
    """The server, its administrator and its customers."""

    folder: Path
    postgres: Postgres
    hub: str = "http://127.0.0.1:9/nobody"
    secret: str = "whsec_" + "c2VjcmV0" * 4
    currency: str = "GBP"
    api_key: str = ""
    bearer: str = ""
    skus: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.place = installed("vendure")
        self.password = secrets.token_urlsafe(12)
        self.database = self.postgres.make()
        self.http = httpx.Client(base_url=self.url, timeout=120)
        self._start("yes")
        self._seed()

    def _start(self, synchronize: str) -> None:
        self.server = Process(
            ["node", "shop.js"],
            self.place,
            {
                **{"DB_HOST": "127.0.0.1", "DB_PORT": str(self.postgres.port)},
                **{"DB_NAME": self.database, "DB_USER": "postgres", "PORT": str(self.port)},
                **{"DB_SYNCHRONIZE": synchronize, "ADMIN_PASSWORD": self.password},
                **{"HOLDFAST_URL": self.hub, "HOLDFAST_SECRET": self.secret},
                "VENDURE_DISABLE_TELEMETRY": "true",
            },
            self.folder / "vendure.log",
        )
        self.server.start()
        self.server.wait_for(self.url + "/health")

    def again(self, hub: str = "", secret: str = "") -> None:
        """The same shop, started anew; it tells another hub where one is given."""
        self.hub, self.secret = hub or self.hub, secret or self.secret
        self.server.end()
        self._start("no")

    def end(self) -> None:
        self.http.close()
        self.server.end()

    def ask(
        self, query: str, api: str = "admin-api", bearer: str | None = None, **variables: Any
    ) -> Any:
        """The one field of the reply; raises Said for what the shop refuses."""
        token = self.bearer if bearer is None else bearer
        reply = self.http.post(
            f"/{api}",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {token}"} if token else {},
        )
        told = reply.json()
        if told.get("errors"):
            raise Said(told["errors"])
        self.told_bearer = reply.headers.get("vendure-auth-token", "")
        (found,) = told["data"].values()
        if isinstance(found, dict) and found.get("errorCode"):
            raise Said(found)
        return found

    def _seed(self) -> None:
        self.ask(
            "mutation($u: String!, $p: String!) { login(username: $u, password: $p)"
            " { __typename ... on ErrorResult { errorCode message } } }",
            u="superadmin",
            p=self.password,
        )
        self.bearer = self.told_bearer
        zone = self.ask('mutation { createZone(input: {name: "UK"}) { id } }')["id"]
        country = self.ask(
            'mutation { createCountry(input: {code: "GB", enabled: true,'
            ' translations: [{languageCode: en, name: "UK"}]}) { id } }'
        )["id"]
        self.ask(
            "mutation($z: ID!, $c: [ID!]!) { addMembersToZone(zoneId: $z, memberIds: $c) { id } }",
            z=zone,
            c=[country],
        )
        self.taxes = {}
        for name, rate in (("Standard", 20), ("Zero", 0)):
            category = self.ask(
                "mutation($i: CreateTaxCategoryInput!) { createTaxCategory(input: $i) { id } }",
                i={"name": name, "isDefault": rate == 20},
            )["id"]
            self.ask(
                "mutation($i: CreateTaxRateInput!) { createTaxRate(input: $i) { id } }",
                i={
                    **{"name": name, "enabled": True, "value": rate},
                    **{"categoryId": category, "zoneId": zone},
                },
            )
            self.taxes[rate] = category
        channel = self.ask("{ activeChannel { id } }")["id"]
        self.ask(
            "mutation($i: UpdateChannelInput!) { updateChannel(input: $i) { __typename"
            " ... on ErrorResult { errorCode message } } }",
            i={
                **{"id": channel, "pricesIncludeTax": True, "defaultTaxZoneId": zone},
                **{"defaultShippingZoneId": zone, "defaultCurrencyCode": self.currency},
                "availableCurrencyCodes": [self.currency],
            },
        )
        self._ways()
        role = self.ask(
            "mutation($i: CreateRoleInput!) { createRole(input: $i) { id } }",
            i={
                **{"code": "holdfast", "description": "The hub", "permissions": list(PERMISSIONS)},
                "channelIds": [channel],
            },
        )["id"]
        admins = self.ask("{ activeAdministrator { id user { roles { id } } } }")
        self.ask(
            "mutation($i: UpdateAdministratorInput!) { updateAdministrator(input: $i) { id } }",
            i={
                "id": admins["id"],
                "roleIds": [*(one["id"] for one in admins["user"]["roles"]), role],
            },
        )
        self.api_key = self.ask(
            "mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey } }",
            i={
                "roleIds": [role],
                "translations": [{"languageCode": "en", "name": "Holdfast"}],
            },
        )["apiKey"]

    def _ways(self) -> None:
        """How goods are got and paid."""
        for code, price in (("store-pickup", 0), ("by-post", 395)):
            self.ask(
                "mutation($i: CreateShippingMethodInput!)"
                " { createShippingMethod(input: $i) { id } }",
                i={
                    "code": code,
                    "fulfillmentHandler": "manual-fulfillment",
                    "checker": {
                        "code": "default-shipping-eligibility-checker",
                        "arguments": [{"name": "orderMinimum", "value": "0"}],
                    },
                    "calculator": {
                        "code": "default-shipping-calculator",
                        "arguments": [
                            {"name": "rate", "value": str(price)},
                            {"name": "includesTax", "value": "include"},
                            {"name": "taxRate", "value": "20"},
                        ],
                    },
                    "translations": [{"languageCode": "en", "name": code, "description": ""}],
                },
            )
        for code in ("card-online", "pay-in-store"):
            self.ask(
                "mutation($i: CreatePaymentMethodInput!) { createPaymentMethod(input: $i) { id } }",
                i={
                    **{"code": code, "enabled": True, "handler": {"code": code, "arguments": []}},
                    "translations": [{"languageCode": "en", "name": code, "description": ""}],
                },
            )

    def store(self, code: str) -> str:
        """A stock location whose description is the store's code."""
        self.places[code] = self.ask(
            "mutation($i: CreateStockLocationInput!) { createStockLocation(input: $i) { id } }",
            i={"name": f"Store {code}", "description": code},
        )["id"]
        return self.places[code]

    def goods(self, sku: str, price: int, stock: dict[str, int], rate: int = 20) -> str:
        """A product of one variant; its id."""
        product = self.ask(
            "mutation($i: CreateProductInput!) { createProduct(input: $i) { id } }",
            i={
                "translations": [
                    {"languageCode": "en", "name": sku, "slug": sku.lower(), "description": ""}
                ]
            },
        )["id"]
        self.skus[sku] = self.ask(
            "mutation($i: [CreateProductVariantInput!]!)"
            " { createProductVariants(input: $i) { id } }",
            i=[
                {
                    **{"productId": product, "sku": sku, "price": price, "trackInventory": "TRUE"},
                    **{"taxCategoryId": self.taxes[rate], "customFields": {"barcode": "b-" + sku}},
                    "translations": [{"languageCode": "en", "name": sku}],
                    "stockLevels": [
                        {"stockLocationId": self.places[place], "stockOnHand": count}
                        for place, count in stock.items()
                    ],
                }
            ],
        )[0]["id"]
        return self.skus[sku]

    def stock(self, sku: str) -> dict[str, tuple[int, int]]:
        """By store: on hand, and put aside."""
        found = self.ask(
            "query($id: ID!) { productVariant(id: $id)"
            " { stockLevels { stockOnHand stockAllocated stockLocation { description } } } }",
            id=self.skus[sku],
        )
        return {
            one["stockLocation"]["description"]: (one["stockOnHand"], one["stockAllocated"])
            for one in found["stockLevels"]
        }

    def coupon(self, code: str, percent: int) -> None:
        self.ask(
            "mutation($i: CreatePromotionInput!) { createPromotion(input: $i) { __typename"
            " ... on ErrorResult { errorCode message } } }",
            i={
                **{"enabled": True, "couponCode": code, "conditions": []},
                "actions": [
                    {
                        "code": "order_percentage_discount",
                        "arguments": [{"name": "discount", "value": str(percent)}],
                    }
                ],
                "translations": [{"languageCode": "en", "name": code}],
            },
        )

    def order(
        self,
        goods: dict[str, int],
        pickup: str,
        pay: str = "card-online",
        *,
        coupon: str = "",
        way: str = "store-pickup",
        email: str = "ada@example.com",
    ) -> dict[str, Any]:
        """What a customer does: basket, address, way, payment. The order as the shop tells it."""
        self.told_bearer = ""
        token = ""
        failed = "... on ErrorResult { errorCode message }"
        for sku, count in goods.items():
            self.ask(
                "mutation($v: ID!, $n: Int!) { addItemToOrder(productVariantId: $v, quantity: $n)"
                f" {{ __typename {failed} }} }}",
                api="shop-api",
                bearer=token,
                v=self.skus[sku],
                n=count,
            )
            token = token or self.told_bearer

        def step(query: str, **variables: Any) -> Any:
            return self.ask(query, api="shop-api", bearer=token, **variables)

        self._say_who(step, pickup, coupon, email)
        ways = step("{ eligibleShippingMethods { id code } }")
        (chosen,) = [one["id"] for one in ways if one["code"] == way]
        step(
            "mutation($i: [ID!]!) { setOrderShippingMethod(shippingMethodId: $i)"
            f" {{ __typename {failed} }} }}",
            i=[chosen],
        )
        step(
            'mutation { transitionOrderToState(state: "ArrangingPayment")'
            " { __typename ... on OrderStateTransitionError { errorCode message transitionError } } }"
        )
        return step(
            "mutation($i: PaymentInput!) { addPaymentToOrder(input: $i) { __typename"
            f" ... on Order {{ id code state totalWithTax lines {{ id }} }} {failed} }} }}",
            i={"method": pay, "metadata": {}},
        )

    def _say_who(self, step: Any, pickup: str, coupon: str, email: str) -> None:
        """Coupon, customer, store and address of a basket."""
        failed = "... on ErrorResult { errorCode message }"
        if coupon:
            step(
                "mutation($c: String!) { applyCouponCode(couponCode: $c)"
                f" {{ __typename {failed} }} }}",
                c=coupon,
            )
        step(
            "mutation($i: CreateCustomerInput!) { setCustomerForOrder(input: $i)"
            f" {{ __typename {failed} }} }}",
            i={
                **{"firstName": "Ada", "lastName": "Moss", "emailAddress": email},
                "phoneNumber": "+44 20 7946 0000",
            },
        )
        step(
            "mutation($i: UpdateOrderInput!) { setOrderCustomFields(input: $i)"
            f" {{ __typename {failed} }} }}",
            i={
                "customFields": {
                    **{"pickupLocation": pickup, "utmSource": "newsletter", "utmMedium": "email"},
                    **{"landingPage": "/boots?utm_source=newsletter", "clientDevice": "mobile"},
                    "marketingConsent": True,
                }
            },
        )
        step(
            "mutation($i: CreateAddressInput!) { setOrderShippingAddress(input: $i)"
            f" {{ __typename {failed} }} }}",
            i={
                **{"fullName": "Ada Moss", "streetLine1": "1 High St", "city": "Leeds"},
                **{"postalCode": "LS1 1AA", "countryCode": "GB"},
            },
        )

    # --- what the shop says of an order, and what its staff does ------------------------------

    def seen(self, order: str) -> Seen:
        found = self.ask(
            "query($id: ID!) { order(id: $id) { state"
            " fulfillments { state lines { quantity } }"
            " payments { state amount refunds { state total } } } }",
            id=order,
        )
        gone = [one for one in found["fulfillments"] if one["state"] == "Delivered"]
        refunds = [back for one in found["payments"] for back in one["refunds"]]
        return Seen(
            state=found["state"],
            over=found["state"] == "Delivered",
            hand_overs=len(gone),
            pieces=sum(line["quantity"] for one in gone for line in one["lines"]),
            taken=sum(one["amount"] for one in found["payments"] if one["state"] == "Settled"),
            given_back=sum(one["total"] for one in refunds),
            refunds=len(refunds),
        )

    def cancel(self, order: str) -> None:
        self.ask(
            "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename"
            " ... on ErrorResult { errorCode message } } }",
            i={"orderId": order, "reason": "the customer called", "cancelShipping": True},
        )

    def name_of(self, order: dict[str, Any]) -> str:
        """What the customer calls it."""
        return str(order["code"])

    def place_of(self, code: str) -> str:
        """What the hub is told of where an order is fetched."""
        return code

    REFUNDING = b"POST /admin-api?refundOrder"
    FULFILLING = b"POST /admin-api?addFulfillmentToOrder"
    PLATFORM = "vendure"
