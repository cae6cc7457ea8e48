"""The lives of a till: which try began each epoch, when it was sealed; keys before; what was ordered."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table

from sync.hub.columns import key, metadata, text_column, whole

life = Table(
    "life",
    metadata,
    key("device"),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    text_column("attempt"),
    text_column("sealed_at"),
)
"""An epoch that was begun again: `attempt` is the till's own name for the try, `sealed_at` when
everything of the epoch before was here."""

former_key = Table(
    "former_key",
    metadata,
    key("pubkey"),
    text_column("device"),
    text_column("until"),
    Index("ix_former_key_device", "device"),
)
"""Keys a till had before: its requests may be signed by one until then."""

device_order = Table(
    "device_order",
    metadata,
    key("device"),
    text_column("word"),
    text_column("by"),
    text_column("reason"),
    text_column("at"),
    text_column("done"),
    whole("unsent"),
)
"""What a person wants of a till (suspend, drain_wipe, wipe), and when it was done."""
