"""What the tills told: the entries as they came, and what the hub books from them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from sync.hub.columns import CLUSTERED, NUMBER, flag, key, metadata, since_3, text_column, whole

event = Table(
    "event",
    metadata,
    Column("n", NUMBER, primary_key=True, autoincrement=False),
    text_column("device"),
    whole("epoch"),
    whole("seq"),
    Column("id", Text, nullable=True),
    text_column("type"),
    Column("hash", LargeBinary, nullable=False),
    Column("sig", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    text_column("received"),
    text_column("result"),
    Column("same_as", BigInteger, nullable=True),
    UniqueConstraint("device", "epoch", "seq"),
    UniqueConstraint("id"),
)
"""A journal entry as it came. `id` is empty for a copy (`same_as` the first) and for bytes that
nobody could read; so an id has its effects once, whatever arrives."""
Sequence("event_n_seq", metadata=metadata)
"""Where several processes book at once it gives them their numbers: see `numbers`."""

quarantine = Table(
    "quarantine",
    metadata,
    Column("n", NUMBER, primary_key=True, autoincrement=False),
    text_column("device"),
    text_column("reason"),
    text_column("state"),
    text_column("since"),
)

exception = Table(
    "exception",
    metadata,
    Column("no", NUMBER, primary_key=True),
    text_column("kind"),
    text_column("store_id"),
    text_column("device"),
    Column("n", BigInteger, nullable=True),
    text_column("fact"),
    whole("amount"),
    text_column("currency"),
    text_column("detail"),
    text_column("opened"),
    text_column("state"),
    since_3("id"),
    since_3("due"),
    since_3("evidence"),
    since_3("owner"),
    since_3("resolution"),
    since_3("resolved"),
    since_3("resolved_by"),
    since_3("resolved_fact"),
    Column("told", BigInteger, nullable=False, server_default="0"),
    since_3("later"),
    Index("ix_exception_id", "id"),
    Index("ix_exception_fact", "fact"),
    Index(
        "ix_exception_untold",
        "told",
        sqlite_where=text("told = 0"),
        postgresql_where=text("told = 0"),
    ),
)
"""Something a person must settle; `amount` is what is at stake, `state` a word of
`domain.exceptions`. `id` follows from what happened, `no` is what people call it here; `evidence` are
ids of facts, `told` whether the store's tills know the row as it is, `later` until when whoever has it
put it off."""

document = Table(
    "document",
    metadata,
    Column("n", NUMBER, primary_key=True, autoincrement=False),
    text_column("kind"),
    text_column("store_id"),
    text_column("till"),
    text_column("doc_no"),
    text_column("biz_date"),
    text_column("wall"),
    text_column("shift"),
    text_column("actor"),
    text_column("currency"),
    whole("gross"),
    whole("discount"),
    whole("net"),
    whole("tax"),
    whole("total"),
    whole("payable"),
    whole("rounding"),
    Column("reverses", BigInteger, nullable=True),
    Index("ix_document_doc_no", "doc_no"),
    Index("ix_document_shift", "shift"),
    Index(
        "ix_document_reverses",
        "reverses",
        sqlite_where=text("reverses IS NOT NULL"),
        postgresql_where=text("reverses IS NOT NULL"),
    ),
)
"""Sales and voids; a void's amounts are negative and `reverses` is its sale's `n`."""

line = Table(
    "line",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    text_column("sku"),
    text_column("label"),
    whole("qty"),
    whole("unit_price"),
    whole("total"),
    whole("net"),
    whole("tax"),
    text_column("tax_code"),
    whole("rate_ppm"),
    flag("custom"),
    **CLUSTERED,
)
"""What was sold. A line that is not custom takes `qty` out of the store's stock."""

payment = Table(
    "payment",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    text_column("tender"),
    whole("amount"),
    whole("given"),
    whole("change"),
    text_column("ref"),
    **CLUSTERED,
)

