"""Every table of the hub, declared once; SQL text is compiled from here and run by the driver.

Amounts are minor units, quantities thousandths, times UTC text. `n` is the hub's own number of a
journal entry: what an entry did to the books carries it, so a fact and its effects stay together.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

VERSION = 2
"""Of this schema. An older database is brought up (`upgrading`): a new column has a default for its
rows, so it is declared with `server_default`. A newer one is refused in a plain sentence."""

metadata = MetaData(
    naming_convention={"ix": "ix_%(column_0_N_label)s", "uq": "uq_%(table_name)s_%(column_0_name)s"}
)
_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""INTEGER is what makes a primary key the row's own address in SQLite."""
_CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}
"""The primary key is the table: one tree to write instead of two."""


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True, nullable=False)


def _int(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean(create_constraint=False), nullable=False)


meta = Table("meta", metadata, _key("name"), _text("value"), **_CLUSTERED)

store = Table(
    "store",
    metadata,
    _key("store_id"),
    _text("name"),
    _text("currency"),
    _text("zone"),
    _text("locale"),
    _text("address"),
    _text("vat_id"),
    _int("cut_off_minutes"),
    _text("footer"),
    _text("price_list"),
    _flag("prices_include_tax"),
    _text("tax_rounding"),
)
"""`address` is a JSON array of lines."""

tax_rate = Table(
    "tax_rate",
    metadata,
    _key("store_id"),
    _key("code"),
    _key("valid_from"),
    _int("rate_ppm"),
    _text("label"),
    _text("valid_to"),
    _flag("exempt"),
)

staff = Table(
    "staff",
    metadata,
    _key("store_id"),
    _key("staff_id"),
    _text("name"),
    _text("role"),
    _text("pin"),
    _flag("active"),
    Column("pin_digits", BigInteger, nullable=False, server_default="0"),
    Column("badge", Text, nullable=False, server_default=""),
)
"""`pin` is an argon2id verifier, `badge` a salted hash of a code nobody can guess."""

_SIGNED = ("issued", "valid_until", "sig")
policy = Table(
    "policy",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    _text("text"),
    *(Column(name, Text, nullable=False, server_default="") for name in _SIGNED),
)
"""`issued`, `valid_until` and `sig` are of the last time the text was signed."""

product = Table(
    "product",
    metadata,
    _key("sku"),
    _text("name"),
    _text("variant"),
    _text("style"),
    _text("department"),
    _text("unit"),
    _text("tax_code"),
    _int("age_limit"),
    _text("icon"),
    _flag("active"),
    _text("barcodes"),
    **_CLUSTERED,
)
"""`barcodes` is a JSON array."""

price = Table(
    "price",
    metadata,
    _key("sku"),
    _key("price_list"),
    _key("currency"),
    _key("valid_from"),
    _key("valid_to"),
    _int("amount"),
    _int("was"),
    **_CLUSTERED,
)

stock = Table(
    "stock", metadata, _key("store_id"), _key("sku"), _int("on_hand"), _text("as_of"), **_CLUSTERED
)
"""The sum of what moved: `stock_move` and the lines of the documents, kept as they are booked."""

stock_move = Table(
    "stock_move",
    metadata,
    Column("move", _NUMBER, primary_key=True),
    _text("store_id"),
    _text("sku"),
    _int("qty"),
    _text("cause"),
    _text("moved_at"),
)
"""What moved goods otherwise than by a sale; a sale's lines are its own movements."""

enrol_code = Table(
    "enrol_code",
    metadata,
    _key("code_hash"),
    _text("store_id"),
    _text("till"),
    _flag("replaces"),
    _text("expires"),
    _text("used_by"),
)
"""`used_by` is empty, or the device that came with it."""

wrong_code = Table(
    "wrong_code", metadata, Column("try", _NUMBER, primary_key=True), _text("tried_at")
)

device = Table(
    "device",
    metadata,
    _key("device"),
    _text("store_id"),
    _text("till"),
    _text("state"),
    _text("pubkey"),
    _text("fingerprint"),
    _text("name"),
    _text("hardware"),
    _text("sealed_key"),
    _int("epoch"),
    _text("nonce"),
    _text("prev_epoch_hash"),
    _int("last_seq"),
    Column("last_hash", LargeBinary, nullable=False),
    _int("last_doc"),
    _text("enrolled_at"),
    _text("approved_at"),
    _text("last_seen"),
    _text("program"),
    UniqueConstraint("pubkey"),
)
"""One till's key and the end of its chain; `last_doc` is the n of its last receipt number."""

device_epoch = Table(
    "device_epoch",
    metadata,
    _key("device"),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    _text("nonce"),
    _text("prev_epoch_hash"),
    _text("began_at"),
)

nonce = Table("nonce", metadata, _key("keyid"), _key("nonce"), _text("expires"), **_CLUSTERED)

event = Table(
    "event",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=False),
    _text("device"),
    _int("epoch"),
    _int("seq"),
    Column("id", Text, nullable=True),
    _text("type"),
    Column("hash", LargeBinary, nullable=False),
    Column("sig", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    _text("received"),
    _text("result"),
    Column("same_as", BigInteger, nullable=True),
    UniqueConstraint("device", "epoch", "seq"),
    UniqueConstraint("id"),
)
"""A journal entry as it came. `id` is empty for a copy (`same_as` the first) and for bytes that
nobody could read; so an id has its effects once, whatever arrives."""

quarantine = Table(
    "quarantine",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=False),
    _text("device"),
    _text("reason"),
    _text("state"),
    _text("since"),
)

