"""What a shop sells: products, their codes and their dated prices."""

from __future__ import annotations

from dataclasses import dataclass

PIECE = "piece"
KILOGRAM = "kg"


@dataclass(frozen=True, slots=True)
class Product:
    """One sellable article. Variants of one style (sizes, colours) share `style`."""

    sku: str
    name: str
    variant: str = ""
    """What tells it from its siblings, for people: "Navy · M"."""
    style: str = ""
    department: str = ""
    unit: str = PIECE
    """`piece` or `kg`: what one thousand thousandths of quantity are."""
    tax_code: str = "standard"
    age_limit: int = 0
    """Years a buyer must be; 0 for anyone."""
    icon: str = ""
    """Name of an icon in `resources/icons`, drawn where there is no picture."""
    active: bool = True
    barcodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Price:
    """An amount for a product in one price list, from a business date to another.

    Both dates are inclusive ISO dates of the store's business day; empty means open.
    `amount` is minor units per piece or per kilogram, with or without tax as the store's
    `TaxRules` say.
    """

    sku: str
    amount: int
    currency: str
    price_list: str = "retail"
    valid_from: str = ""
    valid_to: str = ""
    was: int = 0
    """The price before, in minor units, to be shown struck; 0 for none."""


def price_on(
    prices: list[Price], business_date: str, price_list: str = "retail", currency: str = ""
) -> Price | None:
    """The price valid on `business_date`, or None; with a currency, in that one only.

    Of several the one that began last wins (a promotion inside a longer price); of two that
    began the same day, the one that ends first, then the lower amount: order never decides.
    """
    fitting = [
        price
        for price in prices
        if price.price_list == price_list
        and (not currency or price.currency == currency)
        and (not price.valid_from or price.valid_from <= business_date)
        and (not price.valid_to or business_date <= price.valid_to)
    ]
    if not fitting:
        return None
    latest = max(price.valid_from for price in fitting)
    newest = [price for price in fitting if price.valid_from == latest]
    return min(newest, key=lambda price: (price.valid_to or "9999-12-31", price.amount))