refund = Table(
    "refund",
    metadata,
    Column("n", NUMBER, primary_key=True, autoincrement=False),
    text_column("sale"),
    text_column("sale_store"),
    text_column("sale_date"),
    text_column("store_id"),
    text_column("biz_date"),
    text_column("currency"),
    whole("total"),
    flag("offline"),
    Index("ix_refund_sale", "sale"),
)
"""A document that took goods of a sale back: where and when they were sold, and where and when
they came back. `total` is negative."""

refund_line = Table(
    "refund_line",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    text_column("sale"),
    Column("of", BigInteger, nullable=False),
    text_column("sku"),
    whole("qty"),
    whole("amount"),
    text_column("reason"),
    text_column("condition"),
    Index("ix_refund_line_sale", "sale", "of"),
    **CLUSTERED,
)
"""What came back of a sale's line, positive thousandths and minor units with tax."""

promotion_line = Table(
    "promotion_line",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    key("promotion_id"),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    text_column("label"),
    whole("amount"),
    Index("ix_promotion_line_promotion", "promotion_id"),
    **CLUSTERED,
)
"""What each promotion took off a line of a document; negative in a void."""

coupon_use = Table(
    "coupon_use",
    metadata,
    key("promotion_id"),
    key("coupon"),
    whole("n"),
    text_column("biz_date"),
    text_column("doc_no"),
)
"""The first document that used a coupon that is good once."""

shift = Table(
    "shift",
    metadata,
    key("shift"),
    text_column("store_id"),
    text_column("till"),
    text_column("device"),
    whole("number"),
    text_column("biz_date"),
    text_column("currency"),
    text_column("opened"),
    text_column("opened_by"),
    whole("float_amount"),
    text_column("closed"),
    whole("z_no"),
    whole("total"),
    whole("difference"),
    Column("expected", BigInteger, nullable=False, server_default="0"),
    Column("counted", BigInteger, nullable=False, server_default="0"),
)
"""`closed` is empty while it is open; `difference` is counted less expected, all tenders;
`expected` and `counted` are the drawer's cash as its Z states them."""

cash_move = Table(
    "cash_move",
    metadata,
    Column("n", NUMBER, primary_key=True, autoincrement=False),
    text_column("store_id"),
    text_column("till"),
    text_column("biz_date"),
    text_column("wall"),
    text_column("shift"),
    text_column("actor"),
    text_column("approver"),
    text_column("currency"),
    text_column("kind"),
    whole("amount"),
    text_column("reason"),
    text_column("reference"),
    Index("ix_cash_move_shift", "shift"),
)
"""Cash in, out or dropped into the safe; `amount` is positive whatever the kind."""

stock = Table(
    "stock",
    metadata,
    key("store_id"),
    key("sku"),
    whole("on_hand"),
    text_column("as_of"),
    **CLUSTERED,
)
"""The sum of what moved: `stock_move` and the lines of the documents, kept as they are booked."""

stock_move = Table(
    "stock_move",
    metadata,
    Column("move", NUMBER, primary_key=True),
    text_column("store_id"),
    text_column("sku"),
    whole("qty"),
    text_column("cause"),
    text_column("moved_at"),
)
"""What moved goods otherwise than by a sale; a sale's lines are its own movements."""

day_total = Table(
    "day_total",
    metadata,
    key("store_id"),
    key("biz_date"),
    key("currency"),
    whole("sales"),
    whole("voids"),
    whole("gross"),
    whole("discount"),
    whole("net"),
    whole("tax"),
    whole("total"),
    whole("rounding"),
)

day_tax = Table(
    "day_tax",
    metadata,
    key("store_id"),
    key("biz_date"),
    key("currency"),
    key("code"),
    Column("rate_ppm", BigInteger, primary_key=True, autoincrement=False),
    whole("net"),
    whole("tax"),
)

day_tender = Table(
    "day_tender",
    metadata,
    key("store_id"),
    key("biz_date"),
    key("currency"),
    key("tender"),
    whole("amount"),
)
