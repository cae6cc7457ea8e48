"""Goods that move without a customer: what is expected, what is on its way, what was counted.

`delivery` and `delivery_line` are what people imported. `transit*` and `goods_move` follow from the
facts alone and are made anew with the books. `stock_count*` is what the hub worked out when a count
came: it rests on what had been heard by then, and is kept.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from sync.hub.columns import CLUSTERED, NUMBER, flag, key, metadata, text_column, whole

delivery = Table(
    "delivery",
    metadata,
    key("delivery_id"),
    text_column("store_id"),
    text_column("supplier"),
    text_column("name"),
    text_column("due"),
    text_column("note"),
    text_column("made"),
    flag("called_off"),
    text_column("source"),
    text_column("order_name"),
    Index("ix_delivery_store", "store_id", "name"),
)
"""What a supplier announced: `name` is the number of the note. Where `source` names a store it sent
them for a customer's order (`order_name`), and they left its stock with that order."""
delivery_line = Table(
    "delivery_line",
    metadata,
    key("delivery_id"),
    Column("place", NUMBER, primary_key=True, autoincrement=False),
    text_column("sku"),
    text_column("title"),
    whole("qty"),
    text_column("box"),
)
transit = Table(
    "transit",
    metadata,
    key("transit_id"),
    text_column("kind"),
    text_column("name"),
    text_column("source"),
    text_column("target"),
    text_column("state"),
    text_column("asked"),
    text_column("sent"),
    text_column("sent_by"),
    text_column("began"),
    text_column("ended"),
    text_column("note"),
    whole("version"),
    whole("final_n"),
    text_column("final_device"),
    Index("ix_transit_target", "target", "state"),
    Index("ix_transit_source", "source", "state"),
)
"""A transfer, or a delivery somebody began to count, as the facts have it. `source` is a store; empty
for a supplier. `final_n` and `final_device`: the entry that ended it, and of which till; 0 for none."""
transit_line = Table(
    "transit_line",
    metadata,
    key("transit_id"),
    key("sku"),
    whole("asked"),
    whole("sent"),
    whole("received"),
    whole("damaged"),
    whole("missing"),
    whole("taken"),
    **CLUSTERED,
)
"""Thousandths. `received` is what was counted and not sent straight back; `taken` what the sender's
stock was lowered by because more came than it had told of."""
transit_box = Table(
    "transit_box",
    metadata,
    Column("n", NUMBER, primary_key=True, autoincrement=False),
    Column("place", NUMBER, primary_key=True, autoincrement=False),
    text_column("transit_id"),
    text_column("sku"),
    whole("qty"),
    text_column("box"),
    text_column("order_name"),
    text_column("reservation"),
    Index("ix_transit_box_transit", "transit_id"),
)
"""The lines as they were sent: which box, and for which customer's order."""
transit_part = Table(
    "transit_part",
    metadata,
    Column("n", NUMBER, primary_key=True, autoincrement=False),
    Column("place", NUMBER, primary_key=True, autoincrement=False),
    text_column("transit_id"),
    text_column("till"),
    text_column("who"),
    text_column("at"),
    text_column("sku"),
    whole("qty"),
    flag("listed"),
    Index("ix_transit_part_transit", "transit_id"),
)
"""Who counted what, word by word."""
goods_move = Table(
    "goods_move",
    metadata,
    Column("n", NUMBER, primary_key=True, autoincrement=False),
    Column("place", NUMBER, primary_key=True, autoincrement=False),
    text_column("store_id"),
    text_column("sku"),
    whole("qty"),
    whole("aside"),
    text_column("reason"),
    text_column("doc"),
    text_column("at"),
    text_column("biz_date"),
    Index("ix_goods_move_store", "store_id", "at"),
)
"""What facts about goods did to the stock, and why. `aside` came, or went, beside the stock for sale:
damaged, sent straight back, or never arrived. Both in thousandths; on hand is moved by `qty` alone."""
stock_count = Table(
    "stock_count",
    metadata,
    Column("n", NUMBER, primary_key=True, autoincrement=False),
    text_column("count_id"),
    text_column("store_id"),
    text_column("till"),
    text_column("actor"),
    text_column("approver"),
    text_column("name"),
    text_column("scope"),
    text_column("scope_of"),
    text_column("began"),
    text_column("at"),
    text_column("biz_date"),
    flag("blind"),
    Index("ix_stock_count_store", "store_id", "biz_date"),
)
stock_count_line = Table(
    "stock_count_line",
    metadata,
    Column("n", NUMBER, primary_key=True, autoincrement=False),
    key("store_id"),
    key("sku"),
    whole("counted"),
    whole("book"),
    text_column("at"),
    whole("times"),
    Index("ix_stock_count_line_sku", "store_id", "sku", "at"),
)
"""`book` is the stock at the moment `at` as the hub knows it by now: what it hears later of before
that moment changes it. counted - book is unexplained: shrink, in pieces, as there is no cost here."""
counted_until = Table(
    "counted_until", metadata, key("store_id"), Column("at", Text, nullable=False)
)
"""The latest moment at which anything of a store was counted: sales of after it need no second look."""

__all__ = [
    "counted_until",
    "delivery",
    "delivery_line",
    "goods_move",
    "stock_count",
    "stock_count_line",
    "transit",
    "transit_box",
    "transit_line",
    "transit_part",
]
