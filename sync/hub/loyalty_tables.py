"""Loyalty programmes, what each sale and order did to points, and what was given once.

The points themselves are accounts of rights (`right_account`), and `right_burn` is their ledger.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table

from sync.hub.columns import CLUSTERED, flag, key, metadata, text_column, whole

programme = Table(
    "programme",
    metadata,
    key("programme"),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    whole("pos"),
    flag("active"),
    text_column("body"),
    text_column("at"),
    **CLUSTERED,
)
"""Every version of a programme (`body` is its ProgrammeRow) and at which place of the common stream
tills were told of it."""

points_document = Table(
    "points_document",
    metadata,
    key("document"),
    text_column("account"),
    whole("n"),
    whole("earned"),
    whole("spent"),
    text_column("booked"),
    flag("looked"),
    Index("ix_points_document_looked", "looked", "booked"),
    **CLUSTERED,
)
"""What a document says it did to points: of a refund or a void both are below 0. `looked` once it was
compared with what moved the account for it."""

points_order = Table(
    "points_order",
    metadata,
    key("order_id"),
    text_column("account"),
    text_column("programme"),
    whole("version"),
    text_column("tier"),
    whole("booked"),
    text_column("lines"),
    text_column("at"),
    Index("ix_points_order_account", "account"),
    **CLUSTERED,
)
"""An order that earned: under which rules, what each of its lines brought (JSON), and what of it is
booked as of now: less whatever came back."""

points_once = Table(
    "points_once",
    metadata,
    key("account"),
    key("what"),
    whole("points"),
    text_column("fact"),
    text_column("at"),
    **CLUSTERED,
)
"""What an account was given or lost once: `birthday/2026`, `shop/ID`, `pending/FACT`."""
