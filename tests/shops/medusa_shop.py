"""A Medusa server with goods, stores and a way to pay; and what a customer does in it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.shops.running import (
    SECONDS,
    NoShop,
    Postgres,
    Process,
    Seen,
    free_port,
    installed,
)

_ADMIN = {"email": "shop@example.com", "password": "open sesame"}


class Said(AssertionError):
    """The shop answered with something else than what was asked for."""


@dataclass
class MedusaShop:
    """The server, its administrator and its customers."""

    folder: Path
    postgres: Postgres
    hub: str = "http://127.0.0.1:9/nobody"
    secret: str = "whsec_" + "c2VjcmV0" * 4
    currency: str = "GBP"
    api_key: str = ""
    skus: dict[str, str] = field(default_factory=dict)
    """SKU -> id of its variant."""
    items: dict[str, str] = field(default_factory=dict)
    """SKU -> id of its inventory item."""
    places: dict[str, str] = field(default_factory=dict)
    """Code of a store -> id of its stock location."""
    ways: dict[str, str] = field(default_factory=dict)
    """Code of a store -> id of its shipping option."""

    def __post_init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.place = installed("medusa")
        self.database = self.postgres.make()
        self.http = httpx.Client(base_url=self.url, timeout=120)
        self.medusa = str(self.place / "node_modules" / ".bin" / "medusa")
        self._run("db:migrate")
        self._run("user", "-e", _ADMIN["email"], "-p", _ADMIN["password"])
        self._start()
        self._seed()

    @property
    def env(self) -> dict[str, str]:
        return {
            "DATABASE_URL": f"postgres://postgres@127.0.0.1:{self.postgres.port}/{self.database}",
            **{"JWT_SECRET": "of the tests", "COOKIE_SECRET": "of the tests"},
            **{"HOLDFAST_URL": self.hub, "HOLDFAST_SECRET": self.secret},
            **{"MEDUSA_DISABLE_TELEMETRY": "true", "NODE_ENV": "production"},
        }

    def _run(self, *words: str) -> None:
        one = Process([self.medusa, *words], self.place, self.env, self.folder / "medusa.log")
        one.start()
        assert one.process is not None
        try:
            code = one.process.wait(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            code = -1
        one.end()
        if code:
            raise NoShop(f"medusa {words[0]}: {one.log.read_text(encoding='utf-8')[-2000:]}")

    def _start(self) -> None:
        self.server = Process(
            [self.medusa, "start", "-H", "127.0.0.1", "-p", str(self.port)],
            self.place,
            self.env,
            self.folder / "medusa.log",
        )
        self.server.start()
        self.server.wait_for(self.url + "/health")

    def again(self, hub: str = "", secret: str = "") -> None:
        """The same shop, started anew; it tells another hub where one is given."""
        self.hub, self.secret = hub or self.hub, secret or self.secret
        self.server.end()
        self._start()

    def end(self) -> None:
        self.http.close()
        self.server.end()

    def ask(self, method: str, path: str, json: Any = None, **query: Any) -> Any:
        """What the administrator is answered; raises Said for what the shop refuses."""
        return self._asked(
            method, "/admin" + path, json, query, {"authorization": f"Bearer {self.bearer}"}
        )

    def _asked(self, method: str, path: str, json: Any, query: Any, headers: Any) -> Any:
        reply = self.http.request(method, path, json=json, params=query, headers=headers)
        if reply.status_code >= 300:
            raise Said(f"{method} {path}: {reply.status_code} {reply.text}")
        return reply.json()

    def _seed(self) -> None:
        self.bearer = self._asked("POST", "/auth/user/emailpass", _ADMIN, {}, {})["token"]
        self.api_key = self.ask("POST", "/api-keys", {"title": "Holdfast", "type": "secret"})[
            "api_key"
        ]["token"]
        self.public = self.ask("GET", "/api-keys", type="publishable")["api_keys"][0]["token"]
        self.channel = self.ask("GET", "/sales-channels")["sales_channels"][0]["id"]
        self.profile = self.ask("GET", "/shipping-profiles")["shipping_profiles"][0]["id"]
        currency = self.currency.lower()
        store = self.ask("GET", "/stores")["stores"][0]["id"]
        self.ask(
            "POST",
            f"/stores/{store}",
            {
                "supported_currencies": [
                    {"currency_code": currency, "is_default": True, "is_tax_inclusive": True}
                ]
            },
        )
        self.region = self.ask(
            "POST",
            "/regions",
            {
                **{"name": "UK", "currency_code": currency, "countries": ["gb"]},
                **{"payment_providers": ["pp_system_default"], "is_tax_inclusive": True},
            },
        )["region"]["id"]
        self.tax = self.ask(
            "POST",
            "/tax-regions",
            {
                **{"country_code": "gb", "provider_id": "tp_system"},
                "default_tax_rate": {"name": "Standard", "code": "S", "rate": 20},
            },
        )["tax_region"]["id"]

    def store(self, code: str, kind: str = "pickup", price: float = 0) -> str:
        """A stock location, and a way to fetch goods there (or to have them sent from there)."""
        place = self.ask("POST", "/stock-locations", {"name": code})["stock_location"]["id"]
        self.places[code] = place
        self.ask("POST", f"/stock-locations/{place}/sales-channels", {"add": [self.channel]})
        self.ask(
            "POST", f"/stock-locations/{place}/fulfillment-providers", {"add": ["manual_manual"]}
        )
        self.ask(
            "POST",
            f"/stock-locations/{place}/fulfillment-sets",
            {"name": f"{kind} {code}", "type": kind},
        )
        found = self.ask("GET", f"/stock-locations/{place}", fields="*fulfillment_sets")
        group = found["stock_location"]["fulfillment_sets"][0]["id"]
        zone = self.ask(
            "POST",
            f"/fulfillment-sets/{group}/service-zones",
            {"name": code, "geo_zones": [{"type": "country", "country_code": "gb"}]},
        )["fulfillment_set"]["service_zones"][0]["id"]
        self.ways[code] = self.ask(
            "POST",
            "/shipping-options",
            {
                **{"name": f"Fetch at {code}", "service_zone_id": zone, "price_type": "flat"},
                **{"shipping_profile_id": self.profile, "provider_id": "manual_manual"},
                "type": {"label": kind, "description": kind, "code": kind},
                "prices": [{"currency_code": self.currency.lower(), "amount": price}],
                "rules": [
                    {"attribute": "enabled_in_store", "operator": "eq", "value": "true"},
                    {"attribute": "is_return", "operator": "eq", "value": "false"},
                ],
            },
        )["shipping_option"]["id"]
        return place

    def goods(self, sku: str, price: float, stock: dict[str, int], rate: int = 20) -> str:
        """A product of one variant; the variant's id."""
        product = self.ask(
            "POST",
            "/products",
            {
                **{"title": sku, "status": "published", "shipping_profile_id": self.profile},
                "options": [{"title": "Size", "values": ["One"]}],
                "sales_channels": [{"id": self.channel}],
                "variants": [
                    {
                        **{"title": "One", "sku": sku, "barcode": "b-" + sku},
                        **{"manage_inventory": True, "options": {"Size": "One"}},
                        "prices": [{"amount": price, "currency_code": self.currency.lower()}],
                    }
                ],
            },
        )["product"]
        self.skus[sku] = product["variants"][0]["id"]
        if rate != 20:
            self.ask(
                "POST",
                "/tax-rates",
                {
                    **{"tax_region_id": self.tax, "rate": rate, "name": f"{rate}", "code": sku},
                    "rules": [{"reference": "product", "reference_id": product["id"]}],
                },
            )
        item = self.ask("GET", "/inventory-items", sku=sku)["inventory_items"][0]["id"]
        self.items[sku] = item
        for place, count in stock.items():
            self.ask(
                "POST",
                f"/inventory-items/{item}/location-levels",
                {"location_id": self.places[place], "stocked_quantity": count},
            )
        return self.skus[sku]

    def stock(self, sku: str) -> dict[str, tuple[int, int]]:
        """By store: on hand, and put aside."""
        found = self.ask("GET", f"/inventory-items/{self.items[sku]}/location-levels")
        names = {place: code for code, place in self.places.items()}
        return {
            names[one["location_id"]]: (one["stocked_quantity"], one["reserved_quantity"])
            for one in found["inventory_levels"]
        }

    def coupon(self, code: str, percent: int) -> None:
        self.ask(
            "POST",
            "/promotions",
            {
                **{"code": code, "type": "standard", "status": "active"},
                "application_method": {
                    **{"type": "percentage", "target_type": "order", "value": percent},
                    "currency_code": self.currency.lower(),
                },
            },
        )

    def order(
        self,
        goods: dict[str, int],
        pickup: str,
        pay: str = "card-online",
        *,
        coupon: str = "",
        email: str = "ada@example.com",
    ) -> dict[str, Any]:
        """What a customer does: basket, address, way, payment. The order as the shop tells it.

        Of a card the shop takes the money at once; what is paid in the store is only promised.
        """

        def step(method: str, path: str, json: Any = None, **query: Any) -> Any:
            return self._asked(
                method, "/store" + path, json, query, {"x-publishable-api-key": self.public}
            )

        cart = step("POST", "/carts", {"region_id": self.region, "sales_channel_id": self.channel})[
            "cart"
        ]["id"]
        for sku, count in goods.items():
            step(
                "POST",
                f"/carts/{cart}/line-items",
                {"variant_id": self.skus[sku], "quantity": count},
            )
        address = {
            **{"first_name": "Ada", "last_name": "Moss", "address_1": "1 High St"},
            **{"city": "Leeds", "postal_code": "LS1 1AA", "country_code": "gb"},
            "phone": "+44 20 7946 0000",
        }
        step(
            "POST",
            f"/carts/{cart}",
            {
                **{"email": email, "shipping_address": address, "billing_address": address},
                "metadata": {
                    **{"utm_source": "newsletter", "utm_medium": "email"},
                    **{"landing_page": "/boots?utm_source=newsletter", "client_device": "mobile"},
                    **{"marketing_consent": True, "payment_method": pay},
                },
                **({"promo_codes": [coupon]} if coupon else {}),
            },
        )
        step("POST", f"/carts/{cart}/shipping-methods", {"option_id": self.ways[pickup]})
        money = step("POST", "/payment-collections", {"cart_id": cart})["payment_collection"]["id"]
        step(
            "POST",
            f"/payment-collections/{money}/payment-sessions",
            {"provider_id": "pp_system_default"},
        )
        done = step("POST", f"/carts/{cart}/complete")
        if done.get("type") != "order":
            raise Said(done)
        if pay == "card-online":
            found = self.ask(
                "GET", f"/orders/{done['order']['id']}", fields="*payment_collections.payments"
            )["order"]
            for one in found["payment_collections"]:
                for payment in one["payments"]:
                    self.ask("POST", f"/payments/{payment['id']}/capture", {})
        return done["order"]

    # --- what the shop says of an order, and what its staff does ------------------------------

    def seen(self, order: str) -> Seen:
        fields = (
            "id,status,*fulfillments,*fulfillments.items,*payment_collections.payments,"
            "*payment_collections.payments.captures,*payment_collections.payments.refunds"
        )
        found = self.ask("GET", f"/orders/{order}", fields=fields)["order"]
        gone = [one for one in found["fulfillments"] if one["delivered_at"]]
        payments = [
            one for collection in found["payment_collections"] for one in collection["payments"]
        ]
        taken = [one["amount"] for each in payments for one in each["captures"]]
        refunds = [one["amount"] for each in payments for one in each["refunds"]]
        return Seen(
            state=found["status"],
            over=found["status"] == "completed",
            hand_overs=len(gone),
            pieces=sum(line["quantity"] for one in gone for line in one["items"]),
            taken=round(sum(taken) * 100),
            given_back=round(sum(refunds) * 100),
            refunds=len(refunds),
        )

    def cancel(self, order: str) -> None:
        self.ask("POST", f"/orders/{order}/cancel", {})

    def name_of(self, order: dict[str, Any]) -> str:
        """What the customer calls it."""
        return str(order["display_id"])

    def place_of(self, code: str) -> str:
        """What the hub is told of where an order is fetched."""
        return self.places[code]

    REFUNDING = b"POST /admin/payments/"
    FULFILLING = b"POST /admin/orders/"
    PLATFORM = "medusa"
