"""What the hub tells its tills: store, people, limits, goods, prices, promotions, and the feed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text

from sync.hub.columns import CLUSTERED, NUMBER, flag, key, metadata, text_column, whole

meta = Table("meta", metadata, key("name"), text_column("value"), **CLUSTERED)

store = Table(
    "store",
    metadata,
    key("store_id"),
    text_column("name"),
    text_column("currency"),
    text_column("zone"),
    text_column("locale"),
    text_column("address"),
    text_column("vat_id"),
    whole("cut_off_minutes"),
    text_column("footer"),
    text_column("price_list"),
    flag("prices_include_tax"),
    text_column("tax_rounding"),
)
"""`address` is a JSON array of lines."""

tax_rate = Table(
    "tax_rate",
    metadata,
    key("store_id"),
    key("code"),
    key("valid_from"),
    whole("rate_ppm"),
    text_column("label"),
    text_column("valid_to"),
    flag("exempt"),
)

staff = Table(
    "staff",
    metadata,
    key("store_id"),
    key("staff_id"),
    text_column("name"),
    text_column("role"),
    text_column("pin"),
    flag("active"),
    Column("pin_digits", BigInteger, nullable=False, server_default="0"),
    Column("badge", Text, nullable=False, server_default=""),
)
"""`pin` is an argon2id verifier, `badge` a salted hash of a code nobody can guess."""

_SIGNED = ("issued", "valid_until", "sig")
policy = Table(
    "policy",
    metadata,
    Column("version", NUMBER, primary_key=True, autoincrement=False),
    text_column("text"),
    *(Column(name, Text, nullable=False, server_default="") for name in _SIGNED),
)
"""`issued`, `valid_until` and `sig` are of the last time the text was signed."""

product = Table(
    "product",
    metadata,
    key("sku"),
    text_column("name"),
    text_column("variant"),
    text_column("style"),
    text_column("department"),
    text_column("unit"),
    text_column("tax_code"),
    whole("age_limit"),
    text_column("icon"),
    flag("active"),
    text_column("barcodes"),
    **CLUSTERED,
)
"""`barcodes` is a JSON array."""

price = Table(
    "price",
    metadata,
    key("sku"),
    key("price_list"),
    key("currency"),
    key("valid_from"),
    key("valid_to"),
    whole("amount"),
    whole("was"),
    **CLUSTERED,
)

promotion = Table(
    "promotion",
    metadata,
    key("promotion_id"),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    whole("pos"),
    flag("active"),
    Column("body", LargeBinary, nullable=False),
    text_column("changed_at"),
)
"""Every version of every promotion, as the feed's row says it, and the position of the global
stream that told of it; one that has ended has a last version that is not active."""

label_pattern = Table(
    "label_pattern",
    metadata,
    key("store_id"),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    text_column("pattern"),
)
"""How a store's own labels carry weight or price, in the order they are tried."""

feed_head = Table("feed_head", metadata, key("stream"), text_column("feed"), whole("pos"))

feed = Table(
    "feed",
    metadata,
    key("stream"),
    Column("pos", BigInteger, primary_key=True, autoincrement=False),
    text_column("kind"),
    Column("rows", LargeBinary, nullable=False),
)
"""`rows` is the JSON array that goes out, byte for byte."""
