"""Rights on values that must not be spent twice: accounts, rights and their parts, reservations.

A right is a grant (points, credit, a card), a hold (a grant for one basket), a return-auth (a grant
on sold lines) or a reservation (a grant on stock). Amounts are minor units, points or thousandths:
what the account counts in.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from sync.hub.columns import CLUSTERED, NUMBER, flag, key, metadata, text_column, whole

right_account = Table(
    "right_account",
    metadata,
    key("kind"),
    key("account"),
    whole("credited"),
    whole("burned"),
    **CLUSTERED,
)
"""A value and its row to lock. `kind` is points, credit, card, stock (account `store/SKU`) or sold
(account `sale/line`); `credited` and `burned` are C and B of the first three: what a store has and
what was sold is in the tables that say so."""

value_right = Table(
    "value_right",
    metadata,
    key("right_id"),
    text_column("form"),
    text_column("state"),
    text_column("device"),
    whole("epoch"),
    text_column("store_id"),
    text_column("payload"),
    whole("ttl_s"),
    text_column("why"),
    text_column("made"),
    text_column("changed"),
    Index("ix_value_right_device", "device", "state"),
)
"""One right; its id was made by whoever asked. `payload` is the hash of what was asked, so that the
same id never means two things; `why` says why it was refused or how it was settled."""

right_part = Table(
    "right_part",
    metadata,
    key("right_id"),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    text_column("kind"),
    text_column("account"),
    whole("asked"),
    whole("amount"),
    whole("used"),
    Column("open", Boolean(create_constraint=False), nullable=False),
    Index("ix_right_part_account", "kind", "account", "open"),
    **CLUSTERED,
)
"""How much of which account: `asked` at first, `amount` now (a settled right shrinks to what was
used), `used` by burns. `open` while it is taken off what is left of the account."""

right_burn = Table(
    "right_burn",
    metadata,
    key("fact"),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    text_column("kind"),
    text_column("account"),
    text_column("right_id"),
    whole("amount"),
    flag("unsecured"),
    text_column("device"),
    text_column("booked"),
    Column("about", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Index("ix_right_burn_account", "kind", "account"),
    Index("ix_right_burn_about", "about"),
    **CLUSTERED,
)
"""What moved an account, once for each fact or call: burns above 0, credits below. `about` is the
document, order or person it happened for, `reason` why (`pos_app.domain.points_age`)."""

reservation = Table(
    "reservation",
    metadata,
    key("reservation_id"),
    text_column("store_id"),
    text_column("state"),
    text_column("asked_by"),
    text_column("reference"),
    text_column("sale"),
    text_column("made"),
    text_column("changed"),
    text_column("due"),
    Index("ix_reservation_store", "store_id", "state"),
    Index("ix_reservation_due", "state", "due"),
)
"""Goods of a store promised to somebody; `asked_by` is a device or the hub, `reference` no name."""

reservation_step = Table(
    "reservation_step",
    metadata,
    Column("no", NUMBER, primary_key=True),
    text_column("reservation_id"),
    text_column("before"),
    text_column("after"),
    text_column("by"),
    text_column("fact"),
    text_column("at"),
    Index("ix_reservation_step_reservation_id", "reservation_id"),
)

sku_day = Table(
    "sku_day",
    metadata,
    key("store_id"),
    key("sku"),
    key("biz_date"),
    whole("qty"),
    **CLUSTERED,
)
"""What a store sold of a product on a day, less voids: how fast its stock goes."""

stock_due = Table(
    "stock_due",
    metadata,
    key("store_id"),
    key("sku"),
    **CLUSTERED,
)
"""Moved since the other stores were told."""

stock_told = Table(
    "stock_told",
    metadata,
    key("store_id"),
    key("sku"),
    whole("pos"),
    Column("on_hand", BigInteger, nullable=False, server_default="0"),
    Column("as_of", Text, nullable=False, server_default=""),
    Column("reserved", BigInteger, nullable=False, server_default="0"),
    Column("coming", BigInteger, nullable=False, server_default="0"),
    Column("coming_day", Text, nullable=False, server_default=""),
    **CLUSTERED,
)
"""At which position of the common stream the other stores were told of it last, and what."""

store_heard = Table(
    "store_heard",
    metadata,
    key("store_id"),
    text_column("heard"),
    text_column("silent"),
)
"""When a store spoke last, and since when the others know it silent (empty: they do not)."""
