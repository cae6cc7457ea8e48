"""Which platforms there are: a line each."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Final, cast

from pos_app.domain.errors import Refused
from sync.hub.channels.adapter import Adapter

PLATFORMS: Final[dict[str, str]] = {
    "standard": "sync.hub.channels.standard:Standard",
    "vendure": "sync.hub.channels.vendure:Vendure",
    "shopify": "sync.hub.channels.shopify:Shopify",
    "woocommerce": "sync.hub.channels.woocommerce:WooCommerce",
    "medusa": "sync.hub.channels.medusa:Medusa",
}
"""Platform -> where its adapter is; loaded when a channel of it is there."""


@lru_cache
def adapter_of(platform: str) -> Adapter:
    """The adapter of a platform. Raises Refused("platform_unknown")."""
    where = PLATFORMS.get(platform, "")
    module, _, name = where.partition(":")
    if not name:
        raise Refused("platform_unknown", platform=platform, known=", ".join(sorted(PLATFORMS)))
    return cast("Adapter", getattr(import_module(module), name)())
