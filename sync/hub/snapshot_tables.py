"""Snapshots of streams, and what tells how long the rows of a feed are kept."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, Table

from sync.hub.columns import CLUSTERED, key, metadata, text_column, whole

snapshot = Table(
    "snapshot",
    metadata,
    key("stream"),
    Column("pos", BigInteger, primary_key=True, autoincrement=False),
    text_column("made"),
    whole("schema"),
    Column("chunks", LargeBinary, nullable=False),
)
"""What a stream comes to at a position; `chunks` is the JSON array that names its pieces in order."""

snapshot_chunk = Table(
    "snapshot_chunk",
    metadata,
    key("stream"),
    key("sha"),
    Column("body", LargeBinary, nullable=False),
)
"""A piece by its hash: what did not change between two snapshots is kept and fetched once."""

feed_mark = Table(
    "feed_mark",
    metadata,
    key("stream"),
    key("at"),
    whole("pos"),
    **CLUSTERED,
)
"""Where a stream stood at a time: rows up to there are at least as old."""

device_cursor = Table(
    "device_cursor",
    metadata,
    key("device"),
    key("stream"),
    text_column("feed"),
    whole("pos"),
    text_column("at"),
    **CLUSTERED,
)
"""Up to where a till had a stream at its last hello."""
