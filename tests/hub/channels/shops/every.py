"""The shops that the suite runs: a line each."""

from __future__ import annotations

from typing import Final

from tests.hub.channels.fake import FakeShop
from tests.hub.channels.shops.medusa import MedusaShop
from tests.hub.channels.shops.shopify import ShopifyShop
from tests.hub.channels.shops.standard import StandardShop, WholeShop
from tests.hub.channels.shops.vendure import VendureShop
from tests.hub.channels.shops.woocommerce import WooShop

SHOPS: Final[dict[str, type[FakeShop]]] = {
    "standard": StandardShop,
    "standard-whole": WholeShop,
    "vendure": VendureShop,
    "medusa": MedusaShop,
    "shopify": ShopifyShop,
    "woocommerce": WooShop,
}
