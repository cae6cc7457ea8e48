"""Customers' orders: the whole of each, what one store does of it, its money; what stores offer.

Money in minor units, quantities thousandths, places in millionths of a degree.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from sync.hub.columns import CLUSTERED, NUMBER, flag, key, metadata, text_column, whole

customer_order = Table(
    "customer_order",
    metadata,
    key("order_id"),
    text_column("channel"),
    text_column("external_id"),
    text_column("external_name"),
    text_column("external_version"),
    text_column("state"),
    text_column("placed"),
    text_column("taken"),
    text_column("changed"),
    text_column("currency"),
    whole("total"),
    whole("paid"),
    whole("due"),
    whole("returned"),
    text_column("customer"),
    text_column("body"),
    Index("ix_customer_order_external", "channel", "external_id", unique=True),
    Index("ix_customer_order_changed", "state", "changed"),
    Index("ix_customer_order_customer", "customer", "placed"),
)
"""An order as its channel told it last (`body`, a ChannelOrder; empty where it was cancelled before
anybody here had heard of it). `paid`, `due` and `returned` are as booked here."""

order_part = Table(
    "order_part",
    metadata,
    key("reservation_id"),
    text_column("order_id"),
    whole("place"),
    text_column("store_id"),
    text_column("state"),
    whole("version"),
    text_column("promised"),
    text_column("keep_until"),
    text_column("reminded"),
    text_column("ended"),
    text_column("told"),
    text_column("body"),
    Index("ix_order_part_order_id", "order_id"),
    Index("ix_order_part_store", "store_id", "state"),
    Index("ix_order_part_keep", "state", "keep_until"),
    Index("ix_order_part_ended", "told", "ended"),
)
"""What one store does of an order: `body` is its OrderRow as the store's tills have it. `place` counts
the parts of an order; `told` is empty until a part that ended went out of the tills' copies."""

order_money = Table(
    "order_money",
    metadata,
    key("order_id"),
    key("source"),
    text_column("kind"),
    whole("amount"),
    text_column("part"),
    text_column("at"),
    **CLUSTERED,
)
"""What was paid for an order or given back, once for each source: a document of a till, a refund that
the shop told of, one that it was asked for."""

order_unheard = Table(
    "order_unheard",
    metadata,
    key("reservation_id"),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    **CLUSTERED,
)
"""Entries that tell of a part nobody here has heard of: booked to it when its order comes."""

oversold = Table(
    "oversold",
    metadata,
    key("store_id"),
    key("sku"),
    text_column("exception"),
    text_column("since"),
    **CLUSTERED,
)
"""Products of which a store has less than it promised, and the exception that tells of it."""

order_slot = Table(
    "order_slot",
    metadata,
    key("store_id"),
    key("hour"),
    whole("orders"),
    **CLUSTERED,
)
"""How many orders a store promised to have ready in an hour."""

store_service = Table(
    "store_service",
    metadata,
    key("store_id"),
    flag("pickup"),
    flag("ships"),
    text_column("hours"),
    text_column("closed"),
    whole("capacity"),
    whole("prepare_minutes"),
    whole("keep_days"),
    whole("remind_hours"),
    text_column("when_short"),
    text_column("shelves"),
    Column("latitude", BigInteger),
    Column("longitude", BigInteger),
)
"""What a store offers who orders: `hours` and `closed` are JSON, `capacity` orders an hour (0: any)."""

store_place = Table(
    "store_place",
    metadata,
    key("store_id"),
    key("sku"),
    text_column("place"),
    whole("walk"),
    **CLUSTERED,
)
"""Where a product stands in a store, and its number on the way through it."""

signal = Table(
    "signal",
    metadata,
    Column("no", NUMBER, primary_key=True),
    text_column("kind"),
    text_column("store_id"),
    text_column("sku"),
    text_column("client"),
    text_column("customer"),
    text_column("order_id"),
    whole("qty"),
    whole("value"),
    text_column("consent"),
    Column("detail", Text, nullable=False),
    text_column("at"),
    Index("ix_signal_kind", "kind", "at"),
    Index("ix_signal_customer", "customer", "at"),
)
"""What people looked for, wanted and did not get; `consent` as it stood when it happened."""
