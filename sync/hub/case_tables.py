"""What decisions about exceptions did, and what of it waits for a person's hands."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table

from sync.hub.columns import CLUSTERED, flag, key, metadata, text_column, whole

case_effect = Table(
    "case_effect",
    metadata,
    key("exception"),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    text_column("store_id"),
    text_column("what"),
    whole("amount"),
    text_column("currency"),
    text_column("kind"),
    text_column("account"),
    text_column("sku"),
    whole("qty"),
    flag("done"),
    text_column("fact"),
    text_column("at"),
    text_column("by_fact"),
    Index("ix_case_effect_store", "store_id", "what", "done"),
    **CLUSTERED,
)
"""One thing that a decision did (`domain.exceptions`: cost, debt …). It is a fold over the hub's own
`case_done` and `case_stepped`; `fact` is the former's id, `by_fact` what did by hand what waited."""
