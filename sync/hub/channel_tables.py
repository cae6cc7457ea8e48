"""Online shops at the hub: who they are, what they sent, what they are told, what maps to what.

All of it is of the whole chain: a shop sells for many stores. Secrets stand here sealed.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table

from sync.hub.columns import CLUSTERED, flag, key, metadata, text_column, whole

channel = Table(
    "channel",
    metadata,
    key("channel"),
    text_column("platform"),
    text_column("url"),
    text_column("currency"),
    text_column("options"),
    text_column("sealed"),
    flag("active"),
    text_column("stores"),
    text_column("sells"),
    whole("safety"),
    text_column("made"),
)
"""A shop. `options` is a JSON object of its conventions, `sealed` its secrets and keys, `stores` a
JSON array of those whose stock it is told (empty: all), `sells` is `all` or `mapped`, `safety` is
what of each product it never offers, thousandths."""

channel_state = Table(
    "channel_state",
    metadata,
    key("channel"),
    text_column("cursor"),
    text_column("polled"),
    text_column("poll_at"),
    text_column("health"),
    text_column("health_at"),
)
"""How it goes with a shop. `cursor` is of the shop's own clock: what changed up to there is known.
`polled`, `poll_at` (when it is due) and `health_at` are of ours; `health` is empty or what is wrong.
A delivery writes nothing here: all of a shop's would wait for one row."""

channel_claim = Table(
    "channel_claim",
    metadata,
    key("channel"),
    key("lane"),
    text_column("holder"),
    text_column("until"),
)
"""Which of several processes does a lane of a shop's work (`in` or `out`), and until when."""

channel_inbox = Table(
    "channel_inbox",
    metadata,
    key("channel"),
    key("delivery"),
    key("body_hash"),
    text_column("topic"),
    text_column("external_id"),
    text_column("occurred"),
    Column("raw", LargeBinary, nullable=False),
    text_column("received"),
    text_column("state"),
    whole("tries"),
    text_column("next_at"),
    text_column("detail"),
    Index("ix_channel_inbox_due", "state", "next_at"),
    Index("ix_channel_inbox_received", "channel", "received"),
)
"""What came, as it came, once: `delivery` is what makes a repeat the same, and the same with another
body is another row. `state` is new, done, kept (nothing to do), flagged (a person was told); a row
that is new is looked at again at `next_at`. `raw` is emptied when its time is over."""

channel_outbox = Table(
    "channel_outbox",
    metadata,
    key("channel"),
    key("op_id"),
    text_column("external_id"),
    whole("place"),
    text_column("act"),
    text_column("body"),
    text_column("made"),
    text_column("state"),
    whole("tries"),
    text_column("next_at"),
    text_column("detail"),
    text_column("done"),
    Index("ix_channel_outbox_due", "state", "next_at"),
    Index("ix_channel_outbox_order", "channel", "external_id", "place"),
)
"""What a shop is to be told of an order, in the order of `place`. `state` is new, sent (asked for,
and nobody knows yet what came of it), done or refused (a person was told)."""

channel_due = Table(
    "channel_due",
    metadata,
    key("store_id"),
    key("channel"),
    key("sku"),
    whole("times"),
    text_column("since"),
    Index("ix_channel_due_since", "channel", "since"),
    **CLUSTERED,
)
"""Stock that moved since the shop was told; `times` grows with each movement, so that what moves
while it is being told stays due."""

channel_told = Table(
    "channel_told",
    metadata,
    key("channel"),
    key("location"),
    key("sku"),
    whole("qty"),
    text_column("at"),
    **CLUSTERED,
)
"""What a shop was told of a product last, thousandths."""

channel_map = Table(
    "channel_map",
    metadata,
    key("channel"),
    key("kind"),
    key("theirs"),
    text_column("ours"),
    Index("ix_channel_map_ours", "channel", "kind", "ours"),
    **CLUSTERED,
)
"""What a shop calls something -> what we do. `kind` is store, sku, barcode, tax, tender, or unsold
(a product of ours that the shop does not have; `ours` is since when that is known)."""