exception = Table(
    "exception",
    metadata,
    Column("no", _NUMBER, primary_key=True),
    _text("kind"),
    _text("store_id"),
    _text("device"),
    Column("n", BigInteger, nullable=True),
    _text("fact"),
    _int("amount"),
    _text("currency"),
    _text("detail"),
    _text("opened"),
    _text("state"),
)
"""Something a person must settle; `amount` is what is at stake."""

document = Table(
    "document",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=False),
    _text("kind"),
    _text("store_id"),
    _text("till"),
    _text("doc_no"),
    _text("biz_date"),
    _text("wall"),
    _text("shift"),
    _text("actor"),
    _text("currency"),
    _int("gross"),
    _int("discount"),
    _int("net"),
    _int("tax"),
    _int("total"),
    _int("payable"),
    _int("rounding"),
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
    _text("sku"),
    _text("label"),
    _int("qty"),
    _int("unit_price"),
    _int("total"),
    _int("net"),
    _int("tax"),
    _text("tax_code"),
    _int("rate_ppm"),
    _flag("custom"),
    **_CLUSTERED,
)
"""What was sold. A line that is not custom takes `qty` out of the store's stock."""

payment = Table(
    "payment",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    _text("tender"),
    _int("amount"),
    _int("given"),
    _int("change"),
    _text("ref"),
    **_CLUSTERED,
)

shift = Table(
    "shift",
    metadata,
    _key("shift"),
    _text("store_id"),
    _text("till"),
    _text("device"),
    _int("number"),
    _text("biz_date"),
    _text("currency"),
    _text("opened"),
    _text("opened_by"),
    _int("float_amount"),
    _text("closed"),
    _int("z_no"),
    _int("total"),
    _int("difference"),
    Column("expected", BigInteger, nullable=False, server_default="0"),
    Column("counted", BigInteger, nullable=False, server_default="0"),
)
"""`closed` is empty while it is open; `difference` is counted less expected, all tenders;
`expected` and `counted` are the drawer's cash as its Z states them."""

cash_move = Table(
    "cash_move",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=False),
    _text("store_id"),
    _text("till"),
    _text("biz_date"),
    _text("wall"),
    _text("shift"),
    _text("actor"),
    _text("approver"),
    _text("currency"),
    _text("kind"),
    _int("amount"),
    _text("reason"),
    _text("reference"),
    Index("ix_cash_move_shift", "shift"),
)
"""Cash in, out or dropped into the safe; `amount` is positive whatever the kind."""

day_total = Table(
    "day_total",
    metadata,
    _key("store_id"),
    _key("biz_date"),
    _key("currency"),
    _int("sales"),
    _int("voids"),
    _int("gross"),
    _int("discount"),
    _int("net"),
    _int("tax"),
    _int("total"),
    _int("rounding"),
)

day_tax = Table(
    "day_tax",
    metadata,
    _key("store_id"),
    _key("biz_date"),
    _key("currency"),
    _key("code"),
    Column("rate_ppm", BigInteger, primary_key=True, autoincrement=False),
    _int("net"),
    _int("tax"),
)

day_tender = Table(
    "day_tender",
    metadata,
    _key("store_id"),
    _key("biz_date"),
    _key("currency"),
    _key("tender"),
    _int("amount"),
)

feed_head = Table("feed_head", metadata, _key("stream"), _text("feed"), _int("pos"))

feed = Table(
    "feed",
    metadata,
    _key("stream"),
    Column("pos", BigInteger, primary_key=True, autoincrement=False),
    _text("kind"),
    Column("rows", LargeBinary, nullable=False),
)
"""`rows` is the JSON array that goes out, byte for byte."""

refund = Table(
    "refund",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=False),
    _text("sale"),
    _text("sale_store"),
    _text("sale_date"),
    _text("store_id"),
    _text("biz_date"),
    _text("currency"),
    _int("total"),
    _flag("offline"),
    Index("ix_refund_sale", "sale"),
)
"""A document that took goods of a sale back: where and when they were sold, and where and when
they came back. `total` is negative."""

refund_line = Table(
    "refund_line",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    _text("sale"),
    Column("of", BigInteger, nullable=False),
    _text("sku"),
    _int("qty"),
    _int("amount"),
    _text("reason"),
    _text("condition"),
    Index("ix_refund_line_sale", "sale", "of"),
    **_CLUSTERED,
)
"""What came back of a sale's line, positive thousandths and minor units with tax."""

promotion = Table(
    "promotion",
    metadata,
    _key("promotion_id"),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    _int("pos"),
    _flag("active"),
    Column("body", LargeBinary, nullable=False),
    _text("changed_at"),
)
"""Every version of every promotion, as the feed's row says it, and the position of the global
stream that told of it; one that has ended has a last version that is not active."""

promotion_line = Table(
    "promotion_line",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    _key("promotion_id"),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    _text("label"),
    _int("amount"),
    Index("ix_promotion_line_promotion", "promotion_id"),
    **_CLUSTERED,
)
"""What each promotion took off a line of a document; negative in a void."""

coupon_use = Table(
    "coupon_use",
    metadata,
    _key("promotion_id"),
    _key("coupon"),
    _int("n"),
    _text("biz_date"),
    _text("doc_no"),
)
"""The first document that used a coupon that is good once."""

label_pattern = Table(
    "label_pattern",
    metadata,
    _key("store_id"),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    _text("pattern"),
)
"""How a store's own labels carry weight or price, in the order they are tried."""
