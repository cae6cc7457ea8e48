"""Who is told of what happened, what there is to tell, and how far that has come."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table

from sync.hub.columns import CLUSTERED, flag, key, metadata, text_column, whole

webhook_subscription = Table(
    "webhook_subscription",
    metadata,
    key("subscription_id"),
    text_column("name"),
    text_column("url"),
    text_column("types"),
    text_column("secret"),
    text_column("old_secret"),
    text_column("old_until"),
    flag("private_ok"),
    text_column("state"),
    text_column("why"),
    text_column("wait_until"),
    text_column("made"),
    text_column("delivered"),
    text_column("failed"),
)
"""`types` are names with blanks between them, `order.*` for all of a kind, `*` for everything. Both
secrets are sealed. `state` is active or disabled; `wait_until` is when its server wants to hear
more; `delivered` and `failed` are the moments of the last of each."""

webhook_event = Table(
    "webhook_event",
    metadata,
    key("event_id"),
    text_column("type"),
    text_column("at"),
    Column("body", LargeBinary, nullable=False),
    Index("ix_webhook_event_at", "at"),
)
"""One thing that happened; `body` goes out byte for byte, however often it is tried."""

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    key("subscription_id"),
    key("event_id"),
    text_column("state"),
    Column("tries", BigInteger, nullable=False),
    text_column("first_at"),
    text_column("next_at"),
    text_column("claimed_until"),
    whole("status"),
    text_column("detail"),
    text_column("done_at"),
    Index("ix_webhook_delivery_state", "state", "next_at"),
    Index("ix_webhook_delivery_event_id", "event_id"),
    **CLUSTERED,
)
"""One event for one subscription. `state` is due, done or dead; `status` what its server answered
last, 0 where it did not; a process that is at it has it until `claimed_until`."""

webhook_stock = Table("webhook_stock", metadata, key("store_id"), key("sku"), **CLUSTERED)
"""Stock that moved and was not told yet: however often it moves in a second, that is one event."""
