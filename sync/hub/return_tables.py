"""What comes back and was not sold over the same counter: orders, slips without value yet.

Amounts are minor units and positive, quantities thousandths, times UTC text.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table

from sync.hub.columns import CLUSTERED, flag, key, metadata, text_column, whole

product_return = Table(
    "product_return",
    metadata,
    key("sku"),
    flag("returnable"),
    whole("days"),
    **CLUSTERED,
)
"""What a catalogue says of a product's return: whether it may come back at all, and within how many
days of its own (0 for ever, -1: its department's or the store's). No row: as everything."""

order_line = Table(
    "order_line",
    metadata,
    key("order_id"),
    key("line"),
    whole("no"),
    **CLUSTERED,
)
"""The number of each line of an order, given when somebody first asked for it and kept for good:
`line` is the shop's own id of it."""

shop_refund = Table(
    "shop_refund",
    metadata,
    key("op_id"),
    text_column("order_id"),
    text_column("channel"),
    text_column("fact"),
    whole("no"),
    whole("qty"),
    whole("amount"),
    text_column("currency"),
    text_column("store_id"),
    text_column("state"),
    text_column("why"),
    whole("rounds"),
    text_column("made"),
    text_column("changed"),
    Index("ix_shop_refund_order_id", "order_id"),
    Index("ix_shop_refund_fact", "fact"),
)
"""What an online shop was asked to give back for a line that came back over a counter (`no`; 0 for
what belongs to no line). `rounds` counts how often a person had it asked again."""

pended_return = Table(
    "pended_return",
    metadata,
    key("fact"),
    whole("n"),
    text_column("slip"),
    text_column("store_id"),
    text_column("till"),
    text_column("why"),
    text_column("sale"),
    text_column("sale_doc"),
    text_column("customer"),
    text_column("currency"),
    whole("amount"),
    text_column("state"),
    whole("credited"),
    text_column("decided"),
    text_column("at"),
    text_column("changed"),
    text_column("detail"),
    Index("ix_pended_return_slip", "slip"),
    Index("ix_pended_return_state", "state", "at"),
)
"""Goods that were taken in against a slip; `credited` is what the slip's account was given."""

pended_line = Table(
    "pended_line",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    text_column("pended"),
    text_column("sale"),
    Column("of", BigInteger, nullable=False),
    text_column("sku"),
    whole("qty"),
    whole("amount"),
    Index("ix_pended_line_sale", "sale", "of"),
    **CLUSTERED,
)
"""What a slip was given for a line of a sale (`n` is the decision's): it came back, like a refund."""

sales_asked = Table(
    "sales_asked",
    metadata,
    key("device"),
    key("span"),
    whole("times"),
    **CLUSTERED,
)
"""How often a till asked for sales of others in a span of time: nobody reads the books that way."""
