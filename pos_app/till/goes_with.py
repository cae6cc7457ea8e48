"""What is offered with an order: what this store sells best of the same kind, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pos_app.domain.catalogue import PIECE
from pos_app.till import lookup

if TYPE_CHECKING:
    from pos_app.store.catalogue import Article
    from pos_app.till.till import Till
    from sync.protocol.orders import OrderRow

OFFERED: Final = 2
LOOKED_AT: Final = 12
"""So many best sellers of a department are looked at: the next ones are no recommendation."""


def offers(till: Till, row: OrderRow) -> tuple[Article, ...]:
    """At most two articles that are here, cost less than the order, and may be sold to anybody."""
    ordered = {line.sku for line in row.lines} | {line.instead for line in row.lines}
    styles, departments = set(), dict[str, None]()
    for line in row.lines:
        article = till.catalogue.by_sku(line.sku) if line.sku else None
        if article is not None:
            styles.add(article.product.style or article.product.sku)
            departments[article.product.department] = None
    found: list[Article] = []
    for department in departments:
        if not department:
            continue
        for article in lookup.sold_best(till, department, LOOKED_AT):
            product = article.product
            style = product.style or product.sku
            fits = product.sku not in ordered and style not in styles
            fits = fits and product.unit == PIECE and not product.age_limit
            price = price_of(till, article)
            if fits and (article.on_hand or 0) > 0 and 0 < price < max(row.total, 1):
                styles.add(style)
                found.append(article)
    return tuple(found[:OFFERED])


def price_of(till: Till, article: Article) -> int:
    """What it costs today at this store, minor units; 0 where it has no price."""
    price = article.price(till.business_date(), till.store.price_list, till.store.currency)
    return price.amount if price is not None else 0
