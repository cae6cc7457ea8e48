"""The steps of a play about what other stores have."""

from __future__ import annotations

from decimal import Decimal

from pos_app.play.step import Step


class LookUpStock(Step, frozen=True, tag="look_up_stock"):
    """A product by its number: what this store has, and the others, the nearest first."""

    sku: str
    asked_for: bool = False


class ReserveElsewhere(Step, frozen=True, tag="reserve_elsewhere"):
    """Goods of another store: fetched there (pickup), brought here (bring) or sent home (ship)."""

    sku: str
    store: str
    qty: Decimal = Decimal(1)
    way: str = "pickup"
    name: str = ""
    phone: str = ""
    address: tuple[str, ...] = ()
    until: str = ""


StockStep = LookUpStock | ReserveElsewhere
