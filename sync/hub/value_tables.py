"""Gift cards and credit as the hub knows them beside their accounts, and how often somebody guessed.

What is on one is the account's (`right_tables`). Of a code there is a hash only, and of a PIN a hash
under a key of the hub's own: nobody who has these rows can spend a cent.
"""

from __future__ import annotations

from sqlalchemy import Index, Table

from sync.hub.columns import CLUSTERED, key, metadata, text_column, whole

value_card = Table(
    "value_card",
    metadata,
    key("kind"),
    key("account"),
    text_column("currency"),
    text_column("state"),
    text_column("issued"),
    text_column("expires"),
    text_column("pin"),
    text_column("origin"),
    text_column("changed"),
    Index("ix_value_card_expires", "state", "expires"),
)
"""`state` is new (bought in, nothing was put on it yet), active, blocked or expired. `expires` is the
last day it is good, empty for never. `origin` is the till, the store or the person it came from."""

value_try = Table(
    "value_try",
    metadata,
    key("bucket"),
    text_column("since"),
    whole("tries"),
    **CLUSTERED,
)
"""How often something was asked about what is not there, since when: of a till, of a website's
visitor, of an account, and of all of them together. A restart forgets nothing."""

value_cut = Table(
    "value_cut",
    metadata,
    key("document"),
    whole("n"),
    text_column("booked"),
    **CLUSTERED,
)
"""A document whose commit ended a batch before all that it says of cards and credit had come, or of
which some came by itself; `n` is the last entry of it. Gone once the two were compared."""
