"""The websites and apps that may ask."""

from __future__ import annotations

from sqlalchemy import Index, Table

from sync.hub.columns import key, metadata, text_column, whole

storefront = Table(
    "storefront",
    metadata,
    key("storefront_id"),
    text_column("name"),
    text_column("public_key"),
    text_column("secret_hash"),
    text_column("old_secret_hash"),
    text_column("old_until"),
    text_column("origins"),
    whole("reads_a_minute"),
    text_column("state"),
    text_column("made"),
    Index("ix_storefront_public_key", "public_key", unique=True),
)
"""`public_key` stands in a page for everybody to read; of the secret one there is a hash. `origins`
are the addresses of pages that may ask, with blanks between them, `*` for any; `state` is active or
stopped."""
