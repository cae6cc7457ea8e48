"""Who may speak to the hub: codes to enrol with, devices, the lives of their chains, nonces."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, Table, UniqueConstraint

from sync.hub.columns import CLUSTERED, NUMBER, flag, key, metadata, text_column, whole

enrol_code = Table(
    "enrol_code",
    metadata,
    key("code_hash"),
    text_column("store_id"),
    text_column("till"),
    flag("replaces"),
    text_column("expires"),
    text_column("used_by"),
)
"""`used_by` is empty, or the device that came with it."""

wrong_code = Table(
    "wrong_code", metadata, Column("try", NUMBER, primary_key=True), text_column("tried_at")
)

device = Table(
    "device",
    metadata,
    key("device"),
    text_column("store_id"),
    text_column("till"),
    text_column("state"),
    text_column("pubkey"),
    text_column("fingerprint"),
    text_column("name"),
    text_column("hardware"),
    text_column("sealed_key"),
    whole("epoch"),
    text_column("nonce"),
    text_column("prev_epoch_hash"),
    whole("last_seq"),
    Column("last_hash", LargeBinary, nullable=False),
    whole("last_doc"),
    text_column("enrolled_at"),
    text_column("approved_at"),
    text_column("last_seen"),
    text_column("program"),
    UniqueConstraint("pubkey"),
)
"""One till's key and the end of its chain; `last_doc` is the n of its last receipt number."""

device_epoch = Table(
    "device_epoch",
    metadata,
    key("device"),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    text_column("nonce"),
    text_column("prev_epoch_hash"),
    text_column("began_at"),
)

nonce = Table("nonce", metadata, key("keyid"), key("nonce"), text_column("expires"), **CLUSTERED)
