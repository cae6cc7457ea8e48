"""Every table of the hub, declared once; SQL text is compiled from here and run by the driver.

Amounts are minor units, quantities thousandths, times UTC text. `n` is the hub's own number of a
journal entry: what an entry did to the books carries it, so a fact and its effects stay together.
"""

from __future__ import annotations

from sync.hub.book_tables import (
    cash_move,
    coupon_use,
    day_tax,
    day_tender,
    day_total,
    document,
    event,
    exception,
    line,
    payment,
    promotion_line,
    quarantine,
    refund,
    refund_line,
    shift,
    stock,
    stock_move,
)
from sync.hub.channel_tables import (
    channel,
    channel_due,
    channel_inbox,
    channel_map,
    channel_outbox,
    channel_state,
    channel_told,
)
from sync.hub.columns import metadata
from sync.hub.device_tables import device, device_epoch, enrol_code, nonce, wrong_code
from sync.hub.life_tables import device_order, former_key, life
from sync.hub.order_tables import (
    customer_order,
    order_money,
    order_part,
    order_slot,
    signal,
    store_place,
    store_service,
)
from sync.hub.recovery_tables import archived, awaited, quarantine_end, speaks
from sync.hub.right_tables import (
    reservation,
    reservation_step,
    right_account,
    right_burn,
    right_part,
    sku_day,
    stock_due,
    stock_told,
    store_heard,
    value_right,
)
from sync.hub.shop_tables import (
    feed,
    feed_head,
    label_pattern,
    meta,
    policy,
    price,
    product,
    promotion,
    staff,
    store,
    tax_rate,
)
from sync.hub.snapshot_tables import device_cursor, feed_mark, snapshot, snapshot_chunk
from sync.hub.storefront.tables import storefront
from sync.hub.webhooks.tables import (
    webhook_delivery,
    webhook_event,
    webhook_stock,
    webhook_subscription,
)

__all__ = [
    "VERSION",
    "archived",
    "awaited",
    "cash_move",
    "channel",
    "channel_due",
    "channel_inbox",
    "channel_map",
    "channel_outbox",
    "channel_state",
    "channel_told",
    "coupon_use",
    "customer_order",
    "day_tax",
    "day_tender",
    "day_total",
    "device",
    "device_cursor",
    "device_epoch",
    "device_order",
    "document",
    "enrol_code",
    "event",
    "exception",
    "feed",
    "feed_head",
    "feed_mark",
    "former_key",
    "label_pattern",
    "life",
    "line",
    "meta",
    "metadata",
    "nonce",
    "order_money",
    "order_part",
    "order_slot",
    "payment",
    "policy",
    "price",
    "product",
    "promotion",
    "promotion_line",
    "quarantine",
    "quarantine_end",
    "refund",
    "refund_line",
    "reservation",
    "reservation_step",
    "right_account",
    "right_burn",
    "right_part",
    "shift",
    "signal",
    "sku_day",
    "snapshot",
    "snapshot_chunk",
    "speaks",
    "staff",
    "stock",
    "stock_due",
    "stock_move",
    "stock_told",
    "store",
    "store_heard",
    "store_place",
    "store_service",
    "storefront",
    "tax_rate",
    "value_right",
    "webhook_delivery",
    "webhook_event",
    "webhook_stock",
    "webhook_subscription",
    "wrong_code",
]

VERSION = 4
"""Of this schema. An older database is brought up (`upgrading`): a new column has a default for its
rows, so it is declared with `server_default`. A newer one is refused in a plain sentence."""
