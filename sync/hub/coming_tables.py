"""What is on its way to a store, by where it comes from."""

from __future__ import annotations

from sqlalchemy import Table

from sync.hub.columns import CLUSTERED, key, metadata, text_column, whole

stock_coming = Table(
    "stock_coming",
    metadata,
    key("store_id"),
    key("source"),
    key("sku"),
    whole("qty"),
    text_column("day"),
    **CLUSTERED,
)
"""Thousandths expected of a product from a source (a transfer, a delivery) and the day they should
be there; empty where nobody said when."""
